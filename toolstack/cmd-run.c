/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/facts.h"
#include "common/image/source.h"
#include "common/storage/storage.h"
#include "toolstack/command.h"
#include "toolstack/create.h"
#include "toolstack/image-bring.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"
#include "toolstack/request.h"
#include "toolstack/run-file.h"
#include "toolstack/verb.h"

/* import, define and create in one: what each of them says and refuses holds here too. The guest's file is the first step of the
 * plan that builds the guest, so a guest that cannot be built is not defined either; its image stays in the store. */

/* --name, else the last part of what was named, without its ending: known before anything is brought here. */
static char *name_of(const Options *options, const char *word, GError **error)
{
    const char *image = g_str_has_prefix(word, "glance:") ? word + strlen("glance:") : word;
    if (!*image) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "run: \"%s\" names no image", word);
        return NULL;
    }
    g_autofree char *name = options->name ? g_strdup(options->name) : image_source_name(image);
    if (guest_name_check(name, error))
        return g_steal_pointer(&name);
    if (!options->name)
        g_prefix_error(error, "%s: its name cannot be the guest's, give one with --name: ", word);
    return NULL;
}

static bool check_word(const char *word, GError **error)
{
    if (g_str_has_suffix(word, ".guest")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: a guest file is not an image; use: guestctl define %s, then guestctl start, or guestctl create %s",
                    word, word, word);
        return false;
    }
    return true;
}

static bool check_new(const Options *options, const char *name, GError **error)
{
    if (request_is_defined(options, name)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\" is defined already; start it with: guestctl start %s, or give the new one another name with --name", name, name);
        return false;
    }
    g_autofree char *folder = paths_guest_state(options->paths, name);
    g_autoptr(GPtrArray) disks = storage_records(folder, error);
    if (!disks || disks->len == 0)
        return disks != NULL;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                "a disk of an earlier guest \"%s\" is kept (%s), and a new guest would boot from it; delete it with: guestctl disk delete %s, give the new one "
                "another name with --name, or go on with the old one by a guest file and: guestctl define",
                name, ((const StorageDisk *)disks->pdata[0])->path, name);
    return false;
}

/* The image of the store that the word means, brought there first if it is not. NULL without an error: a dry run of one that is
 * not there. */
static StoredImage *find_image(const Options *options, const char *word, GError **error)
{
    g_autoptr(GError) look_error = NULL;
    g_autoptr(StoredImage) stored = strchr(word, '/') || strchr(word, ':') ? NULL : image_store_look(options->paths, word, &look_error);
    if (stored || look_error) {
        if (look_error)
            g_propagate_error(error, g_steal_pointer(&look_error));
        return g_steal_pointer(&stored);
    }
    g_autoptr(GPtrArray) changes = image_changes_new();
    ImageImport asked = {.changes = changes, .any_metadata = true};
    g_auto(ImageBrought) brought = {0};
    if (!image_bring(options, word, &asked, &brought, error)) {
        if (error && g_error_matches(*error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND) && !strpbrk(word, "/:"))
            g_prefix_error(error, "\"%s\" is no image of the store, see: guestctl image list; and ", word);
        return NULL;
    }
    if (brought.image)
        output_notice(options, "image \"%s\" %s", image_label(brought.image), image_brought_how(&brought));
    else if (brought.result == IMPORT_THERE)
        return image_store_find(options->paths, brought.planned, error);
    else
        image_result(options, "would-import", NULL, 0, "image \"%s\" would be made of %s; its guest is decided once it is in the store", brought.planned,
                     brought.source);
    return g_steal_pointer(&brought.image);
}

