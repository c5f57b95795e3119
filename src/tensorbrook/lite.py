"""tf.lite: LiteRT models; the package ai-edge-litert runs them."""

import importlib as _importlib
import importlib.util as _util

from .saved_model.litert import (
    OpsSet,
    Optimize,
    RepresentativeDataset,
    TargetSpec,
    TFLiteConverter,
)

__all__ = [
    "OpsSet",
    "Optimize",
    "RepresentativeDataset",
    "TFLiteConverter",
    "TargetSpec",
]


def __getattr__(name):
    if name == "Interpreter":
        if _util.find_spec("ai_edge_litert") is None:
            raise ImportError("LiteRT models are run by a package: pip install ai-edge-litert.")
        return _importlib.import_module("ai_edge_litert.interpreter").Interpreter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
