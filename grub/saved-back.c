/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/saved-back.h"

#include "common/file.h"
#include "grub/boot-block.h"

bool saved_has_blocks(const Saved *saved)
{
    return saved->trial || g_strcmp0(saved->target, "grub.d") == 0 || g_strcmp0(saved->target, "grub") == 0;
}

/* The text that the change wrote is not kept, only its checksum: ours in the old text must give it. */
static bool is_as_written(const SavedFile *file, const char *old, const char *inside)
{
    g_autofree char *text = boot_block_set(old, file->path, inside, NULL);
    g_autofree char *sum = text ? g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1) : NULL;
    return g_strcmp0(sum, file->written) == 0;
}

static BackHow back_block(const SavedFile *file, const char *now, char **text)
{
    const char *old = file->existed ? file->text : "";
    g_autofree char *before = NULL, *inside = NULL;
    if (!boot_block_get(old, file->path, &before, NULL) || !boot_block_get(now, file->path, &inside, NULL))
        return BACK_REFUSED;
    if (g_strcmp0(before, inside) == 0)
        return BACK_NOTHING;
    if (!is_as_written(file, old, inside))
        return BACK_REFUSED;
    *text = boot_block_set(now, file->path, before, NULL);
    return BACK_BLOCK;
}

BackHow saved_back(const SavedFile *file, bool has_block, const char *root, char **text)
{
    g_autofree char *real = g_strconcat(root, file->path, NULL), *now = NULL;
    if (saved_is_old(file, root))
        return BACK_NOTHING;
    if (file->generated || saved_is_new(file, root)) {
        *text = g_strdup(file->text);
        return BACK_WHOLE;
    }
    now = has_block ? file_read(real, 4 * 1024 * 1024, NULL, NULL) : NULL;
    return now ? back_block(file, now, text) : BACK_REFUSED;
}
