#!/usr/bin/env bash
# label: fast
# Tests that people write and change: judged as they stand, adopted, put back.
# No engine, no model, no key: whatever asks for one fails.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
: "${OHBUILD_FAILPOINTS:?names the program that dies where it is told to}"
export DOCKER_HOST=unix:///nowhere
unset NO_SUCH_KEY

shell_project a b c <<'END'
version: 1
models: [{id: openai/example, key: NO_SUCH_KEY}]
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate_in: host
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
mkdir tests

verdict() { # NAME: its verdict and what a build would do
	"$OHBUILD" status --json "tests/$1.sh" |
		jq -r '.targets[0] | "\(.verdict), \(.way)"'
}

is() { # NAME VERDICT
	[ "$(verdict "$1")" = "$2" ] || die "$1 is $(verdict "$1"), not $2"
}

judged() { # how many judgements there were in the last build
	grep -c '"step_started".*"judge:test"' "$scratch/events" || true
}

say "keep: a test of a person's is not fresh, and a build would judge it"
good_test tests/a.sh
is a "edited, judge"
expect 1 "$OHBUILD" check tests/a.sh
has "ohbuild tests/a.sh"
has "ohbuild adopt tests/a.sh"
expect 0 "$OHBUILD" -n tests/a.sh
has "judged"
has "\$0.00"

say "a good one is taken as it stands"
cp -p tests/a.sh "$scratch/a"
expect 0 "$OHBUILD" tests/a.sh
has "1 adopted"
cmp tests/a.sh "$scratch/a" || die "it was touched"
[ ! tests/a.sh -nt "$scratch/a" ] || die "it was written again"
is a "fresh, null"
expect 0 "$OHBUILD" tests/a.sh
has "nothing to do"

say "a bad one is left alone, remembered, and judged again when it changes"
printf 'exit 3\n' >tests/b.sh
expect 2 "$OHBUILD" --events "$scratch/events" tests/b.sh
has "refuses it as it stands"
has "ohbuild adopt tests/b.sh"
[ "$(judged)" = 1 ] || die "judged $(judged) times"
[ "$(cat tests/b.sh)" = 'exit 3' ] || die "it was touched"
is b "failed before, judge"
expect 0 "$OHBUILD" log tests/b.sh
has "refuses it as it stands"
expect 1 "$OHBUILD" check tests/b.sh
expect 2 "$OHBUILD" --events "$scratch/events" tests/b.sh
[ "$(judged)" = 0 ] || die "judged again"
expect 2 "$OHBUILD" --events "$scratch/events" --retry-failed tests/b.sh
[ "$(judged)" = 1 ] || die "--retry-failed did not judge"
expect 2 "$OHBUILD" -B tests/b.sh
[ "$(cat tests/b.sh)" = 'exit 3' ] || die "-B touched it"
printf '# b is another\n' >>src/b.sh
is b "edited, judge"
expect 2 "$OHBUILD" tests/b.sh
good_test tests/b.sh
expect 0 "$OHBUILD" tests/b.sh
is b "fresh, null"

say "an edit of what is fresh; its older version is there"
printf '# by hand\n' >>tests/a.sh
is a "edited, judge"
expect 0 "$OHBUILD" log tests/a.sh
has "@1"
expect 0 "$OHBUILD" tests/a.sh
is a "fresh, null"

say "restore, and back again"
cp tests/a.sh "$scratch/hand"
expect 0 "$OHBUILD" restore tests/a.sh
cmp tests/a.sh "$scratch/a" || die "not what it was"
is a "edited, judge"
expect 0 "$OHBUILD" restore tests/a.sh@1
cmp tests/a.sh "$scratch/hand" || die "not back"
is a "fresh, null"
printf '# not kept anywhere\n' >tests/a.sh
expect 0 "$OHBUILD" restore tests/a.sh@2
cmp tests/a.sh "$scratch/a" || die "not @2"
expect 0 "$OHBUILD" restore tests/a.sh
[ "$(cat tests/a.sh)" = '# not kept anywhere' ] || die "it is lost"
rm tests/a.sh
expect 0 "$OHBUILD" restore tests/a.sh@2
cmp tests/a.sh "$scratch/hand" || die "not from nothing"
expect 3 "$OHBUILD" restore tests/a.sh@9
has "@1 to @"
expect 3 "$OHBUILD" restore tests/c.sh
expect 3 "$OHBUILD" restore tests/nothing.sh@1
expect 3 "$OHBUILD" restore
is a "fresh, null"

