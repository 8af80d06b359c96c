# SPDX-License-Identifier: LGPL-2.1-or-later
# grub apply, rollback, a trial and confirm with Debian's real grub-mkconfig and 20_linux_xen in a small tree.
. ./lib.sh
chroot "$tree" update-grub >"$work/out" 2>"$work/err" || complain "update-grub failed"
cfg=$tree/boot/grub/grub.cfg
ours=$tree/etc/default/grub.d/zz-guestctl.cfg
saved=$tree/var/lib/guestctl/grub
line=dom0_mem=400M,max:400M
# The lines that start Xen in grub.cfg: how many have this text in them.
entries_with() {
    tr -s ' ' <"$cfg" | grep -cE "multiboot2?.*/xen[^ ]* placeholder $1"
}
remember old

ctl apply "$line"
status_is 0
out_has "+++ $ours"
out_has "what is replaced is kept in $saved/1"
out_has "run chroot '$tree' update-grub"
out_has "applied: $line"
[ "$(entries_with "$line")" = 3 ] || complain "not all three entries have the line"
remember new
ctl apply "$line"
status_is 0
out_has "unchanged: $line"
is_as new
[ ! -e "$saved/2" ] || complain "something was kept though nothing changed"
chroot "$tree" grub-script-check /boot/grub/grub.cfg || complain "grub-script-check"

# what grub.cfg has been made of is right, and it is not: it is made anew
sed -i "s/$line/dom0_mem=1G/" "$cfg"
ctl apply "$line"
status_is 0
err_has "the files are right already, but what is made of them is not"
is_as new
ctl rollback
status_is 0
ctl rollback
status_is 0
is_as old
ctl rollback
status_is 5

# the default is Xen's, protected from xen.cfg; an option changes, the others and the default stay
sed -i 's/^GRUB_DISTRIBUTOR.*/GRUB_DISTRIBUTOR=Other/; $aXEN_OVERRIDE_GRUB_DEFAULT=0' "$tree/etc/default/grub"
chroot "$tree" update-grub >"$work/out" 2>"$work/err"
ctl show
out_has "does not start Xen"
remember old
ctl apply "$line smt=0" --set-default
status_is 0
grep -qF 'set default="xen-gnulinux-simple-11111111-2222-3333-4444-555555555555"' "$cfg" || complain "the default is not Xen's"
ctl apply dom0_mem=500M,max:500M
status_is 0
[ "$(entries_with 'dom0_mem=500M,max:500M smt=0')" = 3 ] || complain "not all three entries have both options"
grep -qF 'set default="xen-gnulinux-simple-' "$cfg" || complain "the default was lost"
ctl rollback
ctl rollback
is_as old

# without submenus there is no simple id: the first entry's own
cp "$tree/etc/default/grub" "$work/grub"
echo GRUB_DISABLE_SUBMENU=true >>"$tree/etc/default/grub"
chroot "$tree" update-grub >"$work/out" 2>"$work/err"
ctl apply smt=0 --set-default
status_is 0
grep -qF 'set default="xen-gnulinux-6.1.0-56-amd64-advanced-' "$cfg" || complain "the default is not Xen's"
ctl rollback
cp "$work/grub" "$tree/etc/default/grub"
chroot "$tree" update-grub >"$work/out" 2>"$work/err"
is_as old

# GRUB_CMDLINE_XEN_DEFAULT of somebody else's comes later on the line: ours comes after it
echo 'GRUB_CMDLINE_XEN_DEFAULT="dom0_mem=300M loglvl=all"' >"$tree/etc/default/grub.d/10-site.cfg"
chmod 600 "$tree/etc/default/grub.d/10-site.cfg"
ctl apply "$line" --json
status_is 0
is_json guestctl-grub-change "$work/out"
ctl show --json
is_json guestctl-grub-show "$work/out"
[ "$(entries_with "$line dom0_mem=300M loglvl=all $line")" = 2 ] || complain "the normal entries"
[ "$(entries_with "$line [\$]")" = 1 ] || complain "the recovery entry"
# our part changed by others since: refused, and with --force kept
sed -i 's/400M/401M/' "$ours"
ctl rollback
status_is 8
err_has "$ours was changed by others since generation"
err_has "add --force: then that edit goes, and the file as it is now is kept as $saved"
ctl rollback --force
status_is 0
err_has "that edit goes, and is kept as $saved"
[ ! -e "$ours" ] || complain "it is still there"
find "$saved" -path '*/changed/*zz-guestctl.cfg' -exec grep -l '401M' {} + | grep -q . || complain "what others wrote was not kept"
# changed around it: that stays
ctl apply "$line"
echo '# mine' >>"$ours"
ctl rollback
status_is 0
err_has "$ours was changed by others since; that is kept, and only guestctl's part of it is taken back"
[ "$(cat "$ours")" = '# mine' ] || complain "the edit was lost"
rm "$ours"
rm "$tree/etc/default/grub.d/10-site.cfg"
chroot "$tree" update-grub >"$work/out" 2>"$work/err"
is_as old

