#!/usr/bin/env bash
# sandbox: process with a real agent-server on this machine: it builds, it has
# not the provider's key, and nothing of it is left, however ohbuild ends.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

image=${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}
export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
export OHBUILD_AGENT_SERVER=$scratch/server/agent-server
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR" "$scratch/provider"

# Process ids of all that runs in sandboxes beneath TMPDIR.
sandboxed() {
	grep -lzs "^OHBUILD_SANDBOX=$TMPDIR/" /proc/[0-9]*/environ |
		cut -d/ -f3 || true
}

# of_all FILE: environ or cmdline of all of them, a word a line
of_all() {
	local pid
	for pid in $(sandboxed); do
		tr '\0' '\n' <"/proc/$pid/$1" || true
	done 2>/dev/null
}

nothing_left() {
	[ -z "$(sandboxed)" ] || die "still running: $(of_all cmdline)"
	[ -z "$(ls -A "$TMPDIR")" ] || die "in TMPDIR: $(ls -A "$TMPDIR")"
}

agent_works() {
	[ "$(of_all cmdline | grep -cx 77)" = 2 ]
}

# begin: an edit, and ohbuild until its agent is at work; its id is $pid.
begin() {
	printf '# edited\n' >>src/a.sh
	# The shell makes children in the background deaf to SIGINT.
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' \
		"$OHBUILD" --replay hang >"$scratch/out" 2>"$scratch/err" \
		</dev/null &
	pid=$!
	children+=("$pid")
	await agent_works
}

printf 'exit 1\n' >"$scratch/bad"
good_test "$scratch/good"
python3 "$tools/provider.py" "$scratch/project/cassettes" "$PROVIDER_KEY" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"
cat >"$scratch/yml" <<END
version: 1
defaults: {on_change: regenerate}
agent: {sandbox: process, image: none/such, pull: never}
models:
  - id: openai/example
    key: PROVIDER_KEY
    base_url: http://127.0.0.1:$(cat "$scratch/provider/port")/v1
limits: {attempts: 2}
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
shell_project a <"$scratch/yml"
cassette example <<END
run env; tr '\\0' '\\n' </proc/\$PPID/environ; cp $scratch/bad tests/a.sh
finish written
run cp $scratch/good tests/a.sh
finish repaired
END
cassette tests/a.sh <<'END'
run setsid sleep 77 & sleep 77
END
mkdir hang
mv cassettes/tests__a.sh.jsonl hang
printf '/hang/\n' >>.git/info/exclude

say "without an agent-server"
expect 4 "$OHBUILD"
has "install it ('pip install openhands-agent-server')"
has OHBUILD_AGENT_SERVER
nothing_left

say "the agent-server of '$image', on this machine"
sh "$tools/agent-server.sh" "$image" "$scratch/server"
export DOCKER_HOST=unix:///nowhere # from here on there is no engine

say "a first answer that fails, a repair that passes"
expect 0 "$OHBUILD" -v --events "$scratch/events"
has 'NO ISOLATION'
[ "$(jq -rs 'map(select(.event == "attempt_ended").verdict) | join(" ")' \
	"$scratch/events")" = 'agent ok' ] || die "other attempts"
only_wrote tests/a.sh
nothing_left
jq -se 'length == 4 and all(.authorized)' "$scratch/provider/requests" \
	>/dev/null || die "not the requests of one build"
grep -q OH_CONVERSATIONS_PATH "$scratch/provider/requests" ||
	die "the agent did not look around"
if grep -rl -- "${PROVIDER_KEY#sk-}" "$scratch/provider/requests" \
	"$scratch/events" "$scratch/out" "$scratch/err" .ohbuild; then
	die "the key is there"
fi
expect 0 "$OHBUILD"
has 'nothing to do'
hasnt 'NO ISOLATION'

say "Ctrl-C"
begin
of_all environ >"$scratch/environ"
grep -q '^SESSION_API_KEY=' "$scratch/environ" || die "no server was seen"
if grep "${PROVIDER_KEY#sk-}" "$scratch/environ"; then
	die "the key is in the server's environment"
fi
started=$(date +%s%N)
kill -INT "$pid"
wait "$pid" && status=0 || status=$?
took=$((($(date +%s%N) - started) / 1000000))
[ "$status" = 130 ] || die "status $status: $(cat "$scratch/err")"
[ "$took" -lt 5000 ] || die "it took $took ms"
nothing_left

say "kill -9, and the next start"
begin
kill -9 "$pid"
wait "$pid" || true
[ -n "$(sandboxed)" ] || die "the server did not outlive ohbuild"
git checkout -q src
expect 0 "$OHBUILD"
has 'nothing to do'
hasnt 'NO ISOLATION'
nothing_left
only_wrote tests/a.sh
say passed
