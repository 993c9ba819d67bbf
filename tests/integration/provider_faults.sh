#!/usr/bin/env bash
# label: busy
# A provider that refuses, is busy, broken, silent or not there, over real
# HTTP; and its key, which nobody but the provider may see.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

# What `happy` waits for is at most 3 s: the rest is for a busy machine.
export OHBUILD_HOLD=6
export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx

start_provider() {
	mkdir "$scratch/provider"
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

# model NAME [PORT]: its entry in openhands.yml
model() {
	printf '  - id: openai/%s\n    key: PROVIDER_KEY\n' "$1"
	printf '    base_url: http://127.0.0.1:%s/v1\n' "${2:-$port}"
	printf '    max_output_tokens: 1234\n'
}

# module NAME MODEL...
module() {
	printf '  - source: src/%s.sh\n    test: tests/%s.sh\n' "$1" "$1"
	shift
	printf '    models: [%s]\n' "$(printf 'openai/%s, ' "$@" |
		sed 's/, $//')"
}

config() { # TARGET:MODEL[:MODEL...]...
	local entry name
	printf 'version: 1\nagent: {image: "AGENT_IMAGE", pull: never}\n'
	printf 'models:\n'
	for name in $(printf '%s\n' "${@#*:}" | tr : '\n' | sort -u); do
		case $name in
		refused) model refused 9 ;;
		*) model "$name" ;;
		esac
	done
	printf 'limits: {attempts: 2}\ndefaults:\n  validate:\n'
	printf '    - test: sh {test} {report}\n      junit: "{report}"\n'
	printf 'modules:\n'
	for entry; do
		# shellcheck disable=SC2046 # a word for each model
		module "${entry%%:*}" $(printf %s "${entry#*:}" | tr : ' ')
	done
}

# end TARGET CLASS WORDS: how it ended, by the file of events.
end() {
	local text
	text=$(jq -r "select(.event == \"target_ended\" and
		.target == \"tests/$1.sh\") | .verdict + \": \" + .text" \
		"$scratch/events")
	case $text in
	"$2: "*"$3"*) ;;
	*) die "$1 did not end as $2 with '$3' but so: $text" ;;
	esac
}

# Looks into the container of the target `happy` while its agent works.
watch_container() {
	local id
	id=$(container_of tests/happy.sh agent)
	await docker exec "$id" pgrep -f 'sleep 0.3'
	mkdir "$scratch/seen"
	docker inspect "$id" >"$scratch/seen/inspect"
	# Not as root: without capabilities that may look at less.
	docker exec "$id" sh -c 'cat /proc/[0-9]*/environ || :' |
		tr '\0' '\n' >"$scratch/seen/environ"
	docker exec "$id" sh -c 'cat /proc/[0-9]*/cmdline || :' |
		tr '\0' ' ' >"$scratch/seen/cmdline"
	docker cp "$id:/workspace" "$scratch/seen/workspace"
	docker exec "$id" tar -C / -cf - tmp home >"$scratch/seen/memory"
	docker logs "$id" >"$scratch/seen/log" 2>&1
	docker exec "$id" touch /tmp/seen
}

no_key() { # FILE...
	grep -rq '429\|401' .ohbuild || die "no ledger to look into"
	if grep -rl -- "${PROVIDER_KEY#sk-}" "$@"; then
		die "the key is there"
	fi
}

good_test "$scratch/good"

