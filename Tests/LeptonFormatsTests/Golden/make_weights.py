"""Small files of weights, as the reference implementations write them. Needs torch, numpy and safetensors."""
import collections
import os
import pickle
import zipfile

import numpy as np
import torch
from safetensors.torch import save_file

whole = torch.arange(24, dtype=torch.float32)
tensors = {
    "plain": torch.tensor([[1.0, -2.5], [3.25, float("inf")]]),
    "half": torch.tensor([0.5, -65504.0, 6e-8], dtype=torch.float16),
    "brain": torch.tensor([1.5, -3.0], dtype=torch.bfloat16),
    "double": torch.tensor(0.1, dtype=torch.float64),
    "bytes": torch.tensor([0, 255, 7], dtype=torch.uint8),
    "signed": torch.tensor([-128, 127], dtype=torch.int8),
    "short": torch.tensor([-32768, 32767], dtype=torch.int16),
    "word": torch.tensor([0, 65535], dtype=torch.uint16),
    "int": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
    "unsigned": torch.tensor([0, 2**32 - 1], dtype=torch.uint32),
    "long": torch.tensor([-(2**63), 2**63 - 1]),
    "bits": torch.tensor([True, False, True]),
    "e4m3": torch.tensor([0.0, 448.0, -0.001953125, 1.125], dtype=torch.float8_e4m3fn),
    "e5m2": torch.tensor([57344.0, -0.25], dtype=torch.float8_e5m2),
    "empty": torch.zeros(0, 3),
}
save_file(tensors, "types.safetensors", metadata={"format": "pt"})

shared = whole.reshape(4, 6)
views = collections.OrderedDict(
    model=collections.OrderedDict(
        {
            "whole": shared,
            "transposed": shared.t(),
            "column": shared[:, 2],
            "corner": shared[1:3, 1::2],
            "repeated": torch.tensor([1.0, 2.0]).expand(3, 2),
            "weight": torch.nn.Parameter(torch.tensor([1.0, 2.0, 3.0])),
        }
    ),
    types=[tensors["half"], tensors["brain"], tensors["word"], tensors["bits"], tensors["e4m3"], tensors["double"]],
    epoch=7,
    rate=1e-3,
    note="näher",
    shape=torch.Size([2, 3]),
    nothing=None,
)
torch.save(views, "views.pt")
module = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
with torch.no_grad():
    for index, tensor in enumerate(module.state_dict().values()):
        tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape) + index)
torch.save(module.state_dict(), "module.pt")
torch.save({"a": torch.ones(2)}, "legacy.pt", _use_new_zipfile_serialization=False)


class Evil:
    def __reduce__(self):
        return (os.system, ("echo run > /tmp/should-not-exist",))


# A file that names os.system where a tensor should be.
with zipfile.ZipFile("module.pt") as source, zipfile.ZipFile("evil.pt", "w") as target:
    for name in source.namelist():
        data = source.read(name)
        if name.endswith("data.pkl"):
            data = pickle.dumps({"a": Evil()}, protocol=2)
        target.writestr(name, data)
