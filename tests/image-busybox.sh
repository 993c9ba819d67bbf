#!/bin/sh
# Makes a tiny image for the tests of the sandbox and prints its tag, which
# carries the recipe's hash; does nothing when it exists.  Its entry point
# serves HTTP on port 8000, or runs what the variable ENTRY says.  Beside it,
# with another user: TAG-root (none named), TAG-number (4321, unknown to the
# image); and TAG-bare, which has no entry point.
set -eu
cd "$(dirname "$0")"
. ../examples/engine.sh

apt_need busybox-static
busybox=$(command -v busybox)
tag=ohbuild-busybox:$(cat image-busybox.sh "$busybox" | sha256sum | cut -c1-12)

# import SUFFIX CHANGE... : an image of the tree.
import() {
	suffix=$1
	shift
	for change; do
		set -- "$@" --change "$change"
		shift
	done
	docker import --change 'ENV PATH=/bin' "$@" "$scratch/image.tar" \
		"$tag$suffix" >/dev/null
}

if ! docker image inspect "$tag" >/dev/null 2>&1; then
	say "making '$tag'"
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	root=$scratch/root
	mkdir -p "$root/bin" "$root/etc" "$root/home/tester" "$root/root" \
		"$root/www"
	cp "$busybox" "$root/bin/busybox"
	for name in $(busybox --list); do
		[ "$name" = busybox ] || ln -s busybox "$root/bin/$name"
	done
	printf '%s\n' 'root:x:0:0::/root:/bin/sh' \
		'tester:x:1234:1235::/home/tester:/bin/sh' >"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'tester:x:1235:' >"$root/etc/group"
	echo hidden >"$root/home/tester/in-image"
	echo healthy >"$root/www/health"
	cat >"$root/bin/entry" <<-'SCRIPT'
		#!/bin/sh
		echo "entry point: $*"
		eval "${ENTRY:-exec httpd -f -p 8000 -h /www}"
	SCRIPT
	chmod 755 "$root/bin/entry"
	tar -C "$root" --owner=0 --group=0 --numeric-owner \
		-cf "$scratch/image.tar" .
	import -bare 'USER tester'
	import -root 'ENTRYPOINT ["/bin/entry"]'
	import -number 'USER 4321' 'ENTRYPOINT ["/bin/entry"]'
	import '' 'USER tester' 'ENTRYPOINT ["/bin/entry"]'
fi
echo "$tag"
