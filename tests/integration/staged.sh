# `check --staged`: what git's index holds, in all the ways a repository may
# be; no agent, no engine.
# label: fast
# shellcheck shell=bash
. "$(dirname "$0")/lib.sh"

export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@localhost
export GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@localhost
export HOME=$scratch/home
unset XDG_CONFIG_HOME
mkdir "$HOME"
git config --global protocol.file.allow always
git config --global init.defaultBranch main

# repository DIR [OPTION...]   src/{a,b}.sh with their tests, all recorded and
# committed; becomes the current folder.  The options are for git init.
repository() {
	mkdir -p "$scratch/$1/src" "$scratch/$1/tests"
	cd "$scratch/$1"
	shift
	git init -q "$@"
	write_project
	git add .
	git commit -qm start
	record
}

write_project() {
	mkdir -p src tests
	cat >openhands.yml <<'END'
version: 1
include: [more.yml]
modules:
  - source: src/{name}.sh
    test: tests/test_{name}.sh
    prompt: prompt.md
    validate:
      - test: sh {test}
END
	printf 'version: 1\nmodels: [{id: openai/none, key: NONE}]\n' >more.yml
	echo 'Test {source}.' >prompt.md
	for name in a b; do
		printf '# what %s does\n# and how\n' $name >src/$name.sh
		printf 'echo %s\n' $name >tests/test_$name.sh
	done
	rm -rf .ohbuild
}

# Every target counts as built from what is on disk.
record() {
	"$OHBUILD_FILL"
}

fresh() {
	expect 0 "$OHBUILD" check --staged "$@"
}

# stale TEXT   says so
stale() {
	expect 1 "$OHBUILD" check --staged
	has "$1"
}

say "the index decides, not the work tree"
repository plain
fresh
echo '# more' >>src/a.sh
fresh
expect 1 "$OHBUILD" check
git add src/a.sh
stale 'tests/test_a.sh: stale: src/a.sh changed'
hasnt test_b
git checkout -q HEAD -- src/a.sh
rm tests/test_b.sh
fresh
git rm -q --cached tests/test_b.sh
stale 'tests/test_b.sh: missing'
git reset -q --hard
fresh -q
before=$(find . -type f -printf '%p %T@ %s\n' | sort)
fresh
after=$(find . -type f -printf '%p %T@ %s\n' | sort)
[ "$before" = "$after" ] || die "check wrote something"

say "the configuration, what it includes and prompts are staged, too"
echo 'broken: [' >openhands.yml
fresh
git add openhands.yml
git checkout -q HEAD -- . 2>/dev/null
git show HEAD:openhands.yml >openhands.yml
sed -i '/prompt:/d' openhands.yml
git add openhands.yml
git show HEAD:openhands.yml >openhands.yml
stale 'prompt'
git reset -q --hard
echo 'Test well {source}.' >prompt.md
fresh
git add prompt.md
stale 'prompt'
git reset -q --hard
printf 'version: 1\nmodels: [' >more.yml
git add more.yml
git show HEAD:more.yml >more.yml
expect 3 "$OHBUILD" check --staged
has 'more.yml:'
git reset -q --hard
git rm -q --cached prompt.md
expect 3 "$OHBUILD" check --staged
has "'prompt.md' is not in git's index; type: git add 'prompt.md'"
git reset -q --hard
git rm -q --cached openhands.yml
expect 3 "$OHBUILD" check --staged
has "git add 'openhands.yml'"
git reset -q --hard

say "a file by its link, a changed mode, a new target"
git mv prompt.md words.md
ln -s words.md prompt.md
git add .
record
fresh
chmod +x src/a.sh
fresh
git add src/a.sh
stale 'src/a.sh changed'
git update-index --chmod=-x src/a.sh
fresh
chmod -x src/a.sh
echo '# c' >src/c.sh
fresh
git add src/c.sh
stale 'tests/test_c.sh: never built'
git reset -q --hard

say "only with check"
expect 3 "$OHBUILD" status --staged
has "'ohbuild status' has no option '--staged'"
expect 3 "$OHBUILD" --staged

