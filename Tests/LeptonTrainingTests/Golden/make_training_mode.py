"""Writes training-mode.onnx: a small network as PyTorch exports it in training mode, with batch statistics in its
BatchNormalization nodes and a Dropout that drops.

Usage: python make_training_mode.py        (needs torch, onnx)
"""

from pathlib import Path

import torch
from torch import nn

torch.manual_seed(0)
network = nn.Sequential(
    nn.Conv2d(3, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(6, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.25), nn.Linear(8, 4),
).train()
torch.onnx.export(
    network, (torch.randn(2, 3, 8, 8),), Path(__file__).parent / "training-mode.onnx", dynamo=False,
    training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False, opset_version=18,
    input_names=["input"], output_names=["logits"], dynamic_axes={"input": {0: "N"}})
