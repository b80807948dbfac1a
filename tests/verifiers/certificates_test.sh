#!/usr/bin/env bash
# The certificate of a key, from its request to the JWKS, with openssl as the authority and as the second opinion.
# Usage: certificates_test.sh SIGNETD SIGNET NODE_MODULES
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
node_modules=$3
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"
folder=$DATA_DIR/certificates
mkdir "$folder"

fail() {
  printf '%s\n' "$*"
  exit 1
}
cli() { "$signet" --config "$DATA_DIR/signet.json" "$@"; }
member() { /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
fetch_jwks() {
  curl --silent --show-error --fail --cacert "$CA_CERTIFICATE" --output "$folder/jwks.json" "$HTTPS_URL/t/dev/.well-known/jwks.json"
}
# jwk_member KID NAME: prints a member of a key in the JWKS; an array one element a line.
jwk_member() {
  /usr/bin/python3 -c 'import json, sys
for key in json.load(open(sys.argv[1]))["keys"]:
    if key["kid"] == sys.argv[2]:
        value = key.get(sys.argv[3], "")
        print("\n".join(value) if isinstance(value, list) else value)' "$folder/jwks.json" "$1" "$2"
}
# thumbprint HASH PEM: prints base64url of a certificate's hash.
thumbprint() { openssl x509 -in "$2" -outform DER | openssl dgst "-$1" -binary | basenc --base64url --wrap 0 | tr -d =; }
# certificate_as_base64 PEM: prints the certificate as x5c has it.
certificate_as_base64() { openssl x509 -in "$1" -outform DER | base64 --wrap 0; }
expect_same() { [ "$2" = "$3" ] || fail "$1: '$2' is not '$3'"; }

# new_key RING ALGORITHM: makes a ring with a key that signs; prints its kid.
new_key() {
  cli --format json create security/key-ring --subaccount dev --name "$1" --algorithm "$2" --activation-delay 0s --keep-next false >/dev/null
  local kid
  kid=$(cli --format json create security/token-key --subaccount dev --ring "$1" | member kid)
  cli enable security/token-key --subaccount dev --ring "$1" --key "$kid" >/dev/null
  printf '%s\n' "$kid"
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 2 -subj '/O=Test/CN=Test Root' \
  -keyout "$folder/root.key" -out "$folder/root.pem" 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -subj '/O=Test/CN=Test Issuing' -keyout "$folder/issuing.key" -out "$folder/issuing.csr" \
  2>/dev/null
printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n' >"$folder/authority.ext"
openssl x509 -req -in "$folder/issuing.csr" -CA "$folder/root.pem" -CAkey "$folder/root.key" -CAcreateserial -days 2 \
  -extfile "$folder/authority.ext" -out "$folder/issuing.pem" 2>/dev/null
printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n' >"$folder/leaf.ext"

for algorithm in RS256_2048 PS384_2048 ES256 ES512 ED25519; do
  ring=$(printf '%s' "$algorithm" | tr '[:upper:]_' '[:lower:]-')
  kid=$(new_key "$ring" "$algorithm")
  scope=(--subaccount dev --ring "$ring" --key "$kid")

  # The certificate that the key began with: its own, of its key, as the JWKS shows it.
  cli get security/certificate "${scope[@]}" --out "$folder/self.pem" >/dev/null
  cli get security/certificate "${scope[@]}" --form der --out "$folder/self.der" >/dev/null
  cli get security/certificate "${scope[@]}" --form pkcs7 --out "$folder/self.p7b" >/dev/null
  openssl verify -check_ss_sig -CAfile "$folder/self.pem" "$folder/self.pem" >/dev/null || fail "$algorithm: the certificate is not valid"
  expect_same "$algorithm der" "$(base64 --wrap 0 <"$folder/self.der")" "$(certificate_as_base64 "$folder/self.pem")"
  expect_same "$algorithm pkcs7" "$(openssl pkcs7 -inform DER -in "$folder/self.p7b" -print_certs | openssl x509)" \
    "$(openssl x509 -in "$folder/self.pem")"
  fetch_jwks
  expect_same "$algorithm x5c" "$(jwk_member "$kid" x5c)" "$(certificate_as_base64 "$folder/self.pem")"
  expect_same "$algorithm x5t" "$(jwk_member "$kid" x5t)" "$(thumbprint sha1 "$folder/self.pem")"
  expect_same "$algorithm x5t#S256" "$(jwk_member "$kid" 'x5t#S256')" "$(thumbprint sha256 "$folder/self.pem")"

  # The request: signed by the key, for the subject that was asked for.
  cli create security/certificate-request "${scope[@]}" --common-name "Signet $algorithm" --organization Test --country DE \
    --out "$folder/leaf.csr" >/dev/null
  openssl req -in "$folder/leaf.csr" -verify -noout 2>/dev/null || fail "$algorithm: the request is not signed by its key"
  expect_same "$algorithm subject" "$(openssl req -in "$folder/leaf.csr" -noout -subject -nameopt RFC2253 | cut -d= -f2-)" \
    "CN=Signet $algorithm,O=Test,C=DE"
  expect_same "$algorithm key" "$(openssl req -in "$folder/leaf.csr" -noout -pubkey)" "$(openssl x509 -in "$folder/self.pem" -noout -pubkey)"

  # What the authority issues for it, and its chain.
  openssl x509 -req -in "$folder/leaf.csr" -CA "$folder/issuing.pem" -CAkey "$folder/issuing.key" -CAcreateserial -days 1 \
    -extfile "$folder/leaf.ext" -out "$folder/leaf.pem" 2>/dev/null
  cat "$folder/leaf.pem" "$folder/issuing.pem" "$folder/root.pem" >"$folder/chain-$algorithm.pem"
  cli update security/certificate "${scope[@]}" --pem-chain "@$folder/chain-$algorithm.pem" >/dev/null
  fetch_jwks
  expect_same "$algorithm chain" "$(jwk_member "$kid" x5c)" \
    "$(for file in leaf issuing root; do certificate_as_base64 "$folder/$file.pem"; echo; done)"
  expect_same "$algorithm x5t of the chain" "$(jwk_member "$kid" x5t)" "$(thumbprint sha1 "$folder/leaf.pem")"
  expect_same "$algorithm x5t#S256 of the chain" "$(jwk_member "$kid" 'x5t#S256')" "$(thumbprint sha256 "$folder/leaf.pem")"
  cli get security/certificate "${scope[@]}" --out "$folder/shown.pem" >/dev/null
  expect_same "$algorithm shown" "$(cat "$folder/shown.pem")" "$(cat "$folder/chain-$algorithm.pem")"
  openssl verify -CAfile "$folder/root.pem" -untrusted "$folder/issuing.pem" "$folder/shown.pem" >/dev/null || fail "$algorithm: broken chain"
  echo "certified $algorithm"
done

# refused_chain FILE TEXT: the chain is refused for the key of the ring es256, with TEXT, and nothing changes.
es256_kid=$(cli --format json list security/token-key --subaccount dev --ring es256 | /usr/bin/python3 -c 'import json, sys
print(json.load(sys.stdin)["keys"][0]["kid"])')
refused_chain() {
  local output status=0
  cp "$folder/jwks.json" "$folder/before.json"
  output=$(cli update security/certificate --subaccount dev --ring es256 --key "$es256_kid" --pem-chain "@$1" 2>&1) || status=$?
  printf '%s\n' "$output"
  [ "$status" = 2 ] || fail "exit code $status for $1"
  grep -q 'Reason: INVALID_FIELD' <<<"$output" || fail 'refused for another reason'
  grep -qi -- "$2" <<<"$output" || fail "no word of $2"
  fetch_jwks
  cmp "$folder/jwks.json" "$folder/before.json"
}
refused_chain "$folder/chain-ES512.pem" 'key'
cat "$folder/chain-ES256.pem" >"$folder/gap.pem"
/usr/bin/python3 - "$folder/chain-ES256.pem" "$folder/gap.pem" <<'END'
import sys
certificates = open(sys.argv[1]).read().split("-----BEGIN")[1:]
open(sys.argv[2], "w").write("".join("-----BEGIN" + certificates[i] for i in (0, 2)))
END
refused_chain "$folder/gap.pem" 'issuer'
echo 'no certificate' >"$folder/garbage.pem"
refused_chain "$folder/garbage.pem" 'pem'

# jose takes the JWKS as it is now, for tokens of all keys that it knows.
tokens=()
for ring in rs256-2048 ps384-2048 es256 es512; do
  tokens+=("$(cli --format json sign security/token --subaccount dev --ring "$ring" --claims '{"sub":"alice"}' | member token)")
done
export NODE_EXTRA_CA_CERTS=$CA_CERTIFICATE
verdicts=$("$here/../testing/run_node.sh" "$node_modules" "$here/jose_verify.mjs" "$HTTPS_URL/t/dev/.well-known/jwks.json" "$HTTPS_URL/t/dev" "${tokens[@]}")
printf '%s\n' "$verdicts"
expect_same 'tokens that jose took' "$(grep -c ': valid' <<<"$verdicts")" 4
