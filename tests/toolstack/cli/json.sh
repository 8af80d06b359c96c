# SPDX-License-Identifier: LGPL-2.1-or-later
# Every JSON output against its schema, on every recorded host; and each schema against what it must refuse.
. ./lib.sh
make_disk web.raw vm_mode=hvm hw_disk_bus=virtio colour=blue
for host in $(known_hosts); do
    on="--json --host $hosts/$host.json"
    run plan web.raw $on
    works
    is_json guestctl-plan
    run why web.raw $on
    works
    is_json guestctl-why
    # The note is the native text of a step, itself a document.
    run plan web.raw --host "$hosts/$host.json"
    works
    grep '^{"format":"guestctl-note/1"' "$work/out" >note || grep -o '{"format":"guestctl-note/1".*}' "$work/out" >note
    cp note "$work/out"
    [ ! -s note ] || is_json guestctl-note
done
run list --json --host "$hosts/$host.json"
works
is_json guestctl-list
err_is_json guestctl-notice
run grub check --json
works
is_json guestctl-grub-check
run version --json
is_json guestctl-version
for host in $(known_hosts); do
    run host check --json --host "$hosts/$host.json"
    is_json guestctl-host-check
done

# The image store: the result of each change, the list, the store's own file, progress.
run image import web.raw --json
works
is_json guestctl-image-result
cp "$GUESTCTL_ROOT"/var/lib/guestctl/images/*/local.json "$work/out"
is_json guestctl-stored-image
run image set web --property vm_mode=hvm --property colour=red --json
works
is_json guestctl-image-result
err_is_json guestctl-notice
run image unset web colour --json
is_json guestctl-image-result
cp "$GUESTCTL_ROOT"/var/lib/guestctl/images/*/local.json "$work/out"
is_json guestctl-stored-image
run image list --json
works
is_json guestctl-images
for verb in "export web there.raw" "remove web" gc; do
    # shellcheck disable=SC2086 # several words
    run image $verb --json
    works
    is_json guestctl-image-result
done
rm -r "$GUESTCTL_ROOT/var/lib"

for schema in "$SCHEMAS"/*.json; do
    what="json-check $schema"
    echo '{"format": "other/1"}' | "$JSON_CHECK" "$schema" 2>/dev/null && complain "another format was taken"
done
root_is_untouched
end
