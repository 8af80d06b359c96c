#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Proves the positive side of the KVM probe where no CPU offers virtualization: QEMU emulates an AMD CPU with SVM, a
# Debian kernel with kvm-amd runs on it, and the probe must find that this KVM works. Then SVM is taken away, and
# it must find that there is none. Usage: kvm-in-tcg.sh SOURCE-FOLDER [WORK-FOLDER]
# The kernel (75 MB) is downloaded into the work folder once. Needs gcc, glib's static library, qemu-system-x86, cpio.
set -eu
source=$(cd "$1" && pwd)
work=${2:-${TMPDIR:-/tmp}/guestctl-kvm-in-tcg}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work"
cd "$work"

for tool in gcc pkg-config cpio qemu-system-x86_64 dpkg-deb; do
    command -v $tool >/dev/null || { echo "skipped: $tool is missing"; exit 77; }
done

if [ ! -e tree/done ]; then
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[^ ]*\)/\1/p' | head -n 1)
    apt-get download "$package" busybox-static
    for file in ./*.deb; do dpkg-deb -x "$file" tree; done
    touch tree/done
fi
# shellcheck disable=SC2046
gcc -static -std=gnu11 -D_GNU_SOURCE -O1 -I"$source" $(pkg-config --cflags gio-2.0) "$here/kvm-probe.c" \
    "$source/kvm/probe-kvm.c" "$source/kvm/probe-guest.c" -o kvm-probe $(pkg-config --static --libs glib-2.0) 2>link.log || {
    cat link.log
    exit 1
}

rm -rf initramfs
mkdir -p initramfs/bin initramfs/dev initramfs/proc
cp tree/bin/busybox kvm-probe initramfs/bin/
for module in irqbypass kvm ccp kvm-amd; do
    find tree -name "$module.ko" -exec cp {} initramfs/ \;
done
cat > initramfs/init <<'END'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
for module in irqbypass kvm ccp kvm-amd; do /bin/busybox insmod /$module.ko 2>/dev/null; done
for try in 1 2 3; do echo "PROBE $(/bin/kvm-probe)"; done
echo PROBE END
/bin/busybox poweroff -f
END
chmod +x initramfs/init
(cd initramfs && find . | cpio -o -H newc 2>/dev/null) > initramfs.cpio

run() {
    timeout 120 qemu-system-x86_64 -accel tcg -cpu "$1" -m 512 -nographic -no-reboot -nodefaults -serial stdio \
        -kernel tree/boot/vmlinuz-* -initrd initramfs.cpio -append "console=ttyS0 quiet panic=-1 no_timer_check" </dev/null 2>qemu.log | tr -d '\r' |
        grep -o 'PROBE .*' || true
}

echo "== an AMD CPU with SVM"
run EPYC,+svm,+npt | tee with-svm
echo "== an older one without XSAVE and nested paging"
run qemu64,+svm,-npt,+rdrand | tee without-npt
echo "== one without SVM"
run qemu64,-svm,+rdrand | tee without-svm

# The first probe of a fresh kernel may be slow under emulation; it is the answer that counts.
grep -q '^PROBE KVM works: a 64-bit probe ran to its end' with-svm || { echo "FAILED: the probe does not find KVM on SVM"; exit 1; }
grep -q '^PROBE KVM works' without-npt || { echo "FAILED: the probe does not find KVM with shadow paging"; exit 1; }
grep -q '^PROBE KVM does not work: /dev/kvm: No such file or directory' without-svm || { echo "FAILED: the probe finds KVM where there is none"; exit 1; }
! grep -q 'does not work' with-svm || { echo "FAILED: not every probe found it"; exit 1; }
echo PASSED
