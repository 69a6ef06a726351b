#!/bin/sh
# Runs the node cases of a pinned version of ONNX, and fails where one does not pass that is known to. The cases come from the
# package index of Python; where that cannot be reached, says so and skips.
set -eu
lepton=$1
version=1.23.2
# NumPy makes the numbers of the cases, so that its version counts too.
folder=.build/onnx-$version
required=Tests/LeptonONNXTests/Golden/conformance.txt

skip() {
  printf 'conform: SKIPPED: %s\n' "$1" >&2
  exit 0
}

if [ ! -e "$folder/complete" ]; then
  python=${PYTHON:-python3}
  command -v "$python" >/dev/null || skip "$python is not installed, which writes the cases of ONNX"
  if [ ! -x "$folder/venv/bin/python" ]; then
    "$python" -m venv "$folder/venv" || skip "$python cannot make a virtual environment"
  fi
  "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    "onnx==$version" numpy==2.4.6 ml_dtypes==0.6.0 pillow==13.0.0 \
    || skip "onnx $version cannot be installed from the Python package index; try again with a network and Python 3.11 or later"
  "$folder/venv/bin/python" -W ignore scripts/onnx_cases.py "$folder/cases"
  touch "$folder/complete"
fi
"$lepton" onnx conform "$folder/cases" --require "$required"