say "429 then good, 429 for ever, refused, 500, silent"
start_provider
config happy:happy throttled:throttled bad:refused:broken:silent >"$scratch/yml"
shell_project happy throttled bad <"$scratch/yml"
cassette happy <<END
after 1 status 429 {"error":{"message":"Rate limit reached, retry"}}
after 0 status 429 {"error":{"message":"Rate limit reached, retry"}}
run env; cat /proc/[0-9]*/environ | tr '\\0' '\\n'; until [ -e /tmp/seen ]; do sleep 0.3; done
create tests/happy.sh $scratch/good
status 429 {"error":{"message":"Rate limit reached, retry"}}
finish done
END
cassette throttled <<END
status 429 {"error":{"message":"Rate limit reached for $PROVIDER_KEY"}}
END
cassette broken <<END
status 500 {"error":{"message":"the machine is on fire"}}
END
cassette silent <<END
delay 100000 finish never
END
watch_container >"$scratch/watched" 2>&1 &
watcher=$!
children+=("$watcher")
expect 4 "$OHBUILD" -j 3 -k --events "$scratch/events"
end happy ok ''
end throttled infra 'Rate limit reached for'
has 'add another model'
end bad infra 'openai/refused: '
end bad infra 'openai/broken: HTTP 500: the machine is on fire'
end bad infra 'openai/silent: '
only_wrote tests/happy.sh
no_leftovers
[ "$(asked happy)" = 6 ] || die "happy was asked $(asked happy) times"
[ "$(asked refused)" = 0 ] || die "refused was asked"
jq -se 'all(.authorized and .body.max_tokens == 1234 and
	.path == "/v1/chat/completions")' "$scratch/provider/requests" \
	>/dev/null || die "not every request was as it should be"

say "the key is nowhere else"
wait "$watcher" || die "not looked into: $(cat "$scratch/watched")"
grep -q OH_SECRET_KEY "$scratch/seen/inspect" || die "inspect is empty"
grep -q OH_SECRET_KEY "$scratch/seen/environ" || die "environ is empty"
grep -q 'sleep 0.3' "$scratch/seen/cmdline" || die "cmdline is empty"
grep -q OH_SECRET_KEY "$scratch/provider/requests" ||
	die "the agent did not look around"
no_key "$scratch/seen" "$scratch/provider/requests" "$scratch/events" \
	"$scratch/out" "$scratch/err" .ohbuild .git

again() { # the next project, same provider
	cd /
	rm -rf "$scratch/project" "$scratch/provider/requests"
}

say "401 ends the build: the others have that key as well"
again
config unauthorized:unauthorized happy:happy |
	sed '/tests.happy/a \    priority: -1' >"$scratch/yml"
shell_project unauthorized happy <"$scratch/yml"
cassette unauthorized <<END
status 401 {"error":{"message":"Incorrect API key provided: $PROVIDER_KEY"}}
END
expect 4 "$OHBUILD" -j 1 -k --events "$scratch/events"
end unauthorized infra 'HTTP 401: Incorrect API key provided: ***'
has "the model's 'key' (openhands.yml)"
has '1 not run'
[ "$(asked unauthorized)" = 1 ] || die "asked again with a wrong key"
only_wrote
no_leftovers
no_key "$scratch/events" "$scratch/out" "$scratch/err" .ohbuild .git

say "404: no such model"
again
config unknown:unknown >"$scratch/yml"
shell_project unknown <"$scratch/yml"
cassette unknown <<END
status 404 {"error":{"message":"no model 'unknown'","code":"model_not_found"}}
END
expect 3 "$OHBUILD" --events "$scratch/events"
end unknown config "HTTP 404: no model 'unknown'"
has openhands.yml
only_wrote
no_leftovers

say "what is wrong with a configuration costs nothing"
rm -rf .ohbuild "$scratch/provider/requests"
sed 's|sh {test}|no-such-runner {test}|' <openhands.yml >other.yml
expect 3 "$OHBUILD" -f other.yml
has no-such-runner
expect 3 env -u PROVIDER_KEY "$OHBUILD"
has PROVIDER_KEY
sed 's|openai/unknown|unknown|' <openhands.yml >other.yml
expect 3 env DOCKER_HOST=unix:///nowhere "$OHBUILD" -f other.yml
has other.yml:4:
has "no provider in front"
[ "$(asked unknown)" = 0 ] || die "a model was asked"
rm other.yml
only_wrote
no_leftovers

say passed
