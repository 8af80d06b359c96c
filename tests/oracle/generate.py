#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Make tests/common/nova-rules.tsv, or random properties for compare.sh.

  generate.py NAME=PYTHONPATH...    the table; the oracles in order of age, e.g.
                                    18.1.0=/src/nova-18 26.2.2= master=/src/nova
  generate.py --random SEED COUNT   COUNT objects of properties, one JSON per line

Each line of the table: the rule it shows, the given properties, the newest nova's answer, the oldest of
the named novas from which on that is the answer, what guestctl does ("=" is the same), and why when it
is something else. An answer is a JSON object of canonical values, or "refused: " and nova's message."""
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = "nova-rules 9; fields.py:320-344"

VM_MODES = ["hvm", "xen", "uml", "exe"]
HYPERVISORS = ("baremetal bhyve docker fake hyperv ironic kqemu kvm lxc lxd openvz parallels phyp qemu test uml "
               "vbox vz vmware xen zvm prsm").split()
ARCHITECTURES = ("aarch64 alpha armv6 armv7l armv7b cris i686 ia64 lm32 m68k microblaze microblazeel mips mipsel "
                 "mips64 mips64el openrisc parisc parisc64 ppc ppcle ppc64 ppc64le ppcemb s390 s390x sh4 sh4eb "
                 "sparc sparc64 unicore32 x86_64 xtensa xtensaeb").split()
BUSES = "fdc ide sata scsi usb virtio xen lxc uml".split()
VIFS = "virtio ne2k_pci pcnet rtl8139 e1000 e1000e netfront spapr-vlan lan9118 sriov vmxnet vmxnet3 igb".split()
VIF_OLD = ["virtuale1000", "virtuale1000e", "virtualpcnet32", "virtualsriovethernetcard", "virtualvmxnet", "VirtualVmxnet3"]
# Enums that nova compares letter by letter: property, legal values, rule.
EXACT = [
    ("hw_cdrom_bus", BUSES, LIST), ("hw_disk_bus", BUSES, LIST), ("hw_floppy_bus", BUSES, LIST), ("hw_rescue_bus", BUSES, LIST),
    ("hw_cpu_policy", ["dedicated", "shared", "mixed"], "nova-rules 14; fields.py:252-257"),
    ("hw_cpu_thread_policy", ["prefer", "isolate", "require"], "nova-rules 14; fields.py:260-280"),
    ("hw_ephemeral_encryption_format", ["plain", "luks", "luksv2"], "ImageMetaProps 1.32"),
    ("hw_firmware_type", ["uefi", "bios"], "nova-rules 7; fields.py:347-352"),
    ("hw_input_bus", ["usb", "virtio"], "ImageMetaProps 1.29"),
    ("hw_maxphysaddr_mode", ["passthrough", "emulate"], "ImageMetaProps 1.36"),
    ("hw_mem_encryption_model", ["amd-sev", "amd-sev-es", "amd-sev-snp"], "ImageMetaProps 1.42"),
    ("hw_pci_numa_affinity_policy", ["required", "legacy", "preferred", "socket"], "ImageMetaProps 1.25"),
    ("hw_pointer_model", ["usbtablet"], "nova-rules 13; fields.py:725-729"),
    ("hw_rescue_device", ["cdrom", "disk", "floppy", "fs", "lun"], "fields.py:233-242"),
    ("hw_rng_model", ["virtio"], "nova-rules 13; fields.py:460-464"),
    ("hw_sound_model", ["sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio"], "ImageMetaProps 1.40"),
    ("hw_tpm_model", ["tpm-tis", "tpm-crb"], "ImageMetaProps 1.27"),
    ("hw_tpm_version", ["1.2", "2.0"], "ImageMetaProps 1.27"),
    ("hw_usb_model", ["none", "nec-xhci", "qemu-xhci"], "ImageMetaProps 1.41"),
    ("hw_video_model", ["cirrus", "qxl", "vga", "vmvga", "xen", "virtio", "gop", "none", "bochs"], "nova-rules 13; fields.py:501-509"),
    ("hw_viommu_model", ["intel", "smmuv3", "virtio", "auto"], "ImageMetaProps 1.34"),
    ("hw_watchdog_action", ["none", "pause", "poweroff", "reset", "disabled"], "nova-rules 13; fields.py:614-622"),
    ("img_config_drive", ["optional", "mandatory"], "nova-rules 11; fields.py:245-249"),
    ("img_signature_hash_method", ["SHA-224", "SHA-256", "SHA-384", "SHA-512"], "fields.py:433-435"),
    ("img_signature_key_type", ["DSA", "ECC_SECP384R1", "ECC_SECP521R1", "ECC_SECT409K1", "ECC_SECT409R1", "ECC_SECT571K1",
                                "ECC_SECT571R1", "RSA-PSS"], "fields.py:438-443"),
    ("os_secure_boot", ["required", "disabled", "optional"], "fields.py:492-498"),
]
BOOLEANS = ("hw_boot_menu hw_ephemeral_encryption hw_firmware_stateless hw_ipxe_boot hw_locked_memory hw_mem_encryption hw_pmu "
            "hw_qemu_guest_agent hw_time_hpet hw_vif_multiqueue_enabled hw_virtio_packed_ring img_bdm_v2 img_bittorrent "
            "img_cache_in_nova img_hide_hypervisor_id img_linked_clone img_use_agent os_require_quiesce "
            "os_skip_agent_inject_files_at_boot os_skip_agent_inject_ssh").split()
