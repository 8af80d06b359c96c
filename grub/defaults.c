/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/defaults.h"

#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "common/run.h"

/* Between what the files print and what is asked for. */
#define MARK "@guestctl-grub@"

#define SECONDS_MAX 10 /* that all files together may take: an endless loop is an error */

/* Each text is a word, since a text may be one that is not written yet; eval in a function takes what `.` takes, "return"
 * too. The four functions are what grub-mkconfig_lib has and drop-ins call (Debian's xen.cfg does). set -e is grub-mkconfig's: a file whose last
 * command fails ends it. */
static const char script[] = "gettext () { printf %s \"$1\"; }\n"
                             "gettext_printf () { printf \"$@\"; }\n"
                             "grub_warn () { echo \"Warning: $*\" >&2; }\n"
                             "grub_quote () { sed \"s/'/'\\\\\\\\''/g\"; }\n"
                             "guestctl_source () { eval \"$1\"; }\n"
                             "set -e\n"
                             "for guestctl_text in \"$@\"; do\n"
                             "guestctl_source \"$guestctl_text\"\n"
                             "for guestctl_value in \"$GRUB_CMDLINE_XEN\" \"$GRUB_CMDLINE_XEN_DEFAULT\" \"$GRUB_DEFAULT\" "
                             "\"$GRUB_DISABLE_RECOVERY\"; do\n"
                             "printf '\\n" MARK "%s' \"$guestctl_value\"\n"
                             "done\n"
                             "printf '\\n" MARK "\\n'\n"
                             "done\n";

static char *read_text(const char *root, const char *path, GError **error)
{
    g_autofree char *real = g_strconcat(root, path, NULL);
    gsize length = 0;
    g_autofree char *text = file_read(real, DEFAULTS_MAX, &length, error);
    if (!text)
        return NULL;
    if (strlen(text) == length)
        return g_steal_pointer(&text);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s holds a NUL byte; it should be shell text", real);
    return NULL;
}

static bool add_file(GPtrArray *files, const char *root, const char *path, GError **error)
{
    g_autofree char *text = read_text(root, path, error);
    if (!text)
        return false;
    g_ptr_array_add(files, boot_file_new(path, text));
    return true;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* As the shell's *.cfg finds them: without hidden ones, links that lead nowhere are passed over ([ -e ]), and of a folder dash, the
 * shell where drop-ins are read at all, reads nothing and goes on. */
static GPtrArray *drop_ins(const char *root)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folder = g_strconcat(root, DEFAULTS_FOLDER, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        if (name[0] != '.' && g_str_has_suffix(name, ".cfg") && g_file_test(path, G_FILE_TEST_EXISTS) &&
            !g_file_test(path, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(names, g_strconcat(DEFAULTS_FOLDER "/", name, NULL));
    }
    g_ptr_array_sort(names, by_name);
    return names;
}

GPtrArray *defaults_files(const char *root, bool with_folder, GError **error)
{
    g_autoptr(GPtrArray) files = boot_files_new();
    g_autofree char *main_file = g_strconcat(root, DEFAULTS_FILE, NULL);
    if (g_file_test(main_file, G_FILE_TEST_IS_REGULAR) && !add_file(files, root, DEFAULTS_FILE, error))
        return NULL;
    g_autoptr(GPtrArray) names = with_folder ? drop_ins(root) : NULL;
    for (guint i = 0; names && i < names->len; i++)
        if (!add_file(files, root, names->pdata[i], error))
            return NULL;
    return g_steal_pointer(&files);
}

static void values_free(gpointer data)
{
    DefaultsValues *values = data;
    for (gsize i = 0; i < DEFAULTS_COUNT; i++)
        g_free(values->value[i]);
    g_free(values);
}

static char *command(const GPtrArray *files)
{
    g_autofree char *quoted = g_shell_quote(script);
    GString *words = g_string_new("timeout -k 2 " G_STRINGIFY(SECONDS_MAX) " env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c ");
    g_string_append_printf(words, "%s sh", quoted);
    for (guint i = 0; i < files->len; i++) {
        const BootFile *file = files->pdata[i];
        g_autofree char *word = g_shell_quote(file->text);
        g_string_append_printf(words, " %s", word);
    }
    return g_string_free(words, FALSE);
}

/* The values of as many files as came to their end. */
static GPtrArray *parse(const char *said)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(values_free);
    g_auto(GStrv) parts = g_strsplit(said, "\n" MARK, -1);
    guint count = g_strv_length(parts);
    /* What was printed before, the values, and a part that is what the next file prints. */
    for (guint i = 1; i + DEFAULTS_COUNT < count; i += DEFAULTS_COUNT + 1) {
        DefaultsValues *values = g_new0(DefaultsValues, 1);
        for (guint k = 0; k < DEFAULTS_COUNT; k++)
            values->value[k] = g_strdup(parts[i + k]);
        g_ptr_array_add(all, values);
    }
    return all;
}

static void set_stumbled(GError **error, const GPtrArray *files, guint done, const char *why)
{
    const BootFile *file = files->pdata[MIN(done, files->len - 1)];
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                "%s: the shell does not come to its end, so grub-mkconfig will not either: %s; put the file right first", file->path, why);
}

