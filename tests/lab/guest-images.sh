#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# guest-images.sh OUTDIR: make small real Linux guests with metadata out of Debian packages: a kernel
# and an initial RAM disk for direct boot, and a disk that boots by itself (PV by pvgrub, HVM, KVM and
# QEMU by BIOS), in each format, each with a sidecar NAME.json as an image service would give it.
# Nothing is installed or mounted, and no privilege is needed. Does nothing when OUTDIR is up to date.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$lab/lib.sh"
out=${1:?usage: guest-images.sh OUTDIR}
mkdir -p "$out"
out=$(cd "$out" && pwd)

packages='linux-image-cloud-amd64 linux-image-amd64'
# vmlinuz is the cloud kernel (lz4: quick to unpack); vmlinuz-small is Debian's usual one (xz: smaller),
# for what loads byte by byte: a BIOS, and Xen's device model with a kernel for an HVM guest.
sources='guest-images.sh lib.sh guest-init.c boot-sector.S tiny-pv.S'

# The options of every guest kernel: each spares emulation some work, none changes what a test sees.
# Both consoles: a guest that has only one of them ignores the other.
options='console=ttyS0 console=hvc0 quiet mitigations=off rodata=off tsc=reliable'

# Modules of kernel $1 into $2, with a list that says on which hypervisor each is loaded.
add_modules() {
    release=$(basename "$1"/lib/modules/*)
    depmod -b "$1" "$release"
    mkdir -p "$2/modules"
    while read -r where names; do
        for name in $names; do
            modprobe -d "$1" -S "$release" --show-depends "$name"
        done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r module; do
            strip --strip-debug -o "$2/modules/${module##*/}" "$module"
            echo "$where ${module##*/}" >> "$2/modules/list"
        done
    done << 'MODULES'
xen xen-blkfront xen-netfront
all button evdev
qemu virtio_pci virtio_blk virtio_net virtio_balloon
MODULES
}

# An initial RAM disk $2 for the kernel below $1.
make_initrd() {
    tree=$(mktemp -d "$work/initrd.XXXXXX")
    mkdir -p "$tree/sbin"
    cp "$work/guest-init" "$tree/init"
    ln "$tree/init" "$tree/sbin/poweroff"
    ln "$tree/init" "$tree/sbin/reboot"
    add_modules "$1" "$tree"
    (cd "$tree" && find . | sort | cpio --quiet -o -H newc) | gzip -9n > "$2"
}

# The kernel and what is needed of its modules, out of the package whose file name matches $1, into $2.
unpack_kernel() {
    for deb in "$work/apt/archives"/$1; do
        mkdir -p "$2"
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$2" -x --wildcards \
            './boot/vmlinuz-*' './lib/modules/*/modules.*' \
            './lib/modules/*/kernel/drivers/block/*' './lib/modules/*/kernel/drivers/net/*net*' \
            './lib/modules/*/kernel/net/core/*' './lib/modules/*/kernel/drivers/virtio/*' \
            './lib/modules/*/kernel/drivers/acpi/button.ko' './lib/modules/*/kernel/drivers/input/evdev.ko'
    done
}

