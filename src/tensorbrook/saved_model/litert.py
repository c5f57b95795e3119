"""LiteRT models, made by TensorFlow's own converter of what tf.saved_model writes.

The converter is a part of TensorFlow: a Python that has TensorFlow runs it, this one or the one
that TENSORBROOK_TENSORFLOW names. The interpreter is the package ai-edge-litert.
"""

import enum
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

from ..base.files import replacing
from ..core.dispatch import tensor_of
from ..core.trackable import AutoTrackable
from .saving import save


class Optimize(enum.Enum):
    """What a converter may do to make a model small and quick: DEFAULT quantizes weights."""

    DEFAULT = "DEFAULT"
    OPTIMIZE_FOR_SIZE = "OPTIMIZE_FOR_SIZE"
    OPTIMIZE_FOR_LATENCY = "OPTIMIZE_FOR_LATENCY"
    EXPERIMENTAL_SPARSITY = "EXPERIMENTAL_SPARSITY"


class OpsSet(enum.Enum):
    """Sets of operations that a converted model may have."""

    TFLITE_BUILTINS = "TFLITE_BUILTINS"
    SELECT_TF_OPS = "SELECT_TF_OPS"
    TFLITE_BUILTINS_INT8 = "TFLITE_BUILTINS_INT8"


class RepresentativeDataset:
    """Examples by which a converter finds the ranges of numbers.

    Args:
      input_gen: a function whose generator gives lists of inputs.
    """

    def __init__(self, input_gen):
        self.input_gen = input_gen


class TargetSpec:
    """What a converted model is for.

    Args:
      supported_ops: a list of OpsSets.
      supported_types: the dtypes that weights may have, such as [tf.float16].
    """

    def __init__(self, supported_ops=None, supported_types=None):
        self.supported_ops = supported_ops or [OpsSet.TFLITE_BUILTINS]
        self.supported_types = supported_types or []


# run by a Python that has TensorFlow: the folder of the model, and how to convert it
_PROGRAM = """
import json, sys
import numpy as np, tensorflow as tf
folder, given = sys.argv[1], json.loads(sys.argv[2])
converter = tf.lite.TFLiteConverter.from_saved_model(folder, given["signature_keys"])
converter.optimizations = [tf.lite.Optimize[name] for name in given["optimizations"]]
converter.target_spec.supported_ops = [tf.lite.OpsSet[name] for name in given["ops"]]
converter.target_spec.supported_types = [tf.as_dtype(name) for name in given["types"]]
converter.allow_custom_ops = given["custom"]
converter.inference_input_type = tf.as_dtype(given["input"])
converter.inference_output_type = tf.as_dtype(given["output"])
if given["examples"]:
    found = np.load(given["examples"])
    rows = [[found[f"{i}_{k}"] for k in range(n)] for i, n in enumerate(found["sizes"])]
    converter.representative_dataset = lambda: iter(rows)
made = converter.convert()
with open(given["result"], "wb") as file:
    file.write(made)
"""


