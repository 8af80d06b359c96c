/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/identity.h"
#include "common/image/convert.h"
#include "common/image/fetch.h"
#include "common/image/publish.h"
#include "common/image/stored.h"

enum { WAIT_LOOK_MS = 50 };

#define CONVERTED "converted"

typedef struct Job {
    const Paths *paths;
    ImageSource *source;
    const ImageImport *import;
    GCancellable *cancel;
    const char *document; /* of the wish or of the source; NULL: none */
    ImageMeta *meta;
    char *name;
    char *folder;         /* .incoming/KEY */
    Fetch fetch;
    StoredImage *image;   /* what it becomes */
} Job;

static void job_clear(Job *job)
{
    image_meta_free(job->meta);
    stored_image_free(job->image);
    g_free((char *)job->fetch.hash_value);
    g_free(job->name);
    g_free(job->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Job, job_clear)

static Passport *passport_copy(const Passport *passport)
{
    g_autofree char *text = passport ? passport_to_json(passport) : NULL;
    return text ? passport_parse(text, strlen(text), "passport", NULL) : NULL;
}

static bool refuse(const Job *job, GError **error, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool refuse(const Job *job, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *why = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s", job->source->text, why);
    return false;
}

/* Glance's words for hashes. */
static const struct {
    const char *name;
    GChecksumType type;
} hashes[] = {{"sha512", G_CHECKSUM_SHA512}, {"sha384", G_CHECKSUM_SHA384}, {"sha256", G_CHECKSUM_SHA256}, {"sha1", G_CHECKSUM_SHA1}, {"md5", G_CHECKSUM_MD5}};

static bool take_hash(Job *job, const char *algorithm, const char *value, GError **error)
{
    g_autofree char *name = g_ascii_strdown(algorithm, -1);
    for (gsize i = 0; i < G_N_ELEMENTS(hashes); i++) {
        if (!g_str_equal(hashes[i].name, name))
            continue;
        if (strlen(value) != (gsize)g_checksum_type_get_length(hashes[i].type) * 2 || strspn(value, "0123456789abcdefABCDEF") != strlen(value))
            return refuse(job, error, "its declared hash is no %s", hashes[i].name);
        job->fetch.hash = hashes[i].type;
        job->fetch.hash_value = g_ascii_strdown(value, -1);
        return true;
    }
    return refuse(job, error, "its hash is declared by \"%.32s\", which cannot be verified here (md5, sha1, sha256, sha384 and sha512 can); have it hashed by one "
                              "of those", name);
}

/* The source's own word first; the old MD5 only where there is nothing better. */
static bool find_hash(Job *job, GError **error)
{
    const ImageMeta *meta = job->meta;
    job->fetch.hash = G_CHECKSUM_SHA512;
    if (job->source->hash_algo && job->source->hash_value)
        return take_hash(job, job->source->hash_algo, job->source->hash_value, error);
    if (meta->hash_algo && meta->hash_value)
        return take_hash(job, meta->hash_algo, meta->hash_value, error);
    return !meta->checksum || take_hash(job, "md5", meta->checksum, error);
}

static bool find_name(Job *job, GError **error)
{
    const char *name = job->import->name ? job->import->name : job->meta->name ? job->meta->name : job->source->name;
    if (!name)
        return refuse(job, error, "it has no name; give one with --name");
    job->name = g_strdup(name);
    return image_name_check(name, error);
}

/* It becomes a folder's name, and comes from the network. */
static bool check_id(const Job *job, GError **error)
{
    return !job->source->id || image_name_check(job->source->id, NULL) ||
           refuse(job, error, "the image service gives it an id that cannot be one here; see which service that is");
}

static bool check_size(const Job *job, GError **error)
{
    if (job->source->size > 0 && (guint64)job->source->size > DISK_VIRTUAL_MAX)
        return refuse(job, error, "it claims to have %" G_GINT64_FORMAT " bytes, more than 64 TiB; see whether that is the image", job->source->size);
    if (job->meta->size < 0 || job->source->size < 0 || job->meta->size == job->source->size)
        return true;
    return refuse(job, error, "it has %" G_GINT64_FORMAT " bytes, and its metadata says %" G_GINT64_FORMAT "; it was cut off or replaced, fetch it again",
                  job->source->size, job->meta->size);
}

/* What has come is for the next import that wants the same of the same source. Without a declared hash it is only as good as the
 * memory of this boot: a power cut may have taken blocks of it. */
static char *folder_of(const Job *job)
{
    g_autofree char *boot = job->fetch.hash_value ? NULL : file_read("/proc/sys/kernel/random/boot_id", 64, NULL, NULL);
    g_autofree char *text = g_strconcat(job->source->key, "\n", job->fetch.hash_value ? job->fetch.hash_value : boot ? g_strchomp(boot) : "", NULL);
    g_autofree char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    return stored_incoming(job->paths, key);
}

static bool prepare(Job *job, GError **error)
{
    const ImageImport *import = job->import;
    job->document = import->document ? import->document : job->source->document;
    job->meta = image_meta_parse_changed(job->document, job->document ? strlen(job->document) : 0, import->changes,
                                         import->document_name ? import->document_name : job->source->text, error);
    if (!job->meta || !find_name(job, error) || !check_id(job, error) || !find_hash(job, error) || !check_size(job, error))
        return false;
    job->folder = folder_of(job);
    job->image = stored_new();
    job->image->name = g_strdup(job->name);
    job->image->source = g_strdup(job->source->text);
    job->image->source_key = g_strdup(job->source->key);
    for (guint i = 0; import->changes && i < import->changes->len; i++) {
        const ImageChange *change = import->changes->pdata[i];
        g_autofree char *notice = NULL;
        if (!image_change_add(job->image->changes, change->name, change->value, &notice, error))
            return false;
    }
    return true;
}

typedef enum { CONTENT_OTHER, CONTENT_SAME, CONTENT_CONVERTED } Content;

/* Whether a content is the source's: by its declared SHA-512. By the source's key only when no hash is declared, since one that is
 * must be compared. */
static bool is_source(const Job *job, const StoredImage *image, const char *sha512)
{
    if (!job->fetch.hash_value)
        return g_strcmp0(image->source_key, job->source->key) == 0;
    return job->fetch.hash == G_CHECKSUM_SHA512 && g_strcmp0(job->fetch.hash_value, sha512) == 0;
}

/* Whether an image of the store holds what this source has, or what it would be converted to, as far as can be told before it
 * is read. A signature is of what came, so what it was converted to is no use. */
static Content content_of(const Job *job, const StoredImage *image)
{
    if (image->sha512 && (job->fetch.hash_value || !image->converted) && is_source(job, image, image->sha512))
        return CONTENT_SAME;
    bool converted = image->converted && job->import->convert && image->format == job->import->format && !job->source->verify;
    return converted && is_source(job, image, image->source_sha512) ? CONTENT_CONVERTED : CONTENT_OTHER;
}

/* Before hours of copying: who has this name already, and could it be this image? */
static bool check_name_early(const Job *job, GError **error)
{
    g_autoptr(GError) find_error = NULL;
    g_autoptr(StoredImage) there = image_store_look(job->paths, job->name, &find_error);
    if (find_error) {
        g_propagate_error(error, g_steal_pointer(&find_error));
        return false;
    }
    bool other_hash = there && job->fetch.hash_value && job->fetch.hash == G_CHECKSUM_SHA512 && g_strcmp0(job->fetch.hash_value, there->sha512) != 0;
    bool other_size = there && job->source->size >= 0 && (guint64)job->source->size != there->file_size;
    if (there && !stored_check_disk(there, error)) /* whatever comes, it is not in the store then */
        return false;
    if (!there || job->import->convert || there->converted || (!other_hash && !other_size))
        return true; /* not there, or only its content will tell */
    return publish_is_same(there, job->image, job->document, job->import->any_metadata, error);
}

/* The same import by somebody else: its result is taken when it has ended. */
static Lock *wait_for_turn(const Job *job, GError **error)
{
    g_autofree char *key = g_path_get_basename(job->folder);
    g_autofree char *name = g_strconcat("image-", key, NULL);
    g_autofree char *partial = g_build_filename(job->folder, "partial", NULL);
    while (true) {
        g_autoptr(GError) held = NULL;
        struct stat stat_buffer;
        Lock *lock = lock_named(job->paths, name, "this import", "image import", &held);
        if (lock)
            return lock;
        if (!g_error_matches(held, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS)) {
            g_propagate_error(error, g_steal_pointer(&held));
            return NULL;
        }
        if (g_cancellable_is_cancelled(job->cancel)) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED, "%s: interrupted while waiting for another import of it", job->source->text);
            return NULL;
        }
        if (job->import->progress)
            job->import->progress(job->import->data, IMPORT_WAITING, stat(partial, &stat_buffer) == 0 ? (guint64)stat_buffer.st_size : 0, job->source->size);
        g_usleep(WAIT_LOOK_MS * 1000);
    }
}

