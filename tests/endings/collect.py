#!/usr/bin/env python3
"""Fills in what an agent makes of a provider's answer.

Usage: collect.py FILE...   inside an agent image, which needs no network

For each file that has "model" and "answer" a provider is played that gives
this answer, the SDK of the image is asked for a completion, and the event that
its conversation would end with becomes the file's "events".  The rest of the
file stays as it is: the expected class is for a person to write.
"""

import http.server
import importlib.metadata
import json
import os
import sys
import threading

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["OPENHANDS_SUPPRESS_BANNER"] = "1"
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "test"
os.environ["AWS_REGION_NAME"] = "us-east-1"

answer = {}


class Provider(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = answer["body"]
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(answer["status"])
        self.send_header("Content-Type", "application/json")
        for name, value in answer.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST

    def log_message(self, *args):
        pass


def address(model, port):
    return "http://127.0.0.1:%d%s" % (
        port, "/v1" if model.startswith(("openai/", "hosted_vllm/", "litellm_proxy/")) else "")


def vertex(model, given):
    """Its client wants a Google login first; only the words are mapped."""
    from litellm.litellm_core_utils.exception_mapping_utils import exception_type
    from litellm.llms.vertex_ai.common_utils import VertexAIError

    exception_type(
        model=model, custom_llm_provider="vertex_ai",
        original_exception=VertexAIError(
            status_code=given["status"], message=json.dumps(given["body"]), headers=None))


def ask(model, port, given):
    from openhands.sdk import LLM, Message, TextContent

    answer.clear()
    answer.update(given)
    if model.startswith("vertex_ai/"):
        return vertex(model, given)
    if given["status"] == 0:
        port = 9  # nobody listens
    llm = LLM(model=model, api_key="sk-test-0123456789", num_retries=1, timeout=5,
              base_url=address(model, port), api_version="2024-10-21", usage_id="agent")
    llm.completion([Message(role="user", content=[TextContent(text="hello")])])


def event(exc):
    from openhands.sdk.event.conversation_error import ConversationErrorEvent
    from openhands.sdk.llm.exceptions import map_provider_exception

    mapped = map_provider_exception(exc)
    made = ConversationErrorEvent(
        source="environment", code=type(mapped).__name__,
        detail=str(mapped).replace(":%d/" % port, "/"))
    return made.model_dump(mode="json", exclude={"id", "timestamp"}, exclude_none=True)


def collect(path):
    with open(path) as file:
        case = json.load(file)
    if "model" not in case:
        return
    try:
        ask(case["model"], port, case["answer"])
    except Exception as exc:
        case["events"] = [{"id": "1"} | event(exc)]
        case["made_by"] = "SDK %s, LiteLLM %s" % (
            importlib.metadata.version("openhands-sdk"), importlib.metadata.version("litellm"))
    else:
        sys.exit("%s: this answer is no failure" % path)
    with open(path, "w") as file:
        json.dump(case, file, indent=2, ensure_ascii=False)
        file.write("\n")
    print(path, case["events"][0]["code"], case["events"][0].get("classification", {}).get("kind"))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
port = server.server_address[1]
threading.Thread(target=server.serve_forever, daemon=True).start()
for name in sys.argv[1:]:
    collect(name)
