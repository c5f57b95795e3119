"""Models."""

from ..layers.input import Input, InputLayer
from .functional import LayerGraph
from .model import Functional, Model
from .sequential import Sequential, clone_model
