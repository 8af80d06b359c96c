# SPDX-License-Identifier: LGPL-2.1-or-later
# define and undefine: checked to the end, kept byte for byte, listed, removed.
. ./lib.sh
set -- $(known_hosts)
host=$hosts/$1.json
kept=$GUESTCTL_ROOT/etc/guestctl/guests/web.guest
make_disk "$work/web.raw" vm_mode=hvm
printf '# mine, with\ttabs  \n\n[guest]\n  image=%s   # comment\nmemory = 256M' "$work/web.raw" >web.guest

run define web.guest --host "$host"
works
out_has "guest \"web\" is defined in $kept"
cmp web.guest "$kept" || complain "the kept file differs"
[ -z "$(find "$GUESTCTL_ROOT" -name '*.tmp' -o -name '*.journal' -o -name '*.lock')" ] || complain "something is left"

run define web.guest --host "$host" --json
works
is_json guestctl-result
out_has '"status" : "defined"'

run define web.guest --host "$host" --name other
works
run list --names --host "$host"
works
out_has web
out_has other
run list web --host "$host"
works
out_has "shut off"
out_lacks other
run list wbe --host "$host"
fails 5 'there is no guest "wbe"; did you mean "web"?'
run list --json --host "$host"
works
is_json guestctl-list
run show web --host "$host"
works
out_has "shut off"
out_has "$kept"
run show web --json --host "$host"
works
is_json guestctl-show
run show web --native --host "$host"
works
err_is_empty

printf '[guest]\nimage = web.raw\n' >relative.guest
run define relative.guest --host "$host"
fails 3 "write image = $work/web.raw"
printf '[guest]\nimage = %s\nmemroy = 1G\n' "$work/web.raw" >typo.guest
run define typo.guest --host "$host"
fails 3 'memroy'
err_has 'did you mean "memory"'
run define nothing.guest --host "$host"
fails 5 "nothing.guest"
printf '[guest]\nimage = /no/such/disk.qcow2\n' >gone.guest
run define gone.guest --host "$host"
fails 5 "/no/such/disk.qcow2"
run define "$work/web.raw" --host "$host"
status_is 3
[ "$(ls "$GUESTCTL_ROOT/etc/guestctl/guests" | tr '\n' ' ')" = "other.guest web.guest " ] || complain "more was defined"

run undefine wbe --host "$host"
fails 5 'no guest "wbe" is defined'
run undefine web --host "$host" --force
works
[ ! -e "$kept" ] || complain "it is still there"
run start web --host "$host"
fails 5 'no guest "web" is defined'
run start ./web.guest --host "$host"
fails 5 "to run a file without defining it: guestctl create ./web.guest"
end
