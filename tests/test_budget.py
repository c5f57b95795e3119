"""Budgets: one total of source lines, raised by a commit that says what for; short functions."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path
    for folder in ("src", "tests", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
SOURCE_LINES = 93_000  # under src/, without comments, docstrings and blank lines
FUNCTION_LINES = 60
_NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE),
    *(tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER),
}


def docstring(node):
    """The line numbers of the docstring that a module, class or function has."""
    first = node.body[0] if node.body else None
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return range(first.lineno, first.end_lineno + 1) if documented else range(0)


def code_lines(text):
    """How many lines of a module hold code."""
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    documented = [docstring(n) for n in ast.walk(ast.parse(text)) if isinstance(n, kinds)]
    return len(lines - {line for part in documented for line in part})


def test_the_source_is_within_its_total():
    total = sum(code_lines(p.read_text()) for p in FILES if p.is_relative_to(ROOT / "src"))
    assert total <= SOURCE_LINES, f"{total} lines: say in the commit what the new ones are for"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_are_short(path):
    over = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1 - len(docstring(node))
            if lines > FUNCTION_LINES:
                over[node.name] = lines
    assert not over, f"longer than {FUNCTION_LINES} lines: {over}"
