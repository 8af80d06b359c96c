#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# loaders.sh BUILD-FOLDER: the files that guestctl writes for boot loaders, read by Debian's own grub-mkconfig in a tree of
# its own (tests/lab/grub-build.sh), and then by the real GRUB, xen.efi and systemd-boot, until the real Xen has printed our
# line and dom0 has said what it got. Speaks TAP.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
if [ "$(id -u)" -ne 0 ]; then
    echo "ok 1 - boot loaders # SKIP root is needed, for chroot"
    exit 0
fi
"$lab/xen-build.sh" "$build/lab/xen" >&2
"$lab/grub-build.sh" "$build/lab/grub" >&2
work=$(mktemp -d "${TMPDIR:-/tmp}/guestctl-loaders-XXXXXX")
finished=
trap 'rm -rf "$work"; [ -n "$finished" ] || echo "Bail out! loaders.sh did not come to its end"' EXIT
trap 'exit 130' INT TERM
export PYTHONDONTWRITEBYTECODE=1
root=$work/root
esp=$root/boot/efi
host=$work/host.json
guestctl=$build/guestctl
# shellcheck source=/dev/null
. "$here/writer.sh"

uuid=$(sh "$here/grub-probe" --target=fs_uuid /)
# The administrator's own words, without which nothing could be read here. They must stay.
own='console=com1 com1=115200,8n1 bootscrub=0 spec-ctrl=no xpti=no'
kernel=$(python3 "$here/loader_boot.py" --kernel)

count=0
failed=0
result() { # STATUS NAME: what was said goes behind the name, or below it when that failed
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        printf 'ok %s - %s\n' "$count" "$2"
    else
        failed=$((failed + 1))
        printf 'not ok %s - %s\n' "$count" "$2"
        # grubenv ends without a newline.
        awk '{ sub(/^# /, ""); print "# " substr($0, 1, 200) }' "$work/said"
    fi
}

check() { # NAME COMMAND...
    name=$1
    shift
    status=0
    "$@" > "$work/said" 2>&1 || status=$?
    result "$status" "$name"
}

# What a Debian with Xen has before us. The kernel is not packed: whoever loads it is spared from unpacking it.
make_tree() {
    cp -a "$build/lab/grub/root" "$root"
    rm "$root/usr/sbin/grub-probe"
    install -m 755 "$here/grub-probe" "$root/usr/sbin/grub-probe"
    mkdir -p "$root/dev/disk/by-uuid"
    : > "$root/dev/disk/by-uuid/$uuid"
    "$here/initrd.sh" "$build/lab/xen" "$work"
    version=$(strings -n 20 "$build/lab/xen/vmlinux" | sed -n 's/^Linux version \([^ ]*\) (.*/\1/p' | head -n 1)
    cp "$build/lab/xen/vmlinux" "$root/boot/vmlinux-$version"
    cp "$work/initrd" "$root/boot/initrd.img-$version"
    echo CONFIG_XEN_DOM0=y > "$root/boot/config-$version"
    cat > "$root/etc/default/grub" << END
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=quiet
GRUB_CMDLINE_LINUX=
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_CMDLINE_XEN="$own"
GRUB_CMDLINE_LINUX_XEN_REPLACE="$kernel"
END
    chroot "$root" update-grub
    host_with "placeholder $own"
}

# A disk with the tree's /boot, made by tools for files alone: an MBR with one partition at 1 MiB, GRUB in the gap before it.
offset=1048576
make_disk() {
    rm -rf "$work/disk.d" "$work/disk"
    mkdir "$work/disk.d"
    cp -al "$root/boot" "$work/disk.d/boot"
    rm -rf "$work/disk.d/boot/efi"
    truncate -s 161M "$work/disk"
    mke2fs -q -F -t ext4 -O ^has_journal,^metadata_csum,^64bit -m 0 -U "$uuid" -E "offset=$offset,root_owner=0:0" \
        -d "$work/disk.d" "$work/disk" 160M
    chroot "$root" grub-mkimage -O i386-pc -p '(hd0,msdos1)/boot/grub' -o /tmp/core.img biosdisk part_msdos ext2
    dd if="$root/boot/grub/i386-pc/boot.img" of="$work/disk" bs=440 count=1 conv=notrunc status=none
    # The disk's number as grub-probe says it; one active partition, type 83, of 327680 sectors from 2048 on; 55 AA.
    printf '\163\145\165\147\0\0\200\376\377\377\203\376\377\377\000\010\000\000\000\000\005\000' |
        dd of="$work/disk" bs=1 seek=440 conv=notrunc status=none
    printf '\125\252' | dd of="$work/disk" bs=1 seek=510 conv=notrunc status=none
    dd if="$root/tmp/core.img" of="$work/disk" bs=512 seek=1 conv=notrunc status=none
}

