"""tf.saved_model.save: objects with their functions and variables, as TensorFlow's folders."""

import hashlib
import os
import shutil
import warnings
from contextlib import ExitStack

import numpy as np

from ..base.files import appearing, makedirs, path_of, replacing, translated
from ..base.release import VERSION
from ..checkpoint.graph import GRAPH_KEY
from ..core.spec import TensorSpec
from ..core.trackable import Trackable
from ..core.variable import Variable
from ..formats.bundle import write_bundle
from ..formats.graph_messages import (
    FingerprintDef,
    MetaGraphDef,
    SavedFunction,
    SavedModel,
    SavedObjectGraph,
    StructuredValue,
    TensorSpecProto,
)
from ..function.concrete import ConcreteFunction
from ..function.function import Function
from ..ops.seeding import State
from .asset import Asset
from .constants import (
    ASSETS_DIRECTORY,
    DEFAULT_SERVING_SIGNATURE_DEF_KEY,
    PREDICT_METHOD_NAME,
    SAVED_MODEL_FILENAME_PB,
    SAVED_MODEL_SCHEMA_VERSION,
    SERVING,
    VARIABLES_DIRECTORY,
    VARIABLES_FILENAME,
)
from .functions import (
    Signature,
    concrete_of,
    done,
    plain_function,
    traces_of,
    with_defaults,
    written,
)
from .graph_defs import graph_def, table_handle
from .nodes import RESOURCE, STRING, Body, Library, shape_proto, type_of
from .objects import SavedObjects, SignatureMap, Table, saved_children
from .restored import RestoredObject
from .structured import encoded, function_spec

_INIT = "__saved_model_init_op"
_DEFAULT = "_default_save_signature"
_GENERIC = "_generic_user_object"
_VERSION = {"producer": 1, "min_consumer": 1}


class _Made(Trackable):
    """A function that is saved and is no trace of a tf.function."""

    def __init__(self, written):
        self.written = written


