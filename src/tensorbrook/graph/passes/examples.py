"""What the rules' examples are written in: primitives applied by name, and programs of them."""

import numpy as np

from ...core.dispatch import apply
from ...core.op import OPS
from ...core.tensor import wrap
from .match import Example


def run(op_name, *tensors, **attrs):
    """The result of a primitive."""
    return apply(OPS[op_name], tensors, attrs)


def number(value, x):
    """A scalar constant of the dtype of `x`."""
    return wrap(np.asarray(value, x._dtype))


def everywhere(*programs, kinds="fi", shapes=((2, 3),)):
    """Examples of one operand each, also scalar and empty."""
    return tuple(
        Example((shape,), kinds, program) for program in programs for shape in (*shapes, (), (0, 3))
    )


def moves(*steps):
    """A program of movements: (name, attrs) after (name, attrs)."""

    def program(x):
        for name, attrs in steps:
            x = run(name, x, **attrs)
        return x

    return program
