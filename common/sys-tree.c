/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/sys-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"

#define ACCOUNTS_MAX (4 * 1024 * 1024) /* bytes of /etc/passwd and /etc/group */

SysTree *sys_tree_new(const char *root)
{
    SysTree *tree = g_new0(SysTree, 1);
    tree->root = g_strdup(root);
    tree->faults = g_ptr_array_new_with_free_func(g_free);
    return tree;
}

void sys_tree_free(SysTree *tree)
{
    if (!tree)
        return;
    g_free(tree->root);
    g_ptr_array_unref(tree->faults);
    g_free(tree);
}

void sys_tree_forget_faults(SysTree *tree)
{
    g_ptr_array_set_size(tree->faults, 0);
}

/* After a call that failed. That nothing is there is no fault. */
static void note_errno(const SysTree *tree, const char *path)
{
    int number = errno;
    if (number != ENOENT && number != ENOTDIR)
        g_ptr_array_add(tree->faults, g_strdup_printf("%s%s: %s", tree->root, path, g_strerror(number)));
}

bool sys_exists(const SysTree *tree, const char *path)
{
    Fd fd = sys_open(tree, path, O_PATH);
    if (fd < 0)
        note_errno(tree, path);
    return fd >= 0;
}

bool sys_is_null(const SysTree *tree, const char *path)
{
    char target[16] = "";
    Fd fd = sys_open(tree, path, O_PATH | O_NOFOLLOW);
    struct stat st;
    return (fd >= 0 && readlinkat(fd, "", target, sizeof target - 1) > 0 && g_str_equal(target, "/dev/null")) ||
           (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

char *sys_try_read(const SysTree *tree, const char *path, gsize max, gsize *length, GError **error)
{
    g_autofree char *full = g_strconcat(tree->root, path, NULL);
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    Fd fd = sys_open(tree, path, O_RDONLY | O_NONBLOCK);
    if (fd >= 0)
        return file_read_open(fd, full, max, length, error);
    error_set_errno(error, errno, "%s", full);
    return NULL;
}

char *sys_read(SysTree *tree, const char *path, gsize max)
{
    g_autoptr(GError) error = NULL;
    char *text = sys_try_read(tree, path, max, NULL, &error);
    if (!text && error_exit_status(error) != GUESTCTL_ERROR_NOT_FOUND)
        g_ptr_array_add(tree->faults, g_strdup(error->message));
    return text;
}

char *sys_read_line(SysTree *tree, const char *path)
{
    char *text = sys_read(tree, path, 8192);
    return text ? g_strstrip(text) : NULL;
}

char *sys_colon_value(const char *text, const char *name)
{
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        gsize n = strlen(name);
        if (strncmp(line, name, n) != 0)
            continue;
        const char *colon = line + n + strspn(line + n, " \t");
        if (*colon != ':')
            continue;
        colon += 1 + strspn(colon + 1, " \t");
        return g_strndup(colon, strcspn(colon, "\n"));
    }
    return NULL;
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GStrv sys_names(const SysTree *tree, const char *folder, const char *prefix, const char *suffix)
{
    int fd = sys_open(tree, folder, O_RDONLY | O_DIRECTORY);
    DIR *open = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd < 0)
        note_errno(tree, folder);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const struct dirent *entry; open && (entry = readdir(open));) {
        const char *name = entry->d_name;
        if (!g_str_equal(name, ".") && !g_str_equal(name, "..") && g_str_has_prefix(name, prefix) && g_str_has_suffix(name, suffix))
            g_ptr_array_add(names, g_strdup(name));
    }
    if (open)
        closedir(open);
    if (names->len)
        g_ptr_array_sort(names, by_name);
    g_ptr_array_add(names, NULL);
    return (GStrv)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

/* Each '*' of a path stands for what is in its folder; the first that is there. */
static char *first_match(const SysTree *tree, const char *done, const char *rest)
{
    const char *star = strchr(rest, '*');
    if (!star) {
        char *path = g_strconcat(done, rest, NULL);
        if (sys_exists(tree, path))
            return path;
        g_free(path);
        return NULL;
    }
    const char *part = star;
    while (part > rest && part[-1] != '/')
        part--;
    g_autofree char *folder = g_strdup_printf("%s%.*s", done, (int)(part - rest), rest);
    g_autofree char *prefix = g_strndup(part, (gsize)(star - part));
    g_autofree char *suffix = g_strndup(star + 1, strcspn(star + 1, "/"));
    g_auto(GStrv) names = sys_names(tree, folder, prefix, suffix);
    for (char **name = names; *name; name++) {
        g_autofree char *next = g_strconcat(folder, *name, NULL);
        char *path = first_match(tree, next, star + 1 + strlen(suffix));
        if (path)
            return path;
    }
    return NULL;
}

char *sys_first(const SysTree *tree, const char *const *paths)
{
    for (; *paths; paths++) {
        char *path = first_match(tree, "", *paths);
        if (path)
            return path;
    }
    return NULL;
}

/* The fields of the first line "NAME:..." of passwd or group, or of the one whose third field is this number. NULL: none. */
static GStrv account(SysTree *tree, const char *path, const char *name, const char *number)
{
    g_autofree char *text = sys_read(tree, path, ACCOUNTS_MAX);
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) fields = g_strsplit(*line, ":", -1);
        if (g_strv_length(fields) >= 4 && g_strcmp0(name ? fields[0] : fields[2], name ? name : number) == 0)
            return g_steal_pointer(&fields);
    }
    return NULL;
}

