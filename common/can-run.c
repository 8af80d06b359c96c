/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/can-run.h"

#include <string.h>

#include "common/error.h"

/* One of nova's supported instances: what `virsh capabilities` lists. */
typedef struct Supported {
    const char *arch, *type, *mode;
} Supported;

/* The properties that the filter compares, and where they are in Supported. */
static const struct {
    const char *property;
    gsize offset;
} compared[] = {
    {"hw_architecture", offsetof(Supported, arch)},
    {"img_hv_type", offsetof(Supported, type)},
    {"hw_vm_mode", offsetof(Supported, mode)},
};

void can_run_free(CanRun *answer)
{
    if (!answer)
        return;
    g_free(answer->backend);
    g_ptr_array_unref(answer->supported);
    g_ptr_array_unref(answer->because);
    guest_free(answer->guest);
    g_free(answer);
}

static void add(GArray *list, const char *arch, const char *type, const char *mode)
{
    const Supported one = {arch, type, mode};
    for (guint i = 0; i < list->len; i++) {
        const Supported *other = &g_array_index(list, Supported, i);
        if (g_str_equal(other->arch, arch) && g_str_equal(other->type, type) && g_str_equal(other->mode, mode))
            return;
    }
    g_array_append_val(list, one);
}

/* "xen-3.0-x86_64 hvm-3.0-x86_32p": Xen says in which mode it runs what (libvirt: libxl_capabilities.c reads the same). */
static void add_xen(GArray *list, const Host *host)
{
    static const struct {
        const char *in_caps, *arch;
    } words[] = {{"-x86_64", "x86_64"}, {"-x86_32", "i686"}, {"-x86_32p", "i686"}, {"-aarch64", "aarch64"}, {"-armv7l", "armv7l"}};
    g_auto(GStrv) caps = g_strsplit(host->xen.caps ? host->xen.caps : "", " ", -1);
    for (char **cap = caps; *cap; cap++) {
        bool pv = g_str_has_prefix(*cap, "xen-"), hvm = g_str_has_prefix(*cap, "hvm-");
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
            if (g_str_has_suffix(*cap, words[i].in_caps) && ((pv && host->xen.pv) || (hvm && host->xen.hvm)))
                add(list, words[i].arch, "xen", pv ? "xen" : "hvm");
    }
    if (host->xen.pvh) /* no word of nova's: an extension, as in decide.c */
        add(list, host->arch, "xen", "pvh");
}

/* A machine of type kvm lists qemu too: nova's master takes every type that libvirt names, 18.1.0 only its own
 * (driver.py 5804-5816), against which images that say qemu, as Glance's documents advise, fit nowhere. */
static void add_kvm(GArray *list, const Host *host, bool kvm)
{
    const char *const archs[] = {host->arch, g_str_equal(host->arch, "x86_64") ? "i686" : NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(archs) && archs[i]; i++) {
        if (kvm)
            add(list, archs[i], "kvm", "hvm");
        add(list, archs[i], "qemu", "hvm");
    }
}

static const char *member(const Supported *one, gsize i)
{
    return G_STRUCT_MEMBER(const char *, one, compared[i].offset);
}

/* How many of the properties that are set differ. */
static guint differences(const ImageMeta *image, const Supported *one)
{
    guint count = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(compared); i++) {
        const char *word = image_meta_get(image, compared[i].property);
        count += word && !g_str_equal(word, member(one, i));
    }
    return count;
}

/* Against the instance that is nearest: "hypervisor_type=xen (not kvm), vm_mode=xen (not hvm)". */
static char *describe(const ImageMeta *image, const Supported *nearest)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(compared); i++) {
        const ImageProperty *property = image_meta_find(image, compared[i].property);
        if (property && !g_str_equal(property->value, member(nearest, i)))
            g_ptr_array_add(parts, g_strdup_printf("%s=%.40s (not %s)", property->given_name, property->given_value, member(nearest, i)));
    }
    g_ptr_array_add(parts, NULL);
    return g_strjoinv(", ", (GStrv)parts->pdata);
}

static void filter(CanRun *answer, const ImageMeta *image, const Host *host)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(Supported));
    if (g_str_equal(answer->backend, "xen"))
        add_xen(list, host);
    else
        add_kvm(list, host, g_str_equal(answer->backend, "kvm"));

    const Supported *nearest = NULL;
    for (guint i = 0; i < list->len; i++) {
        const Supported *one = &g_array_index(list, Supported, i);
        g_ptr_array_add(answer->supported, g_strjoin(" ", one->arch, one->type, one->mode, NULL));
        if (!nearest || differences(image, one) < differences(image, nearest))
            nearest = one;
    }
    if (!nearest) {
        g_ptr_array_add(answer->because, g_strdup("it does not say what it runs (nova: a host without supported instances fits no image)"));
        return;
    }
    if (differences(image, nearest) == 0)
        return;
    g_autofree char *differs = describe(image, nearest);
    g_autofree char *all_the_same = answer->guest ? g_strdup_printf("; create would run it all the same, as %s", vm_mode_name(answer->guest->mode))
                                                  : g_strdup("");
    g_ptr_array_add(answer->because, g_strdup_printf("nova's image properties filter: %s%s", differs, all_the_same));
}

/* decide() says it of a guest; here it is about the image. */
static void add_refusals(CanRun *answer, const Request *request, const GError *error)
{
    g_autofree char *prefix = g_strdup_printf("guest \"%s\": ", request->name);
    g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
    for (char **line = lines; *line; line++)
        g_ptr_array_add(answer->because, g_strdup(g_str_has_prefix(*line, prefix) ? *line + strlen(prefix) : *line));
}

CanRun *can_run(const Request *request, const ImageMeta *image, const Host *host, const Policy *policy, const char *backend, bool strict)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ImageMeta) empty = image ? NULL : image_meta_new();
    CanRun *answer = g_new0(CanRun, 1);
    answer->supported = g_ptr_array_new_with_free_func(g_free);
    answer->because = g_ptr_array_new_with_free_func(g_free);
    const char *doubt = backend ? host_doubt(host, backend) : NULL;
    answer->backend = doubt ? NULL : g_strdup(backend ? backend : host_best_backend(host, &error));
    if (!answer->backend) {
        g_ptr_array_add(answer->because, g_strdup(doubt ? doubt : error->message));
        return answer;
    }
    answer->guest = decide(request, image, host, policy, answer->backend, strict, &error);
    filter(answer, image ? image : empty, host);
    answer->can = answer->guest && answer->because->len == 0;
    if (!answer->guest)
        add_refusals(answer, request, error);
    return answer;
}