/* A link of its own to a content that the store has: it stays, whoever removes that image meanwhile. */
static char *take_over(Job *job, const StoredImage *image, Content content)
{
    bool converted = content == CONTENT_CONVERTED;
    g_autofree char *whole = converted ? g_build_filename(job->folder, CONVERTED, NULL) : fetch_whole(job->folder, image->sha512);
    if ((converted && unlink(whole) < 0 && errno != ENOENT) || (link(image->disk, whole) < 0 && errno != EEXIST))
        return NULL;
    if (converted) {
        job->image->converted = g_strdup(image->converted);
        job->image->source_sha512 = g_strdup(image->source_sha512);
        job->image->passport = passport_copy(image->passport);
    }
    return g_strdup(image->sha512);
}

static char *known_content(Job *job)
{
    char *sha512 = fetch_found(job->folder); /* an import that was cut off late */
    g_autoptr(GPtrArray) images = sha512 ? NULL : image_store_list(job->paths, NULL); /* one that cannot be read has nothing to give */
    for (guint i = 0; images && !sha512 && i < images->len; i++) {
        const StoredImage *image = images->pdata[i];
        Content content = content_of(job, image);
        if (content != CONTENT_OTHER && stored_is_sound(image->disk, image)) /* it may have been damaged since */
            sha512 = take_over(job, image, content);
    }
    return sha512;
}

