#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: the program itself, as an administrator uses it, with the images that tests/lab/guest-images.sh made.
# Speaks TAP. Arguments: the parts to run; all when there are none.
. ./lib.sh
g=$PWD/guestctl
export GUESTCTL_ROOT=/tmp/root
after_each() { nothing_left "$title"; }
uptime_s() { cut -d ' ' -f 1 /proc/uptime; }

# The image store: what kernel_id and ramdisk_id of the metadata name.
for id in vmlinuz initrd.gz; do
    mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/images/$id"
    ln -sf "$PWD/$id" "$GUESTCTL_ROOT/var/lib/guestctl/images/$id/disk"
done

# create IMAGE to its first line, then the whole life. With "short": no pause and no reboot.
life() {
    image=$1 mode=$2 how=${3:-full}
    name=${image%.*}
    begin "$image: $mode Linux from its metadata to its first line, and its life"
    start=$(uptime_s)
    expect 0 "GUEST-UP mode=$mode" "$g" create "$image" --memory 128M --console --until GUEST-UP --timeout 400
    echo "# first line after $(echo "$(uptime_s) $start" | awk '{ print $1 - $2 }') s of dom0's time"
    expect 0 "$name" "$g" list "$name"
    expect 0 '"owner" : "guestctl"' "$g" list --json "$name"
    expect 0 "$mode" "$g" why "$name" mode
    expect 0 running "$g" show "$name"
    if [ "$how" = full ]; then
        expect 0 paused "$g" pause "$name"
        expect 0 paused "$g" list "$name"
        expect 0 running "$g" unpause "$name"
        expect 0 "" "$g" reboot "$name"
        expect 0 "GUEST-UP mode=$mode" "$g" console "$name" --until GUEST-UP --timeout 400
        expect 0 "$mode" "$g" why "$name" mode
    fi
    expect 0 "has shut down" "$g" shutdown --wait --timeout 200 "$name"
    expect 5 "$name" "$g" show "$name"
    end
}

part_life() {
    life linux-pv.qcow2 pv
    life linux-pvh.qcow2 pvh
    begin "same-pv.guest: the file and the image that tests/kvm/real runs on QEMU; it reboots itself and is built again"
    expect 0 "GUEST-UP mode=pv" "$g" create same-pv.guest --console --until GUEST-UP --timeout 300
    expect 0 "pv" "$g" why same-pv mode
    printf 'reboot\n' | timeout 100 "$g" console same-pv > out 2>&1 || fail "console"
    expect 0 "reboot" "$g" list same-pv
    expect 0 "" "$g" reboot same-pv
    expect 0 "GUEST-UP mode=pv" "$g" console same-pv --until GUEST-UP --timeout 300
    expect 0 "has shut down" "$g" shutdown --wait --timeout 100 same-pv
    end
}

part_hvm() {
    life linux-hvm.qcow2 hvm short
    begin "an HVM guest from a vhd disk" # Linux from one: storage.sh formats
    qemu-img convert -f raw -O vpc boot-sector.raw boot.vhd
    expect 0 "HELLO-GUEST" "$g" create boot.vhd --mode hvm --memory 16M --console --until HELLO --timeout 200
    expect 0 "" "$g" destroy boot
    end
    # The same file and image as tests/kvm/real; rebooted while it is up.
    begin "same.guest: HVM, from the file and the image that tests/kvm/real runs on QEMU, and a reboot"
    expect 0 "GUEST-UP mode=hvm" "$g" create same.guest --console --until GUEST-UP --timeout 500
    expect 0 "" "$g" reboot same
    expect 0 "running" "$g" list same
    expect 0 "" "$g" destroy same
    end
}

# What plan prints is what libxl is handed, to the byte.
part_bytes() {
    for image in linux-pv.qcow2 linux-pvh.qcow2 linux-hvm.qcow2; do
        begin "$image: plan prints what libxl is given, byte for byte"
        "$g" plan "$image" --name same --bridge xenbr0 --memory 128M > plan.txt 2>&1 || { fail "plan"; tap_quote plan.txt; }
        awk '/^# step [0-9]+: / { inside = $4 == "create"; next } inside' plan.txt > planned.json
        LD_PRELOAD=$PWD/spy.so GUESTCTL_SPY=$PWD/given.json \
            expect 0 paused "$g" create "$image" --name same --bridge xenbr0 --memory 128M --paused
        # Equal sums are equal bytes; dom0 has no cmp.
        [ -s planned.json ] && [ "$(md5sum < planned.json)" = "$(md5sum < given.json)" ] || fail "they differ"
        expect 0 "" "$g" destroy same
        end
    done
}

