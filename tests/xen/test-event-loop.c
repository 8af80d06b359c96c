/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <libxl_event.h>
#include <unistd.h>

#include "xen/event-loop.h"

/* In place of libxl: who registers, and what is told to whom. */
static const libxl_osevent_hooks *hooks;
static void *user;
static bool in_hook;
static int fd_told, timeout_told;
static short last_revents;
static void *last_for_libxl;
static void (*when_told)(void);

void libxl_osevent_register_hooks(libxl_ctx *ctx, const libxl_osevent_hooks *given, void *given_user)
{
    hooks = given;
    user = given_user;
}

void libxl_osevent_occurred_fd(libxl_ctx *ctx, void *for_libxl, int fd, short events, short revents)
{
    assert_false(in_hook);
    fd_told++;
    last_revents = revents;
    last_for_libxl = for_libxl;
    if (when_told)
        when_told();
}

void libxl_osevent_occurred_timeout(libxl_ctx *ctx, void *for_libxl)
{
    assert_false(in_hook);
    timeout_told++;
    last_for_libxl = for_libxl;
    if (when_told)
        when_told();
}

static int ctx_stand_in, for_libxl_a, for_libxl_b;
static GMainContext *context;
static XenEventLoop *loop;
static int fds[2];
static void *registration;

static int set_up(void **state)
{
    fd_told = timeout_told = 0;
    when_told = NULL;
    registration = NULL;
    context = g_main_context_new();
    loop = xen_event_loop_new((libxl_ctx *)&ctx_stand_in, context);
    return pipe(fds);
}

static int tear_down(void **state)
{
    xen_event_loop_free(loop);
    g_main_context_unref(context);
    close(fds[0]);
    if (fds[1] >= 0)
        close(fds[1]);
    return 0;
}

static void run(void)
{
    while (g_main_context_iteration(context, FALSE))
        if (fd_told > 100 || timeout_told > 100)
            fail_msg("the loop is busy");
}

static void register_fd(short events)
{
    in_hook = true;
    assert_int_equal(hooks->fd_register(user, fds[0], &registration, events, &for_libxl_a), 0);
    in_hook = false;
}

static void tells_libxl_of_a_readable_fd_from_the_main_loop_only(void **state)
{
    register_fd(POLLIN);
    assert_int_equal(write(fds[1], "x", 1), 1);
    assert_int_equal(fd_told, 0);
    g_main_context_iteration(context, FALSE);
    assert_int_equal(fd_told, 1);
    assert_int_equal(last_revents, POLLIN);
    assert_ptr_equal(last_for_libxl, &for_libxl_a);
}

static void says_nothing_of_an_fd_with_no_events_even_after_a_hangup(void **state)
{
    register_fd(POLLIN);
    assert_int_equal(hooks->fd_modify(user, fds[0], &registration, 0), 0);
    close(fds[1]);
    fds[1] = -1;
    run();
    assert_int_equal(fd_told, 0);
    assert_int_equal(hooks->fd_modify(user, fds[0], &registration, POLLIN), 0);
    g_main_context_iteration(context, FALSE);
    assert_int_equal(fd_told, 1);
    assert_true(last_revents & POLLHUP);
}

static void deregister_a(void)
{
    hooks->fd_deregister(user, fds[0], registration);
}

static void an_fd_may_be_deregistered_while_it_is_told(void **state)
{
    register_fd(POLLIN);
    assert_int_equal(write(fds[1], "x", 1), 1);
    when_told = deregister_a;
    run();
    assert_int_equal(fd_told, 1);
}

static struct timeval in_ms(gint64 ms)
{
    gint64 at = g_get_real_time() + ms * 1000;
    return (struct timeval){.tv_sec = at / G_USEC_PER_SEC, .tv_usec = at % G_USEC_PER_SEC};
}

static void a_timeout_of_the_past_occurs_once(void **state)
{
    hooks->timeout_register(user, &registration, in_ms(-5000), &for_libxl_a);
    assert_int_equal(timeout_told, 0);
    run();
    assert_int_equal(timeout_told, 1);
    assert_ptr_equal(last_for_libxl, &for_libxl_a);
}

static void a_timeout_is_absolute_and_modified_to_now(void **state)
{
    hooks->timeout_register(user, &registration, in_ms(3600 * 1000), &for_libxl_b);
    run();
    assert_int_equal(timeout_told, 0);
    hooks->timeout_modify(user, &registration, (struct timeval){0, 0});
    run();
    assert_int_equal(timeout_told, 1);
    assert_ptr_equal(last_for_libxl, &for_libxl_b);
}

static void register_again(void)
{
    when_told = NULL;
    hooks->timeout_register(user, &registration, in_ms(-1), &for_libxl_b);
}

static void a_timeout_may_be_registered_again_while_it_is_told(void **state)
{
    hooks->timeout_register(user, &registration, in_ms(-1), &for_libxl_a);
    when_told = register_again;
    run();
    assert_int_equal(timeout_told, 2);
    assert_ptr_equal(last_for_libxl, &for_libxl_b);
}

static void what_libxl_still_waits_for_goes_with_the_loop(void **state)
{
    register_fd(POLLIN);
    hooks->timeout_register(user, &registration, in_ms(-1), &for_libxl_a);
    assert_int_equal(write(fds[1], "x", 1), 1);
    xen_event_loop_free(loop);
    run();
    assert_int_equal(fd_told + timeout_told, 0);
    loop = xen_event_loop_new((libxl_ctx *)&ctx_stand_in, context);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tells_libxl_of_a_readable_fd_from_the_main_loop_only),
        T(says_nothing_of_an_fd_with_no_events_even_after_a_hangup),
        T(an_fd_may_be_deregistered_while_it_is_told),
        T(a_timeout_of_the_past_occurs_once),
        T(a_timeout_is_absolute_and_modified_to_now),
        T(a_timeout_may_be_registered_again_while_it_is_told),
        T(what_libxl_still_waits_for_goes_with_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
