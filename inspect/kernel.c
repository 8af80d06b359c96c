/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/kernel.h"

#include <elf.h>
#include <string.h>

#include "common/disk-bytes.h"
#include "inspect/unpack.h"

/* Linux's Documentation/arch/x86/boot.rst, and Xen's public/elfnote.h. */

enum { NOTE_ENTRY = 1, NOTE_XEN_VERSION = 5, NOTE_GUEST_OS = 6, NOTE_LOADER = 8, NOTE_PHYS32_ENTRY = 18 };
enum { HEADERS_MAX = 64, NOTES_MAX = 64 * 1024, SEGMENTS_MAX = 4 };

/* An ELF file that comes by in pieces: what is wanted of it lies in rising order, and is kept. */
typedef struct Scan {
    guint64 at;            /* of the next piece */
    guint64 from, length;  /* what is wanted now */
    GByteArray *kept;
    enum { WANT_HEADER, WANT_SEGMENTS, WANT_NOTES, DONE, BROKEN } want;
    bool is_64;
    struct {
        guint64 at, length;
    } notes[SEGMENTS_MAX]; /* in rising order */
    guint notes_count, notes_read;
    bool entry, version, known_os, pvh;
} Scan;

static void want(Scan *scan, int what, guint64 from, guint64 length)
{
    scan->want = from < scan->from + scan->length || from > G_MAXINT64 ? BROKEN : what; /* it has gone by, or cannot be */
    scan->from = from;
    scan->length = length;
    g_byte_array_set_size(scan->kept, 0);
}

static void read_header(Scan *scan)
{
    const guint8 *header = scan->kept->data;
    scan->is_64 = header[EI_CLASS] == ELFCLASS64;
    guint64 at = scan->is_64 ? le64(header + 32) : le32(header + 28);
    guint32 size = le16(header + (scan->is_64 ? 54 : 42)), count = le16(header + (scan->is_64 ? 56 : 44));
    if (memcmp(header, ELFMAG, SELFMAG) != 0 || header[EI_DATA] != ELFDATA2LSB || size != (scan->is_64 ? 56 : 32) || count == 0 ||
        count > HEADERS_MAX)
        scan->want = BROKEN;
    else
        want(scan, WANT_SEGMENTS, at, size * count);
}

static void want_next_notes(Scan *scan)
{
    if (scan->notes_read == scan->notes_count)
        scan->want = DONE;
    else
        want(scan, WANT_NOTES, scan->notes[scan->notes_read].at, scan->notes[scan->notes_read].length);
}

/* Xen reads every segment of notes but those at 0. */
static void read_segments(Scan *scan)
{
    guint size = scan->is_64 ? 56 : 32;
    for (guint i = 0; i + size <= scan->kept->len; i += size) {
        const guint8 *segment = scan->kept->data + i;
        guint64 at = scan->is_64 ? le64(segment + 8) : le32(segment + 4), length = scan->is_64 ? le64(segment + 32) : le32(segment + 16);
        if (le32(segment) != PT_NOTE || at == 0 || length == 0)
            continue;
        if (length > NOTES_MAX || scan->notes_count == SEGMENTS_MAX) {
            scan->want = BROKEN;
            return;
        }
        guint place = scan->notes_count++;
        for (; place > 0 && scan->notes[place - 1].at > at; place--)
            scan->notes[place] = scan->notes[place - 1];
        scan->notes[place].at = at;
        scan->notes[place].length = length;
    }
    want_next_notes(scan);
}

