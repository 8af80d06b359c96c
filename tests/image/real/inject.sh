#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# inject.sh BUILD-FOLDER: libguestfs really puts files, a host name, a password and SSH keys into guests' own disks, by each rule of
# nova's for the partition, before real QEMU boots them. Speaks TAP. Under emulation 30 s for each, 4 minutes in all.
# Needs root and the packages of the group inject.
set -u
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
if [ "$(id -u)" -ne 0 ]; then
    echo "ok 1 - files into guests # SKIP root is needed"
    exit 0
fi
if [ "${INSIDE:-}" != yes ]; then
    "$lab/install-packages.sh" inject >&2 || exit 1
    "$lab/guest-images.sh" "$build/lab/images" >&2 || exit 1
    exec env INSIDE=yes unshare --mount --pid --fork --mount-proc --kill-child "$0" "$build"
fi
# shellcheck source=/dev/null
. "$lab/lib.sh"
images=$build/lab/images
work=$(mktemp -d "${TMPDIR:-/tmp}/gctl.XXXXXX")
trap 'rm -rf "$work"; [ -z "$lent" ] || rmdir /lib/modules' EXIT
lent=
chmod 755 "$work"
export GUESTCTL_ROOT="$work/root"
g=$build/guestctl
state=$GUESTCTL_ROOT/var/lib/guestctl
cd "$work" || exit 1
getent passwd libvirt-qemu > /dev/null || useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu

"$lab/ceph.sh" "$work/ceph" > ceph.log 2>&1 &
ceph=$!
# shellcheck source=../../tap.sh
. "$here/../../tap.sh"

# A machine without a kernel in /boot (a container) lends the appliance one.
lend_kernel() {
    ! ls /boot/vmlinu* > /dev/null 2>&1 || return 0
    kernel=$build/lab/appliance-kernel
    if ! [ -f "$kernel/release" ]; then
        rm -rf "$kernel"
        mkdir -p "$kernel/apt"
        lab_apt "$kernel/apt" --print-uris install linux-image-cloud-amd64 | awk '$2 ~ /^linux-image-[0-9]/ { sub(/_.*/, "", $2); print $2 }' > "$kernel/name"
        (cd "$kernel/apt" && lab_retry xargs apt-get -qq -o APT::Sandbox::User=root download < ../name)
        dpkg-deb -x "$kernel"/apt/*.deb "$kernel"
        basename "$kernel"/lib/modules/* > "$kernel/release.new"
        depmod -b "$kernel" "$(cat "$kernel/release.new")"
        rm -rf "$kernel/apt"
        mv "$kernel/release.new" "$kernel/release"
    fi
    [ -d /lib/modules ] || { mkdir /lib/modules && lent=yes; } # supermin looks there first, whatever it is told
    SUPERMIN_MODULES=$kernel/lib/modules/$(cat "$kernel/release")
    SUPERMIN_KERNEL=$kernel/boot/vmlinuz-$(cat "$kernel/release")
    export SUPERMIN_KERNEL SUPERMIN_MODULES
}

# The root of a small Debian, as far as it is looked at: not the guest's own, whose only program is in its initial RAM disk.
make_tree() {
    mkdir -p tree/etc tree/bin tree/root tree/var tree/usr tree/home/admin
    printf 'root:x:0:0:root:/root:/bin/sh\nadmin:x:1000:1001::/home/admin:/bin/sh\n' > tree/etc/passwd
    printf 'root:*:19000:0:99999:7:::\nadmin:!:19000:0:99999:7:::\n' > tree/etc/shadow
    chmod 640 tree/etc/shadow
    echo old > tree/etc/hostname
    printf 'ID=debian\nVERSION_ID="12"\n' > tree/etc/os-release
    echo 12.5 > tree/etc/debian_version
    printf '/dev/sda2 / ext4 defaults 0 1\n' > tree/etc/fstab
    mkdir -p "tree$work"
    ln -s "$work/witness" tree/etc/outside # here there is such a file, too
    cp /bin/true tree/bin/sh
}
start=49152 # sectors: behind the boot partition
make_images() {
    make_tree
    cp --sparse=always "$images/linux.raw" two.raw
    truncate -s 40M two.raw
    echo "start=$start, type=L" | sfdisk -q --append two.raw
    mke2fs -q -t ext4 -d tree -E "offset=$((start * 512))" two.raw 16M
    truncate -s 16M one.raw
    mke2fs -q -t ext4 -d tree one.raw
    for image in two one; do
        "$g" image import "$image.raw" --name "$image" --property vm_mode=hvm > out 2>&1 || fail "import of $image.raw"
    done
}
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ me@here'
printf 'welcome\n' > motd
printf '#!/bin/sh\n' > tool
chmod 755 tool
echo untouched > witness
# guest IMAGE MORE-OF-GUEST DISK LINES: web.guest
guest() { printf '[guest]\nimage = %s\nmemory = 128M\n%b[disk root]\n%b[inject]\n%b' "$1" "$2" "$3" "$4" > web.guest; }
boots() { expect 0 "$1" "$g" create web.guest --backend qemu --console --until GUEST-UP --timeout 300; grep -q GUEST-UP out || fail "it did not boot"; }
remove() {
    expect 0 destroyed "$g" destroy web
    expect 0 "no disks" "$g" disk delete web
}
# inside OFFSET-BYTES COMMAND: of debugfs, in the guest's disk.
inside() { debugfs -R "$2" "guest.raw?offset=$1" 2> /dev/null; }
# has OFFSET PATH MODE UID TEXT
has() {
    inside "$1" "cat $2" > is
    printf "$5" > should
    cmp -s is should || { cp is out; fail "$2 is not as it should be"; }
    inside "$1" "stat $2" > out
    tr -s ' ' < out | grep -q "Mode: $3 " && tr -s ' ' < out | grep -q "User: $4 " || fail "$2 has another mode or owner"
}
base_is_unchanged() {
    (cd "$state/images" && sha512sum -- */disk) > sums.now
    [ ! -f sums ] || cmp -s sums sums.now || fail "a stored image was written"
}
nothing_left() {
    find "$state/guests" "$state/journal" "$GUESTCTL_ROOT/run/guestctl/inject" -type f > left 2> /dev/null
    find "$GUESTCTL_ROOT/run/guestctl/inject" -mindepth 1 >> left 2> /dev/null
    ps -eo user,args | grep -E 'qemu-nbd|guestctl-inject|qemu-system.*guestfs' | grep -v grep >> left
    [ ! -s left ] || { cp left out; fail "left behind"; }
    base_is_unchanged
}

