/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/tree.h"

#include <unistd.h>

#include "common/check-fix.h"
#include "common/file.h"

/* Intel without its module, nested off is not to be seen then; vhost_net missing. */
static const char *const bare[] = {
    "/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n", "/proc/modules", "ext4 983040 1 - Live 0x0\n",
    "/lib/modules/6.1.0-28-amd64/modules.dep", "kernel/arch/x86/kvm/kvm-intel.ko:\nkernel/drivers/vhost/vhost_net.ko:\n", NULL, NULL,
};
static const char *const loaded[] = {
    "/proc/modules", "kvm_intel 380928 0 - Live 0x0\nvhost_net 1 0 - Live 0x0\n", "/sys/module/kvm_intel/parameters/nested", "N\n",
    "/dev/kvm", "crw------- 1 root root 10, 232 x\n", "/lib/udev/rules.d/50-udev-default.rules", "KERNEL==\"kvm\", GROUP=\"kvm\"\n",
    "/etc/group", "kvm:x:104:\n", NULL, NULL,
};

typedef struct Scene {
    char *root;
    Host *host;
    CheckFacts *facts;
    GPtrArray *checks, *said;
} Scene;

static Scene make(const char *const *files, bool here)
{
    Scene scene = {.root = make_folder(), .host = host_new(), .said = g_ptr_array_new_with_free_func(g_free)};
    make_tree(scene.root, files);
    g_strfreev(scene.host->cpu_flags);
    scene.host->cpu_flags = g_strsplit("fpu vmx", " ", -1);
    scene.facts = check_facts_new(scene.host, false, scene.root, NULL);
    scene.facts->here = here; /* as if it was this machine: its programs would be run */
    scene.checks = check_run(scene.facts, NULL);
    return scene;
}

static void scene_clear(Scene *scene)
{
    remove_folder(scene->root);
    check_facts_free(scene->facts);
    host_free(scene->host);
    g_ptr_array_unref(scene->checks);
    g_ptr_array_unref(scene->said);
    g_free(scene->root);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Scene, scene_clear)

static Plan *plan_of(Scene *scene)
{
    g_autoptr(GError) error = NULL;
    g_ptr_array_set_size(scene->said, 0);
    Plan *plan = check_fix_plan(scene->facts, scene->checks, scene->said, &error);
    assert_no_error(error);
    return plan;
}

/* "write-file /etc/...; run modprobe x" */
static char *steps_of(const Plan *plan, const char *root)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        const char *what = step->kind == STEP_RUN ? step->native : step->target + strlen(root);
        g_string_append_printf(text, "%s%s %s", i ? "; " : "", step_kind_name(step->kind), what);
    }
    return g_string_free(text, FALSE);
}

static void write_files(const Plan *plan)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const Step *step = plan->steps->pdata[i];
        if (step->kind == STEP_WRITE_FILE)
            assert_true(file_write(step->target, step->native, 0644, NULL));
    }
}

static void modules_are_kept_for_the_next_boot_once_they_are_loaded(void **state)
{
    g_auto(Scene) scene = make(bare, true);
    g_autoptr(Plan) plan = plan_of(&scene);
    g_autofree char *steps = steps_of(plan, scene.root);
    assert_string_equal(steps, "run modprobe kvm_intel; run modprobe vhost_net; write-file /etc/modules-load.d/guestctl.conf");
    const Step *write = plan->steps->pdata[2];
    assert_string_equal(write->native, "# Written by guestctl host check --fix. Lines of your own stay.\nkvm_intel\nvhost_net\n");
    assert_string_equal(scene.said->pdata[0], "running: modprobe kvm_intel");
    assert_contains(scene.said->pdata[2], "/etc/modules-load.d/guestctl.conf: adding \"kvm_intel\", \"vhost_net\"");

    /* It was written, and the machine was booted without the module all the same. */
    write_files(plan);
    g_autoptr(Plan) again = plan_of(&scene);
    g_autofree char *steps_again = steps_of(again, scene.root);
    assert_string_equal(steps_again, "run modprobe kvm_intel; run modprobe vhost_net");
}

static void a_copy_gets_files_only_and_nothing_twice(void **state)
{
    g_auto(Scene) scene = make(bare, false);
    g_autoptr(Plan) plan = plan_of(&scene);
    g_autofree char *steps = steps_of(plan, scene.root);
    assert_string_equal(steps, "write-file /etc/modules-load.d/guestctl.conf");
    assert_contains(scene.said->pdata[0], "not run below ");
    assert_contains(scene.said->pdata[0], "modprobe kvm_intel (it is loaded at that system's next boot)");
    write_files(plan);
    g_autoptr(Plan) again = plan_of(&scene);
    assert_int_equal(again->steps->len, 0);
    assert_int_equal(scene.said->len, 0);
}

static void options_and_udev_follow_what_is_loaded(void **state)
{
    g_auto(Scene) scene = make(loaded, true);
    g_autoptr(Plan) plan = plan_of(&scene);
    g_autofree char *steps = steps_of(plan, scene.root);
    assert_string_equal(steps, "write-file /etc/modprobe.d/guestctl.conf; run udevadm trigger --sysname-match=kvm; run udevadm settle --timeout=10");
    write_files(plan);
    /* The option is set now: what is left is to load the module again, which is for a person. */
    g_autoptr(GPtrArray) checks = check_run(scene.facts, (const char *const[]){"kvm.nested", NULL});
    const Check *nested = checks->pdata[0];
    assert_int_equal(nested->fixes->len, 0);
    assert_contains(nested->remedy, "modprobe -r kvm_intel");
}

