/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include <glib-unix.h>
#include <unistd.h>

#include "kvm/kvm.h"
#include "kvm/session.h"

/* Whole lives of real guests, through the backend as guestctl uses it. What is not given in the environment is
 * not tested; real.sh gives it:
 *   GUESTCTL_TEST_STATE    folder for the embedded driver
 *   GUESTCTL_TEST_CONNECT  libvirt URI, or "embed"
 *   GUESTCTL_TEST_SECTOR   disk whose first sector prints HELLO-GUEST and "tick", ends on the ACPI button
 *   GUESTCTL_TEST_KERNEL, GUESTCTL_TEST_INITRD  Linux that prints GUESTCTL_TEST_HELLO, then "tick"
 *   GUESTCTL_TEST_DISK     qcow2 disk that boots to the same
 *   GUESTCTL_TEST_ONLY     pattern of the tests to run */
static const char *env(const char *name)
{
    const char *value = g_getenv(name);
    return value && *value ? value : NULL;
}

static Guest *small_guest(const char *backend, const char *name)
{
    Guest *guest = guest_new();
    guest->name = g_strdup(name);
    guest->uuid = g_uuid_string_random();
    guest->backend = g_strdup(backend);
    guest->arch = g_strdup("x86_64");
    guest->mode = VM_MODE_HVM;
    guest->memory_kib = guest->max_memory_kib = 16 * 1024;
    guest->vcpus = guest->max_vcpus = 1;
    guest->cpu_mode = g_strdup("none");
    guest->cpu_flags = g_new0(char *, 1);
    guest->boot = BOOT_FIRMWARE;
    guest->firmware = FIRMWARE_BIOS;
    guest->machine = g_strdup("pc");
    guest->acpi = guest->apic = guest->pae = true;
    guest->console = g_strdup("serial");
    guest->serial_ports = 1;
    guest->on_reboot = guest->on_crash = ACTION_RESTART;
    return guest;
}

static void add_disk(Guest *guest, const char *path, DiskFormat format)
{
    GuestDisk *disk = guest_add_disk(guest, "root");
    disk->path = g_strdup(path);
    disk->format = format;
    disk->bus = g_strdup("virtio");
    disk->target = g_strdup("vda");
    disk->driver = g_strdup("qemu");
    disk->read_only = format == DISK_FORMAT_RAW;
}

typedef struct Fixture {
    Session *session;
    const Backend *backend;
} Fixture;

static void open_backend(Fixture *fixture, const char *backend)
{
    g_autoptr(GError) error = NULL;
    fixture->backend = g_str_equal(backend, "kvm") ? &kvm_backend : &qemu_backend;
    SessionOptions options = {.connect = env("GUESTCTL_TEST_CONNECT"), .state_dir = env("GUESTCTL_TEST_STATE")};
    fixture->session = fixture->backend->open(&options, &error);
    assert_no_error(error);
}

static void run(Fixture *fixture, StepKind kind, const char *target, const char *native)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *owned_target = g_strdup(target), *owned_native = g_strdup(native);
    Step step = {.kind = kind, .target = owned_target, .native = owned_native};
    gint64 start = g_get_monotonic_time();
    fixture->backend->run(fixture->session, &step, NULL, &error);
    assert_no_error(error);
    print_message("  %-10s %4.0f ms\n", step_kind_name(kind), (double)(g_get_monotonic_time() - start) / 1000);
}

typedef struct Opened {
    Fixture *fixture;
    const Plan *plan;
    const char *name;
    unsigned count;
} Opened;

static bool unpause_when_opened(void *data, GError **error)
{
    Opened *opened = data;
    opened->count++;
    run(opened->fixture, STEP_UNPAUSE, opened->name, "");
    return true;
}

/* Read the console from a pipe's other end, so that what the guest printed can be looked at. */
static char *console_until(Fixture *fixture, const char *name, const char *until, unsigned timeout_s, Opened *opened, GError **error)
{
    int ends[2];
    assert_true(g_unix_open_pipe(ends, FD_CLOEXEC, NULL));
    ConsoleOptions options = {.in_fd = -1, .out_fd = ends[1], .until = until, .timeout_s = timeout_s,
                              .opened = opened ? unpause_when_opened : NULL, .opened_data = opened};
    gint64 start = g_get_monotonic_time();
    bool ok = fixture->backend->console(fixture->session, name, &options, NULL, error);
    print_message("  console    %4.0f ms\n", (double)(g_get_monotonic_time() - start) / 1000);
    close(ends[1]);
    GString *text = g_string_new(NULL);
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;)
        g_string_append_len(text, buffer, n);
    close(ends[0]);
    assert_int_equal(ok, error == NULL || *error == NULL);
    return g_string_free(text, FALSE);
}

