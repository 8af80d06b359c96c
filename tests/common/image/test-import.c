/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/import.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/test.h"

enum { MIB = 1024 * 1024 };

/* A store of its own, and a source in memory that does as it is told. */
typedef struct Bench {
    char *root;
    Paths *paths;
    GByteArray *content;
    char *document;
    gsize ends_after;   /* bytes of one reading, then TIMED_OUT; 0: to the end */
    bool from_start;    /* it cannot begin elsewhere */
    guint64 asked_for;  /* the last offset */
    unsigned readings;
} Bench;

typedef struct MemorySource {
    ImageSource source;
    Bench *bench;
} MemorySource;

static bool read_memory(ImageSource *source, guint64 offset, guint64 *from, ImageSink *sink, void *data, GCancellable *cancel, GError **error)
{
    Bench *bench = ((MemorySource *)source)->bench;
    bench->asked_for = offset;
    bench->readings++;
    *from = bench->from_start ? 0 : offset;
    gsize end = bench->ends_after ? MIN(*from + bench->ends_after, bench->content->len) : bench->content->len;
    for (gsize at = *from; at < end; at += 10007)
        if (!sink(data, bench->content->data + at, MIN((gsize)10007, end - at), error))
            return false;
    if (!bench->ends_after)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT, "nothing comes");
    return false;
}

static void free_memory(ImageSource *source)
{
    g_free(source);
}

static ImageSource *source_of(Bench *bench)
{
    MemorySource *memory = g_new0(MemorySource, 1);
    memory->source = (ImageSource){.text = g_strdup("memory"), .key = g_strdup("key"), .name = g_strdup("web"), .document = g_strdup(bench->document),
                                   .size = bench->content->len, .fd = -1, .read = read_memory, .free = free_memory};
    memory->bench = bench;
    return &memory->source;
}

/* 3 MiB and a bit, with a MiB of zeros in it and zeros at the end. */
static int set_up(void **state)
{
    Bench *bench = g_new0(Bench, 1);
    bench->root = make_folder();
    bench->paths = paths_new(bench->root);
    bench->content = g_byte_array_sized_new(3 * MIB + 9000);
    g_byte_array_set_size(bench->content, 3 * MIB + 9000);
    for (guint i = 0; i < bench->content->len; i++)
        bench->content->data[i] = i / MIB == 1 || i > 3 * MIB ? 0 : (guint8)(i * 7 + i / 251 + 1);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    Bench *bench = *state;
    remove_folder(bench->root);
    g_free(bench->root);
    g_free(bench->document);
    paths_free(bench->paths);
    g_byte_array_unref(bench->content);
    g_free(bench);
    return 0;
}

static StoredImage *import(Bench *bench, const ImageImport *wish, ImportResult *result, GCancellable *cancel, GError **error)
{
    const ImageImport usual = {0};
    g_autoptr(ImageSource) source = source_of(bench);
    return image_import(bench->paths, source, wish ? wish : &usual, result, cancel, error);
}

static guint entries(const Bench *bench, const char *folder_name)
{
    guint found = 0;
    g_autofree char *path = g_build_filename(bench->paths->images, folder_name, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    while (folder && g_dir_read_name(folder))
        found++;
    return found;
}

static void assert_content(const Bench *bench, const StoredImage *image)
{
    g_autofree char *text = NULL;
    gsize length;
    assert_true(g_file_get_contents(image->disk, &text, &length, NULL));
    assert_int_equal(length, bench->content->len);
    assert_memory_equal(text, bench->content->data, length);
}

static void an_image_is_what_came_with_its_holes(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    g_autoptr(StoredImage) image = import(bench, NULL, &result, NULL, &error);
    assert_no_error(error);
    assert_int_equal(result, IMPORT_NEW);
    assert_content(bench, image);
    struct stat stat_buffer;
    assert_int_equal(stat(image->disk, &stat_buffer), 0);
    assert_true(stat_buffer.st_blocks * 512 < 2 * MIB + 200000);
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA512, bench->content->data, bench->content->len);
    assert_string_equal(image->sha512, sum);
    assert_string_equal(image->name, "web");
    assert_non_null(image->passport);
    assert_int_equal(entries(bench, ".incoming"), 0);
}

