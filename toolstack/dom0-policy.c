/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "toolstack/dom0-policy.h"

#include "common/dom0-conf.h"

Dom0Plan *dom0_policy(const Host *host, const Options *options, GError **error)
{
    Dom0Facts facts = dom0_facts(host, options->guests);
    g_autoptr(Dom0Wish) kept = dom0_conf_load(options->paths->dom0, error);
    return kept ? dom0_plan_with(&facts, kept, error) : NULL;
}