class Saving:
    """One saved model in the making.

    Args:
      root: the object.
      signatures: a function, a dict of functions by name, or None.
    """

    def __init__(self, root, signatures):
        self.library = Library()
        self.map = SignatureMap()
        children = saved_children(root)
        if hasattr(root, "_track_serving"):
            children[_DEFAULT] = root._track_serving()
        self.signatures = self._signatures(children, signatures)
        children = {k: v for k, v in children.items() if v is not None}
        self.objects = SavedObjects(root, children | {"signatures": self.map})
        self.functions = {}  # number of an object -> the Written functions it has
        self.concretes = {}  # name -> (Written, input structure, output structure)
        self._write_functions()
        self._adopt()
        self.tables = {id(table._entries): number for number, table in self.objects.tables}
        self._write_tables()
        self.bound = {
            name: [self._number_of(key, name) for key in function.keys]
            for name, (function, *_) in self.concretes.items()
        }
        self.assets = _asset_names(self.objects.of(Asset))

    # -- signatures --------------------------------------------------------------------------------

    def _signatures(self, children, given):
        asked = given is not None
        if given is None:
            given = _default_signature(children)
        if not isinstance(given, dict):
            given = {} if given is None else {DEFAULT_SERVING_SIGNATURE_DEF_KEY: given}
        found = {}
        for name, function in given.items():
            if not isinstance(name, str):
                raise TypeError(f"The names of signatures must be text, got {name!r}.")
            if name == _INIT:
                raise KeyError(f"The name {name!r} of a signature is TensorFlow's own.")
            try:
                found[name] = Signature(self.library, concrete_of(function, name), name)
            except ValueError:
                if asked:
                    raise
                continue  # it is no signature, but a function all the same
            self.map[name] = _SignatureFunction(found[name])
        return found

    # -- functions ---------------------------------------------------------------------------------

    def _write_functions(self):
        for number, found in enumerate(self.objects.found):
            value = found.value
            if isinstance(value, Function):
                traces = traces_of(value)
                self.functions[number] = [self._enter_trace(c) for c in traces if _can_save(c)]
            elif isinstance(value, ConcreteFunction):
                self.functions[number] = [self._enter_trace(concrete_of(value, "a function"))]
            elif isinstance(value, _SignatureFunction):
                self._enter_signature(number, value.signature)

    def _enter_trace(self, concrete):
        function = written(self.library, concrete)
        structure = _named_inputs(concrete, function.names)
        self.concretes[function.name] = function, structure, concrete.structured_outputs
        return function

    def _enter_signature(self, number, signature):
        function = signature.written
        self.functions[number] = [function]
        inputs = (), dict(signature.inputs)
        self.concretes[function.name] = function, inputs, dict(signature.outputs)

    def _write_tables(self):
        """Each table has functions that make it, fill it and take it away."""
        for number, table in self.objects.tables:
            entries, shared = table._entries, _table_name(table)

            def create(body, entries=entries, shared=shared):
                return [table_handle(body, entries, shared)]

            def fill(body, entries=entries):
                handle = body.capture(("table", entries), name="table_handle")
                keys, values = entries.exported()
                body.add("LookupTableImportV2", handle, body.constant(keys), body.constant(values))
                return done(body)

            for name, write in (("creator", create), ("initializer", fill), ("destroyer", done)):
                function = plain_function(self.library, f"_{name}", write)
                self.concretes[function.name] = function, ((), {}), _scalar(function)
                role = {"creator": "_create_resource", "initializer": "_initialize"}
                child = self.objects.add(
                    _Made(function), number, role.get(name, "_destroy_resource")
                )
                self.functions[child] = [function]

    def _adopt(self):
        """Streams of random numbers and tables that functions alone know become the root's."""
        known = {id(table._entries) for _, table in self.objects.tables}
        keys = [key for function, *_ in self.concretes.values() for key in function.keys]
        for kind, what in keys:
            if kind == "table" and id(what) not in known:
                known.add(id(what))
                self.objects.add(Table(what), 0, f"_table_{len(self.objects.found)}")
            state = what.deref() if kind == "variable" else None
            if isinstance(state, State) and self.objects.number_of(state) is None:
                self.objects.add(state, 0, f"_random_state_{len(self.objects.found)}")

    def _number_of(self, key, name):
        """The number of the object that a function captures."""
        kind, what = key
        if kind == "table":
            return self.tables[id(what)]
        variable = what.deref()
        number = self.objects.number_of(variable)
        if number is None and getattr(variable, "is_asset_path", False):
            number = next((n for n, a in self.objects.of(Asset) if a._held is variable), None)
        if number is None:
            raise AssertionError(
                "Tried to export a function which references an 'untracked' resource: the variable "
                f"{variable.name!r}, in {name}. Resources of functions must be tracked: keep it in "
                "an attribute of the object that is saved, or of one below it."
            )
        return number

    # -- messages ----------------------------------------------------------------------------------

    def object_graph(self):
        """The SavedObjectGraph."""
        message = SavedObjectGraph()
        asset_number = 0
        for number, found in enumerate(self.objects.found):
            node = message.nodes.add()
            for name, child in found.children.items():
                node.children.add(node_id=child, local_name=name)
            if isinstance(found.value, Asset):
                node.asset.asset_file_def_index = asset_number
                node.asset.SetInParent()
                asset_number += 1
            else:
                self._describe(node, number, found.value)
        for name, (_, inputs, outputs) in self.concretes.items():
            entry = message.concrete_functions.get_or_create(name)
            entry.bound_inputs.extend(self.bound[name])
            entry.canonicalized_input_signature.CopyFrom(encoded(inputs))
            if not isinstance(outputs, StructuredValue):
                outputs = encoded(outputs)
            entry.output_signature.CopyFrom(outputs)
        return message

    def _describe(self, node, number, value):
        """Says in a node what kind of object it is."""
        if isinstance(value, Variable):
            held = node.variable
            held.dtype, held.trainable = type_of(value._dtype), bool(value.trainable)
            shape = value.shape
            held.shape.CopyFrom(shape_proto(None if shape.rank is None else tuple(shape)))
            held.shape.SetInParent()
            held.name = value.name.split(":")[0]
        elif isinstance(value, Function):
            names = [f.name for f in self.functions[number]]
            spec = function_spec(value.python_function, value._signature)
            node.function.CopyFrom(SavedFunction(concrete_functions=names, function_spec=spec))
        elif isinstance(value, _Made):
            names = [f.name for f in self.functions[number]]
            spec = function_spec(lambda: None, ())
            node.function.CopyFrom(SavedFunction(concrete_functions=names, function_spec=spec))
        elif isinstance(value, ConcreteFunction | _SignatureFunction):
            (function,) = self.functions[number]
            held = node.bare_concrete_function
            held.concrete_function_name = function.name
            names = (
                list(value.signature.inputs)
                if isinstance(value, _SignatureFunction)
                else function.names
            )
            held.argument_keywords.extend(names)
            held.allowed_positional_arguments = len(names)
        elif number in self.tables.values():
            node.resource.SetInParent()
        else:
            node.user_object.identifier = _identifier(value)
            node.user_object.version.CopyFrom(type(node.user_object.version)(**_VERSION))

    def meta_graph(self):
        """The MetaGraphDef: what serves without the objects."""
        body = Body(self.library, flat=True)
        message = MetaGraphDef()
        handles, assets, started = self._handles(body, message)
        for signature in self.signatures.values():
            self._serve(body, message, signature, {**handles, **assets})
        for number, _ in self.objects.tables:
            (fill,) = [f for f in self._children(number, "_initialize")]
            started.append(self._called(body, fill, handles))
        body.add("NoOp", after=started, name="NoOp")
        init = body.nodes[-1].name
        outputs = {_INIT: {"name": init, "tensor_shape": shape_proto(None)}}
        message.signature_def.MergeFrom({_INIT: {"outputs": outputs}})
        message.collection_def.MergeFrom({"saved_model_main_op": {"node_list": {"value": [init]}}})
        self._saver(body, message, handles)
        message.graph_def.CopyFrom(graph_def(body))
        info = message.meta_info_def
        info.tags.append(SERVING)
        info.tensorflow_version, info.stripped_default_attrs = VERSION, True
        message.object_graph_def.CopyFrom(self.object_graph())
        return message

    def alias(self, message, name, function):
        """Enters the name of a function's traces."""
        number = self.objects.number_of(function)
        if number is None:
            raise ValueError(f"function_aliases: {name!r} is no function of the saved object.")
        for trace in self.functions[number]:
            message.meta_info_def.function_aliases.add(key=trace.name, value=name)

    def _children(self, number, name):
        return self.functions[self.objects.found[number].children[name]]

    def _handles(self, body, message):
        """(Refs of variables and tables by number, of assets' paths, names of what starts them)."""
        handles, paths, started = {}, {}, []
        for number, v in self.objects.of(Variable):
            shape = tuple(v.shape) if v.shape.rank is not None else None
            name = v.name.split(":")[0]
            dtype = type_of(v._dtype)
            handles[number] = body.add(
                "VarHandleOp", name=f"{name}_{number}", dtype=dtype, shape=shape, shared_name=""
            )
            made = body.nodes[-1]  # TensorFlow's converters take the one name for the other
            made.attr["shared_name"].s = made.name.encode()
        for number, table in self.objects.tables:
            handles[number] = table_handle(body, table._entries, _table_name(table))
        for count, (number, _) in enumerate(self.objects.of(Asset)):
            path = body.add("Placeholder", dtype=STRING, shape=(), name="asset_path_initializer")
            attrs = {"dtype": STRING, "shape": (), "shared_name": f"asset_{count}"}
            handle = body.add("VarHandleOp", name="asset", **attrs)
            body.add("AssignVariableOp", handle, path)
            started.append(body.nodes[-1].name)
            paths[number] = body.add("ReadVariableOp", handle, dtype=STRING, after=started[-1:])
            held = message.asset_file_def.add(filename=self.assets[number])
            held.tensor_info.name = path.node + ":0"
        return handles, paths, started

    def _called(self, body, function, handles):
        """Calls a function in the graph; returns the name of the node."""
        body.call(function.definition, [handles[n] for n in self.bound[function.name]])
        return body.nodes[-1].name

    def _serve(self, body, message, signature, handles):
        """A signature's placeholders, and the call that serves it."""
        given, inputs, outputs = {}, {}, {}
        for name, spec in signature.inputs.items():
            kind = spec.dtype.as_datatype_enum
            shape = tuple(spec.shape)
            given[name] = body.add(
                "Placeholder", dtype=kind, shape=shape, name=f"{signature.name}_{name}"
            )
            inputs[name] = _tensor_info(given[name], kind, shape)
        function = signature.written
        captured = [handles[n] for n in self.bound[function.name]]
        found = body.call(function.definition, [*given.values(), *captured])
        for (name, spec), ref in zip(signature.outputs.items(), found):
            outputs[name] = _tensor_info(ref, spec.dtype.as_datatype_enum, tuple(spec.shape))
        fields = {"inputs": inputs, "outputs": outputs, "method_name": PREDICT_METHOD_NAME}
        message.signature_def.MergeFrom({signature.name: fields})

    def _saver(self, body, message, handles):
        """The functions that write and read the variables' files."""
        keys = self.objects.keys()
        order = list(keys)
        prefix = body.add("Placeholder", dtype=STRING, shape=(), name="saver_filename")
        given = [prefix, *[handles[n] for n in order]]
        dtypes = [type_of(self.objects.found[n].value._dtype) for n in order]
        names = np.array([keys[n].encode() for n in order] + [GRAPH_KEY.encode()], object)
        graph = self.objects.arrays[GRAPH_KEY]
        save = self._checkpoint_function("traced_save", given, _saves, dtypes, names, graph)
        restore = self._checkpoint_function("traced_restore", given, _restores, dtypes, names)
        (saved,) = body.call(save, given)
        body.call(restore, given)
        restored = body.nodes[-1].name
        saver = message.saver_def
        saver.filename_tensor_name = prefix.node + ":0"
        saver.save_tensor_name = saved.node + ":0"
        saver.restore_op_name, saver.version = restored, 2

    def _checkpoint_function(self, name, given, write, *arguments):
        inner = Body(self.library)
        refs = [inner.argument("file_prefix", STRING, ())]
        refs += [inner.argument("handle", RESOURCE, ()) for _ in given[1:]]
        return inner.finish(f"_{name}", write(inner, refs, *arguments))


