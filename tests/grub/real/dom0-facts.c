/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The init of a dom0 that lives for a few lines: asks the running Xen what it gave dom0 and which words of its command
 * line it complained of, prints that on the console, and powers off. Static; /modules/list names what xenctrl needs. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <xenctrl.h>

static void load_modules(void)
{
    FILE *list = fopen("/modules/list", "r");
    char name[128], path[160];
    while (list && fscanf(list, "%127s", name) == 1) {
        snprintf(path, sizeof path, "/modules/%s", name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) != 0)
            perror(path);
        if (fd >= 0)
            close(fd);
    }
    if (list)
        fclose(list);
}

static unsigned long memory_total_kib(void)
{
    FILE *file = fopen("/proc/meminfo", "r");
    unsigned long kib = 0;
    if (!file || fscanf(file, "MemTotal: %lu", &kib) != 1)
        perror("/proc/meminfo");
    if (file)
        fclose(file);
    return kib;
}

/* How many CPUs a vcpu may run on. */
static int affinity(xc_interface *xc, uint32_t vcpu)
{
    xc_cpumap_t hard = xc_cpumap_alloc(xc), soft = xc_cpumap_alloc(xc);
    int cpus = xc_get_max_cpus(xc), count = 0;
    if (!hard || !soft || xc_vcpu_getaffinity(xc, 0, (int)vcpu, hard, soft, XEN_VCPUAFFINITY_HARD) != 0)
        return -1;
    for (int cpu = 0; cpu < cpus; cpu++)
        count += xc_cpumap_testcpu(cpu, hard);
    free(hard);
    free(soft);
    return count;
}

/* Xen parses its line before it has a console, so that its complaints are in its log alone. */
static int report_complaints(xc_interface *xc)
{
    static char log[64 * 1024];
    unsigned size = sizeof log - 1;
    if (xc_readconsolering(xc, log, &size, 0, 0, NULL) != 0)
        return -1;
    log[size] = '\0';
    for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n"))
        if (strstr(line, "parameter \""))
            printf("DOM0-COMPLAINT %s\n", strstr(line, "parameter \""));
    return 0;
}

static int report(void)
{
    xc_interface *xc = xc_interface_open(NULL, NULL, 0);
    xc_domaininfo_t domain;
    xc_physinfo_t machine = {0};
    if (!xc || xc_domain_getinfolist(xc, 0, 1, &domain) != 1 || domain.domain != 0 || xc_physinfo(xc, &machine) != 0 || report_complaints(xc) != 0)
        return -1;
    printf("DOM0-FACTS tot_pages=%llu outstanding_pages=%llu max_pages=%llu vcpus=%u affinity=%d cpus=%u "
           "total_pages=%llu free_pages=%llu memtotal_kib=%lu\n",
           (unsigned long long)domain.tot_pages, (unsigned long long)domain.outstanding_pages,
           (unsigned long long)domain.max_pages, domain.max_vcpu_id + 1, affinity(xc, 0), machine.nr_cpus,
           (unsigned long long)machine.total_pages, (unsigned long long)machine.free_pages, memory_total_kib());
    return xc_interface_close(xc);
}

int main(void)
{
    mkdir("/proc", 0755);
    mkdir("/dev", 0755);
    mkdir("/dev/xen", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    int console = open("/dev/console", O_RDWR);
    for (int fd = 0; console >= 0 && fd <= 2; fd++)
        dup2(console, fd);
    load_modules();
    if (report() != 0)
        perror("DOM0-FACTS failed");
    fflush(stdout);
    reboot(RB_POWER_OFF);
    return 1;
}
