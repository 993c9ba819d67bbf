#!/usr/bin/env bash
# A disk that is full when a test is put in place, and when the record is
# written: nothing half-written, and afterwards all is well.  Needs root.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

[ "$(id -u)" -eq 0 ] || die "a small file system cannot be mounted without root"
mounted=()
unmount() {
	local dir
	cd /
	for dir in "${mounted[@]:-}"; do
		[ -z "$dir" ] || umount "$dir" || true
	done
	cleanup
}
trap unmount EXIT
small() { # DIR SIZE
	mkdir -p "$1"
	mount -t tmpfs -o "size=$2" ohbuild-test "$1"
	mounted+=("$PWD/$1")
}
grow() { # DIR
	mount -o remount,size=64m "$1"
}

# Each writes 200 kB; that of `state` waits in its judge until the disk is full.
shell_project tree state <<'END'
version: 1
defaults: {on_change: regenerate}
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
limits: {attempts: 1}
modules:
  - name: all
    source: src/{name}.sh
    test: tests/{name}/test.sh
    validate:
      - test: sh {test} {report} && sleep 3
        junit: "{report}"
END
good_test "$scratch/good"
for name in tree state; do
	cassette tests/$name/test.sh <<END
run cd /workspace/project && mkdir -p tests/$name && { printf '%s' '$(base64 -w 0 "$scratch/good")' | base64 -d; printf '#%0230000d\\n# the end\\n' 0; } >tests/$name/test.sh
finish written
END
done

# whole TEST: it is there, and nothing beside it.
whole() {
	[ "$(tail -n 1 "$1")" = "# the end" ] || die "$1 is cut off"
	[ "$(stat -c %s "$1")" -gt 210000 ] || die "$1 is cut off"
	[ "$(ls -A "${1%/*}")" = test.sh ] || die "$(ls -A "${1%/*}")"
}

say "no room for the test: nothing of it stays"
small tests/tree 100k
expect 4 "$OHBUILD" --replay cassettes --events "$scratch/events" \
	tests/tree/test.sh
has "tests/tree/test.sh"
has "No space left on device"
[ -z "$(ls -A tests/tree)" ] || die "left: $(ls -A tests/tree)"
expect 0 "$OHBUILD" status tests/tree/test.sh
has "never built"
# shellcheck disable=SC2119 # nothing at all
only_wrote

say "with room the next run completes"
grow tests/tree
expect 0 "$OHBUILD" --replay cassettes tests/tree/test.sh
whole tests/tree/test.sh

say "no room for the new version: the old one stays"
cp tests/tree/test.sh "$scratch/old"
mount -o remount,size=300k tests/tree
echo "# edited" >>src/tree.sh
sed -i 's/0230000d/0250000d/' cassettes/tests__tree__test.sh.jsonl
expect 4 "$OHBUILD" --replay cassettes tests/tree/test.sh
has "No space left on device"
cmp -s tests/tree/test.sh "$scratch/old" || die "the old test was touched"
whole tests/tree/test.sh
expect 1 "$OHBUILD" check tests/tree/test.sh
grow tests/tree

say "no room for the record: the test is not put in place"
cp -a .ohbuild "$scratch/state"
small .ohbuild 64m
cp -a "$scratch/state/." .ohbuild/
rm -f "$scratch/events"
"$OHBUILD" --replay cassettes --events "$scratch/events" tests/state/test.sh \
	>"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
children+=("$pid")
for _ in $(seq 900); do
	! grep -q '"step":"judge:test"' "$scratch/events" 2>/dev/null || break
	sleep 0.1
done
dd if=/dev/zero of=.ohbuild/fill bs=4k 2>/dev/null || true
got=0
wait "$pid" || got=$?
children=()
out=$(cat "$scratch/out")
err=$(cat "$scratch/err")
[ "$got" -eq 4 ] || die "status $got"
has "disk is full"
[ ! -e tests/state/test.sh ] || die "a test without a record"
[ -z "$(find tests -name '.*.ohb-*')" ] || die "temporary files are left"
say "readers answer"
expect 0 "$OHBUILD" status
has "tests/state/test.sh"
expect 1 "$OHBUILD" check
say "a build says that the disk is full"
expect 4 "$OHBUILD" --replay cassettes tests/state/test.sh
has "full"
rm .ohbuild/fill

say "with room the next run completes"
expect 0 "$OHBUILD" --replay cassettes
whole tests/state/test.sh
whole tests/tree/test.sh
expect 0 "$OHBUILD" check
[ "$(sqlite3 .ohbuild/state.db 'PRAGMA integrity_check')" = ok ] ||
	die "the database is damaged"
no_leftovers
say passed
