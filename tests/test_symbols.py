"""docs/symbols.md, the list of TensorFlow's public symbols, is current; errors say what it says."""

import json
import runpy
from pathlib import Path

import pytest

import tensorbrook as tf
from tensorbrook import removed

DOCS = Path(__file__).parents[1] / "docs"


def test_the_list_is_current():
    page = runpy.run_path(str(DOCS / "symbols.py"))["page"]()
    kept = (DOCS / "symbols.md").read_text()
    changed = set(page.split("\n")) ^ set(kept.split("\n"))
    assert not changed, f"run `make symbols`: {sorted(changed)[:4]}"


@pytest.mark.parametrize("path", ["mlir", "distribute.coordinator"])
def test_an_absent_name_says_why(path):
    space = tf
    *outer, last = path.split(".")
    for name in outer:
        space = getattr(space, name)
    with pytest.raises(AttributeError, match=last) as raised:
        getattr(space, last)
    assert removed.reason(path) in str(raised.value)


def test_an_unknown_name_is_told_plainly():
    with pytest.raises(AttributeError, match=r"module 'tensorbrook\.nn' has no attribute 'rleu'"):
        _ = tf.nn.rleu


def test_reasons_are_for_names_that_are_absent():
    found = runpy.run_path(str(DOCS / "symbols.py"))
    symbols = json.loads(found["GOLDEN"].read_text())
    for path in removed.ABSENT:
        inside = [s for s in symbols if f"{s}.".startswith(f"tf.{path}.")]
        names = [f"tf.{path}", *(f"{space}.{name}" for space in inside for name in symbols[space])]
        assert found["ABSENT"] in map(found["find"], names), f"{path} is here: drop the reason"
