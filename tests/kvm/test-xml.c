/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "kvm/xml.h"

static void elements_nest_and_attributes_can_be_left_out(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Xml) xml = xml_new();
    xml_open(xml, "a", "x", "1", "y", XML_SKIP, "z", "3", NULL);
    xml_text(xml, "b", "text", NULL);
    xml_open(xml, "c", NULL);
    xml_empty(xml, "d", "e", "f", NULL);
    xml_close(xml);
    xml_close(xml);
    g_autofree char *text = xml_finish(xml, &error);
    assert_no_error(error);
    assert_string_equal(text, "<a x=\"1\" z=\"3\">\n  <b>text</b>\n  <c>\n    <d e=\"f\"/>\n  </c>\n</a>\n");
}

static void what_is_written_is_read_back_as_it_was(void **state)
{
    static const char *const texts[] = {"", "plain", "<&>\"'", "]]>", "&amp;", "&#0;", " spaces ", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Xml) xml = xml_new();
        xml_open(xml, "a", "k", texts[i], NULL);
        xml_text(xml, "b", texts[i], NULL);
        xml_close(xml);
        g_autofree char *text = xml_finish(xml, NULL), *back = xml_find_text(text, "b");
        assert_string_equal(back, texts[i]);
    }
}

static void only_the_first_of_a_name_is_found(void **state)
{
    g_autofree char *found = xml_find_text("<a><b/><c><uuid>1</uuid></c><uuid>2</uuid></a>", "uuid");
    assert_string_equal(found, "1");
    assert_null(xml_find_text("<a/>", "uuid"));
    assert_null(xml_find_text("{\"not\": \"XML\"}", "uuid"));
    assert_null(xml_find_text("", "uuid"));
}

static void control_characters_are_refused_by_element(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Xml) xml = xml_new();
    xml_empty(xml, "source", "file", "a\x1b[0m", NULL);
    assert_null(xml_finish(xml, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "the value for <source> holds a control character");
}

static void what_xml_cannot_hold_is_refused_wherever_it_stands(void **state)
{
    static const char *const bad[] = {"a\tb", "a\nb", "\x7f", "\xc2\x85", "ok \xef\xbf\xbe", "\xff", "cut \xe2\x82", "\xed\xa0\x80"};
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Xml) xml = xml_new();
        xml_text(xml, "a", bad[i], NULL);
        assert_null(xml_finish(xml, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "<a>");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_nest_and_attributes_can_be_left_out),
        cmocka_unit_test(what_is_written_is_read_back_as_it_was),
        cmocka_unit_test(only_the_first_of_a_name_is_found),
        cmocka_unit_test(control_characters_are_refused_by_element),
        cmocka_unit_test(what_xml_cannot_hold_is_refused_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
