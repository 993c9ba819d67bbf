#!/usr/bin/env bash
# Keys from a variable, a file and a command, planted and then looked for in
# all that a build with a real agent leaves and shows: found nowhere.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export OHBUILD_HOLD=20
seen=$scratch/seen
mkdir -p "$scratch/heard" "$scratch/provider" "$seen"

# In two pieces, so that no scanner stumbles over this file.  Each has what
# base64, URLs and JSON write in another way, and is of this run alone: all
# processes of the machine are looked at.
env_key="sk-""or-v1/+env=x8Kq2LmZ7vR4tYw9BnC1$$"
file_key="sk-""or-v1/+file=dF6gH3jP5sA0uEiO7x8K$$"
command_key="sk-""or-v1/+command=Q3EGRH7ZT5LWXKCV1$$"
printf '%s\n' "$env_key" "$file_key" "$command_key" >"$scratch/keys"
marker=not-a-key-but-as-long-as-one-7f3a
printf '%s\n' "$marker" >"$scratch/marker"
printf '%s\n' "$file_key" >"$scratch/key-file"
printf '%s\n' "$command_key" >"$scratch/key-of-command"

# nowhere PATH...: none of the keys in any form.
nowhere() {
	python3 "$tools/planted.py" "$scratch/keys" "$@" ||
		die "a key is in $* (or there is nothing to look into)"
}

say "what looks for them finds them"
python3 - "$scratch/keys" "$scratch/control" <<'END'
import base64, os, sys, urllib.parse
os.mkdir(sys.argv[2])
for i, key in enumerate(open(sys.argv[1], "rb").read().split()):
    forms = [key, urllib.parse.quote(key, safe="").encode()]
    forms += [base64.b64encode(b"xyz"[:n] + key + b"!") for n in range(3)]
    for k, form in enumerate(forms):
        with open("%s/%d-%d" % (sys.argv[2], i, k), "wb") as file:
            file.write(b"before " + form + b" behind")
END
for file in "$scratch/control"/*; do
	! python3 "$tools/planted.py" "$scratch/keys" "$file" >/dev/null ||
		die "not found in $file"
done
[ "$(find "$scratch/control" -type f | wc -l)" = 15 ] || die "no controls"

python3 "$tools/provider.py" "$scratch/heard" "@$scratch/keys" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"

config() { # SANDBOX, then lines of the module
	local url
	url=http://127.0.0.1:$(cat "$scratch/provider/port")/v1
	printf '%s\n' 'version: 1' "agent: {$1}" models: \
		'  - id: openai/env' '    key: PLANTED_KEY' \
		"    base_url: $url" \
		'  - id: openai/file' "    key_file: $scratch/key-file" \
		"    base_url: $url" \
		'  - id: openai/command' \
		"    key_command: [sh, -c, 'env >>$seen/command; cat $scratch/key-of-command']" \
		"    base_url: $url" \
		'limits: {attempts: 2}' modules: \
		'  - source: src/{name}.sh' '    test: tests/{name}.sh'
	shift
	printf '    %s\n' "$@"
}

heard() { # MODEL: what the provider will say, from stdin
	(cd "$scratch/heard" && mkdir -p cassettes && cassette "$1" &&
		mv "cassettes/$1.jsonl" .)
}

ohbuild() { # only this process gets the variable
	PLANTED_KEY=$env_key "$OHBUILD" "$@"
}

# Every git that is started says what it was given.
mkdir "$scratch/bin"
printf '#!/bin/sh\nenv >>"%s/git"\nexec "%s" "$@"\n' "$seen" \
	"$(command -v git)" >"$scratch/bin/git"
chmod 755 "$scratch/bin/git"
PATH=$scratch/bin:$PATH

# The key as a provider might echo it.
echoed() {
	printf '%s %s %s' "$1" "$(printf %s "x$1" | base64 -w 0)" \
		"$(jq -rn --arg key "$1" '$key | @uri')"
}

good_test "$scratch/good"
cp "$scratch/good" "$scratch/talkative"
printf '# %s\n' "$command_key" >>"$scratch/talkative"
heard env <<END
status 401 {"error":{"message":"Incorrect key: $(echoed "$env_key")"}}
END
heard file <<END
status 404 {"error":{"message":"no model for $(echoed "$file_key")","code":"model_not_found"}}
END
heard command <<END
run env | sort; : $marker; ls -la; date; echo $(echoed "$command_key"); until [ -e /tmp/seen ]; do sleep 0.3; done
create tests/planted.sh $scratch/talkative
finish your key is $command_key
END

# Waits until the agent's command does, and lets it go on.
reach() {
	id=$(container_of tests/planted.sh agent)
	await docker exec "$id" pgrep -f 'sleep 0.3'
}

# The memory of all that runs in the container: it has what the model said.
watch_memory() {
	# shellcheck disable=SC2016 # the inner shell's
	docker run --rm --cap-add SYS_PTRACE --user 0 --network none \
		--pid "container:$id" -v "$tools:/tools:ro" \
		-v "$scratch/keys:/keys:ro" -v "$scratch/marker:/marker:ro" \
		--entrypoint sh "${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}" \
		-c 'set -- /proc/[0-9]*/mem
			! python3 /tools/planted.py /marker "$@" >/dev/null &&
			python3 /tools/planted.py /keys "$@"' ||
		die "a key is in memory (or nothing was seen)"
}

