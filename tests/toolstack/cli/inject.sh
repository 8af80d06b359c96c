# SPDX-License-Identifier: LGPL-2.1-or-later
# [inject]: what is planned, and what is refused. It is carried out by tests/image/real/inject.sh.
. ./lib.sh
state=$GUESTCTL_ROOT/var/lib/guestctl
mkdir -p "$state/images/debian-12"
truncate -s 1M "$state/images/debian-12/disk"
printf '{"vm_mode": "hvm", "disk_format": "raw"}' >"$state/images/debian-12/meta.json"
key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ me@here'
mkdir there
printf '# mine\n%s\n' "$key" >there/id.pub
printf 'welcome\n' >there/motd
chmod 644 there/motd
printf '\037\213binary' >there/tool
chmod 755 there/tool
guest() { printf '[guest]\nimage = debian-12\n%b' "$1" >there/web.guest; }

guest '[inject]\npartition = 2\nhostname = www\nuser = admin\npassword-hash = $6$salt$hash\nssh-key = id.pub\nfile = motd:/etc/motd, tool:/usr/local/bin/tool\n'
for host in $(known_hosts); do
    on="--host $hosts/$host.json"
    run plan there/web.guest $on
    works
    out_has "# step 1: create-disk $state/guests/web/root.disk.json"
    out_has "# step 2: inject $state/guests/web/root.qcow2"
    out_has '"partition" : "2"'
    out_has '"hostname" : "www"'
    out_has '"password_hash" : "$6$salt$hash"'
    out_has "$key"
    out_has '"mode" : "0755"'
    out_has '"base64" : "H4tiaW5hcnk="'
    out_has '"text" : "welcome\n"'
    out_has "# step 3: create web"
    sed -n '/^# step 2/,/^# step 3/{/^#/d;p}' "$work/out" >"$work/step"
    run create there/web.guest --dry-run --json $on
    works
    is_json guestctl-plan
    out_has '"kind" : "inject"'
    for field in 'inject' 'inject.partition' 'inject.files' 'inject.hostname' 'inject.user' 'inject.password' 'inject.ssh-keys' 'inject.on-failure' 'inject.appliance'; do
        out_has "\"field\" : \"$field\""
    done
    out_has '"value" : "/etc/motd, /usr/local/bin/tool"'
done

mv "$work/step" "$work/out"
is_json guestctl-inject

# Nothing of it is in a plan that has no such group, or that makes no disk.
guest ''
run plan there/web.guest $on
works
out_lacks "inject"
guest '[inject]\npartition = -2\nfile = motd:/etc/motd\n'
run plan there/web.guest $on
works
out_lacks "# step 2: inject"
run why there/web.guest inject $on
out_has "partition = -2"

# nova's numbers.
for pair in -1=inspect 0=whole; do
    guest "[inject]\npartition = ${pair%=*}\n"
    run why there/web.guest inject.partition $on
    works
    out_has "${pair#*=}"
done

# A disk that was made before has it, or never will.
mkdir -p "$state/guests/web"
guest '[inject]\nfile = motd:/etc/motd\n'
run plan there/web.guest $on
sed -n '/^# step 1/,/^# step 2/{/^#/d;p}' "$work/out" >"$state/guests/web/root.disk.json"
qemu-img create -q -f qcow2 -b "$state/images/debian-12/disk" -F raw "$state/guests/web/root.qcow2" 1M
run plan there/web.guest $on
works
out_lacks ": inject "
run why there/web.guest inject $on
out_has "it was done when the disk was made before"
sed -i '/"injected"/d' "$state/guests/web/root.disk.json"
run why there/web.guest inject $on
out_has "warning"
out_has "the disk was made before, without it"
rm -r "$state/guests/web"

# Only what is the guest's own.
make_disk "$work/web.raw" vm_mode=hvm
printf '[guest]\nimage = %s\n[inject]\nfile = motd:/etc/motd\n' "$work/web.raw" >there/path.guest
run plan there/path.guest $on
fails 3 'inject: disk "root" is used as it is and is not this guest'"'"'s own: nothing is put into it; import the image (guestctl image import)'
printf '[guest]\n[disk root]\nsize = 1M\n[inject]\nfile = motd:/etc/motd\n' >there/empty.guest
run plan there/empty.guest $on
fails 3 'inject: disk "root" is made empty'

# Beside a seed: cloud-init comes last.
guest '[cloud-init]\nhostname = cloud\n[inject]\nhostname = www\n'
run why there/web.guest inject.hostname $on
works
out_has "cloud-init will change it to cloud"

# What is wrong is said with its place.
refused() { # STATUS GROUP-LINES TEXT
    guest "[inject]\n$2"
    run plan there/web.guest $on
    fails "$1" "$3"
}
refused 3 'partition = root\n' 'inject: partition "root" is not known (use inspect, none, whole or a number from 1 to 128'
refused 3 'partition = -3\n' 'inject: partition "-3" is not known'
refused 3 'file = motd\n' '[inject] file: "motd" is not SOURCE:DESTINATION'
refused 3 'file = motd:etc/motd\n' 'is not SOURCE:DESTINATION'
refused 3 'file = motd:/etc/../motd\n' 'is not SOURCE:DESTINATION'
refused 3 'file = motd:/etc/motd, tool:/etc/motd\n' 'inject: file: /etc/motd is there twice'
refused 5 'file = nothing:/etc/motd\n' "[inject] file: $work/there/nothing"
refused 5 'ssh-key = nothing.pub\n' "[inject] ssh-key: $work/there/nothing.pub"
refused 3 'hostname = a b\n' 'inject: hostname: "a b" is no host name'
refused 3 'user = A\n' 'inject: user: "A" is no user'
refused 3 'password-hash = secret\n' 'inject: password-hash: that is no password hash'
grep -q secret "$work/err" && complain "the password is shown"
refused 3 'on-failure = maybe\n' 'inject: on-failure "maybe" is not known (use stop or continue)'
refused 3 'hostnam = x\n' 'key "hostnam" is not known; did you mean "hostname"?'
head -c 262145 /dev/zero >there/large
refused 3 'file = large:/etc/large\n' "there/large"
head -c 262144 /dev/zero >there/large
refused 3 'file = large:/1, large:/2, motd:/3\n' 'inject: file: 3 files of 524296 bytes together are more than 64 files or 524288 bytes'

# A defined guest's file lies elsewhere.
guest '[inject]\nfile = motd:/etc/motd\n'
run define there/web.guest $on
fails 3 "[inject] file = motd:/etc/motd counts from this file's folder, and a defined guest's file is kept in another; write file = $work/there/motd:/etc/motd"
[ -z "$(find "$GUESTCTL_ROOT" -type f ! -path '*/images/debian-12/*' ! -path '*/run/guestctl/probe')" ] || complain "something was made"
end
