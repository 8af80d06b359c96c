/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/inject/inject.h"

#define KEY "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6bzkfuVqJguXqz2XboWLXNY0HvY5SFwfIXu6DGFPL+ me@here"

static Inject *sample(const char *storage, const char *path)
{
    static const guint8 binary[] = {0, 1, 0xff};
    Inject *inject = inject_new();
    inject->guest = g_strdup("web");
    inject->disk = g_strdup("root");
    inject->storage = g_strdup(storage);
    inject->path = g_strdup(path);
    inject->format = g_str_equal(storage, "qcow2") ? DISK_FORMAT_QCOW2 : DISK_FORMAT_RAW;
    inject->partition = 3;
    inject->carry_on = true;
    inject->user = g_strdup("root");
    inject->hostname = g_strdup("www");
    inject->scratch = g_strdup("/run/guestctl/inject/01234567");
    inject->cache = g_strdup("/var/cache/guestctl/appliance");
    inject->keys = g_strsplit(KEY, "\n", -1);
    const struct {
        const char *path;
        unsigned mode;
        GBytes *bytes;
    } files[] = {{"/etc/motd", 0644, g_bytes_new_static("a\tb\n", 4)}, {"/bin/x", 0755, g_bytes_new_static(binary, sizeof binary)}, {"/empty", 0600, g_bytes_new(NULL, 0)}};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        InjectFile *file = g_new0(InjectFile, 1);
        *file = (InjectFile){g_strdup(files[i].path), files[i].mode, files[i].bytes};
        g_ptr_array_add(inject->files, file);
    }
    return inject;
}

static void what_is_written_is_read_again(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Inject) inject = sample("qcow2", "/srv/root.qcow2");
    g_autofree char *text = inject_to_json(inject);
    g_autoptr(Inject) read = inject_parse(text, &error);
    assert_no_error(error);
    assert_string_equal(read->path, "/srv/root.qcow2");
    assert_int_equal(read->format, DISK_FORMAT_QCOW2);
    assert_int_equal(read->partition, 3);
    assert_true(read->carry_on);
    assert_false(read->kvm);
    assert_string_equal(read->keys[0], KEY);
    assert_null(read->password_hash);
    assert_int_equal(read->files->len, 3);
    for (guint i = 0; i < 3; i++) {
        const InjectFile *was = inject->files->pdata[i], *is = read->files->pdata[i];
        assert_string_equal(is->path, was->path);
        assert_int_equal(is->mode, was->mode);
        assert_true(g_bytes_equal(is->bytes, was->bytes));
    }
    g_autofree char *again = inject_to_json(read);
    assert_string_equal(again, text);
    assert_true(inject_carries_on(text));
}

/* It comes back from a journal, which another version may have written. */
static void a_document_that_is_not_whole_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } rows[] = {
        {"guestctl-inject/1", "guestctl-inject/2", "guestctl-inject/"},
        {"\"3\"", "\"none\"", "partition, storage or disk_format is none"},
        {"\"3\"", "\"x\"", "partition \"x\" is not known"},
        {"\"storage\" : \"qcow2\"", "\"storage\" : \"floppy\"", "partition, storage or disk_format is none"},
        {"\"user\" : \"root\",", "", "a member is missing"},
        {"/etc/motd", "/etc/../motd", "names no file in the guest"},
        {"0644", "9", "a file needs a path, a mode"},
        {"\"text\" : \"a\\tb\\n\"", "\"text\" : 1", "text"},
        {"\"base64\"", "\"base32\"", "a file needs a path, a mode, and text or base64"},
    };
    g_autoptr(Inject) inject = sample("qcow2", "/srv/root.qcow2");
    g_autofree char *text = inject_to_json(inject);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) parts = g_strsplit(text, rows[i].from, -1);
        assert_true(g_strv_length(parts) > 1);
        g_autofree char *damaged = g_strjoinv(rows[i].to, parts);
        assert_null(inject_parse(damaged, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, rows[i].says);
        assert_false(inject_carries_on(damaged));
    }
}

