"""Looks for planted secrets, in the forms that leaks have.

planted.py KEYS PATH...

KEYS has a secret a line.  In every file of the paths ("-" is the standard
input, /proc/PID/mem all that this process can write to) each is looked for byte for byte, in base64 wherever it begins in a
group of three and in both alphabets, percent-encoded, in hex, and as JSON
escapes it.  Prints file and form of what is found, which is then the exit
status 1.
"""

import base64
import os
import re
import sys
import urllib.parse


def hearts(secret):
    """Base64 digits that do not depend on what stands around the secret."""
    for shift in range(3):
        first = (3 - shift) % 3
        whole = (len(secret) - first) // 3 * 3
        text = base64.b64encode(secret[first : first + whole])
        yield "base64+%d" % shift, text
        yield "base64url+%d" % shift, text.translate(
            bytes.maketrans(b"+/", b"-_")
        )


def forms(secret):
    yield "plain", secret
    yield from hearts(secret)
    quoted = urllib.parse.quote(secret, safe="").encode()
    yield "url", quoted
    yield "url, small", lower_escapes(quoted)
    yield "hex", secret.hex().encode()
    yield "json", secret.replace(b"/", b"\\/")


def lower_escapes(quoted):
    out = quoted.split(b"%")
    return b"%".join(out[:1] + [p[:2].lower() + p[2:] for p in out[1:]])


def files(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in os.walk(path):
                yield from (os.path.join(folder, name) for name in names)
        else:
            yield path


def memory(folder):
    """Without what a process that has ended meanwhile had."""
    parts = []
    try:
        with open(folder + "/maps") as maps, open(folder + "/mem", "rb") as mem:
            for line in maps:
                begin, end, mode = re.split("[- ]", line)[:3]
                if mode.startswith("rw"):
                    mem.seek(int(begin, 16))
                    parts.append(mem.read(int(end, 16) - int(begin, 16)))
    except (FileNotFoundError, ProcessLookupError):
        pass
    return b"".join(parts)


def read(path):
    if path == "-":
        return sys.stdin.buffer.read()
    if path.startswith("/proc/") and path.endswith("/mem"):
        return memory(os.path.dirname(path))
    if os.path.islink(path) or not os.path.isfile(path):
        return b""
    with open(path, "rb") as file:
        return file.read()


def main():
    with open(sys.argv[1], "rb") as file:
        wanted = [form for key in file.read().split() for form in forms(key)]
    found = looked = 0
    for path in files(sys.argv[2:]):
        data = read(path)
        looked += bool(data)
        for name, form in wanted:
            if form in data:
                print("%s: %s: %s" % (path, name, form.decode()[:12]))
                found = 1
    if not looked:
        sys.exit("nothing to look into: " + " ".join(sys.argv[2:]))
    sys.exit(found)


main()
