#!/usr/bin/env bash
# What the documentation has people type works, in its order, on a new server.
# Usage: documentation_test.sh SIGNETD SIGNET DOCUMENT...
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
shift 2
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"

/usr/bin/python3 "$here/documentation.py" "$signet" "$DATA_DIR/signet.json" "$@"
