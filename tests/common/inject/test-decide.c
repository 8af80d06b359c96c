/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/decide.h"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ me@here"

/* A guest of a stored image: what its file and guestctl.conf say beside that. */
typedef struct Case {
    const char *file;
    const char *conf;  /* NULL: nothing */
    bool seed_keys;    /* [cloud-init] has KEY */
    bool takes_it;     /* the image has cloud-init */
    bool kernel;       /* the image has a kernel_id */
    bool path;         /* the image is a path */
    bool kvm, strict;
} Case;

static Guest *decide_case(const Case *c, GError **error)
{
    g_autoptr(GError) fault = NULL;
    g_autoptr(Host) host = host_load(c->kvm ? FIXTURES "/hosts/kvm.json" : FIXTURES "/hosts/qemu.json", &fault);
    assert_no_error(fault);
    g_autofree char *text = g_strconcat("[guest]\nimage = debian-12\n[disk root]\n", c->file, NULL);
    g_autoptr(Request) request = guest_file_parse(text, "/etc/web.guest", NULL, &fault);
    assert_no_error(fault);
    RequestDisk *root = request->disks->pdata[0];
    root->known = root->is_image = true;
    root->own = !c->path;
    *(c->path ? &root->path : &root->stored) = g_strdup("/srv/images/disk");
    root->info.file_size = root->info.virtual_size = 1 << 30;
    request->folder = g_strdup("/srv/guests/web");
    request->seed.image_takes_it = c->takes_it;
    request->seed.path = g_strdup("/srv/guests/web/seed.iso");
    request->seed.keys = g_ptr_array_new_with_free_func(g_free);
    if (c->seed_keys)
        g_ptr_array_add(request->seed.keys, g_strdup(KEY));
    request->inject.scratch = g_strdup("/run/scratch");
    request->inject.cache = g_strdup("/var/cache");
    request->image_kernel = c->kernel ? g_strdup("/srv/images/kernel") : NULL;
    g_autoptr(ImageMeta) image = c->kernel ? image_meta_parse("kernel_id=vmlinuz\n", strlen("kernel_id=vmlinuz\n"), "web.meta", &fault) : NULL;
    assert_no_error(fault);
    g_autoptr(Policy) policy = policy_parse(c->conf ? c->conf : "", "guestctl.conf", &fault);
    assert_no_error(fault);
    return decide(request, image, host, policy, c->kvm ? "kvm" : "qemu", c->strict, error);
}

