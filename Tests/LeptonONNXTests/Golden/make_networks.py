"""Writes networks/NAME.onnx: pieces of real architectures, as PyTorch, ONNX Runtime's quantiser and NNCF export them.

A file holds its inputs as initializers under their names, and what must come out as initializers `expected:NAME`: PyTorch's
own results, for 8-bit files those of ONNX Runtime without optimisations. Weights are random.

    python make_networks.py             # needs torch, torchvision, onnx, onnxruntime, onnxscript, nncf
"""

import logging
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader, QuantFormat, QuantType, quant_pre_process, quantize_dynamic, quantize_static,
)
from torch import nn
from torch.nn import functional
from torchvision.models.densenet import _DenseBlock
from torchvision.models.mobilenetv3 import InvertedResidual, InvertedResidualConfig
from torchvision.models.shufflenetv2 import InvertedResidual as ShuffleBlock

HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "networks"
sys.path.append(str(HERE.parents[2] / "Benchmarks"))
from round_trip_models import Encoder, Recurrent, UNet  # noqa: E402


class ClassToken(nn.Module):
    """A class token before patches, one layer of attention, and the token's features."""

    def __init__(self):
        super().__init__()
        self.patches, self.token = nn.Conv2d(3, 16, 4, 4), nn.Parameter(torch.randn(1, 1, 16))
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, activation="gelu", batch_first=True, norm_first=True)

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        return self.layer(torch.cat([self.token.expand(x.shape[0], -1, -1), tokens], 1))[:, 0]


class Classifier(nn.Module):
    """Convolutions with a shortcut, pooling and a dense layer: what quantisers put pairs around."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.depthwise, self.point = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, 8, 1)
        self.last = nn.Linear(8, 5)

    def forward(self, x):
        x = functional.relu6(self.norm(self.first(x)))
        x = torch.relu(x + self.point(functional.hardswish(self.depthwise(x))))
        return self.last(functional.adaptive_avg_pool2d(functional.max_pool2d(x, 2), 1).flatten(1))


class Tokens(nn.Module):
    """What text models of Hugging Face do with the sizes of their inputs: places counted by sums of the mask, a mask looked up
    by the numbers of examples and places, causal, and the features of one token of each example."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(40, 8), nn.Embedding(64, 8)
        self.query, self.key = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, ids, mask):
        count, length = ids.shape
        x = self.words(ids) + self.places(torch.cumsum(mask, 1) * mask)
        examples, steps = torch.arange(count), torch.arange(length)
        seen = mask.bool()[examples[:, None, None], steps[None, None, :]] & (steps[None, :] <= steps[:, None])
        shut = torch.where(seen, 0.0, torch.finfo(torch.float32).min)
        x = (self.query(x) @ self.key(x).transpose(1, 2) / length**0.5 + shut).softmax(-1) @ x
        return x[examples, mask.sum(1) - 1]


class Pyramid(nn.Module):
    """Features of two sizes, normalised in groups, brought to one size, then to that of the image."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, 2, 1)
        self.norm, self.shuffle, self.last = nn.GroupNorm(2, 8), nn.PixelShuffle(2), nn.Conv2d(2, 3, 1)

    def forward(self, x):
        fine = functional.silu(self.norm(self.fine(x)))
        coarse = functional.interpolate(self.coarse(fine), size=fine.shape[-2:])
        y = self.last(self.shuffle(fine + coarse))
        y = functional.interpolate(y, size=x.shape[-2:], mode="bilinear")
        return y / y.std((2, 3), keepdim=True)


class Windows(nn.Module):
    """Attention within windows of 2 by 2, and the places of the windows."""

    def __init__(self):
        super().__init__()
        self.patches, self.mix = nn.Conv2d(3, 8, 2, 2), nn.Linear(8, 8)

    def forward(self, x):
        y = self.patches(x).permute(0, 2, 3, 1)
        n, h, w, c = y.shape
        part = y.view(n, h // 2, 2, w // 2, 2, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, 4, c)
        part = (self.mix(part) @ part.transpose(1, 2)).softmax(-1) @ part
        back = part.view(n, h // 2, w // 2, 2, 2, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c)
        rows, columns = torch.meshgrid(torch.linspace(-1, 1, h), torch.arange(w) * 0.5, indexing="ij")
        return (y + back) * rows[None, :, :, None] + columns[None, :, :, None]


class Feeds(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def settled(model, *shapes):
    """Random parameters and statistics for all norms, then inference."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return model.eval()


