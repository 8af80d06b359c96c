/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <stdio.h>

#include "kvm/kvm.h"

/* What guestctl thinks of a /dev/kvm: for kvm-in-tcg.sh, and to ask by hand. Usage: kvm-probe [DEVICE] */
int main(int argc, char **argv)
{
    g_autofree char *reason = NULL;
    gint64 start = g_get_monotonic_time();
    bool works = kvm_probe_cpu(argc > 1 ? argv[1] : NULL, &reason);
    printf("KVM %s: %s (%.1f ms)\n", works ? "works" : "does not work", reason, (double)(g_get_monotonic_time() - start) / 1000);
    return works ? 0 : 1;
}
