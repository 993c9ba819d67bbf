#!/usr/bin/env bash
# label: fast
# The stat cache on file systems made for it: ext4 that keeps whole seconds, and
# an overlay.  Needs root, to mount.  The argument: how many operations on each.
set -eu
# shellcheck source=tests/integration/lib.sh
. "$OHBUILD_SOURCE_DIR/tests/integration/lib.sh"

export OHB_STATS_OPERATIONS=${1:-3000}
mounted=()

unmount() {
	local folder
	for folder in "${mounted[@]}"; do
		umount "$folder"
	done
	cleanup
}
trap unmount EXIT

# histories FOLDER ARGUMENT...: mounts it, and goes through them in it.
histories() {
	local folder=$1
	shift
	mkdir "$folder"
	mount "$@" "$folder" || die "cannot mount '$folder': this needs root"
	mounted=("$folder" "${mounted[@]}")
	OHB_STATS_FOLDER=$folder "$(dirname "$OHBUILD")/tests/test_store_stats"
}

say "whole seconds"
truncate -s 64M "$scratch/image"
/sbin/mkfs.ext4 -q -I 128 "$scratch/image" 2>/dev/null
histories "$scratch/seconds" -o loop "$scratch/image"
touch "$scratch/seconds/tick"
[ "$(stat -c %.9Z "$scratch/seconds/tick" | cut -d. -f2)" = 000000000 ] ||
	die "this file system keeps more than seconds"

say "overlay"
mkdir "$scratch/lower" "$scratch/upper" "$scratch/work"
histories "$scratch/overlay" -t overlay -o \
	"lowerdir=$scratch/lower,upperdir=$scratch/upper,workdir=$scratch/work" none
say passed
