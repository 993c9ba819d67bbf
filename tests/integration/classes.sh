#!/usr/bin/env bash
# label: soak
# How a target can end, brought about by a real agent: class, exit status, what
# is kept, what is in the tree.  Here: ok, config (by the baseline, without a
# model) and budget.  agent, same, blocked and bug are in agent_faults.sh; infra
# in container_faults.sh and provider_faults.sh; conflict and changed in
# changed.sh; merge and edited in merge.sh; adopted in edits.sh; interrupted in
# cancel.sh; ended in model_faults.sh.  The short form leaves out budget, which
# budget.sh has with a stand-in for the agent.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
mkdir "$scratch/provider"
python3 "$tools/provider.py" "$scratch/project/cassettes" "$PROVIDER_KEY" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"
at="{base_url: http://127.0.0.1:$(cat "$scratch/provider/port")/v1"
at="$at, key: PROVIDER_KEY, price: {input: 100, output: 100}"

shell_project fine broken absent dear <<END
version: 1
agent: {image: AGENT_IMAGE, pull: never}
models: [$at, id: openai/fine}, $at, id: openai/dear}]
limits: {attempts: 2, budget: {target: 50}}
defaults:
  validate:
    - test: sh {test} {report}
      junit: "{report}"
modules:
  - {source: src/fine.sh, test: tests/fine.sh, models: [openai/fine]}
  - {source: src/dear.sh, test: tests/dear.sh, models: [openai/dear]}
  - source: src/broken.sh
    test: tests/broken.sh
    validate:
      - build: "echo 'src/broken.sh:1:1: error: no such word' >&2; exit 1"
      - test: sh {test} {report}
  - source: src/absent.sh
    test: tests/absent.sh
    validate:
      - test: no-such-runner {test} {report}
END
good_test "$scratch/good"
cassette fine <<END
create tests/fine.sh $scratch/good
finish done
END
echo 'not yet' >"$scratch/begun"
cassette dear <<END
create tests/dear.sh $scratch/begun
finish done
END
sed -i 's/"prompt_tokens": 1000,/"prompt_tokens": 1000000,/' \
	cassettes/dear.jsonl

# ended NAME CLASS ATTEMPTS WORDS
ended() {
	local got
	got=$(jq -r "select(.event == \"target_ended\" and
		.target == \"tests/$1.sh\") |
		\"\(.verdict) \(.attempt // 0) \(.text)\"" "$scratch/events")
	case $got in
	"$2 $3 "*"$4"*) ;;
	*) die "$1: not '$2 $3 … $4' but '$got'" ;;
	esac
}

sql() {
	sqlite3 -readonly .ohbuild/state.db "$1"
}

say "a source that does not build, a command that is missing: no model, no agent"
expect 3 "$OHBUILD" -k --no-preflight --events "$scratch/events" \
	tests/broken.sh tests/absent.sh
ended broken config 0 'src/broken.sh:1: error: no such word'
ended absent config 0 "'no-such-runner' is not in the sandbox"
[ "$(sql 'SELECT count(*) FROM attempts')" = 0 ] || die "an agent was asked"
[ ! -e "$scratch/provider/requests" ] || die "a model was asked"
only_wrote

if [ "${OHB_SOAK:-}" != full ]; then
	git rm -q src/dear.sh
	sed -i '/dear.sh/d' openhands.yml
	git -c user.name=t -c user.email=t@localhost commit -qam short
fi

say "all of them"
expect 3 "$OHBUILD" -k -j 2 --no-preflight --events "$scratch/events"
ended fine ok 1 'all steps passed'
ended broken config 0 'src/broken.sh:1: error: no such word'
ended absent config 0 "'no-such-runner' is not in the sandbox"
if [ -e src/dear.sh ]; then
	ended dear budget 1 'budget'
	has '1 made, 3 failed'
	only_wrote tests/fine.sh

	say "what the money bought is in the ledger, not in the tree"
	[ "$(sql "SELECT group_concat(class) FROM attempts
		WHERE target = 'tests/dear.sh'")" = budget ] || die "the ledger"
	expect 0 "$OHBUILD" restore tests/dear.sh@1
	[ "$(cat tests/dear.sh)" = 'not yet' ] || die "what it wrote is lost"
	rm tests/dear.sh
else
	has '1 made, 2 failed'
	only_wrote tests/fine.sh
fi

say "none of these is remembered as a failure of the test: it is tried again"
expect 1 "$OHBUILD" check
hasnt 'failed before'
no_leftovers
say passed
