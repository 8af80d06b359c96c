/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/stat.h>

#include "common/decide.h"
#include "common/error.h"
#include "common/file.h"
#include "common/guest-file.h"
#include "common/json.h"
#include "common/storage/storage.h"
#include "common/suggest.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"
#include "toolstack/request.h"
#include "toolstack/verb.h"

/* The disks that guestctl made for a guest, by their records: the guest need not be defined any more. */
static GPtrArray *disks_of(const Options *options, const char *guest, GError **error)
{
    if (!guest_name_check(guest, error))
        return NULL;
    g_autofree char *folder = paths_guest_state(options->paths, guest);
    g_autoptr(GPtrArray) disks = storage_records(folder, error);
    if (disks && disks->len == 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "guest \"%s\" has no disk that guestctl made; those that are given as paths belong to you", guest);
        return NULL;
    }
    return g_steal_pointer(&disks);
}

static StorageDisk *find(const GPtrArray *disks, const char *guest, const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < disks->len; i++) {
        StorageDisk *disk = disks->pdata[i];
        if (g_str_equal(disk->name, name))
            return disk;
        g_ptr_array_add(names, disk->name);
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)names->pdata);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "guest \"%s\" has no disk \"%s\" that guestctl made; it has: %s", guest, name, all);
    return NULL;
}

static void add_json(JsonBuilder *builder, const StorageDisk *disk, const StorageLook *look)
{
    json_builder_begin_object(builder);
    json_add_string(builder, "guest", disk->guest);
    json_add_string(builder, "disk", disk->name);
    json_add_string(builder, "storage", disk->storage);
    json_add_string(builder, "kind", disk->kind);
    json_add_string(builder, "disk_format", disk_format_name(disk->format));
    json_add_int(builder, "size", (gint64)disk->size);
    json_add_int(builder, "used", look->there ? (gint64)look->used : -1);
    json_add_bool(builder, "there", look->there && look->ours);
    json_add_string(builder, "path", disk->path);
    json_add_string(builder, "image", disk->image);
    json_add_string(builder, "base", disk->overlay ? disk->base : NULL);
    json_add_strings(builder, "snapshots", (const char *const *)disk->snapshots);
    json_builder_end_object(builder);
}

static void add_row(Table *table, const StorageDisk *disk, const StorageLook *look)
{
    bool there = look->there && look->ours;
    g_autofree char *size = memory_text(disk->size / 1024), *used = memory_text(look->used / 1024);
    g_autofree char *snapshots = disk->snapshots ? g_strjoinv(",", disk->snapshots) : g_strdup("");
    table_row(table, there ? TINT_NONE : TINT_BAD, disk->guest, disk->name, disk->storage, disk->image ? disk->image : disk->kind,
              disk_format_name(disk->format), size, there ? used : look->there ? "another's" : "gone", *snapshots ? snapshots : "-",
              disk->path);
}

