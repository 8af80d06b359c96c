# SPDX-License-Identifier: LGPL-2.1-or-later
# image show: a document, a disk with one beside it, a name in the store; problems are status 3.
. ./lib.sh
for file in "$FIXTURES"/images/*; do
    run image show "$file" --json
    case $status in 0 | 3) ;; *) complain "status $status" ;; esac
    is_json guestctl-image
    case $status in 3) err_is_json guestctl-error ;; esac
    run image show "$file"
    case $status in 0 | 3) ;; *) complain "status $status" ;; esac
done

run image show "$FIXTURES/images/refused-values.json"
status_is 3
out_has "problem: "
err_has "values that nova would refuse"

make_disk disk.raw vm_mode=xen hw_disk_bsu=virtio
run image show disk.raw
works
out_has "from vm_mode"
out_has "did they mean hw_disk_bus?"
out_has "disk: raw, 64K"

printf 'vm_mode=hvm\n' >other.meta
run image show disk.raw --metadata other.meta
works
out_has hvm

mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/debian"
printf '{"disk_format": "raw", "vm_mode": "hvm"}' >"$GUESTCTL_ROOT/var/lib/guestctl/images/debian/meta.json"
run image show debian
fails 3 "there is no disk in this folder"
: >"$GUESTCTL_ROOT/var/lib/guestctl/images/debian/disk"
run image show debian
works
out_has hw_vm_mode

dd if=/dev/zero of=bare.raw bs=1024 count=65 2>/dev/null
run image show bare.raw
fails 5 "there is no metadata beside this disk image; put it into bare.raw.meta.json"
{ printf '{"name": "'; dd if=/dev/zero bs=1024 count=70 2>/dev/null | tr '\0' x; printf '"}'; } >large.json
run image show large.json
fails 3 "is larger than 65536 bytes"
: >empty.meta
run image show empty.meta
fails 3 "the document is empty"
printf 'status=queued\n' >queued.meta
run image show queued.meta
status_is 3
err_has "1 value that nova would refuse"
printf '{"a": 1, "a": 2}' >twice.json
run image show twice.json
fails 3 "line 1, column"
printf 'vm_mode=\033[2J\n' >hostile.meta
run image show hostile.meta
! grep -q "$(printf '\033')" "$work/out" "$work/err" || complain "an escape sequence came through"
end
