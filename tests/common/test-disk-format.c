/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/disk-format.h"
#include "common/error.h"

/* A file made up of a few pieces over zeroes. */
typedef struct Piece {
    gsize at;
    const char *bytes;
    gsize length;
} Piece;

#define PIECE(at, text) {at, text, sizeof(text) - 1}

typedef struct Image {
    const char *what;
    guint64 size;
    Piece pieces[6];
    DiskFormat format;
    guint64 virtual_size;
    bool backing, data, encrypted;
    const char *refused; /* the message, instead of the five above */
} Image;

#define QCOW2_V3 PIECE(0, "QFI\xfb\0\0\0\3")
#define SIZE_1G_BE "\0\0\0\0\x40\0\0\0"
#define SIZE_1G_LE "\0\0\0\x40\0\0\0\0"
#define GIB G_GUINT64_CONSTANT(1073741824)

static const Image images[] = {
    {"an empty file", 0, {{0}}, DISK_FORMAT_RAW, 0},
    {"zeroes", 4096, {{0}}, DISK_FORMAT_RAW, 4096},
    {"a boot sector", 4096, {PIECE(510, "\x55\xaa")}, DISK_FORMAT_RAW, 4096},
    {"text that is no descriptor", 4096, {PIECE(0, "# a comment\nhello\n")}, DISK_FORMAT_RAW, 4096},
    {"qcow", 4096, {PIECE(0, "QFI\xfb\0\0\0\1"), PIECE(24, SIZE_1G_BE)}, DISK_FORMAT_QCOW, GIB},
    {"qcow with a backing file and a key", 4096, {PIECE(0, "QFI\xfb\0\0\0\1\0\0\0\0\0\0\0\x30"), PIECE(36, "\0\0\0\1")}, DISK_FORMAT_QCOW, 0, true, false, true},
    {"qcow2 v2", 4096, {PIECE(0, "QFI\xfb\0\0\0\2"), PIECE(24, SIZE_1G_BE)}, DISK_FORMAT_QCOW2, GIB},
    {"qcow2 v3", 4096, {QCOW2_V3, PIECE(24, SIZE_1G_BE)}, DISK_FORMAT_QCOW2, GIB},
    {"qcow2 with a backing file", 4096, {QCOW2_V3, PIECE(8, "\0\0\0\0\0\0\2\0"), PIECE(24, SIZE_1G_BE)}, DISK_FORMAT_QCOW2, GIB, true},
    {"qcow2 with a data file", 4096, {QCOW2_V3, PIECE(24, SIZE_1G_BE), PIECE(72, "\0\0\0\0\0\0\0\4")}, DISK_FORMAT_QCOW2, GIB, false, true},
    {"qcow2 with luks inside", 4096, {QCOW2_V3, PIECE(24, SIZE_1G_BE), PIECE(32, "\0\0\0\2")}, DISK_FORMAT_QCOW2, GIB, false, false, true},
    {"qcow2 of no known version", 4096, {PIECE(0, "QFI\xfb\0\0\0\4")}, .refused = "it starts as qcow2, but its version is neither 1, 2 nor 3"},
    {"qcow2 v2 cut short", 71, {PIECE(0, "QFI\xfb\0\0\0\2")}, .refused = "it starts as qcow2, but its header is cut short"},
    {"qcow2 v3 cut short", 103, {QCOW2_V3}, .refused = "it starts as qcow2, but its header is cut short"},
    {"qcow cut short", 8, {PIECE(0, "QFI\xfb\0\0\0\1")}, .refused = "it starts as qcow, but its header is cut short"},
    {"qcow2 of an impossible size", 4096, {QCOW2_V3, PIECE(24, "\xff\xff\xff\xff\xff\xff\xff\xff")}, .refused = "it starts as qcow2, but its header gives an impossible size"},
    {"qed", 4096, {PIECE(0, "QED"), PIECE(48, SIZE_1G_LE)}, DISK_FORMAT_QED, GIB},
    {"qed with a backing file", 4096, {PIECE(0, "QED"), PIECE(16, "\1")}, DISK_FORMAT_QED, 0, true},
    {"qed cut short", 63, {PIECE(0, "QED")}, .refused = "it starts as qed, but its header is cut short"},
    {"a dynamic vhd", 4096, {PIECE(0, "conectix"), PIECE(48, SIZE_1G_BE), PIECE(60, "\0\0\0\3")}, DISK_FORMAT_VHD, GIB},
    {"a differencing vhd", 4096, {PIECE(0, "conectix"), PIECE(48, SIZE_1G_BE), PIECE(60, "\0\0\0\4")}, DISK_FORMAT_VHD, GIB, true},
    {"a fixed vhd", 4608, {PIECE(4096, "conectix"), PIECE(4096 + 54, "\x10"), PIECE(4096 + 63, "\2"), PIECE(4096 + 64, "\xff\xff\xfc\x90")}, DISK_FORMAT_VHD, 4096},
    {"a fixed vhd that lost a part", 4608, {PIECE(4096, "conectix"), PIECE(4096 + 54, "\x12"), PIECE(4096 + 63, "\2"), PIECE(4096 + 64, "\xff\xff\xfc\x8e")},
     .refused = "it starts as vhd, but it is shorter than its footer says"},
    {"a dynamic vhd's footer alone", 4608, {PIECE(4096, "conectix"), PIECE(4096 + 63, "\3"), PIECE(4096 + 64, "\xff\xff\xfc\x9f")},
     .refused = "it starts as vhd, but a dynamic disk has lost its header"},
    {"eight letters in the last sector", 4608, {PIECE(4096, "conectix"), PIECE(4096 + 63, "\2")}, DISK_FORMAT_RAW, 4608},
    {"a fixed vhd's footer first", 4096, {PIECE(0, "conectix"), PIECE(60, "\0\0\0\2")}, .refused = "it starts as vhd, but a fixed disk's footer stands at its start"},
    {"vhd cut short", 511, {PIECE(0, "conectix")}, .refused = "it starts as vhd, but its header is cut short"},
    {"vhdx", 4096, {PIECE(0, "vhdxfile")}, DISK_FORMAT_VHDX, 0},
    {"a sparse vmdk", 4096, {PIECE(0, "KDMV"), PIECE(12, "\0\0\x20"), PIECE(28, "\1"), PIECE(36, "\2"), PIECE(512, "# Disk DescriptorFile\nCID=1\nparentCID=ffffffff\ncreateType=\"monolithicSparse\"\n")}, DISK_FORMAT_VMDK, GIB},
    {"a stream-optimized vmdk", 4096, {PIECE(0, "KDMV"), PIECE(12, "\0\0\x20"), PIECE(28, "\1"), PIECE(36, "\2"), PIECE(512, "createType=\"streamOptimized\"\n")}, DISK_FORMAT_VMDK, GIB},
    {"a sparse vmdk with a parent", 4096, {PIECE(0, "KDMV"), PIECE(12, "\0\0\x20"), PIECE(28, "\1"), PIECE(36, "\2"), PIECE(512, "parentCID=1234abcd\nparentFileNameHint=\"/etc/passwd\"\n")}, DISK_FORMAT_VMDK, GIB, true},
    {"a vmdk that hides a flat extent", 4096, {PIECE(0, "KDMV"), PIECE(12, "\0\0\x20"), PIECE(28, "\1"), PIECE(36, "\2"), PIECE(512, "createType=\"monolithicFlat\"\nRW 1 FLAT \"/etc/passwd\" 0\n")}, DISK_FORMAT_VMDK, GIB, false, true},
    {"a vmdk of no size", 4096, {PIECE(0, "KDMV"), PIECE(28, "\1"), PIECE(36, "\2")}, DISK_FORMAT_VMDK, 0, false, true},
    {"a vmdk whose descriptor is far away", 4096, {PIECE(0, "KDMV"), PIECE(28, "\0\0\0\1")}, .refused = "it starts as vmdk, but its descriptor is not at its start"},
    {"a vmdk of an impossible size", 4096, {PIECE(0, "KDMV"), PIECE(12, "\xff\xff\xff\xff\xff\xff\xff\xff")}, .refused = "it starts as vmdk, but its header gives an impossible size"},
    {"an ESX vmdk", 4096, {PIECE(0, "COWD")}, DISK_FORMAT_VMDK, 0},
    {"a vmdk descriptor", 200, {PIECE(0, "# Disk DescriptorFile\nversion=1\nRW 1 FLAT \"/etc/passwd\" 0\n")}, DISK_FORMAT_VMDK, 0, false, true},
    {"a vmdk descriptor as QEMU finds it", 200, {PIECE(0, "#x\n\n  version=1\nparentFileNameHint=\"a\"\n")}, DISK_FORMAT_VMDK, 0, true, true},
    {"vdi", 4096, {PIECE(0x40, "\x7f\x10\xda\xbe"), PIECE(0x170, SIZE_1G_LE)}, DISK_FORMAT_VDI, GIB},
    {"vdi with a parent", 4096, {PIECE(0x40, "\x7f\x10\xda\xbe"), PIECE(0x1a8, "\1")}, DISK_FORMAT_VDI, 0, true},
    {"ploop", 4096, {PIECE(0, "WithouFreSpacExt"), PIECE(36, "\0\0\x20")}, DISK_FORMAT_PLOOP, GIB},
    {"ploop of old", 4096, {PIECE(0, "WithoutFreeSpace"), PIECE(36, "\0\0\x20\0\xff")}, DISK_FORMAT_PLOOP, GIB},
    {"luks", 4096, {PIECE(0, "LUKS\xba\xbe\0\2")}, DISK_FORMAT_LUKS, 0, false, false, true},
    {"iso", 40960, {PIECE(32768, "\1CD001")}, DISK_FORMAT_ISO, 40960},
    {"a hybrid iso", 40960, {PIECE(510, "\x55\xaa"), PIECE(32768, "\1CD001")}, DISK_FORMAT_ISO, 40960},
    {"an iso that is a qcow2 too", 40960, {QCOW2_V3, PIECE(24, SIZE_1G_BE), PIECE(32768, "\1CD001")},
     .refused = "it has the signatures of both qcow2 and iso, so what it is depends on who reads it"},
    {"a qcow2 with a vhd's footer", 4608, {QCOW2_V3, PIECE(4096, "conectix"), PIECE(4096 + 54, "\x10"), PIECE(4096 + 63, "\2"), PIECE(4096 + 64, "\xff\xff\xfc\x90")},
     .refused = "it has the signatures of both qcow2 and vhd, so what it is depends on who reads it"},
};

