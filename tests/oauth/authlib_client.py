"""Gets tokens with Authlib by each method that it knows, and verifies one with its JOSE implementation.

Usage: authlib_client.py SETUP.json
"""

import json
import sys
import urllib.request

import ssl

from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oauth2.rfc7523 import PrivateKeyJWT

with open(sys.argv[1], encoding="utf-8") as file:
    setup = json.load(file)
context = ssl.create_default_context(cafile=setup["ca"])


def get(url):
    with urllib.request.urlopen(url, context=context) as response:
        return json.load(response)


metadata = get(setup["issuer"] + "/.well-known/openid-configuration")
token_endpoint = metadata["token_endpoint"]
jwks = JsonWebKey.import_key_set(get(metadata["jwks_uri"]))


def check(name, session):
    session.verify = setup["ca"]
    token = session.fetch_token(
        token_endpoint, grant_type="client_credentials", audience=setup["audience"], scope="orders:read"
    )
    claims = JsonWebToken(["ES256"]).decode(
        token["access_token"], jwks, claims_options={"iss": {"essential": True, "value": setup["issuer"]}}
    )
    claims.validate()
    assert claims.header["typ"] == "at+jwt", claims.header
    assert claims["aud"] == setup["audience"] and claims["scope"] == "orders:read", claims
    print("authlib", name + ": granted and verified")


secret = setup["secret"]
for method in ("client_secret_basic", "client_secret_post"):
    check(method, OAuth2Session(secret["client_id"], secret["client_secret"], token_endpoint_auth_method=method))

key = setup["key"]
session = OAuth2Session(
    key["client_id"], JsonWebKey.import_key(key["private_jwk"]), token_endpoint_auth_method="private_key_jwt"
)
session.register_client_auth_method(PrivateKeyJWT(token_endpoint, alg="ES256"))
check("private_key_jwt", session)
