#!/usr/bin/env bash
# label: soak
# label: busy
# A real agent-server that has come far: each thing that a provider does to
# one request then, and the run goes on; and one whose money runs out, which
# ends alone.  OHB_SOAK=full waits as long as a build does by itself.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

turns=40
[ "${OHB_SOAK:-}" = full ] || export OHBUILD_HOLD=10
export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
mkdir "$scratch/provider"
python3 "$tools/provider.py" "$scratch/project/cassettes" "$PROVIDER_KEY" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"
url=http://127.0.0.1:$(cat "$scratch/provider/port")/v1

model() { # NAME INPUT OUTPUT: prices
	printf '  - id: openai/%s\n    key: PROVIDER_KEY\n' "$1"
	printf '    base_url: %s\n    max_output_tokens: 100\n' "$url"
	printf '    price: {input: %s, output: %s}\n' "$2" "$3"
}

# ended TARGET VERDICT WORDS: in its first attempt.
ended() {
	jq -se "any(.event == \"target_ended\" and .target == \"tests/$1.sh\" and
		.attempt == 1 and .verdict == \"$2\" and
		(.text | contains(\"$3\")))" "$scratch/events" >/dev/null ||
		die "$1 did not end as $2 with '$3': $(grep "_ended.*$1" \
			"$scratch/events")"
}

# asked MODEL: how many requests there were for it.
asked() {
	jq -s "map(select(.body.model == \"$1\")) | length" \
		"$scratch/provider/requests"
}

# Of `dear` each request costs 2 and a little for its answer, and the first is
# thought to cost up to 5: three are paid by 7, not four.
shell_project far poor < <(
	printf 'version: 1\nagent: {image: "AGENT_IMAGE", pull: never}\n'
	printf 'models:\n'
	model main 0.01 0.02
	model spare 0.01 0.02
	model dear 100 200
	cat <<-'END'
		limits: {attempts: 2, jobs: 2, budget: {target: 7}}
		defaults:
		  validate:
		    - test: sh {test} {report}
		      junit: "{report}"
		modules:
		  - source: src/far.sh
		    test: tests/far.sh
		    models: [openai/main, openai/spare]
		  - source: src/poor.sh
		    test: tests/poor.sh
		    models: [openai/dear]
	END
)
good_test "$scratch/good"
echo 'exit 1 # not done' >"$scratch/begun"
{
	for turn in $(seq "$turns"); do echo "think of $turn"; done
	# Here the server asks for a summary of what was long ago.
	echo 'cut text half of the story so far'
	echo 'text the story so far'
	echo 'raw <html>we are moving house</html>'
	echo 'think of a house'
	echo 'status 200 {"id":"a","object":"chat.completion","choices":[]}'
	echo 'run echo many choices'
	echo 'status 504 {"error":{"message":"upstream timed out"}}'
	echo 'think of streams'
	echo 'after 1 status 429 {"error":{"message":"Rate limit reached"}}'
	echo 'think what a 429 means'
	echo 'status 503 {"error":{"message":"the machine is on fire"}}'
} | cassette main
{
	echo 'think who else there is'
	echo "create tests/far.sh $scratch/good"
	echo 'finish done'
} | cassette spare
{
	echo "create tests/poor.sh $scratch/begun"
	for turn in $(seq 9); do echo "think of $turn"; done
} | cassette dear
sed -i 's/"prompt_tokens": 1000,/"prompt_tokens": 20000,/' cassettes/dear.jsonl

say "after $turns turns: each fault, another model, no money"
expect 5 "$OHBUILD" -k --events "$scratch/events"
has '1 made, 1 failed'
only_wrote tests/far.sh
no_leftovers

say "the run went on, and knows all that it did"
has "model 'openai/main' does not work (HTTP 503: the machine is on fire)"
# Its good turns, a request for each fault, and those that met the fire.
[ "$(asked main)" -gt $((turns + 11)) ] ||
	die "main was asked $(asked main) times"
[ "$(asked spare)" = 3 ] || die "spare was asked $(asked spare) times"
[ "$(jq -s 'map(select(.body.model != "dear" and .body.tools and
	all(.body.messages[]; .role != "assistant"))) | length' \
	"$scratch/provider/requests")" = 1 ] || die "it began anew"
jq -s 'map(select(.body.model == "spare")) | last | .body.messages' \
	"$scratch/provider/requests" >"$scratch/last"
for words in 'the story so far' "of $turns" 'of a house' 'many choices' \
	'of streams' 'what a 429 means' 'who else there is'; do
	grep -q "$words" "$scratch/last" || die "'$words' is forgotten"
done
ended far ok ''

say "what had no money left ended alone, below its limit"
ended poor budget "the target's budget of \$7.00: \$6.0"
[ "$(asked dear)" = 3 ] || die "dear was asked $(asked dear) times"
[ "$(sqlite3 -readonly .ohbuild/state.db "SELECT sum(nano_usd) < 7e9, sum(open)
	FROM spend WHERE target = 'tests/poor.sh'")" = "1|0" ] ||
	die "more was spent than there was"
expect 0 "$OHBUILD" restore tests/poor.sh@1
cmp tests/poor.sh "$scratch/begun" || die "what it wrote is lost"
say passed
