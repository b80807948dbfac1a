#!/usr/bin/env bash
# OAuth clients and resource servers that others wrote, unmodified, against a real signetd on SoftHSM.
# Usage: oauth_clients_test.sh SIGNETD SIGNET NODE_MODULES
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
node_modules=$3
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"
# shellcheck source=tests/oauth/setup.sh
source "$here/setup.sh"
set_up_clients "$signet"
export NODE_EXTRA_CA_CERTS=$CA_CERTIFICATE

"$here/../testing/run_node.sh" "$node_modules" "$here/openid_client.mjs" "$DATA_DIR/setup.json"
"$here/../testing/run_node.sh" "$node_modules" "$here/oauth4webapi.mjs" "$DATA_DIR/setup.json"
/usr/bin/python3 "$here/authlib_client.py" "$DATA_DIR/setup.json"