# GRUB writes it.
grubenv_of_disk() {
    debugfs -R 'cat /boot/grub/grubenv' "$work/disk?offset=$offset" 2> /dev/null
}

# The EFI system partition, with each of the loaders where a Debian has it, and the administrator's xen.cfg.
grub=EFI/debian/grubx64.efi
systemd_boot=EFI/systemd/systemd-bootx64.efi
xen_efi=EFI/xen/xen-4.17-amd64.efi # finds xen.cfg because there is no xen-4.17-amd64.cfg, xen-4.17.cfg or xen-4.cfg
make_esp() {
    rm -rf "$esp"
    mkdir -p "$esp/EFI/debian" "$esp/EFI/xen" "$esp/EFI/systemd" "$esp/loader/entries"
    printf '%s\n' "search.fs_uuid $uuid root" "set prefix=(\$root)/boot/grub" > "$root/tmp/early.cfg"
    chroot "$root" grub-mkimage -O x86_64-efi -p /boot/grub -c /tmp/early.cfg -o "/boot/efi/$grub" \
        part_msdos ext2 search search_fs_uuid
    cp "$root/usr/lib/systemd/boot/efi/systemd-bootx64.efi" "$esp/EFI/systemd/"
    cp "$root/boot/${xen_efi##*/}" "$esp/EFI/xen/"
    cp "$root"/boot/vmlinux-* "$esp/EFI/xen/vmlinux"
    cp "$root"/boot/initrd.img-* "$esp/EFI/xen/initrd.img"
    printf '%s\n' '[global]' default=debian '' '[debian]' "options=$own" "kernel=vmlinux $kernel" ramdisk=initrd.img > "$esp/EFI/xen/xen.cfg"
    printf '%s\n' 'timeout 0' 'default xen.conf' > "$esp/loader/loader.conf"
    # systemd-boot takes the first word for the name of the program.
    printf '%s\n' 'title Xen' "efi /$xen_efi" 'options xen.efi -cfg=xen.cfg debian' > "$esp/loader/entries/xen.conf"
}

boot() { # NAME LINE MIB QEMU-OPTION...
    name=$1 line=$2 mib=$3
    shift 3
    status=0
    python3 "$here/loader_boot.py" "$work/console" "$line" $((mib * 256)) "$@" > "$work/said" || status=$?
    result "$status" "$name: $(head -n 1 "$work/said")"
    [ "$status" -ne 0 ] || sed -n 2p "$work/said"
}

bios() { # NAME LINE MIB
    boot "$@" -drive "file=$work/disk,format=raw,if=ide"
}

uefi() { # NAME LINE MIB PROGRAM, with the disk beside the ESP
    rm -f "$work/esp"
    truncate -s 128M "$work/esp"
    mformat -i "$work/esp" -F ::
    mcopy -i "$work/esp" -s "$esp"/* ::
    cp /usr/share/OVMF/OVMF_VARS_4M.fd "$work/vars"
    python3 "$here/ovmf_start.py" "$work/vars" "$4"
    boot "$1" "$2" "$3" -drive if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd \
        -drive "if=pflash,format=raw,file=$work/vars" -drive "file=$work/esp,format=raw,if=ide" \
        -drive "file=$work/disk,format=raw,if=ide"
}

# The tree as it is in the first boot of a trial, for confirm.
keep_what_runs() {
    running=$(python3 "$here/loader_boot.py" --line "$work/console")
    grubenv_of_disk > "$work/grubenv"
}
after_the_first_boot() {
    cat "$work/grubenv" > "$root/boot/grub/grubenv"
    host_with "$running"
}
host_with() { # LINE
    python3 "$here/loader_boot.py" --host "$here/../../fixtures/hosts/xen-4.17.json" "$1" > "$host"
}

remember() { # what must not change
    rm -rf "$work/before"
    mkdir "$work/before"
    cp -a "$@" "$work/before/"
}
unchanged() { # FILE...
    for file; do diff -r "$work/before/${file##*/}" "$file" || return 1; done
}
says() { # WORD COMMAND...
    word=$1
    shift
    "$@" > "$work/told"
    cat "$work/told"
    grep -qxF "$word" "$work/told"
}
default_entry() { sed -n 's/^ *set default=//p' "$root/boot/grub/grub.cfg"; }
grub_reads() { chroot "$root" grub-script-check "$1"; }
trial_is_gone() { ! grep guestctl-trial "$root/boot/grub/custom.cfg"; }

