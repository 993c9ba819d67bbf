#!/bin/sh
# tests/run.sh [PRESET [CTEST-ARGUMENT...]]
#
# Installs what the tests need (on Debian and its kin; elsewhere it must be
# there), builds PRESET (release), makes sure of a Docker Engine and of the
# agent image, and runs every test, or those that the arguments of ctest
# choose.  A test that could not run counts as failed.
#
#   OHB_MEANWHILE   presets that are compiled while tests wait (none); whether
#                   they could be is told by who builds them next
set -eu
cd "$(dirname "$0")/.."
. examples/engine.sh

preset=release
[ $# -eq 0 ] || {
	preset=$1
	shift
}

if command -v apt-get >/dev/null; then
	apt_need ca-certificates git cmake ninja-build gcc libc6-dev pkg-config \
		clang clang-format clang-tidy libclang-rt-14-dev llvm \
		libcurl4-openssl-dev libyaml-dev libxxhash-dev libsqlite3-dev \
		libjansson-dev libarchive-dev libmicrohttpd-dev libexpat1-dev nettle-dev \
		libtree-sitter-dev libfaketime \
		check nodejs perl bindfs fuse3 e2fsprogs iproute2 mandoc shellcheck procps jq curl sqlite3 \
		python3 python3-pytest python3-coverage python3-venv python3-yaml python3-jsonschema
	# for the grammars; Node's own package has it, too
	command -v npm >/dev/null || apt_need npm
fi

cmake --preset "$preset"
cmake --build --preset "$preset"

trap engine_down EXIT
engine_up
for next in ${OHB_MEANWHILE:-}; do
	nice -n 19 cmake --preset "$next" || break
	nice -n 19 cmake --build --preset "$next" || break
done >"build/$preset/meanwhile.log" 2>&1 &
meanwhile=$!
OHBUILD_AGENT_IMAGE=$(examples/agent-image/build.sh)
export OHBUILD_AGENT_IMAGE

totals=build/$preset/tests.xml
table=build/$preset/fixtures.txt
rm -f "$table"
status=0
# Many wait for a container or a clock.
ctest --preset "$preset" --parallel "$((2 * $(nproc)))" \
	--output-junit "$PWD/$totals" "$@" || status=$?
wait "$meanwhile" || :

# How the judge judged its fixtures (tests/judge).
[ ! -e "$table" ] || cat "$table"

# total NAME: an attribute of the <testsuite> that ctest wrote.
total() {
	sed -n "s/^[[:space:]]*$1=\"\([0-9]*\)\".*/\1/p" "$totals" | head -n 1
}
printf '%s tests: %s failed, %s disabled, %s skipped\n' \
	"$(total tests)" "$(total failures)" "$(total disabled)" "$(total skipped)"
[ "$(total disabled)$(total skipped)" = 00 ] || status=1
exit "$status"
