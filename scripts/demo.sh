#!/bin/sh
# The main job, on data that need no network: train, compress, measure, choose, report; then ask the chosen model what
# digit a picture shows.
set -eu
lepton=$1
output=${DEMO_OUTPUT:-runs/demo}

say() { printf '\n$ %s\n' "$*"; "$@"; }

say "$lepton" run Recipes/digits.yml --output "$output"
say "$lepton" data draw 7 --seed 11 -o "$output/seven.png"
say "$lepton" predict "$output/model.onnx" "$output/seven.png"
