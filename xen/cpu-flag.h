/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "common/host.h"
#include "xen/api.h"

/* Xen gives a guest that insists on a CPU feature which the host lacks no error and no feature: libxl 4.17
 * drops it. So it is compared with the host beforehand. */

/* Whether flag (libxl's name) is one that we know and this host does not have. False when it cannot be told. */
bool xen_cpu_flag_missing(const char *flag, const Host *host);

/* Add to host->cpu_flags what the CPU has by libxl_physinfo: dom0's own /proc/cpuinfo lacks what Xen hides
 * from a PV guest (vmx, svm, pcid, ...). */
void xen_cpu_flag_add_hidden(Host *host, const libxl_hwcap hw_cap);
