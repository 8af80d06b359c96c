# SPDX-License-Identifier: LGPL-2.1-or-later
# grub show, generate, diff, and what apply refuses: on small trees, without privileges and without GRUB.
. ./lib.sh
host=$hosts/xen-4.17.json
tree=$work/tree
ours=$tree/etc/default/grub.d/zz-guestctl.cfg
export GUESTCTL_ROOT="$tree"

# A tree as Debian's; its grub-mkconfig is only looked into, never run.
debian() {
    rm -rf "$tree"
    mkdir -p "$tree/usr/sbin" "$tree/etc/default/grub.d" "$tree/boot/grub"
    # shellcheck disable=SC2016
    echo 'for x in ${sysconfdir}/default/grub.d/*.cfg' >"$tree/usr/sbin/grub-mkconfig"
    chmod 755 "$tree/usr/sbin/grub-mkconfig"
    echo 'GRUB_TIMEOUT=5' >"$tree/etc/default/grub"
}
# The tree as it is now; and that it still is.
remember() {
    (cd "$tree" && find . -type f ! -path './run/*' -exec md5sum {} + | sort) >"$work/remembered"
}
nothing_changed() {
    (cd "$tree" && find . -type f ! -path './run/*' -exec md5sum {} + | sort) | cmp -s - "$work/remembered" || complain "the tree was changed"
}

run grub show
fails 5 "grub: neither /etc/default/grub nor grub-mkconfig is there; systemd-boot: "
run grub show --target lilo
fails 2 '"lilo" is not one of grub.d, grub, xen.cfg'

debian
remember
run grub show --host "$host"
works
out_has "target:    grub.d (/etc/default/grub.d is there, and grub-mkconfig reads it)"
out_has "file:      /etc/default/grub.d/zz-guestctl.cfg (not there yet)"
out_has "line:      (empty)"
out_has "no kernel in /boot can be dom0's"
run grub --host "$host" --json
works
is_json guestctl-grub-show

run grub generate 'dom0_mem=2G,max:2G' --host "$host"
works
out_has 'GRUB_CMDLINE_XEN="$GRUB_CMDLINE_XEN dom0_mem=2G,max:2G"'
run grub generate --guests 40 --host "$host"
works
out_has "dom0_max_vcpus="
for command in generate diff; do
    run grub $command 'dom0_mem=2G,max:2G' --host "$host" --json
    works
    is_json guestctl-grub-files
done
run grub diff 'dom0_mem=2G,max:2G' --host "$host"
works
out_has "+++ $ours"
out_has "Xen's line becomes: dom0_mem=2G,max:2G"
run grub apply 'dom0_mem=2G,max:2G' --host "$host" --dry-run
works
out_has "# step 1: write-file $ours"
out_has "# step 2: run $tree/boot/grub/grub.cfg"
out_has "chroot '$tree' grub-mkconfig -o /boot/grub/grub.cfg"
run grub apply 'dom0_mem=2G,max:2G' --host "$host" --dry-run --json
works
is_json guestctl-plan
nothing_changed

# what is not taken
run grub apply 'dom0_mem="2G"' --host "$host"
fails 3 'dom0_mem: its value holds the character "'
run grub apply "$(printf 'dom0_mem=2G\nx=1')" --host "$host"
fails 3 "the byte 0x0a"
run grub apply '' --host "$host"
fails 3 "the line is empty"
run grub apply 'dom0_mem=2G -- quiet' --host "$host"
fails 3 "is for dom0's kernel"
run grub apply "$(seq -f 'x%g=1' 2000 | tr '\n' ' ')" --host "$host"
fails 3 "and 4096 are taken at most; Xen itself reports no more than 1023"
run grub apply 'dom0_mme=2G' --host "$host"
status_is 3
err_has '"dom0_mme=2G": Xen ignores it: unknown; did you mean dom0_mem? (by the rules of Xen 4.17); correct it, or add --force'
for word in dom0_mem=512MB no- no-=x dom0_mem no-dom0_mem 'smt=0 maxcpus=3x'; do
    run grub diff "$word" --host "$host"
    status_is 3
    err_has "(by the rules of Xen 4.17); correct it, or add --force"
