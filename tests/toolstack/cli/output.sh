# SPDX-License-Identifier: LGPL-2.1-or-later
# Help of every command, colour on terminals only, reasons short and in full.
. ./lib.sh
set -- $(known_hosts)
host=$hosts/$1.json
run help
works
cp "$work/out" all
sed -nE '/^commands:/,/^$/s/^  ([a-z][a-z0-9]*( [a-z][a-z0-9]*)?)( .*|$)/\1/p' all >names
[ "$(wc -l <names)" -ge 18 ] || complain "too few commands in the help"
while read -r command; do
    # shellcheck disable=SC2086
    run help $command
    works
    out_has "usage: guestctl $command"
    out_has "for example:"
    cp "$work/out" topic
    # shellcheck disable=SC2086
    run $command --help
    works
    cmp "$work/out" topic || complain "help $command and $command --help differ"
done <names
run help grub
works
out_has "grub simulate LINE"
out_lacks "host save"
run --help
works
cmp "$work/out" all || complain "help and --help differ"

make_disk web.raw vm_mode=hvm
run plan web.raw --host "$host"
works
out_has "more are plain defaults: --verbose shows them"
grep -c . "$work/out" >short
run plan web.raw --host "$host" --verbose
works
out_lacks "more are plain defaults"
[ "$(grep -c . "$work/out")" -gt "$(cat short)" ] || complain "--verbose says no more"

# script(1) gives the program a terminal.
escape=$(printf '\033')
if command -v script >/dev/null; then
    what="help on a terminal"
    TERM=xterm script -qec "$GUESTCTL host --host $host" /dev/null </dev/null >"$work/out" 2>"$work/err"
    grep -q "$escape\[32m" "$work/out" || complain "no colour on a terminal"
    TERM=xterm NO_COLOR=1 script -qec "$GUESTCTL host --host $host" /dev/null </dev/null >"$work/out" 2>"$work/err"
    ! grep -q "$escape\[3" "$work/out" || complain "colour in spite of NO_COLOR"
fi
run host --host "$host"
! grep -q "$escape" "$work/out" || complain "colour without a terminal"

# What an image says of itself reaches a terminal as text: no colour, no second line, no text that runs backwards.
backwards=$(printf '\342\200\256')
printf '{"vm_mode": "hvm", "os_command_line": "quiet \\u202etxt", "os_distro": "\\u202ex", "my\\u001b[31m": "\\u001b[2J\\n\\u202ex"}' >hostile.json
echo kernel >vmlinuz
for command in "image show hostile.json" "plan web.raw --verbose" "why web.raw" "plan web.raw --json" "why web.raw --json" "image show hostile.json --json"; do
    case $command in
    image*) run $command ;;
    *) run $command --host "$host" --metadata hostile.json --kernel vmlinuz ;;
    esac
    works
    out_has "quiet "
    ! grep -q -e "$escape" -e "$backwards" "$work/out" || complain "an image's text came through raw"
done
root_is_untouched
end
