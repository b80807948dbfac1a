#!/usr/bin/env bash
# The calls of SAP's REST API and of its Terraform provider, over HTTP against a real signetd on SoftHSM.
# Usage: btp_test.sh SIGNETD SIGNET
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"

cli() { "$signet" --config "$DATA_DIR/signet.json" --format json "$@"; }
# As in SAP BTP: GUIDs, a subdomain, and hosts below .authentication.; nothing resolves these, so the test only says them.
host=${HTTPS_URL#https://}
account=03760ecf-9d89-4189-a92a-1c7efed09298
directory=ccaf9acf-219d-47b5-bb3f-adae6871cdb2
subaccount=59cd458e-e66e-4b60-b6d8-8f219379f9a5
cli create accounts/global-account --id "$account" --host-alias "corp.${host%:*}" >/dev/null
cli create accounts/directory --id "$directory" --parent "$account" >/dev/null
cli create accounts/subaccount --id "$subaccount" --parent "$directory" --host-alias sub.authentication.localhost >/dev/null
cli create accounts/global-account --id other >/dev/null
for tenant in "$directory" "$subaccount"; do
  cli update security/key-ring --subaccount "$tenant" --name access-token --preset SAP_BTP --algorithm RS256_2048 >/dev/null
done
cli create security/api-credential --global-account "$account" --name terraform >"$DATA_DIR/terraform.json"
cli create security/api-credential --subaccount "$subaccount" --name reader --read-only >"$DATA_DIR/reader.json"
cli create security/api-credential --subaccount "$subaccount" --name maker --scopes create:credentials >"$DATA_DIR/maker.json"
cli create security/api-credential --subaccount "$subaccount" --name app --grant 'https://orders.example read' >"$DATA_DIR/app.json"
cli create security/api-credential --subaccount dev --name foreigner >"$DATA_DIR/foreigner.json"
certify() { # certify NAME SUBJECT
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj "$2" -keyout "$DATA_DIR/$1.key" -out "$DATA_DIR/$1.pem" 2>/dev/null
}
certify client /CN=client
certify nameless /

node "$here/btp.mjs" "$DATA_DIR" "$HTTPS_URL" "$CA_CERTIFICATE" "$account" "$directory" "$subaccount"
