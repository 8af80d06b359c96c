# SPDX-License-Identifier: LGPL-2.1-or-later
# host check: copies of machines, recorded hosts and this one; --fix twice, and on a tree that cannot be written.
. ./lib.sh

# put PATH TEXT: a file in the copy.
put() {
    mkdir -p "$copy$(dirname "$1")"
    printf "$2" >"$copy$1"
}
# A Debian 12 with an Intel CPU whose modules are not loaded, as its files were copied by somebody who is not root.
machine() {
    copy=$work/$1
    put /etc/os-release 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
    put /etc/group 'root:x:0:\nkvm:x:104:\n'
    put /proc/cpuinfo 'processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Processor\nflags\t\t: fpu vme vmx sse2 lm\n'
    put /proc/sys/kernel/osrelease '6.1.0-28-amd64\n'
    put /proc/modules 'ext4 983040 1 - Live 0x0000000000000000\n'
    put /lib/modules/6.1.0-28-amd64/modules.dep 'kernel/arch/x86/kvm/kvm-intel.ko: x\nkernel/drivers/vhost/vhost_net.ko: x\n'
    put /lib/udev/rules.d/50-udev-default.rules 'KERNEL=="kvm", GROUP="kvm", MODE="0660"\n'
    mkdir -p "$copy/sys/class/net/br0/bridge"
}
machine bare
run host check --root "$copy"
status_is 4
out_has "kvm.cpu         ok       the flag vmx is in /proc/cpuinfo (Intel(R) Xeon(R) Processor)"
out_has "kvm.module      broken   the module kvm_intel is not loaded"
out_has "kvm.module: modprobe kvm_intel, and a line kvm_intel in /etc/modules-load.d/guestctl.conf; --fix does both"
out_has "kvm.vhost-net   warning"
out_has "kvm.runs        unknown  files do not tell this"
out_has "are not for this machine: --verbose shows them"
out_lacks "not-applicable"
err_has "1 of 28 checks is broken: kvm.module; what to do stands with each"
run host check kvm.cpu kvm.power network --root "$copy"
works
out_has "kvm.power       not-applicable"
out_has "network.bridge  ok              br0"
run host check kvm.vhost-net --root "$copy"
works
run host check kvm.vhost-net --root "$copy" --strict
status_is 4
err_has "1 of 1 checks is broken or warns: kvm.vhost-net"
run host check --json --root "$copy"
status_is 4
is_json guestctl-host-check
err_is_json guestctl-error
out_has '"distribution" : "Debian GNU/Linux 12 (bookworm)"'
out_has '"broken" : 1'

# --fix: said first, done, and not done again. A copy's programs are not run.
run host check --fix --dry-run --root "$copy"
works
out_has "# step 1: write-file $copy/etc/modules-load.d/guestctl.conf"
out_has "vhost_net"
err_has "would be done: writing $copy/etc/modules-load.d/guestctl.conf: adding \"kvm_intel\", \"vhost_net\""
[ ! -e "$copy/etc/modules-load.d" ] || complain "a dry run wrote"
run host check --fix --dry-run --json --root "$copy"
works
is_json guestctl-plan
err_is_json guestctl-notice
run host check --fix --root "$copy" kvm.cpu
works
err_has "nothing to do"
[ ! -e "$copy/etc/modules-load.d" ] || complain "what was not asked for was fixed"
run host check --fix --root "$copy"
status_is 4
err_has "writing $copy/etc/modules-load.d/guestctl.conf: adding \"kvm_intel\", \"vhost_net\""
err_has "not run below $copy: modprobe kvm_intel (it is loaded at that system's next boot)"
grep -qx vhost_net "$copy/etc/modules-load.d/guestctl.conf" || complain "no vhost_net in the file"
cp -R "$copy/etc" before
run host check --fix --root "$copy"
status_is 4
err_has "nothing to do: no check has a fix that is not made already"
diff -r before "$copy/etc" >"$work/out" || complain "the second run changed something"

# After the boot: loaded, nested off, its device not for the group. What the administrator wrote stays.
put /proc/modules 'kvm_intel 380928 0 - Live 0x0\nvhost_net 36864 0 - Live 0x0\n'
put /sys/module/kvm_intel/parameters/nested 'N\n'
put /dev/kvm 'crw------- 1 root root 10, 232 Nov 20 19:58 /dev/kvm\n'
put /dev/vhost-net 'crw------- 1 root root 10, 238 Nov 20 19:58 /dev/vhost-net\n'
put /etc/modprobe.d/guestctl.conf '# mine\noptions kvm_intel ept=1'
run host check --fix --root "$copy"
status_is 4
err_has 'adding "options kvm_intel nested=1"'
err_has "not run below $copy: udevadm trigger --sysname-match=kvm"
printf '# mine\noptions kvm_intel ept=1\noptions kvm_intel nested=1\n' | cmp -s - "$copy/etc/modprobe.d/guestctl.conf" || complain "the administrator's file is not as it was and one line more"
out_has "that counts from the next loading on"
out_has "modprobe -r kvm_intel && modprobe kvm_intel"
put /dev/kvm 'crw-rw---- 1 root kvm 10, 232 Nov 20 19:58 /dev/kvm\n'
put /sys/module/kvm_intel/parameters/nested 'Y\n'
run host check --fix --root "$copy"
works
err_has "nothing to do"

