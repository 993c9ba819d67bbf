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

say "$protocol: a test that is refused, and its repair"
shell_project a <<END
version: 1
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
no_leftovers
[ "${OHB_SOAK:-}" = full ] || exit 0

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

say "$protocol: the main job"
OHB_PROTOCOL=$protocol OHBUILD_AGENT_IMAGE=$image bash "$here/main_job.sh"