say "kill -9 while it is restored: one or the other, and nothing is lost"
for point in blob-add commit-temp commit-before-begin commit-begin \
	commit-begun commit-renamed commit-all-renamed commit-end \
	commit-ended; do
	printf '# before %s\n' $point >tests/a.sh
	got=0
	(OHBUILD_FAILPOINT=$point "$OHBUILD_FAILPOINTS" restore tests/a.sh@1) \
		>"$scratch/out" 2>&1 || got=$?
	[ "$got" = 137 ] || die "$point: status $got: $(cat "$scratch/out")"
	expect 0 "$OHBUILD" adopt tests/b.sh # mends, too
	[ -z "$(find . -name '.*.ohb-*')" ] || die "$point: left over"
	if [ "$(cat tests/a.sh)" != "# before $point" ]; then
		expect 0 "$OHBUILD" restore tests/a.sh
	fi
	[ "$(cat tests/a.sh)" = "# before $point" ] || die "$point: it is lost"
done

say "adopt: what stands there, without a judge"
expect 3 "$OHBUILD" adopt
has "--all"
printf 'exit 3\n' >tests/b.sh
expect 0 "$OHBUILD" adopt tests/b.sh
has "tests/b.sh"
is b "fresh, null"
expect 2 "$OHBUILD" adopt tests/c.sh
has "not there"
printf '# more\n' >>src/a.sh
cp tests/a.sh "$scratch/hand"
expect 0 "$OHBUILD" adopt --all
has "tests/a.sh"
hasnt "tests/b.sh"
is a "fresh, null"
cmp tests/a.sh "$scratch/hand" || die "it was touched"

say "kill -9 while it is adopted: the next time takes it, and it is untouched"
for point in blob-add record-save record-save-done lock-temp lock-written; do
	printf '# adopted %s\n' $point >tests/b.sh
	cp tests/b.sh "$scratch/hand"
	got=0
	(OHBUILD_FAILPOINT=$point "$OHBUILD_FAILPOINTS" adopt tests/b.sh) \
		>"$scratch/out" 2>&1 || got=$?
	[ "$got" = 137 ] || die "$point: status $got: $(cat "$scratch/out")"
	cmp tests/b.sh "$scratch/hand" || die "$point: it was touched"
	expect 0 "$OHBUILD" adopt --all
	is b "fresh, null"
	cmp tests/b.sh "$scratch/hand" || die "$point: it was touched"
	[ -z "$(find . -name '.*.ohb-*')" ] || die "$point: left over"
done

say "--validate: only what the judge lets pass"
printf 'exit 4\n' >tests/b.sh
good_test tests/c.sh
expect 2 "$OHBUILD" adopt --all --validate
is c "fresh, null"
is b "failed before, judge"

say "several outputs come back together, and a name may hold an @"
cp openhands.yml "$scratch/yml"
cat >>openhands.yml <<'END'
  - source: src/c.sh
    test: [tests/c@2, tests/c.data]
    validate_in: host
    validate:
      - test: sh tests/c@2 {report}
        junit: "{report}"
END
printf 'exit 0\n' >tests/c@2
printf 'one\n' >tests/c.data
expect 0 "$OHBUILD" adopt tests/c@2
printf 'two\n' >tests/c.data
expect 0 "$OHBUILD" adopt tests/c@2
expect 0 "$OHBUILD" restore tests/c@2
[ "$(cat tests/c.data)" = one ] || die "the second output is not back"
expect 0 "$OHBUILD" restore tests/c@2@1
[ "$(cat tests/c.data)" = two ] || die "not back"
[ "$(cat tests/c@2)" = 'exit 0' ] || die "the first output is another"
rm tests/c@2 tests/c.data
cp "$scratch/yml" openhands.yml

say "an existing suite begins without a state"
rm -rf .ohbuild
good_test tests/b.sh
expect 1 "$OHBUILD" check
expect 0 "$OHBUILD" adopt --all
expect 0 "$OHBUILD" check
expect 0 "$OHBUILD"
has "nothing to do"
say passed
