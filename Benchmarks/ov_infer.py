"""One OpenVINO measurement, in a process of its own: latency of an ONNX file, as JSON.

Usage: python ov_infer.py MODEL BATCH SECONDS THREADS
Arithmetic in float32 (int8 where the file says so), one stream, threads pinned by OpenVINO.
"""

import json
import resource
import statistics
import sys
import time

import numpy as np
import openvino

WARM_UP, AT_LEAST = 3, 5


def random_input(port, batch, random):
    """Normal numbers, or zeros and ones for integers; the first free extent is the batch."""
    extents = port.get_partial_shape()
    shape = [e.get_length() if e.is_static else (batch if i == 0 else 1) for i, e in enumerate(extents)]
    kind = port.get_element_type().to_dtype()
    if np.issubdtype(kind, np.floating):
        return random.standard_normal(shape).astype(kind)
    return random.integers(0, 2, shape).astype(kind)


def main(model, batch, seconds, threads):
    start = time.perf_counter()
    compiled = openvino.Core().compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": "1", "ENABLE_CPU_PINNING": True,
        "INFERENCE_PRECISION_HINT": "f32",
    })
    random = np.random.default_rng(0)
    feeds = [random_input(port, batch, random) for port in compiled.inputs]
    request = compiled.create_infer_request()
    request.infer(feeds, share_inputs=True)
    first_ms = (time.perf_counter() - start) * 1e3

    for _ in range(WARM_UP):
        request.infer(feeds, share_inputs=True)
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < AT_LEAST:
        start = time.perf_counter()
        request.infer(feeds, share_inputs=True)
        times.append((time.perf_counter() - start) * 1e3)
    p50 = statistics.median(times)
    print(json.dumps({
        "latency_ms": {"p50": p50, "p90": float(np.percentile(times, 90)), "min": min(times)},
        "throughput_per_s": feeds[0].shape[0] / p50 * 1e3,
        "first_inference_ms": first_ms,
        "runs": len(times),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


if __name__ == "__main__":
    model, batch, seconds, threads = sys.argv[1:]
    main(model, int(batch), float(seconds), int(threads))
