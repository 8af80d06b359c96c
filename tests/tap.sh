# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# What the suites with real parts share. A test has a name, its body is the commands from `begin` to `end`, and what fails in between
# makes it fail. Everything that is printed by the way is a TAP comment.
number=0 failures=0 title=''

begin() { # NAME
    title=$1 failures=0
    echo "# $title"
}

after_each() { :; } # a suite may have its own: what must be so after each test

end() {
    after_each
    number=$((number + 1))
    if [ "$failures" -eq 0 ]; then echo "ok $number - $title"; else echo "not ok $number - $title"; fi
}

# What a command said, without what a guest's console does to a terminal.
tap_quote() { # FILE
    tr -d '\000-\010\013-\037' < "$1" | tail -n 12 | cut -c 1-400 | sed 's/^/#     /'
}

fail() { # WHAT: with what the last command of `expect` said
    failures=$((failures + 1))
    echo "# FAIL: $*"
    [ ! -f out ] || tap_quote out
}

# expect STATUS TEXT COMMAND...: the exit status and a part of what is printed, which is kept in the file `out`. A suite may set
# `connect`, words that each command ends with.
expect() {
    wanted=$1 text=$2 status=0
    shift 2
    # shellcheck disable=SC2086
    "$@" ${connect-} > out 2>&1 < /dev/null || status=$?
    [ "$status" -eq "$wanted" ] && { [ -z "$text" ] || grep -qF -e "$text" out; } || fail "status $status, wanted $wanted and \"$text\": $*"
}
