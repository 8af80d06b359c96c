/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/decide.h"

#include <string.h>

#include "common/decider.h"
#include "common/error.h"
#include "common/identity.h"
#include "common/version.h"

/* What becomes of each vm_mode. This is the answer to "why did my PV image fail on KVM?".
 *
 *   image vm_mode   on Xen      on KVM and QEMU
 *   xen, pv         PV          HVM: a translation that boots its kernel directly when there is one, else a warning
 *                               and its whole disk by firmware; refused under --strict
 *   hvm, hv         HVM         HVM
 *   pvh, xenpvh     PVH         HVM, as a translation (no word of nova's: an extension)
 *   not set         PV, as nova's documents say (guestctl.conf: xen-mode)     HVM
 *   exe, uml        refused     refused
 *
 * nova 18.1.0 driver.py 5199-5200 and 4513-4523. nova builds from the literal vm_mode and schedules by
 * hw_vm_mode; here they are one property (docs/decisions/0001). */
static void mode_on_xen(Decider *d, const char *word, const char *because)
{
    Guest *guest = d->guest;
    if (!word) {
        guest->mode = d->policy->xen_mode;
        decided(d, SEVERITY_INFO, "mode", "no vm_mode is set; %s",
                d->policy->source ? d->policy->source : "the default on Xen is PV, as in nova");
    } else {
        g_autoptr(GError) error = NULL;
        if (!vm_mode_parse(word, &guest->mode, &error)) {
            refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s: Xen has no such mode; set vm_mode to xen, pvh or hvm", because);
            return;
        }
        decided(d, SEVERITY_INFO, "mode", "%s", because);
    }
    const bool offered[] = {
        [VM_MODE_PV] = d->host->xen.pv,
        [VM_MODE_PVH] = d->host->xen.pvh,
        [VM_MODE_HVM] = d->host->xen.hvm,
    };
    if (!offered[guest->mode])
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s, but this Xen cannot run %s guests (it offers: %s); choose another vm-mode or host",
               because ? because : "mode", vm_mode_name(guest->mode), d->host->xen.caps ? d->host->xen.caps : "nothing");
}

/* A kernel for PV also starts as an HVM guest's; a disk made for PV may have no boot loader that firmware finds. */
static void translate_mode(Decider *d, const char *because)
{
    if (d->request->kernel || d->request->image_kernel)
        decided(d, SEVERITY_TRANSLATION, "mode", "%s, but %s runs HVM guests only: it boots its kernel directly", because, hypervisor(d));
    else
        decided(d, SEVERITY_WARNING, "mode",
                "%s, but %s runs HVM guests only: it boots its whole disk by firmware, which needs a boot loader there", because,
                hypervisor(d));
}

static void mode_on_kvm(Decider *d, const char *word, const char *because)
{
    d->guest->mode = VM_MODE_HVM;
    VmMode asked = VM_MODE_HVM;
    if (!word) {
        decided(d, SEVERITY_INFO, "mode", "no vm_mode is set; %s runs HVM guests", hypervisor(d));
        return;
    }
    if (!vm_mode_parse(word, &asked, NULL)) {
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s: %s has no such mode; set vm_mode to hvm", because, hypervisor(d));
        return;
    }
    if (asked == VM_MODE_HVM)
        decided(d, SEVERITY_INFO, "mode", "%s", because);
    else
        translate_mode(d, because);
}

void decide_mode(Decider *d)
{
    const char *word = wish(d, "hw_vm_mode");
    const char *because = word ? said(d, "hw_vm_mode") : NULL;
    if (d->request->mode) {
        word = d->request->mode;
        because = "the guest file or option vm-mode";
    }
    VmMode known;
    if (d->request->mode && !vm_mode_parse(word, &known, NULL))
        refuse(d, GUESTCTL_ERROR_INVALID, "vm-mode \"%.40s\" is not known (use pv, pvh or hvm)", word);
    else if (d->xen)
        mode_on_xen(d, word, because);
    else
        mode_on_kvm(d, word, because);
}

/* nova: ImagePropertiesFilter. nova asks whether each word is a member of some (arch, hypervisor, mode) tuple,
 * so that vm_mode=xen matches a host of type xen in any mode; here each is compared with its own kind. */
