"""Writes symbols.md: every public symbol of TensorFlow, and whether tensorbrook has it.

    python docs/symbols.py         (make symbols)

TensorFlow's side is tests/oracles/golden/symbols.json; why something is absent, and what to use
instead, is said by tensorbrook/removed.py, which errors quote too.
"""

import ast
import inspect
import json
from enum import Enum
from pathlib import Path

import tensorbrook as tf
from tensorbrook.removed import reason

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "tests" / "oracles" / "golden" / "symbols.json"
TEXT = """# Every public symbol of TensorFlow 2.21 and Keras 3.15

Written by `make symbols`; do not edit. [compat.md](compat.md) tells what differs in behaviour.
Of {all} symbols {present} are here ({percent:.1f} %), {different} of them with other parameters;
`name=` of operations is left out of the comparison, since it changes nothing.
"""
ABSENT = object()


def find(path):
    """What a path in `tf` leads to, or ABSENT."""
    found = tf
    for part in path.split(".")[1:]:
        if part in getattr(found, "__annotations__", {}) and not hasattr(found, part):
            return None  # an attribute of instances
        try:
            found = getattr(found, part)
        except AttributeError:
            return ABSENT
        except ImportError:  # it needs a package that is not installed
            return None
    return ABSENT if getattr(found, "__not_implemented__", False) else found


def theirs(signature):
    """TensorFlow's parameters: name -> the text of the default, None where that is not known."""
    try:
        arguments = ast.parse(f"def f({signature}): pass").body[0].args
    except SyntaxError:
        return {}
    if arguments.vararg:
        return {}
    found = dict.fromkeys([a.arg for a in arguments.args + arguments.kwonlyargs])
    for argument, default in zip(arguments.args[::-1], arguments.defaults[::-1]):
        if isinstance(default, ast.Constant):
            found[argument.arg] = repr(default.value)
    return found


def difference(value, signature):
    """How the parameters differ from TensorFlow's, in words; "" where they do not."""
    expected = {} if isinstance(value, type(Enum)) else theirs(signature)
    try:
        own = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return ""
    parts = []
    if not any(p.kind is p.VAR_KEYWORD for p in own.values()):
        lacking = [n for n in expected if n not in own and n not in ("name", "self")]
        parts += ["without " + ", ".join(f"`{n}`" for n in lacking)] * bool(lacking)
    for name, default in expected.items():
        given = own[name].default if name in own else inspect.Parameter.empty
        plain = isinstance(given, (bool, int, float, str, type(None)))
        if default is not None and plain and given != ast.literal_eval(default):
            parts.append(f"`{name}={given!r}` instead of `{default}`")
    return "; ".join(parts)


def section(space, names):
    """A namespace's part of the page, and how many of its symbols are here and different."""
    same, different, absent = [], [], {}
    for name, signature in names.items():
        value = find(f"{space}.{name}")
        if value is ABSENT:
            why = reason(f"{space}.{name}".removeprefix("tf."))
            absent.setdefault(why or "not built", []).append(f"`{name}`")
        elif callable(value) and (how := difference(value, signature)):
            different.append(f"- `{name}`: {how}")
        else:
            same.append(f"`{name}`")
    lines = [f"\n## {space}\n"]
    lines += [" ".join(same) + "\n"] * bool(same)
    lines += ["Different:\n", *different, ""] * bool(different)
    if absent:
        lines += ["Absent:\n", *(f"- {', '.join(n)}: {why}" for why, n in absent.items()), ""]
    return "\n".join(lines), len(same) + len(different), len(different)


def page():
    """The text of symbols.md."""
    golden = json.loads(GOLDEN.read_text())
    texts, present, different = zip(*(section(*entry) for entry in golden.items()))
    total = sum(map(len, golden.values()))
    head = TEXT.format(
        all=total,
        present=sum(present),
        percent=100 * sum(present) / total,
        different=sum(different),
    )
    return head + "".join(texts).rstrip() + "\n"


if __name__ == "__main__":
    (HERE / "symbols.md").write_text(page())
