# Functions for scripts that need Debian packages or a Docker Engine.  To be
# sourced by a POSIX shell:  . examples/engine.sh
#
#   say TEXT...        a line of progress, on stderr
#   fail TEXT...       the same, and the end of the script
#   as_root CMD...     runs CMD as root, through sudo where that is needed
#   apt_need PKG...    installs those of the packages that are missing
#   engine_up          makes sure that a Docker Engine answers: installs
#                      docker.io if there is no dockerd, starts dockerd if
#                      nothing runs.  Fails with the cure if that can not be.
#   engine_down        stops the dockerd that engine_up started, if it did
#
# engine_up and engine_down belong to one shell:
#   trap engine_down EXIT; engine_up
# shellcheck shell=sh

engine_job=

say() {
	printf '==> %s\n' "$*" >&2
}

fail() {
	say "$@"
	exit 1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		fail "'$*' needs root: run this as root, or install sudo"
	fi
}

apt_need() {
	missing=
	for package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	say "installing$missing"
	as_root apt-get -q update >&2
	# shellcheck disable=SC2086 # a list of names
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy install \
		--no-install-recommends $missing >&2
}

engine_answers() {
	command -v docker >/dev/null && docker version >/dev/null 2>&1
}

engine_waits() {
	for _ in $(seq "$1"); do
		! engine_answers || return 0
		sleep 0.5
	done
	return 1
}

engine_up() {
	! engine_answers || return 0
	[ -z "${DOCKER_HOST:-}" ] ||
		fail "no engine answers at DOCKER_HOST='$DOCKER_HOST'"
	if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null; then
		apt_need docker.io iptables
		# With systemd, the package starts it.
		! engine_waits 10 || return 0
	fi
	! docker version 2>&1 | grep -q 'permission denied' ||
		fail "no right to use the engine: 'sudo adduser $(id -un) docker', then log in again"
	mountpoint -q /sys/fs/cgroup ||
		as_root mount -t cgroup2 none /sys/fs/cgroup
	engine_log=$(mktemp)
	say "starting dockerd (log: $engine_log)"
	# A session of its own: Ctrl-C ends the script, which then ends dockerd.
	as_root setsid dockerd --group "$(id -gn)" >"$engine_log" 2>&1 &
	engine_job=$!
	engine_waits 60 || {
		tail -n 5 "$engine_log" >&2
		fail "dockerd does not answer; its last words are above"
	}
}

engine_down() {
	[ -n "$engine_job" ] || return 0
	say "stopping dockerd"
	if pid=$(cat /var/run/docker.pid); then
		# Not plain kill: sudo needs a program, a small system has none.
		as_root sh -c "kill $pid"
		wait "$engine_job" || :
	fi
	engine_job=
	rm -f "$engine_log"
}
