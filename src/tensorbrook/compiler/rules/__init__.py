"""Native rules of primitives that are neither elementwise, reductions nor movements."""

from . import (
    along,
    check,
    control,
    conv,
    custom,
    gather,
    groups,
    integers,
    join,
    matmul,
    order,
    pool,
    random,
    rows,
)
