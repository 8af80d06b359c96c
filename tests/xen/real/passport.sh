#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# In dom0: what `image check` said of the images in passport/ (passport-images.py) is held against Xen booting them: with the image
# as the guest's kernel, by GRUB inside the guest, and by BIOS. Speaks TAP, and ends with a table. Arguments: images; all without.
g=$PWD/guestctl
export GUESTCTL_ROOT=/tmp/passport-root
cd passport || exit 1

up='GUEST-UP mode=[a-z]*|HELLO-GUEST'
# GRUB's words when it gives up; what builds domains says another one.
down='error: .*|Minimal BASH'
no="panic: xg_dom_|$down"
line='console=ttyS0 console=hvc0 quiet mitigations=off rodata=off tsc=reliable'
# In dom0's seconds: what boots takes up to a third of that; what does not has mostly said so before.
limit() {
    case $1-$2 in
    hvm-bios-no) echo 15 ;;
    *-no | *-unknown) echo 40 ;;
    *) echo 200 ;;
    esac
}

# guest IMAGE WAY: a guest's file, or metadata, for this boot; its words for create are then in $words.
guest() {
    case $2 in
    *-kernel)
        mode=${2%-kernel}
        [ "$mode" = pvh ] || mode=xen
        printf '[guest]\nhypervisor-type = xen\nvm-mode = %s\nmemory = 160M\nkernel = %s\nramdisk = %s\ncmdline = %s\n' \
            "$mode" "$PWD/$1" "$PWD/../$initrd" "$line" > "$name.guest"
        [ "$1" != tiny-pv ] || sed -i -e '/^ramdisk/d' -e 's/^memory.*/memory = 16M/' "$name.guest"
        words=$name.guest
        ;;
    *)
        case $2 in pv) mode=xen ;; pvh) mode=pvh ;; *) mode=hvm ;; esac
        printf 'hypervisor_type=xen\nvm_mode=%s\nos_type=linux\nhw_disk_bus=%s\n' "$mode" "$([ $mode = hvm ] && echo sata || echo xen)" > "$name.meta"
        words="$1 --name $name --metadata $name.meta --memory 160M"
        ;;
    esac
}

# boot SECONDS: until one of the words, an end, or too late. Leaves what was said in $said, and the guest gone. Which words come is
# for this script to see, so that the program waits for one that never does.
boot() {
    # shellcheck disable=SC2086
    "$g" create $words --force --console --until NEVER-SAID --timeout "$1" > "$name.out" 2>&1 < /dev/null &
    pid=$!
    said=
    while [ -z "$said" ] && kill -0 $pid 2> /dev/null; do
        sleep 1
        # GRUB says of each place where it looks for a GRUB or its configuration that there is none.
        said=$(grep -a -v 'no such device: .*/\(pvboot\|grub.cfg\)' "$name.out" | grep -a -m 1 -o -E "$up|$down" | head -n 1 | tr -d '\r')
    done
    kill $pid 2> /dev/null
    wait $pid
    for word in 'panic: ' 'guestctl: '; do
        [ -n "$said" ] || said=$(tr -d '\000-\010\013-\037' < "$name.out" | grep -a -m 1 -o "$word.*" | cut -c 1-160)
    done
    "$g" destroy "$name" > "$name.destroyed" 2>&1
}

only=${*:-$(cut -d ' ' -f 1 boots)}
number=0 wrong=0 unknown=0
: > table
while read -r image way predicted; do
    case " $(echo $only) " in *" $image "*) ;; *) continue ;; esac
    number=$((number + 1))
    name=g$number
    case $image in bzimage-xz) initrd="initrd-small.gz" ;; *) initrd=initrd.gz ;; esac
    start=$(cut -d . -f 1 /proc/uptime)
    guest "$image" "$way"
    boot "$(limit "$way" "$predicted")"
    took=$(($(cut -d . -f 1 /proc/uptime) - start))
    # What fails for another reason says nothing of the image.
    happened='not tried'
    ! echo "$said" | grep -qE "^($no)|has not shown" || happened=no
    ! echo "$said" | grep -qE "^($up)" || happened=yes
    verdict=ok
    case $predicted-$happened in
    yes-yes | no-no) ;;
    unknown-yes | unknown-no) unknown=$((unknown + 1)) ;;
    *) verdict='not ok' wrong=$((wrong + 1)) ;;
    esac
    echo "$verdict $number - $image as $way: predicted $predicted, and on Xen: $happened (${said:-nothing said}), $took s"
    printf '%-26s %-12s %-10s %s\n' "$image" "$way" "$predicted" "$happened" >> table
    [ "$verdict" = ok ] || tr -d '\000-\010\013-\037' < "$name.out" | tail -n 12 | cut -c 1-200 | sed 's/^/#     /'
    xl list | tail -n +3 | sed 's/^/# left behind: /'
    mkdir -p "$RESULTS/passport" && cp "$name.out" "$RESULTS/passport/$image.$way"
done < boots
# This slow machine may know less, but nothing else.
for image in disk-xz.qcow2 disk-gzip.qcow2 linux.qcow2; do
    case " $(echo $only) " in *" $image "*) ;; *) continue ;; esac
    number=$((number + 1))
    start=$(cut -d ' ' -f 1 /proc/uptime)
    "$g" image check "$image" --json > check.out 2>&1
    here=$(sed -n '/"pv" : {/,/}/s/.*"can" : "\([a-z]*\)".*/\1/p' check.out)
    took=$(echo "$(cut -d ' ' -f 1 /proc/uptime) $start" | awk '{ print $1 - $2 }')
    case $here in
    "$(sed -n "s/^$image pv //p" boots)" | unknown) echo "ok $number - $image: inspected in dom0, PV is $here, $took s" ;;
    *) echo "not ok $number - $image: inspected in dom0, PV is ${here:-not said}, $took s" ;;
    esac
done
printf '# %-26s %-12s %-10s %s\n' IMAGE WAY PREDICTED HAPPENED
sed 's/^/# /' table
boots=$(wc -l < table)
images=$(cut -d ' ' -f 1 table | sort -u | wc -l)
if [ "$wrong" -eq 0 ]; then
    echo "# $images images, $boots boots on Xen, every prediction right ($unknown of them say that it is not known)"
else
    echo "# $images images, $boots boots on Xen, $wrong predictions wrong"
fi
echo "1..$number"
