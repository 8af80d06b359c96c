/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <sys/stat.h>

#include "common/run.h"
#include "common/storage/storage.h"

/* Disks really made by qemu-img and the tools of the system, in a folder of the test's own. */
typedef struct Tree {
    char *root, *folder, *base;
} Tree;

static void shell(const char *format, ...) G_GNUC_PRINTF(1, 2);
static void shell(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *words = g_strdup_vprintf(format, args);
    va_end(args);
    g_autoptr(GError) error = NULL;
    run_program(words, NULL, NULL, &error);
    assert_no_error(error);
}

static int set_up(void **state)
{
    Tree *tree = g_new0(Tree, 1);
    tree->root = make_folder();
    tree->folder = g_build_filename(tree->root, "guests/web", NULL);
    tree->base = g_build_filename(tree->root, "disk", NULL);
    shell("qemu-img create -q -f qcow2 %s 2M", tree->base);
    *state = tree;
    return 0;
}

static int tear_down(void **state)
{
    Tree *tree = *state;
    remove_folder(tree->root);
    g_free(tree->root);
    g_free(tree->folder);
    g_free(tree->base);
    g_free(tree);
    return 0;
}

static StorageDisk *disk_of(const Tree *tree, const StorageDriver *driver, const char *name, const char *kind)
{
    g_autoptr(StoragePolicy) policy = storage_policy_new();
    StorageDisk *disk = storage_disk_new();
    disk->guest = g_strdup("web");
    disk->name = g_strdup(name);
    disk->owner = g_strdup("8bf2e9c0-12ee-8cf6-9f58-0be39ba9b486");
    disk->storage = g_strdup(driver->name);
    disk->kind = g_strdup(kind);
    disk->base = g_str_equal(kind, "image") ? g_strdup(tree->base) : NULL;
    disk->base_format = DISK_FORMAT_QCOW2;
    disk->size = 4 << 20;
    assert_true(driver->place(disk, policy, tree->folder, NULL));
    return disk;
}

static Plan *creation(const Tree *tree, const StorageDisk *disk)
{
    Plan *plan = plan_new("files", "web");
    storage_plan_create(plan, disk, tree->folder);
    return plan;
}

static bool is_there(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void a_disk_is_made_checked_enlarged_and_deleted(void **state)
{
    static const struct {
        const StorageDriver *driver;
        const char *kind;
    } rows[] = {{&storage_flat, "image"}, {&storage_qcow2, "image"}, {&storage_qcow2, "ephemeral"}, {&storage_flat, "swap"}};
    const Tree *tree = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(StorageDisk) disk = disk_of(tree, rows[i].driver, "root", rows[i].kind);
        g_autoptr(Plan) plan = creation(tree, disk);
        storage_run(plan->steps->pdata[0], NULL, &error);
        assert_no_error(error);
        assert_true(storage_check_planned(disk->path, disk->format, &error));
        DiskInfo info;
        struct stat buffer;
        assert_true(disk_info_read(disk->path, &info, NULL));
        assert_int_equal(info.virtual_size, 4 << 20);
        assert_int_equal(info.has_backing_file, disk->overlay);
        assert_int_equal(stat(disk->path, &buffer), 0);
        assert_int_equal(buffer.st_mode & 0777, 0600);
        g_autoptr(StorageDisk) record = storage_record_load(tree->folder, "root", &error);
        assert_no_error(error);
        assert_string_equal(record->path, disk->path);

        disk->size = 6 << 20;
        storage_plan_resize(plan, disk, tree->folder);
        storage_plan_delete(plan, disk, NULL, tree->folder);
        for (unsigned again = 0; again < 2; again++) { /* as after a crash */
            storage_run(plan->steps->pdata[1], NULL, &error);
            assert_no_error(error);
        }
        assert_true(disk_info_read(disk->path, &info, NULL));
        assert_int_equal(info.virtual_size, 6 << 20);
        for (unsigned again = 0; again < 2; again++) {
            storage_run(plan->steps->pdata[2], NULL, &error);
            assert_no_error(error);
        }
        assert_false(is_there(tree->folder)); /* nothing is left, not even the guest's folder */
    }
}

