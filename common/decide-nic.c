/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdio.h>
#include <string.h>

#include "common/decider.h"
#include "common/error.h"
#include "common/identity.h"

/* nova 18.1.0 vif.py 68-101 and 120-155, widened by master: which model each hypervisor takes. On Xen a PV or
 * PVH guest has netfront only; an HVM guest has it beside the emulated model. */
static const struct {
    const char *model;
    bool xen_pv, xen_hvm, kvm;
} models[] = {
    {"netfront", true, true, false}, {"ne2k_pci", false, true, true}, {"pcnet", false, true, true},
    {"rtl8139", false, true, true},  {"e1000", false, true, true},    {"virtio", false, false, true},
    {"e1000e", false, false, true},  {"vmxnet3", false, false, true}, {"igb", false, false, true},
};

static bool model_is_legal(const Decider *d, const char *model)
{
    for (gsize i = 0; i < G_N_ELEMENTS(models); i++)
        if (g_str_equal(models[i].model, model))
            return !d->xen ? models[i].kvm : d->guest->mode == VM_MODE_HVM ? models[i].xen_hvm : models[i].xen_pv;
    return false;
}

static const char *default_model(const Decider *d)
{
    return !d->xen ? "virtio" : d->guest->mode == VM_MODE_HVM ? "rtl8139" : "netfront";
}

static void decide_model(Decider *d, GuestNic *nic, const RequestNic *asked)
{
    const char *of_image = wish(d, "hw_vif_model");
    const char *fallback = default_model(d);
    if (asked->model) {
        nic->model = g_strdup(asked->model);
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "model", "the guest file");
        if (!model_is_legal(d, asked->model))
            refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "nic \"%s\": model \"%.40s\" does not exist for a %s guest on %s; use %s", nic->name,
                   asked->model, vm_mode_name(d->guest->mode), hypervisor(d), fallback);
    } else if (of_image && model_is_legal(d, of_image)) {
        nic->model = g_strdup(of_image);
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "model", "%s", said(d, "hw_vif_model"));
    } else if (of_image) {
        /* nova: UnsupportedHardware. libvirt: PV and PVH accept netfront only. */
        nic->model = g_strdup(fallback);
        decided_of(d, SEVERITY_TRANSLATION, "nic", nic->name, "model",
                   "%s: requested hardware '%s' is not supported by the '%s' virt driver in mode %s; %s does the same here",
                   said(d, "hw_vif_model"), of_image, d->xen ? "xen" : d->guest->backend, vm_mode_name(d->guest->mode), fallback);
    } else {
        nic->model = g_strdup(fallback);
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "model",
                   d->xen && d->guest->mode == VM_MODE_HVM ? "libxl's default: it is emulated until the guest's PV driver takes over"
                                                           : "the default for this mode and hypervisor");
    }
}

static bool mac_is_good(const char *mac)
{
    unsigned b[6];
    int n = 0;
    return strlen(mac) == 17 && sscanf(mac, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &n) == 6 && n == 17 &&
           !(b[0] & 1);
}

static void decide_mac(Decider *d, GuestNic *nic, const RequestNic *asked)
{
    if (!asked->mac) {
        nic->mac = identity_mac(d->host->identity_seed, d->guest->name, nic->name);
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "mac", "derived from this machine's identity and the names of guest and NIC, so it stays the same");
        return;
    }
    if (!mac_is_good(asked->mac))
        refuse(d, GUESTCTL_ERROR_INVALID, "nic \"%s\": mac \"%.40s\" is not the address of one card (write 00:16:3e:12:34:56)", nic->name, asked->mac);
    nic->mac = g_ascii_strdown(asked->mac, -1);
    decided_of(d, SEVERITY_INFO, "nic", nic->name, "mac", "the guest file");
}

static void decide_network(Decider *d, GuestNic *nic, const RequestNic *asked)
{
    g_autofree char *known = d->host->bridges[0] ? g_strjoinv(", ", d->host->bridges) : g_strdup("none");
    const char *bridge = asked->bridge ? asked->bridge : asked->user ? NULL : d->policy->bridge;
    if (asked->user && asked->bridge) {
        refuse(d, GUESTCTL_ERROR_INVALID, "nic \"%s\": it has both bridge and network; leave one out", nic->name);
    } else if (asked->user && d->xen) {
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "nic \"%s\": Xen has no user network; set bridge (here: %s)", nic->name, known);
    } else if (asked->user) {
        /* No field: the absence of a bridge is QEMU's own network. */
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "network", "the guest file: QEMU's own network, which needs no bridge");
    } else if (!bridge) {
        refuse(d, GUESTCTL_ERROR_INVALID, "nic \"%s\": it has no bridge; set bridge in its group or in guestctl.conf (here: %s)", nic->name, known);
    } else if (strlen(bridge) > 15 || !*bridge || strpbrk(bridge, "/ \t") || g_str_equal(bridge, ".") || g_str_equal(bridge, "..")) {
        refuse(d, GUESTCTL_ERROR_INVALID, "nic \"%s\": \"%.40s\" cannot be the name of a bridge (1 to 15 characters, no / and no blanks)", nic->name, bridge);
    } else {
        nic->bridge = g_strdup(bridge);
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "bridge", "%s", asked->bridge ? "the guest file or option bridge" : policy_said(d));
    }
}

static void decide_queues(Decider *d, GuestNic *nic)
{
    bool wanted = wish(d, "hw_vif_multiqueue_enabled") && image_meta_get_bool(d->image, "hw_vif_multiqueue_enabled", false);
    nic->queues = 1;
    if (!wanted)
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "queues", "the default");
    else if (d->xen)
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "queues", "%s; on Xen the two drivers agree on queues themselves", said(d, "hw_vif_multiqueue_enabled"));
    else if (g_strcmp0(nic->model, "virtio") != 0)
        decided_of(d, SEVERITY_WARNING, "nic", nic->name, "queues", "%s, but only virtio has several queues", said(d, "hw_vif_multiqueue_enabled"));
    else {
        /* nova: as many as vcpus; 256 is what Linux's tap device takes since 4.x. */
        nic->queues = MIN(d->guest->vcpus, 256);
        decided_of(d, SEVERITY_INFO, "nic", nic->name, "queues", "%s: one for each vcpu", said(d, "hw_vif_multiqueue_enabled"));
    }
}

void decide_nics(Decider *d)
{
    for (guint i = 0; i < d->request->nics->len; i++) {
        const RequestNic *asked = d->request->nics->pdata[i];
        GuestNic *nic = guest_add_nic(d->guest, asked->name);
        decide_network(d, nic, asked);
        decide_model(d, nic, asked);
        decide_mac(d, nic, asked);
        decide_queues(d, nic);
        for (guint k = 0; k < i; k++)
            if (g_strcmp0(((GuestNic *)d->guest->nics->pdata[k])->mac, nic->mac) == 0)
                refuse(d, GUESTCTL_ERROR_INVALID, "nic \"%s\": mac %s is already another NIC's", nic->name, nic->mac);
    }
    wish(d, "hw_vif_model");
    wish(d, "hw_vif_multiqueue_enabled");
}
