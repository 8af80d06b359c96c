#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ceph.sh FOLDER: a Ceph of one monitor and one storage daemon on the loopback address, in memory, without authentication, with a
# pool "rbd"; FOLDER/ceph.conf reaches it. About 6 s. Run it in a process namespace of its own: the daemons end with that.
set -eu
folder=$1
mkdir -p "$folder/mon" "$folder/osd" "$folder/run" "$folder/log"
id=$(cat /proc/sys/kernel/random/uuid)
monitors='v2:127.0.0.1:13300/0,v1:127.0.0.1:16789/0'
cat > "$folder/ceph.conf" << END
[global]
fsid = $id
mon host = $monitors
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
mon allow pool size one = true
mon warn on pool no redundancy = false
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1G
osd memory target = 939524096
mon data = $folder/mon
osd data = $folder/osd
run dir = $folder/run
log file = $folder/log/\$name.log
pid file = $folder/run/\$name.pid
mon data avail crit = 1
mon osd full ratio = .99
ms bind ipv4 = true
rbd default features = 61
[mon]
admin socket = $folder/run/\$name.asok
[osd]
admin socket = $folder/run/\$name.asok
[client]
admin socket =
log file = /dev/null
END
export CEPH_CONF="$folder/ceph.conf"
monmaptool --create --fsid "$id" --addv a '[v2:127.0.0.1:13300,v1:127.0.0.1:16789]' "$folder/monmap" > "$folder/log/up" 2>&1
ceph-mon --mkfs -i a --monmap "$folder/monmap" >> "$folder/log/up" 2>&1
ceph-mon -i a >> "$folder/log/up" 2>&1
timeout 30 ceph osd create "$id" >> "$folder/log/up" 2>&1
ceph-osd -i 0 --mkfs --osd-uuid "$id" >> "$folder/log/up" 2>&1
ceph-osd -i 0 >> "$folder/log/up" 2>&1
tries=0
until timeout 10 ceph osd stat 2> /dev/null | grep -q '1 up'; do
    tries=$((tries + 1))
    [ $tries -le 100 ] || { cat "$folder/log/up"; exit 1; }
    sleep 0.1
done
timeout 20 ceph osd pool create rbd 8 >> "$folder/log/up" 2>&1
timeout 20 ceph osd pool application enable rbd rbd >> "$folder/log/up" 2>&1
