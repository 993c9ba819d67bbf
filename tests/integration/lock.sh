#!/usr/bin/env bash
# label: fast
# openhands.lock: what is known of every test goes with the repository.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

: "${OHBUILD_FILL:=$(dirname "$OHBUILD")/tests/bench_fill}"
lock=openhands.lock

# As on another machine: no home, no key, no engine.
bare() {
	env -i PATH="$PATH" DOCKER_HOST=unix:///nowhere "$OHBUILD" "$@"
}

commit() {
	git add -A
	git -c user.name=t -c user.email=t@localhost commit -qm "$1"
}

merge() { # BRANCH
	git -c user.name=t -c user.email=t@localhost merge -q --no-edit "$1"
}

# writes NAME...: source and test change together, and are recorded so.
writes() {
	local name
	for name; do
		echo "# $RANDOM" >>"src/$name.sh"
		echo "echo $RANDOM" >>"tests/${name}_test.sh"
	done
	"$OHBUILD_FILL"
	expect 0 "$OHBUILD"
}

verdicts() { # VERDICTS
	expect 0 "$OHBUILD" status --json
	[ "$(jq -r '[.targets[].verdict] | join(" ")' <<<"$out")" = "$1" ] ||
		die "not: $1"
}

snapshot() {
	find . -path ./.git -prune -o -printf '%p %y %m %T@ %i\n' | sort
	cat $lock 2>/dev/null || true
}

# refused WORDS...: neither asked nor built, and left as it is.
refused() {
	local before words question
	before=$(sha256sum <$lock)
	for question in check status -n "-q" ""; do
		# shellcheck disable=SC2086 # words
		expect 3 "$OHBUILD" $question
		for words; do has "$words"; done
	done
	[ "$before" = "$(sha256sum <$lock)" ] || die "it was changed"
}

shell_project a b c d <<'END'
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
modules:
  - source: src/{name}.sh
    test: tests/{name}_test.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
mkdir tests
for name in a b c d; do good_test tests/${name}_test.sh; done

say "a build writes it, questions do not"
"$OHBUILD_FILL"
before=$(snapshot)
for question in check status -n -q "why tests/a_test.sh"; do
	# shellcheck disable=SC2086 # words
	expect 0 "$OHBUILD" $question
done
[ "$before" = "$(snapshot)" ] || die "a question left a trace"
expect 0 "$OHBUILD"
has "nothing to do"
[ "$(head -c 21 $lock)" = "openhands.lock 1 key " ] || die "its first line"
[ "$(grep -c '^target ' $lock)" = 4 ] || die "$(cat $lock)"
sed -n 's/^\t\(key\|output\) 100644 \([0-9a-f]*\) \(source:\)\?/\2  /p' $lock |
	sha256sum --quiet -c || die "no digests that others know"
[ "$(sed -n 's/^\t\(key\|output\) 100.*/x/p' $lock | wc -l)" = 8 ] ||
	die "not every file is in it"
commit lock

say "and not again while it is right; when it was lost, the same bytes"
before=$(stat -c '%i %y' $lock)
expect 0 "$OHBUILD"
[ "$before" = "$(stat -c '%i %y' $lock)" ] || die "it was written again"
rm $lock
expect 0 "$OHBUILD"
git diff --exit-code --stat

say "a fresh clone without database, home, key, engine: fresh, for free"
git clone -q . "$scratch/clone"
cd "$scratch/clone"
chmod -R a-w .
before=$(snapshot)
expect 0 bare check
[ -z "$out$err" ] || die "check says something"
expect 0 bare status --json
[ "$(jq -r '[.targets[].verdict] | unique | join(" ")' <<<"$out")" = fresh ] ||
	die "not fresh"
[ "$before" = "$(snapshot)" ] || die "a question left a trace"
chmod -R u+w .
expect 0 bare
has "took 4 records from openhands.lock"
has "nothing to do (4 targets fresh)"
expect 0 bare
hasnt took
[ -z "$(git status --porcelain)" ] || die "$(git status --porcelain)"

say "who pulls source, test and lock has a fresh test"
cd "$scratch/project"
writes b
commit "b changed"
cd "$scratch/clone"
git pull -q
verdicts "fresh fresh fresh fresh"
expect 0 bare check
git checkout -q HEAD~1
verdicts "fresh fresh fresh fresh"
git checkout -q -
expect 0 bare
has "took 1 record from"
[ -z "$(git status --porcelain)" ] || die "$(git status --porcelain)"

say "a later change of the source is stale, of the test a person's"
echo "# new" >>src/b.sh
expect 1 bare check
has "src/b.sh changed"
git checkout -q src/b.sh
echo "# new" >>tests/b_test.sh
expect 1 bare check
has "tests/b_test.sh was changed by hand"
git checkout -q tests/b_test.sh
rm -rf .ohbuild
echo "# new" >>tests/a_test.sh
echo "# new" >>src/c.sh
rm tests/d_test.sh
verdicts "edited fresh stale missing"
has "tests/a_test.sh was changed by hand"
has "src/c.sh changed"
git checkout -q .

