/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/check.h"
#include "common/error.h"
#include "common/json.h"
#include "grub/grub.h"
#include "toolstack/backend-pick.h"
#include "toolstack/command.h"
#include "toolstack/host-fix.h"
#include "toolstack/output.h"

/* Whether a root is a copy of a system, and not only where guests are kept. */
static bool is_copy(const char *root)
{
    g_autoptr(SysTree) tree = sys_tree_new(root);
    return sys_look(tree, "/proc").type == 'd' || sys_exists(tree, "/etc/os-release");
}

/* Whose files are looked at: those of --root, else this machine's; none (NULL) for a machine that is only recorded (--host). */
static const char *files_of(const Options *options)
{
    const char *root = options->paths->system;
    return options->host && (!*root || !is_copy(root)) ? NULL : root;
}

/* Of a copy of files, only what its files tell: this machine's hypervisors are not its own. */
static Host *host_of_files(const Options *options, GError **error)
{
    const char *root = options->paths->system;
    if (options->host || !*root) /* this machine is asked, whatever an earlier run was told */
        return host_of_anew(options, error);
    if (!is_copy(root)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                    "%s holds no copy of a system (neither /proc nor /etc/os-release); leave --root and GUESTCTL_ROOT out to check this machine",
                    root);
        return NULL;
    }
    Host *host = host_new();
    host_probe_common(host, root, root);
    return host;
}

static Tint tint_of(CheckState state)
{
    switch (state) {
    case CHECK_OK:
        return TINT_GOOD;
    case CHECK_NOT_APPLICABLE:
        return TINT_DIM;
    case CHECK_UNKNOWN:
    case CHECK_WARNING:
        return TINT_NOTICE;
    case CHECK_BROKEN:
        return TINT_BAD;
    }
    return TINT_NONE;
}

static void add_fixes(JsonBuilder *builder, const Check *check)
{
    json_builder_set_member_name(builder, "fixes");
    json_builder_begin_array(builder);
    for (guint i = 0; i < check->fixes->len; i++) {
        const Fix *fix = check->fixes->pdata[i];
        g_autofree char *text = fix->kind == FIX_LOAD_MODULE    ? g_strdup_printf("modprobe %s", fix->word)
                                : fix->kind == FIX_TRIGGER_UDEV ? g_strdup_printf("udevadm trigger --sysname-match=%s", fix->word)
                                                                : g_strdup(fix->word);
        json_builder_add_string_value(builder, text);
    }
    json_builder_end_array(builder);
}

/* Evidence may quote files of any content. */
static void add_text(JsonBuilder *builder, const char *name, const char *text)
{
    g_autofree char *valid = text ? g_utf8_make_valid(text, -1) : NULL;
    json_add_string(builder, name, valid);
}

static void show_json(const Options *options, const CheckFacts *facts, const GPtrArray *checks)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-host-check/1");
    json_add_string(builder, "host", facts->probed ? facts->host->name : NULL);
    add_text(builder, "distribution", facts->distro_name);
    json_add_int(builder, "broken", check_count(checks, CHECK_BROKEN));
    json_add_int(builder, "warnings", check_count(checks, CHECK_WARNING));
    json_builder_set_member_name(builder, "checks");
    json_builder_begin_array(builder);
    for (guint i = 0; i < checks->len; i++) {
        const Check *check = checks->pdata[i];
        json_builder_begin_object(builder);
        json_add_string(builder, "name", check->name);
        json_add_string(builder, "title", check->title);
        json_add_string(builder, "state", check_state_name(check->state));
        add_text(builder, "evidence", check->evidence);
        add_text(builder, "remedy", check->remedy);
        add_fixes(builder, check);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_json(options, builder);
}

/* What to do, as lines of their own: they are to be copied. */
static void show_remedies(const Options *options, const GPtrArray *checks)
{
    bool first = true;
    for (guint i = 0; i < checks->len; i++) {
        const Check *check = checks->pdata[i];
        if (!check->remedy)
            continue;
        g_autofree char *clean = text_clean(check->remedy);
        output_line(options, "%s%s: %s", first ? "\nwhat to do:\n  " : "  ", check->name, clean);
        first = false;
    }
}

static void show_text(const Options *options, const GPtrArray *checks)
{
    static const char *const headings[] = {"CHECK", "STATE", "SEEN", NULL};
    bool all = options->verbose || options->arguments->len > 0;
    g_autoptr(Table) table = table_new(headings);
    for (guint i = 0; i < checks->len; i++) {
        const Check *check = checks->pdata[i];
        if (all || check->state != CHECK_NOT_APPLICABLE)
            table_row(table, tint_of(check->state), check->name, check_state_name(check->state), check->evidence);
    }
    output_table(options, table);
    if (table_rows(table) < checks->len)
        output_line(options, "(%u more are not for this machine: --verbose shows them)", checks->len - table_rows(table));
    show_remedies(options, checks);
}

