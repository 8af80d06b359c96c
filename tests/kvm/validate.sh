#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every golden domain XML against the schema of the libvirt at hand. Usage: validate.sh FOLDER
set -eu
schema=${LIBVIRT_SCHEMA:-/usr/share/libvirt/schemas/domain.rng}
[ -e "$schema" ] || { echo "skipped: $schema is missing (apt-get install libvirt-clients or libvirt-daemon)"; exit 77; }
command -v xmllint >/dev/null || { echo "skipped: xmllint is missing (apt-get install libxml2-utils)"; exit 77; }
xmllint --noout --relaxng "$schema" "$1"/*.xml
