/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decider.h"
#include "common/error.h"

static const char *const modes[] = {"none", "host-model", "host-passthrough", "custom", NULL};

/* Who decides the CPU: the guest file, then the image (Glance's hw_cpu_mode; nova itself reads only its
 * configuration), then guestctl.conf, then nova's default (18.1.0 driver.py 3789-3860). */
static void decide_cpu_mode(Decider *d)
{
    Guest *guest = d->guest;
    const char *of_image = wish(d, "hw_cpu_mode");
    const char *mode = NULL, *because = NULL;
    if (d->request->cpu_mode) {
        mode = d->request->cpu_mode;
        because = "the guest file or option cpu-mode";
    } else if (of_image) {
        mode = of_image;
        because = said(d, "hw_cpu_mode");
    } else if (d->request->cpu_model) {
        mode = "custom";
        because = "the guest file names a cpu-model";
    } else if (d->policy->cpu_mode) {
        mode = d->policy->cpu_mode;
        because = policy_said(d);
    } else if (d->xen) {
        mode = "none";
        because = "nova's default on every hypervisor but KVM and QEMU";
    } else if (g_str_equal(d->guest->arch, "aarch64")) {
        mode = "host-passthrough";
        because = "nova's default for aarch64";
    } else {
        mode = "host-model";
        because = "nova's default for KVM and QEMU";
    }
    if (!g_strv_contains(modes, mode)) {
        g_autofree char *all = g_strjoinv(", ", (char **)modes);
        refuse(d, GUESTCTL_ERROR_INVALID, "%s: cpu mode \"%.40s\" is not known (use %s)", because, mode, all);
        mode = "none";
    }
    guest->cpu_mode = g_strdup(mode);
    decided(d, SEVERITY_INFO, "cpu-mode", "%s", because);

    if (d->qemu && g_str_equal(mode, "host-passthrough")) {
        g_free(guest->cpu_mode);
        guest->cpu_mode = g_strdup("host-model");
        decided(d, SEVERITY_TRANSLATION, "cpu-mode", "%s asks for host-passthrough, which emulation cannot do: the nearest model that QEMU emulates",
                because);
    }
    if (d->xen && g_str_equal(mode, "host-model")) {
        g_free(guest->cpu_mode);
        guest->cpu_mode = g_strdup("none");
        decided(d, SEVERITY_TRANSLATION, "cpu-mode", "%s asks for host-model: Xen's default policy is this host's CPU, levelled by Xen", because);
    }
}

static void decide_cpu_model(Decider *d)
{
    Guest *guest = d->guest;
    const char *model = d->request->cpu_model ? d->request->cpu_model
                        : d->request->cpu_mode ? NULL
                                               : d->policy->cpu_model;
    bool custom = g_str_equal(guest->cpu_mode, "custom");
    if (custom && !model) /* nova 18.1.0 driver.py: the same complaint */
        refuse(d, GUESTCTL_ERROR_INVALID, "a custom CPU model was asked for, but no model name was provided; set cpu-model");
    if (!custom && model) {
        refuse(d, GUESTCTL_ERROR_INVALID,
               "a CPU model name (%.40s) should not be set when a host CPU model is requested; set cpu-mode = custom or leave cpu-model out", model);
        return;
    }
    if (!custom || !model)
        return;
    guest->cpu_model = g_strdup(model);
    if (d->xen) /* nova refuses any model on Xen, libvirt drops it with a warning */
        decided(d, SEVERITY_TRANSLATION, "cpu-model", "Xen has no CPU models: a CPUID policy hides what %s does not have", model);
    else
        decided(d, SEVERITY_INFO, "cpu-model", d->request->cpu_model ? "the guest file or option cpu-model" : "%s", policy_said(d));
}

