# SPDX-License-Identifier: LGPL-2.1-or-later
# The completion script in a real bash.
. ./lib.sh
command -v bash >/dev/null || { echo "bash is missing"; exit 77; }
run help --completion bash
works
cmp "$work/out" "$COMPLETION" || complain "the script is not what the tables make (UPDATE_GOLDEN=1 of toolstack-docs writes it)"

mkdir bin
ln -s "$GUESTCTL" bin/guestctl
PATH=$work/bin:$PATH
mkdir -p "$GUESTCTL_ROOT/etc/guestctl/guests"
: >"$GUESTCTL_ROOT/etc/guestctl/guests/web.guest"
: >disk.qcow2

# completes "WORDS BEFORE" "BEGINNING": what is offered, in one line.
completes() {
    what="completion of: $1 $2"
    bash -c '. "$1"; shift; COMP_WORDS=(guestctl $1 "$2"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _guestctl
        printf "%s " "${COMPREPLY[@]}"' bash "$COMPLETION" "$1" "$2" >"$work/out" 2>"$work/err"
    err_is_empty
}

completes "" "sh"
out_has "show shutdown"
completes "list" "--js"
out_has "--json"
completes "shutdown" "--w"
out_has "--wait"
completes "pause" "--w"
out_lacks "--wait"
completes "--host x" "cre"
out_has "create"
completes "--backend" ""
out_has "xen kvm qemu"
completes "show" "w"
out_has "web"
completes "create" "di"
out_has "disk.qcow2"
completes "host" "s"
out_has "show save"
completes "grub" "s"
out_has "simulate"
completes "host save" "di"
out_has "disk.qcow2"
completes "--json dom0 plan" "--g"
out_has "--guests"
completes "help" "pl"
out_has "plan"
completes "help dom0" ""
out_has "show set pin restore plan"
completes "help host" "c"
out_has "check"
completes "help list" ""
out_lacks "list"
out_lacks "web"
completes "dom0 set" ""
out_has "memory= vcpus= pin= weight= cap= policy"
completes "dom0 set memory = 1G" "v"
out_has "vcpus="
# What is checked is no guest.
completes "host check" ""
out_lacks "web"
out_has "kvm "
completes "host check" "xe"
out_has "xen"
completes "list" "w"
out_has "web"
end
