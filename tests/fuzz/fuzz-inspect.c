/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "inspect/look.h"
#include "tests/fuzz/fuzz.h"

/* The input is a whole image: its format, the disk in it, partitions, file systems, boot loaders, configurations. The passport has
 * to be one that guestctl takes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    DiskBudget budget = {.bytes = 4 << 20};
    g_autoptr(Disk) file = disk_of_memory(data, size, &budget);
    g_autoptr(Passport) passport = passport_new();
    look(file, NULL, true, passport);
    g_autofree char *json = passport_to_json(passport);
    g_autoptr(GError) error = NULL;
    g_autoptr(Passport) again = passport_parse(json, strlen(json), "fuzz", &error);
    if (!again)
        g_error("%s\n%s", error->message, json);
    return 0;
}
