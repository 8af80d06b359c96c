/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decider.h"
#include "common/error.h"
#include "common/json-strict.h"
#include "common/seed/seed.h"

#define DISK_NAME "seed"
#define INSTANCE_ID_MAX 64

/* nova 18.1.0 compute/api.py 530-606: img_config_drive is optional or mandatory, and mandatory always makes one. */
static bool choose(Decider *d, SeedKind *kind)
{
    const RequestSeed *asked = &d->request->seed;
    const char *property = wish(d, "img_config_drive");
    bool mandatory = g_strcmp0(property, "mandatory") == 0;
    bool none = g_strcmp0(asked->kind, "none") == 0;
    *kind = mandatory ? SEED_CONFIG_DRIVE : SEED_NOCLOUD;
    if (asked->kind && !none && !seed_kind_parse(asked->kind, kind)) {
        refuse(d, GUESTCTL_ERROR_INVALID, "seed \"%.40s\" is not known (use nocloud, config-drive or none)", asked->kind);
        return false;
    }
    if (mandatory && none)
        decided(d, SEVERITY_WARNING, "seed", "%s, but the guest file or option seed wants none", said(d, "img_config_drive"));
    else if (none)
        decided(d, SEVERITY_INFO, "seed", "the guest file or option seed");
    else if (mandatory && *kind != SEED_CONFIG_DRIVE)
        decided(d, SEVERITY_TRANSLATION, "seed", "%s, but the guest file or option seed wants the other kind", said(d, "img_config_drive"));
    else if (asked->kind)
        decided(d, SEVERITY_INFO, "seed", "the guest file or option seed");
    else if (mandatory)
        decided(d, SEVERITY_INFO, "seed", "%s", said(d, "img_config_drive"));
    else if (asked->asked)
        decided(d, SEVERITY_INFO, "seed", "the guest file or an option has something for cloud-init");
    else if (asked->image_takes_it)
        decided(d, SEVERITY_INFO, "seed", "the image has cloud-init, which else looks for its data on the network, and may wait there; seed = none: no seed");
    else
        decided(d, SEVERITY_INFO, "seed", property ? "%s, and nothing is to be told to cloud-init" : "nothing is to be told to cloud-init", said(d, "img_config_drive"));
    return !none && (asked->kind || mandatory || asked->asked || asked->image_takes_it);
}

/* instance-id says to cloud-init whether this is a new machine: if so it makes new SSH host keys and runs everything of a first
 * boot again, disk setup and the user's own commands with it. So it is the guest's for life, as in nova, and does not follow what
 * the seed says; who wants all of that again sets another one. */
static void decide_instance_id(Decider *d, const RequestSeed *asked)
{
    Guest *guest = d->guest;
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    guest->seed_instance_id = g_strdup(asked->instance_id ? asked->instance_id : guest->uuid);
    if (strspn(guest->seed_instance_id, allowed) != strlen(guest->seed_instance_id) || strlen(guest->seed_instance_id) > INSTANCE_ID_MAX)
        refuse(d, GUESTCTL_ERROR_INVALID, "instance-id \"%.70s\" is not of 1 to %d letters, digits, '.', '_' and '-'", asked->instance_id, INSTANCE_ID_MAX);
    decided(d, SEVERITY_INFO, "seed.instance-id", "%s", asked->instance_id ? "the guest file" : "the guest's UUID: with another one cloud-init would do a first boot again");
}

static void decide_names(Decider *d, const RequestSeed *asked)
{
    Guest *guest = d->guest;
    g_autoptr(GError) error = NULL;
    guest->seed_hostname = asked->hostname ? g_strdup(asked->hostname) : seed_hostname_of(guest->name);
    decided(d, SEVERITY_INFO, "seed.hostname", asked->hostname ? "the guest file or option hostname" : "the guest's name");
    if (!seed_hostname_check(guest->seed_hostname, &error))
        refuse(d, GUESTCTL_ERROR_INVALID, "hostname: %s", error->message);
    g_clear_error(&error);

    guest->seed_user = g_strdup(asked->user);
    decided(d, SEVERITY_INFO, "seed.user", asked->user ? "the guest file" : "the image's own default user");
    if (asked->user && !seed_user_check(asked->user, &error))
        refuse(d, GUESTCTL_ERROR_INVALID, "user: %s", error->message);
    g_clear_error(&error);

    guest->seed_password = asked->password_hash ? g_strdup("set") : NULL;
    /* cloud-init 22.4 schema-cloud-config-v1.json: "user" needs a name; config/cc_users_groups.py does without one. */
    const char *password = asked->user ? "the guest file's password-hash"
                                       : "the guest file's password-hash, of the image's default user; cloud-init takes it, and calls a user without a name "
                                         "invalid in its log: set user to be rid of that";
    decided(d, SEVERITY_INFO, "seed.password", "%s", asked->password_hash ? password : "none is set: log in by key");
    if (asked->password_hash && !seed_password_hash_check(asked->password_hash, &error))
        refuse(d, GUESTCTL_ERROR_INVALID, "password-hash: %s", error->message);

    guest->seed_keys = asked->keys ? asked->keys->len : 0;
    decided(d, SEVERITY_INFO, "seed.ssh-keys", guest->seed_keys ? "the guest file or option ssh-key" : "none is given");
}

