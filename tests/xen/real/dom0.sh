#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0, by dom0-run.sh: change it while it runs, as an administrator does, and read back by xl, xenstore and Linux
# itself. Run again after the machine's reset: what was kept is there again. Speaks TAP.
g=$(sed -n "s/^ExecStart=\([^ ]*\).*/\1/p" guestctl-dom0.service)
mark=/root/rebooted
# shellcheck source=../../tap.sh
. ./tap.sh

# is WHAT WANTED GOT
is() {
    if [ "$2" = "$3" ]; then echo "#   $1: $3"; else fail "$1 is $3, not $2"; fi
}
# is_json FORMAT: what was said is one document of it.
is_json() {
    ./json-check "$1-1.json" < out > check 2>&1 || fail "no $1/1: $(cat check)"
}
memory() { xl list 0 | awk 'NR == 2 { print $3 }'; }
vcpus() { xl list 0 | awk 'NR == 2 { print $4 }'; }
total() { awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo; }
free_memory() { xl info | awk '/^free_memory/ { print $3 }'; }
target() { xenstore-read /local/domain/0/memory/target; }
# Hard affinities of all vcpus, then which are on a CPU: "0,1 online,offline".
pins() { xl vcpu-list 0 | awk 'NR > 1 { pin = pin s $(NF - 2); s = "," } END { print pin }'; }
online() { xl vcpu-list 0 | awk 'NR > 1 { n += $4 != "-" } END { print n }'; }
sched() { xl sched-credit2 -d 0 | awk '$1 == "Domain-0" { print $3 "/" $4 }'; }
all_of_it() { echo "$(memory) $(target) $(online) $(pins) $(sched)"; }

part_memory() {
    begin "memory goes down and up, and Linux, xl and xenstore agree"
    at_first=$(total) free_at_first=$(free_memory)
    is "xl's memory" 1024 "$(memory)"
    expect 0 "memory  1024M  700M" $g dom0 set memory=700M
    is "xl's memory" 700 "$(memory)"
    is "xenstore's target" 716800 "$(target)"
    is "MemTotal is less by" 324 $((at_first - $(total)))
    is "Xen has more free memory by" 324 $(($(free_memory) - free_at_first))
    expect 0 "not as Xen's line, the policy" $g dom0 show
    expect 0 "memory  700M  1024M" $g dom0 set memory=1024M
    is "xl's memory" 1024 "$(memory)"
    is "MemTotal" "$at_first" "$(total)"
    expect 0 "dom0 is so already" $g dom0 set memory=1G
    end
    begin "memory grows over what dom0 started with, up to its maximum"
    expect 0 "memory  1024M  1280M" $g dom0 set memory=1280M
    is "xl's memory" 1280 "$(memory)"
    is "MemTotal is more by" 256 $(($(total) - at_first))
    expect 0 "memory  1280M  1024M" $g dom0 set memory=1024M
    end
    begin "memory that xl has limited can be raised again"
    xl mem-set 0 800
    expect 0 "1024M" $g dom0 set memory=1024M
    is "xl's memory" 1024 "$(memory)"
    end
}

part_vcpus() {
    begin "a vcpu goes and comes back, without udev"
    expect 0 "vcpus  2    1" $g dom0 set vcpus=1
    is "xl's vcpus" 1 "$(vcpus)"
    is "on a CPU" 1 "$(online)"
    is "Linux's CPUs" 0 "$(cat /sys/devices/system/cpu/online)"
    expect 0 "vcpus  1    2" $g dom0 set vcpus=2
    is "xl's vcpus" 2 "$(vcpus)"
    is "Linux's CPUs" 0-1 "$(cat /sys/devices/system/cpu/online)"
    end
    begin "vcpus are pinned, to one CPU each, to a list, and freed"
    is "pins" all,all "$(pins)"
    expect 0 "pin   no   yes" $g dom0 pin
    is "pins" 0,1 "$(pins)"
    expect 0 "pin   yes  1" $g dom0 set pin=0-1,^0
    is "pins" 1,1 "$(pins)"
    expect 0 "pin   1    no" $g dom0 set pin=no
    is "pins" all,all "$(pins)"
    end
    begin "weight and cap"
    expect 0 "weight  256  512" $g dom0 set weight=512 cap=150
    is "weight/cap" 512/150 "$(sched)"
    expect 0 '"is" : "0"' $g dom0 set weight=256 cap=0 --json
    is_json guestctl-dom0-set
    is "weight/cap" 256/0 "$(sched)"
    end
}

part_refusals() {
    begin "what is refused leaves all as it was"
    before=$(all_of_it)
    expect 7 "the least that is taken now is" $g dom0 set memory=64M
    expect 7 "must keep 128 MiB to spare" $g dom0 set memory=256M
    expect 7 "it was started with 1280M at most" $g dom0 set memory=2G
    expect 3 "it was started with 2 at most" $g dom0 set vcpus=3
    expect 2 '"0" is not a whole number' $g dom0 set vcpus=0
    expect 3 'CPU 2 is not there: its cpupool "Pool-0" has CPUs 0-1' $g dom0 set pin=0-2
    expect 3 "credit2 takes 0 (none) to 200" $g dom0 set cap=201
    expect 7 "memory=2048M" $g dom0 set weight=900 vcpus=1 pin=yes memory=2G
    expect 0 "memory=700M" $g dom0 set memory=700M vcpus=1 --dry-run
    is "all of it" "$before" "$(all_of_it)"
    end
    begin "a step that fails takes the earlier ones back"
    mkdir -p /etc/guestctl
    mount -t tmpfs -o ro none /etc/guestctl
    expect 8 "what had been changed was put back" $g dom0 set weight=900 pin=yes memory=900M --persist
    umount /etc/guestctl
    is "all of it" "$before" "$(all_of_it)"
    end
}