static bool begins(const guint8 *text, guint64 length, const char *with)
{
    return length > strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static void read_notes(Scan *scan)
{
    const guint8 *notes = scan->kept->data;
    guint64 length = scan->kept->len;
    for (guint64 at = 0; at + 12 <= length;) {
        guint64 name = le32(notes + at), content = le32(notes + at + 4), padded = (name + 3) / 4 * 4, value = at + 12 + padded;
        guint32 type = le32(notes + at + 8);
        if (name == 4 && at + 16 <= length && memcmp(notes + at + 12, "Xen", 4) == 0 && content <= length - value) {
            scan->entry |= type == NOTE_ENTRY;
            scan->pvh |= type == NOTE_PHYS32_ENTRY;
            scan->version |= type == NOTE_XEN_VERSION && begins(notes + value, content, "xen-3.0");
            scan->known_os |= (type == NOTE_LOADER && begins(notes + value, content, "generic")) ||
                              (type == NOTE_GUEST_OS && begins(notes + value, content, "linux"));
        }
        at = value + (content + 3) / 4 * 4;
    }
    scan->notes_read++;
    want_next_notes(scan);
}

/* What Xen's domain builder asks of a PV kernel (libelf's elf_xen_note_check). Where no note says where to begin, it takes the ELF
 * header's word, if that lies in the kernel as the guest will see it. */
static Can pv_by_notes(const Scan *scan)
{
    return !scan->version || !scan->known_os ? CAN_NO : scan->entry ? CAN_YES : CAN_UNKNOWN;
}

static bool scan_piece(void *data, const guint8 *bytes, gsize length)
{
    Scan *scan = data;
    guint64 end = scan->at + length;
    while (scan->want != DONE && scan->want != BROKEN && scan->from < end) {
        guint64 missing = scan->from + scan->kept->len, take = MIN(end, scan->from + scan->length) - missing;
        g_byte_array_append(scan->kept, bytes + (missing - scan->at), (guint)take);
        if (scan->kept->len < scan->length)
            break;
        switch (scan->want) {
        case WANT_HEADER:
            read_header(scan);
            break;
        case WANT_SEGMENTS:
            read_segments(scan);
            break;
        case WANT_NOTES:
            read_notes(scan);
            break;
        case DONE:
        case BROKEN:
            break;
        }
        if ((scan->want == WANT_SEGMENTS || scan->want == WANT_NOTES) && scan->from < scan->at)
            scan->want = BROKEN;
    }
    scan->at = end;
    return scan->want != DONE && scan->want != BROKEN;
}

static void read_xen_notes(Disk *file, guint64 at, guint64 length, Kernel *kernel)
{
    enum { HEADER_64 = 64 };
    g_autoptr(GByteArray) kept = g_byte_array_new();
    Scan scan = {.kept = kept, .want = WANT_HEADER, .from = 0, .length = HEADER_64};
    unpack(file, at, length, kernel->compression, scan_piece, &scan);
    if (scan.want != DONE)
        return;
    kernel->pv = pv_by_notes(&scan);
    kernel->pvh = scan.pvh ? CAN_YES : CAN_NO;
}

static void copy_version(Disk *file, guint64 at, Kernel *kernel)
{
    char text[sizeof kernel->version] = "";
    if (!disk_read(file, at, text, sizeof text - 1))
        return;
    gsize length = 0;
    while (text[length] && g_ascii_isgraph(text[length]))
        length++;
    memcpy(kernel->version, text, length);
}

static bool read_bzimage(Disk *file, const guint8 *head, bool notes, Kernel *kernel)
{
    enum { PROTOCOL_PAYLOAD = 0x208, SECTOR = 512, IS_64 = 1 };
    guint64 setup = (head[0x1f1] ? head[0x1f1] : 4U) + 1U, payload = setup * SECTOR + le32(head + 0x248), length = le32(head + 0x24c);
    guint8 magic[8];
    kernel->is_bzimage = true;
    kernel->architecture = le16(head + 0x206) >= 0x20c && (le16(head + 0x236) & IS_64) ? "x86_64" : NULL;
    if (le16(head + 0x20e))
        copy_version(file, le16(head + 0x20e) + 0x200U, kernel);
    if (le16(head + 0x206) < PROTOCOL_PAYLOAD || !disk_read(file, payload, magic, sizeof magic))
        return true;
    kernel->compression = unpack_name(magic, sizeof magic);
    if (notes && payload <= file->size && length <= file->size - payload)
        read_xen_notes(file, payload, length, kernel);
    return true;
}

bool kernel_read(Disk *file, bool notes, Kernel *kernel)
{
    guint8 head[0x260] = {0};
    *kernel = (Kernel){.compression = "unknown", .pv = CAN_UNKNOWN, .pvh = CAN_UNKNOWN};
    if (!disk_read(file, 0, head, MIN(file->size, (guint64)sizeof head)))
        return false;
    if (file->size > sizeof head && le16(head + 0x1fe) == 0xaa55 && memcmp(head + 0x202, "HdrS", 4) == 0)
        return read_bzimage(file, head, notes, kernel);
    if (memcmp(head + 56, "ARM\x64", 4) == 0) {
        kernel->architecture = "aarch64";
        kernel->compression = "none";
        kernel->pv = kernel->pvh = CAN_NO; /* Xen on Arm has neither */
        return true;
    }
    kernel->compression = unpack_name(head, sizeof head);
    if (!g_str_equal(kernel->compression, "none") && !g_str_equal(kernel->compression, "gzip") && !g_str_equal(kernel->compression, "xz"))
        return false;
    kernel->is_elf = true;
    if (g_str_equal(kernel->compression, "none") && head[EI_CLASS] == ELFCLASS64 && le16(head + 18) == EM_X86_64)
        kernel->architecture = "x86_64";
    if (notes)
        read_xen_notes(file, 0, file->size, kernel);
    return !notes || kernel->pv != CAN_UNKNOWN;
}