# property, a legal value
INTEGERS = [("hw_cpu_cores", "4"), ("hw_cpu_max_cores", "8"), ("hw_cpu_max_sockets", "2"), ("hw_cpu_max_threads", "1"),
            ("hw_cpu_sockets", "2"), ("hw_cpu_threads", "2"), ("hw_device_id", "2"), ("hw_maxphysaddr_bits", "42"),
            ("hw_numa_nodes", "2"), ("hw_redirected_usb_ports", "3"), ("hw_serial_port_count", "3"), ("hw_video_ram", "64"),
            ("img_compression_level", "9"), ("img_version", "1")]
TEXTS = [("hw_auto_disk_config", "true"), ("hw_cpu_realtime_mask", "^0-1"), ("hw_disk_type", "preallocated"), ("hw_machine_type", "q35"),
         ("img_owner_id", "3f2a"), ("img_root_device_name", "/dev/xvda"), ("img_signature", "c2lnbmF0dXJl"), ("os_admin_user", "root"),
         ("os_command_line", "console=hvc0 root=/dev/xvda1 ro"), ("os_distro", "debian")]
LEGACY = [("architecture", "hw_architecture", "amd64", "i386"), ("owner_id", "img_owner_id", "a", "b"),
          ("vmware_disktype", "hw_disk_type", "sparse", "thin"), ("vmware_image_version", "img_version", "1", "2"),
          ("vmware_ostype", "os_distro", "otherGuest", "debian"), ("auto_disk_config", "hw_auto_disk_config", "True", "False"),
          ("ipxe_boot", "hw_ipxe_boot", "yes", "no"), ("xenapi_device_id", "hw_device_id", "1", "2"),
          ("xenapi_image_compression_level", "img_compression_level", "5", "6"), ("vmware_linked_clone", "img_linked_clone", "1", "0"),
          ("xenapi_use_agent", "img_use_agent", "true", "false"), ("xenapi_skip_agent_inject_ssh", "os_skip_agent_inject_ssh", "t", "f"),
          ("xenapi_skip_agent_inject_files_at_boot", "os_skip_agent_inject_files_at_boot", "on", "off"),
          ("cache_in_nova", "img_cache_in_nova", "y", "n"), ("vm_mode", "hw_vm_mode", "pv", "hvm"),
          ("bittorrent", "img_bittorrent", "True", "no"), ("bdm_v2", "img_bdm_v2", "True", "False"),
          ("mappings", "img_mappings", [{"virtual": "ami", "device": "sda"}], []),
          ("block_device_mapping", "img_block_device_mapping", [{"device_name": "vda", "no_device": None}], []),
          ("root_device_name", "img_root_device_name", "/dev/sda", "/dev/vda"),
          ("hypervisor_version_requires", "img_hv_requested_version", ">=4.17", ">=4.16"), ("hypervisor_type", "img_hv_type", "xapi", "kvm")]

EXTENSION = "guestctl's extension: PVH has no word in nova"
RANGE = "a number that cannot mean anything is refused; nova's parser takes it and its driver fails or misreads it later"
CONTROL = "a control character would reach terminals and consoles"
GLANCE = "known from Glance's documents; nova's parser passes over it"
FRACTION = "nova's parser keeps the text and refuses it when the guest is built (InvalidMemoryPageSize)"
KIB = "written in KiB, which is what nova makes of it when the guest is built"


