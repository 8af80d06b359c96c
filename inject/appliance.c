/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inject/appliance.h"

#include <string.h>

#include "common/error.h"

/* Every path here is the guest's: libguestfs' daemon goes to it inside the appliance, below the guest's own root, so a link leads
 * nowhere else. Texts that come back are at most 4 MiB, by libguestfs' protocol. */

#define MEMORY_MIB 512 /* libguestfs' own default is more than a small dom0 has */

typedef struct Work {
    guestfs_h *g;
    const Inject *inject;
} Work;

static bool failed(const Work *work, const char *path, GError **error)
{
    g_autofree char *doing = g_strdup_printf("the guest's %s cannot be written", path);
    return guestfs_failed(work->g, GUESTCTL_ERROR_HYPERVISOR, doing, error);
}

static void unreadable(const Work *work, const char *path, GError **error)
{
    g_autofree char *doing = g_strdup_printf("the guest's %s cannot be read", path);
    guestfs_failed(work->g, GUESTCTL_ERROR_INVALID, doing, error);
}

/* What the file says; "" when there is none and that is allowed. Caller frees. */
static char *read_text(const Work *work, const char *path, bool needed, GError **error)
{
    size_t size = 0;
    if (!needed && guestfs_exists(work->g, path) == 0)
        return g_strdup("");
    g_autofree char *text = guestfs_read_file(work->g, path, &size);
    if (text && strlen(text) == size)
        return g_steal_pointer(&text);
    if (text)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the guest's %s holds a NUL byte, so it is no text; mend the image", path);
    else
        unreadable(work, path, error);
    return NULL;
}

static bool put(const Work *work, const char *path, const char *data, gsize size, GError **error)
{
    return guestfs_write(work->g, path, data, size) == 0 || failed(work, path, error);
}

static bool put_hostname(const Work *work, GError **error)
{
    const char *name = work->inject->hostname;
    g_autofree char *line = name ? g_strconcat(name, "\n", NULL) : NULL;
    return !line || put(work, "/etc/hostname", line, strlen(line), error);
}

/* In its place: mode and owner of shadow(5) stay. */
static bool put_password(const Work *work, GError **error)
{
    const Inject *inject = work->inject;
    if (!inject->password_hash)
        return true;
    g_autofree char *shadow = read_text(work, "/etc/shadow", true, error);
    g_autofree char *text = shadow ? inject_shadow_with(shadow, inject->user, inject->password_hash, error) : NULL;
    return text && put(work, "/etc/shadow", text, strlen(text), error);
}

/* sshd reads no keys that others could have written. */
static bool own(const Work *work, const char *path, int mode, int uid, int gid, GError **error)
{
    return (guestfs_chmod(work->g, mode, path) == 0 && guestfs_chown(work->g, uid, gid, path) == 0) || failed(work, path, error);
}

static bool put_keys_below(const Work *work, const char *home, int uid, int gid, GError **error)
{
    g_autofree char *folder = g_build_filename(home, ".ssh", NULL), *path = g_build_filename(folder, "authorized_keys", NULL);
    if (guestfs_is_dir(work->g, home) != 1) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "user \"%s\" has no home folder %s in the guest; set user in [inject] to one that has", work->inject->user,
                    home);
        return false;
    }
    if (guestfs_is_dir(work->g, folder) != 1 && guestfs_mkdir(work->g, folder) != 0)
        return failed(work, folder, error);
    g_autofree char *there = own(work, folder, 0700, uid, gid, error) ? read_text(work, path, false, error) : NULL;
    g_autofree char *text = there ? inject_keys_with(there, work->inject->keys) : NULL;
    return text && put(work, path, text, strlen(text), error) && own(work, path, 0600, uid, gid, error);
}

static bool put_keys(const Work *work, GError **error)
{
    const Inject *inject = work->inject;
    g_autofree char *home = NULL;
    int uid, gid;
    if (!inject->keys || !*inject->keys)
        return true;
    g_autofree char *passwd = read_text(work, "/etc/passwd", true, error);
    return passwd && inject_home_of(passwd, inject->user, &home, &uid, &gid, error) && put_keys_below(work, home, uid, gid, error);
}

static bool put_files(const Work *work, GError **error)
{
    for (guint i = 0; i < work->inject->files->len; i++) {
        const InjectFile *file = work->inject->files->pdata[i];
        g_autofree char *folder = g_path_get_dirname(file->path);
        gsize size = 0;
        const char *data = g_bytes_get_data(file->bytes, &size);
        if (guestfs_mkdir_p(work->g, folder) != 0)
            return failed(work, folder, error);
        if (!put(work, file->path, data ? data : "", size, error) || !own(work, file->path, (int)file->mode, 0, 0, error))
            return false;
    }
    return true;
}

static bool start(const Work *work, const char *socket, GError **error)
{
    guestfs_h *g = work->g;
    g_autofree char *server = g_strconcat("unix:", socket, NULL);
    char *servers[] = {server, NULL};
    bool set = guestfs_set_backend(g, "direct") == 0 && guestfs_set_tmpdir(g, work->inject->scratch) == 0 &&
               guestfs_set_cachedir(g, work->inject->cache) == 0 && guestfs_set_memsize(g, MEMORY_MIB) == 0 &&
               (work->inject->kvm || guestfs_set_backend_setting(g, "force_tcg", "1") == 0) &&
               guestfs_add_drive_opts(g, "", GUESTFS_ADD_DRIVE_OPTS_FORMAT, "raw", GUESTFS_ADD_DRIVE_OPTS_PROTOCOL, "nbd",
                                      GUESTFS_ADD_DRIVE_OPTS_SERVER, servers, -1) == 0;
    if (set && guestfs_launch(g) == 0)
        return true;
    guestfs_failed(g, GUESTCTL_ERROR_HYPERVISOR, "libguestfs' appliance did not start", error);
    g_autofree char *more = g_strconcat((*error)->message, "; see what it says with: LIBGUESTFS_BACKEND=direct libguestfs-test-tool", NULL);
    g_free((*error)->message);
    (*error)->message = g_steal_pointer(&more);
    return false;
}

/* Files come last, as in nova: what the user gives as a file is what he gets. */
static bool put_all(const Work *work, GError **error)
{
    return mount_guest(work->g, work->inject, error) && put_hostname(work, error) && put_password(work, error) && put_keys(work, error) &&
           put_files(work, error) && (guestfs_umount_all(work->g) == 0 || guestfs_failed(work->g, GUESTCTL_ERROR_HYPERVISOR, "the guest's file systems cannot be unmounted", error));
}

bool appliance_run(const Inject *inject, const char *socket, GError **error)
{
    g_setenv("HOME", inject->scratch, TRUE);
    g_setenv("TMPDIR", inject->scratch, TRUE);
    g_setenv("XDG_RUNTIME_DIR", inject->scratch, TRUE); /* where libguestfs has its sockets */
    Work work = {guestfs_create(), inject};
    if (!work.g) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_HYPERVISOR, "libguestfs cannot be used; see: libguestfs-test-tool");
        return false;
    }
    guestfs_set_error_handler(work.g, NULL, NULL); /* what it would print is in the error */
    bool done = start(&work, socket, error) && put_all(&work, error) &&
                (guestfs_shutdown(work.g) == 0 || guestfs_failed(work.g, GUESTCTL_ERROR_HYPERVISOR, "libguestfs' appliance did not end well", error));
    guestfs_close(work.g);
    return done;
}
