/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* An amount of memory: pages of 4 KiB plus a part of what is available, or, with minus, all but that. */
typedef struct Dom0Size {
    guint64 pages;
    unsigned percent;
    bool minus;
} Dom0Size;

/* What dom0_mem= has said so far. All words of a line add up: a later size replaces an earlier one of its kind. */
typedef struct Dom0Mem {
    Dom0Size size, min, max;
    bool given;               /* there was a word, also one that was refused */
    bool size_set, max_set;
} Dom0Mem;

void dom0_mem_init(Dom0Mem *mem);

/* Read a value: list of SIZE, min:SIZE, max:SIZE; SIZE is [-](size | [size+]percent%) (xen 4.17 dom0_build.c
 * parse_dom0_mem, parse_amt). What stands before a fault has been taken, as Xen takes it. False with *fault, which
 * the caller frees; notes (char*) get what is read in another way than people expect. */
bool dom0_mem_read(Dom0Mem *mem, const char *value, GPtrArray *notes, char **fault);

/* In pages. All but more than there is wraps round to a huge number, as it does in Xen (get_memsize). */
guint64 dom0_size_pages(const Dom0Size *size, guint64 available);

bool dom0_size_is_relative(const Dom0Size *size); /* depends on what is available */
