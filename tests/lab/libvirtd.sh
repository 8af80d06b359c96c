#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# libvirtd.sh start DIR: start a libvirtd of our own, whose sockets, configuration, guests and logs are
# all below DIR, and print the URI that reaches it. A libvirtd of the machine is not touched.
# libvirtd.sh stop DIR: end it and every guest that it runs.
#
# As root it is a system daemon in a mount namespace, where DIR covers /etc/libvirt, /run/libvirt and
# /var/{lib,log,cache}/libvirt: root can have no session daemon. Else it is a session daemon with XDG
# directories below DIR. DIR must be short: the path of a socket ends after 107 characters.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=/dev/null
. "$lab/lib.sh"
[ $# -eq 2 ] || { echo "usage: libvirtd.sh start|stop DIR" >&2; exit 2; }
mkdir -p "$2"
dir=$(cd "$2" && pwd)

alive() {
    [ -s "$1" ] && kill -0 "$(cat "$1" 2> /dev/null)" 2> /dev/null
}

# Wait up to five seconds until the process whose pid is in file $1 is gone.
gone() {
    tries=0
    while alive "$1" && [ "$tries" -lt 50 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    ! alive "$1"
}

stop() {
    # The daemon first, so that it starts nothing more; then the guests, which outlive it.
    if alive "$dir/libvirtd.pid"; then
        kill "$(cat "$dir/libvirtd.pid")" 2> /dev/null || true
        gone "$dir/libvirtd.pid" || kill -9 "$(cat "$dir/libvirtd.pid")" 2> /dev/null || true
    fi
    for guest in "$dir"/run/qemu/*.pid "$dir"/run/libvirt/qemu/run/*.pid; do
        alive "$guest" || continue
        kill "$(cat "$guest")" 2> /dev/null || true
        gone "$guest" || kill -9 "$(cat "$guest")" 2> /dev/null || true
    done
    # It ends by itself when its last child has.
    gone "$dir/subreaper.pid" || kill -9 "$(cat "$dir/subreaper.pid")" 2> /dev/null || true
    rm -f "$dir/libvirtd.pid" "$dir/subreaper.pid"
}

start() {
    if alive "$dir/libvirtd.pid"; then
        cat "$dir/uri"
        exit 0
    fi
    command -v libvirtd > /dev/null || lab_die "no libvirtd; see install-packages.sh kvm"
    uuid=$(cat /proc/sys/kernel/random/uuid)
    ${CC:-gcc} -O2 -Wall -o "$dir/subreaper" "$lab/subreaper.c"
    if [ "$(id -u)" -eq 0 ]; then
        # The daemon dies without this user, even if it never uses it.
        getent passwd libvirt-qemu > /dev/null || {
            groupadd -f -r libvirt-qemu
            useradd -r -g libvirt-qemu -d /var/lib/libvirt -s /usr/sbin/nologin libvirt-qemu
        }
        mkdir -p "$dir/etc" "$dir/run" "$dir/lib" "$dir/log" "$dir/cache" \
            /etc/libvirt /run/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt
        socket=$dir/run/libvirt-sock
        uri="qemu+unix:///system?socket=$socket"
        printf 'user = "root"\ngroup = "root"\nstdio_handler = "file"\nnamespaces = [ ]\n' > "$dir/etc/qemu.conf"
        printf 'auth_unix_rw = "none"\nauth_unix_ro = "none"\nunix_sock_group = "root"\nhost_uuid = "%s"\n' \
            "$uuid" > "$dir/etc/libvirtd.conf"
        # shellcheck disable=SC2016
        set -- unshare -m sh -c '
            for name in lib log cache; do mount --bind "$0/$name" "/var/$name/libvirt" || exit; done
            mount --bind "$0/etc" /etc/libvirt && mount --bind "$0/run" /run/libvirt || exit
            exec libvirtd -f /etc/libvirt/libvirtd.conf -p "$0/libvirtd.pid"' "$dir"
    else
        mkdir -p "$dir/run" "$dir/etc/libvirt" "$dir/cache" "$dir/lib"
        socket=$dir/run/libvirt/libvirt-sock
        uri="qemu+unix:///session?socket=$socket"
        printf 'stdio_handler = "file"\n' > "$dir/etc/libvirt/qemu.conf"
        printf 'host_uuid = "%s"\n' "$uuid" > "$dir/etc/libvirt/libvirtd.conf"
        set -- env XDG_RUNTIME_DIR="$dir/run" XDG_CONFIG_HOME="$dir/etc" XDG_CACHE_HOME="$dir/cache" \
            XDG_DATA_HOME="$dir/lib" libvirtd -p "$dir/libvirtd.pid"
    fi
    [ "${#socket}" -le 107 ] || lab_die "$socket: too long for a socket; use a shorter directory"
    rm -f "$socket"
    setsid "$dir/subreaper" "$@" < /dev/null > "$dir/libvirtd.log" 2>&1 9>&- &
    echo $! > "$dir/subreaper.pid"
    tries=0
    until [ -S "$socket" ] && alive "$dir/libvirtd.pid"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ] || ! alive "$dir/subreaper.pid"; then
            cat "$dir/libvirtd.log" >&2
            stop
            lab_die "libvirtd did not start"
        fi
        sleep 0.1
    done
    echo "$uri" > "$dir/uri"
    echo "$uri"
}

case $1 in
    start) start ;;
    stop) stop ;;
    *) lab_die "start or stop, not $1" ;;
esac
