# SPDX-License-Identifier: LGPL-2.1-or-later
# apply, rollback and apply --trial killed before each of their changes of files, with a real grub-mkconfig: every
# file is the old or the new one, show says what happened, and rollback gives exactly the old tree.
. ./lib.sh
PRELOAD=$KILL_AT_LIBRARY
# of a build with AddressSanitizer, which wants to be the first library
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"
cut_off=0
rm "$tree/etc/grub.d/10_linux" "$tree"/boot/*cloud*    # quicker
chroot "$tree" update-grub 2>"$work/err" >"$work/out" || complain "update-grub failed"
printf 'set x=1' >"$tree/boot/grub/custom.cfg"
chmod 640 "$tree/boot/grub/custom.cfg"
chroot "$tree" grub-editenv /boot/grub/grubenv create
line=dom0_mem=400M,max:400M
remember old

# each_file_is_old_or_new: no file but temporary ones differs from both.
each_file_is_old_or_new() {
    (cd "$tree" && find etc boot -type f ! -name '*.tmp' -exec md5sum {} + | sort -k 2) >"$work/files"
    while read -r sum path; do
        grep -qF "$sum  $path" "$work/old" "$work/new" || complain "$path is neither old nor new"
    done <"$work/files"
    # a temporary file must have no name that GRUB's programs look for
    (cd "$tree" && find etc boot -type f -name '*.tmp' ! -name '*.??????.tmp') | grep . && complain "a strange file"
}
killed() {
    at=$1
    shift
    what="guestctl grub $* killed at $at"
    LD_PRELOAD=$KILL_AT_LIBRARY KILL_AT=$at KILL_BELOW=$tree "$GUESTCTL" grub "$@" --root "$tree" --host "$host" \
        >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ "$status" = 137 ]
}
# each_point NAME COMMAND...: until it survives. Back to the old tree after each.
each_point() {
    name=$1
    shift
    n=1
    while killed "$n" "$@"; do
        each_file_is_old_or_new
        check_"$name"
        is_as old
        [ "$failed" -lt 5 ] || end
        n=$((n + 1))
    done
    status_is 0
    echo "$name: $n points, $cut_off of them cut the change off"
    [ "$n" -gt 20 ] && [ "$cut_off" -gt 5 ] || complain "only $n points: the library did not count"
}
newest_state() {
    ctl show --json
    status_is 0
    newest=$(grep -m 1 '"state"' "$work/out" | sed 's/.*: "//; s/".*//')
}
# Nothing was kept yet, or the newest was taken back long ago; else rollback takes this one back.
check_apply() {
    newest_state
    case $newest in
    begun)
        cut_off=$((cut_off + 1))
        err_has "was cut off, or is under way; take it back with: guestctl grub rollback"
        ctl rollback
        status_is 0
        ;;
    applied)
        ctl rollback
        status_is 0
        ;;
    *)
        is_as old
        ctl rollback
        status_is 5
        ;;
    esac
}

ctl apply "$line" --set-default
status_is 0
remember new
ctl rollback
status_is 0
is_as old
each_point apply apply "$line" --set-default
ctl rollback
is_as old

# A rollback that was killed is done by the next one, or was done already.
check_rollback() {
    newest_state
    if [ "$newest" != rolled-back ]; then
        ctl rollback
        status_is 0
    fi
    is_as old
    ctl apply "$line" --set-default
    status_is 0
    remember now
    cmp -s "$work/now" "$work/new" || complain "apply after a killed rollback is not the new tree"
}
n=1
ctl apply "$line" --set-default
while killed "$n" rollback; do
    each_file_is_old_or_new
    check_rollback
    [ "$failed" -lt 5 ] || end
    n=$((n + 1))
done
status_is 0
is_as old
echo "rollback: $n points"

# apply goes on after one that was cut off: the files from before come back first.
killed 15 apply "$line" --set-default || complain "it was not killed"
newest_state
ctl apply "$line" --set-default
status_is 0
[ "$newest" != begun ] || err_has "was cut off; the files from before it are back"
remember now
cmp -s "$work/now" "$work/new" || complain "apply after a killed one is not the new tree"
ctl rollback
is_as old

# A trial. GRUB's block is its own program's, which writes it in place.
what=trial
ctl apply "$line" --trial --force
status_is 0
remember new
ctl rollback
status_is 0
is_as old
each_point apply apply "$line" --trial --force
ctl rollback
is_as old
end
