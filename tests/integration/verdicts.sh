#!/bin/bash
# label: fast
# Each verdict, brought about; its text, its JSON and the exit status are
# those that the section VERDICTS of ohbuild(1) shows.
# shellcheck source=tests/integration/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir -p "$scratch/project/src" "$scratch/project/tests" "$scratch/bin"
cd "$scratch/project"
ln -s "$OHBUILD" "$scratch/bin/ohbuild"
export PATH="$scratch/bin:$PATH"

cat >openhands.yml <<'END'
version: 1
models:
  - id: openai/example
    key: EXAMPLE_KEY
agent:
  sandbox: process
defaults:
  guard: {no-test: off}
  validate_in: host
  validate:
    - test: "! grep wrong {test}"
modules:
  - name: core
    source: src/{name}.c
    test: tests/test_{name}.c
    exclude: [src/queue.c]
  - name: queue
    source: src/queue.c
    test: tests/test_queue.c
    inputs: [tests/test_ring.c]
END

# A test that somebody wrote is judged as it stands and recorded: no agent.
for name in ring queue old; do
	printf 'int %s;\n' $name >src/$name.c
	printf 'test %s\n' $name >tests/test_$name.c
done
printf 'int heap;\n' >src/heap.c
expect 0 ohbuild tests/test_ring.c tests/test_queue.c tests/test_old.c

# shows VERDICT: runs what the manual shows for it and compares.
shows() {
	python3 - "$OHBUILD_SOURCE_DIR/docs/man/ohbuild.1" "$1" <<'PYTHON' ||
import re
import subprocess
import sys

manual, verdict = sys.argv[1:]
with open(manual, encoding="utf-8") as file:
    text = file.read()
section = text[text.index("\n.Sh VERDICTS"):]
section = section[: section.index("\n.Sh ", 1)]
item = section[section.index(f"\n.It Sy {verdict}\n"):]
block = re.search(r"\.Bd -literal\n(.*?)\.Ed\n", item, re.S).group(1)
block = re.sub(r"\\e\n\t", "", block)
commands = re.findall(r'^\$ (.*)\n((?:(?![$"]).*\n)*)', block, re.M)
fragments = re.findall(r'^".*', block, re.M)
assert len(commands) == 2 and len(fragments) == 1, block
for command, want in commands:
    got = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False
    )
    if got.stdout + got.stderr != want:
        sys.exit(f"{command}: prints\n{got.stdout}{got.stderr}not\n{want}")
answer = subprocess.run(
    ["ohbuild", "status", "--json"], capture_output=True, text=True, check=True
)
if fragments[0] not in answer.stdout:
    sys.exit(f"not in the JSON: {fragments[0]}\n{answer.stdout}")
PYTHON
		die "the manual is not true of '$1'"
	say "$1"
}

shows 'never built'
shows fresh
printf 'int more;\n' >>src/ring.c
shows stale
expect 0 ohbuild why tests/test_ring.c
has '+int more;'
printf 'int ring;\n' >src/ring.c
mv tests/test_ring.c "$scratch/kept"
shows missing
printf 'by hand\n' >tests/test_ring.c
shows edited
expect 0 ohbuild why tests/test_ring.c
has '    -test ring'
has '    +by hand'
printf 'int more;\n' >>src/ring.c
expect 0 ohbuild status tests/test_ring.c
has 'was changed by hand, and src/ring.c changed'
printf 'int ring;\n' >src/ring.c
printf 'wrong\n' >tests/test_ring.c
expect 2 ohbuild tests/test_ring.c
shows 'failed before'
shows blocked
mv "$scratch/kept" tests/test_ring.c
rm src/old.c
shows orphan
