"""keras.export: models written for other programs."""

from ..base import nest
from ..core.spec import TensorSpec
from ..core.tensor import Tensor
from ..core.trackable import AutoTrackable, Trackable
from ..core.variable import Variable
from ..function.function import Function
from ..function.opened import open_function
from ..onnx import model_of
from ..saved_model.constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY
from ..saved_model.functions import traces_of
from ..saved_model.litert import write as write_litert
from ..saved_model.saving import save


class _Exported(AutoTrackable):
    """What an archive writes: variables and endpoints as attributes."""

    def __init__(self):
        self.variables, self.trainable_variables, self.non_trainable_variables = [], [], []


class ExportArchive:
    """Writes functions of models as a SavedModel that serves them, under names of one's own.

    Args:
      format: "saved_model".

    Attributes:
      variables, trainable_variables, non_trainable_variables: those of what is tracked.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    >>> archive = tf.keras.export.ExportArchive()
    >>> archive.track(model)
    >>> serve = archive.add_endpoint(
    ...     "serve", model.call, [tf.keras.InputSpec(shape=(None, 3), dtype="float32")])
    >>> archive.write_out("exported", verbose=False)
    >>> tf.saved_model.load("exported").serve(tf.ones([2, 3])).shape
    TensorShape([2, 2])
    """

    def __init__(self, format="saved_model"):
        if format not in ("saved_model", "tf_saved_model"):
            raise ValueError(f"ExportArchive: format must be 'saved_model', got {format!r}.")
        self._root, self._endpoints, self._tracked = _Exported(), {}, []

    variables = property(lambda self: self._root.variables, doc="All variables tracked.")
    trainable_variables = property(
        lambda self: self._root.trainable_variables, doc="Those that are trained."
    )
    non_trainable_variables = property(
        lambda self: self._root.non_trainable_variables, doc="Those that are not."
    )

    def track(self, resource):
        """Adds the variables of a layer, model or other object to what is written.

        Raises:
          ValueError: it is no such object, or is not built.
        """
        if not isinstance(resource, Trackable):
            raise ValueError(
                "Invalid resource type. Expected a Keras `Layer` or `Model` or a TensorFlow "
                f"`Trackable` object. Received object {resource} of type '{type(resource)}'."
            )
        if getattr(resource, "built", True) is False:
            raise ValueError("The layer provided has not yet been built. It must be built first.")
        if any(known is resource for known in self._tracked):
            return
        self._tracked.append(resource)
        root = self._root
        if hasattr(resource, "trainable_variables"):
            trained = list(resource.trainable_variables)
            root.trainable_variables += trained
            root.variables += resource.variables
            root.non_trainable_variables += resource.non_trainable_variables
        root._tracked = self._tracked

    def add_endpoint(self, name, fn, input_signature=None, **kwargs):
        """Adds a function that the saved model has as an attribute, and serves under its name.

        Args:
          name: an identifier.
          fn: a function of tensors.
          input_signature: a list of the arguments' specs; not needed where `fn` is a tf.function
            that has one, or has been called.

        Returns:
          The tf.function.

        Raises:
          ValueError: a name that is taken, or no signature.
        """
        if kwargs:
            raise TypeError(f"add_endpoint: unknown arguments {sorted(kwargs)}.")
        if name in self._endpoints:
            raise ValueError(f"Endpoint name '{name}' is already taken.")
        if input_signature is not None:
            if not isinstance(input_signature, list | tuple):
                input_signature = [input_signature]
            python_function = fn.python_function if isinstance(fn, Function) else fn
            specs = nest.map_structure(_spec_of, tuple(input_signature))
            fn = Function(python_function, name, specs, autograph=isinstance(fn, Function))
        elif not isinstance(fn, Function):
            raise ValueError(
                "If the `fn` argument provided is not a `tf.function`, you must provide an "
                "`input_signature` argument to specify the shape and dtype of the function "
                "arguments. Example:\n\nexport_archive.add_endpoint(\n    name='call',\n    "
                "fn=model.call,\n    input_signature=[\n        keras.InputSpec(shape=(None, 224, "
                "224, 3), dtype='float32')\n    ],\n)"
            )
        elif not traces_of(fn):
            raise ValueError(
                f"The provided tf.function has never been called, and {name!r} was given without "
                "`input_signature`: call it, or give it a signature."
            )
        self._endpoints[name] = fn
        setattr(self._root, name, fn)
        return fn

    def track_and_add_endpoint(self, name, resource, input_signature, **kwargs):
        """`track(resource)`, and an endpoint that calls it."""
        self.track(resource)
        return self.add_endpoint(name, resource.__call__, input_signature, **kwargs)

    def add_variable_collection(self, name, variables):
        """Gives the saved model a list of variables as an attribute.

        Raises:
          ValueError: no list, or something else than variables in it.
        """
        if not isinstance(variables, list | tuple | set):
            raise ValueError(
                "Expected `variables` to be a list/tuple/set. Received instead object of type "
                f"'{type(variables)}'."
            )
        if not all(isinstance(v, Variable) for v in variables):
            raise ValueError(
                "Expected all elements in `variables` to be `tf.Variable` instances. Found instead "
                f"the following types: {sorted({str(type(v)) for v in variables})}"
            )
        setattr(self._root, name, list(variables))

    def write_out(self, filepath, options=None, verbose=True):
        """Writes the folder; the first endpoint is also its "serving_default" signature.

        Args:
          options: a tf.saved_model.SaveOptions.
          verbose: whether to print what was written.

        Raises:
          ValueError: there is no endpoint.
        """
        if not self._endpoints:
            raise ValueError("No endpoints have been set yet. Call add_endpoint().")
        served = {name: traces_of(fn)[-1] for name, fn in self._endpoints.items()}
        served.setdefault(DEFAULT_SERVING_SIGNATURE_DEF_KEY, next(iter(served.values())))
        used = {id(v): v for concrete in served.values() for v in concrete.variables}
        for variable in self.variables:
            used.pop(id(variable), None)
        if used:  # of what was not tracked
            self._root._used = list(used.values())
        save(self._root, filepath, served, options)
        if verbose:
            print(f"Saved artifact at '{filepath}'. Endpoints:")
            for name, fn in self._endpoints.items():
                concrete = traces_of(fn)[-1]
                print(f"* {name}{tuple(concrete.inputs)} -> {concrete.structured_outputs}")


