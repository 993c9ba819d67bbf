#!/usr/bin/env python3
"""An HTTP proxy that fails as it is told, in front of something real.

faulty.py engine SOCKET FAULTS   in front of the Docker Engine
faulty.py server ARGUMENT...     the entry point of an agent's image: starts
                                 the agent-server behind itself, once
                                 /tmp/fault says how it fails

FAULTS and /tmp/fault: a line a fault, "TIMES WHAT REGEX", where REGEX is of
"METHOD PATH" and WHAT is
  500, 409, ...   that status instead of the real answer
  drop            no answer, the connection ends
  late            the real answer, but the connection ends before it
  hang            no answer, the connection stays
  quiet           the request goes on with "run": false
Each one that happens becomes a line of FAULTS.seen.
"""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time

lock = threading.Lock()


class Proxy:
    def __init__(self, faults, connect):
        self.connect = connect
        self.seen = faults + ".seen"
        self.faults = []
        with open(faults, encoding="utf-8") as lines:
            for line in filter(str.strip, lines):
                times, what, regex = line.split(None, 2)
                self.faults.append([int(times), what, regex.strip()])

    def fault(self, words):
        with lock:
            for fault in self.faults:
                if fault[0] and re.search(fault[2], words):
                    fault[0] -= 1
                    with open(self.seen, "a", encoding="utf-8") as out:
                        out.write(f"{fault[1]} {words}\n")
                    return fault[1]
        return None

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(65536)
            if not more:
                return
            head += more
        head, body = head.split(b"\r\n\r\n", 1)
        what = self.fault(b" ".join(head.split(b" ", 2)[:2]).decode())
        if what and what.isdigit():
            said = json.dumps({"message": "told to", "detail": "told to"})
            client.sendall(
                f"HTTP/1.1 {what} Told\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(said)}\r\nConnection: close\r\n\r\n"
                f"{said}".encode()
            )
        elif what == "hang":
            while client.recv(65536):
                pass
        elif what != "drop":
            self.forward(client, head, body, what)

    def forward(self, client, head, body, what):
        if what == "quiet":
            size = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            while len(body) < size:
                body += client.recv(65536)
            body = json.dumps({**json.loads(body), "run": False}).encode()
            head = re.sub(
                rb"(?i)(content-length: )\d+",
                rb"\g<1>" + str(len(body)).encode(),
                head,
            )
        server = self.connect()
        server.sendall(head + b"\r\n\r\n" + body)
        if what == "late":
            server.recv(65536)
            server.close()
            return
        threading.Thread(
            target=copy, args=(client, server), daemon=True
        ).start()
        copy(server, client)

    def run(self, listener):
        while True:
            client, _ = listener.accept()
            threading.Thread(
                target=self.guard, args=(client,), daemon=True
            ).start()

    def guard(self, client):
        try:
            self.serve(client)
        except OSError:
            pass
        client.close()


def copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def engine(path, faults):
    def connect():
        real = socket.socket(socket.AF_UNIX)
        real.connect("/var/run/docker.sock")
        return real

    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    Proxy(faults, connect).run(listener)


def server(arguments):
    port = int(arguments[arguments.index("--port") + 1])
    behind = port + 1
    while not os.path.exists("/tmp/fault"):
        time.sleep(0.1)
    arguments[arguments.index("--port") + 1] = str(behind)
    child = subprocess.Popen(["/opt/openhands/start", *arguments])
    listener = socket.create_server(("0.0.0.0", port))
    proxy = Proxy(
        "/tmp/fault", lambda: socket.create_connection(("127.0.0.1", behind))
    )
    threading.Thread(target=proxy.run, args=(listener,), daemon=True).start()
    sys.exit(child.wait())


if sys.argv[1] == "engine":
    engine(*sys.argv[2:])
else:
    server(sys.argv[2:])