/* A storage that cannot be asked is an error: an empty answer would be taken for the truth. */
static bool show(const GPtrArray *disks, JsonBuilder *builder, Table *table, GError **error)
{
    for (guint i = 0; i < disks->len; i++) {
        const StorageDisk *disk = disks->pdata[i];
        StorageLook look = {.in_detail = true};
        if (!storage_driver(disk->storage)->look(disk, &look, error)) {
            g_prefix_error(error, "guest \"%s\": disk \"%s\": ", disk->guest, disk->name);
            return false;
        }
        add_json(builder, disk, &look);
        add_row(table, disk, &look);
    }
    return true;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Guests with a folder of their own, sorted. */
static GPtrArray *guests_with_folder(const Options *options, GError **error)
{
    g_autoptr(GPtrArray) guests = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *above = g_build_filename(options->paths->state, "guests", NULL);
    g_autoptr(GDir) folder = NULL;
    if (!file_open_folder(above, &folder, error))
        return NULL;
    for (const char *name; folder && (name = g_dir_read_name(folder));) {
        g_autofree char *path = g_build_filename(above, name, NULL);
        if (guest_name_check(name, NULL) && !g_file_test(path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(guests, g_strdup(name));
    }
    g_ptr_array_sort(guests, by_text);
    return g_steal_pointer(&guests);
}

/* One guest that cannot be shown hides no other: the first error is left for the end. */
static bool show_all(const Options *options, JsonBuilder *builder, Table *table, GError **later, GError **error)
{
    g_autoptr(GPtrArray) guests = guests_with_folder(options, error);
    for (guint i = 0; guests && i < guests->len; i++) {
        g_autoptr(GError) failed = NULL;
        g_autofree char *folder = paths_guest_state(options->paths, guests->pdata[i]);
        g_autoptr(GPtrArray) disks = storage_records(folder, &failed);
        if ((!disks || !show(disks, builder, table, &failed)) && !*later)
            g_propagate_prefixed_error(later, g_steal_pointer(&failed), "guest \"%s\" is not shown: ", (const char *)guests->pdata[i]);
    }
    return guests != NULL;
}

bool cmd_disk_list(Options *options, GError **error)
{
    static const char *const headings[] = {"GUEST", "DISK", "STORAGE", "OF", "FORMAT", "SIZE", "USED", "SNAPSHOTS", "PATH", NULL};
    const char *guest = options_argument(options, 0);
    g_autoptr(GPtrArray) disks = guest ? disks_of(options, guest, error) : NULL;
    g_autoptr(Table) table = table_new(headings);
    if (guest && !disks)
        return false;
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-disk-list/1");
    json_builder_set_member_name(builder, "disks");
    json_builder_begin_array(builder);
    g_autoptr(GError) later = NULL;
    if (!(disks ? show(disks, builder, table, error) : show_all(options, builder, table, &later, error))) {
        g_object_unref(builder);
        return false;
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    if (options->json) {
        output_json(options, builder);
    } else {
        g_object_unref(builder);
        table_align_right(table, 5);
        table_align_right(table, 6);
        output_table(options, table);
    }
    if (later)
        g_propagate_error(error, g_steal_pointer(&later));
    return !later;
}

/* Nothing that a hypervisor has open is changed or taken away. */
static BackendPick *pick_for_change(const char *guest, const Options *options, GError **error)
{
    g_autoptr(GError) pick_error = NULL;
    g_autoptr(BackendPick) pick = backend_pick_new(options, &pick_error);
    if (!options->dry_run && !verb_check_ended(guest, pick, pick_error, false, error))
        return NULL;
    if (!pick)
        g_propagate_error(error, g_steal_pointer(&pick_error));
    return g_steal_pointer(&pick);
}

/* What a crash cuts off is done by the next command. */
static bool carry_out(Plan *plan, BackendPick *pick, const char *status, const char *text, const Options *options, GError **error)
{
    plan->finish = true;
    if (!perform(plan, pick, options, error))
        return false;
    if (!options->dry_run)
        verb_result(options, plan->guest, "files", status, NULL, text);
    return true;
}

bool cmd_disk_delete(Options *options, GError **error)
{
    const char *guest = options_argument(options, 0), *name = options_argument(options, 1);
    g_autoptr(GPtrArray) disks = disks_of(options, guest, error);
    StorageDisk *one = disks && name ? find(disks, guest, name, error) : NULL;
    if (!disks || (name && !one))
        return false;
    g_autoptr(BackendPick) pick = pick_for_change(guest, options, error);
    if (!pick)
        return false;
    g_autofree char *folder = paths_guest_state(options->paths, guest);
    g_autoptr(Policy) policy = policy_load(options->paths->config, error);
    if (!policy)
        return false;
    g_autoptr(Plan) plan = plan_new("files", guest);
    for (guint i = 0; i < disks->len; i++)
        if (!one || disks->pdata[i] == one)
            storage_plan_delete(plan, disks->pdata[i], policy->storage, folder);
    g_autofree char *text = one ? g_strdup_printf("has no disk \"%s\" any more", name) : g_strdup("has no disks of guestctl's any more");
    return carry_out(plan, pick, "disk deleted", text, options, error);
}

bool cmd_disk_resize(Options *options, GError **error)
{
    const char *guest = options_argument(options, 0), *name = options_argument(options, 1), *size = options_argument(options, 2);
    guint64 kib = 0;
    g_autoptr(GPtrArray) disks = size_parse_kib(size, &kib, error) ? disks_of(options, guest, error) : NULL;
    StorageDisk *disk = disks ? find(disks, guest, name, error) : NULL;
    if (!disk)
        return false;
    if (kib > DISK_VIRTUAL_MAX / 1024) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "guest \"%s\": disk \"%s\": %s is more than the 64T that a disk may have here; name a smaller size", guest,
                    name, size);
        return false;
    }
    if (kib * 1024 <= disk->size) {
        g_autofree char *is = size_format_kib(disk->size / 1024);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "guest \"%s\": disk \"%s\" has %s already, and a disk is never made smaller: what lies behind the new end would be lost; name a "
                    "larger size",
                    guest, name, is);
        return false;
    }
    if (disk->snapshots && *disk->snapshots) { /* which have the old size: to go back to one would cut off what lies behind it */
        g_autofree char *all = g_strjoinv(", ", disk->snapshots);
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\": disk \"%s\" has snapshots of its present size (%s), and would be made small again by them; first: guestctl disk forget %s %s %s",
                    guest, name, all, guest, name, disk->snapshots[0]);
        return false;
    }
    g_autoptr(BackendPick) pick = pick_for_change(guest, options, error);
    if (!pick)
        return false;
    g_autofree char *folder = paths_guest_state(options->paths, guest);
    g_autoptr(Plan) plan = plan_new("files", guest);
    disk->size = kib * 1024;
    storage_plan_resize(plan, disk, folder);
    g_autofree char *text = g_strdup_printf("has a disk \"%s\" of %s now; partitions and file systems in it are the guest's to enlarge", name, size);
    return carry_out(plan, pick, "disk resized", text, options, error);
}

