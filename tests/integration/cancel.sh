#!/usr/bin/env bash
# Ctrl-C, SIGTERM and a second Ctrl-C in every long wait: exit 130 in time, the
# terminal as it was, nothing left in the engine, nothing recorded.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

shell_project a b <<'END'
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
limits: {attempts: 1}
modules:
  - name: slow
    source: src/a.sh
    test: tests/a_test.sh
    validate:
      - test: sh tests/a_test.sh {report}
        junit: "{report}"
  - name: tests
    source: src/b.sh
    test: tests/b_test.sh
    validate:
      - test: "! test -e tests/b_test.sh || sleep 100; : {report}"
        junit: "{report}"
  - name: baseline
    source: src/b.sh
    test: tests/c_test.sh
    validate:
      - test: "sleep 100; : {report}"
        junit: "{report}"
END
good_test "$scratch/good"
cassette tests/a_test.sh <<<'delay 60000 finish never'
cassette tests/b_test.sh <<END
create tests/b_test.sh $scratch/good
finish written
END
cassette tests/c_test.sh <<<'finish never'

# left PID: kinds of things that ohbuild PID has in the engine.
left() {
	local kind id
	for kind in container network volume; do
		for id in $(docker "$kind" ls -q --filter label=ohbuild.owner); do
			! docker "$kind" inspect "$id" 2>/dev/null |
				grep -q "\"ohbuild.owner\": \"$1\\." || echo "$kind"
		done
	done
}

# clean TEXT: the cursor is there at the end.
clean() {
	case $1 in
	*$'\e[?25l'*)
		case ${1##*$'\e[?25l'} in
		*$'\e[?25h'*) ;;
		*) die "the cursor is hidden" ;;
		esac
		;;
	esac
}

# interrupted LIMIT WORDS WHAT... -- TARGET
interrupted() {
	local limit=$1 words=$2 shown last pid
	shift 2
	rm -f "$scratch/events" "$scratch/pid"
	shown=$(python3 "$tools/interrupt.py" "$scratch/events" "$words" \
		"${@:1:$#-2}" -- sh -c "echo \$\$ >$scratch/pid"'; exec "$@"' - \
		"$OHBUILD" --replay cassettes -j 2 --events "$scratch/events" \
		"${@:$#}")
	last=$(tail -n 1 <<<"$shown")
	pid=$(cat "$scratch/pid")
	say "status and milliseconds: $last"
	[ "${last% *}" = 130 ] || die "not 130: $shown"
	[ "${last#* }" -le "$limit" ] || die "later than $limit ms: $shown"
	clean "$shown"
	left=$(left "$pid")
	# shellcheck disable=SC2119 # nothing at all
	only_wrote
}

orderly() {
	interrupted 5000 "$@"
	[ -z "$left" ] || die "left in the engine: $left"
	expect 0 "$OHBUILD" status
	has "never built"
	hasnt "failed"
	[ ! -s .ohbuild/lock ] || die "the lock is held: $(cat .ohbuild/lock)"
}

say "Ctrl-C while a container starts"
orderly "step_started sandbox" ^C -- slow
say "Ctrl-C while the agent waits for its model"
orderly "step_started agent" ^C -- slow
say "SIGTERM while the baseline runs a command"
orderly "step_started baseline" TERM -- baseline
say "SIGINT while the judge runs a command"
orderly "step_started judge:test" INT -- tests

say "Ctrl-C for who waits for another ohbuild"
"$OHBUILD" --replay cassettes --events "$scratch/other" slow \
	>/dev/null 2>&1 </dev/null &
other=$!
children+=("$other")
for _ in $(seq 600); do
	! grep -q step_started "$scratch/other" 2>/dev/null || break
	sleep 0.1
done
interrupted 5000 "waiting for" ^C -- slow
kill -0 "$other" || die "the other one ended, too"
say "while the other one goes on, until it is told to end"
kill -TERM "$other"
got=0
wait "$other" || got=$?
children=()
[ "$got" -eq 130 ] || die "status $got"
[ -z "$(left "$other")" ] || die "it has left something"

say "Ctrl-C twice: at once, and the next start sweeps"
interrupted 2000 "step_started agent" ^C ^C -- slow
pid=$(cat "$scratch/pid")
expect 0 "$OHBUILD" status
has "never built"
rm src/a.sh
git rm -q --cached src/a.sh
sed -i '/name: slow/,/junit/d' openhands.yml
mkdir "$scratch/none"
expect 3 "$OHBUILD" --replay "$scratch/none" tests
[ -z "$(left "$pid")" ] || die "left in the engine: $(left "$pid")"
say passed