static Plan *plan_for(const Guest *guest)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = host_new();
    host->kvm.emulator = g_strdup("/usr/bin/qemu-system-x86_64");
    Plan *plan = kvm_backend.plan_create(guest, host, &error);
    assert_no_error(error);
    return plan;
}

static void create(Fixture *fixture, const Guest *guest)
{
    g_autoptr(Plan) plan = plan_for(guest);
    const Step *step = plan->steps->pdata[0];
    run(fixture, STEP_CREATE, step->target, step->native);
}

static void assert_gone(Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    assert_null(fixture->backend->lookup(fixture->session, name, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, name);
}

static GuestState *look_up(Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    GuestState *state = fixture->backend->lookup(fixture->session, name, &error);
    assert_no_error(error);
    return state;
}

static void assert_listed(Fixture *fixture, const char *name, GuestStatus status, const char *backend)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) states = fixture->backend->list(fixture->session, &error);
    assert_no_error(error);
    for (guint i = 0; i < states->len; i++) {
        const GuestState *state = states->pdata[i];
        if (!g_str_equal(state->name, name))
            continue;
        assert_int_equal(state->status, status);
        assert_string_equal(state->backend, backend);
        assert_string_equal(state->owner, "guestctl");
        assert_string_equal(state->mode, "hvm");
        assert_int_equal(state->vcpus, 1);
        assert_null(state->native);
        return;
    }
    fail_msg("%s is not listed", name);
}

/* A guest that has just said hello may not listen to the ACPI button yet; when it ticks, it does. */
static void wait_for_tick(Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *printed = console_until(fixture, name, "tick", 30, NULL, &error);
    assert_no_error(error);
}

/* The whole life of a guest that reacts to the ACPI button. */
static void life(const char *backend, const Guest *guest, const char *hello, const char *first, unsigned timeout_s)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    open_backend(&fixture, backend);
    create(&fixture, guest);
    assert_listed(&fixture, guest->name, GUEST_PAUSED, backend);

    Opened opened = {.fixture = &fixture, .name = guest->name};
    g_autofree char *printed = console_until(&fixture, guest->name, hello, timeout_s, &opened, &error);
    assert_no_error(error);
    assert_int_equal(opened.count, 1);
    assert_contains(printed, hello);
    assert_contains(printed, first);
    assert_listed(&fixture, guest->name, GUEST_RUNNING, backend);

    run(&fixture, STEP_PAUSE, guest->name, "");
    run(&fixture, STEP_PAUSE, guest->name, "");
    assert_listed(&fixture, guest->name, GUEST_PAUSED, backend);
    run(&fixture, STEP_UNPAUSE, guest->name, "");
    run(&fixture, STEP_UNPAUSE, guest->name, "");

    g_autoptr(GuestState) state = look_up(&fixture, guest->name);
    g_autofree char *note_name = g_strdup_printf("\"name\":\"%s\"", guest->name);
    assert_contains(state->native, "<domain type=");
    assert_non_null(state->note);
    assert_contains(state->note, note_name);

    wait_for_tick(&fixture, guest->name);
    /* A wait right after a reboot: the events of the one must not be lost to the other. */
    run(&fixture, STEP_REBOOT, guest->name, "");
    g_autofree char *again = console_until(&fixture, guest->name, hello, timeout_s, NULL, &error);
    assert_no_error(error);
    wait_for_tick(&fixture, guest->name);
    run(&fixture, STEP_SHUTDOWN, guest->name, "");
    GuestStatus status = GUEST_RUNNING;
    g_autofree char *reason = NULL;
    gint64 start = g_get_monotonic_time();
    fixture.backend->wait_end(fixture.session, guest->name, 20, &status, &reason, NULL, &error);
    assert_no_error(error);
    print_message("  ended      %4.0f ms\n", (double)(g_get_monotonic_time() - start) / 1000);
    assert_int_equal(status, GUEST_SHUT_OFF);
    if (reason) /* NULL: on a busy machine it had ended before the wait began, and nobody can say why */
        assert_string_equal(reason, "poweroff");
    assert_gone(&fixture, guest->name);

    create(&fixture, guest);
    run(&fixture, STEP_UNPAUSE, guest->name, "");
    run(&fixture, STEP_DESTROY, guest->name, "");
    assert_gone(&fixture, guest->name);
    fixture.backend->close(fixture.session);
}

