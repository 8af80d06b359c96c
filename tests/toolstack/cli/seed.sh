# SPDX-License-Identifier: LGPL-2.1-or-later
# cloud-init's seed, from options and from the guest file: what is planned, and what is refused. It is made by seed-iso's test.
. ./lib.sh
make_disk "$work/web.raw" vm_mode=hvm
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ me@here'
printf '# mine\n%s\n' "$key" >id.pub
printf '#!/bin/sh\n\techo "$1" >/dev/console' >user-data
seed=$GUESTCTL_ROOT/var/lib/guestctl/guests/web/seed.iso

for host in $(known_hosts); do
    on="--host $hosts/$host.json"
    run plan web.raw --ssh-key id.pub --hostname www.example.org $on
    works
    out_has "# step 1: write-seed $seed"
    out_has "--- meta-data "
    out_has 'local-hostname: "www.example.org"'
    out_has "  - \"$key\""
    out_has "#cloud-config"
    out_has "# step 2: create web"
    out_has "$seed"
    run create web.raw --ssh-key "$key" --ssh-key id.pub --dry-run --json $on
    works
    is_json guestctl-plan
    [ "$(grep -o "me@here" "$work/out" | wc -l)" = 1 ] || complain "a key that is given twice is there twice"
    out_has '"kind" : "write-seed"'
    cp id.pub "my key.pub"
    run plan web.raw --ssh-key "my key.pub" $on
    works
    out_has "  - \"$key\""
    run why web.raw seed --user-data user-data --seed config-drive $on
    works
    out_has "config-drive"
    out_has "$work/user-data"
    run plan web.raw --seed none --hostname www $on
    works
    out_lacks "write-seed"
done
on="--host $hosts/$host.json"

# The user's own data is in the plan byte for byte, tabs and a missing last newline too.
run plan web.raw --user-data user-data --json $on
works
out_has '--- user-data 34\n#!/bin/sh\n\techo \"$1\" >/dev/console'
printf '\037\213binary' >packed
run plan web.raw --user-data packed $on
works
out_has "--- user-data 12 base64"
printf 'users: []\n' >odd
run plan web.raw --user-data odd $on
works
out_has "by its first line cloud-init does not know it"

# Wishes of the image.
make_disk "$work/drive.raw" vm_mode=hvm img_config_drive=mandatory
run plan drive.raw $on
works
out_has "--- openstack/latest/meta_data.json "

# The guest file: its own folder for paths, and absolute ones for what is defined.
mkdir there
cp id.pub there/
printf '[guest]\nimage = %s\n[cloud-init]\nuser = admin\npassword-hash = $6$salt$hash\nssh-key = id.pub\n' "$work/web.raw" >there/web.guest
run plan there/web.guest $on
works
out_has '  name: "admin"'
out_has '  hashed_passwd: "$6$salt$hash"'
out_has "$key"
run plan there/web.guest --ssh-key "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ other" $on
works
out_has "other"
out_lacks "me@here"
run define there/web.guest $on
fails 3 "[cloud-init] ssh-key = id.pub counts from this file's folder"

# What is wrong is said with its place.
run plan web.raw --ssh-key nothing.pub $on
fails 5 "ssh-key: $work/nothing.pub"
run plan web.raw --ssh-key "ssh-ed25519 AAAA me" $on
fails 3 "ssh-key: that is no SSH key, or not all of one"
echo '-----BEGIN OPENSSH PRIVATE KEY-----' >id
run plan web.raw --ssh-key id $on
fails 3 "ssh-key: $work/id:1: that is a private key"
run plan web.raw --hostname 'a b' $on
fails 3 "hostname: \"a b\" is no host name"
run plan web.raw --user-data nothing $on
fails 5 "user-data: $work/nothing"
run plan web.raw --seed ec2 $on
fails 2 "--seed: \"ec2\" is not one of nocloud, config-drive, none"
printf '[guest]\nimage = %s\n[cloud-init]\npassword-hash = secret\n' "$work/web.raw" >plain.guest
run plan plain.guest $on
fails 3 "a password itself is not taken"
grep -q secret "$work/err" && complain "the password is shown"
root_is_untouched

# What was kept for the guest goes with its definition.
printf '[guest]\nimage = %s\n[cloud-init]\n' "$work/web.raw" >web.guest
run define web.guest $on
works
mkdir -p "${seed%/*}"
: >"$seed"
run undefine web --force
works
[ ! -e "$seed" ] || complain "the seed was left"
end
