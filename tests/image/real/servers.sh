#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# servers.sh FOLDER GLANCE-PORT KEYSTONE-PORT SECOND-PORT: start the real Glance without Keystone, then Keystone and a Glance that
# asks it, on loopback, as the user that we are; FOLDER/plain.ready and FOLDER/keystone.ready say when. Read from standard input by
# who may not read this file. Debian's python packages have all of the programs' code; the packages with init scripts, which would
# start daemons, are not installed, so what is short in them is written here. Each process is in FOLDER/pids.
set -eu
folder=$1 plain=$2 identity=$3 second=$4

wait_for() { # URL PID LOG
    for _ in $(seq 300); do
        curl -s -o /dev/null --max-time 2 "$1" && return 0
        kill -0 "$2" 2> /dev/null || break
        sleep 0.1
    done
    echo "# $1 did not come up: $(tail -n 3 "$3" | tr '\n' ' ')"
    return 1
}

paste_ini() {
    cat << 'INI'
[pipeline:glance-api]
pipeline = unauthenticated-context rootapp
[pipeline:glance-api-keystone]
pipeline = authtoken context rootapp
[composite:rootapp]
paste.composite_factory = glance.api:root_app_factory
/: apiversions
/v2: apiv2app
[app:apiversions]
paste.app_factory = glance.api.versions:create_resource
[app:apiv2app]
paste.app_factory = glance.api.v2.router:API.factory
[filter:unauthenticated-context]
paste.filter_factory = glance.api.middleware.context:UnauthenticatedContextMiddleware.factory
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = true
[filter:context]
paste.filter_factory = glance.api.middleware.context:ContextMiddleware.factory
INI
}

glance_config() { # FOLDER PORT KEYSTONE-PORT (empty: without)
    mkdir -p "$1/images" "$1/tasks" "$1/lock" "$1/staging"
    paste_ini > "$1/paste.ini"
    cat > "$1/glance.conf" << CONF
[DEFAULT]
bind_host = 127.0.0.1
bind_port = $2
workers = 0
log_file = $1/api.log
node_staging_uri = file://$1/staging
enabled_backends = fs:file
[database]
connection = sqlite:///$1/glance.sqlite
[glance_store]
default_backend = fs
[fs]
filesystem_store_datadir = $1/images
[os_glance_staging_store]
filesystem_store_datadir = $1/staging
[os_glance_tasks_store]
filesystem_store_datadir = $1/tasks
[oslo_concurrency]
lock_path = $1/lock
[paste_deploy]
config_file = $1/paste.ini
CONF
    [ -z "$3" ] || cat >> "$1/glance.conf" << CONF
flavor = keystone
[keystone_authtoken]
www_authenticate_uri = http://127.0.0.1:$3
auth_url = http://127.0.0.1:$3
auth_type = password
username = glance
password = gpw
token_cache_time = -1
project_name = service
user_domain_name = Default
project_domain_name = Default
CONF
}

glance_start() { # FOLDER PORT
    python3 -c 'import sys; from glance.cmd.api import main; sys.exit(main())' --config-file "$1/glance.conf" > "$1/out.log" 2>&1 &
    echo $! >> "$folder/pids"
    wait_for "http://127.0.0.1:$2/v2/images" $! "$1/out.log"
}

keystone_config() { # FOLDER
    mkdir -p "$1/fernet" "$1/cred"
    chmod 700 "$1" "$1/fernet" "$1/cred"
    cat > "$1/keystone.conf" << CONF
[DEFAULT]
log_file = $1/keystone.log
[database]
connection = sqlite:///$1/keystone.sqlite
sqlite_synchronous = false
[fernet_tokens]
key_repository = $1/fernet
[fernet_receipts]
key_repository = $1/fernet
[credential]
key_repository = $1/cred
[identity]
password_hash_rounds = 4
CONF
}

# Database, keys, the user admin and the catalog. One process of Python for all four steps: each start costs a second.
keystone_setup() { # FOLDER PORT
    url=http://127.0.0.1:$2/v3
    python3 - "$1" "$url" > "$1/setup.log" 2>&1 << 'PYTHON'
import getpass, grp, os, sqlite3, sys
from keystone.cmd import manage
folder, url = sys.argv[1:3]
user, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
owner = ["--keystone-user", user, "--keystone-group", group]
def run(*words):
    child = os.fork()
    if child == 0:
        sys.argv = ["keystone-manage", "--config-file", folder + "/keystone.conf", *words]
        os._exit(manage.main() or 0)
    if os.waitpid(child, 0)[1]:
        sys.exit("keystone-manage " + words[0] + " failed")
run("db_sync")
sqlite3.connect(folder + "/keystone.sqlite").execute("PRAGMA journal_mode=WAL").fetchone()  # else a second writer waits for ever
run("fernet_setup", *owner)
run("credential_setup", *owner)
run("bootstrap", "--bootstrap-password", "s3cret", "--bootstrap-admin-url", url, "--bootstrap-internal-url", url,
    "--bootstrap-public-url", url, "--bootstrap-region-id", "RegionOne")
PYTHON
}

keystone_start() { # FOLDER PORT
    OS_KEYSTONE_CONFIG_FILES=$1/keystone.conf keystone-wsgi-public --host 127.0.0.1 --port "$2" > "$1/out.log" 2>&1 &
    echo $! >> "$folder/pids"
    wait_for "http://127.0.0.1:$2/v3" $! "$1/out.log"
}

keystone_config "$folder/keystone"
keystone_setup "$folder/keystone" "$identity" &
setup=$!
glance_config "$folder/plain" "$plain" ""
python3 -c 'import sys; from glance.cmd.manage import main; sys.exit(main())' --config-file "$folder/plain/glance.conf" db_sync > "$folder/db.log" 2>&1
glance_config "$folder/second" "$second" "$identity"
cp "$folder/plain/glance.sqlite" "$folder/second/"
glance_start "$folder/plain" "$plain"
touch "$folder/plain.ready"
wait $setup
keystone_start "$folder/keystone" "$identity"
glance_start "$folder/second" "$second"
touch "$folder/keystone.ready"
