#!/usr/bin/env bash
# include, defaults, overrides, exclude, tags, priority, key and several
# outputs in one project: what is said of them, and what they do.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

mkdir -p "$scratch/project/src/lib" "$scratch/project/ci"
cd "$scratch/project"
printf '# generated\n' >src/lib/made_x.sh
printf '# what deep does\n' >src/lib/deep.sh
cat >ci/models.yml <<END
version: 1
models:
  - {id: openai/example, price: {input: 1, output: 2}}
  - {id: openai/other}
defaults:
  exclude: [src/**/made_*.sh]
  models: [openai/example]
  tags: [shell]
END
shell_project plain late <<'END'
version: 1
include: [ci/models.yml]
agent: {image: AGENT_IMAGE, pull: never}
limits: {attempts: 1, jobs: 1}
defaults:
  priority: 5
  validate:
    - test: sh {test} {report}
      junit: "{report}"
modules:
  - name: plain
    source: src/plain.sh
    test: tests/plain.sh
    tags: [fast]
  - name: late
    source: src/late.sh
    test: tests/late.sh
    priority: -1
    key: [model, image]
  - name: deep
    source: src/{dir:**}/{name}.sh
    exclude: [src/*.sh, src/**/made_*.sh]
    test: ["tests/{dir}/{name}_test.sh", "tests/{dir}/{name}_data"]
    priority: 10
    key: [model]
    validate:
      - test: cd tests/{dir} && sh {name}_test.sh "{report}"
        junit: "{report}"
END
good_test "$scratch/good"
for name in plain late; do
	cassette "tests/$name.sh" <<-END
		create tests/$name.sh $scratch/good
		finish done
	END
done
printf '[ -s deep_data ] || exit 1\n' | cat - "$scratch/good" >"$scratch/deep"
printf 'one\n' >"$scratch/data"
cassette tests/lib/deep_test.sh <<END
create tests/lib/deep_test.sh $scratch/deep
create tests/lib/deep_data $scratch/data
finish done
END

is() { # WANT JQ-FILTER: of the JSON in $out
	[ "$(printf %s "$out" | jq -c "$2")" = "$1" ] ||
		die "$2 is not $1: $(printf %s "$out" | jq -c "$2")"
}

stale() { # TARGET...: these and no others, by check and by status
	local status=0
	[ $# -eq 0 ] || status=1
	expect "$status" "$OHBUILD" check
	expect 0 "$OHBUILD" status --json
	is "$(printf '%s\n' "$@" | jq -Rc '[., inputs] | map(select(. != ""))')" \
		'[.targets[] | select(.verdict != "fresh").name] | sort'
}

say "list and show agree"
expect 0 "$OHBUILD" list --json
printf '%s\n' "$out" >"$scratch/list"
is '["tests/late.sh","tests/lib/deep_test.sh","tests/plain.sh"]' \
	'[.targets[].name] | sort'
is '[["tests/lib/deep_test.sh","tests/lib/deep_data"]]' \
	'[.targets[] | select(.module == "deep").outputs]'
is '[["fast"],["shell"],["shell"]]' '[.targets[].tags] | sort'
for target in tests/plain.sh tests/late.sh tests/lib/deep_data; do
	expect 0 "$OHBUILD" show --json "$target"
	for part in name module sources outputs inputs; do
		is "$(jq -c ".targets[] | select(.outputs | index(\"$target\")) |
			.$part" "$scratch/list")" ".targets[0].$part"
	done
	is '["openai/example"]' '.targets[0].models | map(.id)'
done
expect 0 "$OHBUILD" list @fast
has tests/plain.sh
hasnt tests/late.sh
expect 0 "$OHBUILD" list @shell
hasnt tests/plain.sh

say "all are built, by priority"
expect 0 "$OHBUILD" --replay cassettes --events "$scratch/events"
[ "$(jq -rs 'map(select(.event == "target_started").target) | join(" ")' \
	"$scratch/events")" = \
	'tests/lib/deep_test.sh tests/plain.sh tests/late.sh' ] ||
	die "not by priority"
only_wrote tests/plain.sh tests/late.sh tests/lib/deep_data \
	tests/lib/deep_test.sh
no_leftovers
stale

say "another model, image or validate"
cp openhands.yml "$scratch/yml"
cp ci/models.yml "$scratch/models"
sed -i 's/sh {test}/sh -e {test}/' openhands.yml
stale tests/late.sh tests/plain.sh
expect 0 "$OHBUILD" why tests/plain.sh
has "validate changed"
cp "$scratch/yml" openhands.yml
stale
sed -i 's/models: .openai.example./models: [openai\/other]/' ci/models.yml
stale tests/late.sh tests/lib/deep_test.sh
expect 0 "$OHBUILD" why tests/late.sh
has model
cp "$scratch/models" ci/models.yml
sed -i 's/image: [^,]*/image: another/; s/attempts: 1/attempts: 7/' \
	openhands.yml
stale tests/late.sh
expect 0 "$OHBUILD" why tests/late.sh
has image
cp "$scratch/yml" openhands.yml
stale

say "one of two outputs is gone"
rm tests/lib/deep_data
stale tests/lib/deep_test.sh
expect 0 "$OHBUILD" status tests/lib/deep_data
has missing
say passed
