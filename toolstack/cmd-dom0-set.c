/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dom0-tune.h"
#include "common/error.h"
#include "common/file.h"
#include "common/json.h"
#include "common/keyfile.h"
#include "toolstack/command.h"
#include "toolstack/dom0-live.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

static bool usage(const Options *options, GError **error)
{
    if (*error) {
        (*error)->code = GUESTCTL_ERROR_USAGE;
        g_prefix_error(error, "%s: ", options->command->name);
    }
    return false;
}

/* What was done is what the hypervisor says now, not what it was asked for. */
static void show_text(const Options *options, const Dom0Wish *wish, const Dom0State *before, const Dom0State *after)
{
    static const char *const headings[] = {"WHAT", "WAS", "IS", NULL};
    g_autoptr(Table) table = table_new(headings);
    for (const char *const *key = dom0_wish_keys; *key; key++) {
        g_autofree char *said = dom0_wish_value(wish, *key);
        g_autofree char *was = dom0_state_value(before, *key), *is = dom0_state_value(after, *key);
        if (said)
            table_row(table, TINT_NONE, *key, was, is);
    }
    output_table(options, table);
}

static void show_json(const Options *options, const Dom0Wish *wish, const Dom0State *before, const Dom0State *after, bool persist)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-dom0-set/1");
    json_add_string(builder, "command", options->command->name);
    json_builder_set_member_name(builder, "values");
    json_builder_begin_array(builder);
    for (const char *const *key = dom0_wish_keys; *key; key++) {
        g_autofree char *said = dom0_wish_value(wish, *key);
        g_autofree char *was = dom0_state_value(before, *key), *is = dom0_state_value(after, *key);
        if (!said)
            continue;
        json_builder_begin_object(builder);
        json_add_string(builder, "key", *key);
        json_add_string(builder, "was", was);
        json_add_string(builder, "is", is);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_add_int(builder, "memory_kib", (gint64)after->current_kib);
    json_add_string(builder, "kept", persist ? options->paths->dom0 : NULL);
    json_builder_end_object(builder);
    output_json(options, builder);
}

/* The file is read before the lock is taken; the step looks again. Nothing is opened on a dry run but the running dom0. */
static bool add_file(Plan *plan, const Dom0Wish *wish, const Options *options, GError **error)
{
    const char *path = options->paths->dom0;
    g_autoptr(GError) read_error = NULL;
    g_autofree char *text = file_read(path, KEYFILE_MAX, NULL, &read_error);
    if (!text && !g_error_matches(read_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&read_error));
        return false;
    }
    g_autofree char *edited = dom0_conf_edit(text, wish);
    if (g_strcmp0(text, edited) != 0)
        plan_add_edit(plan, path, edited, text);
    return true;
}

static void tell_notes(const Dom0Wish *wish, const Dom0Live *live, const Options *options)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    dom0_tune_notes(wish, live->now, notes);
    for (guint i = 0; i < notes->len; i++)
        output_notice(options, "%s", (const char *)notes->pdata[i]);
}

/* All of the wish is checked before the first step is done; a step that fails takes the others back (perform.h). keep is what
 * dom0.conf is given with --persist. */
static bool tune(Dom0Live *live, const Dom0Wish *wish, const Dom0Wish *keep, const Options *options, GError **error)
{
    if (!dom0_tune_check(wish, live->now, SIMULATE_MAY_NOT_START_KIB, error))
        return false;
    tell_notes(wish, live, options);
    g_autoptr(Plan) plan = dom0_tune_plan(wish, live->now);
    if (options->persist && !add_file(plan, keep, options, error))
        return false;
    if (plan->steps->len == 0 && !options->json)
        output_line(options, "dom0 is so already; nothing %s", options->dry_run ? "would be done" : "was done");
    if (options->dry_run)
        return perform(plan, live->pick, options, error);
    if (options->host) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: --host is for planning: add --dry-run", options->command->name);
        return false;
    }
    Dom0State *before = g_steal_pointer(&live->now);
    bool done = (plan->steps->len == 0 || perform(plan, live->pick, options, error)) && dom0_live_read(live, error);
    if (done && options->json)
        show_json(options, wish, before, live->now, options->persist);
    else if (done)
        show_text(options, wish, before, live->now);
    dom0_state_free(before);
    return done;
}

static Dom0Wish *wish_of_policy(const Dom0Live *live, const Options *options, GError **error)
{
    if (!live->policy) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_RESOURCES, "%s: there is no policy for this machine: %s", options->command->name, live->policy_error);
        return NULL;
    }
    Dom0Wish *wish = dom0_wish_new();
    wish->memory_kib = live->policy->memory_kib / 1024 * 1024;
    wish->vcpus = live->policy->vcpus;
    wish->pin = g_strdup(live->policy->pin ? "yes" : "no");
    return wish;
}