static void partitions_are_known_by_our_words_and_novas_numbers(void **state)
{
    static const struct {
        const char *word;
        int partition;
        const char *shown;
    } rows[] = {
        {"inspect", INJECT_INSPECT, "inspect"}, {"-1", INJECT_INSPECT, "inspect"}, {"none", INJECT_DISABLED, "none"},
        {"-2", INJECT_DISABLED, "none"},        {"whole", INJECT_WHOLE, "whole"},  {"0", INJECT_WHOLE, "whole"},
        {"1", 1, "1"},                          {"128", 128, "128"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        int partition = 99;
        assert_true(inject_partition_parse(rows[i].word, &partition, NULL));
        assert_int_equal(partition, rows[i].partition);
        g_autofree char *shown = inject_partition_text(partition);
        assert_string_equal(shown, rows[i].shown);
    }
    static const char *const wrong[] = {"", "-3", "129", "1x", "root", "01234567890123456789012345678901234567890"};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;
        int partition = 99;
        assert_false(inject_partition_parse(wrong[i], &partition, &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "is not known (use inspect, none, whole or a number from 1 to 128");
        assert_int_equal(partition, 99);
    }
}

static void a_path_in_the_guest_is_whole_and_plain(void **state)
{
    static const char *const good[] = {"/a", "/etc/motd", "/srv/with blank", "/srv/\303\244"};
    static const char *const bad[] = {"", "/", "etc/motd", "/etc/", "/etc//motd", "/etc/../motd", "/./a", "/a\nb", "/\377"};
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
        assert_true(inject_path_check(good[i], NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(inject_path_check(bad[i], &error));
        assert_error(error, GUESTCTL_ERROR_INVALID, "names no file in the guest");
    }
    g_autofree char *name = g_strnfill(1100, 'a'), *deep = g_strconcat("/", name, NULL);
    assert_false(inject_path_check(deep, NULL));
}

static void the_disk_is_served_by_its_own_storage_and_format(void **state)
{
    static const struct {
        const char *storage, *path, *words;
    } rows[] = {
        {"qcow2", "/srv/a,b.qcow2", "driver=qcow2,file.driver=file,file.filename=/srv/a,,b.qcow2"},
        {"flat", "/srv/root.raw", "driver=raw,file.driver=file,file.filename=/srv/root.raw"},
        {"lvm", "/dev/vg/web_root", "driver=raw,file.driver=host_device,file.filename=/dev/vg/web_root"},
        {"rbd", "vms/web_root", "driver=raw,file.driver=rbd,file.pool=vms,file.image=web_root,file.conf=/etc/ceph/a,,b.conf,file.user=me"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Inject) inject = sample(rows[i].storage, rows[i].path);
        inject->ceph_conf = g_strdup("/etc/ceph/a,b.conf");
        inject->rbd_user = g_strdup("me");
        g_auto(GStrv) words = inject_nbd_words(inject);
        assert_string_equal(words[1], "--image-opts");
        assert_string_equal(words[2], rows[i].words);
        assert_null(words[3]);
    }
}

static void a_users_home_is_the_guests_own_word(void **state)
{
    static const char passwd[] = "roots:x:5:5::/no:/bin/sh\nroot:x:0:0:root:/root:/bin/sh\nadmin:x:1000:1001:A:/home/admin:\nodd:x:1:1::/x\nrel:x:1:1::home:\nneg:x:-1:1::/x:\n";
    g_autofree char *home = NULL;
    int uid = -1, gid = -1;
    assert_true(inject_home_of(passwd, "admin", &home, &uid, &gid, NULL));
    assert_string_equal(home, "/home/admin");
    assert_int_equal(uid, 1000);
    assert_int_equal(gid, 1001);
    static const struct {
        const char *user, *says;
        int code;
    } rows[] = {
        {"carol", "the guest's /etc/passwd has no user \"carol\"; set user in [inject]", GUESTCTL_ERROR_NOT_FOUND},
        {"roo", "no user \"roo\"", GUESTCTL_ERROR_NOT_FOUND},
        {"odd", "the line of user \"odd\" in the guest's /etc/passwd is damaged", GUESTCTL_ERROR_INVALID},
        {"rel", "is damaged", GUESTCTL_ERROR_INVALID},
        {"neg", "is damaged", GUESTCTL_ERROR_INVALID},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *none = NULL;
        assert_false(inject_home_of(passwd, rows[i].user, &none, &uid, &gid, &error));
        assert_error(error, rows[i].code, rows[i].says);
        assert_null(none);
    }
}

static void a_password_changes_its_users_line_and_no_other(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = inject_shadow_with("roots:a:1\nroot:*:19000:0:99999:7:::\nadmin:!:1::::::\n", "root", "$6$s$h", &error);
    assert_no_error(error);
    assert_string_equal(text, "roots:a:1\nroot:$6$s$h:19000:0:99999:7:::\nadmin:!:1::::::\n");
    g_autofree char *without_end = inject_shadow_with("root:", "root", "$6$s$h", &error);
    assert_string_equal(without_end, "root:$6$s$h");
    assert_null(inject_shadow_with("root:*:1\n", "carol", "$6$s$h", &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "the guest's /etc/shadow has no user \"carol\"");
}

static void keys_are_added_once_after_those_that_are_there(void **state)
{
    static const struct {
        const char *there, *then;
    } rows[] = {
        {"", KEY "\nrsa b\n"}, {"rsa a\n", "rsa a\n" KEY "\nrsa b\n"}, {"rsa a", "rsa a\n" KEY "\nrsa b\n"}, {KEY "\nrsa a\n", KEY "\nrsa a\nrsa b\n"},
    };
    char *keys[] = {(char *)KEY, (char *)"rsa b", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = inject_keys_with(rows[i].there, keys);
        assert_string_equal(text, rows[i].then);
    }
}

/* A program in the place of guestctl-inject. */
static void stand_in(const char *folder, const char *script)
{
    g_autofree char *path = g_build_filename(folder, "program", NULL), *text = g_strconcat("#!/bin/sh\n", script, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(g_chmod(path, 0755), 0);
    g_setenv("GUESTCTL_INJECT", path, TRUE);
}

static void the_last_line_of_the_program_is_the_error(void **state)
{
    static const struct {
        const char *script;
        int code;
        const char *says;
    } rows[] = {
        {"echo noise; echo 'guestctl-inject: no partition 7'; exit 5", GUESTCTL_ERROR_NOT_FOUND, "guest \"web\": what is in [inject] was not put into disk \"root\": no partition 7"},
        {"echo 'guestctl-inject: one'; echo 'guestctl-inject: two'; exit 9", GUESTCTL_ERROR_TIMED_OUT, "disk \"root\": two"},
        {"echo 'qemu-nbd: no such disk'; echo 'guestctl-inject: refused'; exit 10", GUESTCTL_ERROR_HYPERVISOR, "disk \"root\": refused; qemu-nbd: no such disk"},
        {"echo noise; exit 1", GUESTCTL_ERROR_HYPERVISOR, "failed with status 1: noise"},
        {"kill -9 $$", GUESTCTL_ERROR_HYPERVISOR, "was ended by signal 9"},
        {"cat >&2; exit 3", GUESTCTL_ERROR_HYPERVISOR, "\"files\""}, /* it was given the document */
    };
    g_autofree char *folder = make_folder();
    g_autoptr(Inject) inject = sample("qcow2", "/srv/root.qcow2");
    g_autofree char *text = inject_to_json(inject);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        stand_in(folder, rows[i].script);
        assert_false(inject_run(text, NULL, &error));
        if (i + 1 < G_N_ELEMENTS(rows))
            assert_error(error, rows[i].code, rows[i].says);
        else
            assert_int_equal(error->code, rows[i].code);
    }
    g_autoptr(GError) error = NULL;
    stand_in(folder, "[ \"$1\" = run ] && grep -q guestctl-inject/1 && echo 'guestctl-inject: well'");
    assert_true(inject_run(text, NULL, &error));
    assert_no_error(error);
    g_unsetenv("GUESTCTL_INJECT");
    remove_folder(folder);
}

static void what_is_missing_is_said_and_is_always_unsupported(void **state)
{
    g_autofree char *folder = make_folder();
    g_autoptr(Inject) inject = sample("qcow2", "/srv/root.qcow2");
    g_autofree char *text = inject_to_json(inject);
    g_autoptr(GError) error = NULL;
    g_setenv("GUESTCTL_INJECT", "/nowhere/guestctl-inject", TRUE);
    assert_false(inject_check(text, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED,
                 "guest \"web\": nothing can be put into disk \"root\": guestctl-inject is not installed: guestctl was built without libguestfs; build it with libguestfs-dev");
    assert_contains(error->message, "use [cloud-init]");
    g_clear_error(&error);
    stand_in(folder, "echo 'guestctl-inject: supermin is not installed'; exit 5");
    assert_false(inject_check(text, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "disk \"root\": supermin is not installed; or leave [inject] out of the guest file and use [cloud-init]");
    g_clear_error(&error);
    stand_in(folder, "echo 'cannot open shared object file: libguestfs.so.0'; exit 127"); /* the loader's words */
    assert_false(inject_check(text, &error));
    assert_error(error, GUESTCTL_ERROR_UNSUPPORTED, "libguestfs.so.0");
    g_clear_error(&error);
    stand_in(folder, "[ \"$1\" = check ]");
    assert_true(inject_check(text, &error));
    assert_no_error(error);
    g_unsetenv("GUESTCTL_INJECT");
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_document_that_is_not_whole_is_refused),
        cmocka_unit_test(partitions_are_known_by_our_words_and_novas_numbers),
        cmocka_unit_test(a_path_in_the_guest_is_whole_and_plain),
        cmocka_unit_test(the_disk_is_served_by_its_own_storage_and_format),
        cmocka_unit_test(a_users_home_is_the_guests_own_word),
        cmocka_unit_test(a_password_changes_its_users_line_and_no_other),
        cmocka_unit_test(keys_are_added_once_after_those_that_are_there),
        cmocka_unit_test(the_last_line_of_the_program_is_the_error),
        cmocka_unit_test(what_is_missing_is_said_and_is_always_unsupported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
