# SPDX-License-Identifier: LGPL-2.1-or-later
# Imports and every other change of the image store killed before each of their changes of files: no half image can be seen, the
# same command done again gives what it should, and nothing is left over.
. ./lib.sh
# of a build with AddressSanitizer, which wants to be the first library
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
command -v qemu-img >/dev/null || { echo "qemu-img is missing (apt-get install qemu-utils)"; exit 77; }
# What counts the changes is gone from the environment of a second program: the one that imports is run itself.
GUESTCTL=$GUESTCTL-image
export GUESTCTL
store=$GUESTCTL_ROOT/var/lib/guestctl/images
qemu-img create -q -f qcow2 web.qcow2 64K
printf 'vm_mode=xen\n' >web.qcow2.meta
dd if=/dev/urandom of=large.raw bs=65536 count=33 2>/dev/null # three buffers
printf 'vm_mode=xen\n' >large.raw.meta

# killed N COMMAND...: whether it was killed before its Nth change.
killed() {
    at=$1
    shift
    what="guestctl $* killed at $at"
    LD_PRELOAD=$KILL_AT_LIBRARY KILL_AT=$at KILL_BELOW=$GUESTCTL_ROOT "$GUESTCTL" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ "$status" = 137 ]
}

# Each folder that can be seen is a whole image.
all_are_whole() {
    for folder in "$store"/[!.]*; do
        [ -e "$folder" ] || continue
        [ -f "$folder/disk" ] && [ -f "$folder/local.json" ] || complain "half an image: $(ls "$folder")"
    done
    "$GUESTCTL" image list --names >names 2>"$work/err" || complain "the list fails"
}

nothing_left() {
    left=$(find "$store/.incoming" -mindepth 1 2>/dev/null; find "$store/.blobs" -type f -links 1 2>/dev/null; find "$store" -name '*.tmp' 2>/dev/null
        find "$store/.names" -xtype l 2>/dev/null)
    [ -z "$left" ] || complain "left: $left"
}

empty() {
    rm -rf "$GUESTCTL_ROOT"
    mkdir "$GUESTCTL_ROOT"
}

# each_point FIRST LEAST PREPARE CHECK COMMAND...: from the FIRST on until it survives, which is no sooner than at LEAST.
each_point() {
    n=$1 least=$2 prepare=$3 check=$4
    shift 4
    "$prepare"
    while killed "$n" "$@"; do
        all_are_whole
        "$GUESTCTL" "$@" >"$work/out" 2>"$work/err" </dev/null
        status=$?
        "$check"
        nothing_left
        [ "$failed" -lt 3 ] || end
        "$prepare"
        n=$((n + 1))
    done
    status_is 0
    "$check"
    nothing_left
    echo "$what: survived"
    [ "$n" -gt "$least" ] || complain "only $n points: the library did not count"
}

is_imported() {
    status_is 0
    id=$(basename "$(dirname "$(ls "$store"/*/disk)")")
    cmp -s "$file" "$store/$id/disk" || complain "the content is not the file's"
    [ "$(cat names)" = "" ] || [ "$(cat names)" = "$name" ] || complain "names: $(cat names)"
    "$GUESTCTL" image show "$name" >"$work/out" 2>"$work/err" || complain "$name is not found"
}
file=large.raw name=large
each_point 1 30 empty is_imported image import large.raw
# what comes before is the same
is_converted() {
    status_is 0
    out_has "raw converted from qcow2"
}
each_point 24 30 empty is_converted image import web.qcow2 --format raw

# The others, of one image that is there.
one_image() {
    empty
    "$GUESTCTL" image import web.qcow2 >"$work/out" 2>"$work/err" || complain "the import fails"
}
is_set() {
    status_is 0
    "$GUESTCTL" image show web >"$work/out" 2>"$work/err"
    out_has "hw_vm_mode  hvm"
}
each_point 1 4 one_image is_set image set web --property vm_mode=hvm
# It has been done already, or it is done now: the old name is gone, the new one is there.
is_renamed() {
    case $status in 0) ;; 5) err_has 'no image "web"' ;; *) complain "status $status" ;; esac
    "$GUESTCTL" image gc >"$work/out" 2>"$work/err" || complain "gc fails"
    "$GUESTCTL" image list --names >names
    [ "$(cat names)" = site ] || complain "names: $(cat names)"
    "$GUESTCTL" image show site >"$work/out" 2>"$work/err" || complain "site is not found"
}
each_point 1 6 one_image is_renamed image set web --name site
is_removed() {
    case $status in 0) ;; 5) err_has 'no image "web"' ;; *) complain "status $status" ;; esac
    "$GUESTCTL" image gc >"$work/out" 2>"$work/err" || complain "gc fails"
    [ -z "$(find "$store" -type f)" ] || complain "left: $(find "$store" -type f)"
}
each_point 1 5 one_image is_removed image remove web
garbage() {
    one_image
    mkdir -p "$store/.incoming/cut" "$store/.incoming/gone-x"
    : >"$store/.incoming/cut/partial"
    : >"$store/.incoming/gone-x/disk"
    : >"$store/.blobs/nobody.raw"
    ln -s ../nobody "$store/.names/nobody"
}
is_clean() {
    status_is 0
    "$GUESTCTL" image show web >"$work/out" 2>"$work/err" || complain "web is not found"
}
each_point 1 5 garbage is_clean image gc

# Two imports at once: while another one works on it they wait and say so, Ctrl-C ends the waiting, and both take the one result.
empty
killed 22 image import large.raw || complain "it was not killed"
key=$(ls "$store/.incoming")
[ -n "$key" ] || complain "it was killed too early"
cat >meanwhile <<'EOF'
start() {
    "$GUESTCTL" image import large.raw --json >"$1.out" 2>"$1.err" </dev/null &
    tries=0
    until grep -q '"waiting"' "$1.err" || [ "$((tries += 1))" -gt 200 ]; do sleep 0.05; done
}
start first
kill -INT $!
wait $!
echo $? >first.status
start second
start third
EOF
what="imports at the same time"
"$HOLD_LOCK" "$GUESTCTL_ROOT" "image-$key" sh ./meanwhile || complain "the lock was not held"
[ "$(cat first.status)" = 130 ] || complain "Ctrl-C while it waits is status $(cat first.status)"
grep -q "interrupted while waiting for another import of it" first.err || complain "$(cat first.err)"
tries=0
until { [ -s second.out ] && [ -s third.out ]; } || [ "$((tries += 1))" -gt 200 ]; do sleep 0.05; done
for import in second third; do
    cp "$import.out" "$work/out"
    is_json guestctl-image-result
    grep guestctl-progress "$import.err" | head -n 1 >"$work/out"
    is_json guestctl-progress
done
[ "$(cat second.out third.out | grep -c '"status" : "there"')" = 1 ] || complain "the work was not shared: $(cat second.out third.out)"
nothing_left
end
