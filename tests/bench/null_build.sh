#!/usr/bin/env bash
# What it takes to find that there is nothing to do: N sources of 4 KiB with N
# tests, ohbuild beside ninja, make and git on the same files, in one run,
# interleaved.  Prints tables in Markdown, or puts them into
# docs/PERFORMANCE.md.
#
#   tests/bench/null_build.sh [--write] [N...]     1000 10000 100000
#
# Needs git, ninja, make and xxhsum, and builds the preset release first, or
# takes the programs from BUILD.  RUNS: how often each is measured.  KEEP: the
# projects stay, in a folder beneath TMPDIR.
# shellcheck disable=SC2016 # the quotes are Markdown's
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
write=
[ "${1:-}" != --write ] || {
	write=yes
	shift
}
[ $# -gt 0 ] || set -- 1000 10000 100000
sizes=("$@")
if [ -z "${BUILD:-}" ]; then
	BUILD=$root/build/release
	(cd "$root" && cmake --preset release && cmake --build --preset release \
		--target bench) >&2
fi
BUILD=$(cd "$BUILD" && pwd)
ohbuild=$BUILD/ohbuild
work=$(mktemp -d)
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
results=$work/results
mkdir "$results"

# project N: makes it, up to date for everybody, and goes there.
project() {
	mkdir "$work/$1"
	cd "$work/$1"
	mkdir src tests
	python3 - "$1" <<'PY'
import sys

n = int(sys.argv[1])
for i in range(n):
    with open(f"src/m{i}.c", "w") as file:
        file.write(f"int m{i};\n".ljust(4096, "/"))
for i in range(n):
    with open(f"tests/test_m{i}.c", "w") as file:
        file.write(f"int test_m{i};\n")
pairs = [(f"tests/test_m{i}.c", f"src/m{i}.c") for i in range(n)]
with open("build.ninja", "w") as file:
    file.write("rule test\n  command = touch $out\n")
    for test, source in pairs:
        file.write(f"build {test}: test {source}\n")
with open("Makefile", "w") as file:
    file.write("all: " + " ".join(test for test, _ in pairs) + "\n")
    for test, source in pairs:
        file.write(f"{test}: {source}\n\ttouch $@\n")
with open("../list", "w") as file:
    file.write("".join(sorted(f"{path}\0" for pair in pairs for path in pair)))
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
	# What changed in the second in which the index is written is compared
	# by git each time.
	sleep 1.1
	git add .
	nice ninja >/dev/null # its first time runs everything
	"$BUILD/tests/bench_fill"
	"$ohbuild" 2>/dev/null # writes openhands.lock
	git add .
	git -c user.name=b -c user.email=b@localhost commit -qm bench
	settle
}

# Everybody takes note of what changed.
settle() {
	ninja >/dev/null
	make -s >/dev/null
	sleep 0.1
	"$ohbuild" 2>/dev/null
}

# measure NAME STATUS CMD...: one run; it must end with that status.
measure() {
	local name=$1 expected=$2 ns cpu rss status
	shift 2
	read -r ns cpu rss status < <("$BUILD/tests/bench_run" "$@")
	[ "$status" = "$expected" ] || {
		echo "'$*' ended with status $status, not $expected" >&2
		exit 1
	}
	echo "$ns" >>"$results/$name.$n"
	echo "$cpu" >>"$results/$name-cpu.$n"
	echo "$rss" >>"$results/$name-memory.$n"
}

interleaved() {
	measure check 0 "$ohbuild" check
	measure build 0 "$ohbuild"
	measure ninja 0 ninja
	measure make 0 make -s
	measure git 0 git ls-files -z --cached --others --exclude-standard
	measure look 0 "$BUILD/tests/bench_look" "$work/list"
	measure staged 0 "$ohbuild" check --staged
	printf I 1<>src/m7.c
	measure changed 1 "$ohbuild" check
	printf i 1<>src/m7.c
	settle
}

cold() {
	rm .ohbuild/index
	measure cold 0 "$ohbuild" check
	measure xxhsum 0 xargs -0 -a "$work/list" xxh128sum
}

for n in "${sizes[@]}"; do
	echo "$n ..." >&2
	project "$n"
	runs=${RUNS:-$((n < 5000 ? 31 : n < 50000 ? 15 : 7))}
	interleaved
	rm -f "$results"/*."$n" # that was to warm up
	for ((i = 0; i < runs; i++)); do
		interleaved
	done
	for ((i = 0; i < (runs + 1) / 2; i++)); do
		cold
		settle
	done
	cd "$work"
	[ -n "${KEEP:-}" ] || rm -rf "${work:?}/$n"
done

# median NAME N
median() {
	sort -n "$results/$1.$2" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# row TITLE FORMAT SCALE NAME [PER]: medians, those of PER divide them; the
# last column is the slope of a line through the logarithms.
row() {
	local n values=() by
	for n in "${sizes[@]}"; do
		by=$3
		[ $# -lt 5 ] || by=$(median "$5" "$n")
		values+=("$n" "$(median "$4" "$n")" "$by")
	done
	printf '%s\n' "$1" "$2" "$#" "${values[@]}" | awk '
	NR == 1 { title = $0 }
	NR == 2 { format = $0 }
	NR == 3 { slope = $0 < 5 }
	NR < 4 { next }
	NR % 3 == 1 { x = log($1) }
	NR % 3 == 2 { value = $1 }
	NR % 3 == 0 {
		cells = cells sprintf(" " format " |", value / $1)
		y = log(value)
		k++; sx += x; sy += y; sxx += x * x; sxy += x * y
	}
	END {
		d = k * sxx - sx * sx
		printf "| %s |%s %s |\n", title, cells, \
			(slope && d > 0) ? sprintf("%.2f", (k * sxy - sx * sy) / d) : ""
	}'
}

head() {
	local n rule="|---|"
	printf '\n| %s |' "$1"
	for n in "${sizes[@]}"; do
		printf " %'d |" "$n"
		rule+=---:\|
	done
	printf ' growth: N to the |\n%s---:|\n' "$rule"
}

tables() {
	cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort -u | paste -sd ,)
	cat <<END
$(date -I); $(nproc) cores${cpu:+ ($cpu)}, Linux $(uname -r), $(findmnt -no FSTYPE -T "$work"); \
$("$ohbuild" --version) \
($(git -C "$root" rev-parse --short HEAD)), ninja $(ninja --version), \
$(make --version | sed -n 1p), $(git --version), $(xxh128sum --version 2>&1 | sed 's/ by .*//; 1q'); load $(cut -d' ' -f1 /proc/loadavg).
END
	head "milliseconds (median)"
	row '`ohbuild check`' %.1f 1000000 check
	row '`ohbuild`, nothing to do' %.1f 1000000 build
	row '`ninja`, nothing to do' %.1f 1000000 ninja
	row '`make -s`, nothing to do' %.1f 1000000 make
	row '`git ls-files --cached --others`' %.1f 1000000 git
	row 'bare `fstatat` of the 2 N files' %.1f 1000000 look
	row '`ohbuild check`, one file changed' %.1f 1000000 changed
	row '`ohbuild check --staged`' %.1f 1000000 staged
	row '`ohbuild check` without `.ohbuild/index`' %.1f 1000000 cold
	row '`xxh128sum` of the 2 N files' %.1f 1000000 xxhsum
	head "ratio"
	row 'check to ninja' %.2f 1 check ninja
	row 'build to ninja' %.2f 1 build ninja
	row 'check to bare `fstatat`' %.2f 1 check look
	row 'check of one changed file to check' %.2f 1 changed check
	row 'cold check to `xxh128sum`' %.2f 1 cold xxhsum
	head "processor time, ms"
	row '`ohbuild check` with its git' %.1f 1000000 check-cpu
	row '`ninja`' %.1f 1000000 ninja-cpu
	row '`make -s`' %.1f 1000000 make-cpu
	row '`git ls-files --cached --others`' %.1f 1000000 git-cpu
	row 'bare `fstatat` of the 2 N files' %.1f 1000000 look-cpu
	row '`ohbuild check --staged` with its git' %.1f 1000000 staged-cpu
	row '`ohbuild check` without `.ohbuild/index`' %.1f 1000000 cold-cpu
	row '`xxh128sum` of the 2 N files' %.1f 1000000 xxhsum-cpu
	head "peak memory, MiB"
	row '`ohbuild check`' %.1f 1024 check-memory
	row '`ohbuild`, nothing to do' %.1f 1024 build-memory
	row '`ninja`' %.1f 1024 ninja-memory
	row '`make -s`' %.1f 1024 make-memory
	row '`ohbuild check --staged`' %.1f 1024 staged-memory
	row '`ohbuild check` without `.ohbuild/index`' %.1f 1024 cold-memory
}

if [ -z "$write" ]; then
	tables
	exit
fi
tables >"$work/tables"
awk -v tables="$work/tables" '
/^<!-- end of the tables -->$/ { skip = 0 }
!skip
/^<!-- tables of null_build.sh -->$/ {
	print ""
	while ((getline line < tables) > 0)
		print line
	print ""
	skip = 1
}' "$root/docs/PERFORMANCE.md" >"$work/page"
cat "$work/page" >"$root/docs/PERFORMANCE.md"
