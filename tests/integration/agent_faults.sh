#!/usr/bin/env bash
# label: busy
# Agents that do nothing, do it wrong, cheat, hang, go round in circles or give
# up; and what is said and done about it.
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

config() { # NAME...
	local name
	cat <<'END'
version: 1
agent:
  image: AGENT_IMAGE
  pull: never
  max_iterations: 7
  idle_timeout: 10s
models: [{id: openai/example}]
limits: {attempts: 4}
defaults:
  workspace: [Makefile, src/*]
  validate:
    - test: make -s check T={test} R={report}
      junit: "{report}"
modules:
END
	for name; do
		printf '  - {source: src/%s.sh, test: tests/%s.sh}\n' \
			"$name" "$name"
	done
}

# attempts TARGET: what was said of each.
attempts() {
	jq -r "select(.event == \"attempt_ended\" and
		.target == \"tests/$1.sh\") | .text" "$scratch/events"
}

# refused TARGET N WORDS: attempt N was refused for that.
refused() {
	attempts "$1" | sed -n "$2p" | grep -qF -- "$3" ||
		die "$1, attempt $2: not '$3' but: $(attempts "$1")"
}

# end TARGET ATTEMPTS CLASS: how it ended.
end() {
	jq -se "any(.event == \"target_ended\" and
		.target == \"tests/$1.sh\" and .attempt == $2 and
		.verdict == \"$3\")" "$scratch/events" >/dev/null ||
		die "$1 did not end after $2 attempts as $3"
}

mkdir "$scratch/project"
# shellcheck disable=SC2016 # make's
printf 'check:\n\t@sh $(T) $(R)\n' >"$scratch/project/Makefile"
config nothing shapes cheats circles returns blocked bug >"$scratch/yml"
shell_project nothing shapes cheats circles returns blocked bug <"$scratch/yml"
good_test "$scratch/good"

say "a harness file of the agent is not taken; a suspected bug is reported"
echo 'exit 1' >"$scratch/bad"
cassette tests/bug.sh <<END
run printf 'check:\\\\n\\\\techo "<testsuite><testcase name=\\"a\\"/></testsuite>" >\$(R)\\\\n' >Makefile; make check R=/tmp/r && cat /tmp/r
create tests/bug.sh $scratch/bad
finish done
run rm tests/bug.sh
create tests/bug.sh $scratch/good
text SUSPECTED-BUG: src/bug.sh:1 it does nothing
END
expect 6 "$OHBUILD" --replay cassettes --events "$scratch/events" tests/bug.sh
refused bug 1 'no report'
end bug 2 bug
has 'Makefile'
has 'not taken'
has 'src/bug.sh:1 it does nothing'
only_wrote tests/bug.sh
no_leftovers

say "every other way to fail"
cassette tests/nothing.sh <<END
create tests/elsewhere.sh $scratch/good
finish done
finish done
END
cassette tests/shapes.sh <<'END'
run ln -s /etc/passwd tests/shapes.sh
finish done
run rm tests/shapes.sh; mkdir tests/shapes.sh; echo >tests/shapes.sh/file
finish done
run rm -r tests/shapes.sh; yes | head -c 2097152 >tests/shapes.sh
finish done
run printf '\377\376\000' >tests/shapes.sh
finish done
END
{
	printf 'echo more >>src/cheats.sh\n'
	cat "$scratch/good"
} >"$scratch/touches"
{
	printf 'echo left >left-behind\n'
	cat "$scratch/good"
} >"$scratch/litters"
echo 'exit 0' >"$scratch/silent"
# shellcheck disable=SC2016 # the script's
printf 'echo "%s" >$1\n' '<testsuite tests=\"7\" failures=\"0\"/>' >"$scratch/forged"
cassette tests/cheats.sh <<END
create tests/cheats.sh $scratch/touches
finish done
run rm tests/cheats.sh
create tests/cheats.sh $scratch/litters
finish done
run rm tests/cheats.sh
create tests/cheats.sh $scratch/silent
finish done
run rm tests/cheats.sh
create tests/cheats.sh $scratch/forged
finish done
END
cassette tests/circles.sh <<END
run ln -s nowhere tests/circles.sh
run echo again
run echo again
run echo again
run echo again
run rm tests/circles.sh
run echo 2
run echo 3
run echo 4
run echo 5
run echo 6
run echo 7
create tests/circles.sh $scratch/good
finish done
END
# A conversation of its own begins with the first reply again, and with the file.
cassette tests/returns.sh <<END
run if grep -qx 'exit 0' tests/returns.sh; then echo $(base64 -w 0 "$scratch/good") | base64 -d >tests/returns.sh; else mkdir -p tests; echo 'exit 0' >tests/returns.sh; fi
finish done
run echo 'exit 1' >tests/returns.sh
finish done
run echo 'exit 0' >tests/returns.sh
finish done
END
cassette tests/blocked.sh <<END
run sleep 1000
text BLOCKED: there is nothing in src/blocked.sh
END
expect 2 "$OHBUILD" --replay cassettes -k -j 3 --events "$scratch/events"

end nothing 2 same
refused nothing 1 "'tests/nothing.sh' was not written"
has 'also wrote tests/elsewhere.sh: not taken'
has 'refused twice for the same reason'
end shapes 4 agent
refused shapes 1 'is a symbolic link'
refused shapes 2 'is a directory'
refused shapes 3 'is larger than 1 MiB'
refused shapes 4 'is not UTF-8'
end cheats 4 agent
refused cheats 1 "tree modified: 'src/cheats.sh' was changed"
refused cheats 2 "tree modified: the step wrote 'left-behind'"
refused cheats 3 'no report'
refused cheats 4 '0 test cases ran'
end circles 3 ok
refused circles 1 'is a symbolic link'
refused circles 2 'was not written'
end returns 4 ok
refused returns 1 'no report'
refused returns 3 'no report'
# In circles, so a conversation of its own goes on with the file.
[ "$(jq -s 'map(select(.event == "step_started" and .step == "sandbox" and
	.target == "tests/returns.sh")) | length' "$scratch/events")" = 2 ] ||
	die "it was asked in the old conversation"
end blocked 2 blocked
has 'there is nothing in src/blocked.sh'
only_wrote tests/bug.sh tests/circles.sh tests/returns.sh
no_leftovers

say "what failed is not paid for again, unless it is asked for"
expect 2 env DOCKER_HOST=unix:///nowhere "$OHBUILD"
has '4 failed'
has --retry-failed
expect 1 "$OHBUILD" check
has 'failed before'
cassette tests/nothing.sh <<END
create tests/nothing.sh $scratch/good
finish done
END
expect 0 "$OHBUILD" --replay cassettes --retry-failed tests/nothing.sh
only_wrote tests/bug.sh tests/circles.sh tests/nothing.sh tests/returns.sh
no_leftovers

say passed
