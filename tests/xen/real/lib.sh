# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# What the scripts of this folder share. They run inside a real dom0 (tests/lab/xen-run.sh), in the folder that run.sh filled.
# shellcheck source=../../tap.sh
. ./tap.sh

# All that a guest could leave behind, one line each. Nothing when there is nothing.
left() {
    xl list | tail -n +3 | sed 's/^/domain /'
    losetup -a | sed 's/^/loop device /'
    ps -eo pid,args | grep -E '[x]en-qemu-system|[q]emu-system-i386' | sed 's/^/process /'
    xenstore-ls -f /local/domain 2> /dev/null | grep -vE '^/local/domain(/0|/0/.*)? = ' | sed 's/^/xenstore /'
    for tree in /local/domain/0/backend /local/domain/0/device-model /vm /libxl; do
        xenstore-ls -f "$tree" 2> /dev/null | grep -vE '^/(vm|libxl)/(0|00000000-)|^/libxl/disable_udev|= ""$' | sed 's/^/xenstore /'
    done
    find /var/lib/xen -type f ! -name 'userdata-d.0.*' ! -name 'domid-history' | sed 's/^/file /'
    find /sys/class/net -name 'vif*' | sed 's/^/interface /'
}

nothing_left() { # AFTER-WHAT
    # The domain's last pages and udev-less hotplug end a moment after the command.
    for try in 1 2 3 4 5 6 7 8 9 10; do
        left > left.txt
        [ -s left.txt ] || return 0
        sleep 0.5
    done
    fail "left behind after $1"
    head -n 8 left.txt | sed 's/^/#     /'
    for domain in $(xl list | awk 'NR > 2 { print $1 }'); do xl destroy "$domain"; done # not to blame the next test
}