class Table(list):
    def add(self, rule, given, ours="=", why="-"):
        if not any(row[1] == given for row in self):
            self.append((rule, given, ours, why))

    def values(self, rule, name, values, **kwargs):
        for value in values:
            self.add(rule, {name: value}, **kwargs)


def modes(t):
    rule = "nova-rules 1; fields.py:538-611"
    for name in ("vm_mode", "hw_vm_mode"):
        t.values(rule, name, VM_MODES + ["HVM", "Xen", "XEN", "Uml", "EXE", "pv", "PV", "hv", "Hv", "baremetal", "BareMetal"])
        t.values(rule, name, ["", "fullvirt", "paravirt", "kvm", " xen", "hvm ", "xen hvm", "hvm,xen", "xen0", "h"])
        for word in ("pvh", "PVH", "xenpvh", "XenPVH"):
            t.add(rule, {name: word}, {"hw_vm_mode": "pvh"}, EXTENSION)


def hypervisors(t):
    rule = "nova-rules 4; fields.py:355-430"
    for name in ("hypervisor_type", "img_hv_type"):
        t.values(rule, name, HYPERVISORS + ["Xen", "XEN", "KVM", "QEMU", "HyperV", "VMware", "xapi", "XAPI", "Xapi"])
        t.values(rule, name, ["", "xen-hvm", "hyper-v", "powervm", "esxi", "virtuozzo", "xenserver", "libvirt", "xen ", "xen vm_mode=hvm"])


def architectures(t):
    rule = "nova-rules 5; fields.py:102-230"
    t.values(rule, "architecture", ARCHITECTURES + ["X86_64", "AARCH64", "Ppc64LE", "i386", "i486", "i586", "I386", "x86_32", "x86_32p",
                                                    "X86_32P", "amd64", "AMD64"])
    t.values(rule, "hw_architecture", ["x86_64", "amd64", "i386", "S390X", "arm64"])
    t.values(rule, "architecture", ["", "arm64", "x86", "x86-64", "x64", "i786", "ppc64el", "armhf", "arm", "riscv64", "x86_64 ", "any"])
    t.values(rule + "; ImageMetaProps 1.31", "hw_emulation_architecture", ["aarch64", "AMD64", "i586", "arm64"])


def enums(t):
    for name, legal, rule in EXACT:
        wrong = [legal[0].swapcase(), "", legal[0] + " ", "nonsense"]
        t.values(rule, name, legal + [w for w in wrong if w not in legal])


def folded(t):
    rule = "nova-rules 10; fields.py:512-535"
    t.values(rule, "hw_vif_model", VIFS + VIF_OLD + ["E1000", "Virtio", "NetFront", "", "virtio-net", "rtl8139 ", "virtuale1000x", "vif"])
    rule = "nova-rules 15; fields.py:467-489"
    t.values(rule, "hw_scsi_model", ["buslogic", "ibmvscsi", "lsilogic", "lsisas1068", "lsisas1078", "virtio-scsi", "vmpvscsi",
                                     "lsiLogicsas", "lsilogicsas", "paraVirtual", "paravirtual", "BusLogic", "VIRTIO-SCSI", "", "megasas"])
    rule = "nova-rules 15; fields.py:446-457"
    t.values(rule, "os_type", ["linux", "windows", "Linux", "LINUX", "Windows", "WINDOWS", "", "freebsd", "linux ", "win"])


def booleans(t):
    rule = "nova-rules 15; oslo bool_from_string"
    t.values(rule, "hw_qemu_guest_agent", ["1", "t", "true", "on", "y", "yes", "0", "f", "false", "off", "n", "no", "True", "YES", "On",
                                           " yes ", "maybe", "", "2", "enabled", "-1", "yes!"])
    for name in BOOLEANS:
        t.values(rule, name, ["yes", "False"])


def integers(t):
    rule = "image_meta.py:245-411; oslo Integer"
    for name, value in INTEGERS:
        t.values(rule, name, [value, "x"])
    t.values(rule, "hw_video_ram", ["0", " 64 ", "+64", "064", "6_4", "65536"])
    t.values(rule, "hw_video_ram", ["", "64MB", "6.4", "0x40", "6__4", "_64", "64_", "1e3", "- 5", "--5"])
    for name, value in (("hw_cpu_cores", "0"), ("hw_cpu_sockets", "-1"), ("hw_cpu_threads", "65537"), ("hw_numa_nodes", "0"),
                        ("hw_numa_nodes", "129"), ("hw_video_ram", "-1"), ("img_compression_level", "10"),
                        ("img_compression_level", "0"), ("hw_serial_port_count", "-2"), ("hw_video_ram", "99999999999999999999"),
                        ("hw_maxphysaddr_bits", "65")):
        t.add(rule, {name: value}, "refused", RANGE)


