# bash completion for guestctl. Made by: guestctl help --completion bash
# SPDX-License-Identifier: LGPL-2.1-or-later

_guestctl_names()
{
    guestctl list --names 2>/dev/null
}

_guestctl_images()
{
    guestctl image list --names 2>/dev/null
}

_guestctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command= word= skip= files= words= i
    local commands="plan why define undefine create run start list show shutdown reboot destroy pause unpause console host image can-run disk dom0 grub version help"
    local groups=" help host image disk dom0 grub "
    local options="--json --dry-run --strict --backend --host --root --connect --verbose --help --version"
    local properties="base_image_ref boot_roles hw_architecture architecture hw_auto_disk_config auto_disk_config hw_boot_menu hw_cdrom_bus hw_cpu_cores hw_cpu_max_cores hw_cpu_max_sockets hw_cpu_max_threads hw_cpu_mode hw_cpu_policy hw_cpu_realtime_mask hw_cpu_sockets hw_cpu_thread_policy hw_cpu_threads hw_device_id xenapi_device_id hw_disk_bus hw_disk_type vmware_disktype hw_emulation_architecture hw_ephemeral_encryption hw_ephemeral_encryption_format hw_ephemeral_encryption_secret_uuid hw_firmware_stateless hw_firmware_type hw_floppy_bus hw_input_bus hw_ipxe_boot ipxe_boot hw_locked_memory hw_machine_type hw_maxphysaddr_bits hw_maxphysaddr_mode hw_mem_encryption hw_mem_encryption_model hw_mem_page_size hw_numa_cpus. hw_numa_mem. hw_numa_nodes hw_pci_numa_affinity_policy hw_pmu hw_pointer_model hw_qemu_guest_agent hw_redirected_usb_ports hw_rescue_bus hw_rescue_device hw_rng_model hw_scsi_model hw_serial_port_count hw_sound_model hw_time_hpet hw_tpm_model hw_tpm_version hw_usb_model hw_video_model hw_video_ram hw_vif_model hw_vif_multiqueue_enabled hw_viommu_model hw_virtio_packed_ring hw_vm_mode vm_mode hw_watchdog_action image_location image_state image_type img_bdm_v2 bdm_v2 img_bittorrent bittorrent img_block_device_mapping block_device_mapping img_cache_in_nova cache_in_nova img_compression_level xenapi_image_compression_level img_config_drive img_hide_hypervisor_id img_hv_requested_version hypervisor_version_requires img_hv_type hypervisor_type img_linked_clone vmware_linked_clone img_mappings mappings img_owner_id owner_id img_root_device_name root_device_name img_signature img_signature_certificate_uuid img_signature_hash_method img_signature_key_type img_type img_use_agent xenapi_use_agent img_version vmware_image_version instance_uuid kernel_id os_admin_user os_command_line os_distro vmware_ostype os_require_quiesce os_secure_boot os_shutdown_timeout os_skip_agent_inject_files_at_boot xenapi_skip_agent_inject_files_at_boot os_skip_agent_inject_ssh xenapi_skip_agent_inject_ssh os_type os_version owner_project_name owner_specified. owner_user_name ramdisk_id rootfs_uuid trait: user_id vmware_adaptertype"
    COMPREPLY=()
    case $prev in
    --backend) COMPREPLY=($(compgen -W "xen kvm qemu" -- "$cur")); return ;;
    --host) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --root) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --connect) return ;;
    --name) return ;;
    --image) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --metadata) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --memory) return ;;
    --vcpus) return ;;
    --kernel) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --ramdisk) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --cmdline) return ;;
    --mode) COMPREPLY=($(compgen -W "pv pvh hvm" -- "$cur")); return ;;
    --bridge) return ;;
    --disk) return ;;
    --storage) return ;;
    --net) return ;;
    --seed) COMPREPLY=($(compgen -W "nocloud config-drive none" -- "$cur")); return ;;
    --hostname) return ;;
    --ssh-key) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --user-data) COMPREPLY=($(compgen -f -- "$cur")); return ;;
    --until) return ;;
    --timeout) return ;;
    --guests) return ;;
    --target) COMPREPLY=($(compgen -W "grub.d grub xen.cfg systemd-boot extlinux" -- "$cur")); return ;;
    --property) return ;;
    --format) COMPREPLY=($(compgen -W "raw qcow2 vhd vmdk vdi qed" -- "$cur")); return ;;
    --completion) COMPREPLY=($(compgen -W "bash" -- "$cur")); return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $skip ]]; then
            skip=
            continue
        fi
        case $word in
        --backend|--host|--root|--connect|--name|--image|--metadata|--memory|--vcpus|--kernel|--ramdisk|--cmdline|--mode|--bridge|--disk|--storage|--net|--seed|--hostname|--ssh-key|--user-data|--until|--timeout|--guests|--target|--property|--format|--completion) skip=yes ;;
        -*) ;;
        *)
            command=${command:+$command }$word
            [[ $groups == *" $command "* ]] || break
            ;;
        esac
    done
    case $command in
    '') words=$commands ;;
    host | 'help host') words="show save check" ;;
    image | 'help image') words="import list show set unset export remove gc check" ;;
    disk | 'help disk') words="list resize snapshot revert forget delete" ;;
    dom0 | 'help dom0') words="show set pin restore plan" ;;
    grub | 'help grub') words="show generate diff apply confirm rollback check simulate" ;;
    'plan')
        options="$options --name --image --metadata --memory --vcpus --kernel --ramdisk --cmdline --mode --bridge --seed --hostname --ssh-key --user-data --force"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'why')
        options="$options --name --image --metadata --memory --vcpus --kernel --ramdisk --cmdline --mode --bridge --seed --hostname --ssh-key --user-data --force"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'define')
        options="$options --name --force"
        files=yes
        ;;
    'undefine')
        options="$options --force --disks"
        words="$(_guestctl_names)"
        ;;
    'create')
        options="$options --name --image --metadata --memory --vcpus --kernel --ramdisk --cmdline --mode --bridge --seed --hostname --ssh-key --user-data --console --paused --until --timeout --force"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'run')
        options="$options --name --memory --vcpus --mode --disk --storage --net --seed --hostname --ssh-key --user-data --console --paused --until --timeout --force"
        words="$(_guestctl_images) glance:IMAGE"
        files=yes
        ;;
    'start')
        options="$options --seed --hostname --ssh-key --user-data --console --paused --until --timeout --force"
        words="$(_guestctl_names)"
        ;;
    'list')
        options="$options --names"
        words="$(_guestctl_names)"
        ;;
    'show')
        options="$options --native"
        words="$(_guestctl_names)"
        ;;
    'shutdown')
        options="$options --wait --timeout --force"
        words="$(_guestctl_names)"
        ;;
    'reboot')
        options="$options --force"
        words="$(_guestctl_names)"
        ;;
    'destroy')
        options="$options --force"
        words="$(_guestctl_names)"
        ;;
    'pause')
        options="$options --force"
        words="$(_guestctl_names)"
        ;;
    'unpause')
        options="$options --force"
        words="$(_guestctl_names)"
        ;;
    'console')
        options="$options --until --timeout --force"
        words="$(_guestctl_names)"
        ;;
    'host show')
        options="$options"
        ;;
    'host save')
        options="$options"
        files=yes
        ;;
    'host check')
        options="$options --fix"
        words="kvm xen backend network storage guestfs"
        ;;
    'image import')
        options="$options --name --metadata --no-signature --property --format"
        words="glance:IMAGE ${properties// /= }="
        files=yes
        ;;
    'image list')
        options="$options --name --names --remote --property"
        ;;
    'image show')
        options="$options --metadata"
        words="$(_guestctl_images) glance:IMAGE"
        files=yes
        ;;
    'image set')
        options="$options --name --remote --property"
        words="$(_guestctl_images) ${properties// /= }="
        ;;
    'image unset')
        options="$options --remote"
        words="$(_guestctl_images) $properties"
        ;;
    'image export')
        options="$options --force --format"
        words="$(_guestctl_images)"
        files=yes
        ;;
    'image remove')
        options="$options --force"
        words="$(_guestctl_images)"
        ;;
    'image gc')
        options="$options"
        ;;
    'image check')
        options="$options --metadata"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'can-run')
        options="$options --host --metadata --memory --vcpus --mode"
        words="$(_guestctl_images) glance:IMAGE"
        files=yes
        ;;
    'disk list')
        options="$options"
        words="$(_guestctl_names)"
        ;;
    'disk resize')
        options="$options"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'disk snapshot')
        options="$options"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'disk revert')
        options="$options"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'disk forget')
        options="$options"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'disk delete')
        options="$options"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'dom0 show')
        options="$options --guests"
        ;;
    'dom0 set')
        options="$options --guests --persist"
        words="memory= vcpus= pin= weight= cap= policy"
        ;;
    'dom0 pin')
        options="$options --persist"
        ;;
    'dom0 restore')
        options="$options"
        ;;
    'dom0 plan')
        options="$options --guests"
        ;;
    'grub show')
        options="$options --target"
        ;;
    'grub generate')
        options="$options --guests --target --set-default"
        ;;
    'grub diff')
        options="$options --guests --target --set-default"
        ;;
    'grub apply')
        options="$options --guests --target --set-default --trial --force"
        ;;
    'grub confirm')
        options="$options --set-default --force"
        ;;
    'grub rollback')
        options="$options --force"
        ;;
    'grub check')
        options="$options --guests"
        ;;
    'grub simulate')
        options="$options"
        ;;
    'version')
        options="$options"
        ;;
    'help')
        options="$options --completion"
        words="$commands"
        ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
    fi
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ ${COMPREPLY[0]} == *= ]]; then
        compopt -o nospace 2>/dev/null
    fi
    if [[ $files ]]; then
        COMPREPLY+=($(compgen -f -- "$cur"))
    fi
}

complete -o filenames -F _guestctl guestctl
