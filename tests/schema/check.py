#!/usr/bin/env python3
"""Holds schema/openhands.schema.json against a real JSON Schema validator.

The schema itself is valid; every openhands.yml of examples/, every whole one
in a ```yaml block of the documentation and every good case of the loader's
tests validates; what the loader refuses, the schema refuses too, as far as a
schema can say it.
"""

import glob
import json
import os
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    sys.exit(f"{missing}; install python3-jsonschema and python3-yaml")

# What needs more than one value to be seen, or another file, or the bytes.
BEYOND_A_SCHEMA = re.compile(
    r"""include-(missing|outside|self|cycle)|prompt-.*|
    module-(twice|model-.*)|model-((merged-)?twice|two-keys|provider-.*)|
    model-key-literal-unknown-form|secret-.*|no-models|no-modules|
    step-without-validate|protocol-image|duration-(long|zero)|size-small|
    coverage-report|step-two-reports|version-(float|hex)|integer-octal|number-exponent|
    yaml-(duplicate-key|utf16)""",
    re.VERBOSE,
)


class Loader(yaml.SafeLoader):
    """Scalars as YAML 1.2 and the editors read them: `on` is a text."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", "~nN" + "\0"),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("merge", r"<<", "<"),
):
    Loader.add_implicit_resolver(
        "tag:yaml.org,2002:" + tag,
        re.compile("^(?:" + pattern + ")$"),
        [c if c != "\0" else "" for c in first],
    )
Loader.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(node.value, 10)
    if re.fullmatch(r"[-+]?[0-9]+", node.value) else int(node.value, 0)
)


def problem(validator, text):
    """The first complaint about a document, or None."""
    try:
        document = yaml.load(text, Loader)
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        return f"YAML: {error}"
    best = jsonschema.exceptions.best_match(validator.iter_errors(document))
    return best and f"{'/'.join(map(str, best.path))}: {best.message}"


def blocks(name):
    """Each ```yaml block that is a whole openhands.yml, with its line."""
    with open(name, encoding="utf-8") as file:
        text = file.read()
    for match in re.finditer(r"^```ya?ml\n(.*?)^```", text, re.M | re.S):
        if re.search(r"^version:", match.group(1), re.M):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}", match.group(1)


def documents():
    for name in sorted(
        glob.glob("examples/**/openhands.yml", recursive=True)
        + glob.glob("tests/unit/project/config/good-*.yml")
        + glob.glob("tests/unit/project/config/ci/[!b]*.yml")
    ):
        with open(name, "rb") as file:
            yield name, file.read()
    for name in ["README.md"] + glob.glob("docs/**/*.md", recursive=True):
        if os.path.exists(name):
            yield from blocks(name)


def main():
    os.chdir(os.environ.get("OHBUILD_SOURCE_DIR", "."))
    with open("schema/openhands.schema.json", encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = good = bad = 0
    for name, text in documents():
        good += 1
        found = problem(validator, text)
        if found:
            wrong += 1
            print(f"{name}: refused by the schema: {found}")
    for name in sorted(glob.glob("tests/unit/project/config/*.txt")):
        case = os.path.basename(name)[:-4]
        with open(name[:-4] + ".yml", "rb") as file:
            found = problem(validator, file.read())
        bad += 1
        if bool(found) == bool(BEYOND_A_SCHEMA.fullmatch(case)):
            wrong += 1
            print(f"{case}: the loader refuses it, the schema says: {found}")
    print(f"{good} documents pass, {bad} faults compared, {wrong} wrong")
    return 1 if wrong or not good or not bad else 0


sys.exit(main())
