/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/dom0.h"
#include "common/error.h"
#include "common/file.h"
#include "common/json.h"
#include "config.h"
#include "grub/grub.h"
#include "toolstack/backend-pick.h"
#include "toolstack/boot-change.h"
#include "toolstack/command.h"
#include "toolstack/dom0-policy.h"
#include "toolstack/output.h"

#if HAVE_XEN
#include "xen/xen.h"
#endif

#define XL_CONF "/etc/xen/xl.conf"
#define LIBXL_CONF "/etc/libvirt/libxl.conf"
#define LIBXL_CONF_MAX (256 * 1024) /* bytes */

/* A recorded machine is not the one whose /etc is here. */
static bool has_system(const Options *options)
{
    return !options->host || *options->paths->system;
}

#define OF_ANOTHER "--host is another machine; name the folder with its /etc by --root"

static bool find_running(Agreement *agreement, const Host *host, GError **error)
{
    const char *line = host->xen.command_line;
    if (!line) {
        boot_line_miss(&agreement->running, host->xen.reason ? host->xen.reason : "the machine does not run Xen");
        return true;
    }
    agreement->running.cut = strlen(line) >= CMDLINE_REPORTED_MAX;
    return boot_line_set(&agreement->running, line, agreement->running.cut ? "what Xen reports, cut by Xen itself" : "what Xen reports", host, error);
}

/* The one place that asks a boot loader's files. */
static bool find_configured(Agreement *agreement, const Options *options, const Host *host, GError **error)
{
    if (!has_system(options)) {
        boot_line_miss(&agreement->configured, OF_ANOTHER);
        return true;
    }
    g_autofree char *why = NULL;
    g_autoptr(GError) none = NULL;
    g_autoptr(BootConfig) config = boot_config_of(options, &why, &none);
    if (config && !boot_line_set(&agreement->configured, config->line, why, host, error))
        return false;
    if (config && config->broken)
        agreement->configured.broken =
            g_strdup_printf("%s; %s", config->broken, config->mends ? "run: guestctl grub apply after each kernel upgrade" : "correct it");
    if (config)
        return true;
    boot_line_miss(&agreement->configured, none->message);
    return true;
}

/* Without a policy (the machine is too small) the rest can still be compared. */
static bool find_policy(Agreement *agreement, const Options *options, const Host *host, GError **error)
{
    g_autoptr(GError) none = NULL;
    g_autoptr(Dom0Plan) plan = dom0_policy(host, options, &none);
    g_autoptr(Cmdline) cmdline = plan ? cmdline_of_dom0(plan, &none) : NULL;
    if (!cmdline) {
        boot_line_miss(&agreement->policy, none->message);
        return true;
    }
    g_autofree char *line = cmdline_print(cmdline);
    return boot_line_set(&agreement->policy, line, "see: guestctl dom0 plan", host, error);
}

static void miss(Ballooner *ballooner, bool wrong, const char *because)
{
    ballooner->setting = BALLOON_UNKNOWN;
    ballooner->wrong = wrong;
    ballooner->because = g_strdup(because);
}

