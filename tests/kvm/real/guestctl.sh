#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# guestctl.sh BUILD-FOLDER embed|daemon: the program itself, as a user without Xen uses it, with the images that
# tests/lab/guest-images.sh made. Speaks TAP. Runs in mount and process namespaces of its own, so no libvirt of this
# machine is touched and nothing outlives it. Needs root.
set -u
build=$1 through=$2
if [ "${INSIDE:-}" != yes ]; then
    exec env INSIDE=yes unshare --mount --pid --fork --mount-proc --kill-child "$0" "$@"
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/gctl.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
export GUESTCTL_ROOT="$work/root"
g=$build/guestctl
cp "$here"/../../fixtures/guests/*.guest "$work"
for file in linux-any.qcow2 linux-pv-kernel.qcow2 linux-pv.qcow2 linux.qed linux.vmdk linux.vdi linux.vhd boot-sector.raw boot-sector.qcow2; do
    cp --reflink=auto "$build/lab/images/$file" "$build/lab/images/$file.json" "$work"
done
for id in vmlinuz initrd.gz; do
    mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/$id"
    cp --reflink=auto "$build/lab/images/$id" "$GUESTCTL_ROOT/var/lib/guestctl/images/$id/disk"
done
cd "$work" || exit 1

getent passwd libvirt-qemu > /dev/null || useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu
connect=
if [ "$through" = daemon ]; then
    connect='--connect qemu:///system'
    for folder in /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
        mkdir -p "$folder"
        mount -t tmpfs tmpfs "$folder"
    done
    printf 'user = "root"\ngroup = "root"\nstdio_handler = "file"\nnamespaces = [ ]\n' > /etc/libvirt/qemu.conf
    printf 'auth_unix_rw = "none"\nauth_unix_ro = "none"\nunix_sock_group = "root"\n' > /etc/libvirt/libvirtd.conf
    start_daemon() {
        rm -f /run/libvirt/libvirt-sock
        libvirtd -p "$work/libvirtd.pid" > "$work/libvirtd.log" 2>&1 &
        tries=0
        until [ -S /run/libvirt/libvirt-sock ] || [ $tries -ge 100 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
    }
    start_daemon
fi

# shellcheck source=../../tap.sh
. "$here/../../tap.sh"
begin() {
    title="$1, through $through" failures=0
}
# What a guest leaves while it runs: its process, its sockets and state files.
left() {
    pgrep -a 'qemu-system' | cut -c 1-100 | sed 's/^/process /'
    find "$work/root" /run/libvirt /var/lib/libvirt \( -name monitor.sock -o -path '*/qemu/*.xml' -o -path '*/qemu/*.pid' \) \
        ! -name driver.pid ! -path '*/cache/*' 2> /dev/null | sed 's/^/file /'
    find "$GUESTCTL_ROOT/var/lib/guestctl/journal" -type f 2> /dev/null | sed 's/^/journal /'
}
after_each() {
    for try in 1 2 3 4 5 6 7 8 9 10; do
        left > left.txt
        [ -s left.txt ] || return 0
        sleep 0.3
    done
    fail "left behind"
    sed 's/^/#     /' left.txt
    for guest in $("$g" $connect list --names 2> /dev/null); do "$g" $connect destroy "$guest" > /dev/null 2>&1; done
}

# In the background, into a file; a console that does not end by itself ends after 40 s.
show() {
    shown=$1
    : > "$shown"
    shift
    # shellcheck disable=SC2086
    "$g" "$@" --until NEVER --timeout 40 $connect > "$shown" 2>&1 < /dev/null &
}
# Until file $1 has text $2: at most 15 s.
appears() {
    tries=0
    until grep -qF "$2" "$1"; do
        tries=$((tries + 1))
        [ $tries -lt 150 ] || { fail "no $2 in $1"; tap_quote "$1"; return; }
        sleep 0.1
    done
}
# A console that ends because its guest does.
console_ends() {
    start=$(date +%s) status=0
    wait "$1" || status=$?
    took=$(($(date +%s) - start))
    [ $status -eq 10 ] && [ $took -le "$3" ] && grep -q 'its console ended before' "$2" || {
        fail "the console ended with $status after $took s"
        tap_quote "$2"
    }
}

# "NAME STATE" of each check.
check_states() {
    sed -n 's/^ *"name" : "\(.*\)",$/\1/p; s/^ *"state" : "\(.*\)",$/\1/p' "$1" | paste -d ' ' - -
}
# /dev/kvm as another machine has it, over this one's: only in this mount namespace.
with_device() {
    mknod "$work/kvm" c 10 232 && chmod "$1" "$work/kvm" && chgrp "$2" "$work/kvm"
    mount --bind "$work/kvm" /dev/kvm
}
begin "host check: what is known of this machine is told as it is, and what the device is like is seen"
status=0
env -u GUESTCTL_ROOT "$g" host check --json > check.json 2> check.err || status=$?
check_states check.json > states
for name in kvm.device kvm.emulator kvm.libvirt kvm.hvm storage.space; do
    grep -qx "$name ok" states || fail "$name is not ok"
done
grep '^xen\.' states | grep -v '^xen.control' | grep -qv 'not-applicable$' && fail "Xen's checks are made"
# The program's own probe is the judge of whether KVM runs code, /proc/cpuinfo of the flags.
if env -u GUESTCTL_ROOT "$g" host show --json | grep -q '"kvm_works" : true'; then works=ok; else works=broken; fi
grep -qx "kvm.runs $works" states || fail "kvm.runs is not $works"
if grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo || [ $works = ok ]; then flag=ok; else flag=broken; fi
grep -qx "kvm.cpu $flag" states || fail "kvm.cpu is not $flag"
if [ $works = ok ] && [ "$flag" = ok ]; then wanted=0; else wanted=4; fi
grep -q ' broken$' states || wanted=0
[ $status -eq $wanted ] || fail "status $status, not $wanted"
[ $failures -eq 0 ] || sed 's/^/#     /' states check.err
# A group kvm with QEMU's user in it, also only here.
sed '/^kvm:/d' /etc/group > "$work/group"
echo "kvm:x:64999:libvirt-qemu" >> "$work/group"
mount --bind "$work/group" /etc/group
with_device 660 kvm
through_check() { env -u GUESTCTL_ROOT "$g" host check "$@"; }
connect_kept=$connect connect=
expect 0 "/dev/kvm is crw-rw---- root kvm 10, 232: libvirt-qemu can open it" through_check kvm.device kvm.access
umount /dev/kvm
rm "$work/kvm"
with_device 600 root
expect 0 "/dev/kvm is crw------- root root 10, 232" through_check kvm.device
expect 4 "not for the group kvm" through_check kvm.access --strict
umount /dev/kvm
umount /etc/group
rm "$work/kvm"
connect=$connect_kept
end

begin "same.guest: Linux from its metadata to its first line, and its life"
expect 3 "counts from this file's folder" "$g" define same.guest
expect 0 "GUEST-UP" "$g" create same.guest --backend qemu --console --until GUEST-UP --timeout 200
expect 0 "qemu" "$g" list same
expect 0 '"owner" : "guestctl"' "$g" list --json same
expect 0 "hvm" "$g" why same mode
expect 0 "running" "$g" show same
expect 0 "paused" "$g" pause same
expect 0 "paused" "$g" list same
expect 0 "running" "$g" unpause same
expect 0 "tick" "$g" console same --until tick --timeout 60
expect 0 "" "$g" reboot same
expect 0 "GUEST-UP" "$g" console same --until GUEST-UP --timeout 200
expect 0 "tick" "$g" console same --until tick --timeout 60
expect 0 "has shut down" "$g" shutdown --wait --timeout 100 same
expect 5 "same" "$g" show same
end

begin "same-pv.guest: a PV image's kernel booted directly as HVM, and said so"
expect 4 "--strict" "$g" create same-pv.guest --backend qemu --strict
expect 0 "translation" "$g" plan same-pv.guest --backend qemu
expect 0 "GUEST-UP" "$g" create same-pv.guest --backend qemu --console --until GUEST-UP --timeout 200
expect 0 "" "$g" destroy same-pv
end

begin "run: imported, defined, a disk and a seed made, booted, and how to reach it; then all of it deleted"
store=$GUESTCTL_ROOT/var/lib/guestctl
expect 5 'bridge "nobr0" is not there' "$g" run linux-any.qcow2 --name web --memory 256M --net nobr0 --backend qemu
expect 0 "linux-any" "$g" image list --names
expect 5 "no guest" "$g" undefine web
expect 0 "is changed" "$g" image set linux-any --property hw_vif_model=e1000
expect 0 "GUEST-UP" "$g" run linux-any.qcow2 --name web --memory 256M --disk 1G --net user --hostname www --backend qemu --console --until GUEST-UP --timeout 200
grep -qF 'guestctl console web' out || fail "it does not say how to reach the guest"
expect 0 "1G" "$g" disk list web
[ -s "$store/guests/web/seed.iso" ] || fail "there is no seed"
expect 6 "is defined already; start it with: guestctl start web" "$g" run linux-any --name web
expect 0 "" "$g" destroy web
expect 0 "its 1 disk is deleted" "$g" undefine web --disks
expect 0 "is removed" "$g" image remove linux-any
[ ! -e "$store/guests/web" ] || fail "$store/guests/web is left"
end

begin "a guest of type kvm, from a boot sector"
expect 0 "HELLO-GUEST" "$g" create boot-sector.raw --backend kvm --memory 32M --console --until HELLO --timeout 60
expect 0 "kvm" "$g" list boot-sector
expect 0 "kvm" "$g" show boot-sector
expect 0 "tick" "$g" console boot-sector --backend kvm --until tick --timeout 60
for _ in 1 2 3 4 5; do # the command must not end, and libvirt with it, between the reset and the run
    expect 0 "" "$g" reboot boot-sector
    expect 0 "tick" "$g" console boot-sector --backend kvm --until tick --timeout 60
done
expect 0 "has shut down" "$g" shutdown --wait --timeout 60 boot-sector
end

begin "a paused guest is not asked to reboot or to shut down: that is said at once, and it stays paused"
expect 0 "paused" "$g" create boot-sector.raw --name a --memory 32M --hostname a --paused
for command in reboot shutdown "shutdown --wait"; do
    # shellcheck disable=SC2086
    expect 4 'guest "a" is paused and cannot answer; unpause it first with: guestctl unpause a' timeout 10 "$g" $command a
done
expect 0 "paused" "$g" list a
[ -s "$store/guests/a/seed.iso" ] || fail "there is no seed"
expect 0 "" "$g" destroy a
[ ! -e "$store/guests/a/seed.iso" ] || fail "its seed is left"
end

begin "a console that is shown keeps no other command waiting, and ends with its guest"
show one create boot-sector.raw --name a --memory 32M --console
one=$!
appears one HELLO
expect 0 "running" timeout 3 "$g" list a
expect 0 "" timeout 5 "$g" destroy a
console_ends $one one 2
end

begin "two consoles at once; a guest that powers off while neither has the driver is noticed"
# what a process leaves that ends while libvirt removes a guest's files
[ "$through" != embed ] || touch "$GUESTCTL_ROOT/var/lib/guestctl/libvirt/run/qemu/gone.pid"
expect 0 "running" "$g" create boot-sector.raw --name a --memory 32M
expect 0 "running" "$g" create boot-sector.qcow2 --name b --memory 32M
show one console a
one=$!
appears one tick
show two console b
two=$!
appears two tick
: > one
appears one tick
expect 0 "running" timeout 3 "$g" list b
expect 0 "" timeout 3 "$g" shutdown a
console_ends $one one 12
: > two
appears two tick
expect 0 "" timeout 5 "$g" destroy b
console_ends $two two 2
end

begin "a console on a real terminal: raw, left by Ctrl-], and as it was after that and after a signal"
expect 0 "HELLO-GUEST" "$g" create boot-sector.raw --name a --memory 32M --console --until HELLO --timeout 60
expect 0 "PASSED" "$build/tests/kvm/test-kvm-terminal" "$g" console a
expect 0 "" "$g" destroy a
end

for image in linux-any.qcow2 boot-sector.raw; do
    begin "$image: plan prints what libvirt is given, byte for byte"
    "$g" plan "$image" --name same --backend qemu --memory 128M > plan.txt 2> plan.err || { fail "plan"; tap_quote plan.err; }
    awk '/^# step [0-9]+: / { inside = $4 == "create"; next } inside' plan.txt > planned.xml
    LD_PRELOAD=$build/tests/lab/spy.so GUESTCTL_SPY=$work/given.xml \
        expect 0 paused "$g" create "$image" --name same --backend qemu --memory 128M --paused
    [ -s planned.xml ] && cmp planned.xml given.xml || fail "they differ"
    expect 0 "" "$g" destroy same
    end
done

begin "what is missing or wrong is named, with its status, and leaves nothing"
expect 5 "nobr0" "$g" create boot-sector.raw --bridge nobr0
expect 5 "/tmp/none.qcow2" "$g" create /tmp/none.qcow2
expect 5 "/tmp/none" "$g" create boot-sector.raw --kernel /tmp/none
expect 7 "less" "$g" create boot-sector.raw --memory 900T
expect 4 "qemu-img convert" "$g" create linux.vdi
expect 4 "qemu-img convert" "$g" create linux.vhd
expect 4 "hypervisor_type=xen, but this machine runs" "$g" create linux-pv.qcow2
expect 3 "really qcow2" "$g" create linux-any.qcow2 --metadata boot-sector.raw.json
printf '[guest]\nimage = boot-sector.raw\nmachine = nosuchmachine\n' > odd.guest
expect 3 "is machine right? See: qemu-system-x86_64 -machine help" "$g" create odd.guest
printf '[guest]\nimage = boot-sector.raw\ncpu-mode = custom\ncpu-model = Nonsense\n' > odd-cpu.guest
expect 3 "is cpu-model right? See: virsh cpu-models x86_64" "$g" create odd-cpu.guest --backend qemu
printf '[guest]\nimage = boot-sector.raw\ncpu-mode = custom\ncpu-model = qemu64\ncpu-flags = +foo\n' > odd-flag.guest
expect 3 "are cpu-flags right?" "$g" create odd-flag.guest --backend qemu
printf '[guest]\nimage = boot-sector.raw\nmemroy = 32M\n' > typo.guest
expect 3 'did you mean "memory"' "$g" create typo.guest
expect 5 "nothing" "$g" destroy nothing
end

if [ "$through" = embed ]; then
    user=$work/user
    mkdir -p "$user/run"
    cp boot-sector.raw boot-sector.raw.json "$user"
    chown -R nobody "$user"
    as_user() {
        setpriv --reuid nobody --regid nogroup --clear-groups env -u XDG_CONFIG_HOME -u XDG_CACHE_HOME -u XDG_DATA_HOME \
            HOME="$user" XDG_RUNTIME_DIR="$user/run" GUESTCTL_ROOT="$user/root" "$@"
    }
    for uri in qemu:///session embed; do
        begin "a guest of a user who is not root, by $uri"
        as_user test -x "$g" || fail "$g cannot be run by another user"
        expect 0 "HELLO-GUEST" as_user "$g" --connect $uri create "$user/boot-sector.raw" --backend qemu --memory 128M --console --until HELLO --timeout 60
        expect 0 "running" as_user "$g" --connect $uri list boot-sector --backend qemu
        expect 6 "exists already" as_user "$g" --connect $uri create "$user/boot-sector.raw" --backend qemu --memory 128M
        expect 0 "tick" as_user "$g" --connect $uri console boot-sector --backend qemu --until tick --timeout 60
        expect 0 "has shut down" as_user "$g" --connect $uri shutdown --wait --timeout 60 boot-sector --backend qemu
        end
    done
    # libvirt has started it for the user; it would wait for two minutes before it ends.
    [ ! -s "$user/run/libvirt/libvirtd.pid" ] || kill "$(cat "$user/run/libvirt/libvirtd.pid")"

    begin "a libvirt that is not there is said, and the status tells it; what is defined is listed all the same"
    expect 4 "/nonexistent" "$g" list --connect 'qemu+unix:///system?socket=/nonexistent'
    printf '[guest]\nimage = %s\n' "$user/boot-sector.raw" > "$user/webby.guest"
    expect 0 "" as_user "$g" define "$user/webby.guest"
    unreachable() (
        cd "$user" && as_user env XDG_RUNTIME_DIR=relative "$g" list
    )
    expect 4 "only what is defined is listed" unreachable
    grep -q '^webby .*shut off' out || fail "what is defined is not listed as shut off"
    expect 0 "" as_user "$g" undefine webby
    end

    begin "a full disk below libvirt's own files is status 7"
    full=$work/full/var/lib/guestctl/libvirt
    mkdir -p "$full"
    mount -t tmpfs -o size=2M tmpfs "$full"
    expect 0 "" env GUESTCTL_ROOT="$work/full" "$g" create boot-sector.raw --name a --memory 32M --paused
    expect 0 "" env GUESTCTL_ROOT="$work/full" "$g" destroy a
    dd if=/dev/zero of="$full/filler" bs=4k 2> /dev/null
    expect 7 "No space left on device" env GUESTCTL_ROOT="$work/full" "$g" create boot-sector.raw --name a --memory 32M
    grep -q 'libvirt says' out || fail "it does not say what libvirt says"
    rm "$full/filler"
    # libvirt's driver ends each guest whose state it cannot write when it is opened.
    for name in h1 h2; do
        cp boot-sector.raw $name.raw
        cp boot-sector.raw.json $name.raw.json
        expect 0 "" env GUESTCTL_ROOT="$work/full" "$g" create $name.raw --name $name --memory 32M --paused
    done
    pids="$(cat "$full/run/qemu/h1.pid") $(cat "$full/run/qemu/h2.pid")"
    dd if=/dev/zero of="$full/filler" bs=4k 2> /dev/null
    expect 7 "libvirt ends each guest that runs" env GUESTCTL_ROOT="$work/full" "$g" list
    expect 7 "$full/run/qemu: No space left on device" env GUESTCTL_ROOT="$work/full" "$g" create boot-sector.raw --name a --memory 32M
    rm "$full/filler"
    for name in h1 h2; do
        expect 0 "paused" env GUESTCTL_ROOT="$work/full" "$g" list $name
    done
    [ "$(cat "$full/run/qemu/h1.pid") $(cat "$full/run/qemu/h2.pid")" = "$pids" ] || fail "other processes than $pids"
    for pid in $pids; do
        grep -q qemu-system "/proc/$pid/cmdline" || fail "process $pid has ended"
    done
    for name in h1 h2; do
        expect 0 "" env GUESTCTL_ROOT="$work/full" "$g" destroy $name
    done
    umount "$full"
    end

    # QEMU opens them, whichever way libvirt is reached.
    for image in linux.qed linux.vmdk; do
        begin "$image opens and boots"
        expect 0 "GUEST-UP" "$g" create "$image" --name opens --backend qemu --memory 128M --console --until GUEST-UP --timeout 200
        expect 0 "" "$g" destroy opens
        end
    done
fi

begin "a guest that exists is not made twice; of two creates at once one wins"
expect 0 "paused" "$g" create boot-sector.raw --name a --memory 32M --paused
expect 6 'guest "a"' "$g" create boot-sector.raw --name a --memory 32M
expect 0 "" "$g" destroy a
# shellcheck disable=SC2086
"$g" create boot-sector.raw --name a --memory 32M --paused $connect > one 2>&1 &
one=$!
# shellcheck disable=SC2086
"$g" create boot-sector.raw --name a --memory 32M --paused $connect > two 2>&1 &
two=$!
first=0 second=0
wait $one || first=$?
wait $two || second=$?
[ "$first $second" = "0 6" ] || [ "$first $second" = "6 0" ] || { fail "statuses $first and $second"; tap_quote one; tap_quote two; }
expect 0 "" "$g" destroy a
end

begin "a disk that another guest uses is named, with that guest, and nothing is said to have been built"
expect 0 "paused" "$g" create boot-sector.raw --name a --memory 32M --paused
expect 6 'disk vda: '"$work"'/boot-sector.raw is in use by guest "a"' "$g" create boot-sector.raw --name b --memory 128M
! grep -q 'removed again' out || fail "it says that something was built"
# A guest below another root is in another driver: nobody here knows it.
[ "$through" = daemon ] || expect 6 'is in use by another program' env GUESTCTL_ROOT="$work/root/other" "$g" create boot-sector.raw --name b --memory 128M
expect 3 'libvirt says' "$g" create odd.guest
! grep -q 'removed again' out || fail "it says that something was built"
expect 0 "" "$g" destroy a
end

begin "QEMU is told that a disk stands alone"
expect 0 "paused" "$g" create linux-any.qcow2 --name a --memory 128M --paused
tr '\0' '\n' < "/proc/$(pgrep -o qemu-system)/cmdline" | grep -q '"driver":"qcow2".*"backing":null' || fail "no backing:null"
expect 0 "" "$g" destroy a
end

# A create that hangs is ended by signal $1 in good order: status 130, soon; what may be left stays in the journal.
interrupt() {
    # shellcheck disable=SC2086
    "$g" create boot-sector.raw --name a --memory 32M $connect > out 2>&1 < /dev/null &
    pid=$!
    sleep "$2"
    [ -z "${3:-}" ] || kill -STOP "$3"
    sleep 0.7
    start=$(date +%s%N)
    kill "-$1" $pid
    status=0
    wait $pid || status=$?
    took=$((($(date +%s%N) - start) / 1000000))
    [ $status -eq 130 ] && [ $took -lt 3500 ] || {
        fail "status $status after $took ms"
    }
}
# The next command says that it undid a create whose outcome was open.
taken_back() {
    expect 0 "" "$g" list
    if [ -s journals ]; then grep -q 'guest "a": an earlier command was cut off .*; what it had built was removed' out || fail "it does not say what was removed"; fi
    ! grep -q '^a ' out || fail "it is there"
}

for signal in INT TERM; do
    begin "SIG$signal ends a create whose QEMU hangs; the next command takes it back"
    printf '#!/bin/sh\n# %s\nexec sleep 6\n' $signal > hang
    chmod 755 hang
    mount --bind hang /usr/bin/qemu-system-x86_64
    interrupt $signal 0.5
    grep -q 'guest "a": interrupted; this is left and will be tried again by the next command' out || fail "it does not say what is left"
    umount /usr/bin/qemu-system-x86_64
    ls "$GUESTCTL_ROOT/var/lib/guestctl/journal" > journals
    taken_back
    end
done

if [ "$through" = daemon ]; then
    begin "SIGTERM ends a create whose daemon is stopped; once it runs again the next command takes it back"
    daemon=$(cat "$work/libvirtd.pid")
    for s in 0.02 0.05 0.1 0.15 0.2 0.3; do
        interrupt TERM $s "$daemon"
        ls "$GUESTCTL_ROOT/var/lib/guestctl/journal" > journals
        kill -CONT "$daemon"
        taken_back
        sleep 1
        expect 0 "" "$g" list
        ! grep -q '^a ' out || fail "it came after all"
    done
    end

    begin "a create whose daemon dies is taken back once there is a daemon again; a wait ends"
    # It dies while it asks QEMU what it can do: a daemon that dies later can leave a domain that the next one cannot end.
    printf '#!/bin/sh\n# %s\nexec sleep 6\n' dies > hang
    chmod 755 hang
    mount --bind hang /usr/bin/qemu-system-x86_64
    # shellcheck disable=SC2086
    "$g" create boot-sector.raw --name a --memory 32M --paused $connect > out 2>&1 < /dev/null &
    pid=$!
    sleep 1
    kill -9 "$(cat "$work/libvirtd.pid")"
    created=0
    wait $pid || created=$?
    umount /usr/bin/qemu-system-x86_64
    [ $created -eq 10 ] && grep -q 'this is left and will be tried again by the next command: create a: whether it was created cannot be' out || {
        fail "status $created"
    }
    start_daemon
    expect 0 'what it had built was removed' "$g" list
    ! grep -q '^a ' out || fail "it is there"
    truncate -s 1M empty.raw # the firmware finds nothing to boot, and does not listen to the ACPI button
    expect 0 "running" "$g" create empty.raw --name a --memory 128M
    # shellcheck disable=SC2086
    "$g" shutdown --wait a $connect > out 2>&1 < /dev/null &
    pid=$!
    sleep 2
    kill -9 "$(cat "$work/libvirtd.pid")"
    ended=0
    wait $pid || ended=$?
    # on a busy machine it may still ask, before it waits
    [ $ended -eq 10 ] && grep -qE 'has closed the connection|libvirt says: .*Connection reset' out || fail "the wait ended with $ended"
    start_daemon
    expect 0 "" "$g" destroy a
    daemon=$(cat "$work/libvirtd.pid")
    end

    begin "SIGTERM ends a wait, a console and a destroy whose daemon is stopped"
    expect 0 "running" "$g" create empty.raw --name a --memory 128M
    for command in "shutdown --wait a" "console a" "destroy a"; do
        # shellcheck disable=SC2086
        "$g" $command $connect > out 2>&1 < /dev/null &
        pid=$!
        sleep 0.3
        kill -STOP "$daemon"
        sleep 0.2
        start=$(date +%s%N)
        kill -TERM $pid 2> /dev/null
        status=0
        wait $pid || status=$?
        took=$((($(date +%s%N) - start) / 1000000))
        kill -CONT "$daemon"
        # Destroying may have been done before the stop.
        [ $took -lt 3500 ] && { [ $status -eq 130 ] || [ "$command" = "destroy a" ]; } || fail "$command: $status, $took ms"
    done
    "$g" destroy a $connect > /dev/null 2>&1
    end
fi

begin "a create that is killed is undone by the next command"
for s in 0.02 0.1 0.2 0.3 0.5; do
    # shellcheck disable=SC2086
    "$g" create boot-sector.raw --name a --memory 32M $connect > out 2>&1 &
    pid=$!
    sleep $s
    kill -9 $pid 2> /dev/null
    wait $pid 2> /dev/null
    sleep 0.5
    # shellcheck disable=SC2086
    "$g" list $connect > out 2>&1 || fail "list"
    # It had ended before it was killed: then it runs.
    ! grep -q '^a ' out || expect 0 "" "$g" destroy a
done
end

if [ "$through" = embed ]; then
    begin "a create that is killed while QEMU is asked what it can do leaves no QEMU"
    for s in 0.2 0.3 0.4; do
        rm -rf "$GUESTCTL_ROOT/var/lib/guestctl/libvirt/cache"
        "$g" create boot-sector.raw --name a --memory 32M > out 2>&1 &
        pid=$!
        sleep $s
        kill -9 $pid 2> /dev/null
        wait $pid 2> /dev/null
        left | grep -q machine.none && echo "# after $s s it was being asked"
        expect 0 "" "$g" list
        ! grep -q '^a ' out || expect 0 "" "$g" destroy a
    done
    end
fi
echo "1..$number"
[ "$through" != daemon ] || kill "$(cat "$work/libvirtd.pid")"
