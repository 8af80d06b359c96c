/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/options.h"

#include <stddef.h>
#include <string.h>

#include "common/error.h"
#include "common/guest-file.h"
#include "common/suggest.h"
#include "toolstack/command.h"

#define AT(member) offsetof(Options, member)

const OptionSpec option_specs[] = {
    {"json", 0, OPTION_FLAG, AT(json), NULL, "print JSON (docs/formats.md), errors too", true},
    {"dry-run", 0, OPTION_FLAG, AT(dry_run), NULL, "print what would be done, and do nothing", true},
    {"strict", 0, OPTION_FLAG, AT(strict), NULL, "refuse what would be translated or ignored, as nova does", true},
    {"backend", 0, OPTION_TEXT, AT(backend), "xen|kvm|qemu", "use this backend, not the best of the machine", true},
    {"host", 0, OPTION_LIST, AT(hosts), "FILE", "decide for the machine in FILE (see: host save)", true},
    {"root", 0, OPTION_TEXT, AT(root), "DIR", "keep configuration and state below DIR", true},
    {"connect", 0, OPTION_TEXT, AT(connect), "URI", "reach libvirt here (KVM and QEMU)", true},
    {"verbose", 'v', OPTION_FLAG, AT(verbose), NULL, "say more: every reason, the hypervisor's log", true},
    {"help", 'h', OPTION_FLAG, AT(help), NULL, "show help, of a command too", true},
    {"version", 0, OPTION_FLAG, AT(version), NULL, "show the version", true},

    {"name", 0, OPTION_TEXT, AT(name), "NAME", "the guest's name, or the image's", false},
    {"image", 0, OPTION_TEXT, AT(image), "IMAGE", "boot from this disk image, or name in the image store", false},
    {"metadata", 0, OPTION_TEXT, AT(metadata), "FILE", "the image's metadata", false},
    {"memory", 0, OPTION_SIZE, AT(memory_kib), "SIZE", "memory, with a unit: 512M, 2G", false},
    {"vcpus", 0, OPTION_NUMBER, AT(vcpus), "N", "virtual CPUs", false},
    {"kernel", 0, OPTION_TEXT, AT(kernel), "FILE", "boot this kernel directly", false},
    {"ramdisk", 0, OPTION_TEXT, AT(ramdisk), "FILE", "the kernel's initial RAM disk", false},
    {"cmdline", 0, OPTION_TEXT, AT(cmdline), "TEXT", "the kernel's command line", false},
    {"mode", 0, OPTION_TEXT, AT(mode), "pv|pvh|hvm", "how the guest is virtualised, against the image's vm_mode", false},
    {"bridge", 0, OPTION_TEXT, AT(bridge), "NAME", "a network card on this bridge", false},
    {"disk", 0, OPTION_SIZE, AT(disk_kib), "SIZE", "how large the guest's root disk is made: 20G", false},
    {"storage", 0, OPTION_TEXT, AT(storage), "TYPE", "what makes the guest's root disk: flat, qcow2, lvm, rbd", false},
    {"net", 0, OPTION_TEXT, AT(net), "BRIDGE", "the bridge of the guest's network card, or \"user\", QEMU's own network, or \"none\"", false},
    {"seed", 0, OPTION_TEXT, AT(seed), "nocloud|config-drive|none", "what cloud-init finds at the guest's first boot", false},
    {"hostname", 0, OPTION_TEXT, AT(hostname), "NAME", "the guest's host name, by cloud-init", false},
    {"ssh-key", 0, OPTION_LIST, AT(ssh_keys), "FILE", "a public key, or a file of some, that may log in, by cloud-init; may be repeated", false},
    {"user-data", 0, OPTION_TEXT, AT(user_data), "FILE", "user data for cloud-init, as it is", false},
    {"console", 'c', OPTION_FLAG, AT(console), NULL, "show the guest's console from its first line on", false},
    {"paused", 'p', OPTION_FLAG, AT(paused), NULL, "build the guest and leave it paused", false},
    {"until", 0, OPTION_TEXT, AT(until), "TEXT", "leave the console after a line that contains TEXT", false},
    {"wait", 0, OPTION_FLAG, AT(wait), NULL, "wait until the guest has ended, and clean up after it", false},
    {"timeout", 0, OPTION_NUMBER, AT(timeout_s), "SECONDS", "wait no longer than this", false},
    {"guests", 0, OPTION_NUMBER, AT(guests), "N", "how many guests the machine will run at the same time", false},
    {"persist", 0, OPTION_FLAG, AT(persist), NULL, "keep it in dom0.conf, for every boot", false},
    {"target", 0, OPTION_TEXT, AT(target), "grub.d|grub|xen.cfg|systemd-boot|extlinux", "the boot loader's files to use, not those that are found", false},
    {"set-default", 0, OPTION_FLAG, AT(set_default), NULL, "make the entry that starts Xen the default one", false},
    {"trial", 0, OPTION_FLAG, AT(trial), NULL, "for the next boot only, until grub confirm", false},
    {"force", 0, OPTION_FLAG, AT(force), NULL, "do it all the same: to another tool's guest, or against a doubt", false},
    {"disks", 0, OPTION_FLAG, AT(disks), NULL, "delete the disks that guestctl made for the guest, too", false},
    {"fix", 0, OPTION_FLAG, AT(fix), NULL, "repair what can be repaired with files, modules and udev, after saying so", false},
    {"native", 0, OPTION_FLAG, AT(native), NULL, "print what the hypervisor was given, and nothing else", false},
    {"names", 0, OPTION_FLAG, AT(names), NULL, "print names only, one to a line", false},
    {"remote", 0, OPTION_FLAG, AT(remote), NULL, "in the image service, not in the store here", false},
    {"no-signature", 0, OPTION_FLAG, AT(no_signature), NULL, "take a signed image although its signature is not verified", false},
    {"property", 0, OPTION_LIST, AT(properties), "KEY=VALUE", "set a property of the image; may be given several times", false},
    {"format", 0, OPTION_TEXT, AT(format), "raw|qcow2|vhd|vmdk|vdi|qed", "convert the image to this format", false},
    {"completion", 0, OPTION_TEXT, AT(completion), "bash", "print a completion script for the shell", false},
    {NULL},
};