/* Before anything else opens it: who signed it, and what it really is, by a process without privileges. The one place; nothing of
 * it was believed before. */
static bool look_at(Job *job, int fd, GError **error)
{
    if (job->source->verify && !job->source->verify(job->source, fd, job->cancel, error))
        return false;
    job->image->passport = passport_inspect(fd, job->source->text, job->meta->disk_format, job->cancel, error);
    if (!job->image->passport)
        return false;
    job->image->format = job->image->passport->format;
    job->image->file_size = job->image->passport->file_size;
    job->image->virtual_size = job->image->passport->virtual_size;
    return true;
}

/* What qemu-img made of an image that was looked at. The guest's view of it has not changed, so its passport holds but for the
 * file's own format and size. */
static bool measure_converted(Job *job, const char *path, GError **error)
{
    DiskInfo info;
    if (!disk_info_read(path, &info, error))
        return false;
    job->image->format = info.format;
    job->image->file_size = info.file_size;
    job->image->virtual_size = info.virtual_size;
    return true;
}

/* Into the format that was asked for; its hash is then another. NULL on failure; caller frees. */
static char *convert(Job *job, const char *from, const char *to, GError **error)
{
    StoredImage *image = job->image;
    if (job->import->progress)
        job->import->progress(job->import->data, IMPORT_CONVERTING, 0, -1);
    if ((unlink(to) < 0 && errno != ENOENT) || !convert_image(from, image->format, to, job->import->format, job->cancel, error)) {
        g_prefix_error(error, "%s: ", job->source->text);
        return NULL;
    }
    Fd fd = open(to, O_RDWR | O_CLOEXEC);
    g_autofree char *hash = fd >= 0 ? fetch_hash(&job->fetch, fd, to, error) : NULL;
    if (fd >= 0 && !hash)
        return NULL;
    if (fd < 0 || fsync(fd) < 0) {
        error_set_errno(error, errno, "%s", to);
        return NULL;
    }
    image->converted = g_strdup(disk_format_name(image->format));
    return g_steal_pointer(&hash);
}

