/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm/kvm.h"
#include "kvm/probe-cache.h"
#include "kvm/probe-guest.h"
#include "kvm/probe.h"

static void put_file(const char *root, const char *path, const char *text)
{
    g_autofree char *full = g_strconcat(root, path, NULL), *folder = g_path_get_dirname(full);
    g_mkdir_with_parents(folder, 0755);
    assert_true(g_file_set_contents(full, text, -1, NULL));
}

#define DESCRIPTOR(arch, code, vars, features)                                                                         \
    "{\"interface-types\": [\"uefi\"], \"mapping\": {\"device\": \"flash\", \"executable\": {\"filename\": \"" code     \
    "\"}, \"nvram-template\": {\"filename\": \"" vars "\"}}, \"targets\": [{\"architecture\": \"" arch                 \
    "\", \"machines\": [\"pc-q35-*\"]}], \"features\": [" features "]}"

static void firmware_is_chosen_by_qemus_descriptors(void **state)
{
    g_autofree char *root = make_folder();
    static const char folder[] = "/usr/share/qemu/firmware";
    static const char *const files[] = {"/fw/secure.fd", "/fw/secure-vars.fd", "/fw/plain.fd", "/fw/plain-vars.fd"};
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        put_file(root, files[i], "");
    g_autofree char *in_usr = g_strconcat(root, folder, NULL);
    put_file(in_usr, "/10-arm.json", DESCRIPTOR("aarch64", "/fw/plain.fd", "/fw/plain-vars.fd", ""));
    put_file(in_usr, "/20-broken.json", "{\"mapping\": [");
    put_file(in_usr, "/21-odd.json", "{\"interface-types\": 7, \"mapping\": \"x\", \"targets\": {}, \"features\": null}");
    put_file(in_usr, "/30-missing.json", DESCRIPTOR("x86_64", "/fw/none.fd", "/fw/none.fd", ""));
    put_file(in_usr, "/40-secure.json",
             DESCRIPTOR("x86_64", "/fw/secure.fd", "/fw/secure-vars.fd", "\"secure-boot\", \"enrolled-keys\", \"requires-smm\""));
    put_file(in_usr, "/50-no-keys.json", DESCRIPTOR("x86_64", "/fw/secure.fd", "/fw/plain-vars.fd", "\"secure-boot\", \"requires-smm\""));
    put_file(in_usr, "/60-plain.json", DESCRIPTOR("x86_64", "/fw/plain.fd", "/fw/plain-vars.fd", "\"acpi-s3\""));

    g_autoptr(Host) host = host_new();
    host->arch = g_strdup("x86_64");
    probe_firmware(host, root);
    assert_string_equal(host->kvm.ovmf_code, "/fw/plain.fd");
    assert_string_equal(host->kvm.ovmf_vars, "/fw/plain-vars.fd");
    assert_string_equal(host->kvm.ovmf_code_secure, "/fw/secure.fd");
    assert_string_equal(host->kvm.ovmf_vars_secure, "/fw/secure-vars.fd");

    /* What the administrator writes in /etc hides the file of the same name. */
    put_file(root, "/etc/qemu/firmware/60-plain.json", DESCRIPTOR("x86_64", "/fw/secure.fd", "/fw/plain-vars.fd", ""));
    g_autoptr(Host) changed = host_new();
    changed->arch = g_strdup("x86_64");
    probe_firmware(changed, root);
    assert_string_equal(changed->kvm.ovmf_code, "/fw/secure.fd");
    remove_folder(root);
}

static void firmware_is_found_without_descriptors_too(void **state)
{
    g_autofree char *root = make_folder();
    put_file(root, "/usr/share/OVMF/OVMF_CODE.fd", "");
    put_file(root, "/usr/share/OVMF/OVMF_VARS.fd", "");
    g_autoptr(Host) host = host_new();
    host->arch = g_strdup("x86_64");
    probe_firmware(host, root);
    assert_string_equal(host->kvm.ovmf_code, "/usr/share/OVMF/OVMF_CODE.fd");
    assert_null(host->kvm.ovmf_code_secure);
    g_autoptr(Host) arm = host_new();
    arm->arch = g_strdup("aarch64");
    probe_firmware(arm, root);
    assert_null(arm->kvm.ovmf_code);
    remove_folder(root);
}

static void the_version_stands_in_the_program(void **state)
{
    g_autofree char *root = make_folder(), *path = g_strconcat(root, "/qemu", NULL);
    put_file(root, "/qemu", "...QEMU emulator version 7.2.22 (Debian 1:7.2)...");
    g_autofree char *version = probe_qemu_version(path);
    assert_string_equal(version, "7.2.22");
    put_file(root, "/qemu", "...QEMU emulator version ");
    assert_null(probe_qemu_version(path));
    put_file(root, "/qemu", "");
    assert_null(probe_qemu_version(path));
    assert_null(probe_qemu_version("/nonexistent"));
    remove_folder(root);
}

static void answers_are_kept_until_the_file_changes(void **state)
{
    g_autofree char *root = make_folder(), *path = g_strconcat(root, "/qemu", NULL);
    g_setenv("GUESTCTL_ROOT", root, TRUE);
    put_file(root, "/qemu", "one");
    g_autofree char *key = probe_cache_key("qemu", path);
    assert_null(probe_cache_get(key));
    probe_cache_put(key, "7.2");
    g_autofree char *kept = probe_cache_get(key);
    assert_string_equal(kept, "7.2");
    put_file(root, "/qemu", "another");
    g_autofree char *other = probe_cache_key("qemu", path);
    assert_string_not_equal(key, other);
    assert_null(probe_cache_get(other));
    for (int i = 0; i < 40; i++) { /* it does not grow without end */
        g_autofree char *more = g_strdup_printf("k%d", i);
        probe_cache_put(more, "v");
    }
    assert_null(probe_cache_get(key));
    g_autofree char *last = probe_cache_get("k39");
    assert_string_equal(last, "v");
    assert_null(probe_cache_get("k3"));
    g_unsetenv("GUESTCTL_ROOT");
    remove_folder(root);
}

