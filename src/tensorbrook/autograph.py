"""tf.autograph: Python's control flow on tensors as part of a graph."""

from types import SimpleNamespace

from .function.autograph.public import Feature, do_not_convert, set_loop_options
from .function.autograph.public import set_verbosity as set_verbosity
from .function.autograph.public import to_code as to_code
from .function.autograph.public import to_graph as to_graph
from .function.autograph.public import trace as trace

experimental = SimpleNamespace(
    Feature=Feature, do_not_convert=do_not_convert, set_loop_options=set_loop_options
)
