#!/bin/sh
# tests/package/run.sh BUILD-FOLDER: installs into a staging folder and uses
# the result as a stranger would: with pkg-config and with find_package, the
# shared and the static library.
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

DESTDIR=$stage/root cmake --install "$build" >/dev/null
prefix=$stage/root$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' \
	"$build/CMakeCache.txt")
(cd "$prefix" && find . ! -type d | sort)
for name in bin/ohbuild include/ohbuild/version.h include/ohbuild/ohbuild.h \
	share/doc/ohbuild/LICENSE share/man/man1/ohbuild.1 \
	share/man/man5/openhands.yml.5 \
	share/ohbuild/schema/openhands.schema.json \
	lib/ohbuild/languages/python/language; do
	test -s "$prefix/$name" || {
		echo "'$name' is not installed"
		exit 1
	}
done
# What is loaded when it is first needed is linked with nothing, and told in a
# note.
for name in libcurl libarchive libmicrohttpd libtree-sitter; do
	if readelf -d "$prefix/bin/ohbuild" | grep -q "NEEDED.*$name" ||
		! readelf -p .note.dlopen "$prefix/bin/ohbuild" |
		grep -q "\"soname\":\[\"${name}[-a-z]*[.]so[.]"; then
		echo "the program does not load '$name' as it should"
		exit 1
	fi
done
for header in "$prefix"/include/ohbuild/*.h; do
	echo "#include <ohbuild/${header##*/}>"
done >"$stage/headers.c"

pc=$(dirname "$(find "$prefix" -name ohbuild.pc)")
export PKG_CONFIG_PATH="$pc"
export LD_LIBRARY_PATH="${pc%/pkgconfig}"
flags=$(PKG_CONFIG_SYSROOT_DIR=$stage/root pkg-config --cflags --libs ohbuild)
# shellcheck disable=SC2086 # a list of flags
${CC:-cc} -std=c17 -Wall -Wextra -Wpedantic -Werror -o "$stage/consumer" \
	"$here/consumer.c" "$stage/headers.c" $flags
"$stage/consumer"
# The static library by its path, what it needs by pkg-config.
# shellcheck disable=SC2046 # a list of flags
${CC:-cc} -I"$prefix/include" -o "$stage/consumer" "$here/consumer.c" \
	"${pc%/pkgconfig}/libohbuild.a" -pthread \
	$(pkg-config --libs $(pkg-config --print-requires-private ohbuild))
"$stage/consumer"

cmake -S "$here" -B "$stage/build" -G Ninja \
	-DCMAKE_PREFIX_PATH="$prefix" >/dev/null
cmake --build "$stage/build" >/dev/null
"$stage/build/with_ohbuild"
"$stage/build/with_ohbuild_static"
