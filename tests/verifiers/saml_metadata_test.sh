#!/usr/bin/env bash
# SAML and WS-Federation metadata of a real signetd, read by programs that others wrote, and what the examples under
# clients/examples sign, verified by the certificates in them.
# Usage: saml_metadata_test.sh SIGNETD SIGNET NODE_MODULES SAML_EXAMPLE WSFED_EXAMPLE
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
node_modules=$3
saml_example=$4
wsfed_example=$5
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"
export NODE_EXTRA_CA_CERTS=$CA_CERTIFICATE

cli() { "$signet" --config "$DATA_DIR/signet.json" --format json "$@"; }
fetch() { curl --silent --show-error --fail --cacert "$CA_CERTIFICATE" --output "$DATA_DIR/$1" "$HTTPS_URL$2"; }
# xmlsec DOCUMENT: verifies the assertion in it with the certificate of the WS-Federation metadata.
xmlsec() {
  xmlsec1 --verify --pubkey-cert-pem "$DATA_DIR/wsfed.pem" --id-attr:ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion "$1"
}
# Beside the packages, where Node looks for them.
mkdir -p "$DATA_DIR/examples"/{saml,wsfed}
ln -s "$(realpath "$node_modules")" "$DATA_DIR/examples/node_modules"
cp "$saml_example" "$DATA_DIR/examples/saml/"
cp "$wsfed_example" "$DATA_DIR/examples/wsfed/"

# verify RING ALGORITHM: has the metadata as it now is read, and the examples sign with the ring, if an algorithm is named.
verify() {
  fetch saml.xml /t/dev/samlp/metadata/shop
  fetch wsfed.xml /t/dev/wsfed/FederationMetadata/2007-06/FederationMetadata.xml
  fetch adfs.xml /FederationMetadata/2007-06/FederationMetadata.xml
  cmp "$DATA_DIR/wsfed.xml" "$DATA_DIR/adfs.xml"
  xmllint --noout "$DATA_DIR/saml.xml" "$DATA_DIR/wsfed.xml"
  fetch jwks.json /t/dev/.well-known/jwks.json
  local arguments
  arguments=$(cli list security/token-key --subaccount dev --ring "$1" | /usr/bin/python3 -c '
import json, os, sys
ring, algorithm, root = sys.argv[1:]
data = os.environ["DATA_DIR"]
listed = json.load(sys.stdin)
keys = listed if isinstance(listed, list) else next(v for v in listed.values() if isinstance(v, list))
roles = {k["kid"]: k["role"] for k in keys}
jwks = {k["kid"]: k["x5c"][0] for k in json.load(open(data + "/jwks.json"))["keys"]}
order = [role for role in ("CURRENT", "NEXT", "PREVIOUS")]
kids = sorted((kid for kid in roles if kid in jwks), key=lambda kid: order.index(roles[kid]))
made = json.load(open(data + "/credential.json"))
print(json.dumps({
    "examples": data + "/examples", "protos": [root + "/proto", root + "/third_party/googleapis"],
    "grpcAddress": os.environ["GRPC_ADDRESS"], "ca": os.environ["CA_CERTIFICATE"],
    "keyRing": "tenants/dev/keyRings/" + ring, "algorithm": algorithm,
    "credential": {"tokenUrl": made["tokenurl"], "clientId": made["clientid"], "clientSecret": made["clientsecret"]},
    "samlMetadata": data + "/saml.xml", "wsfedMetadata": data + "/wsfed.xml", "issuer": os.environ["HTTPS_URL"] + "/t/dev",
    "signInResponse": data + "/wresult.xml", "signInCertificate": data + "/wsfed.pem",
    "certificates": [jwks[kid] for kid in kids]}))' "$1" "$2" "$PWD")
  "$here/../testing/run_node.sh" "$node_modules" "$here/saml_metadata_verify.mjs" "$arguments" | tee "$DATA_DIR/verified"
  [ -n "$2" ] || return 0
  grep -q '^node-saml: valid, alice@example.com$' "$DATA_DIR/verified"
  xmlsec "$DATA_DIR/wresult.xml"
  sed 's/alice@/alicf@/' "$DATA_DIR/wresult.xml" >"$DATA_DIR/changed.xml"
  if xmlsec "$DATA_DIR/changed.xml" 2>/dev/null; then
    echo "xmlsec1 takes what was changed" >&2
    return 1
  fi
}

cli create security/api-credential --subaccount dev --name saml --scopes sign:digests >"$DATA_DIR/credential.json"

# One ring for all, as with Auth0: its tokens' keys sign assertions as well.
cli rotate security/token-key --subaccount dev --confirm >/dev/null
verify access-token ''

# A ring of its own.
cli create security/key-ring --subaccount dev --name saml --algorithm RS256_2048 --activation-delay 0s --idempotency-window 0s >/dev/null
cli rotate security/token-key --subaccount dev --ring saml --confirm >/dev/null
verify saml http://www.w3.org/2001/04/xmldsig-more#rsa-sha256

# The next certificate was there before, so that a service provider that has read it needs nothing.
cp "$DATA_DIR/saml.xml" "$DATA_DIR/before.xml"
cli rotate security/token-key --subaccount dev --ring saml --confirm >/dev/null
verify saml http://www.w3.org/2001/04/xmldsig-more#rsa-sha256
current=$(grep -o '<X509Certificate>[^<]*' "$DATA_DIR/saml.xml" | head -n 1)
[ "$current" = "$(grep -o '<X509Certificate>[^<]*' "$DATA_DIR/before.xml" | sed -n 2p)" ]
