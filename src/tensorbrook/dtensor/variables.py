"""DVariable: a variable with a layout; and files of such."""

import numpy as np

from ..base.errors import InvalidArgumentError
from ..checkpoint.checkpoint import Checkpoint
from ..core.backend import device
from ..core.tensor import convert_to_tensor, register_converter, wrap
from ..core.variable import PLAIN_VARIABLES, Variable
from ..dtypes import bfloat16
from ..formats.bundle import Bundle, write_bundle
from .layout import Layout
from .tensors import DTensor, LayoutPlace


class DVariable(Variable):
    """A tf.Variable that lies on a mesh. Its layout is that of its first value, and stays.

    Args:
      initial_value: a DTensor; what can become a tensor, or a function of no arguments that returns
        such, where `layout` is given.
      dtype: its dtype.
      layout: its Layout.
      *args, **kwargs: as of tf.Variable.

    Raises:
      InvalidArgumentError: neither a DTensor nor a layout.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> mesh = dtensor.create_mesh([("x", 2)], devices=["CPU:0", "CPU:1"])
    >>> v = dtensor.DVariable(tf.zeros([2]), layout=dtensor.Layout(["x"], mesh))
    >>> [part.numpy().tolist() for part in dtensor.unpack(v.assign_add(tf.ones([2])))]
    [[1.0], [1.0]]
    """

    save_as_bf16 = False

    def __init__(self, initial_value, *args, dtype=None, **kwargs):
        layout = kwargs.pop("layout", None)
        value = initial_value() if callable(initial_value) else initial_value
        value = convert_to_tensor(value, dtype)
        if layout is None and value.__class__ is not DTensor:
            raise InvalidArgumentError(
                "Neither layout nor DTensor initial value are provided: give layout=, or a value "
                "made by dtensor.call_with_layout."
            )
        layout = value._layout if layout is None else layout
        with device(None):
            super().__init__(wrap(value.host()), *args, dtype=dtype, **kwargs)
        self._place = LayoutPlace(layout)
        self._tensor = self._place.hold(value)

    layout = property(lambda self: self._tensor._layout, doc="The Layout.")

    def __repr__(self):
        return (
            f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}, "
            f'value={self._tensor._shown()}, layout="{self.layout.to_string()}">'
        )

    def _track_values(self):
        array = self._tensor.host()
        kept = array.astype(bfloat16.numpy_dtype) if self.save_as_bf16 else array
        return {"VARIABLE_VALUE": kept}

    def _track_restore(self, values):
        array = values["VARIABLE_VALUE"]
        if self.save_as_bf16 and array.dtype == bfloat16.numpy_dtype:
            array = array.astype(self._dtype)
        return super()._track_restore({"VARIABLE_VALUE": array})

    def __reduce__(self):
        return _rebuild, (wrap(np.array(self._tensor.host())), self.layout, self._base_name)


def _rebuild(value, layout, name):
    return DVariable(value, layout=layout, name=name)


register_converter(DVariable, DVariable._read)
PLAIN_VARIABLES.add(DVariable)


def enable_save_as_bf16(variables):
    """Makes float32 variables be written to checkpoints as bfloat16.

    Args:
      variables: DVariables; of other dtypes they stay as they are.
    """
    for variable in variables:
        if variable.dtype.name == "float32":
            variable.save_as_bf16 = True


class DTensorCheckpoint(Checkpoint):
    """tf.train.Checkpoint of DVariables on one mesh; the files are those of whole variables.

    Args:
      mesh: their mesh.
      root, **kwargs: as of tf.train.Checkpoint.
    """

    def __init__(self, mesh, root=None, **kwargs):
        super().__init__(root, **kwargs)
        self._mesh = mesh


def sharded_save(mesh, file_prefix, tensor_names, shape_and_slices, tensors):
    """Writes DTensors to a file of arrays by their names, each whole.

    Args:
      mesh: their mesh.
      file_prefix: the path, without the endings of the files.
      tensor_names: a list of names.
      shape_and_slices: a list of empty strings: parts of larger tensors are not written.
      tensors: as many DTensors or variables.

    Raises:
      ValueError: another number of names than of tensors; a part of a tensor.
    """
    names, slices = list(map(_text, tensor_names)), list(map(_text, shape_and_slices))
    if len(names) != len(tensors) or any(slices):
        raise ValueError(
            f"sharded_save: {len(names)} tensor_names for {len(tensors)} tensors, and "
            f"shape_and_slices {slices}: give a name for each tensor, and an empty string."
        )
    name_based_save(mesh, file_prefix, dict(zip(names, tensors)))


def name_based_save(mesh, checkpoint_prefix, name_tensor_dict):
    """Writes DTensors to a file of arrays by their names.

    Args:
      mesh: their mesh.
      checkpoint_prefix: the path, without the endings of the files.
      name_tensor_dict: from names to DTensors or variables.
    """
    arrays = {n: convert_to_tensor(t).host() for n, t in name_tensor_dict.items()}
    write_bundle(_text(checkpoint_prefix), arrays)


def name_based_restore(mesh, checkpoint_prefix, name_tensor_dict):
    """Reads DTensors from a file of arrays by their names.

    Args:
      mesh: their mesh.
      checkpoint_prefix: as given to `name_based_save`.
      name_tensor_dict: from names to DTensors or variables that have the layouts.

    Returns:
      A dict from the names to DTensors.

    Raises:
      ValueError: nothing is wanted.
    """
    if not name_tensor_dict:
        raise ValueError("name_based_restore: name_tensor_dict is empty: name what is wanted.")
    found = {}
    with Bundle(_text(checkpoint_prefix)) as bundle:
        for name, like in name_tensor_dict.items():
            like = convert_to_tensor(like)
            whole = Layout.replicated(mesh, len(like._shape))
            layout = like._layout if like.__class__ is DTensor else whole
            found[name] = DTensor(wrap(bundle[name]), layout)
    return found


def _text(value):
    value = convert_to_tensor(value).numpy() if not isinstance(value, str | bytes) else value
    return value.decode() if isinstance(value, bytes) else str(value)
