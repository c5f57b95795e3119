"""Models."""

from ...base.lazy import on_first_use as _on_first_use
from ..layers.configs import deserialize as model_from_config
from ..layers.input import Input, InputLayer
from .functional import LayerGraph
from .model import Functional, Model, model_from_json
from .sequential import Sequential, clone_model


def model_from_yaml(yaml_string=None, custom_objects=None):
    """Raises RuntimeError: there is no YAML of models."""
    raise RuntimeError("YAML is gone, as it could run code: use model.to_json, model_from_json.")


# what reads and writes files
__getattr__, __dir__ = _on_first_use(__name__, {".files": "load_model save_model"})
