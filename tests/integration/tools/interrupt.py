"""Runs a program on a terminal of its own and interrupts it.

interrupt.py FILE WORDS WHAT... -- PROGRAM ARGUMENT...

As soon as FILE has a line with all WORDS (separated by spaces), does WHAT,
one after the other: "^C" is typed, INT or TERM is sent.  What the terminal
was shown is written to the standard output; the last line is
"STATUS MILLISECONDS", from the first interruption to the end.
"""

import os
import pty
import select
import signal
import sys
import time


def seen(path, words):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return any(all(w in line for w in words) for line in file)
    except FileNotFoundError:
        return False


def main():
    split = sys.argv.index("--")
    path, words, *acts = sys.argv[1:split]
    child, fd = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(sys.argv[split + 1], sys.argv[split + 1 :])
    began = None
    shown = b""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if select.select([fd], [], [], 0.05)[0]:
            try:
                data = os.read(fd, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
        if began is None and seen(path, words.split()):
            began = time.monotonic()
            for act in acts:
                if act == "^C":
                    os.write(fd, b"\x03")
                else:
                    os.kill(child, getattr(signal, "SIG" + act))
                time.sleep(0.2)
    else:
        os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    ms = int(1000 * (time.monotonic() - (began or time.monotonic())))
    sys.stdout.buffer.write(shown)
    print(f"\n{status} {ms}")


main()
