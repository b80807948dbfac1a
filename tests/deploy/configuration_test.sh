#!/usr/bin/env bash
# Each example configuration is accepted by signetd, with its absolute paths moved to a folder where the files exist.
# Usage: configuration_test.sh SIGNETD CONFIGURATION…
set -euo pipefail

signetd=$1
shift
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
umask 077

for configuration in "$@"; do
  mkdir -p "$root/etc/signet" "$root/run/signet" "$root/var/lib/signet"
  sed -E "s#(: |unix:|\")(/[a-z])#\1$root\2#g" "$configuration" >"$root/signet.yaml"
  # What the file names must exist: a certificate, its key, a PIN, a module.
  sed -nE 's/^ *(certificate_file|private_key_file|pin_file|module|client_ca_file): *//p' "$root/signet.yaml" | while read -r file; do
    mkdir -p "$(dirname "$file")"
    echo 1234 >"$file"
  done
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
    -keyout "$root/tls.key" -out "$root/tls.crt" 2>/dev/null
  for name in certificate_file:tls.crt private_key_file:tls.key client_ca_file:tls.crt; do
    sed -nE "s/^ *${name%%:*}: *//p" "$root/signet.yaml" | while read -r file; do cp "$root/${name#*:}" "$file"; done
  done
  echo "checking $configuration"
  "$signetd" --config "$root/signet.yaml" --check
done

# The check can fail, too.
sed 's/^hsm:/hsmm:/' "$root/signet.yaml" >"$root/wrong.yaml"
if "$signetd" --config "$root/wrong.yaml" --check 2>"$root/error"; then
  echo 'an unknown field was accepted'
  exit 1
fi
grep -q 'hsmm' "$root/error"
