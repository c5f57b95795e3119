"""tf.lookup.experimental: tables that change."""

from ..ops import namespace

globals().update(namespace("lookup.experimental"))
