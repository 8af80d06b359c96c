# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154
# What writes the boot loaders' files of the tree $root. Sourced by loaders.sh, which sets $root, $host (a Host document that
# has the running line) and $guestctl.
writer() { "$guestctl" --root "$root" --host "$host" grub "$@"; }
apply() { writer apply "$@"; }
confirm() { writer confirm; }
