"""Writes what PyTorch makes of LSTM and GRU: recurrence.json beside this script.

Usage: python make_recurrence.py        (needs torch)

Both directions of one layer in float64, with inputs and weights that are sine waves, so that the
test repeats them without a file. Each tensor is kept by its first elements, sum and sum of squares. Gradients are those of the hidden values, weighted by another sine wave.
"""

import json
from pathlib import Path

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

STEPS, BATCH, INPUTS, HIDDEN = 4, 3, 2, 5
torch.set_default_dtype(torch.float64)


def sine(shape, step, phase):
    count = torch.Size(shape).numel()
    return torch.sin(torch.arange(count) * step + phase).reshape(shape)


def summary(tensor):
    values = tensor.detach().reshape(-1)
    return {
        "shape": list(tensor.shape),
        "head": [round(v, 10) for v in values[:4].tolist()],
        "sum": round(values.sum().item(), 10),
        "squares": round(values.square().sum().item(), 10),
    }


def make(kind):
    layer = getattr(torch.nn, kind)(INPUTS, HIDDEN, bidirectional=True)
    rows = HIDDEN * (4 if kind == "LSTM" else 3)
    for direction, suffix in enumerate(["l0", "l0_reverse"]):
        parts = {
            "weight_ih": sine((rows, INPUTS), 0.53, direction),
            "weight_hh": sine((rows, HIDDEN), 0.71, direction),
            "bias_ih": sine((rows,), 0.9, direction),
            "bias_hh": sine((rows,), 1.7, direction),
        }
        for name, values in parts.items():
            getattr(layer, f"{name}_{suffix}").data.copy_(values)
    return layer


def directions(y, last):
    """The results of each direction: hidden values, then the last states."""
    last = last if isinstance(last, tuple) else (last,)
    return [[y[..., d * HIDDEN:(d + 1) * HIDDEN], *(v[d] for v in last)] for d in range(2)]


cases = {}
for kind in ["LSTM", "GRU"]:
    layer = make(kind)
    x = sine((STEPS, BATCH, INPUTS), 0.37, 0).requires_grad_()
    start = [
        sine((BATCH, HIDDEN), step, 0).repeat(2, 1, 1).requires_grad_()
        for step in ([1.1, 1.3] if kind == "LSTM" else [1.1])
    ]
    state = tuple(start) if kind == "LSTM" else start[0]
    whole = directions(*layer(x, state))
    packed = pack_padded_sequence(x, torch.tensor([2, 4, 1]), enforce_sorted=False)
    y, last = layer(packed, state)
    measured = directions(pad_packed_sequence(y)[0], last)
    for direction, suffix in enumerate(["l0", "l0_reverse"]):
        weights = [getattr(layer, f"{name}_{suffix}")
                   for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]]
        loss = (whole[direction][0] * sine(whole[direction][0].shape, 0.23, 0)).sum()
        gradients = torch.autograd.grad(loss, [x, *weights, *start], retain_graph=True)
        gradients = [*gradients[:5], *(g[direction] for g in gradients[5:])]
        cases[f"{kind} {'reversed' if direction else 'forward'}"] = {
            "results": [summary(t) for t in whole[direction]],
            "gradients": [summary(t) for t in gradients],
            "measured": [summary(t) for t in measured[direction]],
        }
Path(__file__).with_name("recurrence.json").write_text(json.dumps(cases, indent=1) + "\n")
