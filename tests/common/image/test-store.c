/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/store.h"

#include <unistd.h>

#include "tests/tree.h"

#define IMAGES "/var/lib/guestctl/images/"
#define ONE "11111111-1111-4111-8111-111111111111"
#define TWO "22222222-2222-4222-8222-222222222222"
#define LOCAL(name) "{\"format\": \"guestctl-stored-image/1\", \"name\": " name ", \"disk_format\": \"qcow2\", \"size\": 5, \"virtual_size\": 9, " \
                    "\"sha512\": \"ab\", \"changes\": {\"vm_mode\": \"hvm\", \"os_type\": null}}"

typedef struct Tree {
    char *root;
    Paths *paths;
} Tree;

static int set_up(void **state)
{
    static const char *const files[] = {
        IMAGES ONE "/disk", "one", IMAGES ONE "/local.json", LOCAL("\"web\""), IMAGES ONE "/meta.json", "{\"vm_mode\": \"xen\", \"os_type\": \"linux\"}",
        IMAGES TWO "/disk", "two", IMAGES TWO "/local.json", LOCAL("\"db\""),
        IMAGES "by-hand/disk", "three", IMAGES ".names/web>", "../" ONE, IMAGES ".names/db>", "../" TWO,
        IMAGES ".names/old>", "../" ONE, IMAGES ".names/dangling>", "../nowhere", IMAGES ".names/outside>", "../../../../etc", NULL};
    Tree *tree = g_new0(Tree, 1);
    tree->root = make_folder();
    tree->paths = paths_new(tree->root);
    make_tree(tree->root, files);
    *state = tree;
    return 0;
}

static int tear_down(void **state)
{
    Tree *tree = *state;
    remove_folder(tree->root);
    g_free(tree->root);
    paths_free(tree->paths);
    g_free(tree);
    return 0;
}

static void an_image_is_found_by_name_and_by_id(void **state)
{
    static const char *const words[][2] = {{"web", ONE}, {ONE, ONE}, {"db", TWO}, {"by-hand", "by-hand"}};
    const Tree *tree = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(StoredImage) image = image_store_find(tree->paths, words[i][0], &error);
        assert_no_error(error);
        assert_string_equal(image->id, words[i][1]);
    }
    g_autoptr(StoredImage) web = image_store_find(tree->paths, "web", NULL);
    assert_int_equal(web->format, DISK_FORMAT_QCOW2);
    assert_int_equal(web->file_size, 5);
    assert_int_equal(web->virtual_size, 9);
    g_autoptr(StoredImage) by_hand = image_store_find(tree->paths, "by-hand", NULL);
    assert_null(by_hand->name);
    assert_int_equal(by_hand->format, DISK_FORMAT_RAW);
    assert_int_equal(by_hand->file_size, 5);
}

static void a_name_counts_only_when_its_image_says_so(void **state)
{
    static const char *const words[] = {"old", "dangling", "outside", "", ".names", "..", "a/b", "../images/by-hand", "-x", "a=b", "glance:web", "a\nb", " web"};
    const Tree *tree = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(image_store_find(tree->paths, words[i], &error));
        assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "there is no image");
    }
    g_autoptr(GError) error = NULL;
    assert_null(image_store_find(tree->paths, "nothing-like-it", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "see: guestctl image list");
    g_clear_error(&error);
    assert_null(image_store_find(tree->paths, "by_hadn", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "did you mean \"by-hand\"?");
}

static void what_was_set_is_over_the_document(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(StoredImage) image = image_store_find(tree->paths, "web", &error);
    g_autoptr(ImageMeta) meta = image_store_metadata(image, &error);
    assert_no_error(error);
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "hvm");
    assert_null(image_meta_get(meta, "os_type"));
}

static void the_list_is_sorted_and_names_what_it_cannot_read(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) images = image_store_list(tree->paths, &error);
    assert_no_error(error);
    assert_int_equal(images->len, 3);
    assert_string_equal(((const StoredImage *)images->pdata[0])->id, "by-hand");
    assert_string_equal(((const StoredImage *)images->pdata[1])->id, TWO);
    assert_string_equal(((const StoredImage *)images->pdata[2])->id, ONE);
    static const char *const broken[] = {IMAGES ONE "/local.json", "{\"format\": \"guestctl-stored-image/1\", \"disk_format\": 5}", NULL};
    make_tree(tree->root, broken);
    assert_null(image_store_list(tree->paths, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, ONE "/local.json: \"disk_format\" must be a string");
}

static void gc_takes_names_that_lead_to_nothing_and_no_other(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    guint64 freed;
    guint things;
    assert_true(image_store_gc(tree->paths, false, &freed, &things, NULL, &error));
    assert_no_error(error);
    assert_int_equal(things, 3);
    g_autoptr(StoredImage) image = image_store_find(tree->paths, "web", &error);
    assert_no_error(error);
}

static void a_renamed_image_has_one_name(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    assert_false(image_store_set(tree->paths, "web", "db", NULL, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "an image \"db\" is in the store already (id " TWO ")");
    g_clear_error(&error);
    assert_true(image_store_set(tree->paths, "web", "new", NULL, NULL, &error));
    assert_no_error(error);
    assert_null(image_store_find(tree->paths, "web", NULL));
    g_autoptr(StoredImage) image = image_store_find(tree->paths, "new", &error);
    assert_no_error(error);
    assert_int_equal(image->changes->len, 2);
    g_autofree char *old = g_strconcat(tree->root, IMAGES, ".names/web", NULL);
    assert_int_not_equal(access(old, F_OK), 0);
}

/* A file where a folder should be, and a link to itself: what root cannot read either. */
static void guests_that_cannot_be_looked_at_are_not_nobody(void **state)
{
    static const char *const file[] = {"/var/lib/guestctl/guests", "no folder", NULL};
    static const char *const loop[] = {"/var/lib/guestctl/guests/db>", "db", NULL};
    const Tree *tree = *state;
    g_autofree char *guests = g_build_filename(tree->paths->state, "guests", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(StoredImage) image = image_store_find(tree->paths, "web", &error);
    assert_no_error(error);
    make_tree(tree->root, file);
    assert_false(image_store_remove(tree->paths, image, false, false, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "see what it is, or run this as a user who may read it");
    g_clear_error(&error);
    assert_int_equal(unlink(guests), 0);
    make_tree(tree->root, loop);
    assert_false(image_store_remove(tree->paths, image, false, false, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "/guests/db");
    assert_int_equal(access(image->disk, F_OK), 0);
}

static void a_store_that_is_not_there_is_empty(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Paths) paths = paths_new("/nonexistent/root");
    g_autoptr(GPtrArray) images = image_store_list(paths, &error);
    assert_no_error(error);
    assert_int_equal(images->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_image_is_found_by_name_and_by_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_counts_only_when_its_image_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_set_is_over_the_document, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_list_is_sorted_and_names_what_it_cannot_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gc_takes_names_that_lead_to_nothing_and_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_renamed_image_has_one_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(guests_that_cannot_be_looked_at_are_not_nobody, set_up, tear_down),
        cmocka_unit_test(a_store_that_is_not_there_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
