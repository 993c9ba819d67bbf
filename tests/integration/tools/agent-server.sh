#!/bin/sh
# agent-server.sh IMAGE FOLDER: takes /opt/openhands out of the image and makes
# FOLDER/agent-server, which runs it on this machine, from another place than
# its own: hence the loader by name.  What the server starts has nothing of
# that in its environment.
set -eu
image=$1 folder=$2

id=$(docker create "$image")
trap 'docker rm "$id" >/dev/null' EXIT
mkdir -p "$folder"
docker cp "$id:/opt/openhands" "$folder/openhands" >/dev/null
python=$(echo "$folder"/openhands/python/bin/python3.*)
libraries=$folder/openhands/python/lib
packages=$(echo "$folder"/openhands/lib/python3.*/site-packages)
cat >"$folder/agent-server" <<SCRIPT
#!/bin/sh
PYTHONHOME='$folder/openhands/python' PYTHONPATH='$packages' exec \\
	'$libraries'/ld-linux*.so.* --library-path '$libraries' '$python' -c '
import os, runpy
del os.environ["PYTHONHOME"], os.environ["PYTHONPATH"]
runpy.run_module("openhands.agent_server", run_name="__main__", alter_sys=True)
' "\$@"
SCRIPT
chmod 755 "$folder/agent-server"
