#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# storage.sh BUILD-FOLDER: guests with disks of their own by flat, qcow2 and rbd, on real QEMU through libvirt's embedded driver and
# a real Ceph of one node; every format of images; creating and deleting killed before and after each program. Speaks TAP.
# About 60 s. Needs root and the packages of the groups kvm and ceph.
set -u
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" -ne 0 ]; then
    echo "ok 1 - disks of guests # SKIP root is needed"
    exit 0
fi
if [ "${INSIDE:-}" != yes ]; then
    exec env INSIDE=yes unshare --mount --pid --fork --mount-proc --kill-child "$0" "$build"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/gctl.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
export GUESTCTL_ROOT="$work/root"
g=$build/guestctl
state=$GUESTCTL_ROOT/var/lib/guestctl
conf=$GUESTCTL_ROOT/etc/guestctl/guestctl.conf
cd "$work" || exit 1
mkdir -p "$state" "$(dirname "$conf")"
getent passwd libvirt-qemu > /dev/null || useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu
"$here/../../lab/ceph.sh" "$work/ceph" > ceph.log 2>&1 &
ceph=$!

gcc -c -m32 "$here/../../lab/boot-sector.S" -o sector.o && ld -m elf_i386 -Ttext 0x7c00 --oformat binary sector.o -o sector.img || exit 1
truncate -s 1M sector.img

# shellcheck source=../../tap.sh
. "$here/../../tap.sh"
# store NAME FORMAT [MORE]: the boot sector as an image in the store.
store() {
    mkdir -p "$state/images/$1"
    qemu-img convert -q -f raw -O "$2" sector.img "$state/images/$1/disk"
    printf '{"vm_mode": "hvm"}' > "$state/images/$1/meta.json"
}
# guest NAME IMAGE LINES: NAME.guest
guest() {
    printf '[guest]\nimage = %s\nmemory = 64M\n[disk root]\n%b' "$2" "$3" > "$1.guest"
}
boots() {
    expect 0 HELLO-GUEST "$g" create "$1.guest" --backend qemu --console --until HELLO-GUEST --timeout 30
}
# Nothing of any guest: no file, no image in the pool, no journal.
nothing_left() {
    find "$state/guests" "$state/journal" -type f > left 2> /dev/null
    [ ! -f "$work/ceph.up" ] || rbd --conf "$work/ceph/ceph.conf" ls 2> /dev/null | sed 's/^/rbd /' >> left
    [ ! -s left ] || { cp left out; fail "left behind"; }
    (cd "$state/images" && sha512sum -- */disk) > sums.now
    [ ! -f sums ] || cmp -s sums sums.now || fail "a stored image was written"
}

# One guest's whole life on a storage: made, booted, kept, enlarged, booted again, deleted.
life() {
    boots web
    expect 0 "destroyed" "$g" destroy web
    expect 0 "$1" "$g" disk list web
    expect 0 "create web" "$g" plan web.guest --backend qemu
    ! grep -q create-disk out || fail "it would be made again"
    if [ "$1" = flat ]; then
        expect 4 "a raw file has no snapshots; disks of storage qcow2" "$g" disk snapshot web root one
    else
        expect 0 'has a snapshot "one" now' "$g" disk snapshot web root one
        expect 6 'has a snapshot "one" already' "$g" disk snapshot web root one
        expect 0 "one" "$g" disk list web
        expect 0 'is again as it was at "one"' "$g" disk revert web root one
        expect 0 'has no snapshot "one" any more' "$g" disk forget web root one
        expect 5 'it has: none' "$g" disk forget web root one
        expect 0 'has a snapshot "two" now' "$g" disk snapshot web root two
        expect 6 'has snapshots of its present size (two)' "$g" disk resize web root 16M
        expect 0 'has no snapshot "two" any more' "$g" disk forget web root two
        "$g" disk snapshot web root four > four.out 2>&1 < /dev/null & # two at once: neither is lost
        at_once=$!
        expect 0 'has a snapshot "five" now' "$g" disk snapshot web root five
        wait "$at_once" || fail "the other of two snapshots at once failed: $(cat four.out)"
        expect 0 'has no snapshot "four" any more' "$g" disk forget web root four
        expect 0 'has no snapshot "five" any more' "$g" disk forget web root five
    fi
    expect 0 "16M now" "$g" disk resize web root 16M
    [ "$1" = flat ] || expect 0 'has a snapshot "three" now' "$g" disk snapshot web root three
    boots web
    expect 6 "is running; end it first" "$g" disk delete web
    expect 0 "destroyed" "$g" destroy web
    expect 0 "no disks of guestctl's any more" "$g" disk delete web
    nothing_left
}

store boot qcow2
for format in raw qcow2 qed vmdk vpc vdi qcow; do store "as-$format" $format; done
(cd "$state/images" && sha512sum -- */disk) > sums

for storage in flat qcow2; do
    begin "a guest of a stored image boots from its own disk by $storage, which is kept, enlarged and deleted"
    guest web boot "storage = $storage\nsize = 8M\n[disk data]\nkind = ephemeral\nsize = 4M\nstorage = $storage\n[disk swap]\nkind = swap\nsize = 4M\n"
    life "$storage"
    end
done

begin "two guests of one image run at the same time, each on its own disk"
guest one boot ''
guest two boot ''
boots one
boots two
for name in one two; do
    expect 0 destroyed "$g" destroy $name
    expect 0 "no disks" "$g" disk delete $name
done
nothing_left
end

