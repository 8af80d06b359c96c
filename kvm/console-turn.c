/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/console-turn.h"

#include "kvm/embed.h"

#define LOOK_MS 200
#define DESERTED_S 3

static gboolean on_time(void *data)
{
    ((ConsoleTurn *)data)->due = true;
    return G_SOURCE_CONTINUE;
}

void console_turn_start(ConsoleTurn *turn, KvmSession *session)
{
    if (session->root)
        turn->timer = g_timeout_add(LOOK_MS, on_time, turn);
}

static bool disconnect(KvmSession *session, void *data, GError **error)
{
    return session_disconnect(session);
}

static void give_away(ConsoleTurn *turn, KvmSession *session)
{
    /* A driver that somebody still refers to must stay. */
    turn->keeps = !session_call(session, disconnect, NULL, NULL, NULL) || session_is_stalled(session);
    while (g_main_context_iteration(NULL, FALSE)) /* libvirt drops its handles from inside the loop */
        ;
    if (turn->keeps)
        return;
    embed_release();
    turn->gave = true;
}

static void on_visited(GPid pid, int status, void *data)
{
    ((ConsoleTurn *)data)->visit = 0;
    g_spawn_close_pid(pid);
}

/* Listing adopts the guests, which ends the QEMU of each that has powered off. */
static void visit(ConsoleTurn *turn)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *name = program ? g_path_get_basename(program) : NULL;
    if (!name || !g_str_has_prefix(name, "guestctl"))
        return; /* a program that only uses this code */
    static const char *const command[] = {"/proc/self/exe", "list", "--names", "--connect", "embed", NULL};
    GPid pid;
    if (g_spawn_async(NULL, (char **)command, NULL,
                      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &pid, NULL))
        turn->visit = g_child_watch_add(pid, on_visited, turn);
}

void console_turn_tend(ConsoleTurn *turn, KvmSession *session)
{
    turn->due = false;
    if (!turn->gave && !turn->keeps && embed_is_wanted())
        give_away(turn, session);
    else if (turn->gave && !turn->visit && embed_is_deserted(session->root, DESERTED_S))
        visit(turn);
}

void console_turn_stop(ConsoleTurn *turn)
{
    if (turn->timer)
        g_source_remove(turn->timer);
    if (turn->visit)
        g_source_remove(turn->visit);
}
