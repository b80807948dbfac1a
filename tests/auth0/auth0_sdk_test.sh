#!/usr/bin/env bash
# Auth0's SDK (npm's auth0), unmodified and over TLS, against a real signetd on SoftHSM.
# Usage: auth0_sdk_test.sh SIGNETD SIGNET NODE_MODULES
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
node_modules=$3
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"

cli=("$signet" --config "$DATA_DIR/signet.json" --format json)
# dev answers for the host localhost, and shop has no host: it is reached by its path.
"${cli[@]}" create accounts/subaccount --id shop >/dev/null
for tenant in dev shop; do
  "${cli[@]}" update security/key-ring --subaccount "$tenant" --name access-token --preset AUTH0 --algorithm RS256_2048 \
    --activation-delay 0s >/dev/null
  "${cli[@]}" rotate security/token-key --subaccount "$tenant" --confirm >/dev/null
  "${cli[@]}" create security/api-credential --subaccount "$tenant" --name manager >"$DATA_DIR/$tenant.json"
done
# As Auth0's issuers are, with a slash at the end.
"${cli[@]}" update accounts/subaccount --id dev --issuer "https://localhost:${HTTPS_URL##*:}/" >/dev/null
"${cli[@]}" create security/api-credential --subaccount dev --name shopper --grant 'https://orders.example read' \
  >"$DATA_DIR/shopper.json"
# Rotations are to be rotations of their own; in dev, a call may be repeated within this time.
"${cli[@]}" update security/key-ring --subaccount dev --name access-token --idempotency-window 6s >/dev/null
"${cli[@]}" update security/key-ring --subaccount shop --name access-token --idempotency-window 0s >/dev/null
"${cli[@]}" create security/api-credential --subaccount dev --name reader --scopes read:signing_keys >"$DATA_DIR/reader.json"
"${cli[@]}" create security/api-credential --subaccount dev --name keyless --scopes read:signing_keys >"$DATA_DIR/keyless.json"
"${cli[@]}" create security/api-credential --subaccount dev --name clients --scopes read:client_credentials,update:client_keys \
  >"$DATA_DIR/clients.json"
for name in rotator spare; do
  "${cli[@]}" create security/api-credential --subaccount dev --name "$name" --scopes update:client_keys >"$DATA_DIR/$name.json"
done
openssl genpkey -quiet -algorithm RSA -out "$DATA_DIR/one.pem"
openssl genpkey -quiet -algorithm RSA -out "$DATA_DIR/two.pem"
for key in one two; do openssl pkey -in "$DATA_DIR/$key.pem" -pubout -out "$DATA_DIR/$key.pub"; done
"${cli[@]}" create security/api-credential --subaccount dev --name application --kind PUBLIC_KEY \
  --scopes read:signing_keys --public-key "@$DATA_DIR/one.pub" >"$DATA_DIR/application.json"
export NODE_EXTRA_CA_CERTS=$CA_CERTIFICATE

"$here/../testing/run_node.sh" "$node_modules" "$here/auth0_sdk.mjs" "$DATA_DIR" "$HTTPS_URL"
