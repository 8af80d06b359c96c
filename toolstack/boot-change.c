/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/boot-change.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/run.h"
#include "toolstack/backend-pick.h"
#include "toolstack/dom0-policy.h"
#include "toolstack/output.h"

char *boot_path(const BootConfig *config, const char *path)
{
    return g_strconcat(config->root, path, NULL);
}

BootConfig *boot_config_of(const Options *options, char **why, GError **error)
{
    const char *root = options->paths->system;
    const BootTarget *target = boot_target_pick(options->target, root, why, error);
    return target ? boot_config_read(target, root, error) : NULL;
}

void boot_change_free(BootChange *change)
{
    if (!change)
        return;
    boot_config_free(change->config);
    g_free(change->why);
    host_free(change->host);
    cmdline_free(change->options);
    if (change->files)
        g_ptr_array_unref(change->files);
    g_free(change->line);
    g_free(change->recovery_line);
    simulation_free(change->simulation);
    g_free(change);
}

static Cmdline *wanted_options(const Host *host, const char *line, const Options *options, GError **error)
{
    if (line && strlen(line) > CMDLINE_ASKED_MAX) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "the line has %" G_GSIZE_FORMAT " bytes, and %d are taken at most; Xen itself reports no more than %d", strlen(line), CMDLINE_ASKED_MAX,
                    CMDLINE_REPORTED_MAX);
        return NULL;
    }
    if (line)
        return cmdline_parse(line);
    g_autoptr(Dom0Plan) policy = dom0_policy(host, options, error);
    return policy ? cmdline_of_dom0(policy, error) : NULL;
}

/* Files that stay as they are are none. */
static GPtrArray *really_changed(const BootConfig *config, const GPtrArray *files)
{
    GPtrArray *changed = boot_files_new();
    for (guint i = 0; i < files->len; i++) {
        const BootFile *file = files->pdata[i];
        if (g_strcmp0(file->text, g_hash_table_lookup(config->texts, file->path)) != 0)
            g_ptr_array_add(changed, boot_file_new(file->path, file->text));
    }
    return changed;
}

static bool decide(BootChange *change, const char *line, bool set_default, const Options *options, GError **error)
{
    g_autoptr(GPtrArray) files = boot_files_new();
    change->set_default = set_default;
    change->options = wanted_options(change->host, line, options, error);
    if (!change->options || !change->config->target->edit(change->config, change->options, set_default, files, error) ||
        !boot_config_preview(change->config, change->options, files, &change->line, &change->recovery_line, error))
        return false;
    change->files = really_changed(change->config, files);
    g_autoptr(Cmdline) cmdline = cmdline_parse(change->line);
    change->simulation = simulate(cmdline, change->host, error);
    return change->simulation != NULL;
}

BootChange *boot_change_new(const Options *options, const char *line, bool set_default, GError **error)
{
    g_autoptr(BootChange) change = g_new0(BootChange, 1);
    change->host = host_of(options, error);
    change->config = change->host ? boot_config_of(options, &change->why, error) : NULL;
    return change->config && decide(change, line, set_default, options, error) ? g_steal_pointer(&change) : NULL;
}

/* "dom0_mem in /etc/default/grub.d/10-site.cfg": whose words stand beside ours. */
static char *who_else(const BootChange *change)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < change->options->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(change->options, i), &option);
        const char *paths = change->config->others ? g_hash_table_lookup(change->config->others, option.name) : NULL;
        if (paths)
            g_string_append_printf(text, "%s%s in %s", text->len ? "; " : "", option.name, paths);
    }
    if (text->len == 0)
        g_string_append(text, "a file that is read after ours");
    return g_string_free(text, FALSE);
}

static bool same_outcome(const Simulation *a, const Simulation *b)
{
    return a->memory_kib == b->memory_kib && a->min_kib == b->min_kib && a->max_kib == b->max_kib && a->max_unlimited == b->max_unlimited &&
           a->vcpus == b->vcpus && a->pinned == b->pinned;
}

/* Each option is the last word of its name. NULL: they all are. */
static const char *without_effect(const BootChange *change, const char *text)
{
    g_autoptr(Cmdline) line = cmdline_parse(text);
    for (guint i = 0; i < change->options->words->len; i++) {
        g_auto(CmdlineOption) option = {0};
        cmdline_option_read(cmdline_word(change->options, i), &option);
        g_autofree char *value = cmdline_get(line, option.name);
        if (g_strcmp0(value, option.value) != 0)
            return cmdline_word(change->options, i);
    }
    return NULL;
}

