#!/usr/bin/env bash
# label: busy
# What a person edited and an agent works on: edited: merge and overwrite.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
: "${OHBUILD_FAILPOINTS:?names the program that dies where it is told to}"

shell_project clean clash red over <<'END'
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
limits: {attempts: 1}
defaults:
  on_change: regenerate
  edited: merge
  validate_in: host
  validate:
    - test: sh {test} {report}
      junit: "{report}"
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    exclude: [src/over.sh]
  - source: src/over.sh
    test: tests/over.sh
    edited: overwrite
END
mkdir tests empty
printf '/empty/\n' >>.git/info/exclude

# body TOP BOTTOM: a test that passes unless both are 'new'.
body() {
	cat <<-END
		top=$1
		# far
		# from
		# each
		# other
		bottom=$2
		[ "\$top\$bottom" != newnew ] || exit 1
		printf '<testsuite><testcase name="works"/></testsuite>' >"\$1"
	END
}

for name in clean clash red over; do
	body old old >tests/$name.sh
done
expect 0 "$OHBUILD" adopt --all
for name in clean clash red over; do
	printf '# changed\n' >>src/$name.sh
done

say "the agents' versions: clean and red change the bottom, clash the top"
agent() { # NAME TOP BOTTOM
	body "$2" "$3" >"$scratch/$1"
	cassette "tests/$1.sh" <<END
run printf %s $(base64 -w 0 "$scratch/$1") | base64 -d >/workspace/project/tests/$1.sh
finish written
END
}
body mine old >tests/clean.sh
agent clean mine new
body mine old >tests/clash.sh
agent clash theirs old
body new old >tests/red.sh
agent red old new
body mine old >tests/over.sh
agent over theirs old
cp tests/over.sh "$scratch/over-mine"
expect 0 "$OHBUILD" -n
has "a new version is merged into it"
has "it is made again"

say "built"
expect 2 "$OHBUILD" -k -j 4 --replay cassettes --events "$scratch/events"
cmp tests/clean.sh "$scratch/clean" || die "clean: not of both"
body mine old | cmp - tests/clash.sh || die "clash was touched"
has "you and the agent changed the same lines of 'tests/clash.sh'"
body new old | cmp - tests/red.sh || die "red was touched"
has "what became of your version and the agent's is refused"
cmp tests/over.sh "$scratch/over" || die "over was not made again"
expect 0 "$OHBUILD" check tests/clean.sh tests/over.sh

say "remembered: no second agent is asked"
expect 2 "$OHBUILD" --replay empty
hasnt "cassette"
say "the person's overwritten version comes back"
expect 0 "$OHBUILD" restore tests/over.sh
cmp tests/over.sh "$scratch/over-mine" || die "it is lost"
expect 0 "$OHBUILD" restore tests/over.sh
say "the agent's unmerged version can be had, and is judged, not paid for"
expect 0 "$OHBUILD" log tests/clash.sh
has "@1"
expect 0 "$OHBUILD" restore tests/clash.sh@1
cmp tests/clash.sh "$scratch/clash" || die "not the agent's"
expect 0 "$OHBUILD" --replay empty tests/clash.sh
has "1 adopted"
say "so is what the person makes of it"
body other other >tests/red.sh
expect 0 "$OHBUILD" --replay empty tests/red.sh
has "1 adopted"

say "kill -9 while an edited test is overwritten"
point=commit-begun
printf '# %s\n' $point >>src/over.sh
body $point old >tests/over.sh
cp tests/over.sh "$scratch/mine"
agent over theirs "$point"
got=0
(OHBUILD_FAILPOINT=$point "$OHBUILD_FAILPOINTS" --replay cassettes \
	tests/over.sh) >"$scratch/out" 2>&1 || got=$?
[ "$got" = 137 ] || die "$point: status $got: $(cat "$scratch/out")"
expect 0 "$OHBUILD" --replay cassettes tests/over.sh
cmp tests/over.sh "$scratch/over" || die "$point: not the agent's"
expect 0 "$OHBUILD" restore tests/over.sh@1
cmp tests/over.sh "$scratch/mine" || die "$point: it is lost"

say "without git nothing is paid for"
printf '# once more\n' >>src/clean.sh
body again old >tests/clean.sh
mkdir "$scratch/bin"
cat >"$scratch/bin/git" <<'END'
#!/bin/sh
case $* in
*merge-file*) echo "git: 'merge-file' is not a git command" >&2; exit 129 ;;
esac
exec /usr/bin/git "$@"
END
chmod +x "$scratch/bin/git"
expect 4 env PATH="$scratch/bin:$PATH" "$OHBUILD" --replay empty tests/clean.sh
has "merge-file"
no_leftovers
say passed
