#!/usr/bin/env bash
# label: fast
# Libraries that are loaded when they are first needed.  Where they are absent,
# questions are answered as ever, and a build says what is to be installed.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

# without NAME...: makes $scratch/ohbuild, whose loader looks for other names.
without() {
	local name script=
	for name; do
		script+="s/$name\\([-a-z]*\\)[.]so[.]/$name\\1.no./g;"
	done
	LC_ALL=C sed "$script" "$OHBUILD" >"$scratch/ohbuild"
	chmod +x "$scratch/ohbuild"
	cmp -s "$OHBUILD" "$scratch/ohbuild" && die "no $* in the program"
	true
}

shell_project one <<'END'
version: 1
agent: {sandbox: process}
models: [{id: openai/example}]
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate_in: host
    validate:
      - test: sh {test}
END
cassette tests/one.sh <<'END'
finish nothing
END

say "questions need none of them"
without libcurl libarchive libmicrohttpd
expect 0 "$scratch/ohbuild" --version
expect 1 "$scratch/ohbuild" check
for question in list status why show "-n"; do
	expect 0 "$scratch/ohbuild" "$question" tests/one.sh
done

say "a build says which one is missing"
for name in libmicrohttpd libarchive libcurl; do
	[ "$name" != libcurl ] || sed -i /process/d openhands.yml
	without "$name"
	expect 4 "$scratch/ohbuild" --replay cassettes
	has "load the library '$name"
	has "apt-get install $name"
done

say passed
