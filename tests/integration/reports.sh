#!/usr/bin/env bash
# label: fast
# Reports by the tools themselves: TAP of node, Perl and Check, wherever JUnit
# may stand.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"
export DOCKER_HOST=unix:///nowhere

shell_project <<'END'
version: 1
models: [{id: openai/example}]
defaults: {validate_in: host, guard: {no-test: off, no-assertion: off, exit: off}}
modules:
  - name: node
    source: src/{name}.js
    test: tests/{name}.test.js
    validate:
      - test: >-
          node --test --test-reporter=tap
          --test-reporter-destination={report} {test}
        tap: "{report}"
        min: 2
      - repeat: 2
      - suite: >-
          node --test --test-reporter=tap
          --test-reporter-destination={report} tests
        tap: "{report}"
  - name: perl
    source: src/{name}.pm
    test: tests/{name}.t
    validate:
      - test: perl -Isrc {test} >{report}
        tap: "{report}"
        max_skipped: 1
  - name: check
    source: src/{name}.c
    test: tests/{name}.c
    validate:
      - build: >-
          mkdir -p build && cc -o build/{name} {source} {test}
          -lcheck -lsubunit -lm -lpthread -lrt
      - test: CK_TAP_LOG_FILE_NAME={report} build/{name}
        tap: "{report}"
END
mkdir tests
echo 'exports.add = (a, b) => a + b;' | tee src/good.js >src/bad.js
cat >src/good.pm <<'END'
package good;
sub add { $_[0] + $_[1] }
1;
END
printf 'package dead;\nsub add { die "out of paper" }\n1;\n' >src/dead.pm
echo 'int add(int a, int b) { return a + b; }' | tee src/ok.c >src/crash.c
cat >tests/good.test.js <<'END'
const { describe, it } = require('node:test');
const assert = require('node:assert');
const { add } = require('../src/good.js');
describe('add', () => {
	it('adds', () => assert.strictEqual(add(1, 2), 3));
	it('adds # todo', () => assert.strictEqual(add(-1, 2), 1));
	describe('nothing', () => {});
});
END
cat >tests/bad.test.js <<'END'
const { describe, it } = require('node:test');
const assert = require('node:assert');
const { add } = require('../src/bad.js');
describe('add', () => {
	it('adds', () => assert.strictEqual(add(1, 2), 4));
});
END
cat >tests/good.t <<'END'
use Test::More;
use good;
is(good::add(1, 2), 3, 'adds');
subtest 'more' => sub { is(good::add(-1, 2), 1, 'below zero'); };
SKIP: { skip 'no net', 1; ok(1) }
done_testing;
END
cat >tests/dead.t <<'END'
use Test::More tests => 2;
use dead;
ok(1, 'loads');
is(dead::add(1, 2), 3, 'adds');
END
cat >tests/ok.c <<'END'
#include <check.h>
#include <stdlib.h>
int add(int a, int b);
START_TEST(adds)
{
	ck_assert_int_eq(add(1, 2), 3);
}
END_TEST
int main(void)
{
	TCase *tcase = tcase_create("core");
	Suite *suite = suite_create("add");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, adds);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
END
sed 's/, 3);/&\n\tabort();/' tests/ok.c >tests/crash.c
echo /build/ >>.gitignore
git add .
git -c user.name=t -c user.email=t@localhost commit -qm tests

say "node: nested cases are counted, an empty describe() is none"
expect 2 "$OHBUILD" validate -k tests/good.test.js tests/bad.test.js
has "tests/good.test.js: passed (scope"
has "tests/bad.test.js:5: test: add::adds: "
has "3 !== 4"

say "with too few cases it is refused: nothing is a case but a test"
sed -i 's/min: 2/min: 3/' openhands.yml
expect 2 "$OHBUILD" validate tests/good.test.js
has "2 test cases ran; at least 3 are wanted"
sed -i 's/min: 3/min: 2/' openhands.yml

say "Perl: skipped cases, subtests; one that died half-way"
expect 2 "$OHBUILD" validate -k tests/good.t tests/dead.t
has "tests/good.t: passed (scope"
has "test: plan: the plan is 1..2, but these did not run: 2"
sed -i '/max_skipped/d' openhands.yml
expect 2 "$OHBUILD" validate tests/good.t
has "1 cases are skipped; at most 0 may be"

