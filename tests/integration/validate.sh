#!/usr/bin/env bash
# label: fast
# `ohbuild validate`: the tests on disk, judged as they are.  No engine, no
# model, no key: whatever asks for one fails.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
export DOCKER_HOST=unix:///nowhere
unset NO_SUCH_KEY

shell_project a b c 'd e' <<'END'
version: 1
models: [{id: openai/example, key: NO_SUCH_KEY}]
modules:
  - name: core
    source: src/{name}.sh
    test: tests/{name}.sh
    validate_in: host
    validate:
      - lint: sh -n {test}
      - test: sh {test} {report}
        junit: "{report}"
END
mkdir tests
good_test tests/a.sh
good_test tests/c.sh
cat >'tests/d e.sh' <<'END'
cat >"$1" <<'XML'
<testsuite><testcase name="a &lt;b&gt;" file="tests/d e.sh" line="7">
<failure message="1 is not 2"/></testcase></testsuite>
XML
exit 1
END

state() { # of the tree, times and all
	git ls-files -oc --exclude=.ohbuild | sort |
		xargs -d '\n' stat -c '%n %i %Y %Z %s' 2>/dev/null
}

valid() { # the answer against its schema
	python3 - "$OHBUILD_SOURCE_DIR/schema/validate.schema.json" "$1" <<-'END'
		import json, sys, jsonschema
		schema, answer = (json.load(open(name)) for name in sys.argv[1:])
		jsonschema.validate(answer, schema)
	END
}

before=$(state)

say "all that are there; what is not there is told, and no failure"
expect 2 "$OHBUILD" validate -k
has "tests/a.sh: passed (scope"
has "tests/b.sh: missing: no test is there"
has "tests/c.sh: passed"
has "tests/d e.sh: failed (scope"
has "    tests/d e.sh:7: test: a <b>: "
has "1 is not 2"
has "4 targets: 2 passed, 1 failed, 1 missing"

