# SPDX-License-Identifier: LGPL-2.1-or-later
# Each kind of failure: its message, its status, and nothing on standard output.
. ./lib.sh
set -- $(known_hosts)
host=$hosts/$1.json

# 2: the command line
run
fails 2 "guestctl: no command was given; see: guestctl help"
run lst
fails 2 '"lst" is not a command; did you mean: guestctl list'
run dumpxml web
fails 2 "did you mean: guestctl show --native"
run list --dryrun
fails 2 "--dryrun is not an option; did you mean --dry-run?"
run destroy
fails 2 "destroy: an argument is missing; usage: guestctl destroy NAME"
run pause --wait web
fails 2 "pause takes no --wait (it belongs to shutdown)"
run create x --memory 512
fails 2 "--memory: "
run create --host "$host"
fails 2 "create: name a guest file, a defined guest or a disk image"
run create x.raw --console --paused
fails 2 "exclude each other"
run create x.raw --console --json
fails 2 "exclude each other"
run create x.raw --until login
fails 2 "--until needs --console"
run shutdown web --timeout 5
fails 2 "--timeout needs --wait"
run console web --timeout 5
fails 2 "--timeout needs --until"
run host save
fails 2 "host save: an argument is missing; usage: guestctl host save FILE"
run host frob
fails 2 ""host frob" is not a command; use one of: "
run image
fails 2 "image: one of these is missing: "
run image list x
fails 2 ""image list" is not a command; use one of: "
run help frob
fails 2 '"frob" is not a command'
run list --root ''
fails 2 "--root is empty"
run console web --dry-run
fails 2 "leave --dry-run out"
run help --completion fish
fails 2 '"fish" is not a shell that is known'

# 3: input
printf 'no json' >bad.json
run plan x --host bad.json
status_is 5
: >x
run plan x --host bad.json
fails 3 "bad.json"
printf '[guest]\nmemory = 512\n' >unit.guest
run plan unit.guest --host "$host"
fails 3 "unit.guest:2"
printf '[gest]\n' >group.guest
run plan group.guest --host "$host"
fails 3 "group.guest:1"
make_disk bad.raw vm_mode=fullvirt
run plan bad.raw --host "$host"
fails 3 "fullvirt"
: >'two words.raw'
run plan 'two words.raw' --host "$host"
fails 3 "give one with --name"
run plan . --host "$host"
fails 3 "is a folder"

# What another program would open must be a file: a FIFO would make it wait for ever.
mkfifo fifo
make_disk plain.raw vm_mode=hvm
run plan plain.raw --host "$host" --kernel "$work/fifo"
fails 3 "it is a FIFO"
run plan plain.raw --host "$host" --kernel "$work"
fails 3 "it is a folder"
run plan plain.raw --host "$host" --kernel "$work/plain.raw" --ramdisk "$work/fifo"
fails 3 "ramdisk: "
mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/vmlinuz"
mkfifo "$GUESTCTL_ROOT/var/lib/guestctl/images/vmlinuz/disk"
make_disk kernel_id.raw kernel_id=vmlinuz
run plan kernel_id.raw --host "$host"
fails 3 "kernel_id: "
rm -r "$GUESTCTL_ROOT/var/lib/guestctl/images/vmlinuz"

# 4: not on this machine
make_disk arm.raw architecture=aarch64
run plan arm.raw --host "$host"
fails 4 "aarch64"
make_disk scsi.raw vm_mode=hvm
sed 's/"usable" *: *true/"usable": false/' "$hosts/qemu.json" >nothing.json
run plan scsi.raw --host nothing.json
fails 4 "no hypervisor can be used here"
! built_with xen || { run plan scsi.raw --host "$hosts/qemu.json" --backend xen; fails 4 "--backend xen: it cannot be used here: "; }
! built_with kvm || { run plan scsi.raw --host nothing.json --backend kvm; fails 4 "--backend kvm: it cannot be used here: "; }

