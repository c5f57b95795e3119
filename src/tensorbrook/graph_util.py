"""tf.graph_util: see `tf.import_graph_def`."""

from .old_graph import import_graph_def as import_graph_def
