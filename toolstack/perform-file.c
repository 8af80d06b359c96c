/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib/gstdio.h>

#include "common/error.h"
#include "common/file.h"
#include "toolstack/perform-run.h"

/* The steps of a plan that write and remove files. */

bool perform_file_fits(const Step *step, GError **error)
{
    g_autoptr(GError) read_error = NULL;
    g_autofree char *text = step->was ? file_read(step->target, PLAN_MAX, NULL, &read_error) : NULL;
    if (read_error && !g_error_matches(read_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND)) {
        g_propagate_error(error, g_steal_pointer(&read_error));
        return false;
    }
    g_autofree char *is = plan_file_mark(text);
    if (!step->was || g_str_equal(is, step->was) || g_strcmp0(text, step->native) == 0)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS, "%s: it was changed a moment ago by something else, and was left as it is; try again",
                step->target);
    return false;
}

bool run_write_file(const Step *step, GError **error)
{
    if (!perform_file_fits(step, error))
        return false;
    GStatBuf stat_buffer;
    bool there = g_stat(step->target, &stat_buffer) == 0;
    return file_write(step->target, step->native, there ? stat_buffer.st_mode & 07777 : 0644, error);
}

bool run_remove_file(const Step *step, GError **error)
{
    if (g_unlink(step->target) == 0 || errno == ENOENT)
        return true;
    error_set_errno(error, errno, "%s: cannot be removed", step->target);
    return false;
}

bool run_unwrite_file(const Step *step, GError **error)
{
    g_autofree char *none = plan_file_mark(NULL);
    if (g_strcmp0(step->was, none) != 0)
        return false;
    g_autoptr(GError) read_error = NULL;
    g_autofree char *text = file_read(step->target, PLAN_MAX, NULL, &read_error);
    if (!text && g_error_matches(read_error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND))
        return true;
    if (!text) {
        g_propagate_error(error, g_steal_pointer(&read_error));
        return false;
    }
    return g_str_equal(text, step->native) && run_remove_file(step, error);
}
