#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: the life of a guest in every mode and by every way to boot, from plan to destroy, and nothing left.
# Arguments: which of pv pvh hvm pvgrub raw qcow2 vhd reboot uefi to run; all but uefi when there are none.
. ./lib.sh
[ $# -gt 0 ] || set -- pv pvh pvgrub raw qcow2 vhd reboot hvm
[ -f vmlinux ] || ln -s vmlinuz vmlinux # an unpacked kernel is built ten times faster under emulation

for what; do
    echo "== $what"
    case $what in
    pv | pvh) expect 0 'reason poweroff' ./xen-driver life "$what" "g-$what" vmlinux initrd.gz ;;
    hvm) CONSOLE_S=400 expect 0 'reason poweroff' ./xen-driver life hvm g-hvm "$PWD/vmlinuz" "$PWD/initrd.gz" ;;
    pvgrub) expect 0 'reason poweroff' ./xen-driver life pvgrub g-pvgrub /usr/lib/grub-xen/grub-x86_64-xen.bin - qcow2 "$PWD/grub.qcow2" ;;
    raw | qcow2 | vhd) MEMORY_MIB=64 NO_SHUTDOWN=1 expect 0 'guest is up: from its boot sector' ./xen-driver life bios "g-$what" - - "$what" "$PWD/boot.$what" xenbr0 ;;
    reboot)
        expect 0 unpause ./xen-driver create pvh g-reboot vmlinux initrd.gz
        expect 0 'guest is up' ./xen-driver console g-reboot 'guest is up' 150
        expect 0 unpause ./xen-driver reboot g-reboot
        expect 0 'guest is up' ./xen-driver console g-reboot 'guest is up' 150
        expect 0 'guestctl-note/1' ./xen-driver lookup g-reboot
        expect 0 destroy ./xen-driver destroy g-reboot
        ;;
    uefi) MEMORY_MIB=256 NO_SHUTDOWN=1 UNTIL=UEFI expect 0 UEFI ./xen-driver life uefi g-uefi - - qcow2 "$PWD/boot.qcow2" ;;
    esac
    nothing_left "$what"
done
finish