# The keys of a saved host and those values that do not depend on the machine's size: no list's members (what a CPU
# has is the emulator's business), no prose of reasons, no last number of a version.
host_facts() {
    grep ' : ' "$1" | sed -E '/"(cpus|memory_kib|free_memory_kib|[a-z_]*reason)" : /s/ : .*//
        s/("[a-z]*_?version" : "[0-9]+\.[0-9]+)[^"]*/\1/; s/("toolstack" : "[0-9]+\.[0-9]+)[^"]*/\1/'
}

part_host() {
    begin "host save: the recorded Xen host of the tests still is what is recorded here"
    expect 0 "" "$g" host save "$RESULTS/xen-4.17.json"
    host_facts "$RESULTS/xen-4.17.json" > now
    host_facts xen-4.17.json > recorded
    if [ ! -s now ] || [ "$(cat now)" != "$(cat recorded)" ]; then
        fail "it is another"
        grep -vxFf recorded now | sed 's/^/# now: /'
        grep -vxFf now recorded | sed 's/^/# recorded: /'
        echo "# record it again with: UPDATE_GOLDEN=1 tests/xen/real/run.sh BUILD-FOLDER host"
    fi
    end

    begin "a plan for the saved host is the plan that is made on it"
    for image in linux-pv.qcow2 linux-pvh.qcow2 linux-hvm.qcow2; do
        "$g" plan "$image" > here 2>&1 || fail "plan here"
        "$g" plan "$image" --host "$RESULTS/xen-4.17.json" > there 2>&1 || fail "plan there"
        [ -s here ] && [ "$(cat there)" = "$(cat here)" ] || { fail "they differ: $image"; tap_quote there; }
    done
    end
}

# "NAME STATE" of each check, from JSON.
check_states() {
    sed -n 's/^ *"name" : "\(.*\)",$/\1/p; s/^ *"state" : "\(.*\)",$/\1/p' "$1" | paste -d ' ' - -
}

part_check() {
    begin "host check: a good dom0 is called good, by the hypervisor's own words and its services"
    status=0
    env -u GUESTCTL_ROOT "$g" host check --json > check.json 2> check.err || status=$?
    check_states check.json > states
    env -u GUESTCTL_ROOT "$g" host check -v 2>&1 | cut -c 1-200 | sed 's/^/#     /'
    [ "$status" -eq 0 ] || fail "status $status: $(cat check.err)"
    for name in xen.control xen.version xen.libvirt xen.hap xen.dom0-memory xen.xenstored xen.xenconsoled xen.toolstacks backend network.bridge; do
        grep -qx "$name ok" states || fail "$name is not ok"
    done
    # The emulated machine has no IOMMU, and nothing here is Linux' own KVM.
    grep -qx "xen.iommu warning" states || fail "xen.iommu does not warn"
    if grep '^kvm' states | grep -qv 'not-applicable$'; then fail "KVM's checks are made on Xen"; fi
    end

    begin "host check: xenconsoled that has died is broken, xl's watcher is a warning, and both are seen to go"
    console=$(pgrep -o xenconsoled)
    kill "$console"
    for try in 1 2 3 4 5 6 7 8 9 10; do [ -d "/proc/$console" ] || break; sleep 0.3; done
    expect 4 "no process xenconsoled" env -u GUESTCTL_ROOT "$g" host check xen.xenconsoled
    expect 4 "systemctl enable --now xen" env -u GUESTCTL_ROOT "$g" host check xen.xenconsoled
    xenconsoled --log=all --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid
    expect 0 "xenconsoled runs" env -u GUESTCTL_ROOT "$g" host check xen.xenconsoled
    printf 'name="x1"\ntype="pv"\nkernel="%s"\nmemory=32\n' /usr/lib/grub-xen/grub-x86_64-xen.bin > x1.cfg
    expect 0 "" xl create x1.cfg
    expect 0 "xl, which watches a guest of its own" env -u GUESTCTL_ROOT "$g" host check xen.toolstacks
    expect 4 "xen.toolstacks" env -u GUESTCTL_ROOT "$g" host check xen.toolstacks --strict
    expect 0 "" xl destroy x1
    sleep 1
    expect 0 "no other toolstack runs" env -u GUESTCTL_ROOT "$g" host check xen.toolstacks
    end
}

# Wait until the terminal has shown a text.
shows() {
    for try in $(seq 100); do
        ! grep -qF -e "$1" shown || return 0
        sleep 0.2
    done
    fail "the terminal has not shown: $1"
}

