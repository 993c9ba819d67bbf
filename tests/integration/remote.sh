#!/usr/bin/env bash
# A file system that other machines write: what the kernel says of a file may
# be old, and a lock holds on one machine only.  Two mounts of one folder by
# FUSE are like two machines in both.
set -eu
if [ -z "${REMOTE_SH:-}" ]; then
	# Mounts of our own, which end with us.
	if [ "$(id -u)" -eq 0 ]; then set -- -m; else set -- -rm; fi
	REMOTE_SH=1 exec unshare "$@" bash "$0"
fi
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

# Lets a look at a file be a minute old, as NFS does; opening it, as there,
# gives what it holds now.
mount_at() { # FOLDER
	mkdir "$1"
	bindfs -o attr_timeout=60,entry_timeout=60 "$scratch/project" "$1" ||
		die "bindfs: is /dev/fuse there?"
	mounts+=("$1")
}

mounts=()
unmount() {
	local folder pid
	cd /
	grep -lzs "^OHBUILD_SANDBOX=$TMPDIR/" /proc/[0-9]*/environ |
		cut -d/ -f3 | while read -r pid; do
		kill -9 "$pid" 2>/dev/null || true
	done || true
	for folder in "${mounts[@]:-}"; do
		[ -z "$folder" ] || umount -l "$folder" || fusermount3 -uz "$folder"
	done
	cleanup
}
trap unmount EXIT

export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"
shell_project a <<'END'
version: 1
defaults: {on_change: regenerate}
agent: {sandbox: process, image: none/such, pull: never}
models: [{id: openai/example}]
limits: {attempts: 1}
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
quick_agent tests/a.sh
mount_at "$scratch/here"
mount_at "$scratch/there"
mark=$scratch/project/.ohbuild/lock.held

say "it is known, and the cure is said"
cd "$scratch/here"
expect 0 "$OHBUILD" --replay cassettes
has "other machines may write (fuse)"
has "clone to a local disk"
[ ! -e "$mark" ] || die "the mark is left"
expect 0 "$OHBUILD" check
[ -z "$out$err" ] || die "a question warns"
expect 0 "$OHBUILD"
has "nothing to do"

say "what another machine writes is seen at once"
sleep 1.1 # or the file would be too new for the stat cache of a local disk
expect 0 "$OHBUILD"
before=$(stat -c '%s %y' src/a.sh)
sed -i 's/what a does/what a DOES/' "$scratch/project/src/a.sh"
[ "$(stat -c '%s %y' src/a.sh)" = "$before" ] ||
	die "a look at the file is not old: this tests nothing"
expect 1 "$OHBUILD" check
has "src/a.sh changed"
expect 0 "$OHBUILD" --replay cassettes
expect 0 "$OHBUILD" check

say "one builds at a time, though no lock holds between the two"
printf '# more\n' >>src/a.sh
# elsewhere COMMAND... &: as on another machine
elsewhere() {
	cd "$scratch/there"
	exec unshare --uts sh -c 'hostname another; exec "$@"' sh "$@"
}
cp "$scratch/agent.free" "$scratch/quick"
printf 'sleep 2\n' | cat - "$scratch/quick" >"$scratch/agent.free"
elsewhere "$OHBUILD" --replay cassettes >"$scratch/first" 2>&1 </dev/null &
first=$!
children+=("$first")
await test -s "$mark"
python3 - .ohbuild/lock <<'END' || die "the lock holds here, too"
import fcntl, struct, sys
with open(sys.argv[1], "r+b") as file:
    fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
END
expect 4 "$OHBUILD" --no-wait
has "on 'another', since"
expect 0 "$OHBUILD"
has "waiting for ohbuild (pid"
has "nothing to do"
wait "$first" || die "status $? of the first: $(cat "$scratch/first")"
children=()
cp "$scratch/quick" "$scratch/agent.free"
[ ! -e "$mark" ] || die "the mark is left"

say "one that died: on this machine it is cleared away"
printf '# more\n' >>src/a.sh
"$OHBUILD" --replay cassettes >"$scratch/first" 2>&1 </dev/null &
await test -s "$mark"
kill -9 $!
wait $! 2>/dev/null || true
[ -s "$mark" ] || die "it did not die with the mark"
expect 0 "$OHBUILD" --replay cassettes
expect 0 "$OHBUILD" check

say "on another one that cannot be known: what to type is said, and works"
printf '# more\n' >>src/a.sh
elsewhere "$OHBUILD" --replay cassettes >"$scratch/first" 2>&1 </dev/null &
first=$!
await test -s "$mark"
kill -9 "$first"
wait "$first" 2>/dev/null || true
expect 4 "$OHBUILD" --no-wait --replay cassettes
has "on 'another', since"
has "rm .ohbuild/lock.held"
rm .ohbuild/lock.held
expect 0 "$OHBUILD" --replay cassettes
expect 0 "$OHBUILD" check

say "on the disk itself there is no mark, and one that is there counts"
cd "$scratch/project"
expect 0 "$OHBUILD"
hasnt "other machines"
printf '# more\n' >>src/a.sh
printf '%s\n' '1.1.boot.elsewhere' 'ohbuild (pid 1 on another)' >"$mark"
expect 4 "$OHBUILD" --no-wait
has "(pid 1 on another)"
expect 1 "$OHBUILD" check
rm "$mark"
expect 0 "$OHBUILD" --replay cassettes
[ "$(sqlite3 .ohbuild/state.db 'PRAGMA integrity_check')" = ok ] ||
	die "the database is damaged"
say passed
