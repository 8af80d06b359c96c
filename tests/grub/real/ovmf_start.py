#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ovmf_start.py VARIABLES PROGRAM: make OVMF start PROGRAM of whichever disk has it, as an installed system's boot entry does.
VARIABLES is a fresh copy of OVMF_VARS_4M.fd. Under the name that a removable disk needs, EFI/BOOT/BOOTX64.EFI, xen.efi would
not look for xen.cfg."""
import struct
import sys
import uuid

EFI_GLOBAL_VARIABLE = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")


def firmware_entry(path):
    """What efibootmgr would store: a boot option that is active, with a file on any disk and nothing for its command line."""
    file = ("\\" + path.replace("/", "\\") + "\0").encode("utf-16le")
    node = struct.pack("<BBH", 4, 4, 4 + len(file)) + file + struct.pack("<BBH", 0x7f, 0xff, 4)
    return struct.pack("<IH", 1, len(node)) + "test\0".encode("utf-16le") + node


def store_variables(path, variables):
    """Append to OVMF's store of variables, as EDK2's VariableFormat.h has it."""
    with open(path, "r+b") as file:
        store = bytearray(file.read())
        at = struct.unpack_from("<H", store, 48)[0] + 28
        while struct.unpack_from("<H", store, at)[0] == 0x55aa:
            name_size, data_size = struct.unpack_from("<II", store, at + 36)
            at += 60 + name_size + data_size + 3 & ~3
        for name, data in variables:
            name = (name + "\0").encode("utf-16le")
            head = struct.pack("<HBBIQ16sIII", 0x55aa, 0x3f, 0, 7, 0, bytes(16), 0, len(name), len(data))
            one = head + EFI_GLOBAL_VARIABLE.bytes_le + name + data
            store[at:at + len(one)] = one
            at += len(one) + 3 & ~3
        file.seek(0)
        file.write(store)


store_variables(sys.argv[1], [("Boot0000", firmware_entry(sys.argv[2])), ("BootOrder", b"\0\0")])
