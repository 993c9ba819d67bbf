#!/bin/sh
# Run in the image that makes OpenHands: /opt/openhands gets a Python that
# needs nothing outside it, not even the C library, and a virtual environment
# of that Python.  What it starts (git, tmux, a shell) is the image's own and
# uses the image's own libraries: only the program's file names the others.
set -eu

name=$(python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
root=/opt/openhands/python
program=$root/bin/$name
mkdir -p "$root/bin" "$root/lib"
cp -L "/usr/bin/$name" "$program"
cp -RL "/usr/lib/$name" "$root/lib"
rm -rf "$root/lib/$name/ensurepip" "$root/lib/$name/__pycache__"

# Packages bring libraries that look for these by themselves: named by the
# program, they are there before any of an older image could be found.
always='libpthread.so.0 libdl.so.2 librt.so.1 libutil.so.1 libm.so.6
	libresolv.so.2 libgcc_s.so.1 libstdc++.so.6'
libraries() {
	ldd "$program" "$root/lib/$name/lib-dynload"/*.so |
		sed -n 's|.* => \(/[^ ]*\) .*|\1|p'
	for one in $always; do
		ldconfig -p | sed -n "s|^\t$one .*=> ||p" | head -n 1
	done
}
libraries | sort -u | while read -r library; do
	cp -L "$library" "$root/lib"
done
loader=$(patchelf --print-interpreter "$program")
cp -L "$loader" "$root/lib"
for one in $always; do
	patchelf --add-needed "$one" "$program"
done
patchelf --set-interpreter "$root/lib/${loader##*/}" \
	--force-rpath --set-rpath "$root/lib" "$program"

"$program" -m venv --without-pip /opt/openhands
cp /usr/bin/tini-static /opt/openhands/bin/tini
