"""What passes and the native backend learn of a primitive, they learn from its record."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available
from tensorbrook.core.dispatch import PUBLIC
from tensorbrook.core.op import OPS
from tensorbrook.ops._families import FLOAT, unary

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from tensorbrook.compiler.program import Program


@pytest.fixture
def registries_kept():
    """A primitive declared by a test is none of tensorbrook."""
    kept = [(table, dict(table)) for table in (OPS, PUBLIC)]
    yield
    for table, before in kept:
        table.clear()
        table.update(before)


def compiled(function, *tensors):
    return Program(tf.function(function).get_concrete_function(*tensors).graph)


def test_one_declaration_brings_its_native_code_into_fused_groups(registries_kept):
    cube = unary(
        "math.cube",
        lambda x: x * x * x,
        FLOAT,
        lambda g, y, x: 3.0 * g * x * x,
        doc="x to the third power.",
        native=lambda e, t, x: e.b.fmul(e.b.fmul(x, x), x),
    )
    x = tf.constant(np.linspace(-2, 2, 101, dtype=np.float32))
    program = compiled(lambda x: tf.reduce_sum(cube(x + 1.0) * 2.0), x)
    assert len(program.steps) == 1 and program.steps[0].kernel is not None
    (found,) = program(x.numpy())
    np.testing.assert_allclose(found, np.sum(2 * (x.numpy().astype(float) + 1) ** 3), rtol=1e-5)


def test_without_a_native_rule_the_kernel_runs_inside_the_program(registries_kept):
    half = unary("math.half", lambda x: x / x.dtype.type(2), FLOAT, why="a test", doc="x / 2.")
    x = tf.constant([2.0, 5.0])
    program = compiled(lambda x: half(x) + 1.0, x)
    assert [step.kernel is None for step in program.steps] == [True, False]
    np.testing.assert_array_equal(program(x.numpy())[0], [2.0, 3.5])


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.reduces or op.moves])
def test_reductions_and_movements_have_native_rules(op):
    assert op.rules["native"].lower is not None and not op.elementwise


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.elementwise], ids=str)
def test_elementwise_primitives_say_what_their_results_are(op):
    arrays, attrs = op.samples(np.random.default_rng(0))[0]
    if op.out is not None:
        want = op.out(arrays[-1].dtype) if callable(op.out) else op.out
        assert np.asarray(op.kernel(*arrays, **attrs)).dtype == want
