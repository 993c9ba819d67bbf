#!/bin/sh
# install.sh PROTOCOL VERSION, with UV and NOT_AFTER set: run in the image that
# makes /opt/openhands.
set -eu

protocol=$1 version=$2
root=/opt/openhands
python=$root/bin/python
work=$(mktemp -d)
# Libraries that what is installed looks for by itself.  As needs of the
# program they are there before any of an older image could be found.
always='libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1 libm.so.6
	libresolv.so.2 libgcc_s.so.1 libstdc++.so.6'

libraries() {
	ldd "$@" | sed -n 's|.* => \(/[^ ]*\) .*|\1|p'
	for one in $always; do
		ldconfig -p | sed -n "s|^\t$one .*=> ||p" | head -n 1
	done
}

# This Python and all it links to, the C library too, which an older image's
# can not stand in for.  Only the program's own file names those libraries:
# what it starts, git or a shell, finds its image's.
carry_python() {
	name=$(python3 -c \
		'import sys; print("python%d.%d" % sys.version_info[:2])')
	lib=$root/python/lib
	program=$root/python/bin/$name
	mkdir -p "$lib" "$root/python/bin"
	cp -L "/usr/bin/$name" "$program"
	cp -RLp "/usr/lib/$name" "$lib" # byte code goes by the time
	rm -rf "$lib/$name/ensurepip"
	libraries "$program" "$lib/$name/lib-dynload"/*.so | sort -u |
		xargs -I{} cp -L {} "$lib"
	loader=$(patchelf --print-interpreter "$program")
	cp -L "$loader" "$lib"
	for one in $always; do
		patchelf --add-needed "$one" "$program"
	done
	patchelf --set-interpreter "$lib/${loader##*/}" \
		--force-rpath --set-rpath "$lib" "$program"
	"$program" -m venv --without-pip "$root"
	cp /usr/bin/tini-static "$root/bin/tini"
}

# The root is read-only where this runs: byte code is compiled here or never.
install() {
	"$work/uv/bin/uv" pip install -q --no-cache --compile-bytecode \
		--python "$python" --exclude-newer "$NOT_AFTER" "$@"
}

# It says that it needs Python 3.12 and runs on later ones: its dependencies
# are installed by their list, it alone without that check.
install_cli() {
	pip="$work/uv/bin/pip -q --no-cache-dir"
	$pip download --no-deps --ignore-requires-python -d "$work" \
		"openhands==$version"
	python3 -m zipfile -e "$work/openhands-$version"-*.whl "$work/wheel"
	sed -n '/^$/q; s/^Requires-Dist: //p' \
		"$work/wheel/openhands-$version.dist-info/METADATA" \
		>"$work/needs"
	install -r "$work/needs"
	$pip --python "$python" install --no-deps --ignore-requires-python \
		"$work/openhands-$version"-*.whl
}

carry_python
python3 -m venv "$work/uv"
"$work/uv/bin/pip" install -q --no-cache-dir "uv==$UV"
case $protocol in
server)
	module=openhands.agent_server
	install "openhands-agent-server==$version" \
		"openhands-sdk==$version" "openhands-tools==$version"
	;;
cli)
	module=openhands_cli.entrypoint
	install_cli
	;;
headless)
	module=openhands.core.main
	install "openhands-ai==$version"
	;;
esac
rm -rf "$work"

cat >"$root/start" <<END
#!/bin/sh
export LANG="\${LANG:-C.UTF-8}" DO_NOT_TRACK=1 LITELLM_LOCAL_MODEL_COST_MAP=True
export LOG_JSON=true OPENHANDS_SUPPRESS_BANNER=1
export OH_ENABLE_VNC=false OH_ENABLE_VSCODE=false OH_PRELOAD_TOOLS=false
cd / && exec $python -m $module "\$@"
END
chmod 755 "$root/start"
echo "$protocol $version" >"$root/version"