# What cannot be read is not known, and what cannot be written is left whole.
machine unreadable
rm "$copy/proc/modules"
mkdir "$copy/proc/modules"
run host check --root "$copy" kvm.module
works
out_has "kvm.module  unknown  $copy/proc/modules is not a regular file (it is a folder)"
machine blocked
put /etc/modules-load.d 'a file in the way\n'
run host check --fix --root "$copy"
out_has "kvm.module"
status_is 5
err_has "$copy/etc/modules-load.d: cannot make this folder: Not a directory"
[ "$(find "$copy/etc" -type f | wc -l)" = 3 ] || complain "something is left: $(find "$copy/etc" -type f)"
machine readonly
if unshare --mount true 2>/dev/null; then
    what="guestctl host check --fix on a file system that is mounted read-only"
    unshare --mount sh -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"' sh "$copy" \
        "$GUESTCTL" host check --fix --root "$copy" >"$work/out" 2>"$work/err"
    status=$?
    status_is 8
    err_has "cannot make this folder: Read-only file system"
    out_is_empty
    [ "$(find "$copy/etc" -type f | wc -l)" = 2 ] || complain "something is left: $(find "$copy/etc" -type f)"
fi
if [ "$(id -u)" != 0 ]; then
    chmod a-w "$copy/etc"
    run host check --fix --root "$copy"
    status_is 8
    err_has "$copy/etc/modules-load.d: cannot make this folder: Permission denied"
    chmod u+w "$copy/etc"
    run host check --fix --root ''
    status_is 2
    (unset GUESTCTL_ROOT && "$GUESTCTL" host check --fix >"$work/out" 2>"$work/err")
    status=$?
    what="guestctl host check --fix"
    fails 8 "run it as root"
fi

# recorded hosts, with and without files
run host check --host "$hosts/xen-4.17.json"
works
out_has "xen.control      ok       this is dom0 and libxl opens"
out_has "xen.hap          ok"
out_has "xen.xenstored    unknown  no files of this machine are here"
run host check --host "$hosts/kvm.json" --json
works
is_json guestctl-host-check
out_has '"distribution" : null'
run host check --fix --host "$hosts/kvm.json"
fails 2 "--host is a record of another machine"
machine both
run host check kvm.runs kvm.module --host "$hosts/kvm.json" --root "$copy"
out_has "kvm.runs    ok"

# What Xen makes of its line is what `grub simulate` says.
line() {
    sed "s/dom0_mem=1024M,max:1024M/$1/" "$hosts/xen-4.17.json" >"$work/line.json"
    run host check xen.dom0-memory --host "$work/line.json"
    works
}
line dom0_mem=1024,max:1024
out_has "warning"
out_has "dom0 cannot start with that"
line dom0_mem=512MB,max:512MB
out_has "warning"
out_has "Xen refuses it"
line dom0_mem=-512M,max:-512M
out_has "xen.dom0-memory  ok"
line dom0_mem=1G,max:1G
out_has "xen.dom0-memory  ok     dom0_mem=1G,max:1G: dom0 begins with 1024 MiB and has 1024 MiB at most"

# Links of an image are its own, and what an administrator masks costs nothing.
machine linked
rm "$copy/etc/os-release"
mkdir -p "$copy/etc/modprobe.d" "$copy/etc/udev/rules.d"
ln -s /usr/lib/os-release "$copy/etc/os-release"
put /usr/lib/os-release 'PRETTY_NAME="The copy"\nID=fedora\n'
ln -s /dev/null "$copy/etc/modprobe.d/nouveau.conf"
ln -s /dev/null "$copy/etc/udev/rules.d/80-net-setup-link.rules"
run host check --json --root "$copy"
status_is 4
out_has '"distribution" : "The copy"'
run host check --fix --root "$copy"
status_is 4
err_has 'adding "kvm_intel", "vhost_net"'
out_has "kvm.module: boot that system, or run there: modprobe kvm_intel (/etc/modules-load.d/guestctl.conf loads it at each boot)"

# The lock's folder is a copy's own, too.
machine leading
mkdir "$work/elsewhere"
ln -s "$work/elsewhere" "$copy/run"
run host check --fix --root "$copy"
fails 3 "leads out of $copy"
[ -z "$(ls "$work/elsewhere")" ] || complain "written outside of the copy"

# Two at once: the second waits for nobody and says who it is that works. A step that fails keeps no other from its work.
machine busy
"$HOLD_LOCK" "$copy" @host-fix "$GUESTCTL" host check --fix --root "$copy" >"$work/out" 2>"$work/err"
status=$?
what="guestctl host check --fix beside another"
fails 6 "the kernel modules' configuration is in use by process"
[ ! -e "$copy/etc/modules-load.d" ] || complain "written without the lock"
"$HOLD_LOCK" "$copy" @host-fix "$GUESTCTL" host check --fix --dry-run --root "$copy" >"$work/out" 2>"$work/err" || complain "a dry run waits for a lock"
put /proc/modules 'kvm_intel 380928 0 - Live 0x0\n'
put /sys/module/kvm_intel/parameters/nested 'N\n'
put /etc/modules-load.d 'a file in the way\n'
run host check --fix --root "$copy"
status_is 5
err_has "1 of 2 steps failed: "
out_has "kvm.nested"
grep -q nested=1 "$copy/etc/modprobe.d/guestctl.conf" || complain "the other file was not written"

run host check kvm.modul
fails 2 '"kvm.modul" is not a check; did you mean kvm.module?'
run host check --root "$work/none"
fails 5 "$work/none holds no copy of a system"
run host check --root "$work/bare/etc/group"
fails 5 "holds no copy of a system"
run host show --fix
fails 2 "host show takes no --fix (it belongs to host check)"
run doctor
fails 2 "did you mean: guestctl host check"

# this machine: what it is, nobody knows; that it is told in good form, we do
(unset GUESTCTL_ROOT && "$GUESTCTL" host check --json >"$work/out" 2>"$work/err" </dev/null)
status=$?
what="guestctl host check --json"
[ "$status" = 0 ] || [ "$status" = 4 ] || complain "status is $status"
is_json guestctl-host-check
end
