/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/note.h"

static void a_note_keeps_why_the_guest_is_as_it_is(void **state)
{
    g_autoptr(Guest) guest = guest_new();
    guest->name = g_strdup("web");
    guest->uuid = g_strdup("01234567-89ab-8def-8123-456789abcdef");
    guest->definition = g_strdup("/etc/guestctl/guests/web.guest");
    guest->on_reboot = ACTION_RESTART;
    guest->shutdown_timeout_s = 30;
    g_ptr_array_add(guest->reasons, reason_new("mode", "pv", SEVERITY_INFO, "image property vm_mode=xen"));
    g_autofree char *text = note_to_json(guest);
    assert_null(strchr(text, '\n'));
    g_autoptr(GError) error = NULL;
    g_autoptr(Note) note = note_parse(text, &error);
    assert_no_error(error);
    assert_string_equal(note->name, "web");
    assert_string_equal(note->definition, guest->definition);
    assert_null(note->image);
    assert_string_equal(note->on_reboot, "restart");
    assert_int_equal(note->shutdown_timeout_s, 30);
    assert_string_equal(reason_find(note->reasons, "mode")->because, "image property vm_mode=xen");
}

static void a_note_that_others_wrote_is_not_trusted(void **state)
{
    static const char *const bad[] = {
        "", "{}", "null", "{\"format\":\"guestctl-note/1\"}", "{\"format\":\"guestctl-note/1\",\"name\":1,\"uuid\":\"u\"}",
        "{\"format\":\"guestctl-note/1\",\"name\":\"w\",\"uuid\":\"u\",\"reasons\":[{\"field\":\"f\"}]}",
        "{\"format\":\"guestctl-note/1\",\"name\":\"w\",\"uuid\":\"u\",\"shutdown_timeout_s\":-1}",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(note_parse(bad[i], &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "guestctl's note");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_keeps_why_the_guest_is_as_it_is),
        cmocka_unit_test(a_note_that_others_wrote_is_not_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
