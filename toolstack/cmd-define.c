/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decide.h"
#include "common/error.h"
#include "common/file.h"
#include "common/keyfile.h"
#include "common/seed/ssh-key.h"
#include "common/storage/storage.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"
#include "toolstack/request.h"
#include "toolstack/verb.h"

/* The file moves to another folder, byte for byte, so a path that counts from its old one would break. A word
 * without a slash may be a name in the image store. */
static bool check_path(const char *what, const char *path, const char *folder, GError **error)
{
    if (!path || g_path_is_absolute(path))
        return true;
    g_autofree char *there = g_canonicalize_filename(path, folder);
    if (!strchr(path, '/') && !g_file_test(there, G_FILE_TEST_EXISTS))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s = %s counts from this file's folder, and a defined guest's file is kept in another; write %s = %s", what, path,
                what, there);
    return false;
}

static bool check_keys(const char *what, char *const *words, const char *folder, GError **error)
{
    for (; words && *words; words++)
        if (!ssh_key_is_literal(*words, folder) && !check_path(what, *words, folder, error))
            return false;
    return true;
}

/* SOURCE:DESTINATION of [inject]. */
static bool check_source(const char *file, const char *folder, GError **error)
{
    if (g_path_is_absolute(file))
        return true;
    g_autofree char *there = g_canonicalize_filename(file, folder);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "[inject] file = %s counts from this file's folder, and a defined guest's file is kept in another; write file = %s", file, there);
    return false;
}

static bool check_paths(const Request *request, const char *folder, GError **error)
{
    if (!check_path("image", request->image, folder, error) || !check_path("metadata", request->metadata, folder, error) ||
        !check_path("kernel", request->kernel, folder, error) || !check_path("ramdisk", request->ramdisk, folder, error) ||
        !check_path("[cloud-init] user-data", request->seed.user_data, folder, error) ||
        !check_path("[cloud-init] network-config", request->seed.network_config, folder, error))
        return false;
    if (!check_keys("[cloud-init] ssh-key", request->seed.ssh_keys, folder, error) || !check_keys("[inject] ssh-key", request->inject.ssh_keys, folder, error))
        return false;
    for (char **file = request->inject.files; file && *file; file++)
        if (!check_source(*file, folder, error))
            return false;
    for (guint i = 0; i < request->disks->len; i++) {
        const RequestDisk *disk = request->disks->pdata[i];
        g_autofree char *what = g_strdup_printf("[disk %s] path", disk->name);
        if (!check_path(what, disk->path, folder, error))
            return false;
    }
    return true;
}

/* The guest as it will be once its file is kept, planned to the end. */
static bool check(const char *text, const char *path, const char *name, const BackendPick *pick, const Options *options,
                  GError **error)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    g_autofree char *folder = g_path_get_dirname(absolute);
    g_autoptr(Request) request = guest_file_parse(text, absolute, name, error);
    g_auto(Prepared) prepared = {0};
    if (!request)
        return false;
    if (!check_paths(request, folder, error)) {
        g_prefix_error(error, "%s: ", path);
        return false;
    }
    return request_prepare(request, pick, options, &prepared, error);
}

static char *name_of(const char *path, const char *option, GError **error)
{
    g_autofree char *name = option ? g_strdup(option) : g_path_get_basename(path);
    if (!option && g_str_has_suffix(name, ".guest"))
        name[strlen(name) - strlen(".guest")] = '\0';
    return guest_name_check(name, error) ? g_steal_pointer(&name) : NULL;
}

bool cmd_define(Options *options, GError **error)
{
    const char *path = options_argument(options, 0);
    g_autofree char *name = name_of(path, options->name, error);
    gsize length = 0;
    g_autofree char *text = name ? file_read(path, KEYFILE_MAX, &length, error) : NULL;
    if (!text)
        return false;
    if (strlen(text) != length) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: holds a NUL byte; a guest file is text", path);
        return false;
    }
    g_autoptr(BackendPick) pick = backend_pick_new(options, error);
    if (!pick || !check(text, path, name, pick, options, error))
        return false;

    g_autofree char *target = paths_definition(options->paths, name);
    bool again = request_is_defined(options, name);
    g_autoptr(Plan) plan = plan_new("files", name);
    plan->finish = true;
    plan_add(plan, STEP_WRITE_FILE, target, text);
    if (!perform(plan, pick, options, error)) /* with the pick: an interrupted plan of this guest may need it */
        return false;
    g_autofree char *done = g_strdup_printf("is defined%s in %s", again ? " anew" : "", target);
    if (!options->dry_run)
        verb_result(options, name, "files", "defined", NULL, done);
    return true;
}

bool cmd_undefine(Options *options, GError **error)
{
    const char *name = options_argument(options, 0);
    if (!request_is_defined(options, name)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "no guest \"%s\" is defined; see: guestctl list", name);
        return false;
    }
    g_autoptr(GError) pick_error = NULL;
    g_autoptr(BackendPick) pick = options->dry_run ? NULL : backend_pick_new(options, &pick_error);
    /* A guest that runs keeps its file: without it, it could not be started again. */
    bool ask = !options->dry_run && (!options->force || options->disks);
    if (ask && !verb_check_ended(name, pick, pick_error, !options->disks, error))
        return false;
    g_autofree char *target = paths_definition(options->paths, name), *folder = paths_guest_state(options->paths, name);
    g_autoptr(GPtrArray) disks = storage_records(folder, error);
    g_autoptr(Policy) policy = disks ? policy_load(options->paths->config, error) : NULL;
    if (!policy)
        return false;
    g_autoptr(Plan) plan = plan_new("files", name);
    plan->finish = true;
    g_autofree char *seed = paths_guest_seed(options->paths, name);
    if (g_file_test(seed, G_FILE_TEST_EXISTS)) /* what is in it came from the file that goes */
        plan_add(plan, STEP_REMOVE_FILE, seed, NULL);
    for (guint i = 0; i < disks->len && options->disks; i++) /* the last one takes the empty folder with it */
        storage_plan_delete(plan, disks->pdata[i], policy->storage, folder);
    plan_add(plan, STEP_REMOVE_FILE, target, NULL);
    if (!perform(plan, pick, options, error))
        return false;
    const char *many = disks->len == 1 ? "" : "s", *are = disks->len == 1 ? "is" : "are";
    g_autofree char *text = disks->len == 0   ? g_strdup("is not defined any more")
                            : options->disks ? g_strdup_printf("is not defined any more, and its %u disk%s %s deleted", disks->len, many, are)
                                             : g_strdup_printf("is not defined any more; its %u disk%s %s kept in %s; to delete: guestctl disk delete %s",
                                                               disks->len, many, are, folder, name);
    if (!options->dry_run)
        verb_result(options, name, "files", "undefined", NULL, text);
    return true;
}
