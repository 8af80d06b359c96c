#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Run in the laboratory's dom0 by xen-run.sh: boot the guests that guest-images.sh made, with xl, in
# every way that they can boot, reboot one, and end each in order. It says how long each took, in
# dom0's seconds. This tests the laboratory, not the product.
#   xen-run.sh RUN tests/lab/dom0-try-images.sh IMAGES/vmlinuz* IMAGES/initrd* IMAGES/tiny-pv \
#       IMAGES/linux-pv.qcow2 IMAGES/linux-hvm.qcow2 IMAGES/linux-hvm.vhd
set -u
failed=0
options='console=ttyS0 console=hvc0 quiet mitigations=off rodata=off tsc=reliable'
pv="type='pv'\nmemory=160\n" pvh="type='pvh'\nmemory=160\n"
hvm="type='hvm'\nmemory=160\nvga='none'\n"
kernel="kernel='$PWD/vmlinuz'\nramdisk='$PWD/initrd.gz'\ncmdline='$options'\n"
small="kernel='$PWD/vmlinuz-small'\nramdisk='$PWD/initrd-small.gz'\ncmdline='$options'\n"
vif="vif=['bridge=xenbr0']\n"
# A file "only" with the names of some guests leaves the others out.
only=$(cat only 2> /dev/null || true)

clock() { read -r now _ < /proc/uptime; echo "$now"; }
took() { awk -v a="$1" '{ printf "%.1f s", $1 - a }' /proc/uptime; }

# Wait until guest $1 has printed $2 for the $3rd time, at most $4 seconds.
printed() {
    end=$(($(clock | cut -d . -f 1) + $4))
    until [ "$(cat "/var/log/xen/console/guest-$1.log" "$1.serial" 2> /dev/null | grep -ac "$2")" -ge "$3" ]; do
        [ "$(clock | cut -d . -f 1)" -lt "$end" ] || return 1
        sleep 1
    done
}

bad() {
    echo "FAILED $*"
    failed=1
}

# boot NAME SECONDS CONFIG: boot to the first line, let the guest list its devices, shut it down.
boot() {
    name=$1
    case " ${only:-$name} " in *" $name "*) ;; *) return ;; esac
    printf "name='%s'\nvcpus=1\n$3serial='file:%s'\n" "$name" "$PWD/$name.serial" > "$name.cfg"
    began=$(clock)
    xl create -q "$name.cfg" > "$name.out" 2>&1 || { bad "$name: xl create"; cat "$name.out"; return; }
    created=$(took "$began")
    printed "$name" GUEST-UP 1 "$2" || { bad "$name: no first line"; xl destroy "$name"; return; }
    up=$(took "$began")
    printed "$name" 'tick 1' 1 30 || bad "$name: no tick"
    if [ "$name" = pv-kernel ]; then
        began=$(clock)
        if xl reboot "$name" && printed "$name" GUEST-UP 2 60; then
            echo "$name: rebooted in $(took "$began")"
        else
            bad "$name: reboot"
        fi
        printed "$name" 'tick 1' 2 30 || bad "$name: no tick"
    fi
    began=$(clock)
    timeout 60 xl shutdown -w "$name" > "$name.out" 2>&1 || { bad "$name: shutdown"; xl destroy "$name"; }
    echo "$name: created in $created, first line after $up, shut down in $(took "$began")"
    grep -aohE 'GUEST-(UP|DOWN).*|disk:.*|nic:.*' "/var/log/xen/console/guest-$name.log" | sed 's/^/    /'
}

began=$(clock)
printf "name='tiny'\ntype='pv'\nkernel='%s'\nmemory=8\n" "$PWD/tiny-pv" > tiny.cfg
if xl create -q tiny.cfg && printed tiny kernel=tiny 1 10; then
    echo "tiny: first line after $(took "$began")"
else
    bad "tiny"
fi
xl list tiny
xl destroy tiny || bad "tiny: it did not stay"

boot pv-kernel 60 "$pv$kernel$vif"
boot pv-pvgrub 90 "${pv}kernel='/usr/lib/grub-xen/grub-x86_64-xen.bin'\ndisk=['format=qcow2,vdev=xvda,target=$PWD/linux-pv.qcow2']\n"
boot pvh-kernel 60 "$pvh${kernel}disk=['format=qcow2,vdev=xvda,target=$PWD/linux-pv.qcow2']\n"
boot hvm-qcow2 120 "${hvm}hdtype='ahci'\ndisk=['format=qcow2,vdev=xvda,target=$PWD/linux-hvm.qcow2']\n"
boot hvm-vhd 120 "${hvm}hdtype='ahci'\ndisk=['format=vhd,vdev=xvda,target=$PWD/linux-hvm.vhd']\n$vif"
boot hvm-kernel 120 "$hvm$small"
xl list
mkdir -p "$RESULTS"
cp -r /var/log/xen "$RESULTS/"
exit "$failed"
