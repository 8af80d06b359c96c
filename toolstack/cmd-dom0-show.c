/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/dom0-tune.h"
#include "common/error.h"
#include "common/journal.h"
#include "common/json.h"
#include "toolstack/command.h"
#include "toolstack/dom0-live.h"
#include "toolstack/output.h"

/* One value in its four places; NULL where it has none. */
typedef struct Row {
    const char *field;
    char *now, *boot, *policy, *kept;
    bool estimated; /* boot is, and says nothing against now */
} Row;

static void row_free(void *data)
{
    Row *row = data;
    g_free(row->now);
    g_free(row->boot);
    g_free(row->policy);
    g_free(row->kept);
    g_free(row);
}

static Row *add_row(GPtrArray *rows, const char *field, char *now, char *boot, char *policy, char *kept)
{
    Row *row = g_new0(Row, 1);
    *row = (Row){.field = field, .now = now, .boot = boot, .policy = policy, .kept = kept};
    g_ptr_array_add(rows, row);
    return row;
}

static char *number_text(unsigned number)
{
    return g_strdup_printf("%u", number);
}

static GPtrArray *rows_of(const Dom0Live *live)
{
    const Dom0State *now = live->now;
    const Simulation *boot = live->boot;
    const Dom0Plan *policy = live->policy;
    const Dom0Wish *kept = live->kept;
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    Row *memory = add_row(rows, "memory", dom0_mib_text(now->target_kib), dom0_mib_text(boot->memory_kib),
                          policy ? dom0_mib_text(policy->memory_kib) : NULL, dom0_wish_value(kept, "memory"));
    memory->estimated = boot->memory_estimated;
    Row *most = add_row(rows, "maximum", dom0_mib_text(now->boot_max_kib), dom0_mib_text(boot->max_unlimited ? 0 : boot->max_kib),
                        policy ? dom0_mib_text(policy->memory_kib) : NULL, NULL);
    most->estimated = boot->max_estimated;
    add_row(rows, "vcpus", number_text(now->vcpus_online), number_text(boot->vcpus), policy ? number_text(policy->vcpus) : NULL, dom0_wish_value(kept, "vcpus"));
    add_row(rows, "max vcpus", number_text(now->vcpus_max), number_text(boot->vcpus), policy ? number_text(policy->vcpus) : NULL, NULL);
    add_row(rows, "pin", dom0_state_pin(now), g_strdup(boot->pinned ? "yes" : "no"), policy ? g_strdup(policy->pin ? "yes" : "no") : NULL,
            dom0_wish_value(kept, "pin"));
    add_row(rows, "weight", dom0_state_value(now, "weight"), NULL, NULL, dom0_wish_value(kept, "weight"));
    add_row(rows, "cap", dom0_state_value(now, "cap"), NULL, NULL, dom0_wish_value(kept, "cap"));
    return rows;
}

static bool differs(const char *now, const char *other)
{
    return other && !g_str_equal(now, other);
}

/* What it is not; "" when all agree. */
static char *difference(const Row *row)
{
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    if (!row->estimated && differs(row->now, row->boot))
        g_ptr_array_add(others, (gpointer)(guintptr)"Xen's line");
    if (differs(row->now, row->policy))
        g_ptr_array_add(others, (gpointer)(guintptr)"the policy");
    if (differs(row->now, row->kept))
        g_ptr_array_add(others, (gpointer)(guintptr)"dom0.conf");
    if (others->len == 0)
        return g_strdup("");
    g_ptr_array_add(others, NULL);
    g_autofree char *list = g_strjoinv(", ", (GStrv)others->pdata);
    return g_strdup_printf("not as %s", list);
}

static void show_rows(const Options *options, const GPtrArray *rows)
{
    static const char *const headings[] = {"FIELD", "NOW", "XEN'S LINE", "POLICY", "DOM0.CONF", "DIFFERS", NULL};
    g_autoptr(Table) table = table_new(headings);
    for (guint i = 0; i < rows->len; i++) {
        const Row *row = rows->pdata[i];
        g_autofree char *about = row->estimated ? g_strdup_printf("about %s", row->boot) : g_strdup(row->boot);
        g_autofree char *text = difference(row);
        table_row(table, *text ? TINT_NOTICE : TINT_NONE, row->field, row->now, about, row->policy, row->kept, text);
    }
    output_table(options, table);
}

static void show_vcpus(const Options *options, const Dom0State *now)
{
    static const char *const headings[] = {"VCPU", "ONLINE", "CPU", "HARD AFFINITY", "SOFT AFFINITY", NULL};
    g_autoptr(Table) table = table_new(headings);
    for (guint i = 0; i < now->vcpus->len; i++) {
        const Dom0Vcpu *vcpu = now->vcpus->pdata[i];
        g_autofree char *number = number_text(i), *cpu = vcpu->online ? number_text(vcpu->cpu) : NULL;
        table_row(table, TINT_NONE, number, vcpu->online ? "yes" : "no", cpu, vcpu->hard, vcpu->soft);
    }
    output_table(options, table);
}