def _saves(body, given, dtypes, names, graph):
    prefix, *handles = given
    values = [body.add("ReadVariableOp", h, dtype=d) for h, d in zip(handles, dtypes)]
    part = body.add("StringJoin", [prefix, body.constant(_text(b"_temp/part"))])
    zero, one = body.constant(np.int32(0)), body.constant(np.int32(1))
    shard = body.add("ShardedFilename", part, zero, one)
    slices = body.constant(np.array([b""] * len(names), object))
    content = [*values, body.constant(graph)]
    body.add("SaveV2", shard, body.constant(names), slices, content)
    parts = body.add("Pack", [shard], after=body.effects)
    body.ordered("MergeV2Checkpoints", parts, prefix)
    return [body.add("Identity", prefix, after=body.effects)]


def _restores(body, given, dtypes, names):
    prefix, *handles = given
    if handles:
        slices = body.constant(np.array([b""] * len(handles), object))
        found = body.add("RestoreV2", prefix, body.constant(names[:-1]), slices, dtypes=dtypes)
        for handle, value in zip(handles, found):
            body.add("AssignVariableOp", handle, value)
    return [body.add("Identity", prefix, after=body.effects)]


def _text(data):
    held = np.empty((), object)
    held[()] = data
    return held


class _SignatureFunction(Trackable):
    """A signature as one of the objects that are saved."""

    def __init__(self, signature):
        self.signature = signature