static void sector_life(const char *backend)
{
    if (!env("GUESTCTL_TEST_SECTOR"))
        skip();
    g_autofree char *name = g_strdup_printf("sector-%s", backend);
    g_autoptr(Guest) guest = small_guest(backend, name);
    add_disk(guest, env("GUESTCTL_TEST_SECTOR"), DISK_FORMAT_RAW);
    life(backend, guest, "HELLO-GUEST", "HELLO-GUEST bootsector", 20);
}

static void a_boot_sector_lives_under_emulation(void **state)
{
    sector_life("qemu");
}

static void a_boot_sector_lives_under_kvm(void **state)
{
    if (access("/dev/kvm", R_OK | W_OK) != 0)
        skip();
    sector_life("kvm");
}

static void linux_boots_from_its_kernel(void **state)
{
    if (!env("GUESTCTL_TEST_KERNEL"))
        skip();
    g_autoptr(Guest) guest = small_guest("qemu", "linux-kernel");
    guest->memory_kib = guest->max_memory_kib = 256 * 1024;
    guest->boot = BOOT_KERNEL;
    guest->firmware = FIRMWARE_NONE;
    guest->kernel = g_strdup(env("GUESTCTL_TEST_KERNEL"));
    guest->ramdisk = g_strdup(env("GUESTCTL_TEST_INITRD"));
    guest->cmdline = g_strdup("console=ttyS0 no_timer_check");
    guest->rng = g_strdup("virtio");
    g_free(guest->cpu_mode);
    guest->cpu_mode = g_strdup("host-model");
    life("qemu", guest, env("GUESTCTL_TEST_HELLO"), "Linux version", 60);
}

static void linux_boots_from_its_disk(void **state)
{
    if (!env("GUESTCTL_TEST_DISK"))
        skip();
    g_autoptr(Guest) guest = small_guest("qemu", "linux-disk");
    guest->memory_kib = guest->max_memory_kib = 256 * 1024;
    guest->boot_order = g_strdup("c");
    add_disk(guest, env("GUESTCTL_TEST_DISK"), DISK_FORMAT_QCOW2);
    life("qemu", guest, env("GUESTCTL_TEST_HELLO"), "", 60);
}

static void a_second_guest_of_one_name_is_refused(void **state)
{
    if (!env("GUESTCTL_TEST_SECTOR"))
        skip();
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = small_guest("qemu", "twice");
    add_disk(guest, env("GUESTCTL_TEST_SECTOR"), DISK_FORMAT_RAW);
    open_backend(&fixture, "qemu");
    create(&fixture, guest);

    g_autoptr(Guest) other = small_guest("qemu", "twice");
    g_autoptr(Plan) plan = plan_for(other);
    const Step *step = plan->steps->pdata[0];
    assert_false(fixture.backend->run(fixture.session, step, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_EXISTS, "guest \"twice\" exists already in libvirt");
    g_clear_error(&error);

    assert_true(fixture.backend->undo(fixture.session, step, &error)); /* another UUID: not touched */
    assert_listed(&fixture, "twice", GUEST_PAUSED, "qemu");
    g_autoptr(Plan) first = plan_for(guest);
    assert_true(fixture.backend->undo(fixture.session, first->steps->pdata[0], &error));
    assert_gone(&fixture, "twice");
    assert_true(fixture.backend->undo(fixture.session, first->steps->pdata[0], &error)); /* once more: nothing to do */
    fixture.backend->close(fixture.session);
}

static void what_qemu_says_is_in_the_message(void **state)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = small_guest("qemu", "no-disk");
    add_disk(guest, "/nonexistent/disk.img", DISK_FORMAT_RAW);
    g_autoptr(Plan) plan = plan_for(guest);
    open_backend(&fixture, "qemu");
    assert_false(fixture.backend->run(fixture.session, plan->steps->pdata[0], NULL, &error));
    assert_error(error, GUESTCTL_ERROR_NOT_FOUND, "guest \"no-disk\": cannot be created: libvirt says: ");
    assert_contains(error->message, "/nonexistent/disk.img");
    assert_gone(&fixture, "no-disk");
    fixture.backend->close(fixture.session);
}

static void more_memory_than_there_is_is_refused(void **state)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = small_guest("qemu", "too-big");
    guest->memory_kib = guest->max_memory_kib = G_GUINT64_CONSTANT(900) * 1024 * 1024;
    g_autoptr(Plan) plan = plan_for(guest);
    open_backend(&fixture, "qemu");
    assert_false(fixture.backend->run(fixture.session, plan->steps->pdata[0], NULL, &error));
    assert_error(error, GUESTCTL_ERROR_RESOURCES, "Cannot allocate memory");
    assert_gone(&fixture, "too-big");
    fixture.backend->close(fixture.session);
}

