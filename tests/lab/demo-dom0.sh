#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# What ./demo --xen shows inside the real dom0: one Linux from its metadata as PV, PVH and HVM.
set -eu
export GUESTCTL_ROOT=/tmp/demo
for id in vmlinuz initrd.gz; do # what kernel_id and ramdisk_id in the metadata of the PVH image name
    mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/$id"
    ln -sf "$PWD/$id" "$GUESTCTL_ROOT/var/lib/guestctl/images/$id/disk"
done
run() {
    printf '$ guestctl %s\n' "$*"
    # The guest's boot loader draws; its escape sequences and how far it has read are left out here.
    { ./guestctl "$@" 2>&1 < /dev/null || : > failed; } |
        sed -e 's/\x1b\[[0-9;]*[A-Za-z]//g' -e 's/ *\[ [^]]*% [^]]*B\/s \] *//g' | tr -d '\r'
    [ ! -e failed ] # a pipe's status is that of its end
}
run host show
for mode in pv pvh hvm; do
    printf '\n--- %s, from the image: %s\n' "$mode" "$(grep -oE '"(vm_mode|hypervisor_type|hw_disk_bus)": "[a-z]*"' "linux-$mode.qcow2.json" | tr '\n' ' ')"
    run create "linux-$mode.qcow2" --memory 128M --console --until GUEST-UP --timeout 500
    run list
    run why "linux-$mode" mode
    run shutdown --wait --timeout 200 "linux-$mode"
done
run list
