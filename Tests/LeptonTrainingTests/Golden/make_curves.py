"""Trains ten small networks in PyTorch and writes what Lepton's trainer must reproduce.

Usage: python make_curves.py [name ...]        (needs torch, onnx, onnxruntime, numpy)

Each network becomes a folder beside this script; README.md says what lies in it. Every run is
repeated in float64 and with perturbed initial weights, so that a curve whose shape depends on
rounding is refused instead of written.
"""

import copy
import json
import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from torch import nn

HERE = Path(__file__).parent
STEPS = 50
BATCHES = 5
MAX_ROUNDING_DRIFT = 2e-5  # |float32 - float64| / float64, at every step
WEIGHT_NOISE = 2e-6  # relative; some twenty times what float32 sums in another order differ by
MAX_NOISE_DRIFT = 5e-5  # the drift that this noise in every initial weight may cause
LOWEST_LOSS = 1e-3


@dataclass
class Optimizer:
    """Field names are those of curve.json; what a kind does not use is at its neutral value."""

    kind: str
    lr: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    nesterov: bool = False
    clip_norm: float | None = None

    def build(self, parameters):
        if self.kind == "sgd":
            return torch.optim.SGD(
                parameters,
                lr=self.lr,
                momentum=self.momentum,
                nesterov=self.nesterov,
                weight_decay=self.weight_decay,
            )
        make = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[self.kind]
        return make(
            parameters,
            lr=self.lr,
            betas=(self.beta1, self.beta2),
            eps=self.epsilon,
            weight_decay=self.weight_decay,
        )


LOSSES = {
    "cross_entropy": lambda y, t: F.cross_entropy(y, t.long()),
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "mse": F.mse_loss,
}


@dataclass
class Case:
    network: Callable[[], nn.Module]
    batch: int
    features: tuple[int, ...]  # the shape of one sample
    outputs: int
    loss: str
    optimizer: Optimizer
    vocabulary: int | None = None  # inputs are token numbers below this
    seed: int = 0  # where it is set: one at which no ReLU or maximum sits on its edge


# ------------------------------------------------------------------------------- the networks


class GELUThenSiLU(nn.Module):
    def __init__(self):
        super().__init__()
        self.wide = nn.Linear(16, 24)
        self.narrow = nn.Linear(24, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        return self.head(F.silu(self.narrow(F.gelu(self.wide(x)))))


class SmallLeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 3, padding=1)
        self.conv2 = nn.Conv2d(6, 8, 3)
        self.fc1 = nn.Linear(8 * 2 * 2, 16)
        self.fc2 = nn.Linear(16, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))


