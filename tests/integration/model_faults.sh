#!/usr/bin/env bash
# label: busy
# What a provider does to one request in the middle of a long run does not
# lose the run; what no request can get past ends the build at once.
# shellcheck disable=SC2119 # helpers that may have no words
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
export OTHER_KEY=sk-test-zyxwvutsrqponmlkjihgfedcba9876543210

start_provider() {
	mkdir -p "$scratch/provider"
	python3 "$tools/provider.py" "$scratch/project/cassettes" \
		"$PROVIDER_KEY" "$scratch/provider" &
	children+=($!)
	await test -e "$scratch/provider/port"
	port=$(cat "$scratch/provider/port")
}

# asked MODEL: how many requests there were for it.
asked() {
	touch "$scratch/provider/requests"
	jq -s "map(select(.body.model == \"$1\")) | length" \
		"$scratch/provider/requests"
}

# config NAME:MODEL[,MODEL...]... : a module each; a model named refused* has
# a wrong key, one named gone* an address where nobody listens
config() {
	local entry model at key
	printf 'version: 1\nagent: {sandbox: process, idle_timeout: 60s}\n'
	printf 'models:\n'
	for model in $(printf '%s\n' "${@#*:}" | tr , '\n' | sort -u); do
		at=$port key=PROVIDER_KEY
		case $model in
		refused*) key=OTHER_KEY ;;
		gone*) at=9 ;;
		esac
		printf '  - id: openai/%s\n    key: %s\n' "$model" "$key"
		printf '    base_url: http://127.0.0.1:%s/v1\n' "$at"
	done
	printf 'limits: {attempts: 1}\ndefaults:\n  on_change: regenerate\n  validate:\n'
	printf '    - test: sh {test} {report}\n      junit: "{report}"\n'
	printf 'modules:\n'
	for entry; do
		printf '  - source: src/%s.sh\n    test: tests/%s.sh\n' \
			"${entry%%:*}" "${entry%%:*}"
		printf '    models: [%s]\n' "$(printf '%s' "${entry#*:}" |
			sed 's|[^,]*|openai/&|g')"
	done
}

end() { # TARGET CLASS WORDS
	local text
	text=$(jq -r "select(.event == \"target_ended\" and
		.target == \"tests/$1.sh\") | .verdict + \": \" + .text" \
		"$scratch/events")
	case $text in
	"$2: "*"$3"*) ;;
	*) die "$1 did not end as $2 with '$3' but so: $text" ;;
	esac
}

again() { # the next project, same provider
	cd /
	rm -rf "$scratch/project" "$scratch/provider/requests"
}

turns() { # COUNT: good answers
	local i
	for i in $(seq "$1"); do printf 'text turn %s\n' "$i"; done
}

start_provider

say "at turn 40 of a run: each fault, then the run goes on"
agent_turns=41
quick_agent
config busy:busy cut:cut html:html empty:empty late:late down:down,spare \
	gone:gone,spare >"$scratch/yml"
shell_project busy cut html empty late down gone <"$scratch/yml"
mkdir -p cassettes
{
	turns 39
	echo 'after 1 status 429 {"error":{"message":"Rate limit reached"}}'
	turns 1
} | cassette busy
{
	turns 39
	echo 'cut text half of it'
	turns 1
} | cassette cut
{
	turns 39
	echo 'raw <html>we are moving house</html>'
	turns 1
} | cassette html
{
	turns 39
	echo 'status 200 {"id":"a","object":"chat.completion","choices":[]}'
	turns 1
} | cassette empty
{
	turns 39
	echo 'status 504 {"error":{"message":"upstream timed out"}}'
	turns 1
} | cassette late
{
	turns 39
	echo 'status 503 {"error":{"message":"the machine is on fire"}}'
} | cassette down
turns 1 | cassette spare
expect 0 "$OHBUILD" -j 7 --events "$scratch/events"
has '7 made, 0 failed'
# Each fault was met, and cost a request or two; nobody began anew.
[ "$(asked busy)" = 42 ] || die "busy was asked $(asked busy) times"
for model in cut html empty late; do
	[ "$(asked "$model")" = 42 ] ||
		die "$model was asked $(asked "$model") times"
done
# 39 good ones; then it is given up, for most of the rest unasked.
[ "$(asked down)" -ge 43 ] || die "down was asked $(asked down) times"
[ "$(asked down)" -le 45 ] || die "down was asked $(asked down) times"
[ "$(asked spare)" = 43 ] || die "spare was asked $(asked spare) times"
[ "$(jq -s 'map(select(.event == "attempt_ended")) | length' \
	"$scratch/events")" = 7 ] || die "an attempt was made again"
has "model 'openai/gone' does not work ("
has "model 'openai/down' does not work (HTTP 503: the machine is on fire)"

say "what is down is known to the next build: one request may try it"
printf '# more\n' >>src/gone.sh
expect 0 "$OHBUILD" tests/gone.sh
[ "$(asked spare)" = 84 ] || die "spare was asked $(asked spare) times"
hasnt 'the next request to it in 15 s'

say "a wrong key, and another model: said once"
again
agent_turns=3
quick_agent
config a:refused,good b:refused,good c:refused,good >"$scratch/yml"
shell_project a b c <"$scratch/yml"
turns 1 | cassette good
expect 0 "$OHBUILD" --no-preflight -j 3 -k
has '3 made, 0 failed'
[ "$(grep -c 'not asked again in this build' "$scratch/err")" = 1 ] ||
	die "not said once"
has 'authentication: HTTP 401: wrong key'
[ "$(asked refused)" -le 3 ] || die "asked again with a wrong key"
[ "$(asked good)" = 9 ] || die "good was asked $(asked good) times"

# Agents have written something and wait for their model, one is told no.
ends_all() { # STATUS REPLY WORDS AGENTS
	local number slow
	slow=$(seq -f slow%g "$4")
	again
	agent_turns=1.after
	quick_agent
	# shellcheck disable=SC2046,SC2086 # a word for each
	config $(printf '%s:slow ' $slow) bad:bad late1:slow late2:slow |
		sed '/tests.late/a \    priority: -1' >"$scratch/yml"
	# shellcheck disable=SC2086
	shell_project $slow bad late1 late2 <"$scratch/yml"
	cassette slow <<<'delay 100000 text never'
	cassette bad <<<"delay 2000 $2"
	expect "$1" "$OHBUILD" -j $(($4 + 1)) -k --events "$scratch/events"
	[ "$(grep -c "failed: .*$3" "$scratch/err")" = 1 ] ||
		die "not said once"
	has "1 failed, $(($4 + 2)) not run"
	for number in $(seq "$4"); do
		end "slow$number" ended 'what it wrote is kept'
	done
	[ "$(asked slow)" = "$4" ] || die "slow was asked $(asked slow) times"
	! grep -q '"target_started".*late\|late.*"target_started"' \
		"$scratch/events" || die "another one was begun"
	only_wrote
	expect 0 "$OHBUILD" restore tests/slow1.sh@1
	grep -q testsuite tests/slow1.sh || die "what it wrote is lost"
}

say "401 and 404 end the build at once, with one message"
ends_all 4 'status 401 {"error":{"message":"Incorrect API key"}}' \
	'Incorrect API key' 7
end bad infra 'HTTP 401: Incorrect API key'
ends_all 3 'status 404 {"error":{"message":"no such model"}}' \
	'no such model' 2
end bad config 'HTTP 404: no such model'

say passed
