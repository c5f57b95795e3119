"""tf.xla.experimental: what TensorFlow 2 still has of asking for XLA by hand."""

from contextlib import contextmanager

from ..base import nest
from ..core.dispatch import executing_eagerly, tensor_of


def compile(computation, inputs=None):
    """Runs a function on some tensors; what is compiled, and how, `tf.function` decides.

    Args:
      computation: function of tensors that returns one, or a structure of them.
      inputs: list of its arguments: tensors, or what becomes tensors, or structures of such; None
        for no arguments.

    Returns:
      A list of the tensors that it returned.

    Example:
    >>> tf.xla.experimental.compile(lambda x, y: x + y, [1, 2])
    [<tf.Tensor: shape=(), dtype=int32, numpy=3>]
    """
    found = computation(*nest.map_structure(tensor_of, list(inputs or [])))
    return [tensor_of(y) for y in nest.flatten(found) if y is not None]


@contextmanager
def jit_scope(compile_ops=True, separate_compiled_gradients=False):
    """A context in a `tf.function` that hints at what to compile: the whole function is anyway.

    Args:
      compile_ops, separate_compiled_gradients: which operations, and whether their gradients apart:
        hints, which change no result.

    Raises:
      RuntimeError: outside of a `tf.function`.

    Example:
    >>> @tf.function
    ... def double(x):
    ...     with tf.xla.experimental.jit_scope():
    ...         return x + x
    >>> int(double(3))
    6
    """
    if executing_eagerly():
        raise RuntimeError(
            "xla.experimental.jit_scope is not supported when eager execution is enabled. Try use "
            "it inside tf.function."
        )
    yield
