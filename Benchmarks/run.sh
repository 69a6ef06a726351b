#!/bin/sh
# Training beside PyTorch, then inference of ONNX files beside ONNX Runtime and OpenVINO: those named on the command line,
# else the architectures of models.py, where PyTorch is there to write them.
# PYTHON chooses the interpreter that has the peers; LEPTON the binary.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
status=0
"$python" "$here/train_beside_torch.py" --malloc || status=$?
if [ $# -eq 0 ]; then
  models="$here/../.build/benchmark-models"
  if "$python" -W ignore "$here/export_models.py" "$models" >/dev/null 2>&1; then
    set -- "$models"/*.onnx
  else
    echo "no ONNX files named, and PyTorch, onnx and onnxruntime are not all there to make some: no inference" >&2
  fi
fi
if [ $# -gt 0 ]; then
  "$python" "$here/infer_beside_peers.py" "$@" || status=$?
fi
exit $status