def export_model(model, filepath, format, verbose, input_signature, **kwargs):
    """Writes a model in one of `FORMATS`: what `Model.export` does.

    Raises:
      ValueError: no such format.
      NotImplementedError: a format that is not built; the message says the way around.
    """
    if format not in FORMATS:
        raise ValueError(
            f"model.export: Unrecognized format={format!r}: give one of {list(FORMATS)}."
        )
    FORMATS[format](model, filepath, verbose, input_signature, **kwargs)


def signature_of(model, input_signature=None):
    """The TensorSpecs of a model's arguments, as a tuple.

    Args:
      input_signature: a list of the arguments' specs (TensorSpecs, `keras.layers.InputSpec`s,
        KerasTensors, arrays); by default what the model was built for.

    Raises:
      ValueError: the model is not built.
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
    return nest.map_structure(_spec_of, tuple(input_signature))


def serving_function(model, input_signature=None):
    """A model's call, without training, as a concrete function; the batch's size stays open.

    Args:
      input_signature: as for `signature_of`.

    Raises:
      ValueError: the model is not built, or its call cannot be traced.
    """
    arguments = signature_of(model, input_signature)
    if input_signature is None:  # those of Keras tensors are names that nobody gave
        arguments = nest.map_structure(lambda s: TensorSpec(s.shape, s.dtype), arguments)
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


def export_saved_model(model, filepath, verbose, input_signature=None):
    """Writes a SavedModel that serves the model's call."""
    archive = ExportArchive()
    arguments = signature_of(model, input_signature)
    archive.track(model)
    serve = archive.add_endpoint("serve", lambda *args: model(*args, training=False), arguments)
    vars(archive._root)["__call__"] = serve  # as Keras 2's are called
    archive.write_out(filepath, verbose=verbose)


def _export_onnx(model, filepath, verbose, input_signature):
    concrete = serving_function(model, input_signature)
    inputs, outputs = None, model.output_names
    if input_signature is None and model.__dict__.get("_graph"):
        inputs = model.input_names
    names = {id(v): v.path for v in model.weights}
    made = model_of(concrete, inputs, outputs, names)
    made.write(filepath)
    if verbose:
        print(f"Saved artifact at '{filepath}': {made}")


def _export_litert(model, filepath, verbose, input_signature, **settings):
    if input_signature is not None:
        raise NotImplementedError(
            "model.export(..., format='litert', input_signature=...): write the SavedModel with "
            "that signature, and give its folder to tf.lite.TFLiteConverter.from_saved_model."
        )
    write_litert(model, filepath, settings)
    if verbose:
        print(f"Saved artifact at '{filepath}'.")


def _unbuilt(format, instead):
    def export(model, filepath, *rest, **kwargs):
        raise NotImplementedError(f"model.export(..., format={format!r}) is not built: {instead}")

    return export


FORMATS = {
    "tf_saved_model": export_saved_model,
    "onnx": _export_onnx,
    "openvino": _unbuilt(
        "openvino",
        "OpenVINO reads ONNX itself: model.export(path, format='onnx'), then "
        "openvino.convert_model(path).",
    ),
    "litert": _export_litert,
    "torch": _unbuilt(
        "torch", "write format='onnx', which onnx2torch and ONNX Runtime's torch module read."
    ),
}
