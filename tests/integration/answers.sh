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

for question in status why show list log graph; do
	"$OHBUILD" "$question" --json core >"$scratch/$question.json"
done
for format in dot mermaid; do
	"$OHBUILD" graph --format=$format core >"$scratch/graph.$format"
done
if command -v dot >/dev/null; then
	dot -Tsvg "$scratch/graph.dot" >"$scratch/graph.svg"
fi
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
import re
import sys

import jsonschema

schemas, scratch = sys.argv[1:]


def validator(name):
    with open(f"{schemas}/{name}.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


for name in ["status", "why", "show", "list", "log", "graph"]:
    with open(f"{scratch}/{name}.json", encoding="utf-8") as file:
        answer = json.load(file)
    assert len(answer["targets"]) == 2, name
    validator(name).validate(answer)
    answer["surprise"] = 1
    assert not validator(name).is_valid(answer), name

# What dot(1) reads: statements of names, quoted texts, arrows and attributes.
TOKEN = r'\s*(?:([A-Za-z]\w*)|"((?:[^"\\]|\\.)*)"|(->|[{}\[\];=,]))'
with open(f"{scratch}/graph.dot", encoding="utf-8") as file:
    text = file.read().rstrip()
tokens, at = [], 0
while at < len(text):
    match = re.compile(TOKEN).match(text, at)
    assert match, text[at:]
    tokens.append(match.group(0).strip())
    at = match.end()
assert tokens[:3] == ["digraph", "ohbuild", "{"] and tokens[-1] == "}"
with open(f"{scratch}/graph.json", encoding="utf-8") as file:
    answer = json.load(file)
nodes, edges = {}, []
for statement in " ".join(tokens[3:-1]).split(" ;")[:-1]:
    label = re.match(r' ?([tf]\d+) \[ label = "(.*?)(?:\\n.*)?" ,', statement)
    edge = re.match(r" ?([tf]\d+) -> ([tf]\d+)( \[ style = \w+ \])?$", statement)
    if label:
        nodes[label.group(1)] = label.group(2)
    elif edge:
        edges.append((nodes[edge.group(1)], nodes[edge.group(2)]))
    else:
        assert statement.split() == ["rankdir", "=", "LR"], statement
assert sorted(edges) == sorted(
    (source, target["name"])
    for target in answer["targets"]
    for source in target["sources"]
), edges
with open(f"{scratch}/graph.mermaid", encoding="utf-8") as file:
    lines = file.read().splitlines()
assert lines[0] == "flowchart LR"
for line in lines[1:]:
    assert re.fullmatch(
        r'\t(t\d+\["[^"]+"\]|f\d+\(\["[^"]+"\]\)'
        r"|[tf]\d+ (-->|-\.->|==>) t\d+)",
        line,
    ), line

event = validator("event")
with open(f"{scratch}/events", encoding="utf-8") as file:
    for line in file:
        event.validate(json.loads(line))
        assert not event.is_valid({**json.loads(line), "surprise": 1})
PYTHON
