#!/usr/bin/env bash
# label: soak
# The Docker daemon is restarted while an agent works: the build goes on in
# another container, and nothing is left.  The daemon is one of this test's
# own, in a network of its own, so that it touches none of the machine's
# bridges: it needs root.
if [ -z "${OHB_DAEMON_NETWORK:-}" ]; then
	exec env OHB_DAEMON_NETWORK=own unshare --net --mount bash "$0"
fi
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

ip link set lo up
image=${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}
theirs=$scratch/docker
mkdir "$theirs"

begin_daemon() {
	dockerd --data-root "$theirs/data" --exec-root "$theirs/exec" \
		--pidfile "$theirs/pid" --host "unix://$theirs/socket" \
		>>"$theirs/log" 2>&1 &
	children+=($!)
	await docker -H "unix://$theirs/socket" version
}

end_daemon() {
	local pid
	pid=$(cat "$theirs/pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || return 0
	await test ! -d "/proc/$pid"
}

remove_daemon() {
	end_daemon
	umount -R "$theirs"/data/*/* "$theirs"/exec/netns/* 2>/dev/null || true
	cleanup
}
trap remove_daemon EXIT

begin_daemon
docker save "$image" | docker -H "unix://$theirs/socket" load -q
export DOCKER_HOST=unix://$theirs/socket

shell_project one <<END
version: 1
agent: {image: $image, pull: never}
models: [{id: openai/example}]
modules:
  - source: src/one.sh
    test: tests/one.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
good_test "$scratch/good"
cassette tests/one.sh <<END
run sleep 12
create tests/one.sh $scratch/good
finish done
END
say "restarted in the middle of a run"
"$OHBUILD" --replay cassettes --events "$scratch/events" \
	>"$scratch/out" 2>"$scratch/err" </dev/null &
child=$!
children+=("$child")
id=$(container_of tests/one.sh agent)
await docker exec "$id" pgrep -f 'sleep 12'
end_daemon
begin_daemon
got=0
wait "$child" || got=$?
out=$(cat "$scratch/out") err=$(cat "$scratch/err")
[ "$got" = 0 ] || die "status $got"
jq -se 'any(.event == "target_ended" and .ok and .attempt == 1)' \
	"$scratch/events" >/dev/null || die "the restart cost an attempt"
only_wrote tests/one.sh
[ -z "$(docker ps -aq)" ] || die "containers are left"
[ -z "$(docker network ls -q --filter label=ohbuild.owner)" ] ||
	die "networks are left"
[ -z "$(docker volume ls -q)" ] || die "volumes are left"

say passed