static char *make_file(const Image *image)
{
    g_autoptr(GError) error = NULL;
    char *path = NULL;
    int fd = g_file_open_tmp("guestctl-disk-XXXXXX", &path, &error);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)image->size), 0);
    for (gsize i = 0; i < G_N_ELEMENTS(image->pieces); i++)
        assert_int_equal(pwrite(fd, image->pieces[i].bytes, image->pieces[i].length, (off_t)image->pieces[i].at), image->pieces[i].length);
    assert_int_equal(ftruncate(fd, (off_t)image->size), 0);
    close(fd);
    return path;
}

static void assert_is(const Image *image, const char *path)
{
    g_autoptr(GError) error = NULL;
    DiskInfo info = {.format = DISK_FORMAT_ARI, .virtual_size = 1};
    bool good = disk_info_read(path, &info, &error);
    if (image->refused) {
        g_autofree char *message = g_strdup_printf("%s: %s", path, image->refused);
        assert_false(good);
        assert_int_equal(error->code, GUESTCTL_ERROR_INVALID);
        assert_string_equal(error->message, message);
        assert_true(info.format == DISK_FORMAT_ARI && info.virtual_size == 1); /* untouched */
        return;
    }
    if (!good)
        fail_msg("%s: %s", image->what, error->message);
    if (info.format != image->format || info.virtual_size != image->virtual_size || info.has_backing_file != image->backing ||
        info.has_data_file != image->data || info.is_encrypted != image->encrypted || info.file_size != image->size || info.is_block_device)
        fail_msg("%s: %s of %" G_GUINT64_FORMAT " bytes, backing %d, data %d, encrypted %d", image->what, disk_format_name(info.format),
                 info.virtual_size, info.has_backing_file, info.has_data_file, info.is_encrypted);
}

