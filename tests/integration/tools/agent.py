"""Stands in for the agent-server where the agent itself is not what is tested.

agent.py SCRIPT --host HOST --port PORT

A message runs `sh SCRIPT TARGET` in the workspace, TARGET being the first
word of the message that looks like tests/NAME.sh.  Before that the model is
asked once, so that the run has a price, with the target and a digest of its
source as the only message; not when the name of SCRIPT ends in ".free", and
N times when it ends in ".N", which comes after the script when it ends in
".N.after".  A refusal ends the run in an error.

The lines of SCRIPT.endings are for the runs to come, one a message: a file of
tests/endings whose events and status end it after SCRIPT has run, "die" (so
does the server), "hang" (it has no end), "finish".  "exit" is for a server to
come, which ends at once.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

script = sys.argv[1]
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
endings = script + ".endings"
standing = None  # of the conversation, where its events do not say it
target = None  # of its first message
made = {}  # what the conversation was made with
events = []
worker = threading.Thread()
turns = re.search(r"\.(\d+)(\.after)?$", script)


def happened(event):
    events.append({**event, "id": "e%d" % len(events)})


def next_ending(only=None):
    """Takes the first line; if that is what is looked for."""
    if not os.path.exists(endings):
        return "finish"
    with open(endings) as f:
        lines = f.read().splitlines()
    if not lines or (lines[0] == "exit") != (only == "exit"):
        return "finish"
    with open(endings, "w") as f:
        f.write("".join(line + "\n" for line in lines[1:]))
    return lines[0]


def end_as(ending):
    global standing
    if ending == "die":
        os._exit(1)
    if ending == "hang":
        standing = "running"
        return
    with open(ending) as f:
        case = json.load(f)
    for event in case["events"]:
        happened(event)
    standing = case["status"]


def ask_model(target, turn):
    llm = made["agent"]["llm"]
    source = target.replace("tests/", "src/", 1)
    with open(os.path.join(made["workspace"]["working_dir"], source), "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    body = {
        "model": llm["model"],
        "messages": [{"role": "user", "content": target + " " + digest}]
        + [{"role": "assistant", "content": "turn"}] * turn,
    }
    request = urllib.request.Request(
        llm["base_url"] + "/chat/completions",
        json.dumps(body).encode(),
        {
            "content-type": "application/json",
            "authorization": "Bearer " + llm["api_key"],
        },
    )
    urllib.request.urlopen(request).read()


def ask_models(target):
    for turn in range(int(turns.group(1)) if turns else 1):
        ask_model(target, turn)


def write(target):
    subprocess.run(
        ["sh", script, target],
        cwd=made["workspace"]["working_dir"],
        check=True,
    )


def work(message):
    global target
    found = re.search(r"tests/\w+\.sh", message)
    target = found.group() if found else target
    steps = [ask_models, write]
    if script.endswith(".free"):
        steps = [write]
    elif script.endswith(".after"):
        steps = [write, ask_models]
    happened({"kind": "MessageEvent", "source": "user"})
    try:
        for step in steps:
            step(target)
    except urllib.error.HTTPError as refusal:
        happened(
            {
                "kind": "ConversationErrorEvent",
                "code": "LLMBadRequestError",
                "detail": refusal.read().decode(),
            }
        )
        return
    ending = next_ending()
    if ending != "finish":
        end_as(ending)
        return
    happened(
        {
            "kind": "ActionEvent",
            "tool_name": "finish",
            "action": {"message": "written"},
        }
    )


def begin(message):
    global worker, standing
    standing = None
    worker = threading.Thread(target=work, args=[message], daemon=True)
    worker.start()
    worker.join(1)  # most end at once: nobody has to ask again


def status():
    if worker.is_alive():
        return "running"
    if standing:
        return standing
    if not events:
        return "idle"
    refused = events[-1]["kind"] == "ConversationErrorEvent"
    return "error" if refused else "finished"


class Server(BaseHTTPRequestHandler):
    def log_message(self, format, *args):
        pass

    def do_GET(self):
        if "/events/search" in self.path:
            self.answer({"items": events, "next_page_id": None})
        elif self.path == "/server_info":
            self.answer({"version": "1.43.1"})
        else:
            self.answer({"execution_status": status()})

    def do_POST(self):
        global standing
        size = int(self.headers["content-length"] or 0)
        body = json.loads(self.rfile.read(size) or "{}")
        if self.path == "/api/conversations":
            made.update(body)
        elif self.path.endswith("/interrupt"):
            standing = "paused"
        elif self.path.endswith("/events"):
            begin(body["content"][0]["text"])
        self.answer({})

    def answer(self, body):
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if next_ending("exit") == "exit":
    sys.exit("no server today")
address = (options["--host"], int(options["--port"]))
ThreadingHTTPServer(address, Server).serve_forever()
