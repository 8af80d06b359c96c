/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/clouds.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/json-strict.h"
#include "common/suggest.h"
#include "common/yaml-text.h"

#define AT(member) offsetof(Cloud, member)

/* Each setting: its key in a cloud of clouds.yaml ("auth.": in its auth section), and its variables, the first one wins. */
static const struct {
    gsize offset;
    const char *key;
    const char *variables[3];
} settings[] = {
    {AT(auth_type), "auth_type", {"OS_AUTH_TYPE"}},
    {AT(auth_url), "auth.auth_url", {"OS_AUTH_URL"}},
    {AT(username), "auth.username", {"OS_USERNAME"}},
    {AT(user_id), "auth.user_id", {"OS_USER_ID"}},
    {AT(user_domain_name), "auth.user_domain_name", {"OS_USER_DOMAIN_NAME"}},
    {AT(user_domain_id), "auth.user_domain_id", {"OS_USER_DOMAIN_ID"}},
    {AT(password), "auth.password", {"OS_PASSWORD"}},
    {AT(project_name), "auth.project_name", {"OS_PROJECT_NAME", "OS_TENANT_NAME"}},
    {AT(project_id), "auth.project_id", {"OS_PROJECT_ID", "OS_TENANT_ID"}},
    {AT(project_domain_name), "auth.project_domain_name", {"OS_PROJECT_DOMAIN_NAME"}},
    {AT(project_domain_id), "auth.project_domain_id", {"OS_PROJECT_DOMAIN_ID"}},
    {AT(domain_name), "auth.domain_name", {"OS_DOMAIN_NAME"}},
    {AT(domain_id), "auth.domain_id", {"OS_DOMAIN_ID"}},
    {AT(default_domain_name), "auth.default_domain_name", {"OS_DEFAULT_DOMAIN_NAME"}},
    {AT(default_domain_id), "auth.default_domain_id", {"OS_DEFAULT_DOMAIN_ID", "OS_DEFAULT_DOMAIN"}},
    {AT(system_scope), "auth.system_scope", {"OS_SYSTEM_SCOPE"}},
    {AT(credential_id), "auth.application_credential_id", {"OS_APPLICATION_CREDENTIAL_ID"}},
    {AT(credential_name), "auth.application_credential_name", {"OS_APPLICATION_CREDENTIAL_NAME"}},
    {AT(credential_secret), "auth.application_credential_secret", {"OS_APPLICATION_CREDENTIAL_SECRET"}},
    {AT(token), "auth.token", {"OS_TOKEN", "OS_AUTH_TOKEN"}},
    {AT(endpoint), "auth.endpoint", {"OS_ENDPOINT", "OS_ENDPOINT_OVERRIDE"}},
    {AT(image_endpoint), "image_endpoint_override", {"OS_IMAGE_ENDPOINT_OVERRIDE", "OS_IMAGE_ENDPOINT"}},
    {AT(region), "region_name", {"OS_REGION_NAME"}},
    {AT(interface), "interface", {"OS_INTERFACE", "OS_ENDPOINT_TYPE"}},
    {AT(identity_version), "identity_api_version", {"OS_IDENTITY_API_VERSION"}},
    {AT(profile), "profile", {NULL}},
    {AT(verify), "verify", {NULL}},
    {AT(unsafe), "insecure", {"OS_INSECURE"}},
    {AT(cacert), "cacert", {"OS_CACERT"}},
    {AT(cert), "cert", {"OS_CERT"}},
    {AT(key), "key", {"OS_KEY"}},
};

static char **place(Cloud *cloud, gsize index)
{
    return &G_STRUCT_MEMBER(char *, cloud, settings[index].offset);
}

void cloud_free(Cloud *cloud)
{
    if (!cloud)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
        g_free(*place(cloud, i));
    g_free(cloud->source);
    g_free(cloud);
}

G_GNUC_PRINTF(3, 4)
static bool refuse(GError **error, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, GUESTCTL_ERROR, code, message);
    return false;
}

/* --- files */

