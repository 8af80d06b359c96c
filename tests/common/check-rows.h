/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "common/check.h"

/* One machine and what one check says of it. host: a recorded one (tests/fixtures/hosts), changed by change(); files: a copy of
 * its files as paths and contents (tests/tree.h). */
typedef struct CheckRow {
    const char *check;
    CheckState state;
    const char *host;
    void (*change)(Host *host);
    const char *files[20];
    const char *evidence; /* a part of it */
    const char *remedy;   /* a part of it; NULL: there must be none */
    const char *fix;      /* the word of its first fix; NULL: none */
    guint64 free_kib;     /* of the disk; 0: not known */
    bool files_only, read_only;
    Dom0Line dom0;        /* as it was judged, without its words: */
    const char *dom0_warning, *dom0_why_not;
} CheckRow;

extern const CheckRow check_rows_kvm[], check_rows_xen[]; /* each ends with a NULL check */
