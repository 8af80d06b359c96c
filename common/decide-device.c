/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/decider.h"
#include "common/error.h"

static bool is_windows(Decider *d)
{
    const char *os = wish(d, "os_type");
    return os && g_str_equal(os, "windows");
}

/* nova 18.1.0 driver.py 4598-4629: Xen x86: PAE always, ACPI and APIC only for HVM; KVM: ACPI and APIC; Windows:
 * Hyper-V relaxed, vapic, spinlocks 8191; the clock runs in local time for Windows, else UTC. */
static void decide_features(Decider *d)
{
    Guest *guest = d->guest;
    bool full = guest->mode == VM_MODE_HVM, windows = is_windows(d);
    bool pvh = guest->mode == VM_MODE_PVH; /* libxl gives it both tables and local APICs: vcpus beyond the first need them */
    guest->acpi = guest->apic = full || pvh;
    guest->pae = d->xen && full;
    const char *because = full ? "every HVM guest has it" : pvh ? "libxl's default for PVH" : "a PV guest has none";
    decided(d, SEVERITY_INFO, "acpi", "%s", because);
    decided(d, SEVERITY_INFO, "apic", "%s", because);
    decided(d, SEVERITY_INFO, "pae", guest->pae ? "nova sets it for Xen" : d->xen ? "only HVM guests choose it" : "QEMU has no such switch for 64-bit machines");

    guest->hyperv = windows && full && !d->qemu;
    decided(d, SEVERITY_INFO, "hyperv",
            guest->hyperv         ? "os_type is windows"
            : windows && d->qemu ? "os_type is windows, but emulation has no Hyper-V features to offer"
                                  : "only Windows in HVM mode wants it");
    if (windows && !full)
        decided(d, SEVERITY_WARNING, "hyperv", "os_type is windows, and Windows runs in HVM mode only; set vm_mode=hvm");
    guest->localtime = windows && full;
    decided(d, SEVERITY_INFO, "localtime", guest->localtime ? "os_type is windows, which keeps its clock in local time" : "UTC for every system but Windows");

    bool hide = wish(d, "img_hide_hypervisor_id") && image_meta_get_bool(d->image, "img_hide_hypervisor_id", false);
    guest->hide_hypervisor = hide && d->kvm;
    decided(d, SEVERITY_INFO, "hide-hypervisor", "%s", hide ? said(d, "img_hide_hypervisor_id") : "nova's default");
    if (hide && !d->kvm)
        decided(d, SEVERITY_WARNING, "hide-hypervisor", "%s, which only KVM can do", said(d, "img_hide_hypervisor_id"));

    const char *pmu = wish(d, "hw_pmu") ? said(d, "hw_pmu") : NULL;
    guest->pmu = image_meta_get_bool(d->image, "hw_pmu", d->kvm);
    decided(d, SEVERITY_INFO, "pmu", "%s", pmu ? pmu : d->kvm ? "KVM's default" : "the hypervisor's default");
    if (guest->pmu && !d->kvm) {
        guest->pmu = false;
        decided(d, SEVERITY_WARNING, "pmu", "%s, %s", pmu,
                d->xen ? "which on Xen is the boot option vpmu of the hypervisor" : "but an emulated CPU has no performance counters");
    }
    bool hpet_said = wish(d, "hw_time_hpet") != NULL;
    guest->hpet = image_meta_get_bool(d->image, "hw_time_hpet", false) && full;
    if (hpet_said && !full && image_meta_get_bool(d->image, "hw_time_hpet", false))
        decided(d, SEVERITY_WARNING, "hpet", "%s, but a %s guest has none", said(d, "hw_time_hpet"), vm_mode_name(guest->mode));
    else
        decided(d, SEVERITY_INFO, "hpet", "%s", hpet_said ? said(d, "hw_time_hpet") : "nova's default");
}

/* nova 18.1.0 driver.py 5226-5400 and fields.py 501-509. What the image may say is wider than what a hypervisor
 * has; NULL under xen_hvm means that there is no such adapter. */
static const struct {
    const char *model, *xen_hvm;
    bool kvm;
} videos[] = {
    {"vga", "vga", true}, {"cirrus", "cirrus", true}, {"qxl", "qxl", true},  {"virtio", NULL, true}, {"vmvga", NULL, true},
    {"bochs", NULL, true}, {"xen", NULL, false},      {"gop", NULL, false},
};

