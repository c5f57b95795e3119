"""tf.saved_model: SavedModel folders, graphs as TensorFlow's NodeDefs, and their objects."""

from .loading import LoadOptions, load
