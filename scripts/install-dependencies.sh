#!/bin/sh
# Installs what Lepton needs from the distribution, and nothing that is there already. Says what it does first.
# For Debian and its descendants; elsewhere it says what is needed.
set -eu

# The C libraries, and what the Swift compiler links with.
libraries="libdnnl-dev libturbojpeg0-dev libpng-dev zlib1g-dev libssl-dev"
tools="g++ libc6-dev binutils pkg-config git ca-certificates curl"
# What the compiler itself runs on; looked at only where it does not start.
compiler_needs="libcurl4 libxml2 libsqlite3-0 libncurses6 libuuid1 tzdata"

installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}

install() {
  if [ "$(id -u)" -eq 0 ]; then
    as_root=""
  elif command -v sudo >/dev/null; then
    as_root="sudo"
  else
    echo "these packages are missing: $*" >&2
    echo "run as root: apt-get install $*" >&2
    exit 4
  fi
  echo "installing from the distribution: $*"
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update -qq
  $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "this is no Debian: see that oneDNN, libjpeg-turbo (TurboJPEG), libpng, zlib and OpenSSL" >&2
  echo "are there with their headers, and a C compiler with libgomp" >&2
  exit 0
fi

missing=""
for package in $libraries $tools; do
  installed "$package" || missing="$missing $package"
done
# shellcheck disable=SC2086
[ -z "$missing" ] || install $missing

if ! command -v swift >/dev/null; then
  echo "there is no swift in PATH; install Swift 6.3 from https://www.swift.org/install" >&2
  exit 4
fi
if ! swift build --version >/dev/null 2>&1; then
  missing=""
  for package in $compiler_needs; do
    installed "$package" || missing="$missing $package"
  done
  # shellcheck disable=SC2086
  [ -z "$missing" ] || install $missing
  swift build --version >/dev/null || {
    echo "swift does not start; see https://www.swift.org/install for what it needs" >&2
    exit 4
  }
fi
