#!/usr/bin/env bash
# label: fast
#
# Budgets: with real requests of a stand-in agent to a provider in a script.
# shellcheck source-path=SCRIPTDIR
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
mkdir "$scratch/provider" "$scratch/cassettes"
python3 "$tools/provider.py" "$scratch/cassettes" "$PROVIDER_KEY" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"

# A request has about 2.2 thousand tokens at most, and 100 of an answer: 0.24
# at these prices.  It costs what the provider says: 0.05 to 0.20.
settings() { # LIMITS [PRICE]
	cat <<-END
		version: 1
		agent: {sandbox: process, image: none/such, pull: never}
		models:
		  - id: local/example
		    key: PROVIDER_KEY
		    base_url: http://127.0.0.1:$(cat "$scratch/provider/port")/v1
		    max_output_tokens: 100
		    ${2-price: {input: 100, output: 200\}}
		limits: {attempts: 1, jobs: 1, $1}
		modules:
		  - source: src/{name}.sh
		    test: tests/{name}.sh
		    on_change: regenerate
		    validate:
		      - test: sh {test} {report}
		        junit: "{report}"
	END
}

answers() { # USD...: what each answer costs; the last one for ever
	local usd
	echo '{"cassette":1}'
	for usd; do
		printf '{"status":200,"headers":{},"body":{"choices":[{"message":{"role":"assistant","content":"ok"}}],"usage":{"prompt_tokens":50,"completion_tokens":5,"cost":%s}}}\n' "$usd"
	done
}

asked() {
	wc -l <"$scratch/provider/requests" 2>/dev/null || echo 0
}

sql() {
	sqlite3 -readonly .ohbuild/state.db "$1"
}

change() { # every test is stale
	local source
	for source in src/*.sh; do printf '#\n' >>"$source"; done
}

is() { # WHAT GOT WANT
	[ "$2" = "$3" ] || die "$1: $2, not $3"
}

shell_project a b c d e < <(settings 'budget: {build: 0.5}')
answers 0.10 >"$scratch/cassettes/example.jsonl"
# shellcheck disable=SC2119 # it asks the provider
quick_agent

say "the build ends before the request that could pass its budget"
expect 5 "$OHBUILD"
has "the build's budget of \$0.50: \$0.30 is spent, and the next request may cost"
has "to go on, run ohbuild again"
has "3 made, 1 failed, 1 not run"
is messages "$(grep -c "the build's budget" "$scratch/err")" 1
is requests "$(asked)" 3
is spent "$(sql 'SELECT sum(nano_usd), sum(open) FROM spend')" "300000000|0"
only_wrote tests/a.sh tests/b.sh tests/c.sh

say "the next build goes on; --budget goes before the file"
expect 5 "$OHBUILD" --budget 0.1
has "the build's budget of \$0.10: \$0.00 is spent"
is requests "$(asked)" 3
expect 0 "$OHBUILD" --budget=5
has "2 made"
is requests "$(asked)" 5
expect 3 "$OHBUILD" --budget -1
has "not an amount of USD"

say "many at once: no more is spent than there is"
settings 'budget: {build: 0.6}' | judged_once >openhands.yml
change
expect 5 "$OHBUILD" -k -j5
has "4 made, 1 failed"
is requests "$(asked)" 9
change

say "a target's budget ends it alone"
settings 'budget: {target: 0.2}' | judged_once >openhands.yml
expect 5 "$OHBUILD"
has "the target's budget of \$0.20"
has "0 made, 5 failed"
is requests "$(asked)" 9

say "a day's budget counts what other builds have spent"
settings 'budget: {day: 1.25}' | judged_once >openhands.yml
expect 5 "$OHBUILD"
has "the day's budget of \$1.25: \$1.10 is spent"
has "2 made, 1 failed, 2 not run"
is requests "$(asked)" 11
change

say "also what was killed, at the most it may have cost"
settings 'budget: {day: 1.95}' | judged_once >openhands.yml
export OHBUILD_FAILPOINT=spend-save-done
# shellcheck disable=SC2153 # of the environment
expect 137 "$OHBUILD_FAILPOINTS" tests/a.sh
unset OHBUILD_FAILPOINT
is row "$(sql 'SELECT open, nano_usd > 230000000 FROM spend WHERE open')" "1|1"
expect 0 "$OHBUILD" log tests/a.sh
has abandoned
has "at most \$0."
expect 5 "$OHBUILD"
has "the day's budget of \$1.95: \$1.7"
has "3 made, 1 failed, 1 not run"
is requests "$(asked)" 14
is open "$(sql 'SELECT sum(open) FROM spend')" 0
expect 0 "$OHBUILD" log --json tests/a.sh

say "an answer that is cut off is paid as if it had come"
settings 'budget: {build: 0.45}' | judged_once >openhands.yml
printf '%s\n' '{"cassette":1}' \
	'{"status":504,"headers":{"retry-after-ms":"1"},"body":{}}' \
	>"$scratch/cassettes/example.jsonl"
expect 5 "$OHBUILD" -B tests/a.sh
has "the build's budget of \$0.45: \$0.2"
is requests "$(asked)" 15

say "without a price there is no budget"
settings 'budget: {day: 9}' '' | judged_once >openhands.yml
expect 3 "$OHBUILD" -B
has "the price of model 'local/example' is not known"
has "add 'price: {input: ..., output: ...}'"
settings 'attempts: 1' '' | sed 's/attempts: 1, jobs/jobs/' | judged_once >openhands.yml
expect 3 "$OHBUILD" -B --budget 1
is requests "$(asked)" 15

say "a replay costs nothing"
settings 'budget: {build: 0}' | judged_once >openhands.yml
for name in a b c d e; do cassette "tests/$name.sh" <<<'finish written'; done
change
expect 0 "$OHBUILD" --replay cassettes
has "5 made"
is requests "$(asked)" 15

say "two builds at once have one day"
answers 0.10 >"$scratch/cassettes/example.jsonl"
change
before=$(asked)
limit=$(sql 'SELECT printf("%.9f", sum(nano_usd) / 1e9 + 0.55) FROM spend')
settings "budget: {day: $limit}" | judged_once >openhands.yml
builds=()
for build in 1 2; do
	"$OHBUILD" -k -j5 >"$scratch/out.$build" 2>&1 </dev/null &
	builds+=($!)
done
children+=("${builds[@]}")
for build in "${builds[@]}"; do
	status=0
	wait "$build" || status=$?
	is "status of one of two" "$status" 5
done
is "what was spent" "$(sql "SELECT sum(nano_usd) <= $limit * 1e9, sum(open) \
	FROM spend")" "1|0"
is "requests of both" "$(($(asked) - before))" 4
