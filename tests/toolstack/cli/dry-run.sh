# SPDX-License-Identifier: LGPL-2.1-or-later
# Every changing command with --dry-run on every recorded host: a plan comes out, nothing is opened or written.
. ./lib.sh
make_disk "$work/web.raw" vm_mode=hvm
printf '# mine\n[guest]\nimage = %s\nmemory = 256M\n' "$work/web.raw" >web.guest

for host in $(known_hosts); do
    on="--dry-run --host $hosts/$host.json"
    for what_to_create in web.raw web.guest; do
        run create "$what_to_create" $on
        works
        out_has "# step 1: create web"
        out_has "unpause web"
        run plan "$what_to_create" --host "$hosts/$host.json"
        works
        out_has "# step 1: create web"
        run create "$what_to_create" $on --paused
        works
        out_lacks "unpause web"
        run create "$what_to_create" $on --json
        works
        is_json guestctl-plan
        out_has '"kind" : "create"'
    done
    # The same bytes, whichever way one asks.
    "$GUESTCTL" plan web.raw --host "$hosts/$host.json" --json >first 2>/dev/null
    "$GUESTCTL" create web.raw $on --json >second 2>/dev/null
    cmp first second || { what="plan and create --dry-run on $host"; complain "differ"; }

    for verb in destroy pause unpause; do
        run $verb web $on
        works
        out_has "# step 1: $verb web"
        run $verb web $on --json
        works
        is_json guestctl-plan
        run $verb 'no such/name' $on
        fails 3 ""
    done
    run shutdown web $on
    works
    out_has "# step 1: shutdown web"
    out_lacks "destroy"
    run shutdown --wait web $on
    works
    out_has "# step 2: destroy web"

    run define web.guest $on
    works
    out_has "# step 1: write-file $GUESTCTL_ROOT/etc/guestctl/guests/web.guest"
    out_has "# mine"
    run host save there.json $on
    works
    out_has "# step 1: write-file $work/there.json"
    root_is_untouched
    [ ! -e there.json ] || complain "there.json was written"

    # These need a definition, which is all that is there then.
    run define web.guest --host "$hosts/$host.json"
    works
    run start web $on
    works
    out_has "# step 1: create web"
    run reboot web $on
    works
    out_has "reboot web"
    run undefine web $on
    works
    out_has "# step 1: remove-file $GUESTCTL_ROOT/etc/guestctl/guests/web.guest"
    [ -e "$GUESTCTL_ROOT/etc/guestctl/guests/web.guest" ] || complain "it was removed"
    [ "$(files_made)" = "$GUESTCTL_ROOT/etc/guestctl/guests/web.guest" ] || complain "left: $(files_made)"
    rm -rf "$GUESTCTL_ROOT"
done
end
