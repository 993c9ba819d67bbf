#!/usr/bin/env bash
# The main job on both examples: a first answer that fails, a repair that
# passes, nothing to do, one edit.
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

# events TYPE [JQ-FILTER]: how many there are in the file of events.
events() {
	jq -s "map(select(.event == \"$1\" ${2:+and ($2)})) | length" \
		"$scratch/events"
}

snapshot() {
	find . -path ./.git -prune -o -type f -print0 | sort -z |
		xargs -0 sha256sum
	find . -path ./.git -prune -o -printf '%p %y %m %T@\n' | sort
}

# What is asked must not leave a trace, nor need anything but the files.
asks_write_nothing() {
	local before
	before=$(snapshot)
	for ask in check status "why $1" list "show $1" "log $1" -n -q; do
		# shellcheck disable=SC2086 # two words
		DOCKER_HOST=unix:///nowhere "$OHBUILD" $ask \
			>/dev/null 2>&1 </dev/null || [ $? -eq 1 ] ||
			die "ohbuild $ask: status $?"
	done
	[ "$before" = "$(snapshot)" ] || die "a question left a trace"
}

main_job() { # EXAMPLE SOURCE TEST OTHER-TEST
	local source=$2 test=$3 other=$4
	say "$1: the plan"
	project "$1"
	expect 0 "$OHBUILD" -n
	has "$test"
	has "$other"
	has unknown
	asks_write_nothing "$test"
	[ ! -e .ohbuild ] || die "a question made .ohbuild"

	say "$1: both tests, in two attempts each"
	expect 0 "$OHBUILD" -j 2 --replay cassettes --events "$scratch/events"
	if [ ! -s "$test" ] || [ ! -s "$other" ]; then die "no test was written"; fi
	[ "$(events attempt_ended '.verdict == "agent"')" = 2 ] ||
		die "the first attempts should have been refused"
	[ "$(events attempt_ended '.verdict == "ok"')" = 2 ] ||
		die "the second attempts should have passed"
	only_wrote "$test" "$other"

	say "$1: what was made goes with the repository"
	[ "$(sed -n 's/^target //p' openhands.lock)" = \
		"$(printf '%s\n' "$test" "$other" | LC_ALL=C sort)" ] ||
		die "openhands.lock: $(cat openhands.lock)"
	for line in "by agent" "proof judge" "date 2001-09-09T01:46:40Z"; do
		[ "$(grep -cx "	$line" openhands.lock)" = 2 ] ||
			die "no $line: $(cat openhands.lock)"
	done
	grep -q "^	image sha256:" openhands.lock || die "no image"
	grep -q "^	model " openhands.lock || die "no model"
	cp openhands.lock "$scratch/lock"
	rm -r openhands.lock
	expect 0 "$OHBUILD"
	cp openhands.lock "$scratch/again"
	cmp "$scratch/lock" "$scratch/again" || die "other bytes"
	mv .ohbuild "$scratch/ohbuild"
	expect 0 "$OHBUILD" check
	expect 0 env DOCKER_HOST=unix:///nowhere "$OHBUILD"
	has "took 2 records from openhands.lock"
	cmp "$scratch/lock" openhands.lock || die "other bytes"
	rm -r .ohbuild
	mv "$scratch/ohbuild" .ohbuild

	say "$1: nothing to do, without an engine"
	expect 0 env DOCKER_HOST=unix:///nowhere "$OHBUILD"
	has "nothing to do"
	expect 0 "$OHBUILD" check
	asks_write_nothing "$test"

	say "$1: one edit, one target"
	cp "$source" "$scratch/source"
	printf '\n' >>"$source"
	expect 1 "$OHBUILD" check
	has "$test"
	hasnt "$other"
	expect 0 "$OHBUILD" why "$test"
	has "source:$source"
	expect 0 "$OHBUILD" -n
	has "$test"
	hasnt "$other"
	cp "$scratch/source" "$source"
	expect 0 "$OHBUILD" check

	say "$1: a test edited by hand is judged, by no agent, and taken"
	printf '\n' >>"$test"
	cp "$test" "$scratch/test"
	expect 0 "$OHBUILD" --replay "$scratch/nowhere"
	has "1 adopted"
	cmp -s "$test" "$scratch/test" || die "an edited test was touched"

	no_leftovers
	cd /
	rm -rf "$scratch/project"
}

export SOURCE_DATE_EPOCH=1000000000
main_job c-check src/ring.c tests/test_ring.c tests/test_duration.c
main_job python-pytest invoice/money.py tests/test_money.py tests/test_terms.py
say passed
