#!/usr/bin/env bash
# Usage: layers_test.sh --empty QUERY_RESULT… --present QUERY_RESULT…
# Fails if a result behind --empty names a target, or one behind --present names none.
set -euo pipefail

failures=0
expected=
for argument in "$@"; do
  case "$argument" in
    --*)
      expected=${argument#--}
      continue
      ;;
  esac
  if [ "$expected" = empty ] && [ -s "$argument" ]; then
    printf 'forbidden: %s\n' "${argument##*.}"
    sed 's/^/  reaches /' "$argument"
    failures=$((failures + 1))
  elif [ "$expected" = present ] && [ ! -s "$argument" ]; then
    printf 'not found, so the queries prove nothing: %s\n' "${argument##*.}"
    failures=$((failures + 1))
  fi
done
[ "$failures" = 0 ]
