"""tf.raw_ops: TensorFlow's operations by their own names, where a public function does the same.

Each takes its arguments by keyword only.
"""

import operator
from functools import cache
from typing import Any

import tensorbrook as tf

from .saved_model.reading.public import rows


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


def __getattr__(name):
    if name in rows():
        return _raw(name)
    raise AttributeError(
        f"tf.raw_ops.{name} is not built: only operations that a public function does are there. "
        "Call that function, or write it over tensors."
    )


def __dir__():
    return sorted(rows())