static bool is_json_object(GBytes *bytes)
{
    static const JsonStrictLimits limits = {SEED_NETWORK_MAX, 16};
    gsize size = 0;
    const char *data = g_bytes_get_data(bytes, &size);
    g_autoptr(JsonNode) root = size ? json_strict_parse(data, size, &limits, NULL) : NULL;
    return root && JSON_NODE_HOLDS_OBJECT(root);
}

static void decide_files(Decider *d, const RequestSeed *asked, SeedKind kind)
{
    Guest *guest = d->guest;
    guest->seed_user_data = g_strdup(asked->user_data ? asked->user_data : "generated");
    if (!asked->user_data)
        decided(d, SEVERITY_INFO, "seed.user-data", "no user-data is given");
    else if (!asked->user_data_bytes || seed_user_data_is_known(asked->user_data_bytes))
        decided(d, SEVERITY_INFO, "seed.user-data", "the guest file or option user-data, byte for byte");
    else
        decided(d, SEVERITY_WARNING, "seed.user-data",
                "the guest file or option user-data; by its first line cloud-init does not know it and will not use it (such are #cloud-config and #!/bin/sh)");
    if (asked->user_data && (asked->user || asked->password_hash))
        refuse(d, GUESTCTL_ERROR_INVALID, "user-data is passed as it is, so %s has no place in it; write it into %s", asked->user ? "user" : "password-hash",
               asked->user_data);

    guest->seed_network_config = g_strdup(asked->network_config);
    decided(d, SEVERITY_INFO, "seed.network-config", asked->network_config ? "the guest file, byte for byte" : "none is given: cloud-init asks for DHCP by itself");
    if (kind == SEED_CONFIG_DRIVE && asked->network_config_bytes && !is_json_object(asked->network_config_bytes))
        refuse(d, GUESTCTL_ERROR_INVALID, "network-config: %s is not JSON, and a config drive has OpenStack's network_data.json; write such a file, or use seed = nocloud",
               asked->network_config);
}

/* The machine q35 has no IDE. */
static bool lacks_ide(const Decider *d)
{
    const char *machine = d->guest->machine;
    return !d->xen && machine && (g_str_has_prefix(machine, "q35") || g_str_has_prefix(machine, "pc-q35"));
}

static void add_disk(Decider *d, const RequestSeed *asked)
{
    bool hvm = d->guest->mode == VM_MODE_HVM;
    const struct {
        const char *member, *because;
    } known[] = {
        {"path", "made anew at each start, beside the guest's other files"},
        {"device", hvm ? "nova's default for a config drive" : "a guest without emulated devices has no CD-ROM"},
        {"format", "an ISO 9660 volume"},
        {"read-only", "it is only read"},
        {"discard", "it is only read"},
    };
    RequestDisk disk = {.name = (char *)DISK_NAME, .path = asked->path, .device = (char *)(hvm ? "cdrom" : "disk"), .read_only = 1, .discard = -1,
                        .known = true, .info = {.format = DISK_FORMAT_ISO, .file_size = 1}};
    bool choose_bus = !hvm || (lacks_ide(d) && !wish(d, "hw_cdrom_bus"));
    if (choose_bus)
        disk.bus = (char *)(hvm ? "sata" : "xen");
    for (guint i = 0; i < d->request->disks->len; i++)
        if (g_str_equal(((const RequestDisk *)d->request->disks->pdata[i])->name, DISK_NAME)) {
            refuse(d, GUESTCTL_ERROR_INVALID, "disk \"" DISK_NAME "\": that is the name of cloud-init's disk; give this one another, or set seed = none in [cloud-init]");
            return;
        }
    decide_disk(d, &disk);
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        decided_of(d, SEVERITY_INFO, "disk", DISK_NAME, known[i].member, "%s", known[i].because);
    if (choose_bus)
        decided_of(d, SEVERITY_INFO, "disk", DISK_NAME, "bus", hvm ? "this machine has no IDE" : "the only one of such a guest");
    if (!d->xen)
        decided_of(d, SEVERITY_INFO, "disk", DISK_NAME, "cache", "it is small and only read");
}

void decide_seed(Decider *d)
{
    Guest *guest = d->guest;
    const RequestSeed *asked = &d->request->seed;
    SeedKind kind;
    if (!choose(d, &kind))
        return;
    if (!asked->path) {
        refuse(d, GUESTCTL_ERROR_NOT_FOUND, "seed: it is not known where to keep it");
        return;
    }
    guest->seed = g_strdup(seed_kind_name(kind));
    decide_instance_id(d, asked);
    decide_names(d, asked);
    decide_files(d, asked, kind);
    add_disk(d, asked);
    if (d->refusals->len)
        return;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    const SeedContent content = {
        .kind = kind,
        .guest = guest->name,
        .instance_id = guest->seed_instance_id,
        .hostname = guest->seed_hostname,
        .user = asked->user,
        .password_hash = asked->password_hash,
        .keys = asked->keys ? asked->keys : none,
        .user_data = asked->user_data_bytes,
        .network_config = asked->network_config_bytes,
    };
    guest->seed_path = g_strdup(asked->path);
    guest->seed_text = seed_text(&content);
}
