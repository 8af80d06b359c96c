#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# dom0-run.sh BUILD-FOLDER: boot a real Xen on two CPUs, change its dom0 while it runs (dom0.sh), reboot that machine for
# real, and look again. Speaks TAP.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
stage=$build/lab/stage-dom0
rm -rf "$stage"
mkdir -p "$stage"
cp "$here/dom0.sh" "$here/../../tap.sh" "$build/guestctl" "$build/data/guestctl-dom0.service" "$build/tests/toolstack/json-check" \
    "$here"/../../../docs/schemas/guestctl-dom0-*.json "$stage"
cat > "$stage/script" << 'DOM0'
#!/bin/sh
cd stage-dom0 && exec sh ./dom0.sh
DOM0
status=0
# More memory than it starts with is left for dom0, so that it can grow. The machine resets where others end; its root disk keeps what was written until QEMU ends.
"$lab/xen-run.sh" --xen "$build/lab/xen" --timeout 1200 --cpus 2 --xen-options 'dom0_mem=1024M,max:1280M dom0_max_vcpus=2' --qemu-options '-action reboot=reset' \
    "$build/lab/run-dom0" "$stage/script" "$stage" || status=$?
[ "$status" -eq 0 ] || echo "not ok - the dom0 that was changed ended with status $status"