begin "images for it are made"
lend_kernel
make_images
base_is_unchanged
cp sums.now sums
end

begin "without guestctl-inject, and without what libguestfs needs, nothing is begun, and what is missing is named"
guest two '' '' 'file = motd:/etc/motd\n'
expect 4 "nothing can be put into disk \"root\": guestctl-inject is not installed: guestctl was built without libguestfs" \
    env GUESTCTL_INJECT=/nowhere/guestctl-inject "$g" create web.guest --backend qemu
mkdir nothing
printf '#!/bin/sh\nPATH=%s exec %s "$@"\n' "$work/nothing" "$build/guestctl-inject" > lost
chmod 755 lost
expect 4 "qemu-nbd is not installed; install it with: apt-get install qemu-utils; or leave [inject] out" \
    env GUESTCTL_INJECT="$work/lost" "$g" create web.guest --backend qemu
ln -s "$(command -v qemu-nbd)" nothing/
expect 4 "apt-get install supermin" env GUESTCTL_INJECT="$work/lost" "$g" create web.guest --backend qemu
expect 4 "apt-get install libguestfs0" env LIBGUESTFS_PATH="$work/nothing" "$g" create web.guest --backend qemu
nothing_left
end

begin "found by inspection: host name, password, keys and files are in the guest's own disk, and it boots"
guest two '' 'storage = qcow2\n' "hostname = www\nuser = admin\npassword-hash = \$6\$salt\$hash\nssh-key = $key\nfile = motd:/etc/motd, tool:/usr/local/bin/tool, motd:/etc/outside\n"
: > seen
(while [ ! -f stop ]; do ps -eo user,args | grep -E 'qemu-nbd|qemu-system.*guestfs|[g]uestctl-inject' | grep -v grep >> seen; sleep 1; done) &
watcher=$!
boots GUEST-UP
: > stop
wait "$watcher"
cp seen out
grep -q '^nobody .*qemu-system' seen || fail "the appliance's QEMU was not seen as nobody's"
! grep -q '^root .*qemu-system.*guestfs' seen || fail "the appliance's QEMU ran as root"
qemu-img convert -U "$state/guests/web/root.qcow2" -O raw guest.raw || fail "the disk cannot be read"
at=$((start * 512))
has "$at" /etc/hostname 0644 0 'www\n'
has "$at" /etc/motd 0644 0 'welcome\n'
has "$at" /usr/local/bin/tool 0755 0 '#!/bin/sh\n'
has "$at" /home/admin/.ssh/authorized_keys 0600 1000 "$key\n"
has "$at" /etc/shadow 0640 0 'root:*:19000:0:99999:7:::\nadmin:$6$salt$hash:19000:0:99999:7:::\n'
inside "$at" "stat /home/admin/.ssh" > out
grep -q 'Mode:  0700' out || fail "sshd would not read keys in such a folder"
[ "$(cat witness)" = untouched ] || fail "a link of the guest's led to this machine"
base_is_unchanged
expect 0 destroyed "$g" destroy web
expect 0 "create web" "$g" plan web.guest --backend qemu
! grep -q ': inject ' out || fail "it would be done again"
expect 0 "no disks" "$g" disk delete web
nothing_left
end

