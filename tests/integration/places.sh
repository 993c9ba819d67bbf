#!/usr/bin/env bash
# Where agents and judges run, and what they may use: validate_in, network,
# memory, pull; and keys that come from files and commands.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"
busybox=$(sh "$OHBUILD_SOURCE_DIR/tests/image-busybox.sh" 2>"$scratch/err")

# A server on a network that this machine leads to, as it leads into the world.
world=198.51.100
server=$(docker run -d --network none --cap-add NET_ADMIN --user 0 -e "ENTRY=
	until link=\$(ip link | sed -n 's/.*: \(veth[^ :@]*\)[:@].*/\1/p') &&
		[ \"\$link\" ]; do sleep 0.1; done
	ip addr add $world.2/30 dev \$link
	ip link set \$link up
	ip route add default via $world.1
	exec httpd -f -p 8000 -h /www" "$busybox")
trap 'docker rm -f "$server" >"$scratch/removed"; cleanup' EXIT
docker run --rm --network host --pid host --cap-add NET_ADMIN --user 0 \
	--entrypoint sh "$busybox" -ec "
	ip link del ohbworld 2>/dev/null || :
	ip link add ohbworld type veth
	peer=\$(ip link | sed -n 's/.*: \([^ :]*\)@ohbworld:.*/\1/p')
	ip link set \$peer netns $(docker inspect -f '{{.State.Pid}}' "$server")
	ip addr add $world.1/30 dev ohbworld
	ip link set ohbworld up"
await curl -fsm 1 "http://$world.2:8000/health"
reach="python3 -c 'import urllib.request as u; print(u.urlopen(\"http://$world.2:8000/health\", timeout=3).status)' 2>&1 | tail -n 1 | sed 's/^/got: /'"

end() { # TARGET CLASS WORDS: how it ended, by the file of events
	local text
	text=$(jq -r "select(.event == \"target_ended\" and
		.target == \"tests/$1.sh\") | .verdict + \": \" + .text" \
		"$scratch/events")
	case $text in
	"$2: "*"$3"*) ;;
	*) die "$1 did not end as $2 with '$3' but so: $text" ;;
	esac
}

module() { # NAME PLACE COMMAND
	cat <<-END
		  - source: src/$1.sh
		    test: tests/$1.sh
		    validate_in: $2
		    validate:
		      - test: $3
		        junit: "{report}"
	END
}

shell_project host image tool hungry <<END
version: 1
defaults: {on_change: regenerate}
agent: {image: AGENT_IMAGE, pull: never, memory: 600MiB}
models: [{id: openai/example}]
limits: {attempts: 1, jobs: 2}
modules:
$(module host host "env >$scratch/seen; pwd >>$scratch/seen; sh src/host.sh; sh {test} {report}")
$(module image "{image: \"$busybox\"}" "busybox sh {test} {report}")
$(module tool "{image: \"$busybox\"}" "python3 {test} {report}")
$(module hungry sandbox "sh {test} {report}")
END
good_test "$scratch/good"
printf 'tail /dev/zero\n' >"$scratch/hungry"
cassette tests/host.sh <<END
run $reach
create tests/host.sh $scratch/good
finish done
END
cassette tests/image.sh <<END
create tests/image.sh $scratch/good
finish done
END
cassette tests/hungry.sh <<END
create tests/hungry.sh $scratch/hungry
finish done
END

say "judges on this machine, in another image, without a tool, too hungry"
PROVIDER_KEY=$PROVIDER_KEY expect 3 "$OHBUILD" -k --replay cassettes \
	--events "$scratch/events"
has 'NO ISOLATION'
end host ok ''
end image ok ''
end tool config "'python3' is not in the sandbox"
end hungry agent 'it needs more memory than agent.memory allows'
only_wrote tests/host.sh tests/image.sh
no_leftovers
[ -z "$(ls -A "$TMPDIR")" ] || die "in TMPDIR: $(ls -A "$TMPDIR")"
[ "$(jq -s 'map(select(.event == "attempt_started" and
	.target == "tests/tool.sh")) | length' "$scratch/events")" = 0 ] ||
	die "an agent was asked for what no test could mend"