/* A KVM may stop to work, or begin to, without another /dev/kvm. */
static void who_asks_anew_is_not_told_what_was_kept(void **state)
{
    g_autofree char *key = probe_cache_key("kvm", "/dev/kvm");
    if (!key || access("/dev/kvm", R_OK | W_OK) != 0)
        skip();
    g_autofree char *root = make_folder();
    g_setenv("GUESTCTL_ROOT", root, TRUE);
    probe_cache_put(key, "y it was so once");
    g_autoptr(Host) quick = host_new();
    g_autoptr(Host) anew = host_new();
    anew->probe_anew = true;
    assert_true(kvm_probe(quick, NULL));
    assert_string_equal(quick->kvm.kvm_reason, "it was so once");
    assert_true(kvm_probe(anew, NULL));
    assert_string_not_equal(anew->kvm.kvm_reason, "it was so once");
    g_unsetenv("GUESTCTL_ROOT");
    remove_folder(root);
}

static void a_device_that_is_not_there_says_what_to_do(void **state)
{
    g_autofree char *reason = NULL;
    assert_false(kvm_probe_cpu("/nonexistent/kvm", &reason));
    assert_string_equal(reason, "/nonexistent/kvm: No such file or directory (the kernel module kvm_intel or kvm_amd is not loaded, "
                                "or virtualization is off in the BIOS)");
}

static void a_file_that_is_no_kvm_is_not_taken_for_one(void **state)
{
    g_autofree char *reason = NULL;
    assert_false(kvm_probe_cpu("/dev/null", &reason));
    assert_string_equal(reason, "/dev/null: KVM's interface has version -1, not 12");
}

/* Whatever this machine's answer is, it comes in time and with a reason. */
static void this_machines_kvm_is_judged_in_time(void **state)
{
    g_autofree char *reason = NULL;
    gint64 start = g_get_monotonic_time();
    bool works = kvm_probe_cpu(NULL, &reason);
    assert_true(g_get_monotonic_time() - start < 5 * G_USEC_PER_SEC);
    assert_non_null(reason);
    if (works)
        assert_string_equal(reason, "a 64-bit probe ran to its end");
    else
        print_message("this machine: %s\n", reason);
}

#ifdef __x86_64__
static guint64 word(const guint8 *memory, gsize at)
{
    guint64 value;
    memcpy(&value, memory + at, sizeof(value));
    return value;
}

/* The tables as the CPU would walk them (Intel's manual, volume 3, 4.5 and 6.14.1). */
static void the_probes_guest_maps_itself_one_to_one(void **state)
{
    g_autofree guint8 *memory = g_malloc0(GUEST_MEMORY);
    probe_guest_load(memory, true);
    assert_int_equal(word(memory, GUEST_PML4), GUEST_PDPT | 3);
    assert_int_equal(word(memory, GUEST_PDPT), GUEST_PD | 3);
    assert_int_equal(word(memory, GUEST_PD), 0x83);
    for (unsigned vector = 0; vector < 32; vector++) {
        guint64 gate = word(memory, GUEST_IDT + vector * 16);
        guint64 handler = (gate & 0xffff) | (gate >> 48 & 0xffff) << 16;
        assert_true(handler >= GUEST_CODE && handler < GUEST_DATA);
        assert_int_equal(gate >> 16 & 0xffff, GUEST_CODE_SELECTOR);
        assert_int_equal(gate >> 40 & 0xff, 0x8e);
    }
    assert_string_equal(probe_guest_stage(memory), "its first instruction");
    memory[GUEST_DATA] = 200;
    assert_string_equal(probe_guest_stage(memory), "an unknown place");
}
#else
static void the_probes_guest_maps_itself_one_to_one(void **state)
{
    skip();
}
#endif

static void the_whole_probe_says_why_or_what(void **state)
{
    g_autofree char *root = make_folder();
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = host_new();
    g_setenv("GUESTCTL_ROOT", root, TRUE);
    host->arch = g_strdup("x86_64");
    assert_true(kvm_backend.probe(host, &error));
    assert_no_error(error);
    assert_non_null(host->kvm.reason);
    assert_non_null(host->kvm.kvm_reason);
    assert_non_null(host->kvm.uri);
    assert_non_null(host->kvm.user);
    if (host->kvm.usable) {
        assert_non_null(host->kvm.libvirt_version);
        assert_non_null(host->kvm.emulator);
    }
    g_unsetenv("GUESTCTL_ROOT");
    remove_folder(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(firmware_is_chosen_by_qemus_descriptors),
        cmocka_unit_test(firmware_is_found_without_descriptors_too),
        cmocka_unit_test(the_version_stands_in_the_program),
        cmocka_unit_test(answers_are_kept_until_the_file_changes),
        cmocka_unit_test(who_asks_anew_is_not_told_what_was_kept),
        cmocka_unit_test(a_device_that_is_not_there_says_what_to_do),
        cmocka_unit_test(a_file_that_is_no_kvm_is_not_taken_for_one),
        cmocka_unit_test(this_machines_kvm_is_judged_in_time),
        cmocka_unit_test(the_probes_guest_maps_itself_one_to_one),
        cmocka_unit_test(the_whole_probe_says_why_or_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
