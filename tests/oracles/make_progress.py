"""Write golden/progress.json: what Keras's Progbar shows, on a clock of our own.

Run with a Python that has keras: `python tests/oracles/make_progress.py`.
"""

import io
import json
import pathlib
import re
import sys
import types

from keras.src.utils import progbar

CASES = {
    "epoch of 9": {
        "arguments": {"target": 9, "stateless_metrics": []},
        "steps": [
            [i + 1, [["accuracy", 0.5 + i / 100], ["loss", 0.7]], False, 0.02 * i + 0.5]
            for i in range(9)
        ]
        + [[9, [["accuracy", 0.61], ["loss", 0.0004], ["val_loss", -2.5]], True, 1.25]],
    },
    "averaged": {
        "arguments": {"target": 25, "stateful_metrics": ["auc"]},
        "steps": [[5, [["loss", 4.0], ["auc", 0.1]], None, 2.0], [20, [["loss", 1.0]], None, 8.5]],
    },
    "averaged to the end": {
        "arguments": {"target": 4},
        "steps": [[i + 1, [["loss", 1.0 + i]], None, 0.0004 * (i + 1)] for i in range(4)],
    },
    "named averages": {
        "arguments": {"target": 3, "stateless_metrics": ["loss"], "unit_name": "sample"},
        "steps": [[1, [["loss", 1.0], ["n", 10]], None, 4.0], [2, [["loss", 3.0]], False, 500.0]],
    },
    "hours to go": {"arguments": {"target": 1000}, "steps": [[2, [], None, 30.0]]},
    "minutes to go": {"arguments": {"target": 100, "width": 30}, "steps": [[20, [], None, 60.0]]},
    "unknown length": {
        "arguments": {"target": None},
        "steps": [[7, [["loss", 1e-5]], None, 0.5], [12, [["loss", 2.0]], None, 1.5]],
    },
    "one of one": {"arguments": {"target": 1}, "steps": [[1, [["loss", 0.0]], None, 0.03]]},
    "verbose 2": {
        "arguments": {"target": 12, "verbose": 2},
        "steps": [[12, [["loss", 0.25], ["mean", -1.5]], True, 2.25]],
    },
    "verbose 0": {
        "arguments": {"target": 2, "verbose": 0},
        "steps": [[2, [["a", 1.0]], None, 1.0]],
    },
}


def shown(written: str) -> str:
    """Return what a terminal shows: colours gone, backspaces and carriage returns obeyed."""
    lines, line, at = [], [], 0
    for c in re.sub(r"\x1b\[[0-9;]*m", "", written):
        if c == "\n":
            lines.append("".join(line).rstrip())
            line, at = [], 0
        elif c in "\b\r":
            at = max(at - 1, 0) if c == "\b" else 0
        else:
            line[at : at + 1] = [c]
            at += 1
    return "\n".join([*lines, "".join(line).rstrip()])


def main():
    clock = types.SimpleNamespace(now=0.0)
    progbar.time = types.SimpleNamespace(time=lambda: 1000.0 + clock.now)
    golden = {}
    for name, case in CASES.items():
        clock.now = 0.0
        stdout, sys.stdout = sys.stdout, io.StringIO()
        try:
            bar = progbar.Progbar(**case["arguments"])
            for current, values, finalize, now in case["steps"]:
                clock.now = now
                bar.update(current, [tuple(v) for v in values], finalize=finalize)
            golden[name] = {**case, "shown": shown(sys.stdout.getvalue())}
        finally:
            sys.stdout = stdout
    path = pathlib.Path(__file__).with_name("golden") / "progress.json"
    path.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
