#!/usr/bin/env bash
# kill -9 at the points of the order that survives a crash, with a real agent:
# nothing half-written, nothing lost, nothing paid for twice, nothing left.
# Points of which nothing lies between are one; tests/unit has each.
set -eu
# What dies here is not for the builds of other tests to remove: they cannot
# tell that a process of another pid namespace is dead.
[ -n "${OHB_APART:-}" ] ||
	OHB_APART=1 exec unshare --pid --fork --kill-child --mount-proc bash "$0"
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
: "${OHBUILD_FAILPOINTS:?names the program that dies where it is told to}"

shell_project a <<'END'
version: 1
defaults: {on_change: regenerate}
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
limits: {attempts: 1}
modules:
  - source: src/{name}.sh
    test: ["tests/{name}_test.sh", "tests/{name}_data"]
    validate:
      - test: sh tests/{name}_test.sh {report}
        junit: "{report}"
END
mkdir "$scratch/empty"

# script VERSION: both outputs, some 80 kB each, in two replies.
script() {
	good_test "$scratch/test"
	cassette tests/a_test.sh <<END
run { printf '%s' '$(base64 -w 0 "$scratch/test")' | base64 -d; printf '#%090000d\\n' 0; echo '# version $1 end'; } >/workspace/project/tests/a_test.sh; cp /workspace/project/tests/a_test.sh /workspace/project/tests/a_data
finish written
END
}

# state: what stands in the tree: none, the version of both, or mixed.
state() {
	local file line all=
	for file in tests/a_test.sh tests/a_data; do
		line=none
		if [ -e "$file" ]; then
			line=$(tail -n 1 "$file")
			case $line in
			"# version "*" end") line=${line#\# version } ;;
			*) die "$file is half written: $line" ;;
			esac
		fi
		all="$all ${line% end}"
	done
	# shellcheck disable=SC2086 # two words
	set -- $all
	if [ "$1" = "$2" ]; then echo "$1"; else echo mixed; fi
}

files() {
	find . -path ./.git -prune -o -type f -print0 | sort -z |
		xargs -0 sha256sum
}

# Readers answer over what a killed one left, and change nothing.
readers() {
	local before
	before=$(files)
	expect 0 "$OHBUILD" status
	"$OHBUILD" check >/dev/null 2>&1 || [ $? -eq 1 ] ||
		die "check: status $?"
	[ "$before" = "$(files)" ] || die "a reader wrote"
}

# The volumes of the containers of ohbuild PID.
volumes_of() {
	local id
	for id in $(docker ps -aq --filter label=ohbuild.owner); do
		docker inspect --format '{{index .Config.Labels "ohbuild.owner"}}
{{- range .Mounts}} {{.Name}}{{end}}' "$id" 2>/dev/null || true
	done | sed -n "s/^$1\\.[^ ]*//p"
}

# died PID: it is dead; what it has left is remembered and looked at.
died() {
	died=$1
	volumes=$(volumes_of "$1")
	state >/dev/null
	readers
}

# killed POINT
killed() {
	local pid got=0
	say "killed at $1"
	OHBUILD_FAILPOINT=$1 "$OHBUILD_FAILPOINTS" --replay cassettes \
		>"$scratch/out" 2>"$scratch/err" </dev/null &
	pid=$!
	wait "$pid" 2>/dev/null || got=$?
	out=$(cat "$scratch/out")
	err=$(cat "$scratch/err")
	[ "$got" -eq 137 ] || die "not killed at $1: status $got"
	died "$pid"
}

# Of the one that died.
nothing_left() {
	local kind id
	for kind in container network volume; do
		for id in $(docker "$kind" ls -q --filter label=ohbuild.owner); do
			! docker "$kind" inspect "$id" 2>/dev/null |
				grep -q "\"ohbuild.owner\": \"$died\\." ||
				die "$kind $id of $died is left"
		done
	done
	for id in $volumes; do
		! docker volume inspect "$id" >/dev/null 2>&1 ||
			die "volume $id of $died is left"
	done
	[ -z "$(find . -name '.*.ohb-*')" ] ||
		die "temporary files are left: $(find . -name '.*.ohb-*')"
}

say "before the commit is begun: nothing is in the tree"
script 1
for point in migrate migrate-done meta-save meta-save-done attempt-add \
	attempt-started commit-temp commit-before-begin commit-begin; do
	killed $point
	[ "$(state)" = none ] || die "$(state) in the tree"
done

say "killed while the agent works"
cassette tests/a_test.sh <<<'delay 60000 finish never'
"$OHBUILD" --replay cassettes --events "$scratch/events" 2>/dev/null &
pid=$!
for _ in $(seq 600); do
	! grep -q '"step":"agent"' "$scratch/events" 2>/dev/null || break
	sleep 0.1
done
sleep 1
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
died "$pid"
[ -n "$volumes" ] || die "there was no container with a volume"
[ "$(state)" = none ] || die "$(state) in the tree"

say "then a plain run completes, and nothing is left"
script 1
expect 0 "$OHBUILD" --replay cassettes
nothing_left
[ "$(state)" = 1 ] || die "$(state) in the tree"
only_wrote tests/a_data tests/a_test.sh
expect 0 "$OHBUILD" check

# mended VERSION: the next start completes, and asks no model.
mended() {
	rm -f "$scratch/events"
	expect 0 "$OHBUILD" --replay "$scratch/empty" --events "$scratch/events"
	has "nothing to do"
	! grep -q target_started "$scratch/events" || die "something was begun"
	nothing_left
	[ "$(state)" = "$1" ] || die "$(state) in the tree, not $1"
	expect 0 "$OHBUILD" check
}

say "from then on: what was paid for is kept"
version=1
for point in commit-begun commit-renamed commit-all-renamed commit-end \
	commit-ended attempt-end; do
	version=$((version + 1))
	script $version
	echo "# $version" >>src/a.sh
	killed $point
	mended $version
done

say "what an engine that does not answer still holds is not forgotten"
version=$((version + 1))
script $version
echo "# $version" >>src/a.sh
killed attempt-ended
expect 0 env DOCKER_HOST=unix:///nowhere "$OHBUILD"
has "could not be removed"
mended $version

say "killed while it mends"
version=$((version + 1))
script $version
echo "# $version" >>src/a.sh
killed commit-begun
for point in commit-end commit-end-done meta-save; do
	killed $point
done
mended $version

say passed
