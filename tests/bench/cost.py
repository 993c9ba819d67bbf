#!/usr/bin/env python3
"""What `sabotage` and `repeat` cost, in plain steps.

usage: cost.py OHBUILD FOLDER

Has every test of a project (a copy of it, without records) judged twice as it
stands on disk: without `sabotage` and `repeat`, and with them.  Prints for each
what its plain steps take without them (build, test …), the rest of that
judgement (a place is opened, filled and removed), and how much longer the
whole judgement takes with both.  At last, for the tests that pass, at the
median: the latter as a multiple of the plain steps, and of the judgement
without them.  Both must stand in openhands.yml on lines of their own.
"""

import json
import os
import pathlib
import re
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


def verdicts_without(ohbuild, folder):
    """The same without the two steps, which it switches off and on again."""
    path = pathlib.Path(folder, "openhands.yml")
    text = path.read_text()
    bare, count = re.subn(r"(- sabotage:) .*|(- repeat:) .*",
                          lambda it: f"{it[1]} off" if it[1] else f"{it[2]} 1",
                          text)
    if count != len(PROOF):
        sys.exit(f"{path}: no lines '- sabotage: …' and '- repeat: …'")
    path.write_text(bare)
    try:
        return verdicts(ohbuild, folder)
    finally:
        path.write_text(text)
        shutil.rmtree(folder / ".ohbuild", ignore_errors=True)
        (folder / "openhands.lock").unlink(missing_ok=True)


def milliseconds(without, steps):
    """Of one target: plain steps, the rest, what both add."""
    took = {step: event["took_ms"] for step, event in without.items()}
    whole = took.pop("", 0)
    took.pop("stage", None)
    plain = sum(took.values())
    return plain, whole - plain, steps[""]["took_ms"] - whole


def is_accepted(steps):
    return all(steps.get(step, {}).get("ok") for step in PROOF)


class Costs:
    """Collects them, and prints what comes of all."""

    def __init__(self):
        self.steps, self.all = [], []

    def add(self, without, steps):
        """Returns it in words."""
        plain, rest, more = milliseconds(without, steps)
        if is_accepted(steps):
            self.steps.append(more / plain)
            self.all.append(more / (plain + rest))
        return (f"{'accepted' if is_accepted(steps) else 'rejected'}  "
                f"plain {plain} ms, rest {rest} ms, both add {more} ms")

    def print(self):
        if self.steps:
            print(f"cost of sabotage and repeat at the median of "
                  f"{len(self.steps)}: {statistics.median(self.steps):.2f} "
                  f"times the plain steps, {statistics.median(self.all):.2f} "
                  f"times the judgement without them")


def main():
    ohbuild = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place, "project")
        shutil.copytree(sys.argv[2], folder, symlinks=True,
                        ignore=shutil.ignore_patterns(".ohbuild", "*.lock"))
        without = verdicts_without(ohbuild, folder)
        steps = verdicts(ohbuild, folder)
    costs = Costs()
    for name in sorted(steps):
        print(f"{name}: {costs.add(without[name], steps[name])}")
    costs.print()


if __name__ == "__main__":
    main()
