#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A small tree with this machine's own grub-mkconfig and its scripts in it, so that chroot TREE update-grub runs for real
# in a fraction of a second. Only grub-probe answers from a table: there is no disk. Usage: make-tree.sh TREE
set -eu
tree=$1
programs='sh env update-grub grub-mkconfig grub-script-check grub-editenv grub-file grub-mkrelpath
    basename cat chmod cut date dirname dpkg expr false fgrep gettext grep head id ls mkdir mv printf rm sed sort stat tail test tr true
    umask uname which awk find'
mkdir -p "$tree/usr/sbin" "$tree/usr/bin" "$tree/usr/lib" "$tree/etc/grub.d" "$tree/etc/default/grub.d" "$tree/usr/share/grub" \
    "$tree/boot/grub" "$tree/dev" "$tree/proc" "$tree/tmp"
for name in bin sbin lib lib64; do
    ln -sfn "usr/$name" "$tree/$name"
done
mkdir -p "$tree/usr/lib64"
for name in $programs; do
    path=$(command -v "$name" || true)
    [ -f "$path" ] || continue
    case $path in
    */sbin/*) cp -L "$path" "$tree/usr/sbin/$name" ;;
    *) cp -L "$path" "$tree/usr/bin/$name" ;;
    esac
    # the libraries of a program; a script has none
    ldd "$path" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$tree$(dirname "$library")"
        [ -e "$tree$library" ] || cp -L "$library" "$tree$library"
    done || true
done
cp /usr/share/grub/grub-mkconfig_lib "$tree/usr/share/grub/"
for name in 00_header 10_linux 20_linux_xen 41_custom; do
    cp "/etc/grub.d/$name" "$tree/etc/grub.d/"
done
cat >"$tree/usr/sbin/grub-probe" <<'EOF'
#!/bin/sh
target=
for word; do
    case $word in
    --target=*) target=${word#--target=} ;;
    -t) target=next ;;
    *) [ "$target" != next ] || target=$word ;;
    esac
done
case $target in
device) echo /dev/sda1 ;;
fs_uuid) echo 11111111-2222-3333-4444-555555555555 ;;
partuuid) echo 99999999-01 ;;
abstraction | fs_label) ;;
partmap) echo msdos ;;
compatibility_hint | bios_hints) echo hd0,msdos1 ;;
hints_string) echo "--hint='hd0,msdos1'" ;;
drive) echo '(hd0,msdos1)' ;;
disk) echo /dev/sda ;;
*) echo ext2 ;;
esac
EOF
chmod 755 "$tree/usr/sbin/grub-probe"
[ -e "$tree/dev/null" ] || mknod -m 666 "$tree/dev/null" c 1 3
printf 'kernel\n' >"$tree/boot/vmlinuz-6.1.0-56-amd64"
printf 'initrd\n' >"$tree/boot/initrd.img-6.1.0-56-amd64"
printf 'CONFIG_X=y\nCONFIG_XEN_DOM0=y\n' >"$tree/boot/config-6.1.0-56-amd64"
printf 'kernel\n' >"$tree/boot/vmlinuz-6.1.0-56-cloud-amd64"
printf 'CONFIG_X=y\n' >"$tree/boot/config-6.1.0-56-cloud-amd64"
printf 'xen\n' >"$tree/boot/xen-4.17-amd64.gz"
printf 'GRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR=Debian\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n' >"$tree/etc/default/grub"
# what xen-hypervisor-common brings, without its comments
cat >"$tree/etc/default/grub.d/xen.cfg" <<'EOF'
echo "Including Xen overrides from /etc/default/grub.d/xen.cfg" >&2
#GRUB_CMDLINE_XEN_DEFAULT=""
#GRUB_CMDLINE_XEN=""
#XEN_OVERRIDE_GRUB_DEFAULT=
if [ "$XEN_OVERRIDE_GRUB_DEFAULT" = "" ]; then
	grub_warn "GRUB_DEFAULT changed to boot into Xen by default!" \
	          "Edit /etc/default/grub.d/xen.cfg to avoid this warning."
	XEN_OVERRIDE_GRUB_DEFAULT=1
fi
if [ "$XEN_OVERRIDE_GRUB_DEFAULT" = "1" ]; then
	GRUB_DEFAULT=$( \
		printf "$(gettext "%s, with Xen hypervisor")" \
		"$GRUB_DISTRIBUTOR GNU/Linux")
fi
EOF
