#!/usr/bin/env bash
# label: soak
# The main job with OpenHands as a command: its command line program, and 0.x,
# each with its real image.  In its short form one test, refused once; with
# OHB_SOAK=full all of main_job.sh, and Ctrl-C.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

here=$OHBUILD_SOURCE_DIR/tests/integration

# Both at once: much of their time they wait.
if [ $# -eq 0 ]; then
	failed=
	for protocol in cli headless; do
		bash "$0" "$protocol" >"$scratch/$protocol" 2>&1 &
		children+=("$!")
	done
	for child in "${children[@]}"; do
		wait "$child" || failed=1
	done
	children=()
	cat "$scratch/cli" "$scratch/headless"
	[ -z "$failed" ] || exit 1
	exit 0
fi

protocol=$1
image=$("$OHBUILD_SOURCE_DIR/examples/agent-image/build.sh" "$protocol")

# In the words of the command line program, for a token: what the gateway does
# not know, as openhands.yml has no price.
if [ "$protocol" = cli ]; then
	plain=$image image=ohbuild-priced:$$
	remove_image() {
		docker rmi -f "$image" >/dev/null 2>&1 || true
		cleanup
	}
	trap remove_image EXIT
	cat >"$scratch/openhands" <<-'END'
		#!/bin/sh
		sed -i 's/"input_cost_per_token":0.0/"input_cost_per_token":0.000002/g
			s/"output_cost_per_token":0.0/"output_cost_per_token":0.00001/g' \
			"$OPENHANDS_PERSISTENCE_DIR/agent_settings.json"
		exec /opt/openhands/bin/openhands.real "$@"
	END
	chmod 755 "$scratch/openhands"
	docker build -q -t "$image" -f - "$scratch" >/dev/null 2>&1 <<-END
		FROM $plain
		USER root
		RUN cd /opt/openhands/bin && mv openhands openhands.real
		COPY openhands /opt/openhands/bin/openhands
		USER openhands
	END
fi

say "$protocol: a test that is refused, and its repair"
shell_project a <<END
version: 1
defaults: {on_change: regenerate}
agent: {image: $image, pull: never, protocol: $protocol}
models:
  - {id: openai/example, key: OHBUILD_EXAMPLE_KEY}
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
printf 'exit 1\n' >"$scratch/bad"
good_test "$scratch/good"
cassette tests/a.sh <<END
run pwd && cat src/a.sh
create tests/a.sh $scratch/bad
finish the first one
run printf %s "$(base64 -w0 "$scratch/good")" | base64 -d >tests/a.sh
finish the second one
END
python3 "$tools/translate.py" "$protocol" cassettes/*
expect 0 "$OHBUILD" --replay cassettes
has "tests/a.sh: ok (attempt 2"
cmp tests/a.sh "$scratch/good" || die "another test was written"
only_wrote tests/a.sh

if [ "$protocol" = cli ]; then
	spent=$(sqlite3 .ohbuild/state.db \
		"SELECT group_concat(printf('%.4f', cost_usd)) FROM attempts")
	[ "$spent" = 0.0075,0.0050 ] || die "the attempts cost $spent"
	has "\$0.01"
fi

say "$protocol: what was said"
expect 0 "$OHBUILD" log tests/a.sh --attempt 1
has "agent: runs: pwd && cat src/a.sh"
has "/project"
has "agent: writes tests/a.sh"
has "# what a does"
has "agent: finishes: the first one"
expect 0 "$OHBUILD" log tests/a.sh
has "agent: finishes: the second one"

say "$protocol: nothing to do, then stale"
expect 0 env DOCKER_HOST=unix:///nowhere "$OHBUILD"
has "nothing to do"
printf '# edited\n' >>src/a.sh
expect 1 "$OHBUILD" check
has "tests/a.sh"

say "$protocol: a look at the place"
OHBUILD_EXAMPLE_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx \
	expect 0 "$OHBUILD" doctor --no-preflight
has "image     $image is sha256:"
has "tools     git, tmux, tini and python are in the image"
has "can write to the workspace"
has "and nothing outside"
has "server    'agent.protocol: $protocol' finds its command"
no_leftovers
[ "${OHB_SOAK:-}" = full ] || exit 0

# ends LIMIT WORDS: with that limit, every run ends so, and is judged.
ends() {
	sed -i "s|^agent: .*|agent: {image: $image, pull: never, protocol: \
$protocol, $1}|" openhands.yml
	rm -rf .ohbuild openhands.lock tests
	expect 2 "$OHBUILD" --replay cassettes --events "$scratch/events"
	jq -se --arg words "$2" 'any(.event == "step_ended" and
		.step == "agent" and .ok == false and
		((.text // "") | contains($words)))' "$scratch/events" \
		>/dev/null || die "no run says '$2'"
	has "'tests/a.sh' was not written"
	no_leftovers
}

say "$protocol: its limits"
sed -i 's|^modules:|limits: {attempts: 1}\n&|' openhands.yml
cassette tests/a.sh <<'END'
run true
run true
run true
run while :; do date; sleep 1; done
END
python3 "$tools/translate.py" "$protocol" cassettes/*
ends "idle_timeout: 4s" "nothing new for 4 s ('agent.idle_timeout'): a command hangs"
ends "timeout: 100s" "no end after 100 s ('agent.timeout')"
case $protocol in
cli) ends "max_iterations: 2" "no end after 2 steps ('agent.max_iterations')" ;;
headless) ends "max_iterations: 2" "maximum iteration" ;;
esac
git checkout -q openhands.yml
rm -rf .ohbuild openhands.lock tests

say "$protocol: Ctrl-C while a command runs"
cassette tests/a.sh <<'END'
run sleep 777
END
python3 "$tools/translate.py" "$protocol" cassettes/*
# The shell makes children in the background deaf to SIGINT.
python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' \
	"$OHBUILD" --replay cassettes --events "$scratch/events" \
	>"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
children+=("$pid")
await grep -q 'sleep 777' "$scratch/events"
kill -INT "$pid"
status=0
wait "$pid" || status=$?
[ "$status" -eq 130 ] || die "status $status, not 130: $(cat "$scratch/err")"
no_leftovers
cd /

# The real program on this machine: what the image has, in its place for this
# process alone.  It needs root.
if [ "$protocol" = cli ]; then
	say "$protocol: without a container"
	id=$(docker create "$plain")
	mkdir "$scratch/root"
	docker cp "$id:/opt/openhands" "$scratch/root" >/dev/null 2>&1
	docker rm "$id" >/dev/null
	cd "$scratch/project"
	sed -i 's|^agent: .*|agent: {sandbox: process, protocol: cli}|
		s|^    test: |    validate_in: host\n&|' openhands.yml
	rm -rf .ohbuild openhands.lock tests
	write="printf %s $(base64 -w0 "$scratch/good") | base64 -d >tests/a.sh"
	cassette tests/a.sh <<-END
		run echo exit 1 >tests/a.sh
		finish the first one
		run $write
		finish the second one
	END
	python3 "$tools/translate.py" cli cassettes/*
	# shellcheck disable=SC2016 # for the inner shell
	expect 0 env DOCKER_HOST=unix:///nowhere unshare --mount sh -ec '
		mount -t tmpfs none /opt
		mkdir /opt/openhands
		mount --bind "$1" /opt/openhands
		exec "$2" --replay cassettes' sh "$scratch/root/openhands" \
		"$OHBUILD"
	has "tests/a.sh: ok (attempt 2"
	cmp tests/a.sh "$scratch/good" || die "another test was written"
	cd /
fi

say "$protocol: the main job"
OHB_PROTOCOL=$protocol OHBUILD_AGENT_IMAGE=$image bash "$here/main_job.sh"
