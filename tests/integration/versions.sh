#!/usr/bin/env bash
# label: soak
# Agent-servers of other versions, real ones: the main job on each, and how
# runs end.  Short: one target on the two that differ most from the usual one,
# whose images are made when they are not there (some 2 minutes each).
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

images=$OHBUILD_SOURCE_DIR/examples/agent-image
versions=$(sed -n 's/^server \([^ ]*\) .*/\1/p' "$images/versions")

config() { # IMAGE TARGET...
	local image=$1 name
	shift
	cat <<-END
		version: 1
		agent: {image: "$image", pull: never}
		models: [{id: openai/example}]
		defaults:
		  validate:
		    - test: sh {test} {report}
		      junit: "{report}"
		modules:
	END
	for name; do
		printf '  - {source: src/%s.sh, test: tests/%s.sh}\n' \
			"$name" "$name"
	done
}

# ended TARGET VERDICT WORDS: by the file of events
ended() {
	local text
	text=$(jq -r "select(.event == \"target_ended\" and
		.target == \"tests/$1.sh\") | .verdict + \": \" + .text" \
		"$scratch/events")
	case $text in
	"$2"*"$3"*) ;;
	*) die "$1 did not end as $2 with '$3' but so: $text" ;;
	esac
}

# A first test that fails, and its repair in the same conversation.
main_job() { # IMAGE OTHER...
	config "$@" | judged_once >openhands.yml
	expect "${status:-0}" "$OHBUILD" -v --replay cassettes \
		--events "$scratch/events"
	hasnt warning
	has "agent: runs: ls src"
	has "agent: writes tests/one.sh"
	has "agent: finishes: repaired"
	has "tests/one.sh: ok (attempt 2"
	cmp -s tests/one.sh "$scratch/good" || die "not the test it wrote"
}

all_of_it() { # IMAGE
	local image=$1
	status=2
	main_job "$image" one limited context stuck
	has "tests/limited.sh: ok (attempt 1"
	has "tests/context.sh: agent: failed: "
	has "This prompt is too long"
	has "tests/stuck.sh: agent: failed: the agent did the same over and over"
	status=0
	config "$image" auth | judged_once >openhands.yml
	expect 4 "$OHBUILD" --replay cassettes --events "$scratch/events"
	ended auth infra "auth: "
}

good_test "$scratch/good"
printf 'exit 1\n' >"$scratch/bad"
config none one limited context stuck auth >"$scratch/yml"
shell_project one limited context stuck auth <"$scratch/yml"
cassette tests/one.sh <<END
run ls src
create tests/one.sh $scratch/bad
finish made
run rm tests/one.sh
create tests/one.sh $scratch/good
finish repaired
END
cassette tests/limited.sh <<END
after 1 status 429 {"error":{"message":"Rate limit reached, retry"}}
create tests/limited.sh $scratch/good
finish done
END
cassette tests/context.sh <<END
run ls
$(for _ in $(seq 20); do
	echo 'status 400 {"error":{"message":"This prompt is too long","type":"invalid_request_error","code":"context_length_exceeded"}}'
done)
END
for _ in $(seq 20); do
	echo "run ls src"
done | cassette tests/stuck.sh
cassette tests/auth.sh <<END
status 401 {"error":{"message":"Incorrect API key","code":"invalid_api_key"}}
END

if [ "${OHB_SOAK:-}" = full ]; then
	for version in ${OHB_VERSIONS:-$versions}; do
		image=$("$images/build.sh" server "$version" 2>"$scratch/made") ||
			die "no image of $version: $(tail -n 20 "$scratch/made")"
		say "$version: all"
		rm -rf tests .ohbuild openhands.lock
		all_of_it "$image"
	done
else
	for version in ${OHB_VERSIONS:-1.58.0 1.21.1}; do
		image=$("$images/build.sh" server "$version" 2>"$scratch/made") ||
			die "no image of $version: $(tail -n 20 "$scratch/made")"
		say "$version: the main job ($SECONDS s)"
		rm -rf tests .ohbuild openhands.lock
		main_job "$image" one
	done
fi
no_leftovers
say passed
