/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/completion.h"

#include <string.h>

#include "common/check.h"
#include "common/dom0-conf.h"
#include "common/image/property.h"
#include "toolstack/command.h"

static void append_options(GString *out, const Command *command)
{
    for (const OptionSpec *spec = option_specs; spec->name; spec++)
        if (command ? command_takes(command, spec) : spec->global)
            g_string_append_printf(out, " --%s", spec->name);
}

/* What follows an option: its choices, files, or nothing that could be known. */
static void append_values(GString *out)
{
    for (const OptionSpec *spec = option_specs; spec->name; spec++) {
        if (!spec->value)
            continue;
        g_autofree char *choices = strchr(spec->value, '|') ? g_strdelimit(g_strdup(spec->value), "|", ' ') : NULL;
        bool file = g_str_equal(spec->value, "FILE") || g_str_equal(spec->value, "DIR") || g_str_equal(spec->value, "IMAGE");
        if (choices || g_str_equal(spec->name, "completion"))
            g_string_append_printf(out, "    --%s) COMPREPLY=($(compgen -W \"%s\" -- \"$cur\")); return ;;\n", spec->name,
                                   choices ? choices : spec->value);
        else if (file)
            g_string_append_printf(out, "    --%s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", spec->name);
        else
            g_string_append_printf(out, "    --%s) return ;;\n", spec->name);
    }
}

/* "kvm", of "kvm.cpu": each once, blanks between. Caller frees. */
static char *check_groups(void)
{
    g_autofree const char **names = check_names();
    g_autoptr(GPtrArray) groups = g_ptr_array_new_with_free_func(g_free);
    for (const char **name = names; *name; name++) {
        g_autofree char *group = g_strndup(*name, strcspn(*name, "."));
        if (!g_ptr_array_find_with_equal_func(groups, group, g_str_equal, NULL))
            g_ptr_array_add(groups, g_steal_pointer(&group));
    }
    g_ptr_array_add(groups, NULL);
    return g_strjoinv(" ", (GStrv)groups->pdata);
}

/* "memory= vcpus= ...". Caller frees. */
static char *dom0_keys(void)
{
    g_autofree char *keys = g_strjoinv("= ", (char **)dom0_wish_keys);
    return g_strconcat(keys, "=", NULL);
}

/* What a word of a synopsis stands for; those in small letters are typed as they are: "policy". NULL: nothing that could be
 * known, or files. Caller frees. */
static char *choices_of(const char *word)
{
    if (g_ascii_islower(*word))
        return g_strdup(word);
    if (g_str_equal(word, "COMMAND"))
        return g_strdup("$commands");
    if (g_str_equal(word, "NAME"))
        return g_strdup("$(_guestctl_names)");
    if (g_str_equal(word, "IMAGE"))
        return g_strdup("$(_guestctl_images)");
    if (g_str_equal(word, "PROPERTY"))
        return g_strdup("$properties");
    if (g_str_equal(word, "PROPERTY=VALUE"))
        return g_strdup("${properties// /= }=");
    if (g_str_equal(word, "CHECK"))
        return check_groups();
    return g_str_equal(word, "KEY=VALUE") ? dom0_keys() : NULL;
}

static void append_words(GString *out, const char *synopsis)
{
    g_auto(GStrv) words = g_strsplit_set(synopsis, "[]| .", -1);
    g_autoptr(GString) choices = g_string_new(NULL);
    for (char **word = words; *word; word++) {
        g_autofree char *choice = choices_of(*word);
        if (choice)
            g_string_append_printf(choices, "%s%s", choices->len ? " " : "", choice);
    }
    if (choices->len)
        g_string_append_printf(out, "        words=\"%s\"\n", choices->str);
}

static void append_commands(GString *out)
{
    for (const Command *command = commands; command->name; command++) {
        g_string_append_printf(out, "    '%s')\n        options=\"$options", command->name);
        append_options(out, command);
        g_string_append(out, "\"\n");
        append_words(out, command->synopsis);
        if (strstr(command->synopsis, "FILE") || strstr(command->synopsis, "DISK"))
            g_string_append(out, "        files=yes\n");
        g_string_append(out, "        ;;\n");
    }
}

static void append_groups(GString *out, const GPtrArray *first)
{
    for (guint i = 0; i < first->len; i++) {
        if (!command_is_group(first->pdata[i]))
            continue;
        g_autofree char *verbs = command_group_verbs(first->pdata[i]);
        g_auto(GStrv) each = g_strsplit(verbs, ", ", -1);
        g_autofree char *words = g_strjoinv(" ", each);
        g_string_append_printf(out, "    %s | 'help %s') words=\"%s\" ;;\n", (char *)first->pdata[i], (char *)first->pdata[i], words);
    }
}

static void append_takers(GString *out)
{
    const char *separator = "";
    for (const OptionSpec *spec = option_specs; spec->name; spec++)
        if (spec->value) {
            g_string_append_printf(out, "%s--%s", separator, spec->name);
            separator = "|";
        }
}

char *completion_bash(void)
{
    GString *out = g_string_new("# bash completion for guestctl. Made by: guestctl help --completion bash\n"
                                "# SPDX-License-Identifier: LGPL-2.1-or-later\n\n"
                                "_guestctl_names()\n{\n    guestctl list --names 2>/dev/null\n}\n\n"
                                "_guestctl_images()\n{\n    guestctl image list --names 2>/dev/null\n}\n\n"
                                "_guestctl()\n{\n"
                                "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                                "    local command= word= skip= files= words= i\n"
                                "    local commands=\"");
    g_autoptr(GPtrArray) first = command_first_words();
    for (guint i = 0; i < first->len; i++)
        g_string_append_printf(out, "%s%s", i ? " " : "", (char *)first->pdata[i]);
    g_string_append(out, "\"\n    local groups=\" help "); /* the topic is a command of one or two words */
    for (guint i = 0; i < first->len; i++)
        if (command_is_group(first->pdata[i]))
            g_string_append_printf(out, "%s ", (char *)first->pdata[i]);
    g_string_append(out, "\"\n    local options=\"");
    GString *globals = g_string_new(NULL);
    append_options(globals, NULL);
    g_string_append(out, globals->str + 1);
    g_string_free(globals, TRUE);
    g_autofree char *properties = g_strjoinv(" ", (char **)image_property_names());
    g_string_append_printf(out, "\"\n    local properties=\"%s", properties);
    g_string_append(out, "\"\n    COMPREPLY=()\n    case $prev in\n");
    append_values(out);
    g_string_append(out, "    esac\n    for ((i = 1; i < COMP_CWORD; i++)); do\n        word=${COMP_WORDS[i]}\n"
                         "        if [[ $skip ]]; then\n            skip=\n            continue\n        fi\n"
                         "        case $word in\n        ");
    append_takers(out);
    g_string_append(out, ") skip=yes ;;\n        -*) ;;\n        *)\n            command=${command:+$command }$word\n"
                         "            [[ $groups == *\" $command \"* ]] || break\n            ;;\n        esac\n    done\n"
                         "    case $command in\n    '') words=$commands ;;\n");
    append_groups(out, first);
    append_commands(out);
    g_string_append(out, "    esac\n    if [[ $cur == -* ]]; then\n        COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
                         "        return\n    fi\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                         "    if [[ ${COMPREPLY[0]} == *= ]]; then\n        compopt -o nospace 2>/dev/null\n    fi\n"
                         "    if [[ $files ]]; then\n        COMPREPLY+=($(compgen -f -- \"$cur\"))\n    fi\n}\n\n"
                         "complete -o filenames -F _guestctl guestctl\n");
    return g_string_free(out, FALSE);
}
