# SPDX-License-Identifier: LGPL-2.1-or-later
# image check, and what plan makes of it: a way to boot that the image cannot is refused with the reason.
. ./lib.sh
set -- $(known_hosts)
host=$hosts/$1.json

# What no BIOS starts: text, and no signature at the end of the first sector.
printf 'no boot loader' >text.raw
truncate -s 1M text.raw
printf 'vm_mode=hvm\n' >text.raw.meta
run image check text.raw
works
out_has "disk         raw, 1M, partition table: none"
out_has "hvm-bios  no       it has no boot sector"
out_has "limits privileges"
run image check text.raw --json
works
is_json guestctl-image-check
run plan text.raw --host "$host"
fails 3 "its image cannot boot by BIOS: it has no boot sector"
err_has "try it all the same with --force"
run plan text.raw --host "$host" --force
works
run plan text.raw --host "$host" --kernel text.raw
works
printf '[guest]\nimage = %s\n' "$work/text.raw" >text.guest
run define text.guest --host "$host"
fails 3 "try it all the same with --force"
run define text.guest --host "$host" --force
works
run undefine text --host "$host"
works

# With the signature and code it may.
printf '\353\376' | dd of=text.raw conv=notrunc status=none
printf '\125\252' | dd of=text.raw bs=1 seek=510 conv=notrunc status=none
run plan text.raw --host "$host"
works
run image check text.raw
works
out_has "kvm-bios  yes      it has a boot sector with code"
out_has "  vm_mode=hvm"
printf 'vm_mode=hvm\nhw_firmware_type=uefi\n' >text.raw.meta
run plan text.raw --host "$host"
fails 3 "its image cannot boot by UEFI: it has no FAT file system, where UEFI firmware looks for EFI/BOOT/BOOTX64.EFI; set"

# What is empty is to be installed on: nothing is known.
make_disk empty.raw vm_mode=hvm
run plan empty.raw --host "$host"
works
run image check empty.raw
works
out_has "unknown  it is empty"

# A kernel is no disk. One in the store without Xen notes is refused as what a PV guest boots with.
printf '\177ELF\002\001\001' >bare
truncate -s 4K bare
printf '\076' | dd of=bare bs=1 seek=18 conv=notrunc status=none # x86_64
printf '\100' | dd of=bare bs=1 seek=32 conv=notrunc status=none # one header of 56 bytes at 64, of a segment of no kind
printf '\070\000\001' | dd of=bare bs=1 seek=54 conv=notrunc status=none
run image check bare
works
out_has "kernel       the image itself, packed by none; Xen notes for PV: no, for PVH: no"
out_has "kvm-bios  no   it is a kernel and no disk"
run image import bare --name bare
works
if built_with xen; then
    make_disk web.raw vm_mode=xen kernel_id=bare
    run plan web.raw --host "$hosts/xen-4.17.json"
    fails 3 "its kernel_id lacks what Xen needs to start it as a PV guest; give it another kernel, or try it all the same with --force"
    run plan web.raw --host "$hosts/xen-4.17.json" --force
    works
    run plan web.raw --host "$hosts/xen-4.17.json" --kernel bare # Xen itself says so at once
    works
fi

# By name, and as it is declared.
mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/web"
cp text.raw "$GUESTCTL_ROOT/var/lib/guestctl/images/web/disk"
printf '{"disk_format": "qcow2"}' >"$GUESTCTL_ROOT/var/lib/guestctl/images/web/meta.json"
run image check web
fails 3 "is an image that nothing should open: it is really raw, but was declared as qcow2"
run image check web --json
status_is 3
err_is_json guestctl-error
run image check nothing-here
fails 5 "there is no such file, nor an image of that name"
mkfifo fifo
run image check fifo
fails 3 "is neither a file nor a block device"
: >empty
run image check empty
fails 3 "empty: it is empty; fetch it again"
GUESTCTL_INSPECT=/nowhere/guestctl-inspect
export GUESTCTL_INSPECT
run image check text.raw
fails 5 "images cannot be inspected: /nowhere/guestctl-inspect is missing; install guestctl anew"
GUESTCTL_INSPECT=/bin/false
run image check text.raw
fails 10 "the program that inspects images failed with status 1"
GUESTCTL_INSPECT=/bin/true
run image check text.raw
fails 3 "guestctl-inspect: "
end
