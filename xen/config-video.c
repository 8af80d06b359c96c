/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>

#include "common/error.h"
#include "xen/config.h"

/* The smallest video memory that libxl takes for a card, MiB. */
static const struct {
    const char *nova;
    libxl_vga_interface_type libxl;
    unsigned min_mib;
} cards[] = {
    {"vga", LIBXL_VGA_INTERFACE_TYPE_STD, 16},
    {"cirrus", LIBXL_VGA_INTERFACE_TYPE_CIRRUS, 8},
    {"qxl", LIBXL_VGA_INTERFACE_TYPE_QXL, 128},
};

/* VNC answers on this machine only, and looks for a free port. */
static void vnc(const Guest *guest, libxl_vnc_info *info)
{
    libxl_defbool_set(&info->enable, guest->graphics != NULL);
    if (!guest->graphics)
        return;
    info->listen = xen_config_strdup("127.0.0.1");
    libxl_defbool_set(&info->findunused, true);
}

static bool card(const Guest *guest, libxl_domain_build_info *b_info, GError **error)
{
    if (!guest->video) {
        b_info->u.hvm.vga.kind = LIBXL_VGA_INTERFACE_TYPE_NONE;
        return true;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(cards); i++) {
        if (!g_str_equal(guest->video, cards[i].nova))
            continue;
        b_info->u.hvm.vga.kind = cards[i].libxl;
        if (guest->video_ram_mib == 0)
            return true;
        if (guest->video_ram_mib < cards[i].min_mib) {
            g_autofree char *value = g_strdup_printf("%u", guest->video_ram_mib);
            g_autofree char *why = g_strdup_printf("libxl wants %u MiB or more for %s", cards[i].min_mib, guest->video);
            return xen_config_refuse(guest, "video-ram-mib", value, why, error);
        }
        b_info->video_memkb = guest->video_ram_mib * UINT64_C(1024);
        return true;
    }
    return xen_config_refuse(guest, "video", guest->video, "an HVM guest on Xen has vga, cirrus or qxl", error);
}

/* The PV framebuffer with its keyboard, which QEMU serves. */
static void framebuffer(const Guest *guest, libxl_domain_config *config)
{
    config->vfbs = calloc(1, sizeof *config->vfbs);
    config->vkbs = calloc(1, sizeof *config->vkbs);
    g_assert(config->vfbs && config->vkbs);
    libxl_device_vfb_init(config->vfbs);
    libxl_device_vkb_init(config->vkbs);
    config->num_vfbs = config->num_vkbs = 1;
    vnc(guest, &config->vfbs->vnc);
}

bool xen_config_video(const Guest *guest, libxl_domain_config *config, GError **error)
{
    if (guest->graphics && !g_str_equal(guest->graphics, "vnc"))
        return xen_config_refuse(guest, "graphics", guest->graphics, "a Xen guest's screen is shown by vnc", error);
    if (guest->mode == VM_MODE_HVM) {
        vnc(guest, &config->b_info.u.hvm.vnc);
        return card(guest, &config->b_info, error);
    }
    if (!guest->video && guest->graphics)
        return xen_config_refuse(guest, "graphics", guest->graphics, "there is no video device to show", error);
    if (guest->video && !g_str_equal(guest->video, "xen"))
        return xen_config_refuse(guest, "video", guest->video, "a PV or PVH guest has the PV framebuffer: use xen", error);
    if (guest->video)
        framebuffer(guest, config);
    return true;
}
