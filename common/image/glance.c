/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/glance.h"

#include <string.h>

#include "common/error.h"
#include "common/image/glance-json.h"
#include "common/image/keystone.h"
#include "common/image/meta.h"
#include "common/json-strict.h"
#include "common/json.h"

#define PATCH_TYPE "application/openstack-images-v2.1-json-patch"

enum { PAGE = 50 }; /* images; their documents of at most 64 KiB each fit into HTTP_TEXT_MAX */

struct Glance {
    Cloud *cloud;
    KeystoneSession *session;
};

void glance_free(Glance *glance)
{
    if (!glance)
        return;
    cloud_free(glance->cloud);
    keystone_session_free(glance->session);
    g_free(glance);
}

Glance *glance_open(char **environment, GCancellable *cancel, GError **error)
{
    g_autoptr(Glance) glance = g_new0(Glance, 1);
    glance->cloud = cloud_load(environment, error);
    if (!glance->cloud)
        return NULL;
    glance->session = keystone_open(glance->cloud, cancel, error);
    return glance->session ? g_steal_pointer(&glance) : NULL;
}

const Cloud *glance_cloud(const Glance *glance)
{
    return glance->cloud;
}

/* --- asking */

static bool can_renew(const Glance *glance)
{
    return glance->cloud->auth == CLOUD_AUTH_PASSWORD || glance->cloud->auth == CLOUD_AUTH_CREDENTIAL;
}

static HttpAnswer *ask_once(const Glance *glance, HttpRequest request, const char *path, bool *cut, GCancellable *cancel, GError **error)
{
    g_autofree char *url = g_strconcat(glance->session->endpoint, path, NULL);
    const HttpPeer peer = cloud_peer(glance->cloud);
    request.url = url;
    request.token = glance->session->token;
    return http_ask(&request, &peer, cut, cancel, error);
}

static HttpAnswer *ask(Glance *glance, const HttpRequest *request, const char *path, bool *cut, GCancellable *cancel, GError **error)
{
    g_autoptr(HttpAnswer) answer = ask_once(glance, *request, path, cut, cancel, error);
    if (!answer || answer->status != 401 || !can_renew(glance))
        return g_steal_pointer(&answer);
    KeystoneSession *renewed = keystone_open(glance->cloud, cancel, error);
    if (!renewed)
        return NULL;
    keystone_session_free(glance->session);
    glance->session = renewed;
    return ask_once(glance, *request, path, cut, cancel, error);
}

static void refused(const Glance *glance, const HttpAnswer *answer, const char *subject, GError **error)
{
    static const struct {
        CloudAuth auth;
        const char *remedy;
    } remedies[] = {
        {CLOUD_AUTH_NONE, "the image service wants a token; name its Keystone by OS_AUTH_URL or a cloud of clouds.yaml"},
        {CLOUD_AUTH_TOKEN, "OS_TOKEN has expired or was revoked; get a new one: openstack token issue -f value -c id"},
        {CLOUD_AUTH_PASSWORD, "a new token is not taken either: does the image service use this Keystone, and are the clocks right?"},
        {CLOUD_AUTH_CREDENTIAL, "a new token is not taken either: does the image service use this Keystone, and are the clocks right?"},
    };
    http_set_error(error, answer, subject);
    for (gsize i = 0; error && answer->status == 401 && i < G_N_ELEMENTS(remedies); i++)
        if (remedies[i].auth == glance->cloud->auth) {
            g_autofree char *said = g_steal_pointer(&(*error)->message);
            (*error)->message = g_strdup_printf("%s; %s", said, remedies[i].remedy);
        }
}

static char *subject_of(const char *name_or_id)
{
    g_autofree char *shown = json_strict_shown(name_or_id, strlen(name_or_id));
    return g_strdup_printf("image \"%s\"", shown);
}

/* --- documents */

static char *take_document(const HttpAnswer *answer, const char *id, const char *subject, GError **error)
{
    g_autoptr(JsonNode) root = glance_parse(answer->body->str, answer->body->len, IMAGE_META_MAX, error);
    bool good = root && glance_has_good_id(json_node_get_object(root), error);
    if (good && g_ascii_strcasecmp(glance_text(json_node_get_object(root), "id"), id) != 0) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "the image service answers with another image");
        good = false;
    }
    if (!good) {
        g_prefix_error(error, "%s: ", subject);
        return NULL;
    }
    return g_strndup(answer->body->str, answer->body->len);
}

/* *missing is true, without an error, when there is no image of that id. */
static char *get_by_id(Glance *glance, const char *id, bool *missing, GCancellable *cancel, GError **error)
{
    g_autofree char *subject = subject_of(id);
    g_autofree char *path = g_strconcat("/v2/images/", id, NULL);
    const HttpRequest request = {0};
    g_autoptr(HttpAnswer) answer = ask(glance, &request, path, NULL, cancel, error);
    if (!answer)
        return NULL;
    *missing = answer->status == 404;
    if (answer->status == 200)
        return take_document(answer, id, subject, error);
    if (!*missing)
        refused(glance, answer, subject, error);
    return NULL;
}

/* --- lists */

static void free_node(void *node)
{
    json_node_unref(node);
}

static int by_name(gconstpointer a, gconstpointer b)
{
    JsonObject *one = json_node_get_object(*(JsonNode *const *)a), *other = json_node_get_object(*(JsonNode *const *)b);
    int order = strcmp(glance_text(one, "name"), glance_text(other, "name"));
    return order ? order : strcmp(glance_text(one, "id"), glance_text(other, "id"));
}