static void what_is_there_already_is_left_as_it_is(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(StorageDisk) disk = disk_of(tree, &storage_flat, "root", "blank");
    g_autoptr(Plan) plan = creation(tree, disk);
    g_mkdir_with_parents(tree->folder, 0755);
    assert_true(g_file_set_contents(disk->path, "mine", -1, NULL));
    assert_false(storage_run(plan->steps->pdata[0], NULL, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "root.raw is there already, and was left as it is; see: guestctl disk list web");
    g_autofree char *text = NULL;
    assert_true(g_file_get_contents(disk->path, &text, NULL, NULL));
    assert_string_equal(text, "mine");
}

static void undo_takes_back_all_that_a_step_has_made(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(StorageDisk) disk = disk_of(tree, &storage_qcow2, "root", "image");
    g_autoptr(Plan) plan = creation(tree, disk);
    g_autofree char *made = storage_new_path(disk), *filled = g_strconcat(made, ".raw", NULL);
    const char *const files[] = {disk->path, made, filled};
    g_mkdir_with_parents(tree->folder, 0755);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        assert_true(g_file_set_contents(files[i], "", -1, NULL));
    assert_true(storage_undo(plan->steps->pdata[0], &error));
    assert_false(is_there(tree->folder));
    assert_true(storage_undo(plan->steps->pdata[0], &error)); /* nothing was made at all */
    assert_true(is_there(tree->base));
}

static void an_overlay_on_anything_else_is_refused(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(StorageDisk) disk = disk_of(tree, &storage_qcow2, "root", "image");
    g_autoptr(Plan) plan = creation(tree, disk);
    g_autofree char *other = g_strconcat(tree->base, "2", NULL), *stray = g_build_filename(tree->folder, "stray.qcow2", NULL);
    assert_true(storage_run(plan->steps->pdata[0], NULL, &error));
    shell("cp %s %s", tree->base, other);
    shell("cp %s %s", disk->path, stray);
    assert_false(storage_check_planned(stray, DISK_FORMAT_QCOW2, &error)); /* no record says that it is ours */
    assert_error(error, GUESTCTL_ERROR_INVALID, "qcow2 with a backing file now");
    g_clear_error(&error);

    g_autofree char *other_base = g_strdup_printf("-b %s -F qcow2", other), *other_format = g_strdup_printf("-b %s -F raw", tree->base);
    const char *const forged[] = {other_base, other_format, "-b ''"};
    for (gsize i = 0; i < G_N_ELEMENTS(forged); i++) {
        shell("qemu-img rebase -u -f qcow2 %s %s", forged[i], disk->path);
        assert_false(storage_check_planned(disk->path, DISK_FORMAT_QCOW2, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "is not the overlay on ");
        assert_error(error, GUESTCTL_ERROR_INVALID, "make the disk anew: guestctl disk delete web root");
        g_clear_error(&error);
    }
    shell("qemu-img rebase -u -f qcow2 -b %s -F qcow2 %s", tree->base, disk->path);
    assert_true(storage_check_planned(disk->path, DISK_FORMAT_QCOW2, &error));
    shell("mv %s %s", disk->path, stray);
    shell("ln -s %s %s", stray, disk->path);
    assert_false(storage_check_planned(disk->path, DISK_FORMAT_QCOW2, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "is a symbolic link, and not the disk that was made for guest \"web\"");
    g_clear_error(&error);
    shell("mv %s %s", stray, disk->path);
    shell("qemu-img rebase -u -f qcow2 -b %s -F qcow2 %s", other, tree->base);
    assert_false(storage_check_planned(disk->path, DISK_FORMAT_QCOW2, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "qcow2 with a backing file now");
}

static void what_was_put_in_a_disks_place_is_not_written_to(void **state)
{
    static const struct {
        bool link;
        const char *message;
    } cases[] = {{true, "is a symbolic link, and not the disk that was made for guest \"web\""}, {false, "is not the overlay on"}};
    const Tree *tree = *state;
    g_autofree char *other = g_build_filename(tree->root, "other.qcow2", NULL), *before = NULL, *after = NULL;
    gsize long_before, long_after;
    shell("qemu-img create -q -f qcow2 %s 4M", other);
    assert_true(g_file_get_contents(other, &before, &long_before, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *name = g_strdup_printf("d%" G_GSIZE_FORMAT, i);
        g_autoptr(StorageDisk) disk = disk_of(tree, &storage_qcow2, name, "image");
        g_autoptr(Plan) plan = creation(tree, disk);
        assert_true(storage_run(plan->steps->pdata[0], NULL, &error));
        shell("rm %s", disk->path);
        if (cases[i].link)
            shell("ln -s %s %s", other, disk->path);
        else
            shell("cp %s %s", other, disk->path);
        assert_true(storage_plan_snapshot(plan, disk, SNAPSHOT_MAKE, "s1", tree->folder, &error));
        assert_false(storage_run(plan->steps->pdata[1], NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, cases[i].message);
    }
    assert_true(g_file_get_contents(other, &after, &long_after, NULL));
    assert_true(long_before == long_after && memcmp(before, after, long_before) == 0);
}

/* "s1,s2" as the file itself and as its record has them. Callers free. */
static char *snapshots_in_file(const StorageDisk *disk)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    assert_true(storage_driver(disk->storage)->list_snapshots(disk, names, NULL));
    g_ptr_array_add(names, NULL);
    return g_strjoinv(",", (char **)names->pdata);
}

static char *snapshots_in_record(const Tree *tree, const StorageDisk *disk)
{
    g_autoptr(StorageDisk) record = storage_record_load(tree->folder, disk->name, NULL);
    return record->snapshots ? g_strjoinv(",", record->snapshots) : g_strdup("");
}

static void assert_snapshots(const Tree *tree, const StorageDisk *disk, const char *wanted)
{
    g_autofree char *in_file = snapshots_in_file(disk), *in_record = snapshots_in_record(tree, disk);
    assert_string_equal(in_file, wanted);
    assert_string_equal(in_record, wanted);
}

static StorageDisk *recorded(const Tree *tree, const char *name)
{
    StorageDisk *disk = storage_record_load(tree->folder, name, NULL);
    assert_non_null(disk);
    return disk;
}

/* As two commands do that look at the same time: each plans with the record of before. */
static void changes_that_were_planned_at_once_lose_nothing(void **state)
{
    static const char *const names[] = {"s1", "s2"};
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(StorageDisk) disk = disk_of(tree, &storage_qcow2, "root", "image");
    g_autoptr(Plan) plan = creation(tree, disk), forgets = plan_new("files", "web");
    assert_true(storage_run(plan->steps->pdata[0], NULL, &error));
    g_autoptr(StorageDisk) larger = recorded(tree, "root");
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(StorageDisk) own = recorded(tree, "root");
        assert_true(storage_plan_snapshot(plan, own, SNAPSHOT_MAKE, names[i], tree->folder, &error));
    }
    larger->size *= 2;
    storage_plan_resize(plan, larger, tree->folder);
    assert_true(storage_run(plan->steps->pdata[1], NULL, &error));
    assert_true(storage_run(plan->steps->pdata[2], NULL, &error));
    assert_true(storage_run(plan->steps->pdata[2], NULL, &error)); /* begun anew after a crash: it is not made twice */
    assert_snapshots(tree, disk, "s1,s2");
    assert_false(storage_run(plan->steps->pdata[3], NULL, &error)); /* a snapshot of before would make it small again */
    assert_error(error, GUESTCTL_ERROR_EXISTS, "was changed since this command looked at it; see: guestctl disk list web");
    g_clear_error(&error);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(StorageDisk) own = recorded(tree, "root");
        assert_true(storage_plan_snapshot(forgets, own, SNAPSHOT_DELETE, names[i], tree->folder, &error));
    }
    for (guint i = 0; i < 4; i++)
        assert_true(storage_run(forgets->steps->pdata[i % 2], NULL, &error));
    assert_snapshots(tree, disk, "");
}

static void a_record_that_was_left_behind_follows_the_disk(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(StorageDisk) disk = disk_of(tree, &storage_qcow2, "root", "blank");
    g_autoptr(Plan) plan = creation(tree, disk);
    assert_true(storage_run(plan->steps->pdata[0], NULL, &error));
    g_autoptr(StorageDisk) larger = recorded(tree, "root");
    larger->size *= 2;
    storage_plan_resize(plan, larger, tree->folder);
    assert_true(storage_is_settled(plan->steps->pdata[1]));
    shell("qemu-img snapshot -q -c s1 %s", disk->path); /* and the command was killed */
    assert_false(storage_is_settled(plan->steps->pdata[1]));
    assert_false(storage_run(plan->steps->pdata[1], NULL, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "was changed since this command looked at it");
    g_clear_error(&error);
    assert_snapshots(tree, disk, "s1");
    assert_true(storage_is_settled(plan->steps->pdata[1]));
    g_autoptr(StorageDisk) knows = recorded(tree, "root");
    assert_true(storage_plan_snapshot(plan, knows, SNAPSHOT_DELETE, "s1", tree->folder, &error));
    shell("qemu-img snapshot -q -d s1 %s", disk->path);
    assert_true(storage_run(plan->steps->pdata[2], NULL, &error)); /* done already */
    assert_snapshots(tree, disk, "");
    shell("qemu-img snapshot -q -c s1 %s", disk->path);
    g_autoptr(StorageDisk) stale = recorded(tree, "root");
    assert_true(storage_plan_snapshot(plan, stale, SNAPSHOT_MAKE, "s2", tree->folder, &error));
    assert_true(storage_run(plan->steps->pdata[3], NULL, &error));
    assert_snapshots(tree, disk, "s1,s2");
    g_autoptr(StorageDisk) back = recorded(tree, "root");
    assert_true(storage_plan_snapshot(plan, back, SNAPSHOT_REVERT, "s1", tree->folder, &error));
    assert_true(storage_run(plan->steps->pdata[4], NULL, &error));
    shell("qemu-img snapshot -q -d s1 %s", disk->path);
    assert_false(storage_run(plan->steps->pdata[4], NULL, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "was changed since this command looked at it");
}

static void no_disk_is_made_smaller_whatever_its_record_says(void **state)
{
    static const StorageDriver *const drivers[] = {&storage_flat, &storage_qcow2};
    static const char *const enlarge[] = {"truncate -s 128M %s", "qemu-img resize -q -f qcow2 %s 128M"};
    const Tree *tree = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(drivers); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(StorageDisk) disk = disk_of(tree, drivers[i], i ? "data" : "root", "blank");
        g_autoptr(Plan) plan = creation(tree, disk);
        assert_true(storage_run(plan->steps->pdata[0], NULL, &error));
        disk->size = 96 << 20;
        storage_plan_resize(plan, disk, tree->folder);
        g_auto(GStrv) halves = g_strsplit(enlarge[i], "%s", 2);
        g_autofree char *words = g_strjoinv(disk->path, halves);
        shell("%s", words); /* by a command that was cut off, or was quicker */
        assert_false(storage_run(plan->steps->pdata[1], NULL, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "has 128M already, and a disk is never made smaller");
        g_autoptr(StorageDisk) record = recorded(tree, disk->name);
        assert_int_equal(record->size, 128 << 20);
        StorageLook look = {.in_detail = true};
        assert_true(storage_driver(disk->storage)->look(disk, &look, NULL));
        assert_int_equal(look.size, 128 << 20);
    }
}

static void a_program_that_fails_is_named_with_the_disk(void **state)
{
    const Tree *tree = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(StorageDisk) disk = disk_of(tree, &storage_flat, "root", "image");
    disk->base_format = DISK_FORMAT_VMDK;
    g_autoptr(Plan) plan = creation(tree, disk);
    assert_false(storage_run(plan->steps->pdata[0], NULL, &error));
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR, "guest \"web\": disk \"root\": qemu-img convert -f vmdk -O raw ");
    assert_true(storage_undo(plan->steps->pdata[0], NULL));
    assert_false(is_there(tree->folder));
}

int main(void)
{
#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    g_autofree char *qemu_img = g_find_program_in_path("qemu-img");
    if (!qemu_img)
        return 77;
    const struct CMUnitTest tests[] = {
        WITH_TREE(a_disk_is_made_checked_enlarged_and_deleted),
        WITH_TREE(what_is_there_already_is_left_as_it_is),
        WITH_TREE(undo_takes_back_all_that_a_step_has_made),
        WITH_TREE(an_overlay_on_anything_else_is_refused),
        WITH_TREE(what_was_put_in_a_disks_place_is_not_written_to),
        WITH_TREE(changes_that_were_planned_at_once_lose_nothing),
        WITH_TREE(a_record_that_was_left_behind_follows_the_disk),
        WITH_TREE(no_disk_is_made_smaller_whatever_its_record_says),
        WITH_TREE(a_program_that_fails_is_named_with_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
