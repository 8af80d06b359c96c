/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/loop.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/file.h"

GHashTable *xen_loop_list(void)
{
    GHashTable *loops = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GDir) dir = g_dir_open("/sys/block", 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (!g_str_has_prefix(name, "loop"))
            continue;
        g_autofree char *path = g_strdup_printf("/sys/block/%s/loop/backing_file", name);
        char *file = file_read(path, 8192, NULL, NULL);
        if (file)
            g_hash_table_insert(loops, g_strdup(name), g_strchomp(file));
    }
    return loops;
}

static bool is_disk_of(const libxl_domain_config *config, const char *file)
{
    for (int i = 0; i < config->num_disks; i++) {
        char *real = config->disks[i].pdev_path ? realpath(config->disks[i].pdev_path, NULL) : NULL;
        bool same = real && g_str_equal(real, file);
        free(real);
        if (same)
            return true;
    }
    return false;
}

GPtrArray *xen_loop_left(const libxl_domain_config *config, GHashTable *before)
{
    GPtrArray *left = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GHashTable) loops = xen_loop_list();
    GHashTableIter iter;
    char *name, *file;
    g_hash_table_iter_init(&iter, loops);
    while (g_hash_table_iter_next(&iter, (void **)&name, (void **)&file))
        if (is_disk_of(config, file) && !(before && g_hash_table_contains(before, name)))
            g_ptr_array_add(left, g_strdup_printf("/dev/%s", name));
    return left;
}

void xen_loop_release(const libxl_domain_config *config, GHashTable *before)
{
    g_autoptr(GPtrArray) left = xen_loop_left(config, before);
    for (guint i = 0; i < left->len; i++) {
        int fd = open(left->pdata[i], O_RDONLY | O_EXCL | O_CLOEXEC); /* EBUSY: somebody holds it */
        if (fd < 0)
            continue;
        (void)ioctl(fd, LOOP_CLR_FD, 0);
        close(fd);
    }
}
