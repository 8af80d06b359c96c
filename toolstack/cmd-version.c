/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/json.h"
#include "config.h"
#include "toolstack/backend-pick.h"
#include "toolstack/command.h"
#include "toolstack/output.h"

static const char *here(const char *version)
{
    return version ? version : "not on this machine";
}

/* Never fails: what cannot be asked is not there. */
bool cmd_version(Options *options, GError **error)
{
    if (options->version && !options->json) {
        output_line(options, "guestctl %s", GUESTCTL_VERSION);
        return true;
    }
    g_autoptr(Host) host = host_of(options, NULL);
    if (!host)
        host = host_new();
    if (options->json) {
        JsonBuilder *builder = json_builder_new();
        json_builder_begin_object(builder);
        json_add_string(builder, "format", "guestctl-version/1");
        json_add_string(builder, "guestctl", GUESTCTL_VERSION);
        json_add_bool(builder, "built_with_xen", HAVE_XEN);
        json_add_bool(builder, "built_with_kvm", HAVE_KVM);
        json_add_string(builder, "libxl", host->xen.toolstack);
        json_add_string(builder, "xen", host->xen.version);
        json_add_string(builder, "libvirt", host->kvm.libvirt_version);
        json_add_string(builder, "qemu", host->kvm.qemu_version);
        json_builder_end_object(builder);
        output_json(options, builder);
        return true;
    }
    g_autoptr(Table) table = table_new(NULL);
    table_row(table, TINT_NONE, "guestctl", GUESTCTL_VERSION);
    table_row(table, TINT_NONE, "libxl", HAVE_XEN ? here(host->xen.toolstack) : "not in this build");
    table_row(table, TINT_NONE, "Xen", here(host->xen.version));
    table_row(table, TINT_NONE, "libvirt", HAVE_KVM ? here(host->kvm.libvirt_version) : "not in this build");
    table_row(table, TINT_NONE, "QEMU", here(host->kvm.qemu_version));
    output_table(options, table);
    return true;
}
