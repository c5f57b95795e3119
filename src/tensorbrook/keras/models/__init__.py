"""Models."""

from ..layers.input import Input, InputLayer
from ..saving import load_model, save_model
from .functional import LayerGraph
from .model import Functional, Model, model_from_json
from .sequential import Sequential, clone_model
