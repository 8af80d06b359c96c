/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/common/check-rows.h"
#include "tests/tree.h"

/* The rows of check-rows-*.c, and that each check has a good and a bad one. */

static Host *host_of_row(const CheckRow *row)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_strdup_printf(FIXTURES "/hosts/%s.json", row->host);
    Host *host = host_load(path, &error);
    assert_no_error(error);
    if (row->change)
        row->change(host);
    return host;
}

static void check_result(const CheckRow *row, guint index, const Check *check)
{
    g_autofree char *where = g_strdup_printf("row %u, %s: %s, \"%s\", remedy \"%s\"", index, row->check, check_state_name(check->state), check->evidence,
                                             check->remedy ? check->remedy : "");
    const Fix *fix = check->fixes->len > 0 ? check->fixes->pdata[0] : NULL;
    if (check->state != row->state || !strstr(check->evidence, row->evidence))
        fail_msg("%s; wanted %s, \"%s\"", where, check_state_name(row->state), row->evidence);
    if (row->remedy ? !check->remedy || !strstr(check->remedy, row->remedy) : check->remedy != NULL)
        fail_msg("%s; wanted the remedy \"%s\"", where, row->remedy ? row->remedy : "");
    if (g_strcmp0(fix ? fix->word : NULL, row->fix) != 0)
        fail_msg("%s; has the fix \"%s\", not \"%s\"", where, fix ? fix->word : "", row->fix ? row->fix : "");
    if ((check->state == CHECK_BROKEN || check->state == CHECK_WARNING) && !check->remedy)
        fail_msg("%s: is bad without a remedy", where);
}

static void check_row(const CheckRow *row, guint index)
{
    g_autofree char *root = make_folder();
    make_tree(root, row->files);
    g_autoptr(Host) host = row->files_only ? host_new() : host_of_row(row);
    if (row->files_only) {
        g_autoptr(Host) whole = host_of_row(row);
        g_strfreev(host->cpu_flags);
        host->cpu_flags = g_strdupv(whole->cpu_flags);
    }
    g_autoptr(CheckFacts) facts = check_facts_new(host, !row->files_only, row->files[0] ? root : NULL, NULL);
    facts->space = (DiskSpace){.known = row->free_kib > 0, .free_kib = row->free_kib, .read_only = row->read_only, .path = g_strdup("/var/lib")};
    facts->dom0_line = row->dom0;
    facts->dom0_line.warning = g_strdup(row->dom0_warning);
    facts->dom0_line.why_not = g_strdup(row->dom0_why_not);
    const char *const names[] = {row->check, NULL};
    g_autoptr(GPtrArray) checks = check_run(facts, names);
    assert_int_equal(checks->len, 1);
    check_result(row, index, checks->pdata[0]);
    remove_folder(root);
}

static void each_machine_is_judged_as_it_is(void **state)
{
    for (guint i = 0; check_rows_kvm[i].check; i++)
        check_row(&check_rows_kvm[i], i);
    for (guint i = 0; check_rows_xen[i].check; i++)
        check_row(&check_rows_xen[i], i);
}

/* libguestfs is wanted by nobody here, so that its absence is not bad. */
static bool is_bad(const CheckRow *row)
{
    return row->state == CHECK_BROKEN || row->state == CHECK_WARNING ||
           (row->state == CHECK_NOT_APPLICABLE && g_str_equal(row->check, "guestfs.library"));
}

static void count(const CheckRow *rows, const char *name, guint *good, guint *bad)
{
    for (; rows->check; rows++) {
        *good += g_str_equal(rows->check, name) && rows->state == CHECK_OK;
        *bad += g_str_equal(rows->check, name) && is_bad(rows);
    }
}

static void each_check_has_a_good_and_a_bad_machine(void **state)
{
    g_autofree const char **names = check_names();
    for (const char **name = names; *name; name++) {
        guint good = 0, bad = 0;
        count(check_rows_kvm, *name, &good, &bad);
        count(check_rows_xen, *name, &good, &bad);
        if (good == 0 || bad == 0)
            fail_msg("%s has %u good machines and %u bad ones", *name, good, bad);
    }
}

static void names_are_checks_or_their_groups(void **state)
{
    g_autoptr(GError) typo = NULL, far = NULL, part = NULL;
    assert_true(check_name_valid("kvm.cpu", NULL) && check_name_valid("kvm", NULL) && check_name_valid("backend", NULL));
    assert_false(check_name_valid("kvm.cup", &typo));
    assert_error(typo, GUESTCTL_ERROR_USAGE, "\"kvm.cup\" is not a check; did you mean kvm.cpu?");
    assert_false(check_name_valid("something-else-entirely", &far));
    assert_error(far, GUESTCTL_ERROR_USAGE, "use one of: kvm.cpu, kvm.firmware, ");
    assert_false(check_name_valid("kvm.c", &part));
}

static void a_hostile_proc_is_read_no_further_than_its_limit(void **state)
{
    g_autofree char *root = make_folder();
    g_autofree char *huge = g_strnfill(9 * 1024 * 1024, 'x'), *path = g_build_filename(root, "proc/cpuinfo", NULL);
    const char *const files[] = {"/proc/cpuinfo", "", "/proc/1/comm", "\xff\x1b[31m", "/proc/1/cmdline", "a", "/proc/2/", NULL, NULL, NULL};
    make_tree(root, files);
    assert_true(g_file_set_contents(path, huge, -1, NULL));
    g_autoptr(Host) host = host_new();
    g_autoptr(CheckFacts) facts = check_facts_new(host, false, root, NULL);
    g_autoptr(GPtrArray) checks = check_run(facts, NULL);
    const Check *cpu = checks->pdata[0];
    assert_int_equal(cpu->state, CHECK_UNKNOWN);
    assert_contains(cpu->evidence, "is larger than 8388608 bytes");
    remove_folder(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_machine_is_judged_as_it_is),
        cmocka_unit_test(each_check_has_a_good_and_a_bad_machine),
        cmocka_unit_test(names_are_checks_or_their_groups),
        cmocka_unit_test(a_hostile_proc_is_read_no_further_than_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
