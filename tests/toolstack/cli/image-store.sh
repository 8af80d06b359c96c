# SPDX-License-Identifier: LGPL-2.1-or-later
# The image store: import, list, set, unset, export, remove and gc, and what they refuse.
. ./lib.sh
store=$GUESTCTL_ROOT/var/lib/guestctl/images

# make_qcow2 PATH MARK: an empty one of 64 KiB; MARK makes its content another.
make_qcow2() {
    qemu-img create -q -f qcow2 "$1" 64K
    printf '%s' "$2" | dd of="$1" bs=1 seek=300000 conv=notrunc 2>/dev/null
}
command -v qemu-img >/dev/null || { echo "qemu-img is missing (apt-get install qemu-utils)"; exit 77; }

# nothing_left: no content without an image, no import that was begun.
nothing_left() {
    left=$(find "$store/.incoming" "$store/.blobs" -type f -links 1 2>/dev/null; find "$store/.incoming" -mindepth 1 2>/dev/null; find "$store" -name '*.tmp' 2>/dev/null)
    [ -z "$left" ] || complain "left: $left"
}
id_of() {
    run image show "$1"
    id=$(sed -n 's,^in the store: .*/,,p' "$work/out")
}

# An image comes in once, by its name, with its metadata as it came.
make_qcow2 web.qcow2 one
printf '{"name": "web", "vm_mode": "xen", "os_distro": "debian"}' >web.qcow2.json
run image list
works
# The network's libraries are the other program's: they would be half of each start.
what="guestctl's own libraries"
! grep -q 'libcurl\.so\|libcrypto\.so' "$GUESTCTL" || complain "guestctl is linked with libcurl or libcrypto"
GUESTCTL_IMAGE=/nowhere/guestctl-image
export GUESTCTL_IMAGE
run image import web.qcow2
fails 5 "/nowhere/guestctl-image is missing; install guestctl anew"
unset GUESTCTL_IMAGE

run image import web.qcow2 --dry-run
works
out_has 'image "web" would be made of'
root_is_untouched
run image import web.qcow2
works
out_has 'image "web" is in the store: qcow2'
nothing_left
id_of web
cmp -s web.qcow2.json "$store/$id/meta.json" || complain "the document was changed"
cmp -s web.qcow2 "$store/$id/disk" || complain "the content was changed"
sum=$(sha512sum <web.qcow2 | cut -d ' ' -f 1)
[ "$store/.blobs/$sum.qcow2" -ef "$store/$id/disk" ] || complain "the content is not under its hash"
[ "$(stat -c %a "$store/$id/disk")" = 444 ] || complain "the disk can be written"
run image import web.qcow2
works
out_has "is in the store already"
run image list
works
out_has "$id"
[ "$(wc -l <"$work/out")" = 2 ] || complain "there is more than one image"
run image list --names
works
[ "$(cat "$work/out")" = web ] || complain "the names are not: web"

# The same content is kept once, whatever it is called and from where it comes; the same name is another image's.
cp web.qcow2 copy.qcow2
run image import copy.qcow2 --name second --property vm_mode=hvm
works
out_has 'image "second" is in the store, and shares its content with another image'
run image import web.qcow2 --name third
works
out_has "shares its content"
[ "$(find "$store/.blobs" -type f | wc -l)" = 1 ] || complain "the content is there twice"
make_qcow2 other.qcow2 two
run image import other.qcow2 --name web
fails 6 'an image "web"'
err_has "with another content is in the store already; give another name with --name"
nothing_left
run image import web.qcow2 --property vm_mode=hvm
fails 6 "in the store already, with other metadata; change that with: guestctl image set"
run image import other.qcow2 --name 'a/b'
fails 3 "cannot be an image's name here"
run image import "$store" --name folder
fails 3 "is neither a file nor a block device"
run image import nowhere.qcow2
fails 5 "nowhere.qcow2"
run image import http://127.0.0.1:1/x
fails 11 "http://127.0.0.1:1/x: "
run image import glance:web
fails 5 "no image service is named: set OS_CLOUD"

# set and unset: in OpenStack's words, each property under both of its names.
run image set web --property hypervisor_type=xen vm_mode=hvm
works
err_has "vm_mode=hvm is taken as a property too"
run image show web
works
out_has "hw_vm_mode   hvm"
out_has "img_hv_type  xen"
run image set web --property hw_vm_mode=xen --property min_ram=512
works
run image show web --json
works
is_json guestctl-image
out_has '"hw_vm_mode" : "xen"'
out_has '"min_ram" : 512'
run image unset web vm_mode os_distro min_ram
works
run image show web
out_lacks hw_vm_mode
out_lacks debian
out_lacks "512 MiB"
out_has "set here: os_distro taken away"
cmp -s web.qcow2.json "$store/$id/meta.json" || complain "the document was changed"
run image set web --property vm_mode=fullvirt
fails 3 "fullvirt"
! grep -q 'property.*: property' "$work/err" || complain "the property is named twice"
run image set web --property colour=red
works
err_has 'property "colour" is not known'
run image set web --property colour=red --strict
fails 3 "is not known"
run image set web --property size=3
fails 3 "cannot be changed here"
run image set web
fails 2 "nothing to set"
run image set --property vm_mode=hvm
fails 2 "an argument is missing"
run image set web --property vm_mode
fails 2 "is not KEY=VALUE"
run image unset web hw_disk_bsu
fails 5 'did you mean "hw_disk_bus"?'
run image set wep --property vm_mode=hvm
fails 5 'did you mean "web"?'
run image set web --property os_type=linux --dry-run
works
run image show web
out_lacks os_type

