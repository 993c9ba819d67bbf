#!/usr/bin/env bash
# Whether a build could run here, each thing that is in its way with its cure;
# and how models have done.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
key=$PROVIDER_KEY

mkdir "$scratch/provider"
python3 "$tools/provider.py" "$scratch/project/cassettes" "$key" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"
port=$(cat "$scratch/provider/port")

model() { # NAME PRICE
	printf '  - id: openai/%s\n    key: PROVIDER_KEY\n' "$1"
	printf '    base_url: http://127.0.0.1:%s/v1\n' "$port"
	printf '    price: {input: %s, output: %s}\n' "$2" "$2"
}

config() { # AGENT
	printf 'version: 1\nagent: %s\nmodels:\n' "$1"
	model dear 1000
	model cheap 1
	cat <<-'END'
		defaults:
		  order: measured
		  validate_in: VALIDATE
		modules:
		  - source: src/{name}.sh
		    test: tests/{name}.sh
		    validate:
		      - test: sh {test} {report}
		        junit: "{report}"
	END
}

# found CHECK STATE WORDS: one line of the last --json answer.
found() {
	printf '%s\n' "$out" >>"$scratch/answers"
	jq -e --arg check "$1" --arg state "$2" --arg words "$3" \
		'any(.checks[]; .check == $check and .state == $state and
			(.text + " -> " + (.cure // "") | contains($words)))' \
		<<<"$out" >/dev/null ||
		die "no $1 that is $2 with: $3"
}

say "with an engine, all is well"
config '{image: "AGENT_IMAGE", pull: never}' | sed 's/VALIDATE/sandbox/' \
	>"$scratch/yml"
shell_project one two three four five six <"$scratch/yml"
if [ -n "${OHBUILD_AGENT_IMAGE:-}" ] || docker image inspect \
	ohbuild-agent:latest >/dev/null 2>&1; then
	expect 0 "$OHBUILD" doctor --json
	found engine ok 'API 1.'
	found image ok 'is sha256:'
	found tools ok tmux
	found sandbox ok 'can write to the workspace'
	found network ok 'and nothing outside'
	found server ok 'agent-server 1.'
	found key ok 'in no file that git would take'
	found model ok 'openai/cheap: answers'
	found clock ok provider
	found git ok repository
	found libraries ok libcurl
	found grammars ok python
	no_leftovers
	config '{image: "AGENT_IMAGE", pull: never, protocol: cli}' |
		sed "s|VALIDATE|sandbox|; s|AGENT_IMAGE|${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}|" >other.yml
	expect 4 "$OHBUILD" -f other.yml doctor --no-preflight --json
	found server 'not ok' "there is no 'openhands' where the agent is to run"
	found sandbox ok 'can write to the workspace'
	rm other.yml
	python3 -m http.server --bind 0.0.0.0 0 >"$scratch/port" 2>&1 &
	children+=($!)
	await grep -q port "$scratch/port"
	expect 0 "$OHBUILD" doctor --no-preflight --json
	found network warning "$(sed -n 's/.*port \([0-9]*\).*/\1/p' \
		"$scratch/port" | head -n 1)"
	found model skipped --no-preflight
fi
[ "$(wc -l <"$scratch/provider/tiny")" = 2 ] || die "not each model once"

say "each thing that is wrong is said, with its cure"
tiny() {
	cassette "$1.tiny"
}
tiny dear <<<'status 404 {"error":{"message":"no such model"}}'
tiny cheap <<<'status 429 {"error":{"message":"slow down"}}'
expect 3 env DOCKER_HOST=unix:///nowhere "$OHBUILD" doctor
has 'not ok  engine    no Docker Engine answers'
has "-> start it"
has 'not ok  model     openai/dear: configuration: HTTP 404: no such model'
has 'openai/cheap: rate limit'
has 'no build could run'
rm cassettes/cheap.tiny.jsonl
expect 4 env DOCKER_HOST=unix:///nowhere "$OHBUILD" doctor --json
found model warning 'openai/dear: configuration: HTTP 404: no such model'
found model ok 'openai/cheap: answers'
rm cassettes/*.tiny.jsonl
expect 4 env DOCKER_HOST=unix:///nowhere "$OHBUILD" doctor
expect 3 env -u PROVIDER_KEY DOCKER_HOST=unix:///nowhere \
	"$OHBUILD" doctor --json
found key 'not ok' "'PROVIDER_KEY' is not set"
found model skipped 'not asked without its key'
printf '%s\n' "$key" >src/leak.sh
expect 3 env DOCKER_HOST=unix:///nowhere "$OHBUILD" doctor --json
found key 'not ok' "it stands in 'src/leak.sh'"
rm src/leak.sh
sed 's|AGENT_IMAGE|no/such:image|' <"$scratch/yml" >other.yml
expect 4 "$OHBUILD" -f other.yml doctor --no-preflight --json
found image 'not ok' 'docker pull no/such:image'
echo 'nonsense: 1' >other.yml
expect 3 "$OHBUILD" -f other.yml doctor --no-preflight --json
has 'other.yml:1'
found project 'not ok' nonsense
found git ok repository
rm other.yml
touch -d '2040-01-01' src/one.sh
expect 4 env DOCKER_HOST=unix:///nowhere "$OHBUILD" doctor --json
found clock warning src/one.sh
touch src/one.sh
expect 3 "$OHBUILD" doctor src/one.sh
has 'is not about targets'

say "its answers are as their schema says"
python3 - "$OHBUILD_SOURCE_DIR/schema/doctor.schema.json" \
	"$scratch/answers" <<'PYTHON'
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
with open(sys.argv[2], encoding="utf-8") as file:
    answers = [json.loads(line) for line in file]
states = set()
for answer in answers:
    validator.validate(answer)
    assert not validator.is_valid({**answer, "surprise": 1})
    assert answer["ok"] == all(c["state"] != "not ok" for c in answer["checks"])
    states.update(check["state"] for check in answer["checks"])
    answer["checks"][0]["state"] = "fine"
    assert not validator.is_valid(answer)
assert states == {"ok", "warning", "not ok", "skipped"}, states
PYTHON

say "figures choose who is asked first, and only that"
config '{sandbox: process}' | sed 's/VALIDATE/host/' | judged_once >openhands.yml
cassette dear <<<'text done'
cassette cheap <<<'text done'
# shellcheck disable=SC2119 # without targets it asks a model
quick_agent
expect 0 "$OHBUILD" --no-preflight tests/one.sh tests/two.sh \
	tests/three.sh tests/four.sh tests/five.sh
expect 0 "$OHBUILD" show --json tests/six.sh
[ "$(jq -r '.targets[0].models[0].id' <<<"$out")" = openai/dear ] ||
	die "the second model is first though it was never asked"
expect 0 "$OHBUILD" models
has "openai/dear: \$1000 in, \$1000 out a million"
has 'attempts  5 of 5 made a test (100%)'
sqlite3 .ohbuild/state.db "INSERT INTO traffic(attempt, model, base_url,
	requests, answers, latency_ms, tokens_in, tokens_cached, tokens_out,
	cost_usd, answered_ms) SELECT id, 'openai/cheap', '', 1, 1, 1, 1, 0, 1,
	0.0001, 1 FROM attempts; INSERT INTO attempts(run, target, number,
	owner, started_ms, state, class, model, duration_ms) SELECT run,
	target, number, owner, started_ms, state, class, 'openai/cheap',
	duration_ms FROM attempts; UPDATE traffic SET attempt = attempt + 5
	WHERE model = 'openai/cheap'"
expect 0 "$OHBUILD" show --json tests/six.sh
[ "$(jq -r '.targets[0].models[0].id' <<<"$out")" = openai/cheap ] ||
	die "the cheaper model is not first"
expect 0 "$OHBUILD" check tests/one.sh tests/five.sh
rm -f "$scratch/provider/requests"
expect 0 "$OHBUILD" --no-preflight
[ "$(jq -r .body.model "$scratch/provider/requests")" = cheap ] ||
	die "another model was asked"

say "the key is nowhere"
! grep -rq -- "${key#sk-}" .ohbuild .git "$scratch/out" "$scratch/err" ||
	die "the key is there"

say passed
