#!/usr/bin/env bash
# label: busy
# sabotage and repeat, here and in containers: the same verdicts, with the line
# that was broken, and with the environment in which a test failed.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
unset NO_SUCH_KEY

shell_project strong weak flaky <<'END'
version: 1
agent: {image: "AGENT_IMAGE", pull: never}
models: [{id: openai/example, key: NO_SUCH_KEY}]
defaults:
  validate_in: host
  validate:
    - sabotage: {mutants: 4}
    - repeat: 5
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
  - source: src/{name}.py
    test: tests/test_{name}.py
    guard: {no-assertion: off}
    validate_in: {image: "AGENT_IMAGE"}
    validate:
      - test: python3 -m pytest -q --junitxml={report} {test}
        junit: "{report}"
      - sabotage: off
END
printf '.pytest_cache/\n__pycache__/\n' >>.gitignore
echo 'def f(): return 1' >src/order.py
mkdir tests
cat >tests/test_order.py <<'END'
state = []


def test_one():
    state.append(1)


class TestTwo:
    def test_two(self):
        assert state == [1]
END
echo 'def g(): return 1' >src/year.py
cat >tests/test_year.py <<END
import time


def test_year():
    assert time.gmtime().tm_year == $(date -u +%Y)
END
for name in strong weak flaky; do
	cat >src/$name.sh <<-'END'
		larger() {
			# not "this"
			if [ "$1" -gt "$2" ]; then echo "$1"; else
				echo "$2"
			fi
		}
	END
done
cat >tests/strong.sh <<'END'
. ./src/strong.sh
r="<failure/>"
if [ "$(larger 2 1)" = 2 ] && [ "$(larger 3 4)" = 4 ]; then r=; fi
echo "<testsuite><testcase name='larger'>$r</testcase></testsuite>" >"$1"
[ -z "$r" ]
END
cat >tests/weak.sh <<'END'
. ./src/weak.sh
larger 2 1
echo "<testsuite><testcase name='larger'/></testsuite>" >"$1"
END
# What another run left is not there; the time zone is not its business.
cat >tests/flaky.sh <<'END'
for f in ~/left "${TMPDIR:-/tmp}/left" ../left; do
	[ ! -e "$f" ] || exit 9
done
echo x >~/left
echo x >"${TMPDIR:-/tmp}/left"
(sleep 300 &) >/dev/null 2>&1
END
# shellcheck disable=SC2016 # as above
sed 's/strong/flaky/; s/^if/& case "$TZ" in *-14) false ;; esac \&\&/' \
	tests/strong.sh >>tests/flaky.sh

verdicts() {
	expect 0 "$OHBUILD" validate tests/strong.sh
	expect 2 "$OHBUILD" validate tests/weak.sh
	has "0 of 4 small faults in the source were noticed"
	has "src/weak.sh"
	# shellcheck disable=SC2016 # what stands in the source
	has '- if [ "$1" -gt "$2" ]'
	hasnt 'not "this"'
	expect 2 "$OHBUILD" validate tests/flaky.sh
	has "flaky: passed in the first run, failed in 'test' in run 2"
	has "TZ=XXX-14"
	has "larger"
}

say "on this machine"
verdicts
git add .
git -c user.name=t -c user.email=t@localhost commit -qm tests

say "in containers, each used again"
sed -i '/validate_in/d' openhands.yml
verdicts

say "what is known starts nothing; another threshold is judged, by no agent"
docker events --filter event=create >"$scratch/made" &
children+=($!)
started() {
	grep -c 'ohbuild.target=tests/strong.sh)' "$scratch/made" || true
}
sleep 1 # until it listens
expect 0 "$OHBUILD" validate tests/strong.sh
has known
[ "$(started)" = 0 ] || die "a container was started for what is known"
sed -i 's/mutants: 4/mutants: 3/' openhands.yml
expect 0 "$OHBUILD" validate tests/strong.sh
hasnt known
[ "$(started)" -gt 0 ] || die "nothing was judged"

say "the cases of pytest in another order"
expect 2 "$OHBUILD" validate tests/test_order.py
has "tests.test_order.TestTwo::test_two: flaky: passed in the first run"

say "a place that dies while the test runs in another: what ran there, again"
sed -i '1i sleep 3' tests/strong.sh
: >"$scratch/made"
"$OHBUILD" validate -v tests/strong.sh >"$scratch/out" 2>"$scratch/err" &
child=$!
children+=("$child")
docker kill "$(container_of tests/strong.sh judge-1)" >/dev/null
got=0
wait "$child" || got=$?
out=$(cat "$scratch/out") err=$(cat "$scratch/err")
[ "$got" = 0 ] || die "status $got"
[ "$(started)" = 3 ] || die "$(started) places were opened, not 3"

say "400 days later, by what the image has"
expect 2 "$OHBUILD" validate tests/test_year.py
has "tests.test_year::test_year: flaky: passed in the first run, failed"
has "), 400 days later: "
no_leftovers