begin "every format boots, read as it is or converted; what nothing opens is refused by its rule"
for format in raw qcow2 qed vmdk vpc vdi qcow; do
    guest web "as-$format" ''
    boots web
    case $format in
    raw | qcow2 | qed | vmdk) ! grep -q 'translation' out || fail "$format was converted" ;;
    *) grep -qF 'does not open: it is converted to qcow2' out || fail "$format: it is not said that it was converted" ;;
    esac
    "$g" destroy web > out 2>&1
    expect 0 "no disks" "$g" disk delete web
done
refused() {
    mkdir -p "$state/images/bad"
    cp "$1" "$state/images/bad/disk"
    guest web bad ''
    expect "$2" "$3" "$g" create web.guest --backend qemu
    rm -r "$state/images/bad"
}
qemu-img create -q -f vhdx bad.vhdx 8M
qemu-img create -q -f luks --object secret,id=s,data=x -o key-secret=s,iter-time=10 bad.luks 1M
qemu-img create -q -f parallels bad.ploop 8M
qemu-img create -q -f qcow2 -b "$work/sector.img" -F raw bad.qcow2
refused bad.vhdx 4 "is vhdx, which QEMU cannot open (it opens raw, qcow2, qed and vmdk)"
refused bad.luks 4 "is encrypted"
refused bad.ploop 4 "is ploop, which QEMU cannot open"
refused bad.qcow2 3 "names another file (a backing file)"
nothing_left
end

# Programs that kill guestctl before they run (odd numbers) and after (even ones); those before the KILL_ATth do their work only.
mkdir wrapped
for program in qemu-img cp chmod sync mv rm truncate mke2fs mkswap rbd; do
    printf '#!/bin/sh\nn=$(($(cat %s/count) + 1))\necho $((n + 1)) > %s/count\n[ $n -ne "$KILL_AT" ] || { kill -9 $PPID; exit 1; }\n%s "$@"\nstatus=$?\n[ $((n + 1)) -ne "$KILL_AT" ] || kill -9 $PPID\nexit $status\n' \
        "$work" "$work" "$(command -v $program)" > wrapped/$program
    chmod +x wrapped/$program
done
# killed AT COMMAND...: true when it was.
killed() {
    echo 0 > count
    status=0
    KILL_AT=$1
    shift
    KILL_AT=$KILL_AT PATH="$work/wrapped:$PATH" "$g" "$@" > out 2>&1 < /dev/null || status=$?
    [ "$status" -eq 137 ]
}
# kills STEP: at every STEPth of them; EVERY_KILL=yes: at all.
kills() {
    step=${EVERY_KILL:+1}
    step=${step:-$1}
    tried=0
    n=1
    while killed $n create web.guest --backend qemu; do
        begun=$(ls "$state/journal")
        expect 0 "" "$g" list --backend qemu
        [ -z "$begun" ] || grep -qF "what it had built was removed" out || fail "create killed at $n: it is not said what became of it"
        nothing_left
        [ $failures -eq 0 ] || return
        n=$((n + step))
        tried=$((tried + 1))
    done
    [ "$status" -eq 0 ] || fail "create after $tried kills"
    "$g" destroy web > out 2>&1
    n=1
    while killed $n disk delete web; do
        begun=$(ls "$state/journal")
        expect 0 "" "$g" list --backend qemu
        [ -z "$begun" ] || grep -qF "the rest of it was done now" out || fail "delete killed at $n: it is not said what became of it"
        [ -z "$begun" ] || nothing_left
        [ $failures -eq 0 ] || return
        n=$((n + step))
        tried=$((tried + 1))
        expect 0 running "$g" create web.guest --backend qemu
        "$g" destroy web > out 2>&1
        [ $failures -eq 0 ] || return
    done
    [ "$status" -eq 0 ] || fail "delete after $tried kills"
    nothing_left
    title="$title ($tried kills)"
    [ $tried -ge 6 ] || fail "too few kills"
}
begin "creating and deleting a disk by qcow2, killed before and after each program, leaves nothing"
guest web boot 'size = 8M\n'
kills 2
end

begin "a real Ceph of one node starts"
wait $ceph || { cp ceph.log out; fail "ceph.sh"; }
: > ceph.up
printf '[storage]\nimages_type = rbd\nimages_rbd_pool = rbd\nimages_rbd_ceph_conf = %s/ceph/ceph.conf\n' "$work" > "$conf"
end

begin "a guest of a stored image boots from a clone in a pool by rbd, which is kept, enlarged and deleted"
guest web boot 'size = 8M\n[disk swap]\nkind = swap\nsize = 4M\n'
life rbd
end

begin "an image that another has made under the disk's name is not taken over"
rbd --conf ceph/ceph.conf create --size 1M rbd/web_root 2> /dev/null
expect 6 "rbd/web_root is there already and is not this guest's, and was left as it is" "$g" create web.guest --backend qemu
rbd --conf ceph/ceph.conf rm --no-progress rbd/web_root 2> /dev/null
nothing_left
end

begin "the stored image stays in the pool while a guest needs it"
guest one boot ''
guest two boot ''
for name in one two; do expect 0 running "$g" create $name.guest --backend qemu; done
for name in one two; do "$g" destroy $name > out 2>&1; done
expect 0 "no disks" "$g" disk delete one
rbd --conf ceph/ceph.conf ls 2> /dev/null > out
grep -q '^guestctl-boot$' out || fail "it is gone"
expect 0 "no disks" "$g" disk delete two
nothing_left
end

begin "creating and deleting a disk by rbd, killed before and after each program, leaves nothing"
guest web boot 'size = 8M\n'
kills 6
end
echo "1..$number"