const OptionSpec *option_find(const char *name)
{
    for (const OptionSpec *spec = option_specs; spec->name; spec++)
        if (g_str_equal(spec->name, name))
            return spec;
    return NULL;
}

static const OptionSpec *find_letter(char letter)
{
    for (const OptionSpec *spec = option_specs; spec->name; spec++)
        if (spec->letter == letter)
            return spec;
    return NULL;
}

Options *options_new(void)
{
    Options *options = g_new0(Options, 1);
    options->arguments = g_ptr_array_new_with_free_func(g_free);
    options->given = g_ptr_array_new();
    for (const OptionSpec *spec = option_specs; spec->name; spec++)
        if (spec->kind == OPTION_LIST)
            G_STRUCT_MEMBER(GPtrArray *, options, spec->offset) = g_ptr_array_new_with_free_func(g_free);
    options->out = stdout;
    options->err = stderr;
    return options;
}

void options_free(Options *options)
{
    if (!options)
        return;
    for (const OptionSpec *spec = option_specs; spec->name; spec++) {
        if (spec->kind == OPTION_TEXT)
            g_free(G_STRUCT_MEMBER(char *, options, spec->offset));
        if (spec->kind == OPTION_LIST)
            g_ptr_array_unref(G_STRUCT_MEMBER(GPtrArray *, options, spec->offset));
    }
    g_ptr_array_unref(options->arguments);
    g_ptr_array_unref(options->given);
    paths_free(options->paths);
    g_clear_object(&options->cancel);
    g_free(options);
}

const char *options_argument(const Options *options, guint index)
{
    return index < options->arguments->len ? options->arguments->pdata[index] : NULL;
}

bool options_want_json(int argc, char **argv)
{
    for (int i = 1; i < argc && !g_str_equal(argv[i], "--"); i++)
        if (g_str_equal(argv[i], "--json"))
            return true;
    return false;
}

static bool usage(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool usage(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, GUESTCTL_ERROR, GUESTCTL_ERROR_USAGE, message);
    return false;
}

static bool unknown_option(const Options *options, const char *word, GError **error)
{
    g_autofree char *name = g_strndup(word, strcspn(word, "="));
    g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(g_free);
    for (const OptionSpec *spec = option_specs; spec->name; spec++)
        if (!options->command || spec->global || command_takes(options->command, spec))
            g_ptr_array_add(candidates, g_strconcat("--", spec->name, NULL));
    g_ptr_array_add(candidates, NULL);
    const char *nearest = suggest_nearest(name, (const char *const *)candidates->pdata);
    const char *command = options->command ? options->command->name : NULL;
    if (nearest)
        return usage(error, "%s is not an option; did you mean %s?", name, nearest);
    return usage(error, "%s is not an option; see: guestctl help%s%s", name, command ? " " : "", command ? command : "");
}

static bool check_choice(const OptionSpec *spec, const char *value, GError **error)
{
    if (!strchr(spec->value, '|'))
        return true;
    g_auto(GStrv) choices = g_strsplit(spec->value, "|", -1);
    if (g_strv_contains((const char *const *)choices, value))
        return true;
    const char *nearest = suggest_nearest(value, (const char *const *)choices);
    g_autofree char *list = g_strjoinv(", ", choices);
    if (nearest)
        return usage(error, "--%s: \"%s\" is not one of %s; did you mean %s?", spec->name, value, list, nearest);
    return usage(error, "--%s: \"%s\" is not one of %s", spec->name, value, list);
}

static bool set_number(Options *options, const OptionSpec *spec, const char *value, GError **error)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(value, 10, 1, G_MAXINT32, &number, NULL))
        return usage(error, "--%s: \"%s\" is not a whole number of 1 or more", spec->name, value);
    G_STRUCT_MEMBER(unsigned, options, spec->offset) = (unsigned)number;
    return true;
}