for manifest in "$saved"/*/manifest.json; do
    is_json guestctl-grub-saved "$manifest"
done

# what GRUB takes for itself in the line of others: Xen would not get what comes behind it
cp -p "$tree/etc/grub.d/20_linux_xen" "$work/20_linux_xen"
for words in 'loglvl=all # com1=1' 'foo=a;b' 'foo=\$bar baz=\"x\"'; do
    printf 'GRUB_CMDLINE_XEN="%s"\n' "$words" >"$tree/etc/default/grub.d/10-site.cfg"
    for how in "" --dry-run --force --trial; do
        # shellcheck disable=SC2086
        ctl apply "$line" $how
        status_is 3
        err_has "Xen's line: GRUB takes the character"
        err_has "take it away where it is set"
    done
    ctl show
    err_has "Xen's line: GRUB takes the character"
done
chroot "$tree" update-grub >"$work/out" 2>"$work/err"
ctl show
out_has 'GRUB takes the character $'
rm "$tree/etc/default/grub.d/10-site.cfg"
sed -i 's/placeholder ${xen_args}/& # off/' "$tree/etc/grub.d/20_linux_xen"
ctl apply "$line"
status_is 3
err_has "nothing was changed, the old files are back: /boot/grub/grub.cfg: GRUB takes the character # in \"$line # off\""
cp -p "$work/20_linux_xen" "$tree/etc/grub.d/20_linux_xen"
chroot "$tree" update-grub >"$work/out" 2>"$work/err"
is_as old

# Ctrl-C while the program runs: it is ended, and the old files are back
remember old
mkfifo "$tree/tmp/started"
printf '#!/bin/sh\necho $$ >/tmp/started\nwhile :; do :; done\n' >"$tree/etc/grub.d/30_slow"
chmod 755 "$tree/etc/grub.d/30_slow"
remember slow
what="guestctl grub apply, interrupted"
"$GUESTCTL" grub apply "$line" --root "$tree" --host "$host" >"$work/out" 2>"$work/err" &
pid=$!
read -r slow <"$tree/tmp/started"
kill -TERM "$pid"
wait "$pid"
status=$?
status_is 130
err_has "nothing was changed, the old files are back: interrupted"
rm -f "$cfg.new" # of the program that was ended
is_as slow
rm "$tree/etc/grub.d/30_slow" "$tree/tmp/started"
is_as old
kill "$slow" # the script that was running then: its parent has ended before it

# power went while grub.cfg was written: it is made anew
ctl apply "$line"
newest=$(ls "$saved" | sort -n | tail -1)
sed -i 's/"state" : "applied"/"state" : "begun"/' "$saved/$newest/manifest.json"
head -c 700 "$cfg" >"$work/half"
cat "$work/half" >"$cfg"
ctl show
status_is 0
err_has "was cut off, or is under way"
ctl rollback
status_is 0
is_as old
ctl apply "$line"
sed -i 's/"state" : "applied"/"state" : "begun"/' "$saved"/*/manifest.json
ctl apply "$line" --json
status_is 0
err_has "was cut off; the files from before it are back"
sed -i 's/"state" : "applied"/"state" : "begun"/' "$saved"/*/manifest.json
remember cut
ctl apply "$line" --dry-run
status_is 0
err_has "was cut off: the files from before it would come back first"
cp -p "$ours" "$work/ours"
sed -i 's/400M/401M/' "$ours"
ctl apply "$line" --dry-run
status_is 8
err_has "was cut off and cannot be put back: $ours was changed by others"
cp -p "$work/ours" "$ours"
is_as cut
ctl rollback --json
is_json guestctl-grub-change "$work/out"
is_as old
# a dry run looks for the program too
mv "$tree/usr/sbin/update-grub" "$work/" && mv "$tree/usr/sbin/grub-mkconfig" "$work/"
ctl apply "$line" --dry-run --target grub
status_is 5
err_has "grub-mkconfig is not below $tree/"
mv "$work/update-grub" "$work/grub-mkconfig" "$tree/usr/sbin/"

# the program fails: everything is as it was
cp -p "$tree/etc/grub.d/20_linux_xen" "$work/20_linux_xen"
printf '#!/bin/sh\necho "menuentry {{{"\n' >"$tree/etc/grub.d/20_linux_xen"
remember broken
ctl apply "$line"
status_is 10
err_has "nothing was changed, the old files are back: "
is_as_but_new() { rm -f "$cfg.new"; is_as "$1"; } # which grub-mkconfig leaves for people to look at
is_as_but_new broken
# it makes a file without Xen: the same, and --force keeps it
printf '#!/bin/sh\n' >"$tree/etc/grub.d/20_linux_xen"
remember broken
ctl apply "$line"
status_is 4
err_has "has no entry that starts Xen"
is_as broken
ctl apply "$line" --force
status_is 0
ctl rollback
cp -p "$work/20_linux_xen" "$tree/etc/grub.d/20_linux_xen"
chroot "$tree" update-grub >"$work/out" 2>"$work/err"
is_as old

# a folder that cannot be written
if mount --bind "$tree/etc/default/grub.d" "$tree/etc/default/grub.d" 2>/dev/null; then
    mount -o remount,ro,bind "$tree/etc/default/grub.d"
    ctl apply "$line"
    umount "$tree/etc/default/grub.d"
    status_is 8
    err_has "nothing was changed, the old files are back: $ours: cannot make a temporary file beside it: Read-only file system"
    is_as old
    ctl rollback
    status_is 5
else
    echo "not done: a read-only folder (mount is not allowed here)"
fi

# root can write everywhere, so a link leads out of the tree
mkdir -p "$work/aside"
mv "$tree/etc/default/grub.d" "$work/aside/"
ln -s "$work/aside/grub.d" "$tree/etc/default/grub.d"
ctl apply "$line"
status_is 3
err_has "a symbolic link leads out of $tree"
rm "$tree/etc/default/grub.d"
mv "$work/aside/grub.d" "$tree/etc/default/"
# a link within the tree stays one
ln -s ../zz-real "$ours"
: >"$tree/etc/default/zz-real"
remember linked
ctl apply "$line"
status_is 0
[ -L "$ours" ] || complain "the link was replaced"
grep -q "$line" "$tree/etc/default/zz-real" || complain "the file behind the link was not written"
ctl rollback
is_as linked
rm "$ours" "$tree/etc/default/zz-real"

# what ends grub-mkconfig, which runs by set -e, ends it here too, and is named
for text in '[ "$NOPE" = 1 ] && X=1' 'while :; do :; done'; do
    echo "$text" >"$tree/etc/default/grub.d/late.cfg"
    ctl show
    status_is 3
    err_has "/etc/default/grub.d/late.cfg: the shell does not come to its end, so grub-mkconfig will not either: "
done
err_has "it is still busy after 10 seconds"
rm "$tree/etc/default/grub.d/late.cfg"

# one that came since, at rollback, recovery
ctl apply "$line"
mv "$tree/etc/default/grub.d" "$work/aside/"
ln -s "$work/aside/grub.d" "$tree/etc/default/grub.d"
for state in applied begun; do
    newest=$(ls "$saved" | sort -n | tail -1)
    sed -i "s/\"state\" : \"[a-z]*\"/\"state\" : \"$state\"/" "$saved/$newest/manifest.json"
    ctl rollback
    status_is 3
    err_has "a symbolic link leads out of $tree"
    [ -e "$work/aside/grub.d/zz-guestctl.cfg" ] || complain "a file out of the tree was removed"
done
rm "$tree/etc/default/grub.d"
mv "$work/aside/grub.d" "$tree/etc/default/"
ctl rollback
status_is 0

# the one file; the rest of it may change meanwhile
remember old
ctl apply "$line" --target grub
status_is 0
printf '# theirs\n' >>"$tree/etc/default/grub"
ctl rollback
status_is 0
err_has "only guestctl's part of it is taken back"
[ "$(tail -1 "$tree/etc/default/grub")" = '# theirs' ] || complain "the edit was lost"
sed -i '$d' "$tree/etc/default/grub"
is_as old
# taken back, and the line cannot be read then: done all the same
ctl apply "$line"
status_is 0
echo '. /tmp/guestctl-only-there' >"$tree/etc/default/grub.d/10-site.cfg"
: >"$tree/tmp/guestctl-only-there"
ctl rollback --json
status_is 0
err_has "the files are back, but: /etc/default/grub.d/10-site.cfg: the shell does not come to its end"
is_json guestctl-grub-change "$work/out"
rm "$tree/etc/default/grub.d/10-site.cfg" "$tree/tmp/guestctl-only-there"
is_as old
ctl apply "$line" --target grub
status_is 0
[ "$(entries_with "$line")" = 3 ] || complain "not all three entries have the line"
ctl rollback
is_as old

# a trial: only custom.cfg and GRUB's block change, one boot long
printf 'set color_normal=white/black' >"$tree/boot/grub/custom.cfg"
chroot "$tree" grub-editenv /boot/grub/grubenv create
remember old
ctl apply "$line" --trial --force
status_is 0
grep -q "$line" "$cfg" && complain "grub.cfg was touched"
err_has "the boot after the trial will have no Xen"
grep -q "placeholder $line [\$]{xen_rm_opts}" "$tree/boot/grub/custom.cfg" || complain "the trial's line"
chroot "$tree" grub-script-check /boot/grub/custom.cfg || complain "GRUB cannot read the trial's entry"
chroot "$tree" grub-editenv /boot/grub/grubenv list | grep -q next_entry=guestctl-trial || complain "next_entry"
remember trial
for how in "--trial --force" "--trial --force --dry-run" "" --dry-run; do
    # shellcheck disable=SC2086
    ctl apply "$line" $how
    status_is 6
    err_has "waits already"
done
is_as trial
ctl show
err_has "a trial of \"$line\" waits"
ctl confirm
status_is 4
err_has "has not been booted yet: next_entry in $tree/boot/grub/grubenv still names the trial"
ctl confirm --force
status_is 4
err_has "the trial did not boot, or has not been booted yet"
is_as trial
ctl rollback
status_is 0
is_as old
# edited since: the next boot is the old one, whatever becomes of the rest
ctl apply "$line" --trial --force
sed -i 's/400M/401M/' "$tree/boot/grub/custom.cfg"
ctl rollback
status_is 8
chroot "$tree" grub-editenv /boot/grub/grubenv list | grep -q next_entry && complain "the trial is still the next boot's"
sed -i 's/401M/400M/' "$tree/boot/grub/custom.cfg"
printf 'set x=1\n' >>"$tree/boot/grub/custom.cfg"
ctl rollback
status_is 0
[ "$(cat "$tree/boot/grub/custom.cfg")" = "$(printf 'set color_normal=white/black\nset x=1')" ] || complain "custom.cfg is not what others left"
printf 'set color_normal=white/black' >"$tree/boot/grub/custom.cfg"
is_as old
# it would wait for a password
printf '\nset superusers="root"\n' >>"$tree/boot/grub/custom.cfg"
remember password
ctl apply "$line" --trial --force
status_is 4
err_has "custom.cfg sets a password (superusers)"
is_as password
printf 'set color_normal=white/black' >"$tree/boot/grub/custom.cfg"
ctl apply "$line" --trial --force
status_is 0
sed "s/\"command_line\" : \"[^\"]*\"/\"command_line\" : \"placeholder $line\"/" "$FIXTURES/hosts/xen-4.17.json" >"$work/booted.json"
host=$work/booted.json
ctl confirm
status_is 4 # not booted, although this line runs
chroot "$tree" grub-editenv /boot/grub/grubenv set next_entry=
remember booted
for how in "" --dry-run; do
    # shellcheck disable=SC2086
    ctl confirm $how
    status_is 3
    err_has "the default entry does not start Xen, so the next boot would not have this line, nor Xen; use: guestctl grub confirm --set-default"
done
is_as booted
ctl confirm --set-default
status_is 0
out_has "confirmed: $line"
grep -qF 'set default="xen-gnulinux-simple-' "$cfg" || complain "the default is not Xen's"
[ "$(entries_with "$line")" = 3 ] || complain "not all three entries have the line"
grep -q guestctl "$tree/boot/grub/custom.cfg" && complain "the trial's entry is still there"
chroot "$tree" grub-editenv /boot/grub/grubenv list | grep -q next_entry=. && complain "next_entry is still there"
ctl confirm
status_is 5
ctl rollback
status_is 0
ctl rollback
status_is 5
end
