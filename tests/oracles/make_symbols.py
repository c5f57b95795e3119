"""Records TensorFlow's public symbols and their signatures: make_symbols.py ../shared/api/api.tsv

The table it reads was made with TensorFlow 2.21 and Keras 3.15; docs/symbols.py compares with it.
"""

import csv
import json
import re
import sys
from pathlib import Path

KINDS = {"module": None, "constant": "", "method": ""}


def signature(row):
    """The parameters with their defaults, without types; "" where they say nothing."""
    text = row["signature"]
    if row["kind"] in KINDS or not text.startswith("(") or ":" in text or "->" in text:
        names = re.findall(
            r"[(,] *(\**\w+) *[:,)=]", re.sub(r"\[[^][]*\]", "", text.split(" ->")[0])
        )
        return ", ".join(names) if row["kind"] == "function" else KINDS.get(row["kind"], "")
    return text[1 : text.rfind(")")]


with open(sys.argv[1], newline="") as file:
    rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
found = {}
for row in sorted(rows, key=lambda row: row["symbol"]):
    space, _, name = row["symbol"].rpartition(".")
    if space and row["kind"] != "module":
        found.setdefault(space, {})[name] = signature(row)
lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found.items())
Path(__file__).with_name("golden").joinpath("symbols.json").write_text(f"{{\n{lines}\n}}\n")
