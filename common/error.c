/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/error.h"

#include <errno.h>
#include <gio/gio.h>

G_DEFINE_QUARK(guestctl-error-quark, guestctl_error)

static const struct {
    int errnum;
    GFileError file;
    GIOErrorEnum io;
    GuestctlErrorCode code;
} meanings[] = {
    {ENOENT, G_FILE_ERROR_NOENT, G_IO_ERROR_NOT_FOUND, GUESTCTL_ERROR_NOT_FOUND},
    {ENOTDIR, G_FILE_ERROR_NOTDIR, G_IO_ERROR_NOT_DIRECTORY, GUESTCTL_ERROR_NOT_FOUND},
    {EACCES, G_FILE_ERROR_ACCES, G_IO_ERROR_PERMISSION_DENIED, GUESTCTL_ERROR_DENIED},
    {EPERM, G_FILE_ERROR_PERM, G_IO_ERROR_PERMISSION_DENIED, GUESTCTL_ERROR_DENIED},
    {EROFS, G_FILE_ERROR_ROFS, G_IO_ERROR_READ_ONLY, GUESTCTL_ERROR_DENIED},
    {EEXIST, G_FILE_ERROR_EXIST, G_IO_ERROR_EXISTS, GUESTCTL_ERROR_EXISTS},
    {ENOSPC, G_FILE_ERROR_NOSPC, G_IO_ERROR_NO_SPACE, GUESTCTL_ERROR_RESOURCES},
    {EDQUOT, G_FILE_ERROR_FAILED, G_IO_ERROR_FAILED, GUESTCTL_ERROR_RESOURCES},
    {EFBIG, G_FILE_ERROR_FAILED, G_IO_ERROR_FAILED, GUESTCTL_ERROR_RESOURCES},
    {ENOMEM, G_FILE_ERROR_NOMEM, G_IO_ERROR_FAILED, GUESTCTL_ERROR_RESOURCES},
    {EMFILE, G_FILE_ERROR_MFILE, G_IO_ERROR_TOO_MANY_OPEN_FILES, GUESTCTL_ERROR_RESOURCES},
    {EISDIR, G_FILE_ERROR_ISDIR, G_IO_ERROR_IS_DIRECTORY, GUESTCTL_ERROR_INVALID},
    {ELOOP, G_FILE_ERROR_LOOP, G_IO_ERROR_TOO_MANY_LINKS, GUESTCTL_ERROR_INVALID},
    {ENAMETOOLONG, G_FILE_ERROR_NAMETOOLONG, G_IO_ERROR_FILENAME_TOO_LONG, GUESTCTL_ERROR_INVALID},
    {EINVAL, G_FILE_ERROR_INVAL, G_IO_ERROR_INVALID_ARGUMENT, GUESTCTL_ERROR_INVALID},
    {ETIMEDOUT, G_FILE_ERROR_FAILED, G_IO_ERROR_TIMED_OUT, GUESTCTL_ERROR_TIMED_OUT},
    {ECANCELED, G_FILE_ERROR_FAILED, G_IO_ERROR_CANCELLED, GUESTCTL_ERROR_INTERRUPTED},
};

int error_exit_status(const GError *error)
{
    if (error->domain == GUESTCTL_ERROR)
        return error->code;
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++) {
        if (error->domain == G_FILE_ERROR && error->code == (int)meanings[i].file && meanings[i].file != G_FILE_ERROR_FAILED)
            return meanings[i].code;
        if (error->domain == G_IO_ERROR && error->code == (int)meanings[i].io && meanings[i].io != G_IO_ERROR_FAILED)
            return meanings[i].code;
    }
    return GUESTCTL_ERROR_HYPERVISOR;
}

void error_set_errno(GError **error, int errnum, const char *format, ...)
{
    GuestctlErrorCode code = GUESTCTL_ERROR_HYPERVISOR;
    for (gsize i = 0; i < G_N_ELEMENTS(meanings); i++)
        if (meanings[i].errnum == errnum) {
            code = meanings[i].code;
            break;
        }

    va_list args;
    va_start(args, format);
    g_autofree char *doing = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, GUESTCTL_ERROR, (int)code, "%s: %s", doing, g_strerror(errnum));
}
