#!/usr/bin/env bash
# What agents wrote is in the ledger: refused, or cut off by the provider.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

written() { # ATTEMPT: the text of its one file
	"$OHBUILD" log --json tests/a.sh | jq -r ".targets[0].attempts[] |
		select(.attempt == $1) | .written[] |
		select(.path == \"tests/a.sh\") | .text"
}

shell_project a <<'END'
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models: [{id: openai/example}]
limits: {attempts: 3}
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test}
END
printf 'exit 1 # first\n' >"$scratch/first"
cassette tests/a.sh <<END
create tests/a.sh $scratch/first
finish written
run echo 'exit 0 # second' >tests/a.sh
status 402 {"error":{"message":"You are out of credits"}}
END
expect 4 "$OHBUILD" --replay cassettes
has 'credits'
# shellcheck disable=SC2119 # nothing at all
only_wrote
[ "$(written 1)" = 'exit 1 # first' ] || die "first: $(written 1)"
[ "$(written 2)" = 'exit 0 # second' ] || die "second: $(written 2)"
expect 0 "$OHBUILD" log tests/a.sh
has 'wrote tests/a.sh'
expect 0 "$OHBUILD" log -v tests/a.sh
has 'exit 0 # second'
no_leftovers
