#!/usr/bin/env bash
# label: soak
# label: busy
# What gets lost between ohbuild and a real agent-server, and a real engine:
# the wake-up of a run, the list of events, a container that was asked for.
# A proxy loses it: before the server in an image of its own, and before the
# engine.  The work goes on in its first attempt.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export OHBUILD_PATIENCE=6
image=ohbuild-lost:$$

remove_image() {
	docker rmi -f "$image" >/dev/null 2>&1 || true
	cleanup
}
trap remove_image EXIT

mkdir "$scratch/context"
cp "$tools/faulty.py" "$scratch/context"
docker build -q -t "$image" -f - "$scratch/context" >/dev/null 2>&1 <<DOCKERFILE
FROM ${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}
COPY faulty.py /faulty.py
ENTRYPOINT ["/opt/openhands/bin/tini", "--", \
	"/opt/openhands/bin/python", "/faulty.py", "server"]
DOCKERFILE

shell_project deaf hung <<YML
version: 1
agent: {image: $image, pull: never}
models: [{id: openai/example}]
limits: {jobs: 2}
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
YML
good_test "$scratch/good"
for name in deaf hung; do
	cassette "tests/$name.sh" <<REPLIES
create tests/$name.sh $scratch/good
finish done
REPLIES
done

ended() { # CONTAINER
	[ -z "$(docker ps -q --filter "id=$1")" ]
}

# fault NAME [FAULT...]: its next container fails so; prints it.
fault() {
	local name=$1 id
	shift
	id=$(container_of "tests/$name.sh" agent)
	docker exec -i "$id" sh -c 'cat >/tmp/new; mv /tmp/new /tmp/fault' \
		<<<"$(printf '%s\n' "$@")"
	[ $# -eq 0 ] || await docker exec "$id" test -s /tmp/fault.seen
	echo "$id"
}

# infra NAME WORDS: how many attempts that cost nothing ended with them.
infra() {
	jq -s --arg target "tests/$1.sh" --arg words "$2" '[.[] | select(
		.target == $target and .event == "attempt_ended" and
		.verdict == "infra" and (.text | contains($words)))] | length' \
		"$scratch/events"
}

# One that is asked for and refused, one that is not answered, one that is made
# and nobody is told.
cat >"$scratch/faults" <<'FAULTS'
1 500 POST .*/containers/create.*-agent$
1 drop POST .*/containers/[^/]*/start$
1 late POST .*/containers/create.*-judge$
FAULTS
python3 "$tools/faulty.py" engine "$scratch/socket" "$scratch/faults" &
children+=("$!")
await test -S "$scratch/socket"

say "wake-ups, events and containers that are lost"
DOCKER_HOST=unix://$scratch/socket "$OHBUILD" -k --replay cassettes \
	--events "$scratch/events" >"$scratch/out" 2>"$scratch/err" \
	</dev/null &
child=$!
children+=("$child")
quiet='1 quiet POST /api/conversations/[^/]*/events$'
{
	id=$(fault deaf "$quiet" '9 409 POST /api/conversations/[^/]*/run$')
	await ended "$id"
	fault deaf "$quiet"
} &
deaf=$!
{
	id=$(fault hung '999 hang GET /api/conversations/[^/]*/events/')
	await ended "$id"
	fault hung
} &
hung=$!
children+=("$deaf" "$hung")
wait "$deaf" || die "nothing was lost"
wait "$hung" || die "nothing was lost"
status=0
wait "$child" || status=$?
out=$(cat "$scratch/out") err=$(cat "$scratch/err")
[ "$status" = 0 ] || die "status $status"

[ "$(wc -l <"$scratch/faults.seen")" = 3 ] ||
	die "the engine lost only: $(cat "$scratch/faults.seen")"
[ "$(infra deaf "does not run it")" = 1 ] || die "not deaf, or not woken"
[ "$(infra hung "no good answer for 6 s")" = 1 ] || die "not hung once"
[ $(($(infra deaf "told to") + $(infra hung "told to"))) = 1 ] ||
	die "no container was refused"
for name in deaf hung; do
	jq -se --arg target "tests/$name.sh" 'any(.event == "target_ended" and
		.ok and .attempt == 1 and .target == $target)' \
		"$scratch/events" >/dev/null ||
		die "$name was not made in its first attempt"
done
only_wrote tests/deaf.sh tests/hung.sh
no_leftovers
say passed
