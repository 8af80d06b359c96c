#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# cloud-init.sh BUILD-FOLDER: a real Debian, whose cloud-init is as Debian has it, is told its host name, SSH key, user data, user
# and password by our seeds, on real QEMU through libvirt's embedded driver. Two guests at a time, each two minutes of a CPU.
# Their consoles are left in BUILD-FOLDER/lab/cloud. Speaks TAP. Needs root and the packages of the groups kvm and cloud.
set -u
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" -ne 0 ]; then
    echo "ok 1 - cloud-init in real guests # SKIP root is needed"
    exit 0
fi
images=$build/lab/cloud
if [ "${INSIDE:-}" != yes ]; then
    "$here/../../lab/install-packages.sh" kvm >&2
    "$here/cloud-image.sh" "$images" >&2 || { echo "not ok 1 - the cloud image can be built"; exit 1; }
    exec env INSIDE=yes unshare --mount --pid --fork --mount-proc --kill-child "$0" "$build"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/gctl.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work" || exit 1
getent passwd libvirt-qemu > /dev/null || useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu
g=$build/guestctl mode=hvm
# shellcheck source=/dev/null
. "$here/cloud-wishes.sh"

# Each in a root of its own: the embedded driver of libvirt belongs to one process at a time.
in_root() { # GUEST COMMAND...: into the guest's log
    guest=$1
    shift
    (export GUESTCTL_ROOT="$work/root-$guest" && "$@") >> "$guest.log" 2>&1 < /dev/null
}
import_all() {
    for file in cloud-vmlinuz cloud-initrd cloud.qcow2; do in_root "$1" "$g" image import "$images/$file" || return; done
}
started=$(cut -d ' ' -f 1 /proc/uptime)
check "the image, its kernel and its RAM disk are imported" import_all nocloud
import_all drive && in_root drive create_drive 900 &
other=$!
check "NoCloud: run boots the stored image, up to the end of its report" in_root nocloud run_nocloud 900
check "config drive: create boots it too" wait $other
cp ./*.log "$images/"
awk -v a="$started" '{ printf "# both booted after %.0f s\n", $1 - a }' /proc/uptime
check_nocloud /dev/sr0
check_drive /dev/sr0
gone() {
    in_root nocloud remove_nocloud && in_root drive remove_drive || { tail -n 4 nocloud.log drive.log | sed 's/^/# /'; return 1; }
    ! find "$work"/root-*/var/lib/guestctl/guests -type f | sed 's/^/# left: /' | grep .
}
check "nothing of the guests is left" gone
finish
