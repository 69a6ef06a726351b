"""Writes the architectures as ONNX files, for the inference benchmark: f32, and 8 bits by ONNX Runtime's own quantiser.

Usage: python export_models.py FOLDER
Prints the files. Weights are random: only the time matters, and that both engines agree.
"""

import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import (
    CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_static,
)

from models import ARCHITECTURES, random_input


class RandomCalibration(CalibrationDataReader):
    def __init__(self, name, batch):
        self.batches = iter([{"x": random_input(name, batch).numpy()} for _ in range(4)])

    def get_next(self):
        return next(self.batches, None)


def export(name, batch, folder):
    torch.manual_seed(0)
    path, network = folder / f"{name}-{batch}.onnx", ARCHITECTURES[name][0]().eval()
    # Fused inference of encoder layers has no form in ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    torch.onnx.export(
        network, (random_input(name, batch),), str(path), opset_version=17, dynamo=False,
        input_names=["x"], output_names=["y"],
    )
    yield path
    if name == "lstm":
        return  # not quantised by ONNX Runtime
    with tempfile.TemporaryDirectory() as scratch:
        prepared = Path(scratch) / "prepared.onnx"
        quant_pre_process(str(path), str(prepared), skip_symbolic_shape=True)
        quantized = folder / f"{name}-{batch}-int8.onnx"
        # Seven bits where processors add products in 16: both engines then stay exact.
        quantize_static(
            str(prepared), str(quantized), RandomCalibration(name, batch), quant_format=QuantFormat.QDQ,
            per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            reduce_range=True, extra_options={"ActivationSymmetric": False},
        )
        yield quantized


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in ARCHITECTURES:
        for batch in (1, 32):
            for path in export(name, batch, folder):
                print(path)
