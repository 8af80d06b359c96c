# SPDX-License-Identifier: LGPL-2.1-or-later
# host show and host save, of recorded machines and of this one.
. ./lib.sh
for host in xen-4.17 kvm qemu; do
    run host --host "$hosts/$host.json"
    works
    out_has "guests run on"
    run host show --json --host "$hosts/$host.json"
    works
    is_json guestctl-host
    run host save copy.json --host "$hosts/$host.json"
    works
    out_is_empty
    run host show --json --host copy.json
    works
    cp "$work/out" again
    "$GUESTCTL" host show --json --host "$hosts/$host.json" | cmp - again || complain "the copy differs"
done
ln -s copy.json link.json
run host save link.json --host "$hosts/qemu.json"
works
[ -L link.json ] || complain "the link was replaced"
cmp -s copy.json link.json || complain "the file that the link names was not written"
mkfifo fifo
run host save fifo --host "$hosts/qemu.json"
fails 3 "fifo is not a regular file (it is a FIFO)"
[ -p fifo ] || complain "the FIFO was replaced"
: >in-the-way
run host save in-the-way/host.json --host "$hosts/qemu.json"
status_is 5
grep -q "tried again" "$work/err" && complain "promises another try"
run host --host "$hosts/xen-4.17.json"
if built_with xen; then out_has "xen: this is a Xen control domain"; else out_has "built without xen"; fi
run host --json
works
is_json guestctl-host
run version --json
works
is_json guestctl-version
run --version
works
out_has "guestctl "
root_is_untouched
end
