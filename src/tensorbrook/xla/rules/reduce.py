"""Sums and their kin, running sums, softmax."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from ..lower import rule, table


def _reduced(function, x, axis, keepdims):
    return function(x, axis=axis, keepdims=keepdims).astype(x.dtype)


for name in ("sum", "prod", "any", "all"):
    rule(f"reduce_{name}")(partial(_reduced, getattr(jnp, name)))


def _extreme(function, end, x, axis, keepdims):
    """The largest or smallest element; of none the other `end` of the dtype, as the kernel says."""
    if jnp.issubdtype(x.dtype, jnp.floating):
        start = -jnp.inf if end == "min" else jnp.inf
    else:
        start = getattr(jnp.iinfo(x.dtype), end)
    return function(x, axis=axis, keepdims=keepdims, initial=start)


rule("reduce_max")(partial(_extreme, jnp.max, "min"))
rule("reduce_min")(partial(_extreme, jnp.min, "max"))


@rule("reduce_mean")
def reduce_mean(x, axis, keepdims):
    """The mean; of integers without its fraction."""
    if x.dtype.kind in "iu":
        count = 1
        for a in axis:
            count *= x.shape[a]
        total = jnp.sum(x, axis, keepdims=keepdims).astype(x.dtype)
        return lax.div(total, x.dtype.type(max(count, 1)))  # XLA dies of 0 // 0
    return jnp.mean(x, axis, keepdims=keepdims)


def _place(function, x, axis, dtype):
    """The place of an element."""
    return function(x, axis).astype(dtype)


rule("argmax")(partial(_place, jnp.argmax))
rule("argmin")(partial(_place, jnp.argmin))


def _running(function, start, x, axis, exclusive, reverse):
    if exclusive:
        size = x.shape[axis]
        first = jnp.full_like(lax.slice_in_dim(x, 0, min(1, size), axis=axis), start)
        kept = (min(1, size), size) if reverse else (0, max(size - 1, 0))
        kept = lax.slice_in_dim(x, *kept, axis=axis)
        x = jnp.concatenate([kept, first] if reverse else [first, kept], axis)
    return function(x, axis=axis, reverse=reverse).astype(x.dtype)


rule("cumsum", kinds="iufc")(partial(_running, lax.cumsum, 0))
rule("cumprod", kinds="iufc")(partial(_running, lax.cumprod, 1))
rule("cumulative_logsumexp")(partial(_running, lax.cumlogsumexp, -jnp.inf))
table(jax.nn, "softmax log_softmax")