/* The line of the output that a person wants: without our own program text. */
static char *last_line(const char *said)
{
    g_autofree char *text = g_strchomp(g_strdup(said));
    const char *newline = strrchr(text, '\n');
    const char *line = newline ? newline + 1 : text;
    return g_strdup(*line && !strstr(line, MARK) ? line : "a command in it fails, or it ends the shell, and says nothing (grub-mkconfig runs it by set -e)");
}

GPtrArray *defaults_evaluate(const GPtrArray *files, GError **error)
{
    if (files->len == 0)
        return g_ptr_array_new_with_free_func(values_free);
    g_autofree char *words = command(files), *said = NULL;
    g_autoptr(GError) run_error = NULL;
    gint64 start = g_get_monotonic_time();
    bool done = run_program(words, NULL, &said, &run_error);
    if (!said) { /* it could not be run at all */
        g_propagate_error(error, g_steal_pointer(&run_error));
        return NULL;
    }
    g_autoptr(GPtrArray) all = parse(said);
    if (all->len == files->len)
        return g_steal_pointer(&all);
    bool timed_out = !done && g_get_monotonic_time() - start >= SECONDS_MAX * G_USEC_PER_SEC;
    g_autofree char *last = timed_out ? g_strdup("it is still busy after " G_STRINGIFY(SECONDS_MAX) " seconds")
                            : done    ? g_strdup("it ends the shell")
                                      : last_line(said);
    set_stumbled(error, files, all->len, last);
    return NULL;
}

char *defaults_line(const DefaultsValues *values)
{
    char *line = g_strconcat(values->value[DEFAULTS_XEN], " ", values->value[DEFAULTS_XEN_DEFAULT], NULL);
    return g_strstrip(line);
}

char *defaults_recovery_line(const DefaultsValues *values)
{
    if (g_str_equal(values->value[DEFAULTS_NO_RECOVERY], "true"))
        return NULL;
    return g_strstrip(g_strdup(values->value[DEFAULTS_XEN]));
}

bool defaults_check_words(const Cmdline *options, GError **error)
{
    for (guint i = 0; i < options->words->len; i++) {
        const char *word = cmdline_word(options, i);
        for (const char *at = word; *at; at++) {
            bool control = g_ascii_iscntrl(*at) || (guchar)*at >= 0x80;
            if (!control && !strchr(";&|<>{}$'\"`\\#*?", *at))
                continue;
            g_autofree char *shown = control ? g_strdup_printf("the byte 0x%02x", (guchar)*at) : g_strdup_printf("the character %c", *at);
            g_auto(CmdlineOption) option = {0};
            cmdline_option_read(word, &option);
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                        "%s: its value holds %s, which GRUB or its shell files would interpret; write the option without it", option.name,
                        shown);
            return false;
        }
    }
    return true;
}