static void what_was_cut_off_goes_on_where_it_was(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    bench->ends_after = MIB + MIB / 2;
    assert_null(import(bench, NULL, &result, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_TIMED_OUT, "what has come is kept, and the same command goes on from there: nothing comes");
    assert_int_equal(bench->asked_for, 0);
    g_clear_error(&error);
    assert_null(import(bench, NULL, &result, NULL, &error));
    assert_in_range(bench->asked_for, MIB, MIB + MIB / 2); /* the zeros at its end are no part of a file */
    g_clear_error(&error);
    bench->ends_after = 0;
    g_autoptr(StoredImage) image = import(bench, NULL, &result, NULL, &error);
    assert_no_error(error);
    assert_in_range(bench->asked_for, 2 * MIB, 3 * MIB);
    assert_content(bench, image);
    assert_int_equal(entries(bench, ".incoming"), 0);
}

static void a_source_that_begins_anew_is_read_anew(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    bench->ends_after = MIB / 2;
    assert_null(import(bench, NULL, &result, NULL, &error));
    g_clear_error(&error);
    bench->ends_after = 0;
    bench->from_start = true;
    g_autoptr(StoredImage) image = import(bench, NULL, &result, NULL, &error);
    assert_no_error(error);
    assert_content(bench, image);
}

static char *only_in(const Bench *bench, const char *folder_name)
{
    g_autofree char *path = g_build_filename(bench->paths->images, folder_name, NULL);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name = folder ? g_dir_read_name(folder) : NULL;
    assert_non_null(name);
    return g_build_filename(path, name, NULL);
}

static void a_part_that_was_damaged_is_fetched_again(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, bench->content->data, bench->content->len);
    bench->document = g_strdup_printf("os_hash_algo=sha256\nos_hash_value=%s\n", sum);
    bench->ends_after = MIB / 2;
    assert_null(import(bench, NULL, &result, NULL, &error));
    g_clear_error(&error);
    g_autofree char *folder = only_in(bench, ".incoming");
    g_autofree char *partial = g_build_filename(folder, "partial", NULL);
    assert_int_equal(truncate(partial, 0), 0);
    assert_int_equal(truncate(partial, MIB / 2), 0); /* zeros, as after a power cut */
    bench->ends_after = 0;
    g_autoptr(StoredImage) image = import(bench, NULL, &result, NULL, &error);
    assert_no_error(error);
    assert_int_equal(bench->asked_for, 0);
    assert_int_equal(bench->readings, 3);
    assert_content(bench, image);
}

