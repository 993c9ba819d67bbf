#!/usr/bin/env bash
# label: soak
# label: busy
# Many targets by many agents at once, in containers, on a scripted provider:
# nothing grows with their number and nothing is left.  6 targets, 6 at once;
# 50 and 8 with OHB_SOAK=full.  Prints what ohbuild itself used.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

targets=6 jobs=6
[ "${OHB_SOAK:-}" != full ] || targets=50 jobs=8
export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
mkdir "$scratch/provider" "$scratch/cassettes"
python3 "$tools/provider.py" "$scratch/cassettes" "$PROVIDER_KEY" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"

names=()
for i in $(seq -w "$targets"); do
	names+=("t$i")
done
shell_project "${names[@]}" <<END
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models:
  - id: openai/example
    key: PROVIDER_KEY
    base_url: http://127.0.0.1:$(cat "$scratch/provider/port")/v1
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
good_test "$scratch/good"
cassette tests/NAME.sh <<END
run cat src/NAME.sh
create tests/NAME.sh $scratch/good
finish written
END
mv cassettes/*.jsonl "$scratch/cassettes/example.each.jsonl"
rmdir cassettes

# sample PID: a line a second while it lives: open files, threads, memory that
# is its own (KiB), processor time (1/100 s), targets that are recorded.
sample() {
	local files threads memory ticks
	while files=$(find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l) &&
		[ "$files" -gt 0 ]; do
		threads=$(awk '/^Threads:/ { print $2 }' "/proc/$1/status") || break
		memory=$(awk '/^RssAnon:/ { print $2 }' "/proc/$1/status") || break
		ticks=$(awk '{ print $14 + $15 }' "/proc/$1/stat") || break
		[ -n "$threads$memory" ] || break
		echo "$files $threads $memory $ticks $(find tests -name '*.sh' \
			2>/dev/null | wc -l)"
		sleep 0.5
	done
}

say "$targets targets, $jobs at once"
from=${EPOCHREALTIME/./}
"$OHBUILD" -j "$jobs" >"$scratch/out" 2>"$scratch/err" </dev/null &
child=$!
sample "$child" >"$scratch/samples" 2>/dev/null || true
status=0
wait "$child" || status=$?
took=$((${EPOCHREALTIME/./} - from))
out=$(cat "$scratch/out") err=$(cat "$scratch/err")
[ "$status" -eq 0 ] || die "status $status"
expect 0 "$OHBUILD" check
no_leftovers
[ "$(wc -l <"$scratch/provider/requests")" -eq $((3 * targets)) ] ||
	die "requests: $(wc -l <"$scratch/provider/requests")"

# While as many agents as can be are at work, the second half of the build must
# be as the first.
awk -v took="$took" -v targets="$targets" -v jobs="$jobs" '
{
	half = $5 * 2 < targets ? 1 : 2
	for (i = 1; i <= 3; i++)
		if ($i > most[half, i])
			most[half, i] = $i
	ticks = $4
}
END {
	printf "open files %d, then %d; threads %d, then %d; memory %d KiB, then %d KiB\n",
		most[1, 1], most[2, 1], most[1, 2], most[2, 2],
		most[1, 3], most[2, 3]
	printf "processor %.2f s in %.1f s: %.1f %%\n", ticks / 100,
		took / 1e6, ticks * 1e6 / took
	if (!NR || most[2, 1] > most[1, 1] + 2 * jobs ||
	    most[2, 2] > most[1, 2] + 2 * jobs ||
	    most[2, 3] > most[1, 3] + 4096)
		exit 1
}' "$scratch/samples" || die "something grows: $(cat "$scratch/samples")"
say passed
