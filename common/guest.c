/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/guest.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/storage/storage.h"

/* How a field of a struct is freed and shown. The tables below are the only list of fields: freeing,
 * guest_foreach_field() and so the test that every field has a reason all read them. */
typedef enum {
    KIND_STRING,
    KIND_LIST,   /* GStrv, shown with commas */
    KIND_BOOL,   /* yes, no */
    KIND_UINT,   /* 0 is a value */
    KIND_COUNT,  /* 0 is not set */
    KIND_KIB,
    KIND_BYTES,  /* 0 is not set */
    KIND_MODE,
    KIND_BOOT,
    KIND_FIRMWARE,
    KIND_FORMAT,
    KIND_DEVICE,
    KIND_ACTION,
} Kind;

typedef struct Field {
    const char *name;
    gsize offset;
    Kind kind;
} Field;

#define GUEST(label, member, kind) {label, offsetof(Guest, member), kind}
static const Field guest_fields[] = {
    GUEST("name", name, KIND_STRING),
    GUEST("uuid", uuid, KIND_STRING),
    GUEST("backend", backend, KIND_STRING),
    GUEST("arch", arch, KIND_STRING),
    GUEST("mode", mode, KIND_MODE),
    GUEST("memory", memory_kib, KIND_KIB),
    GUEST("max-memory", max_memory_kib, KIND_KIB),
    GUEST("vcpus", vcpus, KIND_UINT),
    GUEST("max-vcpus", max_vcpus, KIND_UINT),
    GUEST("cpu-mode", cpu_mode, KIND_STRING),
    GUEST("cpu-model", cpu_model, KIND_STRING),
    GUEST("cpu-flags", cpu_flags, KIND_LIST),
    GUEST("cpu-sockets", cpu_sockets, KIND_COUNT),
    GUEST("cpu-cores", cpu_cores, KIND_COUNT),
    GUEST("cpu-threads", cpu_threads, KIND_COUNT),
    GUEST("boot", boot, KIND_BOOT),
    GUEST("firmware", firmware, KIND_FIRMWARE),
    GUEST("kernel", kernel, KIND_STRING),
    GUEST("ramdisk", ramdisk, KIND_STRING),
    GUEST("cmdline", cmdline, KIND_STRING),
    GUEST("loader", loader, KIND_STRING),
    GUEST("nvram-template", nvram_template, KIND_STRING),
    GUEST("nvram", nvram, KIND_STRING),
    GUEST("secure-boot", secure_boot, KIND_BOOL),
    GUEST("boot-menu", boot_menu, KIND_BOOL),
    GUEST("boot-order", boot_order, KIND_STRING),
    GUEST("machine", machine, KIND_STRING),
    GUEST("acpi", acpi, KIND_BOOL),
    GUEST("apic", apic, KIND_BOOL),
    GUEST("pae", pae, KIND_BOOL),
    GUEST("hyperv", hyperv, KIND_BOOL),
    GUEST("hide-hypervisor", hide_hypervisor, KIND_BOOL),
    GUEST("pmu", pmu, KIND_BOOL),
    GUEST("hpet", hpet, KIND_BOOL),
    GUEST("localtime", localtime, KIND_BOOL),
    GUEST("nested", nested, KIND_BOOL),
    GUEST("video", video, KIND_STRING),
    GUEST("video-ram-mib", video_ram_mib, KIND_COUNT),
    GUEST("graphics", graphics, KIND_STRING),
    GUEST("console", console, KIND_STRING),
    GUEST("serial-ports", serial_ports, KIND_UINT),
    GUEST("rng", rng, KIND_STRING),
    GUEST("watchdog", watchdog, KIND_STRING),
    GUEST("pointer", pointer, KIND_STRING),
    GUEST("scsi-model", scsi_model, KIND_STRING),
    GUEST("sound", sound, KIND_STRING),
    GUEST("tpm", tpm, KIND_STRING),
    GUEST("tpm-version", tpm_version, KIND_STRING),
    GUEST("guest-agent", guest_agent, KIND_BOOL),
    GUEST("seed", seed, KIND_STRING),
    GUEST("seed.hostname", seed_hostname, KIND_STRING),
    GUEST("seed.instance-id", seed_instance_id, KIND_STRING),
    GUEST("seed.user", seed_user, KIND_STRING),
    GUEST("seed.password", seed_password, KIND_STRING),
    GUEST("seed.ssh-keys", seed_keys, KIND_COUNT),
    GUEST("seed.user-data", seed_user_data, KIND_STRING),
    GUEST("seed.network-config", seed_network_config, KIND_STRING),
    GUEST("inject", inject, KIND_STRING),
    GUEST("inject.partition", inject_partition, KIND_STRING),
    GUEST("inject.files", inject_files, KIND_STRING),
    GUEST("inject.hostname", inject_hostname, KIND_STRING),
    GUEST("inject.user", inject_user, KIND_STRING),
    GUEST("inject.password", inject_password, KIND_STRING),
    GUEST("inject.ssh-keys", inject_keys, KIND_COUNT),
    GUEST("inject.on-failure", inject_on_failure, KIND_STRING),
    GUEST("inject.appliance", inject_appliance, KIND_STRING),
    GUEST("on-poweroff", on_poweroff, KIND_ACTION),
    GUEST("on-reboot", on_reboot, KIND_ACTION),
    GUEST("on-crash", on_crash, KIND_ACTION),
    GUEST("shutdown-timeout-s", shutdown_timeout_s, KIND_UINT),
};