class DepthwiseSeparable(nn.Module):
    """Strided, padded, grouped: a strided stem, a depthwise, a two-group and a pointwise conv."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.grouped = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.pointwise = nn.Conv2d(8, 12, 1)
        self.head = nn.Linear(12 * 2 * 2, 4)

    def forward(self, x):
        x = F.relu(self.stem(x))
        x = F.relu(self.depthwise(x))
        x = F.relu(self.grouped(x))
        x = F.avg_pool2d(self.pointwise(x), 3, stride=2, padding=1, count_include_pad=False)
        return self.head(torch.flatten(x, 1))


class ConvolutionBatchNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 6, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(6)
        self.conv2 = nn.Conv2d(6, 8, 3, stride=2, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(8)
        self.head = nn.Linear(8 * 4 * 4, 5)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return self.head(torch.flatten(x, 1))


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class SmallResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(ResidualBlock(3, 4, 1), ResidualBlock(4, 6, 2))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        return self.head(torch.flatten(self.pool(self.blocks(x)), 1))


class LayerNormMLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(12, 16)
        self.norm1 = nn.LayerNorm(16)
        self.outer = nn.Linear(16, 12)
        self.norm2 = nn.LayerNorm(12)
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        x = self.norm2(x + self.outer(F.relu(self.norm1(self.inner(x)))))
        return self.head(x)


class BagOfTokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(40, 8)
        self.hidden = nn.Linear(8, 8)
        self.head = nn.Linear(8, 1)

    def forward(self, x):
        return self.head(torch.tanh(self.hidden(self.embedding(x).mean(1))))


CASES = {
    "softmax-regression": Case(
        lambda: nn.Sequential(nn.Linear(20, 5)),
        16, (20,), 5, "cross_entropy", Optimizer("sgd", lr=0.1),
    ),
    "mlp-relu": Case(
        lambda: nn.Sequential(
            nn.Linear(16, 24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU(), nn.Linear(12, 4)
        ),
        16, (16,), 4, "cross_entropy", Optimizer("sgd", lr=0.05, momentum=0.9),
    ),
    "mlp-tanh-sigmoid": Case(
        lambda: nn.Sequential(
            nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 8), nn.Sigmoid(), nn.Linear(8, 3)
        ),
        12, (10,), 3, "mse", Optimizer("sgd", lr=0.05, momentum=0.9, nesterov=True),
    ),
    "mlp-gelu-silu": Case(
        GELUThenSiLU, 16, (16,), 4, "cross_entropy",
        Optimizer("adamw", lr=5e-3, weight_decay=0.1),
    ),
    "lenet": Case(
        SmallLeNet, 8, (1, 12, 12), 5, "cross_entropy", Optimizer("adam", lr=5e-3), seed=9
    ),
    "depthwise": Case(
        DepthwiseSeparable, 8, (3, 8, 8), 4, "cross_entropy",
        Optimizer("sgd", lr=0.06, momentum=0.9, weight_decay=5e-3), seed=2,
    ),
    "conv-batchnorm": Case(
        ConvolutionBatchNorm, 8, (2, 8, 8), 5, "cross_entropy",
        Optimizer("adam", lr=2e-3, beta1=0.8, beta2=0.99, epsilon=1e-6), seed=8,
    ),
    "residual-batchnorm": Case(
        SmallResNet, 8, (3, 8, 8), 4, "cross_entropy",
        Optimizer("sgd", lr=0.01, momentum=0.9, nesterov=True, weight_decay=1e-2), seed=3,
    ),
    "layernorm-mlp": Case(
        LayerNormMLP, 12, (12,), 3, "mse", Optimizer("adam", lr=4e-3, clip_norm=1.0)
    ),
    "embedding-mean": Case(
        BagOfTokens, 16, (7,), 1, "binary_cross_entropy",
        Optimizer("sgd", lr=2.0, clip_norm=0.1), vocabulary=40,
    ),
}

# ----------------------------------------------------------------------------------- the data


def data(case):
    """Images of a class are its template under noise; other targets come from a random linear
    teacher with noise. Learnable, never perfectly."""
    random = np.random.default_rng(case.seed + 1)
    shape = (BATCHES, case.batch, *case.features)
    if len(case.features) == 3:
        labels = random.integers(0, case.outputs, shape[:2]).astype(np.int32)
        templates = random.standard_normal((case.outputs, *case.features))
        x = 0.7 * templates[labels] + random.standard_normal(shape)
        return x.astype(np.float32), labels
    if case.vocabulary:
        x = random.integers(0, case.vocabulary, shape)
        seen = random.standard_normal((case.vocabulary, 4))[x].mean(-2)
    else:
        x = random.standard_normal(shape).astype(np.float32)
        seen = x.reshape(BATCHES, case.batch, -1)
    teacher = random.standard_normal((seen.shape[-1], case.outputs))
    score = seen @ teacher
    score = score / score.std() + 0.5 * random.standard_normal(score.shape)
    if case.loss == "cross_entropy":
        return x, score.argmax(-1).astype(np.int32)
    if case.loss == "binary_cross_entropy":
        return x, (score > 0).astype(np.float32)
    return x, score.astype(np.float32)


# ------------------------------------------------------------------------------- the training


def train(network, case, x, t, dtype):
    """The loss before each update, the loss of batch 0 in evaluation mode after the last, and
    how many updates were clipped."""
    network = copy.deepcopy(network).to(dtype).train()
    optimizer = case.optimizer.build(network.parameters())
    loss_of = LOSSES[case.loss]
    x, t = torch.from_numpy(x), torch.from_numpy(t)
    x = x.to(dtype) if x.is_floating_point() else x
    t = t.to(dtype) if t.is_floating_point() else t
    losses, clipped = [], 0
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(network(x[step % BATCHES]), t[step % BATCHES])
        losses.append(loss.item())
        loss.backward()
        if case.optimizer.clip_norm is not None:
            limit = case.optimizer.clip_norm
            clipped += nn.utils.clip_grad_norm_(network.parameters(), limit).item() > limit
        optimizer.step()
    with torch.no_grad():
        after = loss_of(network.eval()(x[0]), t[0]).item()
    return losses, after, clipped


def perturbed(network, seed):
    """The same network with every parameter multiplied by 1 +- WEIGHT_NOISE at random."""
    network = copy.deepcopy(network)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            sign = torch.randint(0, 2, parameter.shape, generator=generator) * 2.0 - 1.0
            parameter.mul_(1 + WEIGHT_NOISE * sign)
    return network


def drift(values, truth):
    values, truth = np.asarray(values), np.asarray(truth)
    return float(np.max(np.abs(values - truth) / np.abs(truth)))


# --------------------------------------------------------------------------------- the export


def export(network, sample, path):
    """Writes the initial network as ONNX: batch normalisation stays a plain node, in its
    inference form, and parameters keep their PyTorch names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            copy.deepcopy(network), (sample,), str(path),
            input_names=["x"], output_names=["y"], opset_version=17, dynamo=False,
            training=torch.onnx.TrainingMode.TRAINING,
            do_constant_folding=False, keep_initializers_as_inputs=False,
        )
    model = onnx.load(path)
    for node in model.graph.node:
        node.doc_string = ""  # source locations on the exporting machine
        del node.metadata_props[:]
        if node.op_type == "BatchNormalization":
            del node.output[1:]
            kept = [a for a in node.attribute if a.name != "training_mode"]
            del node.attribute[:]
            node.attribute.extend(kept)
            node.attribute.append(onnx.helper.make_attribute("training_mode", 0))
    state = {n: v for n, v in network.state_dict().items() if not n.endswith("batches_tracked")}
    for tensor in model.graph.initializer:  # exporting in training mode moves running statistics
        if tensor.name in state:
            tensor.CopyFrom(onnx.numpy_helper.from_array(state[tensor.name].numpy(), tensor.name))
    del model.graph.value_info[:]
    model.graph.doc_string = model.doc_string = ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)

    names = {tensor.name for tensor in model.graph.initializer}
    assert names == set(state), f"parameter names differ: {names ^ set(state)}"
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    mine = session.run(None, {"x": sample.numpy()})[0]
    with torch.no_grad():
        theirs = copy.deepcopy(network).eval()(sample).numpy()
    assert np.allclose(mine, theirs, rtol=1e-5, atol=1e-6), "the exported model differs"
    return sorted({node.op_type for node in model.graph.node})


