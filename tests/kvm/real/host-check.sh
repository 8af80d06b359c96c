#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# host-check.sh BUILD-FOLDER [WORK-FOLDER]: a KVM host that is not set up, under emulation (a CPU with SVM, Debian's kernel and
# no module loaded), which `guestctl host check --fix` must set up with real modules. Speaks TAP. The kernel's package (75 MB)
# is downloaded into the work folder once.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
work=${2:-$build/lab/kvm-host}
"$lab/xen-build.sh" "$build/lab/xen" >&2
version=$(debugfs -R 'ls -p /lib/modules' "$build/lab/xen/dom0.img" 2> /dev/null | sed -n 's,.*/\([0-9][^/]*\)//,\1,p')
mkdir -p "$work/stage"
if [ ! -e "$work/tree/$version" ]; then
    (cd "$work" && rm -rf ./*.deb tree && apt-get -qq download "linux-image-$version" && dpkg-deb -x ./*.deb tree)
    touch "$work/tree/$version"
fi
rm -rf "$work/stage"
mkdir -p "$work/stage/modules"
find "$work/tree/lib/modules/$version" \( -path '*/arch/x86/kvm/*' -o -path '*/drivers/vhost/*' -o -name 'irqbypass.ko*' -o -name 'ccp.ko*' \
    -o -name 'tap.ko*' \) -name '*.ko*' -exec cp {} "$work/stage/modules" \;
cp "$build/guestctl" "$work/stage"
cat > "$work/stage/run.sh" << 'SCRIPT'
#!/bin/sh
# As root of the emulated machine. It has neither QEMU nor udev, which is said and not repaired.
cd stage || exit 1
number=0 failures=0
end() {
    number=$((number + 1))
    if [ "$failures" -eq 0 ]; then echo "ok $number - $1"; else echo "not ok $number - $1"; fi
    failures=0
}
# state NAME STATE: what the check of this name says now.
state() {
    ./guestctl host check "$1" > out 2>&1
    grep -qE "^$1 +$2 " out || { failures=1; echo "# $1 is not $2:"; sed 's/^/#     /' out; }
}
says() {
    grep -qF -e "$1" "$2" || { failures=1; echo "# does not say \"$1\":"; sed 's/^/#     /' "$2"; }
}
release=$(uname -r)
mkdir -p "/lib/modules/$release/kernel/extra"
cp modules/* "/lib/modules/$release/kernel/extra"
depmod -a
printf 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' > /etc/os-release
printf 'kvm:x:104:\n' >> /etc/group
mkdir -p /etc/modprobe.d
echo 'options kvm_amd npt=1' > /etc/modprobe.d/mine.conf

./guestctl host check -v 2>&1 | cut -c 1-220 | sed 's/^/#     /'
state kvm.cpu ok
state kvm.firmware unknown
state kvm.module broken
state kvm.device not-applicable
state kvm.nested not-applicable
state kvm.vhost-net warning
state kvm.emulator broken
state kvm.libvirt broken # its library is here, its QEMU driver is not
state xen.control not-applicable
end "a host without its modules is seen to be one"

# To see that nested is switched on: off first, as it was by default in older kernels.
modprobe kvm_amd nested=0
state kvm.module ok
state kvm.firmware ok
state kvm.nested warning
./guestctl host check kvm.nested --fix > out 2> err
says 'adding "options kvm_amd nested=1"' err
says 'counts from the next loading on' out
grep -qx 'options kvm_amd nested=1' /etc/modprobe.d/guestctl.conf || failures=1
[ "$(cat /sys/module/kvm_amd/parameters/nested)" = 0 ] || { failures=1; echo "# a module that is loaded was touched"; }
modprobe -r kvm_amd kvm
end "nested: the option is written, and the module that is loaded is left alone"

module=/lib/modules/$release/kernel/extra/vhost_net.ko
cp "$module" kept.ko
: > "$module"
status=0
./guestctl host check kvm.vhost-net --fix > out 2> err || status=$?
sed 's/^/#     /' err
[ "$status" -eq 10 ] || { failures=1; echo "# status $status, not 10"; }
says "host check --fix: modprobe vhost_net failed with status 1: modprobe: ERROR:" err
[ ! -e /etc/modules-load.d/guestctl.conf ] || { failures=1; echo "# a module that cannot be loaded is kept for each boot"; }
cp kept.ko "$module"
end "a module that fails is said with modprobe's own words, and not kept for the next boot"

./guestctl host check --fix --dry-run > out 2>&1
says "run kvm_amd" out
[ ! -d /sys/module/kvm_amd ] || { failures=1; echo "# a dry run loaded a module"; }
./guestctl host check --fix > out 2> err
sed 's/^/#     /' err out | cut -c 1-220
says "running: modprobe kvm_amd" err
says "running: modprobe vhost_net" err
[ -d /sys/module/kvm_amd ] && [ -d /sys/module/vhost_net ] || { failures=1; echo "# a module is not loaded"; }
[ "$(cat /sys/module/kvm_amd/parameters/nested)" = 1 ] || { failures=1; echo "# nested is off"; }
for name in kvm.module kvm.nested kvm.vhost-net kvm.device kvm.runs kvm.firmware; do state $name ok; done
wanted=$(printf '%s\n' '# Written by guestctl host check --fix. Lines of your own stay.' kvm_amd vhost_net)
[ "$(cat /etc/modules-load.d/guestctl.conf)" = "$wanted" ] || { failures=1; echo "# not what should be kept:"; cat /etc/modules-load.d/guestctl.conf; }
end "--fix loads the modules with nested=1, keeps them for the next boot, and KVM then runs code"

before=$(cat /etc/modules-load.d/guestctl.conf)
./guestctl host check --fix > out 2> err
says "nothing to do" err
[ "$(cat /etc/modules-load.d/guestctl.conf)" = "$before" ] || failures=1
[ "$(cat /etc/modprobe.d/mine.conf)" = 'options kvm_amd npt=1' ] || failures=1
end "a second --fix does nothing"

modprobe -r kvm_amd kvm
echo 'blacklist kvm_amd' > /etc/modprobe.d/mine.conf
./guestctl host check kvm --fix > out 2> err
says "/etc/modprobe.d/mine.conf keeps it out" out
says "nothing to do" err
[ ! -d /sys/module/kvm_amd ] || { failures=1; echo "# what the administrator keeps out was loaded"; }
end "a module that the administrator keeps out stays out"
echo "1..$number"
SCRIPT
"$lab/xen-run.sh" --no-xen --xen "$build/lab/xen" --timeout 600 "$work/run" "$work/stage/run.sh" "$work/stage" ||
    echo "not ok - the emulated machine ended with status $?"
