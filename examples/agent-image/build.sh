#!/bin/sh
# Makes the agent image and prints its tag, which carries the recipe's hash;
# does nothing when that image exists.  Progress goes to stderr.
#
#   BASE   the image to build upon: anything with apt and Python >= 3.12, so
#          that your own toolchain can judge (default: debian:trixie-slim)
#
# Where the base can not be pulled it is made from Debian's packages.  What
# this machine uses to reach package archives is used here too: apt's sources
# and Acquire settings, pip's index, proxy variables, certificates.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../engine.sh
. "$here/../engine.sh"

BASE=${BASE:-debian:trixie-slim}
suite=trixie
bootstrap="mmdebstrap --quiet --variant=minbase $suite"

short_hash() {
	sha256sum | cut -c1-12
}

has_image() {
	docker image inspect "$1" >/dev/null 2>&1
}

# The Debian sources of this machine, told for another release.
host_sources() {
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$release" ] && command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016 # apt's names, not the shell's
	apt-get indextargets \
		--format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		sed -n "s|^Debian \(http[^ ]*\) $release\([^ ]*\) |deb \1 $suite\2 |p"
}

host_apt_conf() {
	command -v apt-config >/dev/null || return 0
	for tree in http https Retries Check-Date Check-Valid-Until; do
		apt-config dump --no-empty --format '%f "%v";%n' \
			"Acquire::$tree"
	done | sed '/::CaInfo /d' # the build has the bundle elsewhere
}

host_pip_index() {
	if [ -n "${PIP_INDEX_URL:-}" ]; then
		echo "$PIP_INDEX_URL"
		return
	fi
	cat /etc/pip.conf ~/.pip/pip.conf ~/.config/pip/pip.conf 2>/dev/null |
		sed -n 's/^ *index-url *[=:] *//p' | tail -n 1
}

export_line() {
	[ -z "$2" ] || printf "export %s='%s'\n" "$1" \
		"$(printf %s "$2" | sed "s/'/'\\\\''/g")"
}

# What the build sources before it asks for a package: $1 is its host/ folder.
host_env() {
	for name in http_proxy https_proxy no_proxy \
		HTTP_PROXY HTTPS_PROXY NO_PROXY; do
		eval "export_line $name \"\${$name:-}\""
	done
	index=$(host_pip_index)
	export_line PIP_INDEX_URL "$index"
	export_line UV_DEFAULT_INDEX "${UV_DEFAULT_INDEX:-$index}"
	export_line APT_CONFIG /host/apt.conf
	[ -s "$1/ca.crt" ] || return 0
	export_line SSL_CERT_FILE /host/ca.crt
	export_line PIP_CERT /host/ca.crt
	echo 'Acquire::https::CaInfo "/host/ca.crt";' >>"$1/apt.conf"
}

host_folder() {
	mkdir "$1"
	: >"$1/sources.list"
	host_apt_conf >"$1/apt.conf"
	bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
	[ ! -s "$bundle" ] || cp "$bundle" "$1/ca.crt"
	host_env "$1" >"$1/env"
}

# Prints the base to use: the one asked for, or one made from packages.
base_image() {
	if has_image "$BASE" ||
		timeout 60 docker pull -q "$BASE" >/dev/null 2>&1; then
		echo "$BASE"
		return
	fi
	[ "$BASE" = "debian:$suite-slim" ] ||
		fail "can not pull '$BASE': is its name right, is the network up?"
	made=ohbuild-base:$(printf %s "$bootstrap" | short_hash)
	if ! has_image "$made"; then
		say "can not pull '$BASE': making it from Debian's packages"
		apt_need mmdebstrap debian-archive-keyring
		host_sources >"$scratch/base.list"
		set -- "$scratch/base.tar"
		[ ! -s "$scratch/base.list" ] || set -- "$@" "$scratch/base.list"
		host_apt_conf >"$scratch/apt.conf"
		# A base has no settings of its own: each build brings them.
		# shellcheck disable=SC2016,SC2086 # mmdebstrap sets the hook's $1
		as_root $bootstrap "$@" --aptopt="$scratch/apt.conf" \
			--customize-hook='cd "$1/etc/apt" && rm -f sources.list \
				sources.list.d/* apt.conf.d/99mmdebstrap' >&2
		docker import "$scratch/base.tar" "$made" >/dev/null
		rm "$scratch/base.tar"
	fi
	echo "$made"
}

recipe() {
	cat "$here/Dockerfile"
	echo "$BASE $bootstrap"
}

engine_answers || fail "no Docker Engine answers"
exec 9<"$here"
flock 9 # two at once would only do the same work twice
tag=ohbuild-agent:$(recipe | short_hash)
if ! has_image "$tag"; then
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	from=$(base_image)
	say "building '$tag' upon '$from'"
	mkdir "$scratch/context"
	cp "$here/Dockerfile" "$scratch/context"
	host_folder "$scratch/context/host"
	if [ "$from" != "$BASE" ]; then
		host_sources >"$scratch/context/host/sources.list"
	fi
	docker build --network=host --build-arg "BASE=$from" -t "$tag" \
		"$scratch/context" >&2
	# The stage that saw this machine's settings is not kept either.
	docker image prune -f --filter label=ohbuild.stage=made >/dev/null
fi
docker tag "$tag" ohbuild-agent:latest
echo "$tag"