make_tree > "$work/log" 2>&1 || { sed 's/^/# /' "$work/log"; exit 1; }

remember "$root/etc/default/grub" "$root/etc/default/grub.d/xen.cfg" "$root/boot/grub/grub.cfg"
check "apply writes GRUB's files and runs update-grub" apply dom0_mem=400M,max:400M --set-default
check "GRUB's own checker takes what grub-mkconfig made of them" grub_reads /boot/grub/grub.cfg
check "the default is Xen's entry" says "\"xen-gnulinux-simple-$uuid\"" default_entry
check "the files of the administrator and of Xen's package are as they were" unchanged "$root/etc/default/grub" "$root/etc/default/grub.d/xen.cfg"
make_disk
bios "BIOS, GRUB" "placeholder $own dom0_mem=400M,max:400M" 400

remember "$root/etc/default" "$root/boot/grub/grub.cfg"
# --force: the tree may lie on a file system that GRUB cannot write; the disk that it becomes is ext4.
check "apply --trial writes an entry for one boot" apply dom0_mem=480M,max:480M --trial --force
check "GRUB's own checker takes that entry" grub_reads /boot/grub/custom.cfg
check "a trial leaves the settings and grub.cfg alone" unchanged "$root/etc/default" "$root/boot/grub/grub.cfg"
check "it is asked for in GRUB's environment" says next_entry=guestctl-trial chroot "$root" grub-editenv list
make_disk
bios "trial, first boot of a disk: the new line" "placeholder $own dom0_mem=480M,max:480M" 480
keep_what_runs
check "GRUB itself has taken the wish off the disk" says next_entry= grubenv_of_disk
bios "trial, second boot of the same disk: the old line" "placeholder $own dom0_mem=400M,max:400M" 400
bios "trial, third boot of the same disk: the old line" "placeholder $own dom0_mem=400M,max:400M" 400

after_the_first_boot
check "confirm makes the running line the configured one" confirm
check "GRUB's own checker takes it" grub_reads /boot/grub/grub.cfg
check "no trial is left" trial_is_gone
make_disk
bios "BIOS, GRUB, after confirm" "placeholder $own dom0_mem=480M,max:480M" 480

# Without a BIOS the entries of 20_linux_xen add two words, which confirm finds in the running line.
make_esp
check "apply --trial once more" apply dom0_mem=352M,max:352M --trial --force
make_disk
uefi "UEFI, GRUB, trial, first boot of a disk: the new line" "placeholder $own dom0_mem=352M,max:352M no-real-mode edd=off" 352 "$grub"
keep_what_runs
check "GRUB itself has taken the wish off the disk" says next_entry= grubenv_of_disk
uefi "UEFI, GRUB, trial, second boot: the old line" "placeholder $own dom0_mem=480M,max:480M no-real-mode edd=off" 480 "$grub"
after_the_first_boot
check "confirm makes the running line the configured one" confirm
make_disk
uefi "UEFI, GRUB, after confirm" "placeholder $own dom0_mem=352M,max:352M no-real-mode edd=off" 352 "$grub"

check "apply writes xen.efi's configuration" apply dom0_mem=448M,max:448M --target xen.cfg
uefi "UEFI, xen.efi" "$own dom0_mem=448M,max:448M" 448 "$xen_efi"
make_esp
check "apply writes systemd-boot's" apply dom0_mem=352M,max:352M --target systemd-boot
uefi "UEFI, systemd-boot, xen.efi" "$own dom0_mem=352M,max:352M" 352 "$systemd_boot"

finished=yes
echo "1..$count"
[ "$failed" -eq 0 ]