static void check_hypervisor_type(Decider *d)
{
    const char *word = d->request->hypervisor_type ? d->request->hypervisor_type : wish(d, "img_hv_type");
    const char *because = d->request->hypervisor_type ? "the guest file's hypervisor-type" : said(d, "img_hv_type");
    wish(d, "img_hv_type");
    if (!word) {
        decided(d, SEVERITY_INFO, "backend", "the best hypervisor of this machine, or --backend; the image asks for none");
        return;
    }
    static const char *const types[] = {"xen", "kvm", "qemu", "any", NULL};
    if (d->request->hypervisor_type && !g_strv_contains(types, word)) {
        refuse(d, GUESTCTL_ERROR_INVALID, "%s \"%.40s\" is not known (use xen, kvm, qemu or any)", because, word);
        return;
    }
    bool matches = d->xen ? g_str_equal(word, "xen") : d->kvm ? g_str_equal(word, "kvm") || g_str_equal(word, "qemu")
                                                               : g_str_equal(word, "qemu");
    if (matches || g_str_equal(word, "any"))
        decided(d, SEVERITY_INFO, "backend", "%s, and this machine runs %s", because, hypervisor(d));
    else if (d->qemu && g_str_equal(word, "kvm"))
        decided(d, SEVERITY_TRANSLATION, "backend", "%s, but KVM does not work here (%s): QEMU emulates the same machine", because,
                d->host->kvm.kvm_reason ? d->host->kvm.kvm_reason : "not chosen");
    else
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED,
               "%s, but this machine runs %s; run it on a %s host, or say in the guest file that it may run here: hypervisor-type = any",
               because, hypervisor(d), word);
}

static void check_architecture(Decider *d)
{
    const char *word = wish(d, "hw_architecture");
    const char *here = d->host->arch;
    d->guest->arch = g_strdup(here);
    if (!word)
        decided(d, SEVERITY_INFO, "arch", "the image names no architecture; this machine is %s", here);
    else if (g_str_equal(word, here))
        decided(d, SEVERITY_INFO, "arch", "%s", said(d, "hw_architecture"));
    else if (g_str_equal(word, "i686") && g_str_equal(here, "x86_64"))
        decided(d, SEVERITY_INFO, "arch", "%s, which this machine's x86_64 runs as well", said(d, "hw_architecture"));
    else
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s, but this machine is %s; run it on a machine of its architecture",
               said(d, "hw_architecture"), here);
}

static void check_version(Decider *d)
{
    const char *wanted = wish(d, "img_hv_requested_version");
    const char *running = d->xen ? d->host->xen.version : d->host->kvm.qemu_version;
    if (!wanted)
        return;
    const char *because = said(d, "img_hv_requested_version");
    if (!running)
        decided(d, SEVERITY_WARNING, "image img_hv_requested_version", "%s, but the version that runs here is not known", because);
    else if (version_satisfies(running, wanted))
        decided(d, SEVERITY_INFO, "image img_hv_requested_version", "%s, and %s %s runs here", because, hypervisor(d), running);
    else
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%s, but %s %s runs here; upgrade the hypervisor or change the property", because,
               d->xen ? "Xen" : "QEMU", running);
}

static void decide_identity(Decider *d, const char *backend)
{
    Guest *guest = d->guest;
    const Request *request = d->request;
    guest->name = g_strdup(request->name);
    guest->backend = g_strdup(backend);
    guest->definition = g_strdup(request->definition);
    guest->image = g_strdup(request->metadata ? request->metadata : request->image);
    decided(d, SEVERITY_INFO, "name", request->definition ? "the guest file's name" : "the option, or the image's file name");
    guest->uuid = identity_uuid(d->host->identity_seed, request->name);
    decided(d, SEVERITY_INFO, "uuid", "derived from this machine's identity and the guest's name, so it stays the same");
    check_hypervisor_type(d);
    check_architecture(d);
    check_version(d);
}

static void decide_memory(Decider *d)
{
    Guest *guest = d->guest;
    const Request *request = d->request;
    guint64 least_kib = (guint64)d->image->min_ram_mib * 1024;
    if (request->memory_kib) {
        guest->memory_kib = request->memory_kib;
        decided(d, SEVERITY_INFO, "memory", "the guest file or option memory");
    } else if (least_kib > d->policy->memory_kib) {
        guest->memory_kib = least_kib;
        decided(d, SEVERITY_INFO, "memory", "the image's min_ram is more than the default");
    } else {
        guest->memory_kib = d->policy->memory_kib;
        decided(d, SEVERITY_INFO, "memory", "%s", policy_said(d));
    }
    /* nova: FlavorMemoryTooSmall. */
    if (guest->memory_kib < least_kib) {
        g_autofree char *has = size_format_kib(guest->memory_kib);
        refuse(d, GUESTCTL_ERROR_RESOURCES, "memory %s is too small for the image, whose min_ram is %" G_GINT64_FORMAT "M; give it more", has,
               d->image->min_ram_mib);
    }
    if (guest->memory_kib % 1024) {
        guest->memory_kib += 1024 - guest->memory_kib % 1024;
        decided(d, SEVERITY_INFO, "memory", "rounded up to whole MiB, as hypervisors allot it");
    }
    if (d->host->memory_kib && guest->memory_kib > d->host->memory_kib) {
        g_autofree char *wants = size_format_kib(guest->memory_kib);
        refuse(d, GUESTCTL_ERROR_RESOURCES, "memory %s is more than this whole machine has (%" G_GUINT64_FORMAT "M); give it less", wants,
               d->host->memory_kib / 1024);
    }

    guest->max_memory_kib = guest->memory_kib;
    decided(d, SEVERITY_INFO, "max-memory", "the same as memory");
    if (request->max_memory_kib) {
        guest->max_memory_kib = request->max_memory_kib + (1024 - request->max_memory_kib % 1024) % 1024;
        if (guest->max_memory_kib < guest->memory_kib)
            refuse(d, GUESTCTL_ERROR_INVALID, "max-memory is less than memory; raise it or leave it out");
        /* libxl builds such an HVM guest with populate-on-demand: it dies when it touches more than memory. */
        if (d->xen && guest->mode == VM_MODE_HVM && guest->max_memory_kib > guest->memory_kib)
            decided(d, SEVERITY_WARNING, "max-memory",
                    "the guest file or option max-memory; an HVM guest without a balloon driver crashes when it uses more than memory");
        else
            decided(d, SEVERITY_INFO, "max-memory", "the guest file or option max-memory");
    }
}

