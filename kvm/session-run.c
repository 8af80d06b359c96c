/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
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
    g_autofree char *path = strstr(session->uri, ":///") ? xml_find_text(xml, "nvram") : NULL;
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
    bool prepared = nvram_prepare(&nvram, session, step->native, error);
    if (prepared)
        domain = lv.virDomainCreateXML(session->connection, step->native, VIR_DOMAIN_START_PAUSED | VIR_DOMAIN_START_VALIDATE);
    nvram_end(&nvram, domain != NULL);
    if (!prepared || domain)
        return prepared;
    g_autoptr(GError) failed = NULL;
    libvirt_error(&failed, "guest \"%s\": cannot be created", step->target);
    /* Two creates at once: the one that lost is told so. */
    if (strstr(failed->message, "already exists") || strstr(failed->message, "already active"))
        failed->code = GUESTCTL_ERROR_EXISTS;
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
}

/* Unpausing what runs, and pausing what is paused, is done already: an interrupted plan may be carried on. */
static bool is_in_state(virDomainPtr domain, int wanted)
{
    int state = 0;
    return lv.virDomainGetState(domain, &state, NULL, 0) == 0 && state == wanted;
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
        r = lv.virDomainShutdownFlags(domain, 0);
        break;
    case STEP_DESTROY:
        r = lv.virDomainDestroy(domain);
        break;
    case STEP_REBOOT: /* session_reboot() */
    case STEP_REQUIRE_BRIDGE:
    case STEP_WRITE_FILE:
    case STEP_REMOVE_FILE:
    case STEP_CREATE:
    case STEP_NOTE:
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "guest \"%s\": libvirt has no step %s", step->target,
                    step_kind_name(step->kind));
        return false;
    }
    return r == 0 || libvirt_error(error, "guest \"%s\": %s", step->target, step_kind_name(step->kind));
}

static bool undo_create(KvmSession *session, void *data, GError **error)
{
    const Step *step = data;
    g_autofree char *uuid = xml_find_text(step->native, "uuid");
    g_autoptr(virDomain) domain = uuid ? lv.virDomainLookupByUUIDString(session->connection, uuid) : NULL;
    if (!domain || g_strcmp0(lv.virDomainGetName(domain), step->target) != 0) {
        lv.virResetLastError();
        return true; /* never made, or gone */
    }
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

bool kvm_undo(Session *session, const Step *step, GError **error)
{
    if (step->kind != STEP_CREATE)
        return true;
    return session_call(kvm_session(session), undo_create, (void *)(guintptr)step, error);
}

bool kvm_run(Session *session, const Step *step, GCancellable *cancel, GError **error)
{
    if (session_interrupted(cancel, step->target, error))
        return false;
    if (step->kind == STEP_REBOOT)
        return session_reboot(kvm_session(session), step->target, cancel, error);
    bool creates = step->kind == STEP_CREATE;
    kvm_session(session)->cancel = cancel;
    bool ok = session_call(kvm_session(session), creates ? create : verb, (void *)(guintptr)step, error);
    kvm_session(session)->cancel = NULL;
    if (!ok)
        return false;
    if (!session_interrupted(cancel, step->target, error))
        return true;
    /* Interrupted while libvirt worked: a guest that was asked for is taken back, the rest is done. */
    g_autoptr(GError) left = NULL;
    if (creates && !kvm_undo(session, step, &left))
        g_prefix_error(error, "%s; ", left->message);
    return false;
}