def _can_save(concrete):
    """Whether a file can hold what a trace takes and returns; warns where it cannot."""
    try:
        encoded(concrete.structured_input_signature)
        encoded(concrete.structured_outputs)
    except NotImplementedError as fault:
        warnings.warn(f"{concrete.name} is left out of the saved model: {fault}", stacklevel=2)
        return False
    return True


def _named_inputs(concrete, names):
    """The (args, kwargs) of a trace, their TensorSpecs with names."""
    rest = iter(names)

    def named(value):
        if isinstance(value, TensorSpec):
            return TensorSpec(value.shape, value.dtype, next(rest))
        if isinstance(value, dict):
            found = {key: named(value[key]) for key in sorted(value)}
            return {key: found[key] for key in value}
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(named, value))
        if isinstance(value, list | tuple):
            return type(value)(map(named, value))
        for _ in getattr(value, "_component_specs", ()):
            next(rest)
        return value

    return named(with_defaults(concrete.function, *concrete.structured_input_signature))


def _scalar(function):
    """The structure of the one scalar that a function returns, of whatever dtype."""
    (result,) = function.definition.signature.output_arg
    fields = {"shape": shape_proto(()), "dtype": result.type}
    return StructuredValue(tensor_spec_value=TensorSpecProto(**fields))


def _hash(data):
    """A number for some bytes, by which programs tell models apart."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def _table_name(table):
    """A name that other tables of a process do not have, but those of equal content."""
    keys, values = table._entries.exported()
    text = repr((keys.dtype, values.dtype, keys.tolist(), values.tolist())).encode()
    mutable = hasattr(table, "insert")
    return f"table_{_hash(text):x}" + f"_{id(table):x}" * mutable


def _identifier(value):
    if isinstance(value, SignatureMap):
        return "signature_map"
    kinds = {dict: "dict", list: "list", tuple: "tuple"}
    for kind, name in kinds.items():
        if isinstance(value, kind):
            return f"trackable_{name}_wrapper"
    return _GENERIC


def _tensor_info(ref, dtype, shape):
    return {"name": f"{ref.node}:{ref.place}", "dtype": dtype, "tensor_shape": shape_proto(shape)}


def _asset_names(assets):
    """From the number of each asset to its file's name: two files of one name get numbers."""
    names, by_path = {}, {}
    for number, asset in assets:
        base, dot, end = os.path.basename(asset._path).partition(".")
        name, count = base + dot + end, 0
        while by_path.get(name, asset._path) != asset._path:
            count += 1
            name = f"{base}_{count}{dot}{end}"
        by_path[name] = asset._path
        names[number] = name
    return names


