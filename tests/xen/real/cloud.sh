# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: the Debian of tests/image/real/cloud-image.sh as a PV guest, whose cloud-init finds our seed as a second, read-only disk
# and takes from it what cloud-wishes.sh tells it. Speaks TAP.
export GUESTCTL_ROOT="$PWD/cloud-root"
g=$PWD/guestctl mode=pv
. ./cloud-wishes.sh

# cloud-init.sh imports them, which takes minutes here: they are put where an import puts them.
store() { # NAME DISK
    mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/$1" && ln "$2" "$GUESTCTL_ROOT/var/lib/guestctl/images/$1/disk"
}
store cloud cloud.qcow2 && cp cloud.qcow2.json "$GUESTCTL_ROOT/var/lib/guestctl/images/cloud/meta.json"
store cloud-vmlinuz cloud-vmlinuz
store cloud-initrd cloud-initrd

boots() { # GUEST COMMAND...
    log=$1.log
    shift
    "$@" > "$log" 2>&1 < /dev/null
    status=$?
    cp "$log" "$RESULTS/"
    echo "# at $(cut -d ' ' -f 1 /proc/uptime) s of dom0's time"
    return $status
}
gone() {
    "remove_$1" > out 2>&1 || { sed 's/^/# /' out; return 1; }
    ! find "$GUESTCTL_ROOT/var/lib/guestctl/guests" -type f | sed 's/^/# left: /' | grep .
}
check "NoCloud: run boots the stored image as a PV guest, up to the end of its report" boots nocloud run_nocloud 600
check "NoCloud: it sees Xen" line_of nocloud "virt xen"
check_nocloud /dev/xvdb
check "NoCloud: nothing of it is left" gone nocloud
check "config drive: create boots it too" boots drive create_drive 600
check_drive /dev/xvdb
check "config drive: nothing of it is left" gone drive
