/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "toolstack/bridge.h"

static int set_up(void **state)
{
    char *net = make_folder();
    g_autofree char *first = g_build_filename(net, "xenbr0", "bridge", NULL);
    g_autofree char *second = g_build_filename(net, "br1", "bridge", NULL);
    g_autofree char *card = g_build_filename(net, "eth0", NULL);
    assert_int_equal(g_mkdir_with_parents(first, 0755), 0);
    assert_int_equal(g_mkdir_with_parents(second, 0755), 0);
    assert_int_equal(g_mkdir_with_parents(card, 0755), 0);
    *state = net;
    return 0;
}

static int tear_down(void **state)
{
    remove_folder(*state);
    g_free(*state);
    return 0;
}

static void a_bridge_that_is_there_is_found(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_true(bridge_check(*state, "xenbr0", "web", &error));
    assert_no_error(error);
}

static void a_missing_bridge_names_guest_bridge_choices_and_remedy(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_false(bridge_check(*state, "virbr7", "web", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND,
                 "guest \"web\": bridge \"virbr7\" is not there (bridges on this machine: br1, xenbr0); name one of them, or make "
                 "it: ip link add virbr7 type bridge && ip link set virbr7 up");
}

static void a_card_is_no_bridge(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_false(bridge_check(*state, "eth0", "web", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "network device \"eth0\" is no bridge (bridges on this machine: br1, xenbr0)");
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "ip link set eth0 master br0");
}

static void a_name_with_a_slash_leads_nowhere(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_false(bridge_check(*state, "eth0/../xenbr0", "web", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "is not there");
}

static void a_machine_without_bridges_says_so(void **state)
{
    g_autoptr(GError) error = NULL;
    assert_false(bridge_check("/nonexistent", "xenbr0", "web", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "(bridges on this machine: none)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bridge_that_is_there_is_found),
        TEST(a_missing_bridge_names_guest_bridge_choices_and_remedy),
        TEST(a_card_is_no_bridge),
        TEST(a_name_with_a_slash_leads_nowhere),
        TEST(a_machine_without_bridges_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
