/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/json.h"
#include "common/run.h"
#include "common/storage/report.h"
#include "common/storage/storage.h"

/* An image in a pool of Ceph: nova's images_type rbd. A stored image is imported once for each pool and its snapshot protected;
 * each guest's disk is a clone of that. The rbd program does it, as an administrator would: librbd would be one more library
 * in a program of root's for what takes a tenth of a second.
 *
 * Everything is made under a name with this guest's UUID in it, which no other host has, and gets its real name last: rbd
 * renames to no name that is taken. Whose a disk is says its metadata. */

#define BASE "guestctl-"   /* and the stored image's id */
#define SNAPSHOT "base"
#define OWNER "guestctl"   /* the key in the image's metadata */

/* rbd and what it always needs, then the words. Ends with NULL. */
static void rbd(GPtrArray *words, const StorageDisk *disk, const char *verb, ...) G_GNUC_NULL_TERMINATED;
static void rbd(GPtrArray *words, const StorageDisk *disk, const char *verb, ...)
{
    g_autoptr(GPtrArray) head = g_ptr_array_new_with_free_func(g_free);
    if (disk->user)
        storage_words(head, "rbd", "--conf", disk->conf, "--id", disk->user, NULL);
    else
        storage_words(head, "rbd", "--conf", disk->conf, NULL);
    GString *line = g_string_new(head->pdata[0]);
    va_list args;
    va_start(args, verb);
    for (const char *word = verb; word; word = va_arg(args, const char *)) {
        g_autoptr(GPtrArray) one = g_ptr_array_new_with_free_func(g_free);
        storage_words(one, "", word, NULL);
        g_string_append(line, one->pdata[0]);
    }
    va_end(args);
    g_ptr_array_add(words, g_string_free(line, FALSE));
}

/* QEMU's block/rbd.c: a backslash keeps ':', '@', '/' and '=' from being read. */
static char *qemu_name(const StorageDisk *disk, const char *image)
{
    GString *name = g_string_new(NULL);
    g_string_append_printf(name, "rbd:%s:conf=", image);
    for (const char *c = disk->conf; *c; c++) {
        if (strchr(":@=\\", *c))
            g_string_append_c(name, '\\');
        g_string_append_c(name, *c);
    }
    if (disk->user)
        g_string_append_printf(name, ":id=%s", disk->user);
    return g_string_free(name, FALSE);
}

/* images/ID/disk → POOL/guestctl-ID */
static char *base_of(const StorageDisk *disk)
{
    g_autofree char *folder = g_path_get_dirname(disk->base), *id = g_path_get_basename(folder);
    return g_strdup_printf("%s/" BASE "%s", disk->pool, id);
}

static char *unfinished(const StorageDisk *disk, const char *image)
{
    return g_strdup_printf("%s.%s", image, disk->owner);
}

static bool place(StorageDisk *disk, const StoragePolicy *policy, const char *folder, GError **error)
{
    if (policy->rbd_user && !policy->rbd_secret) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "rbd-user needs rbd-secret, the UUID of libvirt's secret with its key, since libvirt takes one with the other; set both in guestctl.conf");
        return false;
    }
    disk->pool = g_strdup(policy->rbd_pool ? policy->rbd_pool : "rbd");
    disk->conf = g_strdup(policy->ceph_conf ? policy->ceph_conf : "/etc/ceph/ceph.conf");
    disk->user = g_strdup(policy->rbd_user);
    bool has_content = g_str_equal(disk->kind, "ephemeral") || g_str_equal(disk->kind, "swap");
    disk->scratch = has_content ? g_strdup_printf("%s/%s.raw.new", folder, disk->name) : NULL;
    disk->format = DISK_FORMAT_RAW;
    disk->path = g_strdup_printf("%s/%s_%s", disk->pool, disk->guest, disk->name);
    disk->overlay = false;
    return true;
}

/* The stored image in the pool, for all its clones. */
static void make_share(const StorageDisk *disk, GPtrArray *words)
{
    if (!disk->base)
        return;
    g_autofree char *base = base_of(disk), *made = unfinished(disk, base), *target = qemu_name(disk, made);
    g_autofree char *snapshot = g_strconcat(made, "@" SNAPSHOT, NULL);
    storage_words(words, "qemu-img", "convert", "-f", storage_qemu_format(disk->base_format), "-O", "raw", disk->base, target, NULL);
    rbd(words, disk, "snap", "create", "--no-progress", snapshot, NULL);
    rbd(words, disk, "snap", "protect", snapshot, NULL);
    rbd(words, disk, "mv", made, base, NULL);
}

