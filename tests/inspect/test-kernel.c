/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <elf.h>
#include <string.h>

#include "inspect/kernel.h"
#include "inspect/look.h"

/* ELF files of a few hundred bytes with the notes of a kernel. What Xen 4.17 makes of such notes was seen in tests/xen/real/passport.sh. */

enum { ENTRY = 1, VERSION = 5, GUEST_OS = 6, LOADER = 8, PHYS32 = 18, SEGMENTS = 6, SPACE = 4096 };

typedef struct Note {
    guint32 type;
    const char *text; /* NULL: four bytes that are some address */
} Note;

typedef struct Segment {
    guint64 at; /* 0: none */
    Note notes[5];
} Segment;

static gsize put_notes(guint8 *to, const Note *notes)
{
    gsize at = 0;
    for (; notes->type; notes++) {
        gsize length = notes->text ? strlen(notes->text) + 1 : 4;
        Elf64_Nhdr head = {.n_namesz = 4, .n_descsz = (guint32)length, .n_type = notes->type};
        memcpy(to + at, &head, sizeof head);
        memcpy(to + at + sizeof head, "Xen", 4);
        memcpy(to + at + sizeof head + 4, notes->text ? notes->text : "\0\0\1\0", length);
        at += sizeof head + 4 + (length + 3) / 4 * 4;
    }
    return at;
}

static void elf_of(guint8 *file, const Segment *segments)
{
    Elf64_Ehdr head = {.e_machine = EM_X86_64, .e_phoff = sizeof head, .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = SEGMENTS};
    memcpy(head.e_ident, ELFMAG "\2\1\1", 7);
    memset(file, 0, SPACE);
    memcpy(file, &head, sizeof head);
    for (gsize i = 0; i < SEGMENTS; i++) {
        Elf64_Phdr segment = {.p_type = PT_LOAD, .p_offset = 0, .p_filesz = SPACE};
        if (i > 0 && segments[i - 1].at)
            segment = (Elf64_Phdr){.p_type = PT_NOTE, .p_offset = segments[i - 1].at, .p_filesz = put_notes(file + segments[i - 1].at, segments[i - 1].notes)};
        memcpy(file + sizeof head + i * sizeof segment, &segment, sizeof segment);
    }
}

#define GOOD {VERSION, "xen-3.0"}, {GUEST_OS, "linux"}
#define NOTES(...) {{1024, {__VA_ARGS__}}}

static void xen_notes_say_what_a_kernel_can(void **state)
{
    static const struct {
        const char *what;
        Segment segments[SEGMENTS - 1];
        Can pv, pvh;
    } rows[] = {
        {"Linux", NOTES(GOOD, {ENTRY}, {PHYS32}), CAN_YES, CAN_YES},
        {"without PVH", NOTES(GOOD, {ENTRY}), CAN_YES, CAN_NO},
        {"PVH alone", NOTES({PHYS32}), CAN_NO, CAN_YES},
        {"any system", NOTES({VERSION, "xen-3.0-x86_64"}, {LOADER, "generic"}, {ENTRY}), CAN_YES, CAN_NO},
        {"a system that Xen does not know", NOTES({VERSION, "xen-3.0"}, {GUEST_OS, "other"}, {ENTRY}), CAN_NO, CAN_NO},
        {"no system", NOTES({VERSION, "xen-3.0"}, {ENTRY}), CAN_NO, CAN_NO},
        {"another Xen", NOTES({VERSION, "xen-2.0"}, {GUEST_OS, "linux"}, {ENTRY}), CAN_NO, CAN_NO},
        {"no version", NOTES({GUEST_OS, "linux"}, {ENTRY}), CAN_NO, CAN_NO},
        {"begins where the ELF header says", NOTES(GOOD), CAN_UNKNOWN, CAN_NO},
        {"no notes", {{0}}, CAN_NO, CAN_NO},
        {"in two segments, the later one first", {{2048, {{PHYS32}, {ENTRY}}}, {1024, {GOOD}}}, CAN_YES, CAN_YES},
        {"in more segments than any kernel has", {{1024, {GOOD}}, {1280, {{1}}}, {1536, {{1}}}, {1792, {{1}}}, {2048, {{1}}}}, CAN_UNKNOWN, CAN_UNKNOWN},
        {"in the midst of the headers", {{80, {GOOD}}}, CAN_UNKNOWN, CAN_UNKNOWN},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint8 file[SPACE];
        DiskBudget budget = {.bytes = 1 << 20};
        Kernel kernel;
        elf_of(file, rows[i].segments);
        g_autoptr(Disk) disk = disk_of_memory(file, sizeof file, &budget);
        kernel_read(disk, true, &kernel);
        if (kernel.pv != rows[i].pv || kernel.pvh != rows[i].pvh)
            fail_msg("%s: PV %s, PVH %s", rows[i].what, can_name(kernel.pv), can_name(kernel.pvh));
    }
}

static Passport *look_at(const guint8 *file, gsize length)
{
    DiskBudget budget = {.bytes = 1 << 20};
    g_autoptr(Disk) disk = disk_of_memory(file, length, &budget);
    Passport *passport = passport_new();
    look(disk, NULL, true, passport);
    return passport;
}

static void an_image_that_is_a_kernel_is_no_disk(void **state)
{
    static const Segment segments[SEGMENTS - 1] = NOTES(GOOD, {ENTRY});
    guint8 file[SPACE];
    elf_of(file, segments);
    g_autoptr(Passport) passport = look_at(file, sizeof file);
    assert_int_equal(passport->kernels->len, 1);
    const PassportKernel *kernel = passport->kernels->pdata[0];
    assert_string_equal(kernel->path, "");
    assert_string_equal(kernel->compression, "none");
    assert_int_equal(kernel->pv, CAN_YES);
    assert_int_equal(kernel->pvh, CAN_NO);
    assert_string_equal(passport->architecture, "x86_64");
    for (BootWay way = 0; way < WAY_COUNT; way++) {
        assert_int_equal(passport_verdict(passport, way)->can, CAN_NO);
        assert_string_equal(passport_verdict(passport, way)->because, "it is a kernel and no disk: a guest boots with it by kernel_id or --kernel");
    }
}

/* A bzImage begins as a disk with a boot sector does. */
static void the_boot_sector_of_a_bzimage_starts_nothing(void **state)
{
    guint8 file[SPACE] = "MZ\xea\7\0\xc0\7";
    memcpy(file + 0x1fe, "\x55\xaa\0\0HdrS\xf\2", 10);
    g_autoptr(Passport) passport = look_at(file, sizeof file);
    assert_int_equal(passport_verdict(passport, WAY_KVM_BIOS)->can, CAN_NO);
    assert_int_equal(passport->kernels->len, 1);
    memcpy(file + 0x202, "HdrX", 4);
    g_autoptr(Passport) sector = look_at(file, sizeof file);
    assert_int_equal(passport_verdict(sector, WAY_KVM_BIOS)->can, CAN_YES);
    assert_int_equal(sector->kernels->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xen_notes_say_what_a_kernel_can),
        cmocka_unit_test(an_image_that_is_a_kernel_is_no_disk),
        cmocka_unit_test(the_boot_sector_of_a_bzimage_starts_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