static char *outcome(const Simulation *simulation)
{
    g_autofree char *memory = memory_text(simulation->memory_kib);
    g_autofree char *max = simulation->max_unlimited ? g_strdup("unlimited") : memory_text(simulation->max_kib);
    g_autofree char *min = simulation->min_kib ? memory_text(simulation->min_kib) : g_strdup("not set");
    return g_strdup_printf("memory %s, minimum %s, maximum %s, %u vcpu%s%s", memory, min, max, simulation->vcpus, simulation->vcpus == 1 ? "" : "s",
                           simulation->pinned ? ", pinned" : "");
}

static const char *why_start(const BootChange *change)
{
    const Reason *reason = reason_find(change->simulation->reasons, "starts");
    return reason ? reason->because : "dom0 would not start";
}

/* A word that was asked for here and that Xen would refuse or ignore. What others have in the line is theirs. NULL: none. */
static char *refused_word(const Cmdline *options)
{
    g_autoptr(XenSettings) settings = xen_settings_read(options);
    for (guint i = 0; i < settings->reasons->len; i++) {
        const Reason *reason = settings->reasons->pdata[i];
        if (reason->severity == SEVERITY_WARNING)
            return g_strdup_printf("\"%s\": %s (by the rules of Xen 4.17); correct it", reason->value, reason->because);
    }
    return NULL;
}

static char *why_lost(const BootChange *change, const char *word, bool recovery, const char *others)
{
    const BootTarget *target = change->config->target;
    char *lost = target->lost ? target->lost(change->config, change->files, word, recovery) : NULL;
    return lost ? lost : g_strdup_printf("%s has the last word; take it away there", others);
}

/* What is doubtful, owned by the caller; NULL: nothing. */
static char *doubt(const BootChange *change, GError **error)
{
    if (change->config->broken && !change->config->mends)
        return g_strdup_printf("what is configured does not boot: %s; correct that first", change->config->broken);
    char *refused = refused_word(change->options);
    if (refused)
        return refused;
    g_autofree char *others = who_else(change);
    const char *word = without_effect(change, change->line);
    const char *recovery = !word && change->recovery_line ? without_effect(change, change->recovery_line) : NULL;
    if (word || recovery) {
        g_autofree char *lost = why_lost(change, word ? word : recovery, !word, others);
        return g_strdup_printf("%s would have no effect%s: %s", word ? word : recovery, word ? "" : " in recovery entries", lost);
    }
    g_autoptr(Cmdline) alone = cmdline_parse(change->config->line ? change->config->line : "");
    g_autoptr(Simulation) asked = cmdline_merge(alone, change->options, error) ? simulate(alone, change->host, error) : NULL;
    if (!asked)
        return NULL;
    if (!same_outcome(asked, change->simulation)) {
        g_autofree char *wanted = outcome(asked), *given = outcome(change->simulation);
        return g_strdup_printf("dom0 would get %s, and was to get %s, since Xen also reads %s; take it away there", given, wanted, others);
    }
    if (change->simulation->starts == STARTS_DOUBTFUL)
        return g_strdup_printf("it is doubtful whether dom0 starts: %s", why_start(change));
    return NULL;
}

bool boot_change_check(const BootChange *change, const Options *options, GError **error)
{
    if (change->simulation->starts == STARTS_NO) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the line \"%s\" is refused, since dom0 would not start with it: %s",
                    change->line, why_start(change));
        return false;
    }
    g_autoptr(GError) doubt_error = NULL;
    g_autofree char *what = doubt(change, &doubt_error);
    if (doubt_error) {
        g_propagate_error(error, g_steal_pointer(&doubt_error));
        return false;
    }
    if (what && !options->force) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s, or add --force", what);
        return false;
    }
    if (what)
        output_notice(options, "%s; done all the same, as --force says", what);
    return true;
}

static guint say_warnings(const GPtrArray *reasons, const Options *options)
{
    guint count = 0;
    for (guint i = 0; i < reasons->len; i++) {
        const Reason *reason = reasons->pdata[i];
        if (reason->severity != SEVERITY_WARNING)
            continue;
        output_notice(options, "%s%s%s: %s", reason->field, *reason->value ? " " : "", reason->value, reason->because);
        count++;
    }
    return count;
}

