/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The only program of the laboratory's Linux guest: /init, and /sbin/poweroff and /sbin/reboot under
 * which names the kernel itself calls it when Xen asks for an orderly end.
 *
 * Its first line on each console is what tests wait for:
 *   GUEST-UP mode=pv kernel=6.1.0-56-cloud-amd64 memory_mib=117 vcpus=1 root=- uptime=0.51
 * then the command line, each disk and NIC as it comes and goes, and "tick N" each second, so that a
 * pause can be seen. A line that is typed comes back as "echo: LINE"; the lines poweroff, reboot and
 * crash do what they say. The ACPI power button is an orderly shutdown too. */
#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { CONSOLES_MAX = 4, BUTTONS_MAX = 8, SEEN_MAX = 64 };

static int consoles[CONSOLES_MAX];
static int n_consoles;
static int buttons[BUTTONS_MAX];
static int n_buttons;
static char seen[SEEN_MAX][64];

static void say(const char *format, ...)
{
    char line[1024];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(line, sizeof line - 1, format, args);
    va_end(args);
    if (length > (int)sizeof line - 2)
        length = sizeof line - 2;
    line[length++] = '\n';
    for (int i = 0; i < n_consoles; i++)
        if (write(consoles[i], line, (size_t)length) < 0)
            continue;
}

/* The first line of a file, without its end; empty when there is no such file. */
static char *first_line(char *text, size_t size, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file < 0 ? 0 : read(file, text, size - 1);

    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return text;
}

/* Every console that the kernel uses: a guest may have both Xen's and a serial line. */
static void open_consoles(void)
{
    char active[128], path[160];

    first_line(active, sizeof active, "/sys/class/tty/console/active");
    for (char *name = strtok(active, " "); name && n_consoles < CONSOLES_MAX; name = strtok(NULL, " ")) {
        struct termios mode;
        snprintf(path, sizeof path, "/dev/%s", strcmp(name, "tty0") ? name : "tty1");
        int file = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (file < 0)
            continue;
        if (tcgetattr(file, &mode) == 0) {
            mode.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
            tcsetattr(file, TCSANOW, &mode);
        }
        /* Reads are told by poll; writes must not be lost when the line is slow. */
        fcntl(file, F_SETFL, O_RDWR);
        consoles[n_consoles++] = file;
    }
}

static void mount_all(void)
{
    mkdir("/proc", 0755);
    mkdir("/sys", 0755);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", 0, NULL);
    mount("sys", "/sys", "sysfs", 0, NULL);
    mount("dev", "/dev", "devtmpfs", 0, NULL);
}

/* pv, pvh or hvm on Xen; kvm or qemu elsewhere. A PV guest must not be asked by CPUID. */
static const char *guest_mode(char *text, size_t size)
{
    unsigned eax, signature[3];

    if (strcmp(first_line(text, size, "/sys/hypervisor/type"), "xen") == 0) {
        first_line(text, size, "/sys/hypervisor/guest_type");
        for (char *c = text; *c; c++)
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
        return text;
    }
    __cpuid(0x40000000, eax, signature[0], signature[1], signature[2]);
    return memcmp(signature, "KVMKVMKVM", 9) == 0 ? "kvm" : "qemu";
}

static void greet(const char *mode)
{
    struct utsname name;
    char command[2048], root[256] = "-", uptime[64];
    const char *at;

    uname(&name);
    first_line(command, sizeof command, "/proc/cmdline");
    if ((at = strstr(command, " root=")) || (strncmp(command, "root=", 5) == 0 && (at = command - 1)))
        snprintf(root, sizeof root, "%.*s", (int)strcspn(at + 6, " "), at + 6);
    first_line(uptime, sizeof uptime, "/proc/uptime");
    uptime[strcspn(uptime, " ")] = '\0';
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    say("GUEST-UP mode=%s kernel=%s memory_mib=%ld vcpus=%ld root=%s uptime=%s", mode, name.release,
        pages / 1024 * page / 1024, sysconf(_SC_NPROCESSORS_ONLN), root, uptime);
    say("cmdline: %s", command);
}

/* /modules/list has lines "xen NAME" or "qemu NAME" in the order to load them; "all" is for both. */
static void load_modules(const char *mode)
{
    char where[16], name[64], path[128];
    bool qemu = !strcmp(mode, "qemu") || !strcmp(mode, "kvm"), hvm = !strcmp(mode, "hvm");
    FILE *list = fopen("/modules/list", "re");

    while (list && fscanf(list, "%15s %63s", where, name) == 2) {
        bool wanted = strcmp(where, "qemu") == 0 ? qemu : strcmp(where, "xen") == 0 ? !qemu : qemu || hvm;
        if (!wanted)
            continue;
        snprintf(path, sizeof path, "/modules/%s", name);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file < 0 || (syscall(SYS_finit_module, file, "", 0) < 0 && errno != EEXIST))
            say("module %s: %s", name, strerror(errno));
        close(file);
    }
    if (list)
        fclose(list);
}