say "no commit yet"
repository unborn
rm -rf .git
git init -q
expect 3 "$OHBUILD" check --staged
has "is not in git's index"
git add .
fresh
echo '# more' >>src/a.sh
git add src/a.sh
stale 'src/a.sh changed'

say "detached HEAD"
repository detached
git checkout -q --detach
fresh
echo '# more' >>src/a.sh
git add src/a.sh
stale 'src/a.sh changed'

say "a project in a folder, with attributes above it"
repository above
mkdir "deep place"
git mv openhands.yml more.yml prompt.md src tests "deep place"
rm -rf .ohbuild
echo '*.sh text eol=crlf' >.gitattributes
git add .
git commit -qm moved
cd 'deep place'
rm -r src tests
git checkout -q -- .
grep -q $'\r' src/a.sh || die "git does not convert"
record
fresh
expect 0 "$OHBUILD" -C "$scratch/above/deep place" check --staged
sed -i 's/how/why/' src/a.sh
git add src/a.sh 2>/dev/null
stale 'src/a.sh changed'

say "a linked worktree has an index of its own"
repository linked
git worktree add -q ../tree HEAD
cp -R .ohbuild ../tree
echo '# more' >>src/a.sh
git add src/a.sh
stale 'src/a.sh changed'
cd ../tree
fresh
cat >../linked/.git/hooks/pre-commit <<'END'
#!/bin/sh
"$OHBUILD" check --staged
END
chmod +x ../linked/.git/hooks/pre-commit
echo '# more' >>src/b.sh
expect 1 git commit -qam more
has 'tests/test_b.sh: stale: src/b.sh changed'
hasnt test_a

say "submodules: a project inside of one, and one inside of a project"
repository library
cd "$scratch/plain"
git submodule -q add "$scratch/library" lib
git commit -qam module
fresh
expect 0 "$OHBUILD" list
hasnt lib
cp -R "$scratch/library/.ohbuild" lib
echo '# more' >>lib/src/a.sh
git -C lib add src/a.sh
fresh
expect 1 "$OHBUILD" -C lib check --staged
has 'src/a.sh changed'
# In a hook around the module git's variables are about the outer one.
cat >.git/hooks/pre-commit <<'END'
#!/bin/sh
"$OHBUILD" check --staged && ! "$OHBUILD" -C lib check --staged
END
chmod +x .git/hooks/pre-commit
echo text >note
git add note
expect 0 git commit -qm note
echo more >>note
expect 0 git commit -qam note
rm .git/hooks/pre-commit

say "the index of the commit under way"
repository hook
cat >.git/hooks/pre-commit <<'END'
#!/bin/sh
"$OHBUILD" check --staged
END
chmod +x .git/hooks/pre-commit
echo '# more' >>src/a.sh
echo text >note
git add note
expect 0 git commit -qm 'only the note'
expect 1 git commit -qam all
has 'src/a.sh changed'
expect 1 git commit -qm 'only that file' src/a.sh
has 'src/a.sh changed'
git add src/a.sh
echo more >>note
expect 0 git commit -qm 'only the note' note
expect 1 git commit -qm staged
has 'src/a.sh changed'
mkdir -p deep
cd deep
expect 1 git commit -qm 'from a folder'
has 'src/a.sh changed'
cd ..
GIT_INDEX_FILE=$scratch/index git read-tree HEAD
expect 0 env GIT_INDEX_FILE="$scratch/index" "$OHBUILD" check --staged
expect 1 env GIT_INDEX_FILE="$scratch/plain/.git/index" \
	"$OHBUILD" check --staged

say "a repository elsewhere"
repository elsewhere
git clone -q --bare . "$scratch/bare.git"
rm -rf .git
expect 3 "$OHBUILD" check --staged
has 'this folder is in no git repository'
export GIT_DIR=$scratch/bare.git GIT_WORK_TREE=$PWD
git config core.bare false
git read-tree HEAD
fresh
echo '# more' >>src/a.sh
fresh
git add src/a.sh
stale 'src/a.sh changed'
unset GIT_DIR GIT_WORK_TREE

