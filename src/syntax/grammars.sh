#!/bin/sh
# src/syntax/grammars.sh OUT [PACKAGES]
#
# Builds each grammar of grammars.txt into OUT/<language>.so.  The packages
# come from the folder PACKAGES (<name>-<version>.tgz), else from the npm
# registry by `npm pack`; either way they must have the digest of the list.
# What was built is kept in ~/.cache/ohbuild under the digest of all that it
# was made of, so that another build takes it from there.  CC: the compiler.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
list=$here/grammars.txt
out=$1
packages=${2:-}
cc=${CC:-cc}

fail() {
	echo "grammars.sh: $*" >&2
	exit 1
}

# get NAME VERSION: the package into the folder we are in.
get() {
	if [ -n "$packages" ]; then
		cp "$packages/$1-$2.tgz" . ||
			fail "'$packages/$1-$2.tgz' is not there"
		return
	fi
	command -v npm >/dev/null ||
		fail "npm is not there; install it (Debian: apt-get install" \
			"npm), or name a folder with the packages of" \
			"'$list': cmake -DOHB_GRAMMARS=FOLDER"
	npm pack --silent "$1@$2" >/dev/null ||
		fail "'npm pack $1@$2' failed"
}

# build LANGUAGE PACKAGE FOLDER DIGEST, in a folder of its own.
build() {
	name=${2%@*}
	version=${2##*@}
	archive=$name-$version.tgz
	[ -e "$archive" ] || get "$name" "$version"
	echo "$4  $archive" | sha512sum --check --status ||
		fail "'$archive' is not what '$list' names: its SHA-512 differs"
	[ -d "$name" ] || {
		mkdir "$name"
		tar -xzf "$archive" -C "$name"
	}
	source=$name/package/$3
	set -- "$1" "$source/parser.c"
	[ ! -e "$source/scanner.c" ] || set -- "$@" "$source/scanner.c"
	language=$1
	shift
	# -O1: tables for the most part, and it compiles in a third of the time
	"$cc" -std=c11 -fPIC -shared -O1 -w -I"$source" \
		-o "new/$language.so" "$@"
}

key=$({
	cat "$list" "$here/grammars.sh"
	uname -m
	"$cc" -dumpmachine
} | sha512sum | cut -c1-32)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/ohbuild/grammars/$key
if [ ! -d "$cache" ]; then
	mkdir -p "${cache%/*}"
	work=$(mktemp -d "${cache%/*}/.new-XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cd "$work"
	mkdir new
	grep -v '^#' "$list" | while read -r language package folder digest; do
		build "$language" "$package" "$folder" "$digest"
	done
	# Two at once make the same: the first stays.
	mv -T new "$cache" 2>/dev/null || [ -d "$cache" ]
	cd "$here"
fi
mkdir -p "$out"
cp "$cache"/*.so "$out"
