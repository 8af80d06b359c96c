#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# install-packages.sh GROUP...: see that the Debian packages of these groups (file packages beside
# this script) are installed. As root it installs what is missing; else it prints the one command
# that does, and fails. When nothing is missing it asks dpkg once and is done.
set -eu
lab=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: install-packages.sh GROUP..." >&2; exit 2; }

# The packages of the groups "$@", and of the groups that those name.
wanted=$(awk -v groups="$*" '
    /^\[/ {
        gsub(/[][]/, "")
        split($0, part, ":")
        group = part[1]
        known[group] = 1
        others[group] = part[2]
        next
    }
    { sub(/#.*/, ""); list[group] = list[group] " " $0 }
    function add(name,   names, n, i) {
        if (done[name]++) return
        if (!known[name]) { print "no group " name > "/dev/stderr"; exit 2 }
        n = split(list[name], names, " ")
        for (i = 1; i <= n; i++) if (!seen[names[i]]++) print names[i]
        n = split(others[name], names, " ")
        for (i = 1; i <= n; i++) add(names[i])
    }
    END { n = split(groups, asked, " "); for (i = 1; i <= n; i++) add(asked[i]) }' "$lab/packages")

# dpkg-query fails for a name that it does not know: what it printed is what counts.
# shellcheck disable=SC2086
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2> /dev/null || true)
missing=$(printf '%s\n' "$installed" | awk -v wanted="$wanted" '
    $1 == "installed" { have[$2] = 1 }
    END { n = split(wanted, names, "\n"); for (i = 1; i <= n; i++) if (!have[names[i]]) printf " %s", names[i] }')
[ -n "$missing" ] || exit 0

command="apt-get install --no-install-recommends$missing"
if [ "$(id -u)" -ne 0 ]; then
    echo "some packages are missing; as root: $command" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install_missing() {
    # shellcheck disable=SC2086
    apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 install --no-install-recommends $missing > "$log" 2>&1
}
{ apt-get -qq update > "$log" 2>&1 && install_missing; } || {
    sleep 3
    apt-get -qq update > "$log" 2>&1
    install_missing
} || {
    cat "$log" >&2
    echo "cannot install packages; try: $command" >&2
    exit 1
}
