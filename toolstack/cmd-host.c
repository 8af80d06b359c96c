/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "toolstack/backend-pick.h"
#include "toolstack/command.h"
#include "toolstack/output.h"
#include "toolstack/perform.h"

static void row(Table *table, const char *name, const char *value)
{
    table_row(table, TINT_NONE, name, value);
}

static void add_machine(Table *table, const Host *host)
{
    g_autofree char *cpus = g_strdup_printf("%u", host->cpus);
    g_autofree char *memory = memory_text(host->memory_kib);
    g_autofree char *free_memory = memory_text(host->free_memory_kib);
    g_autofree char *bridges = g_strjoinv(", ", host->bridges);
    row(table, "name", host->name);
    row(table, "architecture", host->arch);
    row(table, "CPU", host->cpu_model);
    row(table, "CPUs", cpus);
    row(table, "memory", memory);
    row(table, "free memory", free_memory);
    row(table, "bridges", *bridges ? bridges : "none");
}

static void add_usable(Table *table, const char *name, bool usable, const char *reason)
{
    g_autofree char *text = g_strdup_printf("%s%s%s", usable ? "yes" : "no", reason && *reason ? ": " : "", reason ? reason : "");
    table_row(table, usable ? TINT_GOOD : TINT_DIM, name, text);
}

static void add_xen(Table *table, const Host *host)
{
    add_usable(table, "Xen", host->xen.usable, host->xen.reason);
    if (!host->xen.usable)
        return;
    g_autofree char *modes = g_strdup_printf("%s%s%s%s%s", host->xen.pv ? "pv " : "", host->xen.pvh ? "pvh " : "",
                                             host->xen.hvm ? "hvm " : "", host->xen.hap ? "(hap) " : "",
                                             host->xen.shadow ? "(shadow) " : "");
    row(table, "  version", host->xen.version);
    row(table, "  libxl", host->xen.toolstack);
    row(table, "  modes", g_strchomp(modes));
    row(table, "  scheduler", host->xen.scheduler);
    row(table, "  GRUB for PV", host->xen.pvgrub);
    row(table, "  GRUB for PVH", host->xen.pvhgrub);
    row(table, "  UEFI firmware", host->xen.ovmf);
    row(table, "  device model", host->xen.device_model);
}

static void add_kvm(Table *table, const Host *host)
{
    add_usable(table, "KVM", host->kvm.usable && host->kvm.kvm_works,
               host->kvm.usable ? host->kvm.kvm_reason : host->kvm.reason);
    add_usable(table, "QEMU emulation", host->kvm.usable, host->kvm.reason);
    if (!host->kvm.usable)
        return;
    row(table, "  libvirt", host->kvm.libvirt_version);
    row(table, "  QEMU", host->kvm.qemu_version);
    row(table, "  emulator", host->kvm.emulator);
    row(table, "  reached by", host->kvm.uri);
    row(table, "  UEFI firmware", host->kvm.ovmf_code);
}

/* The backend that commands will use, by the same rule; none is a result too. */
static void add_choice(Table *table, const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(BackendPick) pick = backend_pick_new(options, &error);
    g_autofree char *text = pick ? g_strdup_printf("%s: %s", pick->backend->name, pick->why) : g_strdup(error->message);
    table_row(table, pick ? TINT_GOOD : TINT_BAD, "guests run on", text);
}

bool cmd_host_show(Options *options, GError **error)
{
    g_autoptr(Host) host = host_of(options, error);
    if (!host)
        return false;
    if (options->json) {
        g_autofree char *json = host_to_json(host);
        output_text(options, json);
        return true;
    }
    g_autoptr(Table) table = table_new(NULL);
    add_machine(table, host);
    add_xen(table, host);
    add_kvm(table, host);
    add_choice(table, options);
    output_table(options, table);
    return true;
}

bool cmd_host_save(Options *options, GError **error)
{
    g_autoptr(Host) host = host_of(options, error);
    if (!host)
        return false;
    g_autofree char *json = host_to_json(host);
    g_autofree char *absolute = g_canonicalize_filename(options_argument(options, 0), NULL);
    g_autoptr(Plan) plan = plan_new("files", "");
    plan->finish = true;
    plan_add(plan, STEP_WRITE_FILE, absolute, json);
    return perform(plan, NULL, options, error);
}
