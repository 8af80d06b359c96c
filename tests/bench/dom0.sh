#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: guestctl against xl, in turn, in one run. Prints figures (tests/bench/run.sh).
set -eu
export GUESTCTL_ROOT=/var/tmp/bench # on the disk: /tmp is in memory, where a sync costs nothing
cp tiny-pv tiny-kernel
printf '[guest]\nkernel = %s\nmemory = 8M\n' "$PWD/tiny-kernel" > tiny.guest
printf 'name="tinyx"\ntype="pv"\nkernel="%s"\nmemory=8\non_poweroff="destroy"\n' "$PWD/tiny-kernel" > tiny.cfg
./bench-process 10 "create an 8 MiB PV guest without devices, against xl" \
    "./guestctl create tiny.guest" "./guestctl destroy tiny" "xl create -q tiny.cfg" "xl destroy tinyx"
# Destroying is timed, creating is not: AFTER of one is what the other needs.
./guestctl create tiny.guest > /dev/null
xl create -q tiny.cfg
./bench-process 10 "destroy it, against xl" \
    "./guestctl destroy tiny" "./guestctl create tiny.guest" "xl destroy tinyx" "xl create -q tiny.cfg"
./guestctl destroy tiny > /dev/null
xl destroy tinyx
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    ./guestctl create tiny.guest --name "g$i" > /dev/null
done
./bench-process 30 "list with 20 guests, against xl list" "./guestctl list" "" "xl list"
./bench-process 30 "plan, the whole process, in dom0" "./guestctl plan tiny.guest"
# How much of the above is the start of a process: xl links libxl alone, and is started by a shell script.
./bench-process 30 "an empty program with guestctl's libraries, against xl help" ./bench-start "" "xl help"
./bench-process 30 "/bin/true" /bin/true
