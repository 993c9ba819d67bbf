"""Makes cassettes that were written for the agent-server fit for another
'agent.protocol'.

translate.py cli|headless FILE...

The model's replies name the agent's tools, and these differ: the command line
program wants a risk with every call, OpenHands 0.x other names as well, and
has the project in another place.
"""

import json
import sys

NAMES = {"terminal": "execute_bash", "file_editor": "str_replace_editor"}


def translate(call, protocol):
    arguments = json.loads(call["arguments"])
    arguments["security_risk"] = "LOW"
    text = json.dumps(arguments)
    if protocol == "headless":
        call["name"] = NAMES.get(call["name"], call["name"])
        text = text.replace("/workspace/project", "/ohbuild/project")
    call["arguments"] = text


def main(protocol, names):
    for name in names:
        with open(name, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        for line in lines:
            for choice in line.get("body", {}).get("choices", []):
                for call in choice["message"].get("tool_calls", []):
                    translate(call["function"], protocol)
        with open(name, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)


main(sys.argv[1], sys.argv[2:])
