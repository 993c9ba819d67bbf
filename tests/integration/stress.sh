#!/usr/bin/env bash
# label: busy
# Eight processes at once, some of them killed: readers always answer, what is
# recorded is what is there, and nothing is paid twice.  For
# OHB_STRESS_SECONDS (5).
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export PROVIDER_KEY=sk-test-0123456789abcdefghijklmnopqrstuvwx
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR" "$scratch/provider" "$scratch/cassettes"
db=.ohbuild/state.db

python3 "$tools/provider.py" "$scratch/cassettes" "$PROVIDER_KEY" \
	"$scratch/provider" &
children+=($!)
await test -e "$scratch/provider/port"
shell_project t{00..11} <<END
version: 1
agent: {sandbox: process, image: none/such, pull: never}
models:
  - id: openai/example
    key: PROVIDER_KEY
    base_url: http://127.0.0.1:$(cat "$scratch/provider/port")/v1
    price: {input: 1, output: 2}
limits: {attempts: 1}
defaults: {on_change: regenerate}
modules:
  - source: src/{name}.sh
    test: tests/{name}.sh
    validate:
      - test: sh {test} {report}
        junit: "{report}"
END
cassette example <<<'finish written'
mv cassettes/example.jsonl "$scratch/cassettes"
rmdir cassettes
# shellcheck disable=SC2119 # it asks the provider
quick_agent

sql() {
	sqlite3 -readonly "$db" "$1"
}

is() { # WHAT GOT WANT
	[ "$2" = "$3" ] || die "$1: $2, not $3"
}

python3 "$tools/stress.py" "${OHB_STRESS_SECONDS:-5}" "$scratch" ||
	die "see above"

say "all comes to rest"
expect 0 "$OHBUILD" --retry-failed
expect 0 "$OHBUILD" check
expect 0 "$OHBUILD"
has "nothing to do"

say "what is recorded is what is there, and of the present sources"
for source in src/*.sh; do
	test=tests/${source#src/}
	is "$test" "$(head -n 1 "$test")" "# $(sha256sum "$source")"
done
is records "$(sql 'SELECT count(*) FROM records WHERE status = 0')" 12

say "every request has its attempt, and none was paid twice"
python3 - "$scratch/provider/requests" $db <<'END'
import collections, json, sqlite3, sys

db = sqlite3.connect("file:%s?mode=ro" % sys.argv[2], uri=True)
requests = collections.Counter()  # (target, digest of its source)
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        words = json.loads(line)["body"]["messages"][0]["content"].split()
        requests[tuple(words)] += 1
asked = collections.Counter()
again = collections.Counter()
for (target, digest), n in requests.items():
    asked[target] += n
    again[target] += n - 1
for target, n in asked.items():
    rows = db.execute(
        "SELECT count(*), total(state = 1 AND class = 'ok'), "
        "total(tokens_in > 0) FROM attempts WHERE target = ?", (target,)
    ).fetchone()
    attempts, good, paid = rows
    if n > attempts:
        sys.exit("%s: %d requests, %d attempts" % (target, n, attempts))
    if again[target] > attempts - good:
        sys.exit("%s: asked %d times again, but of %d attempts %d were good"
                 % (target, again[target], attempts, good))
    if good > n or paid > n:
        sys.exit("%s: %d good and %d paid attempts, %d requests"
                 % (target, good, paid, n))
ended, usd, tokens = db.execute(
    "SELECT count(*), sum(cost_usd), sum(tokens_in) FROM attempts "
    "WHERE tokens_in > 0").fetchone()
abandoned, left = db.execute(
    "SELECT sum(state = 2), sum(state = 0) FROM attempts").fetchone()
total = sum(requests.values())
if not ended <= total <= ended + abandoned or left:
    sys.exit("%d requests; %d attempts with usage, %d abandoned, %d open"
             % (total, ended, abandoned, left))
if not usd or usd <= 0:
    sys.exit("nothing was paid: %r" % usd)
print("%d requests, %d of them of attempts that were killed"
      % (total, total - ended))
END

say "the database is whole, and nothing is left"
is integrity "$(sql 'PRAGMA integrity_check')" ok
is "foreign keys" "$(sql 'PRAGMA foreign_key_check')" ""
is renames "$(sql 'SELECT count(*) FROM renames')" 0
is running "$(sql "SELECT value FROM meta WHERE name = 'running'")" ""
is "temporary files" "$(find . -name '.*.ohb-*')" ""
is TMPDIR "$(ls -A "$TMPDIR")" ""
is processes "$(grep -lzs "^OHBUILD_SANDBOX=$TMPDIR/" /proc/[0-9]*/environ ||
	true)" ""
is lock "$(cat .ohbuild/lock)" ""
say passed
