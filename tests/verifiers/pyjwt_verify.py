#!/usr/bin/python3
"""Verifies tokens with PyJWT and with the openssl program.

Usage: pyjwt_verify.py JWKS_FILE ISSUER TOKEN...

PyJWT 2.6 knows the algorithm of Ed25519 by its older name EdDSA alone (RFC 8037), so such tokens go to openssl only. openssl verifies
the signature over the signing input with the key as PEM: it knows nothing of JOSE.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl_options(alg, signature):
    """Returns what `openssl pkeyutl -verify` needs beside key, input and signature, and the signature in its form."""
    if alg == "Ed25519":
        return ["-rawin"], signature
    hash_name = "sha" + alg[2:]
    options = ["-rawin", "-digest", hash_name]
    if alg.startswith("PS"):
        options += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]
    if alg.startswith("ES"):
        half = len(signature) // 2
        signature = encode_dss_signature(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )
    return options, signature


def verify_with_openssl(token, alg, key):
    signing_input, _, signature = token.rpartition(".")
    options, signature = openssl_options(alg, decode(signature))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "key.pem").write_bytes(
            key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        (folder / "input").write_text(signing_input)
        (folder / "signature").write_bytes(signature)
        subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", folder / "key.pem", "-in", folder / "input"]
            + ["-sigfile", folder / "signature"]
            + options,
            check=True,
            stdout=subprocess.DEVNULL,
        )


def main():
    jwks_file, issuer, *tokens = sys.argv[1:]
    jwks = json.loads(pathlib.Path(jwks_file).read_text())
    keys = {}
    for member in jwks["keys"]:
        # The name by which PyJWT knows the algorithm; the key is the same.
        known = dict(member, alg="EdDSA") if member["alg"] == "Ed25519" else member
        keys[member["kid"]] = jwt.PyJWK.from_dict(known).key
    for token in tokens:
        header = jwt.get_unverified_header(token)
        key = keys[header["kid"]]
        verify_with_openssl(token, header["alg"], key)
        verifiers = "openssl"
        if header["alg"] != "Ed25519":
            jwt.decode(token, key, algorithms=[header["alg"]], issuer=issuer)
            verifiers = "PyJWT, openssl"
        print(f"{verifiers}: valid, {header['alg']}")


main()
