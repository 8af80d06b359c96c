# SPDX-License-Identifier: LGPL-2.1-or-later
# run: what it refuses before it does anything, what it writes and plans, and that a guest that cannot be built is not defined.
. ./lib.sh
make_disk debian.raw vm_mode=hvm
printf 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ me@here\n' >id.pub
guests=$GUESTCTL_ROOT/etc/guestctl/guests
mkdir -p "$guests"

# Nothing is imported for a guest that cannot be.
printf '[guest]\n' >"$guests/old.guest"
run run debian.raw --name old
fails 6 'guest "old" is defined already; start it with: guestctl start old'
run run web.guest
fails 2 "a guest file is not an image"
run run ""
fails 2 "names no image"
run run debian.raw --name "a b"
fails 3 'a b'
run run "/srv/Debian 12.qcow2"
fails 3 "its name cannot be the guest's, give one with --name"
run run debian.raw --until up
fails 2 "--until needs --console"
[ ! -e "$GUESTCTL_ROOT/var/lib/guestctl/images" ] || complain "something was imported"

for host in $(known_hosts); do
    on="--host $hosts/$host.json"
    run run nosuch $on
    fails 5 '"nosuch" is no image of the store, see: guestctl image list'
    run run debian.raw --ssh-key nosuch.pub $on
    fails 5 "nosuch.pub"
    run run debian.raw --vcpus 2147483647 $on
    fails 3 "vcpus"
    run run debian.raw --dry-run $on
    works
    out_has 'image "debian" would be made of'
    out_has "its guest is decided once it is in the store"
done
[ ! -e "$GUESTCTL_ROOT/var/lib/guestctl/images" ] || complain "something was imported"

run image import debian.raw
works
for host in $(known_hosts); do
    on="--host $hosts/$host.json"
    run run debian --name "web-1" --memory 768M --vcpus 2 --disk 1G --storage flat --net br0 --hostname www.example.org --ssh-key id.pub --force --dry-run $on
    works
    out_has "# step 1: write-file $guests/web-1.guest"
    sed -n '/^# step 1/,/^# step 2/p' "$work/out" | sed '1d;$d;/^$/d' >written
    cat >wanted <<END
# Written by guestctl run; yours from now on.
[guest]
image = debian
memory = 768M
vcpus = 2
[disk root]
storage = flat
size = 1G
[nic net0]
bridge = br0
[cloud-init]
hostname = www.example.org
ssh-key = $work/id.pub
END
    cmp -s written wanted || complain "the guest file is not as it should be: $(diff written wanted)"
    out_has "create-disk"
    out_has "write-seed"
    run run debian --name web --force --dry-run --json $on
    works
    is_json guestctl-plan
    run run debian --name web --disk 1M --storage nosuch --force --dry-run $on
    fails 3 'nosuch'
    run run debian --name web --ssh-key "ssh-ed25519 AAAA a,b" --dry-run $on
    fails 3 "put the key into a file"
done
# The disk of an earlier guest is not a new guest's.
mkdir -p "$GUESTCTL_ROOT/var/lib/guestctl/guests/kept"
run run debian --name kept --net none --force --dry-run $on
sed -n '/^# step 2/,/^# step 3/{/^#/d;p}' "$work/out" >record
cp record "$GUESTCTL_ROOT/var/lib/guestctl/guests/kept/root.disk.json"
run run debian --name kept --net none --force --dry-run $on
fails 6 'a disk of an earlier guest "kept" is kept'
rm -r "$GUESTCTL_ROOT/var/lib/guestctl/guests/kept"

# The network that is taken without --net, and why.
run run debian --name web --net user --force --dry-run --host "$hosts/kvm.json"
if built_with kvm; then
    works
    out_has "network = user"
    run run debian --name web --force --dry-run --host "$hosts/qemu.json"
    works
    err_has 'guest "web": network '
fi
if built_with xen; then
    run run debian --name web --net none --force --dry-run --host "$hosts/xen-4.17.json"
    works
    out_lacks "[nic"
fi
[ "$(ls "$guests")" = old.guest ] || complain "a dry run has defined something: $(ls "$guests")"
end
