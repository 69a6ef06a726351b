"""The architectures of `lepton bench train`, in PyTorch: the peer's half of a training benchmark."""

from collections import OrderedDict

import torch
from torch import nn


def mlp():
    """784 - 128 - 64 - 10 with ReLU: handwritten digits, flattened."""
    return nn.Sequential(
        nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)
    )


def convolve_and_pool(inputs, outputs, padding):
    """A 3x3 convolution, ReLU and a halving maximum."""
    return [nn.Conv2d(inputs, outputs, 3, padding=padding), nn.ReLU(), nn.MaxPool2d(2)]


def lenet():
    """Two padded convolutions of 32 and 64 channels and a hidden layer of 128, on 1x28x28."""
    return nn.Sequential(
        *convolve_and_pool(1, 32, 1), *convolve_and_pool(32, 64, 1),
        nn.Flatten(), nn.Linear(64 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10),
    )


def photo_cnn():
    """Three unpadded convolutions and a hidden layer of 512: one logit per 3x150x150 photograph."""
    return nn.Sequential(
        *convolve_and_pool(3, 32, 0), *convolve_and_pool(32, 64, 0), *convolve_and_pool(64, 128, 0),
        nn.Flatten(), nn.Linear(128 * 17 * 17, 512), nn.ReLU(), nn.Linear(512, 1),
    )


def convolve_and_normalise(inputs, outputs, kernel, stride):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class BasicBlock(nn.Module):
    """He et al. 2015, figure 5 left; the shortcut is a 1x1 convolution where shapes change."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = convolve_and_normalise(inputs, outputs, 3, stride)
        self.second = convolve_and_normalise(outputs, outputs, 3, 1)
        same = stride == 1 and inputs == outputs
        self.shortcut = (
            nn.Identity() if same else convolve_and_normalise(inputs, outputs, 1, stride)
        )

    def forward(self, x):
        y = self.second(torch.relu(self.first(x)))
        return torch.relu(y + self.shortcut(x))


def resnet18():
    """ResNet-18 for 3x32x32: a 3x3 stem without pooling, stages of 64, 128, 256 and 512."""
    stages, inputs = [], 64
    for number, outputs in enumerate([64, 128, 256, 512]):
        stages += [BasicBlock(inputs, outputs, 2 if number else 1), BasicBlock(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(OrderedDict(
        stem=convolve_and_normalise(3, 64, 3, 1), relu=nn.ReLU(), stages=nn.Sequential(*stages),
        pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), head=nn.Linear(512, 10),
    ))


class LSTMClassifier(nn.Module):
    """Token numbers below 10,000, embedded and read by an LSTM of 128; its last value decides."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10_000, 128)
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        self.classifier = nn.Linear(128, 2)

    def forward(self, tokens):
        y, _ = self.lstm(self.embedding(tokens))
        return self.classifier(y[:, -1])


class BERTClassifier(nn.Module):
    """A text encoder of 6 layers, 384 features, 12 heads, over 64 tokens; the first one's value decides."""

    def __init__(self, length=64):
        super().__init__()
        self.embedding, self.position = nn.Embedding(30_522, 384), nn.Embedding(512, 384)
        self.norm = nn.LayerNorm(384)
        layer = nn.TransformerEncoderLayer(384, 12, 1536, 0.0, "gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
        self.pooler, self.classifier = nn.Linear(384, 384), nn.Linear(384, 2)
        self.length = length

    def forward(self, tokens):
        x = self.norm(self.embedding(tokens) + self.position.weight[: self.length])
        return self.classifier(torch.tanh(self.pooler(self.layers(x)[:, 0])))


# name: how to make it, the shape of a sample, classes (1: a logit under binary cross-entropy)
ARCHITECTURES = {
    "mlp": (mlp, (784,), 10),
    "lenet": (lenet, (1, 28, 28), 10),
    "photo-cnn": (photo_cnn, (3, 150, 150), 1),
    "resnet18": (resnet18, (3, 32, 32), 10),
    "lstm": (LSTMClassifier, (128,), 2),
    "bert6": (BERTClassifier, (64,), 2),
}
# Token numbers are below this.
VOCABULARY = {"lstm": 10_000, "bert6": 30_522}


def random_input(name, batch):
    """A batch as the architecture reads it: normal numbers, or tokens."""
    shape = (batch, *ARCHITECTURES[name][1])
    return torch.randint(0, VOCABULARY[name], shape) if name in VOCABULARY else torch.randn(shape)