def texts(t):
    for name, value in TEXTS:
        t.add("image_meta.py:236-440; oslo String", {name: value})
        t.add("image_meta.py:236-440; oslo String", {name: ""})
    t.add("image_meta.py:433", {"os_command_line": "quiet\tro"})
    t.add("image_meta.py:433", {"os_command_line": "Größe=1"})
    t.add("image_meta.py:433", {"os_command_line": "a\nb"}, "refused", CONTROL)
    t.add("image_meta.py:430", {"os_admin_user": "\x1b[31mroot"}, "refused", CONTROL)


def page_sizes(t):
    rule = "nova-rules 14; image_meta.py:301"
    t.values(rule, "hw_mem_page_size", ["small", "large", "any", "4", "2048", "1048576"])
    for given, kib in (("2MB", "2048"), ("2MiB", "2048"), ("1GB", "1048576"), ("4KB", "4"), ("4Kib", None), ("32Kbit", "4"), ("4096B", "4")):
        t.add(rule, {"hw_mem_page_size": given}, {"hw_mem_page_size": kib} if kib else "refused", KIB if kib else FRACTION)
    for given in ("", "huge", "2M", "-1", "Large", "0", "2 MB", "4KB ", "0.5KB"):
        t.add(rule, {"hw_mem_page_size": given}, "refused", FRACTION)


def versions(t):
    rule = "nova-rules 6; image_meta.py:381"
    t.values(rule, "hypervisor_version_requires",
             [">=4.17", ">4.1", "<5.0", "<=4.17.6", "==4.17", "!=4.16", ">=4.17,<5.0", ">= 4.17 , < 5.0", " >=4.17 ", ">=4.17a1", "<4.17.0b2",
              ">=4.17,!=4.17.3,<4.19", ">=04.17"])
    t.values(rule, "img_hv_requested_version",
             [">=2.6", "", "4.17", ">4", "<5", ">=4.17,<5", "=>4.17", "~=4.17", ">=4.17.6.1", ">=4.x", ">=4.17rc1", ">=4.17,", ",>=4.17",
              ">=4.17;<5.0", ">=", "=4.17", ">=4.17 <5.0", ">=-4.17", "> =4.17", ">=4 .17", ">=4.17a", "xen>=4.17"])


def numa(t):
    rule = "nova-rules 14; image_meta.py:520-547"
    t.values(rule, "hw_numa_cpus.0", ["0", "0-3", "0,2", "0-3,^2", "3,1,2", "0-3,^1-2", " 0 - 1 , 3 ", "", ",", "^1", "0-1,1-2", "0,,1"])
    t.values(rule, "hw_numa_cpus.0", ["x", "3-1", "0-", "-1", "0-x", "^x", "^", "1.5", "0;1"])
    t.add(rule, {"hw_numa_cpus.0": "0-65536"}, "refused", "a processor's number has a bound")
    t.values(rule, "hw_numa_mem.0", ["512", " 512 ", "x", "", "1G"])
    t.add(rule, {"hw_numa_mem.0": "0"}, "refused", RANGE)
    t.add(rule, {"hw_numa_nodes": "2", "hw_numa_cpus.0": "0-1", "hw_numa_cpus.1": "2-3", "hw_numa_mem.0": "256", "hw_numa_mem.1": "512"})
    t.add(rule, {"hw_numa_cpus.0": "0", "hw_numa_cpus.2": "2"})
    t.add(rule, {"hw_numa_mem.1": "256"})
    t.add(rule, {"hw_numa_cpus.1": "x"})
    t.add(rule, {"hw_numa_mem.00": "256", "hw_numa_mem.128": "1", "hw_numa_cpus.x": "1"})


