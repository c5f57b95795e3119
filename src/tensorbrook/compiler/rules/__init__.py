"""Native rules of primitives that are not simply elementwise: those are in scalar.py."""

from . import (
    along,
    check,
    control,
    conv,
    custom,
    gather,
    integers,
    join,
    matmul,
    move,
    order,
    pool,
    random,
    reduce,
    rows,
    sample,
    sizes,
)
