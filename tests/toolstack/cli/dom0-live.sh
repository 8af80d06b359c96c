# SPDX-License-Identifier: LGPL-2.1-or-later
# dom0 show, set, pin and restore without a dom0: what is refused, and plans for a recorded one. What they do to a real one:
# tests/xen/real/dom0.sh.
. ./lib.sh
conf=$GUESTCTL_ROOT/etc/guestctl/dom0.conf
# A dom0 with 2 vcpus on 4 CPUs, 1 GiB of 2 at most, as its Xen's line says.
sed -e 's/"memory_kib" : [0-9]*/"memory_kib" : 8388608/' -e 's/"cpus" : [0-9]*/"cpus" : 4/' \
    -e 's/dom0_mem=[^ "]*/dom0_mem=1024M,max:2048M dom0_max_vcpus=2/' "$hosts/xen-4.17.json" >host.json
on="--dry-run --host host.json"

# Not a dom0.
if ! grep -q control_d /proc/xen/capabilities 2>/dev/null; then
    for command in "" show "set memory=1G" pin restore; do
        # shellcheck disable=SC2086
        run dom0 $command
        fails 4 "is for Xen's control domain: "
        err_has "guestctl dom0 plan --host FILE"
    done
    run dom0 show --json
    fails 4 "guestctl-error/1"
fi
run dom0 show --host "$hosts/kvm.json"
fails 2 "dom0 show is about the dom0 that runs here; for a recorded machine there is: guestctl dom0 plan --host"
run dom0 set memory=1G --dry-run --host "$hosts/kvm.json"
fails 4 "dom0 set is for Xen's control domain"
run dom0 set memory=1536M --host host.json
fails 2 "dom0 set: --host is for planning: add --dry-run"

# Words.
run dom0 set
fails 2 "dom0 set: an argument is missing; usage: guestctl dom0 set KEY=VALUE|policy..."
run dom0 set memroy=1G $on
fails 2 'dom0 set: key "memroy" is not known; did you mean "memory"?'
run dom0 set memory=1024 $on
fails 2 'dom0 set: memory: size "1024" is not understood: write a whole number and one of K, M, G, T'
run dom0 set memory $on
fails 2 "dom0 set: memory has no value; write memory=VALUE"
run dom0 set vcpus=0 $on
fails 2 'dom0 set: vcpus: "0" is not a whole number from 1 to 4096'
run dom0 set cap=1 cap=2 $on
fails 2 "dom0 set: cap is given twice"
run dom0 set pin=3-1 $on
fails 2 'dom0 set: pin: CPU list "3-1": a range ends before it begins'
run dom0 pin yes $on
fails 2 "dom0 pin: too many arguments"
run list --persist
fails 2 "list takes no --persist (it belongs to dom0 set, dom0 pin)"

# What is not safe, with what would be.
run dom0 set memory=200M $on
fails 7 "dom0: memory=200M: with less than 256M its Linux may not run; the least that is taken now is 256M"
run dom0 set memory=3G $on
fails 7 "dom0: memory=3072M: it was started with 2048M at most (max: of dom0_mem)"
run dom0 set vcpus=3 $on
fails 3 "dom0: vcpus=3: it was started with 2 at most (dom0_max_vcpus)"
run dom0 set pin=2-4 $on
fails 3 'dom0: pin=2-4: CPU 4 is not there: its cpupool "Pool-0" has CPUs 0-3'
run dom0 set cap=1 $on
fails 3 "dom0: cap=1: with less than one CPU in all it may not serve its guests' disks and networks, nor take back the cap; the least that is taken is 100"
run dom0 set cap=201 $on
fails 3 "dom0: cap=201: credit2 takes 0 (none) to 200, which is all of its 2 vcpus"

# Plans.
run dom0 set memory=1536M vcpus=1 pin=0-2,^1 weight=512 cap=150 $on
works
printf '# step 1: tune-dom0 weight\nweight=512\nwas=256\n# step 2: tune-dom0 cap\ncap=150\nwas=0\n# step 3: tune-dom0 vcpus\nvcpus=1\nwas=2\n' >wanted
printf '# step 4: tune-dom0 pin\npin=0,2 0,2\nwas=all all\n# step 5: tune-dom0 memory\nmemory=1536M\nwas=1024M\n' >>wanted
cmp -s wanted "$work/out" || complain "the plan is another: $(diff wanted "$work/out" | head -5)"
run dom0 set memory=512M $on
works
err_has "memory=512M is less than the policy's 1024M for this machine (guestctl dom0 plan)"
run dom0 set memory=1G pin=0-3 $on
works
out_has "dom0 is so already; nothing would be done"
run dom0 pin --json $on
works
is_json guestctl-plan
out_has 'pin=0 1\nwas=all all\n'
# The policy has 4 vcpus; dom0 can have 2, and the file keeps what the policy says.
run dom0 set policy memory=1280M --persist $on
works
err_has "vcpus: 4 are more than dom0 was started with (2): only guestctl grub apply and a reboot give it those"
out_has "memory=1280M"
out_has "write-file $conf"
out_has "vcpus = 4"
# An empty line leaves dom0 nearly all; what Xen keeps is nobody's to give.
sed 's/dom0_mem=[^ "]*//' host.json >empty.json
run dom0 set memory=9G --dry-run --host empty.json
status_is 7
err_has "the most that is taken now is 8"
! grep -q "8192M" "$work/err" || complain "the whole machine is offered"
run dom0 set memory=1G --dry-run --host empty.json
works
err_has "memory=1024M: what dom0's Linux uses is not known here"
run dom0 set pin=0 weight=3 cap=100 $on
works
err_has "pin=0: 2 vcpus share 1 CPU, and wait for each other"
err_has "weight=3: a guest has 256 unless it says otherwise"
err_has "cap=100: dom0 has no more even while CPUs are idle"
root_is_untouched

# dom0.conf.
run dom0 restore $on
works
err_has "$conf keeps nothing: dom0 stays as Xen's line made it"
mkdir -p "${conf%/*}"
printf '# ours\n[dom0]\nmemory = 4G # much\nweight = 300\n' >"$conf"
run dom0 restore $on
works
err_has "memory: 4096M is more than dom0 was started with at most (2048M): only guestctl grub apply and a reboot give it that"
out_has "memory=2048M"
out_has "weight=300"
sed -i 's/4G/1536M/' "$conf"
run dom0 restore $on
works
err_has "memory: Xen's line gave dom0 1024M at first and a maximum of 2048M; that it has 1536M from its first instant, and as its maximum, does: guestctl grub apply"
sed -i 's/1536M/4G/' "$conf"
run dom0 set weight=3 --persist $on
works
out_has "$(printf '# ours\n[dom0]\nmemory = 4G # much\nweight = 3\n')"
printf '[dom0]\nwieght = 300\n' >"$conf"
run dom0 restore $on
fails 3 "dom0.conf:2: key \"wieght\" is not known; did you mean \"weight\"?"
rm -r "$GUESTCTL_ROOT/etc"
root_is_untouched

# Every daemon that starts guests by itself waits for restore.
what="data/guestctl-dom0.service.in"
for unit in xendomains libvirtd virtxend libvirt-guests; do
    grep -q "^Before=.*\b$unit\.service" "$SCHEMAS/../../$what" || complain "not before $unit.service"
done
end