# One file twice in one guest, by whatever name
make_disk twin.raw vm_mode=hvm
ln -s twin.raw twin-link.raw
printf '[guest]\nimage = %s/twin.raw\n[disk b]\npath = %s/twin-link.raw\n' "$work" "$work" >twin.guest
run plan twin.guest --host "$host"
fails 3 "is the same file as disk"
printf '[guest]\nimage = %s/twin.raw\nvm-mode = foo\n' "$work" >mode.guest
run plan mode.guest --host "$host"
fails 3 'vm-mode "foo" is not known'
printf '[guest]\nimage = %s/twin.raw\nhypervisor-type = foo\n' "$work" >type.guest
run plan type.guest --host "$host"
fails 3 '"foo" is not known (use xen, kvm, qemu or any)'

# 5: not there
run plan gone.raw --host "$host"
fails 5 '"gone.raw" is no file here and no guest that is defined'
run plan /gone/gone.raw --host "$host"
fails 5 "/gone/gone.raw: there is no such file"
run plan gone.guest --host "$host"
fails 5 "gone.guest"
run plan scsi.raw --host gone.json
fails 5 "gone.json"
run plan scsi.raw --host "$host" --kernel /gone/vmlinuz
fails 5 "/gone/vmlinuz"
run plan scsi.raw --host "$host" --metadata /gone/meta.json
fails 5 "/gone/meta.json"
run image show /gone/x.qcow2
fails 5 "/gone/x.qcow2: there is no such file"
run undefine web
fails 5 'no guest "web" is defined'

# 6: in use.
printf '[guest]\nimage = %s\n' "$work/scsi.raw" >web.guest
real=$GUESTCTL
printf '#!/bin/sh\nexec "%s" "%s" web "%s" "$@"\n' "$HOLD_LOCK" "$GUESTCTL_ROOT" "$real" >held
chmod +x held
GUESTCTL=$PWD/held
run define web.guest --host "$host"
fails 6 'guest "web" is in use by process'
GUESTCTL=$real
run define web.guest --host "$host"
works

# 8: not allowed
if [ "$(id -u)" != 0 ]; then
    mkdir locked
    chmod 500 locked
    run define web.guest --host "$host" --root "$work/locked"
    fails 8 "locked"
fi

# A backend that is not in this build
built_with xen || { run plan scsi.raw --backend xen; fails 4 "this guestctl was built without xen (libxl)"; }
built_with kvm || { run plan scsi.raw --backend kvm; fails 4 "this guestctl was built without kvm (libvirt)"; }

# The same as JSON: one line, code and message
run --json lst
status_is 2
out_is_empty
err_is_json guestctl-error
err_has '"code":2'
run plan gone.raw --host "$host" --json
status_is 5
err_is_json guestctl-error

# Hostile words do not reach the terminal as they are
run "$(printf 'a\033[2Jb')"
status_is 2
err_has 'a\x1b[2Jb'

# A full disk is noticed, a reader that has gone is not a fault
if [ -w /dev/full ]; then
    what="help to a full disk"
    "$GUESTCTL" help >/dev/full 2>"$work/err"
    status=$?
    status_is 7
    err_has "the output cannot be written"
fi

# Streams that the caller has closed do not turn into files of ours.
what="define with all streams closed"
"$GUESTCTL" define other.guest --host "$host" <&- >&- 2>&-
status=$?
status_is 5
printf '[guest]\nimage = %s\n' "$work/scsi.raw" >other.guest
"$GUESTCTL" define other.guest --host "$host" <&- >&- 2>&-
status=$?
works
cmp -s other.guest "$GUESTCTL_ROOT/etc/guestctl/guests/other.guest" || complain "the definition is not what was given"

what="help | true"
{ "$GUESTCTL" help 2>"$work/err"; echo $? >"$work/status"; } | true
status=$(cat "$work/status")
works
err_is_empty
end