/* The guest's file, and what it says. image: see run_file(). */
static Request *write_request(const Options *options, const char *name, const char *image, const BackendPick *pick, char **text, char **net, GError **error)
{
    const char *bridge, *because;
    g_autoptr(Policy) policy = policy_load(options->paths->config, error);
    if (!policy)
        return NULL;
    RunNet kind = run_net(options, pick->host, policy, g_str_equal(pick->backend->name, "xen"), &bridge, &because);
    g_autofree char *path = paths_definition(options->paths, name);
    *net = g_strdup_printf("%s (%s)", kind == RUN_NET_NONE ? "none" : bridge ? bridge : kind == RUN_NET_USER ? "user" : policy->bridge, because);
    *text = run_file(options, image, kind, bridge, error);
    Request *request = *text ? guest_file_parse(*text, path, name, error) : NULL;
    if (request)
        request->definition = g_steal_pointer(&path);
    return request;
}

/* What needs no image is looked at before one is fetched. */
static bool check_options_early(const Options *options, const char *name, const BackendPick *pick, GError **error)
{
    g_autofree char *text = NULL, *net = NULL;
    g_autoptr(Request) request = write_request(options, name, "image", pick, &text, &net, error);
    return request && facts_gather_seed(request, options->paths, error);
}

/* Decided and planned; the text of its file is written first. */
static bool prepare(const Options *options, const char *name, const StoredImage *image, BackendPick *pick, Prepared *prepared, GError **error)
{
    g_autofree char *text = NULL, *net = NULL;
    g_autoptr(Request) request = write_request(options, name, image_label(image), pick, &text, &net, error);
    if (!request || !request_prepare(request, pick, options, prepared, error))
        return false;
    plan_begin_with_file(prepared->plan, request->definition, text);
    if (!options->net)
        output_notice(options, "guest \"%s\": network %s", name, net);
    return true;
}

static void say_login(const Options *options, const Guest *guest, const GuestNic *nic)
{
    if (!guest->seed)
        return;
    if (!guest->seed_keys && !guest->seed_password && g_strcmp0(guest->seed_user_data, "generated") == 0)
        output_line(options, "  login:    no SSH key and no password was given: cloud-init lets nobody in; see --ssh-key");
    else if (guest->seed_keys && nic && nic->bridge)
        output_line(options, "  login:    ssh %s@ADDRESS", guest->seed_user ? guest->seed_user : "USER");
}

/* How to reach it: what a new user would have to look for in four places. */
static void say_reach(const Options *options, const Guest *guest)
{
    const GuestNic *nic = guest->nics->len ? guest->nics->pdata[0] : NULL;
    output_line(options, "  console:  guestctl console %s", guest->name);
    if (nic && nic->bridge)
        output_line(options, "  network:  %s on %s; its address, once it has one: ip neigh show dev %s | grep %s", nic->mac, nic->bridge, nic->bridge, nic->mac);
    else if (nic)
        output_line(options, "  network:  QEMU's own: the guest reaches out, nothing reaches it");
    say_login(options, guest, nic);
    if (guest->graphics)
        output_line(options, "  screen:   %s, on the loopback address; see: guestctl show %s", guest->graphics, guest->name);
    output_line(options, "  file:     %s", guest->definition);
}

bool cmd_run(Options *options, GError **error)
{
    const char *word = options_argument(options, 0);
    g_autofree char *name = name_of(options, word, error);
    if (!name || !check_word(word, error) || !create_check_options(options, error) || !check_new(options, name, error))
        return false;
    g_autoptr(BackendPick) pick = verb_pick(options, error);
    if (!pick || !check_options_early(options, name, pick, error))
        return false;
    g_autoptr(GError) image_error = NULL; /* a dry run has neither */
    g_autoptr(StoredImage) image = find_image(options, word, &image_error);
    if (!image) {
        bool planned = !image_error;
        if (!planned)
            g_propagate_error(error, g_steal_pointer(&image_error));
        return planned;
    }
    g_auto(Prepared) prepared = {0};
    if (!prepare(options, name, image, pick, &prepared, error) || !create_carry_out(&prepared, pick, options, error))
        return false;
    if (!options->dry_run && !options->json)
        say_reach(options, prepared.guest);
    return true;
}
