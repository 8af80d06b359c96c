/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "kvm/config.h"

static void config_topology(Xml *xml, const Guest *guest)
{
    g_autofree char *sockets = g_strdup_printf("%u", guest->cpu_sockets);
    g_autofree char *cores = g_strdup_printf("%u", guest->cpu_cores);
    g_autofree char *threads = g_strdup_printf("%u", guest->cpu_threads);
    xml_empty(xml, "topology", "sockets", sockets, "cores", cores, "threads", threads, NULL);
}

/* The flag that makes a hypervisor possible inside: the host's own under KVM; QEMU emulates AMD's alone. Where
 * it is not asked for, the CPU mode has its say: nova's KVM document has nested guests work by themselves under
 * host-passthrough, and under host-model where the model has the flag. */
static const char *nested_flag(const Guest *guest, const Host *host)
{
    if (!guest->nested || !config_is_x86(guest))
        return NULL;
    if (!config_is_kvm(guest))
        return "svm";
    return g_strcmp0(host->cpu_vendor, "AuthenticAMD") == 0 ? "svm" : "vmx";
}

static void config_flags(Xml *xml, const Guest *guest, const Host *host)
{
    const char *nested = nested_flag(guest, host);
    for (char **flag = guest->cpu_flags; flag && *flag; flag++) {
        bool sign = **flag == '+' || **flag == '-';
        xml_empty(xml, "feature", "policy", **flag == '-' ? "disable" : "require", "name", *flag + (sign ? 1 : 0), NULL);
        if (nested && g_str_equal(*flag + (sign ? 1 : 0), nested))
            nested = NULL; /* said already; libvirt refuses a flag that is named twice */
    }
    if (nested)
        xml_empty(xml, "feature", "policy", "require", "name", nested, NULL);
}

/* nova 18.1.0 driver.py 3789-3860: "none" leaves the model to QEMU, and only the topology is said. */
bool config_cpu(Xml *xml, const Guest *guest, const Host *host, GError **error)
{
    static const char *const modes[] = {"none", "host-model", "host-passthrough", "custom", NULL};
    const char *mode = guest->cpu_mode ? guest->cpu_mode : "none";
    if (!config_check_word(guest, "cpu-mode", mode, modes, error))
        return false;

    bool none = g_str_equal(mode, "none"), custom = g_str_equal(mode, "custom");
    if (custom && !guest->cpu_model)
        return config_refuse(guest, "cpu-mode", mode, "no model is named; set cpu-model", error);
    if (!custom && guest->cpu_model)
        return config_refuse(guest, "cpu-model", guest->cpu_model, "a model goes with cpu-mode = custom only", error);
    if (none && guest->cpu_flags && guest->cpu_flags[0])
        return config_refuse(guest, "cpu-flags", guest->cpu_flags[0], "flags need a cpu-mode of host-model, host-passthrough or custom", error);
    if (none && guest->nested)
        return config_refuse(guest, "nested", "yes", "it needs a cpu-mode of host-model, host-passthrough or custom", error);
    if (g_str_equal(mode, "host-passthrough") && !config_is_kvm(guest))
        return config_refuse(guest, "cpu-mode", mode, "emulation has no host CPU to pass through; use host-model", error);
    if (guest->nested && !config_is_x86(guest))
        return config_refuse(guest, "nested", "yes", "only x86 guests can be given it", error);

    bool topology = guest->cpu_sockets && guest->cpu_cores && guest->cpu_threads;
    if (none && !topology)
        return true;
    if (none) {
        xml_open(xml, "cpu", NULL);
        config_topology(xml, guest);
        xml_close(xml);
        return true;
    }
    xml_open(xml, "cpu", "mode", mode, "match", custom ? "exact" : XML_SKIP, NULL);
    if (custom)
        xml_text(xml, "model", guest->cpu_model, "fallback", "forbid", NULL);
    if (topology)
        config_topology(xml, guest);
    config_flags(xml, guest, host);
    xml_close(xml);
    return true;
}
