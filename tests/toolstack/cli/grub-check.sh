# SPDX-License-Identifier: LGPL-2.1-or-later
# grub check: the three lines, and what xl.conf and libxl.conf say, below a root of its own.
. ./lib.sh
etc=$GUESTCTL_ROOT/etc
mkdir -p "$etc/xen" "$etc/libvirt"

# machine LINE: a recorded host of 64 GiB and 16 CPUs that runs Xen with this line.
machine() {
    sed -e "s/\"memory_kib\" : [0-9]*/\"memory_kib\" : 67108864/" -e "s/\"cpus\" : [0-9]*/\"cpus\" : 16/" \
        -e "s|\"command_line\" : \".*\"|\"command_line\" : \"$1\"|" "$hosts/xen-4.17.json" >host.json
}

# xl's file can be read only by a build with libxlutil.
xl_conf() {
    printf '%s\n' "$1" >"$etc/xen/xl.conf"
}

machine "placeholder dom0_mem=4096M,max:4096M dom0_max_vcpus=4 dom0_vcpus_pin"
run grub check --host host.json --strict
works
err_is_empty
out_has "running     placeholder dom0_mem=4096M"
out_has "configured  not known: "
out_has "policy      dom0_mem=4096M,max:4096M dom0_max_vcpus=4 dom0_vcpus_pin"
out_has "memory   4096 MiB  -           4096 MiB"
out_has "All that is known agrees."
out_has "it is not there: without it libvirt takes no memory from dom0"
run grub check --host host.json --json --strict
works
err_is_empty
is_json guestctl-grub-check
out_has '"disagreements" : 0'

machine "dom0_mem=1G"
run grub check --host host.json --guests 40
works
out_has "1024 MiB, not 4096 MiB"
out_has "running, not the policy: see guestctl dom0 plan"
out_has "no limit"
out_has "4 things do not agree: the warnings above"
run grub check --host host.json --json --strict
status_is 3
is_json guestctl-grub-check
err_is_json guestctl-error
err_has "4 things do not agree; see above"

# ballooning against the line
machine "dom0_mem=4096M,max:4096M dom0_max_vcpus=4 dom0_vcpus_pin"
printf '# ours\nautoballoon = 1\n' >"$etc/libvirt/libxl.conf"
run grub check --host host.json --strict
status_is 3
out_has "dom0's size is set by dom0_mem, and yet libvirt takes memory from dom0 for each guest; switch that off"
printf 'autoballoon = "yes"\n' >"$etc/libvirt/libxl.conf"
run grub check --host host.json
works
out_has "is neither 0 nor 1: libvirt's Xen driver does not start"
printf 'autoballoon = on\n' >"$etc/libvirt/libxl.conf"
run grub check --host host.json
works
out_has "line 1 is not NAME = NUMBER"
printf 'autoballoon = 0\n' >"$etc/libvirt/libxl.conf"
if built_with xen; then
    xl_conf 'autoballoon="on"'
    run grub check --host host.json
    works
    out_has "and yet xl takes memory from dom0"
    out_has "xl takes memory from dom0 for guests and libvirt does not"
    xl_conf 'autoballoon=off off'
    run grub check --host host.json
    works
    out_has "xl cannot read it"
    machine "loglvl=all"
    xl_conf 'autoballoon="off"'
    run grub check --host host.json
    works
    out_has "dom0 has nearly all memory, and xl takes none from it: guests will not fit"
else
    xl_conf 'autoballoon="on"'
    run grub check --host host.json
    works
    out_has "it is not read: this guestctl was built without Xen"
fi

# a line that Xen has cut
machine "dom0_mem=4096M,max:4096M dom0_max_vcpus=4 dom0_vcpus_pin $(printf '%966s' '' | tr ' ' x)"
run grub check --host host.json
works
out_has "Xen tells 1023 bytes of its line and not what follows"
run grub check --host host.json --json
works
is_json guestctl-grub-check
out_has '"cut" : true'

# a recorded machine is not this one
(
    unset GUESTCTL_ROOT
    HOME=$work
    export HOME
    "$GUESTCTL" grub check --host host.json >"$work/out" 2>"$work/err"
)
out_has "--host is another machine; name the folder with its /etc by --root"

# this machine, with or without Xen
run grub check --json
works
is_json guestctl-grub-check

run grub check x
fails 2 "too many arguments"
[ "$(files_made | grep -cv '/etc/')" = 0 ] || complain "it made files"
end
