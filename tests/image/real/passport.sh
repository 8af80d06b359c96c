#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# passport.sh BUILD-FOLDER: images made of Debian packages, what `image check` says of how they boot, and QEMU booting them by BIOS
# and by UEFI until the kernel's first line or the firmware's last word. Speaks TAP. Nothing is mounted.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
"$lab/install-packages.sh" passport >&2
"$lab/guest-images.sh" "$build/lab/images" >&2
# shellcheck source=/dev/null
. "$lab/lib.sh"
images=$build/lab/images
work=$(mktemp -d "${TMPDIR:-/tmp}/guestctl-passport-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"
export GUESTCTL_ROOT="$work/root" MTOOLS_SKIP_CHECK=1

line='earlyprintk=serial,ttyS0,115200 console=ttyS0 panic=-1'
bios_modules='biosdisk part_msdos part_gpt ext2 fat normal linux configfile gzio'
efi_modules='part_msdos part_gpt ext2 fat normal linux configfile search search_fs_file'

# Debian's kernels, as they are (xz, lz4), and as files that GRUB unpacks.
cp "$images/vmlinuz-small" xz
cp "$images/vmlinuz" lz4
gzip -1nc lz4 > lz4.gz

grub_cfg() { printf 'set timeout=0\nmenuentry guest {\n linux %s %s\n}\n' "$1" "$line"; }
syslinux_cfg() { printf 'DEFAULT guest\nPROMPT 0\nTIMEOUT 1\nLABEL guest\n LINUX %s\n APPEND %s\n' "$1" "$line"; }
le32() { for shift in 0 8 16 24; do printf '%b' "\\0$(printf %03o $((($1 >> shift) & 255)))"; done; }
at() { dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
sectors() { dd of="$1" seek="$2" conv=notrunc status=none; }

# table IMAGE MIB LABEL LINE...: a disk and its partitions, as sfdisk reads them.
table() {
    image=$1
    truncate -s "$2M" "$1"
    label=$3
    shift 3
    { echo "label: $label"; for part; do echo "$part"; done; } | sfdisk -q "$image"
}
# fat IMAGE START SECTORS, ext IMAGE START MIB FOLDER: a file system at a sector.
fat() { mformat -i "$1@@$(($2 * 512))" -T "$3" -h 255 -s 63 -H "$2" ::; }
ext() { mke2fs -q -t ext4 -d "$4" -E "offset=$(($2 * 512))" "$1" "$3M"; }
put() { # IMAGE START FILE PATH: into FAT, with its folders
    folder=
    for part in $(dirname "$4" | tr / ' '); do
        [ "$part" = . ] || folder=$folder/$part
        [ -z "$folder" ] || mmd -D s -i "$1@@$(($2 * 512))" "::$folder" 2> mmd.err || :
    done
    mcopy -i "$1@@$(($2 * 512))" "$3" "::$4"
}
tree() { # KERNEL: a folder with a kernel and grub.cfg
    rm -rf tree
    mkdir -p tree/boot/grub tree/etc
    cp "$1" tree/boot/vmlinuz
    grub_cfg /boot/vmlinuz > tree/boot/grub/grub.cfg
    printf 'ID=debian\nVERSION_ID="12"\n' > tree/etc/os-release
}
# bios_grub IMAGE PREFIX SECTOR: GRUB's two halves; the second one from SECTOR.
bios_grub() {
    # shellcheck disable=SC2086
    grub-mkimage -O i386-pc -p "$2" -o core.img $bios_modules
    head -c 440 /usr/lib/grub/i386-pc/boot.img | at "$1" 0
    le32 "$3" | at "$1" 92
    le32 "$(($3 + 1))" | at core.img 500
    sectors "$1" "$3" < core.img
}
efi_grub() { # PREFIX FILE
    # shellcheck disable=SC2086
    grub-mkimage -O x86_64-efi -p "$1" -o "$2" $efi_modules
}
mbr() { head -c 440 /usr/lib/SYSLINUX/mbr.bin | at "$1" 0; }

make_all() {
    tree xz
    table grub-mbr.raw 48 dos '2048,,L,*'
    ext grub-mbr.raw 2048 46 tree
    bios_grub grub-mbr.raw '(hd0,msdos1)/boot/grub' 1

    # The same without the second half, whose place is behind the end of the disk.
    cp grub-mbr.raw grub-lost.raw
    le32 1000000 | at grub-lost.raw 92
    # And without any code.
    cp grub-mbr.raw no-loader.raw
    head -c 440 /dev/zero | at no-loader.raw 0

    tree lz4
    table grub-gpt.raw 64 gpt '2048,2048,21686148-6449-6E6F-744E-656564454649' '4096,32768,U' '36864,,L'
    ext grub-gpt.raw 36864 45 tree
    bios_grub grub-gpt.raw '(hd0,gpt3)/boot/grub' 2048
    fat grub-gpt.raw 4096 32768
    efi_grub '(hd0,gpt3)/boot/grub' both.efi
    put grub-gpt.raw 4096 both.efi EFI/BOOT/BOOTX64.EFI

    # UEFI alone; then with its loader where only a boot entry would find it; then with none; then with something else there.
    table uefi.raw 48 gpt '2048,,U'
    fat uefi.raw 2048 94208
    cp uefi.raw uefi-empty.raw
    efi_grub '(hd0,gpt1)/boot/grub' esp.efi
    put uefi.raw 2048 lz4 boot/vmlinuz
    grub_cfg /boot/vmlinuz > grub.cfg
    put uefi.raw 2048 grub.cfg boot/grub/grub.cfg
    cp uefi.raw uefi-vendor.raw
    put uefi.raw 2048 esp.efi EFI/BOOT/BOOTX64.EFI
    put uefi-vendor.raw 2048 esp.efi EFI/debian/grubx64.efi
    cp uefi-empty.raw uefi-text.raw
    put uefi-text.raw 2048 grub.cfg EFI/BOOT/BOOTX64.EFI

    # A FAT partition that nobody called an EFI system partition.
    table uefi-mbr.raw 48 dos '2048,,c'
    fat uefi-mbr.raw 2048 96256
    efi_grub '(hd0,msdos1)/boot/grub' mbr.efi
    put uefi-mbr.raw 2048 lz4 boot/vmlinuz
    put uefi-mbr.raw 2048 grub.cfg boot/grub/grub.cfg
    put uefi-mbr.raw 2048 mbr.efi EFI/BOOT/BOOTX64.EFI

    # SYSLINUX: active, not active, and on a disk without a table.
    table syslinux.raw 32 dos '2048,,c,*'
    fat syslinux.raw 2048 63488
    put syslinux.raw 2048 lz4 vmlinuz
    syslinux_cfg /vmlinuz > syslinux.cfg
    put syslinux.raw 2048 syslinux.cfg syslinux.cfg
    syslinux --install --offset $((2048 * 512)) syslinux.raw
    mbr syslinux.raw
    cp syslinux.raw inactive.raw
    printf '\0' | at inactive.raw 446
    truncate -s 32M floppy.raw
    fat floppy.raw 0 65536
    put floppy.raw 0 lz4 vmlinuz
    put floppy.raw 0 syslinux.cfg syslinux.cfg
    syslinux --install floppy.raw

    # A whole kernel packed once more, which GRUB unpacks, in a compressed qcow2.
    tree lz4.gz
    table packed.raw 48 dos '2048,,L,*'
    ext packed.raw 2048 46 tree
    bios_grub packed.raw '(hd0,msdos1)/boot/grub' 1
    qemu-img convert -c -f raw -O qcow2 packed.raw packed.qcow2
    qemu-img convert -f raw -O vmdk -o subformat=streamOptimized uefi.raw uefi.vmdk
    rm packed.raw
    cp "$images/boot-sector.raw" sector.raw
}

up='Linux version [0-9][^ ]*|HELLO-GUEST'
down='No bootable device|Missing operating system|No bootable option|not a bootable disk|Hard Disk Read Error|Interactive Shell'

# boot IMAGE FORMAT FIRMWARE: the first words that say how it went; none when nothing was said in time.
boot() {
    mkfifo "$1.$3"
    if [ "$3" = uefi ]; then
        cp /usr/share/OVMF/OVMF_VARS_4M.fd "$1.vars"
        set -- "$1" "$2" "$3" -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd -drive "if=pflash,format=raw,file=$1.vars"
    fi
    image=$1 format=$2 name=$1.$3 limit=60
    # A BIOS that runs a boot sector without code says nothing more.
    [ "$name" != no-loader.raw.bios ] || limit=8
    shift 3
    timeout -k 1 "$limit" qemu-system-x86_64 -accel tcg -m 256 -nographic -monitor none -serial stdio -nic none -no-reboot "$@" \
        -drive "if=virtio,format=$format,snapshot=on,file=$image" < /dev/null > "$name" 2> "$name.err" &
    qemu=$!
    grep -a -m 1 -o -E "$up|$down" "$name" | head -n 1 > "$name.said" || :
    kill "$qemu" 2> /dev/null || :
    wait "$qemu" 2> /dev/null || :
}

predict() { # IMAGE WAY
    sed -n "/\"kvm-$2\"/,/}/s/.*\"can\" : \"\([a-z]*\)\".*/\1/p" "$1.json"
}

make_all
count=0
failed=0
for image in *.raw packed.qcow2 uefi.vmdk; do
    case $image in *.raw) format=raw ;; *) format=${image##*.} ;; esac
    "$build/guestctl" image check "$image" --json > "$image.json"
    # By BIOS the disks for UEFI are all one: no-loader.raw.
    case $image in uefi*) ways=uefi ;; *) ways='bios uefi' ;; esac
    for firmware in $ways; do boot "$image" "$format" "$firmware" & done
    wait
    for firmware in $ways; do
        count=$((count + 1))
        said=$(cat "$image.$firmware.said")
        case $said in 'Linux version'* | HELLO-GUEST) real=yes ;; *) real=no ;; esac
        predicted=$(predict "$image" "$firmware")
        if [ "$real" = "$predicted" ]; then
            echo "ok $count - $image by $firmware: predicted $predicted, and QEMU said: ${said:-nothing}"
        else
            failed=$((failed + 1))
            echo "not ok $count - $image by $firmware: predicted $predicted, and QEMU said: ${said:-nothing}"
            tail -c 600 "$image.$firmware.err" | sed 's/^/# /'
        fi
    done
done
echo "1..$count"
[ "$failed" -eq 0 ]
