/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <errno.h>

#include "xen/log.h"

static void said(XenLog *log, xentoollog_level level, int errnum, const char *text)
{
    xtl_log(xen_log_logger(log), level, errnum, "libxl", "%s", text);
}

static void shows_the_cause_and_the_last_error_without_positions(void **state)
{
    g_autoptr(XenLog) log = xen_log_new(false);
    said(log, XTL_DEBUG, -1, "libxl_create.c:1: chatter");
    said(log, XTL_WARN, -1, "a warning");
    said(log, XTL_ERROR, ENOENT, "libxl_device.c:307:libxl__device_disk_set_backend: Domain 3:failed to stat /srv/a.img");
    said(log, XTL_ERROR, -1, "libxl_create.c:1:a: Domain 3:second\n");
    said(log, XTL_ERROR, -1, "libxl_create.c:1:a: Domain 3:third");
    said(log, XTL_ERROR, -1, "libxl_create.c:1:a: Domain 3:second");
    said(log, XTL_ERROR, -1, "libxl_create.c:1:a: Domain 3:last");
    g_autofree char *summary = xen_log_summary(log);
    assert_string_equal(summary, "failed to stat /srv/a.img: No such file or directory; second; last");
    assert_true(xen_log_mentions(log, "third"));
    assert_false(xen_log_mentions(log, "chatter"));
}

static void shows_warnings_when_there_is_no_error(void **state)
{
    g_autoptr(XenLog) log = xen_log_new(false);
    said(log, XTL_WARN, -1, "panic: xg_dom_core.c:1 has words before its position");
    g_autofree char *summary = xen_log_summary(log);
    assert_string_equal(summary, "panic: xg_dom_core.c:1 has words before its position");
}

static void an_operation_begins_with_an_empty_log(void **state)
{
    g_autoptr(XenLog) log = xen_log_new(false);
    for (int i = 0; i < 1000; i++)
        said(log, XTL_ERROR, -1, "again");
    xen_log_clear(log);
    assert_null(xen_log_summary(log));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_cause_and_the_last_error_without_positions),
        cmocka_unit_test(shows_warnings_when_there_is_no_error),
        cmocka_unit_test(an_operation_begins_with_an_empty_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