static void who_asks_decides_and_is_the_reason(void **state)
{
    static const struct {
        Case c;
        const char *field, *value, *because;
        Severity severity;
    } rows[] = {
        {{"[inject]\nhostname = www\n"}, "inject", "libguestfs", "the guest file has [inject]"},
        {{"[inject]\nhostname = www\n"}, "inject.partition", "inspect", "none is named: the root is looked for"},
        {{"[inject]\nhostname = www\n"}, "inject.user", "root", "as nova"},
        {{"[inject]\nhostname = www\n"}, "inject.on-failure", "stop", "without what it was to get"},
        {{"[inject]\nhostname = www\n"}, "inject.appliance", "emulated", "KVM does not work here"},
        {{"[inject]\n", .kvm = true}, "inject.appliance", "kvm", "KVM works here"},
        {{"[inject]\n", .takes_it = true}, "inject", "libguestfs", "cloud-init's seed is made as well, and is read later"},
        {{"[inject]\npartition = none\n"}, "inject", "none", "the guest file: partition = none"},
        {{"[inject]\npartition = none\n", .path = true}, "inject", "none", "the guest file: partition = none"},
        {{"[inject]\nhostname = www\n[cloud-init]\nhostname = cloud\n"}, "inject.hostname", "www", "cloud-init will change it to cloud", SEVERITY_WARNING},
        {{"[inject]\nhostname = www\n[cloud-init]\nhostname = www\n"}, "inject.hostname", "www", "the guest file"},
        /* guestctl.conf, by nova's names */
        {{"[inject]\n", "[inject]\ninject_partition = 3\n"}, "inject.partition", "3", "guestctl.conf: inject_partition = 3"},
        {{"[inject]\npartition = 2\n", "[inject]\ninject_partition = 3\n"}, "inject.partition", "2", "the guest file"},
        {{"[inject]\npartition = 2\n", "[inject]\ninject_partition = -2\n"}, "inject.partition", "2", "the guest file"},
        {{"[inject]\n", "[inject]\ninject_partition = 3\n", .kernel = true}, "inject.partition", "whole", "as in nova, such a disk has no partitions"},
        {{"[inject]\npartition = 3\n", .kernel = true}, "inject.partition", "3", "the guest file"},
        {{"", "[inject]\ninject_key = True\n", .seed_keys = true}, "inject", "libguestfs", "guestctl.conf: inject_key = True, and the image is not known to have cloud-init"},
        {{"", "[inject]\nkey = yes\n", .seed_keys = true}, "inject.ssh-keys", "1", "guestctl.conf: key = yes: those of [cloud-init] too"},
        {{"", "[inject]\nkey = yes\n", .seed_keys = true, .takes_it = true}, "inject", "none", "the image has cloud-init, and finds it in the seed"},
        {{"", "[inject]\nkey = yes\n", .seed_keys = true, .path = true}, "inject", "none", "not made of a stored image: nothing is put into it", SEVERITY_WARNING},
        {{"[cloud-init]\npassword-hash = $6$s$h\n", "[inject]\ninject_password = yes\n"}, "inject.password", "set", "inject_password = yes: that of [cloud-init]"},
        {{"[cloud-init]\npassword-hash = $6$s$h\n[inject]\npassword-hash = $6$o$h\n", "[inject]\ninject_password = yes\n"}, "inject.password", "set", "the guest file's password-hash"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = decide_case(&rows[i].c, &error);
        assert_no_error(error);
        const Reason *reason = reason_find(guest->reasons, rows[i].field);
        assert_non_null(reason);
        assert_string_equal(reason->value, rows[i].value);
        assert_contains(reason->because, rows[i].because);
        assert_int_equal(reason->severity, rows[i].severity);
        bool none = g_str_equal(rows[i].value, "none");
        assert_int_equal(guest->inject_text == NULL, none);
        assert_int_equal(guest->inject == NULL, none);
    }
}

static void nobody_asks_and_nothing_is_said(void **state)
{
    static const Case cases[] = {
        {""}, {"", "[inject]\nkey = yes\npassword = yes\n"}, {"", "[inject]\nkey = no\n", .seed_keys = true},
        {"", "[inject]\nkey = yes\ninject_partition = -2\n", .seed_keys = true}, {"[cloud-init]\npassword-hash = $6$s$h\n"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = decide_case(&cases[i], &error);
        assert_no_error(error);
        assert_null(guest->inject_text);
        assert_null(reason_find(guest->reasons, "inject"));
    }
}

static void what_cannot_be_is_refused(void **state)
{
    static const struct {
        Case c;
        int code;
        const char *says;
    } rows[] = {
        {{"[inject]\n", .path = true}, GUESTCTL_ERROR_INVALID, "inject: disk \"root\" is used as it is and is not this guest's own: nothing is put into it; import the image"},
        {{"[inject]\n", "[inject]\ninject_partition = -2\n"}, GUESTCTL_ERROR_UNSUPPORTED,
         "inject: guestctl.conf: inject_partition = -2, so nothing is put into guests here; set partition in the guest file's [inject]"},
        {{"[inject]\non-failure = go\n"}, GUESTCTL_ERROR_INVALID, "on-failure \"go\" is not known (use stop or continue)"},
        {{"[inject]\nhostname = www\n[cloud-init]\nhostname = cloud\n", .strict = true}, GUESTCTL_ERROR_UNSUPPORTED, "cloud-init will change it"},
        {{"", "[inject]\nkey = yes\n", .seed_keys = true, .path = true, .strict = true}, GUESTCTL_ERROR_UNSUPPORTED, "nothing is put into it"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Guest) guest = decide_case(&rows[i].c, &error);
        assert_null(guest);
        assert_error(error, rows[i].code, rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_asks_decides_and_is_the_reason),
        cmocka_unit_test(nobody_asks_and_nothing_is_said),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
