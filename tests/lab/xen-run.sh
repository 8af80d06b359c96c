#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# xen-run.sh [OPTION...] OUTDIR SCRIPT [FILE-OR-DIR...]
# xen-run.sh --shell [OPTION...] OUTDIR [FILE-OR-DIR...]
#
# Boot a real Xen with a real dom0 under QEMU's emulation, run SCRIPT there as root in a directory
# that holds the files, show its output, and exit with its status. What SCRIPT leaves in $RESULTS
# comes back as OUTDIR/results; OUTDIR/output is what it printed, OUTDIR/serial.log what Xen and the
# dom0 kernel printed. Status 125: the machine did not come up, died, or ran out of time.
#
#   --xen DIR           what xen-build.sh made (default: build/lab/xen; made when missing)
#   --timeout SECONDS   for everything, boot included (default 300)
#   --memory MIB        of the emulated machine (default 3072)
#   --dom0-mem MIB      of dom0 (default 1024)
#   --disk MIB          free space in the working directory (default 2048)
#   --cpus N            of the emulated machine (default 1)
#   --real-time         let dom0's clock follow this machine's, and use a thread for each CPU:
#                       quicker on an idle machine, but guests suffer from a loaded one
#   --no-xen            no Xen: dom0's kernel alone, on a machine whose CPU has SVM, which makes a KVM host
#   --xen-options TEXT  more options for Xen's own command line
#   --qemu-options TEXT more options for QEMU
#   --shell             a dom0 prompt on this terminal instead of a script; no timeout
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$lab/lib.sh"

usage() {
    sed -n '3,4s/^# //p' "$0" >&2
    exit 2
}

xen=$lab/../../build/lab/xen timeout=300 memory=3072 dom0_mem=1024 disk=2048 cpus=1
# The clock counts instructions: 2 ns each. With a real clock a nested guest, slow as it is, spends
# most of its time in timer interrupts, each of which empties QEMU's TLB; and timeouts strike at random.
accel='-accel tcg,thread=single -icount shift=1,sleep=on'
xen_options='' qemu_options='' mode=script with_xen=yes
while [ $# -gt 0 ]; do
    case $1 in
        --xen) xen=$2; shift 2 ;;
        --timeout) timeout=$2; shift 2 ;;
        --memory) memory=$2; shift 2 ;;
        --dom0-mem) dom0_mem=$2; shift 2 ;;
        --disk) disk=$2; shift 2 ;;
        --cpus) cpus=$2; shift 2 ;;
        --no-xen) with_xen=no; shift ;;
        --xen-options) xen_options=$2; shift 2 ;;
        --qemu-options) qemu_options=$2; shift 2 ;;
        --real-time) accel='-accel tcg,thread=multi'; shift ;;
        --shell) mode=shell; shift ;;
        -h | --help) sed -n '3,24s/^#[ ]\{0,1\}//p' "$0"; exit 0 ;;
        -*) usage ;;
        *) break ;;
    esac
