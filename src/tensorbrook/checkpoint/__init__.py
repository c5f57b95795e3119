"""Checkpoints: the values of objects on the disk, in TensorFlow's format, by the objects' names."""
