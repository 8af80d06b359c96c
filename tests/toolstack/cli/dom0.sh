# SPDX-License-Identifier: LGPL-2.1-or-later
# dom0 plan: sizes for a machine, as text and JSON, and the examples of docs/dom0-sizing.md.
# UPDATE_GOLDEN=1 writes those anew.
. ./lib.sh

# machine NAME MIB CPUS NODES: a recorded host with another size.
machine() {
    sed -e "s/\"memory_kib\" : [0-9]*/\"memory_kib\" : $(($2 * 1024))/" -e "s/\"cpus\" : [0-9]*/\"cpus\" : $3/" -e "s/lab-dom0/$1/" \
        -e "s/\"numa_nodes\" : [0-9]*/\"numa_nodes\" : $4/" \
        "$hosts/xen-4.17.json" >"$1.json"
}
machine small 8192 4 1
machine middle 65536 16 1
machine large 786432 96 2
machine tiny 512 1 1

run dom0 plan --host middle.json
works
err_is_empty
out_has "dom0_mem=4096M,max:4096M dom0_max_vcpus=4 dom0_vcpus_pin"
out_lacks "warning"
run dom0 plan --host large.json --guests 400
works
out_has "768 MiB, and 16 MiB for each of 400 guests"
out_lacks "warning"
for name in small middle large; do
    run dom0 plan --host "$name.json" --guests 400 --json
    works
    is_json guestctl-dom0-plan
done
# What is planned has no fault for the simulator.
line=$("$GUESTCTL" dom0 plan --host large.json | head -n 1)
run grub simulate "$line" --host large.json --strict
works
run dom0 plan
[ "$status" = 0 ] || status_is 7 # this machine, if it is not too small
run dom0 plan --host tiny.json
fails 7 "the machine has 512 MiB; a dom0 and guests need 1 GiB at least"
# What dom0.conf keeps wins, with its reason; a wrong file is named with its line.
mkdir -p "$GUESTCTL_ROOT/etc/guestctl"
printf '[dom0]\nmemory = 2G\npin = no\n' >"$GUESTCTL_ROOT/etc/guestctl/dom0.conf"
run dom0 plan --host middle.json
works
out_has "dom0_mem=2048M,max:2048M dom0_max_vcpus=4"
out_has "dom0.conf says so"
printf '[dom0]\nmemroy = 2G\n' >"$GUESTCTL_ROOT/etc/guestctl/dom0.conf"
run dom0 plan --host middle.json
fails 3 'dom0.conf:2: key "memroy" is not known; did you mean "memory"?'
rm -r "$GUESTCTL_ROOT/etc"
run dom0 size
fails 2 '"dom0 size" is not a command; use one of: '
run list --guests 3
fails 2 "list takes no --guests (it belongs to dom0 show, dom0 set, dom0 plan, "

# Each command of the document is run, and what follows it in its block must be what it prints.
document=$SCHEMAS/../dom0-sizing.md
what="the examples of docs/dom0-sizing.md"
while IFS= read -r text; do
    case $text in
    '    $ guestctl '*)
        [ "${again-}" ] && printf '\n' >>again.md
        again=yes
        printf '%s\n' "$text" >>again.md
        # shellcheck disable=SC2086
        "$GUESTCTL" ${text#*guestctl } </dev/null 2>&1 | sed -e 's/^\(.\)/    \1/' >>again.md
        inside=yes
        ;;
    '    '*) ;;
    '') [ "${inside-}" ] || printf '\n' >>again.md ;;
    *)
        [ -z "${inside-}" ] || printf '\n' >>again.md
        inside='' again=''
        printf '%s\n' "$text" >>again.md
        ;;
    esac
done <"$document"
if [ "${UPDATE_GOLDEN-}" ]; then
    cp again.md "$document"
else
    cp again.md "$work/out"
    cmp -s again.md "$document" || complain "they are not what the program prints: $(diff again.md "$document" | head -5)"
fi
root_is_untouched
end