static void decide_vcpus(Decider *d)
{
    Guest *guest = d->guest;
    guest->vcpus = d->request->vcpus ? d->request->vcpus : d->policy->vcpus;
    decided(d, SEVERITY_INFO, "vcpus", "%s", d->request->vcpus ? "the guest file or option vcpus" : policy_said(d));
    guest->max_vcpus = d->request->max_vcpus ? d->request->max_vcpus : guest->vcpus;
    decided(d, SEVERITY_INFO, "max-vcpus", d->request->max_vcpus ? "the guest file or option max-vcpus" : "the same as vcpus");
    if (guest->max_vcpus < guest->vcpus)
        refuse(d, GUESTCTL_ERROR_INVALID, "max-vcpus %u is less than vcpus %u; raise it or leave it out", guest->max_vcpus, guest->vcpus);
    unsigned most = d->xen && guest->mode != VM_MODE_PV ? 128 : d->xen ? 512 : 255;
    if (guest->max_vcpus > most)
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%u vcpus are more than the %u that %s gives a guest", guest->max_vcpus, most, hypervisor(d));
}

static void fill_value(const char *field, const char *value, void *data)
{
    Reason *reason = g_hash_table_lookup(((Decider *)data)->index, field);
    /* A field without a reason is a fault of this program, found by tests/common/test-decide.c. */
    g_return_if_fail(reason != NULL);
    reason->value = g_strdup(value);
}

static void fill_values(Decider *d)
{
    guest_foreach_field(d->guest, fill_value, d);
    for (guint i = 0; i < d->guest->reasons->len; i++) {
        Reason *reason = d->guest->reasons->pdata[i];
        if (reason->value)
            continue;
        const ImageProperty *property =
            g_str_has_prefix(reason->field, "image ") ? image_meta_find(d->image, reason->field + strlen("image ")) : NULL;
        reason->value = g_strdup(property ? property->value : "none");
    }
}

Guest *decide(const Request *request, const ImageMeta *image, const Host *host, const Policy *policy, const char *backend, bool strict,
              GError **error)
{
    if (!guest_name_check(request->name ? request->name : "", error))
        return NULL;
    if (image && !image_meta_check(image, error)) {
        g_prefix_error(error, "guest \"%s\": ", request->name);
        return NULL;
    }
    g_autoptr(ImageMeta) empty = image ? NULL : image_meta_new();
    g_autoptr(Guest) guest = guest_new();
    g_autoptr(GHashTable) used = g_hash_table_new(g_str_hash, g_str_equal), index = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) refusals = g_ptr_array_new_with_free_func(g_free);
    Decider d = {
        .request = request,
        .image = image ? image : empty,
        .host = host,
        .policy = policy,
        .xen = g_str_equal(backend, "xen"),
        .kvm = g_str_equal(backend, "kvm"),
        .qemu = g_str_equal(backend, "qemu"),
        .strict = strict,
        .guest = guest,
        .used = used,
        .index = index,
        .texts = g_string_chunk_new(1024),
        .refusals = refusals,
    };
    decide_identity(&d, backend);
    decide_mode(&d);
    decide_memory(&d);
    decide_vcpus(&d);
    decide_cpu(&d);
    decide_disks(&d);
    decide_boot(&d);
    decide_seed(&d);
    decide_inject(&d);
    decide_devices(&d);
    decide_nics(&d);
    decide_rest(&d);
    g_string_chunk_free(d.texts);
    if (refusals->len) {
        g_ptr_array_add(refusals, NULL);
        g_autofree char *all = g_strjoinv("\n", (char **)refusals->pdata);
        g_set_error_literal(error, GUESTCTL_ERROR, d.code, all);
        return NULL;
    }
    fill_values(&d);
    return g_steal_pointer(&guest);
}
