"""Values and gradients at infinities, NaNs, zeros of both signs and ties are TensorFlow's."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
import make_special_points  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "special_points.json").read_text())


def differences(name, got, want, inputs, rtol):
    """A line for each element that is not TensorFlow's: its index, ours, TensorFlow's."""
    got, want = np.asarray(got), np.asarray(want)
    if got.shape != want.shape:
        return [f"{name}: shape {got.shape}, TensorFlow's {want.shape}"]
    if got.dtype == object or got.dtype.kind in "bOSU":
        return [] if np.array_equal(got, want) else [f"{name}: {got}, TensorFlow's {want}"]
    with np.errstate(invalid="ignore"):
        near = np.isclose(got, want, rtol=rtol, atol=1e-6, equal_nan=True)
    return [
        f"{name}{list(i)}: {got[tuple(i)]}, TensorFlow's {want[tuple(i)]}"
        + (
            f" at {[np.ravel(v)[i[0]] for v in inputs]}"
            if np.ndim(inputs[0]) == 1 == len(i)
            else ""
        )
        for i in np.argwhere(~near)
    ]


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["expression"])
def test_as_tensorflow(row):
    value, gradients = make_special_points.evaluate(tf, row["expression"], row["inputs"])
    assert str(value.dtype) == row["dtype"]
    wrong = differences("value", value, row["value"], row["inputs"], 1e-5)
    for name, got, want in zip("xy", gradients, row["gradients"]):
        if got is None or want is None:  # no gradient is as good as one of zeros
            assert not np.any(got if want is None else want), f"{name}: {got}, TensorFlow's {want}"
            continue
        wrong += differences(f"gradient by {name}", got, want, row["inputs"], 1e-4)
    assert not wrong, "\n".join(wrong)
