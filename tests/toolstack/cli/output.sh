# SPDX-License-Identifier: LGPL-2.1-or-later
# Help of every command, colour on terminals only, reasons short and in full.
. ./lib.sh
set -- $(known_hosts)
host=$hosts/$1.json
run help
works
cp "$work/out" all
sed -n '/^commands:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p' all >names
[ "$(wc -l <names)" -ge 18 ] || complain "too few commands in the help"
while read -r command; do
    run help "$command"
    works
    out_has "usage: guestctl $command"
    out_has "for example:"
    cp "$work/out" topic
    run "$command" --help
    works
    cmp "$work/out" topic || complain "help $command and $command --help differ"
done <names
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
root_is_untouched
end
