"""tf.sets: sets as rows of tensors."""

from .ops import namespace

globals().update(namespace("sets"))
