#!/bin/sh
# suite.sh REPORT: other.c with all that is there in one program.
set -eu
mkdir -p build
report=$1
set -- ledger.c
[ ! -e test_ledger.c ] || set -- "$@" -Dmain=test_main test_ledger.c
cc -D_GNU_SOURCE -c -o build/other.o other.c
result='<failure message="does not link"/>'
if cc -D_GNU_SOURCE -o build/suite build/other.o "$@" \
	-lcheck -lsubunit -lm -lrt -lpthread >&2 && build/suite >&2; then
	result=
fi
echo "<testsuite><testcase name='other'>$result</testcase></testsuite>" >"$report"
[ -z "$result" ]
