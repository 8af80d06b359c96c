/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/command.h"

#include <string.h>

#include "common/error.h"
#include "common/suggest.h"

#define SEED_OPTIONS "seed hostname ssh-key user-data"
#define GUEST_OPTIONS "name image metadata memory vcpus kernel ramdisk cmdline mode bridge force " SEED_OPTIONS

const Command commands[] = {
    {"plan", cmd_plan, "[FILE|NAME|DISK]", 0, 1, "show what create would do, and why", GUEST_OPTIONS, REACH_NOTHING,
     "guestctl plan debian-12.qcow2 --memory 1G"},
    {"why", cmd_why, "NAME|FILE|DISK [FIELD]", 1, 2, "say what decided each property of a guest", GUEST_OPTIONS, REACH_READ,
     "guestctl why web mode"},
    {"define", cmd_define, "FILE", 1, 1, "check a guest file and keep it in the configuration", "name force", REACH_CHANGE,
     "guestctl define web.guest"},
    {"undefine", cmd_undefine, "NAME", 1, 1, "remove a guest's file from the configuration", "disks force", REACH_CHANGE,
     "guestctl undefine web"},
    {"create", cmd_create, "[FILE|NAME|DISK]", 0, 1, "create a guest and start it", GUEST_OPTIONS " console paused until timeout",
     REACH_CHANGE, "guestctl create debian-12.qcow2 --console"},
    {"run", cmd_run, "IMAGE|FILE|URL|glance:IMAGE", 1, 1, "import an image if need be, define a guest of it, and start it",
     "name memory vcpus disk storage net mode force " SEED_OPTIONS " console paused until timeout", REACH_CHANGE,
     "guestctl run debian-12 --memory 1G --disk 20G --ssh-key ~/.ssh/id_ed25519.pub"},
    {"start", cmd_start, "NAME", 1, 1, "start a defined guest", SEED_OPTIONS " force console paused until timeout", REACH_CHANGE,
     "guestctl start web"},
    {"list", cmd_list, "[NAME...]", 0, G_MAXUINT, "list guests, running and defined", "names", REACH_READ, "guestctl list"},
    {"show", cmd_show, "NAME", 1, 1, "show everything that is known of a guest", "native", REACH_READ, "guestctl show web"},
    {"shutdown", cmd_shutdown, "NAME", 1, 1, "ask a guest to shut down", "wait timeout force", REACH_CHANGE,
     "guestctl shutdown --wait web"},
    {"reboot", cmd_reboot, "NAME", 1, 1, "ask a guest to reboot", "force", REACH_CHANGE, "guestctl reboot web"},
    {"destroy", cmd_destroy, "NAME", 1, 1, "stop a guest at once, as if its power was cut", "force", REACH_CHANGE,
     "guestctl destroy web"},
    {"pause", cmd_pause, "NAME", 1, 1, "stop a guest's virtual CPUs", "force", REACH_CHANGE, "guestctl pause web"},
    {"unpause", cmd_unpause, "NAME", 1, 1, "let a paused guest go on", "force", REACH_CHANGE, "guestctl unpause web"},
    {"console", cmd_console, "NAME", 1, 1, "attach to a guest's console; Ctrl-] leaves it", "until timeout force", REACH_WAIT,
     "guestctl console web --until 'login:' --timeout 60"},
    {"host show", cmd_host_show, "", 0, 0, "show what this machine can do, and what guests will run on", "", REACH_NOTHING,
     "guestctl host --json"},
    {"host save", cmd_host_save, "FILE", 1, 1, "save what this machine can do, for --host", "", REACH_NOTHING,
     "guestctl host save rack7.json"},
    {"host check", cmd_host_check, "[CHECK...]", 0, G_MAXUINT, "check each thing that a host of guests needs, and say what to do", "fix",
     REACH_CHANGE, "guestctl host check kvm"},
    {"image import", cmd_image_import, "FILE|URL|glance:IMAGE [PROPERTY=VALUE...]", 1, G_MAXUINT, "put an image into the image store", "name property format metadata no-signature", REACH_CHANGE,
     "guestctl image import debian-12.qcow2 --property vm_mode=hvm"},
    {"image list", cmd_image_list, "", 0, 0, "list the images of the store, or of the image service", "names remote name property", REACH_NOTHING, "guestctl image list"},
    {"image show", cmd_image_show, "IMAGE|FILE|glance:IMAGE", 1, 1, "show an image's metadata as it is understood", "metadata", REACH_NOTHING,
     "guestctl image show debian-12.qcow2"},
    {"image set", cmd_image_set, "IMAGE [PROPERTY=VALUE...]", 1, G_MAXUINT, "set properties of an image, or its name", "property name remote", REACH_CHANGE,
     "guestctl image set debian-12 --property hypervisor_type=xen --property vm_mode=hvm"},
    {"image unset", cmd_image_unset, "IMAGE PROPERTY...", 2, G_MAXUINT, "take properties of an image away", "remote", REACH_CHANGE,
     "guestctl image unset debian-12 vm_mode"},
    {"image export", cmd_image_export, "IMAGE FILE", 2, 2, "write an image and its metadata into files", "format force", REACH_CHANGE,
     "guestctl image export debian-12 debian-12.raw --format raw"},
    {"image remove", cmd_image_remove, "IMAGE", 1, 1, "remove an image that nothing uses", "force", REACH_CHANGE, "guestctl image remove debian-12"},
    {"image gc", cmd_image_gc, "", 0, 0, "remove what imports that were cut off have left", "", REACH_CHANGE, "guestctl image gc"},
    {"image check", cmd_image_check, "NAME|FILE", 1, 1, "look into an image: whether it is safe to open, what is in it, how it can boot", "metadata",
     REACH_NOTHING, "guestctl image check debian-12.qcow2"},
    {"can-run", cmd_can_run, "IMAGE|glance:IMAGE [FILE...]", 1, G_MAXUINT, "say whether this machine, or those in host files, can run an image, and why not",
     "host metadata memory vcpus mode", REACH_NOTHING, "guestctl can-run debian-12.json --memory 4G hosts/*.json"},
    {"disk list", cmd_disk_list, "[NAME]", 0, 1, "list the disks that guestctl made for guests, and how much room they take", "", REACH_NOTHING,
     "guestctl disk list web"},
    {"disk resize", cmd_disk_resize, "NAME DISK SIZE", 3, 3, "enlarge a disk of a guest that is not running", "", REACH_CHANGE,
     "guestctl disk resize web root 20G"},
    {"disk snapshot", cmd_disk_snapshot, "NAME DISK SNAPSHOT", 3, 3, "keep what a disk holds now, of a guest that is not running", "", REACH_CHANGE,
     "guestctl disk snapshot web root before-upgrade"},
    {"disk revert", cmd_disk_revert, "NAME DISK SNAPSHOT", 3, 3, "make a disk again what it was at a snapshot", "", REACH_CHANGE,
     "guestctl disk revert web root before-upgrade"},
    {"disk forget", cmd_disk_forget, "NAME DISK SNAPSHOT", 3, 3, "delete a snapshot of a disk", "", REACH_CHANGE,
     "guestctl disk forget web root before-upgrade"},
    {"disk delete", cmd_disk_delete, "NAME [DISK]", 1, 2, "delete the disks that guestctl made for a guest, or one of them", "", REACH_CHANGE,
     "guestctl disk delete web"},
    {"dom0 show", cmd_dom0_show, "", 0, 0, "show the running dom0 beside what Xen's line, the policy and dom0.conf say", "guests", REACH_READ,
     "guestctl dom0 --json"},
    {"dom0 set", cmd_dom0_set, "KEY=VALUE|policy...", 1, 6, "change the running dom0: memory, vcpus, pin, weight, cap", "persist guests", REACH_CHANGE,
     "guestctl dom0 set memory=2G vcpus=4 pin=yes --persist"},
    {"dom0 pin", cmd_dom0_pin, "", 0, 0, "pin each vcpu of dom0 to its own CPU, as dom0_vcpus_pin does", "persist", REACH_CHANGE, "guestctl dom0 pin --persist"},
    {"dom0 restore", cmd_dom0_restore, "", 0, 0, "make the running dom0 what dom0.conf keeps", "", REACH_CHANGE, "guestctl dom0 restore"},
    {"dom0 plan", cmd_dom0_plan, "", 0, 0, "size dom0 for this machine: the options for Xen's command line, and why", "guests",
     REACH_NOTHING, "guestctl dom0 plan --guests 40"},
    {"grub show", cmd_grub_show, "", 0, 0, "show Xen's command line as the boot loader is configured, and earlier changes of it", "target",
     REACH_NOTHING, "guestctl grub show"},
    {"grub generate", cmd_grub_generate, "[LINE]", 0, 1, "print the boot loader's files as apply would write them",
     "guests target set-default", REACH_NOTHING, "guestctl grub generate 'dom0_mem=2G,max:2G'"},
    {"grub diff", cmd_grub_diff, "[LINE]", 0, 1, "show what apply would change", "guests target set-default", REACH_NOTHING,
     "guestctl grub diff --guests 40"},
    {"grub apply", cmd_grub_apply, "[LINE]", 0, 1, "put options into Xen's command line, of the next boots",
     "guests target set-default trial force", REACH_CHANGE, "guestctl grub apply --trial"},
    {"grub confirm", cmd_grub_confirm, "", 0, 0, "keep the line that was tried and that runs now", "set-default force", REACH_CHANGE,
     "guestctl grub confirm"},
    {"grub rollback", cmd_grub_rollback, "", 0, 0, "take the last change of the boot loader's files back", "force", REACH_CHANGE,
     "guestctl grub rollback"},
    {"grub check", cmd_grub_check, "", 0, 0, "compare Xen's running line, the configured one and the policy, and what toolstacks make of them", "guests",
     REACH_NOTHING, "guestctl grub check --guests 40"},
    {"grub simulate", cmd_grub_simulate, "LINE", 1, 1, "say what Xen, xl and libvirt will do with a Xen command line", "",
     REACH_NOTHING, "guestctl grub simulate 'dom0_mem=1024M,max=1024M'"},
    {"version", cmd_version, "", 0, 0, "show the versions of guestctl and what it drives", "", REACH_NOTHING,
     "guestctl version --json"},
    {"help", cmd_help, "[COMMAND]", 0, 2, "show help, of a command too", "completion", REACH_NOTHING, "guestctl help create"},
    {NULL},
};

