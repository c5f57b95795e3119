"""tf.queue: queues that threads fill and empty."""

from .ops import namespace
from .ops import queues as _queues

globals().update(namespace("queue"))
