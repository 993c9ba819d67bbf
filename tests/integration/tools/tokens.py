"""Holds the bound of a prompt's tokens against real tokenizers.

tokens.py COUNTER

`COUNTER --bound` prints the bound of each line of JSON.
"""

import base64
import glob
import json
import os
import random
import subprocess
import sys
import sysconfig
import unicodedata

import sentencepiece
import tiktoken

counter = sys.argv[1]
site = sysconfig.get_paths()["purelib"]
FRAME = 2048  # what the bound adds for a request as a whole
random.seed(5)


def bounds(texts):
    lines = "".join(text + "\n" for text in texts)
    out = subprocess.run(
        [counter, "--bound"], input=lines.encode(), stdout=subprocess.PIPE, check=True
    ).stdout.split()
    assert len(out) == len(texts), (len(out), len(texts))
    return [int(n) for n in out]


def qwen():
    with open(site + "/dashscope/resources/qwen.tiktoken", "rb") as file:
        ranks = dict(line.split() for line in file if line.strip())
    ranks = {base64.b64decode(k): int(v) for k, v in ranks.items()}
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
        r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    return tiktoken.Encoding(
        "qwen", pat_str=pattern, mergeable_ranks=ranks, special_tokens={}
    )


def tekken():
    with open(site + "/mistral_common/data/tekken_240911.json", "rb") as file:
        model = json.load(file)
    config = model["config"]
    size = config["default_vocab_size"] - config["default_num_special_tokens"]
    ranks = {
        base64.b64decode(item["token_bytes"]): item["rank"]
        for item in model["vocab"][:size]
    }
    return tiktoken.Encoding(
        "tekken", pat_str=config["pattern"], mergeable_ranks=ranks, special_tokens={}
    )


def piece():
    model = sentencepiece.SentencePieceProcessor()
    model.load(glob.glob(site + "/mistral_common/data/tokenizer.model.v1")[0])
    return model


byte_level = [qwen(), tekken()]
pieces = piece()
tokenizers = {
    "qwen": lambda text: len(byte_level[0].encode_ordinary(text)),
    "tekken": lambda text: len(byte_level[1].encode_ordinary(text)),
    "sentencepiece": lambda text: len(pieces.encode(text)),
    # As tokenizers do that compose the text first.
    "tekken of NFKC": lambda text: len(
        byte_level[1].encode_ordinary(unicodedata.normalize("NFKC", text))
    ),
}

texts = {
    "English": "The quick brown fox jumps over the lazy dog. " * 20,
    "German": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. " * 9,
    "French": "Dès Noël où un zéphyr haï me vêt de glaçons würmiens… " * 9,
    "Vietnamese": "Con cáo nâu nhanh nhẹn nhảy qua con chó lười biếng. " * 9,
    "Russian": "Съешь же ещё этих мягких французских булок, да выпей чаю. " * 9,
    "Greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία. " * 9,
    "Hebrew": "דג סקרן שט בים מאוכזב ולפתע מצא חברה. " * 9,
    "Arabic": "نص حكيم له سر قاطع وذو شأن عظيم مكتوب على ثوب أخضر. ﷺ ﷲ " * 9,
    "Hindi": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण का सर्वनाश। क़ख़ग़ " * 9,
    "Thai": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า น้ำ กว่าบรรดาฝูงสัตว์เดรัจฉาน " * 9,
    "Chinese": "我能吞下玻璃而不伤身体。視野無限廣，窗外有藍天。" * 9,
    "Japanese": "いろはにほへと ちりぬるを ｶﾞｷﾞ ㍿ ㌔ アパート " * 9,
    "Korean": "키스의 고유조건은 입술끼리 만나야 하고 특별한 기술은 필요치 않다. " * 9,
    "Georgian": "გთხოვთ ახლავე გაიაროთ რეგისტრაცია. " * 9,
    "Amharic": "ሰማይ አይታረስ ንጉሥ አይከሰስ። " * 9,
    "Tamil": "யாமறிந்த மொழிகளிலே தமிழ்மொழி போல் இனிதாவது எங்கும் காணோம். " * 9,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈😀🤷🏽‍♀️🇩🇪1️⃣ " * 20,
    "mathematics": "∀x∈ℝ: ⌈x⌉ = −⌊−x⌋, ∭ ⁗ ½ ⑽ ⨌ 𝔸𝕓𝖈 𝅘𝅥𝅮 " * 9,
    "boxes": "┌──┐\n│▓▒│\n└──┘\n" * 20,
    "base64": base64.b64encode(random.randbytes(3000)).decode(),
    "hex": random.randbytes(1500).hex(),
    "spaces": " " * 500 + "\t" * 300 + "\n" * 300 + " \n\t" * 100,
    "minified": "".join(random.choice("{}[]();,.=>!&|?:abcxyz01") for _ in range(3000)),
    "one letter": "a" * 2000,
    "digits": "3" * 1000 + "1415926535" * 100,
    "controls": "".join(map(chr, range(1, 32))) * 20 + "\x7f\u200b\u202e\ufeff" * 50,
    "marks": "".join(
        chr(random.choice([0x61, 0xE9, 0x1EBF, *range(0x300, 0x370)]))
        for _ in range(1000)
    ),
    "random": "".join(
        chr(c)
        for c in (random.randrange(1, 0x110000) for _ in range(3000))
        if not 0xD800 <= c < 0xE000
    ),
    "special": "<|im_start|>user<|endoftext|>[INST]</s>\n\nHuman: " * 40,
}
for path in sorted(glob.glob(os.environ["OHBUILD_SOURCE_DIR"] + "/src/base/*.c")):
    with open(path, encoding="utf-8") as file:
        texts[os.path.basename(path)] = file.read()


