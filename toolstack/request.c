/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/request.h"

#include <string.h>

#include "common/decide.h"
#include "common/error.h"
#include "common/facts.h"
#include "common/image/store.h"
#include "common/image/source.h"
#include "common/image/store.h"
#include "common/seed/ssh-key.h"
#include "common/suggest.h"
#include "toolstack/command.h"

#define SUFFIX ".guest"

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *request_defined(const Paths *paths, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) open_error = NULL;
    g_autoptr(GDir) folder = g_dir_open(paths->guests, 0, &open_error);
    if (!folder && !g_error_matches(open_error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error(error, g_steal_pointer(&open_error));
        return NULL;
    }
    for (const char *file; folder && (file = g_dir_read_name(folder));) {
        g_autofree char *name = g_strndup(file, strlen(file) - MIN(strlen(file), strlen(SUFFIX)));
        if (g_str_has_suffix(file, SUFFIX) && guest_name_check(name, NULL))
            g_ptr_array_add(names, g_steal_pointer(&name));
    }
    g_ptr_array_sort(names, by_name);
    return g_steal_pointer(&names);
}

bool request_is_defined(const Options *options, const char *argument)
{
    if (!guest_name_check(argument, NULL))
        return false;
    g_autofree char *path = paths_definition(options->paths, argument);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static bool is_in_store(const Options *options, const char *argument)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(StoredImage) image = strchr(argument, '/') ? NULL : image_store_look(options->paths, argument, &error);
    return image || error; /* what is wrong with it is told later */
}

static Request *from_disk(const Options *options, const char *image, GError **error)
{
    g_autoptr(Request) request = request_new();
    request->name = options->name ? g_strdup(options->name) : image_source_name(image);
    request->image = g_strdup(image);
    if (!guest_name_check(request->name, error)) {
        if (!options->name)
            g_prefix_error(error, "%s: its name cannot be the guest's, give one with --name: ", image);
        return NULL;
    }
    return g_steal_pointer(&request);
}

static bool not_found(const Options *options, const char *argument, GError **error)
{
    g_autoptr(GPtrArray) names = request_defined(options->paths, NULL);
    if (names)
        g_ptr_array_add(names, NULL);
    const char *nearest = names ? suggest_nearest(argument, (const char *const *)names->pdata) : NULL;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                strchr(argument, '/') ? "%s: there is no such file%s%s"
                                      : "\"%s\" is no file here and no guest that is defined%s%s",
                argument, nearest ? "; did you mean: " : "", nearest ? nearest : "");
    return false;
}

static Request *from_argument(const Options *options, const char *argument, GError **error)
{
    if (g_str_has_suffix(argument, SUFFIX))
        return guest_file_load(argument, options->name, error);
    if (request_is_defined(options, argument)) {
        g_autofree char *path = paths_definition(options->paths, argument);
        return guest_file_load(path, options->name, error);
    }
    if (is_in_store(options, argument))
        return from_disk(options, argument, error);
    if (g_file_test(argument, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "%s is a folder; name a guest file (NAME.guest) or a disk image in it", argument);
        return NULL;
    }
    if (g_file_test(argument, G_FILE_TEST_EXISTS))
        return from_disk(options, argument, error);
    not_found(options, argument, error);
    return NULL;
}

static Request *without_argument(const Options *options, GError **error)
{
    if (options->image)
        return from_disk(options, options->image, error);
    if (!options->kernel || !options->name) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE,
                    "%s: name a guest file, a defined guest or a disk image, or give --image, or --kernel with --name",
                    options->command ? options->command->name : "create");
        return NULL;
    }
    Request *request = request_new();
    request->name = g_strdup(options->name);
    return request;
}

static void override(char **member, const char *option)
{
    if (!option)
        return;
    g_free(*member);
    *member = g_strdup(option);
}

static bool override_bridge(Request *request, const char *bridge, GError **error)
{
    if (!bridge)
        return true;
    if (request->nics->len > 1) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE,
                    "--bridge: guest \"%s\" has %u network cards; set their bridges in its file", request->name,
                    request->nics->len);
        return false;
    }
    RequestNic *nic = request->nics->len ? request->nics->pdata[0] : request_add_nic(request, "net0");
    override(&nic->bridge, bridge);
    nic->user = false;
    return true;
}

/* Files that options name are those of the user's own folder, not of the guest file's. */
static char *absolute(const char *path)
{
    return path ? g_canonicalize_filename(path, NULL) : NULL;
}

static char *image_of_option(const Options *options)
{
    if (!options->image || is_in_store(options, options->image))
        return g_strdup(options->image);
    return absolute(options->image);
}

