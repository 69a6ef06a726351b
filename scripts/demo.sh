#!/bin/sh
# The main job, on data that need no network: train, compress, measure, choose, report; then ask the chosen model what
# digit a picture shows, first from a file and then over HTTP.
set -eu
lepton=$1
output=${DEMO_OUTPUT:-runs/demo}

say() { printf '\n$ %s\n' "$*"; "$@"; }

say "$lepton" run Recipes/digits.yml --output "$output"
say "$lepton" data draw 7 --seed 11 -o "$output/seven.png"
say "$lepton" predict "$output/model.onnx" "$output/seven.png"

printf '\n$ %s serve %s --name digits --port 0 &\n' "$lepton" "$output/model.onnx"
log=$output/serve.log
"$lepton" serve "$output/model.onnx" --name digits --port 0 2>"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || :' EXIT
tries=0
until address=$(sed -n 's/.* at \(http:[^ ]*\)$/\1/p' "$log") && [ -n "$address" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$server" 2>/dev/null; then
    cat "$log" >&2
    exit 1
  fi
  sleep 0.1
done
cat "$log"
if command -v curl >/dev/null; then
  say curl --silent --show-error --fail --header 'Content-Type: image/png' \
    --data-binary "@$output/seven.png" "$address/v2/models/digits/predict"
  echo
else
  echo "curl is not installed; open $address in a browser while the server runs"
fi
kill "$server"
wait "$server"
trap - EXIT
tail -n 1 "$log"
