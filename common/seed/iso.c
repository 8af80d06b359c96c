/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <libburn.h> /* for struct burn_source alone */
#include <libisofs.h>

#include "common/error.h"
#include "common/seed/seed.h"

/* Why libisofs and not libarchive: libarchive writes the time of the day into the volume, and makes a temporary file.
 *
 * Why it is loaded when it is needed and not simply linked: with what it brings it would cost every command, most of which
 * make no seed, a tenth of its start. So guestctl also runs, and says what is missing, without it. */
#define ISO_FUNCTIONS(X)                                                                                               \
    X(iso_init) X(iso_set_msgs_severities) X(iso_set_local_charset) X(iso_error_to_msg) X(iso_image_new)               \
    X(iso_image_unref) X(iso_image_set_volume_id) X(iso_image_get_root) X(iso_image_add_new_dir)                       \
    X(iso_image_add_new_file) X(iso_memory_stream_new) X(iso_dir_get_node) X(iso_write_opts_new) X(iso_write_opts_free) \
    X(iso_write_opts_set_iso_level) X(iso_write_opts_set_rockridge) X(iso_write_opts_set_joliet)                       \
    X(iso_write_opts_set_no_force_dots) X(iso_write_opts_set_omit_version_numbers)                                     \
    X(iso_write_opts_set_relaxed_vol_atts) X(iso_write_opts_set_replace_timestamps)                               \
    X(iso_write_opts_set_default_timestamp) X(iso_write_opts_set_always_gmt) X(iso_write_opts_set_pvd_times)           \
    X(iso_write_opts_set_replace_mode) X(iso_write_opts_set_default_dir_mode) X(iso_write_opts_set_default_file_mode)  \
    X(iso_write_opts_set_default_uid) X(iso_write_opts_set_default_gid) X(iso_image_create_burn_source)

static struct {
#define MEMBER(name) __typeof__(name) *name;
    ISO_FUNCTIONS(MEMBER)
#undef MEMBER
} iso;

/* 1 January 1980: every field of the format can hold it. */
#define EPOCH 315532800
#define EPOCH_TEXT "1980010100000000"

static bool fail(int code, const char *doing, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_RESOURCES, "libisofs: %s: %s", doing, iso.iso_error_to_msg(code));
    return false;
}

static bool load(GError **error)
{
    static bool loaded;
    if (loaded)
        return true;
    void *library = dlopen("libisofs.so.6", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                    "libisofs is not installed (%s); install it with: apt-get install libisofs6", dlerror());
        return false;
    }
    const char *missing = NULL;
#define RESOLVE(name)                                                    \
    if (!(iso.name = (__typeof__(iso.name))dlsym(library, #name)))       \
        missing = #name;
    ISO_FUNCTIONS(RESOLVE)
#undef RESOLVE
    if (missing) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "this libisofs has no %s; guestctl needs libisofs 1.4.2 or newer", missing);
        return false;
    }
    int code = iso.iso_init();
    if (code < 0)
        return fail(code, "start", error);
    iso.iso_set_msgs_severities((char *)"NEVER", (char *)"NEVER", (char *)"");
    iso.iso_set_local_charset((char *)"UTF-8", 0);
    return loaded = true;
}

static bool add_file(IsoImage *image, const SeedFile *file, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(file->path, "/", -1);
    IsoDir *folder = iso.iso_image_get_root(image);
    guint i = 0;
    for (; parts[i] && parts[i + 1]; i++) {
        IsoNode *there = NULL;
        IsoDir *made = NULL;
        int code = iso.iso_dir_get_node(folder, parts[i], &there);
        if (code == 0)
            code = iso.iso_image_add_new_dir(image, folder, parts[i], &made);
        if (code < 0)
            return fail(code, parts[i], error);
        folder = there ? (IsoDir *)there : made;
    }
    gsize size = 0;
    const void *data = g_bytes_get_data(file->bytes, &size);
    unsigned char *copy = malloc(size + 1); /* libisofs takes and frees it, and wants one of an empty file too */
    if (!copy)
        return fail((int)ISO_OUT_OF_MEM, file->path, error);
    if (size)
        memcpy(copy, data, size);
    IsoStream *stream = NULL;
    int code = iso.iso_memory_stream_new(copy, size, &stream);
    if (code < 0) {
        free(copy);
        return fail(code, file->path, error);
    }
    code = iso.iso_image_add_new_file(image, folder, parts[i] ? parts[i] : "", stream, NULL);
    return code >= 0 || fail(code, file->path, error);
}

/* Names as they are, read by everybody, owned by root, and no time of today in it. */
static void set_options(IsoWriteOpts *options)
{
    iso.iso_write_opts_set_iso_level(options, 3);
    iso.iso_write_opts_set_rockridge(options, 1);
    iso.iso_write_opts_set_joliet(options, 1);
    iso.iso_write_opts_set_no_force_dots(options, 2); /* Joliet's names as they are */
    iso.iso_write_opts_set_omit_version_numbers(options, 2);
    iso.iso_write_opts_set_relaxed_vol_atts(options, 1); /* the label in small letters */
    iso.iso_write_opts_set_replace_mode(options, 2, 2, 2, 2);
    iso.iso_write_opts_set_default_dir_mode(options, 0555);
    iso.iso_write_opts_set_default_file_mode(options, 0444);
    iso.iso_write_opts_set_default_uid(options, 0);
    iso.iso_write_opts_set_default_gid(options, 0);
    iso.iso_write_opts_set_replace_timestamps(options, 2);
    iso.iso_write_opts_set_default_timestamp(options, EPOCH);
    iso.iso_write_opts_set_always_gmt(options, 1);
    iso.iso_write_opts_set_pvd_times(options, EPOCH, EPOCH, 0, 0, (char *)EPOCH_TEXT);
}

static GBytes *generate(IsoImage *image, GError **error)
{
    IsoWriteOpts *options = NULL;
    struct burn_source *source = NULL;
    int code = iso.iso_write_opts_new(&options, 0);
    if (code >= 0) {
        set_options(options);
        code = iso.iso_image_create_burn_source(image, options, &source);
        iso.iso_write_opts_free(options);
    }
    if (code < 0) {
        fail(code, "write", error);
        return NULL;
    }
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    unsigned char block[2048];
    int got;
    while ((got = source->read_xt(source, block, sizeof block)) > 0)
        g_byte_array_append(bytes, block, (guint)got);
    source->free_data(source);
    free(source);
    if (got == 0 && bytes->len > 0)
        return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
    fail((int)ISO_WRITE_ERROR, "write", error);
    return NULL;
}

GBytes *seed_iso(const Seed *seed, GError **error)
{
    static const char *const labels[] = {[SEED_NOCLOUD] = "cidata", [SEED_CONFIG_DRIVE] = "config-2"};
    IsoImage *image = NULL;
    if (!load(error))
        return NULL;
    int code = iso.iso_image_new(labels[seed->kind], &image);
    if (code < 0) {
        fail(code, "begin", error);
        return NULL;
    }
    iso.iso_image_set_volume_id(image, labels[seed->kind]);
    bool good = true;
    for (guint i = 0; i < seed->files->len && good; i++)
        good = add_file(image, seed->files->pdata[i], error);
    GBytes *bytes = good ? generate(image, error) : NULL;
    iso.iso_image_unref(image);
    return bytes;
}
