#!/usr/bin/env python3
r"""How many changed targets would need an agent.

OHBUILD_LANGUAGES=BUILD/languages tests/bench/revalidate.py \
        BUILD/tests/bench_layout KIND REPOSITORY [COMMITS [layout]]

Of the last COMMITS (200) commits of a repository's main line, each source
file that changed is a target whose key changed.  It needs no agent when
nothing that is executed changed (bench_layout says, by the comparison of
ohbuild), or when the tests of the commit before pass with the new sources and
execute a line that changed.  The test of a target is the whole suite, which
is stricter than its own would be; whether it would notice a fault is not
asked.  What did not pass before either is counted apart.  With a fifth word
only the first comparison is made.  KIND is one of those below; its tools must
be there.  REPOSITORY is a git repository that is only read.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

KINDS = {
    # sources, and how the suite runs; coverage comes as lcov
    "click": (
        r"src/click/[^/]*\.py",
        "PYTHONPATH=src timeout 120 python3 -m pytest -q -x -p no:cacheprovider"
        " -p no:randomly --cov=src/click --cov-report=lcov:cov.info tests",
        ["src"],
    ),
    "cjson": (
        r"cJSON(_Utils)?\.c",
        "cmake -S . -B b -G Ninja -DCMAKE_POLICY_VERSION_MINIMUM=3.5"
        " -DENABLE_CJSON_UTILS=ON -DENABLE_CUSTOM_COMPILER_FLAGS=OFF"
        " -DBUILD_SHARED_LIBS=OFF -DCMAKE_C_FLAGS=--coverage"
        " >/dev/null && ninja -C b >/dev/null && cd b &&"
        " timeout 120 ctest -j2 >/dev/null && cd .. &&"
        " lcov -q -c -d b -o cov.info",
        ["cJSON.c", "cJSON.h", "cJSON_Utils.c", "cJSON_Utils.h"],
    ),
    "express": (
        r"lib/.*\.js",
        "timeout 120 npx --no-install c8 -r lcovonly -o . npx --no-install"
        " mocha -t 20000 --require test/support/env --exit test/ test/acceptance/"
        " >log 2>&1 && mv lcov.info cov.info",
        ["lib"],
    ),
    "commander": (  # until 14.0: then the suite asks for a newer node
        r"lib/.*\.js",
        # It reads its own words, so it is given none.
        "timeout 120 npx --no-install jest >log 2>&1"
        " && mv coverage/lcov.info cov.info",
        ["lib", "index.js", "esm.mjs"],
    ),
}


def git(repository, *words):
    return subprocess.run(
        ["git", "-C", repository, *words], check=True, capture_output=True
    ).stdout


def show(repository, commit, path):
    try:
        return git(repository, "show", f"{commit}:{path}")
    except subprocess.CalledProcessError:
        return None


def is_layout(tool, path, old, new):
    with tempfile.TemporaryDirectory() as place:
        for name, data in (("old", old), ("new", new)):
            with open(f"{place}/{name}", "wb") as out:
                out.write(data)
        return not subprocess.run(
            [tool, path, f"{place}/old", f"{place}/new"]
        ).returncode


def changed_lines(repository, before, after, path):
    """Of the new version; where something was only removed, what follows."""
    lines = set()
    for line in git(
        repository, "diff", "-U0", before, after, "--", path
    ).splitlines():
        hunk = re.match(rb"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line)
        if hunk:
            start, n = int(hunk[1]), int(hunk[2] or 1)
            lines |= set(range(start, start + n)) if n else {start + 1}
    return lines


def coverage(place, path):
    """Executable lines and how often each was executed."""
    counts, mine = {}, False
    for line in open(f"{place}/cov.info"):
        if line.startswith("SF:"):
            mine = line[3:].strip().endswith(path)
        elif mine and line.startswith("DA:"):
            number, count = line[3:].split(",")[:2]
            counts[int(number)] = int(count)
    return counts


def run(repository, tests, sources, kind, extra):
    """The tree of one commit with the sources of another; None: not passed."""
    place = tempfile.mkdtemp()
    for commit, paths in ((tests, []), (sources, KINDS[kind][2])):
        tree = git(repository, "ls-tree", "--name-only", commit).decode()
        there = [p for p in paths if p.split("/")[0] in tree.split()]
        if paths and not there:
            continue
        archive = git(repository, "archive", commit, *there)
        subprocess.run(["tar", "-x", "-C", place], input=archive, check=True)
    if extra:
        os.symlink(extra, f"{place}/node_modules")
    done = subprocess.run(
        KINDS[kind][1], shell=True, cwd=place, capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    good = done.returncode == 0 and os.path.exists(f"{place}/cov.info")
    if not good:
        shutil.rmtree(place)
    return place if good else None


def main():
    tool, kind, repository = sys.argv[1:4]
    commits = int(sys.argv[4]) if len(sys.argv) > 4 else 200
    extra = os.environ.get("NODE_MODULES")
    pattern = re.compile(KINDS[kind][0])
    sample = {"click": "a.py", "cjson": "a.c"}.get(kind, "a.js")
    if not is_layout(tool, sample, b"", b"\n"):
        sys.exit(f"{tool} finds no grammar: set OHBUILD_LANGUAGES")
    count = dict.fromkeys(
        ("commits", "targets", "layout", "holds", "not executed", "fails",
         "not to be judged", "new"), 0
    )
    for commit in git(
        repository, "log", "--first-parent", f"-{commits}", "--format=%H"
    ).decode().split():
        count["commits"] += 1
        changed = [
            path
            for path in git(
                repository, "diff", "--name-only", f"{commit}^", commit
            ).decode().splitlines()
            if pattern.fullmatch(path)
        ]
        rest = []
        for path in changed:
            old = show(repository, f"{commit}^", path)
            new = show(repository, commit, path)
            if new is None:
                continue
            count["targets"] += 1
            if old is None:
                count["new"] += 1
            elif is_layout(tool, path, old, new):
                count["layout"] += 1
            else:
                rest.append(path)
        if len(sys.argv) > 5:
            continue
        place = rest and run(repository, f"{commit}^", commit, kind, extra)
        for path in rest:
            if place:
                lines = changed_lines(repository, f"{commit}^", commit, path)
                seen = coverage(place, path)
                executable = lines & seen.keys()
                bad = executable and not any(seen[i] for i in executable)
                count["not executed" if bad else "holds"] += 1
                continue
            before = run(repository, f"{commit}^", f"{commit}^", kind, extra)
            count["fails" if before else "not to be judged"] += 1
            shutil.rmtree(before, ignore_errors=True) if before else None
        if place:
            shutil.rmtree(place)
        print(json.dumps(count), file=sys.stderr, flush=True)
    print(json.dumps(count))


if __name__ == "__main__":
    main()
