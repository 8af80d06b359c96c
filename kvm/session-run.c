/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/error.h"
#include "common/file.h"
#include "kvm/session.h"
#include "kvm/xml.h"

/* A UEFI guest's own variables: libvirt copies the template there, but makes no folder, and leaves the copy behind
 * when the start fails. A libvirt on another machine has to see to that itself. */
typedef struct Nvram {
    char *path, *folder;
    bool made_file, made_folder;
} Nvram;

static bool nvram_prepare(Nvram *nvram, const KvmSession *session, const char *xml, GError **error)
{
    g_autofree char *path = session_is_local(session) ? xml_find_text(xml, "nvram") : NULL;
    if (!path || !*path)
        return true;
    nvram->folder = g_path_get_dirname(path);
    nvram->made_folder = access(nvram->folder, F_OK) != 0;
    nvram->made_file = access(path, F_OK) != 0;
    nvram->path = g_steal_pointer(&path);
    return file_make_folder(nvram->folder, 0755, error);
}

static void nvram_end(Nvram *nvram, bool created)
{
    if (!created && nvram->made_file)
        unlink(nvram->path);
    if (!created && nvram->made_folder)
        rmdir(nvram->folder);
    g_free(nvram->path);
    g_free(nvram->folder);
}

#define FULL_KIB 64

/* libvirt and QEMU mostly do not say that a disk was full when they could not write a file. */
static void explain_full(const KvmSession *session, GError *failed)
{
    struct statvfs disk;
    if (!session->root || failed->code != GUESTCTL_ERROR_HYPERVISOR || statvfs(session->root, &disk) < 0)
        return;
    guint64 free_blocks = geteuid() == 0 ? disk.f_bfree : disk.f_bavail;
    if (free_blocks * disk.f_frsize >= FULL_KIB * 1024 && (disk.f_files == 0 || disk.f_ffree > 0))
        return;
    g_autofree char *message = failed->message;
    failed->message = g_strdup_printf("%s (No space left on device: make room in %s)", message, session->root);
    failed->code = GUESTCTL_ERROR_RESOURCES;
}

/* Words of the guest's that only libvirt and QEMU know: libvirt's text does not name the field. */
static void explain_word(GError *failed)
{
    static const struct {
        const char *said, *remedy;
    } words[] = {
        {"No PCI buses available", "is machine right? See: qemu-system-x86_64 -machine help"},
        {"machine type", "is machine right? See: qemu-system-x86_64 -machine help"},
        {"Unknown CPU model", "is cpu-model right? See: virsh cpu-models x86_64"},
        {"Unknown CPU feature", "are cpu-flags right? See: qemu-system-x86_64 -cpu help"},
        {"unknown CPU feature", "are cpu-flags right? See: qemu-system-x86_64 -cpu help"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(failed->message, words[i].said)) {
            g_autofree char *message = failed->message;
            failed->message = g_strdup_printf("%s; %s", message, words[i].remedy);
            failed->code = GUESTCTL_ERROR_INVALID;
            return;
        }
}

static bool create(KvmSession *session, void *data, GError **error)
{
    const Step *step = data;
    g_autoptr(virDomain) other = lv.virDomainLookupByName(session->connection, step->target);
    if (other) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_EXISTS,
                    "guest \"%s\" exists already in libvirt (%s); destroy it first, or choose another name", step->target, session->uri);
        return false;
    }
    Nvram nvram = {0};
    g_autoptr(virDomain) domain = NULL;
    /* The text as it is: what --dry-run printed. libvirt removes what a failed start has made. */
    bool prepared = session_check_disks(session, step, error) && nvram_prepare(&nvram, session, step->native, error);
    if (prepared)
        domain = lv.virDomainCreateXML(session->connection, step->native, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_VALIDATE);
    nvram_end(&nvram, domain != NULL);
    if (!prepared || domain)
        return prepared;
    g_autoptr(GError) failed = NULL;
    libvirt_error(&failed, "guest \"%s\": cannot be created", step->target);
    explain_full(session, failed);
    explain_word(failed);
    /* Two creates at once: the one that lost is told so. */
    if (strstr(failed->message, "already exists") || strstr(failed->message, "already active"))
        failed->code = GUESTCTL_ERROR_EXISTS;
    if (!session_explain_lock(session, step, failed->message, error))
        return false;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

/* Unpausing what runs, and pausing what is paused, is done already: an interrupted plan may be carried on. */
static bool is_in_state(virDomainPtr domain, int wanted)
{
    int state = 0;
    return lv.virDomainGetState(domain, &state, NULL, 0) == 0 && state == wanted;
}

bool session_can_answer(virDomainPtr domain, const char *name, GError **error)
{
    if (!is_in_state(domain, VIR_DOMAIN_PAUSED))
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED,
                "guest \"%s\" is paused and cannot answer; unpause it first with: guestctl unpause %s", name, name);
    return false;
}

