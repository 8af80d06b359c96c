/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/image-remote.h"

#include "common/error.h"
#include "common/image/glance-json.h"
#include "common/image/glance.h"
#include "common/image/meta.h"
#include "common/json.h"
#include "toolstack/image-words.h"
#include "toolstack/output.h"
#include "toolstack/work.h"

/* One question to the image service, in a thread. */
typedef struct Remote Remote;
struct Remote {
    bool (*ask)(Remote *remote, Glance *glance, GError **error);
    const Options *options;
    const char *word;          /* the image; NULL: all */
    const char *const *words;  /* filters or changes */
    GPtrArray *images;         /* JsonNode* */
    char *document, *source;
    bool insecure;
};

static void remote_clear(Remote *remote)
{
    g_clear_pointer(&remote->images, g_ptr_array_unref);
    g_free(remote->document);
    g_free(remote->source);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Remote, remote_clear)

static bool remote_call(Work *work, void *data, GError **error)
{
    Remote *remote = data;
    g_auto(GStrv) environment = g_get_environ();
    g_autoptr(Glance) glance = glance_open(environment, remote->options->cancel, error);
    if (!glance)
        return false;
    remote->source = g_strdup(glance_cloud(glance)->source);
    remote->insecure = glance_cloud(glance)->insecure;
    return remote->ask(remote, glance, error);
}

static bool run(Remote *remote, GError **error)
{
    bool done = work_run(remote->options, remote_call, remote, error);
    if (remote->insecure)
        output_notice(remote->options, "TLS is not verified (OS_INSECURE or verify: false): anybody on the way can be the image service");
    return done;
}

/* --- list */

static bool ask_list(Remote *remote, Glance *glance, GError **error)
{
    remote->images = glance_list(glance, remote->options->name, remote->words, remote->options->cancel, error);
    return remote->images != NULL;
}

static void show_table(const Options *options, const GPtrArray *images)
{
    static const char *const headings[] = {"NAME", "ID", "STATUS", "FORMAT", "SIZE", NULL};
    g_autoptr(Table) table = table_new(headings);
    table_align_right(table, 4);
    for (guint i = 0; i < images->len; i++) {
        JsonObject *image = json_node_get_object(images->pdata[i]);
        guint64 bytes = 0;
        g_autofree char *size = json_get_uint(image, "size", &bytes, NULL) && bytes ? memory_text(bytes / 1024) : NULL;
        table_row(table, TINT_NONE, glance_text(image, "name"), glance_text(image, "id"), glance_text(image, "status"),
                  glance_text(image, "disk_format"), size);
    }
    output_table(options, table);
}

static void show_names(const Options *options, const GPtrArray *images)
{
    for (guint i = 0; i < images->len; i++) {
        JsonObject *image = json_node_get_object(images->pdata[i]);
        const char *name = glance_text(image, "name");
        g_autofree char *clean = text_clean(*name ? name : glance_text(image, "id"));
        output_line(options, "%s", clean);
    }
}

static void show_json(const Options *options, const Remote *remote)
{
    JsonBuilder *builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-remote-images/1");
    json_add_string(builder, "source", remote->source);
    json_builder_set_member_name(builder, "images");
    json_builder_begin_array(builder);
    for (guint i = 0; i < remote->images->len; i++)
        json_builder_add_value(builder, json_node_copy(remote->images->pdata[i]));
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    output_json(options, builder);
}

/* Owns nothing but the array. */
static const char **words_of(const GPtrArray *texts)
{
    const char **words = g_new0(const char *, texts->len + 1);
    for (guint i = 0; i < texts->len; i++)
        words[i] = texts->pdata[i];
    return words;
}

bool image_remote_list(const Options *options, GError **error)
{
    g_autofree const char **filters = words_of(options->properties);
    g_auto(Remote) remote = {.ask = ask_list, .options = options, .words = filters};
    if (!run(&remote, error))
        return false;
    if (options->json)
        show_json(options, &remote);
    else if (options->names)
        show_names(options, remote.images);
    else
        show_table(options, remote.images);
    return true;
}

/* --- one image */

static bool ask_document(Remote *remote, Glance *glance, GError **error)
{
    remote->document = glance_show(glance, remote->word, remote->options->cancel, error);
    return remote->document != NULL;
}

char *image_remote_document(const Options *options, const char *name_or_id, GError **error)
{
    g_auto(Remote) remote = {.ask = ask_document, .options = options, .word = name_or_id};
    return run(&remote, error) ? g_steal_pointer(&remote.document) : NULL;
}

static bool ask_change(Remote *remote, Glance *glance, GError **error)
{
    remote->document = glance_change(glance, remote->word, remote->words, remote->options->cancel, error);
    return remote->document != NULL;
}

/* "key=value", and "key" to take it away: char*. */
static GPtrArray *texts_of(const Options *options, const GPtrArray *changes)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < changes->len; i++) {
        const ImageChange *change = changes->pdata[i];
        g_ptr_array_add(texts, change->value ? g_strdup_printf("%s=%s", change->name, change->value) : g_strdup(change->name));
    }
    if (options->name)
        g_ptr_array_add(texts, g_strconcat("name=", options->name, NULL));
    return texts;
}

bool image_remote_change(const Options *options, const char *name_or_id, const GPtrArray *changes, GError **error)
{
    g_autoptr(GPtrArray) texts = texts_of(options, changes);
    g_autofree const char **words = words_of(texts);
    if (options->dry_run) {
        image_result(options, "would-change", NULL, 0, "image \"%s\" of the image service would be changed: %u propert%s", name_or_id, texts->len,
                     texts->len == 1 ? "y" : "ies");
        return true;
    }
    g_auto(Remote) remote = {.ask = ask_change, .options = options, .word = name_or_id, .words = words};
    if (!run(&remote, error))
        return false;
    image_result(options, "changed", NULL, 0, "image \"%s\" is changed in the image service; see: guestctl image show glance:%s", name_or_id, name_or_id);
    return true;
}
