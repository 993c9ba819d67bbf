#!/bin/sh
# pre-commit.sh: prints the path of a Python that has pre-commit as pinned in
# pre-commit.txt.  Made once for each version of Python and of that file.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
python=$(python3 -c 'import sys; print(sys.executable, sys.version)')
pins=$(printf %s "$python" | cat - "$tools/pre-commit.txt" | sha256sum |
	cut -c -16)
venv=${XDG_CACHE_HOME:-$HOME/.cache}/ohbuild-tests/pre-commit-$pins

if [ ! -x "$venv/bin/python" ]; then
	mkdir -p "${venv%/*}"
	new=$(mktemp -d "$venv.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	python3 -m venv "$new" >&2
	"$new/bin/python" -m pip install -q --disable-pip-version-check \
		--only-binary :all: -r "$tools/pre-commit.txt" >&2
	# Somebody else may have been faster.
	mv -T "$new" "$venv" || [ -x "$venv/bin/python" ]
fi
"$venv/bin/python" -m pre_commit --version >&2
echo "$venv/bin/python"
