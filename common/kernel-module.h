/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/sys-tree.h"

/* A kernel's modules, as a system's files tell of them. In names '-' and '_' are the same. */

typedef enum { MODULE_ABSENT, MODULE_LOADED, MODULE_BUILT_IN } ModuleState;
ModuleState module_state(SysTree *tree, const char *name); /* /proc/modules, /sys/module, modules.builtin */

typedef enum {
    MODULE_CAN_LOAD,
    MODULE_NO_FILE,     /* modules.dep of the running kernel does not have it */
    MODULE_NO_LOADER,   /* the kernel takes no modules at all */
    MODULE_NOT_KNOWN,   /* there is no modules.dep */
} ModuleFile;
ModuleFile module_file(SysTree *tree, const char *name);

/* The file below modprobe.d that keeps it out ("blacklist", "install NAME /bin/false"), or /proc/cmdline; NULL: none. Caller frees. */
char *module_forbidden(SysTree *tree, const char *name);
/* The file below modules-load.d, or /etc/modules, that has it loaded at each boot; NULL: none. Caller frees. */
char *module_at_boot(SysTree *tree, const char *name);
/* The file that has the last word on an option of it, or /proc/cmdline, and to what; NULL: none does. Callers free both. */
char *module_option(SysTree *tree, const char *name, const char *option, char **value);
/* Its running value in /sys/module; NULL: not to be seen. Caller frees. */
char *module_parameter(SysTree *tree, const char *name, const char *parameter);
