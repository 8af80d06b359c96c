/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/identity.h"

static void identities_are_stable_and_well_formed(void **state)
{
    g_autofree char *uuid = identity_uuid("seed", "web"), *again = identity_uuid("seed", "web");
    assert_string_equal(uuid, again);
    assert_true(g_uuid_string_is_valid(uuid));
    assert_int_equal(uuid[14], '8');
    g_autofree char *mac = identity_mac("seed", "web", "lan");
    assert_int_equal(strlen(mac), 17);
    assert_true(g_str_has_prefix(mac, "00:16:3e:"));
    assert_true(strchr("01234567", mac[9]) != NULL);
}

static void what_differs_has_another_identity(void **state)
{
    g_autofree char *a = identity_uuid("seed", "web"), *b = identity_uuid("seed", "db"), *c = identity_uuid("other", "web");
    assert_string_not_equal(a, b);
    assert_string_not_equal(a, c);
    /* "a/b" + "c" and "a" + "b/c" cannot meet: names hold no slash. */
    g_autofree char *lan = identity_mac("seed", "web", "lan"), *wan = identity_mac("seed", "web", "wan");
    assert_string_not_equal(lan, wan);
}

static void the_machine_id_itself_is_not_in_the_seed(void **state)
{
    g_autofree char *seed = identity_seed("0123456789abcdef0123456789abcdef", "host", "");
    assert_int_equal(strlen(seed), 32);
    assert_null(strstr(seed, "0123456789abcdef"));
    g_autofree char *by_name = identity_seed(NULL, "host", ""), *by_empty = identity_seed("", "host", "");
    assert_string_equal(by_name, by_empty);
}

static void two_roots_on_one_machine_have_guests_of_their_own(void **state)
{
    g_autofree char *machine = identity_seed("0123", "host", ""), *one = identity_seed("0123", "host", "/srv/one");
    g_autofree char *two = identity_seed("0123", "host", "/srv/two");
    assert_string_not_equal(machine, one);
    assert_string_not_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_are_stable_and_well_formed),
        cmocka_unit_test(what_differs_has_another_identity),
        cmocka_unit_test(the_machine_id_itself_is_not_in_the_seed),
        cmocka_unit_test(two_roots_on_one_machine_have_guests_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