watch_container() {
	local id
	reach
	docker inspect "$id" >"$seen/inspect"
	docker exec "$id" sh -c 'cat /proc/[0-9]*/environ || :' >"$seen/environ"
	docker exec "$id" sh -c 'cat /proc/[0-9]*/cmdline || :' >"$seen/cmdline"
	docker diff "$id" >"$seen/diff"
	docker cp "$id:/workspace" "$seen/workspace"
	docker exec "$id" tar -C / -cf - tmp home >"$seen/memory"
	docker logs "$id" >"$seen/log" 2>&1
	watch_memory
	if [ "${OHB_SOAK:-}" = full ]; then
		docker export "$id" >"$seen/export"
	fi
	ps auxwwe >"$seen/ps"
	cat /proc/[0-9]*/environ >"$seen/all-environ" 2>/dev/null || :
	cat /proc/[0-9]*/cmdline >"$seen/all-cmdline" 2>/dev/null || :
	cat "/proc/$1/environ" >"$seen/our-environ"
	tr '\0' ' ' <"/proc/$1/cmdline" >"$seen/our-cmdline"
	docker exec "$id" touch /tmp/seen
}

say "a real container, three keys, and a provider that says them all"
config 'image: "AGENT_IMAGE", pull: never' \
	"depfile: 'env >>$seen/depfile; printf \"src/{name}.sh\\n\"'" \
	'validate:' '  - test: sh {test} {report}' '    junit: "{report}"' \
	>"$scratch/yml"
shell_project planted <"$scratch/yml"
PLANTED_KEY=$env_key "$OHBUILD" -v --record "$scratch/tapes" \
	--events "$scratch/events" >"$scratch/out" 2>"$scratch/err" </dev/null &
pid=$!
children+=("$pid")
(watch_container "$pid") >"$scratch/watched" 2>&1 ||
	die "not looked into: $(cat "$scratch/watched" "$scratch/err")"
wait "$pid" || die "the build: $(cat "$scratch/err")"
out='' err=$(cat "$scratch/err")
has 'tests/planted.sh: ok'
grep -qF '***' tests/planted.sh || die "what the model said was not cleaned"
grep -q OH_SECRET_KEY "$seen/inspect" || die "inspect is empty"
grep -q OH_SECRET_KEY "$seen/environ" || die "environ is empty"
grep -q agent_server "$seen/cmdline" || die "cmdline is empty"
grep -q 'ohbuild.*--record' "$seen/ps" || die "ps is empty"
grep -q PATH= "$seen/our-environ" || die "our environment was not seen"
grep -q PATH= "$seen/depfile" || die "depfile did not run"
grep -q PATH= "$seen/git" || die "git did not run"
grep -q PATH= "$seen/command" || die "key_command did not run"
! grep -v '^[ACD] /\(tmp\|home\|workspace\|run\|dev\|proc\|sys\|etc\)' \
	"$seen/diff" || die "written outside of the mounts"
[ "$(jq -s 'map(select(.authorized)) | length' \
	"$scratch/provider/requests")" = "$(wc -l <"$scratch/provider/requests")" ] ||
	die "not every key was right"
for model in env file command; do
	grep -q "\"model\": \"$model\"" "$scratch/provider/requests" ||
		die "$model was not asked"
