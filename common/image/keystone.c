/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/keystone.h"

#include <string.h>

#include "common/error.h"
#include "common/image/http-text.h"
#include "common/json-strict.h"
#include "common/json.h"

static const JsonStrictLimits limits = {.max_bytes = HTTP_TEXT_MAX, .max_depth = 16};

static void forget(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    g_free(secret);
}

void keystone_session_free(KeystoneSession *session)
{
    if (!session)
        return;
    forget(session->token);
    g_free(session->endpoint);
    g_free(session);
}

/* --- URLs */

/* A service's URL without slashes at its end, and its last word in *last (of the same text, NULL: only a host). */
static char *trimmed(const char *url, const char **last)
{
    char *copy = g_strdup(url);
    for (gsize length = strlen(copy); length && copy[length - 1] == '/';)
        copy[--length] = '\0';
    char *host = strstr(copy, "://");
    char *slash = host ? strrchr(host + 3, '/') : NULL;
    *last = slash ? slash + 1 : NULL;
    return copy;
}

static bool is_version(const char *word, char number)
{
    return word && word[0] == 'v' && word[1] == number && (word[2] == '\0' || word[2] == '.');
}

static char *wrong_url(const char *url, const char *what, GError **error)
{
    g_autofree char *shown = http_url_shown(url);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s", shown, what);
    return NULL;
}

static bool is_http(const char *url)
{
    return (g_str_has_prefix(url, "http://") || g_str_has_prefix(url, "https://")) && http_same_origin(url, url) && !strpbrk(url, "?#");
}

char *keystone_url(const char *auth_url, GError **error)
{
    const char *last = NULL;
    if (!is_http(auth_url))
        return wrong_url(auth_url, "Keystone's URL is http:// or https:// with a host; correct OS_AUTH_URL or auth_url", error);
    g_autofree char *url = trimmed(auth_url, &last);
    if (is_version(last, '2'))
        return wrong_url(auth_url, "Keystone's API 2 has gone; end OS_AUTH_URL or auth_url with /v3", error);
    return is_version(last, '3') ? g_steal_pointer(&url) : g_strconcat(url, "/v3", NULL);
}

char *glance_base_url(const char *endpoint, GError **error)
{
    const char *last = NULL;
    if (!is_http(endpoint))
        return wrong_url(endpoint, "the image service's URL is http:// or https:// with a host", error);
    g_autofree char *url = trimmed(endpoint, &last);
    if (is_version(last, '1'))
        return wrong_url(endpoint, "the image service's API 1 is not spoken here; name the URL without a version", error);
    if (is_version(last, '2'))
        url[last - url - 1] = '\0';
    return g_steal_pointer(&url);
}

/* --- the request */

static void add_if(JsonBuilder *builder, const char *name, const char *value)
{
    if (value)
        json_add_string(builder, name, value);
}

static void begin(JsonBuilder *builder, const char *name)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_object(builder);
}

static void add_domain(JsonBuilder *builder, const char *id, const char *name)
{
    begin(builder, "domain");
    if (id)
        json_add_string(builder, "id", id);
    else
        json_add_string(builder, "name", name);
    json_builder_end_object(builder);
}

/* A user's or project's domain; who names none means the default one, whose id has been "default" since Keystone has domains. */
static void add_owner(JsonBuilder *builder, const Cloud *cloud, const char *id, const char *name)
{
    if (id || name)
        add_domain(builder, id, name);
    else if (cloud->default_domain_name && !cloud->default_domain_id)
        add_domain(builder, NULL, cloud->default_domain_name);
    else
        add_domain(builder, cloud->default_domain_id ? cloud->default_domain_id : "default", NULL);
}

static void add_user(JsonBuilder *builder, const Cloud *cloud)
{
    begin(builder, "user");
    add_if(builder, "id", cloud->user_id);
    if (!cloud->user_id) {
        add_if(builder, "name", cloud->username);
        add_owner(builder, cloud, cloud->user_domain_id, cloud->user_domain_name);
    }
    if (cloud->auth == CLOUD_AUTH_PASSWORD)
        json_add_string(builder, "password", cloud->password);
    json_builder_end_object(builder);
}

static void add_credential(JsonBuilder *builder, const Cloud *cloud)
{
    begin(builder, "application_credential");
    add_if(builder, "id", cloud->credential_id);
    json_add_string(builder, "secret", cloud->credential_secret);
    if (!cloud->credential_id) {
        json_add_string(builder, "name", cloud->credential_name);
        add_user(builder, cloud);
    }
    json_builder_end_object(builder);
}

