"""Native rules of primitives that are neither elementwise, reductions nor movements."""

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
    order,
    pool,
    random,
    rows,
)
