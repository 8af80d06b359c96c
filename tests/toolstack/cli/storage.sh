# SPDX-License-Identifier: LGPL-2.1-or-later
# Disks that guestctl makes: the plan says all of it and nothing is made by it; list, resize, delete and undefine --disks.
. ./lib.sh
set -- $(known_hosts)
host=$hosts/$1.json
state=$GUESTCTL_ROOT/var/lib/guestctl
mkdir -p "$state/images/debian-12"
truncate -s 1M "$state/images/debian-12/disk"
printf '{"vm_mode": "hvm", "disk_format": "raw"}' >"$state/images/debian-12/meta.json"
printf '[guest]\nimage = debian-12\n[disk root]\nsize = 2M\n[disk swap]\nkind = swap\nsize = 1M\nstorage = flat\n' >web.guest

find "$GUESTCTL_ROOT" -type f ! -path '*/run/*' | sort >before
run create web.guest --dry-run --host "$host"
works
out_has "# step 1: create-disk $state/guests/web/root.disk.json"
out_has "qemu-img create -q -f qcow2 -b $state/images/debian-12/disk -F raw $state/guests/web/root.qcow2.new 2097152"
out_has "mv -T $state/guests/web/root.qcow2.new $state/guests/web/root.qcow2"
out_has "# step 2: create-disk $state/guests/web/swap.disk.json"
out_has "mkswap $state/guests/web/swap.raw.new"
out_has "# step 3: create web"
run plan web.guest --json --host "$host"
works
is_json guestctl-plan
find "$GUESTCTL_ROOT" -type f ! -path '*/run/*' | sort | cmp -s - before || complain "a dry run made something"
# Each step's own text is a document.
run create web.guest --dry-run --host "$host"
sed -n '/^# step 1/,/^# step 2/{/^#/d;p}' "$work/out" >step
sed 's/"swap"/"root"/; s/swap\.raw/root.qcow2/' step >"$work/out"
is_json guestctl-disk
mkdir -p "$state/guests/web"
cp step "$state/guests/web/root.disk.json"

run why web.guest 'disk root.storage' --host "$host"
fails 5 "was made as $state/guests/web/root.qcow2, and is not there any more; bring it back, or have it made anew after: guestctl disk delete web root"
qemu-img create -q -f qcow2 -b "$state/images/debian-12/disk" -F raw "$state/guests/web/root.qcow2" 2M
run plan web.guest --host "$host"
works
out_lacks "create-disk $state/guests/web/root.disk.json"
out_has "# step 1: create-disk $state/guests/web/swap.disk.json"
run why web.guest 'disk root.storage' --host "$host"
out_has "the disk was made before, and is kept"

run disk list web
works
out_has "root.qcow2"
run disk list --json
works
is_json guestctl-disk-list
out_has '"there" : true'
# What cannot be read is no empty list.
mkdir -p "$work/other/var/lib/guestctl"
: >"$work/other/var/lib/guestctl/guests"
run disk list --root "$work/other"
fails 5 "other/var/lib/guestctl/guests"
err_has "see what it is, or run this as a user who may read it"
rm "$work/other/var/lib/guestctl/guests"
run disk list --root "$work/other"
works
if [ "$(id -u)" != 0 ]; then
    mkdir -m 0 "$work/other/var/lib/guestctl/guests"
    run disk list --root "$work/other"
    fails 8 "other/var/lib/guestctl/guests"
fi
run disk list wbe
fails 5 'guest "wbe" has no disk that guestctl made'
run disk resize web root 1M --host "$host"
fails 3 "a disk is never made smaller"
run disk resize web rot 4M --host "$host"
fails 5 'has no disk "rot" that guestctl made; it has: root'
cp "$state/guests/web/root.disk.json" record
sed 's/"size" : 2097152,/&\n  "snapshots" : [ "s1" ],/' record >"$state/guests/web/root.disk.json"
run disk resize web root 4M --dry-run --host "$host"
fails 6 "has snapshots of its present size (s1)"
cp record "$state/guests/web/root.disk.json"
run disk resize web root 4M --dry-run --host "$host"
works
out_has "qemu-img resize -q -f qcow2 $state/guests/web/root.qcow2 4194304"

# A record that was damaged or changed is said, hides no other guest, and leads to no file elsewhere.
mkdir "$state/guests/db"
sed 's/"web"/"db"/; s#guests/web#guests/db#g' record >"$state/guests/db/root.disk.json"
echo '{' >"$state/guests/web/root.disk.json"
run disk list
status_is 3
out_has "guests/db/root.qcow2"
err_has 'guest "web" is not shown: the record of a guest'
sed "s#guests/web/root.qcow2\"#images/debian-12/disk\"#" record >"$state/guests/web/root.disk.json"
for verb in "list web" "delete web --host $host --dry-run"; do
    run disk $verb
    fails 3 "images/debian-12/disk, is not in the same folder, where guestctl makes disks"
done
cp record "$state/guests/web/root.disk.json"
rm -r "$state/guests/db"

# What no program can make is refused before it is tried.
run disk resize web root 65T --dry-run --host "$host"
fails 3 "65T is more than the 64T that a disk may have here"
for size in 65T 4K; do
    sed "s/^size = 1M/size = $size/" web.guest >odd.guest
    run plan odd.guest --host "$host"
    status_is 3
done
err_has "size 4K is too small for a file system or a swap area"
run disk snapshot web root "$(printf 'a\nb')" --dry-run --host "$host"
fails 3 'snapshot name "a\u000ab" cannot be used'

# The image and what the user gave stay, whatever is deleted.
make_disk "$work/mine.raw"
printf '[disk mine]\npath = %s\n' "$work/mine.raw" >>web.guest
run define web.guest --host "$host"
works
run undefine web --host "$host" --dry-run --disks
works
out_has "rm -f $state/guests/web/root.qcow2"
out_lacks "$work/mine.raw"
out_lacks "rm -f $state/images"
printf '[storage]\nimages_typ = flat\n' >"$GUESTCTL_ROOT/etc/guestctl/guestctl.conf"
run plan web --host "$host"
fails 3 'guestctl.conf:2: key "images_typ" is not known; did you mean "images_type"?'
end
