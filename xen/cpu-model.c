/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "xen/config.h"
#include "xen/xen.h"

/* CPU models by libvirt's names, as what Xen can do with them: a mask. A guest is given what the host has
 * (so its CPU keeps the host's name and family); each feature below that came after the named model is
 * hidden. That is what a model is for: a guest that runs on the oldest machine of a pool.
 *
 * A model has all that its base has, and adds and removes. Features are libxl's names. Only those that the
 * table names are ever touched; what every 64-bit CPU has is not in it. */
typedef struct CpuModel {
    const char *name, *base, *adds, *removes;
} CpuModel;

static const CpuModel models[] = {
    {"kvm64", NULL, "cx16", NULL},
    {"qemu64", "kvm64", "svm lahf-lm", NULL},
    {"Conroe", NULL, "cx16 ssse3 lahf-lm", NULL},
    {"Penryn", "Conroe", "sse4.1", NULL},
    {"Nehalem", "Penryn", "sse4.2 popcnt rdtscp vmx", NULL},
    {"Westmere", "Nehalem", "aes pclmulqdq page1gb pcid", NULL},
    {"SandyBridge", "Westmere", "avx xsave xsaveopt tsc-deadline x2apic", NULL},
    {"IvyBridge", "SandyBridge", "f16c rdrand fsgsbase smep erms", NULL},
    {"Haswell", "IvyBridge", "avx2 bmi1 bmi2 fma movbe invpcid abm hle rtm", NULL},
    {"Haswell-noTSX", "Haswell", NULL, "hle rtm"},
    {"Broadwell", "Haswell", "adx rdseed smap 3dnowprefetch", NULL},
    {"Broadwell-noTSX", "Broadwell", NULL, "hle rtm"},
    {"Skylake-Client", "Broadwell", "clflushopt mpx xsavec xgetbv1 xsaves", NULL},
    {"Skylake-Client-noTSX", "Skylake-Client", NULL, "hle rtm"},
    {"Skylake-Server", "Skylake-Client", "avx512f avx512dq avx512bw avx512cd avx512vl clwb pku", NULL},
    {"Skylake-Server-noTSX", "Skylake-Server", NULL, "hle rtm"},
    {"Cascadelake-Server", "Skylake-Server", "avx512-vnni", NULL},
    {"Cascadelake-Server-noTSX", "Cascadelake-Server", NULL, "hle rtm"},
    {"Icelake-Server", "Cascadelake-Server",
     "avx512-ifma avx512-vbmi avx512-vbmi2 avx512-bitalg avx512-vpopcntdq gfni vaes vpclmulqdq sha umip rdpid wbnoinvd fsrm",
     "mpx"},
    {"Icelake-Server-noTSX", "Icelake-Server", NULL, "hle rtm"},
    {"Opteron_G1", NULL, "svm", NULL},
    {"Opteron_G2", "Opteron_G1", "cx16 rdtscp lahf-lm", NULL},
    {"Opteron_G3", "Opteron_G2", "popcnt abm sse4a misalignsse page1gb 3dnowprefetch", NULL},
    {"Opteron_G4", "Opteron_G3", "ssse3 sse4.1 sse4.2 aes pclmulqdq avx xsave fma4 xop", NULL},
    {"Opteron_G5", "Opteron_G4", "f16c fma tbm bmi1", NULL},
    {"EPYC", "Opteron_G5",
     "avx2 bmi2 movbe rdrand fsgsbase smep smap rdseed adx sha clflushopt xsaveopt xsavec xgetbv1 xsaves", "fma4 xop tbm"},
    {"EPYC-Rome", "EPYC", "clwb rdpid umip wbnoinvd", NULL},
    {"EPYC-Milan", "EPYC-Rome", "pcid invpcid pku vaes vpclmulqdq erms fsrm", NULL},
};

static const CpuModel *find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(models); i++)
        if (g_str_equal(models[i].name, name))
            return &models[i];
    return NULL;
}

static bool has_word(const char *words, const char *word, gsize length)
{
    for (const char *at = words; at; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

static bool has(const CpuModel *model, const char *feature, gsize length)
{
    for (; model; model = model->base ? find(model->base) : NULL) {
        if (has_word(model->removes, feature, length))
            return false;
        if (has_word(model->adds, feature, length))
            return true;
    }
    return false;
}

bool xen_cpu_model_known(const char *model)
{
    return find(model) != NULL;
}

const char **xen_cpu_model_names(void)
{
    const char **names = g_new0(const char *, G_N_ELEMENTS(models) + 1);
    for (gsize i = 0; i < G_N_ELEMENTS(models); i++)
        names[i] = models[i].name;
    return names;
}

bool xen_cpu_model_policy(const char *name, GPtrArray *words)
{
    const CpuModel *model = find(name);
    if (!model)
        return false;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(models); i++)
        for (const char *at = models[i].adds; at && *at;) {
            gsize length = strcspn(at, " ");
            if (g_hash_table_add(seen, g_strndup(at, length)) && !has(model, at, length))
                g_ptr_array_add(words, g_strdup_printf("%.*s=0", (int)length, at));
            at += length;
            at += *at == ' ';
        }
    return true;
}

/* libvirt's and the kernel's names that libxl spells in another way; all others are the same. */
const char *xen_cpu_flag(const char *name)
{
    static const struct {
        const char *given, *libxl;
    } aliases[] = {
        {"pclmuldq", "pclmulqdq"},      {"ds_cpl", "dscpl"},           {"tsc_deadline", "tsc-deadline"},
        {"tsc_deadline_timer", "tsc-deadline"}, {"lahf_lm", "lahf-lm"}, {"cr8legacy", "cr8-legacy"},
        {"cr8_legacy", "cr8-legacy"},   {"cmp_legacy", "cmp-legacy"},  {"pdpe1gb", "page1gb"},
        {"fxsr_opt", "ffxsr"},          {"pni", "sse3"},               {"lzcnt", "abm"},
        {"npt", "svm_npt"},             {"nrip-save", "svm_nrips"},    {"nrip_save", "svm_nrips"},
        {"lbrv", "svm_lbrv"},           {"spec-ctrl", "ibrsb"},        {"spec_ctrl", "ibrsb"},
        {"arch-capabilities", "arch-caps"}, {"avx512ifma", "avx512-ifma"}, {"avx512vbmi", "avx512-vbmi"},
        {"avx512vbmi2", "avx512-vbmi2"}, {"avx512vnni", "avx512-vnni"}, {"avx512bitalg", "avx512-bitalg"},
        {"avx512_vnni", "avx512-vnni"}, {"sse4_1", "sse4.1"},          {"sse4_2", "sse4.2"},
        {"smx", "smx"},                 {"rdctl-no", "rdcl-no"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(aliases); i++)
        if (g_str_equal(aliases[i].given, name))
            return aliases[i].libxl;
    return name;
}