done
nowhere "$seen"
nowhere "$scratch/provider/requests"
nowhere "$scratch/tapes"
nowhere "$scratch/events"
nowhere "$scratch/out" "$scratch/err"
nowhere .ohbuild .git tests openhands.lock
ohbuild check --staged >"$seen/staged" || [ $? = 1 ] || die "check --staged"
ohbuild status >"$seen/status"
for answer in log why show status; do
	"$OHBUILD" "$answer" tests/planted.sh --json >"$seen/$answer.json"
	"$OHBUILD" "$answer" tests/planted.sh >"$seen/$answer"
done
nowhere "$seen"
no_leftovers

say "the recording, played back strictly with a real agent"
cp -R tests "$scratch/first"
rm -rf tests .ohbuild openhands.lock
(reach && docker exec "$id" touch /tmp/seen) >"$scratch/watched" 2>&1 &
children+=($!)
expect 0 "$OHBUILD" --replay "$scratch/tapes" --replay-strict \
	--record "$scratch/again"
diff -r tests "$scratch/first" || die "another test"
diff -r "$scratch/tapes" "$scratch/again" || die "another cassette"
no_leftovers

say "refusals, to the end: what is told and kept has no key"
rm -rf tests .ohbuild openhands.lock
heard command <<END
status 400 {"error":{"message":"bad: $(echoed "$command_key")"}}
END
config 'sandbox: process, image: none/such, pull: never' 'validate_in: host' \
	'validate:' "  - command: env >>$seen/judge" \
	'  - test: sh {test} {report}' '    junit: "{report}"' | judged_once >openhands.yml
# shellcheck disable=SC2119 # no target, so it asks the model
quick_agent
got=0
ohbuild --progress=json >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
[ "$got" != 0 ] || die "a refusal that is none"
grep -q 'bad: \*\*\*' "$scratch/err" || die "the refusal is not told"
nowhere "$scratch/err" .ohbuild
nowhere "$seen/judge"

say "a key in a file ends the target before anything is sent"
rm "$scratch/provider/requests"
printf 'key=%s\n' "$env_key" >>src/planted.sh
expect 3 ohbuild
has 'src/planted.sh:2:5'
has 'the key of a model stands in'
[ ! -e "$scratch/provider/requests" ] || die "something was sent"
nowhere "$scratch/out" "$scratch/err" .ohbuild
say "also where secrets are allowed"
sed -i 's|pull: never}|pull: never, allow_secrets: ["src/**"]}|' openhands.yml
expect 3 ohbuild
has 'src/planted.sh:2:5'

say "what only looks like one may be allowed"
token=ghp_"x8Kq2LmZ7vR4tYw9BnC1dF6gH3jP5sA0uEiO"
printf 'a\nb %s\n' "$token" >src/planted.sh
sed -i 's|, allow_secrets: \["src/\*\*"\]||' openhands.yml
expect 3 ohbuild
has 'what looks like a secret stands in src/planted.sh:2:3'
hasnt "$token"
[ ! -e "$scratch/provider/requests" ] || die "something was sent"
cp src/planted.sh "$scratch/planted.sh"
printf 'a\nb %s # gitleaks:allow\n' "$token" >src/planted.sh
expect 3 ohbuild # by the model's refusal, which comes later
hasnt 'looks like a secret'
cp "$scratch/planted.sh" src/planted.sh
sed -i 's|pull: never}|pull: never, allow_secrets: [src/p*.sh]}|' openhands.yml
expect 3 ohbuild
hasnt 'looks like a secret'
sed -i 's|allow_secrets: .*]}|allow_secrets: ["src/[h"]}|' openhands.yml
expect 3 ohbuild
has "openhands.yml:2:"

say "a request that holds a key is not sent"
rm "$scratch/provider/requests"
sed -i 's|, allow_secrets: .*]}|}|' openhands.yml
echo good >src/planted.sh
sed "s|target + \" \" + digest|target + \" \" + digest + open('$scratch/key-file').read().strip()|" \
	"$tools/agent.py" >"$scratch/leaky.py"
sed -i "s|$tools/agent.py|$scratch/leaky.py|" "$scratch/agent-server"
got=0
ohbuild >"$scratch/out" 2>"$scratch/err" </dev/null || got=$?
[ "$got" != 0 ] || die "it was sent"
grep -q "not sent: the agent's request holds the key" "$scratch/err" ||
	die "$(cat "$scratch/err")"
[ ! -e "$scratch/provider/requests" ] || die "something was sent"

say passed
