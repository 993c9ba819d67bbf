#!/bin/sh
# build.sh [PROTOCOL [VERSION]]
# build.sh tools|base
#
# Makes the agent image for that 'agent.protocol' (server, cli or headless;
# default: server) with that version of OpenHands (default: the first that
# ./versions has), and prints its tag, which carries the recipe's hash; does
# nothing when that image exists.  With 'tools' it makes and prints the image
# without OpenHands, with 'base' what that is installed upon.  Progress goes to
# stderr.
#
#   BASE        what the tools are installed upon: an image with apt, or a name
#               such as debian:bookworm-slim or ubuntu:noble (default:
#               debian:trixie-slim)
#   NOT_AFTER   for a version that ./versions does not have: the day after
#               which its dependencies are not taken, such as 2026-08-23
#
# It makes three images: ohbuild-openhands, which is /opt/openhands alone and
# goes into any image (docs/images.md), ohbuild-tools, and of both the agent's.
#
# Where a base can not be pulled it is made from its release's packages.  What
# this machine uses to reach package archives is used here too: apt's sources
# and Acquire settings, pip's index, proxy variables, certificates.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../engine.sh
. "$here/../engine.sh"

protocol=${1:-server}
case $protocol in
server) suffix= ;;
cli | headless) suffix=-$protocol ;;
tools | base) ;;
*) fail "'$protocol' is no protocol: give server, cli or headless" ;;
esac
maker=debian:trixie-slim # has a Python that OpenHands runs on
BASE=${BASE:-$maker}

short_hash() {
	sha256sum | cut -c1-12
}

has_image() {
	docker image inspect "$1" >/dev/null 2>&1
}

# host_sources SUITE: the Debian sources of this machine, told for that release
# of Debian.
host_sources() {
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$release" ] && command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016 # apt's names, not the shell's
	apt-get indextargets \
		--format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		sed -n "s|^Debian \(http[^ ]*\) $release\([^ ]*\) |deb \1 $1\2 |p"
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

# host_folder DIR BASE FROM: what a build of BASE, in truth of FROM, is told.
host_folder() {
	mkdir "$1"
	: >"$1/sources.list"
	[ "$2" = "$3" ] || base_sources "$2" >"$1/sources.list"
	host_apt_conf >"$1/apt.conf"
	bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
	[ ! -s "$bundle" ] || cp "$bundle" "$1/ca.crt"
	host_env "$1" >"$1/env"
}

# ubuntu_mirror SUITE: the archive that debootstrap would take it from.
ubuntu_mirror() {
	apt_need debootstrap
	(
		set +u
		# shellcheck disable=SC2034 # they are the script's
		ARCH=$(dpkg --print-architecture) SUITE=$1
		for word in mirror_style download_style finddebs_style \
			variants keyring info; do
			eval "$word() { :; }"
		done
		# shellcheck disable=SC2317 # the script calls it
		doing_variant() {
			false
		}
		# shellcheck disable=SC2317
		default_mirror() {
			echo "$1"
		}
		# shellcheck source=/dev/null # of the package; for all suites
		. /usr/share/debootstrap/scripts/gutsy
	)
}

# The sources of a base that is made from packages; none: mmdebstrap's own.
base_sources() {
	suite=${1#*:}
	case $1 in
	debian:*) host_sources "${suite%-slim}" ;;
	ubuntu:*)
		mirror=$(ubuntu_mirror "$suite")
		for pocket in '' -updates -security; do
			echo "deb $mirror $suite$pocket main universe"
		done
		;;
	esac
}

# Debian 12 has no package with the keys of Ubuntu's archive: this is Ubuntu's.
ubuntu_keys() { # SUITE
	keys=usr/share/keyrings/ubuntu-archive-keyring.gpg
	[ ! -s "/$keys" ] || {
		echo "/$keys"
		return
	}
	package=pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb
	/usr/lib/apt/apt-helper download-file "$(ubuntu_mirror "$1")/$package" \
		"$scratch/keys.deb" SHA256:36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8 >&2
	dpkg-deb -x "$scratch/keys.deb" "$scratch/keys"
	chmod 755 "$scratch" # apt reads them as a user of its own
	echo "$scratch/keys/$keys"
}

