/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/check-list.h"

/* What runs in dom0: the services that guests need, and other toolstacks that act on the same guests. */

static const Process *find_process(const CheckFacts *facts, const char *name)
{
    for (guint i = 0; i < facts->processes->len; i++) {
        const Process *process = facts->processes->pdata[i];
        if (g_str_equal(process->name, name))
            return process;
    }
    return NULL;
}

/* A copy of files may have no processes at all. */
static bool no_processes(const CheckFacts *facts, Check *check)
{
    if (facts->processes->len > 0)
        return false;
    check_set(check, CHECK_UNKNOWN, "no processes of that machine are here (/proc/*/comm)");
    return true;
}

/* It may be C or OCaml, or in a domain of its own with no process here. */
static void look_at_xenstored(const CheckFacts *facts, Check *check)
{
    static const char *const names[] = {"xenstored", "oxenstored"};
    bool socket = sys_exists(facts->tree, "/run/xenstored/socket");
    const Process *process = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(names) && !process; i++)
        process = find_process(facts, names[i]);
    if (process)
        check_set(check, CHECK_OK, "%s runs (process %s)", process->name, process->pid);
    else if (facts->here && facts->host->xen.usable)
        check_set(check, CHECK_OK, "xenstore answers, with no process here: it has a domain of its own");
    else if (!no_processes(facts, check)) {
        check_set(check, CHECK_BROKEN, "no process xenstored or oxenstored, and %s",
                  socket ? "/run/xenstored/socket is left of one" : "no /run/xenstored/socket");
        g_autofree char *start = distro_start_xen(facts->distro);
        check_remedy(check, "%s; if it ran and has died, what it knew of running guests is lost: reboot once they are shut down", start);
    }
}

static void look_at_xenconsoled(const CheckFacts *facts, Check *check)
{
    const Process *process = find_process(facts, "xenconsoled");
    if (process)
        check_set(check, CHECK_OK, "xenconsoled runs (process %s)", process->pid);
    else if (!no_processes(facts, check)) {
        check_set(check, CHECK_BROKEN, "no process xenconsoled: consoles of PV and PVH guests show nothing, and Linux in them may wait for ever");
        g_autofree char *start = distro_start_xen(facts->distro);
        check_remedy(check, "%s", start);
    }
}

typedef struct Rival {
    const char *name;      /* of the process */
    const char *argument;  /* its first argument, its last part if it is a path; NULL: any */
    const char *map;       /* that it must have loaded; NULL: any */
    CheckState state;
    const char *what, *remedy;
} Rival;

/* xend and XAPI keep their own idea of each domain and correct what differs; the others look on. */
static const Rival rivals[] = {
    {"xend", NULL, NULL, CHECK_BROKEN, "xend, which takes all domains for its own", "stop it for good: it was removed in Xen 4.5"},
    {"python", "xend", NULL, CHECK_BROKEN, "xend, which takes all domains for its own", "stop it for good: it was removed in Xen 4.5"},
    {"xapi", NULL, NULL, CHECK_BROKEN, "XAPI, which takes all domains for its own", "manage this host with xe, or take XAPI off it"},
    {"xenopsd", NULL, NULL, CHECK_BROKEN, "XAPI's xenopsd, which takes all domains for its own", "manage this host with xe, or take XAPI off it"},
    {"virtxend", NULL, NULL, CHECK_WARNING, "libvirt's Xen driver, which may take memory from dom0 for its guests",
     "set autoballoon = 0 in /etc/libvirt/libxl.conf; or, without guests of its own: systemctl disable --now virtxend.socket virtxend"},
    {"libvirtd", NULL, "libvirt_driver_libxl", CHECK_WARNING, "libvirt with its Xen driver, which may take memory from dom0 for its guests",
     "set autoballoon = 0 in /etc/libvirt/libxl.conf; or remove the driver if no guest of its own is left"},
    {"xl", "create", NULL, CHECK_WARNING, "xl, which watches a guest of its own", "end the guest with xl; guestctl does not touch it without --force"},
    {"xl", "restore", NULL, CHECK_WARNING, "xl, which watches a guest of its own", "end the guest with xl; guestctl does not touch it without --force"},
    {"xl", "migrate-receive", NULL, CHECK_WARNING, "xl, which watches a guest that came from another host",
     "end the guest with xl; guestctl does not touch it without --force"},
};

/* Whether a library is loaded: not to be known of another user's process, and not of a copy without maps. */
static bool has_loaded(const CheckFacts *facts, const Process *process, const char *library)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/maps", process->pid);
    g_autofree char *maps = sys_try_read(facts->tree, path, 4 * 1024 * 1024, NULL, NULL);
    return maps && strstr(maps, library);
}

/* The first that is no option: what `xl` is to do, or the program that an interpreter runs. */
static bool has_argument(const Process *process, const char *wanted)
{
    char **word = process->words;
    if (!*word)
        return false;
    for (word++; *word && **word == '-'; word++)
        ;
    g_autofree char *last = *word ? g_path_get_basename(*word) : NULL;
    return g_strcmp0(last, wanted) == 0;
}

static bool is_rival(const CheckFacts *facts, const Process *process, const Rival *rival)
{
    bool longer = g_str_equal(rival->name, "python") || g_str_equal(rival->name, "xenopsd"); /* python2.7, xenopsd-xc */
    if (longer ? !g_str_has_prefix(process->name, rival->name) : !g_str_equal(process->name, rival->name))
        return false;
    return (!rival->argument || has_argument(process, rival->argument)) && (!rival->map || has_loaded(facts, process, rival->map));
}

static const Rival *rival_of(const CheckFacts *facts, const Process *process)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rivals); i++)
        if (is_rival(facts, process, &rivals[i]))
            return &rivals[i];
    return NULL;
}

static void look_at_toolstacks(const CheckFacts *facts, Check *check)
{
    const Rival *worst = NULL;
    guint count = 0;
    GString *seen = g_string_new(NULL);
    for (guint i = 0; i < facts->processes->len; i++) {
        const Process *process = facts->processes->pdata[i];
        const Rival *rival = rival_of(facts, process);
        if (!rival)
            continue;
        if (count++ < 8)
            g_string_append_printf(seen, "%sprocess %s is %s", seen->len ? "; " : "", process->pid, rival->what);
        if (!worst || rival->state > worst->state)
            worst = rival;
    }
    if (count > 8)
        g_string_append_printf(seen, "; and %u more", count - 8);
    g_autofree char *text = g_string_free(seen, FALSE);
    if (worst) {
        check_set(check, worst->state, "%s", text);
        check_remedy(check, "%s", worst->remedy);
    } else if (!no_processes(facts, check)) {
        check_set(check, CHECK_OK, "no other toolstack runs (looked for xend, XAPI, libvirt's Xen driver and xl's watchers in /proc)");
    }
}

const CheckSpec check_list_xen_service[] = {
    {"xen.xenstored", "xenstored runs", look_at_xenstored, OF_XEN | NEEDS_FILES},
    {"xen.xenconsoled", "xenconsoled runs", look_at_xenconsoled, OF_XEN | NEEDS_FILES},
    {"xen.toolstacks", "no other toolstack acts on the guests", look_at_toolstacks, OF_XEN | NEEDS_FILES},
    {NULL},
};