static void make(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *made = unfinished(disk, disk->path), *target = qemu_name(disk, made);
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "B", disk->size), *bytes = g_strdup_printf("%" G_GUINT64_FORMAT, disk->size);
    if (disk->base) {
        g_autofree char *base = base_of(disk), *snapshot = g_strconcat(base, "@" SNAPSHOT, NULL);
        rbd(words, disk, "clone", snapshot, made, NULL);
        if (disk->size != disk->base_size)
            rbd(words, disk, "resize", "--no-progress", "--size", size, made, NULL);
    } else if (!g_str_equal(disk->kind, "blank")) {
        storage_words(words, "truncate", "-s", bytes, disk->scratch, NULL);
        storage_words_fill(disk, disk->scratch, words);
        storage_words(words, "qemu-img", "convert", "-f", "raw", "-O", "raw", disk->scratch, target, NULL);
        storage_words(words, "rm", disk->scratch, NULL);
    } else {
        rbd(words, disk, "create", "--size", size, made, NULL);
    }
    rbd(words, disk, "image-meta", "set", made, OWNER, disk->owner, NULL);
    rbd(words, disk, "mv", made, disk->path, NULL);
}

static void resize(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *size = g_strdup_printf("%" G_GUINT64_FORMAT "B", disk->size);
    rbd(words, disk, "resize", "--no-progress", "--size", size, disk->path, NULL);
}

static bool snapshot(const StorageDisk *disk, SnapshotVerb verb, const char *name, GPtrArray *words, bool *consumed, GError **error)
{
    static const char *const verbs[] = {[SNAPSHOT_MAKE] = "create", [SNAPSHOT_REVERT] = "rollback", [SNAPSHOT_DELETE] = "rm"};
    g_autofree char *full = g_strdup_printf("%s@%s", disk->path, name);
    rbd(words, disk, "snap", verbs[verb], "--no-progress", full, NULL);
    return true;
}

static void remove_disk(const StorageDisk *disk, const StoragePolicy *policy, GPtrArray *words)
{
    rbd(words, disk, "snap", "purge", "--no-progress", disk->path, NULL);
    rbd(words, disk, "rm", "--no-progress", disk->path, NULL);
}

static void remove_image(const StorageDisk *disk, const char *image, GPtrArray *words)
{
    g_autofree char *snapshot = g_strconcat(image, "@" SNAPSHOT, NULL);
    rbd(words, disk, "snap", "unprotect", snapshot, NULL); /* Ceph refuses while there is a clone */
    rbd(words, disk, "snap", "rm", "--no-progress", snapshot, NULL);
    rbd(words, disk, "rm", "--no-progress", image, NULL);
}

static void remove_share(const StorageDisk *disk, GPtrArray *words)
{
    g_autofree char *base = disk->base ? base_of(disk) : NULL;
    if (base)
        remove_image(disk, base, words);
}

static const char *in_pool(const char *image)
{
    return strchr(image, '/') + 1;
}

/* Without it rbd speaks of librados and threads. */
static bool check_conf(const StorageDisk *disk, GError **error)
{
    if (access(disk->conf, R_OK) == 0)
        return true;
    error_set_errno(error, errno, "Ceph's configuration %s cannot be read; install it, or name another one as ceph-conf in [storage] of guestctl.conf", disk->conf);
    return false;
}

static JsonNode *list(const StorageDisk *disk, GError **error)
{
    if (!check_conf(disk, error))
        return NULL;
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    rbd(words, disk, "ls", "--format", "json", disk->pool, NULL);
    return report_run(words->pdata[0], error);
}

