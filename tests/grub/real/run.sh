#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD-FOLDER [TEXT]: boot the real Xen with each line of the file "lines", or with those of "lines" and "lines-more" that
# contain TEXT ('' for all), and hold what it gave dom0 against what `guestctl grub simulate` says. Speaks TAP.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
"$lab/xen-build.sh" "$build/lab/xen" >&2
work=$(mktemp -d "${TMPDIR:-/tmp}/guestctl-grub-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
"$here/initrd.sh" "$build/lab/xen" "$work"
cat "$here/lines" ${2+"$here/lines-more"} > "$work/lines"
python3 "$here/boots.py" "$build/guestctl" "$build/lab/xen" "$work" "$work/lines" "$here/../../fixtures/hosts/xen-4.17.json" ${2+"$2"}
