"""The graph of layers behind a functional model: its order, and its run."""

import warnings

from ...base import nest
from ...core.composite import CompositeTensor
from ...core.tensor import Tensor
from ...core.trackable import Trackable
from ...ops import cast, expand_dims, squeeze
from ...ops.ragged import RaggedTensor
from ...ops.sparse import SparseTensor
from ..layers.input import InputLayer
from ..layers.symbolic import KerasTensor
from ..registry import decode, deserialize, encode, serialize


class LayerGraph(Trackable):
    """The nodes between input and output KerasTensors, in an order in which they can run.

    Args:
      inputs, outputs: structures of KerasTensors.
      added: KerasTensors that are computed too, for the losses and metrics on the way to them.

    Raises:
      ValueError: an output depends on a KerasTensor that is not among the inputs.
    """

    def __init__(self, inputs, outputs, added=()):
        self.added = list(added)
        self.inputs_structure, self.outputs_structure = inputs, outputs
        self.inputs, self.outputs = nest.flatten(inputs), nest.flatten(outputs)
        for what, given in (("inputs", self.inputs), ("outputs", self.outputs)):
            wrong = [leaf for leaf in given if not isinstance(leaf, KerasTensor)]
            if wrong:
                raise ValueError(
                    f"All `{what}` values must be KerasTensors, from keras.Input and layers called "
                    f"on it. Received an invalid value: {wrong[0]!r}."
                )
        self.starts = [input_layer(tensor) for tensor in self.inputs]
        self.nodes, self.layers = self._sort()

    def _track_children(self):
        return {"_operations": self.layers}

    def extended(self, added):
        """The graph that computes further tensors as well."""
        if not added:
            return self
        return LayerGraph(self.inputs_structure, self.outputs_structure, [*self.added, *added])

    def _sort(self):
        """All nodes, each after those whose results it takes; and the layers as Keras lists them:
        those furthest from the outputs first, then in the order of a walk that begins there."""
        starts = dict(zip(map(id, self.inputs), self.starts))

        def source(tensor):
            return starts[id(tensor)] if id(tensor) in starts else _node_of(tensor)

        order, seen, met = [], set(), {}
        for output in [*self.outputs, *self.added]:
            stack = [(source(output), False)]
            while stack:
                at, expanded = stack.pop()
                if expanded:
                    order.append(at)
                    continue
                if id(at) in seen:
                    continue
                seen.add(id(at))
                stack.append((at, True))
                operation = at if isinstance(at, InputLayer) else at.operation
                if at is not operation and isinstance(operation, InputLayer):
                    path = path_of(output, self.outputs_structure)
                    raise ValueError(
                        f"Output with path `{path}` is not connected to `inputs`: {output!r} "
                        f"depends on {at.outputs!r}, which is not among them."
                    )
                met.setdefault(id(operation), (len(met), operation))
                if at is not operation:
                    stack.extend((source(t), False) for t in reversed(at.input_tensors))
        depths, deepest = {}, {}
        for at in reversed(order):
            operation = at if isinstance(at, InputLayer) else at.operation
            depth = max(depths.get(id(at), 0), deepest.get(id(operation), 0))
            deepest[id(operation)] = depth
            for t in () if at is operation else at.input_tensors:
                parent = id(source(t))
                depths[parent] = max(depths.get(parent, 0), depth + 1)
        for layer in self.starts:  # an input that nothing takes
            met.setdefault(id(layer), (-1, layer))
        ordered = sorted(met.items(), key=lambda e: (-deepest.get(e[0], 0), e[1][0]))
        nodes = [at for at in order if not isinstance(at, InputLayer)]
        return nodes, [layer for _, (_, layer) in ordered]

    def run(self, tensors):
        """Computes the outputs from a flat list of tensors: in their structure, but for a list of
        one, which is that one."""
        known = {id(k): t for k, t in zip(self.inputs, tensors)}

        def value(leaf):
            return known[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

        for node in self.nodes:
            if len(node.args) == 1 and isinstance(node.args[0], KerasTensor) and not node.kwargs:
                outputs = node.operation(known[id(node.args[0])])
            else:
                args = nest.map_structure(value, list(node.args))
                kwargs = nest.map_structure(value, node.kwargs)
                outputs = node.operation(*args, **kwargs)
            if node.outputs.__class__ is KerasTensor:
                known[id(node.outputs)] = outputs
            else:
                known.update(
                    (id(k), t) for k, t in zip(nest.flatten(node.outputs), nest.flatten(outputs))
                )
        structure = self.outputs_structure
        if isinstance(structure, (list, tuple)) and len(structure) == 1:
            structure = structure[0]
        return nest.map_structure(value, structure)

    # -- the same graph once more ------------------------------------------------------------------

    def description(self):
        """(input layers, calls, ends): the graph with numbers in place of its KerasTensors.

        A call is (layer, args, kwargs). Those of the input layers come first in the count, then the
        results of each call; `ends` are the structures of inputs, outputs and what is added.
        """
        tensors = self.inputs + [t for node in self.nodes for t in node.output_tensors]
        numbers = {id(t): i for i, t in reversed(list(enumerate(tensors)))}

        def numbered(structure):
            return nest.map_structure(
                lambda leaf: _Number(numbers[id(leaf)]) if isinstance(leaf, KerasTensor) else leaf,
                structure,
            )

        calls = [(n.operation, numbered(list(n.args)), numbered(n.kwargs)) for n in self.nodes]
        ends = tuple(map(numbered, (self.inputs_structure, self.outputs_structure, self.added)))
        return self.starts, calls, ends

    def __getstate__(self):
        return self.description()

    def __setstate__(self, description):
        starts, calls, ends = description
        self.__init__(*replay([start.output for start in starts], calls, ends))

    def get_config(self):
        """The layers, each with its calls, and where inputs and outputs come from.

        Raises:
          ValueError: two layers of one name.
        """
        starts = self.starts
        layers = starts + [layer for layer in self.layers if not isinstance(layer, InputLayer)]
        names = [layer.name for layer in layers]
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated is not None:
            raise ValueError(
                f"get_config: the name {repeated!r} is used {names.count(repeated)} times in the "
                "model, and a config tells layers by their names. Give each its own."
            )
        inside, calls = {id(node) for node in self.nodes}, {}
        places = {id(t): [start.name, 0, 0] for t, start in zip(self.inputs, starts)}
        for layer in layers[len(starts) :]:
            calls[layer] = [n for n in layer._inbound_nodes if id(n) in inside]
            for i, node in enumerate(calls[layer]):
                for k, tensor in enumerate(node.output_tensors):
                    places.setdefault(id(tensor), [layer.name, i, k])
        added = {"added_layers": [_end(t, places) for t in self.added]} if self.added else {}
        return {
            **added,
            "layers": [
                {
                    **serialize(layer),
                    "name": layer.name,
                    "inbound_nodes": [
                        {"args": _plain(list(n.args), places), "kwargs": _plain(n.kwargs, places)}
                        for n in calls.get(layer, ())
                    ],
                }
                for layer in layers
            ],
            "input_layers": nest.map_structure(lambda t: _end(t, places), self.inputs_structure),
            "output_layers": nest.map_structure(lambda t: _end(t, places), self.outputs_structure),
        }

    # -- inputs ------------------------------------------------------------------------------------

    def names(self, tensors):
        """The names of the layers that the tensors come from."""
        return [t._keras_history[0].name for t in tensors]

    def flat_inputs(self, name, inputs, any_size=False):
        """The inputs as a flat list in the graph's order, ranks and dtypes fitted.

        With `any_size` the sizes are left to the layers to judge.

        Raises:
          ValueError: a number, name or shape that does not fit; `name` is the model's.
        """
        structure = self.inputs_structure
        if isinstance(inputs, dict):
            inputs = self._by_name(name, inputs)
        elif isinstance(structure, dict) and isinstance(inputs, (list, tuple)) and len(inputs) > 1:
            self._not_by_name(name, inputs)
        flat = nest.flatten(inputs)
        if len(flat) != len(self.inputs):
            keys = sorted(structure) if isinstance(structure, dict) else self.names(self.inputs)
            raise ValueError(
                f"Model {name!r} expects {len(self.inputs)} named input(s) with keys {keys}, got "
                f"{len(flat)}."
            )
        return [
            _fit(name, i, t, k, any_size, structure)
            for i, (t, k) in enumerate(zip(flat, self.inputs))
        ]

    def _by_name(self, name, inputs):
        names, structure = self.names(self.inputs), self.inputs_structure
        keys, given = names, set(inputs)
        if isinstance(structure, dict) and (set(structure) <= given or not set(names) <= given):
            keys = sorted(structure)
            if set(keys) < given:
                more = sorted(map(str, given - set(keys)))
                _warn_of_structure(name, keys, f"{more} too, which are left out")
        missing = [k for k in keys if k not in inputs]
        if missing:
            raise ValueError(
                f'Missing data for input "{missing[0]}": model {name!r} has inputs {keys}, the '
                f"dict given has {sorted(inputs)}."
            )
        return [inputs[k] for k in keys]

    def _not_by_name(self, name, inputs):
        """A list for inputs with names goes by the sorted names, where these are declared so."""
        keys = list(self.inputs_structure)
        if len(inputs) != len(keys):
            return
        if keys != sorted(keys):
            raise ValueError(
                "The structure of `inputs` doesn't match the expected structure: model "
                f"{name!r} has inputs {keys}, and a {type(inputs).__name__} does not say which is "
                "which. Give a dict."
            )
        _warn_of_structure(name, keys, f"a {type(inputs).__name__}, which is taken in that order")


class _Number:
    """Stands for the KerasTensor of a number."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


def input_layer(tensor):
    """The input layer of a graph's input: a new one where the input lies within another graph."""
    layer = tensor._keras_history[0]
    if isinstance(layer, InputLayer):
        return layer
    return InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype, name=f"{tensor.name}CLONE")