def make(name, case):
    torch.manual_seed(case.seed)
    network = case.network()
    x, t = data(case)
    losses, after, clipped = train(network, case, x, t, torch.float32)
    exact, exact_after, _ = train(network, case, x, t, torch.float64)
    rounding = drift(losses + [after], exact + [exact_after])
    noise = 0.0
    for seed in range(100, 105):
        noisy, noisy_after, _ = train(perturbed(network, seed), case, x, t, torch.float32)
        noise = max(noise, drift(noisy + [noisy_after], losses + [after]))

    folder = HERE / name
    folder.mkdir(exist_ok=True)
    ops = export(network, torch.from_numpy(x[0]), folder / "model.onnx")
    np.save(folder / "x.npy", x)
    np.save(folder / "t.npy", t)
    curve = {
        "optimizer": asdict(case.optimizer),
        "loss": case.loss,
        "batches": BATCHES,
        "losses": losses,
        "evaluation_loss": after,
    }
    (folder / "curve.json").write_text(json.dumps(curve, indent=1) + "\n")
    first, last = np.mean(losses[:BATCHES]), np.mean(losses[-BATCHES:])
    good = (
        rounding < MAX_ROUNDING_DRIFT
        and noise < MAX_NOISE_DRIFT
        and min(losses + [after]) > LOWEST_LOSS
        and last < 0.8 * first
    )
    print(
        f"{'ok ' if good else 'BAD'} {name:20s} epoch mean {first:.4f} -> {last:.4f}"
        f"  min {min(losses):.4f}  eval {after:.4f}  |f32-f64|/f64 {rounding:.1e}"
        f"  under {WEIGHT_NOISE:.0e} weight noise {noise:.1e}  clipped {clipped}/{STEPS}\n    {' '.join(ops)}"
    )
    return good


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    unknown = set(sys.argv[1:]) - set(CASES)
    if unknown:
        sys.exit(f"no such network: {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    results = [make(name, CASES[name]) for name in (sys.argv[1:] or CASES)]
    sys.exit(0 if all(results) else 1)