# A disk with an MBR and one FAT partition: SYSLINUX with a kernel for a BIOS, which reads slowly, so
# that the smallest file is best; and grub.cfg with a kernel for pvgrub, which is slow at unpacking xz
# and cannot unpack lz4 at all, so that a gzipped ELF is best.
make_disk() {
    disk=$1
    start=$((63 * 512))
    sectors=$((disk_mib * 2048 - 63))
    truncate -s "$((disk_mib * 1048576))" "$disk"
    dd if=/usr/lib/SYSLINUX/mbr.bin of="$disk" conv=notrunc status=none
    # One bootable partition of type 0e (FAT16, LBA) from sector 63 to the end, and the signature.
    {
        printf '\200\001\001\000\016\376\377\377\077\000\000\000'
        for shift in 0 8 16 24; do
            printf '%b' "\\0$(printf %03o $(((sectors >> shift) & 255)))"
        done
    } | dd of="$disk" bs=1 seek=446 conv=notrunc status=none
    printf '\125\252' | dd of="$disk" bs=1 seek=510 conv=notrunc status=none

    cat > "$work/mtoolsrc" << MTOOLS
mtools_skip_check=1
drive z: file="$disk" offset=$start
MTOOLS
    export MTOOLSRC="$work/mtoolsrc"
    mformat -T "$sectors" -h 255 -s 63 -H 63 -c 4 -N 4c414247 -v GUEST z:
    mmd z:/boot z:/boot/grub
    mcopy "$work/new/vmlinuz-small" z:/boot/vmlinuz
    mcopy "$work/new/initrd-small.gz" z:/boot/initrd.gz
    lab_vmlinux "$work/new/vmlinuz" | gzip -1n > "$work/vmlinux.gz"
    mcopy "$work/vmlinux.gz" z:/boot/vmlinux.gz
    mcopy "$work/new/initrd.gz" z:/boot/initrd-pv.gz
    printf 'set timeout=0\nmenuentry guest {\n linux /boot/vmlinux.gz %s root=LABEL=GUEST\n initrd /boot/initrd-pv.gz\n}\n' \
        "$options" > "$work/grub.cfg"
    printf 'DEFAULT guest\nPROMPT 0\nTIMEOUT 0\nLABEL guest\n LINUX /boot/vmlinuz\n INITRD /boot/initrd.gz\n APPEND %s root=LABEL=GUEST\n' \
        "$options" > "$work/syslinux.cfg"
    mcopy "$work/grub.cfg" z:/boot/grub/grub.cfg
    mcopy "$work/syslinux.cfg" z:/syslinux.cfg
    syslinux --install --offset "$start" "$disk"
}

# The sidecar of image $1: a flat Glance v2 document; further arguments are NAME=VALUE strings.
sidecar() {
    image=$1
    disk_format=$2
    shift 2
    size=$(stat -c %s "$work/new/$image")
    sum=$(md5sum < "$work/new/$image" | cut -d ' ' -f 1)
    id=$(printf '%s' "$image" | md5sum | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\).*/\1-\2-4\3-8\4-\5/')
    {
        printf '{\n  "id": "%s",\n  "name": "%s",\n  "status": "active",\n  "visibility": "public",\n' "$id" "${image%.*}"
        printf '  "disk_format": "%s",\n  "container_format": "bare",\n  "size": %s,\n  "checksum": "%s",\n' \
            "$disk_format" "$size" "$sum"
        case $image in boot-sector.*) min_ram=16 ;; *) min_ram=128 ;; esac
        printf '  "min_ram": %s,\n  "min_disk": 0,\n  "protected": false,\n' "$min_ram"
        for pair; do
            printf '  "%s": "%s",\n' "${pair%%=*}" "${pair#*=}"
        done
        printf '  "architecture": "x86_64",\n  "schema": "/v2/schemas/image"\n}\n'
    } > "$work/new/$image.json"
}

# Image $1 is the same bytes as $2 under another name, so that it can have metadata of its own.
same_as() {
    ln "$work/new/$2" "$work/new/$1"
}

download_kernels() {
    xargs apt-get -qq -o APT::Sandbox::User=root download < "$work/kernels"
}

