#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# images.sh OUTDIR KERNEL: make the guests' files for life.sh and faults.sh out of a Debian kernel (bzImage)
# and this machine's static busybox. Needs busybox-static, cpio, e2fsprogs and qemu-utils.
set -eu
out=${1:?usage: images.sh OUTDIR KERNEL} kernel=${2:?usage: images.sh OUTDIR KERNEL}
busybox=/usr/lib/busybox-static/busybox
[ -x "$busybox" ] || busybox=/bin/busybox
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# An init that says that it is up, and obeys Xen's wishes: the kernel runs /sbin/poweroff and /sbin/reboot.
mkdir -p "$work/root/bin" "$work/root/dev" "$work/root/proc" "$work/root/sys" "$work/root/sbin"
cp "$busybox" "$work/root/bin/busybox"
cat > "$work/root/init" << 'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
echo "guest is up: $(/bin/busybox cat /sys/hypervisor/guest_type 2> /dev/null), $(/bin/busybox grep -c ^processor /proc/cpuinfo) vcpu"
while :; do /bin/busybox sleep 60; done
INIT
for verb in poweroff reboot; do
    printf '#!/bin/busybox sh\nexec /bin/busybox %s -f\n' "$verb" > "$work/root/sbin/$verb"
done
chmod +x "$work/root/init" "$work/root/sbin/poweroff" "$work/root/sbin/reboot"
(cd "$work/root" && find . | cpio --quiet -o -H newc | gzip -1) > "$out/initrd.gz"
cp "$kernel" "$out/vmlinuz"

# A disk that GRUB inside the guest boots from.
mkdir -p "$work/disk/boot/grub"
cp "$out/vmlinuz" "$out/initrd.gz" "$work/disk/boot/"
cat > "$work/disk/boot/grub/grub.cfg" << 'GRUB'
set root=(xen/xvda)
linux /boot/vmlinuz console=hvc0 quiet
initrd /boot/initrd.gz
boot
GRUB
mke2fs -q -t ext4 -O ^metadata_csum,^64bit -d "$work/disk" "$work/grub.raw" 64M
qemu-img convert -O qcow2 "$work/grub.raw" "$out/grub.qcow2"

# A boot sector that says on COM1 that it is up, about once a second, for ever:
#     cli; xor ax,ax; mov ds,ax; mov ss,ax; mov sp,0x7c00; sti
#     again: mov si,text
#     next: lodsb; test al,al; jz wait; mov bl,al; mov dx,0x3fd
#     busy: in al,dx; test al,0x20; jz busy; mov al,bl; mov dx,0x3f8; out dx,al; jmp next
#     wait: mov cx,18; tick: hlt; loop tick; jmp again
printf '\372\061\300\216\330\216\320\274\000\174\373\276\055\174\254\204\300\164\022\210\303\272\375\003\354\250\040\164\373\210\330\272\370\003\356\353\351\271\022\000\364\342\375\353\336' > "$work/sector"
printf 'guest is up: from its boot sector\r\n\0' >> "$work/sector"
truncate -s 510 "$work/sector"
printf '\125\252' >> "$work/sector"
truncate -s 4M "$work/sector"
cp "$work/sector" "$out/boot.raw"
qemu-img convert -O qcow2 "$out/boot.raw" "$out/boot.qcow2"
qemu-img convert -O vpc "$out/boot.raw" "$out/boot.vhd"
