/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/image/download.h"

/* What a server would send for each request, since no real one can be made to misbehave in just this way. */
typedef struct Reply {
    const char *range; /* that must be asked for */
    unsigned status;
    const char *body;
    gint64 first, total, length;
    bool cut; /* the connection breaks after the body */
} Reply;

typedef struct Server {
    const Reply *replies;
    unsigned count, asked;
} Server;

static HttpAnswer *ask(void *data, const HttpRequest *request, bool *cut, GCancellable *cancel, GError **error)
{
    Server *server = data;
    assert_true(server->asked < server->count);
    const Reply *reply = &server->replies[server->asked++];
    assert_int_equal(g_strcmp0(request->range, reply->range), 0);
    g_autoptr(HttpAnswer) answer = g_new0(HttpAnswer, 1);
    answer->body = g_string_new(NULL);
    answer->status = reply->status;
    answer->range_first = reply->first;
    answer->total = reply->total;
    answer->length = reply->length;
    *cut = reply->cut;
    if (*reply->body && (!request->begin(request->begin_data, answer, error) ||
                         !request->sink(request->sink_data, reply->body, strlen(reply->body), error)))
        return NULL;
    if (!reply->cut)
        return g_steal_pointer(&answer);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_REMOTE, "cut");
    return NULL;
}

static bool keep(void *data, const void *bytes, gsize length, GError **error)
{
    g_string_append_len(data, bytes, (gssize)length);
    return true;
}

static char *run(const Reply *replies, unsigned count, gint64 size, guint64 offset, GError **error)
{
    Server server = {.replies = replies, .count = count};
    const Download download = {.ask = ask, .data = &server, .subject = "web", .size = size};
    g_autoptr(GString) got = g_string_new(NULL);
    bool done = download_run(&download, offset, keep, got, NULL, error);
    assert_int_equal(server.asked, count);
    return done ? g_strdup(got->str) : NULL;
}

static void a_cut_connection_is_taken_up_where_it_broke(void **state)
{
    static const Reply replies[] = {{NULL, 200, "abc", -1, -1, 6, true}, {"3-", 206, "d", 3, 6, 3, true}, {"4-", 206, "ef", 4, 6, 2, false}};
    g_autoptr(GError) error = NULL;
    g_autofree char *got = run(replies, 3, 6, 0, &error);
    assert_no_error(error);
    assert_string_equal(got, "abcdef");
}

static void a_server_without_ranges_sends_it_all_and_the_start_is_skipped(void **state)
{
    static const Reply replies[] = {{"3-", 200, "abcdef", -1, -1, 6, false}};
    g_autoptr(GError) error = NULL;
    g_autofree char *got = run(replies, 1, 6, 3, &error);
    assert_no_error(error);
    assert_string_equal(got, "def");
}

static void what_is_there_already_is_not_asked_for(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *got = run(NULL, 0, 6, 6, &error);
    assert_no_error(error);
    assert_string_equal(got, "");
}

static void servers_that_lie_are_refused(void **state)
{
    static const struct {
        Reply reply;
        guint64 offset;
        const char *message;
    } cases[] = {
        {{"3-", 206, "abc", 0, 6, 6, false}, 3, "web: the server sends another part than was asked for"},
        {{"3-", 206, "abc", 3, 9, 6, false}, 3, "web: the server sends 9 bytes, and it should have 6"},
        {{NULL, 200, "abc", -1, -1, 3, false}, 0, "web: the server sends 3 bytes, and it should have 6"},
        {{NULL, 200, "abcdefg", -1, -1, -1, false}, 0, "web: the server sends more than the 6 bytes"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(run(&cases[i].reply, 1, 6, cases[i].offset, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
}

static void a_server_that_always_ends_early_is_given_up(void **state)
{
    static const Reply replies[] = {{NULL, 200, "abc", -1, -1, -1, false}, {"3-", 206, "", 3, 6, -1, false}, {"3-", 206, "", 3, 6, -1, false}};
    g_autoptr(GError) error = NULL;
    assert_null(run(replies, 3, 6, 0, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "web: it ends after 3 of 6 bytes; try again");
}

static void a_server_that_is_not_there_is_not_waited_for(void **state)
{
    static const Reply replies[] = {{NULL, 200, "", -1, -1, -1, true}};
    g_autoptr(GError) error = NULL;
    assert_null(run(replies, 1, 6, 0, &error));
    assert_error(error, GUESTCTL_ERROR_REMOTE, "cut");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cut_connection_is_taken_up_where_it_broke),
        cmocka_unit_test(a_server_without_ranges_sends_it_all_and_the_start_is_skipped),
        cmocka_unit_test(what_is_there_already_is_not_asked_for),
        cmocka_unit_test(servers_that_lie_are_refused),
        cmocka_unit_test(a_server_that_always_ends_early_is_given_up),
        cmocka_unit_test(a_server_that_is_not_there_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
