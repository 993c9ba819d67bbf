#!/usr/bin/env bash
# Inputs that tools know, folders, and files that may be absent; no agent, no
# engine.
# label: fast
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
: "${OHBUILD_FILL:=$(dirname "$OHBUILD")/tests/bench_fill}"

export RUNS=$scratch/runs

# The tool of this test: as cc -MM, for lines such as "needs FILE".
cat >"$scratch/deps" <<'END'
#!/bin/sh
echo "$1" >>"$RUNS"
follow() {
	printf ' \\\n %s' "$(printf %s "$1" | sed 's/ /\\ /g')"
	[ ! -e "$1" ] || sed -n 's/^needs //p' "$1" | while read -r file; do
		follow "$file"
	done
}
printf 'out: /usr/include/stdio.h'
follow "$1"
echo
END
chmod +x "$scratch/deps"
export PATH=$scratch:$PATH

write() { # COMMAND [KEY...]   the configuration
	cat >openhands.yml <<END
version: 1
models: [{id: openai/none, key: NONE}]
modules:
  - name: sh
    source: src/{name}.sh
    test: tests/{name}.sh
    depfile: $1
    validate:
      - test: sh {test}
END
	shift
	[ $# -eq 0 ] || printf '    %s\n' "$@" >>openhands.yml
}

# runs N   commands ran since the last call
runs() {
	local n=0
	[ ! -e "$RUNS" ] || n=$(wc -l <"$RUNS")
	rm -f "$RUNS"
	[ "$n" -eq "$1" ] || die "$n commands ran, not $1"
}

fresh() {
	expect 0 "$OHBUILD" check
	hasnt stale
}

stale() { # TEXT
	expect 1 "$OHBUILD" check
	has "$1"
}

# Every target counts as built from what is on disk, and a build has seen so.
# What was written in the same moment is not kept.
built() {
	sleep 0.02
	rm -f openhands.lock
	"$OHBUILD_FILL"
	expect 0 "$OHBUILD"
	has 'nothing to do'
}

mkdir -p "$scratch/project/src/sub" "$scratch/project/inc" \
	"$scratch/project/tests"
cd "$scratch/project"
git init -q
printf 'needs inc/../inc/one.h\n' >src/a.sh
printf 'needs ./inc/a space.h\nneeds inc/late.h\n' >'src/b c.sh'
printf 'needs inc/two.h\n' >inc/one.h
printf 'two\n' >inc/two.h
printf 'space\n' >'inc/a space.h'
good_test tests/a.sh
good_test 'tests/b c.sh'
write 'deps {source}'
git add .

say "questions run what is not known, and keep nothing"
expect 0 "$OHBUILD" list --json
[ "$(jq -r '.targets[0].inputs | join(" ")' "$scratch/out")" = \
	"inc/one.h inc/two.h" ] || die "other inputs"
[ "$(jq -r '.targets[1].inputs | join("|")' "$scratch/out")" = \
	"inc/a space.h" ] || die "other inputs"
[ ! -e .ohbuild ] || die "a question wrote something"
rm -f "$RUNS"

say "an answer is kept by what it rests on"
built
runs 2
fresh
expect 0 "$OHBUILD" status
expect 0 "$OHBUILD" why tests/a.sh
expect 0 "$OHBUILD" -n
expect 0 "$OHBUILD"
runs 0
touch src/a.sh inc/one.h
printf '\n# a word\n' >>openhands.yml
fresh
runs 0

say "a header makes its test out of date, and no other"
cp inc/two.h "$scratch/two.h"
echo '// more' >>inc/two.h
stale 'tests/a.sh: stale: inc/two.h changed'
hasnt 'b c'
expect 0 "$OHBUILD" why tests/a.sh
has 'inc/two.h'
runs 2 # check, why: only the one of which something changed
cp "$scratch/two.h" inc/two.h
fresh
runs 0
printf 'needs inc/three.h\n' >>inc/two.h
echo three >inc/three.h
stale 'inc/three.h was added'
built
rm inc/three.h
stale 'inc/three.h was removed'
rm -f "$RUNS"

say "what a rule names and is not there may come later"
git checkout -q -- inc/two.h 2>/dev/null || cp "$scratch/two.h" inc/two.h
built
fresh
runs 1
echo late >inc/late.h
stale 'tests/b c.sh: stale: inc/late.h was added'
built
fresh
rm inc/late.h
stale 'inc/late.h was removed'
built
rm -f "$RUNS"

say "another command is run again; the same inputs are fresh"
write 'deps  {source}'
fresh
runs 2

say "a test of another target is waited for"
write 'deps {source}'
echo 'needs tests/a.sh' >>'src/b c.sh'
expect 0 "$OHBUILD" list --json
[ "$(jq -r '.targets[1].needs[0]' "$scratch/out")" = tests/a.sh ] ||
	die "no need"
cp src/a.sh "$scratch/a.sh"
echo 'needs tests/b c.sh' >>src/a.sh
expect 3 "$OHBUILD" check
has 'openhands.yml:7:14: error: targets that wait for each other'
cp "$scratch/a.sh" src/a.sh
git checkout -q -- src
built
rm -f "$RUNS"

say "what is staged is judged by answers that fit it"
git add .
expect 0 "$OHBUILD" check --staged
runs 0
echo '# more' >>inc/one.h
expect 0 "$OHBUILD" check --staged
runs 0
git add .
expect 1 "$OHBUILD" check --staged
has 'inc/one.h changed'
runs 1
echo '# and more' >>inc/one.h
expect 3 "$OHBUILD" check --staged
has "cannot see what is staged: 'inc/one.h' is another file on disk"
has 'git add inc/one.h'
git reset -q
built
rm -f "$RUNS"

say "commands that go wrong"
write 'no-such-program -M {source}'
expect 3 "$OHBUILD" check
has "openhands.yml:7:14: error: the 'depfile' command for 'tests/a.sh' ended \
with status 127"
has 'not found'
has 'install what is missing, or mend the command: no-such-program -M src/a.sh'
expect 3 "$OHBUILD"
has 'ended with status 127'
[ "$(grep -c error: "$scratch/err")" -eq 1 ] || die "told twice"
write "'echo one >&2; echo \"file: error: bad\" >&2; exit 4'"
expect 3 "$OHBUILD" status --json
has 'ended with status 4: file: error: bad'
printf 'a: b\nno rule\n' >"$scratch/rules"
write "cat '$scratch/rules'"
expect 3 "$OHBUILD" check
has "printed what cannot be read: line 2: not of the form 'target: file ...'"
write 'printf "%s\n" inc/one.h Reading...'
expect 3 "$OHBUILD" check
has "printed 'Reading...', which is not there"
write "kill -9 \$\$"
expect 3 "$OHBUILD" check
has 'ended with status 137'

say "one file a line; folders; what lies outside"
mkdir -p inc/deep
echo 4 >inc/deep/4
ln -s "$scratch" "$scratch/other"
write "printf '%s\\r\\n' inc/deep /etc/passwd ../elsewhere .git/HEAD \
$scratch/other/project/inc/one.h {source} {test}"
expect 0 "$OHBUILD" list --json tests/a.sh
[ "$(jq -r '.targets[0].inputs | join(" ")' "$scratch/out")" = \
	"inc/deep/4 inc/one.h" ] || die "other inputs"

say "Ctrl-C ends commands"
write "echo \$\$ >\"\$RUNS\"; exec sleep 60"
"$OHBUILD" check >"$scratch/out" 2>&1 &
child=$!
await test -s "$RUNS"
kill -INT "$child"
status=0
wait "$child" || status=$?
[ "$status" -eq 130 ] || die "status $status"
while read -r pid; do
	! kill -0 "$pid" 2>/dev/null || die "the command still runs"
done <"$RUNS"
rm -f "$RUNS"

say "the compiler itself"
if command -v cc >/dev/null; then
	write 'cc -MM -MG -MP -Iinc -x c {source}'
	printf '#include "a space.h"\n' >'src/b c.sh'
	printf '#include "sub/gen.h"\n' >src/a.sh
	expect 0 "$OHBUILD" list --json
	[ "$(jq -r '.targets[1].inputs[]' "$scratch/out")" = 'inc/a space.h' ] ||
		die "other inputs"
fi

say "folders and files that may be absent"
sed -i /depfile/d openhands.yml
cat >>openhands.yml <<'END'
    inputs: [inc/]
    optional_inputs: [config/local.toml, "data/{name}.csv"]
END
built
fresh
echo 5 >inc/deep/5
stale 'inc/deep/5 was added'
built
git rm -q --cached --ignore-unmatch inc/deep/4
rm inc/deep/4
stale 'inc/deep/4 was removed'
built
mkdir config data
echo 1 >config/local.toml
stale 'tests/a.sh: stale: config/local.toml was added'
has 'tests/b c.sh: stale: config/local.toml was added'
expect 0 "$OHBUILD" why tests/a.sh
has 'config/local.toml'
built
fresh
echo 1 >data/a.csv
stale 'tests/a.sh: stale: data/a.csv was added'
hasnt 'b c'
rm -r data config
stale 'tests/a.sh: stale: config/local.toml was removed'