static void lines_of_the_administrator_stay(void **state)
{
    g_auto(Scene) scene = make(bare, false);
    const char *const mine[] = {CHECK_FIX_MODULES, "# mine\n  kvm_intel\t\nloop", NULL, NULL};
    make_tree(scene.root, mine);
    g_autoptr(Plan) plan = plan_of(&scene);
    const Step *write = plan->steps->pdata[0];
    assert_string_equal(write->native, "# mine\n  kvm_intel\t\nloop\nvhost_net\n");
}

static void a_file_that_cannot_be_read_is_not_replaced(void **state)
{
    g_auto(Scene) scene = make(bare, false);
    g_autoptr(GError) error = NULL;
    const char *const folder[] = {CHECK_FIX_MODULES "/", NULL, NULL, NULL};
    make_tree(scene.root, folder);
    assert_null(check_fix_plan(scene.facts, scene.checks, scene.said, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, "/etc/modules-load.d/guestctl.conf is not a regular file");
}

static void a_link_out_of_the_copy_is_not_followed(void **state)
{
    g_auto(Scene) scene = make(bare, false);
    g_autoptr(GError) of_file = NULL, of_folder = NULL;
    g_autofree char *outside = make_folder();
    g_autofree char *target = g_build_filename(outside, "precious", NULL), *folder = g_strconcat(scene.root, "/etc/modules-load.d", NULL);
    g_autofree char *link = g_build_filename(folder, "guestctl.conf", NULL), *etc = g_path_get_dirname(folder);
    assert_true(g_file_set_contents(target, "mine\n", -1, NULL));
    assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
    assert_int_equal(symlink(target, link), 0);
    assert_null(check_fix_plan(scene.facts, scene.checks, scene.said, &of_file));
    assert_error(of_file, GUESTCTL_ERROR_INVALID, "/etc/modules-load.d/guestctl.conf leads out of ");
    assert_contains(of_file->message, target);
    remove_folder(etc);
    assert_int_equal(symlink(outside, etc), 0);
    assert_null(check_fix_plan(scene.facts, scene.checks, scene.said, &of_folder));
    assert_error(of_folder, GUESTCTL_ERROR_INVALID, "leads out of ");
    remove_folder(outside);
}

static void what_another_file_loads_at_boot_is_not_written_again(void **state)
{
    g_auto(Scene) scene = make(bare, false);
    const char *const mine[] = {"/etc/modules-load.d/mine.conf", "# kvm\nkvm-intel\n", "/etc/modules", "vhost_net\n", NULL, NULL};
    make_tree(scene.root, mine);
    g_autoptr(Plan) plan = plan_of(&scene);
    assert_int_equal(plan->steps->len, 0);
    g_autoptr(GPtrArray) checks = check_run(scene.facts, (const char *const[]){"kvm.module", NULL});
    const Check *module = checks->pdata[0];
    assert_int_equal(module->fixes->len, 0);
    assert_string_equal(module->remedy, "boot that system, or run there: modprobe kvm_intel (/etc/modules-load.d/mine.conf loads it at each boot)");
}

static void what_a_killed_run_left_is_removed(void **state)
{
    g_auto(Scene) scene = make(bare, false);
    const char *const left[] = {CHECK_FIX_MODULES ".a1B2c3.tmp", "kvm", "/etc/modules-load.d/guestctl.conf.mine.tmp.x", "", NULL, NULL};
    make_tree(scene.root, left);
    g_autoptr(Plan) plan = plan_of(&scene);
    g_autofree char *steps = steps_of(plan, scene.root);
    assert_string_equal(steps, "remove-file /etc/modules-load.d/guestctl.conf.a1B2c3.tmp; write-file /etc/modules-load.d/guestctl.conf");
}

static void a_link_that_leads_nowhere_is_refused_before_anything_is_said(void **state)
{
    g_auto(Scene) scene = make(bare, false);
    g_autoptr(GError) error = NULL;
    const char *const dangling[] = {CHECK_FIX_MODULES ">", "none.conf", NULL, NULL};
    make_tree(scene.root, dangling);
    assert_null(check_fix_plan(scene.facts, scene.checks, scene.said, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "guestctl.conf is a symbolic link that leads nowhere (none.conf)");
    assert_int_equal(scene.said->len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modules_are_kept_for_the_next_boot_once_they_are_loaded),
        cmocka_unit_test(a_copy_gets_files_only_and_nothing_twice),
        cmocka_unit_test(options_and_udev_follow_what_is_loaded),
        cmocka_unit_test(lines_of_the_administrator_stay),
        cmocka_unit_test(a_file_that_cannot_be_read_is_not_replaced),
        cmocka_unit_test(a_link_out_of_the_copy_is_not_followed),
        cmocka_unit_test(what_another_file_loads_at_boot_is_not_written_again),
        cmocka_unit_test(what_a_killed_run_left_is_removed),
        cmocka_unit_test(a_link_that_leads_nowhere_is_refused_before_anything_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
