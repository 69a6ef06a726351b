#!/bin/sh
# Training beside PyTorch, then every ONNX file named on the command line beside ONNX Runtime.
# PYTHON chooses the interpreter that has the peers; LEPTON the binary.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
status=0
"$python" "$here/train_beside_torch.py" --malloc || status=$?
if [ $# -gt 0 ]; then
  "$python" "$here/infer_beside_onnxruntime.py" "$@" || status=$?
fi
exit $status
