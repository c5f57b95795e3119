"""Native lgamma and digamma against Python's own and against what they are defined by."""

import math

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from test_moves import run

RNG = np.random.default_rng(0)
POINTS = np.concatenate(
    [
        RNG.uniform(0, 3, 5000),
        RNG.uniform(0, 50, 5000),
        np.exp(RNG.uniform(-80, 80, 2000)),
        RNG.uniform(-20, 0, 5000),
        [1.0, 2.0, 0.5, 1e30, 1e35],
    ]
)


def _lgamma(x):
    return math.inf if x <= 0 and x == int(x) else math.lgamma(x)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lgamma(dtype):
    x = POINTS.astype(dtype)
    want = np.array([_lgamma(v) for v in x.tolist()])
    got = run(tf.math.lgamma, x)
    np.testing.assert_allclose(
        got, want.astype(dtype), rtol=4e-15 if dtype == np.float64 else 1e-7, atol=5e-15
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_digamma_steps_as_it_is_defined(dtype):
    x = POINTS[(POINTS > 0.1) & (POINTS < 1e4)].astype(dtype).astype(np.float64)
    close = {"rtol": 1e-14 if dtype == np.float64 else 2e-7, "atol": 3e-14}
    value = run(tf.math.digamma, x.astype(dtype)).astype(np.float64)
    if dtype == np.float64:
        np.testing.assert_allclose(run(tf.math.digamma, x + 1), value + 1 / x, **close)
        below = -x[x < 20] + 0.25
        below = below[np.abs(below - np.rint(below)) > 0.1]
        got = run(tf.math.digamma, 1 - below) - run(tf.math.digamma, below)
        np.testing.assert_allclose(got, np.pi / np.tan(np.pi * (below % 1)), rtol=1e-12, atol=1e-12)
    known = np.array([1.0, 2.0, 0.5], dtype)
    euler = 0.5772156649015329
    want = np.array([-euler, 1 - euler, -euler - 2 * math.log(2)], dtype)
    np.testing.assert_allclose(run(tf.math.digamma, known), want, **close)


def test_where_they_are_infinite_or_not_defined():
    x = np.array([0.0, -0.0, -1.0, -7.0, np.inf, -np.inf, np.nan], np.float32)
    np.testing.assert_array_equal(run(tf.math.lgamma, x), [np.inf] * 6 + [np.nan])
    nan = np.nan
    np.testing.assert_array_equal(run(tf.math.digamma, x), [nan, nan, nan, nan, np.inf, nan, nan])
