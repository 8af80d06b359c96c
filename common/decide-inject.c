/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decider.h"
#include "common/error.h"
#include "common/inject/inject.h"
#include "common/seed/seed.h"
#include "common/storage/storage.h"

/* By nova's inject_key and inject_password of guestctl.conf: what [cloud-init] has is put into the disk as well. */
static bool adds_keys(const Decider *d)
{
    const GPtrArray *keys = d->request->seed.keys;
    return d->policy->inject.key && keys && keys->len > 0;
}

static bool adds_password(const Decider *d)
{
    return d->policy->inject.password && d->request->seed.password_hash;
}

static const char *policy_because(const Decider *d)
{
    char *const *of = d->policy->inject.said;
    return adds_keys(d) ? of[INJECT_POLICY_KEY] : of[INJECT_POLICY_PASSWORD];
}

/* Whether anything is asked for. The seed is the way where there is cloud-init. */
static bool is_wanted(Decider *d)
{
    bool by_policy = adds_keys(d) || adds_password(d);
    if (d->request->inject.asked)
        return true;
    if (!by_policy || d->policy->inject.partition == INJECT_DISABLED)
        return false;
    if (!d->request->seed.image_takes_it)
        return true;
    decided(d, SEVERITY_INFO, "inject", "%s, but the image has cloud-init, and finds it in the seed", policy_because(d));
    return false;
}

/* Files are put into a disk that is the guest's own, and once: in the plan that makes it. Never into what is shared, and never
 * into a file of the user's. NULL: nothing is to be done, or it was refused. */
static StorageDisk *target(Decider *d)
{
    const GuestDisk *root = d->guest->disks->len ? d->guest->disks->pdata[0] : NULL;
    bool asked = d->request->inject.asked;
    if (!asked && (!root || !root->storage || (root->create && !root->create->base))) {
        decided(d, SEVERITY_WARNING, "inject", "%s, but the disk that the guest boots from is not made of a stored image: nothing is put into it", policy_because(d));
        return NULL;
    }
    if (!root || !root->storage) {
        refuse(d, GUESTCTL_ERROR_INVALID,
               "inject: %s%s%s: nothing is put into it; import the image (guestctl image import), so that this guest gets a disk of its own, or use [cloud-init]",
               root ? "disk \"" : "the guest has no disk", root ? root->name : "", root ? "\" is used as it is and is not this guest's own" : "");
        return NULL;
    }
    if (!root->create) {
        const StorageDisk *there = ((const RequestDisk *)d->request->disks->pdata[0])->there;
        if (there && there->injected)
            decided(d, SEVERITY_INFO, "inject", "it was done when the disk was made before, and is not done again");
        else /* of a guest's own file it is a wish that is not met */
            decided(d, asked ? SEVERITY_WARNING : SEVERITY_INFO, "inject",
                    "the disk was made before, without it, and files are put into a disk only before its first boot; to have it made anew: guestctl disk delete %s %s",
                    d->guest->name, root->name);
        return NULL;
    }
    if (root->create->base)
        return root->create;
    refuse(d, GUESTCTL_ERROR_INVALID, "inject: disk \"%s\" is made empty, and there is nothing to put files into; name an image, or leave [inject] out", root->name);
    return NULL;
}

static const char *partition_because(const Decider *d)
{
    const char *policy = d->policy->inject.said[INJECT_POLICY_PARTITION];
    return d->request->inject.partition ? "the guest file" : policy ? policy : "none is named: the root is looked for";
}

/* nova 18.1.0 libvirt/driver.py: inject_partition; and a disk whose kernel is another image has no partitions. */
static bool decide_partition(Decider *d, Inject *inject)
{
    const char *asked = d->request->inject.partition;
    g_autoptr(GError) error = NULL;
    inject->partition = d->policy->inject.partition;
    if (asked && !inject_partition_parse(asked, &inject->partition, &error)) {
        refuse(d, GUESTCTL_ERROR_INVALID, "inject: %s", error->message);
        return false;
    }
    if (inject->partition == INJECT_DISABLED && !asked) {
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "inject: %s, so nothing is put into guests here; set partition in the guest file's [inject], or leave that group out",
               partition_because(d));
        return false;
    }
    if (inject->partition == INJECT_DISABLED) {
        decided(d, SEVERITY_INFO, "inject", "the guest file: partition = %s", asked);
        return false;
    }
    return true;
}

