# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# What the laboratory's scripts share. Sourced, never run; the caller sets `lab` to this directory.

lab_die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

lab_say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# The time, and the time since then, for messages.
lab_uptime() {
    cut -d ' ' -f 1 /proc/uptime
}

lab_since() {
    awk -v a="$1" '{ printf "%.1f s", $1 - a }' /proc/uptime
}

# A private view of apt: this machine's lists, sources and proxies, but an empty package status
# and a cache of our own below $1. Nothing is ever installed on this machine through it.
lab_apt() {
    lab_apt_dir=$1
    shift
    mkdir -p "$lab_apt_dir/archives/partial"
    : > "$lab_apt_dir/status"
    apt-get -qq -y \
        -o Dir::State::status="$lab_apt_dir/status" \
        -o Dir::Cache::archives="$lab_apt_dir/archives" \
        -o Dir::Cache::pkgcache="$lab_apt_dir/pkgcache.bin" \
        -o Dir::Cache::srcpkgcache= \
        -o Debug::NoLocking=1 \
        -o APT::Sandbox::User=root \
        -o APT::Install-Recommends=0 \
        -o APT::Get::AllowUnauthenticated=0 \
        -o Acquire::Retries=2 \
        "$@"
}

# The lists that apt has now, by name, size and time: cheap to take, and it changes with apt-get update.
lab_apt_lists() {
    find /var/lib/apt/lists -maxdepth 1 -type f -name '*Packages*' -printf '%f %s %T@\n' | sort
}

# Make sure that apt knows Debian's packages: a bare machine comes with no lists at all.
lab_apt_ready() {
    if [ -z "$(lab_apt_lists)" ]; then
        lab_say "no package lists on this machine: apt-get update"
        apt-get -qq update || { sleep 3; apt-get -qq update; }
    fi
}

# Exact file names and checksums of packages "$@" with all that they depend on.
lab_closure() {
    lab_closure_dir=$1
    shift
    lab_apt "$lab_closure_dir" --print-uris install "$@" | awk '{ print $2, $3, $4 }' | sort
}

# Run "$@", which downloads; when it fails, once more with new lists: old ones name files that are gone.
lab_retry() {
    "$@" || { sleep 3; apt-get -qq update; "$@"; }
}

# Download packages "$@" with all that they depend on into $1/archives.
lab_download() {
    lab_download_dir=$1
    shift
    lab_retry lab_apt "$lab_download_dir" --download-only install "$@" > /dev/null
}

# Is $1 (a stamp) exactly the text on stdin?
lab_same() {
    [ -f "$1" ] && cmp -s - "$1"
}

# The kernel proper (ELF) out of a bzImage: whoever loads it is spared from unpacking it.
# Offsets are those of Linux's boot protocol: setup_sects, payload_offset, payload_length.
lab_vmlinux() {
    lab_setup=$(od -An -tu1 -j 497 -N 1 "$1")
    lab_offset=$(od -An -tu4 -j 584 -N 4 "$1")
    lab_length=$(od -An -tu4 -j 588 -N 4 "$1")
    lab_payload() { tail -c "+$(((lab_setup + 1) * 512 + lab_offset + 1))" "$1" | head -c "$lab_length"; }
    case $(lab_payload "$1" | head -c 4 | od -An -tx1 | tr -d ' ') in
        fd377a58) lab_payload "$1" | head -c "$((lab_length - 4))" | xz -dc ;;
        02214c18) lab_payload "$1" | head -c "$((lab_length - 4))" | lz4 -dc ;;
        1f8b0800) lab_payload "$1" | gzip -dc ;;
        28b52ffd) lab_payload "$1" | head -c "$((lab_length - 4))" | zstd -dc ;;
        *) lab_die "$1: unknown kernel compression" ;;
    esac
}
