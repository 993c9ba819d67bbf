#!/usr/bin/env bash
# A build is recorded and played back: the same tests, the same verdicts, the
# same cassettes byte for byte, and no key in them.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx

mkdir -p "$scratch/heard" "$scratch/provider"
good_test "$scratch/good"
python3 "$tools/provider.py" "$scratch/heard" "$PROVIDER_KEY" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"
port=$(cat "$scratch/provider/port")

model() { # NAME [PORT]
	printf '  - id: openai/%s\n    key: PROVIDER_KEY\n' "$1"
	printf '    base_url: http://127.0.0.1:%s/v1\n' "${2:-$port}"
	printf '    price: {input: 1, output: 2}\n'
}

config() { # AGENT MODULE...
	printf 'version: 1\nagent: {%s}\nmodels:\n' "$1"
	model gone 9
	model busy
	model two
	model three
	printf 'limits: {attempts: 2}\ndefaults:\n  on_change: regenerate\n  validate:\n'
	printf '    - test: sh {test} {report}\n      junit: "{report}"\n'
	printf 'modules:\n'
	shift
	printf '%s\n' "$@"
}

heard() { # MODEL: what the provider will say, from stdin
	(cd "$scratch/heard" && mkdir -p cassettes && cassette "$1" &&
		mv "cassettes/$1.jsonl" .)
}

# What a build came to, but for times: verdicts, reasons, tokens.  Not money: a
# try whose usage is not known counts at its bound in a live build only.
verdicts() { # EVENTS
	jq -c 'select(.event == "target_ended" or .event == "attempt_ended") |
		[.target, .attempt, .verdict, .text, .tokens_in, .tokens_out]' "$1" | sort
}

keep() { # NAME: what the build made
	mkdir -p "$scratch/$1"
	cp -R tests "$scratch/$1"
	verdicts "$scratch/events" >"$scratch/$1/verdicts"
}

same() { # A B
	diff -r "$scratch/$1" "$scratch/$2" || die "$1 and $2 differ"
}

heard busy <<END
after 1 status 429 {"error":{"message":"busy, $PROVIDER_KEY"}}
raw <html>
status 500 {"error":{"message":"fire"}}
finish one
status 404 {"error":{"message":"no such model","code":"model_not_found"}}
END
heard two <<END
finish two
END
heard three <<END
status 401 {"error":{"message":"no $PROVIDER_KEY"}}
END

say "an agent that asks once a target: models that are gone and busy"
config 'sandbox: process, image: none/such, pull: never' \
	'  - {source: src/a.sh, test: tests/a.sh, models: [openai/gone, openai/busy], priority: 2}' \
	'  - {source: src/b.sh, test: tests/b.sh, models: [openai/busy, openai/two], priority: 1}' \
	'  - {source: src/c.sh, test: tests/c.sh, models: [openai/three]}' \
	>"$scratch/yml"
shell_project a b c <"$scratch/yml"
# shellcheck disable=SC2119 # no target, so it asks the model
quick_agent
mkdir -p tests
expect 4 "$OHBUILD" -j 1 -k --record "$scratch/first" --events "$scratch/events"
[ "$(ls "$scratch/first")" = 'tests__a.sh.jsonl
tests__b.sh.jsonl
tests__c.sh.jsonl' ] || die "cassettes: $(ls -A "$scratch/first")"
if grep -rF "${PROVIDER_KEY#sk-}" "$scratch/first"; then die "the key"; fi
keep live
jq -se '.[0].origin == "recorded" and .[0].ohbuild_cassette == 2 and
	(map(.failure // .status) == [null, "connect", "connect", "connect",
		"connect", 429, 200, 500, 200]) and
	.[5].headers["retry-after"] == "1" and .[8].usage.cost_usd == 0.0011' \
	"$scratch/first/tests__a.sh.jsonl" >/dev/null ||
	die "a: $(cat "$scratch/first/tests__a.sh.jsonl")"

say "played back strictly, without provider and key"
unset PROVIDER_KEY
mkdir "$scratch/second"
touch "$scratch/second/.tests__a.sh.jsonl.ohb-0123456789abcdef"
rm -rf .ohbuild openhands.lock tests/*
expect 4 "$OHBUILD" -j 2 -k --replay "$scratch/first" --replay-strict \
	--record "$scratch/second" --events "$scratch/events"
keep again
same live again
same first second

say "another request is shown; without strict nobody minds"
rm -rf .ohbuild openhands.lock tests/*
echo 'something else' >>src/a.sh
expect 3 "$OHBUILD" --replay "$scratch/first" --replay-strict tests/a.sh
has "line 2 of '$scratch/first/tests__a.sh.jsonl': messages[0].content"
has 'warning: recorded: tests/a.sh '
has 'warning: now: tests/a.sh '
has "'--record'"
expect 0 "$OHBUILD" --replay "$scratch/first" --retry-failed tests/a.sh

say "half a conversation replaces no whole one"
echo 'more' >>src/a.sh
# shellcheck disable=SC2016 # its own shell's
echo 'kill -9 "$(cat "${0%/*}/pid")"' >"$scratch/agent"
(sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$scratch/pid" \
	"$OHBUILD" --replay "$scratch/first" --record "$scratch/second" \
	tests/a.sh &&
	:) >"$scratch/out" 2>&1 </dev/null || true
same first second
expect 3 "$OHBUILD" --replay "$scratch/first" --record src/a.sh/x tests/a.sh
has "'--record src/a.sh/x'"
expect 3 "$OHBUILD" --replay-strict
has "'--replay DIR' as well"

# shellcheck disable=SC2119
quick_agent # one that kills nobody
expect 0 "$OHBUILD" --replay "$scratch/first" tests/a.sh

say passed
