#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The shape of the tree, held by a test: who may include whom, one licence line per file, no path of anybody's
# machine. Usage: lint.sh SOURCE-FOLDER. Prints each fault; fails when there is one.
set -eu
cd "$1"
faults=0
fault() {
    echo "lint: $*" >&2
    faults=$((faults + 1))
}

# toolstack -> xen, kvm, grub -> common; inspect, inject -> common. Each shows the others one header.
allowed_headers() {
    case $1 in
    common) echo 'common/' ;;
    xen) echo 'common/|xen/' ;;
    kvm) echo 'common/|kvm/' ;;
    grub) echo 'common/|grub/' ;;
    inspect) echo 'common/|inspect/' ;;
    inject) echo 'common/|inject/' ;;
    toolstack) echo 'common/|toolstack/|xen/xen\.h|kvm/kvm\.h|grub/grub\.h|config\.h' ;;
    esac
}
for folder in common xen kvm grub inspect inject toolstack; do
    [ -d "$folder" ] || continue
    allowed=$(allowed_headers "$folder")
    wrong=$(grep -rnE '^#include "' "$folder" --include='*.[ch]' | grep -vE "#include \"($allowed)" || true)
    [ -z "$wrong" ] || fault "$folder/ reaches into a folder that it must not know: $wrong"
    [ "$folder" = xen ] || wrong=$(grep -rnE '^#include <(libxl|xen|xentoollog)' "$folder" --include='*.[ch]' || true)
    [ -z "$wrong" ] || fault "only xen/ includes libxl headers: $wrong"
    [ "$folder" = kvm ] || wrong=$(grep -rnE '^#include <libvirt' "$folder" --include='*.[ch]' || true)
    [ -z "$wrong" ] || fault "only kvm/ includes libvirt headers: $wrong"
done

# Nothing below main prints or exits; perform() is the one caller of a backend's run.
wrong=$(grep -nE '\b(printf|puts|fputs|exit|abort|g_print|g_printerr)\(' common/*.c common/*/*.c xen/*.c kvm/*.c grub/*.c inspect/*.c inject/*.c || true)
[ -z "$wrong" ] || fault "nothing below toolstack/ prints or exits: $wrong"
wrong=$(grep -nE 'backend->(run|undo)\(' toolstack/*.c | grep -vE '^toolstack/(perform|recover)\.c:' || true)
[ -z "$wrong" ] || fault "only perform and recover run steps: $wrong"

git ls-files | while read -r file; do
    case $file in
    LICENSE | NEWS | *.md | *.json | *.tsv | .gitignore | *.xml | tests/fuzz/corpus/* | tests/fixtures/* | tests/*/golden/* | *.txt) continue ;;
    esac
    head -n 5 "$file" | grep -q 'SPDX-License-Identifier: LGPL-2.1-or-later' || echo "$file"
done > "${TMPDIR:-/tmp}/lint.$$"
[ ! -s "${TMPDIR:-/tmp}/lint.$$" ] || fault "no SPDX line: $(tr '\n' ' ' < "${TMPDIR:-/tmp}/lint.$$")"
rm -f "${TMPDIR:-/tmp}/lint.$$"

# A long file has become two things.
for file in common/*.c common/*/*.c xen/*.c kvm/*.c grub/*.c inspect/*.c inject/*.c toolstack/*.c; do
    lines=$(wc -l < "$file")
    [ "$lines" -le 420 ] || fault "$file has $lines lines: split it"
done

# Shell scripts; -e SC2034: a loop's counter is not used otherwise.
if command -v shellcheck > /dev/null; then
    git ls-files | xargs grep -lE '^#!/bin/(ba)?sh' | xargs shellcheck -x -P SCRIPTDIR -S warning -e SC2034 >&2 || fault "shellcheck found something"
else
    echo "lint: shellcheck is missing (apt-get install shellcheck): the shell scripts were not looked at" >&2
fi

[ "$faults" -eq 0 ]