/* The status of a script: 4 when something is broken, with --strict also for warnings. */
static bool judge(const Options *options, const GPtrArray *checks, GError **error)
{
    GString *names = g_string_new(NULL);
    guint count = 0;
    for (guint i = 0; i < checks->len; i++) {
        const Check *check = checks->pdata[i];
        if (check->state != CHECK_BROKEN && !(options->strict && check->state == CHECK_WARNING))
            continue;
        count++;
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", check->name);
    }
    g_autofree char *list = g_string_free(names, FALSE);
    if (count == 0)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "%u of %u checks %s: %s; what to do stands with each", count, checks->len,
                options->strict ? (count == 1 ? "is broken or warns" : "are broken or warn") : count == 1 ? "is broken" : "are broken", list);
    return false;
}

/* By the rules of `grub simulate`, which this part of the program knows. */
static void judge_dom0_line(CheckFacts *facts)
{
    static const char *const about[] = {"starts", "memory", "minimum", "maximum", "dom0_mem", NULL};
    const Host *host = facts->host;
    Dom0Line *judged = &facts->dom0_line;
    if (!host->xen.command_line)
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(Cmdline) cmdline = cmdline_parse(host->xen.command_line);
    g_autoptr(Simulation) simulation = simulate(cmdline, host, &error);
    if (!simulation) {
        judged->why_not = g_strdup(error->message);
        return;
    }
    GString *warning = g_string_new(NULL);
    for (guint i = 0; i < simulation->reasons->len; i++) {
        const Reason *reason = simulation->reasons->pdata[i];
        if (reason->severity == SEVERITY_WARNING && g_strv_contains(about, reason->field) && !strstr(warning->str, reason->because))
            g_string_append_printf(warning, "%s%s", warning->len ? "; " : "", reason->because);
    }
    *judged = (Dom0Line){.judged = true,
                         .starts = simulation->starts != STARTS_NO,
                         .memory_kib = simulation->memory_kib,
                         .max_kib = simulation->max_kib,
                         .max_unlimited = simulation->max_unlimited,
                         .warning = g_string_free(warning, FALSE)};
}

/* Guests' own folder is that machine's unless it is only recorded. */
static CheckFacts *gather(const Host *host, const Options *options)
{
    const char *root = files_of(options);
    CheckFacts *facts = check_facts_new(host, options->host || (root && !*root), root, root ? options->paths->state : NULL);
    judge_dom0_line(facts);
    return facts;
}

/* Names of checks as an array that ends with NULL; borrowed words. */
static GPtrArray *names_of(const Options *options, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < options->arguments->len; i++) {
        if (!check_name_valid(options_argument(options, i), error))
            return NULL;
        g_ptr_array_add(names, (gpointer)(guintptr)options_argument(options, i));
    }
    g_ptr_array_add(names, NULL);
    return g_steal_pointer(&names);
}

/* One look at the machine. */
typedef struct Look {
    Host *host;
    CheckFacts *facts;
    GPtrArray *checks;
} Look;

static void look_clear(Look *look)
{
    if (look->checks)
        g_ptr_array_unref(look->checks);
    check_facts_free(look->facts);
    host_free(look->host);
    *look = (Look){0};
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static bool look_at_machine(Look *look, const Options *options, const GPtrArray *names, GError **error)
{
    look_clear(look);
    look->host = host_of_files(options, error);
    if (!look->host)
        return false;
    look->facts = gather(look->host, options);
    look->checks = check_run(look->facts, (const char *const *)names->pdata);
    return true;
}

bool cmd_host_check(Options *options, GError **error)
{
    g_autoptr(GPtrArray) names = names_of(options, error);
    g_auto(Look) look = {0};
    g_autoptr(Lock) lock = NULL;
    g_autoptr(GError) fix_error = NULL;
    bool changed = false;
    if (!names || (options->fix && !host_fix_begin(options, files_of(options), &lock, error)) || !look_at_machine(&look, options, names, error))
        return false;
    if (options->fix && !host_fix(options, look.facts, look.checks, &changed, &fix_error) && !changed) {
        g_propagate_error(error, g_steal_pointer(&fix_error));
        return false;
    }
    if (options->fix && options->dry_run)
        return true;
    if (changed && !look_at_machine(&look, options, names, error))
        return false;
    if (options->json)
        show_json(options, look.facts, look.checks);
    else
        show_text(options, look.checks);
    if (fix_error) {
        g_propagate_error(error, g_steal_pointer(&fix_error));
        return false;
    }
    return judge(options, look.checks, error);
}
