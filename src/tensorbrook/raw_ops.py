"""tf.raw_ops: TensorFlow's operations by their own names, where a public function does the same.

Each takes its arguments by keyword only.
"""

import operator
from collections import namedtuple
from functools import cache
from itertools import islice
from typing import Any

import tensorbrook as tf

from .saved_model.op_table import signatures
from .saved_model.reading.public import rows
from .saved_model.reading.rules import RULES, run_by_names


@cache
def _raw(name):
    """The function of one row of the table."""
    row = rows()[name]
    function, name_of = operator.attrgetter(row.path)(tf), f"tf.raw_ops.{name}"

    def call(*args: Any, name: str | None = None, **kwargs: Any) -> Any:
        if args:
            names = [*row.names]
            raise TypeError(
                f"{name_of} only takes keyword args: those of tf.{row.path} or {names}."
            )
        return function(**row.arguments(kwargs, name_of))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`tf.{row.path}` by the name of TensorFlow's operation; arguments by keyword."
    return call


@cache
def _by_rule(op):
    """The function of an operation that only files of graphs have."""
    outputs = signatures()[op].outputs

    def call(*, name: str | None = None, **kwargs: Any) -> Any:
        if missing := {a.name for a in signatures()[op].inputs} - kwargs.keys():
            raise TypeError(f"tf.raw_ops.{op} is missing the arguments {sorted(missing)}.")
        found = iter(run_by_names(op, kwargs))
        parts = [
            list(islice(found, kwargs[output.count])) if output.count else next(found)
            for output in outputs
        ]
        names = [output.name for output in outputs]
        return parts[0] if len(outputs) == 1 else namedtuple(op, names)(*parts)

    call.__name__ = call.__qualname__ = op
    call.__doc__ = f"TensorFlow's operation {op}; arguments by keyword."
    return call


def __getattr__(name):
    if name in rows():
        return _raw(name)
    if name in RULES and "place" not in RULES[name].takes:
        return _by_rule(name)
    raise AttributeError(
        f"tf.raw_ops.{name} is not built: only operations that a public function does are there. "
        "Call that function, or write it over tensors."
    )


def __dir__():
    return sorted(rows())
