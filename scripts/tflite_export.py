"""ONNX models written as TensorFlow Lite by lepton, run by TensorFlow Lite's interpreter and by ONNX Runtime.

    python scripts/tflite_export.py .build/release/lepton MODEL.onnx ...

Needs numpy, onnxruntime and ai-edge-litert. The figure is the largest difference, relative to the largest output.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter

KINDS = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}

for path in sys.argv[2:]:
    with tempfile.TemporaryDirectory() as scratch:
        written = os.path.join(scratch, "model.tflite")
        answer = subprocess.run([sys.argv[1], "convert", path, written], capture_output=True, text=True)
        if answer.returncode != 0:
            print(os.path.basename(path), answer.stderr.strip())
            continue
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        (port,) = session.get_inputs()
        shape = [e if isinstance(e, int) else 1 for e in port.shape]
        random = np.random.default_rng(0)
        kind = KINDS[port.type]
        x = random.standard_normal(shape).astype(kind) if kind == np.float32 else random.integers(0, 255, shape).astype(kind)
        expected = session.run(None, {port.name: x})
        model = Interpreter(model_path=written)
        model.allocate_tensors()
        (source,) = model.get_input_details()
        model.set_tensor(source["index"], x.transpose(0, 2, 3, 1) if x.ndim == 4 else x)
        model.invoke()
        for target, y in zip(model.get_output_details(), expected):
            found = model.get_tensor(target["index"])
            if found.ndim == 4:
                found = found.transpose(0, 3, 1, 2)
            distance = np.abs(found - y).max() / np.abs(y).max()
            print(f"{os.path.basename(path):28} {target['name']:16} {distance:.1e}")