bool boot_change_warn(const BootChange *change, const Options *options, GError **error)
{
    guint count = say_warnings(change->config->reasons, options) + say_warnings(change->simulation->reasons, options);
    if (count == 0 || !options->strict)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "there %s %u warning%s, see above; --strict refuses them",
                count == 1 ? "is" : "are", count, count == 1 ? "" : "s");
    return false;
}

static char *run_diff(const char *path, bool there, const BootFile *file, const char *temporary, GError **error)
{
    g_autofree char *old = g_shell_quote(there ? path : "/dev/null"), *new = g_shell_quote(file->text ? temporary : "/dev/null");
    g_autofree char *name = g_shell_quote(path), *said = NULL;
    g_autofree char *words = g_strdup_printf("diff -u --label %s --label %s %s %s", there ? name : "/dev/null",
                                             file->text ? name : "/dev/null", old, new);
    g_autoptr(GError) diff_error = NULL;
    if (run_program(words, NULL, &said, &diff_error) || (said && g_str_has_prefix(said, "--- "))) /* status 1: there is a difference */
        return g_steal_pointer(&said);
    g_propagate_error(error, g_steal_pointer(&diff_error));
    return NULL;
}

/* The new text is in a file of ours in the folder for temporary ones. */
char *boot_diff(const BootConfig *config, const BootFile *file, GError **error)
{
    g_autofree char *path = boot_path(config, file->path), *temporary = NULL;
    Fd fd = g_file_open_tmp("guestctl-XXXXXX", &temporary, error);
    if (fd < 0)
        return NULL;
    char *diff = g_file_set_contents(temporary, file->text ? file->text : "", -1, error)
                     ? run_diff(path, g_file_test(path, G_FILE_TEST_EXISTS), file, temporary, error)
                     : NULL;
    g_unlink(temporary);
    return diff;
}

static void add_line(GString *all, const char *what, const char *before, const char *after)
{
    if (g_strcmp0(before, after) == 0)
        g_string_append_printf(all, "%s stays: %s\n", what, after ? after : "(none)");
    else
        g_string_append_printf(all, "%s was: %s\n%s becomes: %s\n", what, before && *before ? before : "(empty)", what, after ? after : "(none)");
}

char *boot_change_diff(const BootChange *change, GError **error)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < change->files->len; i++) {
        g_autofree char *diff = boot_diff(change->config, change->files->pdata[i], error);
        if (!diff)
            return NULL;
        g_string_append(all, diff);
    }
    add_line(all, "Xen's line", change->config->line, change->line);
    if (change->recovery_line)
        add_line(all, "in recovery entries it", change->config->recovery_line, change->recovery_line);
    return g_strdup(all->str);
}

Plan *boot_change_plan(const BootChange *change)
{
    const BootTarget *target = change->config->target;
    Plan *plan = plan_new("files", "");
    for (guint i = 0; i < change->files->len; i++) {
        const BootFile *file = change->files->pdata[i];
        g_autofree char *path = boot_path(change->config, file->path);
        plan_add(plan, file->text ? STEP_WRITE_FILE : STEP_REMOVE_FILE, path, file->text);
    }
    g_autofree char *words = target->regenerate(change->config->root);
    const char *generated = target->generated(change->config->root);
    g_autofree char *made = boot_path(change->config, generated ? generated : "");
    if (words)
        plan_add(plan, STEP_RUN, made, words);
    return plan;
}

bool boot_change_check_program(const BootConfig *config, GError **error)
{
    g_autofree char *words = config->target->regenerate(config->root);
    g_auto(GStrv) argv = NULL;
    if (!words)
        return true;
    if (!g_shell_parse_argv(words, NULL, &argv, error))
        return false;
    bool within = g_str_equal(argv[0], "chroot") && g_strv_length(argv) > 2;
    const char *const names[] = {within ? argv[2] : argv[0], NULL};
    const char *generated = config->target->generated(config->root);
    if (!grub_program(config->root, names)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "%s is not below %s/, and it makes %s; install it there (Debian: grub2-common, Fedora: grub2-tools, Alpine: syslinux)", names[0],
                    config->root, generated ? generated : "the boot loader's own file");
        return false;
    }
    if (within && geteuid() != 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED, "%s runs within %s by chroot, which only root may do", names[0], config->root);
        return false;
    }
    return true;
}
