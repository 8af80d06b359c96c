# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh disable=SC2154
# What writes the boot loaders' files of the tree $root. Sourced by loaders.sh, which sets $root, $host (a Host document that
# has the running line) and $guestctl. By hand, as `guestctl grub` is to write them, until it does. Then this file is:
#   writer() { "$guestctl" --root "$root" --host "$host" grub "$@"; }
#   apply() { writer apply "$@"; }
#   confirm() { writer confirm; }

# apply LINE [--trial] [--set-default] [--target TARGET]
apply() {
    new=$1 target=grub.d trial='' default=''
    shift
    while [ $# -gt 0 ]; do
        case $1 in
        --trial) trial=yes ;;
        --set-default) default=yes ;;
        --target) target=$2 && shift ;;
        esac
        shift
    done
    if [ -n "$trial" ]; then
        write_trial
        return
    fi
    case $target in
    grub.d)
        printf 'GRUB_CMDLINE_XEN="$GRUB_CMDLINE_XEN %s"\n' "$new" > "$root/etc/default/grub.d/zz-guestctl.cfg"
        if [ -n "$default" ]; then
            echo XEN_OVERRIDE_GRUB_DEFAULT=1 > "$root/etc/default/grub.d/50-guestctl.cfg"
            id=$(sed -n "s/.*'\(xen-gnulinux-simple-[^']*\)'.*/\1/p" "$root/boot/grub/grub.cfg" | head -n 1)
            echo "GRUB_DEFAULT=$id" >> "$root/etc/default/grub.d/zz-guestctl.cfg"
        fi
        chroot "$root" update-grub
        ;;
    xen.cfg | systemd-boot) sed -i "/^options=/s/\$/ $new/" "$root/boot/efi/EFI/xen/xen.cfg" ;;
    esac
}

write_trial() {
    awk -v new="$new" -v simple="xen-gnulinux-simple-" '
        index($0, simple) && /^menuentry/ { inside = 1; sub(/.xen-gnulinux-simple-[^ ]*/, "guestctl-trial") }
        inside && $1 == "multiboot2" { sub(/dom0_mem=[^ ]*/, new) }
        inside
        inside && /^}/ { exit }' "$root/boot/grub/grub.cfg" > "$root/boot/grub/custom.cfg"
    chroot "$root" grub-editenv /boot/grub/grubenv set next_entry=guestctl-trial
}

confirm() {
    new=$(sed -n 's/.*"command_line": *"[^"]*\(dom0_mem=[^" ]*\).*/\1/p' "$host")
    rm -f "$root/boot/grub/custom.cfg"
    apply "$new" --set-default
}
