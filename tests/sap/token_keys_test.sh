#!/usr/bin/env bash
# Tokens that a real signetd on SoftHSM signed, verified by what /token_keys and /token_key say.
# Usage: token_keys_test.sh SIGNETD SIGNET NODE_MODULES
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
node_modules=$3
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"

cli() { "$signet" --config "$DATA_DIR/signet.json" --format json "$@"; }
# dev answers for the host localhost; other is reached by zid alone.
cli create accounts/subaccount --id other >/dev/null
cli update security/key-ring --subaccount dev --name access-token --preset SAP_BTP --algorithm RS256_2048 --activation-delay 0s >/dev/null
cli update security/key-ring --subaccount other --name access-token --preset SAP_BTP --activation-delay 0s >/dev/null
for tenant in dev other; do
  cli create security/token-key --subaccount "$tenant" --key "default-jwt-key-$tenant" >/dev/null
  cli enable security/token-key --subaccount "$tenant" --key "default-jwt-key-$tenant" >/dev/null
  cli sign security/token --subaccount "$tenant" --claims "{\"sub\":\"alice\",\"zid\":\"$tenant\"}" >"$DATA_DIR/$tenant.json"
done
cli create security/token-key --subaccount dev --key next >/dev/null
export NODE_EXTRA_CA_CERTS=$CA_CERTIFICATE

"$here/../testing/run_node.sh" "$node_modules" "$here/token_keys.mjs" "$DATA_DIR" "$HTTPS_URL"
