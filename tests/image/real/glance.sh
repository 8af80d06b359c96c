#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# glance.sh BUILD-FOLDER: guestctl against the real Glance, without and with the real Keystone, on loopback; a proxy between them
# breaks what does not break by itself. Speaks TAP.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
guestctl=$build/guestctl
work=$(mktemp -d "${TMPDIR:-/tmp}/guestctl-image-XXXXXX")
servers=$work/servers
own=''
cleanup() {
    for pid in $own $(cat "$servers/pids" 2> /dev/null); do kill "$pid" 2> /dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
for name in $(env | sed -n 's/^\(OS_[A-Z_]*\)=.*/\1/p') http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY; do unset "$name"; done
export no_proxy='*' GUESTCTL_ROOT="$work/root" LC_ALL=C.UTF-8
cd "$work"

# --- TAP
number=0
bad=''
ok() { # WHAT: the case that ends here; what was wrong in it is in $bad
    number=$((number + 1))
    if [ -z "$bad" ]; then echo "ok $number - $1"; else
        printf '%s' "$bad" | sed 's/^/# /'
        sed 's/^/# out: /' out
        sed 's/^/# err: /' err
        echo "not ok $number - $1"
    fi
    bad=''
}
complain() { bad="$bad$*
"; }
run() {
    status=0
    "$guestctl" "$@" > out 2> err || status=$?
}
works() { [ "$status" -eq 0 ] || complain "the status is $status"; }
fails() { # STATUS TEXT
    [ "$status" -eq "$1" ] || complain "the status is $status, not $1"
    grep -qF -- "$2" err || complain "the error does not say: $2"
}
has() { grep -qF -- "$2" "$1" || complain "$1 does not say: $2"; }

# --- the servers
python3 -c 'import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))' > ports
read -r plain identity second < ports
mkdir "$servers"
as_user=''
if [ "$(id -u)" -eq 0 ]; then # as nobody, who may not read our own files: the script comes by standard input
    chmod 755 "$work"
    chown 65534:65534 "$servers"
    as_user='setpriv --reuid 65534 --regid 65534 --clear-groups'
fi
# shellcheck disable=SC2086
$as_user env HOME="$servers" sh -s "$servers" "$plain" "$identity" "$second" < "$here/servers.sh" > "$work/servers.log" 2>&1 &
own="$own $!"
wait_ready() { # NAME
    for _ in $(seq 900); do
        [ ! -e "$servers/$1.ready" ] || return 0
        sleep 0.1
    done
    sed 's/^/# /' "$work/servers.log"
    tail -n 3 "$servers"/*/*.log 2> /dev/null | sed 's/^/# /'
    echo "Bail out! the servers did not come up"
    exit 1
}
json() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
proxy() { # MODE BYTES [PORT [CERTIFICATE | KEYSTONE]]: its URL in $through
    rm -f port
    : > proxy.log
    python3 "$here/proxy.py" port proxy.log "${3-$plain}" "$1" "$2" ${4+"$4"} &
    own="$own $!"
    for _ in $(seq 100); do [ -e port ] && break || sleep 0.05; done
    through=http://127.0.0.1:$(cat port)
}

# --- what is served: 24 MiB with a partition table, so that it is a disk that may be raw
python3 - << 'PYTHON'
import random, struct
random.seed(4)
sector = bytearray(512)
sector[446:462] = struct.pack("<B3sB3sII", 0x80, b"\0\2\0", 0x83, b"\0\2\0", 2048, 40000)
sector[510:] = b"\x55\xaa"
with open("disk.raw", "wb") as file:
    file.write(sector + random.randbytes(24 * 2**20 - 512))
PYTHON
wait_ready plain
api=http://127.0.0.1:$plain/v2/images
upload() { # NAME FILE [MORE-JSON]: its id
    id=$(curl -sf -X POST "$api" -H 'Content-Type: application/json' -d "{\"name\":\"$1\",\"disk_format\":\"raw\",\"container_format\":\"bare\"${3-}}" | json id)
    [ -z "$2" ] || curl -sf -X PUT "$api/$id/file" -H 'Content-Type: application/octet-stream' -T "$2"
    echo "$id"
}
web=$(upload web disk.raw ',"vm_mode":"hvm","hypervisor_type":"xen"')
upload twice '' > /dev/null
upload twice '' > /dev/null
sql() { python3 -c 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2], sys.argv[3:]); c.commit()' "$servers/plain/glance.sqlite" "$@"; }

# 5 GiB with data in 16 MiB of it only: as a file behind Glance's back, since to send it would take longer than the test.
large=$(upload large disk.raw)
truncate -s 5G "$servers/plain/images/$large"
sql 'UPDATE images SET size=5368709120, os_hash_algo=NULL, os_hash_value=NULL, checksum=NULL WHERE id=?' "$large"

export OS_AUTH_TYPE=none OS_ENDPOINT="http://127.0.0.1:$plain/v2"

# --- what takes long runs beside the rest: a server that stalls, and a large image
proxy stall 2000000
(
    began=$(date +%s)
    status=0
    GUESTCTL_ROOT=$work/stalled OS_ENDPOINT=$through "$guestctl" image import glance:web > stall.out 2> stall.err || status=$?
    echo "$status $(($(date +%s) - began))" > stall.status
) &
stalled=$!

# 5 GiB: the peak of its memory is looked at.
(
    status=0
    GUESTCTL_ROOT=$work/large python3 - "$guestctl" image import glance:large > large.out 2> large.err << 'PYTHON' || status=$?
import resource, subprocess, sys, time
began = time.time()
status = subprocess.run(sys.argv[1:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("%d s, peak %d KiB" % (time.time() - began, peak), file=sys.stderr)
sys.exit(status or (peak > 65536))
PYTHON
    echo "$status" > large.status
) &
large_import=$!

run image list --remote
works
has out web
has out "$web"
run image list --remote --names --property hypervisor_type=xen --property vm_mode=hvm
works
[ "$(cat out)" = web ] || complain "the filter gave: $(cat out)"
run image list --remote --names --name large
[ "$(cat out)" = large ] || complain "--name gave: $(cat out)"
ok "images are listed, filtered by the service"

run image list --remote --json
works
"$build/tests/toolstack/json-check" "$here/../../../docs/schemas/guestctl-remote-images-1.json" < out > check 2>&1 || complain "$(cat check)"
ok "the list is JSON as documented"

python3 - "$api" << 'PYTHON'
import json, sys, urllib.request
for i in range(60):
    body = json.dumps({"name": "many-%03d" % i, "many": "yes"}).encode()
    urllib.request.urlopen(urllib.request.Request(sys.argv[1], body, {"Content-Type": "application/json"}))
PYTHON
run image list --remote --names --property many=yes
works
[ "$(wc -l < out)" -eq 60 ] || complain "$(wc -l < out) names"
ok "a list of several pages is read to its end"

run image show glance:web
works
has out img_hv_type
run image set --remote web --property vm_mode=xen --property 'colour=light blue'
works
run image show glance:"$web" --json
works
has out '"hw_vm_mode" : "xen"'
run image unset --remote web colour
works
curl -s "$api/$web" > out
! grep -q colour out || complain "colour is still there"
run can-run glance:web "$here/../../fixtures/hosts/xen-4.17.json" --json
works
has out '"can" : true'
run can-run glance:nosuch "$here/../../fixtures/hosts/xen-4.17.json"
fails 5 nosuch
ok "properties are shown, written back and taken away, and can-run goes by them"

run image import glance:web
works
has out 'image "web" is in the store'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    -keyout tls.key -out tls.crt 2> err || complain "openssl"
cat tls.key tls.crt > tls.pem
proxy pass 0 "$plain" "$work/tls.pem"
tls=https${through#http}
OS_ENDPOINT=$tls/v2 run image list --remote
fails 8 "name the certificate to trust with OS_CACERT or cacert"
OS_ENDPOINT=$tls/v2 OS_CACERT=$work/tls.crt run image list --remote --names --name web
works
[ "$(cat out)" = web ] || complain "the list is: $(cat out)"
OS_ENDPOINT=$tls/v2 OS_CACERT=$work/nosuch.crt run image list --remote
fails 3 "correct OS_CACERT or cacert"
OS_ENDPOINT=$tls/v2 OS_INSECURE=1 run image import glance:web --dry-run
works
has err "anybody on the way can be the image service"
OS_ENDPOINT=$through/v2 run image list --remote
[ "$status" -ne 0 ] || complain "http works where https is spoken"
ok "TLS: a certificate is verified by OS_CACERT, and by nothing only with a warning"

run image show web
has out "$web"
cmp -s disk.raw "$GUESTCTL_ROOT/var/lib/guestctl/images/$web/disk" || complain "the content is another"
run image import glance:web --dry-run
works
ok "an image is imported, with its id and its document"

run image import glance:nowhere
fails 5 'image "nowhere"'
has err "see: guestctl image list --remote"
run image import glance:00000000-0000-4000-8000-000000000000
fails 5 "the image service shows us none of that name or id"
ok "a missing image is said to be missing"

run image import glance:twice
fails 3 "2 images have that name; use the id of one: "
run image import glance:many-001
fails 3 'its status is "queued"'
ok "two of one name, and one without data, are refused"

proxy cut 9000000
GUESTCTL_ROOT=$work/cut OS_ENDPOINT=$through run image import glance:web
works
grep -qi '^range: bytes=[1-9]' proxy.log || complain "nothing was asked for by Range: $(cat proxy.log)"
cmp -s disk.raw "$work/cut/var/lib/guestctl/images/$web/disk" || complain "the content is another"
ok "a connection that is cut is taken up where it broke"

proxy end 9000000
GUESTCTL_ROOT=$work/ended OS_ENDPOINT=$through run image import glance:web
[ "$status" -ne 0 ] || complain "a truncated body was taken"
[ ! -e "$work/ended/var/lib/guestctl/images/$web" ] || complain "half an image is in the store"
cp err first
before=$(find "$work/ended/var/lib/guestctl/images/.incoming" -type f -size +1M | wc -l)
[ "$before" -eq 1 ] || complain "what had come was not kept"
proxy cut 99000000
GUESTCTL_ROOT=$work/ended OS_ENDPOINT=$through run image import glance:web
works
grep -qi '^range: bytes=[1-9]' proxy.log || complain "it began anew: $(cat proxy.log)"
ok "a truncated body leaves no image, and the next import goes on from there"

proxy flip 5000000
GUESTCTL_ROOT=$work/flipped OS_ENDPOINT=$through run image import glance:web
fails 3 "its content is not what its metadata says"
[ ! -e "$work/flipped/var/lib/guestctl/images/$web" ] || complain "it is in the store"
ok "one wrong bit is seen"

sql "UPDATE images SET os_hash_algo='blake9' WHERE id=?" "$web"
GUESTCTL_ROOT=$work/other run image import glance:web
fails 4 'its os_hash_algo "blake9" is not known here'
sql 'UPDATE images SET os_hash_algo=NULL, os_hash_value=NULL WHERE id=?' "$web"
GUESTCTL_ROOT=$work/other run image import glance:web
works
has err "hash is md5"
ok "an unknown hash is an error, and MD5 alone is said to be weak"

# A signature by a key of our own, as cursive makes it: RSA-PSS over the content.
certificate=11111111-2222-4333-8444-555555555555
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=signer 2> /dev/null
openssl dgst -sha256 -sign key.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:max -out sig disk.raw
# Glance verifies at an upload, by Barbican, which is not here: so the properties come after it.
signed() { # NAME SIGNATURE-FILE
    id=$(upload "$1" disk.raw)
    curl -sf -o /dev/null -X PATCH "$api/$id" -H 'Content-Type: application/openstack-images-v2.1-json-patch' -d "[
        {\"op\":\"add\",\"path\":\"/img_signature\",\"value\":\"$(base64 -w0 "$2")\"},
        {\"op\":\"add\",\"path\":\"/img_signature_hash_method\",\"value\":\"SHA-256\"},
        {\"op\":\"add\",\"path\":\"/img_signature_key_type\",\"value\":\"RSA-PSS\"},
        {\"op\":\"add\",\"path\":\"/img_signature_certificate_uuid\",\"value\":\"$certificate\"}]"
}
signed signed sig
openssl dgst -sha256 -sign key.pem -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:max -out sig2 cert.pem
GUESTCTL_ROOT=$work/signed run image import glance:signed
fails 5 "$certificate.pem"
has err "--no-signature"
mkdir -p "$work/signed/etc/guestctl/certs"
cp cert.pem "$work/signed/etc/guestctl/certs/$certificate.pem"
GUESTCTL_ROOT=$work/signed run image import glance:signed
works
signed forged sig2
GUESTCTL_ROOT=$work/signed run image import glance:forged
fails 8 "it is not that of this content"
GUESTCTL_ROOT=$work/signed run image import glance:forged --no-signature
works
has err "signature is not verified"
ok "signatures are verified by a certificate in a folder, and refused without"

# --- URLs
python3 - "$work" > url.log 2>&1 << 'PYTHON' &
import functools, http.server, os, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/moved":
            self.send_response(302); self.send_header("Location", "/disk.raw"); self.end_headers()
        elif self.path == "/loop":
            self.send_response(302); self.send_header("Location", "/loop"); self.end_headers()
        elif self.path == "/bare": # nothing by which it could be known again, and cut off
            self.send_response(200); self.send_header("Content-Length", "300000"); self.end_headers()
            self.wfile.write(b"A" * 100000); self.close_connection = True
        elif self.path == "/huge":
            self.send_response(200); self.send_header("Content-Length", str(1 << 62)); self.end_headers()
            self.wfile.write(b"A" * 4096); self.close_connection = True
        elif self.path == "/file":
            self.send_response(302); self.send_header("Location", "file:///etc/passwd"); self.end_headers()
        else:
            super().do_GET()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=sys.argv[1]))
open("url.port.new", "w").write(str(server.server_address[1])); os.rename("url.port.new", "url.port")
server.serve_forever()
PYTHON
own="$own $!"
for _ in $(seq 100); do [ -e url.port ] && break || sleep 0.05; done
url=http://127.0.0.1:$(cat url.port)
GUESTCTL_ROOT=$work/url run image import "$url/moved" --name moved
works
GUESTCTL_ROOT=$work/url run image import "$url/disk.raw?token=hush" --name token
works
! grep -rq hush "$work/url" || complain "a token is kept where everybody reads it"
GUESTCTL_ROOT=$work/url run image import "$url/bare"
fails 11 "gives neither a strong ETag nor Last-Modified"
! find "$work/url" -name partial | grep . || complain "what nobody can go on from is kept"
run image import "$url/huge"
fails 3 "more than 64 TiB"
run image import "$url/loop"
fails 3 "more than 5 redirects"
run image import "$url/file"
fails 3 "only https, or from http to http, is followed"
run image import "$url/nothing.raw"
fails 5 "404 Not Found"
run image import "http://user:hush@127.0.0.1:1/a.raw?sig=hush"
fails 11 "http://127.0.0.1:1/a.raw?..."
! grep -q hush err || complain "a password is shown"
ok "URLs are imported, redirects are followed within bounds, no password is shown or kept, and nothing is put together of two"

# --- with Keystone
wait_ready keystone
unset OS_AUTH_TYPE OS_ENDPOINT
key=http://127.0.0.1:$identity/v3
export OS_AUTH_URL="$key" OS_USERNAME=admin OS_PASSWORD=s3cret OS_PROJECT_NAME=admin OS_USER_DOMAIN_ID=default OS_PROJECT_DOMAIN_ID=default
python3 - "$key" "http://127.0.0.1:$second" << 'PYTHON' > members
import json, sys, urllib.request
key, glance = sys.argv[1:3]
def ask(method, path, body=None, token=None, url=key):
    headers = {"Content-Type": "application/json"}
    if token: headers["X-Auth-Token"] = token
    request = urllib.request.Request(url + path, json.dumps(body).encode() if body else None, headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return answer.headers, json.loads(answer.read() or b"{}")
def user(name, password): return {"name": name, "domain": {"id": "default"}, "password": password}
def login(name, password, project):
    return ask("POST", "/auth/tokens", {"auth": {"identity": {"methods": ["password"], "password": {"user": user(name, password)}},
        "scope": {"project": {"name": project, "domain": {"id": "default"}}}}})
headers, answer = login("admin", "s3cret", "admin")
token = headers["X-Subject-Token"]
me = answer["token"]["user"]["id"]
service = ask("POST", "/projects", {"project": {"name": "service", "domain_id": "default"}}, token)[1]["project"]["id"]
guest = ask("POST", "/users", {"user": {"name": "glance", "password": "gpw", "domain_id": "default"}}, token)[1]["user"]["id"]
admin = [r["id"] for r in ask("GET", "/roles", token=token)[1]["roles"] if r["name"] == "admin"][0]
ask("PUT", "/projects/%s/users/%s/roles/%s" % (service, guest, admin), token=token)
image = ask("POST", "/services", {"service": {"type": "image", "name": "glance"}}, token)[1]["service"]["id"]
for interface in ("public", "internal"):
    ask("POST", "/endpoints", {"endpoint": {"service_id": image, "interface": interface, "region_id": "RegionOne", "url": glance}}, token)
credential = ask("POST", "/users/%s/application_credentials" % me, {"application_credential": {"name": "ours"}}, token)[1]["application_credential"]
print(token, credential["id"], credential["secret"])
PYTHON
read -r token credential secret < members
made=$(curl -sf -X POST "http://127.0.0.1:$second/v2/images" -H "X-Auth-Token: $token" -H 'Content-Type: application/json' \
    -d '{"name":"kept","disk_format":"raw","container_format":"bare"}' | json id)
curl -sf -X PUT "http://127.0.0.1:$second/v2/images/$made/file" -H "X-Auth-Token: $token" -H 'Content-Type: application/octet-stream' -T disk.raw

GUESTCTL_ROOT=$work/keystone run image import glance:kept
works
ok "with Keystone: a password becomes a token, and the catalog says where the images are"

proxy revoke 9000000 "$second" "$key"
GUESTCTL_ROOT=$work/renewed OS_IMAGE_ENDPOINT_OVERRIDE=$through run image import glance:kept
works
cmp -s disk.raw "$work/renewed/var/lib/guestctl/images/$made/disk" || complain "the content is another"
has proxy.log "ange: bytes="
ok "a token that is revoked in the middle of a download is renewed, and the download goes on where it was"

OS_PASSWORD=wrong run image list --remote
fails 8 "check the user, the domain and the password or credential"
! grep -qE 'wrong|s3cret' err || complain "the password is shown"
OS_REGION_NAME=Elsewhere run image list --remote
fails 5 "there is: public in RegionOne"
ok "a wrong password and a wrong region say what to do"

mkdir -p openstack
cat > openstack/clouds.yaml << YAML
clouds:
  lab:
    auth_type: v3applicationcredential
    auth: {auth_url: "http://127.0.0.1:$identity", application_credential_id: $credential}
    region_name: RegionOne
YAML
echo "clouds: {lab: {auth: {application_credential_secret: $secret}}}" > openstack/secure.yaml
unset OS_AUTH_URL OS_USERNAME OS_PASSWORD OS_PROJECT_NAME OS_USER_DOMAIN_ID OS_PROJECT_DOMAIN_ID
XDG_CONFIG_HOME=$work OS_CLOUD=lab run image list --remote --names
works
[ "$(cat out)" = kept ] || complain "the list is: $(cat out)"
ok "an application credential of clouds.yaml and secure.yaml is taken"

OS_TOKEN=$token OS_AUTH_URL=$key run image list --remote --names
works
curl -sf -X DELETE "$key/auth/tokens" -H "X-Auth-Token: $token" -H "X-Subject-Token: $token"
OS_TOKEN=$token OS_AUTH_URL=$key run image list --remote
fails 8 "OS_TOKEN has expired or was revoked; get a new one"
OS_TOKEN=$token OS_IMAGE_ENDPOINT_OVERRIDE=http://127.0.0.1:$second run image import glance:kept
fails 8 "OS_TOKEN has expired or was revoked; get a new one"
! grep -q "$token" err || complain "the token is shown"
ok "a revoked token is told with its remedy"

wait "$large_import" || true
cp large.out out
cp large.err err
read -r status < large.status
works
has out 'image "large" is in the store'
[ "$(du -k "$work/large/var/lib/guestctl/images/$large/disk" | cut -f1)" -lt 200000 ] || complain "it is not sparse in the store"
ok "a sparse image of 5 GiB stays sparse, in less than 64 MiB of memory ($(tail -n 1 large.err))"

wait "$stalled" || true
cp stall.err err
read -r status seconds < stall.status
fails 9 "the server does not answer, or stopped sending"
[ "$seconds" -lt 60 ] || complain "it took $seconds s"
[ ! -e "$work/stalled/var/lib/guestctl/images/$web" ] || complain "half an image is in the store"
ok "a server that stalls is given up after half a minute ($seconds s)"
echo "1..$number"
