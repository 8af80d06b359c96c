/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/agreement.h"

void ballooner_clear(Ballooner *ballooner)
{
    g_clear_pointer(&ballooner->because, g_free);
}

const char *balloon_setting_name(BalloonSetting setting)
{
    static const char *const names[] = {
        [BALLOON_AUTO] = "auto", [BALLOON_ON] = "on", [BALLOON_OFF] = "off", [BALLOON_UNKNOWN] = "not known"};
    return names[setting];
}

static void set(Ballooner *ballooner, BalloonSetting setting, bool wrong, char *because)
{
    ballooner_clear(ballooner);
    ballooner->setting = setting;
    ballooner->wrong = wrong;
    ballooner->because = because;
}

void ballooner_set_xl(Ballooner *ballooner, const char *value)
{
    static const struct {
        const char *value;
        BalloonSetting setting;
    } values[] = {{"auto", BALLOON_AUTO}, {"on", BALLOON_ON}, {"1", BALLOON_ON}, {"off", BALLOON_OFF}, {"0", BALLOON_OFF}};
    for (gsize i = 0; value && i < G_N_ELEMENTS(values); i++)
        if (g_str_equal(values[i].value, value)) {
            set(ballooner, values[i].setting, false, g_strdup_printf("autoballoon=\"%s\"", value));
            return;
        }
    if (value)
        set(ballooner, BALLOON_AUTO, true, g_strdup_printf("autoballoon=\"%s\" is none of auto, on and off, and xl goes on with auto", value));
    else
        set(ballooner, BALLOON_AUTO, false, g_strdup("autoballoon is not set: xl decides by Xen's line"));
}

void ballooner_set_libvirt(Ballooner *ballooner, const char *value, bool quoted)
{
    if (!value)
        set(ballooner, BALLOON_AUTO, false, g_strdup("autoballoon is not set: libvirt decides by Xen's line"));
    else if (!quoted && (g_str_equal(value, "0") || g_str_equal(value, "1")))
        set(ballooner, *value == '1' ? BALLOON_ON : BALLOON_OFF, false, g_strdup_printf("autoballoon = %s", value));
    else
        set(ballooner, BALLOON_UNKNOWN, true,
            g_strdup_printf("autoballoon = %s%s%s is neither 0 nor 1: libvirt's Xen driver does not start", quoted ? "\"" : "", value, quoted ? "\"" : ""));
}

bool ballooner_balloons(const Ballooner *ballooner, const Simulation *simulation)
{
    switch (ballooner->setting) {
    case BALLOON_AUTO:
        return g_str_equal(ballooner->tool, "xl") ? simulation->xl_balloons : simulation->libvirt_balloons;
    case BALLOON_ON:
        return true;
    case BALLOON_OFF:
    case BALLOON_UNKNOWN:
        return false;
    }
    return false;
}
