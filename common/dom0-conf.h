/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What dom0 should be, as an administrator says it: the words of `dom0 set`, and dom0.conf, which keeps them. */
typedef struct Dom0Wish {
    guint64 memory_kib; /* whole MiB; 0: not said */
    unsigned vcpus;     /* 0: not said */
    char *pin;          /* "yes": vcpu i on CPU i; "no"; or a CPU list for all of them. NULL: not said */
    int weight, cap;    /* -1: not said. A cap is in percent of one CPU, 0 is none */
} Dom0Wish;

extern const char *const dom0_wish_keys[]; /* "memory", "vcpus", "pin", "weight", "cap", NULL */

Dom0Wish *dom0_wish_new(void);
void dom0_wish_free(Dom0Wish *wish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dom0Wish, dom0_wish_free)

/* GUESTCTL_ERROR_INVALID: "memory=2048: size ..."; an unknown key names the nearest one, one that is set already is refused. */
bool dom0_wish_set(Dom0Wish *wish, const char *key, const char *value, GError **error);
/* KEY=VALUE, of a command line. */
bool dom0_wish_add_word(Dom0Wish *wish, const char *word, GError **error);
char *dom0_wish_value(const Dom0Wish *wish, const char *key); /* as it is written; NULL: not said. Caller frees */
bool dom0_wish_is_empty(const Dom0Wish *wish);
/* What other says wins. */
void dom0_wish_overlay(Dom0Wish *wish, const Dom0Wish *other);

char *dom0_memory_text(guint64 kib); /* "2048M", exact: K where it is no whole MiB. Caller frees */

/* dom0.conf, one group [dom0] with those keys. Strict: GUESTCTL_ERROR_INVALID names source and line. load gives an empty
 * wish when there is no such file. */
Dom0Wish *dom0_conf_parse(const char *text, const char *source, GError **error);
Dom0Wish *dom0_conf_load(const char *path, GError **error);

/* The file with what the wish says: lines of its keys are replaced where they stand, others are added at the group's end,
 * and all else, comments too, stays as it is. text is a file that dom0_conf_parse() has taken, NULL: none yet. Caller
 * frees. */
char *dom0_conf_edit(const char *text, const Dom0Wish *wish);
