#!/bin/sh
# agent-server.sh IMAGE FOLDER: takes Python and the agent-server out of the
# image and makes FOLDER/agent-server, which runs them on this machine, with
# the image's own C library: this machine may have no Python that is new
# enough.  What the server starts has nothing of that in its environment.
set -eu
image=$1 folder=$2

id=$(docker create "$image")
trap 'docker rm "$id" >/dev/null' EXIT
mkdir -p "$folder"
docker export "$id" | tar -x -C "$folder" --exclude=usr/lib/gcc --wildcards \
	'opt/openhands' 'usr/bin/python3*' 'usr/lib/python3.*' \
	'usr/lib/*-linux-gnu*/*.so*'
python=$(echo "$folder"/usr/bin/python3.*)
libraries=$(echo "$folder"/usr/lib/*-linux-gnu*)
packages=$(echo "$folder"/opt/openhands/lib/python3.*/site-packages)
cat >"$folder/agent-server" <<SCRIPT
#!/bin/sh
PYTHONHOME='$folder/usr' PYTHONPATH='$packages' exec \\
	'$libraries'/ld-linux*.so.* --library-path '$libraries' '$python' -c '
import os, runpy
del os.environ["PYTHONHOME"], os.environ["PYTHONPATH"]
runpy.run_module("openhands.agent_server", run_name="__main__", alter_sys=True)
' "\$@"
SCRIPT
chmod 755 "$folder/agent-server"
