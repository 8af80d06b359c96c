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
fails 2 "the FILE to save to is missing"
run host frob
fails 2 "usage: guestctl host [show|save FILE]"
run image list x
fails 2 "usage: guestctl image show FILE"
run help frob
fails 2 '"frob" is not a command'
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

# 4: not on this machine
make_disk arm.raw architecture=aarch64
run plan arm.raw --host "$host"
fails 4 "aarch64"
make_disk scsi.raw vm_mode=hvm
sed 's/"usable" *: *true/"usable": false/' "$hosts/qemu.json" >nothing.json
run plan scsi.raw --host nothing.json
fails 4 "no hypervisor can be used here"

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
what="help | true"
{ "$GUESTCTL" help 2>"$work/err"; echo $? >"$work/status"; } | true
status=$(cat "$work/status")
works
err_is_empty
end