static char *id_of(const Job *job, const char *sha512)
{
    if (job->source->id)
        return g_strdup(job->source->id);
    return job->meta->id && g_uuid_string_is_valid(job->meta->id) ? g_ascii_strdown(job->meta->id, -1) : identity_uuid(sha512, job->name);
}

/* What is in the folder becomes what was asked for: it is looked at, and converted. Its path; caller frees. */
static char *make_ready(Job *job, const char *sha512, GError **error)
{
    StoredImage *image = job->image;
    g_autofree char *whole = fetch_whole(job->folder, sha512);
    g_autofree char *converted = g_build_filename(job->folder, CONVERTED, NULL);
    image->sha512 = g_strdup(sha512);
    if (!image->converted) {
        Fd fd = open(whole, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            error_set_errno(error, errno, "%s", whole);
            return NULL;
        }
        if (!look_at(job, fd, error))
            return NULL;
        if (!job->import->convert || job->import->format == image->format)
            return g_steal_pointer(&whole);
        image->source_sha512 = g_steal_pointer(&image->sha512);
        image->sha512 = convert(job, whole, converted, error);
    }
    return image->sha512 && measure_converted(job, converted, error) ? g_steal_pointer(&converted) : NULL;
}

/* From the content in the folder to the image in the store. */
static bool finish(Job *job, const char *sha512, ImportResult *result, GError **error)
{
    StoredImage *image = job->image;
    g_autofree char *content = make_ready(job, sha512, error);
    if (!content)
        return false;
    image->id = id_of(job, image->sha512);
    image->imported = g_get_real_time() / G_USEC_PER_SEC;
    Publish publish = {.folder = job->folder, .content = content, .document = job->document, .any_metadata = job->import->any_metadata, .image = image};
    bool there = false;
    if (!publish_image(job->paths, &publish, &there, job->cancel, error))
        return false;
    *result = there ? IMPORT_THERE : publish.shared ? IMPORT_SHARED : IMPORT_NEW;
    return true;
}

/* With the import's lock held. */
static bool carry_out(Job *job, ImportResult *result, GError **error)
{
    if (!file_make_folder(job->paths->images, 0755, error) || !file_make_folder(job->folder, 0700, error))
        return false;
    job->fetch.folder = job->folder;
    g_autoptr(GError) why = NULL;
    g_autofree char *sha512 = known_content(job);
    if (!sha512)
        sha512 = fetch_content(&job->fetch, job->source, &why);
    bool done = sha512 && finish(job, sha512, result, &why);
    bool keep = !done && !job->source->once && (job->fetch.worth_keeping || g_error_matches(why, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED) ||
                          g_error_matches(why, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND)); /* a program that can be installed */
    if (keep)
        g_prefix_error(&why, "what has come is kept, and the same command goes on from there: ");
    else if (!stored_remove_folder(job->folder, false, NULL, why ? NULL : &why))
        done = false;
    if (why)
        g_propagate_error(error, g_steal_pointer(&why));
    return done;
}

StoredImage *image_import(const Paths *paths, ImageSource *source, const ImageImport *import, ImportResult *result, GCancellable *cancel, GError **error)
{
    g_auto(Job) job = {.paths = paths, .source = source, .import = import, .cancel = cancel};
    job.fetch.progress = import->progress;
    job.fetch.data = import->data;
    job.fetch.cancel = cancel;
    if (!prepare(&job, error) || !check_name_early(&job, error))
        return NULL;
    g_autoptr(Lock) lock = wait_for_turn(&job, error);
    if (!lock || !carry_out(&job, result, error))
        return NULL;
    return image_store_find(paths, *result == IMPORT_THERE ? job.name : job.image->id, error);
}

char *image_import_plan(const Paths *paths, ImageSource *source, const ImageImport *import, ImportResult *result, GError **error)
{
    g_auto(Job) job = {.paths = paths, .source = source, .import = import};
    if (!prepare(&job, error) || !check_name_early(&job, error))
        return NULL;
    g_autoptr(StoredImage) there = image_store_find(paths, job.name, NULL);
    *result = there ? IMPORT_THERE : IMPORT_PLANNED;
    return g_steal_pointer(&job.name);
}
