"""JSON, regular expressions and string formatting, over and over."""

import json
import re

WORDS = "arena block coalesce footer header payload place split tag word".split()
NUMBER = re.compile(r"(\d+)-([a-z]+)")


def document(seed):
    return {
        "id": seed,
        "tags": [WORDS[(seed * k) % len(WORDS)] for k in range(1, 8)],
        "text": " ".join(f"{seed * k}-{WORDS[k % len(WORDS)]}" for k in range(400)),
        "nested": [{"k": k, "v": "x" * (seed * k % 900)} for k in range(30)],
    }


total = 0
for seed in range(46):
    text = json.dumps(document(seed), indent=seed % 3)
    back = json.loads(text)
    total += sum(int(number) for number, _ in NUMBER.findall(back["text"]))
    lines = re.sub(r"[aeiou]+", lambda vowels: vowels.group().upper(), text).splitlines()
    "\n".join(sorted(lines))
print(total)
