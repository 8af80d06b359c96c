/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/boot-trial.h"

#include "common/error.h"
#include "common/file.h"
#include "toolstack/boot-carry.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

static char *custom_path(const char *root)
{
    return g_strconcat(grub_folder(root), "/custom.cfg", NULL);
}

static const char *const editors[] = {"grub-editenv", "grub2-editenv", NULL};

static char *editor_words(const char *root, const char *action)
{
    const char *program = grub_program(root, editors);
    g_autofree char *arguments = g_strdup_printf("%s %s", grub_env(root), action);
    return grub_program_words(root, program ? program : editors[0], arguments);
}

static char *next_entry(const char *root)
{
    g_autofree char *environment = grub_read(root, grub_env(root), NULL);
    return environment ? grub_environment(environment, "next_entry") : NULL;
}

bool boot_trial_is_next(const char *root)
{
    g_autofree char *next = next_entry(root);
    return g_strcmp0(next, TRIAL_ID) == 0;
}

void boot_trial_add_forget(Plan *plan, const char *root)
{
    g_autofree char *path = g_strconcat(root, grub_env(root), NULL);
    g_autofree char *words = editor_words(root, "unset next_entry");
    if (boot_trial_is_next(root))
        plan_add(plan, STEP_RUN, path, words);
}

static bool check_possible(const BootChange *change, const Options *options, GError **error)
{
    const char *root = change->config->root, *target = change->config->target->name;
    if (!g_str_equal(target, "grub.d") && !g_str_equal(target, "grub")) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "--trial: only GRUB boots an entry once, and this machine's target is %s; use guestctl grub apply, and rollback if it was "
                    "wrong",
                    target);
        return false;
    }
    g_autofree char *folder = g_strconcat(root, grub_folder(root), NULL);
    g_autoptr(GError) storage_error = NULL;
    if (!grub_program(root, editors)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "grub-editenv is not below %s/; install GRUB's programs there", root);
        return false;
    }
    if (trial_check_storage(folder, &storage_error))
        return true;
    /* A tree that becomes a disk later is not where GRUB will write. */
    if (!*root || !options->force) {
        g_propagate_error(error, g_steal_pointer(&storage_error));
        return false;
    }
    output_notice(options, "%s; done all the same, as --force says", storage_error->message);
    return true;
}

typedef struct Trial {
    const char *root;
    char *path, *entry, *line, *text, *custom;
} Trial;

static void trial_clear(Trial *trial)
{
    g_free(trial->path);
    g_free(trial->entry);
    g_free(trial->line);
    g_free(trial->text);
    g_free(trial->custom);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Trial, trial_clear)

static char *read_custom(const char *root, const char *path, GError **error)
{
    g_autofree char *real = g_strconcat(root, path, NULL);
    return g_file_test(real, G_FILE_TEST_EXISTS) ? grub_read(root, path, error) : g_strdup("");
}

static bool prepare(Trial *trial, const BootChange *change, GError **error)
{
    const char *root = trial->root = change->config->root;
    trial->path = custom_path(root);
    g_autofree char *cfg = grub_read(root, grub_cfg(root), error);
    g_autofree char *environment = grub_read(root, grub_env(root), NULL), *user_path = g_strconcat(grub_folder(root), "/user.cfg", NULL);
    g_autofree char *user = grub_read(root, user_path, NULL);
    trial->custom = cfg ? read_custom(root, trial->path, error) : NULL;
    const TrialFiles files = {cfg, environment, trial->custom, user};
    trial->entry = trial->custom ? trial_entry(&files, change->options, &trial->line, error) : NULL;
    return trial->entry && trial_edit(trial->custom, trial->path, trial->entry, &trial->text, error);
}

static Plan *trial_plan(const Trial *trial)
{
    Plan *plan = plan_new("files", "");
    g_autofree char *real = g_strconcat(trial->root, trial->path, NULL), *env = g_strconcat(trial->root, grub_env(trial->root), NULL);
    g_autofree char *words = editor_words(trial->root, "set next_entry=" TRIAL_ID);
    plan_add(plan, STEP_WRITE_FILE, real, trial->text);
    plan_add(plan, STEP_RUN, env, words);
    return plan;
}

/* GRUB's block really says so now. */
static bool verify(gconstpointer data, GError **error)
{
    const Trial *trial = data;
    if (boot_trial_is_next(trial->root))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "%s%s: next_entry is not %s after it was set", trial->root,
                grub_env(trial->root), TRIAL_ID);
    return false;
}

static Saved *new_saved(const BootChange *change, const Trial *trial, GError **error)
{
    g_autoptr(Saved) saved = saved_new();
    saved->target = g_strdup(change->config->target->name);
    saved->options = cmdline_print(change->options);
    saved->line_before = g_strdup(change->config->line);
    saved->line_after = g_strdup(trial->line);
    saved->trial = true;
    saved->set_default = change->set_default;
    return saved_add(saved, trial->root, trial->path, trial->text, false, error) ? g_steal_pointer(&saved) : NULL;
}

bool boot_trial_check_none(const Options *options, GError **error)
{
    g_autoptr(GError) pending_error = NULL;
    g_autoptr(Saved) pending = boot_trial_pending(options, &pending_error);
    if (pending)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "a trial of \"%s\" waits already; end it first, with guestctl grub confirm or guestctl grub rollback", pending->options);
    else if (pending_error)
        g_propagate_error(error, g_error_copy(pending_error));
    return !pending && !pending_error;
}

static bool show_diff(const Trial *trial, const BootChange *change, const Options *options, GError **error)
{
    BootFile file = {.path = trial->path, .text = trial->text};
    g_autofree char *diff = boot_diff(change->config, &file, error);
    if (diff && !options->json)
        output_text(options, diff);
    return diff != NULL;
}

bool boot_trial_apply(const BootChange *change, const Options *options, GError **error)
{
    g_auto(Trial) trial = {0};
    if (!check_possible(change, options, error) || !prepare(&trial, change, error))
        return false;
    if (!change->config->xen_is_default && !change->set_default)
        output_notice(options, "the default entry does not start Xen, so the boot after the trial will have no Xen; to keep the trial then, say: "
                               "guestctl grub confirm --set-default");
    g_autoptr(Plan) plan = trial_plan(&trial);
    if (options->dry_run)
        return perform_files(plan, options, error);
    if (!show_diff(&trial, change, options, error))
        return false;
    g_autoptr(Saved) saved = new_saved(change, &trial, error);
    return saved && boot_carry_out(saved, plan, verify, &trial, options, error);
}

Saved *boot_trial_pending(const Options *options, GError **error)
{
    g_autofree char *folder = boot_saved_folder(options);
    g_autoptr(GPtrArray) all = saved_list(folder, error);
    for (guint i = 0; all && i < all->len; i++) {
        const Saved *saved = all->pdata[i];
        if (saved->trial && saved->state == SAVED_APPLIED)
            return g_ptr_array_steal_index(all, i);
    }
    return NULL;
}

bool boot_trial_add_removal(Plan *plan, const char *root, GError **error)
{
    g_autofree char *path = custom_path(root), *real = saved_real_path(root, path, error);
    g_autofree char *custom = real ? read_custom(root, path, error) : NULL, *text = NULL;
    if (!custom || !trial_edit(custom, path, NULL, &text, error))
        return false;
    boot_trial_add_forget(plan, root);
    if (g_strcmp0(text, custom) != 0 && *custom)
        plan_add(plan, text ? STEP_WRITE_FILE : STEP_REMOVE_FILE, real, text);
    return true;
}
