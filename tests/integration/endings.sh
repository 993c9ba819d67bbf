#!/usr/bin/env bash
# label: fast
# What follows from each way a run ends: whether what was written is looked at,
# the run goes on later, the target ends or the build.  The server is a
# stand-in; how runs end is from the corpus in tests/endings.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

corpus=$OHBUILD_SOURCE_DIR/tests/endings

shell_project one two <<'END_OF_YML'
version: 1
agent: {sandbox: process, timeout: 4s}
models: [{id: openai/example}]
limits: {jobs: 1}
defaults:
  validate_in: host
  validate:
    - test: sh {test} {report}
      junit: "{report}"
modules:
  - {source: src/one.sh, test: tests/one.sh}
  - {source: src/two.sh, test: tests/two.sh}
END_OF_YML
quick_agent tests/one.sh tests/two.sh

# build STATUS ENDING...: begins anew; runs end so, and the rest well.
build() {
	local want=$1 name
	shift
	rm -rf .ohbuild openhands.lock tests
	for name; do
		case $name in
		die | exit | hang | finish) echo "$name" ;;
		*) echo "$corpus/$name.json" ;;
		esac
	done >"$scratch/agent.free.endings"
	expect "$want" "$OHBUILD" -k --replay cassettes \
		--events "$scratch/events"
}

# ended TARGET VERDICT ATTEMPTS
ended() {
	jq -se "any(.event == \"target_ended\" and .target == \"tests/$1.sh\"
		and .verdict == \"$2\" and .attempt == $3)" \
		"$scratch/events" >/dev/null ||
		die "$1 did not end as $2 after $3 attempts"
}

begun() {
	jq -se "any(.event == \"target_started\" and .target == \"tests/$1.sh\")" \
		"$scratch/events" >/dev/null
}

# waits N: so often the build waited, and said so before.
waits() {
	[ "$(jq -s '[.[] | select(.event == "wait" and .duration_ms > 0)] |
		length' "$scratch/events")" = "$1" ] || die "not $1 waits"
}

say "judged, whatever the agent says of it"
for pair in "run-1.43.1-finish run-1.43.1-stuck" \
	"run-1.43.1-iterations anthropic-history"; do
	# shellcheck disable=SC2086 # two words
	build 0 $pair
	ended one ok 1
	ended two ok 1
	waits 0
done

say "the same attempt again, after a while that is announced"
build 0 run-1.43.1-rate finish run-1.21.0-busy
ended one ok 1
ended two ok 1
waits 2

say "a sandbox that does not open is opened once more, one that dies again"
build 0 exit die
ended one ok 1
waits 2
build 4 exit exit
ended one infra 1
ended two ok 1
waits 1
has "no server today"

say "the target ends, the build goes on"
build 4 azure-filter server-bug
ended one infra 1
ended two infra 1
has "policy: "
has "add another model"
build 4 hang
has "no answer of a model"
ended one infra 1
ended two ok 1

say "the build ends"
build 4 anthropic-credit
ended one infra 1
if begun two; then die "a quota did not end the build"; fi
has "quota: "
build 3 vllm-tools
ended one config 1
if begun two; then die "a wrong model did not end the build"; fi
build 130 server-paused
if begun two; then die "an interrupt did not end the build"; fi

say "an agent that was answered and does not end is judged"
quick_agent
for name in one two; do
	cassette "tests/$name.sh" <<<'finish answered'
done
mv "$scratch/agent.free.endings" "$scratch/agent.endings"
rm -rf .ohbuild openhands.lock tests
echo hang >"$scratch/agent.endings"
expect 0 "$OHBUILD" --replay cassettes --events "$scratch/events"
ended one ok 1

say passed