class TFLiteConverter:
    """Makes a LiteRT model, with the help of a Python that has TensorFlow.

    Attributes:
      optimizations: a list of Optimize.
      representative_dataset: a function whose generator gives lists of inputs, or a
        RepresentativeDataset.
      target_spec: a TargetSpec.
      allow_custom_ops: whether operations that LiteRT has not are let through.
      inference_input_type, inference_output_type: dtypes of what the model takes and gives.
    """

    def __init__(self, saved_model_dir=None, signature_keys=None, model=None, functions=None):
        self._folder, self._keys = saved_model_dir, signature_keys
        self._model, self._functions = model, functions
        self.optimizations, self.representative_dataset = [], None
        self.target_spec, self.allow_custom_ops = TargetSpec(), False
        self.inference_input_type = self.inference_output_type = "float32"

    @classmethod
    def from_saved_model(cls, saved_model_dir, signature_keys=None, tags=None):
        """A converter of the folder of a SavedModel."""
        if tags not in (None, {"serve"}, ["serve"]):
            raise NotImplementedError(f"tags={tags!r}: models are converted as they are served.")
        return cls(os.fspath(saved_model_dir), signature_keys)

    @classmethod
    def from_keras_model(cls, model):
        """A converter of a Keras model."""
        return cls(model=model)

    @classmethod
    def from_concrete_functions(cls, funcs, trackable_obj=None):
        """A converter of one concrete function.

        Args:
          funcs: a list of it alone.
          trackable_obj: the object that has its variables.
        """
        if len(funcs) != 1:
            raise NotImplementedError("A model of several functions: convert its SavedModel.")
        return cls(model=trackable_obj, functions=funcs)

    def convert(self):
        """The model as bytes.

        Raises:
          NotImplementedError: there is no Python with TensorFlow. RuntimeError: its converter says
            why it cannot.
        """
        python = os.environ.get("TENSORBROOK_TENSORFLOW") or sys.executable
        with tempfile.TemporaryDirectory() as folder:
            given = self._given(folder)
            program = [python, "-c", _PROGRAM, given.pop("folder"), json.dumps(given)]
            done = subprocess.run(program, capture_output=True, text=True, check=False)
            if os.path.exists(given["result"]):
                with open(given["result"], "rb") as file:
                    return file.read()
        if "No module named 'tensorflow'" in done.stderr:
            raise NotImplementedError(
                "LiteRT models are made by TensorFlow's converter, which is not here: set "
                "TENSORBROOK_TENSORFLOW=/path/to/python of an environment with tensorflow-cpu, or "
                "write model.export(folder) and run tflite_convert --saved_model_dir=folder there."
            )
        raise RuntimeError(f"TensorFlow's converter failed: {done.stderr.strip()[-2000:]}")

    def _given(self, folder):
        examples = ""
        if self.representative_dataset is not None:
            examples = os.path.join(folder, "examples.npz")
            made = getattr(self.representative_dataset, "input_gen", self.representative_dataset)
            rows = [[np.asarray(tensor_of(x)) for x in _listed(row)] for row in made()]
            arrays = {f"{i}_{k}": x for i, row in enumerate(rows) for k, x in enumerate(row)}
            np.savez(examples, sizes=np.array([len(row) for row in rows]), **arrays)
        return {
            "folder": self._folder or self._saved(os.path.join(folder, "model")),
            "signature_keys": self._keys,
            "optimizations": [one.name for one in self.optimizations],
            "ops": [one.name for one in self.target_spec.supported_ops],
            "types": [_name(dtype) for dtype in self.target_spec.supported_types],
            "custom": self.allow_custom_ops,
            "input": _name(self.inference_input_type),
            "output": _name(self.inference_output_type),
            "examples": examples,
            "result": os.path.join(folder, "model.tflite"),
        }

    def _saved(self, folder):
        if self._functions is None:
            self._model.export(folder, verbose=False)
        else:
            root = AutoTrackable() if self._model is None else self._model
            save(root, folder, signatures=self._functions[0])
        return folder


def _name(dtype):
    return dtype if isinstance(dtype, str) else dtype.name


def _listed(row):
    return list(row.values()) if isinstance(row, dict) else list(row)


def write(model, path, settings):
    """Writes a Keras model as a LiteRT model.

    Args:
      model: the model.
      path: of the file.
      settings: attributes of the converter.

    Raises:
      ValueError: an attribute that it has not.
    """
    converter = TFLiteConverter.from_keras_model(model)
    for name, value in settings.items():
        if name.startswith("_") or not hasattr(converter, name):
            raise ValueError(f"A converter of LiteRT models has no {name!r}.")
        setattr(converter, name, value)
    made = converter.convert()
    with replacing(path) as new, open(new, "wb") as file:
        file.write(made)