def folding(t):
    rule = "image_meta.py:476-518"
    for old, new, first, second in LEGACY:
        t.add(rule, {old: first})
        t.add(rule, {old: first, new: second})
        t.add(rule, {new: first, old: second})
    t.add(rule, {"vm_mode": "nonsense", "hw_vm_mode": "hvm"})
    t.add(rule, {"vm_mode": "hvm", "hw_vm_mode": "nonsense"})
    t.add(rule, {"architecture": "arm64", "hw_architecture": "aarch64"})
    t.values(rule, "vmware_adaptertype", ["ide", "lsiLogic", "lsiLogicsas", "busLogic", "paraVirtual", "", "IDE", "nonsense"])
    t.add(rule, {"vmware_adaptertype": "lsiLogic", "hw_disk_bus": "virtio"})
    t.add(rule, {"vmware_adaptertype": "ide", "hw_scsi_model": "virtio-scsi"})
    t.add(rule, {"vmware_adaptertype": "nonsense", "hw_scsi_model": "virtio-scsi"})
    t.add(rule, {"VM_MODE": "hvm", "Hw_Disk_Bus": "ide"})
    t.add(rule, {"vm_mode": "PV", "hypervisor_type": "XAPI", "architecture": "amd64"})
    t.add(rule, {"hypervisor_type": "xen"})


def lists(t):
    rule = "image_meta.py:370-399; oslo ListOfDictOfNullableStrings"
    t.add(rule, {"img_block_device_mapping": [{"device_name": "vda", "volume_id": "1", "no_device": None}]})
    t.add(rule, {"img_mappings": []})
    t.add(rule, {"img_mappings": [{"virtual": "root", "device": "/dev/sda"}, {"virtual": "swap", "device": "sdb"}]})
    t.add(rule, {"img_mappings": "nonsense"})
    t.add(rule, {"img_mappings": ["a"]})
    t.add(rule, {"img_mappings": [{"a": ["b"]}]})


def others(t):
    rule = "image_meta.py:565-572"
    t.add(rule, {"trait:HW_CPU_X86_AVX2": "required"})
    t.add(rule, {"trait:HW_CPU_X86_AVX2": "required", "trait:CUSTOM_GOLD": "required"})
    t.add(rule, {"trait:CUSTOM_GOLD": "forbidden"}, {"trait:CUSTOM_GOLD": "forbidden"}, "kept, with a warning; nova drops it without a word")
    uuid = "5ca1ab1e-0000-4000-8000-00000000cafe"
    t.values("image_meta.py:421; oslo UUID", "img_signature_certificate_uuid", [uuid, "nonsense"])
    t.values("ImageMetaProps 1.37; oslo UUID", "hw_ephemeral_encryption_secret_uuid", [uuid])
    for value in ("none", "host-model", "host-passthrough", "custom"):
        t.add("nova-rules 8; Glance metadefs", {"hw_cpu_mode": value}, {"hw_cpu_mode": value}, GLANCE)
    t.add("nova-rules 8; Glance metadefs", {"hw_cpu_mode": "Host-Model"}, "refused", GLANCE)
    for name, value in (("kernel_id", uuid), ("kernel_id", "nokernel"), ("ramdisk_id", uuid), ("os_version", "12"), ("img_type", "x"),
                        ("os_shutdown_timeout", "60"), ("os_shutdown_timeout", "0"), ("instance_uuid", uuid), ("rootfs_uuid", uuid)):
        t.add("nova-rules 7; Glance documents", {name: value}, {name: value}, GLANCE)
    for name, value in (("kernel_id", "/boot/vmlinuz"), ("kernel_id", "../vmlinuz"), ("kernel_id", ""), ("ramdisk_id", "a/b")):
        t.add("nova-rules 7; Glance documents", {name: value}, "refused", "an id that names a path never reaches the host")
    t.add("nova-rules 7; Glance documents", {"os_shutdown_timeout": "soon"}, "refused", GLANCE)
    t.add("image_meta.py:549-563", {"unknown_thing": "x", "hw_vm_mode_": "pvh"})
    t.add("image_meta.py:549-563", {"traits_required": "x"})
    t.add("image_meta.py:549-563", {})


def table():
    t = Table()
    for family in (modes, hypervisors, architectures, enums, folded, booleans, integers, texts, page_sizes, versions, numa, folding, lists,
                   others):
        family(t)
    return t


