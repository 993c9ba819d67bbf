#!/usr/bin/env bash
# What it takes to find that there is nothing to do: N sources of 4 KiB with N
# tests, ohbuild beside ninja on the same files, interleaved, in one run.
#
#   tests/bench/null_build.sh [N [RUNS]]      after: cmake --build --preset
#       release --target ohbuild_program bench_fill; needs ninja and git
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
n=${1:-10000} runs=${2:-11}
ohbuild=$root/build/release/ohbuild
fill=$root/build/release/tests/bench_fill
work=$(mktemp -d)
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir src tests
python3 - "$n" <<'PY'
import sys

n = int(sys.argv[1])
with open("build.ninja", "w") as ninja:
    ninja.write("rule test\n  command = touch $out\n")
    for i in range(n):
        with open(f"src/m{i}.c", "w") as source:
            source.write(f"int m{i};\n".ljust(4096, "/"))
        with open(f"tests/test_m{i}.c", "w") as test:
            test.write(f"int test_m{i};\n")
        ninja.write(f"build tests/test_m{i}.c: test src/m{i}.c\n")
PY
cat >openhands.yml <<'YML'
version: 1
models:
  - id: openai/none
    key: NONE
modules:
  - source: src/{name}.c
    test: tests/test_{name}.c
    validate:
      - test: "true"
YML
printf '%s\n' .ninja_log .ninja_deps >.gitignore
git init -q .
git add .
git -c user.name=b -c user.email=b@localhost commit -qm bench
ninja -t restat >/dev/null 2>&1 || true
ninja >/dev/null
"$fill"

# ms CMD...: wall milliseconds of one run.
ms() {
	local from=${EPOCHREALTIME/./} to
	"$@" >/dev/null 2>&1
	to=${EPOCHREALTIME/./}
	echo $(((to - from) / 10))
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { printf "%.2f", v[int((NR + 1) / 2)] / 100 }'
}

ms "$ohbuild" >/dev/null
ms ninja >/dev/null
for ((i = 0; i < runs; i++)); do
	ms "$ohbuild" check >>ohbuild.times
	ms ninja >>ninja.times
	ms git ls-files -z --cached --others --exclude-standard >>git.times
done
"$ohbuild" check >/dev/null || { echo "not fresh: the benchmark is wrong" >&2; exit 1; }
a=$(median <ohbuild.times) b=$(median <ninja.times) g=$(median <git.times)
printf 'targets %d: ohbuild check %s ms, ninja %s ms, ratio %s; of it git ls-files %s ms (medians of %d)\n' \
	"$n" "$a" "$b" "$(awk "BEGIN { printf \"%.2f\", $a / $b }")" "$g" "$runs"
