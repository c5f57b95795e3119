"""Gradients against finite differences, to any order, along random directions."""

import numpy as np

import tensorbrook as tf
from tensorbrook.base.dtypes import is_differentiable
from tensorbrook.core.tensor import Tensor, wrap

STEP = 1e-3


def tensors_of(value):
    """What a function returned, as a list of tensors."""
    return [value] if isinstance(value, Tensor) else list(value)


def pullback(function, active):
    """`(*inputs, *cotangents) -> gradients` by the active inputs, zeros where there is none.

    Cotangents are given for the results of `function` that are differentiable.
    """

    def gradients(*tensors):
        count = gradients.inputs
        inputs, cotangents = tensors[:count], list(tensors[count:])
        with tf.GradientTape() as tape:
            tape.watch([inputs[i] for i in active])
            results = [y for y in tensors_of(function(*inputs)) if is_differentiable(y._dtype)]
        sources = [inputs[i] for i in active]
        found = tape.gradient(results, sources, cotangents, unconnected_gradients="zero")
        return [tf.convert_to_tensor(g) for g in found]

    return gradients


def derivative(function, arrays, index, direction):
    """The derivative of `function` along `direction` of one input, to the fourth order of STEP."""

    def at(t):
        moved = list(arrays)
        moved[index] = np.asarray(arrays[index] + t * STEP * direction)
        return [np.asarray(y._array) for y in tensors_of(function(*map(wrap, moved)))]

    return [
        (8 * (a - b) - (c - d)) / (12 * STEP) if is_differentiable(a.dtype) else None
        for a, b, c, d in zip(at(1), at(-1), at(2), at(-2))
    ]


def normal(rng, like):
    """Random numbers of an array's shape, complex where it is."""
    drawn = np.asarray(rng.normal(size=like.shape))
    return drawn + 1j * rng.normal(size=like.shape) if like.dtype.kind == "c" else drawn


def check_gradients(function, arrays, active, rng, order=1, tolerance=1e-7, symmetric=False):
    """Asserts that tapes differentiate `function` as differences do, at float64 `arrays`.

    Args:
      function: of tensors, to a tensor or several.
      active: indices of the inputs to differentiate by.
      order: 2 checks the gradient's own gradient as well, by inputs and cotangents.
      symmetric: the inputs are self-adjoint, and stay so in all directions.

    A gradient g of complex numbers is that of TensorFlow: a step d changes the value by Re(g* d).
    """
    results = [np.asarray(y._array) for y in tensors_of(function(*map(wrap, arrays)))]
    smooth = [y for y in results if is_differentiable(y.dtype)]
    if not smooth or not active:
        return
    cotangents = [normal(rng, y) for y in smooth]
    gradients = pullback(function, active)
    gradients.inputs = len(arrays)
    found = gradients(*map(wrap, arrays), *map(wrap, cotangents))
    for i, gradient in zip(active, found):
        assert gradient.shape == arrays[i].shape, f"gradient by input {i} has {gradient.shape}"
        direction = normal(rng, np.asarray(arrays[i]))
        if symmetric:
            direction = direction + np.swapaxes(np.conj(direction), -1, -2)
        moved = [d for d in derivative(function, arrays, i, direction) if d is not None]
        terms = [np.real(np.conj(c) * d) for c, d in zip(cotangents, moved)]
        want = sum(np.sum(t) for t in terms)
        scale = 1 + sum(np.sum(np.abs(t)) for t in terms)
        got = np.sum(np.real(np.conj(gradient.numpy()) * direction))
        assert abs(got - want) <= tolerance * scale, (
            f"input {i} of shapes {[np.shape(a) for a in arrays]}: the tape's {got}, "
            f"differences' {want}"
        )
    if order > 1:
        count = len(arrays)
        further = [*active, *range(count, count + len(cotangents))]
        inputs = [*arrays, *cotangents]
        check_gradients(gradients, inputs, further, rng, order - 1, tolerance * 10, symmetric)
