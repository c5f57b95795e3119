"""tf.saved_model.load: the objects, functions and variables of a SavedModel folder.

All of the file is checked before anything is made of it: the graph, the objects, the variables'
shapes against their stored arrays, the names of assets. Nothing outside of the folder is opened.
"""

import os
from inspect import FullArgSpec

import numpy as np

from ..base.errors import DataLossError
from ..base.files import opened, path_of
from ..base.shapes import TensorShape
from ..core.tensor import wrap
from ..core.variable import Variable
from ..formats.bundle import Bundle
from ..formats.graph_messages import SavedModel, TrackableObjectGraph
from ..ops._kernels.texts import array_of
from ..ops.decoding import array_of_message
from .asset import Asset
from .reading.checks import MOST_NODES, dtype_of, refuse, shape_of_proto
from .reading.graphs import Library
from .reading.rules import Place
from .restored import (
    OfAnotherFunction,
    RestoredCallable,
    RestoredConcrete,
    RestoredFunction,
    RestoredObject,
    Signature,
)
from .structures import Decoder

_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
_LONGEST = 1 << 16  # lists that are loaded with None for what was no object in them


class LoadOptions:
    """How `tf.saved_model.load` goes about it.

    Args:
      allow_partial_checkpoint: let variables without a stored value be zeros.
      experimental_skip_checkpoint: read no values: all variables are zeros.
      experimental_io_device, experimental_variable_policy, experimental_load_function_aliases:
        change nothing here: there is one device.

    Example:
    >>> tf.saved_model.LoadOptions(allow_partial_checkpoint=True).allow_partial_checkpoint
    True
    """

    def __init__(
        self,
        allow_partial_checkpoint=False,
        experimental_io_device=None,
        experimental_skip_checkpoint=False,
        experimental_variable_policy=None,
        experimental_load_function_aliases=False,
    ):
        self.allow_partial_checkpoint = allow_partial_checkpoint
        self.experimental_io_device = experimental_io_device
        self.experimental_skip_checkpoint = experimental_skip_checkpoint
        self.experimental_variable_policy = experimental_variable_policy
        self.experimental_load_function_aliases = experimental_load_function_aliases


def load(export_dir, tags=None, options=None):
    """What `tf.saved_model.save`, here or in TensorFlow, wrote into a folder.

    Args:
      export_dir: the folder.
      tags: which graph of the file to take, by its tags; by default the only one.
      options: LoadOptions.

    Returns:
      The saved object: functions, variables and parts are its attributes, `signatures` its
      signatures by name. Functions run compiled, and tapes differentiate through them.

    Raises:
      NotFoundError: there is no SavedModel.
      DataLossError, InvalidArgumentError: a file is damaged or was crafted.
      ValueError: no graph has these tags.

    Example:
    >>> class Scale(tf.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.w = tf.Variable(2.0)
    ...     @tf.function(input_signature=[tf.TensorSpec([None])])
    ...     def __call__(self, x):
    ...         return x * self.w
    >>> tf.saved_model.save(Scale(), "scale")
    >>> loaded = tf.saved_model.load("scale")
    >>> loaded(tf.constant([1.0, 3.0])).numpy(), loaded.w.numpy()
    (array([2., 6.], dtype=float32), np.float32(2.0))
    """
    folder = path_of(export_dir)
    path = os.path.join(folder, "saved_model.pb")
    graph = _chosen(read_message(SavedModel, path), tags, path)
    return Loader(folder, path, graph, options or LoadOptions()).loaded()


def read_message(kind, path):
    """The message that a file holds.

    Raises:
      NotFoundError: there is no file. DataLossError: it is no such message.
    """
    with opened(path) as file:
        return message_of(kind, file.read(), path)


def message_of(kind, data, path):
    """The message of some bytes of a file."""
    try:
        return kind.FromString(data)
    except (DataLossError, UnicodeDecodeError, TypeError) as fault:
        raise DataLossError(f"{path}: {fault}") from None


def _chosen(saved, tags, path):
    """The MetaGraphDef with these tags."""
    found = list(saved.meta_graphs)
    if not found:
        refuse(path, "the file", "holds no graph")
    if tags is None:
        if len(found) > 1:
            choices = [sorted(graph.meta_info_def.tags) for graph in found]
            raise ValueError(f"{path} holds several graphs, choose one by tags=, of {choices}.")
        return found[0]
    wanted = {tags} if isinstance(tags, str) else set(tags)
    for graph in found:
        if set(graph.meta_info_def.tags) == wanted:
            return graph
    choices = [sorted(graph.meta_info_def.tags) for graph in found]
    raise ValueError(f"{path} holds no graph with the tags {sorted(wanted)}, but {choices}.")


