/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "common/guest.h"
#include "common/host.h"
#include "xen/api.h"

/* The parts of xen_config_json(). Each fills its part of config, or says with GUESTCTL_ERROR_UNSUPPORTED
 * which field of the guest libxl has no word for: nothing is left out in silence. */
bool xen_config_disks(const Guest *guest, libxl_domain_config *config, GError **error);
bool xen_config_nics(const Guest *guest, libxl_domain_config *config, GError **error);
bool xen_config_cpu(const Guest *guest, const Host *host, libxl_domain_config *config, GError **error);
bool xen_config_hvm(const Guest *guest, libxl_domain_config *config, GError **error);
bool xen_config_video(const Guest *guest, libxl_domain_config *config, GError **error);

/* Set error to: guest "NAME": FIELD = VALUE: WHY. Always false. */
bool xen_config_refuse(const Guest *guest, const char *field, const char *value, const char *why, GError **error);

/* libxl frees with free(), so its strings come from strdup(); NULL stays NULL. */
char *xen_config_strdup(const char *text);

/* Add the CPUID policy of a known model, in libxl's words ("avx2=0"), to words. False when it is not known. */
bool xen_cpu_model_policy(const char *model, GPtrArray *words);

/* libxl's name of a CPU flag that the user or libvirt calls NAME (lower case). Never NULL. */
const char *xen_cpu_flag(const char *name);