done
[ $# -ge 1 ] || usage
out=$1
shift
script=
if [ "$mode" = script ]; then
    [ $# -ge 1 ] || usage
    script=$1
    shift
    [ -f "$script" ] || lab_die "$script: no such script"
fi
"$lab/xen-build.sh" "$xen"
xen=$(cd "$xen" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)

# The work disk: the script and the files, copied in without mounting anything.
stage=$out/.stage
qemu='' readers='' watch=''
# shellcheck disable=SC2086,SC2317
clean() {
    [ -z "$qemu$readers$watch" ] || kill $qemu $readers $watch 2> /dev/null || true
    rm -rf "$stage" "$out/work.img" "$out/.results.tar" "$out/.output" "$out/.status.in" "$out/.status.out"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
rm -rf "$stage" "$out/results" "$out/status" "$out/output" "$out/serial.log" "$out/qemu.log" "$out"/.[ors]*
mkdir -p "$stage/files" "$stage/results" "$out/results"
[ -z "$script" ] || install -m 755 "$script" "$stage/script"
for file; do
    cp -a --reflink=auto "$file" "$stage/files/" || lab_die "$file: cannot be copied"
done
: > "$out/work.img"
mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -E root_owner=0:0 -d "$stage" "$out/work.img" \
    "$(($(du -sm "$stage" | cut -f 1) + disk))M"
rm -rf "$stage"

# A comma must be doubled in QEMU's -initrd, which lists multiboot modules.
# No boot scrubbing, no speculation barriers, no NMI watchdog: emulation pays for each of them.
if [ "$with_xen" = yes ]; then
    boot_kernel=$xen/xen.elf
    boot_line="console=com1 com1=115200,8n1 dom0_mem=${dom0_mem}M,max:${dom0_mem}M loglvl=warning guest_loglvl=warning bootscrub=0 spec-ctrl=no xpti=no $xen_options"
    boot_modules="$xen/vmlinux console=hvc0 quiet mitigations=off rodata=off lab.mode=$mode,$xen/initrd"
else
    boot_kernel=$xen/vmlinux
    boot_line="console=ttyS0 quiet mitigations=off rodata=off lab.mode=$mode"
    boot_modules=$xen/initrd
fi
# shellcheck disable=SC2086
set -- $accel -machine q35 -cpu qemu64,+svm,+npt,+rdrand -smp "$cpus" -m "$memory" \
    -display none -monitor none -no-reboot -nodefaults \
    -kernel "$boot_kernel" -append "$boot_line" -initrd "$boot_modules" \
    -drive "file=$xen/dom0.img,if=none,id=root,format=raw,snapshot=on" -device virtio-blk-pci,drive=root \
    -drive "file=$out/work.img,if=none,id=work,format=raw,cache=unsafe" -device virtio-blk-pci,drive=work
if [ "$mode" = shell ]; then
    # shellcheck disable=SC2086
    qemu-system-x86_64 "$@" -serial mon:stdio -device virtio-rng-pci $qemu_options
    exit 0
fi

mkfifo "$out/.output" "$out/.status.in" "$out/.status.out"
tee "$out/output" < "$out/.output" &
readers=$!
sed -n 's/^status //p' < "$out/.status.out" > "$out/status" &
readers="$readers $!"
# The outer limit stands even if this shell is killed.
# shellcheck disable=SC2086
timeout -k 5 "$timeout" qemu-system-x86_64 "$@" -serial "file:$out/serial.log" -device virtio-rng-pci \
    -device virtio-serial-pci \
    -chardev "file,id=output,path=$out/.output" -device virtserialport,chardev=output,name=lab.output \
    -chardev "file,id=results,path=$out/.results.tar" -device virtserialport,chardev=results,name=lab.results \
    -chardev "pipe,id=status,path=$out/.status" -device virtserialport,chardev=status,name=lab.status \
    $qemu_options < /dev/null > "$out/qemu.log" 2>&1 &
qemu=$!

# Before that limit, ask dom0 to end the script, so that its results and logs still come back.
grace=$((timeout > 120 ? 30 : timeout / 4))
timeout "$((timeout - grace))" tail -s 0.1 -f --pid="$qemu" /dev/null &
watch=$!
late=
wait "$watch" || late=yes
watch=
if [ -n "$late" ] && kill -0 "$qemu" 2> /dev/null; then
    # shellcheck disable=SC2016
    timeout 5 sh -c 'echo stop > "$1"' sh "$out/.status.in" || true
fi
ended=0
wait "$qemu" || ended=$?
qemu=
# The readers end with QEMU, unless it died before it opened what they read from.
if [ "$ended" -ne 0 ]; then
    # shellcheck disable=SC2086
    kill $readers 2> /dev/null || true
fi
# shellcheck disable=SC2086
wait $readers || true
readers=

[ ! -s "$out/.results.tar" ] || tar -C "$out/results" -xf "$out/.results.tar" --no-same-owner || true
status=$(cat "$out/status")
if [ -z "$status" ] || [ -n "$late" ]; then
    if [ -n "$late" ]; then
        lab_say "ended after $timeout s, as --timeout says"
    else
        lab_say "the machine ended (QEMU's status $ended) before the script did"
    fi
    lab_say "the last lines of $out/serial.log:"
    tail -n 30 "$out/serial.log" >&2 2> /dev/null || true
    cat "$out/qemu.log" >&2
    exit 125
fi
exit "$status"