images_build() {
    work=$(mktemp -d "$out/.build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/new"
    # shellcheck disable=SC2086
    lab_apt "$work/apt" --print-uris install $packages |
        awk '$2 ~ /^linux-image-[0-9]/ { sub(/_.*/, "", $2); print $2 }' > "$work/kernels"
    (cd "$work/apt/archives" && lab_retry download_kernels)
    unpack_kernel 'linux-image-[0-9]*cloud*.deb' "$work/cloud"
    rm -f "$work"/apt/archives/*cloud*.deb
    unpack_kernel 'linux-image-[0-9]*.deb' "$work/full"
    ${CC:-gcc} -O2 -Wall -static -s -o "$work/guest-init" "$lab/guest-init.c"

    make_initrd "$work/cloud" "$work/new/initrd.gz"
    make_initrd "$work/full" "$work/new/initrd-small.gz"
    cp "$work"/cloud/boot/vmlinuz-* "$work/new/vmlinuz"
    cp "$work"/full/boot/vmlinuz-* "$work/new/vmlinuz-small"
    disk_mib=24
    make_disk "$work/new/linux.raw"

    ${CC:-gcc} -c -m32 -o "$work/boot-sector.o" "$lab/boot-sector.S"
    ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$work/new/boot-sector.raw" "$work/boot-sector.o"
    truncate -s 1M "$work/new/boot-sector.raw"
    ${CC:-gcc} -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack -Wl,-z,max-page-size=4096 \
        -Wl,-Ttext-segment=0x100000 -o "$work/new/tiny-pv" "$lab/tiny-pv.S"
    strip "$work/new/tiny-pv"

    for name in linux boot-sector; do
        raw=$work/new/$name.raw
        qemu-img convert -f raw -O qcow2 "$raw" "$work/new/$name.qcow2"
        qemu-img convert -f raw -O vpc -o force_size=on "$raw" "$work/new/$name.vhd"
    done
    for format in vmdk qed vdi; do
        qemu-img convert -f raw -O "$format" "$work/new/linux.raw" "$work/new/linux.$format"
    done
    images_metadata
    find "$out" -maxdepth 1 -type f ! -name '.*' -delete
    mv "$work/new"/* "$out/"
}

images_metadata() {
    for format in raw qcow2 vhd vmdk qed vdi; do
        sidecar "linux.$format" "$format" os_type=linux vm_mode=hvm
    done
    for format in raw qcow2 vhd; do
        sidecar "boot-sector.$format" "$format" vm_mode=hvm
    done
    xen='hypervisor_type=xen'
    same_as linux-pv.qcow2 linux.qcow2
    sidecar linux-pv.qcow2 qcow2 $xen vm_mode=xen os_type=linux
    same_as linux-pv.raw linux.raw
    sidecar linux-pv.raw raw $xen vm_mode=xen os_type=linux
    same_as linux-pv-kernel.qcow2 linux.qcow2
    sidecar linux-pv-kernel.qcow2 qcow2 $xen vm_mode=xen os_type=linux \
        kernel_id=vmlinuz ramdisk_id=initrd.gz "os_command_line=$options root=/dev/xvda1"
    same_as linux-pvh.qcow2 linux.qcow2
    sidecar linux-pvh.qcow2 qcow2 $xen vm_mode=pvh os_type=linux \
        kernel_id=vmlinuz ramdisk_id=initrd.gz "os_command_line=$options root=/dev/xvda1"
    same_as linux-hvm.qcow2 linux.qcow2
    sidecar linux-hvm.qcow2 qcow2 $xen vm_mode=hvm hw_disk_bus=sata os_type=linux
    same_as linux-hvm.vhd linux.vhd
    sidecar linux-hvm.vhd vhd $xen vm_mode=hvm hw_disk_bus=sata os_type=linux
    same_as linux-hvm-kernel.qcow2 linux.qcow2
    sidecar linux-hvm-kernel.qcow2 qcow2 $xen vm_mode=hvm os_type=linux \
        kernel_id=vmlinuz-small ramdisk_id=initrd-small.gz "os_command_line=$options root=/dev/xvda1"
    same_as linux-any.qcow2 linux.qcow2
    sidecar linux-any.qcow2 qcow2 os_type=linux vm_mode=hvm
    same_as linux-kvm.qcow2 linux.qcow2
    sidecar linux-kvm.qcow2 qcow2 os_type=linux hypervisor_type=kvm vm_mode=hvm hw_disk_bus=virtio hw_vif_model=virtio
}

images_sources() {
    for name in $sources; do sha256sum < "$lab/$name"; done
}

images_key() {
    images_sources
    lab_apt_lists
}

exec 9> "$out/.lock"
flock 9
if [ -f "$out/linux-any.qcow2.json" ] && images_key | lab_same "$out/.key"; then
    exit 0
fi
started=$(lab_uptime)
"$lab/install-packages.sh" images
lab_apt_ready
closure=$(mktemp)
# shellcheck disable=SC2086
{ images_sources; lab_closure "$out/.apt" $packages | grep '^linux-image-'; } > "$closure"
rm -rf "$out/.apt"
if ! [ -f "$out/linux-any.qcow2.json" ] || ! cmp -s "$closure" "$out/.closure"; then
    rm -f "$out/.key" "$out/.closure"
    images_build
    cp "$closure" "$out/.closure"
    lab_say "built the guest images in $(lab_since "$started"): $out"
fi
rm -f "$closure"
images_key > "$out/.key"
