#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD-FOLDER [TEXT]: boot the real Xen with each line of the file "lines" (those that contain TEXT), and hold what
# it gave dom0 against what `guestctl grub simulate` says. Speaks TAP.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
"$lab/xen-build.sh" "$build/lab/xen" >&2
work=$(mktemp -d "${TMPDIR:-/tmp}/guestctl-grub-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/root/modules"
# shellcheck disable=SC2046
"${CC:-gcc}" -O2 -Wall -static -o "$work/root/init" "$here/dom0-facts.c" $(pkg-config --static --libs xencontrol)
(cd "$work/root" && cpio -id --quiet modules/xen-privcmd.ko) < "$build/lab/xen/initrd"
echo xen-privcmd.ko > "$work/root/modules/list"
(cd "$work/root" && find . | cpio --quiet -o -H newc) > "$work/initrd"
python3 "$here/boots.py" "$build/guestctl" "$build/lab/xen" "$work" "$here/lines" "$here/../../fixtures/hosts/xen-4.17.json" ${2+"$2"}
