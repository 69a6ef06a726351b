"""Requests per second of `lepton serve` beside FastAPI, uvicorn and ONNX Runtime: the same LeNet, the same requests, the
same wrk, in turn.

    python Benchmarks/serve_beside_fastapi.py lenet.onnx [--lepton .build/release/lepton] [--seconds 10] [--rounds 3]

Needs wrk, and a Python with fastapi, uvicorn[standard], onnxruntime and numpy. The peer runs as one process (uvicorn's
default) and as one for each core. CPU is the processor time of the server's processes for one request, which a busy machine
disturbs less than its throughput.
"""

import argparse
import json
import os
import pathlib
import random
import re
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [d for c in map(int, text.split()) for d in [c, *children(c)]]


def cpu_seconds(pid):
    total = 0
    for p in [pid, *children(pid)]:
        fields = pathlib.Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident_mib(pid):
    total = 0
    for p in [pid, *children(pid)]:
        match = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{p}/status").read_text())
        total += int(match[1]) if match else 0
    return total / 1024


def write_requests(folder, tensor):
    """The two requests as scripts of wrk."""
    random.seed(1)
    count = 1
    for extent in tensor["shape"][1:]:
        count *= extent
    values = [round(random.random(), 4) for _ in range(count)]
    stated = {"name": tensor["name"], "shape": [1, *tensor["shape"][1:]], "datatype": "FP32"}
    text = json.dumps({"inputs": [{**stated, "data": values}]})
    head = json.dumps({"inputs": [{**stated, "parameters": {"binary_data_size": 4 * count}}]}).encode()
    raw = head + struct.pack(f"<{count}f", *values)
    escaped = "".join(f"\\{byte:03d}" for byte in raw)
    (folder / "json.lua").write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\n'
        f"wrk.body = [[{text}]]\n")
    (folder / "binary.lua").write_text(
        'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/octet-stream"\n'
        f'wrk.headers["Inference-Header-Content-Length"] = "{len(head)}"\nwrk.body = "{escaped}"\n')


class Server:
    def __init__(self, label, command, port, paths, environment=None):
        self.label, self.paths, self.base = label, paths, f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            command, env={**os.environ, **(environment or {})}, cwd=HERE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait()

    def wait(self):
        for _ in range(300):
            try:
                urllib.request.urlopen(self.base + "/openapi.json", timeout=1).read()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{self.label} does not answer")

    def signal(self, number):
        for pid in [self.process.pid, *children(self.process.pid)]:
            os.kill(pid, number)

    def measure(self, folder, kind, connections, seconds):
        before = cpu_seconds(self.process.pid)
        text = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s",
             str(folder / f"{kind}.lua"), self.base + self.paths[kind]],
            check=True, capture_output=True, text=True).stdout
        cpu = cpu_seconds(self.process.pid) - before
        errors = re.findall(r"(Non-2xx.*|Socket errors.*)", text)
        if errors:
            sys.exit(f"{self.label}: {errors}\n{text}")
        requests = int(re.search(r"(\d+) requests in", text)[1])
        scale = {"us": 1e-3, "ms": 1, "s": 1e3}
        def percentile(name):
            value, unit = re.search(rf"{name}%\s+([\d.]+)(us|ms|s)", text).groups()
            return float(value) * scale[unit]
        return {
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p50": percentile(50), "p99": percentile(99), "cpu_us": 1e6 * cpu / max(requests, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model")
    parser.add_argument("--lepton", default=str(HERE.parent / ".build/release/lepton"))
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--serve", default="", help="further flags of lepton serve")
    a = parser.parse_args()
    model = str(pathlib.Path(a.model).resolve())
    lepton = str(pathlib.Path(a.lepton).resolve())
    cores = len(os.sched_getaffinity(0))
    servers = []
    try:
        port = free_port()
        both = {k: "/v2/models/lenet/infer" for k in ("json", "binary")}
        servers.append(Server(
            "lepton", [lepton, "serve", model, "--name", "lenet", "--port", str(port),
                       *a.serve.split()], port, both))
        tensor = json.load(urllib.request.urlopen(servers[0].base + "/v2/models/lenet"))["inputs"][0]
        for workers in dict.fromkeys([1, cores]):
            port = free_port()
            servers.append(Server(
                f"fastapi, {workers} process{'es' if workers > 1 else ''}",
                [sys.executable, "-m", "uvicorn", "fastapi_server:app", "--port", str(port),
                 "--workers", str(workers), "--log-level", "critical"], port,
                {"json": "/v2/models/lenet/infer", "binary": "/v2/models/lenet/infer_binary"},
                {"LENET": model, "ORT_THREADS": "1"}))
        for server in servers:
            server.signal(signal.SIGSTOP)
        results = {}
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write_requests(folder, tensor)
            for _ in range(a.rounds):
                for kind in ("json", "binary"):
                    for server in servers:
                        server.signal(signal.SIGCONT)
                        server.measure(folder, kind, a.connections, 1)
                        figures = server.measure(folder, kind, a.connections, a.seconds)
                        figures["mib"] = resident_mib(server.process.pid)
                        server.signal(signal.SIGSTOP)
                        results.setdefault((kind, server.label), []).append(figures)
        print(f"{a.connections} connections, {a.rounds} rounds of {a.seconds} s; medians")
        print("| body | server | requests/s | p50 ms | p99 ms | CPU us/request | MB | lepton is |")
        print("|---|---|---|---|---|---|---|---|")
        for (kind, label), rounds in sorted(results.items(), key=lambda r: r[0][0]):
            m = {k: statistics.median(r[k] for r in rounds) for k in rounds[0]}
            # Each round's own ratio: what else the machine did then, it did to both.
            own = results[(kind, "lepton")]
            faster = statistics.median(o["rate"] / r["rate"] for o, r in zip(own, rounds))
            cheaper = statistics.median(r["cpu_us"] / o["cpu_us"] for o, r in zip(own, rounds))
            ratio = "" if label == "lepton" else f"{faster:.1f} times as fast, CPU 1/{cheaper:.1f}"
            print(f"| {kind} | {label} | {m['rate']:.0f} | {m['p50']:.1f} | {m['p99']:.1f} | "
                  f"{m['cpu_us']:.0f} | {m['mib']:.0f} | {ratio} |")
    finally:
        for server in servers:
            server.signal(signal.SIGCONT)
            server.process.terminate()
            server.process.wait()


if __name__ == "__main__":
    main()
