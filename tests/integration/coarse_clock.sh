#!/usr/bin/env bash
# label: fast
# The stat cache on a file system that keeps whole seconds only: what happens
# within one tick of its clock must still be seen.  Needs root, to mount.
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

truncate -s 64M "$scratch/image"
/sbin/mkfs.ext4 -q -I 128 "$scratch/image" 2>/dev/null
mkdir "$scratch/coarse"
mount -o loop "$scratch/image" "$scratch/coarse" ||
	die "cannot mount: this test needs root and a loop device"
unmount() {
	umount "$scratch/coarse"
	cleanup
}
trap unmount EXIT
touch "$scratch/coarse/tick"
[ "$(stat -c %.9Z "$scratch/coarse/tick" | cut -d. -f2)" = 000000000 ] ||
	die "this file system keeps more than seconds"
say "random histories"
OHB_STATS_FOLDER=$scratch/coarse OHB_STATS_OPERATIONS=${1:-5000} \
	"$(dirname "$OHBUILD")/tests/test_store_stats"
say passed
