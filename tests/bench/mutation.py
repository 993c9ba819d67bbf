#!/usr/bin/env python3
"""How well the default of `sabotage` agrees with whole mutation testing.

usage: mutation.py c|python OHBUILD [IMAGE]

Writes tests of graded strength for one source of examples/, has a real
mutation tool make every fault that it knows, runs each test on each of them,
and asks ohbuild for its verdict on the same tests.  Prints
one line a test, and what comes of all.  Without IMAGE the judge works on this
machine.

    python3 -m venv v && v/bin/pip install universalmutator==1.14.1 \\
        cosmic-ray==8.7.0 pytest
    PATH=$PWD/v/bin:$PATH v/bin/python tests/bench/mutation.py c build/ohbuild
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import cost

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
MUTANTS = 120  # of those that build, drawn by chance
LIMIT = 1  # seconds of one run; a fault that takes longer is noticed

# What is called, what must come of it, and what a lazy author would ask.
C_CASES = [
    ("parse", '"250ms"', "250"), ("parse", '"1h30m"', "5400000"),
    ("parse", '"2d"', "172800000"), ("parse", '"1m1s"', "61000"),
    ("parse", '"0s"', "0"), ("parse", '"90s"', "90000"),
    ("parse", '"1d2h3m4s5ms"', "93784005"), ("refuse", '""', "EINVAL"),
    ("refuse", '"1x"', "EINVAL"), ("refuse", '"1s1h"', "EINVAL"),
    ("refuse", '"99999999999999999999s"', "ERANGE"),
    ("refuse", '"18446744073709551615d"', "ERANGE"),
    ("format", "0", '"0s"'), ("format", "250", '"250ms"'),
    ("format", "5400000", '"1h30m"'), ("format", "172800000", '"2d"'),
    ("format", "61001", '"1m1s1ms"'), ("short", "5400000", "-1"),
]
C_HEAD = """#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "duration.h"
static int bad, cases;
static FILE *report;
static void check(const char *name, int good)
{
	cases++;
	fprintf(report, "<testcase name=\\"%s\\">%s</testcase>\\n", name,
			good ? "" : "<failure message=\\"wrong\\"/>");
	bad += !good;
}
int main(int argc, char **argv)
{
	uint64_t ms;
	char text[64];
	int n;
	report = argc > 1 ? fopen(argv[1], "w") : fopen("/dev/null", "w");
	if (!report)
		return 3;
	fprintf(report, "<testsuite>\\n");
"""
C_TAIL = """	fprintf(report, "</testsuite>\\n");
	fclose(report);
	return bad != 0;
}
"""


def c_case(index, case, grade):
    kind, given, want = case
    good = "1"
    if kind == "parse":
        call = f"n = duration_parse({given}, &ms);"
        good = ["1", "n <= 0", f"n == 0 && ms == {want}u"][grade]
    elif kind == "refuse":
        call = f"errno = 0; n = duration_parse({given}, &ms);"
        good = ["1", "n <= 0", f"n == -1 && errno == {want}"][grade]
    elif kind == "format":
        call = f"n = duration_format({given}, text, sizeof(text));"
        good = ["1", "n < 64", f"n > 0 && !strcmp(text, {want})"][grade]
    else:
        call = f"n = duration_format({given}, text, 3);"
        good = ["1", "n < 64", "n == -1 && !*text"][grade]
    return f'\t{call}\n\tcheck("case{index}", {good});\n'


PY_CASES = [
    ('parse("net 30")', "Terms(30)"), ('parse("NET 7 ")', "Terms(7)"),
    ('parse("2/10 net 30")', "Terms(30, 2, 10)"),
    ('parse("1/1 net 14")', "Terms(14, 1, 1)"),
    ('refused(parse, "30 net")', "True"),
    ('refused(parse, "0/10 net 30")', "True"),
    ('refused(parse, "2/30 net 30")', "True"),
    ('refused(parse, "2/31 net 30")', "True"),
    ("due(Terms(1), date(2026, 3, 2))", "date(2026, 3, 3)"),
    ("due(Terms(5), date(2026, 3, 2))", "date(2026, 3, 9)"),
    ("due(Terms(6), date(2026, 3, 2))", "date(2026, 3, 9)"),
    ("due(Terms(4), date(2026, 3, 2))", "date(2026, 3, 6)"),
    ("payable(Terms(30, 2, 10), 999, date(2026, 3, 1), date(2026, 3, 11))",
     "980"),
    ("payable(Terms(30, 2, 10), 999, date(2026, 3, 1), date(2026, 3, 12))",
     "999"),
    ("payable(Terms(30), 999, date(2026, 3, 1), date(2026, 3, 1))", "999"),
    ("refused(payable, Terms(30), 9, date(2026, 3, 2), date(2026, 3, 1))",
     "True"),
]
PY_HEAD = """from datetime import date

from invoice.terms import Terms, due, parse, payable