static gboolean fire(void *cancel)
{
    g_cancellable_cancel(cancel);
    return G_SOURCE_REMOVE;
}

static void an_interrupted_create_is_taken_back(void **state)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    g_autoptr(Guest) guest = small_guest("qemu", "interrupted");
    g_autoptr(Plan) plan = plan_for(guest);
    open_backend(&fixture, "qemu");
    g_timeout_add(20, fire, cancel);
    assert_false(fixture.backend->run(fixture.session, plan->steps->pdata[0], cancel, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "interrupted");
    if (session_is_stalled(kvm_session(fixture.session))) { /* on a busy machine it is left behind, and perform() takes it back when it can */
        assert_true(session_settle(kvm_session(fixture.session), 20000));
        g_clear_error(&error);
        assert_true(fixture.backend->undo(fixture.session, plan->steps->pdata[0], &error));
    }
    assert_gone(&fixture, "interrupted");
    fixture.backend->close(fixture.session);
}

static void waits_end_in_time_and_by_ctrl_c(void **state)
{
    if (!env("GUESTCTL_TEST_SECTOR"))
        skip();
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    g_autoptr(GCancellable) cancel = g_cancellable_new();
    g_autoptr(Guest) guest = small_guest("qemu", "waits");
    add_disk(guest, env("GUESTCTL_TEST_SECTOR"), DISK_FORMAT_RAW);
    open_backend(&fixture, "qemu");
    create(&fixture, guest);

    GuestStatus status = GUEST_DYING;
    g_autofree char *reason = NULL;
    assert_false(fixture.backend->wait_end(fixture.session, "waits", 1, &status, &reason, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_TIMED_OUT, "guest \"waits\" has not ended within 1 s");
    assert_int_equal(status, GUEST_DYING); /* untouched on failure */
    g_clear_error(&error);
    g_timeout_add(50, fire, cancel);
    assert_false(fixture.backend->wait_end(fixture.session, "waits", 0, &status, &reason, cancel, &error));
    assert_error(error, GUESTCTL_ERROR_INTERRUPTED, "waits");
    g_clear_error(&error);

    g_autofree char *silent = console_until(&fixture, "waits", "HELLO", 1, NULL, &error);
    assert_error(error, GUESTCTL_ERROR_TIMED_OUT, "guest \"waits\": its console was silent for too long before it printed \"HELLO\"");
    run(&fixture, STEP_DESTROY, "waits", "");
    fixture.backend->close(fixture.session);
}

static void what_is_typed_reaches_the_guest(void **state)
{
    if (!env("GUESTCTL_TEST_SECTOR"))
        skip();
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    int in[2], out[2];
    g_autoptr(Guest) guest = small_guest("qemu", "typed");
    add_disk(guest, env("GUESTCTL_TEST_SECTOR"), DISK_FORMAT_RAW);
    open_backend(&fixture, "qemu");
    create(&fixture, guest);
    Opened opened = {.fixture = &fixture, .name = guest->name};
    g_autofree char *hello = console_until(&fixture, "typed", "HELLO-GUEST", 20, &opened, &error);
    assert_true(g_unix_open_pipe(in, FD_CLOEXEC, NULL) && g_unix_open_pipe(out, FD_CLOEXEC, NULL));
    assert_int_equal(write(in[1], "z", 1), 1);
    ConsoleOptions options = {.in_fd = in[0], .out_fd = out[1], .until = "<z>", .timeout_s = 20}; /* it echoes in <> */
    fixture.backend->console(fixture.session, "typed", &options, NULL, &error);
    assert_no_error(error);
    for (int i = 0; i < 2; i++) {
        close(in[i]);
        close(out[i]);
    }
    run(&fixture, STEP_DESTROY, "typed", "");
    fixture.backend->close(fixture.session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_boot_sector_lives_under_emulation),
        cmocka_unit_test(a_boot_sector_lives_under_kvm),
        cmocka_unit_test(linux_boots_from_its_kernel),
        cmocka_unit_test(linux_boots_from_its_disk),
        cmocka_unit_test(a_second_guest_of_one_name_is_refused),
        cmocka_unit_test(what_qemu_says_is_in_the_message),
        cmocka_unit_test(more_memory_than_there_is_is_refused),
        cmocka_unit_test(an_interrupted_create_is_taken_back),
        cmocka_unit_test(waits_end_in_time_and_by_ctrl_c),
        cmocka_unit_test(what_is_typed_reaches_the_guest),
    };
    if (env("GUESTCTL_TEST_ONLY"))
        cmocka_set_test_filter(env("GUESTCTL_TEST_ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