say "unmerged"
repository unmerged
git checkout -qb other
echo '# one' >>src/a.sh
git commit -qam one
git checkout -q main
echo '# two' >>src/a.sh
git commit -qam two
git merge -q other >/dev/null 2>&1 || true
expect 3 "$OHBUILD" check --staged
has "'src/a.sh' is unmerged in git's index"
has "git add 'src/a.sh'"

say "intended to be added"
repository intended
: >src/empty.sh
echo '# c' >src/c.sh
git add -N src/c.sh src/empty.sh
fresh
expect 0 "$OHBUILD" list
has src/empty.sh
git add src/empty.sh
stale 'tests/test_empty.sh: never built'
hasnt test_c

say "renamed files"
repository renamed
git mv src/a.sh src/z.sh
stale 'tests/test_z.sh: never built'
hasnt test_a.sh:
git mv tests/test_a.sh tests/test_z.sh
stale 'tests/test_z.sh: edited'
git reset -q --hard
fresh

say "odd names"
repository odd
for name in $'new\nline' 'two "quotes"' $' blank' $'\xff\xfe' 'tab	tab' \
	-dash '[a]*' 'ünï'; do
	echo "# $name" >"src/$name.sh"
	echo "# $name" >"tests/test_$name.sh"
done
git add .
record
fresh
git config core.quotepath true
echo 'src/* text eol=crlf' >.gitattributes
git add .gitattributes 2>/dev/null
stale 'tests/test_ünï.sh: stale'
[ "$(grep -ac ': stale: ' "$scratch/out")" -eq 10 ] || die "not all"
rm -r src tests
git checkout -q -- src tests
record
fresh
printf '# more\r\n' >>$'src/new\nline.sh'
git add . 2>/dev/null
expect 1 "$OHBUILD" check --staged
[ "$(grep -ac ': stale: ' "$scratch/out")" -eq 1 ] || die "not one"

