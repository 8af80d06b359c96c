#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# initrd.sh XEN-LAB WORK: make WORK/initrd, a dom0 that says what it got (dom0-facts.c) and powers off.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2/facts/modules"
# shellcheck disable=SC2046
"${CC:-gcc}" -O2 -Wall -static -o "$2/facts/init" "$here/dom0-facts.c" $(pkg-config --static --libs xencontrol)
(cd "$2/facts" && cpio -id --quiet modules/xen-privcmd.ko) < "$1/initrd"
echo xen-privcmd.ko > "$2/facts/modules/list"
(cd "$2/facts" && find . | cpio --quiet -o -H newc) > "$2/initrd"
