"""The XLA backend: graphs as programs of JAX, for accelerators and many machines."""
