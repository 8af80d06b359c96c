/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "common/image/property.h"

/* Line numbers are those of nova 18.1.0; a rule from a later release names the version of nova's
 * ImageMetaProps object that brought it ("1.30"). A value that only later releases take is in the
 * lists beside the others: what any nova would boot is not refused here. */

#define WORDS(...) (const char *const[]){__VA_ARGS__, NULL}
#define ALIASES(...) (const ImagePropertyAlias[]){__VA_ARGS__, {NULL, NULL, false}}

static const char enum_complaint[] = "Field value %s is invalid";
static const char integer_complaint[] = "invalid literal for int() with base 10: '%s'";

#define DISK_BUSES WORDS("fdc", "ide", "sata", "scsi", "usb", "virtio", "xen", "lxc", "uml")
#define ARCHITECTURES                                                                                                  \
    WORDS("aarch64", "alpha", "armv6", "armv7l", "armv7b", "cris", "i686", "ia64", "lm32", "m68k", "microblaze",       \
          "microblazeel", "mips", "mipsel", "mips64", "mips64el", "openrisc", "parisc", "parisc64", "ppc", "ppcle",    \
          "ppc64", "ppc64le", "ppcemb", "s390", "s390x", "sh4", "sh4eb", "sparc", "sparc64", "unicore32", "x86_64",    \
          "xtensa", "xtensaeb")
#define ARCHITECTURE_ALIASES                                                                                           \
    ALIASES({"i386", "i686"}, {"i486", "i686"}, {"i586", "i686"}, {"x86_32", "i686"}, {"x86_32p", "i686"}, {"amd64", "x86_64"})
#define HYPERVISORS                                                                                                    \
    WORDS("baremetal", "bhyve", "docker", "fake", "hyperv", "ironic", "kqemu", "kvm", "lxc", "lxd", "openvz",          \
          "parallels", "phyp", "qemu", "test", "uml", "vbox", "vz", "vmware", "xen", "zvm", "prsm")
#define VIF_MODELS                                                                                                     \
    WORDS("virtio", "ne2k_pci", "pcnet", "rtl8139", "e1000", "e1000e", "netfront", "spapr-vlan", "lan9118", "sriov",   \
          "vmxnet", "vmxnet3", "igb")
#define VIF_ALIASES                                                                                                    \
    ALIASES({"virtuale1000", "e1000"}, {"virtuale1000e", "e1000e"}, {"virtualpcnet32", "pcnet"},                       \
            {"virtualsriovethernetcard", "sriov"}, {"virtualvmxnet", "vmxnet"}, {"virtualvmxnet3", "vmxnet3"})
#define SIGNATURE_KEYS                                                                                                 \
    WORDS("DSA", "ECC_SECP384R1", "ECC_SECP521R1", "ECC_SECT409K1", "ECC_SECT409R1", "ECC_SECT571K1", "ECC_SECT571R1", "RSA-PSS")

#define STRING(name, legacy, origin, source) {name, legacy, IMAGE_PROPERTY_STRING, origin, NULL, NULL, false, 0, 0, NULL, source}
#define BOOL(name, legacy, origin, source) {name, legacy, IMAGE_PROPERTY_BOOL, origin, NULL, NULL, false, 0, 0, NULL, source}
#define INTEGER(name, legacy, origin, min, max, source)                                                                \
    {name, legacy, IMAGE_PROPERTY_INTEGER, origin, NULL, NULL, false, min, max, integer_complaint, source}
#define ENUM(name, origin, values, source)                                                                             \
    {name, NULL, IMAGE_PROPERTY_ENUM, origin, values, NULL, false, 0, 0, enum_complaint, source}
/* An enum that nova lower-cases, with aliases and perhaps words of its own for a wrong value. */
#define FOLDED(name, legacy, origin, values, aliases, complaint, source)                                               \
    {name, legacy, IMAGE_PROPERTY_ENUM, origin, values, aliases, true, 0, 0, complaint, source}
#define OTHER(name, legacy, type, origin, complaint, source)                                                           \
    {name, legacy, type, origin, NULL, NULL, false, 0, 0, complaint, source}

#define N18 IMAGE_PROPERTY_NOVA_18
#define NEW IMAGE_PROPERTY_NOVA_MASTER
#define GLANCE IMAGE_PROPERTY_GLANCE

