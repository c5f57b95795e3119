"""Random programs and their gradients on XLA against the kernels."""

import os
import sys
from copy import copy
from pathlib import Path

import numpy as np
import pytest

jax = pytest.importorskip("jax")

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent / "fuzz"))
from programs import ILL_CONDITIONED, programs, run_in_order  # noqa: E402

from tensorbrook.graph.passes import optimize  # noqa: E402
from tensorbrook.graph.show import graph_text  # noqa: E402
from tensorbrook.graph.subgraphs import floats, vjp_graph  # noqa: E402
from tensorbrook.xla.rules import function_of  # noqa: E402

EXAMPLES = int(os.environ.get("TENSORBROOK_FUZZ", "15"))  # 500 in a nightly run
LEFT_OUT = (*ILL_CONDITIONED, "searchsorted")  # which says nothing of what is not sorted
WAVES = ("sin", "cos", "tan", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1")
QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


# a smaller example of a failure would take long to find: each try is compiled
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(programs(max_nodes=8, special=False, left_out=LEFT_OUT), st.integers(0, 99))
def test_random_programs_and_their_gradients_are_the_kernels(drawn, seed):
    graph, arrays = drawn
    if any(v.dtype == object for n in graph.nodes for v in (*n.inputs, *n.outputs)):
        return
    if is_undefined(graph, arrays):
        return
    graphs, operands = [graph], [arrays]
    wanted, given_ = floats(graph.inputs), floats(graph.outputs)
    gradient, flags = vjp_graph(graph, wanted, given_) if wanted and given_ else (None, ())
    if any(flags):
        rng = np.random.default_rng(seed)
        of_outputs = [graph.outputs[i] for i in given_]
        cotangents = [np.asarray(rng.uniform(-1, 1, v.shape)).astype(v.dtype) for v in of_outputs]
        graphs.append(gradient)
        operands.append([*arrays, *cotangents])
    wishes = [run_in_order(g, a) for g, a in zip(graphs, operands)]
    for graph, found, wished in zip(graphs, on_xla(graphs, operands), wishes):
        for a, b in zip(found, map(np.asarray, wished), strict=True):
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            assert nearly(np.asarray(a), b), f"{a}\n{b}\n{graph_text(graph)}"


def is_undefined(graph, arrays):
    """Whether floats that no integer is near become integers: each processor has its own; or waves
    are read so far out that the last bits of their argument tell all.
    """
    every = copy(graph)
    every.outputs = [v for node in graph.nodes for v in node.outputs]
    known = dict(zip(graph.inputs, arrays)) | graph.constants
    known.update(zip(every.outputs, run_in_order(every, arrays)))
    casts = [n for n in graph.nodes if n.op.name == "cast" and n.outputs[0].dtype.kind in "iu"]
    waves = [n for n in graph.nodes if n.op.name in WAVES]
    ends = [(n, 2.0**31) for n in casts] + [(n, 1e3) for n in waves]
    return any(not (np.abs(known[n.inputs[0]]) < end).all() for n, end in ends)


def on_xla(graphs, operands):
    """The results of some graphs, in one program."""
    functions = [function_of(optimize(graph)) for graph in graphs]

    def run(*arguments):
        return [f(*arrays) for f, arrays in zip(functions, arguments)]

    with jax.enable_x64(True):
        return jax.jit(run, compiler_options=QUICKLY)(*operands)


def nearly(a, b):
    """Equal but for the last bits of values as large as the tensor's, where all are finite."""
    if b.dtype.kind not in "fc":
        return np.array_equal(a, b)
    if not np.isfinite(b).all():
        return True
    close = 1e-4 if b.dtype == np.float32 else 1e-9
    return np.allclose(a, b, rtol=close, atol=close * np.abs(b).max(initial=1.0))
