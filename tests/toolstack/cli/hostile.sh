# SPDX-License-Identifier: LGPL-2.1-or-later
# Images that were made to harm: each is refused with its reason, with one second of CPU time and 64 MiB of memory. The
# corpus of all lies of headers is in tests/common/test-disk-fault.c; these are whole files as a stranger would send them.
. ./lib.sh
command -v qemu-img >/dev/null || { echo "qemu-img is missing (Debian: qemu-utils)"; exit 77; }
set -- $(known_hosts)
host=$hosts/$1.json

# patch FILE OFFSET BYTES: bytes as printf's escapes.
patch() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }

# refused NAME TEXT: the file NAME.img.
refused() {
    printf 'hw_disk_bus=virtio\n' >"$1.img.meta"
    what="guestctl plan $1.img"
    (ulimit -t 1 && ulimit -d "$DATA_LIMIT" && exec "$GUESTCTL" plan "$1.img" --host "$host") >"$work/out" 2>"$work/err" </dev/null
    status=$?
    fails 3 "$2"
    [ ! -s "$work/out" ] || complain "a plan was made"
}
made() { qemu-img create -q "$@"; }

echo secret >secret
made -f raw base.raw 1M
made -f qcow2 -b "$work/secret" -F raw backing.img 1M
refused backing "names another file (a backing file)"
made -f qcow2 -o data_file="$work/data.raw" data.img 1M
refused data "names another file (an external data file)"
made -f qed -b "$work/base.raw" -F raw qed-backing.img
refused qed-backing "names another file (a backing file)"
printf '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 2048 FLAT "/etc/shadow" 0\n' >descriptor.img
refused descriptor "names another file (an external data file)"
printf '# Disk DescriptorFile\nversion=1\nparentCID=12345678\nparentFileNameHint="/etc/shadow"\ncreateType="monolithicSparse"\n' >parent.img
refused parent "names another file"
made -f vmdk -o subformat=twoGbMaxExtentFlat split.img 1M
refused split "names another file"
made -f vmdk zero.img 1M && patch zero.img 12 '\0\0\0\0\0\0\0\0'
refused zero "names another file (an external data file)"

# One file in two formats.
made -f qcow2 iso.img 1M && truncate -s 40960 iso.img && patch iso.img 32769 CD001
refused iso "it has the signatures of both qcow2 and iso"
made -f vdi vdi-qcow2.img 1M && patch vdi-qcow2.img 0 'QFI\373\0\0\0\002'
refused vdi-qcow2 "it has the signatures of both qcow2 and vdi"

# A loop of backing files is never followed.
made -f qcow2 -u -b "$work/loop.img" -F qcow2 loop.img 1M
refused loop "names another file (a backing file)"

made -f qcow2 clusters.img 1M && patch clusters.img 20 '\0\0\0\040'
refused clusters "its clusters have a size that there is not"
made -f qcow2 tables.img 1M && patch tables.img 36 '\377\377\377\377'
refused tables "it asks for a table that is larger than any image needs"
made -f qcow2 cut.img 1M && truncate -s 70000 cut.img
refused cut "a table of it lies behind the end of the file"
made -f qcow2 short.img 1M && truncate -s 60 short.img
refused short "its header is cut short"
made -f qcow2 huge.img 1M && patch huge.img 24 '\177\377\377\377\377\377\376\0'
refused huge "it claims to be larger than 64 TiB"
made -f qcow2 feature.img 1M && patch feature.img 72 '\100\0\0\0\0\0\0\0'
refused feature "it needs a feature that is not known"
made -f qcow2 corrupt.img 1M && patch corrupt.img 79 '\002'
refused corrupt "it is marked as corrupt; get it again from where it came, or from a backup"
made -f qcow2 snapshots.img 1M && patch snapshots.img 60 '\377\377\377\377'
refused snapshots "it asks for a table that is larger than any image needs"
made -f vpc bat.img 8M && patch bat.img 540 '\377\377\377\377'
refused bat "it asks for a table that is larger than any image needs"
made -f vdi blocks.img 1M && patch blocks.img 384 '\377\377\377\377'
refused blocks "it asks for a table that is larger than any image needs"

# The declaration and the bytes.
made -f qcow2 declared.img 1M
printf 'disk_format=raw\n' >declared.img.meta
run plan declared.img --host "$host"
fails 3 "is really qcow2, but the image's disk_format says raw"
end
