"""TensorFlow Lite models run by lepton and by TensorFlow Lite's own interpreter: the largest differences.

    python scripts/tflite_agreement.py .build/release/lepton FOLDER_OF_TFLITE_FILES [EXAMPLES]

Needs numpy and ai-edge-litert. Float outputs are compared relative to the largest of them, integers in quanta.
"""
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def inputs(detail, count, generator):
    shape, kind = tuple(detail["shape"][1:]), detail["dtype"]
    if kind == np.float32:
        return generator.standard_normal((count, *shape)).astype(np.float32)
    if np.issubdtype(kind, np.integer):
        info = np.iinfo(kind)
        return generator.integers(info.min, info.max + 1, (count, *shape)).astype(kind)
    raise SystemExit(f"inputs of {kind}")


def main():
    lepton, folder = sys.argv[1], sys.argv[2]
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 200
    for path in sorted(glob.glob(os.path.join(folder, "*.tflite"))):
        model = Interpreter(model_path=path)
        model.allocate_tensors()
        (source,) = model.get_input_details()
        (target,) = model.get_output_details()
        examples = inputs(source, count, np.random.default_rng(0))
        expected = []
        for example in examples:
            model.set_tensor(source["index"], example[None])
            model.invoke()
            expected.append(model.get_tensor(target["index"])[0])
        expected = np.stack(expected)
        with tempfile.TemporaryDirectory() as scratch:
            np.save(os.path.join(scratch, "x.npy"), examples)
            answer = subprocess.run(
                [lepton, "infer", path, "--input", os.path.join(scratch, "x.npy"), "--output-dir", scratch],
                capture_output=True, text=True, env=dict(os.environ, SWIFT_BACKTRACE="enable=no"))
            if answer.returncode != 0:
                print(os.path.basename(path), "fails:", answer.stderr.strip())
                continue
            (name,) = [n for n in os.listdir(scratch) if n != "x.npy"]
            found = np.load(os.path.join(scratch, name))
        same_top = np.mean(found.reshape(count, -1).argmax(1) == expected.reshape(count, -1).argmax(1))
        if expected.dtype == np.float32:
            distance = np.abs(found - expected).max() / np.abs(expected).max()
            figure = f"largest difference {distance:.2e} of the largest output"
        else:
            quanta = np.abs(found.astype(int) - expected.astype(int))
            figure = f"at most {quanta.max()} quanta, {np.mean(quanta > 0):.4%} of outputs differ"
        print(f"{os.path.basename(path):36} {figure}, top-1 equal in {same_top:.2%}")


main()
