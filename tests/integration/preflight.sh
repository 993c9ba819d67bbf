#!/usr/bin/env bash
# label: fast
# Models are tried before a build: what is wrong with one costs no container,
# what may pass is a warning, and what answered today is not asked again.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export OHBUILD_HOLD=4
export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
key=$PROVIDER_KEY

mkdir "$scratch/provider"
python3 "$tools/provider.py" "$scratch/project/cassettes" "$key" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"
port=$(cat "$scratch/provider/port")

# config MODEL...: every target may ask all of them.
config() {
	local name
	printf 'version: 1\nagent: {sandbox: process}\nmodels:\n'
	for name; do
		printf '  - id: openai/%s\n    key: PROVIDER_KEY\n' "$name"
		printf '    base_url: http://127.0.0.1:%s/v1\n' "$port"
		printf '    price: {input: 1000, output: 1000}\n'
	done
	cat <<-'END'
		defaults:
		  validate_in: host
		modules:
		  - source: src/{name}.sh
		    test: tests/{name}.sh
		    validate:
		      - test: sh {test} {report}
		        junit: "{report}"
	END
}

tried() { # how many requests only tried a model
	touch "$scratch/provider/tiny"
	wc -l <"$scratch/provider/tiny"
}

# tiny MODEL: reads what it answers to one that tries it, as `cassette`.
tiny() {
	cassette "$1.tiny"
}

untouched() {
	only_wrote
	hasnt 'attempt 1'
	[ ! -e "$scratch/provider/requests" ] || die "an agent was started"
}

config first second | judged_once >"$scratch/yml"
shell_project one two <"$scratch/yml"
cassette first <<<'text done'
cassette second <<<'text done'
# shellcheck disable=SC2119 # without targets it asks a model
quick_agent

say "wrong keys end the build in one message"
for name in first second; do
	tiny $name <<-END
		status 401 {"error":{"message":"Incorrect API key $key"}}
	END
done
expect 4 "$OHBUILD" -j 2 -k
has "model 'openai/first': authentication: HTTP 401: Incorrect API key ***"
has "'key' (openhands.yml)"
[ "$(printf '%s\n' "$err" | grep -c 'HTTP 401')" = 1 ] || die "told twice"
untouched
[ "$(tried)" = 2 ] || die "tried $(tried) times, not each model once"

say "what answered today is not asked again, a new key is"
rm cassettes/first.tiny.jsonl
expect 0 "$OHBUILD" tests/one.sh
[ "$(tried)" = 4 ] || die "tried $(tried) times, not each model again"
expect 0 "$OHBUILD" tests/two.sh
[ "$(tried)" = 5 ] || die "tried $(tried) times: one that had answered"
rm -rf tests openhands.lock
PROVIDER_KEY=sk-another-0123456789 expect 4 "$OHBUILD" -B
has "model 'openai/second': authentication"
[ "$(tried)" = 7 ] || die "tried $(tried) times: not all with a new key"

say "one that is wrong is a warning while another works"
rm -rf tests .ohbuild
expect 0 "$OHBUILD" tests/one.sh
has "warning: model 'openai/second': authentication: HTTP 401"
has "'key' (openhands.yml); the others are asked"
only_wrote tests/one.sh
rm -rf tests .ohbuild openhands.lock "$scratch/provider/requests"
tiny second <<<'status 404 {"error":{"message":"no model second"}}'
expect 0 "$OHBUILD" tests/one.sh
has "warning: model 'openai/second': configuration: HTTP 404"
rm -rf tests .ohbuild openhands.lock "$scratch/provider/requests"

say "but not when a target has no other"
sed 's|^    test:|    models: [openai/second]\n&|' "$scratch/yml" \
	>openhands.yml
expect 3 "$OHBUILD" tests/one.sh
has "model 'openai/second': configuration: HTTP 404: no model second"
[ ! -e "$scratch/provider/requests" ] || die "an agent was started"
cp "$scratch/yml" openhands.yml
rm -rf .ohbuild

say "an unknown model is for openhands.yml"
tiny first <<<'status 404 {"error":{"message":"no model first"}}'
tiny second <<<'status 402 {"error":{"message":"pay first"}}'
expect 3 "$OHBUILD"
has "model 'openai/first': configuration: HTTP 404: no model first"
has "in openhands.yml"
untouched
rm cassettes/second.tiny.jsonl

say "a rate limit, an outage and an account without money are warnings"
for reply in '429 {"error":{"message":"slow down"}}' \
	'500 {"error":{"message":"on fire"}}' \
	'402 {"error":{"message":"pay first"}}'; do
	tiny first <<<"status $reply"
	rm -rf tests .ohbuild
	expect 0 "$OHBUILD"
	has "warning: model 'openai/first': "
	only_wrote tests/one.sh tests/two.sh
	rm -f openhands.lock
done
rm -rf tests .ohbuild
tiny second <<<'status 402 {"error":{"message":"pay first"}}'
rm -f "$scratch/provider/requests"
expect 4 "$OHBUILD"
has "model 'openai/first': quota"
has "model 'openai/second': quota"
untouched

say "no pre-flight, and none for a replay or when nothing is to be done"
before=$(tried)
expect 0 "$OHBUILD" --no-preflight tests/one.sh
expect 0 "$OHBUILD" tests/one.sh
expect 0 "$OHBUILD" -n
expect 1 "$OHBUILD" check
[ "$(tried)" = "$before" ] || die "a model was tried"

say "what it costs is counted"
rm -rf tests .ohbuild openhands.lock cassettes/*.tiny.jsonl
for name in first second; do
	tiny $name <<-'END'
		status 200 {"choices":[{}],"usage":{"prompt_tokens":10,"completion_tokens":1}}
	END
done
expect 0 "$OHBUILD" tests/one.sh
cost=$(sqlite3 .ohbuild/state.db 'SELECT sum(cost_usd) FROM traffic
	WHERE attempt IS NULL')
[ "$cost" = 0.022 ] || die "the tries cost $cost"

say "the key is nowhere"
! grep -rq -- "${key#sk-}" .ohbuild .git "$scratch/out" "$scratch/err" ||
	die "the key is there"

say passed
