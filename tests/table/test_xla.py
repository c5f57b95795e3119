"""XLA's rules by the samples in the primitives' records: results, and gradients of them.

All samples of a primitive are one program of JAX: compiling is what takes the time.
"""

import ml_dtypes
import numpy as np
import pytest

jax = pytest.importorskip("jax")

from test_ops import (  # noqa: E402
    generator,
    is_half,
    is_real,
    pullback,
    runner,
    shape_known,
    tensors_of,
    variants,
    with_specials,
)

import tensorbrook as tf  # noqa: E402
from tensorbrook.base.dtypes import is_differentiable  # noqa: E402
from tensorbrook.core.dispatch import apply  # noqa: E402
from tensorbrook.core.op import OPS, Spec  # noqa: E402
from tensorbrook.core.tensor import wrap  # noqa: E402
from tensorbrook.graph.subgraphs import traced  # noqa: E402
from tensorbrook.xla.lower import RULES, Rule  # noqa: E402
from tensorbrook.xla.rules import function_of  # noqa: E402

DTYPES = ("float64", "float32", "float16", "bfloat16", "complex64", "complex128", "int32", "bool")
# whose results are undefined where infinities and NaNs are among the operands
UNDEFINED = ("conv_", "random_", "cast", "igamma", "betainc", "zeta")
# Loops of many rounds, whose gradients XLA takes minutes to compile.
SLOW = ("igamma", "igammac", "igamma_grad_a", "betainc", "zeta")
QUICKLY = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def test_each_rule_is_that_of_a_primitive():
    assert len(RULES) > 150 and not RULES.keys() - OPS.keys()


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if shape_known(op)], ids=lambda op: op.name
)
def test_xla_gives_the_values_of_the_eager_run(op):
    found = list(cases(op))
    with jax.enable_x64(True), np.errstate(all="ignore"):
        got = together([graph for graph, *_ in found])(*[arrays for _, arrays, *_ in found])
    for (_, arrays, attrs, count, want), results in zip(found, got):
        assert len(results) == len(want)
        for i, (a, b) in enumerate(zip(results, want)):
            problem = difference(np.asarray(a), np.asarray(b), places(op, i < count))
            shown = [f"{x.dtype}{x.shape}" for x in arrays]
            assert not problem, (problem, shown, attrs, "result" if i < count else "gradient")


def together(graphs):
    """One program of many graphs."""
    functions = [function_of(graph) for graph in graphs]

    def run(*arguments):
        return [f(*arrays) for f, arrays in zip(functions, arguments)]

    return jax.jit(run, compiler_options=QUICKLY)


def cases(op):
    """(graph, arrays, attrs, number of results, results and gradients of the eager run)."""
    rng = generator(op.name + " specials")
    for arrays, attrs, inferred in variants(op):
        arrays = list(map(np.asarray, arrays))
        dtype = arrays[0].dtype if arrays else inferred[0].dtype
        if dtype.name not in DTYPES or any(a.dtype == object for a in arrays):
            continue
        if any(s.dtype == object for s in inferred):
            continue
        differentiated = dtype == np.float64 and op.name not in SLOW
        function = program(op, attrs, inferred, arrays if differentiated else ())
        twins = [arrays]
        by_element = op.elementwise or op.moves or op.reduces
        if dtype == np.float32 and by_element and not op.name.startswith(UNDEFINED):
            twins.append(list(map(np.asarray, with_specials(op, arrays, rng))))
        for values in twins:
            try:
                with np.errstate(all="ignore"):
                    want = [y.host() for y in function(*map(wrap, values))]
            except tf.errors.OpError:
                continue
            graph = traced(op.name, function, [Spec(a.shape, a.dtype) for a in values])
            yield graph, values, attrs, len(inferred), want


def program(op, attrs, inferred, differentiated):
    """A function of tensors: the results, then the gradients of their sum by some arrays."""
    active = [
        i
        for i, a in enumerate(differentiated)
        if op.vjp and is_real(a.dtype) and i not in op.constants
    ]
    gradients = pullback(runner(op, attrs), active)
    gradients.inputs = len(differentiated)
    ones = [np.ones(s.shape, s.dtype) for s in inferred if is_differentiable(s.dtype)]

    def run(*tensors):
        results = list(tensors_of(apply(op, tensors, attrs)))
        if not (active and ones):
            return results
        return results + list(gradients(*tensors, *map(wrap, ones)))

    return run


def places(op, is_result):
    """How many units in the last place XLA may be off: 0 where the host computes."""
    stated = RULES.get(op.name, Rule(None, tolerance=0)).tolerance
    return stated if is_result else 4 * max(stated, Rule(None).tolerance)


def difference(got, want, places):
    """What tells two arrays apart by more than so many units of the largest value; or ""."""
    if (got.dtype, got.shape) != (want.dtype, want.shape):
        return f"{got.dtype}{got.shape} and {want.dtype}{want.shape}"
    if not is_differentiable(want.dtype):
        return "" if np.array_equal(got, want) else f"{got} and {want}"
    close = places * float(ml_dtypes.finfo(want.dtype).eps) / (8 if is_half(want.dtype) else 1)
    wide = np.complex128 if want.dtype.kind == "c" else np.float64
    got, want = got.astype(wide), want.astype(wide)
    scale = min(np.abs(want[np.isfinite(want)]).max(initial=1.0), 100.0)
    same = np.allclose(got, want, rtol=close, atol=close * scale, equal_nan=True)
    return "" if same else f"{got} and {want}"