# Until the journal has so many lines: the plan, then one when a step begins and one when it is done.
until_journal_has() {
    lines=0
    while [ "$lines" -lt "$1" ] && [ -d "/proc/$pid" ]; do
        lines=0
        { while read -r _; do lines=$((lines + 1)); done < /var/lib/guestctl/journal/Domain-0.journal; } 2> /dev/null
    done
}

part_others() {
    begin "who is not root is told so, and so is who stops a change with Ctrl-C"
    chmod 755 /root 2> /dev/null
    expect 8 "run this as root" setpriv --reuid 65534 --regid 65534 --clear-groups $g dom0 show
    $g dom0 set weight=600 memory=330M > interrupted.out 2>&1 &
    pid=$!
    while [ "$(target)" = 1048576 ] && [ -d "/proc/$pid" ]; do :; done
    kill -TERM "$pid" 2> /dev/null
    status=0
    wait "$pid" || status=$?
    sed 's/^/#     /' interrupted.out
    if [ "$status" -eq 130 ]; then
        grep -q 'interrupted; what had been changed was put back' interrupted.out || fail "it does not say what was put back"
    else
        is "the status of one that had come to its end" 0 "$status"
        $g dom0 set memory=1024M weight=256
    fi
    is "xl's memory, weight/cap" "1024 256/0" "$(memory) $(sched)"
    end
}

part_at_once() {
    begin "two at once: the second is told who is at work"
    $g dom0 set memory=500M > first.out 2>&1 &
    pid=$!
    until_journal_has 2
    expect 6 "is in use by process $pid (guestctl dom0 set)" $g dom0 set memory=900M
    wait "$pid" || fail "the first one failed"
    is "xl's memory" 500 "$(memory)"
    expect 0 "" $g dom0 set memory=1024M
    end
    begin "killed in the middle: dom0 show tells it, and the next change puts it back"
    $g dom0 set weight=700 memory=400M > killed.out 2>&1 &
    pid=$!
    until_journal_has 4
    kill -9 "$pid"
    wait "$pid"
    is "weight/cap" 700/0 "$(sched)"
    expect 0 "a change of dom0 has begun and not ended (1 of 2 steps are done)" $g dom0 show
    grep -q '^weight *700' out || fail "dom0 show has not the weight that is there"
    expect 0 "what it had changed was put back" $g dom0 set cap=100
    is "weight/cap" 256/100 "$(sched)"
    is "xl's memory" 1024 "$(memory)"
    expect 0 '"unfinished" : false' $g dom0 show --json
    is_json guestctl-dom0-show
    expect 0 "" $g dom0 set cap=0
    end
}

# The moment may be any: what counts is that either all of it was done or the next command takes it back, and that
# dom0 show says which.
part_killed_later() {
    begin "killed while the memory moves: it is told, and put back"
    $g dom0 set weight=600 memory=330M > killed.out 2>&1 &
    pid=$!
    while [ "$(target)" = 1048576 ] && [ -d "/proc/$pid" ]; do :; done
    kill -9 "$pid" 2> /dev/null
    wait "$pid"
    if [ -e /var/lib/guestctl/journal/Domain-0.journal ]; then
        expect 0 "a change of dom0 has begun and not ended (1 of 2 steps are done)" $g dom0 show
        grep 'memory moves, or cannot: .* MiB of the 330 that are asked for' out > /dev/null || is "xl's memory" 330 "$(memory)"
        expect 0 "what it had changed was put back" $g dom0 set cap=0
    else
        echo "#   it had come to its end"
        expect 0 "memory     330M" $g dom0 show
        expect 0 "" $g dom0 set memory=1024M weight=256
    fi
    is "xl's memory, weight/cap" "1024 256/0" "$(memory) $(sched)"
    end
}

part_keep() {
    begin "--persist keeps it, and comments stay"
    expect 0 "keeps nothing" $g dom0 restore
    printf '# ours\n[dom0]\n# tested in May\nweight = 300\n' > /etc/guestctl/dom0.conf
    expect 0 "memory  1024M  768M" $g dom0 set memory=768M vcpus=1 pin=yes weight=512 cap=180 --persist
    is "the file" "# ours|[dom0]|# tested in May|weight = 512|memory = 768M|vcpus = 1|pin = yes|cap = 180|" "$(tr '\n' '|' < /etc/guestctl/dom0.conf)"
    expect 0 "dom0.conf says so" $g dom0 plan
    kept=$(all_of_it)
    echo "$kept" > "$mark"
    end
}

# The line of the unit, as systemd would run it.
part_restored() {
    begin "after a reboot of the machine the unit's line makes dom0 what was kept"
    is "all of it, as Xen's line made it" "1024 2 all,all 256/0" "$(memory) $(online) $(pins) $(sched)"
    line=$(sed -n 's/^ExecStart=//p' guestctl-dom0.service)
    # shellcheck disable=SC2086
    expect 0 "from its first instant, and as its maximum, does: guestctl grub apply" $line
    is "all of it" "$(cat "$mark")" "$(all_of_it)"
    # shellcheck disable=SC2086
    expect 0 "dom0 is so already" $line
    printf '[dom0]\nmemory = 2G\nvcpus = 4\n' > /etc/guestctl/dom0.conf
    expect 0 "4 are more than dom0 was started with (2): only guestctl grub apply and a reboot" $g dom0 restore
    is "memory, vcpus" "1280 2" "$(memory) $(online)"
    end
}

if [ -e "$mark" ]; then
    number=13
    part_restored
    exit 0
fi
install -D guestctl "$g"
part_memory
part_vcpus
part_refusals
part_others
part_at_once
part_killed_later
part_keep
sync
busybox reboot -f
sleep 60
echo "not ok - the machine does not reboot"
