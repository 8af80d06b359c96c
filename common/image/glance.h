/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "common/image/clouds.h"
#include "common/image/http.h"

/* The image service's API 2, as far as a host of guests needs it. https://docs.openstack.org/api-ref/image/v2/
 * Each call gets one new token when the one in use has expired or was revoked; then DENIED says so. */
typedef struct Glance Glance;

/* Of the cloud that an environment (g_get_environ()) names. Errors of cloud_load() and keystone_open(). */
Glance *glance_open(char **environment, GCancellable *cancel, GError **error);
void glance_free(Glance *glance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Glance, glance_free)

const Cloud *glance_cloud(const Glance *glance);

/* One image's document as it came, by id, else by name. NOT_FOUND; INVALID when two have the name (their ids are listed) or what
 * comes is no image. Free with g_free(). */
char *glance_show(Glance *glance, const char *name_or_id, GCancellable *cancel, GError **error);

/* The images that the service shows us, filtered by it: JsonNode* of objects, sorted by name, then id. filters: "key=value", NULL:
 * none; name may be NULL. INVALID when there are more than GLANCE_LIST_MAX. */
GPtrArray *glance_list(Glance *glance, const char *name, const char *const *filters, GCancellable *cancel, GError **error);
enum { GLANCE_LIST_MAX = 10000 };

/* Change properties: "key=value", and "key" alone, which removes it. The document as it is then. */
char *glance_change(Glance *glance, const char *name_or_id, const char *const *changes, GCancellable *cancel, GError **error);

/* GET of an image's content: an answer of 200 or 206. Of request (http.h) range, begin and sink count. */
HttpAnswer *glance_content(Glance *glance, const char *id, const HttpRequest *request, bool *cut, GCancellable *cancel, GError **error);
