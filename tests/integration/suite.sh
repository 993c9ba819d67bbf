#!/usr/bin/env bash
# label: fast
# A new test that breaks another one is refused; what was red before is not its
# fault; the suite runs once without it, whatever the number of targets.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

mkdir "$scratch/project"
export SUITE_RUNS=$scratch/runs
cat >"$scratch/project/suite.sh" <<'END'
[ "$2" = - ] || echo run >>"$2"
old='<testcase name="old"/>'
[ ! -e tests/bad.sh ] ||
	old='<testcase name="old" file="old.sh" line="7"><failure message="the port is taken"/></testcase>'
red='<testcase name="red"><failure message="red for years"/></testcase>'
printf '<testsuite>%s%s</testsuite>\n' "$old" "$red" >"$1"
exit 1
END
shell_project good bad <<END
version: 1
agent: {sandbox: process}
models: [{id: openai/example}]
limits: {attempts: 1}
defaults:
  validate_in: host
  workspace: [suite.sh, src/*]
  validate:
    - suite: sh suite.sh {report} $SUITE_RUNS
      junit: "{report}"
    - test: sh {test} {report}
      junit: "{report}"
modules:
  - {source: "src/{name}.sh", test: "tests/{name}.sh"}
END
quick_agent tests/good.sh tests/bad.sh

say "the one that breaks another is refused, by name and place"
expect 2 "$OHBUILD" -k -j 1 --replay cassettes
has 'tests/bad.sh: failed: suite: old.sh:7: old: passes without the new test and fails with it: the port is taken'
hasnt 'red for years'
only_wrote tests/good.sh

say "the suite ran once without them, and once with each"
[ "$(wc -l <"$SUITE_RUNS")" = 3 ] || die "$(wc -l <"$SUITE_RUNS") runs"

say "the agent would be told so"
expect 0 "$OHBUILD" log tests/bad.sh
has 'suite'
has 'the port is taken'

say "a suite without a report costs no agent"
sed -i 's/^    - suite: .*/    - suite: "true"/' openhands.yml
rm -rf .ohbuild openhands.lock tests
git -c user.name=t -c user.email=t@localhost commit -qam "another suite"
expect 3 "$OHBUILD" --replay cassettes tests/good.sh
has 'no report'
only_wrote
say passed
