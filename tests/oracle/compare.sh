#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Compare guestctl with nova's own parser, where python3-nova is installed (exit 77 where it is not):
# that the installed nova still answers as tests/common/nova-rules.tsv says, and that both read COUNT
# random sets of properties alike.
#
#   compare.sh GUESTCTL [SEED [COUNT]]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
guestctl=${1:?usage: compare.sh GUESTCTL [SEED [COUNT]]}
seed=${2:-1}
count=${3:-1000}
python=/usr/bin/python3 # Debian's: python3-nova belongs to it

if ! "$python" -c 'import nova.objects.image_meta' 2>/dev/null; then
    echo "python3-nova is missing (Debian: apt-get install --no-install-recommends python3-nova)"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "the table, asked again:"
"$python" "$here/differ.py" table "$here/../common/nova-rules.tsv" >"$work/rows"
cut -f1 "$work/rows" | "$python" "$here/nova-answer.py" >"$work/answers"
"$python" "$here/differ.py" rows "$work/rows" "$work/answers"

echo "random properties, seed $seed:"
"$python" "$here/generate.py" --random "$seed" "$count" >"$work/given"
"$python" "$here/nova-answer.py" <"$work/given" >"$work/answers"
"$python" "$here/differ.py" random "$guestctl" "$work/given" "$work/answers"
