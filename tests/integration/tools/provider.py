"""A provider of models that answers from cassettes.

provider.py FOLDER KEY STATE

The k-th request for model M gets the k-th reply of FOLDER/M.jsonl, the last
one again and again.  Where there is FOLDER/M.each.jsonl instead, every
conversation gets its k-th reply for its k-th turn, with NAME for what stands
in the first "src/NAME.sh" of the task.  Who has not KEY, or for "@FILE" one of the lines of FILE, is refused.  STATE/port is written when
it answers; STATE/requests gets a JSON line for every request, before it is
answered.

A request for an answer of one token only tries the model.  It is no turn of a
conversation: it gets the next reply of FOLDER/M.tiny.jsonl, or a good one, and
its line goes to STATE/tiny.
"""

import json
import os
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

folder, key, state = sys.argv[1:]
keys = [key]
if key.startswith("@"):
    with open(key[1:], encoding="utf-8") as lines:
        keys = lines.read().split()
lock = threading.Lock()
counts = {}


def reply_of_turn(path, messages):
    """What anybody would get at this point of the conversation."""
    turn = sum(message["role"] == "assistant" for message in messages)
    name = re.search(r"src/(\w+)\.sh", json.dumps(messages[1:])).group(1)
    with open(path, encoding="utf-8") as file:
        replies = file.read().replace("NAME", name).splitlines()[1:]
    return json.loads(replies[min(turn, len(replies) - 1)])


GOOD = {
    "status": 200,
    "headers": {},
    "body": {
        "choices": [{"message": {"role": "assistant", "content": "ok"}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 1, "cost": 0},
    },
}


def next_reply(model, messages, tiny=False):
    if tiny:
        model += ".tiny"
        if not os.path.exists(os.path.join(folder, model + ".jsonl")):
            return GOOD
    each = os.path.join(folder, model + ".each.jsonl")
    if os.path.exists(each):
        return reply_of_turn(each, messages)
    with open(os.path.join(folder, model + ".jsonl"), encoding="utf-8") as file:
        replies = file.read().splitlines()[1:]
    with lock:
        number = counts.get(model, 0)
        counts[model] = number + 1
    return json.loads(replies[min(number, len(replies) - 1)])


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format, *args):
        pass

    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"]))
        request = json.loads(text)
        given = self.headers["authorization"] or ""
        authorized = given.removeprefix("Bearer ") in keys
        line = {
            "path": self.path,
            "authorized": authorized,
            "body": request,
        }
        tiny = request.get("max_tokens") == 1
        name = "tiny" if tiny else "requests"
        with lock, open(
            os.path.join(state, name), "a", encoding="utf-8"
        ) as file:
            file.write(json.dumps(line) + "\n")
        reply = {"status": 401, "headers": {}, "body": {"error": "wrong key"}}
        if authorized:
            reply = next_reply(request["model"], request["messages"], tiny)
        self.answer(reply)

    def answer(self, reply):
        time.sleep(reply.get("delay_ms", 0) / 1000)
        body = reply.get("body_text")
        if body is None:
            body = json.dumps(reply["body"])
        body = body.encode()
        try:
            self.send_response(reply["status"])
            for name, value in reply["headers"].items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if reply.get("cut"):
                body = body[: len(body) // 2]
                self.close_connection = True
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
server.daemon_threads = True
with open(os.path.join(state, "port.new"), "w", encoding="utf-8") as file:
    file.write(str(server.server_port))
os.rename(os.path.join(state, "port.new"), os.path.join(state, "port"))
server.serve_forever()