static bool query_add(GString *query, const char *key, const char *value)
{
    g_string_append_c(query, '&');
    g_string_append_uri_escaped(query, key, NULL, FALSE);
    g_string_append_c(query, '=');
    g_string_append_uri_escaped(query, value, NULL, FALSE);
    return true;
}

static char *first_page(const char *name, const char *const *filters, GError **error)
{
    g_autoptr(GString) path = g_string_new(NULL);
    g_string_printf(path, "/v2/images?limit=%d", (int)PAGE);
    if (name)
        query_add(path, "name", name);
    for (; filters && *filters; filters++) {
        g_autofree char *key = NULL, *value = NULL;
        if (!glance_split(*filters, &key, &value, error))
            return NULL;
        query_add(path, key, value);
    }
    return g_strdup(path->str);
}

static bool read_pages(Glance *glance, char *path, GPtrArray *images, GCancellable *cancel, GError **error)
{
    static const char *const subject = "the list of images";
    g_autofree char *next = path;
    while (next) {
        const HttpRequest request = {0};
        g_autoptr(HttpAnswer) answer = ask(glance, &request, next, NULL, cancel, error);
        g_clear_pointer(&next, g_free);
        if (!answer)
            return false;
        if (answer->status != 200) {
            refused(glance, answer, subject, error);
            return false;
        }
        if (!glance_page(answer->body->str, answer->body->len, images, &next, error)) {
            g_prefix_error(error, "%s: ", subject);
            return false;
        }
        if (images->len > GLANCE_LIST_MAX) {
            g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: more than %d images; filter them by --property or --name", subject,
                        (int)GLANCE_LIST_MAX);
            return false;
        }
    }
    return true;
}

GPtrArray *glance_list(Glance *glance, const char *name, const char *const *filters, GCancellable *cancel, GError **error)
{
    g_autoptr(GPtrArray) images = g_ptr_array_new_with_free_func(free_node);
    char *path = first_page(name, filters, error);
    if (!path || !read_pages(glance, path, images, cancel, error))
        return NULL;
    g_ptr_array_sort(images, by_name);
    return g_steal_pointer(&images);
}

/* --- one by name */

/* Owned by the caller. */
static char *id_of_name(Glance *glance, const char *name, const char *subject, GCancellable *cancel, GError **error)
{
    g_autoptr(GPtrArray) images = glance_list(glance, name, NULL, cancel, error);
    g_autoptr(GString) ids = g_string_new(NULL);
    const char *id = NULL;
    guint count = 0;
    for (guint i = 0; images && i < images->len; i++) {
        JsonObject *image = json_node_get_object(images->pdata[i]);
        if (!g_str_equal(glance_text(image, "name"), name)) /* Glance takes "in:a,b" for a choice */
            continue;
        id = glance_text(image, "id");
        if (count++ < 8)
            g_string_append_printf(ids, "%s%s", ids->len ? ", " : "", id);
    }
    if (count == 1)
        return g_strdup(id);
    if (images && !count)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s: the image service shows us none of that name or id (we are: %s); "
                    "see: guestctl image list --remote", subject, glance->cloud->source);
    else if (images)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %u images have that name; use the id of one: %s", subject, count,
                    ids->str);
    return NULL;
}

char *glance_show(Glance *glance, const char *name_or_id, GCancellable *cancel, GError **error)
{
    g_autofree char *subject = subject_of(name_or_id);
    bool missing = false;
    if (g_uuid_string_is_valid(name_or_id)) {
        char *document = get_by_id(glance, name_or_id, &missing, cancel, error);
        if (document || !missing)
            return document;
    }
    g_autofree char *id = id_of_name(glance, name_or_id, subject, cancel, error);
    if (!id)
        return NULL;
    missing = false;
    char *document = get_by_id(glance, id, &missing, cancel, error);
    if (missing)
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND, "%s: it was deleted just now", subject);
    return document;
}

/* --- changes */

char *glance_change(Glance *glance, const char *name_or_id, const char *const *changes, GCancellable *cancel, GError **error)
{
    g_autofree char *subject = subject_of(name_or_id);
    g_autofree char *document = glance_show(glance, name_or_id, cancel, error);
    if (!document)
        return NULL;
    g_autofree char *patch = glance_patch(document, changes, error);
    if (!patch) {
        g_prefix_error(error, "%s: ", subject);
        return NULL;
    }
    g_autoptr(JsonNode) root = glance_parse(document, strlen(document), IMAGE_META_MAX, NULL);
    const char *id = glance_text(json_node_get_object(root), "id");
    g_autofree char *path = g_strconcat("/v2/images/", id, NULL);
    const HttpRequest request = {.method = "PATCH", .type = PATCH_TYPE, .body = patch};
    g_autoptr(HttpAnswer) answer = ask(glance, &request, path, NULL, cancel, error);
    if (!answer)
        return NULL;
    if (answer->status == 200)
        return take_document(answer, id, subject, error);
    refused(glance, answer, subject, error);
    return NULL;
}

HttpAnswer *glance_content(Glance *glance, const char *id, const HttpRequest *request, bool *cut, GCancellable *cancel, GError **error)
{
    g_autofree char *path = g_strconcat("/v2/images/", id, "/file", NULL);
    g_autoptr(HttpAnswer) answer = ask(glance, request, path, cut, cancel, error);
    if (!answer || answer->status == 200 || answer->status == 206)
        return g_steal_pointer(&answer);
    g_autofree char *subject = subject_of(id);
    refused(glance, answer, answer->status == 204 ? "the image has no data" : subject, error);
    return NULL;
}
