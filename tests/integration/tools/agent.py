"""Stands in for the agent-server where the agent itself is not what is tested.

agent.py SCRIPT --host HOST --port PORT

A message runs `sh SCRIPT TARGET` in the workspace, TARGET being the first
word of the message that looks like tests/NAME.sh.  Before that the model is
asked once, so that the run has a price, with the target and a digest of its
source as the only message; not when the name of SCRIPT ends in ".free", and
N times when it ends in ".N", which comes after the script when it ends in
".N.after".  A refusal ends the run in an error.
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
made = {}  # what the conversation was made with
events = []
worker = threading.Thread()
turns = re.search(r"\.(\d+)(\.after)?$", script)


def happened(event):
    events.append({**event, "id": "e%d" % len(events)})


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
    target = re.search(r"tests/\w+\.sh", message).group()
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
    happened(
        {
            "kind": "ActionEvent",
            "tool_name": "finish",
            "action": {"message": "written"},
        }
    )


def begin(message):
    global worker
    worker = threading.Thread(target=work, args=[message], daemon=True)
    worker.start()
    worker.join(1)  # most end at once: nobody has to ask again


def status():
    if worker.is_alive():
        return "running"
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
        size = int(self.headers["content-length"] or 0)
        body = json.loads(self.rfile.read(size) or "{}")
        if self.path == "/api/conversations":
            made.update(body)
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


address = (options["--host"], int(options["--port"]))
ThreadingHTTPServer(address, Server).serve_forever()
