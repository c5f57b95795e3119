"""tf.errors: TensorFlow's exception classes."""

from .base import errors as _errors

globals().update({n: v for n, v in vars(_errors).items() if n.endswith("Error") or n.isupper()})
