#!/usr/bin/env bash
# Four targets at once beside one alone, in one run: real agents whose model
# takes its time.  Also prints what ohbuild itself used of the processor.
#
#   tests/bench/parallel.sh [SECONDS-PER-REPLY]   needs build/release/ohbuild,
#       a Docker Engine and the image of examples/agent-image/build.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
wait_ms=$((${1:-20} * 1000))
export OHBUILD=$root/build/release/ohbuild OHBUILD_SOURCE_DIR=$root
OHBUILD_AGENT_IMAGE=$("$root/examples/agent-image/build.sh")
export OHBUILD_AGENT_IMAGE
# shellcheck source=tests/integration/lib.sh
. "$root/tests/integration/lib.sh"

mkdir "$scratch/project"
cd "$scratch/project"
mkdir src
for i in 1 2 3 4; do
	echo "echo $i" >"src/m$i.sh"
	# shellcheck disable=SC2016 # the test's, not ours
	printf 'test "$(sh src/m%d.sh)" = %d\n' $i $i >"$scratch/test$i"
	cassette "tests/test_m$i.sh" <<REPLIES
delay $wait_ms run cat src/m$i.sh
delay $wait_ms create tests/test_m$i.sh $scratch/test$i
delay $wait_ms finish written
REPLIES
done
cat >openhands.yml <<YML
version: 1
agent: {image: "$OHBUILD_AGENT_IMAGE", pull: never}
models: [{id: openai/example, key: NONE}]
modules:
  - source: src/{name}.sh
    test: tests/test_{name}.sh
    workspace: [src/**]
    validate:
      - test: sh {test}
YML
printf 'cassettes\n' >.gitignore

# run NAME ARGUMENT...: wall seconds in $took, processor seconds in $cpu.
run() {
	local from=${EPOCHREALTIME/./}
	/usr/bin/env bash -c 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1' run \
		"$OHBUILD" --replay cassettes "$@" 2>"$scratch/cpu" ||
		die "ohbuild $*"
	took=$(awk "BEGIN { print (${EPOCHREALTIME/./} - $from) / 1e6 }")
	cpu=$(awk '{ print $1 + $2 }' "$scratch/cpu")
}

run tests/test_m1.sh
one=$took
rm -rf .ohbuild tests
run -j 4
awk -v one="$one" -v four="$took" -v cpu="$cpu" 'BEGIN {
	printf "one target %.1f s, four with -j 4 %.1f s, ratio %.2f; ", one, four, four / one
	printf "ohbuild itself %.2f s of the processor for four: %.0f ms each\n", cpu, cpu / 4 * 1000
}'