static bool set_size(Options *options, const OptionSpec *spec, const char *value, GError **error)
{
    g_autoptr(GError) size_error = NULL;
    if (!size_parse_kib(value, &G_STRUCT_MEMBER(guint64, options, spec->offset), &size_error))
        return usage(error, "--%s: %s", spec->name, size_error->message);
    return true;
}

static bool set_option(Options *options, const OptionSpec *spec, const char *value, GError **error)
{
    if (spec->kind != OPTION_FLAG && spec->kind != OPTION_LIST && g_ptr_array_find(options->given, spec, NULL))
        return usage(error, "--%s is given twice", spec->name);
    g_ptr_array_add(options->given, (gpointer)(guintptr)spec);
    switch (spec->kind) {
    case OPTION_FLAG:
        G_STRUCT_MEMBER(bool, options, spec->offset) = true;
        return true;
    case OPTION_TEXT:
        /* An unset variable in a script: --root "" would be the real system. */
        if (!*value && !g_str_equal(spec->name, "cmdline"))
            return usage(error, "--%s is empty", spec->name);
        if (!check_choice(spec, value, error))
            return false;
        G_STRUCT_MEMBER(char *, options, spec->offset) = g_strdup(value);
        return true;
    case OPTION_LIST:
        if (!*value)
            return usage(error, "--%s is empty", spec->name);
        g_ptr_array_add(G_STRUCT_MEMBER(GPtrArray *, options, spec->offset), g_strdup(value));
        return true;
    case OPTION_NUMBER:
        return set_number(options, spec, value, error);
    case OPTION_SIZE:
        return set_size(options, spec, value, error);
    }
    return true;
}

/* "--name", "--name=value" or "--name value". *next is the word after it. */
static bool parse_long(Options *options, const char *word, char ***next, GError **error)
{
    const char *equals = strchr(word, '=');
    g_autofree char *name = g_strndup(word + 2, equals ? (gsize)(equals - word - 2) : strlen(word + 2));
    const OptionSpec *spec = option_find(name);
    if (!spec)
        return unknown_option(options, word, error);
    if (spec->kind == OPTION_FLAG && equals)
        return usage(error, "--%s takes no value", name);
    if (spec->kind == OPTION_FLAG || equals)
        return set_option(options, spec, equals ? equals + 1 : NULL, error);
    if (!**next || g_str_has_prefix(**next, "--"))
        return usage(error, "--%s needs a value: --%s %s", name, name, spec->value);
    return set_option(options, spec, *(*next)++, error);
}

/* "-v", "-vc": letters are flags only. */
static bool parse_letters(Options *options, const char *word, GError **error)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const OptionSpec *spec = find_letter(*letter);
        if (!spec)
            return unknown_option(options, word, error);
        if (!set_option(options, spec, NULL, error))
            return false;
    }
    return true;
}

static bool add_word(Options *options, const char *word, GError **error)
{
    if (options->command) {
        g_ptr_array_add(options->arguments, g_strdup(word));
        return true;
    }
    if (options->group)
        options->command = command_find_in_group(options->group, word, error);
    else if (command_is_group(word))
        options->group = word;
    else
        options->command = command_find(word, error);
    return options->command || (options->group && !*error);
}

/* "guestctl host" is "guestctl host show". Help is given for a group too. */
static bool end_group(Options *options, GError **error)
{
    if (options->group && !options->command && !options->help)
        options->command = command_of_group(options->group, error);
    return !options->group || options->command || options->help;
}

static bool check_against_command(const Options *options, GError **error)
{
    const Command *command = options->command;
    for (guint i = 0; i < options->given->len; i++) {
        const OptionSpec *spec = options->given->pdata[i];
        if (spec->global || command_takes(command, spec))
            continue;
        g_autofree char *takers = command_names_taking(spec);
        return usage(error, "%s takes no --%s (it belongs to %s); see: guestctl help %s", command->name, spec->name, takers,
                     command->name);
    }
    if (options->hosts->len > 1 && !command_takes(command, option_find("host")))
        return usage(error, "--host is given twice, and %s is for one machine", command->name);
    return command_check_arguments(command, options->arguments->len, error);
}

/* The command first, so that a message about an option knows whose it should be. */
static bool parse_words(Options *options, char **words, GError **error)
{
    bool only_words = false;
    while (*words) {
        const char *word = *words++;
        bool done;
        if (only_words || word[0] != '-' || !word[1])
            done = add_word(options, word, error);
        else if (g_str_equal(word, "--"))
            done = only_words = true;
        else if (word[1] == '-')
            done = parse_long(options, word, &words, error);
        else
            done = parse_letters(options, word, error);
        if (!done)
            return false;
    }
    return true;
}

Options *options_parse(int argc, char **argv, GError **error)
{
    g_autoptr(Options) options = options_new();
    if (!parse_words(options, argc > 0 ? argv + 1 : argv, error) || !end_group(options, error))
        return NULL;
    if (options->help || options->version)
        return g_steal_pointer(&options);
    if (!options->command) {
        usage(error, "no command was given; see: guestctl help");
        return NULL;
    }
    if (!check_against_command(options, error))
        return NULL;
    options->host = options->hosts->len ? options->hosts->pdata[0] : NULL;
    return g_steal_pointer(&options);
}
