/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/host-fix.h"

#include <unistd.h>

#include "common/check-fix.h"
#include "common/error.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

/* files: whose (NULL: nobody's). */
bool host_fix_begin(const Options *options, const char *files, Lock **lock, GError **error)
{
    *lock = NULL;
    if (!files) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "host check --fix: --host is a record of another machine; run it there, or add a "
                                                                 "copy of its files with --root");
        return false;
    }
    if (options->dry_run)
        return true;
    if (!*files && geteuid() != 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED, "host check --fix writes below /etc and loads modules; run it as root, or see what "
                                                                  "it would do with --dry-run");
        return false;
    }
    if (*files && !check_fix_stays_below(files, options->paths->run, error))
        return false;
    *lock = lock_named(options->paths, "@host-fix", "the kernel modules' configuration", "guestctl host check --fix", error);
    return *lock != NULL;
}

static void say(const Options *options, const GPtrArray *said)
{
    for (guint i = 0; i < said->len; i++)
        output_notice(options, "%s%s", options->dry_run ? "would be done: " : "", (const char *)said->pdata[i]);
}

/* What has failed is not asked for any more. */
static void drop_fix(const GPtrArray *checks, FixKind kind, const char *word)
{
    for (guint i = 0; i < checks->len; i++) {
        GPtrArray *fixes = ((Check *)checks->pdata[i])->fixes;
        for (guint j = fixes->len; j > 0; j--) {
            const Fix *fix = fixes->pdata[j - 1];
            if (fix->kind == kind && g_str_equal(fix->word, word))
                g_ptr_array_remove_index(fixes, j - 1);
        }
    }
}

static const Step *find_write(const Plan *plan, const char *path)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        if (step->kind == STEP_WRITE_FILE && g_str_equal(step->target, path))
            return step;
    }
    return NULL;
}

static bool do_step(const Options *options, const Step *step, GError **error)
{
    g_autoptr(Plan) alone = plan_new("files", "");
    plan_add(alone, step->kind, step->target, step->native);
    return perform_files(alone, options, error);
}

/* A write that follows a module that could not be loaded: without it. */
static bool write_rest(const Options *options, const CheckFacts *facts, const GPtrArray *checks, const char *path, GError **error)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Plan) rest = check_fix_plan(facts, checks, said, error);
    if (!rest)
        return false;
    const Step *step = find_write(rest, path);
    return !step || do_step(options, step, error);
}

static bool is_modprobe(const Step *step)
{
    return step->kind == STEP_RUN && g_str_has_prefix(step->native, "modprobe ");
}

/* The first error's code, all errors' messages. */
typedef struct Failures {
    int code;
    guint count;
    GString *text;
} Failures;

static void note_failure(Failures *failures, const GError *error)
{
    if (failures->count++ == 0)
        failures->code = error->code;
    g_string_append_printf(failures->text, "%s%s", failures->text->len ? "; " : "", error->message);
}

static void do_steps(const Options *options, const CheckFacts *facts, const GPtrArray *checks, const Plan *plan, Failures *failures)
{
    bool lacks_module = false;
    for (guint i = 0; i < plan->steps->len && !(failures->count > 0 && failures->code == GUESTCTL_ERROR_INTERRUPTED); i++) {
        const Step *step = plan->steps->pdata[i];
        g_autoptr(GError) error = NULL;
        bool write = step->kind == STEP_WRITE_FILE && g_str_has_suffix(step->target, CHECK_FIX_MODULES);
        if (write && lacks_module ? write_rest(options, facts, checks, step->target, &error) : do_step(options, step, &error))
            continue;
        note_failure(failures, error);
        if (!is_modprobe(step))
            continue;
        lacks_module = true;
        drop_fix(checks, FIX_LOAD_MODULE, step->target);
    }
}

bool host_fix(const Options *options, const CheckFacts *facts, const GPtrArray *checks, bool *changed, GError **error)
{
    g_autoptr(GPtrArray) said = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Plan) plan = check_fix_plan(facts, checks, said, error);
    if (!plan)
        return false;
    say(options, said);
    if (said->len == 0)
        output_notice(options, "nothing to do: no check has a fix that is not made already");
    if (options->dry_run)
        return output_plan(options, plan, error);
    if (plan->steps->len == 0)
        return true;
    *changed = true;
    Failures failures = {.text = g_string_new(NULL)};
    do_steps(options, facts, checks, plan, &failures);
    g_autofree char *text = g_string_free(failures.text, FALSE);
    if (failures.count > 0)
        g_set_error(error, GUESTCTL_ERROR, failures.code, "host check --fix: %u of %u steps failed: %s", failures.count, plan->steps->len, text);
    return failures.count == 0;
}
