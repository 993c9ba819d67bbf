#!/bin/sh
# tests/tidy.sh OPTION... SOURCE -- COMPILER ARGUMENT...
#
# clang-tidy, as CMake calls it; a source in which it found nothing is not read
# again while source, headers, settings and clang-tidy are the same.
set -eu

cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/ohbuild/tidy
root=$(cd "$(dirname "$0")/.." && pwd)

# preprocess -- COMPILER ARGUMENT... : the source with its headers and their
# comments, of which some are for clang-tidy; -o at the end wins.
preprocess() {
	while [ "$1" != -- ]; do
		shift
	done
	shift
	"$@" -E -CC -o -
}

name=$({
	clang-tidy --version
	find "$root" -name .clang-tidy -not -path '*/build/*' -exec cat {} +
	printf '%s\n' "$@"
	preprocess "$@"
} | sed "s|$root||g" | sha256sum | cut -c1-40)
[ ! -e "$cache/$name" ] || exit 0
clang-tidy "$@"
mkdir -p "$cache"
: >"$cache/$name"