static void say_partition(Decider *d, Inject *inject)
{
    const char *asked = d->request->inject.partition;
    bool no_table = !asked && inject->partition > INJECT_WHOLE && d->request->image_kernel;
    if (no_table)
        inject->partition = INJECT_WHOLE;
    d->guest->inject_partition = inject_partition_text(inject->partition);
    if (no_table)
        decided(d, SEVERITY_INFO, "inject.partition", "%s, but %s: as in nova, such a disk has no partitions", partition_because(d), said(d, "kernel_id"));
    else
        decided(d, SEVERITY_INFO, "inject.partition", "%s", partition_because(d));
}

static void decide_password(Decider *d, Inject *inject)
{
    const char *asked = d->request->inject.password_hash;
    bool of_seed = !asked && adds_password(d);
    g_autoptr(GError) error = NULL;
    inject->password_hash = g_strdup(of_seed ? d->request->seed.password_hash : asked);
    d->guest->inject_password = inject->password_hash ? g_strdup("set") : NULL;
    decided(d, SEVERITY_INFO, "inject.password", of_seed ? "%s: that of [cloud-init]" : asked ? "the guest file's password-hash" : "none is given",
            d->policy->inject.said[INJECT_POLICY_PASSWORD]);
    if (inject->password_hash && !seed_password_hash_check(inject->password_hash, &error))
        refuse(d, GUESTCTL_ERROR_INVALID, "inject: password-hash: %s", error->message);
}

static void add_keys(GPtrArray *all, const GPtrArray *keys)
{
    for (guint i = 0; keys && i < keys->len; i++)
        if (!g_ptr_array_find_with_equal_func(all, keys->pdata[i], g_str_equal, NULL))
            g_ptr_array_add(all, g_strdup(keys->pdata[i]));
}

static void decide_keys(Decider *d, Inject *inject)
{
    GPtrArray *all = g_ptr_array_new();
    add_keys(all, d->request->inject.keys);
    if (adds_keys(d))
        add_keys(all, d->request->seed.keys);
    d->guest->inject_keys = all->len;
    decided(d, SEVERITY_INFO, "inject.ssh-keys", adds_keys(d) ? "%s: those of [cloud-init] too" : all->len ? "the guest file" : "none is given",
            d->policy->inject.said[INJECT_POLICY_KEY]);
    g_ptr_array_add(all, NULL);
    inject->keys = (GStrv)g_ptr_array_free(all, FALSE);
}

static void decide_accounts(Decider *d, Inject *inject)
{
    const RequestInject *asked = &d->request->inject;
    g_autoptr(GError) error = NULL;
    inject->user = g_strdup(asked->user ? asked->user : "root");
    decided(d, SEVERITY_INFO, "inject.user", asked->user ? "the guest file" : "as nova: the one whom every image has");
    if (!seed_user_check(inject->user, &error))
        refuse(d, GUESTCTL_ERROR_INVALID, "inject: user: %s", error->message);
    decide_password(d, inject);
    decide_keys(d, inject);
}

/* Both are asked for, and cloud-init comes last: it sets the name at the first boot. */
static void decide_hostname(Decider *d, Inject *inject)
{
    const RequestInject *asked = &d->request->inject;
    const char *of_seed = d->guest->seed_hostname;
    g_autoptr(GError) error = NULL;
    inject->hostname = g_strdup(asked->hostname);
    if (asked->hostname && !seed_hostname_check(asked->hostname, &error))
        refuse(d, GUESTCTL_ERROR_INVALID, "inject: hostname: %s", error->message);
    if (asked->hostname && of_seed && !g_str_equal(asked->hostname, of_seed))
        decided(d, SEVERITY_WARNING, "inject.hostname", "the guest file's [inject]; but there is a seed, too, and cloud-init will change it to %s", of_seed);
    else
        decided(d, SEVERITY_INFO, "inject.hostname", asked->hostname ? "the guest file" : "none is given: the image's own stays");
}

