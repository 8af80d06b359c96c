#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""passport-images.py BUILD-FOLDER IMAGES OUT: kernels and disks made of Debian's kernels (tests/lab/guest-images.sh) for
passport.sh, and OUT/boots, a line for each boot that is to be tried: IMAGE WAY PREDICTION, by what `guestctl image check` says
of the image here, where Xen is not.

A kernel that is packed anew keeps its old payload, from which it unpacks itself, and gets the new one behind it: the header
(Linux's Documentation/arch/x86/boot.rst) then points there, and Xen and GRUB for PV guests read that one alone."""
import json
import os
import struct
import subprocess
import sys

build, images, out = (os.path.abspath(path) for path in sys.argv[1:4])
ENTRY, XEN_VERSION, GUEST_OS, LOADER, PHYS32_ENTRY = 1, 5, 6, 8, 18
PACKERS = {
    'gzip': ['gzip', '-1n'],
    'xz': ['xz', '-0', '--check=crc32'],
    'lzma': ['lzma', '-0'],
    'zstd': ['zstd', '-q', '-1'],
    'bzip2': ['bzip2', '-1'],
    'lzo': ['lzop', '-1'],
}
LINE = 'console=ttyS0 console=hvc0 quiet mitigations=off rodata=off tsc=reliable'


def read(path):
    with open(path, 'rb') as file:
        return file.read()


def write(name, data):
    with open(os.path.join(out, name), 'wb') as file:
        file.write(data)


def packed(data, how):
    return subprocess.run(PACKERS[how], input=data, stdout=subprocess.PIPE, check=True).stdout


def start_of_code(bzimage):
    return ((bzimage[0x1F1] or 4) + 1) * 512


def vmlinux(bzimage):
    """What Debian packed by lz4: blocks behind a magic number, then the length of all."""
    offset, length = struct.unpack_from('<II', bzimage, 0x248)
    payload = bzimage[start_of_code(bzimage) + offset :][: length - 4]
    return subprocess.run(['lz4', '-dc'], input=payload, stdout=subprocess.PIPE, check=True).stdout


def with_payload(bzimage, elf, how):
    """gzip's own end is the length; the others have it behind them."""
    payload = packed(elf, how) + (b'' if how == 'gzip' else struct.pack('<I', len(elf)))
    changed = bytearray(bzimage) + bytes(-len(bzimage) % 16)
    struct.pack_into('<II', changed, 0x248, len(changed) - start_of_code(bzimage), len(payload))
    return bytes(changed) + payload


def without_notes(elf, kept):
    """Xen's notes under another name, but those of the types that are kept."""
    changed = bytearray(elf)
    table, = struct.unpack_from('<Q', elf, 32)
    size, count = struct.unpack_from('<HH', elf, 54)
    for header in range(table, table + size * count, size):
        kind, = struct.unpack_from('<I', elf, header)
        at, = struct.unpack_from('<Q', elf, header + 8)
        end = at + struct.unpack_from('<Q', elf, header + 32)[0]
        while kind == 4 and at < end:
            name, content, note = struct.unpack_from('<III', elf, at)
            if elf[at + 12 : at + 12 + name] == b'Xen\0' and note not in kept:
                changed[at + 12 : at + 16] = b'Off\0'
            at += 12 + (name + 3) // 4 * 4 + (content + 3) // 4 * 4
    return bytes(changed)


def disk(name, kernel, initrd, configured=True):
    """One ext4 file system without a table, and no loader of its own."""
    tree = os.path.join(out, 'tree')
    os.makedirs(os.path.join(tree, 'boot/grub'), exist_ok=True)
    for source, to in ((kernel, 'vmlinuz'), (os.path.join(images, initrd), 'initrd.gz')):
        subprocess.run(['cp', '--reflink=auto', source, os.path.join(tree, 'boot', to)], check=True)
    with open(os.path.join(tree, 'boot/grub/grub.cfg'), 'w') as file:
        file.write(f'set timeout=0\nmenuentry guest {{\n linux /boot/vmlinuz {LINE}\n initrd /boot/initrd.gz\n}}\n')
    if not configured:
        os.remove(os.path.join(tree, 'boot/grub/grub.cfg'))
    raw = os.path.join(out, 'raw')
    with open(raw, 'wb') as file:
        file.truncate(64 << 20)
    subprocess.run(['mke2fs', '-q', '-t', 'ext4', '-d', tree, raw], check=True)
    subprocess.run(['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', raw, os.path.join(out, name)], check=True)
    subprocess.run(['rm', '-r', tree, raw], check=True)


def make():
    bzimage = read(os.path.join(images, 'vmlinuz'))
    elf = vmlinux(bzimage)
    every = set(range(64))
    for how in ('gzip', 'zstd', 'lzma', 'bzip2', 'lzo'):
        write(f'bzimage-{how}', with_payload(bzimage, elf, how))
    write('bzimage-gzip-no-notes', with_payload(bzimage, without_notes(elf, set()), 'gzip'))
    write('elf', elf)
    write('elf.gz', packed(elf, 'gzip'))
    write('elf.xz', packed(elf, 'xz'))
    write('elf-no-notes', without_notes(elf, set()))
    write('elf-no-pvh-note', without_notes(elf, every - {PHYS32_ENTRY}))
    write('elf-pvh-note-alone', without_notes(elf, {PHYS32_ENTRY}))
    write('elf-other-system', without_notes(elf, every - {GUEST_OS, LOADER}))
    for source, to in (('vmlinuz', 'bzimage-lz4'), ('vmlinuz-small', 'bzimage-xz'), ('tiny-pv', 'tiny-pv')):
        write(to, read(os.path.join(images, source)))
    for how in ('xz', 'lz4', 'gzip', 'zstd', 'bzip2', 'lzo', 'gzip-no-notes'):
        disk(f'disk-{how}.qcow2', os.path.join(out, f'bzimage-{how}'), 'initrd-small.gz' if how == 'xz' else 'initrd.gz')
    disk('disk-no-config.qcow2', os.path.join(out, 'bzimage-gzip'), 'initrd.gz', configured=False)
    for name in ('linux.qcow2', 'boot-sector.qcow2'):
        write(name, read(os.path.join(images, name)))
    # A sector of zeros that a BIOS does run is not tried: they write over themselves, which takes the emulator hours.
    write('no-sector.raw', b'text' + bytes((1 << 20) - 4))


# What is tried: with the image as the guest's kernel, or as its disk. What boots for minutes comes last.
BOOTS = (
    ('bzimage-gzip', 'pv-kernel pvh-kernel'),
    ('bzimage-xz', 'pv-kernel pvh-kernel'),
    ('bzimage-lz4', 'pv-kernel pvh-kernel'),
    ('bzimage-zstd', 'pv-kernel pvh-kernel'),
    ('bzimage-lzma', 'pv-kernel'),
    ('bzimage-bzip2', 'pv-kernel'),
    ('bzimage-lzo', 'pv-kernel'),
    ('bzimage-gzip-no-notes', 'pv-kernel pvh-kernel'),
    ('elf', 'pv-kernel'),
    ('elf.gz', 'pvh-kernel'),
    ('elf.xz', 'pv-kernel pvh-kernel'),
    ('elf-no-notes', 'pv-kernel pvh-kernel'),
    ('elf-no-pvh-note', 'pv-kernel pvh-kernel'),
    ('elf-pvh-note-alone', 'pv-kernel pvh-kernel'),
    ('elf-other-system', 'pv-kernel'),
    ('tiny-pv', 'pv-kernel pvh-kernel'),
    ('disk-xz.qcow2', 'pv pvh'),
    ('disk-lz4.qcow2', 'pv pvh'),
    ('disk-gzip.qcow2', 'pv'),
    ('disk-zstd.qcow2', 'pv'),
    ('disk-bzip2.qcow2', 'pv'),
    ('disk-lzo.qcow2', 'pv'),
    ('disk-gzip-no-notes.qcow2', 'pv'),
    ('disk-no-config.qcow2', 'pv pvh'),
    ('linux.qcow2', 'pv pvh'),
    ('boot-sector.qcow2', 'hvm-bios'),
    ('no-sector.raw', 'hvm-bios'),
    ('linux.qcow2', 'hvm-bios'),
)


def passport(image):
    said = subprocess.run([os.path.join(build, 'guestctl'), 'image', 'check', os.path.join(out, image), '--json'],
                          stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(said.stdout)['passport']


def main():
    os.makedirs(out)
    make()
    with open(os.path.join(out, 'boots'), 'w') as boots:
        for image, ways in BOOTS:
            found = passport(image)
            for way in ways.split():
                mode = way.removesuffix('-kernel')
                predicted = found['boot'][way]['can'] if mode == way else found['kernels'][0][mode]
                boots.write(f'{image} {way} {predicted}\n')


main()