make_base() {
	say "can not pull '$1': making it from packages"
	apt_need mmdebstrap debian-archive-keyring
	suite=${1#*:}
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	[ "${1%%:*}" = debian ] || keys=$(ubuntu_keys "$suite")
	base_sources "$1" >"$scratch/base.list"
	set -- --keyring="$keys" "${suite%-slim}" "$scratch/base.tar"
	[ ! -s "$scratch/base.list" ] || set -- "$@" "$scratch/base.list"
	host_apt_conf >"$scratch/apt.conf"
	# A base has no settings of its own: each build brings them.
	# shellcheck disable=SC2016 # mmdebstrap sets the hook's $1
	as_root mmdebstrap --quiet --variant=minbase --include=apt \
		--aptopt="$scratch/apt.conf" \
		--customize-hook='cd "$1/etc/apt" && rm -f sources.list \
			sources.list.d/* apt.conf.d/99mmdebstrap' "$@" >&2
}

# What makes a base what it is, but for the day.
base_recipe() {
	sed -n '/^base_sources() {/,/^}/p; /^ubuntu_keys() {/,/^}/p
		/^make_base() {/,/^}/p' "$here/build.sh"
}

# base_image NAME: prints the base to use, itself or one made from packages.
base_image() {
	if has_image "$1" ||
		timeout 60 docker pull -q "$1" >/dev/null 2>&1; then
		echo "$1"
		return
	fi
	case $1 in
	debian:[a-z]* | ubuntu:[a-z]*) ;;
	*) fail "can not pull '$1': is its name right, is the network up?" ;;
	esac
	made=ohbuild-base:${1%%:*}-${1#*:}-$(base_recipe | short_hash)
	if ! has_image "$made"; then
		make_base "$1"
		docker import "$scratch/base.tar" "$made" >/dev/null
		rm "$scratch/base.tar"
	fi
	echo "$made"
}

# make IMAGE DOCKERFILE BASE ARGUMENT...: unless it is there.
make() {
	image=$1 file=$2 base=$3
	shift 3
	! has_image "$image" || return 0
	from=$(base_image "$base")
	say "building '$image' upon '$from'"
	mkdir "$scratch/context"
	cp "$here/$file" "$here/install.sh" "$scratch/context"
	host_folder "$scratch/context/host" "$base" "$from"
	docker build --network=host --build-arg "BASE=$from" "$@" -t "$image" \
		-f "$scratch/context/$file" "$scratch/context" >&2
	rm -r "$scratch/context"
	# The stage that saw this machine's settings is not kept either.
	docker image prune -f --filter label=ohbuild.stage=made >/dev/null
}

engine_answers || fail "no Docker Engine answers"
exec 9<"$here"
flock 9 # two at once would only do the same work twice
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ "$protocol" = base ]; then
	base_image "$BASE"
	exit
fi
tools=ohbuild-tools:$({
	cat "$here/tools.Dockerfile"
	echo "$BASE"
} | short_hash)
if [ "$protocol" = tools ]; then
	make "$tools" tools.Dockerfile "$BASE"
	echo "$tools"
	exit
fi

default=$(sed -n "s/^$protocol \([^ ]*\) .*/\1/p" "$here/versions" | head -n 1)
version=${2:-$default}
until=$(sed -n "s/^$protocol $version //p" "$here/versions")
until=${NOT_AFTER:-$until}
[ -n "$until" ] ||
	fail "no one tried '$version' yet: NOT_AFTER=<its day + 2> $0 $*"
openhands=ohbuild-openhands$suffix:$({
	cat "$here/Dockerfile" "$here/install.sh"
	echo "$protocol $version $until"
} | short_hash)
tag=ohbuild-agent$suffix:$(echo "$openhands $tools" | short_hash)
if ! has_image "$tag"; then
	make "$openhands" Dockerfile "$maker" --build-arg "PROTOCOL=$protocol" \
		--build-arg "VERSION=$version" --build-arg "NOT_AFTER=$until"
	make "$tools" tools.Dockerfile "$BASE"
	say "building '$tag'"
	docker build -t "$tag" - >&2 <<-END
		FROM $tools
		COPY --from=$openhands /opt/openhands /opt/openhands
		ENTRYPOINT ["/opt/openhands/bin/tini", "--", "/opt/openhands/start"]
	END
fi
if [ "$version" = "$default" ] && [ "$BASE" = "$maker" ]; then
	docker tag "$tag" "ohbuild-agent$suffix:latest"
	docker tag "$openhands" "ohbuild-openhands$suffix:latest"
fi
echo "$tag"
