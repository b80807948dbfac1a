#!/usr/bin/env bash
# Apache with mod_auth_openidc, as a resource server, takes Signet's access tokens: by its JWKS, and by introspection.
# Usage: resource_server_test.sh SIGNETD SIGNET
set -euo pipefail

signetd=$(realpath "$1")
signet=$(realpath "$2")
here=$(dirname "$0")
# shellcheck source=tests/testing/dev_server.sh
source "$here/../testing/dev_server.sh"
start_dev_server "$signetd"
# shellcheck source=tests/oauth/setup.sh
source "$here/setup.sh"
set_up_clients "$signet"

# setup_value PATH: prints a value of setup.json, such as secret.client_id.
setup_value() {
  /usr/bin/python3 -c 'import functools, json, sys
print(functools.reduce(lambda value, name: value[name], sys.argv[2].split("."), json.load(open(sys.argv[1]))))' \
    "$DATA_DIR/setup.json" "$1"
}
issuer=$(setup_value issuer)
audience=$(setup_value audience)
client_id=$(setup_value secret.client_id)
client_secret=$(setup_value secret.client_secret)

# Apache changes to this user if it is started by root, and must then still reach its files and the CA.
as_user=()
if [ "$(id -u)" = 0 ]; then
  as_user=(-c 'User www-data' -c 'Group www-data')
  chmod 711 "$DATA_DIR"
fi
site="$DATA_DIR/site"
mkdir -p "$site/open" "$site/introspected"
chmod -R a+rX "$site"
echo served >"$site/open/page"
echo served >"$site/introspected/page"
chmod a+r "$site"/*/page "$CA_CERTIFICATE"
read -r port other_port < <(/usr/bin/python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))')
modules=/usr/lib/apache2/modules
cat >"$DATA_DIR/apache.conf" <<CONF
ServerName localhost
ServerRoot $DATA_DIR
PidFile $DATA_DIR/apache.pid
ErrorLog $DATA_DIR/apache.log
Listen 127.0.0.1:$port
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authn_core_module $modules/mod_authn_core.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule authz_user_module $modules/mod_authz_user.so
LoadModule auth_openidc_module $modules/mod_auth_openidc.so
DocumentRoot $site
OIDCCryptoPassphrase not-used-here
OIDCCABundlePath $CA_CERTIFICATE
OIDCOAuthRemoteUserClaim sub
OIDCOAuthVerifyJwksUri $issuer/.well-known/jwks.json
<Location /open>
  AuthType oauth20
  <RequireAll>
    Require claim iss:$issuer
    Require claim aud:$audience
    Require claim "scope~(^| )orders:read( |$)"
  </RequireAll>
</Location>
CONF
# Introspection is a setting of the whole server: a second one, for the second half.
sed -e "s#^Listen .*#Listen 127.0.0.1:$other_port#; s#apache.pid#introspecting.pid#; s#/open#/introspected#" \
  -e "s#^OIDCOAuthVerifyJwksUri .*#OIDCOAuthIntrospectionEndpoint $issuer/oauth/introspect\n\
OIDCOAuthClientID $client_id\nOIDCOAuthClientSecret $client_secret\n\
OIDCOAuthIntrospectionEndpointAuth client_secret_basic\nOIDCOAuthTokenIntrospectionInterval -1#" \
  "$DATA_DIR/apache.conf" >"$DATA_DIR/introspecting.conf"

start_apache() {
  /usr/sbin/apache2 -X -f "$1" "${as_user[@]}" &
  APACHES+=($!)
}
APACHES=()
stop_all() {
  kill "${APACHES[@]}" 2>/dev/null || true
  wait "${APACHES[@]}" 2>/dev/null || true
  stop_dev_server
}
trap stop_all EXIT
start_apache "$DATA_DIR/apache.conf"
start_apache "$DATA_DIR/introspecting.conf"

token() {
  curl --silent --show-error --fail --cacert "$CA_CERTIFICATE" --user "$client_id:$client_secret" \
    --data grant_type=client_credentials --data-urlencode "audience=$audience" "$issuer/oauth/token" |
    /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
}
# expect STATUS URL TOKEN
expect() {
  local status
  status=$(curl --silent --output /dev/null --write-out '%{http_code}' --retry 20 --retry-connrefused --retry-delay 1 \
    ${3:+--header "Authorization: Bearer $3"} "$2")
  [ "$status" = "$1" ] || { cat "$DATA_DIR/apache.log"; echo "$2 answered $status, not $1"; exit 1; }
}
open="http://127.0.0.1:$port/open/page"
introspected="http://127.0.0.1:$other_port/introspected/page"
access_token=$(token)
expect 401 "$open" ''
expect 200 "$open" "$access_token"
expect 401 "$open" "${access_token%????}AAAA"
expect 401 "$open" "$(setup_value signed_token)x"
expect 401 "$introspected" ''
expect 200 "$introspected" "$access_token"
curl --silent --show-error --fail --cacert "$CA_CERTIFICATE" --user "$client_id:$client_secret" \
  --data-urlencode "token=$access_token" "$issuer/oauth/revoke"
expect 401 "$introspected" "$access_token"
echo 'Apache took what is valid, and nothing else'
