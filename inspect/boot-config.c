/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "inspect/image.h"

/* Which kernels the files of boot loaders name. Best effort, and said so by what follows from it: a line that has a variable in its
 * path names nothing here. */

enum { CONFIG_MAX = 256 * 1024, KERNELS_MAX = 3 };

/* The second word of the first lines that begin with one of these words: printable, and without GRUB's variables. */
static char *named_by(const char *line, const char *const *words)
{
    line += strspn(line, " \t");
    for (; *words; words++) {
        gsize length = strlen(*words);
        if (g_ascii_strncasecmp(line, *words, length) != 0 || (line[length] != ' ' && line[length] != '\t'))
            continue;
        line += length + strspn(line + length, " \t");
        g_autofree char *path = g_strndup(line, strcspn(line, " \t\r\n"));
        for (const char *c = path; *c; c++)
            if (!g_ascii_isgraph(*c) || strchr("$()\"'`\\", *c))
                return NULL;
        return strlen(path) > 0 && strlen(path) < 200 ? g_steal_pointer(&path) : NULL;
    }
    return NULL;
}

/* The kernels of a configuration, in its order, each once. */
static GPtrArray *kernels_of(const char *text, const char *const *words)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (const char *line = text; *line && paths->len < KERNELS_MAX; line += strcspn(line, "\n"), line += *line == '\n') {
        g_autofree char *path = named_by(line, words);
        if (path && !g_ptr_array_find_with_equal_func(paths, path, g_str_equal, NULL))
            g_ptr_array_add(paths, g_steal_pointer(&path));
    }
    return paths;
}

static const PassportKernel *known(const Passport *passport, const char *path)
{
    for (guint i = 0; i < passport->kernels->len; i++) {
        const PassportKernel *kernel = passport->kernels->pdata[i];
        if (g_str_equal(kernel->path, path))
            return kernel;
    }
    return NULL;
}

/* Look at one, unless enough were. False when it is not there; *about is filled when it is a kernel. */
static bool add_kernel(Image *image, const char *path, Kernel *about, bool *was_read)
{
    Disk *file = NULL;
    *was_read = false;
    if (image_open(image, path, &file) != LOOK_FOUND)
        return false;
    bool first = image->passport->kernels->len == 0; /* GRUB's, or the only one there is */
    *was_read = kernel_read(file, image->notes_wanted && first, about);
    disk_free(file);
    if (!*was_read || known(image->passport, path) || image->passport->kernels->len >= KERNELS_MAX)
        return true;
    PassportKernel *kernel = passport_add_kernel(image->passport);
    kernel->path = g_strdup(path);
    kernel->version = *about->version ? g_strdup(about->version) : NULL;
    kernel->compression = g_strdup(about->compression);
    kernel->pv = about->pv;
    kernel->pvh = about->pvh;
    if (about->architecture && !image->passport->architecture)
        image->passport->architecture = g_strdup(about->architecture);
    return true;
}

static void grub_config(Image *image)
{
    static const char *const places[] = {"/boot/grub/grub.cfg", "/grub/grub.cfg", NULL};
    static const char *const others[] = {"/boot/grub2/grub.cfg", "/grub2/grub.cfg", "/boot/grub/menu.lst", NULL};
    static const char *const words[] = {"linux", "linux16", "linuxefi", NULL};
    GrubConfig *grub = &image->grub;
    g_autofree char *text = NULL;
    for (gsize i = 0; places[i] && !grub->found; i++)
        grub->found = image_text(image, places[i], CONFIG_MAX, &text, NULL) == LOOK_FOUND;
    for (gsize i = 0; others[i] && !grub->elsewhere; i++)
        grub->elsewhere = image_has(image, others[i]);
    grub->own_grub = image_has(image, "/boot/xen/pvboot-x86_64.elf") || image_has(image, "/xen/pvboot-x86_64.elf");
    if (!text)
        return;
    g_autoptr(GPtrArray) paths = kernels_of(text, words);
    if (paths->len) {
        grub->kernel = g_strdup(paths->pdata[0]);
        grub->kernel_is_there = add_kernel(image, grub->kernel, &grub->about, &grub->kernel_was_read);
    }
}

static void syslinux_config(Image *image)
{
    static const char *const places[] = {"/boot/extlinux/extlinux.conf", "/extlinux/extlinux.conf", "/boot/extlinux.conf", "/extlinux.conf",
                                         "/boot/syslinux/syslinux.cfg", "/syslinux/syslinux.cfg", "/syslinux.cfg", NULL};
    static const char *const words[] = {"linux", "kernel", NULL};
    for (gsize i = 0; places[i]; i++) {
        g_autofree char *text = NULL;
        Kernel about;
        bool was_read;
        if (image_text(image, places[i], CONFIG_MAX, &text, NULL) != LOOK_FOUND)
            continue;
        g_autoptr(GPtrArray) paths = kernels_of(text, words);
        g_autofree char *folder = g_path_get_dirname(places[i]);
        for (guint j = 0; j < paths->len; j++) {
            g_autofree char *path = g_canonicalize_filename(paths->pdata[j], folder);
            add_kernel(image, path, &about, &was_read);
        }
        return;
    }
}

/* systemd-boot's entries, which Fedora's GRUB reads too. */
static void loader_entries(Image *image)
{
    static const char *const folders[] = {"/loader/entries", "/boot/loader/entries", NULL};
    static const char *const words[] = {"linux", NULL};
    for (guint i = 0; i < image->volumes->len; i++) {
        FileSystem *system = g_array_index(image->volumes, Volume, i).system;
        for (gsize j = 0; system && folders[j]; j++) {
            g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
            if (system->list(system, folders[j], names) != LOOK_FOUND || names->len == 0)
                continue;
            image_loader(image, "%u entr%s in %s", names->len, names->len == 1 ? "y" : "ies", folders[j]);
            for (guint k = 0; k < names->len && k < KERNELS_MAX; k++) {
                g_autofree char *path = g_build_filename(folders[j], names->pdata[k], NULL), *text = NULL;
                Kernel about;
                bool was_read;
                if (fs_text(system, path, CONFIG_MAX, &text) != LOOK_FOUND)
                    continue;
                g_autoptr(GPtrArray) paths = kernels_of(text, words);
                if (paths->len)
                    add_kernel(image, paths->pdata[0], &about, &was_read);
            }
        }
    }
}

/* Where no configuration was understood: what stands where Debian and Fedora put kernels. */
static void unnamed_kernels(Image *image)
{
    static const char *const links[] = {"/boot/vmlinuz", "/vmlinuz", NULL};
    static const char *const folders[] = {"/boot", "/", NULL};
    Kernel about;
    bool was_read;
    for (gsize i = 0; links[i] && image->passport->kernels->len == 0; i++)
        add_kernel(image, links[i], &about, &was_read);
    for (guint i = 0; i < image->volumes->len; i++) {
        FileSystem *system = g_array_index(image->volumes, Volume, i).system;
        for (gsize j = 0; system && folders[j] && image->passport->kernels->len == 0; j++) {
            g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
            if (system->list(system, folders[j], names) != LOOK_FOUND)
                continue;
            for (guint k = 0; k < names->len && image->passport->kernels->len == 0; k++)
                if (g_str_has_prefix(names->pdata[k], "vmlinuz-")) {
                    g_autofree char *path = g_build_filename(folders[j], names->pdata[k], NULL);
                    add_kernel(image, path, &about, &was_read);
                }
        }
    }
}

void kernels_look(Image *image)
{
    grub_config(image);
    syslinux_config(image);
    loader_entries(image);
    if (image->passport->kernels->len == 0)
        unnamed_kernels(image);
}