/* An application credential has its project in itself: a scope would be refused. */
static void add_scope(JsonBuilder *builder, const Cloud *cloud)
{
    if (cloud->auth == CLOUD_AUTH_CREDENTIAL ||
        !(cloud->system_scope || cloud->project_id || cloud->project_name || cloud->domain_id || cloud->domain_name))
        return;
    begin(builder, "scope");
    if (cloud->system_scope) {
        begin(builder, "system");
        json_add_bool(builder, "all", true);
        json_builder_end_object(builder);
    } else if (cloud->project_id || cloud->project_name) {
        begin(builder, "project");
        add_if(builder, "id", cloud->project_id);
        if (!cloud->project_id) {
            json_add_string(builder, "name", cloud->project_name);
            add_owner(builder, cloud, cloud->project_domain_id, cloud->project_domain_name);
        }
        json_builder_end_object(builder);
    } else {
        add_domain(builder, cloud->domain_id, cloud->domain_name);
    }
    json_builder_end_object(builder);
}

char *keystone_request(const Cloud *cloud)
{
    const char *method = cloud->auth == CLOUD_AUTH_CREDENTIAL ? "application_credential" : "password";
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    begin(builder, "auth");
    begin(builder, "identity");
    json_add_strings(builder, "methods", (const char *const[]){method, NULL});
    if (cloud->auth == CLOUD_AUTH_CREDENTIAL) {
        add_credential(builder, cloud);
    } else {
        begin(builder, "password");
        add_user(builder, cloud);
        json_builder_end_object(builder);
    }
    json_builder_end_object(builder);
    add_scope(builder, cloud);
    json_builder_end_object(builder);
    json_builder_end_object(builder);
    return json_finish(builder, false);
}

/* --- the catalog */

static const char *text_member(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;
    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

static JsonArray *array_member(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static JsonObject *object_at(JsonArray *array, guint index)
{
    JsonNode *node = json_array_get_element(array, index);
    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static bool fits(JsonObject *endpoint, const Cloud *cloud)
{
    const char *interface = text_member(endpoint, "interface");
    const char *region = text_member(endpoint, "region_id");
    region = region ? region : text_member(endpoint, "region");
    return g_strcmp0(interface, cloud->interface ? cloud->interface : "public") == 0 &&
           (!cloud->region || g_strcmp0(region, cloud->region) == 0);
}

/* "public in RegionOne, admin in RegionOne": what there is instead. */
static void describe(GString *found, JsonObject *endpoint)
{
    const char *interface = text_member(endpoint, "interface"), *region = text_member(endpoint, "region");
    if (!interface || found->len > 200)
        return;
    g_autofree char *where = json_strict_shown(region ? region : "?", strlen(region ? region : "?"));
    g_autofree char *which = json_strict_shown(interface, strlen(interface));
    g_string_append_printf(found, "%s%s in %s", found->len ? ", " : "", which, where);
}

static const char *find_endpoint(JsonArray *catalog, const Cloud *cloud, GString *found)
{
    for (guint i = 0; i < json_array_get_length(catalog); i++) {
        JsonObject *service = object_at(catalog, i);
        JsonArray *endpoints = g_strcmp0(text_member(service, "type"), "image") == 0 ? array_member(service, "endpoints") : NULL;
        for (guint e = 0; endpoints && e < json_array_get_length(endpoints); e++) {
            JsonObject *endpoint = object_at(endpoints, e);
            const char *url = text_member(endpoint, "url");
            if (url && fits(endpoint, cloud))
                return url;
            describe(found, endpoint);
        }
    }
    return NULL;
}

char *keystone_endpoint(const char *answer, gsize length, const Cloud *cloud, GError **error)
{
    g_autoptr(JsonNode) root = json_strict_parse(answer, length, &limits, error);
    if (!root) {
        g_prefix_error(error, "%s: Keystone's answer: ", cloud->source);
        return NULL;
    }
    JsonObject *object = JSON_NODE_HOLDS_OBJECT(root) ? json_node_get_object(root) : NULL;
    JsonNode *token = object ? json_object_get_member(object, "token") : NULL;
    JsonArray *catalog = array_member(token && JSON_NODE_HOLDS_OBJECT(token) ? json_node_get_object(token) : object, "catalog");
    if (!catalog) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID,
                    "%s: Keystone gives no catalog, as without a project; name one by OS_PROJECT_NAME or project_name", cloud->source);
        return NULL;
    }
    g_autoptr(GString) found = g_string_new(NULL);
    const char *url = find_endpoint(catalog, cloud, found);
    if (url)
        return glance_base_url(url, error);
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_NOT_FOUND,
                "%s: its catalog has no image service with the interface %s%s%s; there is: %s. Correct OS_REGION_NAME and OS_INTERFACE, or "
                "give the URL in OS_IMAGE_ENDPOINT_OVERRIDE",
                cloud->source, cloud->interface ? cloud->interface : "public", cloud->region ? " in region " : "",
                cloud->region ? cloud->region : "", found->len ? found->str : "none");
    return NULL;
}