/* What users of xl and virsh type, where our word is another one. */
static const struct {
    const char *theirs, *ours;
} translations[] = {
    {"ls", "list"}, {"vm-list", "list"}, {"ps", "list"}, {"domid", "list"}, {"domname", "list"}, {"top", "list"},
    {"uptime", "list"}, {"dominfo", "show"}, {"domstate", "show"}, {"status", "show"}, {"dumpxml", "show --native"},
    {"edit", "define"}, {"new", "define"}, {"config-update", "define"}, {"delete", "undefine"}, {"rm", "undefine"},
    {"remove", "undefine"}, {"info", "host"}, {"nodeinfo", "host"}, {"capabilities", "host --json"}, {"hostname", "host"},
    {"suspend", "pause"}, {"resume", "unpause"}, {"continue", "unpause"}, {"stop", "shutdown"}, {"halt", "shutdown"},
    {"poweroff", "shutdown"}, {"restart", "reboot"}, {"reset", "reboot"}, {"kill", "destroy"},
    {"boot", "run"}, {"launch", "run"}, {"virt-install", "run"}, {"explain", "why"}, {"attach", "console"}, {"ttyconsole", "console"},
    {"domxml-from-native", "plan"}, {"domxml-to-native", "plan"}, {"validate", "plan"}, {"doctor", "host check"}, {"host-validate", "host check"}, {"image-show", "image show"},
    {"import", "image import"}, {"images", "image list"}, {"image-list", "image list"}, {"vol-upload", "image import"}, {"vol-download", "image export"},
};

