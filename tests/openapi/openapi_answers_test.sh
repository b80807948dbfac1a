#!/usr/bin/env bash
# Every operation of the OpenAPI document is asked of a real signetd on SoftHSM, and every answer is held against the document.
# Usage: openapi_answers_test.sh SIGNETD SIGNET NODE_MODULES
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
node_modules=$3
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"

cli=("$signet" --config "$DATA_DIR/signet.json" --format json)
"${cli[@]}" update security/key-ring --subaccount dev --name access-token --preset AUTH0 --algorithm RS256_2048 \
  --activation-delay 0s --idempotency-window 0s >/dev/null
"${cli[@]}" rotate security/token-key --subaccount dev --confirm >/dev/null
"${cli[@]}" create accounts/subaccount --id empty >/dev/null
"${cli[@]}" create security/api-credential --subaccount dev --name manager >"$DATA_DIR/manager.json"
"${cli[@]}" create security/api-credential --subaccount dev --name reader --scopes read:signing_keys >"$DATA_DIR/reader.json"
for key in one two; do
  openssl genpkey -quiet -algorithm RSA -out "$DATA_DIR/$key.pem"
  openssl pkey -in "$DATA_DIR/$key.pem" -pubout -out "$DATA_DIR/$key.pub"
done
"${cli[@]}" create security/api-credential --subaccount dev --name application --kind PUBLIC_KEY \
  --scopes read:signing_keys --public-key "@$DATA_DIR/one.pub" >"$DATA_DIR/application.json"
cp "$(dev_value admin_credential_file)" "$DATA_DIR/administrator.json"
export NODE_EXTRA_CA_CERTS=$CA_CERTIFICATE

"$here/../testing/run_node.sh" "$node_modules" "$here/openapi_answers.mjs" "$DATA_DIR" "$HTTPS_URL"
