"""tf.nest: nested structures."""
