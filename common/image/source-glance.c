/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "common/error.h"
#include "common/image/download.h"
#include "common/image/glance-json.h"
#include "common/image/glance.h"
#include "common/image/meta.h"
#include "common/image/signature.h"
#include "common/image/source.h"
#include "common/json-strict.h"

/* An image of the image service. */
typedef struct GlanceSource {
    ImageSource base;
    Glance *glance;
    ImageSignature *signature; /* NULL: none, or nobody wants to know */
} GlanceSource;

static HttpAnswer *ask(void *data, const HttpRequest *request, bool *cut, GCancellable *cancel, GError **error)
{
    const GlanceSource *source = data;
    return glance_content(source->glance, source->base.id, request, cut, cancel, error);
}

static bool read_content(ImageSource *base, guint64 offset, guint64 *from, ImageSink *sink, void *data, GCancellable *cancel, GError **error)
{
    const Download download = {.ask = ask, .data = base, .subject = base->text, .size = base->size};
    *from = offset;
    return download_run(&download, offset, sink, data, cancel, error);
}

static bool verify(ImageSource *base, int fd, GCancellable *cancel, GError **error)
{
    const GlanceSource *source = (GlanceSource *)base;
    if (image_signature_check(source->signature, fd, cancel, error))
        return true;
    g_prefix_error(error, "%s: ", base->text);
    return false;
}

static void free_source(ImageSource *base)
{
    GlanceSource *source = (GlanceSource *)base;
    glance_free(source->glance);
    image_signature_free(source->signature);
    g_free(source);
}

static bool is_hex(const char *text)
{
    return *text && text[strspn(text, "0123456789abcdef")] == '\0';
}

static void warn(ImageSource *base, const char *field, const char *value, const char *because)
{
    reason_add(base->reasons, field, value, SEVERITY_WARNING, "%s", because);
}

/* os_hash_algo says which; images from before Glance had it have "checksum" alone, which is MD5. The names are free in Glance:
 * one that is not known is an error, since not to look would be what an attacker wants. */
static bool read_hash(ImageSource *base, JsonObject *document, GError **error)
{
    static const char *const good[] = {"sha256", "sha384", "sha512", NULL}, *const weak[] = {"md5", "sha1", NULL};
    const char *name = glance_text(document, "os_hash_algo"), *value = glance_text(document, "os_hash_value");
    if (!*name && !*value) {
        name = "md5";
        value = glance_text(document, "checksum");
    }
    if (!*value) {
        warn(base, "hash", "none", "the image service gives no hash: what is downloaded cannot be verified");
        return true;
    }
    g_autofree char *shown = json_strict_shown(name, strlen(name));
    g_autofree char *lower = g_ascii_strdown(value, -1);
    if ((!g_strv_contains(good, name) && !g_strv_contains(weak, name)) || !is_hex(lower)) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "its os_hash_algo \"%s\" is not known here, or os_hash_value is no "
                    "such hash, so it cannot be verified (sha256, sha384 and sha512 are known); upload the image anew", shown);
        return false;
    }
    if (g_strv_contains(weak, name))
        warn(base, "hash", name, "a hash that can be forged, and the only one that the image service gives");
    base->hash_algo = g_strdup(name);
    base->hash_value = g_steal_pointer(&lower);
    return true;
}

static bool read_signature(GlanceSource *source, JsonObject *document, const ImageSourceOptions *options, GError **error)
{
    if (!image_signature_is_there(document))
        return true;
    if (options && options->no_signature) {
        warn(&source->base, "signature", "not verified", "--no-signature");
        return true;
    }
    source->signature = image_signature_open(document, options && options->certs ? options->certs : "/etc/guestctl/certs", error);
    source->base.verify = verify;
    return source->signature != NULL;
}

static void read_size(ImageSource *base, JsonObject *document)
{
    JsonNode *size = json_object_get_member(document, "size");
    bool known = size && JSON_NODE_HOLDS_VALUE(size) && json_node_get_value_type(size) == G_TYPE_INT64 && json_node_get_int(size) >= 0;
    base->size = known ? json_node_get_int(size) : -1;
}

/* nova's rule: an image that is not active is no image (ImageNotActive). */
static bool is_active(JsonObject *document, GError **error)
{
    const char *status = glance_text(document, "status");
    if (g_str_equal(status, "active"))
        return true;
    g_autofree char *shown = json_strict_shown(status, strlen(status));
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "its status is \"%s\", and only an active image has data that may be used", shown);
    return false;
}

static bool read_document(GlanceSource *source, const ImageSourceOptions *options, GError **error)
{
    ImageSource *base = &source->base;
    g_autoptr(JsonNode) root = glance_parse(base->document, strlen(base->document), IMAGE_META_MAX, error);
    if (!root)
        return false;
    JsonObject *document = json_node_get_object(root);
    base->id = g_ascii_strdown(glance_text(document, "id"), -1);
    base->name = *glance_text(document, "name") ? g_strdup(glance_text(document, "name")) : NULL;
    read_size(base, document);
    if (!is_active(document, error) || !read_hash(base, document, error) || !read_signature(source, document, options, error))
        return false;
    /* The data of an active image never change; its properties may. */
    base->key = g_strdup_printf("glance %s %s", base->id, base->hash_value ? base->hash_value : "-");
    return true;
}

ImageSource *image_source_glance(const char *name_or_id, const ImageSourceOptions *options, GCancellable *cancel, GError **error)
{
    g_auto(GStrv) environment = g_get_environ();
    g_autoptr(Glance) glance = glance_open(environment, cancel, error);
    char *document = glance ? glance_show(glance, name_or_id, cancel, error) : NULL;
    if (!document)
        return NULL;
    GlanceSource *source = g_new0(GlanceSource, 1);
    g_autofree char *shown = json_strict_shown(name_or_id, strlen(name_or_id));
    source->base = (ImageSource){.text = g_strconcat("glance:", shown, NULL), .document = document, .fd = -1, .read = read_content, .free = free_source};
    source->base.reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    if (glance_cloud(glance)->insecure)
        warn(&source->base, "tls", "not verified", "OS_INSECURE or verify: false; anybody on the way can be the image service");
    source->glance = g_steal_pointer(&glance);
    if (read_document(source, options, error))
        return &source->base;
    g_prefix_error(error, "%s: ", source->base.text);
    image_source_free(&source->base);
    return NULL;
}
