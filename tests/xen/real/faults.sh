#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: the Xen backend alone (driver.c): what goes wrong, is said, and leaves nothing behind. GRUB alone is the guest: it is built in a
# moment. Speaks TAP.
. ./lib.sh
export MEMORY_MIB=32
grub=/usr/lib/grub-xen/grub-x86_64-xen.bin
after_each() { nothing_left "$title"; }
# leaves_nothing STATUS TEXT COMMAND...: as expect, and nothing is there then.
leaves_nothing() {
    expect "$@"
    nothing_left "$*"
}

begin "backend: a life, and a guest or a disk that is taken"
expect 0 unpause ./xen-driver create pvgrub a $grub -
expect 6 'guest "a" exists already, as domain' ./xen-driver create pvgrub a $grub -
expect 0 'guestctl-note/1' ./xen-driver lookup a
expect 0 guestctl ./xen-driver list
expect 0 'grub>' ./xen-driver console a 'grub>' 30
expect 9 'its console has not shown "login:" after 2 s' ./xen-driver console a login: 2
expect 0 destroy ./xen-driver destroy a
for disk in "raw $PWD/boot.raw" "qcow2 $PWD/linux.qcow2"; do
    expect 0 unpause ./xen-driver create pvgrub a $grub - $disk
    expect 6 'is in use by guest "a" (domain' ./xen-driver create pvgrub b $grub - $disk
    expect 0 destroy ./xen-driver destroy a
done
end

begin "backend: what is missing or wrong is said, and leaves nothing"
leaves_nothing 5 'guest "a" is not running' ./xen-driver destroy a
leaves_nothing 5 'No such file or directory' ./xen-driver create pvgrub a $grub - qcow2 /tmp/none.qcow2
leaves_nothing 5 '/tmp/none.raw' ./xen-driver create pvgrub a $grub - raw /tmp/none.raw
leaves_nothing 5 'No such file or directory' ./xen-driver create pv a /tmp/none initrd.gz
mkfifo /tmp/fifo
leaves_nothing 3 'it is a FIFO' ./xen-driver create pv a /tmp/fifo initrd.gz
leaves_nothing 3 'was qcow2 when this was planned and is raw now' ./xen-driver create pvgrub a $grub - qcow2 "$PWD/boot.raw"
leaves_nothing 3 'the kernel is none that this kind of guest can boot' ./xen-driver create pv a initrd.gz initrd.gz
leaves_nothing 5 'Could not find bridge device nobr0' ./xen-driver create pvgrub a $grub - raw "$PWD/boot.raw" nobr0
MEMORY_MIB=8000 leaves_nothing 7 'MiB are free; give it less memory' ./xen-driver create pvgrub a $grub -
CPU_FLAGS=+avx512f leaves_nothing 4 'cpu-flags = +avx512f: this host' ./xen-driver create pvgrub a $grub -
end

begin "backend: a create that is interrupted says what is left, and leaves nothing"
for ms in 50 100 200 300 500 800 1000 3000; do
    status=0
    ./xen-driver cancel $ms pvgrub a $grub - raw "$PWD/boot.raw" xenbr0 > out 2>&1 || status=$?
    case $status in
    130) grep -q 'nothing was left behind\|interrupted before' out || fail "interrupted after $ms ms without saying what is left" ;;
    0) ./xen-driver destroy a > out 2>&1 || fail "destroy" ;;
    *) fail "status $status after $ms ms" ;;
    esac
    nothing_left "an interrupt after $ms ms"
done
end

begin "backend: a create that is killed is undone by the next command"
UUID=11111111-2222-4333-8444-555555555555
export UUID
for s in 0.1 0.2 0.4 0.8 2; do
    ./xen-driver create pvgrub a $grub - raw "$PWD/boot.raw" xenbr0 > out 2>&1 &
    pid=$!
    sleep $s
    kill -9 $pid 2> /dev/null
    wait $pid
    sleep 1 # a hotplug script outlives it
    leaves_nothing 0 undone ./xen-driver undo pvgrub a $grub - raw "$PWD/boot.raw" xenbr0
done
unset UUID
end

begin "backend: two creates of one name: one wins"
./xen-driver create pvgrub a $grub - > one 2>&1 &
./xen-driver create pvgrub a $grub - > two 2>&1 &
wait
cat one two > out
[ "$(grep -c unpause out)" -eq 1 ] || fail "not exactly one create won"
[ "$(grep -c '^error 6: guest "a"' out)" -eq 1 ] || fail "the other was not told that the guest exists"
expect 0 destroy ./xen-driver destroy a
end

begin "backend: a guest of xl's is listed as xl's"
printf 'name="x1"\ntype="pv"\nkernel="%s"\nmemory=32\n' $grub > x1.cfg
expect 0 '' xl create -q x1.cfg
expect 0 ' xl ' ./xen-driver list
expect 0 'no note' ./xen-driver lookup x1
expect 0 '' xl destroy x1
end
