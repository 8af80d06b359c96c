/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/config.h"

#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "xen/xen.h"

char *xen_config_strdup(const char *text)
{
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        g_error("out of memory");
    return copy;
}

bool xen_config_refuse(const Guest *guest, const char *field, const char *value, const char *why, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "guest \"%s\": %s = %s: %s", guest->name, field, value, why);
    return false;
}

typedef enum { KIND_STRING, KIND_BOOL, KIND_COUNT } Kind;

/* What libxl has no word for. decide() leaves these empty on Xen; should one be set nevertheless, the plan is
 * refused, because the guest would be built without what it was promised. */
typedef struct Refused {
    const char *field;
    gsize offset;
    Kind kind;
    const char *why;
} Refused;

#define REFUSED(label, member, kind, why) {label, offsetof(Guest, member), kind, why}

static const Refused never[] = {
    REFUSED("cpu-sockets", cpu_sockets, KIND_COUNT, "libxl cannot choose a CPU topology"),
    REFUSED("cpu-cores", cpu_cores, KIND_COUNT, "libxl cannot choose a CPU topology"),
    REFUSED("cpu-threads", cpu_threads, KIND_COUNT, "libxl cannot choose a CPU topology"),
    REFUSED("nvram-template", nvram_template, KIND_STRING, "libxl keeps no UEFI variables"),
    REFUSED("nvram", nvram, KIND_STRING, "libxl keeps no UEFI variables"),
    REFUSED("secure-boot", secure_boot, KIND_BOOL, "libxl's guests have no secure boot"),
    REFUSED("boot-menu", boot_menu, KIND_BOOL, "libxl has no word for a boot menu"),
    REFUSED("hide-hypervisor", hide_hypervisor, KIND_BOOL, "a Xen guest always sees Xen"),
    REFUSED("rng", rng, KIND_STRING, "libxl 4.17 offers no virtio devices"),
    REFUSED("tpm", tpm, KIND_STRING, "libxl offers no emulated TPM"),
    REFUSED("tpm-version", tpm_version, KIND_STRING, "libxl offers no emulated TPM"),
    REFUSED("guest-agent", guest_agent, KIND_BOOL, "QEMU's guest agent has no channel on Xen"),
};

static const Refused without_hvm[] = {
    REFUSED("machine", machine, KIND_STRING, "only an HVM guest has a machine type"),
    REFUSED("loader", loader, KIND_STRING, "only an HVM guest has firmware"),
    REFUSED("boot-order", boot_order, KIND_STRING, "only an HVM guest has firmware with a boot order"),
    REFUSED("hyperv", hyperv, KIND_BOOL, "only an HVM guest has Hyper-V enlightenments"),
    REFUSED("hpet", hpet, KIND_BOOL, "only an HVM guest has an HPET"),
    REFUSED("video-ram-mib", video_ram_mib, KIND_COUNT, "only an HVM guest has video memory of its own"),
    REFUSED("serial-ports", serial_ports, KIND_COUNT, "only an HVM guest has serial ports: use console = pv"),
    REFUSED("pointer", pointer, KIND_STRING, "only an HVM guest has USB devices"),
    REFUSED("scsi-model", scsi_model, KIND_STRING, "only an HVM guest has emulated SCSI"),
    REFUSED("sound", sound, KIND_STRING, "only an HVM guest has a sound card"),
};

static const Refused on_pv[] = {
    REFUSED("acpi", acpi, KIND_BOOL, "a PV guest has no ACPI"),
    REFUSED("apic", apic, KIND_BOOL, "a PV guest has no APIC"),
    REFUSED("nested", nested, KIND_BOOL, "a PV guest cannot run guests of its own"),
};

static bool refuse_any(const Guest *guest, const Refused *list, gsize n, GError **error)
{
    for (gsize i = 0; i < n; i++) {
        const void *at = (const char *)guest + list[i].offset;
        g_autofree char *value = NULL;
        switch (list[i].kind) {
        case KIND_STRING:
            value = g_strdup(*(char *const *)at);
            break;
        case KIND_BOOL:
            value = *(const bool *)at ? g_strdup("yes") : NULL;
            break;
        case KIND_COUNT:
            value = *(const unsigned *)at ? g_strdup_printf("%u", *(const unsigned *)at) : NULL;
            break;
        }
        if (value)
            return xen_config_refuse(guest, list[i].field, value, list[i].why, error);
    }
    return true;
}

static bool check(const Guest *guest, GError **error)
{
    if (!g_str_equal(guest->backend, "xen"))
        return xen_config_refuse(guest, "backend", guest->backend, "this guest was decided for another hypervisor", error);
    if (!g_str_equal(guest->arch, "x86_64") && !g_str_equal(guest->arch, "i686"))
        return xen_config_refuse(guest, "arch", guest->arch, "only x86 guests are supported on Xen", error);
    if (!refuse_any(guest, never, G_N_ELEMENTS(never), error))
        return false;
    if (guest->mode != VM_MODE_HVM && !refuse_any(guest, without_hvm, G_N_ELEMENTS(without_hvm), error))
        return false;
    if (guest->mode == VM_MODE_PV && !refuse_any(guest, on_pv, G_N_ELEMENTS(on_pv), error))
        return false;
    if (guest->mode != VM_MODE_HVM && guest->firmware != FIRMWARE_NONE)
        return xen_config_refuse(guest, "firmware", firmware_name(guest->firmware), "only an HVM guest has firmware", error);
    if (guest->console && !g_str_equal(guest->console, "pv") && guest->mode != VM_MODE_HVM)
        return xen_config_refuse(guest, "console", guest->console, "only an HVM guest has serial ports: use console = pv", error);
    return true;
}