begin "run --ssh-key, by nova's inject_key and inject_partition: by its number, in a raw disk, for root"
mkdir -p "$GUESTCTL_ROOT/etc/guestctl"
printf '[storage]\ntype = flat\n[inject]\ninject_key = True\ninject_partition = 2\n' > "$GUESTCTL_ROOT/etc/guestctl/guestctl.conf"
expect 0 GUEST-UP "$g" run two --name web --memory 128M --net none --ssh-key "$key" --backend qemu --console --until GUEST-UP --timeout 300
rm "$GUESTCTL_ROOT/etc/guestctl/guestctl.conf"
cp --sparse=always "$state/guests/web/root.raw" guest.raw
has "$at" /root/.ssh/authorized_keys 0600 0 "$key\n"
has "$at" /etc/hostname 0644 0 'old\n'
expect 0 destroyed "$g" destroy web
expect 0 "deleted" "$g" undefine web --disks
nothing_left
end

begin "a disk without partitions"
guest one "kernel = $images/vmlinuz\nramdisk = $images/initrd.gz\ncmdline = console=ttyS0 quiet\n" '' 'partition = 0\nhostname = www\n'
boots GUEST-UP
qemu-img convert -U "$state/guests/web/root.qcow2" -O raw guest.raw
has 0 /etc/hostname 0644 0 'www\n'
remove
nothing_left
end

begin "a clone in a pool of Ceph"
wait "$ceph" || { cp ceph.log out; fail "ceph.sh"; }
printf '[storage]\nimages_type = rbd\nimages_rbd_pool = rbd\nimages_rbd_ceph_conf = %s/ceph/ceph.conf\n' "$work" > "$GUESTCTL_ROOT/etc/guestctl/guestctl.conf"
guest two '' '' 'partition = 2\nhostname = www\n'
boots GUEST-UP
rm -f guest.raw
rbd --conf ceph/ceph.conf export --no-progress rbd/web_root guest.raw 2> out || fail "the clone cannot be read"
has "$at" /etc/hostname 0644 0 'www\n'
remove
rbd --conf ceph/ceph.conf ls > out 2> /dev/null
[ ! -s out ] || fail "left in the pool"
rm "$GUESTCTL_ROOT/etc/guestctl/guestctl.conf"
nothing_left
end

begin "a partition that is not there stops the boot, and nothing is left"
guest two '' '' 'partition = 7\nfile = motd:/etc/motd\n'
expect 5 "the disk has no partition 7 (it has: /dev/sda1, /dev/sda2); set partition in [inject]; what had been built was removed again" \
    "$g" create web.guest --backend qemu --console --until GUEST-UP --timeout 300
! grep -q GUEST-UP out || fail "it booted"
nothing_left
end

begin "on-failure = continue: the guest boots, and what was not done is said"
guest two '' '' 'partition = 2\nuser = carol\non-failure = continue\npassword-hash = $6$salt$hash\n'
boots "the guest's /etc/shadow has no user \"carol\"; set user in [inject] to one that it has; the guest boots all the same"
remove
nothing_left
end

begin "killed while the appliance runs: no process stays, and the next command takes the disk away"
guest two '' '' 'file = motd:/etc/motd\n'
"$g" create web.guest --backend qemu > killed.out 2>&1 &
pid=$!
tries=0
until ps -eo user,args | grep -q '^nobody .*[q]emu-system.*guestfs' || [ $tries -gt 600 ]; do
    tries=$((tries + 1))
    sleep 0.2
done
sleep 5 # the appliance's kernel is on its way
kill -9 "$pid"
wait "$pid" 2> /dev/null
tries=0
while ps -eo args | grep -qE '[q]emu-nbd|[g]uestctl-inject|[q]emu-system.*guestfs' && [ $tries -lt 50 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
cp killed.out out
[ $tries -lt 50 ] || fail "a process is still there after 5 s"
[ -f "$state/guests/web/root.qcow2" ] || fail "it was killed too late or too early"
expect 4 "is not installed" env GUESTCTL_INJECT=/nowhere/guestctl-inject "$g" create web.guest --backend qemu
nothing_left
end
echo "1..$number"
