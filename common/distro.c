/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/distro.h"

#include <string.h>

struct Distro {
    const char *ids; /* of os-release, separated by blanks */
    const char *install, *start;
    const char *packages[PACKAGES];
    const char *xen_services; /* that start xenstored and xenconsoled */
};

#define APT "apt-get install %s"
#define SYSTEMD "systemctl enable --now %s"

static const Distro distros[] = {
    {"debian", APT, SYSTEMD,
     {"qemu-system-x86", "libvirt-daemon-driver-qemu libvirt-daemon-system", "xen-system-amd64", "linux-image-amd64", "linux-image-amd64", "udev", "libguestfs-tools"},
     "xen"},
    {"ubuntu", APT, SYSTEMD,
     {"qemu-system-x86", "libvirt-daemon-system", "xen-system-amd64", "linux-modules-extra-$(uname -r)", "linux-image-generic", "udev",
      "libguestfs-tools"}, "xen"},
    {"fedora rhel centos", "dnf install %s", SYSTEMD,
     {"qemu-kvm", "libvirt-daemon-driver-qemu", "xen", "kernel-modules", "kernel-core", "systemd-udev", "libguestfs"}, "xenstored xenconsoled"},
    {"suse opensuse sles", "zypper install %s", SYSTEMD,
     {"qemu-x86", "libvirt-daemon-qemu", "xen xen-tools", "kernel-default", "kernel-default", "udev", "libguestfs"}, "xenstored xenconsoled"},
    {"alpine", "apk add %s", "rc-service %s start",
     {"qemu-system-x86_64", "libvirt-daemon libvirt-qemu", "xen xen-hypervisor", "linux-lts", "linux-lts", "eudev", "libguestfs"}, "xenstored xenconsoled"},
    {"arch", "pacman -S %s", SYSTEMD, {"qemu-base", "libvirt", "xen", "linux", "linux", "systemd", "libguestfs"}, "xenstored xenconsoled"},
};

/* Words instead of names, so that no command is printed that cannot be run. */
static const Distro unknown = {
    NULL, "install %s", "start the service %s",
    {"QEMU for this machine's architecture", "libvirt's QEMU driver", "Xen's hypervisor and tools", "a kernel with all of its modules", "a kernel", "udev",
     "libguestfs"},
    "xenstored"};

static const Distro *find(const char *id)
{
    for (gsize i = 0; i < G_N_ELEMENTS(distros); i++) {
        g_auto(GStrv) ids = g_strsplit(distros[i].ids, " ", -1);
        if (g_strv_contains((const char *const *)ids, id))
            return &distros[i];
    }
    return NULL;
}

/* The value of "KEY=value" or "KEY="value""; NULL: none. Caller frees. */
static char *value_of(const char *text, const char *key)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    gsize n = strlen(key);
    for (char **line = lines; *line; line++)
        if (g_str_has_prefix(*line, key) && (*line)[n] == '=') {
            char *value = g_shell_unquote(*line + n + 1, NULL);
            return value ? value : g_strdup(*line + n + 1);
        }
    return NULL;
}

const Distro *distro_of(SysTree *tree, char **pretty_name)
{
    g_autofree char *text = sys_read(tree, "/etc/os-release", 64 * 1024);
    if (!text)
        text = sys_read(tree, "/usr/lib/os-release", 64 * 1024);
    *pretty_name = text ? value_of(text, "PRETTY_NAME") : NULL;
    g_autofree char *id = text ? value_of(text, "ID") : NULL;
    g_autofree char *like = text ? value_of(text, "ID_LIKE") : NULL;
    const Distro *distro = id ? find(id) : NULL;
    g_auto(GStrv) words = g_strsplit(like ? like : "", " ", -1);
    for (char **word = words; *word && !distro; word++)
        distro = find(*word);
    return distro ? distro : &unknown;
}

/* The format of the table, whose each %s is the word. */
static char *fill(const char *format, const char *word)
{
    g_auto(GStrv) parts = g_strsplit(format, "%s", -1);
    return g_strjoinv(word, parts);
}

/* QEMU's packages have the architecture in their names. Caller frees. */
static char *of_arch(const char *package, const char *arch)
{
    static const struct {
        const char *arch, *from, *to;
    } names[] = {{"aarch64", "x86_64", "aarch64"}, {"aarch64", "x86", "arm"}, {"ppc64", "x86_64", "ppc64"}, {"ppc64", "x86", "ppc"}};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_has_prefix(arch, names[i].arch) && strstr(package, names[i].from)) {
            g_auto(GStrv) parts = g_strsplit(package, names[i].from, -1);
            return g_strjoinv(names[i].to, parts);
        }
    return g_strdup(package);
}

/* busybox has neither groupadd nor usermod. */
static bool has_busybox(const Distro *distro)
{
    return distro->ids && g_str_equal(distro->ids, "alpine");
}

char *distro_add_group(const Distro *distro, const char *group)
{
    return g_strdup_printf(has_busybox(distro) ? "addgroup -S %s" : "groupadd --system %s", group);
}

char *distro_join_group(const Distro *distro, const char *user, const char *group)
{
    return has_busybox(distro) ? g_strdup_printf("addgroup %s %s", user, group) : g_strdup_printf("usermod --append --groups %s %s", group, user);
}

/* Packages whose names have the architecture in them. Debian has a kernel for each, and Xen for x86 and ARM. */
static const char *of_debian(const Distro *distro, Package package, const char *arch)
{
    static const struct {
        const char *arch, *kernel, *xen;
    } names[] = {{"aarch64", "linux-image-arm64", "xen-system-arm64"}, {"ppc64le", "linux-image-powerpc64le", NULL},
                 {"ppc64", "linux-image-powerpc64", NULL}};
    bool ubuntu = g_strcmp0(distro->ids, "ubuntu") == 0; /* whose kernels are called the same everywhere */
    if (!ubuntu && g_strcmp0(distro->ids, "debian") != 0)
        return NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_str_equal(arch, names[i].arch))
            return package == PACKAGE_XEN ? names[i].xen : ubuntu ? NULL : package == PACKAGE_KERNEL || package == PACKAGE_IMAGE ? names[i].kernel : NULL;
    return NULL;
}

char *distro_install(const Distro *distro, Package package, const char *arch)
{
    const char *other = arch ? of_debian(distro, package, arch) : NULL;
    if (other)
        return fill(distro->install, other);
    g_autofree char *name = package == PACKAGE_QEMU && arch ? of_arch(distro->packages[package], arch) : g_strdup(distro->packages[package]);
    return fill(distro->install, name);
}

char *distro_start_xen(const Distro *distro)
{
    if (!has_busybox(distro))
        return fill(distro->start, distro->xen_services);
    g_auto(GStrv) services = g_strsplit(distro->xen_services, " ", -1); /* OpenRC takes one at a time */
    for (char **service = services; *service; service++) {
        char *command = fill(distro->start, *service);
        g_free(*service);
        *service = command;
    }
    return g_strjoinv(" && ", services);
}
