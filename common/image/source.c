/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/source.h"

#include <string.h>
#include <unistd.h>

void image_source_free(ImageSource *source)
{
    if (!source)
        return;
    g_free(source->text);
    g_free(source->key);
    g_free(source->id);
    g_free(source->name);
    g_free(source->document);
    g_free(source->hash_algo);
    g_free(source->hash_value);
    g_clear_pointer(&source->reasons, g_ptr_array_unref);
    if (source->fd >= 0)
        close(source->fd);
    source->free(source);
}

/* "/srv/debian-12.qcow2" is debian-12. Only endings that are formats go: "web-1.2" keeps its 2. */
char *image_source_name(const char *path)
{
    static const char *const endings[] = {".qcow2", ".qcow", ".qed", ".raw", ".img", ".vhd",  ".vpc",
                                          ".vhdx",  ".vmdk", ".vdi", ".iso", ".bin", ".disk", ".image"};
    char *name = g_path_get_basename(path);
    for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
        if (g_str_has_suffix(name, endings[i]) && strlen(name) > strlen(endings[i])) {
            name[strlen(name) - strlen(endings[i])] = '\0';
            i = (gsize)-1; /* "web.img.qcow2": once more from the start */
        }
    return name;
}