static bool check_owner(const StorageDisk *disk, bool *ours, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    rbd(words, disk, "image-meta", "list", "--format", "json", disk->path, NULL);
    g_autoptr(GError) failed = NULL;
    g_autoptr(JsonNode) root = report_run(words->pdata[0], &failed);
    *ours = root && g_strcmp0(report_text(root, OWNER), disk->owner) == 0;
    if (root || g_error_matches(failed, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID)) /* without any metadata it says so in words */
        return true;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

/* One number of `rbd VERB`; 0 when it is not told. */
static guint64 number_of(const StorageDisk *disk, const char *verb, const char *member)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    rbd(words, disk, verb, "--format", "json", disk->path, NULL);
    g_autoptr(JsonNode) root = report_run(words->pdata[0], NULL);
    guint64 number = 0;
    if (root && JSON_NODE_HOLDS_OBJECT(root))
        json_get_uint(json_node_get_object(root), member, &number, NULL);
    return number;
}

static bool list_snapshots(const StorageDisk *disk, GPtrArray *names, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    rbd(words, disk, "snap", "ls", "--format", "json", disk->path, NULL);
    g_autoptr(JsonNode) root = report_run(words->pdata[0], error);
    report_texts(root ? report_array(root, NULL) : NULL, "name", names);
    return root != NULL;
}

static bool look(const StorageDisk *disk, StorageLook *look, GError **error)
{
    g_autoptr(JsonNode) root = list(disk, error);
    if (!root)
        return false;
    look->there = report_has_text(report_array(root, NULL), in_pool(disk->path));
    if (look->there && !check_owner(disk, &look->ours, error))
        return false;
    if (look->ours && look->in_detail) {
        look->used = number_of(disk, "du", "total_used_size");
        look->size = number_of(disk, "info", "size");
    }
    return true;
}

/* Whether the stored image is in the pool, and whether a disk was cloned from it. */
static bool look_share(const StorageDisk *disk, bool *there, bool *needed, GError **error)
{
    g_autofree char *base = disk->base ? base_of(disk) : NULL;
    g_autoptr(JsonNode) root = base ? list(disk, error) : NULL;
    *there = *needed = false;
    if (!base || !root)
        return !base;
    *there = report_has_text(report_array(root, NULL), in_pool(base));
    if (!*there)
        return true;
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *snapshot = g_strconcat(base, "@" SNAPSHOT, NULL);
    rbd(words, disk, "children", "--format", "json", snapshot, NULL);
    g_autoptr(JsonNode) children = report_run(words->pdata[0], NULL); /* none when its snapshot is gone already */
    *needed = children && report_first(report_array(children, NULL));
    return true;
}

/* A name with this guest's UUID is this guest's. How far its making came is not known. */
static bool remove_unfinished(const StorageDisk *disk, JsonNode *images, const char *image, GError **error)
{
    if (!report_has_text(report_array(images, NULL), in_pool(image)))
        return true;
    g_autoptr(GPtrArray) unprotect = g_ptr_array_new_with_free_func(g_free), words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *snapshot = g_strconcat(image, "@" SNAPSHOT, NULL);
    rbd(unprotect, disk, "snap", "unprotect", snapshot, NULL);
    run_program(unprotect->pdata[0], NULL, NULL, NULL);
    remove_disk(&(StorageDisk){.conf = disk->conf, .user = disk->user, .path = (char *)image}, NULL, words);
    return report_do(words, error);
}

static bool undo(const StorageDisk *disk, GError **error)
{
    g_autofree char *base = disk->base ? base_of(disk) : NULL, *base_made = base ? unfinished(disk, base) : NULL;
    g_autofree char *made = unfinished(disk, disk->path);
    if (disk->scratch)
        g_unlink(disk->scratch);
    g_autoptr(JsonNode) images = list(disk, error);
    if (!images || !remove_unfinished(disk, images, made, error) || (base_made && !remove_unfinished(disk, images, base_made, error)))
        return false;
    bool ours = false;
    if (!report_has_text(report_array(images, NULL), in_pool(disk->path)))
        return true;
    if (!check_owner(disk, &ours, error))
        return false;
    if (!ours)
        return true;
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    remove_disk(disk, NULL, words);
    return report_do(words, error);
}

const StorageDriver storage_rbd = {
    .name = "rbd",
    .protocol = "rbd",
    .place = place,
    .make = make,
    .make_share = make_share,
    .remove_share = remove_share,
    .look_share = look_share,
    .resize = resize,
    .remove = remove_disk,
    .snapshot = snapshot,
    .list_snapshots = list_snapshots,
    .look = look,
    .undo = undo,
};
