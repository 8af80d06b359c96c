/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/can-run.h"
#include "common/error.h"
#include "common/facts.h"
#include "common/json.h"
#include "toolstack/backend-pick.h"
#include "toolstack/command.h"
#include "toolstack/image-find.h"
#include "toolstack/output.h"

/* What is asked: one image, and what a guest of it would have. */
typedef struct Question {
    Request *request;
    ImageMeta *image; /* NULL: nothing is said of it */
    Policy *policy;
} Question;

static void question_clear(Question *question)
{
    request_free(question->request);
    image_meta_free(question->image);
    policy_free(question->policy);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

/* The disk is not here: it is what the metadata says, and its kernel can be imported where the image is. */
static void describe_disk(Request *request, const char *argument, const ImageMeta *image)
{
    DiskFormat format = DISK_FORMAT_RAW;
    bool known = image->disk_format && disk_format_parse(image->disk_format, &format, NULL);
    bool amazon = format == DISK_FORMAT_AMI || format == DISK_FORMAT_AKI || format == DISK_FORMAT_ARI;
    RequestDisk *disk = request_add_disk(request, "root");
    disk->path = g_strdup(image->name ? image->name : argument);
    disk->known = disk->is_image = true;
    disk->info.format = known && !amazon ? format : DISK_FORMAT_RAW;
    disk->info.file_size = image->size > 0 ? (guint64)image->size : 1;
    disk->info.virtual_size = image->virtual_size > 0 ? (guint64)image->virtual_size : 0;
    request->image_kernel = g_strdup(image_meta_get(image, "kernel_id"));
    request->image_ramdisk = g_strdup(image_meta_get(image, "ramdisk_id"));
}

static bool ask(Question *question, const Options *options, GError **error)
{
    const char *argument = options_argument(options, 0);
    g_auto(ImageFound) found = {0};
    if (!image_find(argument, options, &found, error))
        return false;
    Request *request = question->request = request_new();
    request->name = g_strdup("image"); /* any: it is in no answer */
    request->memory_kib = options->memory_kib;
    request->vcpus = options->vcpus;
    request->mode = g_strdup(options->mode);
    if (found.disk) {
        request->image = g_strdup(argument);
        request->metadata = options->metadata ? g_canonicalize_filename(options->metadata, NULL) : NULL;
        if (!facts_gather(request, options->paths, &question->image, error))
            return false;
    } else {
        question->image = image_found_metadata(&found, error);
        if (!question->image)
            return false;
        describe_disk(request, argument, question->image);
    }
    question->policy = policy_load(options->paths->config, error);
    return question->policy != NULL;
}

/* What would not be as the image asks: Reason*, of the guest. */
static GPtrArray *changes(const CanRun *answer)
{
    GPtrArray *found = g_ptr_array_new();
    for (guint i = 0; answer->guest && i < answer->guest->reasons->len; i++) {
        Reason *reason = answer->guest->reasons->pdata[i];
        if (reason->severity != SEVERITY_INFO)
            g_ptr_array_add(found, reason);
    }
    return found;
}

static void add_texts(JsonBuilder *builder, const char *name, GPtrArray *texts)
{
    g_autoptr(GPtrArray) ended = g_ptr_array_copy(texts, NULL, NULL);
    g_ptr_array_set_free_func(ended, NULL);
    g_ptr_array_add(ended, NULL);
    json_add_strings(builder, name, (const char *const *)ended->pdata);
}

static void add_host_json(JsonBuilder *builder, const Host *host, const char *file, const CanRun *answer)
{
    g_autoptr(GPtrArray) changed = changes(answer);
    json_builder_begin_object(builder);
    json_add_string(builder, "host", host->name);
    json_add_string(builder, "file", file);
    json_add_bool(builder, "can", answer->can);
    json_add_string(builder, "backend", answer->backend);
    json_add_string(builder, "mode", answer->guest ? vm_mode_name(answer->guest->mode) : NULL);
    add_texts(builder, "supported", answer->supported);
    add_texts(builder, "because", answer->because);
    json_add_reasons(builder, changed);
    json_builder_end_object(builder);
}

/* "hvm on xen". Caller frees. */
static char *runs_as(const CanRun *answer)
{
    return answer->guest ? g_strdup_printf("%s on %s", vm_mode_name(answer->guest->mode), answer->backend) : g_strdup(answer->backend);
}

/* A row for each reason; the host's own cells are in the first. */
static void add_host_rows(Table *table, const Host *host, const char *file, const CanRun *answer, bool verbose)
{
    g_autofree char *as = runs_as(answer);
    g_autoptr(GPtrArray) changed = changes(answer), texts = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < answer->because->len; i++)
        g_ptr_array_add(texts, g_strdup(answer->because->pdata[i]));
    guint more = 0;
    for (guint i = 0; i < changed->len; i++) {
        const Reason *reason = changed->pdata[i];
        if (!verbose && g_str_has_prefix(reason->field, "image ")) {
            more++;
            continue;
        }
        g_ptr_array_add(texts, g_strdup_printf("%s: %s is %s: %s", severity_name(reason->severity), reason->field, reason->value, reason->because));
    }
    if (more)
        g_ptr_array_add(texts, g_strdup_printf("warning: image properties that are not done there: %u (--verbose shows them)", more));
    if (texts->len == 0)
        g_ptr_array_add(texts, g_strdup("it has what the image asks for"));
    for (guint i = 0; i < texts->len; i++)
        table_row(table, answer->can ? TINT_GOOD : TINT_BAD, i ? "" : host->name ? host->name : file, i ? "" : answer->can ? "yes" : "no",
                  i ? "" : as, texts->pdata[i]);
}

/* The files of --host, then those that are arguments; NULL in it: this machine. */
static GPtrArray *hosts_asked(const Options *options)
{
    GPtrArray *files = g_ptr_array_new();
    for (guint i = 0; i < options->hosts->len; i++)
        g_ptr_array_add(files, options->hosts->pdata[i]);
    for (guint i = 1; i < options->arguments->len; i++)
        g_ptr_array_add(files, options->arguments->pdata[i]);
    if (files->len == 0)
        g_ptr_array_add(files, NULL);
    return files;
}

bool cmd_can_run(Options *options, GError **error)
{
    static const char *const headings[] = {"HOST", "CAN", "AS", "BECAUSE", NULL};
    g_auto(Question) question = {0};
    if (!ask(&question, options, error))
        return false;
    g_autoptr(GPtrArray) files = hosts_asked(options);
    g_autoptr(Table) table = table_new(headings);
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_add_string(builder, "format", "guestctl-can-run/1");
    json_add_string(builder, "image", options_argument(options, 0));
    json_builder_set_member_name(builder, "hosts");
    json_builder_begin_array(builder);
    guint yes = 0;
    for (guint i = 0; i < files->len; i++) {
        const char *file = files->pdata[i];
        g_autoptr(Host) host = file ? host_load(file, error) : host_of(options, error);
        if (!host)
            return false;
        g_autoptr(CanRun) answer = can_run(question.request, question.image, host, question.policy, options->backend, options->strict);
        yes += answer->can;
        add_host_json(builder, host, file, answer);
        add_host_rows(table, host, file, answer, options->verbose);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    if (options->json)
        output_json(options, g_steal_pointer(&builder));
    else
        output_table(options, table);
    if (yes)
        return true;
    g_set_error(error, GUESTCTL_ERROR, GUESTCTL_ERROR_UNSUPPORTED, "%s: %s can run it; the reasons of each are in the answer",
                options_argument(options, 0), files->len > 1 ? "none of these hosts" : "no host that was asked");
    return false;
}
