"""Graphs: what a trace makes of a function, and how they run."""

from ..core.hooks import provide
from . import custom as custom
from . import gradients as gradients
from . import structured as structured


@provide("vectorized_map")
def vectorized_map(fn, elems):
    """`fn` of all slices of `elems` at once: graph/vectorize.py, imported on first use."""
    from . import vectorize

    return vectorize.vectorized_map(fn, elems)