static void knows_each_format_by_its_own_bytes(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(images); i++) {
        g_autofree char *path = make_file(&images[i]);
        assert_is(&images[i], path);
        g_unlink(path);
    }
}

static void a_disk_that_was_replaced_since_the_plan_is_noticed(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(images); i++) {
        g_autofree char *path = make_file(&images[i]);
        g_autoptr(GError) raw = NULL, same = NULL, other = NULL;
        DiskInfo info = {0};
        bool plain = disk_info_read(path, &info, NULL) && !info.has_backing_file && !info.has_data_file && !info.fault;
        assert_true(disk_check_planned(path, DISK_FORMAT_RAW, &raw)); /* the guest's own business */
        assert_int_equal(disk_check_planned(path, images[i].format, &same), plain || images[i].format == DISK_FORMAT_RAW);
        assert_false(disk_check_planned(path, DISK_FORMAT_AKI, &other));
        assert_int_equal(other->code, GUESTCTL_ERROR_INVALID);
        g_unlink(path);
    }
}

static void what_is_no_disk_is_named(void **state)
{
    g_autofree char *folder = g_dir_make_tmp("guestctl-disk-XXXXXX", NULL);
    g_autofree char *fifo = g_build_filename(folder, "fifo", NULL);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const char *const wrong[] = {folder, fifo, "/dev/null"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        DiskFormat format = DISK_FORMAT_ARI;
        g_autofree char *message = g_strdup_printf("%s is neither a file nor a block device", wrong[i]);
        assert_false(disk_format_detect(wrong[i], &format, &error));
        assert_int_equal(error->code, GUESTCTL_ERROR_INVALID);
        assert_string_equal(error->message, message);
        assert_int_equal(format, DISK_FORMAT_ARI);
    }
    g_unlink(fifo);
    g_rmdir(folder);

    g_autoptr(GError) error = NULL;
    DiskFormat format;
    assert_false(disk_format_detect("/nonexistent/disk", &format, &error));
    assert_int_equal(error->code, GUESTCTL_ERROR_NOT_FOUND);
    assert_true(g_str_has_prefix(error->message, "/nonexistent/disk: "));
}