static void decide_graphics(Decider *d)
{
    const char *asked = d->request->graphics;
    if (asked && !g_str_equal(asked, "vnc") && !g_str_equal(asked, "none"))
        refuse(d, GUESTCTL_ERROR_INVALID, "graphics \"%.40s\" is not known (use vnc or none)", asked);
    else if (asked && g_str_equal(asked, "vnc")) {
        d->guest->graphics = g_strdup("vnc");
        decided(d, SEVERITY_INFO, "graphics", "the guest file; on the loopback address only");
    }
}

static void decide_video(Decider *d)
{
    Guest *guest = d->guest;
    const char *of_image = wish(d, "hw_video_model");
    const char *word = d->request->video ? d->request->video : of_image;
    const char *because = d->request->video ? "the guest file or option video" : said(d, "hw_video_model");
    if (word && g_str_equal(word, "none"))
        word = NULL;
    else if (!word && guest->graphics)
        word = d->xen && guest->mode != VM_MODE_HVM ? "xen" : "cirrus", because = "nova's default where there are graphics";
    else if (!word && d->xen && guest->mode == VM_MODE_HVM)
        word = "cirrus", because = "libxl's default: an HVM guest always has an adapter";
    if (!word)
        return;

    gsize i = 0;
    while (i < G_N_ELEMENTS(videos) && !g_str_equal(videos[i].model, word))
        i++;
    if (i == G_N_ELEMENTS(videos)) {
        refuse(d, GUESTCTL_ERROR_INVALID, "%s: video model \"%.40s\" is not known (use vga, cirrus, qxl, virtio, vmvga, bochs, xen or none)", because, word);
        return;
    }
    if (d->xen && guest->mode != VM_MODE_HVM) {
        /* The PV framebuffer is the only adapter there, and it is there only to be looked at. */
        if (guest->graphics) {
            guest->video = g_strdup("xen");
            decided(d, g_str_equal(word, "xen") ? SEVERITY_INFO : SEVERITY_TRANSLATION, "video", "%s; the adapter of a %s guest is Xen's framebuffer",
                    because, vm_mode_name(guest->mode));
        } else {
            decided(d, g_str_equal(word, "xen") ? SEVERITY_INFO : SEVERITY_WARNING, "video", "%s, but a %s guest without graphics has no adapter",
                    because, vm_mode_name(guest->mode));
        }
        return;
    }
    const char *has = d->xen ? videos[i].xen_hvm : videos[i].kvm ? word : NULL;
    guest->video = g_strdup(has ? has : "vga");
    decided(d, has ? SEVERITY_INFO : SEVERITY_TRANSLATION, "video", "%s%s", because, has ? "" : ", which does not exist here: standard VGA shows the same");
}

static void decide_video_ram(Decider *d)
{
    gint64 mib = wish(d, "hw_video_ram") ? image_meta_get_int(d->image, "hw_video_ram", 0) : 0;
    if (mib == 0) /* nova too takes 0 as not set */
        return;
    if (!d->guest->video)
        decided(d, SEVERITY_WARNING, "video-ram-mib", "%s, but the guest has no video adapter", said(d, "hw_video_ram"));
    else if (mib > 1024)
        refuse(d, GUESTCTL_ERROR_INVALID, "%s: video memory is 1 to 1024 MiB", said(d, "hw_video_ram"));
    else {
        d->guest->video_ram_mib = (unsigned)mib;
        decided(d, SEVERITY_INFO, "video-ram-mib", "%s", said(d, "hw_video_ram"));
    }
}

/* QEMU has 4 serial ports on a PC; nova: image at most flavor, default 1. */
static void decide_console(Decider *d)
{
    Guest *guest = d->guest;
    bool pv = d->xen && guest->mode != VM_MODE_HVM;
    guest->console = g_strdup(pv ? "pv" : "serial");
    decided(d, SEVERITY_INFO, "console", pv ? "Xen's own console" : "the first serial port");

    bool said_ports = wish(d, "hw_serial_port_count") != NULL;
    gint64 ports = d->request->serial_ports >= 0 ? d->request->serial_ports : image_meta_get_int(d->image, "hw_serial_port_count", 1);
    if (pv) {
        guest->serial_ports = 0;
        bool wanted = d->request->serial_ports > 0 || (said_ports && ports > 0);
        decided(d, wanted ? SEVERITY_WARNING : SEVERITY_INFO, "serial-ports", "a %s guest has none", vm_mode_name(guest->mode));
        return;
    }
    if (ports == 0) {
        guest->serial_ports = 1;
        decided(d, SEVERITY_TRANSLATION, "serial-ports", "%s asks for none, but the first is the guest's console",
                d->request->serial_ports == 0 ? "the guest file" : said(d, "hw_serial_port_count"));
        return;
    }
    if (ports > 4) {
        refuse(d, GUESTCTL_ERROR_UNSUPPORTED, "%" G_GINT64_FORMAT " serial ports: a guest has 1 to 4; correct serial-ports or hw_serial_port_count", ports);
        return;
    }
    guest->serial_ports = (unsigned)ports;
    decided(d, SEVERITY_INFO, "serial-ports", "%s",
            d->request->serial_ports >= 0 ? "the guest file"
            : said_ports                  ? said(d, "hw_serial_port_count")
                                          : "nova's default");
}

