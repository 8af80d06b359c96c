/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first process of the laboratory's dom0, alone in its initial RAM disk: load the modules that
 * /modules/list names in order, mount the root disk and everything else, go on as /lab-init.
 *
 * It is one static program because each process that a shell would start here costs a tenth of a
 * second under emulation, and there would be fifty. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void try_mount(const char *source, const char *target, const char *type, unsigned long flags)
{
    if (mount(source, target, type, flags, NULL) < 0)
        fprintf(stderr, "dom0-start: %s on %s: %s\n", source, target, strerror(errno));
}

static void load_modules(void)
{
    char path[256] = "/modules/", name[200];
    FILE *list = fopen("/modules/list", "re");

    while (list && fscanf(list, "%199s", name) == 1) {
        snprintf(path, sizeof path, "/modules/%s", name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || syscall(SYS_finit_module, file, "", 0) < 0)
            fprintf(stderr, "dom0-start: %s: %s\n", name, strerror(errno));
        close(file);
    }
    if (list)
        fclose(list);
}

int main(void)
{
    static const char *const dirs[] = {"/dev/pts", "/dev/shm", "/run/lock", "/run/xen", "/run/xenstored"};

    mkdir("/dev", 0755);
    mkdir("/root", 0755);
    try_mount("devtmpfs", "/dev", "devtmpfs", 0);
    load_modules();
    for (int tries = 0; access("/dev/vda", F_OK) < 0 && tries < 100; tries++)
        usleep(50000);

    try_mount("/dev/vda", "/root", "ext4", MS_NOATIME);
    try_mount("/dev", "/root/dev", NULL, MS_MOVE);
    if (chdir("/root") < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
        perror("dom0-start: root disk");

    try_mount("proc", "/proc", "proc", 0);
    try_mount("sys", "/sys", "sysfs", 0);
    try_mount("run", "/run", "tmpfs", 0);
    try_mount("tmp", "/tmp", "tmpfs", 0);
    for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++)
        mkdir(dirs[i], 0755);
    try_mount("devpts", "/dev/pts", "devpts", 0);
    try_mount("shm", "/dev/shm", "tmpfs", 0);
    try_mount("xenfs", "/proc/xen", "xenfs", 0);
    try_mount("/dev/vdb", "/work", "ext4", MS_NOATIME);
    /* Without udev nobody else makes these, and Xen's hotplug scripts wait for ever without stdin. */
    if (symlink("/proc/self/fd", "/dev/fd") < 0 || symlink("fd/0", "/dev/stdin") < 0 ||
        symlink("fd/1", "/dev/stdout") < 0 || symlink("fd/2", "/dev/stderr") < 0)
        perror("dom0-start: /dev/stdin");

    execl("/lab-init", "/lab-init", NULL);
    perror("dom0-start: /lab-init");
    return 1;
}