# What was only set here leaves nothing when it is unset.
cp "$store/$id/local.json" local.before
run image set web --property hw_vif_model=e1000
run image unset web hw_vif_model
works
cmp -s local.before "$store/$id/local.json" || complain "something is left of a property that was set and unset"

# Who names it would not find it any more.
mkdir -p "$GUESTCTL_ROOT/etc/guestctl/guests"
printf '[guest]\nimage = web\n' >"$GUESTCTL_ROOT/etc/guestctl/guests/user.guest"
run image set web --name site
fails 6 "would not be found under another name"
rm "$GUESTCTL_ROOT/etc/guestctl/guests/user.guest"

# A name is the image's own; the old one is free again.
run image set web --name site
works
run image show web
fails 5 "there is no such file"
run image set second --name site
fails 6 'an image "site" is in the store already'
run image set site --name web
works

# What is declared is compared.
make_qcow2 sums.qcow2 three
good=$(sha256sum <sums.qcow2 | cut -d ' ' -f 1)
for fault in '"os_hash_algo": "sha256", "os_hash_value": "'"$(printf '%064d' 0)"'"|is not what its metadata says' \
    '"os_hash_algo": "sha256", "os_hash_value": "abc"|its declared hash is no sha256' \
    '"os_hash_algo": "whirlpool", "os_hash_value": "abc"|declared by "whirlpool", which cannot be verified' \
    '"checksum": "00000000000000000000000000000000"|is not what its metadata says' \
    '"size": 5|bytes, and its metadata says 5' \
    '"disk_format": "raw"|raw'; do
    printf '{%s}' "${fault%%|*}" >sums.meta
    run image import sums.qcow2 --metadata sums.meta
    fails 3 "${fault##*|}"
    nothing_left
done
printf '{"os_hash_algo": "sha256", "os_hash_value": "%s", "disk_format": "qcow2", "id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"}' "$good" >sums.meta
run image import sums.qcow2 --metadata sums.meta
works
out_has "id 6ba7b810-9dad-41d1-80b4-00c04fd430c8"
run image show 6ba7b810-9dad-41d1-80b4-00c04fd430c8
works

# What nothing should open stays outside.
qemu-img create -q -f qcow2 -b "$work/web.qcow2" -F qcow2 overlay.qcow2
run image import overlay.qcow2
fails 3 "overlay.qcow2"
: >empty.raw
run image import empty.raw
fails 3 "it is empty"
nothing_left

# Converted, openly; and out again.
run image import web.qcow2 --name plain --format raw
works
out_has "raw converted from qcow2"
run image import web.qcow2 --name no --format vmdk
fails 2 "an image is kept as raw or qcow2"
run image export plain out.qcow2 --format qcow2
works
out_has "as qcow2 converted from raw"
run image export web out.img
works
cmp -s web.qcow2 out.img || complain "the export is another"
run image export web out.img
fails 6 "add --force to replace it"
run image export web out.img --dry-run
fails 6 "add --force to replace it"
run image export web out.img --force
works
run image export web -
fails 2 "not to standard output; name the file"
[ ! -e - ] || complain 'a file "-" was written'

# Not over the store's own files, nor the guests', by whatever way: other disks are overlays on them.
mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/guests/db" near
ln -s "$store/$id" link
printf disk >"$GUESTCTL_ROOT/var/lib/guestctl/guests/db/root.raw"
find "$GUESTCTL_ROOT/var" | sort >before
for target in "$store/$id/disk" "$store/$id/new" "$store/new" "$store/.blobs/$sum.qcow2" link/disk "near/../link/../$id/disk" \
    "$GUESTCTL_ROOT/var/lib/guestctl/guests/db/root.raw" "$GUESTCTL_ROOT/var/lib/guestctl/guests/new"; do
    for force in --force ""; do
        run image export plain "$target" $force --format raw
        fails 3 "$target: this is in "
        err_has "where guestctl keeps its own files; name a file elsewhere"
    done
done
find "$GUESTCTL_ROOT/var" | sort | cmp -s - before || complain "an export changed the store"
cmp -s web.qcow2 "$store/$id/disk" || complain "an export replaced a stored disk"
[ "$(cat "$GUESTCTL_ROOT/var/lib/guestctl/guests/db/root.raw")" = disk ] || complain "an export replaced a guest's disk"
rm "$GUESTCTL_ROOT/var/lib/guestctl/guests/db/root.raw"
mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images-of-mine"
run image export web "$GUESTCTL_ROOT/var/lib/guestctl/images-of-mine/out.img"
works
GUESTCTL_ROOT=$work/root2 "$GUESTCTL" image import out.img >"$work/out" 2>"$work/err" || complain "the export cannot be imported"
out_has 'image "web" is in the store'

