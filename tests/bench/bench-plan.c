/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How many guests a second one process decides and plans: from parsed guest file and metadata to the native text
 * that libxl or libvirt would be given. Prints figures, asserts nothing. Usage: bench-plan HOST-FILE [ROUNDS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/decide.h"
#include "config.h"
#if HAVE_XEN
#include "xen/xen.h"
#endif
#if HAVE_KVM
#include "kvm/kvm.h"
#endif

static const char file[] = "[guest]\nmemory = 512M\nvcpus = 2\n[disk root]\npath = /srv/web.qcow2\n[nic lan]\nbridge = xenbr0\n";
static const char metadata[] = "{\"vm_mode\": \"hvm\", \"architecture\": \"x86_64\", \"os_type\": \"linux\", \"hw_disk_bus\": \"ide\","
                               " \"hw_vif_model\": \"e1000\", \"hw_video_model\": \"cirrus\", \"min_ram\": 256}";

static void give_facts(Request *request)
{
    RequestDisk *disk = request->disks->pdata[0];
    disk->known = disk->is_image = disk->direct_io = true;
    disk->info.format = DISK_FORMAT_QCOW2;
    disk->info.virtual_size = 8ULL << 30;
}

/* One guest, as `plan` makes it: read the file, read the metadata, decide, plan. */
static void plan_one(const Host *host, const Policy *policy, const Backend *backend, bool parse_only)
{
    g_autoptr(Request) request = guest_file_parse(file, "web.guest", NULL, NULL);
    g_autoptr(ImageMeta) image = image_meta_parse(metadata, strlen(metadata), "web.json", NULL);
    if (parse_only)
        return;
    give_facts(request);
    g_autoptr(GError) error = NULL;
    g_autoptr(Guest) guest = decide(request, image, host, policy, backend->name, false, &error);
    g_autoptr(Plan) plan = guest ? backend->plan_create(guest, host, &error) : NULL;
    if (!plan) {
        fprintf(stderr, "%s\n", error->message);
        exit(1);
    }
}

static void measure(const Host *host, const Backend *backend, int rounds)
{
    g_autoptr(Policy) policy = policy_new();
    gint64 start = g_get_monotonic_time();
    for (int i = 0; i < rounds; i++)
        plan_one(host, policy, backend, true);
    gint64 parsed = g_get_monotonic_time();
    for (int i = 0; i < rounds; i++)
        plan_one(host, policy, backend, false);
    gint64 planned = g_get_monotonic_time();
    double parse_us = (double)(parsed - start) / rounds, whole_us = (double)(planned - parsed) / rounds;
    printf("plan in one process, %s: %.0f guests/s (%.1f us each, of which parsing %.1f us)\n", backend->name, 1e6 / whole_us, whole_us, parse_us);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bench-plan HOST-FILE [ROUNDS]\n");
        return 2;
    }
    int rounds = argc > 2 ? atoi(argv[2]) : 5000;
    g_autoptr(GError) error = NULL;
    g_autoptr(Host) host = host_load(argv[1], &error);
    if (!host) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
#if HAVE_XEN
    if (host->xen.usable)
        measure(host, &xen_backend, rounds);
#endif
#if HAVE_KVM
    if (host->kvm.usable)
        measure(host, host->kvm.kvm_works ? &kvm_backend : &qemu_backend, rounds);
#endif
    return 0;
}
