# check.sh REPORT: writes a JUnit file with a case for each thing that plant.sh
# leaves, which fails where that thing is seen.
# shellcheck shell=sh disable=SC2016,SC2329
set -u
report=$1
: >"$report.cases"

# seen NAME COMMAND...: it is seen when the command succeeds.
seen() {
	name=$1
	shift
	echo "<testcase name=\"$name\">" >>"$report.cases"
	if "$@" >/dev/null 2>&1; then
		echo "SEEN $name"
		echo "<failure message=\"$name is seen\"/>" >>"$report.cases"
	fi
	echo "</testcase>" >>"$report.cases"
}

python() { python3 -c "import os, sys; sys.path.insert(0, '.'); $1"; }
any() { # FILE...: one of them is there
	for file; do
		if [ -e "$file" ] || [ -L "$file" ]; then return 0; fi
	done
	return 1
}
differs() { ! grep " $1\$" sums | sha256sum -c -; }
says() { # COMMAND WORD: what a shell that reads its profiles prints
	sh -lc "$1" 2>/dev/null | grep -q "$2" ||
		bash -lc "$1" 2>/dev/null | grep -q "$2"
}
a_process() { # WORDS: in the command line of another
	grep -las "$1" /proc/[0-9]*/cmdline | grep -qv "/$$/"
}
a_key() { # in the environment of any
	tr '\0' '\n' 2>/dev/null </proc/self/environ | grep -q '_API_KEY' && return
	cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -q '_API_KEY'
}
a_network() { grep -v 'lo:' /proc/net/dev | grep -q ':'; }

seen package python 'import planted'
seen pth python "sys.exit('PLANTED_PTH' not in os.environ)"
seen usercustomize python "sys.exit('PLANTED_USER' not in os.environ)"
seen sitecustomize any sitecustomize.py
seen node-home node -e 'require(process.env.HOME + "/.node_modules/planted")'
seen node-modules node -e 'require("./node_modules/planted")'
seen profile says 'echo $PLANTED_ENV' 1
seen ld-preload says 'echo $LD_PRELOAD' planted
seen path-shadow says 'git; cmp' planted
seen library any /tmp/planted.so
seen process a_process 'planted-proces[s]'
seen later any "$HOME/.config/systemd/user/planted.service" \
	"$HOME/.config/autostart/planted.desktop"
seen git-hook any .git/hooks/pre-commit
seen git-settings sh -c 'git config --global core.hooksPath'
seen tool-settings any "$HOME/.config/pip/pip.conf" "$HOME/.npmrc"
seen byte-code python 'import unit; sys.exit(unit.value == 1)'
seen pytest-cache any .pytest_cache
seen build-folder any build/unit.o
seen tmp any /tmp/planted /tmp/planted-unit.py "${TMPDIR:-/tmp}/planted.c"
seen shared-memory any /dev/shm/planted
for file in Makefile pytest.ini pyproject.toml package.json CMakeLists.txt \
	AGENTS.md check.sh .gitignore unit.py; do
	seen "changed-$file" differs "$file"
done
for file in conftest.py tox.ini setup.cfg setup.py go.mod Cargo.toml \
	.pytest.ini jest.config.js .mocharc.yml .coveragerc noxfile.py \
	GNUmakefile CTestTestfile.cmake tests/conftest.py tests/Makefile; do
	seen "added-$(echo "$file" | tr / -)" any "$file"
done
seen openhands.yml grep planted openhands.yml
seen key a_key
seen network a_network
{
	echo '<testsuite>'
	cat "$report.cases"
	echo '</testsuite>'
} >"$report"
rm "$report.cases"
! grep -q '<failure' "$report"