static void decide_watchdog(Decider *d)
{
    static const char *const actions[] = {"none", "pause", "poweroff", "reset", "disabled", NULL};
    const char *of_image = wish(d, "hw_watchdog_action");
    const char *word = d->request->watchdog ? d->request->watchdog : of_image;
    const char *because = d->request->watchdog ? "the guest file" : said(d, "hw_watchdog_action");
    if (word && !g_strv_contains(actions, word)) { /* nova: InvalidWatchdogAction */
        refuse(d, GUESTCTL_ERROR_INVALID, "%s: watchdog action (%.40s) is not supported (use none, pause, poweroff, reset or disabled)", because, word);
        return;
    }
    if (!word || g_str_equal(word, "disabled"))
        return;
    d->guest->watchdog = g_strdup(word);
    if (d->xen)
        decided(d, SEVERITY_WARNING, "watchdog",
                "%s: Xen has no watchdog card; its own watchdog, which the guest's xen_wdt drives, ends the guest, which then waits for: "
                "guestctl reboot %s", because, d->guest->name);
    else
        decided(d, SEVERITY_INFO, "watchdog", "%s", because);
}

static void decide_rng(Decider *d)
{
    const char *of_image = wish(d, "hw_rng_model");
    const char *word = d->request->rng ? d->request->rng : of_image;
    const char *because = d->request->rng ? "the guest file" : said(d, "hw_rng_model");
    if (!word || g_str_equal(word, "none"))
        return;
    if (!g_str_equal(word, "virtio")) { /* nova: RngUnsupported */
        refuse(d, GUESTCTL_ERROR_INVALID, "%s: a random number generator is virtio or none", because);
        return;
    }
    if (d->xen) {
        decided(d, SEVERITY_WARNING, "rng", "%s: Xen has no such device; the guest uses rdrand or its own entropy", because);
        return;
    }
    d->guest->rng = g_strdup("virtio");
    decided(d, SEVERITY_INFO, "rng", "%s; from the host's /dev/urandom", because);
}

/* Tablet: nova adds one only to hvm guests, where there are graphics. */
static void decide_pointer(Decider *d)
{
    const char *of_image = wish(d, "hw_pointer_model");
    if (d->guest->mode != VM_MODE_HVM) {
        if (of_image)
            decided(d, SEVERITY_WARNING, "pointer", "%s, but a %s guest has no USB", said(d, "hw_pointer_model"), vm_mode_name(d->guest->mode));
        return;
    }
    if (!of_image && !d->guest->graphics)
        return;
    d->guest->pointer = g_strdup("usbtablet");
    decided(d, SEVERITY_INFO, "pointer", "%s", of_image ? said(d, "hw_pointer_model") : "nova's default where there are graphics");
}

/* nova (ImageMetaProps 1.29): the bus of the pointer and the keyboard; the tablet here is always on USB. */
static void decide_input_bus(Decider *d)
{
    const char *word = wish(d, "hw_input_bus");
    if (!word)
        return;
    if (!d->guest->pointer)
        decided(d, SEVERITY_WARNING, "image hw_input_bus", "%s, but the guest has no pointer; hw_pointer_model=usbtablet asks for one",
                said(d, "hw_input_bus"));
    else if (g_str_equal(word, "usb"))
        decided(d, SEVERITY_INFO, "image hw_input_bus", "%s, and the tablet is on it", said(d, "hw_input_bus"));
    else
        decided(d, SEVERITY_TRANSLATION, "image hw_input_bus", "%s: the tablet is on USB, which does the same", said(d, "hw_input_bus"));
}

