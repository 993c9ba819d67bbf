#!/usr/bin/env bash
# Another version of ohbuild, another form of the same configuration, another
# place, user, machine, time zone: nothing becomes stale by any of them.
set -eu
if [ -z "${MOVED_SH:-}" ]; then
	# Mounts and a host name of our own.
	if [ "$(id -u)" -eq 0 ]; then set -- -m -u; else set -- -rm -u; fi
	MOVED_SH=1 exec unshare "$@" bash "$0"
fi
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
: "${OHBUILD_NEWER:?names the program of another version}"

unmount() {
	cd /
	umount "$scratch/bound" "$scratch/ram" 2>/dev/null || true
	cleanup
}
trap unmount EXIT
export HOME=$scratch/home
mkdir -p "$HOME" "$scratch/project/words" "$scratch/project/data"
printf 'Test {source} well.\n' >"$scratch/project/words/prompt.md"
printf 'one\n' >"$scratch/project/data/one"
shell_project a b 'c d' <<'END'
version: 1
agent: {sandbox: process, image: none/such, pull: never}
models: [{id: openai/example}, {id: openai/other}]
limits: {attempts: 1}
defaults:
  tags: [unit]
modules:
  - name: letters
    source: src/{name}.sh
    exclude: ["src/* *.sh", src/b.sh]
    test: tests/{name}.sh
    inputs: [data/one, words/*]
    depfile: printf '%s\n' {source} data/one
    prompt: words/prompt.md
    key: [model]
    validate:
      - test: sh {test} {report}
        junit: "{report}"
  - name: one
    source: src/b.sh
    test: tests/b.sh
    prompt: |
      Test {source}.
      Well.
    models: [openai/other]
    key: [model, image]
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
quick_agent tests/a.sh tests/b.sh
expect 0 "$OHBUILD" --replay cassettes
git add .
git -c user.name=t -c user.email=t@localhost commit -qm built
cp -R . "$scratch/original"

# parts [PROGRAM...]: of every key, with their digests
parts() {
	"$@" show --json tests/a.sh tests/b.sh |
		jq -Sc '[.targets[] | [.name, (.parts | sort)]] | sort'
}
reference=$(parts "$OHBUILD")
[ "$(printf '%s' "$reference" | jq '[.[][1] | length] | add')" -gt 8 ] ||
	die "hardly any parts: $reference"

# fresh WHAT [PROGRAM...]: here, with and without what the last build kept,
# and a build has nothing to do.
fresh() {
	local what=$1
	shift
	[ $# -gt 0 ] || set -- "$OHBUILD"
	say "$what"
	expect 0 "$@" check
	[ -z "$out$err" ] || die "$what: check says something"
	[ "$(parts "$@")" = "$reference" ] ||
		die "$what: other parts: $(parts "$@"), not $reference"
	expect 0 "$@"
	has "nothing to do"
	expect 0 "$@" check
	[ -z "$out$err" ] || die "$what: check says something after a build"
}

fresh "as it was"
grep -q "other" openhands.yml || die "nothing to break"
sed -i 's/Well\./Better./' openhands.yml
expect 1 "$OHBUILD" check
has tests/b.sh
cp "$scratch/original/openhands.yml" .
fresh "the same again"

version=$("$OHBUILD" --version)
[ "$("$OHBUILD_NEWER" --version)" = "ohbuild 99.88.77" ] || die "no newer one"
! grep -aqF "${version#ohbuild }" "$OHBUILD_NEWER" ||
	die "the newer program holds the older version's number, too"
fresh "a newer ohbuild" "$OHBUILD_NEWER"
fresh "and back to the older one"

# form WHAT: of openhands.yml, which is stdin
form() {
	cat >openhands.yml
	fresh "openhands.yml: $1"
}
{
	printf '\357\273\277# a byte order mark, and lines of another system\r\n'
	sed 's/$/\r/' "$scratch/original/openhands.yml"
} | form "CRLF, a byte order mark, a comment"
form "flow style, other quotes, keys and modules the other way round" <<'END'
{ "modules": [
  { "validate": [{"junit": '{report}', "test": "sh {test} {report}"}],
    "key": ["image", "model"], "models": ["openai/other"],
    "prompt": "Test {source}.\nWell.\n", "test": ["tests/b.sh"],
    "source": ["src/b.sh"], "name": "one" },
  { "validate": [{"test": "sh {test} {report}", "junit": "{report}"}],
    "key": ["model"], "depfile": "printf '%s\\n' {source} data/one",
    "prompt": "words/prompt.md",
    "inputs": ['words/*', 'data/one'], "test": 'tests/{name}.sh',
    "exclude": ['src/b.sh', "src/* *.sh"],
    "source": "src/{name}.sh", "name": "letters" } ],
  "defaults": {"validate": [{"repeat": 1}, {"sabotage": "off"}],
    "tags": ["unit"]}, "limits": {"attempts": 1},
  "models": [{"id": "openai/example"}, {"id": 'openai/other'}],
  "agent": {"pull": "never", "image": "none/such", "sandbox": "process"},
  "version": 1 }
END
mkdir ci
cat >ci/agent.yml <<'END'
version: 1
# somewhere else
agent:
    sandbox:    process
    image:      none/such
    pull:       never
models:
- id: openai/example
- id: openai/other
END
{
	printf 'version: 1 # first\ninclude: [ci/agent.yml]\n\n\n'
	sed '/^version/d; /^agent/d; /^models/d' \
		"$scratch/original/openhands.yml"
} | form "split into two files"
sed 's/^  - name: one/  - \&x\n    name: one/; s/^      Test/\n&/' \
	"$scratch/original/openhands.yml" |
	sed 's/^      - test:/      - \n        test:  /; /^$/d' |
	form "an anchor, other white space"
sed 's/attempts: 1/attempts: 7/; s/tags: .*/tags: [other]/
	s/{sandbox: process/{memory: 1GiB, timeout: 3m, sandbox: process/' \
	"$scratch/original/openhands.yml" |
	form "limits, tags, memory and time"
rm -r ci
cp "$scratch/original/openhands.yml" .

say "another place"
cd "$scratch"
mv project "moved \$HERE'"
cd "moved \$HERE'"
fresh "moved"
ln -s "$PWD" "$scratch/link"
cd "$scratch/link"
fresh "through a link"
mkdir "$scratch/bound" "$scratch/ram"
mount --bind "$scratch/moved \$HERE'" "$scratch/bound"
cd "$scratch/bound"
fresh "through a bind mount"
cd "$scratch/moved \$HERE'/src"
fresh "from a folder below" "$OHBUILD" -C ..

say "another file system, other inodes and times"
mount -t tmpfs none "$scratch/ram"
mkdir "$scratch/ram/copy"
cd "$scratch/original"
tar -c . | tar -x -C "$scratch/ram/copy"
cd "$scratch/ram/copy"
fresh "tar, to a tmpfs"
cp -R . "$scratch/copied"
cd "$scratch/copied"
find . -path ./.git -prune -o -type f -exec touch -d '2001-02-03' {} +
fresh "cp, and all times of 2001"
git clone -q "$scratch/original" "$scratch/clone"
cd "$scratch/clone"
[ ! -e .ohbuild ] || die "the database is in git"
fresh "a clone, which has no database"
git clone -q -c core.autocrlf=input "$scratch/original" "$scratch/other"
cd "$scratch/other"
chmod -R go-rwx .
fresh "a clone under another umask"

cd "$scratch/copied"
say "another environment"
fresh "time zone" env TZ=Pacific/Kiritimati "$OHBUILD"
fresh "locale" env LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 LANGUAGE=tr "$OHBUILD"
fresh "no locale" env -u LANG LC_ALL=C "$OHBUILD"
fresh "home, user, terminal" env HOME="$scratch/ram" USER=x LOGNAME=x \
	TERM=dumb COLUMNS=20 NO_COLOR=1 "$OHBUILD"
fresh "no terminal" env -u TERM "$OHBUILD"
fresh "nothing but a PATH" env -i PATH="$PATH" "$OHBUILD"
# shellcheck disable=SC2046 # words
fresh "the environment in another order" env -i \
	$(env | grep -E '^[A-Za-z_]+=[^ ]+$' | sort -r) "$OHBUILD"
fresh "umask" sh -c 'umask 077; exec "$@"' sh "$OHBUILD"
fresh "a limit on open files" sh -c 'ulimit -n 64; exec "$@"' sh "$OHBUILD"
hostname another
fresh "host name"

if [ "$(id -u)" -eq 0 ] && setpriv --reuid 65534 true 2>/dev/null; then
	say "another user"
	cp "$OHBUILD" "$scratch/ohbuild"
	chmod 755 "$scratch"
	chmod -R a+rX .
	git config --global safe.directory '*'
	as_nobody() {
		setpriv --reuid 65534 --regid 65534 --clear-groups \
			--inh-caps=-all env HOME="$HOME" "$@"
	}
	expect 0 as_nobody "$scratch/ohbuild" check
	[ -z "$out$err" ] || die "for another user check says something"
	[ "$(parts as_nobody "$scratch/ohbuild")" = "$reference" ] ||
		die "for another user: other parts"
	chown -R 65534:65534 .
	fresh "and who owns it all" as_nobody "$scratch/ohbuild"
fi
say passed