static bool domain(const Guest *guest, libxl_domain_config *config, GError **error)
{
    static const libxl_domain_type types[] = {
        [VM_MODE_PV] = LIBXL_DOMAIN_TYPE_PV,
        [VM_MODE_PVH] = LIBXL_DOMAIN_TYPE_PVH,
        [VM_MODE_HVM] = LIBXL_DOMAIN_TYPE_HVM,
    };
    libxl_domain_create_info *c_info = &config->c_info;
    c_info->type = types[guest->mode];
    c_info->name = xen_config_strdup(guest->name);
    if (libxl_uuid_from_string(&c_info->uuid, guest->uuid) != 0)
        return xen_config_refuse(guest, "uuid", guest->uuid, "this is no UUID", error);

    libxl_domain_build_info_init_type(&config->b_info, c_info->type);
    config->b_info.target_memkb = guest->memory_kib;
    config->b_info.max_memkb = MAX(guest->memory_kib, guest->max_memory_kib);
    /* As xl does: the hypervisor sets the memory aside at once, so that a shortage fails before the build. */
    libxl_defbool_set(&config->b_info.claim_mode, true);
    libxl_defbool_set(&config->b_info.localtime, guest->localtime);
    if (guest->pmu)
        libxl_defbool_set(&config->b_info.vpmu, true);
    /* A PVH guest always has both by libxl's default: its kernel finds its other vcpus by them. */
    if (guest->mode == VM_MODE_HVM || guest->acpi)
        libxl_defbool_set(&config->b_info.acpi, guest->acpi);
    if (guest->mode == VM_MODE_HVM || guest->apic)
        libxl_defbool_set(&config->b_info.apic, guest->apic);
    return true;
}

static bool boot(const Guest *guest, libxl_domain_config *config, GError **error)
{
    libxl_domain_build_info *b_info = &config->b_info;
    switch (guest->boot) {
    case BOOT_PVGRUB:
        if (guest->mode == VM_MODE_HVM)
            return xen_config_refuse(guest, "boot", "pvgrub", "an HVM guest boots by its firmware", error);
        G_GNUC_FALLTHROUGH;
    case BOOT_KERNEL:
        if (!guest->kernel)
            return xen_config_refuse(guest, "boot", boot_method_name(guest->boot), "there is no kernel", error);
        break;
    case BOOT_FIRMWARE:
        if (guest->mode != VM_MODE_HVM)
            return xen_config_refuse(guest, "boot", "firmware", "only an HVM guest has firmware", error);
        if (guest->kernel)
            return xen_config_refuse(guest, "kernel", guest->kernel, "firmware boots from a disk, not a kernel", error);
        break;
    }
    b_info->kernel = xen_config_strdup(guest->kernel);
    b_info->ramdisk = xen_config_strdup(guest->ramdisk);
    b_info->cmdline = xen_config_strdup(guest->cmdline);
    return true;
}

/* Xen has a watchdog of its own, which the guest's xen_wdt drives: when it bites, Xen ends the domain. */
static bool watchdog(const Guest *guest, libxl_domain_config *config, GError **error)
{
    static const struct {
        const char *nova;
        libxl_action_on_shutdown libxl;
    } words[] = {
        {"poweroff", LIBXL_ACTION_ON_SHUTDOWN_DESTROY},
        {"reset", LIBXL_ACTION_ON_SHUTDOWN_RESTART},
        {"pause", LIBXL_ACTION_ON_SHUTDOWN_PRESERVE},
        {"none", LIBXL_ACTION_ON_SHUTDOWN_PRESERVE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_str_equal(guest->watchdog, words[i].nova)) {
            config->on_watchdog = words[i].libxl;
            return true;
        }
    return xen_config_refuse(guest, "watchdog", guest->watchdog, "use none, pause, poweroff or reset", error);
}

/* libxl does not act on these: they are written down with the domain, and who watches it acts. */
static bool actions(const Guest *guest, libxl_domain_config *config, GError **error)
{
    static const libxl_action_on_shutdown names[] = {
        [ACTION_DESTROY] = LIBXL_ACTION_ON_SHUTDOWN_DESTROY,
        [ACTION_RESTART] = LIBXL_ACTION_ON_SHUTDOWN_RESTART,
        [ACTION_PRESERVE] = LIBXL_ACTION_ON_SHUTDOWN_PRESERVE,
    };
    config->on_poweroff = names[guest->on_poweroff];
    config->on_reboot = names[guest->on_reboot];
    config->on_crash = names[guest->on_crash];
    config->on_watchdog = names[guest->on_crash];
    return !guest->watchdog || watchdog(guest, config, error);
}

char *xen_config_json(const Guest *guest, const Host *host, GError **error)
{
    g_auto(libxl_domain_config) config;
    libxl_domain_config_init(&config);
    if (!check(guest, error) || !domain(guest, &config, error) || !boot(guest, &config, error) ||
        !xen_config_cpu(guest, host, &config, error) || !xen_config_disks(guest, &config, error) ||
        !xen_config_nics(guest, &config, error) || !xen_config_video(guest, &config, error) || !actions(guest, &config, error))
        return NULL;
    if (guest->mode == VM_MODE_HVM && !xen_config_hvm(guest, &config, error))
        return NULL;

    char *native = libxl_domain_config_to_json(NULL, &config);
    char *json = g_strdup(native);
    free(native);
    if (!json)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "guest \"%s\": libxl could not write its configuration", guest->name);
    return json;
}