static void a_wrong_hash_leaves_nothing(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    bench->document = g_strdup_printf("os_hash_algo=sha512\nos_hash_value=%0128d\n", 0);
    assert_null(import(bench, NULL, &result, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "memory: its content is not what its metadata says");
    assert_int_equal(bench->readings, 1);
    assert_int_equal(entries(bench, ".incoming"), 0);
    assert_int_equal(entries(bench, ".blobs"), 0);
}

static void what_the_store_has_is_not_read_again(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    g_autoptr(StoredImage) first = import(bench, NULL, &result, NULL, &error);
    const ImageImport wish = {.name = "other"};
    g_autoptr(StoredImage) second = import(bench, &wish, &result, NULL, &error);
    assert_no_error(error);
    assert_int_equal(result, IMPORT_SHARED);
    assert_string_not_equal(first->id, second->id);
    g_autoptr(StoredImage) again = import(bench, NULL, &result, NULL, &error);
    assert_no_error(error);
    assert_int_equal(result, IMPORT_THERE);
    assert_string_equal(first->id, again->id);
    assert_int_equal(bench->readings, 1);
    assert_int_equal(entries(bench, ".blobs"), 1);
}

static void cut_short(const char *disk)
{
    assert_int_equal(truncate(disk, MIB), 0);
}

/* As long as it was, and no raw image any more. */
static void overwrite_head(const char *disk)
{
    FILE *file = fopen(disk, "r+");
    assert_non_null(file);
    assert_int_equal(fwrite("QFI\xfb", 1, 4, file), 4);
    assert_int_equal(fclose(file), 0);
}

static void put_another_there(const char *disk)
{
    assert_int_equal(unlink(disk), 0);
    assert_true(g_file_set_contents(disk, "another", -1, NULL));
}

/* Neither by what is recorded of it nor by its hash. */
static void a_stored_disk_that_was_damaged_is_not_shared(void **state)
{
    static void (*const damages[])(const char *disk) = {cut_short, overwrite_head, put_another_there};
    Bench *bench = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(damages); i++) {
        g_autoptr(GError) error = NULL;
        ImportResult result;
        const ImageImport wish = {.name = "other"};
        g_autoptr(StoredImage) first = import(bench, NULL, &result, NULL, &error);
        assert_no_error(error);
        assert_int_equal(chmod(first->disk, 0600), 0);
        damages[i](first->disk);
        bench->readings = 0;
        g_autoptr(StoredImage) second = import(bench, &wish, &result, NULL, &error);
        assert_no_error(error);
        assert_int_equal(result, IMPORT_NEW);
        assert_int_equal(bench->readings, 1);
        assert_content(bench, second);
        /* Under its own name it is not "there", and the source is not to blame. */
        assert_null(import(bench, NULL, &result, NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "remove it with: guestctl image remove web, then import it again");
        assert_non_null(strstr(error->message, first->disk));
        assert_null(strstr(error->message, "memory"));
        assert_int_equal(bench->readings, 1);
        g_clear_error(&error);
        assert_true(image_store_remove(bench->paths, first, false, false, NULL, &error));
        assert_true(image_store_remove(bench->paths, second, false, false, NULL, &error));
        assert_int_equal(entries(bench, ".blobs"), 0);
    }
}

static void a_name_of_another_content_is_refused_before_it_is_read(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    g_autoptr(StoredImage) first = import(bench, NULL, &result, NULL, &error);
    g_byte_array_set_size(bench->content, MIB);
    g_autoptr(ImageSource) source = source_of(bench);
    g_free(source->key);
    source->key = g_strdup("another key");
    const ImageImport usual = {0};
    assert_null(image_import(bench->paths, source, &usual, &result, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "give another name with --name, or remove that one first with: guestctl image remove");
    assert_int_equal(bench->readings, 1);
}

static bool refuse_signature(ImageSource *source, int fd, GCancellable *cancel, GError **error)
{
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_DENIED, "not signed by that one");
    return false;
}

static void a_signature_that_is_wrong_keeps_it_out(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    g_autoptr(ImageSource) source = source_of(bench);
    source->verify = refuse_signature;
    const ImageImport usual = {0};
    assert_null(image_import(bench->paths, source, &usual, &result, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_DENIED, "not signed by that one");
    assert_int_equal(entries(bench, ".incoming"), 0);
    assert_int_equal(entries(bench, ".blobs"), 0);
}

static void cancel_at_the_second_piece(void *data, ImportPhase phase, guint64 done, gint64 total)
{
    assert_int_equal(phase, IMPORT_COPYING);
    assert_int_equal(total, 3 * MIB + 9000);
    if (done == 2 * MIB)
        g_cancellable_cancel(data);
}

static void a_hash_that_is_declared_later_is_compared(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    ImportResult result;
    const ImageImport wish = {.name = "other"};
    g_autoptr(StoredImage) first = import(bench, NULL, &result, NULL, &error);
    bench->document = g_strdup_printf("os_hash_algo=sha512\nos_hash_value=%0128d\n", 0);
    assert_null(import(bench, &wish, &result, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "its content is not what its metadata says");
    assert_int_equal(bench->readings, 2);
    g_clear_error(&error);
    g_free(bench->document);
    bench->document = g_strdup_printf("os_hash_algo=SHA512\nos_hash_value=%s\n", first->sha512);
    g_autoptr(StoredImage) second = import(bench, &wish, &result, NULL, &error);
    assert_no_error(error);
    assert_int_equal(result, IMPORT_SHARED);
    assert_int_equal(bench->readings, 2);
}

static void an_id_that_is_a_path_is_refused(void **state)
{
    static const char *const ids[] = {"../../etc", "..", ".blobs", "a/b", ""};
    Bench *bench = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autoptr(GError) error = NULL;
        ImportResult result;
        g_autoptr(ImageSource) source = source_of(bench);
        source->id = g_strdup(ids[i]);
        const ImageImport usual = {0};
        assert_null(image_import(bench->paths, source, &usual, &result, NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "an id that cannot be one here");
    }
    assert_int_equal(bench->readings, 0);
}

static void ctrl_c_keeps_what_has_come(void **state)
{
    Bench *bench = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    ImportResult result;
    const ImageImport wish = {.progress = cancel_at_the_second_piece, .data = cancel};
    assert_null(import(bench, &wish, &result, cancel, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "what has come is kept, and the same command goes on from there");
    assert_int_equal(entries(bench, ".incoming"), 1);
    g_clear_error(&error);
    g_autoptr(StoredImage) image = import(bench, NULL, &result, NULL, &error);
    assert_no_error(error);
    assert_int_equal(bench->readings, 1); /* all of it had come: this source does not look at cancel */
    assert_content(bench, image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_image_is_what_came_with_its_holes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_cut_off_goes_on_where_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_source_that_begins_anew_is_read_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_that_was_damaged_is_fetched_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_hash_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_store_has_is_not_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stored_disk_that_was_damaged_is_not_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_of_another_content_is_refused_before_it_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_signature_that_is_wrong_keeps_it_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_hash_that_is_declared_later_is_compared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_id_that_is_a_path_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ctrl_c_keeps_what_has_come, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