def path_of(leaf, structure, path=()):
    """The way to a leaf of a structure as Keras writes it, "u.1.v"; None where it is not there."""
    if structure is leaf:
        return ".".join(map(str, path))
    if not nest.is_nested(structure):
        return None
    pairs = structure.items() if isinstance(structure, dict) else enumerate(structure)
    found = [path_of(leaf, part, (*path, key)) for key, part in pairs]
    return next((one for one in found if one is not None), None)


def replay(tensors, calls, ends, call=lambda layer, *args, **kwargs: layer(*args, **kwargs)):
    """(inputs, outputs, added) of the graph of a `description`, called once more.

    Args:
      tensors: the KerasTensors to begin with.
      calls, ends: of the description.
      call: function (layer, *args, **kwargs) that calls a layer.
    """
    known = list(tensors)

    def filled(structure):
        return nest.map_structure(
            lambda leaf: known[leaf.number] if isinstance(leaf, _Number) else leaf, structure
        )

    for layer, args, kwargs in calls:
        outputs = call(layer, *filled(args), **filled(kwargs))
        known += [t for t in nest.flatten(outputs) if isinstance(t, KerasTensor)]
    return tuple(map(filled, ends))


def _plain(value, places):
    """Arguments of a call as plain data, in Keras's spelling of what JSON has not."""
    if isinstance(value, KerasTensor):
        place = {
            "shape": list(value.shape),
            "dtype": value.dtype,
            "keras_history": list(places[id(value)]),
        }
        return {"class_name": "__keras_tensor__", "config": place}
    if type(value) is tuple:
        return {"class_name": "__tuple__", "config": {"value": _plain(list(value), places)}}
    if isinstance(value, slice):
        parts = {k: _plain(getattr(value, k), places) for k in ("start", "stop", "step")}
        return {"class_name": "__slice__", "config": parts}
    if value is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, list):
        return [_plain(v, places) for v in value]
    if isinstance(value, dict):
        return {k: _plain(v, places) for k, v in value.items()}
    return encode(value)