done
run grub apply 'dom0_mem=512MB' --host "$host" --dry-run --force
works
err_has '"B" is left over; a unit is one letter of B, K, M, G, T'
run grub apply 'dom0_mem=1M,max:1M' --host "$host" --force
status_is 3
err_has "dom0 would not start with it"
run grub apply 'dom0_mem=2G' --host "$host" --strict
fails 3 "--strict refuses them"
run grub apply a b --host "$host"
fails 2 "too many arguments"
run grub apply 'smt=0' --set-default --host "$host"
fails 4 "no entry there has an id xen-gnulinux-simple-"
run grub apply 'smt=0' --trial --host "$host"
[ "$status" = 5 ] || [ "$status" = 4 ] || complain "status is $status"
run grub confirm --host "$host"
fails 5 "no trial waits to be confirmed"
run grub rollback
fails 5 "there is nothing to take back"
nothing_changed

# what others have, that Xen would read beside ours
echo 'GRUB_CMDLINE_XEN="dom0_mem=min:2500M loglvl=all"' >"$tree/etc/default/grub.d/10-site.cfg"
run grub apply 'dom0_mem=1G,max:1G' --host "$host"
status_is 3
err_has "since Xen also reads dom0_mem in /etc/default/grub.d/10-site.cfg; take it away there, or add --force"
echo 'GRUB_CMDLINE_XEN="loglvl=all"' >"$tree/etc/default/grub.d/zzz.cfg"
run grub diff 'dom0_mem=1G,max:1G' --host "$host"
status_is 3
err_has "dom0_mem=1G,max:1G would have no effect"
err_has "/etc/default/grub.d/zzz.cfg: it is read after"
err_has "no effect: /etc/default/grub.d/zzz.cfg, which is read after ours, has the last word; take it away there"
rm "$tree/etc/default/grub.d/10-site.cfg"
echo 'GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=1G"' >>"$tree/etc/default/grub"
run grub diff 'dom0_mem=2G,max:2G' --host "$host"
status_is 3
err_has "no effect in recovery entries: /etc/default/grub.d/zzz.cfg, which is read after ours, has the last word"
rm "$tree/etc/default/grub.d/zzz.cfg"
for text in 'return 0' 'cat >/dev/null <<EOF'; do
    printf 'GRUB_TIMEOUT=5\n%s\n' "$text" >"$tree/etc/default/grub"
    run grub diff 'dom0_mem=2G,max:2G' --host "$host" --target grub
    status_is 3
    err_has "no effect: our own part at the end of /etc/default/grub does not take effect: the shell does not come to it"
done
echo 'GRUB_TIMEOUT=5' >"$tree/etc/default/grub"
echo "GRUB_TIMEOUT='5" >"$tree/etc/default/grub.d/zzz.cfg"
run grub show --host "$host"
fails 3 "/etc/default/grub.d/zzz.cfg: the shell does not come to its end"
printf 'A=1\0' >"$tree/etc/default/grub.d/zzz.cfg"
run grub show --host "$host"
fails 3 "holds a NUL byte"
rm "$tree/etc/default/grub.d/zzz.cfg"

# a part of ours that somebody damaged
echo '# BEGIN guestctl' >"$ours"
run grub diff 'dom0_mem=1G,max:1G' --host "$host"
fails 3 'zz-guestctl.cfg: "# BEGIN guestctl" has no end'
rm "$ours"

# links: within the tree they stay, out of it they are refused
debian
ln -s /etc/hostname "$ours"
[ -e "$ours" ] && remember
if [ -e "$ours" ] && [ "$(id -u)" = 0 ]; then
    run grub apply 'dom0_mem=1G,max:1G' --host "$host" --force
    [ "$status" != 0 ] || complain "a link out of the tree was followed"
    nothing_changed
fi
rm -f "$ours"

# the program that makes grub.cfg is missing
debian
rm "$tree/usr/sbin/grub-mkconfig"
run grub apply 'dom0_mem=1G,max:1G' --host "$host"
status_is 5
err_has "grub-mkconfig is not below $tree/, and it makes /boot/grub/grub.cfg; install it there"
[ ! -e "$tree/var/lib/guestctl/grub" ] || complain "something was kept for nothing"

