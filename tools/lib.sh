# shellcheck shell=bash
# What the tools share: where the project is, what they say, and the installation of what is missing. Sourced, not run.

set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# say TEXT: a headline of progress.
say() {
  if [ -t 1 ]; then printf '\n\033[1m== %s\033[0m\n' "$*"; else printf '\n== %s\n' "$*"; fi
}

# die TEXT: gives up.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# missing_packages NAME…: prints those that are not installed. A NAME is a Debian package, or COMMAND:PACKAGE where any program of
# that name will do.
missing_packages() {
  local entry package
  for entry in "$@"; do
    package=${entry#*:}
    if [ "$package" != "$entry" ] && command -v "${entry%%:*}" >/dev/null; then continue; fi
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s\n' "$package"
  done
}

# need_packages NAME…: installs what is missing, as root or through sudo.
need_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  command -v apt-get >/dev/null || die "this needs Debian's apt-get; install the packages above by other means"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "run this as root, or install sudo"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"${TMPDIR:-/tmp}/signet-apt.log" 2>&1 ||
    { tail -n 20 "${TMPDIR:-/tmp}/signet-apt.log" >&2; die "apt-get could not install the packages above"; }
}

# need_promtool: puts promtool into /usr/local/bin, out of Debian's package of Prometheus (19 MB to download, 46 MB of it kept), whose
# installation would start a server.
need_promtool() {
  command -v promtool >/dev/null && return
  say "Fetching promtool"
  local folder as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  folder=$(mktemp -d)
  (cd "$folder" && apt-get download -qq prometheus 2>/dev/null) || die "apt-get could not download prometheus, which has promtool"
  dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -xC "$folder" ./usr/bin/promtool
  "${as_root[@]}" install -D -m 755 "$folder/usr/bin/promtool" /usr/local/bin/promtool
  rm -rf "$folder"
}

# need_npm FOLDER: installs the npm packages that FOLDER names, unless they are there. Where there is no lock file, package.json
# names exact versions (a lock file of packages with a binary for each platform fails where a registry mirror lacks some of them).
need_npm() {
  local stamp="$1/node_modules/.installed" how=(install --no-package-lock)
  [ ! -e "$1/package-lock.json" ] || how=(ci)
  if [ ! -e "$stamp" ] || [ "$1/package.json" -nt "$stamp" ]; then
    say "Installing the npm packages of $1"
    (cd "$1" && npm "${how[@]}" --ignore-scripts --no-audit --no-fund --loglevel=error)
    touch "$stamp"
  fi
}