/* One that others can write would send our password where they like: ./clouds.yaml is read too. */
static bool is_ours(int fd, const char *path, GError **error)
{
    struct stat status;
    if (fstat(fd, &status) < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return refuse(error, GUESTCTL_ERROR_DENIED, "%s: it belongs to user %u, and would say where our password is sent; own it, or name "
                      "another with OS_CLIENT_CONFIG_FILE", path, (unsigned)status.st_uid);
    if (status.st_mode & S_IWOTH)
        return refuse(error, GUESTCTL_ERROR_DENIED, "%s: everybody can write it; use chmod o-w", path);
    return true;
}

/* *root stays NULL when there is no such file. */
static bool load_yaml(const char *path, JsonNode **root, GError **error)
{
    Fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0) {
        error_set_errno(error, errno, "%s", path);
        return false;
    }
    gsize length = 0;
    g_autofree char *text = is_ours(fd, path, error) ? file_read_open(fd, path, YAML_MAX, &length, error) : NULL;
    return text && (*root = yaml_parse(text, length, path, error));
}

/* The first of DIR/NAME.yaml and DIR/NAME.yml, DIR in openstacksdk's order; *root stays NULL when there is none. */
static bool find_yaml(char **environment, const char *named, const char *name, JsonNode **root, char **path, GError **error)
{
    const char *home = g_environ_getenv(environment, "HOME");
    const char *xdg = g_environ_getenv(environment, "XDG_CONFIG_HOME");
    g_autofree char *dot = home ? g_build_filename(home, ".config", NULL) : NULL;
    g_autofree char *user = xdg && *xdg ? g_build_filename(xdg, "openstack", NULL) : dot ? g_build_filename(dot, "openstack", NULL) : NULL;
    const char *const folders[] = {".", user, "/etc/openstack"};
    static const char *const endings[] = {"yaml", "yml"};

    if (named) {
        *path = g_strdup(named);
        return load_yaml(named, root, error) && (*root || refuse(error, GUESTCTL_ERROR_NOT_FOUND, "%s: there is no such file", named));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(folders) * G_N_ELEMENTS(endings); i++) {
        const char *folder = folders[i / G_N_ELEMENTS(endings)];
        g_autofree char *file = g_strdup_printf("%s.%s", name, endings[i % G_N_ELEMENTS(endings)]);
        g_autofree char *candidate = folder ? g_build_filename(folder, file, NULL) : NULL;
        if (candidate && !load_yaml(candidate, root, error))
            return false;
        if (*root) {
            *path = g_steal_pointer(&candidate);
            return true;
        }
    }
    return true;
}

/* --- a cloud of a file */

