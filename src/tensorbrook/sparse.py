"""tf.sparse: tensors that are mostly zeros."""

from .ops import namespace

globals().update(namespace("sparse"))
