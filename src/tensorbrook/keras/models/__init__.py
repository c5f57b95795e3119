"""Models."""

from .functional import LayerGraph
from .input import Input, InputLayer
from .model import Functional, Model
from .sequential import Sequential
