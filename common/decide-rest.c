/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/decider.h"

/* How many of each kind are told one by one. A document of strangers may have thousands, and every reason is in
 * the plan, its journal and the guest's note. Of names that nova knows only a family (trait:) can be as many. */
enum { UNREAD_MAX = 128, UNKNOWN_MAX = 32, WARNINGS_MAX = 64 };

static bool is_descriptive(const char *name)
{
    static const char *const descriptive[] = {
        "os_distro", "os_version", "os_admin_user", "img_owner_id", "img_version", "img_type", "img_use_agent", "instance_uuid",
        "rootfs_uuid", "img_bdm_v2", "img_mappings", "img_block_device_mapping", "img_cache_in_nova", "img_bittorrent",
        "img_compression_level", "img_linked_clone", "hw_auto_disk_config", "hw_device_id", "hw_disk_type", "os_skip_agent_inject_ssh",
        "os_skip_agent_inject_files_at_boot", "ramdisk_id", "hw_rescue_bus", "hw_rescue_device", NULL};
    return g_strv_contains(descriptive, name) || g_str_has_prefix(name, "owner_specified");
}

/* A requirement when it says so, else a description. */
static bool is_requirement(const ImageProperty *property)
{
    return g_str_equal(property->value, "mandatory") || g_str_equal(property->value, "true");
}

static bool is_harmless(const ImageProperty *property)
{
    static const char *const may_require[] = {"os_require_quiesce", NULL};
    return is_descriptive(property->name) || (g_strv_contains(may_require, property->name) && !is_requirement(property));
}

/* What no rule above read is said too: some properties only describe the image, the others are wishes that
 * nothing here fulfils. */
static void report_unread(Decider *d)
{
    guint told = 0, more = 0;
    Severity worst = SEVERITY_INFO;
    for (guint i = 0; i < d->image->properties->len; i++) {
        const ImageProperty *property = d->image->properties->pdata[i];
        if (g_hash_table_contains(d->used, property->name))
            continue;
        bool harmless = is_harmless(property);
        if (told == UNREAD_MAX) {
            worst = harmless ? worst : SEVERITY_WARNING;
            more++;
            continue;
        }
        told++;
        g_autofree char *field = g_strconcat("image ", property->name, NULL);
        if (harmless)
            decided(d, SEVERITY_INFO, field, "describes the image; nothing is decided by it");
        else
            decided(d, SEVERITY_WARNING, field, "%s is not supported on %s: it is not done", said(d, property->name), hypervisor(d));
    }
    if (more)
        decided(d, worst, "other image properties", "and %u more properties by which nothing is decided, see guestctl image show", more);
}

static void report_unknown(Decider *d)
{
    const GPtrArray *unknown = d->image->unknown;
    for (guint i = 0; i < MIN(unknown->len, UNKNOWN_MAX); i++) {
        const ImageProperty *property = unknown->pdata[i];
        g_autofree char *field = g_strdup_printf("image %.64s", property->name);
        decided(d, SEVERITY_INFO, field, "not a property that nova knows: kept, and nothing is decided by it");
    }
    if (unknown->len > UNKNOWN_MAX)
        decided(d, SEVERITY_INFO, "unknown image properties", "and %u more unknown properties, see guestctl image show",
                unknown->len - UNKNOWN_MAX);
}

static void report_warnings(Decider *d)
{
    const GPtrArray *warnings = d->image->warnings;
    for (guint i = 0; i < MIN(warnings->len, WARNINGS_MAX); i++) {
        g_autofree char *field = g_strdup_printf("image metadata %u", i + 1);
        decided(d, SEVERITY_INFO, field, "%s", (const char *)warnings->pdata[i]);
    }
    if (warnings->len > WARNINGS_MAX)
        decided(d, SEVERITY_INFO, "other image metadata", "and %u more remarks about the image, see guestctl image show",
                warnings->len - WARNINGS_MAX);
}

void decide_rest(Decider *d)
{
    report_unread(d);
    report_unknown(d);
    report_warnings(d);
}
