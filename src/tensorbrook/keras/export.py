"""keras.export: models written for other programs."""

from ..base import nest
from ..core.spec import TensorSpec
from ..core.tensor import Tensor
from ..function.opened import open_function
from ..onnx import model_of, summary, write


class ExportArchive:
    """Raises NotImplementedError: SavedModel folders are not written yet.

    Keep `model.get_config()` and `model.get_weights()` instead.
    """

    def __init__(self):
        raise NotImplementedError(
            "keras.export.ExportArchive: SavedModel folders are not written yet. Keep "
            "model.get_config() and model.get_weights(), as in np.savez(path, *weights)."
        )


def export_model(model, filepath, format, verbose, input_signature, **kwargs):
    """Writes a model in one of `FORMATS`: what `Model.export` does.

    Raises:
      ValueError: no such format.
      NotImplementedError: a format that is not built; the message says the way around.
    """
    if format not in FORMATS:
        raise ValueError(
            f"model.export: format={format!r} is not known: give one of {list(FORMATS)}."
        )
    FORMATS[format](model, filepath, verbose, input_signature, **kwargs)


def serving_function(model, input_signature=None):
    """A model's call, without training, as a concrete function; the batch's size stays open.

    Args:
      input_signature: a list of the arguments' specs (TensorSpecs, `keras.layers.InputSpec`s,
        KerasTensors, arrays); by default what the model was built for.

    Raises:
      ValueError: the model is not built, or its call cannot be traced.
    """
    if input_signature is None:
        saved = model.save_spec()
        if saved is None:
            raise ValueError(
                f"Model {model.name!r} has not been called, so its inputs are not known: call it "
                "on a batch first, or give input_signature=[tf.TensorSpec([None, ...])]."
            )
        input_signature = saved[0]
    elif not isinstance(input_signature, list | tuple):
        input_signature = [input_signature]
    arguments = nest.map_structure(_spec_of, tuple(input_signature))
    return open_function(lambda *args: model(*args, training=False), arguments, model.name)


def _spec_of(given):
    """A TensorSpec of what describes an argument; its batch's size is open."""
    if isinstance(given, TensorSpec):
        return given
    if isinstance(given, Tensor) or not hasattr(given, "dtype"):
        return TensorSpec.from_tensor(given)
    if given.shape is None:
        raise ValueError(f"model.export: {given} in input_signature has no shape.")
    return TensorSpec(given.shape, given.dtype or "float32", getattr(given, "name", None))


def _export_onnx(model, filepath, verbose, input_signature):
    concrete = serving_function(model, input_signature)
    leaves = nest.flatten(concrete.structured_input_signature, expand_composites=True)
    inputs = model.input_names if model.__dict__.get("_graph") else None
    outputs = model.output_names if model.__dict__.get("_graph") else None
    inputs = inputs if inputs and len(inputs) == len(leaves) else None
    outputs = outputs if outputs and len(outputs) == len(concrete.outputs) else None
    names = {id(v): getattr(v, "path", v.name) for v in model.weights}
    message, arrays = model_of(concrete, inputs, outputs, names)
    write(message, arrays, filepath)
    if verbose:
        print(f"Saved artifact at '{filepath}': {summary(message)}")


def _unbuilt(format, instead):
    def export(model, filepath, *rest, **kwargs):
        raise NotImplementedError(f"model.export(..., format={format!r}) is not built: {instead}")

    return export


FORMATS = {
    "tf_saved_model": _unbuilt("tf_saved_model", "SavedModel folders are not written yet."),
    "onnx": _export_onnx,
    "openvino": _unbuilt(
        "openvino",
        "OpenVINO reads ONNX itself: model.export(path, format='onnx'), then "
        "openvino.convert_model(path).",
    ),
    "litert": _unbuilt(
        "litert",
        "write format='onnx' and convert that with `onnx2tf -i model.onnx` (of the registry; it "
        "brings TensorFlow along), or run it in ONNX Runtime, which telephones have as well.",
    ),
    "torch": _unbuilt(
        "torch", "write format='onnx', which onnx2torch and ONNX Runtime's torch module read."
    ),
}
