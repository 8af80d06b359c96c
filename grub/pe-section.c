/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/pe-section.h"

#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"

#define HEADERS_MAX 4096 /* bytes: a section table of a hundred entries */
#define OFFSET_AT 0x3c
#define COFF_SIZE 24     /* with "PE\0\0" before it */
#define SECTION_SIZE 40
#define NAME_SIZE 8

static guint32 little(const guint8 *bytes, gsize size)
{
    guint32 value = 0;
    for (gsize i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static bool find(const guint8 *bytes, gsize size, const char *name)
{
    char wanted[NAME_SIZE + 1] = {0}; /* a short name fills the field with NULs, a long one is not looked for */
    gsize start = size > OFFSET_AT + 4 ? little(bytes + OFFSET_AT, 4) : size;
    if (start > HEADERS_MAX || start + COFF_SIZE > size || memcmp(bytes + start, "PE\0\0", 4) != 0)
        return false;
    g_strlcpy(wanted, name, sizeof wanted);
    gsize count = little(bytes + start + 6, 2), at = start + COFF_SIZE + little(bytes + start + 20, 2);
    for (gsize i = 0; i < count && at + SECTION_SIZE <= size; i++, at += SECTION_SIZE)
        if (memcmp(bytes + at, wanted, NAME_SIZE) == 0)
            return true;
    return false;
}

bool pe_section_exists(const char *path, const char *name)
{
    guint8 bytes[HEADERS_MAX];
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? read(fd, bytes, sizeof bytes) : -1;
    return size > 0 && find(bytes, (gsize)size, name);
}