#define DISK(label, member, kind) {label, offsetof(GuestDisk, member), kind}
static const Field disk_fields[] = {
    DISK("path", path, KIND_STRING),
    DISK("format", format, KIND_FORMAT),
    DISK("device", device, KIND_DEVICE),
    DISK("bus", bus, KIND_STRING),
    DISK("target", target, KIND_STRING),
    DISK("driver", driver, KIND_STRING),
    DISK("cache", cache, KIND_STRING),
    DISK("read-only", read_only, KIND_BOOL),
    DISK("discard", discard, KIND_BOOL),
    DISK("block-device", block_device, KIND_BOOL),
    DISK("storage", storage, KIND_STRING),
    DISK("base", base, KIND_STRING),
    DISK("protocol", protocol, KIND_STRING),
    DISK("ceph-conf", ceph_conf, KIND_STRING),
    DISK("rbd-user", rbd_user, KIND_STRING),
    DISK("rbd-secret", rbd_secret, KIND_STRING),
    DISK("size", size_bytes, KIND_BYTES),
};

#define NIC(label, member, kind) {label, offsetof(GuestNic, member), kind}
static const Field nic_fields[] = {
    NIC("mac", mac, KIND_STRING),
    NIC("bridge", bridge, KIND_STRING),
    NIC("model", model, KIND_STRING),
    NIC("queues", queues, KIND_UINT),
};

/* The members that are no decisions: what the guest is called and where it came from. */
static const Field disk_names[] = {DISK("name", name, KIND_STRING)};
static const Field nic_names[] = {NIC("name", name, KIND_STRING)};

/* A field as text, NULL when it is not set. *MADE is what was made for it, to be freed. */
static const char *show(const void *base, const Field *field, char **made)
{
    const void *at = (const char *)base + field->offset;
    switch (field->kind) {
    case KIND_STRING:
        return *(char *const *)at;
    case KIND_LIST: {
        const GStrv list = *(const GStrv *)at;
        return list && list[0] ? (*made = g_strjoinv(",", list)) : NULL;
    }
    case KIND_BOOL:
        return *(const bool *)at ? "yes" : "no";
    case KIND_UINT:
        return *made = g_strdup_printf("%u", *(const unsigned *)at);
    case KIND_COUNT:
        return *(const unsigned *)at ? (*made = g_strdup_printf("%u", *(const unsigned *)at)) : NULL;
    case KIND_KIB:
        return *made = size_format_kib(*(const guint64 *)at);
    case KIND_BYTES: {
        guint64 bytes = *(const guint64 *)at;
        return !bytes ? NULL : (*made = bytes % 1024 ? g_strdup_printf("%" G_GUINT64_FORMAT, bytes) : size_format_kib(bytes / 1024));
    }
    case KIND_MODE:
        return vm_mode_name(*(const VmMode *)at);
    case KIND_BOOT:
        return boot_method_name(*(const BootMethod *)at);
    case KIND_FIRMWARE:
        return firmware_name(*(const Firmware *)at);
    case KIND_FORMAT:
        return disk_format_name(*(const DiskFormat *)at);
    case KIND_DEVICE:
        return device_type_name(*(const DeviceType *)at);
    case KIND_ACTION:
        return event_action_name(*(const EventAction *)at);
    }
    return NULL;
}

