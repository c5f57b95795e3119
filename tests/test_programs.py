"""The held programs print what TensorFlow printed: `tests/oracles/make_programs.py` recorded it."""

import contextlib
import difflib
import io
import pathlib
import re
import warnings

import pytest

import tensorbrook as tf
from tensorbrook.tools.run import run_program

PROGRAMS = pathlib.Path(__file__).parent / "programs"
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|inf|nan)(?![\w])")
RTOL, ATOL = 1e-4, 1e-5


def is_float(token: str) -> bool:
    return bool(re.search(r"[.e]", token))


def tolerance(token: str) -> float:
    """How far a printed number may lie off: none for an integer, else RTOL, ATOL or one unit in
    its last place, whichever is most (two values next to a rounding border print a unit apart)."""
    if not is_float(token):
        return 0.0
    mantissa, _, exponent = token.partition("e")
    places = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return max(ATOL, RTOL * abs(float(token)), 1.01 * 10.0**-places if places < 6 else 0.0)


def same_number(expected: str, found: str) -> bool:
    """Whether two printed numbers agree; integers and floats never stand for each other."""
    if expected == found:
        return True
    if "n" in expected + found or is_float(expected) != is_float(found):
        return False
    return abs(float(expected) - float(found)) <= tolerance(expected)


def same_text(expected: str, found: str) -> bool:
    """Whether two texts agree: their words, and their numbers one by one; spaces do not count
    (NumPy breaks lines by the digits it prints)."""
    if "".join(NUMBER.sub("#", expected).split()) != "".join(NUMBER.sub("#", found).split()):
        return False
    return all(map(same_number, NUMBER.findall(expected), NUMBER.findall(found)))


def difference(expected: str, found: str) -> str:
    """The lines that disagree, as a diff; an empty string where all agree."""
    if same_text(expected, found):
        return ""
    theirs, ours = expected.splitlines(), found.splitlines()
    if len(theirs) == len(ours):
        ours = [a if same_text(a, b) else b for a, b in zip(theirs, ours)]
    return "\n".join(difflib.unified_diff(theirs, ours, "TensorFlow", "tensorbrook", "", "", 0))


@pytest.mark.parametrize("program", sorted(PROGRAMS.glob("*.py")), ids=lambda program: program.stem)
def test_program_prints_what_tensorflow_prints(program):
    tf.keras.backend.clear_session()  # names begin anew, as in a process of its own
    output = io.StringIO()
    with contextlib.redirect_stdout(output), warnings.catch_warnings():
        warnings.simplefilter("default")
        run_program(program)
    expected = (PROGRAMS / "expected" / f"{program.stem}.txt").read_text()
    found = difference(expected, output.getvalue())
    assert not found, f"{program.name} prints something else:\n{found}"


@pytest.mark.parametrize(
    ("expected", "found", "agree"),
    [
        ("loss 0.5436", "loss 0.5437", True),
        ("loss 0.5436", "loss 0.5438", False),
        ("[ 1.234567  2.]", "[1.234571 2. ]", True),
        ("[1.234567]", "[1.2349]", False),
        ("3 of 4", "3 of 5", False),
        ("3", "3.0", False),
        ("1.5e-08 x", "2e-09 x", True),
        ("nan inf", "nan inf", True),
        ("nan", "0.0", False),
        ("float32", "float64", False),
        ("shape=(2, 3), dtype=float32", "shape=(2,3), dtype=float32", True),
        ("12345.678", "12346.1", True),
        ("True", "False", False),
    ],
)
def test_comparison_of_printed_lines(expected, found, agree):
    assert same_text(expected, found) is agree