def answers(path, rows):
    env = dict(os.environ)
    if path:
        env["PYTHONPATH"] = path
    text = "".join(json.dumps(row[1]) + "\n" for row in rows)
    run = subprocess.run(["/usr/bin/python3", os.path.join(HERE, "nova-answer.py")], input=text, env=env, capture_output=True, text=True)
    result = [json.loads(line) for line in run.stdout.splitlines()]
    if run.returncode or len(result) != len(rows):
        sys.exit(f"{path or 'the installed nova'}: no answers\n{run.stderr}")
    return result


def written(answer):
    if isinstance(answer, str):
        return answer
    if "refused" in answer:
        return "refused: " + answer["refused"].replace("\n", " ").replace("\t", " ")
    return json.dumps(answer, sort_keys=True, ensure_ascii=False)


def print_table(oracles):
    rows = table()
    found = [(name, answers(path, rows)) for name, path in oracles]
    print("# SPDX-License-Identifier: LGPL-2.1-or-later")
    print("# Made by tests/oracle/generate.py with nova's own parser of " + ", ".join(name for name, _ in oracles) + ".")
    print("# rule\tgiven\tnova\tsince\tguestctl\twhy it differs")
    for i, (rule, given, ours, why) in enumerate(rows):
        newest = found[-1][1][i]
        since = next(name for n, (name, _) in enumerate(found) if all(written(a[i]) == written(newest) for _, a in found[n:]))
        same = written(ours) == written(newest) or (ours == "refused" and "refused" in newest)
        print("\t".join([rule, json.dumps(given), written(newest), since, "=" if same else written(ours), "-" if same else why]))


def guess(rng, values, wrong):
    value = rng.choice(values) if rng.random() < 0.85 else rng.choice(wrong)
    return rng.choice([value, value, value, value.upper(), value.capitalize(), value + "x" if rng.random() < 0.2 else value])


def one_random(rng):
    folds = [(["vm_mode", "hw_vm_mode"], VM_MODES + ["pv", "hv", "baremetal"]), (["hypervisor_type", "img_hv_type"], HYPERVISORS + ["xapi"]),
             (["architecture", "hw_architecture"], ARCHITECTURES + ["amd64", "i386", "x86_32"]), (["hw_vif_model"], VIFS[:-1] + VIF_OLD),
             (["os_type"], ["linux", "windows"]), (["vmware_adaptertype"], ["ide", "lsilogic", "buslogic", "paravirtual"])]
    given = {}
    for _ in range(rng.randint(1, 6)):
        kind = rng.randint(0, 5)
        if kind <= 1:
            names, values = rng.choice(folds)
            given[rng.choice(names)] = guess(rng, values, ["", "none", "arm64", "x y"])
        elif kind == 2:
            name, values, rule = rng.choice([e for e in EXACT if "1.3" not in e[2] and "1.4" not in e[2]])
            given[name] = guess(rng, values, ["", "none", "nonsense"])
        elif kind == 3:
            name = rng.choice([b for b in BOOLEANS if b not in ("hw_firmware_stateless", "hw_virtio_packed_ring")])
            given[name] = guess(rng, ["1", "t", "true", "on", "y", "yes", "0", "f", "false", "off", "n", "no"], ["maybe", "", " yes", "2"])
        elif kind == 4:
            name, value = rng.choice([n for n in INTEGERS if n[0] not in ("hw_maxphysaddr_bits", "hw_redirected_usb_ports")])
            given[name] = rng.choice([value, value, "1", " 1", "1 ", "+1", "01", "x", "", "1.0", "1_", "0x1", "1 1"])
        else:
            terms = [rng.choice([">=", "<", "==", "!=", ">", "<=", "="]) + rng.choice(["", " "]) +
                     rng.choice(["4.17", "4.17.1", "5.0", "4", "4.17a1", "4.1.2.3", "x"]) for _ in range(rng.randint(1, 3))]
            given[rng.choice(["hypervisor_version_requires", "img_hv_requested_version"])] = rng.choice([",", ", ", " ,"]).join(terms)
            given[f"hw_numa_cpus.{rng.randint(0, 2)}"] = ",".join(rng.choice(["0", "1-3", "^2", "2-1", "x", "^0-1", "", "7"])
                                                                  for _ in range(rng.randint(1, 4)))
    return given


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "--random":
        generator = random.Random(int(sys.argv[2]))
        for _ in range(int(sys.argv[3])):
            print(json.dumps(one_random(generator)))
    elif len(sys.argv) > 1 and all("=" in a for a in sys.argv[1:]):
        print_table([a.split("=", 1) for a in sys.argv[1:]])
    else:
        sys.exit(__doc__)