say "nothing is written in the tree, and nothing recorded"
[ "$(state)" = "$before" ] || die "the tree changed"
[ ! -e openhands.lock ] || die "there is a lock file"
[ "$(sqlite3 .ohbuild/state.db 'SELECT (SELECT count(*) FROM records) +
	(SELECT count(*) FROM attempts)')" = 0 ] || die "something is recorded"

say "good ones: 0; one that was named and is not there: 2"
expect 0 "$OHBUILD" validate src/a.sh tests/c.sh
expect 2 "$OHBUILD" validate tests/b.sh
expect 3 "$OHBUILD" validate tests/x.sh
expect 0 "$OHBUILD" -C src -C .. validate -f openhands.yml tests/a.sh

say "JSON as its schema says"
expect 2 "$OHBUILD" validate -k --json
printf '%s' "$out" >"$scratch/answer"
valid "$scratch/answer"
[ "$(jq -r '.targets[] | "\(.name) \(.verdict) \(.known)"' "$scratch/answer")" \
	= "tests/a.sh passed false
tests/b.sh missing false
tests/c.sh passed false
tests/d e.sh failed false" ] || die "not these"
[ "$(jq -r '.targets[3].findings[] | "\(.step) \(.file):\(.line) \(.name)"' \
	"$scratch/answer")" = "test tests/d e.sh:7 a <b>" ] || die "not found so"

say "JUnit and SARIF"
expect 2 "$OHBUILD" validate -k --junit "$scratch/junit" --sarif "$scratch/sarif"
python3 - "$scratch/junit" <<'END'
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
got = {case.get("name"): [child.tag for child in case] for case in suite}
assert got == {"tests/a.sh": [], "tests/b.sh": ["skipped"], "tests/c.sh": [],
    "tests/d e.sh": ["failure"]}, got
assert (suite.get("tests"), suite.get("failures"), suite.get("skipped"),
    suite.get("errors")) == ("4", "1", "1", "0")
assert "a <b>: " in suite.findall("testcase")[3].find("failure").text
END
[ "$(jq -r '.version, (.runs[0].tool.driver | .name, .rules[].id),
	(.runs[0].results[] | .ruleId, .level, (.locations[0].physicalLocation |
	.artifactLocation.uri, .region.startLine)),
	.runs[0].invocations[0].executionSuccessful' "$scratch/sarif")" = "2.1.0
ohbuild
test
test
error
tests/d%20e.sh
7
true" ] || die "the SARIF: $(cat "$scratch/sarif")"
expect 3 "$OHBUILD" validate -v tests/a.sh --sarif /nowhere/file
hasnt "judge:test"

say "a longer report, a link and a pipe are written to"
ln -s real "$scratch/link"
head -c 100000 /dev/zero >"$scratch/real"
"$OHBUILD" validate tests/a.sh --junit "$scratch/link" --sarif /dev/fd/3 \
	3>&1 >"$scratch/out" 2>&1 | jq -e '.version == "2.1.0"' >"$scratch/jq" ||
	die "not written to a pipe: $(cat "$scratch/jq")"
[ -L "$scratch/link" ] || die "the link is gone"
python3 -c 'import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])' \
	"$scratch/real" || die "not written through the link"

say "a key that a test prints is in no report"
export NO_SUCH_KEY='planted/key&of=mine'
echo 'planted-in-a-file' >"$scratch/key"
sed -i "s|key: NO_SUCH_KEY}|&, {id: openai/x, key_file: $scratch/key}|" \
	openhands.yml
mv 'tests/d e.sh' "$scratch/kept"
cat >'tests/d e.sh' <<'END'
cat >"$1" <<'XML'
<testsuite><testcase name="a planted/key&amp;of=mine">
<failure message="planted/key&amp;of=mine is planted-in-a-file"/></testcase></testsuite>
XML
exit 1
END
expect 2 "$OHBUILD" validate 'tests/d e.sh' -v \
	--junit "$scratch/junit" --sarif "$scratch/sarif"
has "a ***: "
cat "$scratch"/{out,err,junit,sarif} >"$scratch/all"
expect 2 "$OHBUILD" validate 'tests/d e.sh' --json
has "a ***"
! grep -F planted "$scratch"/{all,out} || die "there it is"
! grep -F planted .ohbuild/state.db || die "it is in the database"
unset NO_SUCH_KEY
sed -i "s|, {id: openai/x.*}\]|]|" openhands.yml
mv "$scratch/kept" 'tests/d e.sh'

say "the first failure ends it without -k"
cp 'tests/d e.sh' tests/a.sh
expect 2 "$OHBUILD" validate -j1
has "tests/c.sh: not run"
expect 2 "$OHBUILD" validate -j3 -k tests/a.sh tests/c.sh
has "tests/c.sh: passed"
good_test tests/a.sh

say "what no test could pass is the configuration's: 3"
sed -i 's/lint: sh -n/lint: no_such_tool/' openhands.yml
expect 3 "$OHBUILD" validate tests/a.sh --sarif "$scratch/sarif"
has "tests/a.sh: config: "
[ "$(jq '.runs[0].invocations[0].executionSuccessful' "$scratch/sarif")" = \
	false ] || die "SARIF says that it went well"
sed -i 's/lint: no_such_tool/lint: sh -n/' openhands.yml

say "an engine that is not there: 4"
sed -i 's/validate_in: host/validate_in: sandbox/' openhands.yml
rm "$scratch/junit"
cp "$scratch/sarif" "$scratch/before"
expect 4 "$OHBUILD" validate tests/a.sh --junit "$scratch/junit" \
	--sarif "$scratch/sarif"
[ ! -e "$scratch/junit" ] || die "there is a report of nothing"
cmp "$scratch/sarif" "$scratch/before" || die "the report before is lost"
sed -i 's/validate_in: sandbox/validate_in: host/' openhands.yml

say "it waits for no build"
python3 - <<'END' &
import fcntl, time
with open(".ohbuild/lock", "r+") as lock:
    fcntl.lockf(lock, fcntl.LOCK_EX)
    open("../locked", "w").close()
    time.sleep(60)
END
children+=($!)
await test -e "$scratch/locked"
expect 0 "$OHBUILD" validate tests/a.sh
has "tests/a.sh: passed"
kill "${children[@]}"
wait || true

say "what an agent said of this very source is told, in SARIF as well: 6"
expect 0 "$OHBUILD" adopt tests/a.sh tests/c.sh
sqlite3 .ohbuild/state.db "UPDATE records SET class = 'bug', evidence =
	'suspected bug: src/a.sh:1 it is empty' WHERE target = 'tests/a.sh'"
sqlite3 .ohbuild/state.db "UPDATE records SET class = 'blocked', status = 1,
	evidence = 'it needs a printer' WHERE target = 'tests/c.sh'"
expect 6 "$OHBUILD" validate tests/a.sh tests/c.sh --sarif "$scratch/sarif"
has "the agent: suspected bug: src/a.sh:1 it is empty"
has "the agent: it needs a printer"
[ "$(jq -r '.runs[0].results[] | .ruleId, .level, (.locations[0]
	.physicalLocation | "\(.artifactLocation.uri):\(.region.startLine)")' \
	"$scratch/sarif")" = "suspected-bug
warning
src/a.sh:1
blocked
warning
tests/c.sh:1" ] || die "the SARIF: $(cat "$scratch/sarif")"
echo '# mended' >>src/a.sh
expect 0 "$OHBUILD" validate tests/a.sh
hasnt "suspected"