def refused(function, *args):
    try:
        function(*args)
    except ValueError:
        return True
    return False
"""


def py_case(index, case, grade):
    call, want = case
    lines = [f"got = {call}",
             ["assert True", "assert got is not None",
              f"assert got == {want}"][grade]]
    return (f"\n\ndef test_{index}():\n" +
            "".join(f"    {line}\n" for line in lines))


def grades(count):
    """Per test the grade of each case: 0 nothing, 1 a little, 2 all."""
    plans = [(0.0, 0.0), (0.0, 0.3), (0.0, 0.6), (0.0, 1.0), (0.04, 0.3),
             (0.06, 0.5), (0.08, 0.0), (0.1, 0.5), (0.12, 0.2), (0.15, 0.5),
             (0.2, 0.5), (0.3, 0.5), (0.4, 0.5), (0.5, 0.5), (0.6, 0.5),
             (0.7, 0.5), (0.8, 0.5), (0.85, 0.5), (0.9, 0.5), (0.95, 0.5),
             (1.0, 0.0), (0.9, 0.0), (0.8, 0.0), (0.7, 0.0)]
    for seed, (strong, weak) in enumerate(plans):
        dice = random.Random(seed)
        yield [2 if dice.random() < strong else int(dice.random() < weak)
               for _ in range(count)]


# Runs each test in a process of its own, with a limit, and prints "0" or "1".
C_RUNNER = """#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
%s
static int (*const tests[])(int, char **) = { %s };
int main(void)
{
	for (unsigned i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0) {
			alarm(%d);
			_exit(tests[i](1, NULL));
		}
		waitpid(pid, &status, 0);
		putchar(status ? '1' : '0');
		fflush(stdout);
	}
}
"""
PY_RUNNER = """
import dataclasses, datetime, os, re, runpy, signal, sys
for test in sys.argv[2:]:
    pid = os.fork()
    if pid == 0:
        signal.alarm(int(sys.argv[1]))
        status = 1
        try:
            for name, function in runpy.run_path(test).items():
                if name.startswith('test_'):
                    function()
            status = 0
        finally:
            os._exit(status)
    print(int(os.waitpid(pid, 0)[1] != 0), end='', flush=True)
"""


def row_of(*argv, cwd, env=None):
    done = subprocess.run(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True, text=True)
    return [int(c) for c in done.stdout]


class C:
    example, source, suffix = "c-check", "src/duration.c", ".c"
    test = "tests/test_%02d.c"

    def write(self, plan):
        return C_HEAD + "".join(
            c_case(i, case, grade)
            for i, (case, grade) in enumerate(zip(C_CASES, plan))) + C_TAIL

    cases = len(C_CASES)
    workspace = "['src/*', Makefile]"
    steps = ["build: make -s build/libpace.a && cc -std=c11 -Isrc -o "
             "build/t {test} build/libpace.a",
             "test: build/t {report}\n        junit: \"{report}\""]

    def mutants(self, folder, scratch):
        """universalmutator's, as whole files; not all of them compile."""
        made = scratch / "made"
        made.mkdir()
        subprocess.run(["mutate", self.source, "--mutantDir", str(made),
                        "--noCheck"],
                       cwd=folder, check=True, stdout=subprocess.DEVNULL)
        return sorted(made.glob("*.c"))

    def kills(self, folder, mutant, tests, scratch):
        if not (scratch / "runner.c").exists():
            self.compile(folder, tests, scratch)
        obj, program = scratch / "mutant.o", scratch / "mutant"
        if subprocess.run(["cc", "-std=c11", "-O1", "-Isrc", "-c", mutant,
                           "-o", obj], cwd=folder, check=False,
                          stderr=subprocess.DEVNULL).returncode:
            return None
        subprocess.run(["cc", *scratch.glob("test_*.o"),
                        scratch / "runner.c", obj, "-o", program], check=True)
        return row_of(program, cwd=scratch)

    def compile(self, folder, tests, scratch):
        names = [test.stem for test in tests]
        for test in tests:
            subprocess.run(["cc", "-std=c11", "-Isrc", f"-Dmain={test.stem}",
                            "-c", test, "-o", scratch / f"{test.stem}.o"],
                           cwd=folder, check=True)
        (scratch / "runner.c").write_text(C_RUNNER % (
            "".join(f"int {name}(int, char **);\n" for name in names),
            ", ".join(names), LIMIT))


