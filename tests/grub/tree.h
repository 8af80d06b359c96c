/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the tests of the boot targets share: a small root of their own, and a target that is read and edited in it. */
#include "tests/test.h"

#include "common/reason.h"
#include "grub/boot-target.h"

typedef struct Tree {
    const BootTarget *target;
    char *root;
    BootConfig config;
    GPtrArray *files; /* BootFile* of the last edit */
} Tree;

static inline void tree_file_free(gpointer data)
{
    BootFile *file = data;
    g_free(file->path);
    g_free(file->text);
    g_free(file);
}

static inline void tree_forget(Tree *tree)
{
    g_clear_pointer(&tree->config.line, g_free);
    g_clear_pointer(&tree->config.recovery_line, g_free);
    g_clear_pointer(&tree->config.path, g_free);
    g_clear_pointer(&tree->config.broken, g_free);
    tree->config.mends = false;
    g_clear_pointer(&tree->config.section, g_free);
    g_clear_pointer(&tree->config.reasons, g_ptr_array_unref);
    g_clear_pointer(&tree->config.texts, g_hash_table_unref);
    if (tree->config.own_free)
        g_clear_pointer(&tree->config.own, tree->config.own_free);
    g_clear_pointer(&tree->files, g_ptr_array_unref);
}

static inline Tree *tree_new(const BootTarget *target)
{
    Tree *tree = g_new0(Tree, 1);
    tree->target = target;
    tree->root = make_folder();
    return tree;
}

static inline void tree_free(Tree *tree)
{
    tree_forget(tree);
    remove_folder(tree->root);
    g_free(tree->root);
    g_free(tree);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)

static inline void tree_write(Tree *tree, const char *path, const char *text)
{
    g_autofree char *full = g_strconcat(tree->root, path, NULL);
    g_autofree char *folder = g_path_get_dirname(full);
    assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
    assert_true(g_file_set_contents(full, text, -1, NULL));
}

static inline bool tree_found(Tree *tree, const char *reason)
{
    g_autofree char *why = NULL;
    bool found = tree->target->found(tree->root, &why);
    assert_non_null(why);
    assert_contains(why, reason);
    return found;
}

static inline bool tree_try_read(Tree *tree, GError **error)
{
    tree_forget(tree);
    tree->config.target = tree->target;
    tree->config.root = tree->root;
    tree->config.reasons = g_ptr_array_new_with_free_func((GDestroyNotify)reason_free);
    tree->config.texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return tree->target->read(tree->root, &tree->config, error);
}

static inline void tree_read(Tree *tree)
{
    g_autoptr(GError) error = NULL;
    tree_try_read(tree, &error);
    assert_no_error(error);
    assert_non_null(tree->config.line);
}

static inline void tree_read_fails(Tree *tree, int code, const char *message)
{
    g_autoptr(GError) error = NULL;
    assert_false(tree_try_read(tree, &error));
    assert_error(error, code, message);
}

static inline guint tree_warnings(const Tree *tree)
{
    guint count = 0;
    for (guint i = 0; i < tree->config.reasons->len; i++)
        count += ((const Reason *)tree->config.reasons->pdata[i])->severity == SEVERITY_WARNING;
    return count;
}

/* There is a warning with this in it. */
static inline void tree_warns(const Tree *tree, const char *text)
{
    for (guint i = 0; i < tree->config.reasons->len; i++) {
        const Reason *reason = tree->config.reasons->pdata[i];
        if (reason->severity == SEVERITY_WARNING && strstr(reason->because, text))
            return;
    }
    fail_msg("no warning has \"%s\"", text);
}

static inline bool tree_try_edit(Tree *tree, const char *options, bool set_default, GError **error)
{
    g_autoptr(Cmdline) cmdline = cmdline_parse(options);
    g_clear_pointer(&tree->files, g_ptr_array_unref);
    tree->files = g_ptr_array_new_with_free_func(tree_file_free);
    return tree->target->edit(&tree->config, cmdline, set_default, tree->files, error);
}

static inline const char *tree_edited(const Tree *tree, const char *path)
{
    for (guint i = 0; i < tree->files->len; i++) {
        const BootFile *file = tree->files->pdata[i];
        if (g_str_equal(file->path, path))
            return file->text;
    }
    return NULL;
}

/* Edit and write what comes of it, as the program does. */
static inline void tree_edit(Tree *tree, const char *options, bool set_default)
{
    g_autoptr(GError) error = NULL;
    tree_try_edit(tree, options, set_default, &error);
    assert_no_error(error);
    for (guint i = 0; i < tree->files->len; i++) {
        const BootFile *file = tree->files->pdata[i];
        tree_write(tree, file->path, file->text);
    }
}

static inline void tree_edit_fails(Tree *tree, const char *options, const char *message)
{
    g_autoptr(GError) error = NULL;
    assert_false(tree_try_edit(tree, options, false, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, message);
}

static inline void tree_checks(Tree *tree, const char *line)
{
    g_autoptr(GError) error = NULL;
    tree->target->check(tree->root, line, NULL, &error);
    assert_no_error(error);
}

static inline void tree_check_fails(Tree *tree, const char *line, const char *message)
{
    g_autoptr(GError) error = NULL;
    assert_false(tree->target->check(tree->root, line, NULL, &error));
    assert_error(error, GUESTCTL_ERROR_INVALID, message);
}