static void names_and_formats_agree(void **state)
{
    for (int i = DISK_FORMAT_RAW; i <= DISK_FORMAT_ARI; i++) {
        DiskFormat format = DISK_FORMAT_RAW;
        assert_true(disk_format_parse(disk_format_name((DiskFormat)i), &format, NULL));
        assert_int_equal(format, i);
    }
    DiskFormat format = DISK_FORMAT_RAW;
    assert_true(disk_format_parse("vpc", &format, NULL));
    assert_int_equal(format, DISK_FORMAT_VHD);
    assert_true(disk_format_parse("parallels", &format, NULL));
    assert_int_equal(format, DISK_FORMAT_PLOOP);
}

static void an_unknown_format_names_the_choices(void **state)
{
    g_autoptr(GError) error = NULL;
    DiskFormat format = DISK_FORMAT_ISO;
    assert_false(disk_format_parse("QCOW2\n", &format, &error));
    assert_int_equal(error->code, GUESTCTL_ERROR_INVALID);
    assert_string_equal(error->message, "disk format \"QCOW2\\n\" is not known (use raw, qcow2, vhd, vhdx, vmdk, vdi, iso, qed, qcow, luks, "
                                        "ploop, ami, aki or ari)");
    assert_int_equal(format, DISK_FORMAT_ISO);
}