class Loader:
    """One loading of one graph of a file."""

    def __init__(self, folder, path, graph, options):
        self.folder, self.path, self.graph, self.options = folder, path, graph, options
        self.decoder = Decoder(path)
        self.nodes = list(graph.object_graph_def.nodes)
        if not self.nodes:
            raise NotImplementedError(
                f"{path} was written by TensorFlow 1, without objects, which is not built: load it "
                "in TensorFlow 2 with tf.saved_model.load, and save that."
            )
        self.asset_paths = [self._asset_path(asset) for asset in graph.asset_file_def]
        assets = {known: known for known in self.asset_paths}
        self.library = Library(graph.graph_def, Place(path, assets))
        self._check_objects()
        self.values = [None] * len(self.nodes)
        self.concrete = {}

    # -- checks ------------------------------------------------------------------------------------

    def _asset_path(self, asset):
        name = asset.filename
        parts = name.replace("\\", "/").split("/")
        if not name or os.path.isabs(name) or ":" in name or "\0" in name or ".." in parts:
            refuse(self.path, f"an asset's name {name!r}", "leads out of the folder")
        path = os.path.join(self.folder, "assets", *parts)
        real, inside = os.path.realpath(path), os.path.realpath(os.path.join(self.folder, "assets"))
        if os.path.commonpath([real, inside]) != inside:
            refuse(self.path, f"the asset {name!r}", "is a link that leads out of the folder")
        return path

    def _check_objects(self):
        count, objects = len(self.nodes), self.graph.object_graph_def
        if count > MOST_NODES:
            refuse(self.path, "the file", f"has {count} objects, more than {MOST_NODES}")
        for number, node in enumerate(self.nodes):
            names = [child.local_name for child in node.children]
            if len(set(names)) < len(names):
                refuse(self.path, f"object {number}", "has two parts of one name")
            for child in node.children:
                if not 0 <= child.node_id < count:
                    refuse(self.path, f"object {number}", f"has a part {child.node_id}, not there")
            if node.WhichOneof("kind") == "asset":
                self._check_number(number, node.asset.asset_file_def_index, self.asset_paths)
        for name, function in objects.concrete_functions.items():
            if name not in self.library:
                refuse(self.path, f"the function {name!r}", "is not in the library")
            for bound in function.bound_inputs:
                self._check_number(name, bound, self.nodes)

    def _check_number(self, what, number, known):
        if not 0 <= number < len(known):
            refuse(self.path, f"object {what!r}", f"speaks of number {number}, which is not there")

    def _called(self, name, what):
        """The SavedConcreteFunction of a name."""
        known = self.graph.object_graph_def.concrete_functions
        if name not in known:
            refuse(self.path, f"object {what}", f"calls the function {name!r}, which is not there")
        return known[name]

    # -- variables ---------------------------------------------------------------------------------

    def _stored(self):
        """A dict from the numbers of objects to {attribute: array}, of all that the file keeps.

        The objects of the checkpoint are found by their names, from the root.
        """
        variables = [n for n in self.nodes if n.WhichOneof("kind") == "variable"]
        prefix = os.path.join(self.folder, "variables", "variables")
        if self.options.experimental_skip_checkpoint:
            return {}
        if not variables and not os.path.exists(prefix + ".index"):
            return {}
        with Bundle(prefix) as bundle:
            if _GRAPH_KEY not in bundle:
                refuse(prefix, "the bundle", "has no graph of objects")
            text = bundle[_GRAPH_KEY].ravel()[0]
            keys = self._keys(message_of(TrackableObjectGraph, text, prefix), prefix)
            self._check_variables(bundle, keys)
            return {number: _held(bundle, found) for number, found in keys.items()}

    def _keys(self, message, prefix):
        """A dict from the numbers of objects here to {attribute: key}."""
        found, seen, stack = {}, set(), [(0, 0)]
        while stack:
            here, there = stack.pop()
            if here in seen:
                continue
            seen.add(here)
            if not 0 <= there < len(message.nodes):
                refuse(prefix, "the graph of objects", f"has a part {there}, which is not there")
            node = message.nodes[there]
            attributes = {a.name: a.checkpoint_key for a in node.attributes}
            if attributes:
                found[here] = attributes
            names = {child.local_name: child.node_id for child in node.children}
            for child in self.nodes[here].children:
                if child.local_name in names:
                    stack.append((child.node_id, names[child.local_name]))
        return found

    def _check_variables(self, bundle, keys):
        """Refuses stored arrays that are not of the variables' shapes and dtypes."""
        for number, node in enumerate(self.nodes):
            key = keys.get(number, {}).get("VARIABLE_VALUE")
            if node.WhichOneof("kind") != "variable" or key is None:
                continue
            shape, what = self._shape_of(number, node.variable), node.variable.name
            if key not in bundle:
                refuse(bundle.prefix, f"the variable {what!r}", f"has no array {key!r}")
            stored = tuple(bundle.shape(key))
            wanted = self._dtype_of(node.variable)
            fits = shape is None or (
                len(shape) == len(stored) and all(d in (None, s) for d, s in zip(shape, stored))
            )
            if not fits or dtype_of(bundle.dtype(key), self.path, what) != wanted:
                refuse(
                    self.path,
                    f"the variable {what!r}",
                    f"is {wanted.name}{shape}, but its array {bundle.dtype(key)}{list(stored)}",
                )

    def _shape_of(self, number, variable):
        return shape_of_proto(variable.shape, self.path, f"variable {number}")

    def _dtype_of(self, variable):
        return dtype_of(variable.dtype, self.path, f"the variable {variable.name!r}")

    def _variable(self, number, saved, stored):
        value = stored.get(number, {}).get("VARIABLE_VALUE")
        shape, dtype = self._shape_of(number, saved), self._dtype_of(saved)
        if value is None:
            if not (
                self.options.allow_partial_checkpoint or self.options.experimental_skip_checkpoint
            ):
                refuse(self.path, f"the variable {saved.name!r}", "has no stored value")
            value = np.zeros([d or 0 for d in shape or ()], dtype.numpy_dtype)
        declared = TensorShape(shape) if shape is None or None in shape else None
        made = Variable(wrap(value), trainable=saved.trainable, shape=declared, dtype=dtype)
        made._base_name = saved.name or "Variable"
        return made

    # -- objects -----------------------------------------------------------------------------------

    def loaded(self):
        """Makes all objects, and returns the first."""
        stored = self._stored()
        for number, node in enumerate(self.nodes):
            self.values[number] = self._plain(number, node, stored)
        for number in self._tables():
            self.values[number] = self._run_of(number, "_create_resource")
            if self.values[number] is None:
                refuse(self.path, f"the table {number}", "has no function that makes it")
        for name, saved in self.graph.object_graph_def.concrete_functions.items():
            self.concrete[name] = self._concrete(name, saved)
        for number, node in enumerate(self.nodes):
            self._function(number, node)
        for number, node in enumerate(self.nodes):
            self._add_parts(number, node)
        for number in self._tables():
            self._run_of(number, "_initialize")
            self._fill(number, stored.get(number, {}))
        return self.values[0]

    def _tables(self):
        return [n for n, node in enumerate(self.nodes) if node.WhichOneof("kind") == "resource"]

    def _plain(self, number, node, stored):
        """An object without its parts; None for what is made of others."""
        kind = node.WhichOneof("kind")
        if kind == "variable":
            return self._variable(number, node.variable, stored)
        if kind == "asset":
            path = self.asset_paths[node.asset.asset_file_def_index]
            return wrap(array_of([os.fsencode(path)], ()))
        if kind == "constant":
            return self._constant(number, node.constant.operation)
        if kind == "user_object":
            return self._user_object(node)
        if kind in ("function", "bare_concrete_function", "resource"):
            return None
        if kind == "captured_tensor":
            return OfAnotherFunction(node.captured_tensor.concrete_function)
        raise NotImplementedError(f"{self.path}: object {number} is a {kind}, which is not built.")

    def _constant(self, number, name):
        for node in self.graph.graph_def.node:
            if node.name == name and node.op == "Const":
                return wrap(array_of_message(node.attr["value"].tensor))
        refuse(self.path, f"object {number}", f"is the constant {name!r}, which is not there")

    def _user_object(self, node):
        kind, names = node.user_object.identifier, [c.local_name for c in node.children]
        if kind in ("trackable_list_wrapper", "trackable_tuple_wrapper"):
            return []
        if kind in ("trackable_dict_wrapper", "signature_map"):
            return {}
        return RestoredCallable() if "__call__" in names else RestoredObject()

    def _part(self, number):
        """What an object's attribute holds: an Asset, for the path that functions are given."""
        node = self.nodes[number]
        if node.WhichOneof("kind") == "asset":
            return Asset(self.asset_paths[node.asset.asset_file_def_index])
        return self.values[number]

    def _add_parts(self, number, node):
        parts = {c.local_name: self._part(c.node_id) for c in node.children}
        value = self.values[number]
        if isinstance(value, list):
            places = {int(name): part for name, part in parts.items() if name.isdigit()}
            filled = max(places, default=-1) <= _LONGEST  # with None for what was no object
            value += map(
                places.get, range(max(places, default=-1) + 1) if filled else sorted(places)
            )
        elif isinstance(value, dict):
            value.update(parts)
        elif isinstance(value, RestoredObject):
            vars(value).update(parts)
            if number == 0:
                vars(value).setdefault("signatures", {})
                value.tensorflow_version = self.graph.meta_info_def.tensorflow_version

    # -- functions ---------------------------------------------------------------------------------

    def _concrete(self, name, saved):
        captures = [self.values[number] for number in saved.bound_inputs]
        inputs = self.decoder.value(saved.canonicalized_input_signature)
        outputs = self.decoder.value(saved.output_signature)
        body = self.library.function(name)
        return RestoredConcrete(name, body, captures, inputs, outputs)

    def _function(self, number, node):
        kind = node.WhichOneof("kind")
        if kind == "function":
            names = list(node.function.concrete_functions)
            for name in names:
                self._called(name, number)
            signature = self._signature(node.function.function_spec)
            found = [self.concrete[name] for name in names]
            self.values[number] = RestoredFunction(self._name_of(number), found, signature)
        elif kind == "bare_concrete_function":
            bare = node.bare_concrete_function
            self._called(bare.concrete_function_name, number)
            concrete = self.concrete[bare.concrete_function_name]
            concrete.keywords = list(bare.argument_keywords)
            concrete.positions = bare.allowed_positional_arguments
            self.values[number] = concrete

    def _name_of(self, number):
        for node in self.nodes:
            for child in node.children:
                if child.node_id == number:
                    return child.local_name
        return "function"

    def _signature(self, spec):
        found = self.decoder.value(spec.fullargspec)
        if not isinstance(found, FullArgSpec):
            return Signature([], [], True, True, [], {})
        lists = (found.args, found.defaults or [], found.kwonlyargs or [])
        if not all(isinstance(v, list | tuple) for v in lists) or len(lists[1]) > len(lists[0]):
            refuse(self.path, "a function's parameters", "are no lists")
        names, defaults, only = map(list, lists)
        known = found.kwonlydefaults if isinstance(found.kwonlydefaults, dict) else {}
        more = found.varargs is not None, found.varkw is not None
        return Signature(names[1:] if spec.is_method else names, defaults, *more, only, known)

    # -- tables ------------------------------------------------------------------------------------

    def _run_of(self, number, name):
        """Runs a function of a table that takes no arguments; returns its result, if any."""
        for child in self.nodes[number].children:
            if child.local_name == name:
                node = self.nodes[child.node_id]
                called = list(node.function.concrete_functions)
                if node.WhichOneof("kind") != "function" or len(called) != 1:
                    refuse(self.path, f"object {number}", f"has no function for {name}")
                saved = self._called(called[0], number)
                captures = [self.values[bound] for bound in saved.bound_inputs]
                result = self.library.function(called[0])(*captures)
                return result[0] if result else None
        return None

    def _fill(self, number, arrays):
        """Enters what the checkpoint has of a table."""
        keys = next((a for name, a in arrays.items() if name.endswith("-keys")), None)
        values = next((a for name, a in arrays.items() if name.endswith("-values")), None)
        if keys is not None and values is not None:
            self.values[number].insert(wrap(keys), wrap(values))


def _held(bundle, keys):
    """A dict from attributes to arrays; a table has two, of its keys and of its values."""
    found = {}
    for name, key in keys.items():
        for part in ("", "-keys", "-values"):
            if key + part in bundle:
                found[name + part] = bundle[key + part]
    return found
