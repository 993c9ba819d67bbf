# `--affected`: what a branch changed; no agent, no engine.
# label: fast
# shellcheck shell=bash
. "$(dirname "$0")/lib.sh"

export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@localhost
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@localhost
export HOME=$scratch/home
unset XDG_CONFIG_HOME
mkdir "$HOME" "$scratch/origin"
git config --global init.defaultBranch main
cd "$scratch/origin"
git init -q
mkdir -p src tests docs data
cat >openhands.yml <<'END'
version: 1
include: [more.yml]
modules:
  - name: core
    source: src/{name}.sh
    test: tests/test_{name}.sh
    prompt: prompt.md
    inputs: [docs/*.md]
    validate: [{test: 'sh {test}'}]
  - name: rest
    source: data/{name}.txt
    test: tests/data_{name}.sh
    inputs: [tests/test_a.sh]
    validate: [{test: 'sh {test}'}]
END
printf 'version: 1\nmodels: [{id: openai/none, key: NONE}]\n' >more.yml
echo 'Test {source}.' >prompt.md
echo note | tee docs/one.md docs/two.md README >/dev/null
for name in a b; do
	echo "# $name" | tee src/$name.sh tests/test_$name.sh data/$name.txt \
		tests/data_$name.sh >/dev/null
done
echo '*.log' >.gitignore
git add .
git commit -qm start
git clone -q . ../clone
cd ../clone
git checkout -qb topic
"$OHBUILD_FILL" # what is fresh and only needed is not named

# affected TARGET... -- OPTION...   exactly these are
affected() {
	local want=()
	while [ "$1" != -- ]; do
		want+=("$1")
		shift
	done
	shift
	expect 0 "$OHBUILD" status --json "$@"
	python3 -c 'import json, sys
for target in json.load(sys.stdin)["targets"]: print(target["name"])' \
		<"$scratch/out" | sort >"$scratch/names"
	printf '%s' "${want[@]/%/$'\n'}" | diff - "$scratch/names" ||
		die "not: ${want[*]}"
}

all=(tests/data_a.sh tests/data_b.sh tests/test_a.sh tests/test_b.sh)

say "nothing changed"
affected -- --affected
affected -- --affected=origin/main
affected -- --affected=HEAD
expect 0 "$OHBUILD" check --affected
affected "${all[@]}" --

say "changes on disk, staged, committed; their dependents"
echo more >>src/b.sh
affected tests/test_b.sh -- --affected
git add src/b.sh
affected tests/test_b.sh -- --affected
git commit -qm more
affected tests/test_b.sh -- --affected
affected tests/test_b.sh -- --affected=main
affected -- --affected=HEAD
echo more >>data/b.txt
affected tests/data_b.sh tests/test_b.sh -- --affected
affected tests/data_b.sh -- --affected=HEAD
affected tests/data_b.sh -- --affected 'tests/data*'
affected tests/test_b.sh -- --affected core
git checkout -q data
echo more >>src/a.sh
affected tests/data_a.sh tests/data_b.sh tests/test_a.sh -- --affected=HEAD
git checkout -q src

say "a new commit on the other side is no change of ours"
(cd ../origin && echo more >>src/a.sh && git commit -qam theirs)
git fetch -q
affected tests/test_b.sh -- --affected=origin/main

say "tests, inputs, prompt, configuration; what was deleted or is new"
echo more >>tests/test_b.sh
affected tests/test_b.sh -- --affected=HEAD
git checkout -q tests
rm tests/data_b.sh
affected tests/data_b.sh -- --affected=HEAD
git checkout -q tests
echo more >>docs/one.md
affected "${all[@]}" -- --affected=HEAD
git checkout -q docs
git rm -q docs/two.md
affected "${all[@]}" -- --affected=HEAD
git reset -q --hard
echo new >docs/three.md
affected "${all[@]}" -- --affected=HEAD
rm docs/three.md
echo new >docs/three.log
affected -- --affected=HEAD
rm docs/three.log
echo new >src/c.sh
affected tests/test_c.sh -- --affected=HEAD
rm src/c.sh
echo more >>prompt.md
affected "${all[@]}" -- --affected=HEAD
git checkout -q prompt.md
echo '# more' >>more.yml
affected "${all[@]}" -- --affected=HEAD
git checkout -q more.yml
echo more >>README
affected -- --affected=HEAD
git checkout -q README
git mv src/b.sh src/z.sh
affected tests/test_z.sh -- --affected=HEAD
git reset -q --hard

say "with what is staged"
echo more >>src/a.sh
expect 0 "$OHBUILD" check --staged --affected=HEAD
[ -z "$out" ] || die "something is"
git add src/a.sh
git checkout -q HEAD -- data
expect 1 "$OHBUILD" check --staged --affected=HEAD core
has tests/test_a.sh
hasnt tests/test_b.sh
git reset -q --hard

say "a project in a folder"
mkdir 'sub folder'
git mv openhands.yml more.yml prompt.md src tests docs data 'sub folder'
git commit -qm moved
cd 'sub folder'
affected "${all[@]}" -- --affected
affected -- --affected=HEAD
echo more >>../README
echo more >>src/b.sh
affected tests/test_b.sh -- --affected=HEAD
cd ..
git reset -q --hard HEAD^

say "build, -n and -q"
expect 0 "$OHBUILD" -n --affected=HEAD
hasnt test_
expect 0 "$OHBUILD" -q --affected=HEAD
expect 0 "$OHBUILD" --affected=HEAD
has 'nothing to do'
expect 1 "$OHBUILD" -q
expect 3 "$OHBUILD" list --affected
has "'ohbuild list' has no option '--affected'"

say "which base"
expect 3 "$OHBUILD" check --affected=nosuch
has "git knows no commit 'nosuch'"
expect 3 "$OHBUILD" check --affected=--all
has 'no name of a commit'
git branch -q --set-upstream-to=main
affected tests/test_b.sh -- --affected
git branch -q --unset-upstream
git branch -q -D main
git remote remove origin
expect 3 "$OHBUILD" check --affected
has '--affected=BASE'
git checkout -q --orphan lonely
git commit -qm lonely
expect 3 "$OHBUILD" check --affected=topic
has 'have no commit in common'
git checkout -q --detach topic
affected tests/test_b.sh -- --affected=topic^

say "a shallow clone"
git clone -q --depth 1 --no-single-branch "file://$scratch/origin" \
	../shallow 2>/dev/null
git -C "$scratch/clone" push -q ../origin HEAD:refs/heads/topic
git clone -q --depth 1 --no-single-branch "file://$scratch/origin" \
	../flat 2>/dev/null
cd ../flat
git checkout -q topic
expect 3 "$OHBUILD" check --affected=origin/main
has 'git fetch --unshallow'
git fetch -q --unshallow
"$OHBUILD_FILL"
affected tests/test_b.sh -- --affected=origin/main

say "no commit, no repository"
cd ../clone
rm -rf .git
expect 3 "$OHBUILD" check --affected
has 'no git repository'
git init -q
expect 3 "$OHBUILD" check --affected
has 'there is no commit yet'