say "a judge on this machine is in a folder and an environment of its own"
grep -q "^TMPDIR=$TMPDIR/ohbuild-.*/tmp$" "$scratch/seen" || die "no folder"
[ "$(tail -n 1 "$scratch/seen" | sed 's|/ohbuild-.*-judge/|/…/|')" = \
	"$TMPDIR/…/project" ] || die "in $(tail -n 1 "$scratch/seen")"
[ "$(sed -n 's/=.*//p' "$scratch/seen" | sort | xargs)" = \
	'HOME LANG OHBUILD_SANDBOX PATH PWD TMPDIR' ] ||
	die "its environment: $(cat "$scratch/seen")"

say "network: gateway is the gateway and nothing else"
expect 0 "$OHBUILD" log tests/host.sh
has 'got: '
has 'urlopen error'
hasnt 'got: 200'

say "what a judge on this machine left at kill -9 goes at the next start"
rm tests/image.sh
sed -i '/src.image/,$d' openhands.yml
printf 'sleep 79 # edited\n' >src/host.sh
"$OHBUILD" --replay cassettes >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
await pgrep -fx 'sleep 79'
[ -n "$(ls "$TMPDIR"/*/box/*-base/project/src/host.sh)" ] || die "not here"
kill -9 "$pid"
wait "$pid" || true
[ -n "$(ls -A "$TMPDIR")" ] || die "there was no folder"
git checkout -q src
expect 0 "$OHBUILD"
has 'nothing to do'
hasnt 'NO ISOLATION'
[ -z "$(ls -A "$TMPDIR")" ] || die "in TMPDIR: $(ls -A "$TMPDIR")"
no_leftovers

say "network: open"
sed -i 's/memory: 600MiB/network: open/' openhands.yml
rm tests/host.sh
expect 0 "$OHBUILD" --replay cassettes
expect 0 "$OHBUILD" log tests/host.sh
has 'got: 200'
no_leftovers

say "an agent's container that is too small"
sed -i 's/network: open/memory: 64MiB/' openhands.yml
expect 4 "$OHBUILD" -B --replay cassettes
has "ran out of memory: raise 'agent.memory'"
no_leftovers

say "images that are not there"
for pull in missing always never; do
	sed "s|image: [^,]*, pull: never|image: localhost:9/none, pull: $pull|" \
		openhands.yml >other.yml
	expect 4 "$OHBUILD" -f other.yml -B --replay cassettes
	has "image 'localhost:9/none'"
	has 'docker pull localhost:9/none'
done
sed 's|validate_in: host|validate_in: {image: "none/such"}|' openhands.yml \
	>other.yml
expect 4 "$OHBUILD" -f other.yml -B --replay cassettes
has "image 'none/such' is not in the engine and 'pull' is never"

say "keys from files and commands"
key() { # LINE: openhands.yml with this key, and no engine
	sed "s|{id: openai/example}|{id: openai/example, $1}|" openhands.yml \
		>other.yml
	DOCKER_HOST=unix:///nowhere expect "$2" "$OHBUILD" -f other.yml -B
}
key 'key: NO_SUCH_VARIABLE' 3
has "the environment variable 'NO_SUCH_VARIABLE' is not set"
key 'key_file: no/such/file' 3
has "key from the file 'no/such/file'"
key "key_command: [sh, -c, 'exit 7']" 3
has "key from the command 'sh': exit status 7"
printf '%s\n' "$PROVIDER_KEY" >"$scratch/key"
key "key_file: $scratch/key" 4 # as far as the engine that is not there
has /nowhere
key "key_command: [cat, $scratch/key]" 4
has /nowhere
hasnt "$PROVIDER_KEY"
rm other.yml
say passed
