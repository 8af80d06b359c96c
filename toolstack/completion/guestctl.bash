# bash completion for guestctl. Made by: guestctl help --completion bash
# SPDX-License-Identifier: LGPL-2.1-or-later

_guestctl_names()
{
    guestctl list --names 2>/dev/null
}

_guestctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command= word= skip= files= words= i
    local commands="plan why define undefine create start list show shutdown reboot destroy pause unpause console host image can-run disk dom0 grub version help"
    local groups=" help host image disk dom0 grub "
    local options="--json --dry-run --strict --backend --host --root --connect --verbose --help --version"
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
    --until) return ;;
    --timeout) return ;;
    --guests) return ;;
    --target) COMPREPLY=($(compgen -W "grub.d grub xen.cfg systemd-boot extlinux" -- "$cur")); return ;;
    --completion) COMPREPLY=($(compgen -W "bash" -- "$cur")); return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $skip ]]; then
            skip=
            continue
        fi
        case $word in
        --backend|--host|--root|--connect|--name|--image|--metadata|--memory|--vcpus|--kernel|--ramdisk|--cmdline|--mode|--bridge|--until|--timeout|--guests|--target|--completion) skip=yes ;;
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
    image | 'help image') words="show" ;;
    disk | 'help disk') words="list resize delete" ;;
    dom0 | 'help dom0') words="show set pin restore plan" ;;
    grub | 'help grub') words="show generate diff apply confirm rollback check simulate" ;;
    'plan')
        options="$options --name --image --metadata --memory --vcpus --kernel --ramdisk --cmdline --mode --bridge"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'why')
        options="$options --name --image --metadata --memory --vcpus --kernel --ramdisk --cmdline --mode --bridge"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'define')
        options="$options --name"
        files=yes
        ;;
    'undefine')
        options="$options --force --disks"
        words="$(_guestctl_names)"
        ;;
    'create')
        options="$options --name --image --metadata --memory --vcpus --kernel --ramdisk --cmdline --mode --bridge --console --paused --until --timeout"
        words="$(_guestctl_names)"
        files=yes
        ;;
    'start')
        options="$options --console --paused --until --timeout"
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
    'image show')
        options="$options --metadata"
        files=yes
        ;;
    'can-run')
        options="$options --host --metadata --memory --vcpus --mode"
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