static void decide_files(Decider *d, Inject *inject)
{
    const GPtrArray *contents = d->request->inject.contents;
    gsize all = 0;
    g_autoptr(GString) paths = g_string_new(NULL);
    for (guint i = 0; contents && i < contents->len; i++) {
        const InjectFile *file = contents->pdata[i];
        for (guint k = 0; k < i; k++)
            if (g_str_equal(((const InjectFile *)contents->pdata[k])->path, file->path))
                refuse(d, GUESTCTL_ERROR_INVALID, "inject: file: %s is there twice; leave one of them out", file->path);
        InjectFile *copy = g_new0(InjectFile, 1);
        *copy = (InjectFile){g_strdup(file->path), file->mode, g_bytes_ref(file->bytes)};
        g_ptr_array_add(inject->files, copy);
        all += g_bytes_get_size(file->bytes);
        g_string_append_printf(paths, "%s%s", i ? ", " : "", file->path);
    }
    if (all > INJECT_ALL_MAX || inject->files->len > INJECT_FILES_MAX)
        refuse(d, GUESTCTL_ERROR_INVALID, "inject: file: %u files of %" G_GSIZE_FORMAT " bytes together are more than %d files or %d bytes; put them into the image",
               inject->files->len, all, INJECT_FILES_MAX, INJECT_ALL_MAX);
    d->guest->inject_files = paths->len ? g_strdup(paths->str) : NULL;
    decided(d, SEVERITY_INFO, "inject.files", paths->len ? "the guest file, byte for byte" : "none is given");
}

static void decide_failure(Decider *d, Inject *inject)
{
    const char *asked = d->request->inject.on_failure;
    inject->carry_on = g_strcmp0(asked, "continue") == 0;
    if (asked && !inject->carry_on && !g_str_equal(asked, "stop"))
        refuse(d, GUESTCTL_ERROR_INVALID, "inject: on-failure \"%.40s\" is not known (use stop or continue)", asked);
    d->guest->inject_on_failure = g_strdup(inject->carry_on ? "continue" : "stop");
    decided(d, SEVERITY_INFO, "inject.on-failure", asked ? "the guest file" : "without what it was to get, the guest is not what was asked for");
    inject->kvm = d->host->kvm.kvm_works;
    d->guest->inject_appliance = g_strdup(inject->kvm ? "kvm" : "emulated");
    decided(d, SEVERITY_INFO, "inject.appliance", inject->kvm ? "KVM works here" : "KVM does not work here: it takes half a minute");
}

void decide_inject(Decider *d)
{
    const RequestInject *asked = &d->request->inject;
    Guest *guest = d->guest;
    if (d->refusals->len || !is_wanted(d)) /* what is wrong with the disks is said already */
        return;
    g_autoptr(Inject) inject = inject_new();
    StorageDisk *disk = decide_partition(d, inject) ? target(d) : NULL;
    if (!disk)
        return;
    if (asked->asked)
        decided(d, SEVERITY_INFO, "inject", "the guest file has [inject]%s", guest->seed ? "; cloud-init's seed is made as well, and is read later" : "");
    else
        decided(d, SEVERITY_INFO, "inject", "%s, and the image is not known to have cloud-init", policy_because(d));
    disk->injected = true;
    guest->inject = g_strdup("libguestfs");
    say_partition(d, inject);
    decide_files(d, inject);
    decide_hostname(d, inject);
    guest->inject_hostname = g_strdup(inject->hostname);
    decide_accounts(d, inject);
    guest->inject_user = g_strdup(inject->user);
    decide_failure(d, inject);
    inject->guest = g_strdup(guest->name);
    inject->disk = g_strdup(disk->name);
    inject->storage = g_strdup(disk->storage);
    inject->path = g_strdup(disk->path);
    inject->format = disk->format;
    inject->ceph_conf = g_strdup(disk->conf);
    inject->rbd_user = g_strdup(disk->user);
    inject->scratch = g_strdup(asked->scratch);
    inject->cache = g_strdup(asked->cache);
    if (d->refusals->len == 0)
        guest->inject_text = inject_to_json(inject);
}
