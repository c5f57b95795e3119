"""Native running sums, places of extremes, sorting and choices, short and long."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from test_moves import numbers, run

from tensorbrook.core.dispatch import apply
from tensorbrook.core.op import OPS

SHAPES = [((7,), 0), ((3000,), 0), ((40, 70), 1), ((200, 300), 0), ((6, 50, 40), 1), ((1, 9, 5), 1)]
SHAPES += [((5000, 3), 1), ((2, 40_000), 1), ((40_000, 2), 0), ((5, 1), 1)]


def ties_and_nans(shape, dtype):
    """Few different numbers; for floats NaNs, infinities and zeros of both signs among them."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 9, shape).astype(dtype)
    if np.dtype(dtype).kind == "f":
        special = np.array([np.nan, -0.0, 0.0, np.inf, -np.inf, 2.0, 3.0, -1.0], dtype)
        x = np.where(rng.uniform(size=shape) < 0.3, rng.choice(special, shape), x)
    return x


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
def test_running_sums_and_products(shape, axis, dtype, exclusive, reverse):
    for name, x in (("cumsum", numbers(shape, dtype)), ("cumprod", numbers(shape, dtype) / 99)):
        x, attrs = x.astype(dtype), {"axis": axis, "exclusive": exclusive, "reverse": reverse}
        with np.errstate(all="ignore"):
            want = OPS[name].kernel(x, **attrs)
        got = run(lambda x, name=name, attrs=attrs: apply(OPS[name], (x,), attrs), x)
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint8, np.int64, bool])
@pytest.mark.parametrize(("shape", "axis"), SHAPES)
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_places_of_extremes(name, shape, axis, dtype):
    for x in (numbers(shape, dtype), ties_and_nans(shape, dtype)):
        if np.dtype(dtype).kind == "f" and x.size > 100:
            x.reshape(-1)[77] = np.nan
        for out in ("int64", "int32"):
            got = run(lambda x, out=out: getattr(tf, name)(x, axis, out), x)
            np.testing.assert_array_equal(got, getattr(np, name)(x, axis).astype(out))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8, np.uint16, np.int32, np.uint64])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("shape", "axis"), [*SHAPES, ((30, 64), 1), ((30, 65), 1), ((9, 33), 1)])
def test_orders_of_lines(shape, axis, dtype, descending):
    direction = "DESCENDING" if descending else "ASCENDING"
    kernel = OPS["argsort"].kernel
    for x in (numbers(shape, dtype), ties_and_nans(shape, dtype)):
        got = run(lambda x: tf.argsort(x, axis, direction), x)
        np.testing.assert_array_equal(got, kernel(x, axis, descending))


def test_the_largest_of_rows():
    x = numbers((40, 500))
    got = run(lambda x: tf.math.top_k(x, 7).values, x)
    np.testing.assert_array_equal(got, -np.sort(-x, 1)[:, :7])


@pytest.mark.parametrize("shape", [(2, 3), (5, 1), (40, 1000)])
def test_choices(shape):
    logits, state = numbers(shape) / 20, np.array([5, 0, 7], np.int64)
    logits[0, 0] = -np.inf
    attrs = {"samples": 300, "dtype": np.dtype(np.int64)}
    got = run(lambda s, x: apply(OPS["random_categorical"], (s, x), attrs), state, logits)
    want = OPS["random_categorical"].kernel(state, logits, **attrs)
    assert np.mean(got != want) < 1e-3  # a class's border may lie a rounding elsewhere