part_terminal() {
    begin "console on a terminal: raw while it shows, what is typed reaches the guest, and Ctrl-] leaves it"
    expect 0 "GUEST-UP mode=pvh" "$g" create linux-pvh.qcow2 --memory 128M --console --until GUEST-UP --timeout 400
    cat > on-terminal.sh << SCRIPT
tty > tty
stty -a > before
$g console linux-pvh
echo "left, status \$?"
stty -a > after
SCRIPT
    mkfifo keys
    : > shown
    script -qefc "sh ./on-terminal.sh" shown < keys > typescript 2>&1 &
    pid=$!
    exec 3> keys
    shows "Ctrl-] leaves it"
    printf 'hello' >&3
    for try in $(seq 50); do
        stty -a -F "$(cat tty)" > during
        ! grep -q -e '-icanon' during || break
        sleep 0.2
    done
    grep -q -e '-icanon' during && grep -q -e '-echo ' during && grep -q -e '-isig' during || { fail "not raw"; tap_quote during; }
    printf '\r' >&3
    shows "echo: hello"
    printf '\035' >&3 # without a line's end: only a raw terminal hands it on
    shows "left, status 0"
    exec 3>&-
    wait $pid || fail "the console failed"
    grep -q -e ' icanon' before && [ "$(cat before)" = "$(cat after)" ] || { fail "the terminal was not given back as it was"; tap_quote after; }
    tr -d '\000-\010\013-\037' < shown | tail -n 8 | cut -c 1-200 | sed 's/^/#     /'
    expect 0 running "$g" list linux-pvh
    expect 0 "has shut down" "$g" shutdown --wait --timeout 200 linux-pvh
    rm -f keys
    end
}

# What Xen tells a domain about CPUID: the third register (ecx) of leaf 1, where rdrand is bit 30 and
# cx16 bit 13.
cpuid_ecx() { # DOMAIN LEAF
    xen-cpuid -p "$1" | sed -n "s/^ *$2:[0-9a-f]* -> [0-9a-f]*:[0-9a-f]*:\([0-9a-f]*\):.*/0x\1/p" | head -n 1
}

part_cpu() {
    begin "cpu-model and watchdog: Xen hides what the model lacks, Linux runs on it, why tells both"
    printf '[guest]\nimage = linux-pvh.qcow2\nmemory = 128M\ncpu-model = kvm64\nwatchdog = pause\n' > model.guest
    expect 0 "GUEST-UP mode=pvh" "$g" create model.guest --console --until GUEST-UP --timeout 400
    expect 0 "Xen has no CPU models: a CPUID policy hides what kvm64 does not have" "$g" why model cpu-model
    expect 0 "Xen has no watchdog card" "$g" why model watchdog
    expect 0 '"on_watchdog": "preserve"' xl list -l model
    printf '[guest]\nkernel = vmlinuz\nvm-mode = pvh\nmemory = 128M\n' > plain.guest # the disk is the other's
    expect 0 "paused" "$g" create plain.guest --paused
    with=$(cpuid_ecx "$(xl domid plain)" 00000001) without=$(cpuid_ecx "$(xl domid model)" 00000001)
    echo "# leaf 1 ecx: $with as it is, $without with kvm64"
    [ $((with & 0x40000000)) -ne 0 ] || fail "rdrand is not there without a model"
    [ "$without" ] && [ $((without & 0x40000000)) -eq 0 ] || fail "rdrand is there with kvm64"
    [ $((without & 0x2000)) -ne 0 ] || fail "cx16, which kvm64 has, is gone"
    expect 0 "" "$g" destroy plain
    expect 0 "has shut down" "$g" shutdown --wait --timeout 200 model
    end

    begin "cpu-model of an HVM guest: Xen takes the policy"
    printf '[guest]\nimage = linux-hvm.qcow2\nmemory = 128M\ncpu-model = qemu64\n' > hvm.guest
    expect 0 paused "$g" create hvm.guest --paused
    without=$(cpuid_ecx "$(xl domid hvm)" 00000001)
    echo "# leaf 1 ecx: $without with qemu64"
    [ "$without" ] && [ $((without & 0x40000000)) -eq 0 ] || fail "rdrand is there with qemu64"
    expect 0 "" "$g" destroy hvm
    end
}

