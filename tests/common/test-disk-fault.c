/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/disk-format.h"
#include "common/error.h"
#include "tests/common/disk-lies.h"

static int make_file(const Base *base, char **path)
{
    int fd = g_file_open_tmp("guestctl-fault-XXXXXX", path, NULL);
    assert_true(fd >= 0);
    for (gsize i = 0; i < G_N_ELEMENTS(base->pieces); i++)
        assert_int_equal(pwrite(fd, base->pieces[i].bytes, base->pieces[i].length, (off_t)base->pieces[i].at), base->pieces[i].length);
    assert_int_equal(ftruncate(fd, (off_t)base->size), 0);
    return fd;
}

static void read_info(int fd, const char *path, DiskInfo *info)
{
    g_autoptr(GError) error = NULL;
    if (!disk_info_read_fd(fd, path, info, &error))
        fail_msg("%s", error->message);
    close(fd);
    g_unlink(path);
}

static void each_lie_of_a_header_is_named(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = NULL;
        DiskInfo info;
        int fd = make_file(rows[i].base, &path);
        assert_int_equal(pwrite(fd, rows[i].bytes, rows[i].length, (off_t)rows[i].at), rows[i].length);
        read_info(fd, path, &info);
        assert_string_equal(disk_format_name(info.format), rows[i].base->name);
        if (g_strcmp0(info.fault, rows[i].fault) != 0)
            fail_msg("row %" G_GSIZE_FORMAT ", %s at %" G_GSIZE_FORMAT ": \"%s\", not \"%s\"", i, rows[i].base->name, rows[i].at,
                     info.fault ? info.fault : "no fault", rows[i].fault);
    }
}

static void what_they_are_made_from_has_no_fault(void **state)
{
    const Base *const bases[] = {&qcow2, &qcow, &qed, &vhd, &vmdk, &vdi, &ploop};
    for (gsize i = 0; i < G_N_ELEMENTS(bases); i++) {
        g_autofree char *path = NULL;
        DiskInfo info;
        int fd = make_file(bases[i], &path);
        read_info(fd, path, &info);
        if (info.fault)
            fail_msg("%s: %s", bases[i]->name, info.fault);
        assert_int_equal(info.virtual_size, 1 << 30);
    }
}

static bool run(const char *program, const char *words, const char *path)
{
    g_autofree char *line = g_strdup_printf("%s %s %s 40M", program, words, path);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    int status = -1;
    return g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, NULL) && status == 0;
}

/* The real maker's files, with every option that changes the header. */
static void nothing_that_qemu_img_makes_has_a_fault(void **state)
{
    static const char *const makes[] = {
        "-f qcow2", "-f qcow2 -o compat=0.10", "-f qcow2 -o cluster_size=512", "-f qcow2 -o cluster_size=2M", "-f qcow2 -o refcount_bits=1",
        "-f qcow2 -o refcount_bits=64", "-f qcow2 -o lazy_refcounts=on", "-f qcow2 -o compression_type=zstd", "-f qcow2 -o extended_l2=on",
        "-f qcow2 -o preallocation=metadata", "-f qcow2 -o cluster_size=16k,extended_l2=on", "-f qcow", "-f qed", "-f qed -o cluster_size=4096,table_size=1",
        "-f qed -o cluster_size=1048576,table_size=16", "-f vpc", "-f vpc -o subformat=fixed", "-f vpc -o force_size=on", "-f vmdk",
        "-f vmdk -o subformat=streamOptimized", "-f vmdk -o compat6=on", "-f vmdk -o adapter_type=lsilogic", "-f vdi", "-f vdi -o static=on",
        "-f parallels", "-f parallels -o cluster_size=65536", "-f vhdx",
    };
    g_autofree char *program = g_find_program_in_path("qemu-img");
    if (!program) {
        print_message("qemu-img is missing (Debian: qemu-utils)\n");
        skip();
    }
    g_autofree char *folder = g_dir_make_tmp("guestctl-fault-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "disk", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(makes); i++) {
        g_autofree char *words = g_strdup_printf("create -q %s", makes[i]);
        g_autoptr(GError) error = NULL;
        DiskInfo info;
        if (!run(program, words, path))
            fail_msg("qemu-img %s failed", words);
        if (!disk_info_read(path, &info, &error) || info.fault)
            fail_msg("%s: %s", makes[i], error ? error->message : info.fault);
        g_unlink(path);
    }
    g_rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_lie_of_a_header_is_named),
        cmocka_unit_test(what_they_are_made_from_has_no_fault),
        cmocka_unit_test(nothing_that_qemu_img_makes_has_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
