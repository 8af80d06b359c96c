/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/image.h"

enum { LOADERS_MAX = 32 };

static Look each(Image *image, const char *path, Disk **file, Volume **found)
{
    for (guint i = 0; i < image->volumes->len; i++) {
        Volume *volume = &g_array_index(image->volumes, Volume, i);
        Look look = volume->system ? volume->system->open(volume->system, path, file) : LOOK_NONE;
        if (look == LOOK_FAILED)
            image->any_failed = true;
        if (look == LOOK_FOUND) {
            *found = volume;
            return look;
        }
    }
    return image->any_failed ? LOOK_FAILED : LOOK_NONE;
}

Look image_open(Image *image, const char *path, Disk **file)
{
    Volume *found = NULL;
    return each(image, path, file, &found);
}

bool image_has(Image *image, const char *path)
{
    Disk *file = NULL;
    Look look = image_open(image, path, &file);
    disk_free(file);
    return look == LOOK_FOUND;
}

Look image_text(Image *image, const char *path, gsize max, char **text, Volume **volume)
{
    Disk *file = NULL;
    Volume *found = NULL;
    Look look = each(image, path, &file, &found);
    disk_free(file);
    if (look != LOOK_FOUND)
        return look;
    if (volume)
        *volume = found;
    look = fs_text(found->system, path, max, text);
    image->any_failed |= look != LOOK_FOUND;
    return look;
}

void image_loader(Image *image, const char *format, ...)
{
    va_list args;
    if (image->passport->loaders->len >= LOADERS_MAX)
        return;
    va_start(args, format);
    g_ptr_array_add(image->passport->loaders, g_strdup_vprintf(format, args));
    va_end(args);
}

void image_verdict(Image *image, BootWay a, BootWay b, Can can, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *because = g_strdup_vprintf(format, args);
    va_end(args);
    passport_set_verdict(image->passport, a, can, "%s", because);
    passport_set_verdict(image->passport, b, can, "%s", because);
}