def _end(tensor, places):
    """The place of an input or output; nodes of a model within are counted from 1, as in Keras,
    whose models have a node of their own before."""
    name, node, index = places[id(tensor)]
    inner = getattr(tensor._keras_history[0], "_counts_from_one", False)
    return [name, node + inner, index]


def graph_of_config(config, custom_objects=None):
    """(inputs, outputs, added) of what `LayerGraph.get_config` returned, of new layers.

    Raises:
      ValueError: a call waits for a tensor that nothing makes.
    """
    made = [(c, deserialize(c, None, "layer", custom_objects)) for c in config["layers"]]
    made = [(c, c.get("name") or layer.name, layer) for c, layer in made]
    layers = {name: layer for _, name, layer in made}
    elsewhere = {n: len(y._inbound_nodes) for c, n, y in made if c["inbound_nodes"]}
    old = [c for c, _, _ in made if any(isinstance(call, list) for call in c["inbound_nodes"])]
    first = _first_nodes(config) if old else {}
    waiting = [
        (layer, [_modern(call, layers) for call in c["inbound_nodes"]]) for c, _, layer in made
    ]

    def tensor(place, offset=0):
        name, node, index = place
        if name not in layers:
            raise _missing(name)
        node -= first.get(name, 0) if first else offset
        if node < 0:
            raise ValueError(f"The config's graph names no call of {name!r}: {place}.")
        return layers[name]._inbound_nodes[node + elsewhere.get(name, 0)].output_tensors[index]

    def read(value):
        kind = value.get("class_name") if isinstance(value, dict) else None
        if kind == "__keras_tensor__":
            return tensor(value["config"]["keras_history"])
        if kind == "__tuple__":
            return tuple(map(read, value["config"]["value"]))
        if kind == "__slice__":
            return slice(*[read(value["config"][k]) for k in ("start", "stop", "step")])
        if kind == "__ellipsis__":
            return Ellipsis
        if isinstance(value, list):
            return list(map(read, value))
        if isinstance(value, dict) and kind is None:
            return {k: read(v) for k, v in value.items()}
        return decode(value, custom_objects)

    def end(value):
        if isinstance(value, dict):
            return {k: end(v) for k, v in value.items()}
        if len(value) == 3 and isinstance(value[0], str):
            return tensor(value, getattr(layers[value[0]], "_counts_from_one", False))
        return type(value)(map(end, value))

    while any(calls for _, calls in waiting):
        before = sum(len(calls) for _, calls in waiting)
        for layer, calls in waiting:
            while calls:
                try:
                    args, kwargs = read(calls[0]["args"]), read(calls[0]["kwargs"])
                except IndexError:
                    break  # it takes the result of a call that is yet to come
                if not any(isinstance(t, KerasTensor) for t in nest.flatten([args, kwargs])):
                    raise ValueError(f"The config calls {layer.name!r} on no tensor of the graph.")
                layer(*args, **kwargs)
                del calls[0]
        if before == sum(len(calls) for _, calls in waiting):
            stuck = [layer.name for layer, calls in waiting if calls]
            raise ValueError(f"The graph has a loop, calls that wait for one another: of {stuck}.")
    added = [end(place) for place in config.get("added_layers", ())]
    return end(config["input_layers"]), end(config["output_layers"]), added


