#!/usr/bin/env bash
# label: fast
# The wall clock is set while an agent works, a day forward and two days back:
# no limit goes by it, and what is made is fresh.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

cc -shared -fPIC -o "$scratch/clock.so" "$tools/clock.c"
export CLOCK_FILE=$scratch/clock
echo 0 >"$CLOCK_FILE"

shell_project one two <<'END'
version: 1
agent: {sandbox: process}
models: [{id: openai/example}]
limits: {jobs: 1}
defaults:
  validate_in: host
  validate:
    - test: sh {test} {report}
      junit: "{report}"
modules:
  - {source: "src/{name}.sh", test: "tests/{name}.sh"}
END
quick_agent tests/one.sh tests/two.sh
sed -i '1i touch "'"$scratch"'/at-work.${1##*/}"; sleep 2' "$scratch/agent.free"

env ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$scratch/clock.so" \
	"$OHBUILD" --replay cassettes --events "$scratch/events" \
	>"$scratch/out" 2>"$scratch/err" </dev/null &
child=$!
children+=("$child")
await test -e "$scratch/at-work.one.sh"
echo 86400 >"$CLOCK_FILE"
await test -e "$scratch/at-work.two.sh"
echo -86400 >"$CLOCK_FILE"
got=0
wait "$child" || got=$?
out=$(cat "$scratch/out") err=$(cat "$scratch/err")
[ "$got" = 0 ] || die "status $got"
jq -se '[.[] | select(.event == "target_ended" and .ok and .attempt == 1)] |
	length == 2' "$scratch/events" >/dev/null || die "an attempt was lost"
jq -se '[.[] | .time[:10]] | unique | length == 3' "$scratch/events" \
	>/dev/null || die "the clock was not moved"
expect 0 "$OHBUILD" check
only_wrote tests/one.sh tests/two.sh

say passed
