# SPDX-License-Identifier: LGPL-2.1-or-later
# A tiny assert library. Each test sources it, calls run and the checks below, and ends with `end`.
# Given by meson: GUESTCTL, JSON_CHECK, FIXTURES, SCHEMAS, COMPLETION, DATA_LIMIT.
set -u
. ../../assert.sh
export LC_ALL=C NO_COLOR=
unset GUESTCTL_ROOT

work=$(mktemp -d "${TMPDIR:-/tmp}/guestctl-cli-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work" || exit 1
GUESTCTL_ROOT=$work/root
export GUESTCTL_ROOT
hosts=$FIXTURES/hosts

# run COMMAND...: keeps the status, standard output and standard error of the one command that follows.
run() {
    what="guestctl $*"
    "$GUESTCTL" "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

out_lacks() {
    ! grep -qF -- "$1" "$work/out" || complain "on standard output: $1"
}

out_is_empty() {
    [ ! -s "$work/out" ] || complain "something is on standard output"
}

err_is_empty() {
    [ ! -s "$work/err" ] || complain "something is on standard error"
}

# fails STATUS TEXT: the last command failed so, said so, and printed no result.
fails() {
    status_is "$1"
    err_has "$2"
    out_is_empty
}

works() {
    status_is 0
}

err_is_json() {
    while IFS= read -r line; do
        printf '%s\n' "$line" | "$JSON_CHECK" "$SCHEMAS/$1-1.json" >"$work/check" 2>&1 || complain "no $1/1: $(cat "$work/check")"
    done <"$work/err"
}

# Every file below the root but the probes' cache, which may come and go.
files_made() {
    find "$GUESTCTL_ROOT" -type f ! -path '*/run/guestctl/probe' 2>/dev/null
}

# Nothing was made below the root: dry runs, and everything that only looks.
root_is_untouched() {
    [ -z "$(files_made)" ] || complain "made: $(files_made | head -5)"
}

built_with() {
    "$GUESTCTL" version --json 2>/dev/null | grep -q "\"built_with_$1\" : true"
}

# The recorded hosts whose backend is in this build.
known_hosts() {
    if built_with xen; then echo xen-4.17; fi
    if built_with kvm; then echo kvm qemu; fi
}

# make_disk PATH: a raw disk with text in it, and properties beside it from the words that follow.
make_disk() {
    disk=$1
    shift
    dd if=/dev/zero of="$disk" bs=1024 count=64 2>/dev/null
    : >"$disk.meta"
    for property; do
        printf '%s\n' "$property" >>"$disk.meta"
    done
}