static void show_text(const Options *options, const Dom0Live *live, const GPtrArray *rows)
{
    const Dom0State *now = live->now;
    show_rows(options, rows);
    output_line(options, "\nscheduler %s, cpupool %s", now->scheduler ? now->scheduler : "unknown", now->cpupool ? now->cpupool : "unknown");
    if (!dom0_tune_is_reached(now))
        output_line(options, "memory moves, or cannot: %" G_GUINT64_FORMAT " MiB of the %" G_GUINT64_FORMAT " that are asked for", now->current_kib / 1024,
                    now->target_kib / 1024);
    output_line(options, "%" G_GUINT64_FORMAT " MiB are there, Linux calls %" G_GUINT64_FORMAT " available; it can be brought down to %" G_GUINT64_FORMAT "M now\n",
                (now->current_kib + 512) / 1024, now->available_kib / 1024, dom0_tune_least_kib(now, SIMULATE_MAY_NOT_START_KIB) / 1024);
    show_vcpus(options, now);
    if (live->policy_error)
        output_notice(options, "there is no policy for this machine: %s", live->policy_error);
}

static void add_limit(JsonBuilder *builder, const char *name, guint64 kib)
{
    if (kib)
        json_add_int(builder, name, (gint64)kib);
    else
        json_add_string(builder, name, NULL);
}

static void add_memory(JsonBuilder *builder, const Dom0State *now)
{
    json_builder_set_member_name(builder, "memory");
    json_builder_begin_object(builder);
    json_add_int(builder, "target_kib", (gint64)now->target_kib);
    json_add_int(builder, "current_kib", (gint64)now->current_kib);
    add_limit(builder, "limit_kib", now->limit_kib);
    add_limit(builder, "boot_max_kib", now->boot_max_kib);
    json_add_int(builder, "available_kib", (gint64)now->available_kib);
    json_add_int(builder, "least_kib", (gint64)dom0_tune_least_kib(now, SIMULATE_MAY_NOT_START_KIB));
    json_builder_end_object(builder);
}

static void add_vcpus(JsonBuilder *builder, const Dom0State *now)
{
    json_add_int(builder, "vcpus_online", now->vcpus_online);
    json_add_int(builder, "vcpus_max", now->vcpus_max);
    json_builder_set_member_name(builder, "vcpus");
    json_builder_begin_array(builder);
    for (guint i = 0; i < now->vcpus->len; i++) {
        const Dom0Vcpu *vcpu = now->vcpus->pdata[i];
        json_builder_begin_object(builder);
        json_add_bool(builder, "online", vcpu->online);
        json_add_int(builder, "cpu", vcpu->online ? (gint64)vcpu->cpu : -1);
        json_add_string(builder, "hard", vcpu->hard);
        json_add_string(builder, "soft", vcpu->soft);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void add_fields(JsonBuilder *builder, const GPtrArray *rows)
{
    json_builder_set_member_name(builder, "fields");
    json_builder_begin_array(builder);
    for (guint i = 0; i < rows->len; i++) {
        const Row *row = rows->pdata[i];
        g_autofree char *text = difference(row);
        json_builder_begin_object(builder);
        json_add_string(builder, "field", row->field);
        json_add_string(builder, "now", row->now);
        json_add_string(builder, "line", row->boot);
        json_add_string(builder, "policy", row->policy);
        json_add_string(builder, "kept", row->kept);
        json_add_bool(builder, "differs", *text != '\0');
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void show_json(const Options *options, const Dom0Live *live, const GPtrArray *rows, bool unfinished)
{
    const Dom0State *now = live->now;
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-dom0-show/1");
    json_add_string(builder, "host", live->host->name);
    add_memory(builder, now);
    add_vcpus(builder, now);
    json_add_string(builder, "scheduler", now->scheduler);
    json_add_string(builder, "cpupool", now->cpupool);
    json_add_int(builder, "weight", now->weight);
    json_add_int(builder, "cap", now->cap);
    json_add_string(builder, "line", live->host->xen.command_line);
    add_fields(builder, rows);
    json_add_bool(builder, "unfinished", unfinished);
    json_builder_end_object(builder);
    output_json(options, builder);
}

/* Looking takes nothing back. */
static bool is_unfinished(const Options *options)
{
    guint begun = 0, done = 0;
    g_autoptr(Plan) plan = journal_load(options->paths, DOM0_NAME, &begun, &done, NULL);
    if (plan)
        output_notice(options, "a change of dom0 has begun and not ended (%u of %u steps are done): it is at work, or was cut off and the next dom0 set "
                      "puts back what it did", done, plan->steps->len);
    return plan != NULL;
}

bool cmd_dom0_show(Options *options, GError **error)
{
    if (options->host) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE,
                    "dom0 show is about the dom0 that runs here; for a recorded machine there is: guestctl dom0 plan --host %s", options->host);
        return false;
    }
    g_autoptr(Dom0Live) live = dom0_live_new(options, error);
    if (!live)
        return false;
    g_autoptr(GPtrArray) rows = rows_of(live);
    bool unfinished = is_unfinished(options);
    if (options->json)
        show_json(options, live, rows, unfinished);
    else
        show_text(options, live, rows);
    return true;
}
