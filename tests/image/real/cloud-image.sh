#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# cloud-image.sh OUTDIR: a real Debian with systemd, OpenSSH and cloud-init as its package is, out of Debian's packages: cloud.qcow2
# (one ext4 file system) with its metadata, its kernel cloud-vmlinuz and a small RAM disk cloud-initrd, which boot it on QEMU and
# on Xen. Needs root, for the owners of files. Does nothing when OUTDIR is up to date; else it takes one to two minutes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lab=$(cd "$here/../../lab" && pwd)
# shellcheck source=/dev/null
. "$lab/lib.sh"
out=${1:?usage: cloud-image.sh OUTDIR}
mkdir -p "$out"
out=$(cd "$out" && pwd)

packages='cloud-init systemd-sysv udev openssh-server iproute2 sudo'
kernel=linux-image-cloud-amd64
# The disk, the CD-ROM or second disk of the seed, and its file system, on either hypervisor; Debian's own RAM disk has them too.
modules='virtio_pci virtio_blk ata_piix sr_mod isofs xen-blkfront'
# Both consoles: a guest that has only one of them ignores the other. The rest spares emulation some work.
cmdline='root=LABEL=cloud console=ttyS0 console=hvc0 quiet mitigations=off tsc=reliable random.trust_cpu=on systemd.show_status=false'

key() {
    for name in cloud-image.sh root-init.c; do sha256sum < "$here/$name"; done
    lab_apt_lists
}

add_module() {
    modprobe -d "$work/kernel" -S "$release" --show-depends "$1" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
}

# The RAM disk.
make_initrd() {
    release=$(basename "$work"/kernel/lib/modules/*)
    depmod -b "$work/kernel" "$release"
    mkdir -p "$work/initrd/modules"
    for name in $modules; do add_module "$name"; done | awk '!seen[$0]++' | while read -r module; do
        strip --strip-debug -o "$work/initrd/modules/${module##*/}" "$module"
        echo "${module##*/}" >> "$work/initrd/modules/list"
    done
    ${CC:-gcc} -O2 -Wall -static -s -o "$work/initrd/init" "$here/root-init.c"
    (cd "$work/initrd" && find . | sort | cpio --quiet -o -H newc) | gzip -1n > "$out/cloud-initrd"
    cp "$work"/kernel/boot/vmlinuz-* "$out/cloud-vmlinuz"
}

# What the tests read is said by the system itself, when cloud-init has ended: see cloud-wishes.sh.
add_report() {
    cat > "$work/root/usr/local/sbin/report" << 'REPORT'
#!/bin/sh
{
    echo
    echo "REPORT version $(dpkg-query -W -f '${Version}' cloud-init)"
    echo "REPORT virt $(systemd-detect-virt)"
    python3 -c 'import json; r = json.load(open("/run/cloud-init/result.json"))["v1"]; print("datasource", r["datasource"]); print("errors", r["errors"])' |
        sed 's/\[.*\(seed\|source\)=\([^]]*\).*/from \2/; s/^/REPORT /'
    echo "REPORT hostname $(hostname) $(cat /etc/hostname)"
    echo "REPORT instance $(cat /var/lib/cloud/data/instance-id)"
    for file in /home/*/.ssh/authorized_keys; do
        echo "REPORT keys $(stat -c '%U %a' "$file") $file $(grep -v '^#' "$file" | tr '\n' '|')"
    done
    for user in admin debian; do echo "REPORT password $user $(getent shadow $user | cut -d: -f2)"; done
    echo "REPORT sudo $(grep -h NOPASSWD /etc/sudoers.d/*)"
    echo "REPORT user-data $(cat /run/made-by-user-data 2>&1)"
    grep -a WARNING /var/log/cloud-init.log | sed 's/^/REPORT warning /'
    echo "REPORT uptime $(cut -d' ' -f1 /proc/uptime)"
    echo "REPORT end"
} > /dev/console 2>&1
systemctl --force --force poweroff
REPORT
    chmod 755 "$work/root/usr/local/sbin/report"
    printf '[Unit]\nAfter=cloud-final.service\n[Service]\nType=oneshot\nExecStart=/usr/local/sbin/report\n[Install]\nWantedBy=cloud-init.target\n' \
        > "$work/root/etc/systemd/system/report.service"
    ln -s /etc/systemd/system/report.service "$work/root/etc/systemd/system/cloud-init.target.wants/"
}

# Only what emulation makes slow and has nothing to do with cloud-init; its configuration and its list of data sources stay Debian's.
make_quick() {
    md5sum < "$0" | cut -c 1-32 > "$work/root/etc/machine-id" # with none systemd would go through all of its presets
    rm -f "$work"/root/etc/ssh/ssh_host_*
    for unit in systemd-timesyncd.service e2scrub_reap.service e2scrub_all.timer fstrim.timer apt-daily.timer apt-daily-upgrade.timer \
        dpkg-db-backup.timer systemd-journal-flush.service systemd-pstore.service systemd-hwdb-update.service ldconfig.service \
        systemd-journal-catalog-update.service systemd-update-done.service systemd-update-utmp.service \
        systemd-update-utmp-runlevel.service proc-sys-fs-binfmt_misc.automount; do
        ln -sf /dev/null "$work/root/etc/systemd/system/$unit"
    done
    echo 'LANG=C.UTF-8' > "$work/root/etc/default/locale" # else cloud-init has one generated
    echo 'LABEL=cloud / ext4 defaults 0 0' > "$work/root/etc/fstab"
}

build() {
    work=$(mktemp -d "$out/.build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    # shellcheck disable=SC2086
    mmdebstrap --quiet --variant=minbase --include="$(echo $packages | tr ' ' ,)" --aptopt='Acquire::Retries "2"' bookworm "$work/root.tar"
    mkdir "$work/root" "$work/kernel"
    tar -C "$work/root" -xf "$work/root.tar" --exclude='./dev/*' --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
        --exclude='./usr/share/locale/*' --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*'
    name=$(lab_apt "$work/apt" --print-uris install $kernel | awk '$2 ~ /^linux-image-[0-9]/ { sub(/_.*/, "", $2); print $2 }')
    (cd "$work" && lab_retry apt-get -qq -o APT::Sandbox::User=root download "$name")
    dpkg-deb -x "$work/$name"*.deb "$work/kernel"
    make_initrd
    add_report
    make_quick
    mke2fs -q -t ext4 -L cloud -d "$work/root" -O ^has_journal "$work/cloud.raw" 1G
    qemu-img convert -f raw -O qcow2 "$work/cloud.raw" "$out/cloud.qcow2"
    printf '{"name": "cloud", "disk_format": "qcow2", "vm_mode": "hvm", "os_distro": "debian", "min_ram": 256,\n "kernel_id": "cloud-vmlinuz", "ramdisk_id": "cloud-initrd",\n "os_command_line": "%s"}\n' \
        "$cmdline" > "$out/cloud.qcow2.json"
    rm -rf "$work"
}

exec 9> "$out/.cloud.lock"
flock 9
if [ -f "$out/cloud.qcow2.json" ] && key | lab_same "$out/.cloud.key"; then
    exit 0
fi
started=$(lab_uptime)
"$lab/install-packages.sh" cloud
lab_apt_ready
rm -f "$out/.cloud.key" "$out/cloud.qcow2.json"
build
key > "$out/.cloud.key"
lab_say "built the cloud image in $(lab_since "$started"): $out"
