"""The XLA backend: graphs as programs of JAX, for accelerators and many machines.

As `tf.xla` it has what TensorFlow's module of this name has.
"""

from types import SimpleNamespace

from . import hints

experimental = SimpleNamespace(compile=hints.compile, jit_scope=hints.jit_scope)