# A full disk leaves nothing.
dd if=/dev/urandom of=large.raw bs=1024 count=600 2>/dev/null
(ulimit -f 500 && exec "$GUESTCTL" image import large.raw >"$work/out" 2>"$work/err" </dev/null)
status=$?
fails 7 "File too large"
nothing_left

printf 'hello' >hello.raw
# What makes room needs none.
if [ "$(id -u)" = 0 ]; then
    mkdir full
    what="image remove on a full file system"
    GUESTCTL_ROOT=$work/full unshare --mount sh -c 'mount -t tmpfs -o size=2m tmpfs full && "$GUESTCTL" image import hello.raw && {
        dd if=/dev/zero of=full/fill bs=4k
        ! echo x >full/more && "$GUESTCTL" image remove hello
    }' >"$work/out" 2>"$work/err"
    status=$?
    status_is 0
    out_has 'image "hello" is removed'
fi

# What is no disk is told, and what cannot be meant is refused.
run image import hello.raw
works
err_has 'image "hello": 5 bytes are no whole number of sectors'
run image set hello vm_mode=hvm hw_vm_mode=xen
fails 2 'property "hw_vm_mode" is given twice'
run image set hello vm_mode=hvm
works
run image show hello --json
works
is_json guestctl-image
out_has '"disk_format" : "raw"'
out_has '"vm_mode" : "hvm"'
run image remove hello
works
qemu-img create -q -f qcow2 nowhere.qcow2 1M # its one table, at the fourth cluster, leads behind the end of the file
printf '\200\004\0\0\0\0\0\0' | dd of=nowhere.qcow2 bs=1 seek=196608 conv=notrunc status=none
run image import nowhere.qcow2
works
err_has 'image "nowhere": the disk'
run image remove nowhere
works
run image import ftp://127.0.0.1/a.raw
fails 3 "by http:// and https:// only"
run image import ''
fails 2 "an image's name is empty"
printf '{"status": "deleted"}' >deleted.json
run image import hello.raw --metadata deleted.json
works
err_has "a guest of it will be refused; see: guestctl image show hello"
run image remove hello
works

# remove: not while somebody uses it, and nothing that others have.
mkdir -p "$GUESTCTL_ROOT/etc/guestctl/guests" "$GUESTCTL_ROOT/var/lib/guestctl/guests/db"
printf '[guest]\nimage = web\n' >"$GUESTCTL_ROOT/etc/guestctl/guests/web.guest"
echo stray >"$GUESTCTL_ROOT/var/lib/guestctl/guests/notes" # holds no disks, and is in nobody's way
run disk list
works
run image remove web
fails 6 'image "web" is used by guest "web"'
rm "$GUESTCTL_ROOT/etc/guestctl/guests/web.guest"
qemu-img create -q -f qcow2 -b "$store/$id/disk" -F qcow2 "$GUESTCTL_ROOT/var/lib/guestctl/guests/db/root.qcow2"
run image remove web
fails 6 "guests/db/root.qcow2"
if [ "$(id -u)" -ne 0 ]; then
    chmod 0 "$GUESTCTL_ROOT/var/lib/guestctl/guests/db/root.qcow2"
    run image remove web
    fails 8 "whether it is an overlay on the image cannot be seen"
fi
rm -f "$GUESTCTL_ROOT/var/lib/guestctl/guests/db/root.qcow2"
run image set second --property kernel_id="$id"
works
run image remove web
fails 6 'image "second" (kernel_id)'
run image remove web --force --dry-run
works
run image show web
works
run image remove web --force
works
[ ! -e "$store/$id" ] || complain "it is still there"
run image show web
fails 5 "there is no such file"
run image show second
works
for name in second third plain sums; do
    run image remove "$name"
    works
done
nothing_left
[ -z "$(find "$store" -type f)" ] || complain "left: $(find "$store" -type f)"

# gc takes what was cut off, and no more.
run image import web.qcow2
works
mkdir -p "$store/.incoming/cut" "$store/.incoming/gone-x"
: >"$store/.incoming/cut/partial"
: >"$store/.blobs/nobody.raw"
ln -s ../nobody "$store/.names/nobody"
run image gc --dry-run
works
out_has "4 things that nothing uses would be removed"
[ -e "$store/.blobs/nobody.raw" ] || complain "a dry run removed something"
run image gc
works
out_has "4 things that nothing uses were removed"
nothing_left
run image gc
out_has "0 things"
run image show web
works

# Put there by hand: its folder's name is its id.
mkdir -p "$store/mine"
cp web.qcow2 "$store/mine/disk"
run image show mine
works
out_has "disk: qcow2"
run image set mine --property vm_mode=hvm
works
run image show mine
out_has "hw_vm_mode"
dd if=/dev/zero of="$store/mine/disk" bs=1024 count=16 2>/dev/null
run image list
out_has "raw"
mkdir -p "$store/mine/notes/old"
run image remove mine
works
end
