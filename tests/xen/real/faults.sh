#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: what goes wrong, is said, and leaves nothing behind. GRUB alone is the guest: it is built in a moment.
. ./lib.sh
export MEMORY_MIB=32
grub=/usr/lib/grub-xen/grub-x86_64-xen.bin

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
nothing_left "a life"
expect 5 'guest "a" is not running' ./xen-driver destroy a

expect 5 'No such file or directory' ./xen-driver create pvgrub a $grub - qcow2 /tmp/none.qcow2
nothing_left "a missing disk"
expect 5 '/tmp/none.raw' ./xen-driver create pvgrub a $grub - raw /tmp/none.raw
nothing_left "a missing raw disk"
expect 5 'No such file or directory' ./xen-driver create pv a /tmp/none initrd.gz
nothing_left "a missing kernel"
mkfifo /tmp/fifo
expect 3 'it is a FIFO' ./xen-driver create pv a /tmp/fifo initrd.gz
nothing_left "a kernel that is a FIFO"
expect 3 'was qcow2 when this was planned and is raw now' ./xen-driver create pvgrub a $grub - qcow2 "$PWD/boot.raw"
nothing_left "a disk that is not as planned"
expect 3 'the kernel is none that this kind of guest can boot' ./xen-driver create pv a initrd.gz initrd.gz
nothing_left "a kernel that is none"
expect 5 'Could not find bridge device nobr0' ./xen-driver create pvgrub a $grub - raw "$PWD/boot.raw" nobr0
nothing_left "a missing bridge"
MEMORY_MIB=8000 expect 7 'MiB are free; give it less memory' ./xen-driver create pvgrub a $grub -
nothing_left "too little memory"
CPU_FLAGS=+avx512f expect 4 'cpu-flags = +avx512f: this host' ./xen-driver create pvgrub a $grub -
nothing_left "a CPU feature that is not there"

for ms in 50 100 200 300 500 800 1000 3000; do
    ./xen-driver cancel $ms pvgrub a $grub - raw "$PWD/boot.raw" xenbr0 > out 2>&1
    status=$?
    sed 's/^/    /' out
    case $status in
    130) grep -q 'nothing was left behind\|interrupted before' out || fail "interrupted after $ms ms without saying what is left" ;;
    0) ./xen-driver destroy a ;;
    *) fail "status $status after $ms ms" ;;
    esac
    nothing_left "an interrupt after $ms ms"
done

echo "== a create that is killed is undone by the next command"
UUID=11111111-2222-4333-8444-555555555555
export UUID
for s in 0.1 0.2 0.4 0.8 2; do
    ./xen-driver create pvgrub a $grub - raw "$PWD/boot.raw" xenbr0 > out 2>&1 &
    pid=$!
    sleep $s
    kill -9 $pid 2> /dev/null
    wait $pid
    sleep 1 # a hotplug script outlives it
    expect 0 undone ./xen-driver undo pvgrub a $grub - raw "$PWD/boot.raw" xenbr0
    nothing_left "a kill after $s s"
done
unset UUID

echo "== two creates of one name: one wins"
./xen-driver create pvgrub a $grub - > one 2>&1 &
./xen-driver create pvgrub a $grub - > two 2>&1 &
wait
cat one two
[ "$(cat one two | grep -c unpause)" -eq 1 ] || fail "not exactly one create won"
[ "$(cat one two | grep -c '^error 6: guest "a"')" -eq 1 ] || fail "the other was not told that the guest exists"
expect 0 destroy ./xen-driver destroy a
nothing_left "a race"

echo "== a guest of xl's is listed as xl's"
printf 'name="x1"\ntype="pv"\nkernel="%s"\nmemory=32\n' $grub > x1.cfg
xl create -q x1.cfg
expect 0 ' xl ' ./xen-driver list
expect 0 'no note' ./xen-driver lookup x1
xl destroy x1
finish
