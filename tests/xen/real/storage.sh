#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: guests with disks of their own on Xen. lvm: a real volume group, a PV guest from its logical volume by phy, enlarged,
# deleted, nothing left. formats: each format of a stored image, as flat or qcow2. Speaks TAP. Arguments: the parts to run.
. ./lib.sh
g=$PWD/guestctl
export GUESTCTL_ROOT=/tmp/storage-root
state=$GUESTCTL_ROOT/var/lib/guestctl
conf=$GUESTCTL_ROOT/etc/guestctl/guestctl.conf
mkdir -p "$state/images" "$(dirname "$conf")"
number=0
printf "{\"vm_mode\": \"hvm\"}" > hvm.json

begin() {
    title=$1 failures=0
    echo "# $title"
}
end() {
    find "$state/guests" "$state/journal" -type f 2> /dev/null > left.own
    if [ -s left.own ]; then
        failures=1
        sed 's/^/# left behind: /' left.own
    fi
    number=$((number + 1))
    echo "# at $(cut -d " " -f 1 /proc/uptime) s of dom0's time"
    if [ "$failures" -eq 0 ]; then echo "ok $number - $title"; else echo "not ok $number - $title"; fi
}
wrong() {
    failures=1
    echo "# FAIL: $*"
}
expect() {
    wanted=$1 text=$2
    shift 2
    status=0
    "$@" > out 2>&1 < /dev/null || status=$?
    tr -d '\000-\010\013-\037' < out | tail -n 12 | cut -c 1-300 | sed 's/^/#     /'
    [ "$status" -eq "$wanted" ] || wrong "status $status, not $wanted: $*"
    grep -qF -e "$text" out || wrong "does not say \"$text\": $*"
}
# store NAME DISK METADATA
store() {
    mkdir -p "$state/images/$1"
    ln -f "$2" "$state/images/$1/disk" 2> /dev/null || cp "$2" "$state/images/$1/disk"
    cp "$3" "$state/images/$1/meta.json"
}
volumes() { lvs --noheadings -o lv_name vg0 2> /dev/null | tr -d ' '; }

part_lvm() {
    begin "lvm: a volume group on a disk"
    modprobe dm-mod || wrong "dm-mod"
    truncate -s 256M /tmp/pv.img
    loop=$(losetup -f --show /tmp/pv.img)
    # Nobody waits for udev, which is not here.
    mkdir -p /etc/lvm
    printf 'activation { udev_sync = 0 udev_rules = 0 }\ndevices { use_devicesfile = 0 }\n' > /etc/lvm/lvm.conf
    vgcreate -q vg0 "$loop" > out 2>&1 || { cat out; wrong "vgcreate"; }
    printf '[storage]\nimages_type = lvm\nimages_volume_group = vg0\nvolume_clear_size = 1\n' > "$conf"
    store pv linux-pv.qcow2 linux-pv.qcow2.json
    printf '[guest]\nimage = pv\nmemory = 128M\n[disk root]\nsize = 96M\n[disk swap]\nkind = swap\nsize = 8M\n' > web.guest
    end

    begin "lvm: a PV guest boots from its own volume by phy, which is kept, enlarged and deleted"
    expect 0 "GUEST-UP mode=pv" "$g" create web.guest --console --until GUEST-UP --timeout 400
    xenstore-ls -f /local/domain/0/backend/vbd > backends
    grep -q 'params = "/dev/vg0/web_root"' backends || { cat backends; wrong "it is not served by phy from its volume"; }
    expect 6 "is running; end it first" "$g" disk resize web root 128M
    expect 0 "has shut down" "$g" shutdown --wait --timeout 200 web
    expect 0 "/dev/vg0/web_root" "$g" disk list web
    expect 0 "128M now" "$g" disk resize web root 128M
    [ "$(blockdev --getsize64 /dev/vg0/web_root)" = 134217728 ] || wrong "it was not enlarged"
    expect 0 "create web" "$g" plan web.guest
    ! grep -q create-disk out || wrong "it would be made again"
    expect 0 "no disks of guestctl's any more" "$g" disk delete web
    [ -z "$(volumes)" ] || wrong "left: $(volumes)"
    end

    begin "lvm: a volume without our tag is not taken over, nor deleted"
    lvcreate -q --yes -n web_root -L 8M vg0 > out 2>&1 || wrong "lvcreate"
    expect 6 "/dev/vg0/web_root is there already and is not this guest's, and was left as it is" "$g" create web.guest
    [ "$(volumes)" = web_root ] || wrong "volumes: $(volumes)"
    lvremove -q -f vg0/web_root > out 2>&1
    printf '[guest]\nimage = pv\nmemory = 128M\n[disk root]\nsize = 1T\n' > web.guest
    expect 7 "insufficient free space" "$g" create web.guest
    [ -z "$(volumes)" ] || wrong "left: $(volumes)"
    end
    vgremove -q -f vg0 > out 2>&1
    losetup -d "$loop"
    rm -f "$conf" /tmp/pv.img
}

part_formats() {
    begin "formats: what Xen opens is the base of an overlay, the rest is converted and said so; vhdx and ploop are refused"
    for format in raw qcow2 vpc qed vmdk vdi; do
        qemu-img convert -f raw -O "$format" boot-sector.raw "as.$format"
        store "as-$format" "as.$format" hvm.json
        printf '[guest]\nimage = as-%s\nmemory = 16M\n' "$format" > web.guest
        expect 0 running "$g" create web.guest
        cp out said
        "$g" destroy web > out 2>&1 || wrong "destroy"
        case $format in
        raw | qcow2 | vpc) ! grep -q translation said || wrong "$format was converted" ;;
        *) grep -qF 'which Xen does not open: it is converted to qcow2' said || wrong "$format: it is not said that it was converted" ;;
        esac
        expect 0 "no disks" "$g" disk delete web
    done
    expect 0 "GUEST-UP mode=hvm" "$g" create linux-hvm.vhd --memory 128M --console --until GUEST-UP --timeout 500
    "$g" destroy linux-hvm > out 2>&1 || wrong "destroy"
    qemu-img create -q -f vhdx as.vhdx 8M
    qemu-img create -q -f parallels as.ploop 8M
    for format in vhdx ploop; do
        store "as-$format" "as.$format" hvm.json
        printf '[guest]\nimage = as-%s\nmemory = 16M\n' "$format" > web.guest
        expect 4 "is $format, which Xen cannot open (it opens raw, qcow2 and vhd)" "$g" create web.guest
    done
    end
}

for part; do "part_$part"; done
