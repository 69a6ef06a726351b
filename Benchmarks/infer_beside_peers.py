"""Latency of ONNX files in Lepton, ONNX Runtime and OpenVINO, in turn, and whether they agree."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from side_by_side import (
    HERE, Contestant, PingPong, busy, compare, judge, last_object, lepton, machine, revision, save,
    show, version_of,
)

SCRIPTS = {"onnxruntime": "ort_infer.py", "openvino": "ov_infer.py"}


def contestants(model, batch, threads, binary, peers, options):
    figure, seconds = ("latency_ms", "p50"), str(options.seconds)
    if binary:
        command = [binary, "bench", model, "--threads", str(threads), "--seconds", seconds, "--json"]
        yield Contestant("lepton", command + (["--batch", str(batch)] if batch else []), figure)
    for peer in peers:
        script = [sys.executable, str(HERE / SCRIPTS[peer]), model, str(batch or 1), seconds]
        yield Contestant(peer, [*script, str(threads)], figure)


def agreement(model, batch, binary):
    """The largest difference between both outputs, over the largest magnitude, by output."""
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        kept, ours = Path(folder) / "theirs", Path(folder) / "ours"
        kept.mkdir()
        script = [sys.executable, str(HERE / "ort_infer.py"), model, str(batch or 1), "0", "1"]
        subprocess.run([*script, str(kept)], check=True, capture_output=True)
        command = [binary, "infer", model, "--output-dir", str(ours), "--json"]
        for path in sorted(kept.glob("in.*.npy")):
            command += ["--input", f"{path.name[3:-4]}={path}"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return {"failed": done.stderr.strip()[-400:]}
        found = {}
        for output in last_object(done.stdout)["outputs"]:
            path = Path(output["file"])
            mine = np.load(path if path.is_absolute() or path.exists() else ours / path)
            theirs = np.load(kept / f"out.{output['name']}.npy")
            if mine.shape != theirs.shape:
                return {"failed": f"{output['name']}: {mine.shape} and {theirs.shape}"}
            scale = max(float(np.abs(np.float64(theirs)).max(initial=0)), 1e-30)
            difference = np.abs(np.float64(mine) - np.float64(theirs)).max(initial=0)
            found[output["name"]] = float(difference) / scale
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", metavar="MODEL.onnx")
    parser.add_argument("--batch", type=int, help="for models whose batch is free")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--binary", help="default: $LEPTON, or .build/release/lepton")
    options = parser.parse_args()
    for model in options.models:
        if not Path(model).is_file():
            parser.error(f"{model}: no such file")

    binary = lepton(options.binary)
    versions = {name: version_of(name) for name in SCRIPTS}
    peers = [name for name, version in versions.items() if version]
    for name in SCRIPTS.keys() - set(peers):
        print(f"{name} is not installed for this Python: left out", file=sys.stderr)
    if not (binary or peers):
        sys.exit("nothing to run")
    results = {"machine": machine(), "peers": versions, "revision": revision(), "load": busy(),
               "seconds": options.seconds, "models": {}}
    ping_pong, complete = PingPong(), True
    for model in options.models:
        entry = results["models"].setdefault(Path(model).name, {})
        if binary and "onnxruntime" in peers:
            entry["relative_difference"] = agreement(model, options.batch, binary)
            complete &= "failed" not in entry["relative_difference"]
        for threads in options.threads:
            ping_pong.seen = []
            rows = compare(
                list(contestants(model, options.batch, threads, binary, peers, options)),
                options.rounds, threads, ping_pong,
            )
            complete &= not any("failed" in row for row in rows)
            entry[f"threads_{threads}"] = {"rows": rows, "core_to_core_ns": ping_pong.seen}
            difference = entry.get("relative_difference")
            agree = f"; outputs differ by {difference}" if difference else ""
            show(f"{Path(model).name}, {threads} threads", rows, f"{ping_pong}{agree}")
            complete &= judge("infer", f"{Path(model).stem}, {threads}", rows)
    save("infer", results)
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    main()
