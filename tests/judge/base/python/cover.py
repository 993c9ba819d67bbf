"""cover.py REPORT UNIT TEST: runs pytest, writes an lcov file of UNIT."""

import ast
import os
import sys

import pytest

report, unit, test = sys.argv[1:]
full = os.path.abspath(unit)
seen = set()


def follow(frame, event, _):
    if frame.f_code.co_filename != full:
        return None
    seen.add(frame.f_lineno)
    return follow


sys.settrace(follow)
status = pytest.main(["-q", test])
sys.settrace(None)
with open(full, encoding="utf-8") as file:
    tree = ast.parse(file.read())
lines = {n.lineno for n in ast.walk(tree) if isinstance(n, ast.stmt)}
with open(report, "w", encoding="utf-8") as file:
    file.write("TN:\nSF:%s\n" % full)
    for line in sorted(lines):
        file.write("DA:%d,%d\n" % (line, line in seen))
    file.write("end_of_record\n")
sys.exit(status)
