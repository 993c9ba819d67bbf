#!/usr/bin/env bash
# A hostile agent leaves what it can, in the project and around it; the judge
# looks for each of these things and sees none.  That the agent itself sees them
# all is what the judge's word is worth.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
engine=${DOCKER_HOST:-}
export OHB_TEST_API_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx

# hostile_project: openhands.yml from stdin, the harness, plant.sh and check.sh
hostile_project() {
	local file
	shell_project a
	cp "$tools"/isolation/*.sh .
	echo 'value = 1' >unit.py
	for file in Makefile pytest.ini pyproject.toml CMakeLists.txt AGENTS.md; do
		echo '# the project' >"$file"
	done
	echo '{}' >package.json
	printf '/cassettes/\n__pycache__/\nbuild/\nseen.xml*\n' >.gitignore
	sha256sum Makefile pytest.ini pyproject.toml package.json \
		CMakeLists.txt AGENTS.md check.sh .gitignore unit.py >sums
	mkdir tests
	touch tests/.keep
	git add -f .
	git -c user.name=t -c user.email=t@localhost commit -qm harness
}

cases() { # FILE WHAT: those that were seen (failure), or all (testcase)
	python3 - "$1" "$2" <<'END'
import re
import sys

text = open(sys.argv[1], encoding="utf-8", errors="replace").read()
for case in re.findall(r'<testcase name="([^"]*)">(\s*<failure)?', text):
    if sys.argv[2] == "all" or case[1]:
        print(case[0])
END
}

# What the judge must not see, and the agent does; "all" is every case.
agree() { # WHERE SEEN-BY-AGENT SEEN-BY-JUDGE ALL UNHELD
	local blind
	blind=$(comm -13 <(sort "$2") <(sort "$4"))
	[ -z "$blind" ] || die "$1: the agent itself does not see: $blind"
	[ "$(sort "$3")" = "$(printf '%s' "$5" | tr ' ' '\n' | sort)" ] ||
		die "$1: the judge sees: $(tr '\n' ' ' <"$3")"
}

cat >"$scratch/yml" <<END
version: 1
agent: AGENT
models: [{id: openai/example, key: OHB_TEST_API_KEY}]
limits: {attempts: 1}
modules:
  - source: src/a.sh
    test: tests/a.test
    prompt: |
      make tests/a.sh
    JUDGE
      - sabotage: off
      - repeat: 1
END
plant='cp check.sh look.sh; sh plant.sh; sh look.sh'

say "on this machine: folder, home and environment are kept apart"
sed "s|AGENT|{sandbox: process, image: none/such, pull: never}|
s|    JUDGE|    validate_in: host\\
    validate:\\
      - test: sh check.sh {report}; cp {report} $scratch/host.xml\\
        junit: '{report}'|" "$scratch/yml" >"$scratch/openhands.yml"
hostile_project <"$scratch/openhands.yml"
quick_agent one
sed 's|"one"|"tests/a.test"|' cassettes/one.jsonl >cassettes/tests__a.test.jsonl
printf '%s "%s" || true\n' "$plant" "$scratch/agent.xml" >"$scratch/agent.free"
sed -i "s|\"$scratch/agent\"|\"$scratch/agent.free\"|" "$scratch/agent-server"
expect 2 "$OHBUILD" --replay cassettes
has "NO ISOLATION"
has "the agent also wrote"
cases "$scratch/agent.xml" seen >"$scratch/agent.seen"
cases "$scratch/agent.xml" all >"$scratch/all"
cases "$scratch/host.xml" seen >"$scratch/host.seen"
# What no process on one machine can be kept from; the key is ohbuild's own.
agree host "$scratch/agent.seen" "$scratch/host.seen" "$scratch/all" \
	"key library network process shared-memory tmp"
rm -f /tmp/planted* /dev/shm/planted

say "in two containers: nothing of it"
unset DOCKER_HOST
[ -z "$engine" ] || export DOCKER_HOST="$engine"
rm -rf "$scratch/project"
count=$(wc -l <"$scratch/all")
sed "s|AGENT|{image: AGENT_IMAGE, pull: never}|
s|    JUDGE|    validate:\\
      - test: sh check.sh {report}\\
        junit: '{report}'\\
        min: $count|" "$scratch/yml" >"$scratch/openhands.yml"
hostile_project <"$scratch/openhands.yml"
cassette tests/a.test <<END
run $plant /tmp/seen.xml
finish written
END
expect 0 "$OHBUILD" --replay cassettes
has "the agent also wrote"
expect 0 "$OHBUILD" log -v tests/a.test
grep -o 'SEEN [A-Za-z.-]*' "$scratch/out" | cut -d' ' -f2 | sort -u \
	>"$scratch/agent.seen" || true
: >"$scratch/none"
agree containers "$scratch/agent.seen" "$scratch/none" "$scratch/all" ""
no_leftovers
say passed
