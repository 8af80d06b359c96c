/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "tests/xen/guests.h"
#include "xen/xen.h"

static void assert_step(const Plan *plan, guint i, StepKind kind, const char *target)
{
    const Step *step = plan->steps->pdata[i];
    assert_string_equal(step_kind_name(step->kind), step_kind_name(kind));
    assert_string_equal(step->target, target);
}

static void creating_requires_each_bridge_once_and_starts_the_guest_last(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = guest_of_mode(VM_MODE_PV);
    with_nic(guest, "netfront");
    with_nic(guest, "netfront");
    set(&with_nic(guest, "netfront")->bridge, "xenbr1");
    g_autoptr(Plan) plan = xen_backend.plan_create(guest, NULL, &error);
    assert_no_error(error);
    assert_int_equal(plan->steps->len, 5);
    assert_step(plan, 0, STEP_REQUIRE_BRIDGE, "xenbr0");
    assert_step(plan, 1, STEP_REQUIRE_BRIDGE, "xenbr1");
    assert_step(plan, 2, STEP_CREATE, "web");
    assert_step(plan, 3, STEP_NOTE, "web");
    assert_step(plan, 4, STEP_UNPAUSE, "web");
    g_autofree char *json = xen_config_json(guest, NULL, NULL);
    assert_string_equal(((Step *)plan->steps->pdata[2])->native, json);
    assert_contains(((Step *)plan->steps->pdata[3])->native, "guestctl-note/1");
    assert_false(plan->finish);
    assert_ptr_equal(plan->reasons, guest->reasons);
}

static void a_guest_that_cannot_be_has_no_plan(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = guest_of_mode(VM_MODE_PV);
    set(&guest->tpm, "tpm-tis");
    assert_null(xen_backend.plan_create(guest, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "tpm = tpm-tis: libxl offers no emulated TPM");
}

static void rebooting_builds_the_guest_again_from_what_it_was_made_of(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GuestState) guest = guest_state_new();
    guest->name = g_strdup("web");
    guest->native = g_strdup("{}");
    guest->note = g_strdup("note");
    g_autoptr(Plan) plan = xen_backend.plan_reboot(guest, &error);
    assert_no_error(error);
    assert_true(plan->finish);
    assert_int_equal(plan->steps->len, 5);
    assert_step(plan, 0, STEP_REBOOT, "web");
    assert_step(plan, 1, STEP_DESTROY, "web");
    assert_step(plan, 2, STEP_CREATE, "web");
    assert_step(plan, 3, STEP_NOTE, "web");
    assert_step(plan, 4, STEP_UNPAUSE, "web");
    assert_string_equal(((Step *)plan->steps->pdata[2])->native, "{}");
    assert_string_equal(((Step *)plan->steps->pdata[3])->native, "note");
}

static void a_guest_of_unknown_make_is_not_rebooted(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GuestState) guest = guest_state_new();
    guest->name = g_strdup("web");
    assert_null(xen_backend.plan_reboot(guest, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "guest \"web\": what it was created from is not known");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(creating_requires_each_bridge_once_and_starts_the_guest_last),
        cmocka_unit_test(a_guest_that_cannot_be_has_no_plan),
        cmocka_unit_test(rebooting_builds_the_guest_again_from_what_it_was_made_of),
        cmocka_unit_test(a_guest_of_unknown_make_is_not_rebooted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
