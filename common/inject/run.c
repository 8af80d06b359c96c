/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/image/stored.h"
#include "common/inject/inject.h"
#include "common/program.h"
#include "common/run.h"

/* The other end of inject/main.c. */

#define PROGRAM "guestctl-inject"
#define SAYS PROGRAM ": "
#define SERVER "qemu-nbd: "
#define INSTEAD "or leave [inject] out of the guest file and use [cloud-init], which needs none of this"

/* What the program itself says is its last line; before it is what libguestfs and QEMU had to say. */
static const char *last_word(const char *said)
{
    const char *word = NULL;
    for (const char *at = said; (at = strstr(at, SAYS)); at += strlen(SAYS))
        if (at == said || at[-1] == '\n')
            word = at + strlen(SAYS);
    return word;
}

/* The first word of who serves the disk: without him nothing else can be well. Caller frees; NULL: he had nothing to say. */
static char *of_server(const char *said)
{
    const char *word = g_str_has_prefix(said, SERVER) ? said : strstr(said, "\n" SERVER);
    if (!word)
        return NULL;
    word += *word == '\n';
    return g_strndup(word, strcspn(word, "\n"));
}

static bool call(const char *program, const char *verb, const char *text, GCancellable *cancel, GError **error)
{
    g_autofree char *quoted = g_shell_quote(program), *words = g_strconcat(quoted, " ", verb, NULL), *said = NULL;
    g_autoptr(GError) failed = NULL;
    int status = 0;
    if (run_program_fed(words, text, cancel, &said, &status, &failed))
        return true;
    const char *word = said ? last_word(said) : NULL;
    if (!word || !status) {
        g_propagate_error(error, g_steal_pointer(&failed));
        return false;
    }
    g_autofree char *message = g_strstrip(g_strdup(word)), *server = of_server(said);
    g_set_error(error, GUESTCTL_ERROR, status, "%s%s%s", message, server ? "; " : "", server ? server : "");
    return false;
}

static char *find(GError **error)
{
    char *program = program_find(PROGRAM, "GUESTCTL_INJECT", NULL);
    if (!program)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    PROGRAM " is not installed: guestctl was built without libguestfs; build it with libguestfs-dev (meson setup -Dinject=enabled), " INSTEAD);
    return program;
}

static void say_where(const Inject *inject, GError **error)
{
    g_prefix_error(error, "guest \"%s\": nothing can be put into disk \"%s\": ", inject->guest, inject->disk);
}

bool inject_check(const char *text, GError **error)
{
    g_autoptr(Inject) inject = inject_parse(text, error);
    if (!inject)
        return false;
    g_autofree char *program = find(error);
    g_autoptr(GError) failed = NULL;
    if (program && call(program, "check", text, NULL, &failed))
        return true;
    if (failed) /* whatever it is, it cannot be done here */
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "%s; " INSTEAD, failed->message);
    say_where(inject, error);
    return false;
}

bool inject_run(const char *text, GCancellable *cancel, GError **error)
{
    g_autoptr(Inject) inject = inject_parse(text, error);
    if (!inject)
        return false;
    g_autofree char *program = find(error);
    if (program && call(program, "run", text, cancel, error))
        return true;
    g_prefix_error(error, "guest \"%s\": what is in [inject] was not put into disk \"%s\": ", inject->guest, inject->disk);
    return false;
}

bool inject_carries_on(const char *text)
{
    g_autoptr(Inject) inject = inject_parse(text, NULL);
    return inject && inject->carry_on;
}

/* It was nobody's, so others may be nobody: from now on none of them reaches what is removed. */
bool inject_remove_scratch(const Inject *inject, GError **error)
{
    if (lchown(inject->scratch, geteuid(), (gid_t)-1) < 0 && errno != ENOENT) {
        error_set_errno(error, errno, "%s: cannot be taken back", inject->scratch);
        return false;
    }
    return stored_remove_folder(inject->scratch, false, NULL, error);
}

bool inject_undo(const char *text, GError **error)
{
    g_autoptr(Inject) inject = inject_parse(text, error);
    return inject && inject_remove_scratch(inject, error);
}
