"""Training steps of Lepton and of PyTorch in turn, on the same architectures; see README.md."""

import argparse
import sys

from side_by_side import (
    HERE, KEEP_PAGES, Contestant, PingPong, busy, compare, judge, lepton, machine, revision, save,
    show, version_of,
)

CASES = ["mlp:32", "mlp:256", "lenet:64", "photo-cnn:32", "resnet18:64", "lstm:32", "bert6:16"]


def contestants(case, binary, torch, options):
    name, batch = case.split(":")
    figure, seconds, threads = ("step_ms", "p50"), str(options.seconds), str(options.threads)
    if binary:
        command = [binary, "bench", "train", name, "--batch", batch, "--threads", threads,
                   "--seconds", seconds, "--json"]
        yield Contestant("lepton", command, figure)
    if torch:
        script = [sys.executable, str(HERE / "torch_train.py"), name, batch]
        tail = [seconds, threads]
        yield Contestant("torch", [*script, "plain", *tail], figure)
        yield Contestant("torch tuned", [*script, "tuned", *tail], figure)
        if options.malloc:
            yield Contestant("torch tuned + malloc", [*script, "tuned", *tail], figure, KEEP_PAGES)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=CASES, metavar="NAME:BATCH",
                        help=f"default: {' '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="per measurement")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--malloc", action="store_true",
                        help="also PyTorch with a heap that keeps its pages")
    parser.add_argument("--binary", help="default: $LEPTON, or .build/release/lepton")
    options = parser.parse_args()
    for case in options.cases:
        if not case.rpartition(":")[2].isdigit() or case.count(":") != 1:
            parser.error(f"{case}: expected NAME:BATCH, as {CASES[0]}")

    binary, torch = lepton(options.binary), version_of("torch")
    if not torch:
        print("PyTorch is not installed for this Python: Lepton runs alone", file=sys.stderr)
    if not (binary or torch):
        sys.exit("nothing to run")
    results = {"machine": machine(), "torch": torch, "revision": revision(), "load": busy(),
               "threads": options.threads, "seconds": options.seconds, "cases": {}}
    ping_pong, complete = PingPong(), True
    for case in options.cases:
        ping_pong.seen = []
        rows = compare(list(contestants(case, binary, torch, options)), options.rounds,
                       options.threads, ping_pong)
        complete &= not any("failed" in row for row in rows)
        losses = [f"{r['name']} {r['last_answer']['loss_first']:.3f} to"
                  f" {r['last_answer']['loss_last']:.3f}" for r in rows
                  if "loss_last" in r.get("last_answer", {})]
        show(f"{case} training step, {options.threads} threads", rows,
             f"{ping_pong}; loss: {', '.join(losses)}")
        complete &= judge("train", case, rows)
        results["cases"][case] = {"rows": rows, "core_to_core_ns": ping_pong.seen}
    save("train", results)
    sys.exit(0 if complete else 1)


if __name__ == "__main__":
    main()
