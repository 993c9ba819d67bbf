#!/usr/bin/env python3
r"""How many changed targets would need an agent.

OHBUILD_LANGUAGES=BUILD/languages tests/bench/revalidate.py \\
        BUILD/ohbuild BUILD/tests/bench_layout KIND REPOSITORY [COMMITS [layout]]

Of the last COMMITS (200) commits of a repository's main line, each source
file that changed is a target whose key changed.  It needs no agent when
nothing that is executed changed (bench_layout says, by the comparison of
ohbuild), or when ohbuild, with its defaults but one run, on this machine,
lets the tests of the commit before stand for the new sources: they pass,
execute the lines that changed and notice a fault there.  The test of a target
is the whole suite.  What it does not let stand although they pass is counted
as weak; what did not pass before either apart.  With a sixth word only the
first comparison is made.  KIND is one of those below; its tools must be
there, with NODE_MODULES where it is Node's.  REPOSITORY is a git repository
that is only read.
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
    "pyjwt": (
        r"jwt/[^/]*\.py",
        "PYTHONPATH=. timeout 120 python3 -m coverage run --source=jwt -m pytest"
        " -q -x -p no:cacheprovider tests && python3 -m coverage lcov -o cov.info",
        ["jwt"],
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


IGNORED = """
/log
/cov.info
/b/
/node_modules
/coverage/
/.coverage*
__pycache__/
.ohbuild/
"""


def git_in(place, *words):
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *words],
        cwd=place, check=True, capture_output=True,
    )


def put(repository, commit, paths, place):
    tree = git(repository, "ls-tree", "--name-only", commit).decode().split()
    there = [path for path in paths if path.split("/")[0] in tree]
    if not paths or there:
        archive = git(repository, "archive", commit, *there)
        subprocess.run(["tar", "-x", "-C", place], input=archive, check=True)


def holds(ohbuild, repository, commit, path, kind, extra):
    """Whether ohbuild keeps the old tests for the new source."""
    place = tempfile.mkdtemp()
    put(repository, f"{commit}^", [], place)
    command = KINDS[kind][1]
    if extra:
        command = f"ln -sfn {extra} node_modules && " + command
    with open(f"{place}/.gitignore", "a") as out:
        out.write(IGNORED)
    with open(f"{place}/suite.txt", "w") as out:
        out.write("the whole suite\n")
    with open(f"{place}/openhands.yml", "w") as out:
        json.dump({
            "version": 1,
            "agent": {"sandbox": "process"},
            "models": [{"id": "openai/example", "key": "NO_SUCH_KEY"}],
            "modules": [{
                "name": "suite", "source": path, "test": "suite.txt",
                "workspace": ["**"], "validate_in": "host",
                "validate": [
                    {"test": command, "timeout": "300s"},
                    {"coverage": "cp cov.info {report}", "lcov": "{report}"},
                    {"sabotage": {}},
                    {"repeat": 1},
                ],
            }],
        }, out)
    git_in(place, "init", "-q")
    git_in(place, "add", "-A")
    git_in(place, "commit", "-qm", "before")
    subprocess.run([ohbuild, "adopt", "suite.txt"], cwd=place, check=False,
                   capture_output=True)
    put(repository, commit, KINDS[kind][2], place)
    done = subprocess.run([ohbuild, "--events", f"{place}/.ohbuild/events"],
                          cwd=place, capture_output=True, text=True)
    print(commit[:8], path, done.stdout + done.stderr, file=sys.stderr)
    shutil.rmtree(place)
    return done.returncode == 0


def passes(repository, tests, sources, kind, extra):
    """Whether the tests of one commit pass with the sources of another."""
    place = tempfile.mkdtemp()
    put(repository, tests, [], place)
    put(repository, sources, KINDS[kind][2], place)
    if extra:
        os.symlink(extra, f"{place}/node_modules")
    done = subprocess.run(
        KINDS[kind][1], shell=True, cwd=place, capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    good = done.returncode == 0 and os.path.exists(f"{place}/cov.info")
    shutil.rmtree(place)
    return good


def main():
    ohbuild, tool, kind, repository = sys.argv[1:5]
    ohbuild = os.path.abspath(ohbuild)
    commits = int(sys.argv[5]) if len(sys.argv) > 5 else 200
    extra = os.environ.get("NODE_MODULES")
    pattern = re.compile(KINDS[kind][0])
    sample = {"cjson": "a.c", "express": "a.js"}.get(kind, "a.py")
    if not is_layout(tool, sample, b"", b"\n"):
        sys.exit(f"{tool} finds no grammar: set OHBUILD_LANGUAGES")
    count = dict.fromkeys(
        ("commits", "targets", "layout", "holds", "weak", "fails",
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
        if len(sys.argv) > 6:
            continue
        good = rest and passes(repository, f"{commit}^", commit, kind, extra)
        for path in rest:
            if good and holds(ohbuild, repository, commit, path, kind, extra):
                count["holds"] += 1
            elif good:
                count["weak"] += 1
            else:
                count["fails" if passes(repository, f"{commit}^",
                                        f"{commit}^", kind, extra)
                      else "not to be judged"] += 1
        print(json.dumps(count), file=sys.stderr, flush=True)
    print(json.dumps(count))


if __name__ == "__main__":
    main()
