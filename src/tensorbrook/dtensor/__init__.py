"""Tensors over meshes of devices: what tf.experimental.dtensor offers."""
