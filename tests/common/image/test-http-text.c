/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/image/http-text.h"

static void no_password_and_no_query_is_shown(void **state)
{
    static const char *const cases[][2] = {
        {"https://joe:hush@h:1/a/b.img?sig=hush#hush", "https://h:1/a/b.img?..."},
        {"http://h/x", "http://h/x"},
        {"hush@@ no url", "(no URL)"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *shown = http_url_shown(cases[i][0]);
        assert_string_equal(shown, cases[i][1]);
    }
}

static void an_origin_is_scheme_host_and_port(void **state)
{
    assert_true(http_same_origin("http://H/a", "http://h:80/b?c"));
    assert_false(http_same_origin("http://h", "https://h"));
    assert_false(http_same_origin("http://h", "http://h:81"));
    assert_false(http_same_origin("http://h", "http://h.evil"));
    assert_false(http_same_origin("http://h", "http://h@evil"));
    assert_false(http_same_origin("no url", "no url"));
}

static void redirects_stay_on_the_web(void **state)
{
    static const struct {
        const char *from, *location, *target, *message;
    } cases[] = {
        {"http://h/a/b", "c", "http://h/a/c", NULL},
        {"http://h/a/b", "/c", "http://h/c", NULL},
        {"http://h/a", "https://g/", "https://g/", NULL},
        {"https://h/a", "//g/x", "https://g/x", NULL},
        {"https://h/a", "http://h/a", NULL, "https://h/a: it points to http://h/a; only https"},
        {"http://h/a", "file:///etc/shadow", NULL, "only https, or from http to http"},
        {"http://h/a", "ftp://h/a", NULL, "only https, or from http to http"},
        {"http://h/a", "gopher://h", NULL, "it points to"},
        {"http://h/a", "http://\x1b[2J", NULL, "which is no URL"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *target = http_redirect_target(cases[i].from, cases[i].location, &error);
        if (cases[i].target) {
            assert_no_error(error);
            assert_string_equal(target, cases[i].target);
        } else {
            assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
            assert_null(strchr(error->message, '\x1b'));
        }
    }
}

static void content_ranges_are_read_strictly(void **state)
{
    static const struct {
        const char *value;
        bool good;
        gint64 first, last, total;
    } cases[] = {
        {"bytes 0-9/10", true, 0, 9, 10},         {"bytes 5-9/*", true, 5, 9, -1},      {"bytes */10", true, -1, -1, 10},
        {"bytes 9-5/10", false, 7, 7, 7},         {"bytes 0-10/10", false, 7, 7, 7},    {"bytes -1-5/10", false, 7, 7, 7},
        {"bytes 0-9/10x", false, 7, 7, 7},        {"octets 0-9/10", false, 7, 7, 7},    {"bytes 0 - 9/10", false, 7, 7, 7},
        {"bytes 0-99999999999999999999/*", false, 7, 7, 7}, {"", false, 7, 7, 7},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        gint64 first = 7, last = 7, total = 7;
        assert_int_equal(http_parse_content_range(cases[i].value, &first, &last, &total), cases[i].good);
        assert_int_equal(first, cases[i].first);
        assert_int_equal(last, cases[i].last);
        assert_int_equal(total, cases[i].total);
    }
}

static void errors_become_one_short_clean_line(void **state)
{
    static const char *const cases[][2] = {
        {"<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  No image <b>x</b><br />\n </body></html>",
         "404 Not Found No image x"},
        {"{\"error\":{\"code\":401,\"message\":\"The request you have made requires authentication.\"}}",
         "The request you have made requires authentication."},
        {"{\"message\":\"no\"}", "no"},
        {"plain \x1b[31m text", "plain \\u001b[31m text"},
        {"", NULL},
        {"<html><body></body></html>", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = http_error_text(cases[i][0], strlen(cases[i][0]));
        if (cases[i][1])
            assert_string_equal(text, cases[i][1]);
        else
            assert_null(text);
    }
    g_autofree char *large = g_strnfill(8000, 'x');
    g_autofree char *cut = http_error_text(large, 8000);
    assert_true(strlen(cut) <= 83);
}

static void a_url_gives_a_name_when_it_has_one(void **state)
{
    static const char *const cases[][2] = {
        {"http://h/a/deb%20ian.qcow2?x", "deb ian.qcow2"}, {"http://h/", NULL}, {"http://h/.hidden", NULL}, {"http://h/a%0ab", NULL}, {"http://h/a%2f..", NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = http_url_name(cases[i][0]);
        if (cases[i][1])
            assert_string_equal(name, cases[i][1]);
        else
            assert_null(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_password_and_no_query_is_shown),
        cmocka_unit_test(an_origin_is_scheme_host_and_port),
        cmocka_unit_test(redirects_stay_on_the_web),
        cmocka_unit_test(content_ranges_are_read_strictly),
        cmocka_unit_test(errors_become_one_short_clean_line),
        cmocka_unit_test(a_url_gives_a_name_when_it_has_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