static JsonObject *member_object(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static JsonObject *clouds_of(JsonNode *root)
{
    return root && JSON_NODE_HOLDS_OBJECT(root) ? member_object(json_node_get_object(root), "clouds") : NULL;
}

static bool take(Cloud *cloud, JsonObject *object, gsize index, const char *path, GError **error)
{
    const char *dot = strchr(settings[index].key, '.');
    const char *name = dot ? dot + 1 : settings[index].key;
    JsonObject *section = dot ? member_object(object, "auth") : object;
    JsonNode *node = section ? json_object_get_member(section, name) : NULL;
    if (!node || JSON_NODE_HOLDS_NULL(node))
        return true;
    if (!JSON_NODE_HOLDS_VALUE(node))
        return refuse(error, GUESTCTL_ERROR_INVALID, "%s: %s must be a word", path, settings[index].key);
    g_free(*place(cloud, index));
    *place(cloud, index) = json_node_dup_string(node);
    return true;
}

static bool take_all(Cloud *cloud, JsonObject *object, const char *path, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
        if (!take(cloud, object, i, path, error))
            return false;
    return true;
}

static bool no_such_cloud(const char *name, const char *path, JsonObject *clouds, GError **error)
{
    g_autofree char *shown = json_strict_shown(name, strlen(name));
    if (!path)
        return refuse(error, GUESTCTL_ERROR_NOT_FOUND, "cloud \"%s\": there is no clouds.yaml in ., ~/.config/openstack or /etc/openstack; "
                      "make one, or name it with OS_CLIENT_CONFIG_FILE", shown);
    if (!clouds)
        return refuse(error, GUESTCTL_ERROR_INVALID, "%s: it has no \"clouds:\" with the clouds in it", path);
    g_autoptr(GList) members = json_object_get_members(clouds);
    g_autoptr(GString) names = g_string_new(NULL);
    for (GList *at = members; at; at = at->next) {
        g_autofree char *clean = json_strict_shown(at->data, strlen(at->data));
        g_string_append_printf(names, "%s%s", names->len ? ", " : "", clean);
    }
    return refuse(error, GUESTCTL_ERROR_NOT_FOUND, "cloud \"%s\": %s has no cloud of that name; it has %s", shown, path,
                  names->len ? names->str : "none");
}

static bool load_files(Cloud *cloud, char **environment, const char *name, GError **error)
{
    g_autoptr(JsonNode) root = NULL, secure = NULL;
    g_autofree char *path = NULL, *secure_path = NULL;
    if (!find_yaml(environment, g_environ_getenv(environment, "OS_CLIENT_CONFIG_FILE"), "clouds", &root, &path, error) ||
        !find_yaml(environment, g_environ_getenv(environment, "OS_CLIENT_SECURE_FILE"), "secure", &secure, &secure_path, error))
        return false;
    JsonObject *clouds = clouds_of(root);
    JsonObject *mine = member_object(clouds, name);
    if (!mine)
        return no_such_cloud(name, path, clouds, error);
    JsonObject *over = member_object(clouds_of(secure), name);
    g_free(cloud->source);
    cloud->source = g_strdup_printf("cloud %s of %s", name, path);
    return take_all(cloud, mine, path, error) && (!over || take_all(cloud, over, secure_path, error));
}

static bool take_variables(Cloud *cloud, char **environment)
{
    bool any = false;
    for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
        for (gsize v = G_N_ELEMENTS(settings[i].variables); v-- > 0;) {
            const char *name = settings[i].variables[v];
            const char *value = name ? g_environ_getenv(environment, name) : NULL;
            if (!value || !*value)
                continue;
            g_free(*place(cloud, i));
            *place(cloud, i) = g_strdup(value);
            any = true;
        }
    return any;
}

/* --- what it comes to */

static const struct {
    const char *type;
    CloudAuth auth;
} auth_types[] = {
    {"none", CLOUD_AUTH_NONE},         {"admin_token", CLOUD_AUTH_TOKEN},
    {"token", CLOUD_AUTH_TOKEN},       {"v3token", CLOUD_AUTH_TOKEN},
    {"password", CLOUD_AUTH_PASSWORD}, {"v3password", CLOUD_AUTH_PASSWORD},
    {"v3applicationcredential", CLOUD_AUTH_CREDENTIAL},
};

static bool pick_auth(Cloud *cloud, GError **error)
{
    if (!cloud->auth_type) {
        cloud->auth = cloud->credential_id || cloud->credential_secret ? CLOUD_AUTH_CREDENTIAL
                      : cloud->token && !cloud->password             ? CLOUD_AUTH_TOKEN
                      : cloud->auth_url || cloud->password           ? CLOUD_AUTH_PASSWORD
                                                                     : CLOUD_AUTH_NONE;
        return true;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(auth_types); i++)
        if (g_str_equal(cloud->auth_type, auth_types[i].type)) {
            cloud->auth = auth_types[i].auth;
            return true;
        }
    g_autofree char *shown = json_strict_shown(cloud->auth_type, strlen(cloud->auth_type));
    return refuse(error, GUESTCTL_ERROR_UNSUPPORTED, "%s: auth_type \"%s\" is not known here; use password, v3applicationcredential, token "
                  "or none, or get a token by another client and give it in OS_TOKEN", cloud->source, shown);
}

/* A word that says yes or no; absent: fallback. */
static bool is_true(const char *word, bool fallback)
{
    static const char *const yes[] = {"1", "true", "yes", "on", "y", NULL};
    g_autofree char *lower = word ? g_ascii_strdown(word, -1) : NULL;
    return lower ? g_strv_contains(yes, lower) : fallback;
}

/* What is needed for its kind, in words. NULL: it is all there. */
static const char *missing(const Cloud *cloud)
{
    bool user = cloud->username || cloud->user_id;
    const char *endpoint = cloud_image_endpoint(cloud);
    if (cloud->auth == CLOUD_AUTH_NONE)
        return endpoint ? NULL : "the image service's URL: OS_ENDPOINT, OS_IMAGE_ENDPOINT_OVERRIDE or image_endpoint_override";
    if (!cloud->auth_url && !(cloud->auth == CLOUD_AUTH_TOKEN && endpoint))
        return cloud->profile ? "auth_url (profiles of vendors are not known here)" : "Keystone's URL: OS_AUTH_URL or auth_url";
    switch (cloud->auth) {
    case CLOUD_AUTH_NONE: break;
    case CLOUD_AUTH_TOKEN: return cloud->token ? NULL : "the token: OS_TOKEN";
    case CLOUD_AUTH_PASSWORD:
        return !user ? "the user: OS_USERNAME or username" : !cloud->password ? "the password: OS_PASSWORD or password" : NULL;
    case CLOUD_AUTH_CREDENTIAL:
        if (!cloud->credential_secret)
            return "the secret: OS_APPLICATION_CREDENTIAL_SECRET or application_credential_secret";
        return cloud->credential_id || (cloud->credential_name && user)
                   ? NULL
                   : "the credential: OS_APPLICATION_CREDENTIAL_ID, or its name with the user's";
    }
    return NULL;
}

static bool finish(Cloud *cloud, GError **error)
{
    static const char *const interfaces[] = {"public", "internal", "admin", NULL};
    cloud->insecure = is_true(cloud->unsafe, false) || !is_true(cloud->verify, true);
    if (!pick_auth(cloud, error))
        return false;
    if (cloud->identity_version && cloud->identity_version[0] != '3')
        return refuse(error, GUESTCTL_ERROR_UNSUPPORTED, "%s: Keystone's API 3 is the only one that is spoken here; set "
                      "OS_IDENTITY_API_VERSION or identity_api_version to 3", cloud->source);
    char *suffix = cloud->interface ? strstr(cloud->interface, "URL") : NULL; /* publicURL, its old name */
    if (suffix)
        *suffix = '\0';
    if (cloud->interface && !g_strv_contains(interfaces, cloud->interface)) {
        g_autofree char *shown = json_strict_shown(cloud->interface, strlen(cloud->interface));
        return refuse(error, GUESTCTL_ERROR_INVALID, "%s: interface \"%s\" is not public, internal or admin", cloud->source, shown);
    }
    const char *lacks = missing(cloud);
    return !lacks || refuse(error, GUESTCTL_ERROR_INVALID, "%s: this is missing: %s", cloud->source, lacks);
}

Cloud *cloud_load(char **environment, GError **error)
{
    g_autoptr(Cloud) cloud = g_new0(Cloud, 1);
    const char *name = g_environ_getenv(environment, "OS_CLOUD");
    cloud->source = g_strdup("the OS_* variables");
    if (name && *name && !load_files(cloud, environment, name, error))
        return NULL;
    if (!take_variables(cloud, environment) && !(name && *name)) {
        refuse(error, GUESTCTL_ERROR_NOT_FOUND, "no image service is named: set OS_CLOUD to a cloud of clouds.yaml, or OS_AUTH_URL and its "
               "sisters, or OS_AUTH_TYPE=none and OS_ENDPOINT for one without Keystone");
        return NULL;
    }
    return finish(cloud, error) ? g_steal_pointer(&cloud) : NULL;
}

HttpPeer cloud_peer(const Cloud *cloud)
{
    return (HttpPeer){.cacert = cloud->cacert, .cert = cloud->cert, .key = cloud->key, .insecure = cloud->insecure};
}

const char *cloud_image_endpoint(const Cloud *cloud)
{
    return cloud->image_endpoint ? cloud->image_endpoint : cloud->endpoint;
}
