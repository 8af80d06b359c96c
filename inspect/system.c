/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "inspect/image.h"

/* What is installed: os-release(5), cloud-init, QEMU's guest agent. The volume with os-release is the system; what it has not is
 * not installed. */

static bool has_any(FileSystem *system, const char *const *paths, bool *failed)
{
    for (; *paths; paths++) {
        Look look = fs_exists(system, *paths);
        *failed |= look == LOOK_FAILED;
        if (look == LOOK_FOUND)
            return true;
    }
    return false;
}

static Can installed(FileSystem *system, const char *const *paths)
{
    bool failed = false;
    return has_any(system, paths, &failed) ? CAN_YES : failed ? CAN_UNKNOWN : CAN_NO;
}

/* The value of NAME= with its quotes off; NULL when it has other characters than such words have. */
static char *value_of(const char *text, const char *name)
{
    gsize length = strlen(name);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, name, length) != 0 || line[length] != '=')
            continue;
        line += length + 1;
        g_autofree char *value = g_strndup(line, strcspn(line, "\r\n"));
        gsize end = strlen(value);
        char *from = value;
        if (end >= 2 && (*value == '"' || *value == '\'') && value[end - 1] == *value) {
            value[end - 1] = '\0';
            from++;
        }
        for (const char *c = from; *c; c++)
            if (!g_ascii_isalnum(*c) && !strchr("._-+", *c))
                return NULL;
        return *from && strlen(from) <= 64 ? g_strdup(from) : NULL;
    }
    return NULL;
}

void system_look(Image *image)
{
    enum { TEXT_MAX = 64 * 1024 };
    static const char *const cloud[] = {"/etc/cloud/cloud.cfg", "/usr/bin/cloud-init", NULL};
    static const char *const agent[] = {"/usr/sbin/qemu-ga", "/usr/bin/qemu-ga", "/sbin/qemu-ga", NULL};
    g_autofree char *text = NULL;
    Volume *volume = NULL;
    if (image_text(image, "/etc/os-release", TEXT_MAX, &text, &volume) != LOOK_FOUND &&
        image_text(image, "/usr/lib/os-release", TEXT_MAX, &text, &volume) != LOOK_FOUND)
        return;
    image->passport->os_distro = value_of(text, "ID");
    image->passport->os_version = value_of(text, "VERSION_ID");
    image->passport->cloud_init = installed(volume->system, cloud);
    image->passport->guest_agent = installed(volume->system, agent);
}
