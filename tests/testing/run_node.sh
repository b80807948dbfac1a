#!/usr/bin/env bash
# Runs a script of this project with the npm packages of tests/npm.
# Usage: run_node.sh NODE_MODULES SCRIPT [ARGUMENT…]
#
# Node looks for packages beside the script's real path, and in the sandbox both are links to elsewhere: so the script is copied.
set -euo pipefail

folder=$(mktemp -d "${TEST_TMPDIR:-${TMPDIR:-/tmp}}/node.XXXXXX")
trap 'rm -rf "$folder"' EXIT
ln -s "$(realpath "$1")" "$folder/node_modules"
cp "$2" "$folder/"
script="$folder/$(basename "$2")"
shift 2
node "$script" "$@"
