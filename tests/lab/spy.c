/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into guestctl by the tests: writes down, in the file GUESTCTL_SPY names, the very text that libxl or
 * libvirt was handed, and then calls the real function. So a test can hold that text against what `plan` printed. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_down(const char *text)
{
    const char *path = getenv("GUESTCTL_SPY");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file)
        return;
    fputs(text, file);
    fclose(file);
}

int libxl_domain_config_from_json(void *ctx, void *config, const char *json);
int libxl_domain_config_from_json(void *ctx, void *config, const char *json)
{
    int (*real)(void *, void *, const char *) = (int (*)(void *, void *, const char *))dlsym(RTLD_NEXT, "libxl_domain_config_from_json");
    write_down(json);
    return real(ctx, config, json);
}

static void *(*real_create_xml)(void *, const char *, unsigned);

static void *create_xml(void *connection, const char *xml, unsigned flags)
{
    write_down(xml);
    return real_create_xml(connection, xml, flags);
}

/* libvirt is loaded at run time and asked for its functions by name: so the asking is what is listened to. */
void *dlsym(void *restrict handle, const char *restrict name)
{
    static void *(*real_dlsym)(void *, const char *);
    if (!real_dlsym)
        real_dlsym = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5");
    void *symbol = real_dlsym(handle, name);
    if (!symbol || strcmp(name, "virDomainCreateXML") != 0)
        return symbol;
    real_create_xml = (void *(*)(void *, const char *, unsigned))symbol;
    return (void *)create_xml;
}
