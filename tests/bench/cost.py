#!/usr/bin/env python3
"""What `sabotage` and `repeat` cost, in plain steps.

usage: cost.py OHBUILD FOLDER

Has every test of a project (a copy of it, without records) judged as it stands
on disk, and prints for each how long its plain steps took (build, test …), the
rest of the judgement (a place is opened, filled and removed), `sabotage` and
`repeat`, each from its begin to its end, with copies, reports and the
comparison of the tree.  At last, for the tests that pass, at the median: the
latter two as a multiple of the plain steps, and of all that is not they.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime

PROOF = ("sabotage", "repeat")


def verdicts(ohbuild, folder):
    """Per target what came of each step, with `took_ms`; "" is all of it.  A
    test that stands there without a record is judged as it stands."""
    with tempfile.NamedTemporaryFile() as events:
        subprocess.run([ohbuild, "-k", "--events", events.name],
                       cwd=folder, check=False, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        lines = pathlib.Path(events.name).read_text().splitlines()
    steps, begun = {}, {}
    for line in lines:
        event = json.loads(line)
        what, _, how = event["event"].partition("_")
        if what not in ("target", "step") or how == "queued":
            continue
        time = datetime.fromisoformat(event["time"][:-1])
        step = event.get("step", "").removeprefix("judge:")
        key = (event["target"], step)
        if how == "started":
            begun[key] = time
        if how == "ended":
            took = time - begun.get(key, time)
            event["took_ms"] = round(took.total_seconds() * 1000)
            steps.setdefault(key[0], {})[step] = event
    return steps


def milliseconds(steps):
    """Of one target: plain steps, the rest, sabotage, repeat."""
    took = {step: event["took_ms"] for step, event in steps.items()}
    proof = [took.pop(step, 0) for step in PROOF]
    whole = took.pop("", 0)
    took.pop("stage", None)
    plain = sum(took.values())
    return plain, whole - plain - sum(proof), *proof


def is_accepted(steps):
    return all(steps.get(step, {}).get("ok") for step in PROOF)


class Costs:
    """Collects them, and prints what comes of all."""

    def __init__(self):
        self.steps, self.all = [], []

    def add(self, steps):
        """Returns it in words."""
        plain, rest, sabotage, repeat = milliseconds(steps)
        if is_accepted(steps):
            self.steps.append((sabotage + repeat) / plain)
            self.all.append((sabotage + repeat) / (plain + rest))
        return (f"{'accepted' if is_accepted(steps) else 'rejected'}  "
                f"plain {plain} ms, rest {rest} ms, "
                f"sabotage {sabotage} ms, repeat {repeat} ms")

    def print(self):
        if self.steps:
            print(f"cost of sabotage and repeat at the median of "
                  f"{len(self.steps)}: {statistics.median(self.steps):.2f} "
                  f"times the plain steps, {statistics.median(self.all):.2f} "
                  f"times all the rest of the judgement")


def main():
    ohbuild = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place, "project")
        shutil.copytree(sys.argv[2], folder, symlinks=True,
                        ignore=shutil.ignore_patterns(".ohbuild", "*.lock"))
        steps = verdicts(ohbuild, folder)
    costs = Costs()
    for name in sorted(steps):
        print(f"{name}: {costs.add(steps[name])}")
    costs.print()


if __name__ == "__main__":
    main()