# one file, without drop-ins: DOS line ends, no newline at its end, other bytes
printf 'GRUB_TIMEOUT=5\r\n# caf\351' >"$tree/etc/default/grub"
run grub diff 'dom0_mem=1G,max:1G' --host "$host"
works
out_has "\ No newline at end of file"
err_has "it has carriage returns (DOS line ends)"
run grub generate 'dom0_mem=1G,max:1G' --host "$host" --json
works
is_json guestctl-grub-files
run grub apply 'dom0_mem=1G,max:1G' --host "$host" --dry-run
fails 5 "grub-mkconfig is not below $tree/, and it makes /boot/grub/grub.cfg; install it there"
mkdir -p "$tree/usr/sbin"
: >"$tree/usr/sbin/grub2-mkconfig"
chmod 755 "$tree/usr/sbin/grub2-mkconfig"
run grub apply 'dom0_mem=1G,max:1G' --host "$host" --dry-run --json
fails 3 "is not UTF-8"
rm "$tree/etc/default/grub"
mkdir -p "$tree/boot/grub2"
run grub apply 'dom0_mem=1G,max:1G' --host "$host" --dry-run
works
out_has "write-file $tree/etc/default/grub"
out_has "grub2-mkconfig -o /boot/grub2/grub.cfg"

# ordinary users may look
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid 65534 --clear-groups test -x "$GUESTCTL"; then
    debian
    chmod 755 "$work"
    what="as an ordinary user"
    unset GUESTCTL_ROOT
    setpriv --reuid 65534 --clear-groups "$GUESTCTL" grub apply a=1 --host "$host" >"$work/out" 2>"$work/err"
    status=$?
    fails 8 "only root may change the boot loader's files of this system; see what would be done with: guestctl grub diff"
    export GUESTCTL_ROOT="$tree"
    setpriv --reuid 65534 --clear-groups "$GUESTCTL" grub diff smt=0 --host "$host" >"$work/out" 2>"$work/err"
    status=$?
    works
    out_has "Xen's line becomes: smt=0"
fi

# systemd-boot: a kernel upgrade has taken the kernel away
export GUESTCTL_ROOT="$tree"
rm -rf "$tree"
esp=$tree/efi
mkdir -p "$esp/EFI/systemd" "$esp/EFI/xen" "$esp/loader/entries"
: >"$esp/EFI/systemd/systemd-bootx64.efi"
: >"$esp/EFI/xen/xen.efi"
printf 'version 6.1\nlinux /linux-6.1\n' >"$esp/loader/entries/deb-6.1.conf"
: >"$esp/linux-6.1"
run grub generate 'dom0_mem=2G,max:2G' --host "$host"
works
out_has 'default deb-*.conf'
printf '# Made by guestctl.\n[global]\ndefault=xen\n\n[xen]\noptions=smt=0\nkernel=\\linux-6.1\n' >"$esp/EFI/xen/guestctl.cfg"
printf 'efi /EFI/xen/xen.efi\noptions xen.efi -cfg=guestctl.cfg xen\n' >"$esp/loader/entries/guestctl-xen.conf"
mv "$esp/linux-6.1" "$esp/linux-6.2"
run grub apply smt=0 --host "$host"
status_is 3
err_has "what is configured does not boot: /efi/EFI/xen/guestctl.cfg: dom0's kernel is not there: "
mv "$esp/loader/entries/deb-6.1.conf" "$esp/loader/entries/deb-6.2.conf"
printf 'version 6.2\nlinux /linux-6.2\n' >"$esp/loader/entries/deb-6.2.conf"
for command in show check; do
    run grub $command --host "$host"
    works
    out_has "run: guestctl grub apply after each kernel upgrade"
done
run grub apply smt=0 --host "$host"
if [ "$(id -u)" = 0 ]; then
    works
    out_has "applied: smt=0"
    grep -q '^kernel=.linux-6.2$' "$esp/EFI/xen/guestctl.cfg" || complain "the kernel is still the old one"
    run grub apply smt=0 --host "$host"
    works
    out_has "unchanged: smt=0"
fi
printf '[xen]\nkernel=gone\n' >"$esp/EFI/xen/guestctl.cfg"
run grub apply smt=0 --host "$host"
status_is 3
err_has "dom0's kernel is not there: gone; names are relative to /efi/EFI/xen; correct that first, or add --force"

# half a generation that cannot be read is named, and shown is the rest
mkdir -p "$tree/var/lib/guestctl/grub/1"
echo '{' >"$tree/var/lib/guestctl/grub/1/manifest.json"
run grub show --host "$host"
works
err_has "earlier changes cannot be shown: $tree/var/lib/guestctl/grub/1 holds what an earlier change replaced and cannot be read"
run grub rollback
fails 3 "$tree/var/lib/guestctl/grub/1/manifest.json"
end