/* Sorted by name. The names that end in a colon or a full stop stand for all that begin so. */
const ImagePropertyRule image_property_rules[] = {
    STRING("base_image_ref", NULL, GLANCE, "nova snapshot: compute/api.py _initialize_instance_snapshot_metadata"),
    STRING("boot_roles", NULL, GLANCE, "nova snapshot: inherited instance metadata"),
    FOLDED("hw_architecture", "architecture", N18, ARCHITECTURES, ARCHITECTURE_ALIASES,
           "Architecture name '%s' is not valid", "fields.py:102-230; image_meta.py:232"),
    STRING("hw_auto_disk_config", "auto_disk_config", N18, "image_meta.py:236"),
    BOOL("hw_boot_menu", NULL, N18, "image_meta.py:239"),
    ENUM("hw_cdrom_bus", N18, DISK_BUSES, "fields.py:320-344; image_meta.py:242"),
    INTEGER("hw_cpu_cores", NULL, N18, 1, 65536, "image_meta.py:245"),
    INTEGER("hw_cpu_max_cores", NULL, N18, 1, 65536, "image_meta.py:251"),
    INTEGER("hw_cpu_max_sockets", NULL, N18, 1, 65536, "image_meta.py:254"),
    INTEGER("hw_cpu_max_threads", NULL, N18, 1, 65536, "image_meta.py:257"),
    ENUM("hw_cpu_mode", GLANCE, WORDS("none", "host-model", "host-passthrough", "custom"),
         "Glance metadefs compute-libvirt-image; nova reads [libvirt] cpu_mode instead"),
    ENUM("hw_cpu_policy", N18, WORDS("dedicated", "shared", "mixed"), "fields.py:252-257; image_meta.py:260; mixed 1.26"),
    STRING("hw_cpu_realtime_mask", NULL, N18, "image_meta.py:268"),
    INTEGER("hw_cpu_sockets", NULL, N18, 1, 65536, "image_meta.py:248"),
    ENUM("hw_cpu_thread_policy", N18, WORDS("prefer", "isolate", "require"), "fields.py:260-280; image_meta.py:263"),
    INTEGER("hw_cpu_threads", NULL, N18, 1, 65536, "image_meta.py:271"),
    INTEGER("hw_device_id", "xenapi_device_id", N18, 0, G_MAXINT32, "image_meta.py:275"),
    ENUM("hw_disk_bus", N18, DISK_BUSES, "fields.py:320-344; image_meta.py:278"),
    STRING("hw_disk_type", "vmware_disktype", N18, "image_meta.py:281"),
    FOLDED("hw_emulation_architecture", NULL, NEW, ARCHITECTURES, ARCHITECTURE_ALIASES,
           "Architecture name '%s' is not valid", "fields.py:102-230; ImageMetaProps 1.31"),
    BOOL("hw_ephemeral_encryption", NULL, NEW, "ImageMetaProps 1.32"),
    ENUM("hw_ephemeral_encryption_format", NEW, WORDS("plain", "luks", "luksv2"), "ImageMetaProps 1.32"),
    OTHER("hw_ephemeral_encryption_secret_uuid", NULL, IMAGE_PROPERTY_UUID, NEW, NULL, "ImageMetaProps 1.37"),
    BOOL("hw_firmware_stateless", NULL, NEW, "ImageMetaProps 1.38"),
    ENUM("hw_firmware_type", N18, WORDS("uefi", "bios"), "fields.py:347-352; image_meta.py:287"),
    ENUM("hw_floppy_bus", N18, DISK_BUSES, "fields.py:320-344; image_meta.py:284"),
    ENUM("hw_input_bus", NEW, WORDS("usb", "virtio"), "ImageMetaProps 1.29"),
    BOOL("hw_ipxe_boot", "ipxe_boot", N18, "image_meta.py:291"),
    BOOL("hw_locked_memory", NULL, NEW, "ImageMetaProps 1.33"),
    STRING("hw_machine_type", NULL, N18, "image_meta.py:297"),
    INTEGER("hw_maxphysaddr_bits", NULL, NEW, 1, 64, "ImageMetaProps 1.36"),
    ENUM("hw_maxphysaddr_mode", NEW, WORDS("passthrough", "emulate"), "ImageMetaProps 1.36"),
    BOOL("hw_mem_encryption", NULL, NEW, "ImageMetaProps 1.24"),
    ENUM("hw_mem_encryption_model", NEW, WORDS("amd-sev", "amd-sev-es", "amd-sev-snp"), "ImageMetaProps 1.42"),
    OTHER("hw_mem_page_size", NULL, IMAGE_PROPERTY_PAGE_SIZE, N18, "Invalid memory page size '%s'",
          "image_meta.py:301; virt/hardware.py _numa_get_pagesize_constraints"),
    OTHER("hw_numa_cpus.", NULL, IMAGE_PROPERTY_CPU_SET, N18, NULL, "image_meta.py:534-547; virt/hardware.py parse_cpu_spec"),
    INTEGER("hw_numa_mem.", NULL, N18, 1, G_MAXINT32, "image_meta.py:520-532"),
    INTEGER("hw_numa_nodes", NULL, N18, 1, 128, "image_meta.py:304; InvalidNUMANodesNumber"),
    ENUM("hw_pci_numa_affinity_policy", NEW, WORDS("required", "legacy", "preferred", "socket"), "ImageMetaProps 1.25, 1.28"),
    BOOL("hw_pmu", NULL, NEW, "ImageMetaProps 1.23"),
    ENUM("hw_pointer_model", N18, WORDS("usbtablet"), "fields.py:725-729; image_meta.py:315"),
    BOOL("hw_qemu_guest_agent", NULL, N18, "image_meta.py:318"),
    INTEGER("hw_redirected_usb_ports", NULL, NEW, 0, 64, "ImageMetaProps 1.41"),
    ENUM("hw_rescue_bus", N18, DISK_BUSES, "fields.py:320-344; image_meta.py:321"),
    ENUM("hw_rescue_device", N18, WORDS("cdrom", "disk", "floppy", "fs", "lun"), "fields.py:233-242; image_meta.py:324"),
    ENUM("hw_rng_model", N18, WORDS("virtio"), "fields.py:460-464; image_meta.py:327"),
    FOLDED("hw_scsi_model", NULL, N18,
           WORDS("buslogic", "ibmvscsi", "lsilogic", "lsisas1068", "lsisas1078", "virtio-scsi", "vmpvscsi"),
           ALIASES({"lsilogicsas", "lsisas1068"}, {"paravirtual", "vmpvscsi"}), enum_complaint,
           "fields.py:467-489; image_meta.py:333"),
    INTEGER("hw_serial_port_count", NULL, N18, 0, 65535, "image_meta.py:330"),
    ENUM("hw_sound_model", NEW, WORDS("sb16", "es1370", "pcspk", "ac97", "ich6", "ich9", "usb", "virtio"), "ImageMetaProps 1.40"),
    BOOL("hw_time_hpet", NULL, NEW, "ImageMetaProps 1.21"),
    ENUM("hw_tpm_model", NEW, WORDS("tpm-tis", "tpm-crb"), "ImageMetaProps 1.27"),
    ENUM("hw_tpm_version", NEW, WORDS("1.2", "2.0"), "ImageMetaProps 1.27"),
    ENUM("hw_usb_model", NEW, WORDS("none", "nec-xhci", "qemu-xhci"), "ImageMetaProps 1.41"),
    ENUM("hw_video_model", N18, WORDS("cirrus", "qxl", "vga", "vmvga", "xen", "virtio", "gop", "none", "bochs"),
         "fields.py:501-509; image_meta.py:336; virtio, gop, none 1.22, bochs 1.30"),
    INTEGER("hw_video_ram", NULL, N18, 0, 65536, "image_meta.py:339"),
    FOLDED("hw_vif_model", NULL, N18, VIF_MODELS, VIF_ALIASES, enum_complaint, "fields.py:512-535; image_meta.py:342; igb 1.39"),
    BOOL("hw_vif_multiqueue_enabled", NULL, N18, "image_meta.py:352"),
    ENUM("hw_viommu_model", NEW, WORDS("intel", "smmuv3", "virtio", "auto"), "ImageMetaProps 1.34"),
    BOOL("hw_virtio_packed_ring", NULL, NEW, "ImageMetaProps 1.35"),
    FOLDED("hw_vm_mode", "vm_mode", N18, WORDS("hvm", "xen", "uml", "exe"),
           ALIASES({"pv", "xen"}, {"hv", "hvm"}, {"baremetal", "hvm"}, {"pvh", "pvh", true}, {"xenpvh", "pvh", true}),
           "Virtual machine mode '%s' is not valid", "fields.py:538-611; image_meta.py:345"),
    ENUM("hw_watchdog_action", N18, WORDS("none", "pause", "poweroff", "reset", "disabled"), "fields.py:614-622; image_meta.py:349"),
    STRING("image_location", NULL, GLANCE, "nova snapshot: compute/api.py"),
    STRING("image_state", NULL, GLANCE, "nova snapshot: compute/api.py"),
    STRING("image_type", NULL, GLANCE, "nova snapshot: compute/api.py"),
    BOOL("img_bdm_v2", "bdm_v2", N18, "image_meta.py:359"),
    BOOL("img_bittorrent", "bittorrent", N18, "image_meta.py:355"),
    OTHER("img_block_device_mapping", "block_device_mapping", IMAGE_PROPERTY_MAPPING_LIST, N18, NULL, "image_meta.py:370"),
    BOOL("img_cache_in_nova", "cache_in_nova", N18, "image_meta.py:375"),
    INTEGER("img_compression_level", "xenapi_image_compression_level", N18, 1, 9, "image_meta.py:378"),
    ENUM("img_config_drive", N18, WORDS("optional", "mandatory"), "fields.py:245-249; image_meta.py:387"),
    BOOL("img_hide_hypervisor_id", NULL, N18, "image_meta.py:427"),
    OTHER("img_hv_requested_version", "hypervisor_version_requires", IMAGE_PROPERTY_VERSION, N18,
          "Version %s is not a valid predicate in field img_hv_requested_version", "image_meta.py:381; distutils VersionPredicate"),
    FOLDED("img_hv_type", "hypervisor_type", N18, HYPERVISORS, ALIASES({"xapi", "xen"}),
           "Hypervisor virt type '%s' is not valid", "fields.py:355-430; image_meta.py:384"),
    BOOL("img_linked_clone", "vmware_linked_clone", N18, "image_meta.py:391"),
    OTHER("img_mappings", "mappings", IMAGE_PROPERTY_MAPPING_LIST, N18, NULL, "image_meta.py:399"),
    STRING("img_owner_id", "owner_id", N18, "image_meta.py:402"),
    STRING("img_root_device_name", "root_device_name", N18, "image_meta.py:405"),
    STRING("img_signature", NULL, N18, "image_meta.py:414"),
    OTHER("img_signature_certificate_uuid", NULL, IMAGE_PROPERTY_UUID, N18, NULL, "image_meta.py:421"),
    ENUM("img_signature_hash_method", N18, WORDS("SHA-224", "SHA-256", "SHA-384", "SHA-512"), "fields.py:433-435; image_meta.py:417"),
    ENUM("img_signature_key_type", N18, SIGNATURE_KEYS, "fields.py:438-443; image_meta.py:424"),
    STRING("img_type", NULL, GLANCE, "Glance metadefs"),
    BOOL("img_use_agent", "xenapi_use_agent", N18, "image_meta.py:408"),
    INTEGER("img_version", "vmware_image_version", N18, 0, G_MAXINT32, "image_meta.py:411"),
    STRING("instance_uuid", NULL, GLANCE, "nova snapshot: compute/api.py; Glance useful image properties"),
    OTHER("kernel_id", NULL, IMAGE_PROPERTY_IMAGE_ID, GLANCE, NULL, "nova 18.1.0 compute/api.py:438-441"),
    STRING("os_admin_user", NULL, N18, "image_meta.py:430"),
    STRING("os_command_line", NULL, N18, "image_meta.py:433"),
    STRING("os_distro", "vmware_ostype", N18, "image_meta.py:440"),
    BOOL("os_require_quiesce", NULL, N18, "image_meta.py:444"),
    ENUM("os_secure_boot", N18, WORDS("required", "disabled", "optional"), "fields.py:492-498; image_meta.py:451"),
    INTEGER("os_shutdown_timeout", NULL, GLANCE, 0, G_MAXINT32, "nova compute/manager.py _get_power_off_values"),
    BOOL("os_skip_agent_inject_files_at_boot", "xenapi_skip_agent_inject_files_at_boot", N18, "image_meta.py:455"),
    BOOL("os_skip_agent_inject_ssh", "xenapi_skip_agent_inject_ssh", N18, "image_meta.py:459"),
    FOLDED("os_type", NULL, N18, WORDS("linux", "windows"), NULL, enum_complaint, "fields.py:446-457; image_meta.py:464"),
    STRING("os_version", NULL, GLANCE, "Glance metadefs"),
    STRING("owner_project_name", NULL, GLANCE, "nova snapshot: compute/api.py"),
    STRING("owner_specified.", NULL, GLANCE, "openstack image create: checksums of the upload"),
    STRING("owner_user_name", NULL, GLANCE, "nova snapshot: compute/api.py"),
    OTHER("ramdisk_id", NULL, IMAGE_PROPERTY_IMAGE_ID, GLANCE, NULL, "nova 18.1.0 compute/api.py:438-441"),
    STRING("rootfs_uuid", NULL, GLANCE, "Glance useful image properties"),
    OTHER("trait:", NULL, IMAGE_PROPERTY_TRAIT, N18, NULL, "image_meta.py:565-572"),
    STRING("user_id", NULL, GLANCE, "nova snapshot: compute/api.py"),
};

const gsize image_property_rules_count = G_N_ELEMENTS(image_property_rules);