static const Command *find(const char *name)
{
    for (const Command *command = commands; command->name; command++)
        if (g_str_equal(command->name, name))
            return command;
    return NULL;
}

const char *command_verb(const Command *command, const char *group)
{
    gsize length = strlen(group);
    return g_str_has_prefix(command->name, group) && command->name[length] == ' ' ? command->name + length + 1 : NULL;
}

bool command_is_group(const char *word)
{
    for (const Command *command = commands; command->name; command++)
        if (command_verb(command, word))
            return true;
    return false;
}

/* First words, each once; the verbs of a group when one is named. */
static GPtrArray *names_in(const char *group)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const Command *command = commands; command->name; command++) {
        const char *name = group ? command_verb(command, group) : command->name;
        g_autofree char *word = name ? g_strndup(name, strcspn(name, " ")) : NULL;
        if (word && !g_ptr_array_find_with_equal_func(names, word, g_str_equal, NULL))
            g_ptr_array_add(names, g_steal_pointer(&word));
    }
    return names;
}

static char *joined(GPtrArray *names)
{
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (GStrv)names->pdata);
}

GPtrArray *command_first_words(void)
{
    return names_in(NULL);
}

char *command_group_verbs(const char *group)
{
    g_autoptr(GPtrArray) names = names_in(group);
    return joined(names);
}