def inverted_residual():
    config = InvertedResidualConfig(8, 3, 16, 8, True, "HS", 1, 1, 1.0)
    return InvertedResidual(config, lambda channels: nn.BatchNorm2d(channels, eps=1e-3))


IMAGE = (3, 16, 16)
NETWORKS = {
    # name: (network, shapes of the inputs behind the batch, open axes besides the batch, exporter)
    "inverted_residual": (inverted_residual, [(8, 8, 8)], {}, "script"),
    "channel_shuffle": (lambda: nn.Sequential(ShuffleBlock(8, 16, 2), ShuffleBlock(16, 16, 1)), [(8, 8, 8)], {}, "script"),
    "channel_shuffle_dynamo": (lambda: ShuffleBlock(16, 16, 1), [(16, 6, 6)], {}, "dynamo"),
    "dense_block": (lambda: _DenseBlock(2, 6, 2, 4, 0.0), [(6, 8, 8)], {}, "script"),
    "class_token": (ClassToken, [(3, 8, 8)], {}, "script"),
    "class_token_dynamo": (ClassToken, [(3, 8, 8)], {}, "dynamo"),
    "encoder": (lambda: Encoder(16, 1, 2, 32, 40, 12), [(10,), (10,)], {1: "sequence"}, "script"),
    "unet_transposed": (lambda: UNet(False, 2), [(3, 8, 8)], {2: "height", 3: "width"}, "script"),
    "unet_bilinear": (lambda: UNet(True, 2), [(3, 8, 8)], {2: "height", 3: "width"}, "script"),
    "recurrent": (lambda: Recurrent(5, 6), [(7, 5)], {1: "sequence"}, "script"),
    "recurrent_dynamo": (lambda: Recurrent(5, 6), [(7, 5)], {}, "dynamo"),
}
SIZES, LENGTH = {2: "height", 3: "width"}, {1: "sequence"}
OPEN = {
    # as above, with the shapes that are exported and others for the examples
    "tokens": (Tokens, [(10,), (10,)], [(7,), (7,)], LENGTH, "script"),
    "tokens_dynamo": (Tokens, [(10,), (10,)], [(7,), (7,)], LENGTH, "dynamo"),
    "pyramid": (Pyramid, [(3, 16, 24)], [(3, 13, 10)], SIZES, "script"),
    "pyramid_dynamo": (Pyramid, [(3, 16, 24)], [(3, 13, 10)], SIZES, "dynamo"),
    "windows": (Windows, [(3, 16, 24)], [(3, 12, 8)], SIZES, "script"),
}


def example(shapes, batch, random):
    """Images; of two inputs, token ids and their mask."""
    if len(shapes) == 1:
        return [random.standard_normal((batch, *shapes[0])).astype(np.float32)]
    ids = random.integers(0, 40, (batch, *shapes[0]))
    mask = (np.arange(shapes[0][0]) < random.integers(4, shapes[0][0] + 1, (batch, 1))).astype(np.int64)
    return [ids, mask]


def export(model, arrays, path, axes, exporter):
    names = ["x"] if len(arrays) == 1 else ["ids", "mask"]
    arguments = tuple(map(torch.from_numpy, arrays))
    torch.backends.mha.set_fastpath_enabled(False)
    if exporter == "script":
        axes = {name: {0: "batch"} | axes for name in names} | {"y": {0: "batch"}}
        options = {"dynamo": False, "opset_version": 17, "dynamic_axes": axes}
    else:
        options = {"dynamo": True, "external_data": False,
                   "dynamic_shapes": [{axis: torch.export.Dim.DYNAMIC for axis in (0, *axes)} for _ in names]}
    torch.onnx.export(model, arguments, str(path), input_names=names, output_names=["y"], **options)
    return names


