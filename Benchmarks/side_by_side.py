"""Runs contestants in turn, each measurement in a process of its own, and sums them up."""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
# glibc then keeps freed activations instead of handing their pages back after every step.
KEEP_PAGES = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}


class Failed(Exception):
    pass


@dataclass
class Contestant:
    """A command that prints one JSON object last, and the path of its figure in that object."""

    name: str
    command: list[str]
    figure: tuple[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    def measure(self, threads):
        pinned = {"OMP_NUM_THREADS": str(threads), "OMP_PROC_BIND": "close", "OMP_PLACES": "cores"}
        done = subprocess.run(
            self.command, env={**os.environ, **pinned, **self.environment},
            capture_output=True, text=True,
        )
        if done.returncode != 0:
            raise Failed(f"{self.name} left with {done.returncode}: {done.stderr.strip()[-400:]}")
        try:
            answer = last_object(done.stdout)
            return float(answer[self.figure[0]][self.figure[1]]), answer
        except (ValueError, KeyError, TypeError) as error:
            raise Failed(f"{self.name}: no {'.'.join(self.figure)} in its answer ({error!r})")


def last_object(text):
    """The JSON object that ends `text`, whether on one line or laid out over many."""
    decoder = json.JSONDecoder()
    starts = [0] + [i + 1 for i, c in enumerate(text) if c == "\n"]
    for start in starts:
        if text.startswith("{", start):
            try:
                value, end = decoder.raw_decode(text, start)
            except ValueError:
                continue
            if not text[end:].strip():
                return value
    raise ValueError("standard output does not end in a JSON object")


class PingPong:
    """Core-to-core latency, from ping_pong.c built with the system's C compiler."""

    def __init__(self):
        compiler = os.environ.get("CC") or next(
            (c for c in ("cc", "clang", "gcc") if shutil.which(c)), None
        )
        self.folder = tempfile.TemporaryDirectory()
        self.program = Path(self.folder.name) / "ping_pong"
        self.seen = []
        source = HERE / "ping_pong.c"
        build = ["-O2", "-pthread", str(source), "-o", str(self.program)]
        if not compiler or subprocess.run([compiler, *build], capture_output=True).returncode != 0:
            print("no working C compiler: core-to-core latency is not measured", file=sys.stderr)
            self.program = None

    def measure(self):
        if self.program is None:
            return
        done = subprocess.run([self.program], capture_output=True, text=True)
        if done.returncode == 0:
            self.seen.append(float(done.stdout.split()[0]))

    def __str__(self):
        if not self.seen:
            return "core to core: not measured"
        return (
            f"core to core {statistics.median(self.seen):.0f} ns one way"
            f" ({min(self.seen):.0f} to {max(self.seen):.0f})"
        )


def compare(contestants, rounds, threads, ping_pong, unit="ms"):
    """Runs A, B, A, B, ... and returns a row per contestant; the first is the one ratios are to.

    A contestant that fails is reported and left out of the following rounds.
    """
    values = {c.name: [] for c in contestants}
    answers, failures = {}, {}
    for _ in range(rounds):
        ping_pong.measure()
        for contestant in contestants:
            if contestant.name in failures:
                continue
            try:
                value, answers[contestant.name] = contestant.measure(threads)
                values[contestant.name].append(value)
            except (Failed, OSError) as error:
                failures[contestant.name] = str(error)
                print(f"  {error}", file=sys.stderr)
    base = values[contestants[0].name]
    rows = []
    for name, seen in values.items():
        if name in failures or not seen:
            rows.append({"name": name, "failed": failures.get(name, "no measurement")})
            continue
        median = statistics.median(seen)
        rows.append({
            "name": name, f"median_{unit}": median, f"rounds_{unit}": seen,
            "spread": (max(seen) - min(seen)) / median,
            # Neighbours in time share the machine's mood: the ratio is taken round by round.
            "times_the_first": statistics.median(s / b for s, b in zip(seen, base)) if base else None,
            "last_answer": answers[name],
        })
    return rows


def show(title, rows, note=""):
    print(f"\n{title}")
    heads = f"{'median ms':>10s} {'spread':>7s} {'x ' + rows[0]['name']:>13s} {'peak MB':>8s}"
    print(f"  {'':24s} {heads}  rounds")
    for row in rows:
        if "failed" in row:
            print(f"  {row['name']:24s} {'failed':>10s}")
            continue
        ratio, peak = row["times_the_first"], row["last_answer"].get("peak_rss_bytes")
        print(
            f"  {row['name']:24s} {row['median_ms']:10.4g} {row['spread']:6.0%} "
            f"{f'{ratio:.2f}' if ratio else '-':>13s} {f'{peak / 1e6:.0f}' if peak else '-':>8s}  "
            + " ".join(f"{v:.4g}" for v in row["rounds_ms"])
        )
    if note:
        print(f"  {note}", flush=True)


def judge(kind, case, rows):
    """False where a peer took fewer times our time than thresholds.json wants for this kind of processor."""
    wanted = json.loads((HERE / "thresholds.json").read_text())["avx512" if has_avx512() else "avx2"]
    passed = True
    for row in rows[1:]:
        least = wanted.get(kind, {}).get(case, {}).get(row["name"])
        ratio = row.get("times_the_first")
        if rows[0]["name"] == "lepton" and least and ratio and ratio < least:
            print(f"  BELOW THE THRESHOLD: {ratio:.2f} times {row['name']}, at least {least} is wanted")
            passed = False
    return passed


def has_avx512():
    return "avx512f" in machine().get("vector", [])


def machine():
    """What the numbers depend on and a reader cannot know: processor, vector units, cores."""
    information = {"cores": len(os.sched_getaffinity(0)), "system": platform.platform()}
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                information["processor"] = value.strip()
            if key.strip() == "flags":
                wanted = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile")
                information["vector"] = [f for f in value.split() if f in wanted]
    except OSError:
        pass
    return information


def version_of(module):
    """The version of a Python peer, or None where it is not installed."""
    code = f"import {module}; print({module}.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


def lepton(path):
    """Our binary, or None with a word on standard error."""
    binary = Path(path or os.environ.get("LEPTON") or ROOT / ".build" / "release" / "lepton")
    if binary.is_file():
        return str(binary.resolve())
    print(f"no binary at {binary} (swift build -c release): peers run alone", file=sys.stderr)
    return None


def revision():
    done = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True
    )
    return done.stdout.strip() or None


def save(kind, results):
    """Writes Benchmarks/results/KIND-TIME.json whole or not at all."""
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{kind}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(results, indent=1) + "\n")
    partial.replace(path)
    print(f"\nwritten: {path.relative_to(ROOT)}")


def busy():
    """Says so when other work is running: the numbers are then worth little."""
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"the machine is busy (load {load:.1f}): expect noise", file=sys.stderr)
    return load