/* Owned by the caller; NULL when nothing is near. */
static char *nearest(const char *group, const char *name)
{
    for (gsize i = 0; !group && i < G_N_ELEMENTS(translations); i++)
        if (g_str_equal(translations[i].theirs, name))
            return g_strdup(translations[i].ours);
    g_autoptr(GPtrArray) names = names_in(group);
    g_ptr_array_add(names, NULL);
    const char *near = suggest_nearest(name, (const char *const *)names->pdata);
    return near ? g_strjoin(group ? " " : "", group ? group : "", near, NULL) : NULL;
}

static const Command *not_found(const char *name, GError **error)
{
    g_auto(GStrv) words = g_strsplit(name, " ", 2);
    bool group = command_is_group(words[0]);
    g_autofree char *verbs = group ? command_group_verbs(words[0]) : NULL;
    if (group && !words[1]) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: one of these is missing: %s; see: guestctl help %s", name, verbs, name);
        return NULL;
    }
    g_autofree char *other = nearest(group ? words[0] : NULL, group ? words[1] : words[0]);
    g_autofree char *advice = other ? g_strdup_printf("did you mean: guestctl %s", other)
                              : group ? g_strdup_printf("use one of: %s", verbs)
                                      : g_strdup("see: guestctl help");
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "\"%s\" is not a command; %s", group ? name : words[0], advice);
    return NULL;
}

const Command *command_find(const char *name, GError **error)
{
    const Command *command = find(name);
    return command ? command : not_found(name, error);
}

const Command *command_find_in_group(const char *group, const char *verb, GError **error)
{
    g_autofree char *name = g_strjoin(" ", group, verb, NULL);
    return command_find(name, error);
}

const Command *command_of_group(const char *group, GError **error)
{
    g_autofree char *show = g_strconcat(group, " show", NULL);
    const Command *command = find(show);
    return command && command->min == 0 ? command : not_found(group, error);
}

bool command_takes(const Command *command, const OptionSpec *spec)
{
    g_auto(GStrv) names = g_strsplit(command->options, " ", -1);
    return g_strv_contains((const char *const *)names, spec->name);
}

char *command_names_taking(const OptionSpec *spec)
{
    GString *names = g_string_new(NULL);
    for (const Command *command = commands; command->name; command++)
        if (command_takes(command, spec))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", command->name);
    return g_string_free(names, FALSE);
}

bool command_check_arguments(const Command *command, guint count, GError **error)
{
    if (count >= command->min && count <= command->max)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, "%s: %s; usage: guestctl %s%s%s", command->name,
                count < command->min ? "an argument is missing" : "too many arguments", command->name,
                *command->synopsis ? " " : "", command->synopsis);
    return false;
}
