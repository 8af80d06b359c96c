# SPDX-License-Identifier: LGPL-2.1-or-later
# What the shell tests of the program share. It is sourced by a lib.sh, which sets work (a folder) and runs the program: a run
# sets what (for messages) and status, and keeps the two outputs in $work/out and $work/err. Given by meson: JSON_CHECK, SCHEMAS.
failed=0
what=

complain() {
    failed=$((failed + 1))
    printf 'FAILED: %s\n  %s\n' "$what" "$1"
    sed 's/^/  out| /' "$work/out" | tail -n 20
    sed 's/^/  err| /' "$work/err" | tail -n 20
}

status_is() {
    [ "$status" = "$1" ] || complain "status is $status, not $1"
}

# out_has TEXT, err_has TEXT: the text is in it, literally.
out_has() {
    grep -qF -- "$1" "$work/out" || complain "not on standard output: $1"
}

err_has() {
    grep -qF -- "$1" "$work/err" || complain "not on standard error: $1"
}

# is_json FORMAT [FILE]: the file, else standard output, is one document of this format.
is_json() {
    "$JSON_CHECK" "$SCHEMAS/$1-1.json" <"${2:-$work/out}" >"$work/check" 2>&1 || complain "no $1/1: $(cat "$work/check")"
}

end() {
    [ "$failed" = 0 ] || { echo "$failed failed"; exit 1; }
    exit 0
}
