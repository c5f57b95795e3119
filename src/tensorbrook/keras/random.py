"""keras.random: Keras's stateless random functions."""

from .seeds import SeedGenerator
