#!/usr/bin/env bash
# Tokens of every algorithm, signed by a real signetd on SoftHSM, verified by programs that others wrote.
# Usage: verifiers_test.sh SIGNETD SIGNET NODE_MODULES
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
node_modules=$3
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"

cli() { "$signet" --config "$DATA_DIR/signet.json" --format json "$@"; }
field() { /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

algorithms=(ES256 ES384 ES512 ED25519)
for padding in RS PS; do
  for hash in 256 384 512; do
    for bits in 2048 3072 4096; do algorithms+=("$padding${hash}_$bits"); done
  done
done

tokens=()
known_to_jwks_rsa=()
for algorithm in "${algorithms[@]}"; do
  ring=$(printf '%s' "$algorithm" | tr '[:upper:]_' '[:lower:]-')
  cli create security/key-ring --subaccount dev --name "$ring" --algorithm "$algorithm" --activation-delay 0s >/dev/null
  kid=$(cli create security/token-key --subaccount dev --ring "$ring" | field kid)
  cli enable security/token-key --subaccount dev --ring "$ring" --key "$kid" >/dev/null
  token=$(cli sign security/token --subaccount dev --ring "$ring" --claims "{\"sub\":\"$algorithm\"}" | field token)
  tokens+=("$token")
  [ "$algorithm" = ED25519 ] || known_to_jwks_rsa+=("$token")
  echo "signed with $algorithm"
done

jwks_url="$HTTPS_URL/t/dev/.well-known/jwks.json"
issuer="$HTTPS_URL/t/dev"
curl --silent --show-error --fail --cacert "$CA_CERTIFICATE" --output "$DATA_DIR/jwks.json" "$jwks_url"
export NODE_EXTRA_CA_CERTS=$CA_CERTIFICATE

expect_lines() {
  local expected=$1 output
  shift
  output=$("$@")
  printf '%s\n' "$output"
  [ "$(grep -c ': valid' <<<"$output")" = "$expected" ] || { echo "not $expected valid tokens"; exit 1; }
}
expect_lines 22 "$here/../testing/run_node.sh" "$node_modules" "$here/jose_verify.mjs" "$jwks_url" "$issuer" "${tokens[@]}"
expect_lines 21 "$here/../testing/run_node.sh" "$node_modules" "$here/jwks_rsa_verify.mjs" "$jwks_url" "$issuer" "${known_to_jwks_rsa[@]}"
expect_lines 22 /usr/bin/python3 "$here/pyjwt_verify.py" "$DATA_DIR/jwks.json" "$issuer" "${tokens[@]}"

# They can refuse, too: the signature of one token under the claims of another.
forged="${tokens[0]%.*}.${tokens[1]##*.}"
if refusal=$("$here/../testing/run_node.sh" "$node_modules" "$here/jose_verify.mjs" "$jwks_url" "$issuer" "$forged"); then
  echo 'jose took a forged token'
  exit 1
fi
printf '%s\n' "$refusal"
grep -q '^jose: refused, ERR_JWS_SIGNATURE_VERIFICATION_FAILED: ' <<<"$refusal" || { echo 'jose refused it for another reason'; exit 1; }