/* "pcid", "+pcid", "-VMX" → "+pcid", "-vmx". nova lower-cases; master adds the signs. */
static void decide_cpu_flags(Decider *d)
{
    Guest *guest = d->guest;
    const GStrv asked = d->request->cpu_flags ? d->request->cpu_flags : d->policy->cpu_flags;
    guint n = asked ? g_strv_length(asked) : 0;
    guest->cpu_flags = g_new0(char *, n + 1);
    for (guint i = 0; i < n; i++) {
        const char *flag = asked[i];
        char sign = *flag == '-' ? '-' : '+';
        flag += *flag == '-' || *flag == '+';
        g_autofree char *lower = g_ascii_strdown(flag, -1);
        if (!*lower || strspn(lower, "abcdefghijklmnopqrstuvwxyz0123456789._-") != strlen(lower) || strlen(lower) > 32)
            refuse(d, GUESTCTL_ERROR_INVALID, "cpu flag \"%.40s\" is not a flag; write names such as pcid or -vmx", asked[i]);
        guest->cpu_flags[i] = g_strdup_printf("%c%s", sign, lower);
        guest->nested |= sign == '+' && (g_str_equal(lower, "vmx") || g_str_equal(lower, "svm"));
    }
    if (n)
        decided(d, SEVERITY_INFO, "cpu-flags", d->request->cpu_flags ? "the guest file or option cpu-flags" : "%s", policy_said(d));
    if (n && g_str_equal(guest->cpu_mode, "none") && !d->xen)
        refuse(d, GUESTCTL_ERROR_INVALID, "cpu-flags need a cpu-mode of host-model, host-passthrough or custom");

    decided(d, SEVERITY_INFO, "nested", guest->nested ? "vmx or svm is among the CPU flags" : "no vmx or svm flag was asked for");
    if (guest->nested && d->xen && guest->mode == VM_MODE_PV) {
        guest->nested = false;
        decided(d, SEVERITY_WARNING, "nested", "vmx and svm mean nothing to a PV guest");
    }
}

static unsigned wished_count(Decider *d, const char *property)
{
    return wish(d, property) ? (unsigned)CLAMP(image_meta_get_int(d->image, property, 0), 0, 65536) : 0;
}

/* nova/virt/hardware.py: of all sockets x cores x threads that make up the vcpus within the image's maxima, the
 * one that meets most of its preferences, in nova's order: more sockets, then more cores. */
static void decide_topology(Decider *d)
{
    static const char *const names[] = {"hw_cpu_sockets", "hw_cpu_cores", "hw_cpu_threads"};
    static const char *const max_names[] = {"hw_cpu_max_sockets", "hw_cpu_max_cores", "hw_cpu_max_threads"};
    unsigned want[3], most[3];
    bool any = false;
    for (int i = 0; i < 3; i++) {
        want[i] = wished_count(d, names[i]);
        most[i] = wished_count(d, max_names[i]);
        any |= want[i] || most[i];
        if (want[i] && most[i] && want[i] > most[i])
            refuse(d, GUESTCTL_ERROR_INVALID, "%s=%u is more than %s=%u; nova refuses that too (ImageVCPULimitsRangeExceeded)", names[i],
                   want[i], max_names[i], most[i]);
        if (!most[i])
            most[i] = 65536;
    }
    if (!any)
        return;
    if (d->xen) {
        decided(d, SEVERITY_WARNING, "cpu-sockets", "Xen gives guests no topology: the image's sockets, cores and threads are not done");
        return;
    }
    unsigned vcpus = d->guest->max_vcpus, best_score = 0;
    bool found = false;
    for (unsigned s = MIN(vcpus, most[0]); s >= 1; s--) {
        if (vcpus % s)
            continue;
        for (unsigned c = MIN(vcpus / s, most[1]); c >= 1; c--) {
            if (vcpus / s % c || vcpus / s / c > most[2])
                continue;
            unsigned t = vcpus / s / c;
            unsigned score = (want[0] == s) + (want[1] == c) + (want[2] == t) + 1;
            if (found && score <= best_score)
                continue;
            found = true;
            best_score = score;
            d->guest->cpu_sockets = s;
            d->guest->cpu_cores = c;
            d->guest->cpu_threads = t;
        }
    }
    if (!found) {
        refuse(d, GUESTCTL_ERROR_INVALID,
               "no sockets, cores and threads within the image's maxima make %u vcpus (nova: ImageVCPUTopologyRangeExceeded); change vcpus", vcpus);
        return;
    }
    static const char *const fields[] = {"cpu-sockets", "cpu-cores", "cpu-threads"};
    for (int i = 0; i < 3; i++)
        decided(d, SEVERITY_INFO, fields[i], "%s; nova's best fit for %u vcpus", said(d, names[i]), vcpus);
}

void decide_cpu(Decider *d)
{
    decide_cpu_mode(d);
    decide_cpu_model(d);
    decide_cpu_flags(d);
    decide_topology(d);
}
