"""Forms of 8-bit files that ONNX Runtime's quantiser and NNCF write, as functions that write one."""

import copy
import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_dynamic, quantize_static,
)


@dataclass
class Subject:
    """What is quantised: the network, its float file, and batches to calibrate with."""

    model: torch.nn.Module
    file: Path
    feeds: list
    is_transformer: bool


class Feeds(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def prepared(source, scratch):
    """The file with its shapes inferred and batch norms folded, as ONNX Runtime's quantiser wants it."""
    logging.getLogger().setLevel(logging.ERROR)  # it recommends this very step
    target = Path(scratch) / "prepared.onnx"
    quant_pre_process(str(source), str(target), skip_symbolic_shape=True)
    return str(target)


def static(form=QuantFormat.QDQ, **options):
    def write(subject, target):
        with tempfile.TemporaryDirectory() as scratch:
            quantize_static(
                prepared(subject.file, scratch), str(target), Feeds(subject.feeds), quant_format=form,
                activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, **options)
    return write


def dynamic(**options):
    def write(subject, target):
        with tempfile.TemporaryDirectory() as scratch:
            quantize_dynamic(
                prepared(subject.file, scratch), str(target), weight_type=QuantType.QInt8, **options)
    return write


def nncf(halves_range, from_torch=False):
    def write(subject, target):
        import nncf

        nncf.set_log_level(logging.ERROR)
        fix = nncf.OverflowFix.ENABLE if halves_range else nncf.OverflowFix.DISABLE
        options = {
            "subset_size": len(subject.feeds),
            "advanced_parameters": nncf.AdvancedQuantizationParameters(overflow_fix=fix),
            **({"model_type": nncf.ModelType.TRANSFORMER} if subject.is_transformer else {}),
        }
        if not from_torch:
            onnx.save(nncf.quantize(onnx.load(subject.file), nncf.Dataset(subject.feeds), **options), target)
            return
        feeds = [tuple(torch.from_numpy(np.asarray(v)) for v in feed.values()) for feed in subject.feeds]
        dataset = nncf.Dataset(feeds, lambda feed: feed if len(feed) > 1 else feed[0])
        quantized = nncf.quantize(copy.deepcopy(subject.model), dataset, **options)
        model = nncf.strip(quantized, example_input=feeds[0])
        names = list(subject.feeds[0])
        torch.onnx.export(model, feeds[0], str(target), opset_version=17, dynamo=False, input_names=names,
                          output_names=["y"], dynamic_axes={name: {0: "batch"} for name in names})
    return write


FORMS = {
    "ort qdq channel 7 bits": static(per_channel=True, reduce_range=True),
    "ort qdq channel": static(per_channel=True),
    "ort qdq tensor 7 bits": static(reduce_range=True),
    "ort qdq tensor": static(),
    "ort qoperator channel 7 bits": static(QuantFormat.QOperator, per_channel=True, reduce_range=True),
    "ort qoperator tensor": static(QuantFormat.QOperator),
    "ort dynamic 7 bits": dynamic(reduce_range=True),
    "ort dynamic": dynamic(),
    "nncf 7 bits": nncf(True),
    "nncf": nncf(False),
    "nncf torch 7 bits": nncf(True, from_torch=True),
}
