# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# What two guests of cloud-image.sh are told, and what they must say of themselves afterwards; the same on QEMU (cloud-init.sh) and
# on Xen (tests/xen/real/cloud.sh). Sourced in a folder of the caller's own; the caller sets `g` to guestctl and
# may set `mode` to that of the guests.
: "${g:?}" "${mode:=hvm}"

key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ "me": #here'
# shellcheck disable=SC2016
hash='$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/'
# shellcheck disable=SC2016
printf '#!/bin/sh\necho "ran as $(id -un) on $(hostname)" > /run/made-by-user-data\n' > user-data
printf '%s\n' "$key" > id.pub
printf '[guest]\nimage = cloud\nvm-mode = %s\nmemory = 384M\n[cloud-init]\nseed = config-drive\nuser = admin\npassword-hash = %s\nssh-key = id.pub\n' \
    "$mode" "$hash" > drive.guest

# Two ways to a guest; each prints its console, until the report ends. Arguments: seconds.
run_nocloud() {
    "$g" run cloud --name nocloud --mode "$mode" --memory 384M --net none --hostname www.example.org --ssh-key id.pub --user-data user-data \
        --console --until 'REPORT end' --timeout "$1"
}
create_drive() {
    "$g" create drive.guest --console --until 'REPORT end' --timeout "$1"
}
# The guest turns itself off after its report, so that destroy may find nothing.
remove_nocloud() {
    "$g" destroy nocloud
    "$g" undefine nocloud --disks
}
remove_drive() {
    "$g" destroy drive
    "$g" disk delete drive
}

number=0
check() { # TITLE COMMAND...
    title=$1 number=$((number + 1))
    shift
    if "$@"; then echo "ok $number - $title"; else echo "not ok $number - $title"; fi
}
shown=
line_of() { # GUEST TEXT: its report has this line, with nothing before or after it
    tr -d '\r' < "$1.log" | grep -a '^REPORT' > report.txt
    ! grep -qxF -- "REPORT $2" report.txt || return 0
    echo "# no line: REPORT $2"
    [ "$shown" = "$1" ] || tr -d '\000-\010\013-\037' < "$1.log" | tail -n 60 | cut -c 1-300 | sed 's/^/# /'
    shown=$1
    return 1
}
no_warning() {
    line_of "$1" 'errors []' || return 1
    ! grep -a '^REPORT warning' "$1.log" | sed 's/^/# /' | grep .
}

check_nocloud() {
    check "NoCloud: $1 is found by its label among all of Debian's data sources" line_of nocloud "datasource DataSourceNoCloud from $1"
    check "NoCloud: the host name of run --hostname" line_of nocloud "hostname www www"
    check "NoCloud: the key of run --ssh-key lets the image's default user in" line_of nocloud "keys debian 600 /home/debian/.ssh/authorized_keys $key|"
    check "NoCloud: that user has no password" line_of nocloud "password debian !"
    check "NoCloud: user data is run as root, after the host name is set" line_of nocloud "user-data ran as root on www"
    check "NoCloud: cloud-init itself has nothing to complain of" no_warning nocloud
}
check_drive() {
    check "config drive: $1 is found by its label among all of Debian's data sources" line_of drive "datasource DataSourceConfigDrive from $1"
    check "config drive: the guest's name is its host name" line_of drive "hostname drive drive"
    check "config drive: the key lets the user in who was asked for" line_of drive "keys admin 600 /home/admin/.ssh/authorized_keys $key|"
    check "config drive: that user has the password of that hash" line_of drive "password admin $hash"
    check "config drive: and the rights of the image's default user, who is not there" line_of drive "sudo admin ALL=(ALL) NOPASSWD:ALL"
    check "config drive: cloud-init itself has nothing to complain of" no_warning drive
}
finish() {
    echo "1..$number"
}