static void only_amazons_words_stand_for_raw(void **state)
{
    assert_true(disk_format_agrees(DISK_FORMAT_AMI, DISK_FORMAT_RAW));
    assert_true(disk_format_agrees(DISK_FORMAT_QCOW2, DISK_FORMAT_QCOW2));
    assert_false(disk_format_agrees(DISK_FORMAT_AMI, DISK_FORMAT_QCOW2));
    assert_false(disk_format_agrees(DISK_FORMAT_RAW, DISK_FORMAT_QCOW2));
    assert_false(disk_format_agrees(DISK_FORMAT_QCOW2, DISK_FORMAT_RAW));
    assert_false(disk_format_agrees(DISK_FORMAT_RAW, DISK_FORMAT_ISO));
}

/* The real maker's files, where it is installed. */
static void agrees_with_qemu_img(void **state)
{
    static const struct {
        const char *option, *format;
        DiskFormat expected;
        bool size_is_known;
    } makes[] = {
        {"-fraw", "raw", DISK_FORMAT_RAW, true},          {"-fqcow", "qcow", DISK_FORMAT_QCOW, true},
        {"-fqcow2", "compat=0.10", DISK_FORMAT_QCOW2, true}, {"-fqcow2", "compat=1.1", DISK_FORMAT_QCOW2, true},
        {"-fqed", "qed", DISK_FORMAT_QED, true},          {"-fvpc", "subformat=dynamic,force_size=on", DISK_FORMAT_VHD, true},
        {"-fvpc", "subformat=fixed,force_size=on", DISK_FORMAT_VHD, true}, {"-fvhdx", "vhdx", DISK_FORMAT_VHDX, false},
        {"-fvmdk", "subformat=monolithicSparse", DISK_FORMAT_VMDK, true}, {"-fvmdk", "subformat=streamOptimized", DISK_FORMAT_VMDK, true},
        {"-fvdi", "vdi", DISK_FORMAT_VDI, true},          {"-fparallels", "parallels", DISK_FORMAT_PLOOP, true},
    };
    g_autofree char *program = g_find_program_in_path("qemu-img");
    if (!program) {
        print_message("qemu-img is missing (Debian: qemu-utils)\n");
        skip();
    }
    g_autofree char *folder = g_dir_make_tmp("guestctl-disk-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "disk", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(makes); i++) {
        bool has_options = strchr(makes[i].format, '=') != NULL;
        const char *const argv[] = {program, "create", "-q", makes[i].option, path, "8M", has_options ? "-o" : NULL, makes[i].format, NULL};
        char **args = g_strdupv((char **)(guintptr)argv);
        int status = -1;
        g_autoptr(GError) error = NULL;
        assert_true(g_spawn_sync(NULL, args, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL));
        g_strfreev(args);
        assert_int_equal(status, 0);

        DiskInfo info;
        if (!disk_info_read(path, &info, &error))
            fail_msg("%s: %s", makes[i].format, error->message);
        if (info.format != makes[i].expected || info.has_backing_file || info.has_data_file ||
            (makes[i].size_is_known && info.virtual_size != 8 * 1024 * 1024))
            fail_msg("%s %s: %s, %" G_GUINT64_FORMAT " bytes", makes[i].option, makes[i].format, disk_format_name(info.format),
                     info.virtual_size);
        g_unlink(path);
    }
    g_rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_each_format_by_its_own_bytes),
        cmocka_unit_test(a_disk_that_was_replaced_since_the_plan_is_noticed),
        cmocka_unit_test(what_is_no_disk_is_named),
        cmocka_unit_test(names_and_formats_agree),
        cmocka_unit_test(an_unknown_format_names_the_choices),
        cmocka_unit_test(only_amazons_words_stand_for_raw),
        cmocka_unit_test(agrees_with_qemu_img),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
