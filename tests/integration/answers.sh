#!/bin/bash
# label: fast
# What the program prints as JSON, and the events that docs/events.md shows,
# are what the schemas say.
set -euo pipefail
: "${OHBUILD:?}" "${OHBUILD_SOURCE_DIR:?}"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -R "$OHBUILD_SOURCE_DIR/tests/golden/questions/project" "$scratch/project"
cd "$scratch/project"

for question in status why show list log; do
	"$OHBUILD" "$question" --json core >"$scratch/$question.json"
done
# No engine: the build begins, and ends early.
status=0
EXAMPLE_KEY=none DOCKER_HOST="unix://$scratch/none.sock" \
	"$OHBUILD" --events "$scratch/events" 2>"$scratch/stderr" || status=$?
if [ "$status" != 4 ]; then
	cat "$scratch/stderr"
	echo "exit status $status"
	exit 1
fi
grep -q '"event":"target_queued"' "$scratch/events"
grep '^{"event"' "$OHBUILD_SOURCE_DIR/docs/events.md" >>"$scratch/events"

python3 - "$OHBUILD_SOURCE_DIR/schema" "$scratch" <<'PYTHON'
import json
import sys

import jsonschema

schemas, scratch = sys.argv[1:]


def validator(name):
    with open(f"{schemas}/{name}.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


for name in ["status", "why", "show", "list", "log"]:
    with open(f"{scratch}/{name}.json", encoding="utf-8") as file:
        answer = json.load(file)
    assert len(answer["targets"]) == 2, name
    validator(name).validate(answer)
    answer["surprise"] = 1
    assert not validator(name).is_valid(answer), name

event = validator("event")
with open(f"{scratch}/events", encoding="utf-8") as file:
    for line in file:
        event.validate(json.loads(line))
        assert not event.is_valid({**json.loads(line), "surprise": 1})
PYTHON
