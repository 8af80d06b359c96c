/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/defaults.h"
#include "grub/grub-mkconfig.h"
#include "grub/target-defaults.h"

/* Every other GRUB (Fedora, openSUSE): one file, the administrator's, with our part at its end. */
static bool found(const char *root, char **why)
{
    static const char *const makers[] = {"grub2-mkconfig", "grub-mkconfig", NULL};
    g_autofree char *file = g_strconcat(root, DEFAULTS_FILE, NULL);
    const char *maker = grub_program(root, makers);
    if (g_file_test(file, G_FILE_TEST_EXISTS))
        *why = g_strdup(DEFAULTS_FILE " is there");
    else if (maker)
        *why = g_strdup_printf("%s is there", maker);
    else
        *why = g_strdup("neither " DEFAULTS_FILE " nor grub-mkconfig is there");
    return g_file_test(file, G_FILE_TEST_EXISTS) || maker;
}

static bool read_config(const char *root, BootConfig *config, GError **error)
{
    return target_defaults_read(root, DEFAULTS_FILE, NULL, config, error);
}

const BootTarget boot_target_grub = {
    .name = "grub",
    .found = found,
    .read = read_config,
    .edit = target_defaults_edit,
    .preview = target_defaults_preview,
    .lost = target_defaults_lost,
    .regenerate = grub_mkconfig_words,
    .generated = grub_cfg,
    .check = grub_cfg_check,
};
