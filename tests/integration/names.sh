#!/usr/bin/env bash
# label: busy
# Prompts and file names of any bytes, from openhands.yml to the model and
# back into the tree.  Nothing of them is ever run.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
mkdir "$scratch/provider" "$scratch/project"
cd "$scratch/project"
mkdir src cassettes "in"
python3 "$tools/provider.py" cassettes "$PROVIDER_KEY" "$scratch/provider" &
children+=($!)
for _ in $(seq 100); do
	[ ! -e "$scratch/provider/port" ] || break
	sleep 0.1
done
port=$(cat "$scratch/provider/port")

judged_once >openhands.yml <<END
version: 1
agent: {image: "${OHBUILD_AGENT_IMAGE:-ohbuild-agent:latest}", pull: never}
models:
  - {id: openai/m1, key: PROVIDER_KEY, base_url: "http://127.0.0.1:$port/v1"}
  - {id: openai/m2, key: PROVIDER_KEY, base_url: "http://127.0.0.1:$port/v1"}
  - {id: openai/m3, key: PROVIDER_KEY, base_url: "http://127.0.0.1:$port/v1"}
limits: {attempts: 1}
defaults:
  prompt: prompts/all bytes
  inputs: ["in/*"]
  validate:
    - test: |
        for file in {inputs}; do test -f "\$file" || exit 1; done
        test -f {source} && sh {test} {report}
      junit: "{report}"
modules:
  - {name: low, source: "src/low/{name}.sh", test: "tests/low/{name}_test.sh", models: [openai/m1]}
  - {name: high, source: "src/high/{name}.sh", test: "tests/high/{name}_test.sh", models: [openai/m2]}
  - {name: run, source: "src/run/{name}.sh", test: "tests/run/{name}_test.sh", models: [openai/m3]}
END

# Every byte but NUL and '/' is in one of the names, every byte that UTF-8 has
# in the prompt; the cassettes write to what the names come to.
good_test "$scratch/good"
python3 - "$scratch" <<'END'
import base64, json, os, shlex, sys

scratch = sys.argv[1]
low = bytes(b for b in range(1, 128) if b != ord("/"))
high = bytes(range(128, 256))
run = "-$(touch ran) `touch ran`;touch ran;'\"\n touch ran\n ü→".encode()
names = {"low": low, "high": high, "run": run}
for number, (folder, name) in enumerate(names.items(), 1):
    os.mkdir("src/" + folder)
    path = b"src/%s/%s.sh" % (folder.encode(), name)
    with open(path, "wb") as file:
        file.write(b"# source\n")
    test = b"tests/%s/%s_test.sh" % (folder.encode(), name)
    with open(f"{scratch}/{folder}", "wb") as file:
        file.write(test)
    # The agent's tools speak UTF-8; python in its image writes any name.
    with open(scratch + "/good", "rb") as file:
        data = base64.b64encode(file.read()).decode()
    where = base64.b64encode(test).decode()
    program = (
        "import base64 as b; open(b.b64decode('%s'), 'wb').write("
        "b.b64decode('%s'))" % (where, data)
    )
    lines = f"run cd /workspace/project && python3 -c {shlex.quote(program)}\n"
    lines += "finish written\n"
    with open(f"{scratch}/m{number}", "w") as file:
        file.write(lines)
for name in [b"a b", b"it's", b"$(touch ran)", b"\xff\xfe", b"new\nline"]:
    with open(b"in/" + name, "wb") as file:
        file.write(b"input\n")
text = "".join(map(chr, range(1, 0x800)))
text += "".join(map(chr, range(0x800, 0xD800, 500)))
text += "".join(map(chr, range(0xE000, 0x10FFFF, 5000)))
assert len(set(text.encode())) == 255 - 13
os.mkdir("prompts")
with open("prompts/all bytes", "wb") as file:
    file.write(text.replace("{", "{{").replace("}", "}}").encode())
with open(scratch + "/prompt", "wb") as file:
    file.write(text.encode())
END
for model in m1 m2 m3; do
	python3 "$tools/cassette.py" $model <"$scratch/$model" \
		>cassettes/$model.jsonl
done
printf '/cassettes/\n' >.gitignore
git init -q
git add .
git -c user.name=t -c user.email=t@localhost commit -qm start

# same JQ-PROGRAM FILE: a text that it finds in FILE has the prompt within.
same() {
	jq -j "$1" "$2" >"$scratch/text"
	python3 - "$scratch/prompt" "$scratch/text" <<'END' ||
import sys
wanted, text = (open(name, "rb").read() for name in sys.argv[1:])
sys.exit(wanted not in text)
END
		die "the prompt is another one in $2"
}

say "the plan names every target on one line"
expect 0 "$OHBUILD" list
[ "$(wc -l <"$scratch/out")" -eq 3 ] || die "not three lines"
! grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$scratch/out" || die "control bytes"
expect 0 "$OHBUILD" -n
expect 1 "$OHBUILD" check
say "show has the prompt, byte for byte"
for name in low high run; do
	expect 0 "$OHBUILD" show --json "$(cat "$scratch/$name")"
	[ "$(jq '.targets | length' <<<"$out")" -eq 1 ] || die "not one target"
	same '.targets[0].prompt' "$scratch/out"
done

say "a real agent for each name"
expect 0 "$OHBUILD" -j 3 --events "$scratch/events"
for name in low high run; do
	cmp -s "$(cat "$scratch/$name")" "$scratch/good" ||
		die "$name: the test is not there"
	expect 0 "$OHBUILD" check "$(cat "$scratch/$name")"
	expect 0 "$OHBUILD" log --json "$(cat "$scratch/$name")"
	say "$name: the ledger has the prompt, byte for byte"
	same '.targets[0].attempts[0].prompt' "$scratch/out"
	expect 0 "$OHBUILD" log "$(cat "$scratch/$name")"
	expect 0 "$OHBUILD" why "$(cat "$scratch/$name")"
done
for model in m1 m2 m3; do
	say "$model was told the prompt, byte for byte"
	jq "select(.body.model == \"$model\")" "$scratch/provider/requests" |
		jq -s '.[0]' >"$scratch/request"
	same '.body.messages[] | select(.role == "user") | .content |
		if type == "string" then . else .[].text end' "$scratch/request"
done
jq -e . "$scratch/events" >"$scratch/null" || die "events are not JSON"

say "nothing in a name was run, nothing else was written"
[ -z "$(find . -name ran)" ] || die "something was run"
[ "$(git status --porcelain -uall | wc -l)" -eq 4 ] || # with the lock
	die "$(git status --porcelain)"
expect 0 env DOCKER_HOST=unix:///nowhere "$OHBUILD"
has "nothing to do (3 targets fresh)"

say "a prompt that is no text is refused by name"
printf 'a\xff' >"prompts/all bytes"
expect 3 "$OHBUILD" list
has "'prompts/all bytes' is not UTF-8 text"
no_leftovers
say passed
