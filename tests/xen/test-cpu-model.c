/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "xen/config.h"
#include "xen/xen.h"

static bool hides(const char *model, const char *word)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    assert_true(xen_cpu_model_policy(model, words));
    g_autofree char *hidden = g_strconcat(word, "=0", NULL);
    for (guint i = 0; i < words->len; i++)
        if (g_str_equal(words->pdata[i], hidden))
            return true;
    return false;
}

static void a_model_hides_what_came_after_it(void **state)
{
    assert_false(hides("Nehalem", "sse4.2"));
    assert_true(hides("Nehalem", "aes"));
    assert_true(hides("Nehalem", "avx512f"));
    assert_false(hides("Haswell", "rtm"));
    assert_true(hides("Haswell-noTSX", "rtm"));
    assert_true(hides("Broadwell-noTSX", "hle"));
    assert_true(hides("SandyBridge", "sse4a")); /* AMD's only */
    assert_true(hides("EPYC", "fma4"));         /* Opteron_G4 had it, EPYC lost it */
    assert_false(hides("EPYC-Milan", "avx2"));
    assert_true(hides("kvm64", "ssse3"));
}

static void every_word_of_every_model_is_known_to_libxl(void **state)
{
    g_autofree const char **names = xen_cpu_model_names();
    for (gsize n = 0; names[n]; n++) {
        g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
        assert_true(xen_cpu_model_known(names[n]));
        assert_true(xen_cpu_model_policy(names[n], words));
        assert_true(words->len > 0);
        libxl_cpuid_policy_list policy = NULL;
        for (guint i = 0; i < words->len; i++)
            if (libxl_cpuid_parse_config(&policy, words->pdata[i]) != 0)
                fail_msg("%s: libxl does not know %s", names[n], (char *)words->pdata[i]);
        libxl_cpuid_dispose(&policy);
    }
}

static void a_model_that_is_not_in_the_table_is_not_known(void **state)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    assert_false(xen_cpu_model_known("Pentium"));
    assert_false(xen_cpu_model_policy("nehalem", words));
    assert_int_equal(words->len, 0);
}

static void flags_have_libxls_names(void **state)
{
    static const char *const given[] = {
        "pcid", "vmx", "svm", "pni", "pclmuldq", "tsc_deadline", "lahf_lm", "cmp_legacy", "cr8legacy", "pdpe1gb", "fxsr_opt", "npt",
        "nrip_save", "lbrv", "spec-ctrl", "arch-capabilities", "avx512ifma", "avx512vbmi", "avx512_vnni", "sse4_1", "sse4.2", "lzcnt",
        "invtsc", "rdctl-no",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(given); i++) {
        libxl_cpuid_policy_list policy = NULL;
        g_autofree char *word = g_strdup_printf("%s=0", xen_cpu_flag(given[i]));
        if (libxl_cpuid_parse_config(&policy, word) != 0)
            fail_msg("libxl does not know %s (%s)", given[i], word);
        libxl_cpuid_dispose(&policy);
    }
    assert_string_equal(xen_cpu_flag("avx2"), "avx2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_hides_what_came_after_it),
        cmocka_unit_test(every_word_of_every_model_is_known_to_libxl),
        cmocka_unit_test(a_model_that_is_not_in_the_table_is_not_known),
        cmocka_unit_test(flags_have_libxls_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
