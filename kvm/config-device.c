/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kvm/config.h"

/* nova/virt/libvirt/driver.py 259-261: QEMU's PC has four serial ports. */
#define SERIAL_PORTS_MAX 4

/* Console "serial" is the first serial port; "pv" is what Xen's console is to a guest: a paravirtual line,
 * here virtio's, which Linux calls hvc0 as well. */
static bool config_console(Xml *xml, const Guest *guest, GError **error)
{
    static const char *const consoles[] = {"pv", "serial", NULL};
    if (!config_check_word(guest, "console", guest->console, consoles, error))
        return false;
    bool serial = g_strcmp0(guest->console, "serial") == 0;
    g_autofree char *asked = g_strdup_printf("%u", guest->serial_ports);
    if (guest->serial_ports > SERIAL_PORTS_MAX)
        return config_refuse(guest, "serial-ports", asked, "QEMU's machine has at most 4; ask for fewer", error);
    if (serial && guest->serial_ports == 0)
        return config_refuse(guest, "console", "serial", "there is no serial port; set serial-ports = 1 or console = pv", error);

    for (unsigned i = 0; i < guest->serial_ports; i++) {
        g_autofree char *port = g_strdup_printf("%u", i);
        xml_open(xml, "serial", "type", "pty", NULL);
        xml_empty(xml, "target", "port", port, NULL);
        xml_close(xml);
    }
    if (guest->console) {
        xml_open(xml, "console", "type", "pty", NULL);
        xml_empty(xml, "target", "type", serial ? "serial" : "virtio", "port", "0", NULL);
        xml_close(xml);
    }
    return true;
}

static bool config_display(Xml *xml, const Guest *guest, GError **error)
{
    static const char *const graphics[] = {"vnc", NULL};
    static const char *const models[] = {"vga", "cirrus", "qxl", "virtio", "vmvga", "bochs", NULL};
    if (!config_check_word(guest, "graphics", guest->graphics, graphics, error) ||
        !config_check_word(guest, "video", guest->video, models, error))
        return false;
    g_autofree char *mib = g_strdup_printf("%u", guest->video_ram_mib);
    g_autofree char *kib = g_strdup_printf("%u", guest->video_ram_mib * 1024);
    if (guest->video_ram_mib && (!guest->video || g_str_equal(guest->video, "virtio")))
        return config_refuse(guest, "video-ram-mib", mib, "there is no video model that takes it; use vga or qxl", error);

    if (guest->graphics) /* the loopback address alone: VNC has no protection of its own */
        xml_empty(xml, "graphics", "type", "vnc", "port", "-1", "autoport", "yes", "listen", "127.0.0.1", NULL);
    if (!guest->video && !guest->graphics)
        return true;
    xml_open(xml, "video", NULL);
    xml_empty(xml, "model", "type", guest->video ? guest->video : "none", "vram", guest->video_ram_mib ? kib : XML_SKIP, NULL);
    xml_close(xml);
    return true;
}

static bool config_tpm(Xml *xml, const Guest *guest, GError **error)
{
    static const char *const models[] = {"tpm-tis", "tpm-crb", NULL};
    static const char *const versions[] = {"1.2", "2.0", NULL};
    if (!config_check_word(guest, "tpm", guest->tpm, models, error) ||
        !config_check_word(guest, "tpm-version", guest->tpm_version, versions, error))
        return false;
    if (guest->tpm_version && !guest->tpm)
        return config_refuse(guest, "tpm-version", guest->tpm_version, "there is no TPM; set tpm = tpm-tis", error);
    if (!guest->tpm)
        return true;
    xml_open(xml, "tpm", "model", guest->tpm, NULL);
    xml_empty(xml, "backend", "type", "emulator", "version", guest->tpm_version ? guest->tpm_version : XML_SKIP, NULL);
    xml_close(xml);
    return true;
}

static bool check_devices(const Guest *guest, GError **error)
{
    static const char *const rngs[] = {"virtio", NULL};
    static const char *const watchdogs[] = {"pause", "poweroff", "reset", "none", NULL};
    static const char *const pointers[] = {"usbtablet", NULL};
    static const char *const sounds[] = {"sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", NULL};
    return config_check_word(guest, "rng", guest->rng, rngs, error) &&
           config_check_word(guest, "watchdog", guest->watchdog, watchdogs, error) &&
           config_check_word(guest, "pointer", guest->pointer, pointers, error) &&
           config_check_word(guest, "sound", guest->sound, sounds, error);
}

bool config_devices(Xml *xml, const Guest *guest, GError **error)
{
    if (!check_devices(guest, error) || !config_console(xml, guest, error))
        return false;
    if (guest->guest_agent) {
        xml_open(xml, "channel", "type", "unix", NULL);
        xml_empty(xml, "target", "type", "virtio", "name", "org.qemu.guest_agent.0", NULL);
        xml_close(xml);
    }
    if (guest->pointer)
        xml_empty(xml, "input", "type", "tablet", "bus", "usb", NULL);
    if (!config_tpm(xml, guest, error) || !config_display(xml, guest, error))
        return false;
    if (guest->sound)
        xml_empty(xml, "sound", "model", guest->sound, NULL);
    if (guest->watchdog)
        xml_empty(xml, "watchdog", "model", "i6300esb", "action", guest->watchdog, NULL);
    xml_empty(xml, "memballoon", "model", "virtio", NULL);
    if (guest->rng) {
        xml_open(xml, "rng", "model", "virtio", NULL);
        xml_text(xml, "backend", "/dev/urandom", "model", "random", NULL);
        xml_close(xml);
    }
    return true;
}
