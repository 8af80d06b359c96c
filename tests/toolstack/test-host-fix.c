/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/tree.h"

#include "toolstack/host-fix.h"

/* As on the machine itself, with a modprobe that can load anything but kvm_intel. */
static const char *const bare[] = {
    "/proc/sys/kernel/osrelease", "6.1.0-28-amd64\n", "/proc/modules", "ext4 983040 1 - Live 0x0\n",
    "/lib/modules/6.1.0-28-amd64/modules.dep", "kernel/arch/x86/kvm/kvm-intel.ko:\nkernel/drivers/vhost/vhost_net.ko:\n",
    "/bin/modprobe@0755", "#!/bin/sh\necho \"$1\" >>\"${0%/*}/asked\"\n[ \"$1\" != kvm_intel ] || { echo \"modprobe: ERROR: could not insert '$1'\" >&2; exit 1; }\n",
    NULL, NULL,
};

static void a_module_that_cannot_be_loaded_keeps_nothing_else_from_being_done(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *root = make_folder(), *bin = g_strconcat(root, "/bin", NULL), *path = g_strdup(g_getenv("PATH"));
    g_autofree char *asked_path = g_strconcat(bin, "/asked", NULL), *kept_path = g_strconcat(root, "/etc/modules-load.d/guestctl.conf", NULL);
    g_autofree char *first = g_strdup_printf("%s:%s", bin, path), *asked = NULL, *kept = NULL;
    make_tree(root, bare);
    g_setenv("PATH", first, TRUE);
    g_autoptr(Host) host = host_new();
    g_strfreev(host->cpu_flags);
    host->cpu_flags = g_strsplit("fpu vmx", " ", -1);
    g_autoptr(CheckFacts) facts = check_facts_new(host, false, root, NULL);
    facts->here = true;
    g_autoptr(GPtrArray) checks = check_run(facts, NULL);
    Options *options = options_new();
    options->out = options->err = fopen("/dev/null", "w");
    bool changed = false;
    assert_false(host_fix(options, facts, checks, &changed, &error));
    assert_error(error, GUESTCTL_ERROR_HYPERVISOR, "host check --fix: 1 of 3 steps failed: ");
    assert_contains(error->message, "could not insert 'kvm_intel'");
    assert_true(changed);
    assert_true(g_file_get_contents(asked_path, &asked, NULL, NULL) && g_file_get_contents(kept_path, &kept, NULL, NULL));
    assert_string_equal(asked, "kvm_intel\nvhost_net\n");
    assert_string_equal(kept, "# Written by guestctl host check --fix. Lines of your own stay.\nvhost_net\n");
    g_setenv("PATH", path, TRUE);
    fclose(options->out);
    options_free(options);
    remove_folder(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_module_that_cannot_be_loaded_keeps_nothing_else_from_being_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
