#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh BUILD-FOLDER [PART...]: build the laboratory if need be, boot one real Xen with a real dom0 under emulation,
# and run there what needs it. Speaks TAP. A part is one of guestctl.sh's, "backend" for faults.sh, "lvm" or "formats" for
# storage.sh, "cloud" for cloud.sh, which needs root, or "passport" for passport.sh; without PART all but "formats", "cloud" and
# "passport", which take minutes more.
# UPDATE_GOLDEN=1 with the part "host" records the Xen host of the tests again.
set -eu
build=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
lab=$here/../../lab
[ $# -gt 0 ] || set -- backend host check bytes faults terminal cpu life crash hvm lvm
"$lab/guest-images.sh" "$build/lab/images" >&2
stage=$build/lab/stage
rm -rf "$stage"
mkdir -p "$stage"
recorded=$here/../../fixtures/hosts/xen-4.17.json
cp "$here"/*.sh "$here/../../tap.sh" "$here"/../../fixtures/guests/*.guest "$recorded" "$stage"
cp "$build/guestctl" "$build/guestctl-image" "$build/guestctl-inspect" "$build/tests/xen/xen-driver" "$build/tests/lab/spy.so" "$stage"
for file in linux-pv.qcow2 linux-pv.raw linux-pv-kernel.qcow2 linux-pvh.qcow2 linux-hvm.qcow2 linux-hvm.vhd linux-kvm.qcow2 linux-any.qcow2 linux.qcow2 linux.vmdk; do
    ln "$build/lab/images/$file" "$stage" 2> /dev/null || cp --reflink=auto "$build/lab/images/$file" "$stage"
    cp "$build/lab/images/$file.json" "$stage"
done
for file in vmlinuz initrd.gz tiny-pv boot-sector.raw; do cp "$build/lab/images/$file" "$stage"; done
cp "$stage/boot-sector.raw" "$stage/boot.raw"
case " $* " in *" cloud "*)
    "$here/../../image/real/cloud-image.sh" "$build/lab/cloud" >&2
    cp "$here/../../image/real/cloud-wishes.sh" "$stage"
    cp --reflink=auto "$build"/lab/cloud/cloud* "$stage"
    ;;
esac
case " $* " in *" passport "*)
    "$lab/install-packages.sh" passport-xen >&2
    python3 "$here/passport-images.py" "$build" "$build/lab/images" "$stage/passport"
    cp "$build/lab/images/initrd-small.gz" "$stage"
    ;;
esac
cat > "$stage/dom0.sh" << DOM0
#!/bin/sh
set -- $*
cd stage
for part; do
    if [ "\$part" = backend ]; then
        sh ./faults.sh
    elif [ "\$part" = lvm ] || [ "\$part" = formats ]; then
        sh ./storage.sh "\$part"
    elif [ "\$part" = cloud ]; then
        sh ./cloud.sh
    elif [ "\$part" = passport ]; then
        sh ./passport.sh ${PASSPORT_IMAGES-}
    else
        sh ./guestctl.sh "\$part"
    fi
done
DOM0
status=0
"$lab/xen-run.sh" --xen "$build/lab/xen" --timeout 2400 "$build/lab/run" "$stage/dom0.sh" "$stage" || status=$?
[ "$status" -eq 0 ] || echo "not ok - the dom0 ended with status $status"
if [ -n "${UPDATE_GOLDEN-}" ] && [ -s "$build/lab/run/results/xen-4.17.json" ]; then
    cp "$build/lab/run/results/xen-4.17.json" "$recorded"
    echo "# recorded: tests/fixtures/hosts/xen-4.17.json"
fi
