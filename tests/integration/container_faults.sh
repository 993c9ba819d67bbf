#!/usr/bin/env bash
# An engine that is not there, not allowed or has not the image; agents'
# containers that die, never answer, are something else or want another key.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

agent=${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}
nobody=65534

config() { # IMAGE TIMEOUT NAME...
	local name
	cat <<END
version: 1
agent: {image: "$1", pull: never, timeout: $2}
models: [{id: openai/example}]
defaults:
  validate:
    - test: sh {test} {report}
      junit: "{report}"
modules:
END
	shift 2
	for name; do
		printf '  - {source: src/%s.sh, test: tests/%s.sh}\n' \
			"$name" "$name"
	done
}

# image NAME ENTRYPOINT: the agent's image with another entry point; prints
# its tag.  It is removed at the end.
image() {
	local tag=ohbuild-faults-$$:$1
	printf 'FROM %s\nENTRYPOINT %b\n' "$agent" "$2" |
		docker build -q -t "$tag" - >"$scratch/image" 2>&1 ||
		die "no image: $(cat "$scratch/image")"
	echo "$tag"
}

remove_images() {
	docker images -q "ohbuild-faults-$$" --format '{{.Repository}}:{{.Tag}}' |
		xargs -r docker rmi >/dev/null
	cleanup
}
trap remove_images EXIT

# with IMAGE TIMEOUT [NAME]: openhands.yml says so now.
with() {
	config "$1" "$2" "${3:-dies}" | judged_once >openhands.yml
}

config "$agent" 10m dies >"$scratch/yml"
shell_project dies mute <"$scratch/yml"
good_test "$scratch/good"
cassette tests/dies.sh <<END
run sleep 8
create tests/dies.sh $scratch/good
finish done
END

say "no engine"
expect 4 env DOCKER_HOST="unix://$scratch/none" "$OHBUILD" --replay cassettes
has "no Docker Engine answers at '$scratch/none': start it"

say "an engine we may not use"
mkdir "$scratch/theirs"
cp "$OHBUILD" "$scratch/theirs/ohbuild"
cp -R "$scratch/project" "$scratch/theirs/project"
python3 -c 'import socket, sys, time
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$scratch/theirs/socket"
chmod 0 "$scratch/theirs/socket"
as_nobody=()
if [ "$(id -u)" = 0 ]; then
	chmod 711 "$scratch"
	chown -R $nobody "$scratch/theirs/project"
	as_nobody=(setpriv "--reuid=$nobody" --clear-groups)
fi
cd "$scratch/theirs/project"
expect 4 env DOCKER_HOST="unix://$scratch/theirs/socket" \
	"${as_nobody[@]}" "$scratch/theirs/ohbuild" --replay cassettes
has "no permission to use the Docker Engine"
has "adduser"
cd "$scratch/project"

say "an image that is not there, and one that is no agent-server's"
with ohbuild-faults/none:1 10m
expect 4 "$OHBUILD" --replay cassettes
has "image 'ohbuild-faults/none:1' is not in the engine"
has "docker pull"
with "$(image empty '[]')" 10m
expect 4 "$OHBUILD" --replay cassettes
has "has no entry point"
has "examples/agent-image"
with "$(image ends '["/bin/sh","-c","echo I am no server; exit 3"]')" 10m
expect 4 "$OHBUILD" --replay cassettes
has "I am no server"
has "status 3"
with "$(image other '["/bin/sh","-c","cd /tmp; exec python3 -m http.server 8000"]')" 3s
expect 4 "$OHBUILD" --replay cassettes
has "not healthy within 3 s"
has 404
with "$(image sleeps '["/bin/sh","-c","echo I sleep; exec sleep 1000"]')" 3s
expect 4 "$OHBUILD" --replay cassettes
has "not healthy within 3 s"
has "I sleep"

say "an image without what agents work with"
with "$(image bare '["/bin/false"]\nUSER root\nRUN rm /usr/bin/git /usr/bin/tmux\nUSER openhands')" 10m
expect 4 "$OHBUILD" --replay cassettes
has "lacks git, tmux: "
has "apt-get install -y git tmux"

say "a server that wants another key"
with "$(image key '["/bin/sh","-c","SESSION_API_KEY=another exec /opt/openhands/start --host 0.0.0.0 --port 8000"]')" 10m
expect 4 "$OHBUILD" --replay cassettes
has "refused its session key"
only=$(git status --porcelain)
[ "$only" = " M openhands.yml" ] || die "in the tree: $only"
no_leftovers

mute() {
	local scratch=$scratch/mute
	cd "$scratch/project"
	with "$agent" 30s mute
	cassette tests/mute.sh <<<'delay 100000 finish never'
	expect 4 "$OHBUILD" --replay cassettes
	has "no answer of a model: no end after 30 s"
	has "'agent.timeout'"
	expect 1 "$OHBUILD" check
	hasnt "failed before"
	no_leftovers
}

say "a model that has not answered when the time is over, beside what comes next"
mkdir "$scratch/mute"
cp -R . "$scratch/mute/project"
mute &
mute=$!
children+=("$mute")

say "a container that dies while its agent works: once more, in another"
git checkout -q openhands.yml
"$OHBUILD" --replay cassettes --events "$scratch/events" \
	>"$scratch/out" 2>"$scratch/err" &
child=$!
children+=("$child")
id=$(container_of tests/dies.sh agent)
await docker exec "$id" pgrep -f 'sleep 8'
docker kill "$id" >/dev/null
got=0
wait "$child" || got=$?
out=$(cat "$scratch/out")
err=$(cat "$scratch/err")
[ "$got" = 0 ] || die "status $got"
jq -se 'any(.event == "attempt_ended" and .verdict == "infra" and
	(.text | contains("ended with status 137")))' \
	"$scratch/events" >/dev/null || die "nothing is said of the death"
jq -se 'any(.event == "target_ended" and .attempt == 1 and .ok)' \
	"$scratch/events" >/dev/null || die "the death cost an attempt"
only_wrote tests/dies.sh
no_leftovers
wait "$mute" || die "the one that waits"

say passed
