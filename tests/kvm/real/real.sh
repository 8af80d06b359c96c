#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real guests on real QEMU: once through the driver inside the program, once through a private libvirtd. Fails when
# a test fails, or when anything is left behind: a process, a domain, a file of a guest that has ended.
#   real.sh TEST-PROGRAM embed|daemon [IMAGES]
# IMAGES is a folder that tests/lab/guest-images.sh has filled; without it only boot-sector guests run. All runs in namespaces of its own (mounts, processes), so no libvirt of this machine
# is touched, and nothing can outlive the script. Needs root.
set -eu
program=$1
through=$2
images=${3:-}
here=$(cd "$(dirname "$0")" && pwd)

if [ "${REAL_INSIDE:-}" != yes ]; then
    [ "$(id -u)" -eq 0 ] || { echo "skipped: root is needed"; exit 77; }
    for tool in unshare qemu-system-x86_64 gcc ld xmllint; do
        command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
    done
    export REAL_INSIDE=yes
    exec unshare --mount --pid --fork --mount-proc --kill-child "$0" "$@"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/gctl.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The driver parses this user's name before its configuration, and gives up when it does not exist.
getent passwd libvirt-qemu >/dev/null || useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu

gcc -c -m32 "$here/../../lab/boot-sector.S" -o "$work/sector.o"
ld -m elf_i386 -Ttext 0x7c00 --oformat binary "$work/sector.o" -o "$work/sector.img"
truncate -s 1M "$work/sector.img"
chmod 755 "$work"

export GUESTCTL_TEST_STATE="$work/state" GUESTCTL_TEST_SECTOR="$work/sector.img"
if [ -n "$images" ]; then
    export GUESTCTL_TEST_KERNEL="$images/vmlinuz" GUESTCTL_TEST_INITRD="$images/initrd.gz"
    cp "$images/linux.qcow2" "$work/disk.qcow2"
    export GUESTCTL_TEST_DISK="$work/disk.qcow2" GUESTCTL_TEST_HELLO=GUEST-UP
fi

case $through in
embed)
    export GUESTCTL_TEST_CONNECT=embed
    left="$work/state/libvirt"
    ;;
daemon)
    export GUESTCTL_TEST_CONNECT=qemu:///system
    left=/run/libvirt
    for folder in /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
        mkdir -p $folder
        mount -t tmpfs tmpfs $folder
    done
    printf 'user = "root"\ngroup = "root"\nstdio_handler = "file"\nnamespaces = [ ]\n' > /etc/libvirt/qemu.conf
    printf 'auth_unix_rw = "none"\nauth_unix_ro = "none"\nunix_sock_group = "root"\n' > /etc/libvirt/libvirtd.conf
    libvirtd -p "$work/libvirtd.pid" >"$work/libvirtd.log" 2>&1 &
    tries=0
    until [ -S /run/libvirt/libvirt-sock ]; do
        tries=$((tries + 1))
        [ $tries -le 100 ] || { cat "$work/libvirtd.log"; echo "FAILED: libvirtd does not start"; exit 1; }
        sleep 0.1
    done
    ;;
*) echo "usage: real.sh TEST-PROGRAM embed|daemon [IMAGES]" >&2; exit 2 ;;
esac

failed=0
timeout 300 "$program" || failed=1

# What a guest leaves while it runs: its process, its state, its sockets.
processes=$(pgrep -a 'qemu|swtpm' | cut -c 1-120 || true)
files=$(find "$left" \( -path '*/run/qemu/*' -o -path '/run/libvirt/qemu/*' -o -path '*/lib/qemu/domain-*' \) ! -type d \
    ! -name driver.pid ! -name autostarted 2>/dev/null || true)
sockets=$(find "$left" /var/lib/libvirt -name 'monitor.sock' 2>/dev/null || true)
[ -z "$processes" ] || { echo "LEFT processes: $processes"; failed=1; }
[ -z "$files$sockets" ] || { echo "LEFT files: $files $sockets"; failed=1; }
if [ "$through" = daemon ]; then
    domains=$(virsh -q -c qemu:///system list --all || true)
    [ -z "$domains" ] || { echo "LEFT domains: $domains"; failed=1; }
    kill "$(cat "$work/libvirtd.pid")"
fi
[ $failed -eq 0 ] && echo "PASSED through $through"
exit $failed