static bool verb(KvmSession *session, void *data, GError **error)
{
    const Step *step = data;
    g_autoptr(virDomain) domain = session_find(session, step->target, error);
    if (!domain)
        return false;

    int r = -1;
    switch (step->kind) {
    case STEP_UNPAUSE:
        r = is_in_state(domain, VIR_DOMAIN_RUNNING) ? 0 : lv.virDomainResume(domain);
        break;
    case STEP_PAUSE:
        r = is_in_state(domain, VIR_DOMAIN_PAUSED) ? 0 : lv.virDomainSuspend(domain);
        break;
    case STEP_SHUTDOWN: /* no flags: by the guest agent when it is connected, else by the ACPI button */
        if (!session_can_answer(domain, step->target, error))
            return false;
        r = lv.virDomainShutdownFlags(domain, 0);
        break;
    case STEP_DESTROY:
        r = lv.virDomainDestroy(domain);
        break;
    case STEP_REBOOT: /* session_reboot() */
    case STEP_REQUIRE_BRIDGE:
    case STEP_WRITE_FILE:
    case STEP_REMOVE_FILE:
    case STEP_CREATE_DISK:
    case STEP_CHANGE_DISK:
    case STEP_DELETE_DISK:
    case STEP_INJECT:
    case STEP_WRITE_SEED:
    case STEP_RUN:
    case STEP_TUNE_DOM0:
    case STEP_CREATE:
    case STEP_NOTE:
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "guest \"%s\": libvirt has no step %s", step->target,
                    step_kind_name(step->kind));
        return false;
    }
    return r == 0 || libvirt_error(error, "guest \"%s\": %s", step->target, step_kind_name(step->kind));
}

#define LOOKS 6
#define LOOK_US (100 * 1000)

/* False only when libvirt cannot say whether there is such a domain: a daemon that has died leaves its guests running. */
static bool look(KvmSession *session, const char *uuid, virDomainPtr *domain, GError **error)
{
    *domain = lv.virDomainLookupByUUIDString(session->connection, uuid);
    const virError *last = *domain ? NULL : lv.virGetLastError();
    if (last && last->code != VIR_ERR_NO_DOMAIN)
        return libvirt_error(error, "whether it was created cannot be found out");
    lv.virResetLastError();
    return true;
}

/* A daemon goes on with a create whose client has gone, and the domain can be found only after it has parsed the
 * XML, before which it may ask QEMU what it can do: seconds. Asking for that here waits for the same answer; what then
 * remains are milliseconds. */
static bool look_again(KvmSession *session, const char *uuid, virDomainPtr *domain, GError **error)
{
    g_free(lv.virConnectGetDomainCapabilities(session->connection, NULL, NULL, NULL, NULL, 0));
    for (int i = 1; i < LOOKS && !*domain; i++) {
        g_usleep(LOOK_US);
        if (!look(session, uuid, domain, error))
            return false;
    }
    return true;
}

static bool undo_create(KvmSession *session, void *data, GError **error)
{
    const Step *step = data;
    g_autofree char *uuid = xml_find_text(step->native, "uuid");
    g_autoptr(virDomain) domain = NULL;
    bool looks_again = !session->create_answered && !session->root;
    if (uuid && (!look(session, uuid, &domain, error) || (!domain && looks_again && !look_again(session, uuid, &domain, error))))
        return false;
    if (!domain || g_strcmp0(lv.virDomainGetName(domain), step->target) != 0)
        return true; /* never made, or gone */
    if (is_in_state(domain, VIR_DOMAIN_SHUTOFF))
        return true; /* somebody has defined it meanwhile; it does not run */
    g_autoptr(GError) failed = NULL;
    if (lv.virDomainDestroy(domain) == 0 || libvirt_error(&failed, "guest \"%s\": what was created cannot be destroyed", step->target))
        return true;
    if (failed->code == GUESTCTL_ERROR_NOT_FOUND)
        return true; /* it was ending by itself */
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

/* How long taking back may take: with a libvirt that is stalled already, the user has waited; else long enough for
 * libvirt's own patience with a QEMU that does not end (30 s). */
#define UNDO_STALLED_MS 500
#define UNDO_MS 40000

bool kvm_undo(Session *opened, const Step *step, GError **error)
{
    KvmSession *session = kvm_session(opened);
    if (step->kind != STEP_CREATE)
        return true;
    Step *copy = session_step_copy(step);
    /* A create that was left behind may still come true. What can be found of it goes, which also ends the create;
     * only when that has ended, the last look below is the truth. */
    bool stalled = session_is_stalled(session);
    if (stalled)
        session_call_within(session, UNDO_STALLED_MS, undo_create, copy, session_step_clear, NULL);
    bool ok = !stalled || session_settle(session, UNDO_STALLED_MS);
    session->create_answered |= stalled && ok;
    if (!ok)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_TIMED_OUT,
                    "libvirt (%s) does not answer; see what its daemon or the guest's storage waits for", session->uri);
    ok = ok && session_call_within(session, UNDO_MS, undo_create, copy, session_step_clear, error);
    g_atomic_rc_box_release_full(copy, session_step_clear);
    return ok;
}

bool kvm_run(Session *opened, const Step *step, GCancellable *cancel, GError **error)
{
    KvmSession *session = kvm_session(opened);
    if (session_interrupted(cancel, step->target, error))
        return false;
    if (step->kind == STEP_REBOOT)
        return session_reboot(session, step->target, cancel, error);
    bool creates = step->kind == STEP_CREATE;
    Step *copy = session_step_copy(step);
    session->cancel = cancel;
    bool ok = session_call(session, creates ? create : verb, copy, session_step_clear, error);
    session->cancel = session->open_cancel;
    if (creates)
        session->create_answered = !session_is_stalled(session);
    g_atomic_rc_box_release_full(copy, session_step_clear);
    if (!ok) {
        if (error && g_error_matches(*error, GUESTCTL_ERROR, GUESTCTL_ERROR_INTERRUPTED))
            g_prefix_error(error, "guest \"%s\": ", step->target);
        return false;
    }
    if (!session_interrupted(cancel, step->target, error))
        return true;
    /* Interrupted while libvirt worked: a guest that was asked for is taken back, the rest is done. */
    g_autoptr(GError) left = NULL;
    if (creates && !kvm_undo(opened, step, &left))
        g_prefix_error(error, "%s; ", left->message);
    return false;
}
