/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/plan.h"

static void a_plan_survives_its_own_json(void **state)
{
    g_autoptr(Plan) plan = plan_new("xen", "web");
    g_autoptr(GPtrArray) reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    g_ptr_array_add(reasons, reason_new("mode", "pv", SEVERITY_TRANSLATION, "quotes \" and \xc3\xa4 and \n lines"));
    plan_set_reasons(plan, reasons);
    for (StepKind kind = STEP_REQUIRE_BRIDGE; kind <= STEP_TUNE_DOM0; kind++)
        plan_add(plan, kind, "web", "<domain>\n  \"é\"\t</domain>\n");
    plan_add_edit(plan, "/etc/guestctl/dom0.conf", "[dom0]\n", NULL);
    plan->finish = true;
    g_autofree char *text = plan_to_json(plan);
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) again = plan_parse(text, "journal", &error);
    assert_no_error(error);
    assert_true(again->finish);
    assert_int_equal(again->steps->len, plan->steps->len);
    assert_string_equal(((Step *)again->steps->pdata[0])->native, "<domain>\n  \"é\"\t</domain>\n");
    g_autofree char *text_again = plan_to_json(again);
    assert_string_equal(text, text_again);
    g_autofree char *line = plan_to_line(plan);
    assert_null(strchr(line, '\n'));
}

static void a_broken_plan_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text, *message;
    } faults[] = {
        {"", "journal: "},
        {"[]", "journal: not a JSON object"},
        {"{\"format\": \"guestctl-plan/2\"}", "its format is \"guestctl-plan/2\", not \"guestctl-plan/1\""},
        {"{\"format\": \"guestctl-plan/1\"}", "a plan needs backend, guest and steps"},
        {"{\"format\": \"guestctl-plan/1\", \"backend\": \"xen\", \"guest\": 7, \"steps\": []}", "\"guest\" must be a string"},
        {"{\"format\": \"guestctl-plan/1\", \"backend\": \"xen\", \"guest\": \"w\", \"steps\": [{\"kind\": \"explode\", \"target\": \"w\", \"native\": \"\"}]}",
         "step 1: a step needs a known kind"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(plan_parse(faults[i].text, "journal", &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, faults[i].message);
    }
}

static void the_text_shows_native_text_as_it_is(void **state)
{
    g_autoptr(Plan) plan = plan_new("kvm", "web");
    plan_add(plan, STEP_CREATE, "web", "<domain/>\n");
    plan_add(plan, STEP_UNPAUSE, "web", NULL);
    g_autofree char *text = plan_to_text(plan);
    assert_string_equal(text, "# step 1: create web\n<domain/>\n# step 2: unpause web\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plan_survives_its_own_json),
        cmocka_unit_test(a_broken_plan_is_refused_with_its_place),
        cmocka_unit_test(the_text_shows_native_text_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
