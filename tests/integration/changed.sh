#!/usr/bin/env bash
# label: busy
# What changes while agents work, what waits for what, and what is chosen.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

shell_project edited written first second fails after last <<'END'
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
limits: {attempts: 1}
defaults:
  on_change: regenerate
  validate:
    - test: sh {test} {report}
      junit: "{report}"
modules:
  - name: edited
    tags: [moving]
    source: src/edited.sh
    test: tests/edited_test.sh
  - name: written
    tags: [moving]
    source: src/written.sh
    test: tests/written_test.sh
  - {name: first, source: src/first.sh, test: tests/first_test.sh}
  - name: second
    source: src/second.sh
    test: tests/second_test.sh
    inputs: [tests/first_test.sh]
  - {name: fails, source: src/fails.sh, test: tests/fails_test.sh, priority: 9}
  - name: after
    source: src/after.sh
    test: tests/after_test.sh
    inputs: [tests/fails_test.sh]
  - {name: last, source: src/last.sh, test: tests/last_test.sh, tags: [end]}
END
good_test "$scratch/good"
for name in edited written first second after last; do
	cassette tests/${name}_test.sh <<END
create tests/${name}_test.sh $scratch/good
delay 4000 finish written
END
done
cassette tests/fails_test.sh <<<'delay 4000 finish nothing'

# plans TARGETS WORD...: what these words choose.
plans() {
	local want=$1
	expect 0 "$OHBUILD" status --json "${@:2}"
	[ "$(jq -r '[.targets[].name | ltrimstr("tests/") |
		rtrimstr("_test.sh")] | sort | join(" ")' <<<"$out")" = "$want" ] ||
		die "'${*:2}' is not $want"
}

# order A B: event A comes before event B, both "TYPE NAME".
order() {
	local a b
	a=$(line "$1")
	b=$(line "$2")
	[ -n "$a" ] || die "no $1"
	[ -n "$b" ] || die "no $2"
	[ "$a" -lt "$b" ] || die "$1 is not before $2"
}

line() { # TYPE NAME
	grep -n "\"event\":\"${1% *}\".*\"target\":\"tests/${1#* }_test.sh\"" \
		"$scratch/events" | head -n 1 | cut -d: -f1
}

ended() { # NAME: its verdict
	jq -r "select(.event == \"target_ended\" and
		.target == \"tests/$1_test.sh\").verdict" "$scratch/events"
}

say "chosen by test, source, module, tag, glob"
plans edited tests/edited_test.sh
plans edited src/edited.sh
plans last last
plans "edited written" @moving
plans last @end
plans "edited fails first" 'tests/f*' src/edited.sh
plans "after fails" after
expect 3 "$OHBUILD" -n edit
has "edited"
expect 3 "$OHBUILD" -n @moved
has "@moving"

say "-q, -C, -f"
expect 1 "$OHBUILD" -q
cd /
expect 0 "$OHBUILD" -C "$scratch/project" list
has tests/edited_test.sh
cd "$scratch/project"
git mv openhands.yml other.yml
expect 3 "$OHBUILD" list
has openhands.yml
expect 0 "$OHBUILD" -f other.yml list
git mv other.yml openhands.yml
[ ! -e .ohbuild ] || die "a question made .ohbuild"

say "-j 4 -k: all at once, what is changed is not taken, what failed is not built on"
"$OHBUILD" -j 4 -k --replay cassettes --events "$scratch/events" \
	edited written second after -v >"$scratch/out" 2>"$scratch/err" \
	</dev/null &
pid=$!
children+=("$pid")
for name in edited written; do
	for _ in $(seq 900); do
		! grep -q "\"event\":\"agent\".*tests/${name}_test.sh" \
			"$scratch/events" 2>/dev/null || break
		sleep 0.1
	done
	case $name in
	edited) echo "# edited" >>src/edited.sh ;;
	written)
		mkdir -p tests
		echo "# by hand" >tests/written_test.sh
		;;
	esac
done
got=0
wait "$pid" || got=$?
children=()
out=$(cat "$scratch/out")
err=$(cat "$scratch/err")
[ "$got" -eq 2 ] || die "status $got"
for a in edited written first fails; do
	for b in edited written first fails; do
		order "target_started $a" "target_ended $b"
	done
done
order "target_ended first" "target_started second"
[ "$(ended edited)" = changed ] || die "edited: $(ended edited)"
has "'src/edited.sh' changed while the agent worked"
[ ! -e tests/edited_test.sh ] || die "a stale result was taken"
[ "$(ended written)" = conflict ] || die "written: $(ended written)"
has "'tests/written_test.sh' was written by somebody else"
[ "$(cat tests/written_test.sh)" = "# by hand" ] || die "it was overwritten"
[ "$(ended first) $(ended second)" = "ok ok" ] || die "first, second"
[ "$(ended fails)" = agent ] || die "fails: $(ended fails)"
[ -z "$(ended after)" ] || die "after was begun"
has "6 targets: 2 made, 3 failed, 1 not run"

say "then: one is stale, one is a person's, one failed before and holds another up"
expect 1 "$OHBUILD" check
expect 0 "$OHBUILD" status --json
[ "$(jq -r '[.targets[].verdict] | sort | join(",")' <<<"$out")" = \
	"blocked,edited,failed before,fresh,fresh,never built,never built" ] ||
	die "verdicts"

say "without -k: after a failure nothing new is begun"
expect 2 "$OHBUILD" -j 1 --retry-failed --replay cassettes \
	--events "$scratch/events" fails last
[ "$(ended fails)" = agent ] || die "fails: $(ended fails)"
[ -z "$(line "target_started last")" ] || die "last was begun"
has "1 failed, 1 not run"

say "a test that came back as it was: what waited for it is not made anew"
rm tests/first_test.sh cassettes/tests__second_test.sh.jsonl
expect 0 "$OHBUILD" -j 2 --replay cassettes --events "$scratch/events" second
[ "$(ended first) $(ended second)" = "ok ok" ] || die "first, second"
grep -q "what it waited for changed nothing" "$scratch/events" ||
	die "second was made anew"
order "target_ended first" "target_started second"

say "-B makes anew what is fresh; -s is silent"
{ cat "$scratch/good"; echo "# anew"; } >"$scratch/anew"
cassette tests/first_test.sh <<END
run echo '# anew' >>/workspace/project/tests/first_test.sh
finish written
END
expect 0 "$OHBUILD" -B -s --replay cassettes --events "$scratch/events" first
[ -z "$out$err" ] || die "-s says something"
[ "$(ended first)" = ok ] || die "first was not made"
cmp -s tests/first_test.sh "$scratch/anew" || die "it is the old one"

say "and what has it for an input is stale"
expect 1 "$OHBUILD" -q second
expect 0 "$OHBUILD" why tests/second_test.sh
has tests/first_test.sh
no_leftovers
say passed
