/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* GRUB's menu as grub-mkconfig writes it. A hand-written one is read as far as it looks the same. */

typedef struct MenuEntry {
    char *title, *id;  /* id: "" when it has none */
    char *head;        /* its other options and arguments as they are written: "--class xen --unrestricted" */
    char *text;        /* its lines, from "menuentry" to "}" */
    char *xen_line;    /* what it gives Xen, after the file's name; NULL: it starts no Xen */
    int parent;        /* index of the submenu it stands in; -1: none */
    bool submenu;
    bool recovery;
    bool unrestricted; /* booted without a password, also when there is one */
} MenuEntry;

typedef struct Menu {
    GPtrArray *entries; /* MenuEntry*, in order, submenus too */
    char *chosen;       /* what `default` is set to: a number, a title or an id; "${saved_entry}" when it is the saved one */
    bool next_entry;    /* it boots next_entry once and forgets it */
    bool custom;        /* it reads custom.cfg */
    bool superusers;    /* there is a password */
    bool superusers_if_password; /* there is one when user.cfg has it: Fedora's 01_users */
} Menu;

Menu *menu_parse(const char *text);
void menu_free(Menu *menu);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Menu, menu_free)

/* The entry that is booted when nobody chooses. saved: saved_entry of grubenv, or NULL. NULL: there is none. */
const MenuEntry *menu_default(const Menu *menu, const char *saved);

/* The first entry with Xen in it, of the normal or of the recovery ones. NULL: there is none. */
const MenuEntry *menu_first_xen(const Menu *menu, bool recovery);

/* What Xen itself gets of xen_line: without the word in front and the variable behind that GRUB's scripts add. Caller frees. */
char *menu_xen_words(const MenuEntry *entry);

/* Whether Xen gets these words as they are written. GUESTCTL_ERROR_INVALID names the character that GRUB's script language takes
 * for itself (grub yylex.l), and where: the words' place. */
bool menu_check_words(const char *where, const char *words, GError **error);

/* A variable of GRUB's environment block (grubenv); NULL: not set. Caller frees. */
char *menu_environment(const char *grubenv, const char *name);
