# SPDX-License-Identifier: LGPL-2.1-or-later
# can-run: a disk, a document and a stored image, of this machine and of recorded ones; 0 when one of them can, 4 when none.
# What decides needs no backend of the build: all recorded hosts are asked in every build.
. ./lib.sh
make_disk web.raw vm_mode=hvm hw_disk_bus=virtio
run can-run web.raw "$hosts/kvm.json" "$hosts/xen-4.17.json"
works
out_has "kvmhost"
out_has "it has what the image asks for"
out_has "translation: disk root.bus is ide"

# --host may be repeated, and what is asked is in their order.
run can-run web.raw --host "$hosts/xen-4.17.json" --host "$hosts/kvm.json" "$hosts/qemu.json" --json
works
is_json guestctl-can-run
[ "$(grep '"host" :' "$work/out" | tr -d ' ,')" = '"host":"lab-dom0"
"host":"kvmhost"
"host":"emulated"' ] || complain "the hosts are not in order"

# A document alone: its disk need not be here, nor its kernel.
printf '{"disk_format": "qcow2", "vm_mode": "xen", "kernel_id": "aki-1"}' >pv.json
run can-run pv.json "$hosts/kvm.json"
status_is 4
out_has "nova's image properties filter: vm_mode=xen (not hvm); create would run it all the same, as hvm"
err_has "pv.json: no host that was asked can run it"
run can-run pv.json "$hosts/kvm.json" "$hosts/qemu.json" --json
status_is 4
is_json guestctl-can-run
err_is_json guestctl-error
err_has "none of these hosts can run it"
run can-run pv.json "$hosts/kvm.json" "$hosts/xen-4.17.json"
works
out_has "pv on xen"
printf '{"disk_format": "vmdk"}' >vmdk.json
run can-run vmdk.json "$hosts/xen-4.17.json"
status_is 4
out_has "which Xen cannot open"

mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/debian"
cp web.raw "$GUESTCTL_ROOT/var/lib/guestctl/images/debian/disk"
printf '{"disk_format": "raw", "vm_mode": "hvm", "min_ram": 4096}' >"$GUESTCTL_ROOT/var/lib/guestctl/images/debian/meta.json"
run can-run debian "$hosts/kvm.json"
works
run can-run debian "$hosts/kvm.json" --memory 1G
status_is 4
out_has "memory 1G is too small for the image, whose min_ram is 4096M"
rm -r "$GUESTCTL_ROOT"

run can-run web.raw --strict "$hosts/xen-4.17.json"
status_is 4
out_has "(refused because of --strict)"
run can-run web.raw --backend qemu "$hosts/kvm.json"
works
out_has "hvm on qemu"
run can-run nothing.raw "$hosts/kvm.json"
fails 5 "nothing.raw: there is no such file"
run can-run web.raw nothing.json
fails 5 "nothing.json"
run can-run
fails 2 "can-run: an argument is missing"
# This machine, whatever it is.
run can-run web.raw
case $status in 0 | 4) ;; *) complain "status $status" ;; esac
root_is_untouched
end
