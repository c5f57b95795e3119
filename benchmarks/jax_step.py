"""The plain functions in JAX's words; Keras's models on JAX are in `keras_models.py`."""

import jax
import jax.numpy as jnp
import keras_models
import samples


def step(compiled):
    """The linear-regression step as a pure function of its weights, which the caller keeps."""
    x, y = map(jnp.asarray, samples.line())

    def loss_of(weights):
        w, b = weights
        return jnp.mean(jnp.square(y - (x @ w + b)))

    def update(weights):
        loss, gradients = jax.value_and_grad(loss_of)(weights)
        return [w - 0.1 * gradient for w, gradient in zip(weights, gradients)], loss

    function = jax.jit(update) if compiled else update
    weights = [jnp.asarray([[100.0]]), jnp.zeros(1)]

    def call():
        nonlocal weights
        weights, loss = function(weights)
        return loss

    return call


def call(name, framework):
    """The function that the workload `name` calls over and over."""
    if name in ("predict", "picture", "pictures"):
        return keras_models.call(name, framework)
    if name == "add":
        a, b = map(jnp.asarray, samples.line())
        return lambda: jnp.add(a, b)
    return step(compiled=name == "function")
