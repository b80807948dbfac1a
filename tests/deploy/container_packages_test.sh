#!/usr/bin/env bash
# The image installs every Debian package whose library a program links to, and no library package more.
# Usage: container_packages_test.sh CONTAINERFILE PROGRAM…
set -euo pipefail

containerfile=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The packages of the stage `runtime`: the indented lines of its apt-get install.
awk '/AS runtime/ {stage = 1} /AS trial/ {stage = 0} stage && /^      [a-z]/ {print $1}' "$containerfile" | sort >"$folder/listed"

/sbin/ldconfig -p >"$folder/libraries"
for program in "$@"; do
  objdump -p "$program" | awk '/NEEDED/ {print $2}'
done | sort -u | while read -r library; do
  path=$(awk -v name="$library" '$1 == name && !found++ {print $NF}' "$folder/libraries")
  # On a merged /usr the package may know the file by either path.
  real=$(realpath "$path")
  owner=$(dpkg-query --search "$path" 2>/dev/null || dpkg-query --search "$real" 2>/dev/null || dpkg-query --search "${real#/usr}")
  printf '%s\n' "${owner%%:*}"
done | sort -u >"$folder/linked"

missing=$(comm -13 "$folder/listed" "$folder/linked")
extra=$(comm -23 "$folder/listed" "$folder/linked" | grep -v '^ca-certificates$' || true)
[ -z "$missing" ] || printf 'linked, but not in the image:\n%s\n' "$missing"
[ -z "$extra" ] || printf 'in the image, but not linked:\n%s\n' "$extra"
[ -s "$folder/linked" ] && [ -z "$missing$extra" ]