/* Properties that QEMU's machines have and Xen's do not: given as they are, or warned about. */
static void decide_qemu_only(Decider *d)
{
    static const struct {
        const char *property, *field;
        gsize offset;
    } simple[] = {
        {"hw_scsi_model", "scsi-model", offsetof(Guest, scsi_model)},
        {"hw_sound_model", "sound", offsetof(Guest, sound)},
        {"hw_tpm_model", "tpm", offsetof(Guest, tpm)},
        {"hw_tpm_version", "tpm-version", offsetof(Guest, tpm_version)},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(simple); i++) {
        const char *value = wish(d, simple[i].property);
        if (!value)
            continue;
        if (d->xen) {
            decided(d, SEVERITY_WARNING, simple[i].field, "%s is not supported on Xen: it is not done", said(d, simple[i].property));
            continue;
        }
        *(char **)((char *)d->guest + simple[i].offset) = g_strdup(value);
        decided(d, SEVERITY_INFO, simple[i].field, "%s", said(d, simple[i].property));
    }
    if (d->guest->tpm_version && !d->guest->tpm)
        refuse(d, GUESTCTL_ERROR_INVALID, "%s needs hw_tpm_model as well (tpm-tis or tpm-crb)", said(d, "hw_tpm_version"));
}

static void decide_agent(Decider *d)
{
    bool of_image = wish(d, "hw_qemu_guest_agent") && image_meta_get_bool(d->image, "hw_qemu_guest_agent", false);
    bool wanted = d->request->guest_agent >= 0 ? d->request->guest_agent : of_image;
    d->guest->guest_agent = wanted && !d->xen;
    decided(d, SEVERITY_INFO, "guest-agent", "%s",
            d->request->guest_agent >= 0 ? "the guest file"
            : of_image                   ? said(d, "hw_qemu_guest_agent")
                                         : "nova's default");
    if (wanted && d->xen)
        decided(d, SEVERITY_WARNING, "guest-agent", "QEMU's guest agent was asked for, which needs virtio-serial; on Xen nova ignores the wish silently");
}

static void decide_events(Decider *d)
{
    const struct {
        const char *field, *asked;
        EventAction *action, fallback;
    } events[] = {
        {"on-poweroff", d->request->on_poweroff, &d->guest->on_poweroff, ACTION_DESTROY},
        {"on-reboot", d->request->on_reboot, &d->guest->on_reboot, ACTION_RESTART},
        {"on-crash", d->request->on_crash, &d->guest->on_crash, ACTION_DESTROY},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
        *events[i].action = events[i].fallback;
        g_autoptr(GError) error = NULL;
        if (events[i].asked && !event_action_parse(events[i].asked, events[i].action, &error))
            refuse(d, GUESTCTL_ERROR_INVALID, "%s: %s", events[i].field, error->message);
        const char *because = events[i].asked ? "the guest file" : "the default of xl and libvirt";
        if (d->xen && *events[i].action == ACTION_RESTART)
            decided(d, events[i].asked ? SEVERITY_WARNING : SEVERITY_INFO, events[i].field,
                    "%s; on Xen nobody waits for that end: guestctl reboot %s builds the guest again", because, d->guest->name);
        else
            decided(d, SEVERITY_INFO, events[i].field, "%s", because);
    }
}

static void decide_shutdown_timeout(Decider *d)
{
    enum { DEFAULT_S = 60, MAX_S = 24 * 3600 };
    bool known = wish(d, "os_shutdown_timeout") != NULL;
    gint64 asked_s = image_meta_get_int(d->image, "os_shutdown_timeout", DEFAULT_S);
    d->guest->shutdown_timeout_s = asked_s == 0 ? DEFAULT_S : (unsigned)MIN(asked_s, MAX_S);
    if (asked_s == 0)
        decided(d, SEVERITY_TRANSLATION, "shutdown-timeout-s", "%s: nova does not wait for such a guest but cuts its power; guestctl destroy does that, "
                "and shutdown always asks", said(d, "os_shutdown_timeout"));
    else
        decided(d, SEVERITY_INFO, "shutdown-timeout-s", "%s%s", known ? said(d, "os_shutdown_timeout") : "nova's default",
                asked_s > MAX_S ? ", of which a day is the most" : "");
}

void decide_devices(Decider *d)
{
    decide_features(d);
    decide_graphics(d);
    decide_video(d);
    decide_video_ram(d);
    decide_console(d);
    decide_watchdog(d);
    decide_rng(d);
    decide_pointer(d);
    decide_input_bus(d);
    decide_qemu_only(d);
    decide_agent(d);
    decide_events(d);
    decide_shutdown_timeout(d);
}
