# SPDX-License-Identifier: LGPL-2.1-or-later
# why: of a disk, a file and a defined guest; one field; translations are marked, and refused under --strict.
. ./lib.sh
make_disk web.raw vm_mode=hvm
for host in $(known_hosts); do
    run why web.raw --host "$hosts/$host.json"
    works
    out_has "image property vm_mode=hvm"
    run why web.raw mode --host "$hosts/$host.json"
    works
    [ "$(wc -l <"$work/out")" = 2 ] || complain "more than one field"
    run why web.raw 'disk root' --host "$hosts/$host.json"
    works
    out_has "disk root.path"
    run why web.raw mdoe --host "$hosts/$host.json"
    fails 5 'guest "web" has no field "mdoe"; did you mean "mode"?'
    run why web.raw xyzzy --host "$hosts/$host.json"
    fails 5 "all of them: guestctl why web"
    run why web.raw mode --json --host "$hosts/$host.json"
    works
    is_json guestctl-why
    run why web.raw memory --host "$hosts/$host.json" --memory 300M
    works
    out_has 300M
done

if built_with kvm; then
    make_disk pv.raw vm_mode=xen
    run why pv.raw mode --host "$hosts/kvm.json"
    works
    out_has "warning: "
    out_has "its whole disk by firmware"
    run why pv.raw mode --host "$hosts/kvm.json" --strict
    fails 4 "vm_mode=xen"
fi
if built_with xen; then
    make_disk virtio.raw vm_mode=hvm hw_disk_bus=virtio
    run plan virtio.raw --host "$hosts/xen-4.17.json"
    works
    out_has "translation: "
    run plan virtio.raw --host "$hosts/xen-4.17.json" --strict
    fails 4 "hw_disk_bus=virtio"
fi
root_is_untouched
end
