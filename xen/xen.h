/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "common/backend.h"
#include "common/dom0-state.h"

/* The door to libxl: nobody else includes its headers. */
extern const Backend xen_backend;

/* The guest as libxl's own JSON of a libxl_domain_config: exactly what libxl will be given. Pure, works
 * without Xen. GUESTCTL_ERROR_UNSUPPORTED names the first field that libxl has no word for. Free with
 * g_free(). */
char *xen_config_json(const Guest *guest, const Host *host, GError **error);

/* The running dom0. session is one of xen_backend's. */
Dom0State *xen_dom0_state(Session *session, GError **error);

/* Whether cpu_model names a model that can become a CPUID policy (xen/cpu-model.c). */
bool xen_cpu_model_known(const char *model);

/* The models, NULL-terminated, for messages and completion. Free the list, not its strings, with g_free(). */
const char **xen_cpu_model_names(void);

/* A value of xl's own configuration (xl.conf), read by xl's own parser (libxlutil). *value NULL: it is not set. INVALID when
 * xl could not read the file, NOT_FOUND when there is none. */
bool xen_xl_conf_get(const char *path, const char *key, char **value, GError **error);
