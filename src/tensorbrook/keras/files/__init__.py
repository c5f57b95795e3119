"""Models and weights in Keras's files: written, and read from whoever made them."""

from .editor import KerasFileEditor
from .saving import load_model, load_weights, save_model, save_weights
from .whole import model_from_json