/* One line for a device: a disk with its size and whether it can be read, a NIC with its address. */
static void describe(const char *name, bool disk)
{
    char path[128], text[64];
    unsigned char sector[512];

    if (!disk) {
        snprintf(path, sizeof path, "/sys/class/net/%s/address", name);
        say("nic: %s %s", name, first_line(text, sizeof text, path));
        return;
    }
    snprintf(path, sizeof path, "/sys/block/%s/size", name);
    long long kib = atoll(first_line(text, sizeof text, path)) / 2;
    snprintf(path, sizeof path, "/dev/%s", name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool readable = file >= 0 && read(file, sector, sizeof sector) == sizeof sector;
    if (file >= 0)
        close(file);
    snprintf(path, sizeof path, "/sys/block/%s/ro", name);
    say("disk: %s %lld KiB %s %s%s", name, kib, *first_line(text, sizeof text, path) == '1' ? "ro" : "rw",
        readable ? "readable" : "unreadable",
        readable && sector[510] == 0x55 && sector[511] == 0xaa ? " bootable" : "");
}

static void scan(const char *folder, bool disk)
{
    char known[64];
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        int place = -1;
        if (*entry->d_name == '.' || !strcmp(entry->d_name, "lo") || strlen(entry->d_name) > 60)
            continue;
        snprintf(known, sizeof known, "%c:%.60s", disk ? 'd' : 'n', entry->d_name);
        for (int i = 0; i < SEEN_MAX; i++) {
            if (strcmp(seen[i], known) == 0)
                place = SEEN_MAX;
            else if (!*seen[i] && place < 0)
                place = i;
        }
        if (place < 0 || place == SEEN_MAX)
            continue;
        strcpy(seen[place], known);
        describe(entry->d_name, disk);
    }
    if (dir)
        closedir(dir);
}

static void scan_devices(void)
{
    char path[128];

    for (int i = 0; i < SEEN_MAX; i++) {
        if (!*seen[i])
            continue;
        snprintf(path, sizeof path, "%s/%s", *seen[i] == 'd' ? "/sys/block" : "/sys/class/net", seen[i] + 2);
        if (access(path, F_OK) < 0) {
            say("gone: %s", seen[i] + 2);
            *seen[i] = '\0';
        }
    }
    scan("/sys/block", true);
    scan("/sys/class/net", false);
}

static void open_buttons(void)
{
    char path[64];

    for (int i = 0; i < BUTTONS_MAX; i++) {
        snprintf(path, sizeof path, "/dev/input/event%d", i);
        int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (file >= 0)
            buttons[n_buttons++] = file;
    }
}

static void end(int how, const char *word)
{
    say("GUEST-DOWN %s", word);
    for (int i = 0; i < n_consoles; i++)
        tcdrain(consoles[i]);
    sync();
    reboot(how);
}

static void answer(int console)
{
    char line[512];
    ssize_t got = read(console, line, sizeof line - 1);

    if (got <= 0)
        return;
    line[got] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    if (!*line)
        return;
    say("echo: %s", line);
    if (strcmp(line, "poweroff") == 0)
        end(RB_POWER_OFF, "poweroff");
    if (strcmp(line, "reboot") == 0)
        end(RB_AUTOBOOT, "reboot");
    if (strcmp(line, "crash") == 0) {
        int trigger = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);
        if (write(trigger, "c", 1) < 0)
            say("crash: %s", strerror(errno));
    }
}

static void push(int button)
{
    struct input_event event;

    while (read(button, &event, sizeof event) == sizeof event)
        if (event.type == EV_KEY && event.code == KEY_POWER && event.value == 1)
            end(RB_POWER_OFF, "power-button");
}

static void serve(void)
{
    struct pollfd fds[CONSOLES_MAX + BUTTONS_MAX];
    int n = n_consoles + n_buttons;
    struct timespec now;
    time_t next;
    long ticks = 0;

    for (int i = 0; i < n; i++)
        fds[i] = (struct pollfd){.fd = i < n_consoles ? consoles[i] : buttons[i - n_consoles], .events = POLLIN};
    clock_gettime(CLOCK_MONOTONIC, &now);
    next = now.tv_sec + 1;
    for (;;) {
        int ready = poll(fds, (nfds_t)n, 200);
        for (int i = 0; ready > 0 && i < n; i++) {
            if (fds[i].revents & POLLIN)
                i < n_consoles ? answer(fds[i].fd) : push(fds[i].fd);
            else if (fds[i].revents)
                fds[i].fd = -1;
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (now.tv_sec >= next) {
            next = now.tv_sec + 1;
            scan_devices();
            say("tick %ld", ++ticks);
        }
    }
}

int main(int argc, char **argv)
{
    char text[64];
    const char *name = argc > 0 && strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];

    if (getpid() != 1) {
        open_consoles();
        if (strcmp(name, "reboot") == 0)
            end(RB_AUTOBOOT, "reboot");
        end(RB_POWER_OFF, "poweroff");
        return 1;
    }
    signal(SIGCHLD, SIG_IGN);
    mount_all();
    open_consoles();
    const char *mode = guest_mode(text, sizeof text);
    greet(mode);
    load_modules(mode);
    open_buttons();
    scan_devices();
    serve();
}