/* PREFIX is "disk root." for the fields of a device, NULL for the guest's own. */
static void visit_fields(const void *base, const Field *fields, gsize n, const char *prefix, GuestFieldFunc *visit, void *data)
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *made = NULL;
        const char *value = show(base, &fields[i], &made);
        if (!value)
            continue;
        g_autofree char *name = prefix ? g_strconcat(prefix, fields[i].name, NULL) : NULL;
        visit(name ? name : fields[i].name, value, data);
    }
}

void guest_foreach_field(const Guest *guest, GuestFieldFunc *visit, void *data)
{
    visit_fields(guest, guest_fields, G_N_ELEMENTS(guest_fields), NULL, visit, data);
    for (guint i = 0; i < guest->disks->len; i++) {
        const GuestDisk *disk = guest->disks->pdata[i];
        g_autofree char *prefix = g_strdup_printf("disk %s.", disk->name);
        visit_fields(disk, disk_fields, G_N_ELEMENTS(disk_fields), prefix, visit, data);
    }
    for (guint i = 0; i < guest->nics->len; i++) {
        const GuestNic *nic = guest->nics->pdata[i];
        g_autofree char *prefix = g_strdup_printf("nic %s.", nic->name);
        visit_fields(nic, nic_fields, G_N_ELEMENTS(nic_fields), prefix, visit, data);
    }
}

static void free_fields(void *base, const Field *fields, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        void *at = (char *)base + fields[i].offset;
        if (fields[i].kind == KIND_STRING)
            g_free(*(char **)at);
        if (fields[i].kind == KIND_LIST)
            g_strfreev(*(GStrv *)at);
    }
}

static void disk_free(void *disk)
{
    free_fields(disk, disk_names, G_N_ELEMENTS(disk_names));
    free_fields(disk, disk_fields, G_N_ELEMENTS(disk_fields));
    storage_disk_free(((GuestDisk *)disk)->create);
    g_free(disk);
}

static void nic_free(void *nic)
{
    free_fields(nic, nic_names, G_N_ELEMENTS(nic_names));
    free_fields(nic, nic_fields, G_N_ELEMENTS(nic_fields));
    g_free(nic);
}

Guest *guest_new(void)
{
    Guest *guest = g_new0(Guest, 1);
    guest->disks = g_ptr_array_new_with_free_func(disk_free);
    guest->nics = g_ptr_array_new_with_free_func(nic_free);
    guest->reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    return guest;
}

void guest_free(Guest *guest)
{
    if (!guest)
        return;
    free_fields(guest, guest_fields, G_N_ELEMENTS(guest_fields));
    g_ptr_array_unref(guest->disks);
    g_ptr_array_unref(guest->nics);
    g_ptr_array_unref(guest->reasons);
    g_free(guest->folder);
    g_free(guest->seed_path);
    g_free(guest->seed_text);
    g_free(guest->inject_text);
    g_free(guest->image);
    g_free(guest->definition);
    g_free(guest);
}

GuestDisk *guest_add_disk(Guest *guest, const char *name)
{
    GuestDisk *disk = g_new0(GuestDisk, 1);
    disk->name = g_strdup(name);
    g_ptr_array_add(guest->disks, disk);
    return disk;
}

