#!/bin/sh
# Makes, once, what a trial needs on the volume: a SoftHSM token, its PIN, a self-signed certificate, and the administrator's credential.
set -eu
umask 077
data=/var/lib/signet

if [ ! -s "$data/hsm-pin" ]; then
  mkdir -p "$data/tokens"
  openssl rand -hex 16 >"$data/so-pin"
  openssl rand -hex 16 >"$data/hsm-pin.new"
  # softhsm2-util knows no other way to take a PIN than its arguments; nobody else runs in this container.
  softhsm2-util --init-token --free --label signet --so-pin "$(cat "$data/so-pin")" --pin "$(cat "$data/hsm-pin.new")"
  mv "$data/hsm-pin.new" "$data/hsm-pin"
fi

if [ ! -s "$data/tls.crt" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:signet,DNS:signet.signet.svc' -keyout "$data/tls.key" -out "$data/tls.crt"
fi

# To use it: kubectl -n signet exec deploy/signet -- cat /var/lib/signet/admin.json
if [ ! -s "$data/admin.json" ]; then
  signetd bootstrap --config /etc/signet/signet.yaml --credential_file "$data/admin.json"
fi
