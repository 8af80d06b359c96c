/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "grub/boot-block.h"
#include "grub/saved-back.h"

typedef struct Fixture {
    char *root, *folder, *file;
} Fixture;

static int set_up(void **state)
{
    Fixture *fixture = g_new0(Fixture, 1);
    fixture->root = make_folder();
    fixture->folder = g_strconcat(fixture->root, "/state", NULL);
    fixture->file = g_strconcat(fixture->root, "/etc/f", NULL);
    assert_true(file_write(fixture->file, "old", 0640, NULL));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    remove_folder(fixture->root);
    g_free(fixture->root);
    g_free(fixture->folder);
    g_free(fixture->file);
    g_free(fixture);
    return 0;
}

static Saved *keep(const Fixture *fixture, const char *written)
{
    g_autoptr(GError) error = NULL;
    Saved *saved = saved_new();
    saved->target = g_strdup("grub.d");
    saved->options = g_strdup("a=1");
    assert_true(saved_add(saved, fixture->root, "/etc/f", written, false, &error));
    assert_true(saved_add(saved, fixture->root, "/etc/new", "x", false, &error));
    assert_true(saved_keep(saved, fixture->folder, &error));
    assert_no_error(error);
    return saved;
}

static void what_is_kept_is_read_back(void **state)
{
    const Fixture *fixture = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Saved) saved = keep(fixture, "new");
    assert_true(saved_mark(saved, SAVED_APPLIED, &error));
    g_autoptr(GPtrArray) all = saved_list(fixture->folder, &error);
    assert_int_equal(all->len, 1);
    Saved *read = all->pdata[0];
    assert_true(saved_load(read, &error));
    assert_int_equal(read->number, 1);
    assert_int_equal(read->state, SAVED_APPLIED);
    assert_string_equal(read->options, "a=1");
    const SavedFile *file = read->files->pdata[0], *absent = read->files->pdata[1];
    assert_string_equal(file->text, "old");
    assert_int_equal(file->mode, 0640);
    assert_false(absent->existed);
    assert_null(absent->text);
}

/* What saved_back() makes of /etc/f, which was before and is now. */
static BackHow back_of(const Fixture *fixture, const char *before, const char *written, const char *now, char **text)
{
    g_autoptr(Saved) saved = saved_new();
    assert_true(file_write(fixture->file, before, 0640, NULL));
    assert_true(saved_add(saved, fixture->root, "/etc/f", written, false, NULL));
    assert_true(file_write(fixture->file, now, 0640, NULL));
    return saved_back(saved->files->pdata[0], true, fixture->root, text);
}

static void what_others_changed_around_our_part_stays(void **state)
{
    const Fixture *fixture = *state;
    g_autofree char *ours = boot_block_set("theirs", "f", "a=1\n", NULL), *more = g_strconcat(ours, "more\n", NULL);
    g_autofree char *second = boot_block_set(more, "f", "a=2\n", NULL), *edited = boot_block_set(more, "f", "a=3\n", NULL);
    g_autofree char *gone = boot_block_set(more, "f", NULL, NULL), *later = g_strconcat("first\n", second, NULL);
    const struct {
        const char *before, *written, *now;
        BackHow how;
        const char *text;
    } cases[] = {
        {"theirs", ours, "theirs", BACK_NOTHING, NULL},
        {"theirs", ours, ours, BACK_WHOLE, "theirs"},
        {"theirs", ours, more, BACK_BLOCK, "theirs\nmore\n"},
        {"theirs", ours, gone, BACK_NOTHING, NULL},
        {"theirs", ours, edited, BACK_REFUSED, NULL},
        {"theirs", ours, "# BEGIN guestctl\n", BACK_REFUSED, NULL},
        {more, second, edited, BACK_REFUSED, NULL},
        {more, second, gone, BACK_REFUSED, NULL},
        {"", ours, "x", BACK_NOTHING, NULL},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = NULL;
        assert_int_equal(back_of(fixture, cases[i].before, cases[i].written, cases[i].now, &text), cases[i].how);
        assert_true(g_strcmp0(text, cases[i].text) == 0);
    }
    g_autofree char *text = NULL, *expected = g_strconcat("first\n", more, NULL);
    assert_int_equal(back_of(fixture, more, second, later, &text), BACK_BLOCK);
    assert_string_equal(text, expected);
}

static void a_file_of_ours_alone_goes_and_one_with_others_text_stays(void **state)
{
    const Fixture *fixture = *state;
    g_autofree char *ours = boot_block_set("", "f", "a=1\n", NULL), *more = g_strconcat(ours, "# mine\n", NULL), *text = NULL, *none = NULL;
    g_autoptr(Saved) saved = saved_new();
    assert_int_equal(unlink(fixture->file), 0);
    assert_true(saved_add(saved, fixture->root, "/etc/f", ours, false, NULL));
    assert_true(file_write(fixture->file, more, 0644, NULL));
    assert_int_equal(saved_back(saved->files->pdata[0], true, fixture->root, &text), BACK_BLOCK);
    assert_string_equal(text, "# mine\n");
    assert_true(file_write(fixture->file, ours, 0644, NULL));
    assert_int_equal(saved_back(saved->files->pdata[0], true, fixture->root, &none), BACK_WHOLE);
    assert_null(none);
    g_autofree char *untouched = NULL;
    assert_true(file_write(fixture->file, more, 0644, NULL));
    assert_int_equal(saved_back(saved->files->pdata[0], false, fixture->root, &untouched), BACK_REFUSED);
}

