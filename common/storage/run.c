/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/run.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/storage/storage.h"

static StorageDisk *of_step(const Step *step, GPtrArray **words, GPtrArray **share, GError **error)
{
    g_autoptr(StorageDisk) disk = storage_disk_parse(step->native, strlen(step->native), step->target, words, share, error);
    return disk && storage_check_place(disk, step->target, error) ? g_steal_pointer(&disk) : NULL;
}

bool storage_check_absent(const Step *step, GError **error)
{
    g_autoptr(StorageDisk) disk = of_step(step, NULL, NULL, error);
    StorageLook look = {0};
    if (!disk || !storage_driver(disk->storage)->look(disk, &look, error))
        return false;
    if (!look.there && !g_file_test(step->target, G_FILE_TEST_EXISTS))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                "guest \"%s\": disk \"%s\": %s is there already%s, and was left as it is; see: guestctl disk list %s", disk->guest, disk->name,
                look.there ? disk->path : step->target, look.there && !look.ours ? " and is not this guest's" : "", disk->guest);
    return false;
}

/* Programs that Debian has in packages of other names. */
static const char *package_of(const char *program)
{
    static const struct {
        const char *program, *package;
    } packages[] = {{"qemu-img", "qemu-utils"}, {"mke2fs", "e2fsprogs"}, {"mkswap", "util-linux"},
                  {"lv", "lvm2"}, {"rbd", "ceph-common"}};
    for (gsize i = 0; i < G_N_ELEMENTS(packages); i++)
        if (g_str_has_prefix(program, packages[i].program))
            return packages[i].package;
    return NULL;
}

bool storage_run_words(const StorageDisk *disk, const GPtrArray *words, GCancellable *cancel, GError **error)
{
    for (guint i = 0; i < words->len; i++) {
        const char *line = words->pdata[i];
        g_autoptr(GError) failed = NULL;
        if (run_program(line, cancel, NULL, &failed))
            continue;
        const char *package = g_error_matches(failed, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND) ? package_of(line) : NULL;
        if (strstr(failed->message, "No space left on device") || strstr(failed->message, "insufficient free space"))
            failed->code = GUESTCTL_ERROR_RESOURCES;
        g_propagate_prefixed_error(error, g_steal_pointer(&failed), "guest \"%s\": disk \"%s\": ", disk->guest, disk->name);
        if (package && error)
            g_prefix_error(error, "the package %s is missing: ", package);
        return false;
    }
    return true;
}

/* What other hosts may make at the same moment gets its name last, and only one of them can give it. */
static bool share_first(const StorageDisk *disk, const GPtrArray *share, GCancellable *cancel, GError **error)
{
    bool there = true, needed = true;
    if (share->len && !storage_driver(disk->storage)->look_share(disk, &there, &needed, error))
        return false;
    return there || storage_run_words(disk, share, cancel, error);
}

/* What a crash has cut off here is half gone already, so each line is tried; and another host may have cloned it since one
 * looked: then the storage refuses, and it stays. */
static bool share_last(const StorageDisk *disk, const GPtrArray *share, GError **error)
{
    const StorageDriver *driver = storage_driver(disk->storage);
    bool there = false, needed = false;
    if (share->len && !driver->look_share(disk, &there, &needed, error))
        return false;
    if (!there || needed)
        return true;
    g_autoptr(GError) failed = NULL;
    for (guint i = 0; i < share->len; i++) {
        g_clear_error(&failed);
        run_program(share->pdata[i], NULL, NULL, &failed);
    }
    if (!driver->look_share(disk, &there, &needed, error))
        return false;
    if (!there || needed)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "guest \"%s\": disk \"%s\": what was made of its image is left there, and nothing needs it: %s",
                disk->guest, disk->name, failed ? failed->message : "it does not say why");
    return false;
}

/* The record first: no disk is ever without one. */
static bool create(const StorageDisk *disk, const Step *step, const GPtrArray *words, const GPtrArray *share, GCancellable *cancel, GError **error)
{
    return storage_check_absent(step, error) && file_write(step->target, step->native, 0644, error) && share_first(disk, share, cancel, error) &&
           storage_run_words(disk, words, cancel, error);
}

static bool remove_record(const char *record, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(record);
    if (g_unlink(record) < 0 && errno != ENOENT) {
        error_set_errno(error, errno, "%s: cannot be removed", record);
        return false;
    }
    g_rmdir(folder); /* when it was the last that was in it */
    return true;
}

static bool check_ours(const StorageDisk *disk, const StorageLook *look, GError **error)
{
    if (!look->there || look->ours)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "guest \"%s\": disk \"%s\": %s is not this guest's, and was left as it is", disk->guest,
                disk->name, disk->path);
    return false;
}

bool storage_run(const Step *step, GCancellable *cancel, GError **error)
{
    g_autoptr(GPtrArray) words = NULL, share = NULL;
    g_autoptr(StorageDisk) disk = of_step(step, &words, &share, error);
    StorageLook look = {.in_detail = step->kind == STEP_CHANGE_DISK};
    if (!disk)
        return false;
    if (step->kind == STEP_CREATE_DISK)
        return create(disk, step, words, share, cancel, error);
    if (!storage_driver(disk->storage)->look(disk, &look, error) || !check_ours(disk, &look, error))
        return false;
    if (step->kind == STEP_CHANGE_DISK)
        return storage_change(disk, &look, step, words, cancel, error);
    return (!look.there || storage_run_words(disk, words, cancel, error)) && share_last(disk, share, error) && remove_record(step->target, error);
}

bool storage_undo(const Step *step, GError **error)
{
    g_autoptr(StorageDisk) disk = of_step(step, NULL, NULL, error);
    if (!disk || !storage_driver(disk->storage)->undo(disk, error))
        return false;
    g_autoptr(GPtrArray) share = g_ptr_array_new_with_free_func(g_free);
    if (storage_driver(disk->storage)->remove_share)
        storage_driver(disk->storage)->remove_share(disk, share);
    return share_last(disk, share, error) && remove_record(step->target, error);
}

bool storage_is_settled(const Step *step)
{
    g_autofree char *folder = g_path_get_dirname(step->target);
    g_autoptr(StorageDisk) disk = of_step(step, NULL, NULL, NULL);
    g_autoptr(StorageDisk) record = disk ? storage_record_load(folder, disk->name, NULL) : NULL;
    StorageLook look = {.in_detail = true};
    bool changed = true;
    return !record || !storage_driver(record->storage)->look(record, &look, NULL) ||
           (storage_learn(record, &look, &changed, NULL) && !changed);
}
