/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "common/decide.h"

static Policy *parsed(const char *lines, GError **error)
{
    g_autofree char *text = g_strconcat("[storage]\n", lines, NULL);
    return policy_parse(text, "guestctl.conf", error);
}

static void our_names_and_novas_mean_the_same(void **state)
{
    static const char *const texts[] = {
        "type = flat\nforce-raw = no\ncow = no\npreallocate = yes\ndiscard = yes\ncache = file=writeback, network=none\n",
        "images_type = raw\nforce_raw_images = False\nuse_cow_images = false\npreallocate_images = space\nhw_disk_discard = unmap\n"
        "disk_cachemodes = file=writeback,network=none\n",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Policy) policy = parsed(texts[i], &error);
        assert_no_error(error);
        const StoragePolicy *storage = policy->storage;
        assert_string_equal(storage->type, "flat");
        assert_false(storage->force_raw || storage->cow);
        assert_true(storage->preallocate);
        assert_int_equal(storage->discard, 1);
        assert_string_equal(storage->cache_file, "writeback");
        assert_string_equal(storage->cache_network, "none");
        assert_null(storage->cache_block);
        assert_string_equal(storage_policy_said(storage, "type"),
                            i ? "guestctl.conf: images_type = raw" : "guestctl.conf: type = flat");
    }
}

static void the_defaults_are_novas(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Policy) policy = parsed("images_type = default\n", &error);
    assert_no_error(error);
    assert_null(policy->storage->type);
    assert_true(policy->storage->cow && policy->storage->force_raw);
    assert_int_equal(policy->storage->discard, -1);
    assert_string_equal(storage_policy_said(policy->storage, "discard"), "guestctl's default");
}

static void the_documents_word_qcow_is_qcow2(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Policy) policy = parsed("images_type = qcow\n", &error);
    assert_no_error(error);
    assert_string_equal(policy->storage->type, "qcow2");
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
    static const struct {
        const char *lines;
        int code;
        const char *message;
    } faults[] = {
        {"typ = flat\n", GUESTCTL_ERROR_INVALID, "guestctl.conf:2: key \"typ\" is not known; did you mean \"type\"?"},
        {"image_type = flat\n", GUESTCTL_ERROR_INVALID, "did you mean \"images_type\"?"},
        {"type = qow2\n", GUESTCTL_ERROR_INVALID, "guestctl.conf:2: type: storage \"qow2\" is not known; did you mean \"qcow2\"?"},
        {"type = ploop\n", GUESTCTL_ERROR_UNSUPPORTED, "storage ploop is Virtuozzo's, which neither Xen nor KVM opens; use flat"},
        {"type = flat\nimages_type = raw\n", GUESTCTL_ERROR_INVALID, "guestctl.conf:3: type and images_type are one setting; write it once"},
        {"force-raw = maybe\n", GUESTCTL_ERROR_INVALID, "force-raw: \"maybe\" is neither yes nor no"},
        {"volume-group = ../x\n", GUESTCTL_ERROR_INVALID, "volume-group: \"../x\" is no name: use letters, digits"},
        {"volume-clear = wipe\n", GUESTCTL_ERROR_INVALID, "\"wipe\" is not known (use none, zero or shred)"},
        {"ceph-conf = ceph.conf\n", GUESTCTL_ERROR_INVALID, "\"ceph.conf\" is no absolute path"},
        {"cache = file\n", GUESTCTL_ERROR_INVALID, "cache: \"file\" is none of file=MODE, block=MODE and network=MODE"},
        {"cache = file=fast\n", GUESTCTL_ERROR_INVALID, "cache mode \"fast\" is not known (use none, writeback"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(parsed(faults[i].lines, &error));
        assert_error(error, faults[i].code, faults[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_names_and_novas_mean_the_same),
        cmocka_unit_test(the_defaults_are_novas),
        cmocka_unit_test(the_documents_word_qcow_is_qcow2),
        cmocka_unit_test(what_is_wrong_is_named_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
