# SPDX-License-Identifier: LGPL-2.1-or-later
# What the tests with a real grub-mkconfig share. Given by meson: GUESTCTL, FIXTURES, JSON_CHECK, SCHEMAS, KILL_AT_LIBRARY. Sourced from tests/grub.
set -u
. ../assert.sh
export LC_ALL=C NO_COLOR=
[ "$(id -u)" = 0 ] || { echo "skipped: chroot needs root"; exit 77; }
for program in grub-mkconfig update-grub grub-script-check grub-editenv chroot; do
    command -v "$program" >/dev/null || { echo "skipped: $program is missing (apt-get install grub2-common)"; exit 77; }
done
tests=$(pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/guestctl-grub-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
tree=$work/tree
host=$FIXTURES/hosts/xen-4.17.json
sh "$tests/make-tree.sh" "$tree" || exit 1

# ctl COMMAND...: keeps status, standard output and error. The tree is the root.
ctl() {
    what="guestctl grub $*"
    LD_PRELOAD=${PRELOAD-} KILL_AT=0 KILL_BELOW=$tree "$GUESTCTL" grub "$@" --root "$tree" --host "$host" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}
# Every file of the two folders: path, mode, sum; a link's target.
state_of() {
    (cd "$tree" && find etc boot -printf '%p %m %y %l\n' | sort && find etc boot -type f -exec md5sum {} + | sort -k 2)
}
remember() {
    state_of >"$work/$1"
}
is_as() {
    state_of >"$work/now"
    cmp -s "$work/now" "$work/$1" || complain "the tree is not the $1 one: $(diff "$work/$1" "$work/now" | head -10)"
}
