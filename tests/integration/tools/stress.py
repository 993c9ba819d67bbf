"""Eight at once: builds on the same and on other targets, one of them killed
again and again, sources that change, and readers of every kind.

stress.py SECONDS FOLDER   in a project with src/tNN.sh

FOLDER gets the words of whatever goes wrong.  Prints what was done.
"""

import collections
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

seconds, folder = float(sys.argv[1]), sys.argv[2]
program = os.environ["OHBUILD"]
names = sorted(n[:-3] for n in os.listdir("src") if n.endswith(".sh"))
targets = ["tests/%s.sh" % name for name in names]
end = time.monotonic() + seconds
lock = threading.Lock()
faults = []
counts = collections.Counter()
slowest = collections.Counter()
VERDICTS = {
    "fresh": "fresh",
    "never built": "to_build",
    "stale": "to_build",
    "missing": "to_build",
    "edited": "edited",
    "failed before": "failed_before",
    "blocked": "blocked",
}


def fault(*words):
    with lock:
        faults.append(" ".join(str(word) for word in words))


def call(*args):
    began = time.monotonic()
    done = subprocess.run(
        [program, *args], stdin=subprocess.DEVNULL, capture_output=True
    )
    took = time.monotonic() - began
    with lock:
        counts[args[0] if args[0][0] != "-" else "build"] += 1
        kind = args[0]
        slowest[kind] = max(slowest[kind], took)
    return done


def say(args, done):
    return "%s: status %d\n%s%s" % (
        args,
        done.returncode,
        done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
    )


def builder(rng, kill):
    while time.monotonic() < end:
        if rng.random() < 0.7:
            name = rng.choice(names)
            with open("src/%s.sh" % name, "a", encoding="utf-8") as file:
                file.write("# %d\n" % rng.getrandbits(64))
        args = ["-k", "-j%d" % rng.randint(1, 3)]
        if rng.random() < 0.5:
            args += rng.sample(targets, 2)
        if rng.random() < 0.2:
            args += ["--no-wait"]
        if kill:
            child = subprocess.Popen(
                [program, *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(rng.uniform(0.02, 1.5))
            child.send_signal(signal.SIGKILL)
            child.wait()
            with lock:
                counts["killed"] += child.returncode < 0
            continue
        done = call(*args)
        busy = done.returncode == 4 and "--no-wait" in args
        # 2: a source was changed while its agent was at work.
        if done.returncode not in (0, 2) and not (
            busy and b"another ohbuild is at work here" in done.stderr
        ):
            fault(say(args, done))


def look_at_status(done):
    answer = json.loads(done.stdout)
    got = [target["name"] for target in answer["targets"]]
    if sorted(got) != targets:
        fault("status has other targets:", got)
    sums = collections.Counter(
        VERDICTS[target["verdict"]] for target in answer["targets"]
    )
    summary = answer["summary"]
    if summary["targets"] != len(targets):
        fault("status counts", summary)
    for key in set(VERDICTS.values()):
        if summary[key] != sums[key]:
            fault("status: summary and targets differ:", key, summary, sums)


def look_at_log(done):
    for target in json.loads(done.stdout)["targets"]:
        for attempt in target["attempts"]:
            if attempt["attempt"] < 1:
                fault("log:", attempt)


def look_at_why(done):
    answer = json.loads(done.stdout)
    if len(answer["targets"]) != 1:
        fault("why:", answer)


def look_at_check(done):
    lines = done.stdout.decode().splitlines()
    if any(not line.startswith("tests/t") for line in lines):
        fault("check:", lines)
    if bool(done.returncode) != any("ohbuild" in line for line in lines):
        fault("check: status %d" % done.returncode, lines)


def reader(rng, kind):
    kinds = {
        "status": (["--json"], look_at_status),
        "check": ([], look_at_check),
        "why": (["--json", None], look_at_why),
        "log": (["--json", None], look_at_log),
    }
    args, look = kinds[kind]
    while time.monotonic() < end:
        words = [kind] + [rng.choice(targets) if a is None else a for a in args]
        done = call(*words)
        good = done.returncode == 0 or kind == "check" and done.returncode == 1
        if not good or done.stderr:
            fault(say(words, done))
            continue
        try:
            look(done)
        except (ValueError, KeyError, TypeError) as error:
            fault("%s: %r" % (words, error), done.stdout)


seed = int(os.environ.get("OHB_STRESS_SEED", time.time_ns()))
print("seed %d" % seed)
threads = [
    threading.Thread(target=builder, args=(random.Random(seed + n), n == 3))
    for n in range(4)
] + [
    threading.Thread(target=reader, args=(random.Random(seed + n), kind))
    for n, kind in enumerate(("status", "check", "why", "log"), 4)
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("did:", dict(counts))
print(
    "slowest reader: %d ms"
    % (1000 * max(slowest[k] for k in ("status", "check", "why", "log")))
)
if faults:
    with open(os.path.join(folder, "faults"), "w", encoding="utf-8") as file:
        file.write("\n".join(faults) + "\n")
    sys.exit("%d faults; the first: %s" % (len(faults), faults[0]))
