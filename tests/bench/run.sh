#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD-FOLDER: every benchmark there is, in one run; prints figures and fails only when a command does.
# Ratios mean something on any machine, absolute times only on a quiet one.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
top=$here/../..
"$top/tests/lab/guest-images.sh" "$build/lab/images" >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GUESTCTL_ROOT="$work/root"

echo "== planning"
"$build/tests/bench/bench-plan" "$top/tests/fixtures/hosts/xen-4.17.json" 10000
"$build/tests/bench/bench-plan" "$top/tests/fixtures/hosts/kvm.json" 10000
cp --reflink=auto "$build/lab/images/linux-any.qcow2" "$build/lab/images/linux-any.qcow2.json" "$work"
"$build/tests/bench/bench-process" 100 "plan, the whole process, on this machine" "$build/guestctl plan $work/linux-any.qcow2"
"$build/tests/bench/bench-process" 100 "plan for a recorded Xen host" \
    "$build/guestctl plan $work/linux-any.qcow2 --host $top/tests/fixtures/hosts/xen-4.17.json"

echo "== import"
head -c 1G /dev/urandom > "$work/gib.raw"
qemu-img convert -f raw -O qcow2 "$work/gib.raw" "$work/gib.qcow2"
rm "$work/gib.raw"
"$build/tests/bench/bench-process" 3 "image import of 1 GiB of qcow2, against qemu-img convert and sha512sum" \
    "$build/guestctl image import $work/gib.qcow2" "$build/guestctl image remove gib" \
    "sh -c 'qemu-img convert -f qcow2 -O qcow2 $work/gib.qcow2 $work/copy.qcow2 && sha512sum $work/copy.qcow2'" "rm $work/copy.qcow2"
rm "$work/gib.qcow2"

echo "== against virsh, on one daemon"
uri=$("$top/tests/lab/libvirtd.sh" start "$work/d")
cp --reflink=auto "$build/lab/images/boot-sector.raw" "$work/sector.raw"
printf '[guest]\nimage = %s\nmemory = 32M\n' "$work/sector.raw" > "$work/one.guest"
"$build/guestctl" plan "$work/one.guest" --name two --backend qemu > "$work/plan.txt"
awk '/^# step [0-9]+: / { inside = $4 == "create"; next } inside' "$work/plan.txt" > "$work/two.xml"
status=0
"$build/tests/bench/bench-process" 10 "create and start, against virsh create" \
    "$build/guestctl create $work/one.guest --backend qemu --connect $uri" "$build/guestctl destroy one --connect $uri" \
    "virsh -q -c $uri create $work/two.xml" "virsh -q -c $uri destroy two" || status=1
"$build/tests/bench/bench-process" 30 "list, against virsh list" "$build/guestctl list --connect $uri" "" "virsh -q -c $uri list --all" || status=1
"$top/tests/lab/libvirtd.sh" stop "$work/d"

echo "== against xl, in one real dom0"
"$top/tests/lab/xen-run.sh" --xen "$build/lab/xen" --timeout 900 "$build/lab/bench" "$here/dom0.sh" \
    "$build/guestctl" "$build/tests/bench/bench-process" "$build/tests/bench/bench-start" "$build/lab/images/tiny-pv" || status=1
exit $status