static void set_name(char to[33], SysTree *tree, const char *path, unsigned id)
{
    g_autofree char *number = g_strdup_printf("%u", id);
    g_auto(GStrv) fields = account(tree, path, NULL, number);
    g_strlcpy(to, fields ? fields[0] : number, 33);
}

static char type_of(mode_t mode)
{
    return S_ISCHR(mode) ? 'c' : S_ISBLK(mode) ? 'b' : S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISREG(mode) ? '-' : '?';
}

/* "rw-rw----" is 0660. */
static unsigned mode_of(const char letters[9])
{
    unsigned mode = 0;
    for (int i = 0; i < 9; i++)
        mode = mode << 1 | (letters[i] != '-');
    return mode;
}

/* "crw-rw---- 1 root kvm 10, 232 ...": what stands in a copy for a device. */
static bool look_at_recorded(SysTree *tree, const char *path, SysFile *file)
{
    g_autofree char *text = sys_read_line(tree, path);
    char letters[10] = "";
    if (!text || sscanf(text, "c%9[rwx-]", letters) != 1 || strlen(letters) != 9 || !strchr(" +.", text[10]))
        return false;
    const char *rest = text + strcspn(text, " "); /* "+": an ACL, ".": a label */
    if (sscanf(rest, " %*u %32s %32s %u, %u", file->owner, file->group, &file->major, &file->minor) != 4)
        return false;
    file->type = 'c';
    file->mode = mode_of(letters);
    return true;
}

SysFile sys_look(SysTree *tree, const char *path)
{
    SysFile file = {0};
    struct stat stat_of;
    Fd fd = sys_open(tree, path, O_PATH);
    if (fd < 0 || fstat(fd, &stat_of) < 0) {
        note_errno(tree, path);
        return file;
    }
    file.there = true;
    if (*tree->root && S_ISREG(stat_of.st_mode) && stat_of.st_size < 256 && look_at_recorded(tree, path, &file))
        return file;
    file.type = type_of(stat_of.st_mode);
    file.mode = stat_of.st_mode & 07777;
    file.major = major(stat_of.st_rdev);
    file.minor = minor(stat_of.st_rdev);
    set_name(file.owner, tree, "/etc/passwd", stat_of.st_uid);
    set_name(file.group, tree, "/etc/group", stat_of.st_gid);
    return file;
}

char *sys_file_text(const SysFile *file)
{
    char letters[10] = "rwxrwxrwx";
    for (int i = 0; i < 9; i++)
        if (!(file->mode & (0400u >> i)))
            letters[i] = '-';
    g_autofree char *device =
        file->type == 'c' || file->type == 'b' ? g_strdup_printf(" %u, %u", file->major, file->minor) : g_strdup("");
    return g_strdup_printf("%c%s %s %s%s", file->type, letters, file->owner, file->group, device);
}

bool sys_user_exists(SysTree *tree, const char *user)
{
    g_auto(GStrv) fields = account(tree, "/etc/passwd", user, NULL);
    return fields != NULL;
}

bool sys_group_exists(SysTree *tree, const char *group)
{
    g_auto(GStrv) fields = account(tree, "/etc/group", group, NULL);
    return fields != NULL;
}

bool sys_user_in_group(SysTree *tree, const char *user, const char *group)
{
    g_auto(GStrv) of_group = account(tree, "/etc/group", group, NULL);
    g_auto(GStrv) of_user = account(tree, "/etc/passwd", user, NULL);
    if (!of_group)
        return false;
    g_auto(GStrv) members = g_strsplit(of_group[3], ",", -1);
    return (of_user && g_str_equal(of_user[3], of_group[2])) || g_strv_contains((const char *const *)members, user);
}
