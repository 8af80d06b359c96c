#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: guests with disks of their own on Xen. lvm: an import, a real volume group, a PV guest from its logical volume by phy,
# enlarged, deleted, nothing left. formats: each format of a stored image, as flat or qcow2. Speaks TAP. Arguments: the parts to run.
. ./lib.sh
g=$PWD/guestctl
export GUESTCTL_ROOT=/tmp/storage-root
state=$GUESTCTL_ROOT/var/lib/guestctl
conf=$GUESTCTL_ROOT/etc/guestctl/guestctl.conf
mkdir -p "$state/images" "$(dirname "$conf")"
printf "{\"vm_mode\": \"hvm\"}" > hvm.json

after_each() {
    find "$state/guests" "$state/journal" -type f 2> /dev/null > left.own
    if [ -s left.own ]; then
        fail "left behind"
        sed 's/^/#     /' left.own
    fi
    echo "# at $(cut -d " " -f 1 /proc/uptime) s of dom0's time"
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
    modprobe dm-mod || fail "dm-mod"
    truncate -s 256M /tmp/pv.img
    loop=$(losetup -f --show /tmp/pv.img)
    # Nobody waits for udev, which is not here.
    mkdir -p /etc/lvm
    printf 'activation { udev_sync = 0 udev_rules = 0 }\ndevices { use_devicesfile = 0 }\n' > /etc/lvm/lvm.conf
    vgcreate -q vg0 "$loop" > out 2>&1 || { cat out; fail "vgcreate"; }
    printf '[storage]\nimages_type = lvm\nimages_volume_group = vg0\nvolume_clear_size = 1\n' > "$conf"
    printf '[guest]\nimage = pv\nmemory = 128M\n[disk root]\nsize = 96M\n[disk swap]\nkind = swap\nsize = 8M\n' > web.guest
    end

    begin "lvm: an image is imported: inspected, hashed, its metadata kept"
    expect 0 "" "$g" image import linux-pv.qcow2 --name pv
    [ "$(find "$state/images" -name disk -exec cat {} + | sha256sum)" = "$(sha256sum < linux-pv.qcow2)" ] || fail "it is not what was imported"
    expect 0 "vm_mode" "$g" image show pv
    end

    begin "lvm: a PV guest boots from its own volume by phy, which is kept, enlarged and deleted"
    expect 0 "GUEST-UP mode=pv" "$g" create web.guest --console --until GUEST-UP --timeout 400
    xenstore-ls -f /local/domain/0/backend/vbd > backends
    grep -q 'params = "/dev/vg0/web_root"' backends || { cat backends; fail "it is not served by phy from its volume"; }
    expect 6 "is running; end it first" "$g" disk resize web root 128M
    expect 0 "has shut down" "$g" shutdown --wait --timeout 200 web
    expect 0 "/dev/vg0/web_root" "$g" disk list web
    expect 0 "128M now" "$g" disk resize web root 128M
    [ "$(blockdev --getsize64 /dev/vg0/web_root)" = 134217728 ] || fail "it was not enlarged"
    expect 0 "create web" "$g" plan web.guest
    ! grep -q create-disk out || fail "it would be made again"
    expect 0 "no disks of guestctl's any more" "$g" disk delete web
    [ -z "$(volumes)" ] || fail "left: $(volumes)"
    end

    begin "lvm: a volume without our tag is not taken over, nor deleted"
    lvcreate -q --yes -n web_root -L 8M vg0 > out 2>&1 || fail "lvcreate"
    expect 6 "/dev/vg0/web_root is there already and is not this guest's, and was left as it is" "$g" create web.guest
    [ "$(volumes)" = web_root ] || fail "volumes: $(volumes)"
    lvremove -q -f vg0/web_root > out 2>&1
    printf '[guest]\nimage = pv\nmemory = 128M\n[disk root]\nsize = 1T\n' > web.guest
    expect 7 "insufficient free space" "$g" create web.guest
    [ -z "$(volumes)" ] || fail "left: $(volumes)"
    end

    begin "lvm: the image is removed, and nothing is left"
    rm web.guest
    expect 0 "" "$g" image remove pv
    find "$state/images" -type f > out
    [ ! -s out ] || { cat out; fail "left in the store"; }
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
        expect 0 HELLO-GUEST "$g" create web.guest --console --until HELLO --timeout 200
        cp out said
        "$g" destroy web > out 2>&1 || fail "destroy"
        case $format in
        raw | qcow2 | vpc) ! grep -q translation said || fail "$format was converted" ;;
        *) grep -qF 'which Xen does not open: it is converted to qcow2' said || fail "$format: it is not said that it was converted" ;;
        esac
        expect 0 "no disks" "$g" disk delete web
    done
    expect 0 "GUEST-UP mode=hvm" "$g" create linux-hvm.vhd --memory 128M --console --until GUEST-UP --timeout 500
    "$g" destroy linux-hvm > out 2>&1 || fail "destroy"
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
