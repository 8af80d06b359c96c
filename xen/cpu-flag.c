/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "xen/cpu-flag.h"

/* The features that a guest may insist on ("+avx2"), by the name that libxl takes, Linux' name in
 * /proc/cpuinfo, and their bit in libxl_physinfo's hw_cap, whose words are CPUID's registers in this order:
 * 1.edx, 1.ecx, 80000001.edx, 80000001.ecx, d:1.eax, 7.ebx, 7.ecx, 80000007.edx. */
static const struct {
    const char *libxl, *linux_name;
    unsigned word, bit;
} flags[] = {
    {"sse3", "pni", 1, 0},           {"pclmulqdq", "pclmulqdq", 1, 1}, {"vmx", "vmx", 1, 5},
    {"ssse3", "ssse3", 1, 9},        {"fma", "fma", 1, 12},            {"cx16", "cx16", 1, 13},
    {"pcid", "pcid", 1, 17},         {"sse4.1", "sse4_1", 1, 19},      {"sse4.2", "sse4_2", 1, 20},
    {"x2apic", "x2apic", 1, 21},     {"movbe", "movbe", 1, 22},        {"popcnt", "popcnt", 1, 23},
    {"tsc-deadline", "tsc_deadline_timer", 1, 24},                     {"aes", "aes", 1, 25},
    {"aesni", "aes", 1, 25},         {"xsave", "xsave", 1, 26},        {"avx", "avx", 1, 28},
    {"f16c", "f16c", 1, 29},         {"rdrand", "rdrand", 1, 30},      {"nx", "nx", 2, 20},
    {"page1gb", "pdpe1gb", 2, 26},   {"rdtscp", "rdtscp", 2, 27},      {"lm", "lm", 2, 29},
    {"lahf-lm", "lahf_lm", 3, 0},    {"svm", "svm", 3, 2},             {"abm", "abm", 3, 5},
    {"sse4a", "sse4a", 3, 6},        {"3dnowprefetch", "3dnowprefetch", 3, 8}, {"xop", "xop", 3, 11},
    {"fma4", "fma4", 3, 16},         {"tbm", "tbm", 3, 21},            {"xsaveopt", "xsaveopt", 4, 0},
    {"xsavec", "xsavec", 4, 1},      {"xgetbv1", "xgetbv1", 4, 2},     {"xsaves", "xsaves", 4, 3},
    {"fsgsbase", "fsgsbase", 5, 0},  {"bmi1", "bmi1", 5, 3},           {"hle", "hle", 5, 4},
    {"avx2", "avx2", 5, 5},          {"smep", "smep", 5, 7},           {"bmi2", "bmi2", 5, 8},
    {"erms", "erms", 5, 9},          {"invpcid", "invpcid", 5, 10},    {"rtm", "rtm", 5, 11},
    {"avx512f", "avx512f", 5, 16},   {"avx512dq", "avx512dq", 5, 17},  {"rdseed", "rdseed", 5, 18},
    {"adx", "adx", 5, 19},           {"smap", "smap", 5, 20},          {"clflushopt", "clflushopt", 5, 23},
    {"clwb", "clwb", 5, 24},         {"avx512cd", "avx512cd", 5, 28},  {"sha", "sha_ni", 5, 29},
    {"avx512bw", "avx512bw", 5, 30}, {"avx512vl", "avx512vl", 5, 31},  {"umip", "umip", 6, 2},
    {"pku", "pku", 6, 3},            {"gfni", "gfni", 6, 8},           {"vaes", "vaes", 6, 9},
    {"rdpid", "rdpid", 6, 22},
};

bool xen_cpu_flag_missing(const char *flag, const Host *host)
{
    if (!host || !host->xen.usable || !host->cpu_flags || !host->cpu_flags[0])
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
        if (g_str_equal(flags[i].libxl, flag))
            return !g_strv_contains((const char *const *)host->cpu_flags, flags[i].linux_name);
    return false;
}

void xen_cpu_flag_add_hidden(Host *host, const libxl_hwcap hw_cap)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (gsize i = 0; host->cpu_flags && host->cpu_flags[i]; i++)
        g_strv_builder_add(builder, host->cpu_flags[i]);
    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
        const char *name = flags[i].linux_name;
        bool known = host->cpu_flags && g_strv_contains((const char *const *)host->cpu_flags, name);
        bool alias = i > 0 && g_str_equal(flags[i - 1].linux_name, name);
        if (!known && !alias && hw_cap[flags[i].word] >> flags[i].bit & 1)
            g_strv_builder_add(builder, name);
    }
    g_strfreev(host->cpu_flags);
    host->cpu_flags = g_strv_builder_end(builder);
}