say "line ends, encodings and filters as a checkout writes them"
repository eol
git config core.autocrlf true
rm -r src tests ./*.*
git checkout -q -- .
grep -q $'\r' src/a.sh || die "git does not convert"
record
fresh
git config core.autocrlf input
stale 'tests/test_a.sh: edited' # its line ends are others
git config --unset core.autocrlf
cat >.gitattributes <<'END'
src/a.sh filter=turn
src/b.sh ident
tests/*.sh working-tree-encoding=UTF-16
END
git config filter.turn.clean "tr 'n-za-m' 'a-z'"
git config filter.turn.smudge "tr 'a-z' 'n-za-m'"
git config filter.turn.required true
for name in a b; do
	iconv -t UTF-16 tests/test_$name.sh >wide
	mv wide tests/test_$name.sh
done
# shellcheck disable=SC2016 # git puts the object's name there
echo '# $Id$' >>src/b.sh
git add .
git commit -qm attributes
rm -r src tests
git checkout -q -- .
grep -q 'Id: ' src/b.sh || die "git does not put the name in"
record
fresh
echo 'tests/*.sh working-tree-encoding=UTF-16' >.gitattributes
fresh
git add .gitattributes
stale 'tests/test_a.sh: stale: src/a.sh changed'
has 'tests/test_b.sh: stale: src/b.sh changed'
git reset -q --hard
# shellcheck disable=SC2016 # git's shell expands it
git config filter.turn.smudge \
	'env >"$HOME/environment"; tr "a-z" "n-za-m"'
NONE=a-key THEIRS=of-a-filter expect 0 "$OHBUILD" check --staged
grep -q '^THEIRS=of-a-filter$' "$HOME/environment" ||
	die "a filter does not get what it needs"
! grep -q a-key "$HOME/environment" || die "a filter gets a model's key"
git config filter.turn.smudge false
expect 4 "$OHBUILD" check --staged
has "read files from git's index"

say "what git-lfs keeps elsewhere; it is never called"
repository lfs
echo 'src/*.sh filter=lfs' >.gitattributes
cat >"$scratch/clean" <<'END'
#!/bin/sh
cat >"$HOME/large"
printf 'version https://git-lfs.github.com/spec/v1\n'
printf 'oid sha256:%s\n' "$(sha256sum <"$HOME/large" | cut -d' ' -f1)"
printf 'size %s\n' "$(wc -c <"$HOME/large")"
END
chmod +x "$scratch/clean"
git config filter.lfs.clean "$scratch/clean"
# shellcheck disable=SC2016 # git's shell expands it
git config filter.lfs.smudge 'touch "$HOME/called"; false'
git config filter.lfs.required true
git add --renormalize .
git add .
git show :src/a.sh | grep -q '^oid sha256:' || die "no pointer"
fresh
echo '# more' >>src/a.sh
stale 'src/a.sh changed' # nobody has the file of the index
git add src/a.sh
stale 'src/a.sh changed'
record
fresh
[ ! -e "$HOME/called" ] || die "git-lfs was called"

say "what git ignores counts as on disk"
repository ignored
echo '/tests/' >.gitignore
git rm -qr --cached tests
git add .gitignore
fresh
echo '# more' >>tests/test_a.sh
stale 'tests/test_a.sh: edited'
rm tests/test_a.sh
stale 'tests/test_a.sh: missing'

say "forms of the index and of the repository"
forms=0
for how in 'update-index --split-index' 'update-index --index-version=4' \
	'config core.ignorecase true' 'config core.untrackedCache true' \
	'update-index --assume-unchanged src/a.sh' \
	'update-index --skip-worktree src/a.sh'; do
	repository "form $((forms += 1))"
	# shellcheck disable=SC2086 # words
	git $how
	fresh
	git update-index --no-assume-unchanged src/a.sh
	git update-index --no-skip-worktree src/a.sh
	echo '# more' >>src/a.sh
	# shellcheck disable=SC2086
	git $how
	fresh
	git update-index --no-assume-unchanged src/a.sh
	git update-index --no-skip-worktree src/a.sh
	git add src/a.sh
	stale 'src/a.sh changed'
done
repository sha256 --object-format=sha256
echo '*.sh text eol=lf' >.gitattributes
: >src/empty.sh
: >tests/test_empty.sh
git add .
record
fresh
echo '# more' >>src/a.sh
git add src/a.sh
stale 'src/a.sh changed'

say "a file-system monitor is not asked"
repository monitor
printf '#!/bin/sh\ntouch "%s/asked"\n' "$HOME" >"$HOME/monitor"
chmod +x "$HOME/monitor"
git config core.fsmonitor "$HOME/monitor"
fresh
[ ! -e "$HOME/asked" ] || die "it was"

say "a file system without modes or links"
repository modes
ln -s a.sh src/link.sh
echo link >tests/test_link.sh
git add .
git config core.symlinks false
git config core.filemode false
rm src/link.sh
printf a.sh >src/link.sh
chmod +x src/a.sh
record
fresh

say "a shallow clone"
git clone -q --depth 1 "file://$scratch/plain" "$scratch/shallow" 2>/dev/null
cd "$scratch/shallow"
record
fresh
echo '# more' >>src/a.sh
git add src/a.sh
stale 'src/a.sh changed'

say "a sparse checkout: the index has it all, and the lock keeps it"
repository sparse
echo '# c' | tee src/c.sh >tests/test_c.sh
record
expect 0 "$OHBUILD"
git add .
git commit -qm lock
git sparse-checkout set --no-cone '/*' '!/src/b.sh' '!/tests/test_b.sh'
[ ! -e src/b.sh ] || die "git has it"
fresh
expect 0 "$OHBUILD" check
expect 0 "$OHBUILD"
[ "$(grep -c ^target openhands.lock)" -eq 3 ] || die "not in the lock"
other=$(echo other | git hash-object -w --stdin)
git update-index --cacheinfo "100644,$other,src/b.sh"
stale 'src/b.sh changed'
git reset -q
git sparse-checkout reapply
rm src/a.sh
expect 0 "$OHBUILD"
[ "$(sed -n 's/^target //p' openhands.lock | tr '\n' ' ')" = \
	'tests/test_b.sh tests/test_c.sh ' ] ||
	die "the lock has not the one, or the other"

say "the lock in the index counts, too: a clone would go by it"
repository locked
expect 0 "$OHBUILD"
git add .
git commit -qm lock
fresh
echo '# more' >>src/a.sh
echo '# more' >>tests/test_a.sh
record
expect 0 "$OHBUILD"
expect 0 "$OHBUILD" check
git add src tests
stale "tests/test_a.sh: stale: the lock file in git's index does not say so"
hasnt test_b
git add openhands.lock
fresh

# What the last build decided may be the answer, when disk and index agree;
# without what it left, everything is read from the index.
both() {
	local status=0 again=0
	"$OHBUILD" check --staged >"$scratch/glance" 2>&1 || status=$?
	mv .ohbuild/index "$scratch/index"
	"$OHBUILD" check --staged >"$scratch/whole" 2>&1 || again=$?
	mv "$scratch/index" .ohbuild/index
	[ "$status" = "$again" ] || die "$1: $status, but in full $again"
	cmp "$scratch/glance" "$scratch/whole" || die "$1: not the same words"
}

say "with and without a decision that stands"
repository both
echo spare >spare.txt
echo '*.log' >.gitignore
git add .
git commit -qm more
expect 0 "$OHBUILD"
git add .
git commit -qm lock
expect 0 "$OHBUILD"
GIT_TRACE=$scratch/trace "$OHBUILD" check --staged
grep -q diff-files "$scratch/trace" || die "git was not asked"
! grep cat-file "$scratch/trace" || die "contents were read"
while IFS= read -r change; do
	eval "$change" || die "$change"
	both "$change"
	git update-index --refresh >"$scratch/silence" || true
	both "$change, refreshed"
	for flag in --no-assume-unchanged --no-skip-worktree; do
		git update-index $flag src/a.sh src/b.sh \
			2>"$scratch/silence" || true
	done
	git clean -fdqx -e .ohbuild
	rm -f .git/info/attributes
	git config --unset core.autocrlf || true
	git reset -q --hard
	expect 0 "$OHBUILD"
done <<'END'
true
echo more >>spare.txt
echo more >>src/a.sh
echo more >>src/a.sh; git add src/a.sh
echo more >>src/a.sh; git add src/a.sh; git show HEAD:src/a.sh >src/a.sh
echo more >>tests/test_a.sh
rm src/a.sh
rm tests/test_a.sh
git rm -q --cached tests/test_b.sh
git rm -q --cached src/b.sh
git rm -q src/b.sh
echo new >src/new.sh
echo new >src/new.sh; git add src/new.sh
echo new >src/new.sh; git add -N src/new.sh
touch src/a.sh
chmod +x src/a.sh
git update-index --chmod=+x src/a.sh
git update-index --assume-unchanged src/a.sh; echo more >>src/a.sh
git update-index --skip-worktree src/a.sh; rm src/a.sh
echo more >>prompt.md
echo more >>prompt.md; git add prompt.md; git show HEAD:prompt.md >prompt.md
echo '# note' >>openhands.yml
echo '# note' >>openhands.yml; git add openhands.yml
git rm -q --cached openhands.lock
echo '*.sh text eol=crlf' >.gitattributes; git add .gitattributes
mkdir -p .git/info; echo '*.sh text eol=crlf' >.git/info/attributes
git config core.autocrlf true
mv src/a.sh src/c.sh
git mv src/a.sh src/c.sh
ln -sf b.sh src/a.sh
ln -sf b.sh src/a.sh; git add src/a.sh
mkdir extra; echo x >extra/a.log
git rm -q --cached spare.txt; echo spare.txt >>.gitignore
END

say "no git"
repository nogit
mkdir "$scratch/bin"
expect 3 env PATH="$scratch/bin" "$OHBUILD" check --staged
has 'install git'
expect 3 env PATH="$scratch/bin" "$OHBUILD" check
has 'install git'
rm -rf .git
expect 0 env PATH="$scratch/bin" "$OHBUILD" check
expect 3 "$OHBUILD" check --staged
has 'no git repository'

say "a repository of somebody else"
repository owner
# git's own test of it
expect 3 env GIT_TEST_ASSUME_DIFFERENT_OWNER=1 "$OHBUILD" check --staged
has safe.directory
