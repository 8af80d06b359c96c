/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/check-list.h"

#include <string.h>

#include "common/error.h"
#include "common/kernel-module.h"
#include "common/suggest.h"

static const CheckSpec *const lists[] = {check_list_kvm, check_list_kvm_device, check_list_xen, check_list_xen_service, check_list_rest};

const char *check_state_name(CheckState state)
{
    switch (state) {
    case CHECK_OK:
        return "ok";
    case CHECK_NOT_APPLICABLE:
        return "not-applicable";
    case CHECK_UNKNOWN:
        return "unknown";
    case CHECK_WARNING:
        return "warning";
    case CHECK_BROKEN:
        return "broken";
    }
    return "";
}

static void fix_free(void *data)
{
    Fix *fix = data;
    g_free(fix->word);
    g_free(fix);
}

static Check *check_new(const CheckSpec *spec)
{
    Check *check = g_new0(Check, 1);
    check->name = spec->name;
    check->title = spec->title;
    check->fixes = g_ptr_array_new_with_free_func(fix_free);
    return check;
}

void check_free(Check *check)
{
    if (!check)
        return;
    g_free(check->evidence);
    g_free(check->remedy);
    g_ptr_array_unref(check->fixes);
    g_free(check);
}

void check_set(Check *check, CheckState state, const char *evidence, ...)
{
    va_list args;
    va_start(args, evidence);
    char *text = g_strdup_vprintf(evidence, args);
    va_end(args);
    check->state = state;
    g_free(check->evidence);
    check->evidence = text;
}

void check_remedy(Check *check, const char *remedy, ...)
{
    va_list args;
    va_start(args, remedy);
    char *text = g_strdup_vprintf(remedy, args);
    va_end(args);
    g_free(check->remedy);
    check->remedy = text;
}

char *check_install(const CheckFacts *facts, Package package)
{
    return distro_install(facts->distro, package, facts->probed ? facts->host->arch : NULL);
}

void check_remedy_install(Check *check, const CheckFacts *facts, Package package)
{
    g_free(check->remedy);
    check->remedy = check_install(facts, package);
}

void check_add_fix(Check *check, FixKind kind, const char *word)
{
    Fix *fix = g_new0(Fix, 1);
    fix->kind = kind;
    fix->word = g_strdup(word);
    g_ptr_array_add(check->fixes, fix);
}

/* What has been written already is not asked for again. */
static void load_module(Check *check, const CheckFacts *facts, const char *name)
{
    g_autofree char *at_boot = module_at_boot(facts->tree, name);
    if (at_boot && facts->here)
        check_remedy(check, "modprobe %s, which --fix does (%s loads it at each boot)", name, at_boot);
    else if (at_boot)
        check_remedy(check, "boot that system, or run there: modprobe %s (%s loads it at each boot)", name, at_boot);
    else
        check_remedy(check, "modprobe %s, and a line %s in /etc/modules-load.d/guestctl.conf; --fix does both", name, name);
    if (facts->here || !at_boot)
        check_add_fix(check, FIX_LOAD_MODULE, name);
}

void check_missing_module(Check *check, const CheckFacts *facts, CheckState state, const char *name)
{
    g_autofree char *forbidden = module_forbidden(facts->tree, name);
    if (forbidden) {
        bool at_boot = g_str_equal(forbidden, "/proc/cmdline");
        check_set(check, state, "the module %s is not loaded, and %s keeps it out", name, forbidden);
        if (at_boot) {
            check_remedy(check, "if that is no longer wanted, take %s out of module_blacklist= and modprobe.blacklist= on the kernel's command "
                                "line, and reboot", name);
            return;
        }
        check_remedy(check, "if that is no longer wanted, remove the line about %s from %s, then: modprobe %s", name, forbidden, name);
        return;
    }
    switch (module_file(facts->tree, name)) {
    case MODULE_NO_LOADER:
        check_set(check, state, "%s is not built into this kernel, which takes no modules (no /proc/modules)", name);
        check_remedy(check, "boot a kernel that has it, such as your distribution's");
        break;
    case MODULE_NO_FILE:
        check_set(check, state, "the module %s is not loaded, and modules.dep of the running kernel does not have it", name);
        check_remedy_install(check, facts, PACKAGE_KERNEL);
        break;
    case MODULE_NOT_KNOWN:
        if (!sys_exists(facts->tree, "/proc/modules")) {
            check_set(check, CHECK_UNKNOWN, "there is no /proc/modules that would tell whether %s is loaded", name);
            break;
        }
        G_GNUC_FALLTHROUGH;
    case MODULE_CAN_LOAD:
        check_set(check, state, "the module %s is not loaded (not in /proc/modules)", name);
        load_module(check, facts, name);
        break;
    }
}