def _missing(name):
    return ValueError(f"Missing node: {name}. The config's graph names it and does not hold it.")


def _modern(call, layers):
    """A call as Keras 3 writes it, of one as Keras 2 did: lists of [layer, call, output, kwargs],
    or one such list where the first argument is no structure."""
    if isinstance(call, dict):
        return call

    def read(value):
        if isinstance(value, list) and len(value) == 3 and _is_place(value, layers):
            where = {"keras_history": value}
            return {"class_name": "__keras_tensor__", "config": where}
        if isinstance(value, list):
            return [read(v) for v in value]
        if isinstance(value, dict):
            return {k: read(v) for k, v in value.items()}
        return value

    def entry(place):
        if place[0] == "_CONSTANT_VALUE":
            return place[2]
        return read(place[:3])

    def entries(value):
        if _is_place(value, layers):
            return entry(value)
        if not isinstance(value, list) or (value and isinstance(value[0], str)):
            raise _missing(value[0])
        return [entries(v) for v in value]

    single = _is_place(call, layers)
    places = [call] if single else call
    first = entries(call) if single or len(places) > 1 else entries(places[0])
    last = places[0]
    while isinstance(last[0], list):
        last = last[0]
    more = {k: read(v) for k, v in (last[3] if len(last) > 3 else {}).items()}
    return {"args": [first], "kwargs": more}


