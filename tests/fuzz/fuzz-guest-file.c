/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decide.h"
#include "common/guest-file.h"
#include "common/keyfile.h"
#include "tests/fuzz/fuzz.h"

/* A guest's file and guestctl.conf: the same reader of key files below both. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) groups = keyfile_parse((const char *)data, size, "fuzz", NULL);
    g_autoptr(Request) request = guest_file_parse(text, "fuzz.guest", NULL, NULL);
    g_autoptr(Policy) policy = policy_parse(text, "fuzz.conf", NULL);
    /* A file without NUL bytes that guest_file_parse() takes is a key file. */
    g_assert_true(!request || groups || strlen(text) != size);
    (void)policy;
    return 0;
}
