#!/usr/bin/env bash
# label: soak
# Each folder of tests/judge is a test that the judge is to accept, or to
# reject by a named step; tests/judge/README.md says what is in it.  All of them
# are targets of one project.  Prints who was accepted and who was rejected by
# which step; fails on a false accept, on a reject by another step and on a
# false reject that its `expect` does not explain.
#
# With OHB_SOAK=full the judge has a container for each, with eight mutants and
# five runs; else it works on this machine and leaves out part of what is slow.
# By hand: fixtures.sh 'c_weak' 'python_ok_*' judges those alone, all of them.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
fixtures=$OHBUILD_SOURCE_DIR/tests/judge
only=$*
: "${OHB_SOAK:=short}"

mkdir -p "$scratch/project"
cd "$scratch/project"
if [ "$OHB_SOAK" = full ]; then
	place="{image: '${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}'}"
	repeat=5
else
	place=host
	repeat=2
fi

# Those that take a run of the test or more: every tenth.
seen=0
left_out() { # NAME
	[ "$OHB_SOAK" != full ] && [ -z "$only" ] || return 1
	[ -e "$fixtures/$1/agent" ] ||
		! grep -qE '^reject (scope|guard|lint|build)' \
			"$fixtures/$1/expect" || return 1
	seen=$((seen + 1))
	[ $((seen % 10)) != 1 ]
}

module() { # NAME: the part of openhands.yml
	local files=("$fixtures/$1/module.yml") runs=$repeat
	[ -e "${files[0]}" ] || files=("$fixtures/base/${1%%_*}/module.yml")
	[ ! -e "$fixtures/$1/steps.yml" ] || files+=("$fixtures/$1/steps.yml")
	! grep -q '^reject repeat' "$fixtures/$1/expect" || runs=5
	printf '  - name: %s\n' "$1"
	printf '    workspace: [%s/**]\n    prompt: |\n      make tests/%s.sh\n' "$1" "$1"
	[ ! -e "$fixtures/$1/agent" ] || printf '    edited: overwrite\n'
	sed "s/@NAME@/$1/g" "${files[@]}"
	grep -q -- '- sabotage:' "${files[@]}" ||
		printf '      - sabotage: {mutants: 8, min_killed: 1}\n'
	printf '      - repeat: %s\n' "$runs"
}

files() { # NAME: puts them into the project
	cp -R "$fixtures/base/${1%%_*}" "$1"
	cp -R "$fixtures/$1/." "$1"
	rm -f "$1/expect" "$1/module.yml" "$1/steps.yml" "$1/agent" "$1/setup"
	[ ! -e "$fixtures/$1/setup" ] ||
		(cd "$1" && sh -eu "$fixtures/$1/setup")
}

touch "$scratch/names" "$scratch/standing" "$scratch/acting"
cat >openhands.yml <<END
version: 1
agent: {sandbox: process, image: none/such, pull: never}
models: [{id: openai/example, key: NO_SUCH_KEY}]
limits: {attempts: 1}
defaults: {validate_in: $place}
modules:
END
# shellcheck disable=SC2086 # patterns
for name in $(cd "$fixtures" && printf '%s\n' ${only:-*_*}); do
	if left_out "$name"; then
		printf '%s left-out\n' "$name" >>"$scratch/names"
	else
		printf '%s judged\n' "$name" >>"$scratch/names"
		files "$name"
		module "$name" >>openhands.yml
		kind=standing
		[ ! -e "$fixtures/$name/agent" ] || kind=acting
		printf '%s\n' "$name" >>"$scratch/$kind"
	fi
done
rm -f -- */module.yml
printf 'build/\n__pycache__/\n/cassettes/\n' >.gitignore
git init -q
git add .
git -c user.name=t -c user.email=t@localhost commit -qm start

got=0
mapfile -t modules <"$scratch/standing"
"$OHBUILD" validate -j 2 -k --json "${modules[@]}" >"$scratch/answer" \
	2>"$scratch/err" </dev/null || got=$?
[ "$got" = 2 ] || [ -n "$only" ] ||
	die "status $got: $(tail -n 20 "$scratch/err")"

# Where the agent's doing is what is judged, a stand-in does what the fixture's
# script says.
act() {
	local got=0 engine=${DOCKER_HOST:-}
	quick_agent one
	cat >"$scratch/agent.free" <<-END
		name=\${1##*/}
		cd "\${name%.sh}"
		sh -eu "$fixtures/\${name%.sh}/agent"
	END
	sed -i "s|\"$scratch/agent\"|\"$scratch/agent.free\"|" \
		"$scratch/agent-server"
	if [ "$OHB_SOAK" = full ]; then
		unset DOCKER_HOST
		[ -z "$engine" ] || export DOCKER_HOST="$engine"
	fi
	mapfile -t modules <"$scratch/acting"
	"$OHBUILD" list --json "${modules[@]}" | jq -r '.targets[].name' |
		while read -r test; do
			sed "s|\"one\"|\"$test\"|" cassettes/one.jsonl \
				>"cassettes/${test//\//__}.jsonl"
		done
	"$OHBUILD" -j 2 -k --replay cassettes --events "$scratch/events" \
		"${modules[@]}" >"$scratch/out" 2>"$scratch/err" \
		</dev/null || got=$?
	[ "$got" = 2 ] || [ -n "$only" ] ||
		die "status $got: $(tail -n 20 "$scratch/err")"
}
touch "$scratch/events"
[ ! -s "$scratch/acting" ] || act
python3 "$tools/fixtures.py" "$fixtures" "$scratch/names" "$scratch/answer" \
	"$scratch/events" | tee "$(dirname "$OHBUILD")/fixtures.txt"
say passed
