#!/usr/bin/env bash
# label: soak
# label: busy
# Real agent-servers that stop answering: a frozen container, a stopped
# process, a container that runs out of memory.  The work is begun again in
# another one, or ends with a cure.  OHB_SOAK=full waits as long as a build
# does by itself.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

[ "${OHB_SOAK:-}" = full ] || export OHBUILD_PATIENCE=8
image=${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}

config() { # MEMORY
	cat <<END
version: 1
agent: {image: $image, pull: never, memory: $1}
models: [{id: openai/example}]
limits: {jobs: 4}
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
}
config 2GiB >"$scratch/yml"
shell_project paused stopped hungry <"$scratch/yml"
good_test "$scratch/good"
for name in paused stopped; do
	cassette "tests/$name.sh" <<END
run sleep 6
create tests/$name.sh $scratch/good
finish done
END
done
# All of the container is offered to be killed first.
cassette tests/hungry.sh <<'END'
run for p in /proc/[0-9]*; do echo 1000 >$p/oom_score_adj; done 2>/dev/null; tail /dev/zero
finish done
END

# said TARGET WORDS: an attempt ended so, at no cost.
said() {
	jq -se "any(.event == \"attempt_ended\" and .verdict == \"infra\" and
		.target == \"tests/$1.sh\" and (.text | contains(\"$2\")))" \
		"$scratch/events" >/dev/null || die "$1: nobody says '$2'"
}

made() {
	jq -se "any(.event == \"target_ended\" and .ok and .attempt == 1 and
		.target == \"tests/$1.sh\")" "$scratch/events" >/dev/null ||
		die "$1 was not made in its first attempt"
}

begin() { # TARGET...
	"$OHBUILD" -k --replay cassettes --events "$scratch/events" "$@" \
		>"$scratch/out" 2>"$scratch/err" </dev/null &
	child=$!
	children+=("$child")
}

finish() { # STATUS
	local got=0
	wait "$child" || got=$?
	out=$(cat "$scratch/out") err=$(cat "$scratch/err")
	[ "$got" = "$1" ] || die "status $got"
}

say "a frozen container, and a server that is stopped"
begin tests/paused.sh tests/stopped.sh
paused=$(container_of tests/paused.sh agent)
stopped=$(container_of tests/stopped.sh agent)
await docker exec "$paused" pgrep -f 'sleep 6'
docker pause "$paused" >/dev/null
await docker exec "$stopped" pgrep -f 'sleep 6'
docker exec "$stopped" pkill -STOP -f openhands.agent_server
finish 0
said paused "no good answer for"
said stopped "no good answer for"
made paused
made stopped
no_leftovers

say "a container that runs out of memory"
config 600MiB | judged_once >openhands.yml
begin tests/hungry.sh
finish 4
jq -se 'any(.event == "target_ended" and .verdict == "infra" and
	.attempt == 1)' "$scratch/events" >/dev/null || die "tried again"
has "memory: the agent's container ran out of memory: raise 'agent.memory'"
no_leftovers

say passed