/* What a snapshot command did, by its verb: status, and what is said before and after the snapshot's name. */
static const struct {
    const char *status, *before, *after;
} snapshots[] = {
    [SNAPSHOT_MAKE] = {"disk snapshot made", "has a snapshot", "now"},
    [SNAPSHOT_REVERT] = {"disk reverted", "is again as it was at", ""},
    [SNAPSHOT_DELETE] = {"disk snapshot deleted", "has no snapshot", "any more"},
};

static bool snapshot(SnapshotVerb verb, const Options *options, GError **error)
{
    const char *guest = options_argument(options, 0), *name = options_argument(options, 1), *snap = options_argument(options, 2);
    g_autoptr(GPtrArray) disks = disks_of(options, guest, error);
    StorageDisk *disk = disks ? find(disks, guest, name, error) : NULL;
    g_autofree char *folder = paths_guest_state(options->paths, guest);
    g_autoptr(Plan) plan = plan_new("files", guest);
    if (!disk || !storage_plan_snapshot(plan, disk, verb, snap, folder, error))
        return false;
    g_autoptr(BackendPick) pick = pick_for_change(guest, options, error);
    g_autofree char *done = g_strdup_printf("disk \"%s\" %s \"%s\" %s", name, snapshots[verb].before, snap, snapshots[verb].after);
    return pick && carry_out(plan, pick, snapshots[verb].status, g_strchomp(done), options, error);
}

bool cmd_disk_snapshot(Options *options, GError **error)
{
    return snapshot(SNAPSHOT_MAKE, options, error);
}

bool cmd_disk_revert(Options *options, GError **error)
{
    return snapshot(SNAPSHOT_REVERT, options, error);
}

bool cmd_disk_forget(Options *options, GError **error)
{
    return snapshot(SNAPSHOT_DELETE, options, error);
}
