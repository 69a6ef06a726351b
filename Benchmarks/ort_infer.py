"""One ONNX Runtime measurement, in a process of its own: latency of an ONNX file, as JSON.

Usage: python ort_infer.py MODEL BATCH SECONDS THREADS [OUTPUT_DIR]
The calling thread runs on the first core and, with two threads, the other on the second. With
OUTPUT_DIR, the random inputs and their outputs are kept there as in.NAME.npy and out.NAME.npy.
"""

import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

WARM_UP, AT_LEAST = 3, 5
NUMBERS = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(float16)": np.float16}
INTEGERS = {
    "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8, "tensor(bool)": np.bool_,
}


def random_input(value, batch, random):
    """Normal numbers, or zeros and ones for integers; the first free extent is the batch."""
    shape = [d if isinstance(d, int) else (batch if i == 0 else 1) for i, d in enumerate(value.shape)]
    if value.type in NUMBERS:
        return random.standard_normal(shape).astype(NUMBERS[value.type])
    if value.type in INTEGERS:
        return random.integers(0, 2, shape).astype(INTEGERS[value.type])
    sys.exit(f"{value.name}: no random values for {value.type}")


def main(model, batch, seconds, threads, keep=None):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    cores = sorted(os.sched_getaffinity(0))
    if 1 < threads <= len(cores):
        # ONNX Runtime counts logical processors from 1; the calling thread is not in the list.
        pinned = ";".join(str(c + 1) for c in cores[1:threads])
        options.add_session_config_entry("session.intra_op_thread_affinities", pinned)
    start = time.perf_counter()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    os.sched_setaffinity(0, {cores[0]})
    random = np.random.default_rng(0)
    feeds = {i.name: random_input(i, batch, random) for i in session.get_inputs()}
    results = session.run(None, feeds)
    first_ms = (time.perf_counter() - start) * 1e3
    if keep:
        for name, value in feeds.items():
            np.save(Path(keep) / f"in.{name}.npy", value)
        for output, value in zip(session.get_outputs(), results):
            np.save(Path(keep) / f"out.{output.name}.npy", value)

    for _ in range(WARM_UP):
        session.run(None, feeds)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < AT_LEAST:
        start = time.perf_counter()
        session.run(None, feeds)
        times.append((time.perf_counter() - start) * 1e3)
    p50 = statistics.median(times)
    samples = next(iter(feeds.values())).shape[0] if feeds else 1
    print(json.dumps({
        "latency_ms": {"p50": p50, "p90": float(np.percentile(times, 90)), "min": min(times)},
        "throughput_per_s": samples / p50 * 1e3,
        "first_inference_ms": first_ms,
        "runs": len(times),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


if __name__ == "__main__":
    model, batch, seconds, threads, *keep = sys.argv[1:]
    main(model, int(batch), float(seconds), int(threads), *keep)
