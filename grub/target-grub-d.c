/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "grub/defaults.h"
#include "grub/grub-mkconfig.h"
#include "grub/target-defaults.h"

/* Debian and Ubuntu: grub-mkconfig there reads /etc/default/grub.d/ too, in the order of names. Ours comes after xen.cfg of
 * xen-hypervisor-common, which sets GRUB_DEFAULT by a translated title unless a file before it has said that it shall not. */
#define OURS DEFAULTS_FOLDER "/zz-guestctl.cfg"
#define OVERRIDE DEFAULTS_FOLDER "/50-guestctl.cfg"

static bool found(const char *root, char **why)
{
    g_autofree char *folder = g_strconcat(root, DEFAULTS_FOLDER, NULL);
    bool there = g_file_test(folder, G_FILE_TEST_IS_DIR);
    bool read = grub_mkconfig_reads_folder(root);
    *why = g_strdup(!there  ? DEFAULTS_FOLDER " is not there"
                    : !read ? DEFAULTS_FOLDER " is there, but no grub-mkconfig that reads it"
                            : DEFAULTS_FOLDER " is there, and grub-mkconfig reads it");
    return there && read;
}

static bool read_config(const char *root, BootConfig *config, GError **error)
{
    return target_defaults_read(root, OURS, OVERRIDE, config, error);
}

const BootTarget boot_target_grub_d = {
    .name = "grub.d",
    .found = found,
    .read = read_config,
    .edit = target_defaults_edit,
    .preview = target_defaults_preview,
    .lost = target_defaults_lost,
    .regenerate = grub_mkconfig_words,
    .generated = grub_cfg,
    .check = grub_cfg_check,
};
