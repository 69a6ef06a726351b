"""One PyTorch measurement, in a process of its own: training steps on one random batch, as JSON.

Usage: python torch_train.py NAME BATCH plain|tuned SECONDS THREADS
Both modes are eager float32. `tuned` is channels-last memory, the fused Adam and denormals flushed
to zero (the moments of a dead unit decay into them, and are then slow to compute with).
"""

import json
import resource
import statistics
import sys
import time

import torch
import torch.nn.functional as F

from models import ARCHITECTURES, random_input

WARM_UP, AT_LEAST = 3, 5


def main(name, batch, mode, seconds, threads):
    torch.manual_seed(0)
    tuned = mode == "tuned"
    torch.set_flush_denormal(tuned)  # before the thread pool starts, which inherits it
    torch.set_num_threads(threads)
    make, _, classes = ARCHITECTURES[name]
    model, x = make().train(), random_input(name, batch)
    if tuned and x.dim() == 4:
        model = model.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True if tuned else None)
    if classes == 1:
        target, loss_of = torch.randint(0, 2, (batch, 1)).float(), F.binary_cross_entropy_with_logits
    else:
        target, loss_of = torch.randint(0, classes, (batch,)), F.cross_entropy

    def step():
        start = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(x), target)
        loss.backward()
        optimizer.step()
        return (time.perf_counter() - start) * 1e3, loss.item()

    first_ms, loss_first = step()
    for _ in range(WARM_UP):
        step()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < AT_LEAST:
        milliseconds, loss_last = step()
        times.append(milliseconds)
    p50 = statistics.median(times)
    print(json.dumps({
        "step_ms": {"p50": p50, "min": min(times)},
        "samples_per_s": batch / p50 * 1e3,
        "first_step_ms": first_ms,
        "steps": len(times),
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "loss_first": loss_first,
        "loss_last": loss_last,
        "parameters": sum(p.numel() for p in model.parameters()),
    }))


if __name__ == "__main__":
    name, batch, mode, seconds, threads = sys.argv[1:]
    main(name, int(batch), mode, float(seconds), int(threads))
