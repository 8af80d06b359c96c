/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What OpenStack's image properties are called and which values nova takes. Pure data and pure
 * functions. The rules are nova 18.1.0's (nova/objects/image_meta.py and fields.py), widened by
 * what later releases accept. */

typedef enum {
    IMAGE_PROPERTY_STRING,       /* anything */
    IMAGE_PROPERTY_ENUM,         /* one of values[] */
    IMAGE_PROPERTY_BOOL,         /* flexible: 1 t true on y yes, 0 f false off n no; canonical "true"/"false" */
    IMAGE_PROPERTY_INTEGER,      /* decimal, within min and max */
    IMAGE_PROPERTY_PAGE_SIZE,    /* small, large, any, or a size: KiB, or with a unit */
    IMAGE_PROPERTY_CPU_SET,      /* "0-3,^2"; canonical "0-1,3" */
    IMAGE_PROPERTY_VERSION,      /* a predicate list such as ">=4.17,<5.0" */
    IMAGE_PROPERTY_UUID,         /* nova takes any string; ours warns when it is none */
    IMAGE_PROPERTY_IMAGE_ID,     /* the id of another image, or nokernel; never a path */
    IMAGE_PROPERTY_TRAIT,        /* "required"; nova ignores every other word */
    IMAGE_PROPERTY_MAPPING_LIST, /* a JSON list of objects with string or null values, as text */
} ImagePropertyType;

/* Who knows the property. */
typedef enum {
    IMAGE_PROPERTY_NOVA_18,     /* nova 18.1.0's ImageMetaProps */
    IMAGE_PROPERTY_NOVA_MASTER, /* added to nova later */
    IMAGE_PROPERTY_GLANCE,      /* in Glance's documents and definitions only: nova reads it elsewhere or not at all */
} ImagePropertyOrigin;

typedef struct ImagePropertyAlias {
    const char *given; /* lower case when the property folds case */
    const char *means;
    bool extension; /* ours: nova refuses the word */
} ImagePropertyAlias;

typedef struct ImagePropertyRule {
    const char *name;              /* current name; one that ends in ":" or "." stands for every name that starts so */
    const char *legacy;            /* the older name that is folded into this one, or NULL */
    ImagePropertyType type;
    ImagePropertyOrigin origin;
    const char *const *values;     /* ENUM: the legal ones, canonical, NULL-terminated */
    const ImagePropertyAlias *aliases; /* ENUM: ends with a NULL given, or NULL */
    bool folds_case;               /* ENUM: nova lower-cases before it compares */
    gint64 min, max;               /* INTEGER: both 0 for any 64-bit value */
    const char *complaint;         /* nova's own text about a wrong value with one %s for it, or NULL */
    const char *source;            /* where the rule comes from */
} ImagePropertyRule;

/* The table, sorted by name. */
extern const ImagePropertyRule image_property_rules[];
extern const gsize image_property_rules_count;

/* The rule for a current or a legacy name (case matters, as in Glance), or NULL. *IS_LEGACY says
 * which it was; it may be NULL. vmware_adaptertype, which sets two properties, is not a rule: see
 * image_meta_parse(). */
const ImagePropertyRule *image_property_find(const char *name, bool *is_legacy);

/* The names that a misspelt property is compared with: current, legacy, and those that only
 * vmware_adaptertype has. NULL-terminated, never freed. */
const char *const *image_property_names(void);

/* What a value comes to. All strings are owned by the caller; clear with image_property_result_clear(). */
typedef struct ImagePropertyResult {
    char *canonical; /* NULL when nova would refuse the value */
    char *problem;   /* set exactly when canonical is NULL: value, nova's text where known, the legal set */
    char *notice;    /* set when the value was taken but something has to be said, else NULL */
} ImagePropertyResult;

/* Check VALUE and make it canonical as nova does (lower case, aliases). NAME is the name as it was
 * given, for the messages. VALUE is text of a stranger: it is escaped in the messages and cut. */
ImagePropertyResult image_property_check(const ImagePropertyRule *rule, const char *name, const char *value);
void image_property_result_clear(ImagePropertyResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ImagePropertyResult, image_property_result_clear)
