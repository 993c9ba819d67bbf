#!/usr/bin/env bash
# label: fast
# Old tests get the first chance; another threshold is no reason to write a
# test anew; a comment is no reason for anything.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

shell_project a b c <<'END'
version: 1
agent: {sandbox: process}
models: [{id: openai/example}]
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
      - sabotage: {mutants: 4, min_killed: 1}
      - repeat: 1
END
for name in a b c; do
	printf '# what %s says\nsay() { echo %s; }\n' $name $name >"src/$name.sh"
done
quick_agent tests/a.sh tests/b.sh tests/c.sh
cat >"$scratch/agent.new" <<'END'
	mkdir -p tests
	name=${1##*/}
	{
		echo "# $(date +%N)"
		echo ". src/$name"
		echo "test \"\$(say)\" = \"$(. "src/$name" && say)\" && bad= ||"
		echo '	bad="<failure message=\"not so\"/>"'
		echo 'printf "<testsuite><testcase name=\"x\">%s</testcase></testsuite>" "$bad" >"$1"'
		echo '[ -z "$bad" ]'
	} >"$1"
END
cp "$scratch/agent.new" "$scratch/agent.free"

way() { # NAME: its verdict and what a build would do
	"$OHBUILD" status --json "tests/$1.sh" |
		jq -r '.targets[-1] | "\(.verdict), \(.way), \(.because)"'
}

build() { # STATUS ARG...
	expect "$1" "$OHBUILD" --replay cassettes --events "$scratch/events" \
		"${@:2}"
}

alone() { # STATUS ARG...: with neither engine nor model nor cassette
	OHBUILD_AGENT_SERVER=/nowhere expect "$1" "$OHBUILD" \
		--events "$scratch/events" "${@:2}"
}

steps() { # those that began in the last build
	jq -r 'select(.event == "step_started").step' "$scratch/events" |
		sort -u | xargs
}

build 0
has "3 made"
cp -R tests "$scratch/tests"

say "a comment, or layout, costs neither agent nor container"
printf '# what a really says\n\nsay() {   echo a; }  # so\n' >src/a.sh
[ "$(way a)" = "stale, revalidate, src/a.sh changed" ] || die "$(way a)"
expect 1 "$OHBUILD" check
has "to have it judged"
expect 0 "$OHBUILD" -n
has "the test is judged first"
alone 0
has "tests/a.sh: ok: nothing that is executed changed"
has "0 made, 1 revalidated, 0 failed"
[ -z "$(steps)" ] || die "it did $(steps)"
[ "$(way a)" = "fresh, null, nothing has changed" ] || die "$(way a)"
diff -r tests "$scratch/tests" || die "a test was touched"
expect 0 "$OHBUILD" check

say "the same holds for a fresh clone: the lock file says so"
git add -A
git -c user.name=t -c user.email=t@localhost commit -qm layout
git clone -q . "$scratch/clone"
cd "$scratch/clone"
expect 0 "$OHBUILD" check

say "and costs nothing there either: git says what the source was"
printf '# what the clone says\nsay() { echo a; }\n' >src/a.sh
cp openhands.lock "$scratch/lock"
alone 0
has "tests/a.sh: ok: nothing that is executed changed"
[ -z "$(steps)" ] || die "it did $(steps)"
expect 0 "$OHBUILD" check
[ "$(diff "$scratch/lock" openhands.lock | grep -c '^[<>]')" = 2 ] ||
	die "more than the source is new in it: $(diff "$scratch/lock" openhands.lock)"
printf 'say() { printf "a\\n"; }\n' >src/a.sh
rm -rf .ohbuild
alone 0
has "tests/a.sh: ok: the test holds as it was"
expect 0 "$OHBUILD" check
cd "$scratch/project"

say "code that changed, and a test that still holds: a judge, and no agent"
printf 'say() { printf "a\\n"; }\n' >src/a.sh
alone 0
has "tests/a.sh: ok: the test holds as it was"
has "1 revalidated"
[ "$(steps)" = "judge:sabotage judge:test stage" ] || die "it did $(steps)"
diff -r tests "$scratch/tests" || die "a test was touched"
expect 0 "$OHBUILD" log tests/a.sh
has "revalidated"
expect 0 "$OHBUILD" why tests/a.sh
has "fresh"

say "one that does not: the agent is told what changed and what failed"
printf 'say() { echo b; }\n' >src/a.sh
build 0
has "the old test does not hold any more: test: "
has "1 made"
[ "$(steps)" = "agent baseline commit judge:kept judge:sabotage judge:test sandbox stage" ] ||
	die "it did $(steps)"
expect 0 "$OHBUILD" log -v tests/a.sh
has '> -say() { printf "a\n"; }'
has '> +say() { echo b; }'
has "The judge refused what stands on disk"
expect 0 "$OHBUILD" log -v --attempt 1 tests/a.sh
expect 0 "$OHBUILD" check

say "several at once, and -B asks an agent all the same"
printf 'say() { printf "b\\n"; }\n' >src/a.sh
printf '# b\nsay() { echo b; }\n' >src/b.sh
printf 'say() { echo d; }\n' >src/c.sh
build 0 -j3
has "3 targets: 1 made, 2 revalidated, 0 failed"
printf '# what b says\nsay() { echo b; }\n' >src/b.sh
build 0 -B tests/b.sh
has "1 made"

say "without a key what holds is kept, and what does not needs one"
printf 'say() { echo b; } # more\n' >src/b.sh
printf 'say() { printf "d\\n"; }\n' >src/c.sh
printf 'say() { echo e; }\n' >src/a.sh
sed -i 's|{id: openai/example}|{id: openai/example, key: NO_SUCH_KEY}|' \
	openhands.yml
expect 3 "$OHBUILD" -k
has "NO_SUCH_KEY"
[ "$(way b), $(way c)" = "fresh, null, nothing has changed, fresh, null, \
nothing has changed" ] || die "$(way b) $(way c)"
[ "$(way a)" = "stale, revalidate, src/a.sh changed" ] || die "$(way a)"
sed -i 's|, key: NO_SUCH_KEY}|}|' openhands.yml
build 0
has "1 made"

say "what a test was made of besides is another matter"
sed -i 's/    test: tests.*/&\n    prompt: |\n      Be brief./' openhands.yml
[ "$(way a)" = "stale, agent, the prompt was added" ] || die "$(way a)"
sed -i '/prompt:/d; /Be brief/d' openhands.yml
expect 0 "$OHBUILD" check

say "another threshold: judged again, and not made again"
sed -i 's|        junit: "{report}"|&\n        max_skipped: 3|' openhands.yml
[ "$(way a)" = "stale, revalidate, validate changed" ] || die "$(way a)"
expect 1 "$OHBUILD" -q
alone 0
has "3 revalidated"
[ "$(steps)" = "judge:sabotage judge:test stage" ] || die "it did $(steps)"
expect 0 "$OHBUILD" check
git add -A
git -c user.name=t -c user.email=t@localhost commit -qm threshold
rm -rf "$scratch/clone"
git clone -q . "$scratch/clone"

say "a fresh clone knows by which settings: the lock file says so"
cd "$scratch/clone"
[ "$(grep -c '^	validate ' openhands.lock)" = 3 ] || die "$(cat openhands.lock)"
expect 0 "$OHBUILD" check
sed -i 's|max_skipped: 3|max_skipped: 4|' openhands.yml
[ "$(way a)" = "stale, revalidate, validate changed" ] || die "$(way a)"
expect 1 "$OHBUILD" check
git checkout -q openhands.yml
expect 0 "$OHBUILD" check
sed -i 's|max_skipped: 3|max_skipped: 4|' openhands.yml
alone 0
has "3 revalidated"
[ "$(git status --porcelain | xargs)" = "M openhands.lock M openhands.yml" ] ||
	die "$(git status --porcelain)"
[ "$(git diff -U0 openhands.lock | grep '^[-+]	' | cut -f2 | cut -d' ' -f1 |
	sort | uniq -c | xargs)" = "6 validate" ] || die "$(git diff openhands.lock)"
rm -rf .ohbuild
expect 0 "$OHBUILD" check
git -c user.name=t -c user.email=t@localhost commit -qam four

say "and who pulls that is done; who has it not staged is not"
cd "$scratch/project"
git pull -q "$scratch/clone"
expect 0 "$OHBUILD" check
alone 0
has "nothing to do"
sed -i 's|max_skipped: 4|max_skipped: 3|' openhands.yml
alone 0
has "3 revalidated"
git add openhands.yml
expect 1 "$OHBUILD" check --staged
git add openhands.lock
expect 0 "$OHBUILD" check --staged

say "an old lock file knows nothing of that"
sed -i '/^	validate /d' openhands.lock
rm -rf .ohbuild
sed -i 's|max_skipped: 3|max_skipped: 4|' openhands.yml
expect 0 "$OHBUILD" check
git checkout -q openhands.yml openhands.lock
expect 0 "$OHBUILD" check
sed -i '1a defaults: {on_change: regenerate}' openhands.yml

say "also with 'on_change: regenerate'; one that fails it goes to an agent"
cat >"$scratch/agent.free" <<'END'
	cat >"$1" <<'XML'
	printf '<testsuite><testcase name="x"/><testcase name="y"/></testsuite>' \
		>"$1"
XML
END
sed -i 's|max_skipped: 3|min: 2|' openhands.yml
[ "$(way a)" = "stale, revalidate, validate changed" ] || die "$(way a)"
build 0 tests/a.sh
has "1 made"
[ "$(way a)" = "fresh, null, nothing has changed" ] || die "$(way a)"
printf 'say() { echo other; }\n' >src/a.sh
[ "$(way a)" = "stale, agent, src/a.sh changed" ] || die "$(way a)"

say "a failure without -k ends the build before anybody is paid"
sed -i '/^defaults: {on_change: regenerate}$/d' openhands.yml
echo : >"$scratch/agent.free"
build 2 -j1 tests/b.sh tests/c.sh
has "1 failed, 1 not run"

say "what it waits for is made anew: more changed than its source"
cp "$scratch/agent.new" "$scratch/agent.free"
cat >openhands.yml <<'END'
version: 1
agent: {sandbox: process}
models: [{id: openai/example}]
defaults:
  validate:
    - test: sh {test} {report}
      junit: "{report}"
    - sabotage: {mutants: 4, min_killed: 1}
    - repeat: 1
modules:
  - {name: a, source: src/a.sh, test: tests/a.sh}
  - {name: b, source: src/b.sh, test: tests/b.sh, inputs: [tests/a.sh]}
  - name: c
    source: src/c.sh
    test: tests/c.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
      - coverage: cp lcov {report}
        lcov: "{report}"
END
printf 'SF:src/c.sh\nDA:2,1\nDA:3,0\nend_of_record\n' >lcov
printf '# \0\nsay() { echo c; }\nmore() { echo 1; }\n' >src/c.sh
rm -rf .ohbuild openhands.lock tests
build 0 -j3
has "3 made"
printf 'say() { echo new; }\n' >src/a.sh
printf '# new\nsay() { echo b; }\n' >src/b.sh
[ "$(way b)" = "stale, revalidate, src/b.sh changed" ] || die "$(way b)"
build 0 tests/b.sh
has "2 made, 0 failed"

say "a source that is a link now cannot be looked at"
cp src/a.sh src/d.sh
ln -sf d.sh src/a.sh
build 0 tests/a.sh
has "no step tells whether it tests what changed in 'src/a.sh'"
has "1 made"

say "of a source that is no text nobody knows which lines changed"
printf '# \0\nsay() { echo c; }\nmore() { echo 2; }\n' >src/c.sh
build 0 tests/c.sh
has "it passes, but does not execute all lines that changed"

# executed LINE,HITS...: what the coverage of src/c.sh says
executed() {
	{
		echo SF:src/c.sh
		printf 'DA:%s\n' "$@"
		echo end_of_record
	} >lcov
}

say "which of the lines that changed it executes is known by its coverage"
write() { # A line each
	printf '%s\n' "$@" >src/c.sh
}
executed 1,1 2,0 3,0
write 'say() { echo c; }' 'more() { echo 1; }' 'last() { echo 2; }'
build 0 tests/c.sh
write 'say() { echo c; }' 'more() { echo 3; }' 'last() { echo 2; }'
build 0 tests/c.sh
has "it passes, but executes no line that changed"
has "1 made"

say "so many as are asked for are enough"
sed -i 's|lcov: "{report}"|&\n        min_changed: 50|' openhands.yml
alone 0 tests/c.sh
write 'say() { printf "c\n"; }' 'more() { echo 4; }' 'last() { echo 2; }'
build 0 tests/c.sh
has "1 revalidated"
sed -i '/min_changed/d' openhands.yml
alone 0 tests/c.sh

say "what is removed at the end counts for the line before it"
write 'say() { printf "c\n"; }' 'more() { echo 4; }'
build 0 tests/c.sh
has "it passes, but executes no line that changed"
executed 1,1 2,1
write 'say() { printf "c\n"; }'
build 0 tests/c.sh
has "1 revalidated"

say "a person's edit of a test whose source changed: what it leaves is a warning"
edit() { # A line each of the source, beside an edit of its test
	echo '# by hand' >>tests/c.sh
	write "$@"
}
unproven="it is not shown that it tests what changed: "
executed 1,1 2,0
edit 'say() { printf "c\n"; }' 'more() { echo "5"; }'
[ "$(way c)" = "edited, judge, tests/c.sh was changed by hand, \
and src/c.sh changed" ] || die "$(way c)"
alone 0 tests/c.sh
has "${unproven}it passes, but executes no line that changed"
has "1 adopted"
[ "$(grep -c '"warning".*executes no line' "$scratch/events")" = 1 ] ||
	die "the events: $(cat "$scratch/events")"
alone 0 tests/c.sh
has "nothing to do"

say "layout is nothing to be tested, nor is what it executes left"
edit 'say() { printf "c\n"; }' 'more() { echo "5"; } # so'
alone 0 tests/c.sh
hasnt "$unproven"
has "1 adopted"
executed 1,1 2,1
edit 'say() { echo "c"; }' 'more() { echo "5"; } # so'
alone 0 tests/c.sh
hasnt "$unproven"
has "1 adopted"
edit 'say() { echo "c"; }' 'more() { echo "6"; }'
alone 0 tests/c.sh
has "${unproven}it passes, but notices no fault on the lines that changed"
has "1 adopted"

say "and no step refuses a person's for what changed"
sed -i 's|lcov: "{report}"|&\n        min_changed: 50|' openhands.yml
executed 1,1 2,0
edit 'say() { echo "c"; }' 'more() { echo "7"; }'
alone 0 tests/c.sh
has "${unproven}coverage: too low: 0 of 1 changed lines"
has "1 adopted"
expect 0 "$OHBUILD" check tests/c.sh
