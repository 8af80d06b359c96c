/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A writer of indented XML.
 *
 * Why by hand, when libxml2 has one: loading libxml2, which brings ICU, costs each command 1.1 ms of the 10 ms
 * that planning may take, and what is needed is this page. All escaping is GLib's. */
typedef struct Xml Xml;

Xml *xml_new(void);
void xml_free(Xml *xml);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Xml, xml_free)

/* Attributes are pairs of name and value, ended by NULL. A pair whose value is the constant below is left out. */
#define XML_SKIP ((const char *)&xml_skip)
extern const char xml_skip;
void xml_open(Xml *xml, const char *name, ...) G_GNUC_NULL_TERMINATED;
void xml_close(Xml *xml);
void xml_empty(Xml *xml, const char *name, ...) G_GNUC_NULL_TERMINATED;                  /* <name .../> */
void xml_text(Xml *xml, const char *name, const char *text, ...) G_GNUC_NULL_TERMINATED; /* <name ...>text</name> */

/* The document. XML cannot hold control characters, nor text that is not UTF-8: GUESTCTL_ERROR_INVALID names
 * the element. Caller frees. */
char *xml_finish(Xml *xml, GError **error);

/* The text of the first element of this name in a document, unescaped. NULL: there is none. Caller frees. */
char *xml_find_text(const char *document, const char *name);
