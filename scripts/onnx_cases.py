#!/usr/bin/env python3
"""Writes the node cases of the installed onnx package into a folder, as `lepton onnx conform` takes them.

    onnx_cases.py FOLDER

Each case gets a folder with model.onnx and test_data_set_0/{input,output}_N.pb. Cases that are there already are left.
"""

import pathlib
import sys

import onnx
from onnx import numpy_helper
from onnx.backend.test.loader import load_model_tests


def serialized(value, port):
    """A tensor, sequence or optional value as the port's type says."""
    if hasattr(value, "SerializeToString"):
        return value.SerializeToString()
    kind = port.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.from_list(value, port.name).SerializeToString()
    if kind == "optional_type":
        return numpy_helper.from_optional(value, port.name).SerializeToString()
    if kind == "map_type":
        return numpy_helper.from_dict(value, port.name).SerializeToString()
    return numpy_helper.from_array(value, port.name).SerializeToString()


def write(case, folder):
    for number, (inputs, outputs) in enumerate(case.data_sets):
        data = folder / f"test_data_set_{number}"
        data.mkdir(parents=True, exist_ok=True)
        graph = case.model.graph
        for kind, values, ports in (("input", inputs, graph.input), ("output", outputs, graph.output)):
            for index, (value, port) in enumerate(zip(values, ports)):
                (data / f"{kind}_{index}.pb").write_bytes(serialized(value, port))
    # Last, since a folder counts as a case once it holds a model.
    (folder / "model.onnx").write_bytes(case.model.SerializeToString())


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1])
    written = 0
    for case in load_model_tests(kind="node"):
        folder = target / case.name
        if case.model is None or (folder / "model.onnx").exists():
            continue
        write(case, folder)
        written += 1
    print(f"onnx {onnx.__version__}: {written} cases written to {target}")


if __name__ == "__main__":
    main()