class Python:
    example, source, suffix = "python-pytest", "invoice/terms.py", ".py"
    test = "tests/test_%02d.py"
    cases = len(PY_CASES)
    workspace = "['invoice/*']"
    steps = ["test: python3 -m pytest -q --junitxml={report} {test}\n"
             "        junit: \"{report}\""]

    def write(self, plan):
        return PY_HEAD + "".join(
            py_case(i, case, grade)
            for i, (case, grade) in enumerate(zip(PY_CASES, plan)))

    def mutants(self, folder, scratch):
        """cosmic-ray's, as whole files."""
        # pylint: disable=import-outside-toplevel,import-error
        from cosmic_ray.mutating import mutate_code
        from cosmic_ray.plugins import get_operator

        (scratch / "cfg.toml").write_text(
            f'[cosmic-ray]\nmodule-path = "{self.source}"\ntimeout = 9\n'
            'excluded-modules = []\ntest-command = "true"\n'
            '[cosmic-ray.distributor]\nname = "local"\n')
        for argv in (["init", str(scratch / "cfg.toml")], ["dump"]):
            dump = subprocess.run(
                ["cosmic-ray", *argv, str(scratch / "session.sqlite")],
                cwd=folder, check=True, capture_output=True, text=True)
        code = (folder / self.source).read_text()
        made = []
        for line in dump.stdout.splitlines():
            for one in json.loads(line)[0]["mutations"]:
                operator = get_operator(one["operator_name"])
                text = mutate_code(code, operator(**one["operator_args"]),
                                   one["occurrence"])
                if text and text != code:
                    made.append(scratch / f"mutant{len(made):04}.py")
                    made[-1].write_text(text)
        return made

    def kills(self, folder, mutant, tests, scratch):
        copy = scratch / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder / "invoice", copy / "invoice")
        shutil.copy(mutant, copy / self.source)
        env = dict(os.environ, PYTHONPATH=str(copy),
                   PYTHONDONTWRITEBYTECODE="1")
        return row_of(sys.executable, "-c", PY_RUNNER, str(LIMIT),
                      *map(str, tests), cwd=copy, env=env)


def configure(language, folder, tests, image):
    where = f"{{image: '{image}'}}" if image else "host"
    modules = "".join(f"  - source: {language.source}\n    test: {test}\n"
                      for test in tests)
    steps = "".join(f"      - {step}\n" for step in language.steps)
    (folder / "openhands.yml").write_text(
        "version: 1\nmodels: [{id: openai/example, key: NO_SUCH_KEY}]\n"
        f"agent: {{image: '{image or 'none/such'}', pull: never}}\n"
        "limits: {jobs: 1}\n"
        # What no assertion stands in is to reach the faults, too.
        "defaults:\n  guard: {tautology: off, no-assertion: off}\n"
        f"  workspace: {language.workspace}\n"
        f"  validate_in: {where}\n"
        f"  validate:\n{steps}      - sabotage: {{}}\n      - repeat: 5\n"
        f"modules:\n{modules}")
    (folder / ".gitignore").write_text("build/\n__pycache__/\n"
                                       ".pytest_cache/\n")
    for argv in (["init", "-q"], ["add", "."],
                 ["-c", "user.name=t", "-c", "user.email=t@localhost",
                  "commit", "-qm", "start"]):
        subprocess.run(["git", *argv], cwd=folder, check=True)


def main():
    language = {"c": C, "python": Python}[sys.argv[1]]()
    ohbuild = str(pathlib.Path(sys.argv[2]).resolve())
    image = sys.argv[3] if len(sys.argv) > 3 else None
    scratch = pathlib.Path(tempfile.mkdtemp())
    folder = scratch / "project"
    shutil.copytree(EXAMPLES / language.example, folder,
                    ignore=shutil.ignore_patterns("tests", "cassettes*"))
    (folder / "tests").mkdir()
    names = []
    for i, plan in enumerate(grades(language.cases)):
        names.append(language.test % i)
        (folder / names[-1]).write_text(language.write(plan))
    configure(language, folder, names, image)
    tests = [folder / name for name in names]
    made = language.mutants(folder, scratch)
    random.Random(1).shuffle(made)
    work = scratch / "work"
    work.mkdir()
    results = []
    for mutant in made:
        if len(results) == MUTANTS:
            break
        row = language.kills(folder, mutant, tests, work)
        if row is not None:
            results.append(row)
    without = cost.verdicts_without(ohbuild, folder)
    steps = cost.verdicts(ohbuild, folder)
    report(names, results, len(made), without, steps)
    shutil.rmtree(scratch)


def report(names, results, made, without, steps):
    weak = {True: 0, False: 0}
    strong = {True: 0, False: 0}
    costs = cost.Costs()
    print(f"{len(results)} of {made} faults were run")
    for i, name in enumerate(names):
        score = 100 * sum(row[i] != 0 for row in results) / len(results)
        own = steps.get(name, {})
        accepted = cost.is_accepted(own)
        if score < 20:
            weak[accepted] += 1
        if score > 60:
            strong[accepted] += 1
        print(f"{name}: {score:3.0f} %  {costs.add(without[name], own)}  "
              f"{(own.get('sabotage', {}).get('text') or '')[:60]!r}")
    print(f"score < 20 %: {weak[False]} of {weak[False] + weak[True]} "
          "rejected")
    print(f"score > 60 %: {strong[False]} of {strong[False] + strong[True]} "
          "rejected")
    costs.print()


if __name__ == "__main__":
    main()
