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