static void old_new_and_changed_by_others_are_told_apart(void **state)
{
    const Fixture *fixture = *state;
    g_autoptr(Saved) saved = keep(fixture, "new");
    const SavedFile *file = saved->files->pdata[0], *absent = saved->files->pdata[1];
    assert_true(saved_is_old(file, fixture->root) && !saved_is_new(file, fixture->root));
    assert_true(saved_is_old(absent, fixture->root) && !saved_is_new(absent, fixture->root));
    assert_true(file_write(fixture->file, "new", 0640, NULL));
    assert_true(!saved_is_old(file, fixture->root) && saved_is_new(file, fixture->root));
    assert_true(file_write(fixture->file, "theirs", 0640, NULL));
    assert_true(!saved_is_old(file, fixture->root) && !saved_is_new(file, fixture->root));
    assert_true(file_write(fixture->file, "old", 0600, NULL));
    assert_false(saved_is_old(file, fixture->root)); /* its mode is another one */
}

static void the_oldest_go_and_half_a_generation_is_none(void **state)
{
    const Fixture *fixture = *state;
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < SAVED_KEEP + 3; i++) {
        g_autoptr(Saved) saved = keep(fixture, "new");
        assert_int_equal(saved->number, i + 1);
    }
    g_autofree char *half = g_strconcat(fixture->folder, "/.99.new/files/etc/f", NULL);
    assert_true(file_write(half, "half", 0600, NULL));
    g_autoptr(GPtrArray) all = saved_list(fixture->folder, &error);
    assert_int_equal(all->len, SAVED_KEEP);
    assert_int_equal(((const Saved *)all->pdata[0])->number, SAVED_KEEP + 3);
    g_autoptr(Saved) next = keep(fixture, "new");
    assert_false(g_file_test(half, G_FILE_TEST_EXISTS)); /* swept away */
}

static void a_manifest_that_is_wrong_is_named(void **state)
{
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"", "1/manifest.json: "},
        {"{\"format\": \"guestctl-grub-saved/2\"}", "guestctl-grub-saved/2"},
        {"{\"format\": \"guestctl-grub-saved/1\", \"state\": \"lost\"}", "\"lost\" is not a state"},
        {"{\"format\": \"guestctl-grub-saved/1\", \"state\": \"begun\"}", "target, options or files is missing"},
        {"{\"format\": \"guestctl-grub-saved/1\", \"state\": \"begun\", \"target\": \"grub\", \"options\": \"\", \"files\": "
         "[{\"path\": \"/etc/../../x\"}]}",
         "\"/etc/../../x\" is not a plain path"},
    };
    const Fixture *fixture = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_strconcat(fixture->folder, "/1/manifest.json", NULL);
        assert_true(file_write(path, bad[i].text, 0644, NULL));
        assert_null(saved_list(fixture->folder, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, bad[i].message);
    }
}

static void a_link_out_of_the_tree_is_refused(void **state)
{
    const Fixture *fixture = *state;
    g_autoptr(GError) error = NULL, folder_error = NULL;
    g_autofree char *link = g_strconcat(fixture->root, "/etc/link", NULL), *inside = g_strconcat(fixture->root, "/etc/inside", NULL);
    g_autofree char *folder = g_strconcat(fixture->root, "/etc/folder", NULL);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_int_equal(symlink("f", inside), 0);
    assert_int_equal(symlink("/usr", folder), 0);
    assert_null(saved_real_path(fixture->root, "/etc/link", &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "a symbolic link leads out of");
    assert_null(saved_real_path(fixture->root, "/etc/folder/none", &folder_error));
    assert_error(folder_error, GUESTCTL_ERROR_INVALID, "a symbolic link leads out of");
    g_autofree char *fine = saved_real_path(fixture->root, "/etc/inside", NULL), *not_there = saved_real_path(fixture->root, "/boot/new", NULL);
    assert_non_null(fine);
    assert_non_null(not_there);
}

static void what_a_killed_writer_left_beside_a_file_goes(void **state)
{
    const Fixture *fixture = *state;
    g_autoptr(Saved) saved = keep(fixture, "new");
    g_autofree char *left = g_strconcat(fixture->file, ".Ab3dE6.tmp", NULL), *other = g_strconcat(fixture->file, ".site.tmp", NULL);
    assert_true(file_write(left, "x", 0644, NULL) && file_write(other, "x", 0644, NULL));
    saved_sweep(saved, fixture->root);
    assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
    assert_true(g_file_test(other, G_FILE_TEST_EXISTS));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_kept_is_read_back),
        TEST(what_others_changed_around_our_part_stays),
        TEST(a_file_of_ours_alone_goes_and_one_with_others_text_stays),
        TEST(old_new_and_changed_by_others_are_told_apart),
        TEST(the_oldest_go_and_half_a_generation_is_none),
        TEST(a_manifest_that_is_wrong_is_named),
        TEST(a_link_out_of_the_tree_is_refused),
        TEST(what_a_killed_writer_left_beside_a_file_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
