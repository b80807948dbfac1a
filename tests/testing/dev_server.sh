# shellcheck shell=bash
# Starts `signetd --dev` for a shell test and stops it at the end. Sourced, not run.

# start_dev_server SIGNETD: starts it on free ports, with its data on /dev/shm, and waits until it is ready. Sets DATA_DIR, HTTPS_URL,
# CA_CERTIFICATE, GRPC_ADDRESS and SIGNETD_PID.
start_dev_server() {
  DATA_DIR=$(mktemp -d /dev/shm/signet-test-XXXXXX)
  trap stop_dev_server EXIT
  "$1" --dev --data_dir "$DATA_DIR" --grpc_address 127.0.0.1:0 --http_address 127.0.0.1:0 >"$DATA_DIR/stdout" 2>"$DATA_DIR/log" &
  SIGNETD_PID=$!
  local tries=0
  until [ -s "$DATA_DIR/dev.json" ]; do
    kill -0 "$SIGNETD_PID" 2>/dev/null || { cat "$DATA_DIR/log"; echo 'signetd ended'; exit 1; }
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { cat "$DATA_DIR/log"; echo 'signetd was not ready after 60 s'; exit 1; }
    sleep 0.1
  done
  HTTPS_URL=$(dev_value https_url)
  CA_CERTIFICATE=$(dev_value ca_certificate)
  GRPC_ADDRESS=$(dev_value grpc_address)
  export DATA_DIR HTTPS_URL CA_CERTIFICATE GRPC_ADDRESS SIGNETD_PID
}

# dev_value NAME: prints a member of dev.json.
dev_value() {
  /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$DATA_DIR/dev.json" "$1"
}

stop_dev_server() {
  kill -TERM "$SIGNETD_PID" 2>/dev/null && wait "$SIGNETD_PID"
  local status=$?
  rm -rf "$DATA_DIR"
  return "$status"
}
