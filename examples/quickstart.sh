#!/bin/sh
# From a fresh Debian 12 to a first build: installs what is needed, builds
# ohbuild, makes the agent's image, and lets real OpenHands agents write the
# missing tests of examples/c-check.  No model is called: what a model would
# answer was written down in examples/c-check/cassettes and cassettes-edit.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=examples/engine.sh
. "$root/examples/engine.sh"

# Shows a command, then runs it.
run() {
	printf '\n$ %s\n' "$*"
	"$@"
}

if command -v apt-get >/dev/null; then
	apt_need build-essential ca-certificates cmake git ninja-build pkg-config \
		check libarchive-dev libcurl4-openssl-dev libexpat1-dev \
		libjansson-dev libmicrohttpd-dev libsqlite3-dev nettle-dev \
		libtree-sitter-dev libxxhash-dev libyaml-dev
fi

say "building ohbuild"
cd "$root"
# Grammars are fetched by npm, which is large: without it the judge says that it
# did not look into the tests' code.
grammars=OFF
! command -v npm >/dev/null || grammars=ON
cmake --preset release -DOHB_GRAMMARS=$grammars >&2
cmake --build --preset release >&2
PATH=$root/build/release:$PATH

trap engine_down EXIT
trap 'exit 130' INT TERM
engine_up
say "making the agent's image: minutes the first time, nothing later"
examples/agent-image/build.sh >/dev/null

project=$(mktemp -d)
cp -R examples/c-check/. "$project"
cd "$project"
git init -q
git add .
git -c user.name=you -c user.email=you@localhost commit -qm 'A small library'

say "the plan: two of the three modules have no test yet"
run ohbuild -n
say "the build: each agent's first test fails, what failed is sent back"
run ohbuild -j 2 --replay cassettes
say "what was written"
run git status --short
say "again: there is nothing to do"
run ohbuild
say "a change to one source makes one test stale"
sed -i 's/ring->first = 0;/ring->first = ring->capacity - 1;/' src/ring.c
run git --no-pager diff -U0
run ohbuild status
run ohbuild why tests/test_ring.c
say "and that one only is built: this agent keeps the test and adds to it"
run ohbuild --replay cassettes-edit
run ohbuild status
if [ $grammars = ON ]; then
	say "the judge: the same test, of which little is asked, is refused"
	cp tests/test_ring.c "$project.kept"
	sed -i -E 's/(ck_assert)_uint_eq\((.*), [^,]*\);/\1_uint_ne(\2, 123456);/
		s/ck_assert\(!?(.*)\);/ck_assert((\1) < 2);/' tests/test_ring.c
	if run ohbuild validate tests/test_ring.c; then exit 1; fi
	mv "$project.kept" tests/test_ring.c
fi

cat <<END

The agents and their sandboxes were real; no model was called. To use your own,
with a Docker Engine running:

  cd $project
  edit openhands.yml              # models: id, key
  export THE_KEY_YOU_NAMED=...
  $root/build/release/ohbuild
END
