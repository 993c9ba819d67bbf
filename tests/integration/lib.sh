# Shared by the integration tests: to be sourced by bash.
#
#   project EXAMPLE   a scratch git repository with that example's files;
#                     becomes the current folder; with OHB_PROTOCOL for that
#                     'agent.protocol'
#   shell_project NAME...   one with src/NAME.sh, whose tests are shell scripts
#                     that write a JUnit report to $1; openhands.yml is stdin,
#                     as judged_once passes it on
#   judged_once       passes openhands.yml on, without sabotage and repeat where
#                     it does not speak of them: for tests of something else
#   quick_agent TARGET...   from now on `sandbox: process` starts a stand-in
#                     that makes tests/NAME.sh of src/NAME.sh, asks no model
#                     and needs no engine; with --replay cassettes.  Without
#                     targets it asks the model once before it writes, with
#                     $agent_turns (see agent.py) as often as that says
#   good_test FILE    writes such a test, which passes
#   only_wrote FILE...   nothing else in the repository was changed, but the
#                     lock file
#   say TEXT, die TEXT
#   expect STATUS CMD...   runs CMD, keeps $out and $err, dies on another status
#   has TEXT / hasnt TEXT  of $out and $err of the last expect
#   await CMD...      runs CMD until it succeeds, for 2 minutes
#   container_of TARGET ROLE   its id, when it is there (agent, base, judge)
#   no_leftovers      nothing of this project's builds is left in the engine
#   cassette TARGET REPLY...   writes cassettes/<target>.jsonl; see below
# shellcheck shell=bash
set -euo pipefail

: "${OHBUILD:?names the program}" "${OHBUILD_SOURCE_DIR:?}"
scratch=$(mktemp -d)
tools=$OHBUILD_SOURCE_DIR/tests/integration/tools
children=()

cleanup() {
	local child
	for child in "${children[@]:-}"; do
		[ -z "$child" ] || kill "$child" 2>/dev/null || true
	done
	rm -rf "$scratch"
}
trap cleanup EXIT

say() {
	printf -- '-- %s\n' "$*"
}

die() {
	printf 'FAILED: %s\n' "$*"
	if [ -n "${out+x}" ]; then
		printf -- '---- stdout\n%s\n---- stderr\n%s\n----\n' "$out" "$err"
	fi
	exit 1
}

project() {
	cp -R "$OHBUILD_SOURCE_DIR/examples/$1" "$scratch/project"
	cd "$scratch/project"
	rm -rf build
	if [ -n "${OHBUILD_AGENT_IMAGE:-}" ]; then
		sed -i "s|ohbuild-agent:latest|$OHBUILD_AGENT_IMAGE|" openhands.yml
	fi
	if [ -n "${OHB_PROTOCOL:-}" ]; then
		sed -i "s|^agent:|&\n  protocol: $OHB_PROTOCOL|" openhands.yml
		python3 "$tools/translate.py" "$OHB_PROTOCOL" cassettes/*
	fi
	git init -q
	git add .
	git -c user.name=t -c user.email=t@localhost commit -qm start
}

shell_project() {
	local name
	mkdir -p "$scratch/project/src"
	cd "$scratch/project"
	sed "s|AGENT_IMAGE|${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}|" |
		judged_once >openhands.yml
	for name; do
		printf '# what %s does\n' "$name" >"src/$name.sh"
	done
	printf '/cassettes/\n' >.gitignore
	git init -q
	git add .
	git -c user.name=t -c user.email=t@localhost commit -qm start
}

judged_once() {
	local yml at new once='validate: [{sabotage: off}, {repeat: 1}]'
	yml=$'\n'$(cat)
	case $yml in
	*sabotage:* | *repeat:*) at='' new='' ;;
	*$'\ndefaults: {'*) at=$'\ndefaults: {' new="$at$once, " ;;
	*$'\n  validate:\n'*)
		at=$'\n  validate:\n'
		new=$at$'    - sabotage: off\n    - repeat: 1\n'
		;;
	*$'\ndefaults:\n'*) at=$'\ndefaults:\n' new="$at  $once"$'\n' ;;
	*) at=$'\nmodules:' new=$'\n'"defaults: {$once}$at" ;;
	esac
	yml=${yml/"$at"/"$new"}
	printf '%s\n' "${yml#?}"
}

quick_agent() {
	local target script=$scratch/agent${agent_turns:+.$agent_turns}
	[ $# -eq 0 ] || script=$scratch/agent.free
	cat >"$script" <<-'END'
		mkdir -p tests
		{
			sha256sum "src/${1##*/}" | sed 's/^/# /'
			echo 'printf "<testsuite><testcase name=\"x\"/></testsuite>" >"$1"'
		} >"$1"
	END
	printf '#!/bin/sh\nexec python3 "%s" "%s" "$@"\n' "$tools/agent.py" \
		"$script" >"$scratch/agent-server"
	chmod 755 "$scratch/agent-server"
	export OHBUILD_AGENT_SERVER=$scratch/agent-server
	export DOCKER_HOST=unix:///nowhere
	for target; do
		cassette "$target" <<<'finish never asked'
	done
}

