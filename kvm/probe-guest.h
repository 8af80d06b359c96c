/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The guest that probe-kvm.c runs: its memory, and where everything lies in it. All addresses are the guest's
 * own, mapped one to one by a single 2 MiB page. */
#define GUEST_MEMORY 0x200000
#define GUEST_PML4 0x1000
#define GUEST_PDPT 0x2000
#define GUEST_PD 0x3000
#define GUEST_GDT 0x4000
#define GUEST_GDT_BYTES 40
#define GUEST_IDT 0x5000
#define GUEST_IDT_BYTES 512
#define GUEST_CODE 0x6000
#define GUEST_DATA 0x7000 /* see probe-guest.c */
#define GUEST_TSS 0x8000
#define GUEST_FPU 0x9000
#define GUEST_STACK_TOP 0x20000
#define GUEST_CODE_SELECTOR 8
#define GUEST_DATA_SELECTOR 16
#define GUEST_TSS_SELECTOR 24
#define GUEST_PORT_DONE 0xf4  /* it ran to its end */
#define GUEST_PORT_WRONG 0xf5 /* a wrong result, or an exception */

/* Fill zeroed memory with tables and code. */
void probe_guest_load(guint8 *memory, bool xsave);

/* What it was about to do when it stopped: "lock cmpxchg16b". A constant. */
const char *probe_guest_stage(const guint8 *memory);
