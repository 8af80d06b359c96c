# SPDX-License-Identifier: LGPL-2.1-or-later
# grub simulate: what Xen will do with a command line, on a recorded machine, and as JSON.
. ./lib.sh
host=$hosts/xen-4.17.json

run grub simulate "placeholder dom0_mem=1G,max:1G dom0_max_vcpus=1 dom0_vcpus_pin" --host "$host" --strict
works
err_is_empty
out_has "1024 MiB"
out_has "xl sees that dom0's memory is fixed"
out_lacks "warning"

# the mistakes that experts make
run grub simulate "dom0_mem=1024M,max=1024M" --host "$host"
works
out_has "dom0_mem has set no max:"
out_has 'after max comes a colon, max:'
out_has "as it is written xl does not know it"
run grub simulate "dom0_mem=1024" --host "$host"
works
out_has "1024 has no unit, so Xen takes it as KiB: 1 MiB"
out_has "too small for kernel image"
run grub simulate "dom0_mem=512MB" --host "$host"
works
out_has '"B" is left over; a unit is one letter'
out_has "about 2"
run grub simulate "dom0-mem=1G" --host "$host"
works
out_has "did you mean dom0_mem?"
run grub simulate "dom0_mem=1G,max:1G quiet" --host "$host" --strict
status_is 3
out_has "belongs on the kernel's line"
err_has "the line has 1 warning"
run grub simulate "" --host "$host"
works
out_has "dom0_mem is not set"
run grub simulate --host "$host" -- "-- dom0_mem=1G"
works
out_has "1024 MiB"
printf 'dom0_mem=1G\033[31m\n' >steer
run grub simulate "$(cat steer)" --host "$host"
works
out_has '\x1b[31m'

for line in "dom0_mem=1G,max:1G" "dom0_mem=50%,max:75%" "" "dom0_mem=1024M,max=1024M bogus" "$(printf 'a\377b')"; do
    run grub simulate "$line" --host "$host" --json
    works
    is_json guestctl-grub-simulate
done
out_has '"max_kib" : null'

# this machine, without Xen and without privileges
run grub simulate "dom0_mem=1G,max:1G" --json
works
is_json guestctl-grub-simulate

run grub simulate
fails 2 "an argument is missing; usage: guestctl grub simulate LINE"
run grub simulate dom0_mem=1G max:1G
fails 2 "too many arguments"
run grub frob "x"
fails 2 '"grub frob" is not a command; use one of: '
sed 's/"x86_64"/"aarch64"/' "$host" >arm.json
run grub simulate "dom0_mem=1G" --host arm.json
fails 4 "not for aarch64"
root_is_untouched
end