/* --- asking */

static bool refused(const HttpAnswer *answer, const Cloud *cloud, const char *remedy, GError **error)
{
    g_autofree char *doing = g_strdup_printf("%s: Keystone refuses", cloud->source);
    http_set_error(error, answer, doing);
    if (error && *error && answer->status == 401) {
        g_autofree char *said = g_steal_pointer(&(*error)->message);
        (*error)->message = g_strdup_printf("%s; %s", said, remedy);
    }
    return false;
}

static bool get_token(const Cloud *cloud, KeystoneSession *session, GCancellable *cancel, GError **error)
{
    g_autofree char *base = keystone_url(cloud->auth_url, error);
    if (!base)
        return false;
    g_autofree char *url = g_strconcat(base, "/auth/tokens", NULL);
    char *body = keystone_request(cloud);
    const HttpRequest request = {.method = "POST", .url = url, .type = "application/json", .body = body};
    const HttpPeer peer = cloud_peer(cloud);
    g_autoptr(HttpAnswer) answer = http_ask(&request, &peer, NULL, cancel, error);
    forget(body);
    if (!answer)
        return false;
    if (answer->status != 201)
        return refused(answer, cloud, "check the user, the domain and the password or credential", error);
    if (!answer->subject_token || !*answer->subject_token) {
        g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_INVALID, "%s: %s gives no token: is it Keystone's URL?", cloud->source, base);
        return false;
    }
    session->token = g_steal_pointer(&answer->subject_token);
    const char *endpoint = cloud_image_endpoint(cloud);
    session->endpoint = endpoint ? glance_base_url(endpoint, error) : keystone_endpoint(answer->body->str, answer->body->len, cloud, error);
    return session->endpoint != NULL;
}

/* Of a token that we were given: it may ask for the catalog itself. */
static bool get_catalog(const Cloud *cloud, KeystoneSession *session, GCancellable *cancel, GError **error)
{
    g_autofree char *base = keystone_url(cloud->auth_url, error);
    if (!base)
        return false;
    g_autofree char *url = g_strconcat(base, "/auth/tokens", NULL);
    const HttpRequest request = {.url = url, .token = cloud->token, .subject = cloud->token};
    const HttpPeer peer = cloud_peer(cloud);
    g_autoptr(HttpAnswer) answer = http_ask(&request, &peer, NULL, cancel, error);
    if (!answer)
        return false;
    if (answer->status != 200)
        return refused(answer, cloud, "OS_TOKEN has expired or was revoked; get a new one: openstack token issue -f value -c id", error);
    session->endpoint = keystone_endpoint(answer->body->str, answer->body->len, cloud, error);
    return session->endpoint != NULL;
}

KeystoneSession *keystone_open(const Cloud *cloud, GCancellable *cancel, GError **error)
{
    g_autoptr(KeystoneSession) session = g_new0(KeystoneSession, 1);
    const char *endpoint = cloud_image_endpoint(cloud);
    bool done = false;
    switch (cloud->auth) {
    case CLOUD_AUTH_NONE: done = (session->endpoint = glance_base_url(endpoint, error)); break;
    case CLOUD_AUTH_TOKEN:
        session->token = g_strdup(cloud->token);
        done = endpoint ? (session->endpoint = glance_base_url(endpoint, error)) != NULL : get_catalog(cloud, session, cancel, error);
        break;
    case CLOUD_AUTH_PASSWORD:
    case CLOUD_AUTH_CREDENTIAL: done = get_token(cloud, session, cancel, error); break;
    }
    return done ? g_steal_pointer(&session) : NULL;
}
