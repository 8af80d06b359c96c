/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "grub/efi-config.h"
#include "grub/extlinux.h"
#include "grub/libvirt-conf.h"
#include "grub/loader-entry.h"
#include "grub/shell-value.h"
#include "tests/fuzz/fuzz.h"

/* The files of boot loaders are the administrator's, and odd: what is set must be read back, and nothing else may change. */

/* Both begin and end alike around the place that was changed. */
static void check_rest(const char *old, const char *made, gsize from, gsize to)
{
    g_assert_cmpint(strncmp(old, made, from), ==, 0);
    g_assert_true(g_str_has_suffix(made, old + to) || g_str_has_suffix(made, "\n"));
}

static void check_efi_config(const char *text)
{
    g_autoptr(Cmdline) options = cmdline_parse("dom0_mem=1G,max:1G");
    g_autofree char *section = efi_config_get(text, "global", "default");
    g_autofree char *made = efi_config_set_options(text, section, options, NULL);
    EfiValue place;
    if (!made)
        return;
    if (efi_config_find(text, section, "options", &place))
        check_rest(text, made, place.value.start, place.value.end);
    g_autofree char *again = efi_config_get(made, section, "options");
    g_assert_nonnull(again);
    g_autoptr(Cmdline) line = cmdline_parse(again);
    g_autofree char *value = line->xen_words ? cmdline_get(line, "dom0_mem") : NULL;
    g_assert_cmpstr(value, ==, "1G,max:1G");
    g_autofree char *kernel = efi_config_get(text, section, "kernel"), *same = efi_config_get(made, section, "kernel");
    if (kernel)
        g_assert_cmpstr(kernel, ==, same);
}

static void check_default(const char *text)
{
    g_autofree char *made = efi_config_set_default(text, "xen"), *value = efi_config_get(made, "global", "default");
    g_assert_cmpstr(value, ==, "xen");
    g_autoptr(GPtrArray) sections = efi_config_sections(made);
    g_assert_cmpuint(sections->len, >, 0);
}

static void check_loader(const char *text)
{
    g_autofree char *made = loader_set(text, "default", "xen.conf"), *value = loader_get(made, "default");
    g_assert_cmpstr(value, ==, "xen.conf");
    LoaderEntry *entry = loader_entry_parse("/efi", "/efi/loader/entries/a.conf", text);
    loader_entry_free(entry);
}

static void check_shell(const char *text)
{
    g_autofree char *made = shell_value_set(text, "xen_opts", "dom0_mem=1G,max:1G a", NULL);
    g_autofree char *value = made ? shell_value_get(made, "xen_opts", NULL) : NULL;
    g_assert_true(!made || g_strcmp0(value, "dom0_mem=1G,max:1G a") == 0);
}

static void check_read_only(const char *text)
{
    bool quoted = false;
    g_autofree char *label = extlinux_default(text), *line = extlinux_xen_line(text);
    g_autofree char *value = libvirt_conf_get(text, "autoballoon", &quoted, NULL);
    g_assert_true(!line || label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    check_efi_config(text);
    check_default(text);
    check_loader(text);
    check_shell(text);
    check_read_only(text);
    return 0;
}
