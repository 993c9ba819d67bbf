#!/usr/bin/env bash
# The state of a project: in use by another ohbuild, damaged, of a newer
# version, read-only.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

shell_project a <<'END'
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
limits: {attempts: 1}
modules:
  - source: src/{name}.sh
    test: tests/{name}_test.sh
    validate:
      - test: sh tests/{name}_test.sh {report}
        junit: "{report}"
END
good_test "$scratch/good"
cassette tests/a_test.sh <<END
delay 8000 create tests/a_test.sh $scratch/good
finish written
END
db=.ohbuild/state.db

files() {
	find . -path ./.git -prune -o -type f -print0 | sort -z |
		xargs -0 sha256sum
	find . -path ./.git -prune -o -printf '%p %y %m %T@\n' | sort
}

# reads STATUS COMMAND...: answers so and changes nothing.
reads() {
	local before
	before=$(files)
	expect "$1" "${@:2}"
	[ "$before" = "$(files)" ] || die "'${*:2}' left a trace"
}

wait_for() { # WORDS
	for _ in $(seq 600); do
		! grep -q "$1" "$scratch/events" 2>/dev/null || return 0
		sleep 0.1
	done
	die "no '$1': $(cat "$scratch/events")"
}

say "while one builds"
"$OHBUILD" --replay cassettes --events "$scratch/events" \
	>"$scratch/first" 2>&1 </dev/null &
first=$!
children+=("$first")
wait_for '"step":"agent"'
say "readers answer"
expect 0 "$OHBUILD" status
has "never built"
expect 1 "$OHBUILD" check
expect 0 "$OHBUILD" log tests/a_test.sh
say "--no-wait says for whom one would wait"
expect 4 "$OHBUILD" --no-wait --replay cassettes
has "(pid $first, since"
has "without --no-wait"
say "and who waits says so, and then has nothing to do"
expect 0 "$OHBUILD" --replay "$scratch/nowhere"
has "waiting for ohbuild"
has "(pid $first, since"
has "nothing to do"
wait "$first" || die "status $? of the first: $(cat "$scratch/first")"
children=()

say ".ohbuild hides itself from git"
[ "$(cat .ohbuild/.gitignore)" = "*" ] || die "no .ohbuild/.gitignore"
only_wrote tests/a_test.sh
expect 0 "$OHBUILD" check
cp tests/a_test.sh "$scratch/test"
cp $db "$scratch/db"

# A build says so, goes on, and judges the test as it stands.
damaged() {
	local question
	for question in status check "why tests/a_test.sh"; do
		# shellcheck disable=SC2086 # words
		reads 4 "$OHBUILD" $question
		has "$db"
	done
	expect 0 "$OHBUILD" --replay "$scratch/nowhere"
	has "the database is now '.ohbuild/state.db.damaged-"
	has "took 1 record from openhands.lock"
	cmp -s tests/a_test.sh "$scratch/test" || die "the test was touched"
	ls .ohbuild/state.db.damaged-* >/dev/null
	expect 0 "$OHBUILD" check
	mv openhands.lock "$scratch/lock"
	rm $db
	expect 0 "$OHBUILD" --replay "$scratch/nowhere"
	has "ohbuild did not write it"
	has "1 adopted"
	cmp -s tests/a_test.sh "$scratch/test" || die "the test was touched"
	mv "$scratch/lock" openhands.lock
	rm .ohbuild/state.db.damaged-*
	cp "$scratch/db" $db
	expect 0 "$OHBUILD" check
}

say "a database that is something else"
head -c 40000 /dev/zero | tr '\0' x >$db
damaged
say "overwritten in the middle"
python3 - $db <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    size = file.seek(0, 2)
    file.seek(4096)
    file.write(b"\xff" * (size - 8192))
END
damaged
say "cut off"
truncate -s 6000 $db
damaged

say "of no length, without a lock: as if nothing had been built"
: >$db
mv openhands.lock "$scratch/lock"
reads 0 "$OHBUILD" status
has edited
expect 0 "$OHBUILD" --replay "$scratch/nowhere"
has "ohbuild did not write it"
cmp -s tests/a_test.sh "$scratch/test" || die "the test was touched"
mv "$scratch/lock" openhands.lock
cp "$scratch/db" $db

say "of a newer version: refused, untouched"
sqlite3 $db 'PRAGMA user_version = 999'
for question in status check -n; do
	reads 4 "$OHBUILD" "$question"
	has newer
done
before=$(sha256sum $db)
expect 4 "$OHBUILD" --replay cassettes
has newer
[ "$before" = "$(sha256sum $db)" ] || die "it was changed"
cp "$scratch/db" $db

say "read-only, for another user"
chmod -R a+rX "$scratch"
chmod -R a-w .
as_nobody() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid 65534 --regid 65534 --clear-groups \
			--inh-caps=-all env HOME=/nonexistent "$@"
	else
		"$@"
	fi
}
cp "$OHBUILD" "$scratch/ohbuild"
if [ "$(id -u)" -eq 0 ]; then
	expect 3 as_nobody "$scratch/ohbuild" check
	has "git config --global --add safe.directory"
	chown -R 65534:65534 .
fi
for question in check status "why tests/a_test.sh" list \
	"show tests/a_test.sh" "log tests/a_test.sh" -n -q; do
	# shellcheck disable=SC2086 # words
	reads 0 as_nobody "$scratch/ohbuild" $question
done
expect 4 as_nobody "$scratch/ohbuild" --replay cassettes
has "ermission denied"
has ".ohbuild"
chmod -R u+w .

no_leftovers
say passed