def save(name, file, feeds, expected):
    """The file with what goes in and what must come out."""
    model = onnx.load(file)
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    del model.graph.value_info[:]
    for key, value in {**feeds, "expected:y": expected}.items():
        model.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(value), key))
    data = model.SerializeToString()
    assert len(data) < 60_000, (name, len(data))
    (FOLDER / f"{name}.onnx").write_bytes(data)
    print(f"{name}: {len(data)} bytes, {len(model.graph.node)} nodes")


def unoptimised(file, feeds):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1  # with more, each quantises the states of recurrences by themselves
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]).run(["y"], feeds)[0]


def ort(form=QuantFormat.QDQ, **options):
    def write(source, feeds, target):
        prepared = str(target) + ".prepared"
        quant_pre_process(str(source), prepared, skip_symbolic_shape=True)
        quantize_static(prepared, str(target), Feeds(feeds), quant_format=form, activation_type=QuantType.QUInt8,
                        weight_type=QuantType.QInt8, reduce_range=True, **options)
    return write


def ort_dynamic(source, feeds, target):
    quantize_dynamic(str(source), str(target), weight_type=QuantType.QInt8, reduce_range=True)


def nncf(source, feeds, target):
    import nncf

    nncf.set_log_level(logging.ERROR)
    parameters = nncf.AdvancedQuantizationParameters(overflow_fix=nncf.OverflowFix.ENABLE)
    quantised = nncf.quantize(onnx.load(source), nncf.Dataset(feeds), subset_size=len(feeds),
                              advanced_parameters=parameters)
    onnx.save(quantised, target)


QUANTISERS = {"ort_qdq": ort(per_channel=True), "ort_qdq_tensor": ort(),
              "ort_qoperator": ort(QuantFormat.QOperator), "ort_dynamic": ort_dynamic, "nncf": nncf}


def main():
    FOLDER.mkdir(exist_ok=True)
    for stale in FOLDER.glob("*.onnx"):
        stale.unlink()
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as scratch, torch.no_grad():
        file, quantised = pathlib.Path(scratch) / "float.onnx", pathlib.Path(scratch) / "int8.onnx"
        for name, (build, shapes, axes, exporter) in NETWORKS.items():
            torch.manual_seed(3)
            model = settled(build())
            names = export(model, example(shapes, 2, random), file, axes, exporter)
            arrays = example(shapes, 3, random)
            save(name, file, dict(zip(names, arrays)), model(*map(torch.from_numpy, arrays)).numpy())
        torch.manual_seed(3)
        model = settled(Classifier())
        export(model, example([IMAGE], 2, random), file, {}, "script")
        calibration = [{"x": example([IMAGE], 4, random)[0]} for _ in range(8)]
        for name, write in QUANTISERS.items():
            write(file, calibration, quantised)
            feeds = {"x": example([IMAGE], 3, random)[0]}
            save(name, quantised, feeds, unoptimised(quantised, feeds))
        for name, (build, exported, shapes, axes, exporter) in OPEN.items():
            torch.manual_seed(3)
            model = settled(build())
            names = export(model, example(exported, 2, random), file, axes, exporter)
            arrays = example(shapes, 3, random)
            save(name, file, dict(zip(names, arrays)), model(*map(torch.from_numpy, arrays)).numpy())
        torch.manual_seed(3)
        export(settled(Recurrent(5, 6)), example([(7, 5)], 2, random), file, {}, "script")
        ort_dynamic(file, [], quantised)
        feeds = {"x": example([(7, 5)], 3, random)[0]}
        save("ort_dynamic_recurrent", quantised, feeds, unoptimised(quantised, feeds))


if __name__ == "__main__":
    main()
