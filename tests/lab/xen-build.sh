#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# xen-build.sh OUTDIR: build Xen, a dom0 kernel and a dom0 root disk out of Debian packages, for
# xen-run.sh. Nothing is installed on this machine and nothing is mounted. Does nothing when OUTDIR
# was already made by these scripts from the packages that apt would take now.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$lab/lib.sh"
out=${1:?usage: xen-build.sh OUTDIR}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# What dom0 holds. xl's tools and device model, what xl's hotplug scripts call, what our own build
# links to, and the firmware of guests.
packages='
    bash dash coreutils sed grep mawk findutils tar gzip util-linux util-linux-extra mount bsdutils
    procps kmod hostname busybox-static iproute2 bridge-utils ncurses-base libc-bin
    xen-hypervisor-4.17-amd64 xen-utils-4.17 xenstore-utils qemu-system-xen qemu-utils
    seabios ipxe-qemu ovmf grub-xen-host
    libxenmisc4.17 libglib2.0-0 libjson-glib-1.0-0 libvirt0 libseccomp2 libcurl4 libssl3 libyaml-0-2 libext2fs2 libisofs6 liblz4-1 libzstd1 liblzma5 zlib1g
    libcmocka0 libasan8 libubsan1
    lvm2 linux-image-amd64'

# Modules that dom0-start loads. What these need is found out, and loaded before them.
modules='virtio_pci virtio_blk ext4 crc32c_generic virtio_console virtio_rng loop tun bridge
    xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xen-netback xen-blkback xenfs'

# Files of ours that the result depends on.
sources='xen-build.sh lib.sh dom0-init.sh dom0-run.c dom0-start.c'

xen_sources() {
    for name in $sources; do sha256sum < "$lab/$name"; done
}

xen_key() {
    xen_sources
    lab_apt_lists
}