/* As far as a dom0 that runs can have it; what it cannot is said. */
static Dom0Wish *fit(const Dom0Wish *wish, const Dom0Live *live, const Options *options)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new_with_free_func(g_free);
    Dom0Wish *possible = dom0_tune_fit(wish, live->now, notes);
    for (guint i = 0; i < notes->len; i++)
        output_notice(options, "%s", (const char *)notes->pdata[i]);
    return possible;
}

/* The words, and whether "policy" is one of them: what else is said wins over it. */
static Dom0Wish *wish_of_words(const Options *options, bool *policy, GError **error)
{
    g_autoptr(Dom0Wish) wish = dom0_wish_new();
    for (guint i = 0; i < options->arguments->len; i++) {
        const char *word = options->arguments->pdata[i];
        if (g_str_equal(word, "policy"))
            *policy = true;
        else if (!dom0_wish_add_word(wish, word, error)) {
            usage(options, error);
            return NULL;
        }
    }
    return g_steal_pointer(&wish);
}

static void warn_of_little(const Dom0Wish *wish, const Dom0Live *live, const Options *options)
{
    if (live->policy && wish->memory_kib && wish->memory_kib < live->policy->memory_kib)
        output_notice(options, "memory=%" G_GUINT64_FORMAT "M is less than the policy's %" G_GUINT64_FORMAT "M for this machine (guestctl dom0 plan)",
                      wish->memory_kib / 1024, live->policy->memory_kib / 1024);
}

bool cmd_dom0_set(Options *options, GError **error)
{
    bool policy = false;
    g_autoptr(Dom0Wish) words = wish_of_words(options, &policy, error);
    g_autoptr(Dom0Live) live = words ? dom0_live_new(options, error) : NULL;
    if (!live)
        return false;
    g_autoptr(Dom0Wish) keep = policy ? wish_of_policy(live, options, error) : dom0_wish_new();
    if (!keep)
        return false;
    g_autoptr(Dom0Wish) wish = fit(keep, live, options); /* the policy's numbers; those that were asked for are not cut */
    dom0_wish_overlay(wish, words);
    dom0_wish_overlay(keep, words);
    if (!tune(live, wish, keep, options, error))
        return false;
    warn_of_little(wish, live, options);
    return true;
}

bool cmd_dom0_pin(Options *options, GError **error)
{
    g_autoptr(Dom0Wish) wish = dom0_wish_new();
    g_autoptr(Dom0Live) live = dom0_live_new(options, error);
    wish->pin = g_strdup("yes");
    return live && tune(live, wish, wish, options, error);
}

/* Until now dom0 was as Xen's line made it; only the line makes it right from the first instant. Of what is over its maximum fit()
 * has told already. */
static void tell_of_line(const Dom0Live *live, const Options *options)
{
    const Simulation *boot = live->boot;
    const Dom0Wish *kept = live->kept;
    bool fits = !live->now->boot_max_kib || kept->memory_kib <= live->now->boot_max_kib;
    if (kept->memory_kib && fits && !boot->memory_estimated && boot->memory_kib / 1024 != kept->memory_kib / 1024) {
        g_autofree char *gave = dom0_mib_text(boot->memory_kib), *most = dom0_mib_text(boot->max_unlimited ? 0 : boot->max_kib);
        output_notice(options, "memory: Xen's line gave dom0 %s at first and a maximum of %s; that it has %" G_GUINT64_FORMAT
                      "M from its first instant, and as its maximum, does: guestctl grub apply", gave, most, kept->memory_kib / 1024);
    }
    if (kept->vcpus && boot->vcpus > kept->vcpus)
        output_notice(options, "vcpus: Xen's line gave dom0 %u at first; that it has %u from its first instant does: guestctl grub apply", boot->vcpus,
                      kept->vcpus);
}

bool cmd_dom0_restore(Options *options, GError **error)
{
    g_autoptr(Dom0Live) live = dom0_live_new(options, error);
    if (!live)
        return false;
    if (dom0_wish_is_empty(live->kept)) {
        output_notice(options, "%s keeps nothing: dom0 stays as Xen's line made it", options->paths->dom0);
        if (options->json)
            show_json(options, live->kept, live->now, live->now, false);
        return true;
    }
    g_autoptr(Dom0Wish) wish = fit(live->kept, live, options);
    if (!tune(live, wish, wish, options, error)) {
        g_prefix_error(error, "%s: ", options->paths->dom0);
        return false;
    }
    tell_of_line(live, options);
    return true;
}