const char **check_names(void)
{
    GPtrArray *names = g_ptr_array_new();
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        for (const CheckSpec *spec = lists[i]; spec->name; spec++)
            g_ptr_array_add(names, (gpointer)(guintptr)spec->name);
    g_ptr_array_add(names, NULL);
    return (const char **)g_ptr_array_free(names, FALSE);
}

bool check_name_matches(const char *name, const char *wanted)
{
    gsize n = strlen(wanted);
    return g_str_has_prefix(name, wanted) && (name[n] == '\0' || name[n] == '.');
}

bool check_name_valid(const char *wanted, GError **error)
{
    g_autofree const char **names = check_names();
    for (const char **name = names; *name; name++)
        if (check_name_matches(*name, wanted))
            return true;
    const char *nearest = suggest_nearest(wanted, names);
    g_autofree char *list = nearest ? NULL : g_strjoinv(", ", (GStrv)names);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "\"%s\" is not a check; %s%s%s", wanted,
                nearest ? "did you mean " : "use one of: ", nearest ? nearest : list, nearest ? "?" : "");
    return false;
}

/* Why a check cannot be made or need not be; false: it can. */
static bool skip(const CheckFacts *facts, const CheckSpec *spec, Check *check)
{
    bool on_xen = check_on_xen(facts);
    if ((spec->flags & OF_KVM) && on_xen)
        check_set(check, CHECK_NOT_APPLICABLE, "this is a Xen control domain: guests run on Xen");
    else if ((spec->flags & OF_XEN) && !on_xen)
        check_set(check, CHECK_NOT_APPLICABLE, "this is not a Xen control domain");
    else if ((spec->flags & NEEDS_FILES) && !facts->tree)
        check_set(check, CHECK_UNKNOWN, "no files of this machine are here: --host has what it can do; add --root for a copy of its files");
    else if ((spec->flags & NEEDS_PROBE) && !facts->probed)
        check_set(check, CHECK_UNKNOWN, "files do not tell this: run it on the machine itself, or add with --host what "
                                        "`guestctl host save` wrote there");
    else
        return false;
    return true;
}

/* What could not be read takes the ground from under a bad result, and from "there is none": it is then not known. */
static void doubt(const CheckFacts *facts, Check *check)
{
    if (!facts->tree || facts->tree->faults->len == 0 || check->state == CHECK_OK)
        return;
    check_set(check, CHECK_UNKNOWN, "%s", (const char *)facts->tree->faults->pdata[0]);
    check_remedy(check, "run this as root, or see why that cannot be read");
    g_ptr_array_set_size(check->fixes, 0);
}

static bool wanted(const char *name, const char *const *names)
{
    if (!names || !*names)
        return true;
    for (; *names; names++)
        if (check_name_matches(name, *names))
            return true;
    return false;
}

GPtrArray *check_run(const CheckFacts *facts, const char *const *names)
{
    GPtrArray *checks = g_ptr_array_new_with_free_func((GDestroyNotify)check_free);
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        for (const CheckSpec *spec = lists[i]; spec->name; spec++) {
            if (!wanted(spec->name, names))
                continue;
            Check *check = check_new(spec);
            g_ptr_array_add(checks, check);
            if (facts->tree)
                sys_tree_forget_faults(facts->tree);
            if (skip(facts, spec, check))
                continue;
            spec->look(facts, check);
            doubt(facts, check);
        }
    return checks;
}

guint check_count(const GPtrArray *checks, CheckState state)
{
    guint count = 0;
    for (guint i = 0; i < checks->len; i++)
        count += ((const Check *)checks->pdata[i])->state == state;
    return count;
}