GuestNic *guest_add_nic(Guest *guest, const char *name)
{
    GuestNic *nic = g_new0(GuestNic, 1);
    nic->name = g_strdup(name);
    nic->queues = 1;
    g_ptr_array_add(guest->nics, nic);
    return nic;
}

const char *vm_mode_name(VmMode mode)
{
    static const char *const names[] = {[VM_MODE_PV] = "pv", [VM_MODE_PVH] = "pvh", [VM_MODE_HVM] = "hvm"};
    return names[mode];
}

bool vm_mode_parse(const char *text, VmMode *mode, GError **error)
{
    /* nova 18.1.0 fields.py 547-611; pvh and libvirt's xenpvh are this project's extension. */
    static const struct {
        const char *word;
        VmMode mode;
    } words[] = {
        {"xen", VM_MODE_PV}, {"pv", VM_MODE_PV},   {"hvm", VM_MODE_HVM},    {"hv", VM_MODE_HVM},
        {"baremetal", VM_MODE_HVM}, {"pvh", VM_MODE_PVH}, {"xenpvh", VM_MODE_PVH},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (g_ascii_strcasecmp(text, words[i].word) == 0) {
            *mode = words[i].mode;
            return true;
        }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "vm_mode \"%s\" is not known (use xen, pvh or hvm)", text);
    return false;
}

const char *boot_method_name(BootMethod boot)
{
    static const char *const names[] = {[BOOT_KERNEL] = "kernel", [BOOT_PVGRUB] = "pvgrub", [BOOT_FIRMWARE] = "firmware"};
    return names[boot];
}

const char *firmware_name(Firmware firmware)
{
    static const char *const names[] = {[FIRMWARE_NONE] = "none", [FIRMWARE_BIOS] = "bios", [FIRMWARE_UEFI] = "uefi"};
    return names[firmware];
}

const char *device_type_name(DeviceType device)
{
    static const char *const names[] = {[DEVICE_DISK] = "disk", [DEVICE_CDROM] = "cdrom", [DEVICE_FLOPPY] = "floppy"};
    return names[device];
}

static const char *const action_names[] = {
    [ACTION_DESTROY] = "destroy",
    [ACTION_RESTART] = "restart",
    [ACTION_PRESERVE] = "preserve",
};

const char *event_action_name(EventAction action)
{
    return action_names[action];
}

bool event_action_parse(const char *text, EventAction *action, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(action_names); i++)
        if (g_str_equal(text, action_names[i])) {
            *action = (EventAction)i;
            return true;
        }
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "action \"%s\" is not known (use destroy, restart or preserve)", text);
    return false;
}

bool size_parse_kib(const char *text, guint64 *kib, GError **error)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    guint64 number = g_ascii_strtoull(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    if (!g_ascii_isdigit(text[0]) || errno || !unit || end[1]) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "size \"%.40s\" is not understood: write a whole number and one of K, M, G, T, such as 512M", text);
        return false;
    }
    unsigned shift = 10 * (unsigned)(unit - units);
    if (number == 0 || number > ((guint64)G_MAXINT64 >> 10 >> shift)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "size \"%.40s\" is %s", text, number ? "too large" : "zero");
        return false;
    }
    *kib = number << shift;
    return true;
}

char *size_format_kib(guint64 kib)
{
    static const char units[] = "KMGT";
    gsize unit = 0;
    while (kib && kib % 1024 == 0 && units[unit + 1]) {
        kib /= 1024;
        unit++;
    }
    return g_strdup_printf("%" G_GUINT64_FORMAT "%c", kib, units[unit]);
}

bool guest_name_check(const char *name, GError **error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+";
    gsize length = strlen(name);
    if (length >= 1 && length <= 63 && g_ascii_isalnum(name[0]) && strspn(name, allowed) == length)
        return true;
    g_autofree char *shown = g_strescape(name, NULL);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "guest name \"%.80s\" cannot be used: use 1 to 63 of letters, digits, - _ . +, a letter or digit first", shown);
    return false;
}
