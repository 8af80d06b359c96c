#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD-FOLDER: real guests on real QEMU, through libvirt's embedded driver and through a daemon. Speaks TAP.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../lab/guest-images.sh" "$build/lab/images" >&2
if [ "$(id -u)" -ne 0 ]; then
    echo "ok 1 - real guests # SKIP root is needed"
    exit 0
fi
for through in embed daemon; do
    timeout 900 "$here/guestctl.sh" "$build" "$through" || echo "not ok - guestctl.sh through $through ended with status $?"
    if timeout 600 "$here/real.sh" "$build/tests/kvm/test-kvm-real" "$through" "$build/lab/images" > "$build/kvm-$through.log" 2>&1; then
        echo "ok - the backend's own life and faults, through $through"
    else
        tail -n 40 "$build/kvm-$through.log" | sed 's/^/# /'
        echo "not ok - the backend's own life and faults, through $through"
    fi
done
