#!/usr/bin/env python3
"""Kills and interrupts `lepton train` at random moments and checks that nothing acknowledged is lost.

    python3 scripts/checkpoint_stress.py --kills 100 --interrupts 100

A training of a few seconds on the embedded digits saves a checkpoint every second step. It is killed
(SIGKILL) or interrupted (SIGINT) at a random moment and resumed until it is through, then another one
begins. Checked in every life: it goes on no earlier than at the last checkpoint that was logged as
saved; after an interruption, exactly there, and the exit code is 130. Checked at the end of every
training: weights, optimizer and model file are bit by bit those of one that nobody disturbed.
"""
import argparse, hashlib, json, os, pathlib, random, signal, subprocess, sys, tempfile, time

RECIPE = """
name: stress
data: {spec: digits, limit: 700}
model: {architecture: mlp}
training:
  epochs: 12
  batch: 48
  optimizer: {kind: adam, lr: 0.002}
  schedule: {kind: cosine, warmup: 0.5}
  augmentation: {shift: 1}
  checkpoints: {every_steps: 2}
"""


class Life:
    """One process that trains, and what it said."""

    def __init__(self, lepton, arguments):
        self.process = subprocess.Popen(
            [lepton, "train", *arguments, "--json", "--log-format", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, number, after):
        """Sends a signal after so many seconds, unless it ends by itself before."""
        if number is not None:
            try:
                self.process.wait(after)
            except subprocess.TimeoutExpired:
                self.process.send_signal(number)
        self.output, errors = self.process.communicate()
        self.code = self.process.returncode
        self.log = []
        for line in errors.splitlines():
            try:
                self.log.append(json.loads(line))
            except json.JSONDecodeError:
                pass  # the line that a kill cut short
        self.errors = errors
        saved = [line["step"] for line in self.log if line.get("message") == "checkpoint saved"]
        self.saved = max(saved, default=0)
        starts = [line["message"].split()[4] for line in self.log
                  if line.get("message", "").startswith("going on after step ")]
        self.start = int(starts[0].rstrip(",")) if starts else None
        return self


def outcome(folder):
    """Digests of everything that must be the same however often the training was resumed."""
    # The last step may have two, one of them before its epoch was evaluated: that is step-00000144.1.
    newest = sorted((folder / "checkpoints").glob("step-*"))[-1]
    files = [newest / "state.safetensors", newest / "best.safetensors", folder / "model.onnx"]
    return [newest.name.split(".")[0]] + [
        hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lepton", default=".build/release/lepton")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--interrupts", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    losses = []
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        recipe = scratch / "stress.yml"
        recipe.write_text(RECIPE)
        seconds = float("inf")
        for _ in range(3):
            start = time.monotonic()
            whole = Life(options.lepton, [recipe, "--output", scratch / "whole"]).end(None, 0)
            seconds = min(seconds, time.monotonic() - start)
            if whole.code != 0:
                sys.exit(f"the undisturbed training failed:\n{whole.errors}")
        expected = outcome(scratch / "whole")
        print(f"undisturbed: {whole.saved} steps in {seconds:.1f} s", flush=True)
        for number, count in [(signal.SIGKILL, options.kills), (signal.SIGINT, options.interrupts)]:
            name = signal.Signals(number).name
            signalled = early = trainings = compared = 0
            while signalled < count:
                trainings += 1
                folder = scratch / f"{name}-{trainings}"
                acknowledged, life = 0, None
                while life is None or life.code != 0:
                    is_begun = (folder / "config.yaml").exists()
                    arguments = ["--resume", folder] if is_begun else [recipe, "--output", folder]
                    is_last = signalled >= count
                    life = Life(options.lepton, arguments).end(
                        None if is_last else number, chance.uniform(0, 0.7 * seconds))

                    def lost(what):
                        losses.append(what)
                        print(f"LOST in {folder.name}, {name} {signalled}: {what}\n{life.errors}")

                    if is_begun and life.start is not None and life.start < acknowledged:
                        lost(f"went on at {life.start}, {acknowledged} was acknowledged")
                    if number == signal.SIGINT and is_begun and acknowledged and life.start not in (
                            acknowledged, None):
                        lost(f"went on at {life.start} after an interruption at {acknowledged}")
                    acknowledged = max(acknowledged, life.saved, life.start or 0)
                    if life.code == 0:
                        break
                    signalled += 1
                    if life.code == -number:
                        early += number == signal.SIGINT  # before training began
                    elif life.code != 130 or number != signal.SIGINT:
                        lost(f"exit code {life.code}")
                        break
                    if signalled % 10 == 0:
                        print(f"{name} {signalled}: {trainings} trainings, {len(losses)} losses",
                              flush=True)
                if life.code == 0:
                    compared += 1
                    if outcome(folder) != expected:
                        lost("other weights than undisturbed")
                    rest = [path.name for path in (folder / "checkpoints").glob(".*")]
                    if rest:
                        lost(f"left behind: {rest}")
                else:
                    break
            print(f"{name}: {signalled} signals ({early} before the first step), {trainings} "
                  f"trainings, {compared} compared bit by bit, {len(losses)} losses")
    sys.exit(1 if losses else 0)


if __name__ == "__main__":
    main()