def _default_signature(children):
    """The function that is served where no signature is given, or None."""
    functions = [v for v in children.values() if isinstance(v, Function | ConcreteFunction)]
    if _DEFAULT in children or len(functions) != 1:
        return children.get(_DEFAULT)
    (function,) = functions
    if isinstance(function, Function) and function._signature is None:
        return None
    return function


def save(obj, export_dir, signatures=None, options=None):
    """Saves an object with its functions, variables and files, for TensorFlow to load and serve.

    Args:
      obj: a tf.Module, a Keras model, or another object whose attributes are tracked.
      export_dir: the folder; it is made where there is none.
      signatures: a tf.function with an input_signature, one of its traces, or a dict of such by
        name: what serves. By default the one function of `obj`.
      options: a tf.saved_model.SaveOptions.

    Raises:
      ValueError: no object that can be saved, or a function that is no signature.
      AssertionError: a function uses a variable that the object does not have.
      NotImplementedError: a function does what TensorFlow has no operation for.

    Example:
    >>> class Double(tf.Module):
    ...     @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    ...     def __call__(self, x):
    ...         return {"y": x + x}
    >>> tf.saved_model.save(Double(), "double")
    >>> tf.saved_model.contains_saved_model("double")
    True
    """
    if not isinstance(obj, Trackable):
        raise ValueError(
            f"Expected an object of type `Trackable`, such as `tf.Module` or a subclass of the "
            f"`Trackable` class, for export. Got {obj} with type {type(obj)}."
        )
    if isinstance(obj, RestoredObject):
        raise NotImplementedError(
            "[saved_model.save] what tf.saved_model.load gave is not saved again: copy its folder, "
            "or save a tf.Module that keeps it in an attribute and has tf.functions that call it."
        )
    saving = Saving(obj, signatures)
    model = SavedModel(saved_model_schema_version=SAVED_MODEL_SCHEMA_VERSION)
    graph = saving.meta_graph()
    if options is not None:
        graph.meta_info_def.tags.extend(options.extra_tags)
        for name, function in options.function_aliases.items():
            saving.alias(graph, name, function)
    model.meta_graphs.append(graph)
    write(path_of(export_dir), model, saving)


def write(folder, model, saving):
    """Writes the folder: a new one is made beside its place, and moved there when it is whole.

    Of one that is there, variables and other files are the old ones or the new ones, whole; they
    change when all of the new ones lie on the disk.
    """
    folder = os.path.abspath(folder)
    if os.path.isdir(folder):
        _write_into(folder, model, saving)
        return
    makedirs(os.path.dirname(folder))
    with appearing(folder) as new:
        _write_into(new, model, saving)


def _write_into(folder, model, saving):
    makedirs(os.path.join(folder, VARIABLES_DIRECTORY))
    makedirs(os.path.join(folder, ASSETS_DIRECTORY))
    data = model.SerializeToString()
    files = {
        SAVED_MODEL_FILENAME_PB: lambda path: _write_bytes(path, data),
        "fingerprint.pb": lambda path: _write_bytes(path, _fingerprint(model, data)),
    }
    for number, asset in saving.objects.of(Asset):
        name = os.path.join(ASSETS_DIRECTORY, saving.assets[number])
        files[name] = lambda path, asset=asset: _copy(asset._path, path)
    with ExitStack() as stack:  # whose end puts the files into their places, the first one last
        for name, fill in files.items():
            fill(stack.enter_context(replacing(os.path.join(folder, name))))
        prefix = os.path.join(folder, VARIABLES_DIRECTORY, VARIABLES_FILENAME)
        write_bundle(prefix, saving.objects.arrays)


def _write_bytes(path, data):
    with open(path, "wb") as file:
        file.write(data)


def _copy(source, target):
    with translated(source):
        shutil.copyfile(source, target)


def _fingerprint(model, data):
    graph = model.meta_graphs[0]
    parts = {
        "saved_model_checksum": data,
        "graph_def_program_hash": graph.graph_def.SerializeToString(),
        "saved_object_graph_hash": graph.object_graph_def.SerializeToString(),
        "signature_def_hash": b"".join(
            graph.signature_def[k].SerializeToString() for k in sorted(graph.signature_def)
        ),
    }
    hashes = {key: _hash(part) for key, part in parts.items()}
    uuid = str(int.from_bytes(os.urandom(16), "big"))
    made = FingerprintDef(uuid=uuid, version={"producer": 4}, **hashes)
    return made.SerializeToString()