def wrong(what):
    sys.exit("FAILED: " + what)


def check_characters():
    """None is longer after NFKC than it weighs, alone or among others."""
    all_of_them = [chr(c) for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
    odd = [c for c in all_of_them if unicodedata.normalize("NFKD", c) != c]
    odd += [c for c in all_of_them if unicodedata.combining(c)]
    samples = list(all_of_them)
    for _ in range(40000):
        samples.append("".join(random.choices(odd, k=random.randint(2, 6))))
    got = bounds([json.dumps(s, ensure_ascii=False) for s in samples])
    for sample, bound in zip(samples, got):
        for form in ("NFC", "NFKC"):
            size = len(unicodedata.normalize(form, sample).encode())
            if size > bound - FRAME - 2:
                wrong("%r: %d bytes as %s, %d" % (sample, size, form, bound))


def check_texts():
    ratios = {}
    for ascii_only in (False, True):
        got = bounds([json.dumps(t, ensure_ascii=ascii_only) for t in texts.values()])
        for (name, text), bound in zip(texts.items(), got):
            for tokenizer, count in tokenizers.items():
                tokens = count(text)
                if tokens > bound - FRAME:
                    wrong("%s: %s makes %d tokens, bound %d"
                          % (name, tokenizer, tokens, bound))
                ratios[name] = (bound - FRAME) / max(tokens, 1)
    for name in ("English", "Russian", "Chinese", "str.c", "base64"):
        print("%-8s %.1f times too many" % (name, ratios[name]))


def render(body):
    """As chat templates do, at their most generous."""
    out = []
    for tool in body["tools"]:
        out.append("# Tool\n" + json.dumps(tool, ensure_ascii=False, indent=4) + "\n")
    for message in body["messages"]:
        out.append("<start>%s<sep>\n\n" % message["role"])
        for call in message.get("tool_calls", []):
            out.append("<call>" + json.dumps(call, ensure_ascii=False) + "</call>")
        out.append("%s<end>\n" % (message["content"] or ""))
    return "".join(out)


def check_requests():
    bodies = []
    for _ in range(150):
        names = random.choices(list(texts), k=random.randint(1, 12))
        bodies.append({
            "model": "m",
            "messages": [
                {"role": random.choice(["user", "assistant", "tool"]),
                 "content": texts[n][: random.randint(0, 3000)],
                 "tool_calls": [{"id": "c1", "type": "function", "function": {
                     "name": "terminal",
                     "arguments": json.dumps({"command": texts[n][:200]})}}]}
                for n in names
            ],
            "tools": [
                {"type": "function", "function": {
                    "name": "f%d" % i,
                    "description": texts[n][:400],
                    "parameters": {"type": "object", "properties": {
                        k: {"type": "string", "description": k} for k in "abcdef"
                    }, "required": list("abc")}}}
                for i, n in enumerate(names[:3])
            ],
            "max_tokens": 100,
        })
    for ascii_only in (False, True):
        got = bounds([
            json.dumps(b, ensure_ascii=ascii_only, separators=(",", ":"))
            for b in bodies
        ])
        for body, bound in zip(bodies, got):
            for tokenizer, count in tokenizers.items():
                tokens = count(render(body))
                if tokens > bound:
                    wrong("%s makes %d tokens of a request, bound %d"
                          % (tokenizer, tokens, bound))


check_characters()
check_texts()
check_requests()
