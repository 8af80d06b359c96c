/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>
#include <stdbool.h>

/* What an image says about itself. Images are not trusted: the text is small and strictly read,
 * each value is checked as nova checks it, and no value is ever taken for a path of this host. */

enum { IMAGE_META_MAX = 64 * 1024 }; /* bytes of a document */

typedef struct ImageProperty {
    char *name;        /* current name; in ImageMeta.unknown the given one */
    char *value;       /* canonical; in ImageMeta.unknown as it came */
    char *given_name;  /* as in the document */
    char *given_value;
} ImageProperty;

typedef struct ImageMeta {
    char *id, *name, *status, *disk_format, *container_format; /* NULL when absent or null */
    char *hash_algo, *hash_value, *checksum; /* os_hash_algo, os_hash_value; the old MD5. NULL when absent or null */
    gint64 size, virtual_size; /* bytes; -1 when absent or null */
    gint64 min_ram_mib;        /* 0 when absent: no minimum */
    gint64 min_disk_gib;       /* 0 when absent: no minimum */
    GPtrArray *properties;     /* ImageProperty*, sorted by name, one per name; only values that nova would take */
    GPtrArray *unknown;        /* ImageProperty*, sorted by name */
    GPtrArray *warnings;       /* char*: a legacy name folded, the current one won, a nearest known name, an extension, ...;
                                * of unknown properties the first 32, then how many more there are */
    GPtrArray *problems;       /* char*: a value that nova would refuse, with property, value and legal set */
} ImageMeta;

/* An empty one: no field, no property. Free with image_meta_free(), which takes NULL. */
ImageMeta *image_meta_new(void);
void image_meta_free(ImageMeta *meta);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ImageMeta, image_meta_free)

/* Read a document in any of three forms, told apart by its first character: the flat Glance v2
 * image document, what `openstack image show -f json` prints (custom properties nested in
 * "properties"), or key=value lines with # comments. SOURCE names it in messages. A fault of the
 * document (size, syntax, depth, duplicate keys, wrong types) is GUESTCTL_ERROR_INVALID with the
 * place named; a value that nova would refuse is not: it is added to problems, see image_meta_check().
 *
 * A custom property is a string in Glance. A JSON integer or boolean is taken as the text it stands
 * for, with a warning; null, a fraction, an object or a list is a wrong type (a list is right for
 * mappings and block_device_mapping only). */
ImageMeta *image_meta_parse(const char *text, gsize length, const char *source, GError **error);

/* What somebody decided about a property after its document was written (`image set`, `image unset`). */
typedef struct ImageChange {
    char *name;
    char *value; /* NULL: it is taken away */
} ImageChange;

/* The document with changes (ImageChange*, NULL: none) over it. A change replaces a property under its current and under its
 * legacy name: nova would let the current one win, and what was set last would be without effect. Of Glance's own fields
 * min_ram and min_disk can be changed. text NULL: there is no document. */
ImageMeta *image_meta_parse_changed(const char *text, gsize length, const GPtrArray *changes, const char *source, GError **error);

/* Add a change to others, in the place of an earlier one of the same property. value NULL: take it away. Else the value is
 * checked: INVALID when nova would refuse it, or when the name is a field that belongs to the image service. *notice is set
 * when something has to be said of a value that is taken (an unknown name and the nearest known one); the caller frees it. */
bool image_change_add(GPtrArray *changes, const char *name, const char *value, char **notice, GError **error);

/* Whether a property is among them, by any of its names. */
bool image_changes_have(const GPtrArray *changes, const char *name);
/* The member "changes": property: value, null when it is taken away. */
void image_changes_add_json(JsonBuilder *builder, const GPtrArray *changes);
GPtrArray *image_changes_new(void); /* owns its elements */

/* The same from a file: regular, at most IMAGE_META_MAX bytes. Errors as above and those of
 * error_set_errno(), with the path in front. */
ImageMeta *image_meta_load(const char *path, GError **error);

/* The canonical value or the whole property under its current name, or NULL. Owned by META. */
const char *image_meta_get(const ImageMeta *meta, const char *current_name);
const ImageProperty *image_meta_find(const ImageMeta *meta, const char *current_name);
/* Whether it has a property, under any of its names, also one that is not known. */
bool image_meta_has(const ImageMeta *meta, const char *name);

/* The value of a boolean or an integer property; FALLBACK when it is absent. */
bool image_meta_get_bool(const ImageMeta *meta, const char *name, bool fallback);
gint64 image_meta_get_int(const ImageMeta *meta, const char *name, gint64 fallback);

/* False with GUESTCTL_ERROR_INVALID naming every problem, one per line, when there is any. */
bool image_meta_check(const ImageMeta *meta, GError **error);

/* The path of the metadata that lies beside a disk, or NULL when there is none. For DIR/web.qcow2
 * the first that exists of: web.qcow2.meta.json, web.qcow2.json, web.qcow2.meta, web.meta.json,
 * web.json, web.meta; then DIR/meta.json when it is the image store's own layout, that is when the
 * disk is called disk, disk.EXT or root.EXT. Only names beside the disk that the caller named are
 * tried; nothing is read. Free with g_free(). */
char *image_meta_sidecar(const char *disk_path);

/* The members of a guestctl-image/1 document (docs/formats): "format", "source", "image" (the core fields that are
 * set), "properties" {current name: canonical value}, "unknown" [names], "warnings", "problems". */
void image_meta_add_json(JsonBuilder *builder, const ImageMeta *meta, const char *source);
