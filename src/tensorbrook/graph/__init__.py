"""Graphs: what a trace makes of a function, and how they run."""

from . import custom as custom
from . import gradients as gradients
from . import structured as structured
from . import vectorize as vectorize
