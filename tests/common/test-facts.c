/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/facts.h"
#include "common/image/passport.h"

/* A root with an image in its store, a disk with a sidecar, and a guest's file beside it. */
typedef struct Tree {
    char *root;
    Paths *paths;
} Tree;

static void put(const Tree *tree, const char *path, const char *text)
{
    g_autofree char *full = g_build_filename(tree->root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(full);
    g_mkdir_with_parents(folder, 0755);
    assert_true(g_file_set_contents(full, text, -1, NULL));
}

static int set_up(void **state)
{
    Tree *tree = g_new0(Tree, 1);
    tree->root = make_folder();
    tree->paths = paths_new(tree->root);
    g_autofree char *sector = g_strnfill(1024, 'x');
    put(tree, "srv/web.img", sector);
    put(tree, "srv/web.img.meta", "vm_mode=hvm\n");
    put(tree, "srv/data.img", sector);
    put(tree, "srv/other.meta", "vm_mode=xen\n");
    put(tree, "srv/vmlinuz", "kernel");
    put(tree, "var/lib/guestctl/images/debian-12/disk", sector);
    put(tree, "var/lib/guestctl/images/debian-12/meta.json", "{\"vm_mode\": \"xen\", \"kernel_id\": \"kernel-1\"}");
    put(tree, "var/lib/guestctl/images/kernel-1/disk", "kernel");
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

static Request *gathered(const Tree *tree, const char *text, ImageMeta **meta, GError **error)
{
    g_autofree char *path = g_build_filename(tree->root, "srv/web.guest", NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autoptr(Request) request = guest_file_load(path, NULL, error);
    assert_non_null(request);
    return facts_gather(request, tree->paths, meta, error) ? g_steal_pointer(&request) : NULL;
}

static void a_path_beside_the_guests_file_brings_its_sidecar(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = NULL;
    g_autoptr(Request) request = gathered(*state, "[guest]\nimage = web.img\nkernel = vmlinuz\n[disk data]\npath = data.img\n", &meta, &error);
    assert_no_error(error);
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "hvm");
    assert_int_equal(request->disks->len, 2);
    const RequestDisk *root = request->disks->pdata[0];
    assert_string_equal(root->name, "root");
    assert_true(root->is_image && root->known);
    assert_true(g_path_is_absolute(root->path) && g_path_is_absolute(request->kernel));
    assert_int_equal(root->info.format, DISK_FORMAT_RAW);
    assert_int_equal(root->info.file_size, 1024);
}

static void an_image_of_the_store_brings_its_document_and_kernel(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = NULL;
    g_autoptr(Request) request = gathered(*state, "[guest]\nimage = debian-12\n", &meta, &error);
    assert_no_error(error);
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "xen");
    assert_true(g_str_has_suffix(request->image_kernel, "/images/kernel-1/disk"));
    assert_null(request->image_ramdisk);
}

static void a_stored_image_with_cloud_init_is_known_to_take_a_seed(void **state)
{
    const Tree *tree = *state;
    static const struct {
        Can found;
        bool takes_it;
    } rows[] = {{CAN_YES, true}, {CAN_NO, false}, {CAN_UNKNOWN, false}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ImageMeta) meta = NULL;
        g_autoptr(Passport) passport = passport_new();
        passport->cloud_init = rows[i].found;
        g_autofree char *found = passport_to_json(passport);
        g_autofree char *local = g_strdup_printf("{\"format\": \"guestctl-stored-image/1\", \"disk_format\": \"raw\", \"size\": 1024, "
                                                 "\"virtual_size\": 1024, \"imported\": 0, \"passport\": %s}", found);
        put(tree, "var/lib/guestctl/images/debian-12/local.json", local);
        g_autoptr(Request) request = gathered(tree, "[guest]\nimage = debian-12\n", &meta, &error);
        assert_no_error(error);
        assert_int_equal(request->seed.image_takes_it, rows[i].takes_it);
    }
}

static void metadata_that_is_named_wins_over_the_sidecar(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = NULL;
    g_autoptr(Request) request = gathered(*state, "[guest]\nimage = web.img\nmetadata = other.meta\n", &meta, &error);
    assert_no_error(error);
    assert_string_equal(image_meta_get(meta, "hw_vm_mode"), "xen");
}

static void the_root_group_without_a_path_is_the_image_and_comes_first(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) meta = NULL;
    g_autoptr(Request) request = gathered(*state, "[guest]\nimage = web.img\n[disk data]\npath = data.img\n[disk root]\nread-only = yes\n", &meta, &error);
    assert_no_error(error);
    assert_int_equal(request->disks->len, 2);
    assert_string_equal(((RequestDisk *)request->disks->pdata[0])->name, "root");
    assert_int_equal(((RequestDisk *)request->disks->pdata[0])->read_only, 1);
}

static void what_is_missing_is_named(void **state)
{
    static const struct {
        const char *text;
        int code;
        const char *message;
    } faults[] = {
        {"[guest]\nimage = nothing.img\n", GUESTCTL_ERROR_NOT_FOUND, "guest \"web\": image \"nothing.img\" is neither a file nor in the image store"},
        {"[guest]\nimage = ../../etc/shadow-not\n", GUESTCTL_ERROR_NOT_FOUND, "is neither a file"},
        {"[guest]\n[disk a]\npath = no.img\n", GUESTCTL_ERROR_NOT_FOUND, "guest \"web\": disk \"a\": "},
        {"[guest]\n[disk a]\nbus = xen\n", GUESTCTL_ERROR_INVALID, "disk \"a\": it has no path"},
        {"[guest]\nkernel = no-kernel\n", GUESTCTL_ERROR_NOT_FOUND, "guest \"web\": kernel: /"},
        {"[guest]\nimage = web.img\nmetadata = no.meta\n", GUESTCTL_ERROR_NOT_FOUND, "no.meta"},
        {"[guest]\n[disk a]\npath = /dev/null\n", GUESTCTL_ERROR_INVALID, "/dev/null"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ImageMeta) meta = NULL;
        assert_null(gathered(*state, faults[i].text, &meta, &error));
        assert_null(meta);
        assert_error(error, faults[i].code, faults[i].message);
    }
}

int main(void)
{
#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_TREE(a_path_beside_the_guests_file_brings_its_sidecar),
        WITH_TREE(an_image_of_the_store_brings_its_document_and_kernel),
        WITH_TREE(a_stored_image_with_cloud_init_is_known_to_take_a_seed),
        WITH_TREE(metadata_that_is_named_wins_over_the_sidecar),
        WITH_TREE(the_root_group_without_a_path_is_the_image_and_comes_first),
        WITH_TREE(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
