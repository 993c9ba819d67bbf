# What the examples are judged with, compilers and test runners, and the two
# programs that an agent works with, git and tmux.  It stands where an image of
# your own would.
ARG BASE=debian:trixie-slim

FROM $BASE AS made
LABEL ohbuild.stage=made
COPY host/ /host/
RUN set -eu; . /host/env; export DEBIAN_FRONTEND=noninteractive; \
	if [ -s /host/sources.list ]; then \
		cp /host/sources.list /etc/apt/sources.list; \
	fi; \
	apt-get -q update; \
	apt-get -qy install --no-install-recommends \
		git procps tmux \
		check gcc libc6-dev libfaketime make nodejs pkg-config \
		python3-pytest; \
	if [ -s /host/sources.list ]; then : >/etc/apt/sources.list; fi; \
	apt-get clean; \
	rm -rf /host /var/lib/apt/lists/* /var/log/apt /var/log/*.log \
		/usr/share/doc /usr/share/man /usr/share/locale; \
	groupadd -g 10001 openhands; \
	useradd -u 10001 -g 10001 -m -s /bin/bash openhands

# Nothing stays of what this machine needs to reach package archives.
FROM scratch
COPY --from=made / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	LANG=C.UTF-8
USER openhands
