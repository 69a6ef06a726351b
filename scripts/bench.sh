#!/bin/sh
# Speed beside the peers. Without Python, Lepton alone.
set -eu
lepton=${LEPTON:-.build/release/lepton}
if command -v "${PYTHON:-python3}" >/dev/null; then
  exec sh Benchmarks/run.sh "$@"
fi
for case in mlp:32 mlp:256 lenet:64 photo-cnn:32 resnet18:64; do
  printf '\n%s\n' "$case"
  "$lepton" bench train "${case%:*}" --batch "${case#*:}" --quiet
done
