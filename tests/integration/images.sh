#!/usr/bin/env bash
# label: soak
# The recipe of docs/images.md, word for word, on images that are older than
# what OpenHands needs: their own tools judge.  Short: Debian 12, one example's
# target.  The images are made when they are not there (some minutes each).
set -e
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

images=$OHBUILD_SOURCE_DIR/examples/agent-image
docs=$OHBUILD_SOURCE_DIR/docs/images.md
unset OHBUILD_AGENT_IMAGE
made=ohbuild-recipe-$$

remove_images() {
	docker images -q "$made" | sort -u | xargs -r docker rmi -f >/dev/null
	cleanup
}
trap remove_images EXIT

# recipe FROM: the first one of the page, upon that image; prints its tag.
recipe() {
	local tag
	tag=$made:$(printf %s "$1" | tr -c 'a-z0-9.\n' -)
	# shellcheck disable=SC2016 # no commands: Markdown
	sed -n '/^```dockerfile$/,/^```$/{/^```$/q; /^```/!p}' "$docs" |
		sed "s|my-toolchain|$1|; s|ohbuild-openhands|$openhands|" \
			>"$scratch/Dockerfile"
	grep -q "^FROM $1$" "$scratch/Dockerfile" || die "no recipe in $docs"
	docker build -q -t "$tag" - <"$scratch/Dockerfile" \
		>"$scratch/made" 2>&1 || die "no image: $(cat "$scratch/made")"
	echo "$tag"
}

tools_of() { # BASE
	BASE=$1 "$images/build.sh" tools 2>"$scratch/made" ||
		die "no image of $1: $(tail -n 20 "$scratch/made")"
}

# example NAME IMAGE TARGET...
example() {
	local name=$1 image=$2
	shift 2
	say "$name in $image ($SECONDS s)"
	project "$name"
	sed -i "s|ohbuild-agent:latest|$image|" openhands.yml
	expect 0 "$OHBUILD" --replay cassettes "$@"
	has "(attempt 2"
	hasnt lacks
	cd /
	rm -rf "$scratch/project"
}

# Another recipe is another base; an engine that only takes notes sees it.
say "a base carries the hash of its recipe"
mkdir "$scratch/bin"
cat >"$scratch/bin/docker" <<'END'
#!/bin/sh
case $1 in
pull) exit 1 ;;
image) grep -qxF "$3" "$NOTES" ;;
import) echo "$3" >>"$NOTES" ;;
esac
END
cat >"$scratch/bin/mmdebstrap" <<'END'
#!/bin/sh
for word; do
	case $word in
	*.tar) echo >"$word" ;;
	esac
done
END
printf '#!/bin/sh\necho "install ok installed"\n' >"$scratch/bin/dpkg-query"
printf '#!/bin/sh\nexec "$@"\n' >"$scratch/bin/sudo"
chmod 755 "$scratch/bin"/*
cp -R "$OHBUILD_SOURCE_DIR/examples" "$scratch/examples"
base_of() {
	NOTES=$scratch/notes PATH=$scratch/bin:$PATH BASE=debian:bookworm-slim \
		"$scratch/examples/agent-image/build.sh" base 2>"$scratch/made" ||
		die "no base: $(cat "$scratch/made")"
}
touch "$scratch/notes"
base=$(base_of)
[ "$(base_of)" = "$base" ] || die "the same recipe is another base"
sed -i 's/--variant=minbase/--variant=required/' \
	"$scratch/examples/agent-image/build.sh"
other=$(base_of)
[ "$other" != "$base" ] || die "another recipe is the same base"
[ "$(cat "$scratch/notes")" = "$base
$other" ] || die "made: $(cat "$scratch/notes")"

"$images/build.sh" >/dev/null 2>"$scratch/made" || die "$(cat "$scratch/made")"
openhands=ohbuild-openhands:latest

debian=$(recipe "$(tools_of debian:bookworm-slim)")
docker run --rm --network none --entrypoint python3 "$debian" -c \
	'import sys; assert sys.version_info < (3, 12)' ||
	die "this base would do without a Python of ours"
example node-test "$debian" test/range.test.mjs
if [ "${OHB_SOAK:-}" = full ]; then
	example c-check "$debian"
	example python-pytest "$debian"
	ubuntu=$(recipe "$(tools_of ubuntu:noble)")
	example c-check "$ubuntu"
	example python-pytest "$ubuntu"
	example node-test "$ubuntu"
fi
no_leftovers
say passed
