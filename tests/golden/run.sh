#!/bin/sh
# tests/golden/run.sh CASE-FOLDER...
#
# A case is a folder with these files:
#   cmd      a shell script that calls ohbuild; runs in an empty folder, or in
#            a copy of project/ if the case has that folder
#   stdout   what it prints, absent if nothing
#   stderr   the same for the standard error
#   status   its exit status, absent if 0
# In stdout and stderr, $VERSION is the version of the program and $DIR the
# folder of the run.  OHBUILD names the program.  With UPDATE=1 the files are
# written instead of compared: read the difference before you commit it.
set -eu
: "${OHBUILD:?set it to the path of the program}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
version=$("$OHBUILD" --version | sed 's/^[^0-9]*\([0-9.]*\).*/\1/;q')
dots=$(echo "$version" | sed 's/\./\\./g')

normalise() {
	sed -e "s|$dir|\$DIR|g" -e "s|$dots|\$VERSION|g" "$1"
}

# expect NAME: compares what was printed with the file of the case.
expect() {
	if [ -n "${UPDATE:-}" ]; then
		rm -f "$case/$1"
		[ ! -s "$scratch/$1" ] || cp "$scratch/$1" "$case/$1"
	elif [ -e "$case/$1" ]; then
		diff -u "$case/$1" "$scratch/$1"
	else
		diff -u /dev/null "$scratch/$1"
	fi
}

failed=0
for case; do
	case=$(cd "$case" && pwd)
	rm -rf "$scratch/run"
	mkdir -p "$scratch/run/home"
	if [ -d "$case/project" ]; then
		cp -R "$case/project" "$scratch/run/project"
	else
		mkdir "$scratch/run/project"
	fi
	dir=$(cd "$scratch/run/project" && pwd -P)
	status=0
	(
		cd "$dir"
		exec env -i PATH="$(dirname "$OHBUILD"):$PATH" LC_ALL=C.UTF-8 \
			HOME="$scratch/run/home" OHBUILD="$OHBUILD" \
			ASAN_OPTIONS="${ASAN_OPTIONS:-}" \
			UBSAN_OPTIONS="${UBSAN_OPTIONS:-}" \
			TSAN_OPTIONS="${TSAN_OPTIONS:-}" \
			sh "$case/cmd"
	) >"$scratch/out" 2>"$scratch/err" </dev/null || status=$?
	normalise "$scratch/out" >"$scratch/stdout"
	normalise "$scratch/err" >"$scratch/stderr"
	echo "$status" | sed '/^0$/d' >"$scratch/status"
	for name in stdout stderr status; do
		expect $name || failed=1
	done
done
exit $failed