good_test() {
	cat >"$1" <<'END'
printf '<testsuite><testcase name="works"/></testsuite>\n' >"$1"
END
}

only_wrote() {
	local now
	now=$(git status --porcelain -uall | grep -vx '?? openhands.lock' || true)
	[ "$now" = "$([ $# -eq 0 ] || printf '?? %s\n' "$@" | LC_ALL=C sort)" ] ||
		die "in the tree: $now"
}

expect() {
	local want=$1 got=0
	shift
	"$@" >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
	out=$(tr -d '\0' <"$scratch/out")
	err=$(tr -d '\0' <"$scratch/err")
	[ "$got" -eq "$want" ] || die "'$*': status $got, not $want"
}

has() {
	case "$out$err" in
	*"$1"*) ;;
	*) die "nothing says: $1" ;;
	esac
}

hasnt() {
	case "$out$err" in
	*"$1"*) die "something says: $1" ;;
	esac
}

await() {
	local try
	for try in $(seq 600); do
		if "$@" >/dev/null 2>&1; then return 0; fi
		sleep 0.2
	done
	die "in $try tries never: $*"
}

has_container() {
	[ -n "$(docker ps -q --filter "label=ohbuild.target=$1" \
		--filter "name=-$2\$")" ]
}

container_of() {
	await has_container "$@"
	docker ps -q --filter "label=ohbuild.target=$1" --filter "name=-$2\$"
}

# owner_of KIND ID: the ohbuild it belongs to; nothing when it is gone.
owner_of() {
	docker "$1" inspect "$2" 2>/dev/null |
		sed -n 's/.*"ohbuild.owner": "\([^"]*\)".*/\1/p' | head -n 1 || true
}

gone() {
	[ -z "$(owner_of "$@")" ]
}

# Containers, networks and volumes of builds whose ohbuild has ended.  Another
# test may just have killed one: what it left, its own next build removes.
no_leftovers() {
	local kind ids id owner owners place
	owners=$(sqlite3 -readonly .ohbuild/state.db \
		'SELECT DISTINCT owner FROM attempts' 2>/dev/null) || true
	place=${owners##*.}
	for kind in container network volume; do
		case $kind in
		container) ids=$(docker ps -aq --filter label=ohbuild.owner) ;;
		*) ids=$(docker "$kind" ls -q --filter label=ohbuild.owner) ;;
		esac
		for id in $ids; do
			owner=$(owner_of "$kind" "$id")
			# Of a test in a pid namespace of its own?
			[ "${owner##*.}" = "${place:-"${owner##*.}"}" ] || continue
			[ ! -d "/proc/${owner%%.*}" ] || continue
			! grep -qxF "$owner" <<<"$owners" ||
				die "$kind $id is left of this project"
			await gone "$kind" "$id"
		done
	done
}

# cassette TARGET: reads replies from stdin, one a line, in a short form:
#   status CODE [JSON]          an answer of that status
#   text WORDS                  the agent's last words, no tool call
#   finish WORDS                the tool `finish`
#   think WORDS                 the tool `think`
#   run COMMAND                 the tool `terminal`
#   create PATH FILE            the tool `file_editor`: the bytes of FILE
#   delay MS ...                any of these after a pause
#   after SECONDS ...           any of these with a Retry-After header
#   raw TEXT                    an answer that is not JSON
#   cut ...                     any of these, of which only half comes
cassette() {
	mkdir -p cassettes
	python3 "$tools/cassette.py" "$1" \
		>"cassettes/$(printf %s "$1" | sed 's|/|__|g').jsonl"
}
