#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Process 1 of the laboratory's dom0, after dom0-start.c has mounted everything: bring up Xen's
# services, run the script that xen-run.sh put on the second disk, hand its output, results and exit
# status back through virtio ports, power off. The kernel's command line says what to do:
# lab.mode=script|shell. Each process here costs a tenth of a second.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/xen-4.17/bin
export HOME=/root LANG=C.UTF-8 TERM="${TERM:-vt100}"

read -r cmdline < /proc/cmdline
output=/dev/null results=/dev/null ended=/dev/null
for port in /sys/class/virtio-ports/*; do
    read -r name < "$port/name"
    case $name in
        lab.output) output=/dev/${port##*/} ;;
        lab.results) results=/dev/${port##*/} ;;
        lab.status) ended=/dev/${port##*/} ;;
    esac
done 2> /dev/null

echo lab-dom0 > /proc/sys/kernel/hostname
ip -batch - << IP
link set lo up
link add xenbr0 type bridge
link set xenbr0 up
IP
xenstored --pid-file /run/xenstored.pid
xen-init-dom0 > /dev/null
mkdir -p /var/log/xen/console
xenconsoled --log=all --log-dir=/var/log/xen/console --pid-file=/run/xenconsoled.pid
read -r up _ < /proc/uptime
echo "dom0: ready after $up s"

export RESULTS=/work/results
cd /work/files || cd /
if [ "${cmdline#*lab.mode=shell}" != "$cmdline" ]; then
    echo "dom0: your files are in $PWD; leave this shell to power off"
    setsid busybox cttyhack bash -i
else
    dom0-run "$ended" "$output" /work/script < /dev/null
    status=$?
    if [ "$status" -ne 0 ]; then
        mkdir -p "$RESULTS/dom0"
        cp -r /var/log/xen "$RESULTS/dom0/log-xen"
        xl dmesg > "$RESULTS/dom0/xl-dmesg"
        dmesg > "$RESULTS/dom0/dmesg"
        timeout 5 xl list > "$RESULTS/dom0/xl-list" 2>&1
        timeout 5 xenstore-ls -f > "$RESULTS/dom0/xenstore" 2>&1
        ps -eo pid,ppid,stat,etime,args > "$RESULTS/dom0/ps"
    fi
    tar -C "$RESULTS" -cf "$results" .
    echo "status $status" > "$ended"
    # Ports are written behind our back: give QEMU a moment to take the last bytes.
    sleep 0.2
fi
# No unmounting: both disks are thrown away.
echo o > /proc/sysrq-trigger
sleep 30
