"""What TensorFlow's ops take and give: the names and dtypes of inputs and results, and attrs.

The table is `op_signatures.txt`, which explains itself.
"""

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from ..base.dtypes import as_dtype

RESOURCE, VARIANT = 20, 21
_LINE = re.compile(r"(\w+)(!?)\((.*?)\) -> \((.*?)\)(?: \{(.*)\})?")
_DTYPES = {"bool", "string", "half", "float", "double", "complex64", "complex128", "bfloat16"}
_DTYPES |= {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_HANDLES = {"resource": RESOURCE, "variant": VARIANT}


class Argument(NamedTuple):
    """One input or result of an op.

    Args:
      dtype: the number of a DataType, or the name of the attr that tells it.
      count: for a list of one dtype, the name of the attr that tells its length.
      listed: True for a list of several dtypes, which the attr `dtype` tells.
    """

    name: str
    dtype: object
    count: str | None = None
    listed: bool = False


class Signature(NamedTuple):
    """An op's inputs and results (Arguments), the kinds of its attrs and the dtypes by default."""

    name: str
    inputs: list
    outputs: list
    attrs: dict
    defaults: dict
    stateful: bool


def _dtype(name):
    """The number of a DataType, or the name as it is: that of an attr."""
    if name in _HANDLES:
        return _HANDLES[name]
    return as_dtype(name).as_datatype_enum if name in _DTYPES else name


def _argument(text):
    name, kind = text.split(":")
    *count, dtype = kind.strip("[]").split("*")
    return Argument(name, _dtype(dtype), *count, listed=kind[0] == "[")


def _arguments(text):
    return [_argument(part) for part in text.split(", ") if part]


@cache
def signatures():
    """All signatures, by the op's name."""
    found = {}
    for line in files(__package__).joinpath("op_signatures.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        name, effect, inputs, outputs, attrs = _LINE.fullmatch(line).groups()
        kinds = dict(part.split("=") for part in (attrs or "").split(", ") if part)
        defaults = {
            key: as_dtype(kind.split(":")[1]).as_datatype_enum
            for key, kind in kinds.items()
            if kind.startswith("type:")
        }
        kinds = {key: kind.split(":")[0] for key, kind in kinds.items()}
        found[name] = Signature(
            name, _arguments(inputs), _arguments(outputs), kinds, defaults, bool(effect)
        )
    return found