#if HAVE_XEN
static void find_xl(Ballooner *xl, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *value = NULL;
    if (xen_xl_conf_get(path, "autoballoon", &value, &error) || g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        ballooner_set_xl(xl, value);
    else
        miss(xl, true, error->message);
}
#else
static void find_xl(Ballooner *xl, const char *path)
{
    miss(xl, false, "it is not read: this guestctl was built without Xen (libxlutil)");
}
#endif

/* Without the file libvirt does not come to its rule (libvirt 9.0 libxl_conf.c libxlDriverConfigLoadFile). */
static void find_libvirt(Ballooner *libvirt, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = file_read(path, LIBXL_CONF_MAX, NULL, &error);
    bool quoted = false;
    g_autofree char *value = text ? libvirt_conf_get(text, "autoballoon", &quoted, &error) : NULL;
    if (g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        miss(libvirt, false, "it is not there: without it libvirt takes no memory from dom0");
    else if (error)
        miss(libvirt, true, error->message);
    else
        ballooner_set_libvirt(libvirt, value, quoted);
}

static void find_ballooners(Agreement *agreement, const Options *options)
{
    agreement->xl = (Ballooner){.tool = "xl", .path = XL_CONF};
    agreement->libvirt = (Ballooner){.tool = "libvirt", .path = LIBXL_CONF};
    if (!has_system(options)) {
        miss(&agreement->xl, false, OF_ANOTHER);
        miss(&agreement->libvirt, false, OF_ANOTHER);
        return;
    }
    g_autofree char *xl = g_strconcat(options->paths->system, XL_CONF, NULL), *libvirt = g_strconcat(options->paths->system, LIBXL_CONF, NULL);
    find_xl(&agreement->xl, xl);
    find_libvirt(&agreement->libvirt, libvirt);
}

static guint count_warnings(const GPtrArray *reasons)
{
    guint count = 0;
    for (guint i = 0; i < reasons->len; i++)
        count += ((const Reason *)reasons->pdata[i])->severity == SEVERITY_WARNING;
    return count;
}

static void add_line(JsonBuilder *builder, const char *name, const BootLine *boot)
{
    g_autofree char *line = boot->line ? g_utf8_make_valid(boot->line, -1) : NULL;
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
    json_add_string(builder, "line", line);
    json_add_string(builder, "because", boot->because);
    json_add_bool(builder, "cut", boot->cut);
    json_builder_set_member_name(builder, "simulation");
    if (boot->simulation) {
        json_builder_begin_object(builder);
        simulation_add_json(builder, boot->simulation);
        json_builder_end_object(builder);
    } else {
        json_builder_add_null_value(builder);
    }
    json_builder_end_object(builder);
}

static void add_ballooner(JsonBuilder *builder, const Ballooner *ballooner)
{
    json_builder_begin_object(builder);
    json_add_string(builder, "tool", ballooner->tool);
    json_add_string(builder, "path", ballooner->path);
    json_add_string(builder, "autoballoon", ballooner->setting == BALLOON_UNKNOWN ? NULL : balloon_setting_name(ballooner->setting));
    json_add_string(builder, "because", ballooner->because);
    json_builder_end_object(builder);
}

static void show_json(const Options *options, const Host *host, const Agreement *agreement, const GPtrArray *reasons)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-grub-check/1");
    json_add_string(builder, "host", host->name);
    json_add_int(builder, "guests", options->guests);
    add_line(builder, "running", &agreement->running);
    add_line(builder, "configured", &agreement->configured);
    add_line(builder, "policy", &agreement->policy);
    json_builder_set_member_name(builder, "ballooning");
    json_builder_begin_array(builder);
    add_ballooner(builder, &agreement->xl);
    add_ballooner(builder, &agreement->libvirt);
    json_builder_end_array(builder);
    json_add_int(builder, "disagreements", count_warnings(reasons));
    json_add_reasons(builder, reasons);
    json_builder_end_object(builder);
    output_json(options, builder);
}

static void show_line(const Options *options, const char *name, const BootLine *boot)
{
    g_autofree char *clean = text_clean(boot->line ? boot->line : boot->because);
    output_line(options, "%-12s%s%s", name, boot->line ? "" : "not known: ", clean);
}

static void show_table(const Options *options, const Agreement *agreement)
{
    static const char *const headings[] = {"DOM0", "RUNNING", "CONFIGURED", "POLICY", NULL};
    const BootLine *boots[] = {&agreement->running, &agreement->configured, &agreement->policy};
    g_autoptr(Table) table = table_new(headings);
    for (const char *const *field = agreement_fields; *field; field++) {
        const char *cells[] = {*field, NULL, NULL, NULL};
        for (gsize i = 0; i < G_N_ELEMENTS(boots); i++)
            cells[i + 1] = boots[i]->simulation ? agreement_text(boots[i]->simulation, *field) : NULL;
        table_add(table, TINT_NONE, cells);
        for (gsize i = 1; i < G_N_ELEMENTS(cells); i++)
            g_free((char *)cells[i]);
    }
    output_table(options, table);
}

static void show(const Options *options, const Agreement *agreement, const GPtrArray *reasons)
{
    guint count = count_warnings(reasons);
    show_line(options, "running", &agreement->running);
    show_line(options, "configured", &agreement->configured);
    show_line(options, "policy", &agreement->policy);
    output_line(options, "%s", "");
    show_table(options, agreement);
    output_line(options, "%s", "");
    output_reasons(options, reasons, true);
    if (count)
        output_line(options, "\n%u thing%s not agree: the warnings above", count, count == 1 ? " does" : "s do");
    else
        output_line(options, "\nAll that is known agrees.");
}

bool cmd_grub_check(Options *options, GError **error)
{
    g_autoptr(Host) host = host_of(options, error);
    if (!host)
        return false;
    g_auto(Agreement) agreement = {0};
    if (!find_running(&agreement, host, error) || !find_configured(&agreement, options, host, error) ||
        !find_policy(&agreement, options, host, error))
        return false;
    find_ballooners(&agreement, options);
    g_autoptr(GPtrArray) reasons = agreement_reasons(&agreement);
    guint count = count_warnings(reasons);
    if (options->json)
        show_json(options, host, &agreement, reasons);
    else
        show(options, &agreement, reasons);
    if (!options->strict || count == 0)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%u thing%s not agree; see above", count, count == 1 ? " does" : "s do");
    return false;
}
