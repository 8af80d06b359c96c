/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/file.h"
#include "xen/api.h"
#include "xen/xen.h"

#include <libxlutil.h>

#define XL_CONF_MAX (256 * 1024) /* bytes */

/* xlutil's messages go to a stream: kept for ours. */
typedef struct Report {
    FILE *stream;
    char *text;
    size_t length;
} Report;

static void report_close(Report *report)
{
    if (report->stream)
        fclose(report->stream);
    report->stream = NULL;
}

static void report_clear(Report *report)
{
    report_close(report);
    free(report->text);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Report, report_clear)

typedef XLU_Config XluConfig;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XluConfig, xlu_cfg_destroy)

static bool fail(Report *report, const char *path, const char *what, GError **error)
{
    report_close(report);
    g_strchomp(report->text);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s: %s", path, what, report->text);
    return false;
}

static bool parse(XLU_Config *config, Report *report, const char *path, const char *text, gsize length, GError **error)
{
    return xlu_cfg_readdata(config, text, (int)length) == 0 || fail(report, path, "xl cannot read it", error);
}

bool xen_xl_conf_get(const char *path, const char *key, char **value, GError **error)
{
    gsize length = 0;
    g_autofree char *text = file_read(path, XL_CONF_MAX, &length, error);
    if (!text)
        return false;
    g_auto(Report) report = {0};
    report.stream = open_memstream(&report.text, &report.length);
    g_autoptr(XluConfig) config = report.stream ? xlu_cfg_init(report.stream, path) : NULL;
    if (!config) {
        error_set_errno(error, ENOMEM, "%s", path);
        return false;
    }
    if (!parse(config, &report, path, text, length, error))
        return false;
    const char *found = NULL;
    int rc = xlu_cfg_get_string(config, key, &found, 0);
    if (rc && rc != ESRCH)
        return fail(&report, path, "xl cannot use a value", error);
    g_free(*value);
    *value = g_strdup(rc ? NULL : found);
    return true;
}