def _is_place(value, layers):
    """Whether a list tells the output of a layer's call, or a constant, as Keras 2 does."""
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[0], str):
        return False
    return value[0] == "_CONSTANT_VALUE" or (value[0] in layers and isinstance(value[1], int))


def _first_nodes(config):
    """The number of each layer's first call in a config of Keras 2: 1 for a model that had been
    called on inputs of its own before."""
    found, names = {}, {c.get("name") for c in config["layers"]}

    def look(value):
        place = isinstance(value, list) and len(value) >= 3 and isinstance(value[1], int)
        if place and isinstance(value[0], str) and value[0] in names:
            found[value[0]] = min(found.get(value[0], value[1]), value[1])
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, (list, dict)):
                look(part)

    look([c["inbound_nodes"] for c in config["layers"]])
    look([config["input_layers"], config["output_layers"]])
    return found


def _node_of(tensor):
    operation, node_index, _ = tensor._keras_history
    return operation._inbound_nodes[node_index]


def _warn_of_structure(name, keys, received):
    warnings.warn(
        f"The structure of `inputs` doesn't match the expected structure: model {name!r} has "
        f"inputs {keys}. Received {received}.",
        stacklevel=2,
    )


def _fit(name, index, tensor, placeholder, any_size, structure):
    """`tensor` with the rank and dtype of an input: axes of 1 at the end are added or dropped."""
    if tensor is None:
        if placeholder._keras_history[0].__dict__.get("optional"):
            return None
        raise ValueError(
            f"Input {index} '{placeholder.name}' of model {name!r} is None, and was not made with "
            "optional=True: it is not optional."
        )
    sparse = placeholder.sparse and isinstance(tensor, SparseTensor)
    if sparse or isinstance(tensor, RaggedTensor):
        return cast(tensor, placeholder._dtype)
    if isinstance(tensor, CompositeTensor):
        tensor = tensor._densified()
    want = placeholder.shape
    shape = tuple(tensor.shape)
    if len(shape) == len(want) + 1 and shape[-1] == 1:
        tensor = squeeze(tensor, -1)
    elif len(shape) == len(want) - 1 and want[-1] == 1:
        tensor = expand_dims(tensor, -1)
    fits = len(want) == len(tensor.shape)  # the batch may have another size than was declared
    if not fits or not (any_size or want[1:].is_compatible_with(tensor.shape[1:])):
        raise ValueError(
            f"Input {index} with name '{placeholder.name}' and path "
            f"'{path_of(placeholder, structure)}' of model {name!r} is incompatible with it: "
            f"expected shape={tuple(want)}, found shape={shape}. Give data of that shape, or build "
            "the model for this one."
        )
    text = object in (tensor._dtype, placeholder._dtype)
    if isinstance(tensor, Tensor) and tensor._dtype != placeholder._dtype and not text:
        mask = getattr(tensor, "_keras_mask", None)
        tensor = cast(tensor, placeholder._dtype)
        if mask is not None:
            tensor._keras_mask = mask
    return tensor
