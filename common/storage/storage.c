/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/storage/storage.h"

#include <string.h>

#include "common/error.h"
#include "common/json-strict.h"
#include "common/suggest.h"

static const StorageDriver *const drivers[] = {&storage_flat, &storage_qcow2, &storage_lvm, &storage_rbd};

/* nova 18.1.0 conf/libvirt.py images_type; "qcow" is what OpenStack's hypervisor-kvm document calls qcow2. */
static const struct {
    const char *name;
    const StorageDriver *driver; /* NULL: use_cow_images decides */
} types[] = {
    {"flat", &storage_flat}, {"qcow2", &storage_qcow2}, {"lvm", &storage_lvm}, {"rbd", &storage_rbd},
    {"raw", &storage_flat},   {"qcow", &storage_qcow2}, {"default", NULL},
};

bool storage_driver_parse(const char *name, const StorageDriver **driver, GError **error)
{
    const char *names[G_N_ELEMENTS(types) + 1] = {NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        names[i] = types[i].name;
        if (g_str_equal(types[i].name, name)) {
            *driver = types[i].driver;
            return true;
        }
    }
    if (g_str_equal(name, "ploop")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "storage ploop is Virtuozzo's, which neither Xen nor KVM opens; use flat, qcow2, lvm or rbd");
        return false;
    }
    const char *nearest = suggest_nearest(name, names);
    if (nearest)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "storage \"%.40s\" is not known; did you mean \"%s\"?", name, nearest);
    else
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "storage \"%.40s\" is not known (use flat, qcow2, lvm or rbd)", name);
    return false;
}

const StorageDriver *storage_driver(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(drivers); i++)
        if (g_str_equal(drivers[i]->name, name))
            return drivers[i];
    return NULL;
}

StorageDisk *storage_disk_new(void)
{
    return g_new0(StorageDisk, 1);
}

void storage_disk_free(StorageDisk *disk)
{
    if (!disk)
        return;
    g_free(disk->guest);
    g_free(disk->name);
    g_free(disk->owner);
    g_free(disk->storage);
    g_free(disk->kind);
    g_free(disk->path);
    g_free(disk->image);
    g_free(disk->base);
    g_free(disk->volume_group);
    g_free(disk->thin_pool);
    g_free(disk->pool);
    g_free(disk->conf);
    g_free(disk->user);
    g_free(disk->scratch);
    g_strfreev(disk->snapshots);
    g_free(disk->change);
    g_free(disk->snapshot);
    g_free(disk->label);
    g_free(disk);
}

char *storage_record_path(const char *folder, const char *disk)
{
    return g_strdup_printf("%s/%s.disk.json", folder, disk);
}

static GPtrArray *no_words(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

static void plan_step(Plan *plan, StepKind kind, const StorageDisk *disk, const char *folder, const GPtrArray *words, const GPtrArray *share)
{
    g_autofree char *record = storage_record_path(folder, disk->name);
    g_autofree char *native = storage_disk_to_json(disk, words, share);
    plan_add(plan, kind, record, native);
}

void storage_plan_create(Plan *plan, const StorageDisk *disk, const char *folder)
{
    const StorageDriver *driver = storage_driver(disk->storage);
    g_autoptr(GPtrArray) words = no_words(), share = no_words();
    driver->make(disk, words);
    if (driver->make_share)
        driver->make_share(disk, share);
    plan_step(plan, STEP_CREATE_DISK, disk, folder, words, share);
}

static void set_change(StorageDisk *disk, const char *change, const char *snapshot)
{
    g_free(disk->change);
    g_free(disk->snapshot);
    disk->change = g_strdup(change);
    disk->snapshot = g_strdup(snapshot);
}

void storage_plan_resize(Plan *plan, StorageDisk *disk, const char *folder)
{
    g_autoptr(GPtrArray) words = no_words();
    set_change(disk, "resize", NULL);
    storage_driver(disk->storage)->resize(disk, words);
    plan_step(plan, STEP_CHANGE_DISK, disk, folder, words, NULL);
}

/* The snapshots as they will be. */
static GStrv snapshots_after(const StorageDisk *disk, SnapshotVerb verb, const char *name, bool consumed)
{
    GPtrArray *names = g_ptr_array_new();
    for (char **at = disk->snapshots; at && *at; at++)
        if (!g_str_equal(*at, name) || (verb == SNAPSHOT_REVERT && !consumed))
            g_ptr_array_add(names, g_strdup(*at));
    if (verb == SNAPSHOT_MAKE)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_add(names, NULL);
    return (GStrv)g_ptr_array_free(names, FALSE);
}

static bool check_snapshot(const StorageDisk *disk, SnapshotVerb verb, const char *name, GError **error)
{
    bool there = disk->snapshots && g_strv_contains((const char *const *)disk->snapshots, name);
    g_autofree char *all = disk->snapshots ? g_strjoinv(", ", disk->snapshots) : g_strdup("");
    g_autofree char *shown = json_strict_shown(name, strlen(name));
    bool number = strspn(name, "0123456789") == strlen(name); /* qemu-img takes an id of a snapshot before a name */
    if (!guest_name_check(name, NULL) || (number && verb == SNAPSHOT_MAKE))
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "snapshot name \"%.60s\" cannot be used: use 1 to 63 of letters, digits, - _ . +, a letter or digit first, and not digits alone", shown);
    else if (there && verb == SNAPSHOT_MAKE)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "guest \"%s\": disk \"%s\" has a snapshot \"%s\" already; choose another name",
                    disk->guest, disk->name, name);
    else if (!there && verb != SNAPSHOT_MAKE)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\": disk \"%s\" has no snapshot \"%s\"; it has: %s", disk->guest,
                    disk->name, name, *all ? all : "none");
    else
        return true;
    return false;
}

bool storage_plan_snapshot(Plan *plan, StorageDisk *disk, SnapshotVerb verb, const char *name, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) words = no_words();
    static const char *const changes[] = {[SNAPSHOT_MAKE] = "snapshot", [SNAPSHOT_REVERT] = "revert", [SNAPSHOT_DELETE] = "forget"};
    bool consumed = false;
    if (!check_snapshot(disk, verb, name, error) || !storage_driver(disk->storage)->snapshot(disk, verb, name, words, &consumed, error))
        return false;
    GStrv after = snapshots_after(disk, verb, name, consumed);
    g_strfreev(disk->snapshots);
    disk->snapshots = after;
    set_change(disk, changes[verb], name);
    plan_step(plan, STEP_CHANGE_DISK, disk, folder, words, NULL);
    return true;
}

void storage_plan_delete(Plan *plan, const StorageDisk *disk, const StoragePolicy *policy, const char *folder)
{
    const StorageDriver *driver = storage_driver(disk->storage);
    g_autoptr(GPtrArray) words = no_words(), share = no_words();
    driver->remove(disk, policy, words);
    if (driver->remove_share)
        driver->remove_share(disk, share);
    plan_step(plan, STEP_DELETE_DISK, disk, folder, words, share);
}
