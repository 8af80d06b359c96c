#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# grub-build.sh OUTDIR: a small Debian in OUTDIR/root, with GRUB, Xen's own boot files and systemd-boot, for chroot.
# Nothing is installed on this machine and nothing is mounted; as root. Does nothing when OUTDIR was already made by this
# script from the packages that apt would take now.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$lab/lib.sh"
out=${1:?usage: grub-build.sh OUTDIR}
mkdir -p "$out"
out=$(cd "$out" && pwd)

packages='
    bash dash coreutils sed grep mawk findutils diffutils debianutils gettext-base base-files libc-bin
    grub-common grub2-common grub-pc-bin grub-efi-amd64-bin systemd-boot-efi
    xen-hypervisor-4.17-amd64 xen-hypervisor-common'

grub_sources() {
    sha256sum < "$lab/grub-build.sh"
    sha256sum < "$lab/lib.sh"
}

grub_build() {
    work=$(mktemp -d "$out/.build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    root=$work/root
    # shellcheck disable=SC2086
    lab_download "$work/apt" $packages
    mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64"
    for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$root/$dir"; done
    for deb in "$work"/apt/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink \
            --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
            --exclude='./usr/share/info/*' --exclude='./usr/share/lintian/*' --exclude='./usr/share/perl5/*' \
            --exclude='./usr/lib/x86_64-linux-gnu/gconv/*' --exclude='./usr/lib/grub/*/monolithic'
    done
    # What the packages' own installation scripts would have left.
    mkdir -p "$root/dev" "$root/tmp" "$root/boot/grub" "$root/boot/efi"
    mknod -m 666 "$root/dev/null" c 1 3 2> /dev/null || : > "$root/dev/null"
    ln -sf mawk "$root/usr/bin/awk"
    [ -e "$root/bin/sh" ] || ln -s dash "$root/bin/sh"
    ldconfig -r "$root"
    for platform in i386-pc x86_64-efi; do cp -r "$root/usr/lib/grub/$platform" "$root/boot/grub/"; done
    chroot "$root" grub-editenv /boot/grub/grubenv create
    rm -rf "$out/root"
    mv "$root" "$out/root"
}

exec 9> "$out/.lock"
flock 9
if [ -d "$out/root" ] && { grub_sources; lab_apt_lists; } | lab_same "$out/key"; then
    exit 0
fi
lab_apt_ready
closure=$(mktemp)
# shellcheck disable=SC2086
{
    grub_sources
    lab_closure "$out/.apt" $packages
} > "$closure"
rm -rf "$out/.apt"
if [ ! -d "$out/root" ] || ! cmp -s "$closure" "$out/closure"; then
    rm -f "$out/key" "$out/closure"
    started=$(lab_uptime)
    grub_build
    cp "$closure" "$out/closure"
    lab_say "built a tree with GRUB in $(lab_since "$started"): $out"
fi
rm -f "$closure"
{ grub_sources; lab_apt_lists; } > "$out/key"
