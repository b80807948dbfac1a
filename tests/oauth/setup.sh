# shellcheck shell=bash
# Makes, on the server of start_dev_server, a tenant with a key that signs and a client of each kind, and describes them in
# $DATA_DIR/setup.json. Sourced, not run.

# set_up_clients SIGNET
set_up_clients() {
  local signet=$1 audience=https://orders.example.com
  local cli=("$signet" --config "$DATA_DIR/signet.json" --format json)
  "${cli[@]}" create accounts/subaccount --id shop >/dev/null
  "${cli[@]}" update security/key-ring --subaccount shop --name access-token --activation-delay 0s >/dev/null
  "${cli[@]}" rotate security/token-key --subaccount shop --confirm >/dev/null
  "${cli[@]}" sign security/token --subaccount shop --claims "{\"sub\":\"alice\",\"aud\":\"$audience\"}" >"$DATA_DIR/signed.json"

  local grant="$audience orders:read orders:write"
  "${cli[@]}" create security/api-credential --subaccount shop --name secret --grant "$grant" >"$DATA_DIR/secret.json"
  openssl ecparam -name prime256v1 -genkey -noout -out "$DATA_DIR/assertion.pem"
  openssl pkey -in "$DATA_DIR/assertion.pem" -pubout -out "$DATA_DIR/assertion.pub"
  "${cli[@]}" create security/api-credential --subaccount shop --name key --kind PUBLIC_KEY --grant "$grant" \
    --public-key "@$DATA_DIR/assertion.pub" >"$DATA_DIR/key.json"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=client -keyout "$DATA_DIR/client.key" \
    -out "$DATA_DIR/client.csr" 2>/dev/null
  "${cli[@]}" create security/api-credential --subaccount shop --name certificate --grant "$grant" \
    --csr "@$DATA_DIR/client.csr" >"$DATA_DIR/certificate.json"
  AUDIENCE=$audience /usr/bin/python3 - <<'PYTHON'
import base64, json, os, subprocess

folder = os.environ["DATA_DIR"]


def read(name):
    with open(f"{folder}/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# The private key as a JWK: its numbers, as OpenSSL prints them.
text = subprocess.check_output(["openssl", "pkey", "-in", f"{folder}/assertion.pem", "-noout", "-text"], text=True)
private, public = (bytes.fromhex("".join(part.split("\n    ")[1:]).split("\n")[0].replace(":", "").replace(" ", ""))
                   for part in (text.split("priv:")[1].split("pub:")[0], text.split("pub:")[1].split("ASN1")[0]))
secret, key, certificate = read("secret"), read("key"), read("certificate")
kid = key["signet"]["credential"]["publicKeys"][0]["id"]
with open(f"{folder}/client.pem", "w", encoding="utf-8") as file:
    file.write(certificate["certificate"])
setup = {
    "issuer": os.environ["HTTPS_URL"] + "/t/shop",
    "audience": os.environ["AUDIENCE"],
    "ca": os.environ["CA_CERTIFICATE"],
    "signed_token": read("signed")["token"],
    "secret": {"client_id": secret["clientid"], "client_secret": secret["clientsecret"]},
    "key": {
        "client_id": key["clientid"],
        "kid": kid,
        "private_jwk": {
            "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": kid,
            "x": base64url(public[1:33]), "y": base64url(public[33:]), "d": base64url(private[-32:].rjust(32, b"\0")),
        },
    },
    "certificate": {
        "client_id": certificate["clientid"],
        "thumbprint": certificate["signet"]["credential"]["certificate"]["thumbprint"],
        "cert": f"{folder}/client.pem",
        "key": f"{folder}/client.key",
    },
}
with open(f"{folder}/setup.json", "w", encoding="utf-8") as file:
    json.dump(setup, file)
PYTHON
}
