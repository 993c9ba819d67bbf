"""Compares what the judge said of each fixture with what it was to say.

fixtures.py FIXTURES NAMES ANSWER EVENTS

NAMES has a line a fixture: "NAME judged" or "NAME left-out".  ANSWER is that
of `ohbuild validate --json`; EVENTS is what `ohbuild --events` wrote, of those
that an agent made.  Prints the table; ends with 1 when one is judged wrongly.
"""

import collections
import json
import os
import sys

STEPS = ("scope guard lint build command test coverage kept sabotage repeat"
         " suite")
MAX_FALSE_REJECTS = 2

fixtures, names, answer, events = sys.argv[1:]


def read_expect(name):
    """(step or None, rule or None, words that explain a false reject)"""
    with open(os.path.join(fixtures, name, "expect"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    words = lines[0].split()
    known = [x[len("known: "):] for x in lines if x.startswith("known: ")]
    if words == ["accept"]:
        return None, None, known
    if words[0] != "reject" or words[1] not in STEPS.split() or len(words) > 3:
        sys.exit("%s/expect: '%s'" % (name, lines[0]))
    return words[1], (words[2:] + [None])[0], known


def read_answer():
    """name -> (step that refused it or None, rules, words)"""
    verdicts = {}
    with open(answer, encoding="utf-8") as file:
        targets = json.load(file)["targets"]
    for target in targets:
        name = target["name"].partition("/")[0]
        found = target["findings"]
        if target["verdict"] == "passed":
            verdicts[name] = (None, [], "")
        elif target["verdict"] == "failed" and found:
            step = found[0]["step"].split()[0]
            rules = [x["name"] for x in found]
            words = "\n".join(x["text"] for x in found)
            verdicts[name] = (step, rules, words)
        else:
            verdicts[name] = (target["verdict"], [], target["reason"] or "")
    return verdicts


def read_events():
    """The same of an agent's; a rule is looked for in the words."""
    refused, verdicts = {}, {}
    with open(events, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            name = (event.get("target") or "").partition("/")[0]
            step = event.get("step") or ""
            if event["event"] == "step_ended" and not event["ok"]:
                if step.startswith("judge:"):
                    step = step[len("judge:"):].split()[0]
                refused.setdefault(name, step)
            elif event["event"] == "target_ended":
                step = None
                if event["verdict"] != "ok":
                    step = refused.get(name, event["verdict"])
                verdicts[name] = (step, None, event["text"] or "")
    return verdicts


def main():
    verdicts = {**read_answer(), **read_events()}
    table = collections.Counter()
    wrong, false_rejects = [], []
    columns = ["accepted"] + STEPS.split() + ["left out"]
    with open(names, encoding="utf-8") as file:
        rows = [line.split() for line in file]
    for name, state in rows:
        language = name.partition("_")[0]
        step, rule, known = read_expect(name)
        if state != "judged":
            table[language, state.replace("-", " ")] += 1
            continue
        got, rules, words = verdicts.get(
            name, ("nothing", [], "was not judged"))
        table[language, got or "accepted"] += 1
        if step is None and got is not None:
            false_rejects.append((name, got, words, known))
        elif got != step:
            wrong.append((name, step, got, words))
        elif rule and rule not in (words if rules is None else rules):
            words = "%s\n%s" % (rules, words)
            wrong.append((name, step + " " + rule, got, words))
    languages = sorted({row[0].partition("_")[0] for row in rows})
    print("%-9s" % "" + "".join("%9s" % column for column in columns))
    for language in languages + ["all"]:
        cells = [
            sum(n for (l, c), n in table.items()
                if c == column and language in (l, "all"))
            for column in columns
        ]
        print("%-9s" % language + "".join("%9d" % n for n in cells))
    accepts = [x for x in wrong if x[2] is None]
    unexplained = [x for x in false_rejects if not x[3]]
    print("false accepts: %d" % len(accepts))
    print("false rejects: %d, of which explained: %d"
          % (len(false_rejects), len(false_rejects) - len(unexplained)))
    for name, want, got, words in wrong:
        print("\n%s: '%s' expected, got '%s'\n%s"
              % (name, want, got or "accept", words))
    for name, got, words, known in false_rejects:
        print("\n%s: a good test, refused by '%s'%s\n%s"
              % (name, got, "".join(": " + x for x in known), words))
    return bool(wrong or unexplained or len(false_rejects) > MAX_FALSE_REJECTS)


sys.exit(main())
