/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>

/* libvirt, loaded when it is first needed.
 *
 * Why it is not simply linked: with the 50 libraries that it brings it costs each process 15 ms to load, more
 * than planning a guest may take in all, and most commands do not talk to it. So the program also runs, and
 * says what is missing, where libvirt is not installed. Call through the table: lv.virDomainResume(domain). */
#define LIBVIRT_FUNCTIONS(X)                                                                                           \
    X(virInitialize) X(virEventRegisterDefaultImpl) X(virSetErrorFunc) X(virGetLastError) X(virResetLastError)         \
    X(virConnectOpenAuth) X(virConnectClose) X(virConnectGetAllDomainStats) X(virDomainStatsRecordListFree)            \
    X(virConnectDomainEventRegisterAny) X(virConnectDomainEventDeregisterAny) X(virDomainListGetStats)                 \
    X(virDomainCreateXML) X(virDomainLookupByName) X(virDomainLookupByUUIDString) X(virDomainFree) X(virDomainRef)     \
    X(virDomainGetName) X(virDomainGetUUIDString) X(virDomainGetID) X(virDomainGetState) X(virDomainGetInfo)           \
    X(virDomainGetXMLDesc) X(virConnectGetDomainCapabilities) X(virConnectRegisterCloseCallback)                       \
    X(virConnectUnregisterCloseCallback)                                                                               \
    X(virDomainGetMetadata) X(virDomainMemoryStats) X(virDomainResume) X(virDomainSuspend) X(virDomainShutdownFlags)   \
    X(virDomainReboot) X(virDomainDestroy) X(virDomainOpenConsole) X(virStreamNew) X(virStreamFree) X(virStreamRecv)   \
    X(virStreamSend) X(virStreamAbort) X(virStreamEventAddCallback) X(virStreamEventUpdateCallback) X(virStreamEventRemoveCallback)

typedef struct Libvirt {
#define LIBVIRT_MEMBER(name) __typeof__(name) *name;
    LIBVIRT_FUNCTIONS(LIBVIRT_MEMBER)
#undef LIBVIRT_MEMBER
    /* How libvirt's own daemons end their drivers: not of the public interface, so each may be NULL. */
    int (*virStateShutdownPrepare)(void), (*virStateShutdownWait)(void), (*virStateCleanup)(void);
    virConnectAuthPtr auth; /* virConnectAuthPtrDefault: asks on the terminal where a connection needs a password */
} Libvirt;
extern Libvirt lv;

/* Load and initialise it, once. Its own log is silent unless verbose: what went wrong comes in GErrors. Its
 * event loop runs in GLib's default GMainContext. GUESTCTL_ERROR_UNSUPPORTED when it is not installed. */
bool libvirt_load(bool verbose, GError **error);

/* The version of the library that libvirt_load() would load, read from its file's name without loading it:
 * libvirt.so.0 → libvirt.so.0.9000.0 is 9.0.0. NULL when it is not installed. Caller frees. */
char *libvirt_installed_version(void);

/* Turn this thread's last libvirt error into *error: "WHAT: libvirt's own message". Always returns false. */
bool libvirt_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static inline void libvirt_free_domain(virDomain *domain)
{
    lv.virDomainFree(domain);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(virDomain, libvirt_free_domain)