/* The keys of the command line stand in the place of the file's. */
static void override_seed(RequestSeed *seed, const Options *options)
{
    g_autofree char *user_data = absolute(options->user_data);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < options->ssh_keys->len; i++) {
        const char *word = options->ssh_keys->pdata[i];
        g_ptr_array_add(keys, ssh_key_is_literal(word, NULL) ? g_strdup(word) : absolute(word));
    }
    override(&seed->kind, options->seed);
    override(&seed->hostname, options->hostname);
    override(&seed->user_data, user_data);
    seed->asked |= options->hostname || options->user_data || keys->len > 0;
    if (keys->len > 0) {
        g_ptr_array_add(keys, NULL);
        g_strfreev(seed->ssh_keys);
        seed->ssh_keys = (GStrv)g_ptr_array_free(g_steal_pointer(&keys), FALSE);
    }
}

static bool apply_options(Request *request, const Options *options, GError **error)
{
    g_autofree char *metadata = absolute(options->metadata);
    g_autofree char *kernel = absolute(options->kernel);
    g_autofree char *ramdisk = absolute(options->ramdisk);
    g_autofree char *image = image_of_option(options);
    override(&request->image, image);
    override(&request->metadata, metadata);
    override(&request->kernel, kernel);
    override(&request->ramdisk, ramdisk);
    override(&request->cmdline, options->cmdline);
    override(&request->mode, options->mode);
    if (options->memory_kib) {
        request->memory_kib = options->memory_kib;
        request->max_memory_kib = MAX(request->max_memory_kib, request->max_memory_kib ? options->memory_kib : 0);
    }
    if (options->vcpus) {
        request->vcpus = options->vcpus;
        request->max_vcpus = MAX(request->max_vcpus, request->max_vcpus ? options->vcpus : 0);
    }
    override_seed(&request->seed, options);
    return override_bridge(request, options->bridge, error);
}

Request *request_make(const Options *options, const char *argument, GError **error)
{
    g_autoptr(Request) request = argument ? from_argument(options, argument, error) : without_argument(options, error);
    if (!request || !apply_options(request, options, error))
        return NULL;
    return g_steal_pointer(&request);
}

void prepared_clear(Prepared *prepared)
{
    guest_free(prepared->guest);
    plan_free(prepared->plan);
}

/* The disk that the guest boots from, when it is an image that the guest has not written yet. */
static const RequestDisk *image_of(const Request *request, const Guest *guest)
{
    const RequestDisk *first = request->disks->len ? request->disks->pdata[0] : NULL;
    const GuestDisk *decided = guest->disks->len ? guest->disks->pdata[0] : NULL;
    bool read_as_it_is = first && decided && (first->own || disk_format_agrees(decided->format, first->info.format));
    return first && first->is_image && !first->there && read_as_it_is ? first : NULL;
}

/* What the image holds, against how the guest is to boot from it. */
static bool check_image(const Request *request, const Guest *guest, const BackendPick *pick, const Options *options, GError **error)
{
    BootWay way;
    const RequestDisk *disk = image_of(request, guest);
    if (!disk || options->force || !guest_boot_way(guest, pick->backend->name, &way))
        return true;
    g_autoptr(StoredImage) stored = disk->stored ? image_store_find(options->paths, request->image, NULL) : NULL;
    if (stored && stored->passport) /* it does not change any more */
        return guest_check_passport(guest, stored->passport, way, error);
    bool kernels = way == WAY_PV || way == WAY_PVH;
    g_autoptr(Passport) passport = passport_inspect_path(disk->path ? disk->path : disk->stored, NULL, kernels, options->cancel, error);
    if (!passport)
        g_prefix_error(error, "guest \"%s\": ", guest->name);
    return passport && guest_check_passport(guest, passport, way, error);
}

/* A kernel of the store was looked into when it was imported. Another one Xen's builder looks into, and says at once what it lacks. */
static bool check_kernel(const Request *request, const Guest *guest, const BackendPick *pick, const Options *options, GError **error)
{
    if (options->force || !g_str_equal(pick->backend->name, "xen") || !guest->kernel || g_strcmp0(guest->kernel, request->image_kernel) != 0)
        return true;
    g_autofree char *folder = g_path_get_dirname(guest->kernel), *id = g_path_get_basename(folder);
    g_autoptr(StoredImage) stored = image_store_look(options->paths, id, NULL);
    return !stored || !stored->passport || guest_check_kernel(guest, stored->passport, error);
}

bool request_prepare(Request *request, const BackendPick *pick, const Options *options, Prepared *prepared, GError **error)
{
    g_autoptr(ImageMeta) meta = NULL;
    if (!facts_gather(request, options->paths, &meta, error))
        return false;
    g_autoptr(Policy) policy = policy_load(options->paths->config, error);
    if (!policy)
        return false;
    g_autoptr(Guest) guest = decide(request, meta, pick->host, policy, pick->backend->name, options->strict, error);
    if (!guest || !check_image(request, guest, pick, options, error) || !check_kernel(request, guest, pick, options, error))
        return false;
    g_autoptr(Plan) plan = pick->backend->plan_create(guest, pick->host, error);
    if (!plan)
        return false;
    prepared->guest = g_steal_pointer(&guest);
    prepared->plan = g_steal_pointer(&plan);
    return true;
}