part_faults() {
    begin "what is missing or wrong is named, with its status, and leaves nothing"
    expect 5 'nobr0' "$g" create linux-pv.qcow2 --memory 128M --bridge nobr0
    expect 5 '/tmp/none.qcow2' "$g" create /tmp/none.qcow2
    expect 5 '/tmp/none' "$g" create linux-pv.qcow2 --kernel /tmp/none
    expect 7 'less memory' "$g" create linux-pv.qcow2 --memory 2500M
    expect 7 'more than this whole machine has' "$g" create linux-pv.qcow2 --memory 8G
    expect 4 'qemu-img convert' "$g" create linux.vmdk --mode pv
    cp linux-pv.qcow2.json arm.json && sed -i 's/x86_64/aarch64/' arm.json
    expect 4 'aarch64, but this machine is x86_64' "$g" create linux-pv.qcow2 --metadata arm.json
    expect 4 'hypervisor_type=kvm, but this machine runs Xen' "$g" create linux-kvm.qcow2
    expect 3 'really qcow2' "$g" create linux-pv.qcow2 --metadata linux-pv.raw.json
    expect 4 '--backend kvm: it cannot be used here: QEMU is not installed' "$g" create linux.qcow2 --backend kvm
    expect 3 'none that this kind of guest can boot' "$g" create linux-pv.qcow2 --kernel initrd.gz --memory 128M
    expect 5 'nothing' "$g" destroy nothing
    expect 2 'did you mean' "$g" craete linux-pv.qcow2
    end

    begin "a guest that exists is not made twice"
    expect 0 paused "$g" create linux-pv.qcow2 --name a --memory 128M --paused
    expect 6 'guest "a"' "$g" create linux-pv.qcow2 --name a --memory 128M
    expect 0 paused "$g" list a
    expect 0 "" "$g" destroy a
    end

    begin "xl's guests are listed as xl's, and not touched without --force; dom0 never"
    printf 'name="x1"\ntype="pv"\nkernel="%s"\nmemory=32\n' /usr/lib/grub-xen/grub-x86_64-xen.bin > x1.cfg
    expect 0 "" xl create x1.cfg
    expect 0 'xl' "$g" list x1
    expect 8 'xl' "$g" destroy x1
    expect 8 '' "$g" pause x1
    expect 0 'x1' "$g" list x1
    expect 0 '' "$g" destroy --force x1
    expect 8 '' "$g" destroy --force Domain-0
    end
}

part_crash() {
    begin "two creates of one name at once: one wins, one is told"
    "$g" create linux-pv.qcow2 --name a --memory 128M --paused > one 2>&1 &
    one=$!
    "$g" create linux-pv.qcow2 --name a --memory 128M --paused > two 2>&1 &
    two=$!
    first=0 second=0
    wait $one || first=$?
    wait $two || second=$?
    sed 's/^/#     /' one two
    [ "$first $second" = "0 6" ] || [ "$first $second" = "6 0" ] || fail "statuses $first and $second"
    expect 0 "" "$g" destroy a
    end

    begin "a create that is killed is undone by the next command"
    for s in 0.1 0.3 0.6 1 1.5; do
        "$g" create linux-pv.qcow2 --name a --memory 128M --bridge xenbr0 > out 2>&1 &
        pid=$!
        sleep $s
        if kill -9 $pid 2> /dev/null; then
            wait $pid
            sleep 1
            "$g" list > out 2>&1 || fail "list"
            sed 's/^/#     /' out
            # It had ended before it was killed: then it runs.
            grep -q '^a ' out && expect 0 "" "$g" destroy a
        else
            wait $pid
            expect 0 "" "$g" destroy a
        fi
        nothing_left "a kill after $s s"
        [ -z "$(ls $GUESTCTL_ROOT/var/lib/guestctl/journal)" ] || fail "a journal is left"
    done
    end

    begin "Ctrl-C undoes a create"
    for s in 0.2 0.5 1; do
        "$g" create linux-pv.qcow2 --name a --memory 128M --bridge xenbr0 > out 2>&1 &
        pid=$!
        sleep $s
        kill -TERM $pid 2> /dev/null
        status=0
        wait $pid || status=$?
        sed 's/^/#     /' out
        case $status in
        130) ;;
        0) expect 0 "" "$g" destroy a ;;
        *) fail "status $status" ;;
        esac
        nothing_left "Ctrl-C after $s s"
    done
    end

    begin "a reboot that is killed is finished by the next command"
    expect 0 "GUEST-UP" "$g" create linux-pvh.qcow2 --memory 128M --console --until GUEST-UP --timeout 300
    "$g" reboot linux-pvh > out 2>&1 &
    pid=$!
    sleep 3
    kill -9 $pid 2> /dev/null
    wait $pid
    # The guest may still be on its way down: the next commands find its end.
    for try in 1 2 3 4 5 6 7 8; do
        "$g" list linux-pvh > out 2>&1
        sed 's/^/#     /' out
        [ "$(ls $GUESTCTL_ROOT/var/lib/guestctl/journal)" ] || break
        sleep 2
    done
    expect 0 linux-pvh "$g" list linux-pvh
    expect 0 "" "$g" destroy linux-pvh
    end
}

[ $# -gt 0 ] || set -- host check life hvm bytes terminal cpu faults crash
for part; do "part_$part"; done
echo "1..$number"
