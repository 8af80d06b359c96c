/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/kernel.h"
#include "tests/fuzz/fuzz.h"

/* The input is a kernel's file: a bzImage or an ELF file, packed by anything. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DiskBudget budget = {.bytes = 4 << 20};
    g_autoptr(Disk) file = disk_of_memory(data, size, &budget);
    Kernel kernel;
    if (kernel_read(file, true, &kernel))
        g_assert_true(kernel.compression && (kernel.is_elf || kernel.is_bzimage || kernel.architecture));
    return 0;
}
