/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/image/passport.h"
#include "tests/common/disk-lies.h"

/* Whole files as a stranger would send them, through the real program: each is refused by the name of its reason, or read to an
 * end that says what is wrong, in less than a second and 64 MiB. */

enum { MIB = 1 << 20, MEMORY_MOST_KIB = 64 * 1024 };

#define TEXT(text) (text), sizeof(text) - 1

typedef struct Piece {
    gsize at;
    const char *bytes;
    gsize length;
} Piece;

static void put(int fd, gsize at, const void *bytes, gsize length)
{
    assert_int_equal(pwrite(fd, bytes, length, (off_t)at), length);
}

static void put_le32(int fd, gsize at, guint32 value)
{
    value = GUINT32_TO_LE(value);
    put(fd, at, &value, sizeof value);
}

static int new_file(guint64 size)
{
    int fd = memfd_create("image", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    return fd;
}

/* Of the processes that looked, in µs: a machine that is busy with other things makes no image slow. */
static gint64 time_taken(void)
{
    struct rusage used;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * G_USEC_PER_SEC + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

/* Closes it. The passport, or NULL with what was said. */
static Passport *inspect(int fd, const char *declared, char **said)
{
    g_autoptr(GError) error = NULL;
    gint64 before = time_taken();
    Passport *passport = passport_inspect(fd, "stranger.img", declared, NULL, &error);
    gint64 taken = time_taken() - before;
    close(fd);
    if (taken > G_USEC_PER_SEC)
        fail_msg("it took %" G_GINT64_FORMAT " ms", taken / 1000);
    assert_true((passport == NULL) == (error != NULL));
    if (error && !g_error_matches(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID))
        fail_msg("%s", error->message);
    *said = error ? g_strdup(error->message) : NULL;
    return passport;
}

static void assert_refused(int fd, const char *declared, const char *what, const char *because)
{
    g_autofree char *said = NULL;
    g_autoptr(Passport) passport = inspect(fd, declared, &said);
    if (passport)
        fail_msg("%s was not refused", what);
    if (!strstr(said, because) || !strstr(said, "stranger.img is an image that nothing should open: "))
        fail_msg("%s: \"%s\" does not say \"%s\"", what, said, because);
}

static int base_file(const Base *base)
{
    int fd = new_file(base->size);
    for (gsize i = 0; i < G_N_ELEMENTS(base->pieces); i++)
        put(fd, base->pieces[i].at, base->pieces[i].bytes, base->pieces[i].length);
    return fd;
}

static void each_header_that_lies_is_refused(void **state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (!rows[i].fault)
            continue;
        int fd = base_file(rows[i].base);
        put(fd, rows[i].at, rows[i].bytes, rows[i].length);
        g_autofree char *what = g_strdup_printf("row %" G_GSIZE_FORMAT, i);
        assert_refused(fd, NULL, what, rows[i].fault);
    }
}

static void an_image_that_names_another_file_is_refused(void **state)
{
    static const struct {
        const char *what;
        const Base *base; /* NULL: 1 MiB of zeros */
        Piece pieces[3];
        const char *because;
    } files[] = {
        {"qcow2 with a backing file", &qcow2, {{8, TEXT("\0\0\0\0\0\0\0\x80\0\0\0\x0b")}, {128, TEXT("/etc/shadow")}}, "a backing file"},
        {"qcow2 that backs itself", &qcow2, {{8, TEXT("\0\0\0\0\0\0\0\x80\0\0\0\x0c")}, {128, TEXT("stranger.img")}}, "a backing file"},
        {"qcow2 with a URL as backing file", &qcow2, {{8, TEXT("\0\0\0\0\0\0\0\x80\0\0\0\x1b")}, {128, TEXT("json:{\"driver\":\"nbd\"}")}}, "a backing file"},
        {"qcow2 with an external data file", &qcow2, {{72, TEXT("\0\0\0\0\0\0\0\4")}}, "an external data file"},
        {"qcow2 that is encrypted", &qcow2, {{32, TEXT("\0\0\0\2")}}, "it is encrypted"},
        {"qcow with a backing file", &qcow, {{8, TEXT("\0\0\0\0\0\0\0\x30\0\0\0\4")}}, "a backing file"},
        {"qcow that is encrypted", &qcow, {{36, TEXT("\0\0\0\1")}}, "it is encrypted"},
        {"qed with a backing file", &qed, {{16, TEXT("\1")}}, "a backing file"},
        {"vhd with a parent", &vhd, {{60, TEXT("\0\0\0\4")}}, "a backing file"},
        {"vdi with a parent", &vdi, {{0x1a8, TEXT("parent")}}, "a backing file"},
        {"vmdk with a parent", &vmdk, {{512, TEXT("# Disk DescriptorFile\nparentCID=12345678\nparentFileNameHint=\"/etc/shadow\"\n")}}, "a backing file"},
        {"vmdk whose descriptor is the disk", &vmdk, {{12, TEXT("\0\0\0\0\0\0\0\0")}}, "an external data file"},
        {"vmdk descriptor of a host's file", NULL, {{0, TEXT("# Disk DescriptorFile\nversion=1\ncreateType=\"monolithicFlat\"\nRW 2048 FLAT \"/etc/shadow\" 0\n")}}, "an external data file"},
        {"vmdk descriptor of a device", NULL, {{0, TEXT("# Disk DescriptorFile\nversion=1\ncreateType=\"fullDevice\"\nRW 2048 FLAT \"/dev/sda\" 0\n")}}, "an external data file"},
        {"luks", NULL, {{0, TEXT("LUKS\xba\xbe\0\1aes")}}, "it is encrypted"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        int fd = files[i].base ? base_file(files[i].base) : new_file(MIB);
        for (gsize j = 0; j < G_N_ELEMENTS(files[i].pieces); j++)
            put(fd, files[i].pieces[j].at, files[i].pieces[j].bytes, files[i].pieces[j].length);
        assert_refused(fd, NULL, files[i].what, files[i].because);
    }
}

static void a_file_that_is_two_formats_is_refused(void **state)
{
    static const struct {
        const Base *base;
        Piece piece;
        const char *because;
    } files[] = {
        {&qcow2, {32769, TEXT("CD001")}, "signatures of both qcow2 and iso"},
        {&qed, {32769, TEXT("CD001")}, "signatures of both qed and iso"},
        {&vmdk, {32769, TEXT("CD001")}, "signatures of both vmdk and iso"},
        {&vdi, {0, TEXT("QFI\xfb\0\0\0\2")}, "signatures of both qcow2 and vdi"},
        {&vdi, {0, TEXT("conectix")}, "it starts as vhd, but"},
        {&qcow2, {0x40, TEXT("\x7f\x10\xda\xbe")}, "signatures of both qcow2 and vdi"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        int fd = base_file(files[i].base);
        put(fd, files[i].piece.at, files[i].piece.bytes, files[i].piece.length);
        assert_refused(fd, NULL, files[i].because, files[i].because);
    }
}

static void another_format_than_the_declared_one_is_refused(void **state)
{
    assert_refused(base_file(&qcow2), "raw", "qcow2 as raw", "it is really qcow2, but was declared as raw");
    assert_refused(base_file(&vmdk), "qcow2", "vmdk as qcow2", "it is really vmdk, but was declared as qcow2");
    assert_refused(new_file(MIB), "qcow2", "zeros as qcow2", "it is really raw, but was declared as qcow2");
}

static void a_header_that_is_cut_short_is_refused(void **state)
{
    const Base *const bases[] = {&qcow2, &qcow, &qed, &vhd, &vmdk, &vdi, &ploop};
    for (gsize i = 0; i < G_N_ELEMENTS(bases); i++) {
        int fd = base_file(bases[i]);
        assert_int_equal(ftruncate(fd, bases[i] == &vdi ? 100 : bases[i] == &vhd || bases[i] == &vmdk ? 200 : 40), 0);
        assert_refused(fd, NULL, bases[i]->name, "its header is cut short");
    }
}

static void mbr_entry(int fd, gsize sector, gsize number, guint8 type, guint32 start, guint32 sectors)
{
    gsize at = sector * 512 + 446 + number * 16;
    put(fd, at + 4, &type, 1);
    put_le32(fd, at + 8, start);
    put_le32(fd, at + 12, sectors);
    put(fd, sector * 512 + 510, "\x55\xaa", 2);
}

/* The sum of UEFI's tables, bit by bit. */
static guint32 crc(const guint8 *bytes, gsize length)
{
    guint32 sum = 0xffffffff;
    for (gsize i = 0; i < length; i++) {
        sum ^= bytes[i];
        for (unsigned bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
    }
    return ~sum;
}

static void a_partition_table_that_leads_astray_is_refused(void **state)
{
    int loop = new_file(MIB);
    mbr_entry(loop, 0, 0, 0x05, 63, 1000);
    mbr_entry(loop, 63, 0, 0x83, 1, 10);
    mbr_entry(loop, 63, 1, 0x05, 0, 100); /* itself */
    assert_refused(loop, NULL, "a loop", "its logical partitions form a loop");

    int chain = new_file(MIB);
    mbr_entry(chain, 0, 0, 0x05, 63, 2000);
    for (guint32 i = 0; i < 100; i++) {
        mbr_entry(chain, 63 + i, 0, 0x83, 1, 1);
        mbr_entry(chain, 63 + i, 1, 0x05, i + 1, 1);
    }
    assert_refused(chain, NULL, "a chain", "it has more logical partitions than any disk needs");

    int gpt = new_file(MIB);
    guint8 header[92] = "EFI PART";
    header[12] = sizeof header;
    memset(header + 80, 0xff, 4); /* entries */
    header[84] = 128;
    guint32 sum = GUINT32_TO_LE(crc(header, sizeof header));
    mbr_entry(gpt, 0, 0, 0xee, 1, 2047);
    put(gpt, 512, header, sizeof header);
    put(gpt, 512 + 16, &sum, sizeof sum);
    assert_refused(gpt, NULL, "a GPT", "its GPT has more or larger entries than any disk needs");
}

static void what_is_damaged_is_unknown(void **state)
{
    g_autofree char *said = NULL;
    int fd = new_file(MIB);
    mbr_entry(fd, 0, 0, 0x83, 0x7fffffff, 0xffffffff);
    g_autoptr(Passport) behind = inspect(fd, NULL, &said);
    assert_non_null(behind);
    assert_string_equal(behind->notes->pdata[0], "a partition begins behind the end of the disk");

    int broken = new_file(MIB);
    mbr_entry(broken, 0, 0, 0x05, 63, 100);
    g_autoptr(Passport) passport = inspect(broken, NULL, &said);
    assert_non_null(passport);
    assert_string_equal(passport->table, "unknown");
    assert_int_equal(passport_verdict(passport, WAY_PV)->can, CAN_UNKNOWN);
}

/* A superblock that claims more than the disk has, and one with groups of one block: neither is worth its memory. */
static void a_file_system_that_lies_is_not_read(void **state)
{
    static const struct {
        guint32 blocks, per_group, log_block;
    } lies[] = {{0xffffffff, 8192, 0}, {1000, 0, 0}, {1000, 1, 0}, {1000, 8192, 60}, {1, 0xffffffff, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
        g_autofree char *said = NULL;
        int fd = new_file(MIB);
        put_le32(fd, 1024, 128);
        put_le32(fd, 1024 + 4, lies[i].blocks);
        put_le32(fd, 1024 + 24, lies[i].log_block);
        put_le32(fd, 1024 + 32, lies[i].per_group);
        put_le32(fd, 1024 + 40, 128);
        put(fd, 1024 + 56, "\x53\xef", 2);
        put_le32(fd, 1024 + 76, 1);
        g_autoptr(Passport) passport = inspect(fd, NULL, &said);
        assert_non_null(passport);
        const PassportPartition *whole = passport->partitions->pdata[0];
        assert_string_equal(whole->file_system, "ext2");
        assert_false(whole->is_read);
        assert_int_equal(passport_verdict(passport, WAY_PV)->can, CAN_UNKNOWN);
    }
}

/* FAT16 with one folder, EFI, whose chain of clusters goes round and has no end. */
static void a_folder_without_an_end_has_one(void **state)
{
    g_autofree char *said = NULL;
    int fd = new_file(16 * MIB);
    put(fd, 0, TEXT("\xeb\x3c\x90MSDOS5.0\0\2\1\1\0\1\x20\0\0\0\xf8\x40\0"));
    put_le32(fd, 32, 32000);
    put(fd, 510, "\x55\xaa", 2);
    put(fd, 512, TEXT("\xf8\xff\xff\xff\2\0")); /* cluster 2 is followed by 2 */
    put(fd, (1 + 64) * 512, TEXT("EFI        \x10"));
    put(fd, (1 + 64) * 512 + 26, TEXT("\2\0"));
    g_autofree guint8 *full = g_malloc(512);
    memset(full, 'x', 512);
    for (gsize at = 11; at < 512; at += 32)
        full[at] = 0x20;
    put(fd, (1 + 64 + 2) * 512, full, 512);
    g_autoptr(Passport) passport = inspect(fd, NULL, &said);
    assert_non_null(passport);
    assert_int_equal(passport_verdict(passport, WAY_KVM_UEFI)->can, CAN_UNKNOWN);
}

#if !defined(__SANITIZE_ADDRESS__) /* ASan's shadow is larger than any limit */
static void none_of_them_took_much_memory(void **state)
{
    struct rusage used, own;
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &used), 0);
    assert_int_equal(getrusage(RUSAGE_SELF, &own), 0);
    /* A child begins as a copy of this process, and the kernel counts that too: under valgrind it is the larger part. */
    assert_in_range(used.ru_maxrss, 1, MAX(MEMORY_MOST_KIB, own.ru_maxrss));
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_header_that_lies_is_refused),
        cmocka_unit_test(an_image_that_names_another_file_is_refused),
        cmocka_unit_test(a_file_that_is_two_formats_is_refused),
        cmocka_unit_test(another_format_than_the_declared_one_is_refused),
        cmocka_unit_test(a_header_that_is_cut_short_is_refused),
        cmocka_unit_test(a_partition_table_that_leads_astray_is_refused),
        cmocka_unit_test(what_is_damaged_is_unknown),
        cmocka_unit_test(a_file_system_that_lies_is_not_read),
        cmocka_unit_test(a_folder_without_an_end_has_one),
#if !defined(__SANITIZE_ADDRESS__)
        cmocka_unit_test(none_of_them_took_much_memory),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