say "what is adopted goes into it"
echo "# mine" >>tests/a_test.sh
expect 1 bare check
expect 0 bare adopt tests/a_test.sh
grep -A 5 "^target tests/a_test.sh" $lock | grep -qx "	by person" ||
	die "$(cat $lock)"
expect 0 bare check
rm -rf .ohbuild
expect 0 bare check
git checkout -q .

say "a damaged database: put aside, and made again"
expect 0 bare
head -c 40000 /dev/zero | tr '\0' x >.ohbuild/state.db
expect 0 bare
has "the database is now '.ohbuild/state.db.damaged-"
has "took 4 records"
has "nothing to do"
expect 0 bare check

say "neighbours that change in two branches: git merges, and all is fresh"
cd "$scratch/project"
git checkout -qb left
writes a
commit left
git checkout -q -
git checkout -qb right
writes b
cp src/d.sh src/e.sh
good_test tests/e_test.sh
writes e
commit right
merge left || die "a conflict: $(git diff)"
[ "$(grep -c '^target ' $lock)" = 5 ] || die "$(cat $lock)"
rm -rf .ohbuild
verdicts "fresh fresh fresh fresh fresh"
expect 0 "$OHBUILD"
[ -z "$(git status --porcelain)" ] || die "$(git status --porcelain)"

say "also one that is new or gone beside one that changes"
git checkout -qb new
echo "# bb" >src/bb.sh
good_test tests/bb_test.sh
git rm -q src/e.sh tests/e_test.sh
writes bb
commit new
git checkout -q right
writes b c
commit changed
merge new || die "a conflict: $(git diff)"
verdicts "fresh fresh fresh fresh fresh"
rm -rf .ohbuild
verdicts "fresh fresh fresh fresh fresh"
! grep -q tests/e_test.sh $lock || die "e is still in it"

say "the same one in two branches: a conflict, said so, and mended"
git checkout -qb mine
writes a
commit mine
git checkout -q right
writes a
commit theirs
git checkout -q mine
! merge right 2>/dev/null || die "no conflict"
refused "openhands.lock:" ":1: git left a merge conflict here" \
	"git checkout --theirs openhands.lock"
git checkout -q --theirs -- src tests $lock
expect 0 "$OHBUILD"
verdicts "fresh fresh fresh fresh fresh"
commit merged

say "also one that a branch alone knows, when the other side is taken"
git checkout -qb one
echo "# f" >src/f.sh
good_test tests/f_test.sh
writes f
commit f
git checkout -q mine
echo "# g" >src/g.sh
good_test tests/g_test.sh
writes g
commit g
! merge one 2>/dev/null || die "no conflict"
git checkout -q --theirs $lock
expect 0 "$OHBUILD"
rm -rf .ohbuild
verdicts "fresh fresh fresh fresh fresh fresh fresh"
commit "f and g"

say "--staged goes by the lock that is staged"
rm -rf .ohbuild
expect 0 "$OHBUILD" check --staged
[ -z "$out$err" ] || die "check says something"
echo "<<<<<<< ours" >>$lock
expect 0 "$OHBUILD" check --staged
git add $lock
git show HEAD:$lock >$lock
expect 3 "$OHBUILD" check --staged
has "git left a merge conflict here"
git add $lock
echo "# staged" >>src/a.sh
git add src/a.sh
git show HEAD:src/a.sh >src/a.sh
expect 1 "$OHBUILD" check --staged
has "src/a.sh changed"
expect 0 "$OHBUILD" check
git reset -q

say "by hand, cut off, from tomorrow, of another tool, a link"
cp $lock "$scratch/lock"
sed -i 's/^\tby person/\tby nobody/' $lock
refused ":7:5: here should be agent or person" "git checkout -- openhands.lock"
head -n 16 "$scratch/lock" >$lock
refused "the file was cut off"
sed 's/^openhands.lock 1/openhands.lock 2/' "$scratch/lock" >$lock
refused "written by a newer ohbuild" "update ohbuild"
echo '{"packages": {}}' >$lock
refused "this is no lock file of ohbuild"
rm $lock
ln -s "$scratch/lock" $lock
refused "is not a regular file"
rm $lock
cp "$scratch/lock" $lock
verdicts "fresh fresh fresh fresh fresh fresh fresh"

say "whose source is gone: an orphan, told, and dropped by the next build"
rm -rf .ohbuild src/g.sh
expect 0 "$OHBUILD" status
has "tests/g_test.sh: orphan"
expect 0 "$OHBUILD"
! grep -q tests/g_test.sh $lock || die "g is still in it"
git checkout -q .

say "-f: every configuration has its own"
expect 0 "$OHBUILD"
sed 's|{name}|a|' openhands.yml >other.yml
expect 0 "$OHBUILD" -f other.yml
[ "$(grep '^target ' other.lock)" = "target tests/a_test.sh" ] ||
	die "$(cat other.lock)"
git diff --exit-code --stat
rm other.yml other.lock

say "it is no input of anything"
cat >>openhands.yml <<'END'
    inputs: ["**"]
END
expect 0 "$OHBUILD" list --json
[ "$(jq '[.targets[].inputs[] | select(. == "openhands.lock")] | length' \
	<<<"$out")" = 0 ] || die "it is an input"
say passed
