"""Every example shown runs, and every public function of the `tf` namespace says what it does."""

import ast
import doctest
import importlib
import inspect
import re
import textwrap
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.core.dispatch import PUBLIC
from tensorbrook.core.op import OPS

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
BLOCK = re.compile(r"^ *```python\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def shown_in(code):
    """Each string in Python code that holds an example, docstring or not, with its first line."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ">>> " in node.value:
            yield node.value, node.lineno


SOURCES = [p for p in sorted((ROOT / "src").rglob("*.py")) if any(shown_in(p.read_text()))]


def run_session(text, names, path, line):
    report = []
    example = doctest.DocTestParser().get_doctest(text, names, path.name, str(path), line - 1)
    runner = doctest.DocTestRunner(optionflags=OPTIONS, verbose=False)
    runner.run(example, out=report.append, clear_globs=False)
    names.update(example.globs)
    assert not report, "".join(report)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_source_examples(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text, line in shown_in(path.read_text()):
        run_session(text, {"tf": tf, "np": np}, path, line)


@pytest.fixture
def registries_kept():
    """What a page declares for show is no part of tensorbrook."""
    for name in dir(tf):
        getattr(tf, name)  # those that are imported on first use enter theirs now
    kept = [(table, dict(table)) for table in (OPS, PUBLIC)]
    yield
    for table, before in kept:
        table.clear()
        table.update(before)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_page_examples(path, tmp_path, monkeypatch, registries_kept):
    monkeypatch.chdir(tmp_path)
    text, names = path.read_text(), {"tf": tf, "np": np, "__name__": "__main__"}
    for block in BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(1)) + 1
        text_of_block = textwrap.dedent(block[1])
        if text_of_block.startswith(">>> "):
            run_session(text_of_block, names, path, line)
            continue
        code = (
            "\n" * (line - 1) + text_of_block
        )  # the empty lines keep line numbers those of the page
        exec(compile(code, str(path), "exec"), names)
        for example, first in shown_in(code):
            run_session(example, names, path, first)


INNER = {
    f"tensorbrook.{name}"
    for name in ("base", "charts", "core", "ops", "autodiff", "graph", "tools")
}


def public(module, seen):
    """(dotted name, object) of all that `tf` and its public submodules offer."""
    for name in dir(module):
        if name.startswith("_"):
            continue
        value = getattr(module, name)
        if isinstance(value, ModuleType):
            ours = value.__name__.startswith("tensorbrook.") and "._" not in value.__name__
            if ours and value.__name__ not in seen | INNER:
                seen.add(value.__name__)
                yield from public(value, seen)
        elif callable(value) and getattr(value, "__module__", "").startswith("tensorbrook"):
            yield f"{module.__name__}.{name}", value


def test_every_public_callable_is_documented():
    bare = []
    for name, value in public(importlib.import_module("tensorbrook"), {"tensorbrook"}):
        text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
        if not (text or "").strip():
            bare.append(name)
    assert not bare, f"{len(bare)} without a docstring: {bare}"
