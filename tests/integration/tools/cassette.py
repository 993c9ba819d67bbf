"""Writes a cassette from the short form that lib.sh describes."""

import json
import shlex
import sys


def call(number, name, arguments):
    return {
        "index": 0,
        "finish_reason": "tool_calls",
        "message": {
            "role": "assistant",
            "content": "",
            "tool_calls": [
                {
                    "id": f"call_{number}",
                    "type": "function",
                    "function": {
                        "name": name,
                        "arguments": json.dumps(arguments),
                    },
                }
            ],
        },
    }


def choice(number, verb, rest):
    if verb == "text":
        return {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": rest},
        }
    if verb == "finish":
        return call(number, "finish", {"message": rest})
    if verb == "think":
        return call(number, "think", {"thought": rest})
    if verb == "run":
        return call(number, "terminal", {"command": rest})
    if verb == "create":
        path, name = shlex.split(rest)
        with open(name, encoding="utf-8") as file:
            return call(
                number,
                "file_editor",
                {
                    "command": "create",
                    "path": "/workspace/project/" + path,
                    "file_text": file.read(),
                },
            )
    sys.exit(f"cassette.py: no such verb: {verb}")


def reply(number, line):
    verb, _, rest = line.partition(" ")
    if verb == "delay":
        ms, _, rest = rest.partition(" ")
        return {**reply(number, rest), "delay_ms": int(ms)}
    if verb == "after":
        seconds, _, rest = rest.partition(" ")
        return {**reply(number, rest), "headers": {"retry-after": seconds}}
    if verb == "cut":
        return {**reply(number, rest), "cut": True}
    if verb == "raw":
        return {"status": 200, "headers": {}, "body_text": rest}
    if verb == "status":
        code, _, body = rest.partition(" ")
        return {
            "status": int(code),
            "headers": {},
            "body": json.loads(body or '{"error":{"message":"scripted"}}'),
        }
    return {
        "status": 200,
        "headers": {},
        "body": {
            "id": f"r{number}",
            "object": "chat.completion",
            "created": 1767225600 + number,
            "model": "example",
            "choices": [choice(number, verb, rest)],
            "usage": {
                "prompt_tokens": 1000,
                "completion_tokens": 50,
                "total_tokens": 1050,
            },
        },
    }


def main():
    print(
        json.dumps(
            {
                "ohbuild_cassette": 1,
                "origin": "written",
                "target": sys.argv[1],
                "model": "openai/example",
            }
        )
    )
    for number, line in enumerate(sys.stdin.read().splitlines(), 1):
        print(json.dumps(reply(number, line)))


main()