say "Check: a case keeps its name, whatever happens"
expect 2 "$OHBUILD" validate -k tests/ok.c tests/crash.c
has "tests/ok.c: passed (scope"
has "test: tests/crash.c:core:adds: "
has "signal 6"

say "the suite by TAP: what fails with and without the test is not its fault"
expect 0 "$OHBUILD" validate tests/good.test.js
has "suite"

say "show names the report"
expect 0 "$OHBUILD" show tests/good.t
has "(tap in {report}, at least 1 case, 0 skipped at most)"

say "no TAP at all is no report"
sed -i 's/^      - test: perl.*/      - test: echo hello >{report}/' openhands.yml
expect 2 "$OHBUILD" validate tests/good.t
has "no report: the TAP file cannot be read: there is no TAP in it"
say "coverage by gcov, coverage.py and node: enough of it, and too little"
rm -rf tests/*.t tests/*.js tests/*.c src/*
cat >openhands.yml <<'END'
version: 1
models: [{id: openai/example}]
defaults: {validate_in: host, guard: {no-test: off, no-assertion: off, exit: off}}
modules:
  - name: gcov
    source: [src/half.c, src/sign.c, src/calc.h]
    test: tests/test_sign.c
    validate:
      - test: mkdir -p build && cc -Isrc -o build/t src/*.c {test} && build/t
      - coverage: >-
          cd build && cc -I../src --coverage -O0 -o t ../src/sign.c ../{test} &&
          ./t && gcov --json-format --stdout t-sign.gcda >{report}
        gcov: "{report}"
        min: 20
  - name: python
    source: src/calc.py
    test: tests/test_calc.py
    validate:
      - test: /usr/bin/python3 -B -m pytest -q -p no:cacheprovider {test}
      - coverage: >-
          COVERAGE_FILE=build/.coverage /usr/bin/python3 -B -m coverage run --source=src
          -m pytest -q -p no:cacheprovider {test} &&
          COVERAGE_FILE=build/.coverage /usr/bin/python3 -B -m coverage lcov -q -o {report}
        lcov: "{report}"
        min: 80
  - name: node
    source: src/calc.js
    test: tests/calc.test.js
    validate:
      - test: node --test {test}
      - coverage: >-
          node --test --experimental-test-coverage --test-reporter=lcov
          --test-reporter-destination={report} {test}
        lcov: "{report}"
        min: 80
END
mkdir -p build
echo 'int half(int x); int sign(int x);' >src/calc.h
printf '#include "calc.h"\nint half(int x)\n{\n\treturn x / 2;\n}\n' >src/half.c
printf '#include "calc.h"\nint sign(int x)\n{\n\treturn x < 0;\n}\n' >src/sign.c
printf '#include "calc.h"\nint main(void) { return sign(5); }\n' >tests/test_sign.c
printf 'def half(x):\n    return x // 2\n\n\ndef sign(x):\n    return x < 0\n' \
	>src/calc.py
: >src/__init__.py
printf 'from src.calc import sign\n\n\ndef test_sign():\n    assert sign(-1)\n' \
	>tests/test_calc.py
printf 'exports.half = x => {\n\treturn x / 2;\n};\n\nexports.sign = x => {\n\treturn x < 0;\n};\n' \
	>src/calc.js
cat >tests/calc.test.js <<'END'
const { test } = require('node:test');
const assert = require('node:assert');
const { sign } = require('../src/calc.js');
test('sign', () => assert.ok(sign(-1)));
END
git add .
git -c user.name=t -c user.email=t@localhost commit -qm coverage
expect 2 "$OHBUILD" validate -k --json
python3 - "$OHBUILD_SOURCE_DIR/schema/validate.schema.json" <<END
import json, jsonschema, sys
answer = json.loads(r"""$out""")
jsonschema.validate(answer, json.load(open(sys.argv[1])))
seen = {
    target["name"]: [
        (step["ok"], step["executed"], step["lines"])
        for step in target["steps"]
        if step["step"] == "coverage"
    ]
    for target in answer["targets"]
}
wanted = {
    "tests/test_sign.c": [(True, 2, 4)],
    "tests/test_calc.py": [(False, 3, 4)],
    "tests/calc.test.js": [(True, 6, 7)],
}
assert seen == wanted, seen
says = json.dumps(answer)
assert "the report has nothing of 'src/half.c'" in says, says
assert "no case executes these lines of 'src/calc.py': 2" in says, says
END
say passed
