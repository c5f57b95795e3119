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


def by_hand():
    """A step of the CNN by Keras's stateless calls, operation by operation."""
    _, keras = keras_models.load("jax")
    x, y = map(jnp.asarray, samples.training("cnn", 128))
    model, optimizer = keras_models.cnn(keras, keras.layers), keras.optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def loss_at(weights, others):
        return loss_of(y, model.stateless_call(weights, others, x, training=True)[0])

    held = model.trainable_variables, model.non_trainable_variables, optimizer.variables
    weights, others, moments = ([v.value for v in variables] for variables in held)

    def step():
        nonlocal weights, moments
        loss, gradients = jax.value_and_grad(loss_at)(weights, others)
        weights, moments = optimizer.stateless_apply(moments, gradients, weights)
        return loss

    return step


def call(name, framework):
    """The function that the workload `name` calls over and over."""
    if name in ("predict", "picture", "pictures"):
        return keras_models.call(name, framework)
    if name == "eager_cnn":
        return by_hand()
    if name == "add":
        a, b = map(jnp.asarray, samples.line())
        return lambda: jnp.add(a, b)
    return step(compiled=name == "function")