xen_build() {
    work=$(mktemp -d "$out/.build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    root=$work/root

    # shellcheck disable=SC2086
    lab_download "$work/apt" $packages
    mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" "$root/usr/lib64"
    for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$root/$dir"; done
    export root
    # Documentation, translations, Python, udev's database and all but the modules we load stay out.
    # shellcheck disable=SC2016
    find "$work/apt/archives" -name '*.deb' ! -name 'linux-image-*' \
        ! -name 'python3*' ! -name 'libpython3*' ! -name 'iso-codes_*' ! -name 'initramfs-tools*' \
        ! -name 'perl-base_*' ! -name 'systemd*' ! -name 'udev_*' ! -name 'klibc-utils_*' \
        ! -name 'adduser_*' ! -name 'grub-common_*' -print0 |
        xargs -0 -P 2 -n 8 sh -c 'for deb; do
            dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink \
                --exclude="./usr/share/doc/*" --exclude="./usr/share/man/*" --exclude="./usr/share/locale/*" \
                --exclude="./usr/share/info/*" --exclude="./usr/share/lintian/*" \
                --exclude="./usr/lib/x86_64-linux-gnu/gconv/*" --exclude="./usr/lib/grub/*" \
                --exclude="./usr/share/grub/*" --exclude="./usr/share/OVMF/*" || exit 255
        done' sh
    for deb in "$work"/apt/archives/linux-image-[0-9]*.deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink --wildcards \
            './boot/vmlinuz-*' './lib/modules/*/modules.*' \
            './lib/modules/*/kernel/drivers/xen/*' './lib/modules/*/kernel/drivers/virtio/*' \
            './lib/modules/*/kernel/drivers/block/*' './lib/modules/*/kernel/drivers/md/dm-*' \
            './lib/modules/*/kernel/drivers/dax/*' \
            './lib/modules/*/kernel/drivers/char/*virtio*' './lib/modules/*/kernel/drivers/char/hw_random/*' \
            './lib/modules/*/kernel/drivers/net/xen*' './lib/modules/*/kernel/drivers/net/tun.ko' \
            './lib/modules/*/kernel/drivers/net/veth.ko' './lib/modules/*/kernel/drivers/net/dummy.ko' \
            './lib/modules/*/kernel/drivers/net/virtio_net.ko' './lib/modules/*/kernel/drivers/net/net_failover.ko' \
            './lib/modules/*/kernel/net/core/*' './lib/modules/*/kernel/net/bridge/*' \
            './lib/modules/*/kernel/net/802/*' './lib/modules/*/kernel/net/llc/*' \
            './lib/modules/*/kernel/fs/ext4/*' './lib/modules/*/kernel/fs/jbd2/*' \
            './lib/modules/*/kernel/fs/mbcache*' './lib/modules/*/kernel/fs/fat/*' \
            './lib/modules/*/kernel/fs/nls/*' './lib/modules/*/kernel/fs/isofs/*' \
            './lib/modules/*/kernel/fs/overlayfs/*' './lib/modules/*/kernel/lib/*' \
            './lib/modules/*/kernel/crypto/*crc*'
    done
    version=$(basename "$root"/lib/modules/*)
    depmod -b "$root" "$version"
    lab_vmlinux "$root/boot/vmlinuz-$version" > "$work/vmlinux"
    gunzip -c "$root/boot/xen-4.17-amd64.gz" > "$work/xen.elf"
    rm -rf "${root:?}/boot" "$root/usr/share/zoneinfo"

    # What the packages' own installation scripts would have left.
    mkdir -p "$root/proc" "$root/sys" "$root/dev" "$root/run" "$root/tmp" "$root/work" "$root/root" \
        "$root/var/lib/xen" "$root/var/log/xen" "$root/etc/xen" "$root/usr/local/bin"
    rm -rf "$root/var/run" "$root/var/lock"
    ln -s /run "$root/var/run"
    ln -s /run/lock "$root/var/lock"
    [ -e "$root/usr/bin/awk" ] || ln -s mawk "$root/usr/bin/awk"
    printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n' > "$root/etc/passwd"
    printf 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n' > "$root/etc/group"
    printf '127.0.0.1 localhost lab-dom0\n' > "$root/etc/hosts"
    printf 'passwd: files\ngroup: files\nhosts: files\n' > "$root/etc/nsswitch.conf"
    ldconfig -r "$root"
    install -m 755 "$lab/dom0-init.sh" "$root/lab-init"
    ${CC:-gcc} -O2 -Wall -o "$root/usr/sbin/dom0-run" "$lab/dom0-run.c"

    xen_initrd
    : > "$work/dom0.img"
    size=$(du -sm "$root" | cut -f 1)
    mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -E root_owner=0:0,hash_seed=00000000-0000-0000-0000-000000000001 \
        -N 40000 -d "$root" "$work/dom0.img" "$((size + 1024))M"
    mv -f "$work/vmlinux" "$work/xen.elf" "$work/initrd" "$work/dom0.img" "$out/"
}

# dom0-start and its modules, not compressed: that would only have to be undone under emulation.
xen_initrd() {
    mkdir -p "$work/initrd.d/modules"
    for name in $modules; do
        modprobe -d "$root" -S "$version" --show-depends "$name"
    done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' > "$work/modules"
    xargs cp -t "$work/initrd.d/modules" < "$work/modules"
    sed 's,.*/,,' "$work/modules" > "$work/initrd.d/modules/list"
    ${CC:-gcc} -O2 -Wall -static -o "$work/initrd.d/init" "$lab/dom0-start.c"
    (cd "$work/initrd.d" && find . | cpio --quiet -o -H newc) > "$work/initrd"
}

# Two runs that share OUTDIR build it once.
exec 9> "$out/.lock"
flock 9
started=$(lab_uptime)
built_before() { [ -f "$out/dom0.img" ] && [ -f "$out/xen.elf" ] && [ -f "$out/vmlinux" ] && [ -f "$out/initrd" ]; }
if built_before && xen_key | lab_same "$out/key"; then
    exit 0
fi
"$lab/install-packages.sh" xen
lab_apt_ready
closure=$(mktemp)
# shellcheck disable=SC2086
{
    xen_sources
    lab_closure "$out/.apt" $packages
} > "$closure"
rm -rf "$out/.apt"
if ! built_before || ! cmp -s "$closure" "$out/closure"; then
    rm -f "$out/key" "$out/closure"
    xen_build
    cp "$closure" "$out/closure"
    lab_say "built Xen and dom0 in $(lab_since "$started"): $out"
fi
rm -f "$closure"
xen_key > "$out/key"
