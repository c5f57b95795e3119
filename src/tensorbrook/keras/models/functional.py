"""The graph of layers behind a functional model: its order, and its run."""

from ...base import nest
from ...core.composite import CompositeTensor
from ...core.tensor import Tensor, convert_to_tensor
from ...ops import cast, expand_dims, squeeze
from ..layers.input import InputLayer
from ..layers.symbolic import KerasTensor


class LayerGraph:
    """The nodes between input and output KerasTensors, in an order in which they can run.

    Raises:
      ValueError: an output depends on a KerasTensor that is not among the inputs.
    """

    def __init__(self, inputs, outputs):
        self.inputs_structure, self.outputs_structure = inputs, outputs
        self.inputs, self.outputs = nest.flatten(inputs), nest.flatten(outputs)
        for tensor in self.inputs + self.outputs:
            if not isinstance(tensor, KerasTensor):
                raise ValueError(
                    "All `inputs` and `outputs` of a functional Model must be KerasTensors (from "
                    f"keras.Input and layers called on it), got {tensor!r}."
                )
        self.nodes, self._depth_of_layer = self._sort()
        self.layers = self._order_layers()

    def _sort(self):
        """All nodes, each after those whose results it takes; and each layer's depth."""
        given = {id(t) for t in self.inputs}
        order, state = [], {}
        for output in self.outputs:
            stack = [(_node_of(output), False)] if id(output) not in given else []
            while stack:
                node, expanded = stack.pop()
                if expanded:
                    order.append(node)
                    continue
                if id(node) in state:
                    continue
                state[id(node)] = True
                if isinstance(node.operation, InputLayer) and id(node.outputs) not in given:
                    raise ValueError(
                        f"Output {output!r} is not connected to the `inputs`: it depends on "
                        f"{node.outputs!r}, which is not among them."
                    )
                stack.append((node, True))
                parents = [t for t in node.input_tensors if id(t) not in given]
                stack.extend((_node_of(t), False) for t in reversed(parents))
        depths = {}
        for node in reversed(order):
            depth = depths.setdefault(id(node), 0)
            for t in node.input_tensors:
                if id(t) not in given:
                    parent = id(_node_of(t))
                    depths[parent] = max(depths.get(parent, 0), depth + 1)
        by_layer = {}
        for i, node in enumerate(order):
            key = id(node.operation)
            depth = max(depths[id(node)], by_layer.get(key, (0,))[0])
            by_layer[key] = (depth, by_layer.get(key, (0, i, node.operation))[1], node.operation)
        return order, by_layer

    def _order_layers(self):
        """Layers as Keras lists them: inputs and what lies furthest from the outputs first."""
        entries = dict(self._depth_of_layer)
        deepest = max((d for d, _, _ in entries.values()), default=0)
        for i, t in enumerate(self.inputs):
            layer = t._keras_history[0]
            old = entries.get(id(layer))
            if isinstance(layer, InputLayer):
                entries[id(layer)] = (deepest + 1 if old is None else old[0], i - 10**6, layer)
        consumers = self._input_depths(deepest)
        ordered = sorted(
            (
                (consumers.get(key, depth), index, layer)
                for key, (depth, index, layer) in entries.items()
            ),
            key=lambda e: (-e[0], e[1]),
        )
        return [layer for _, _, layer in ordered]

    def _input_depths(self, deepest):
        """Depths of the input layers: one above the deepest layer that takes them."""
        found = {}
        for t in self.inputs:
            layer = t._keras_history[0]
            takers = [
                self._depth_of_layer[id(n.operation)][0]
                for n in self.nodes
                if any(u is t for u in n.input_tensors)
            ]
            found[id(layer)] = max(takers, default=deepest) + 1
        return found

    def run(self, tensors):
        """Computes the outputs, in their structure, from a flat list of tensors."""
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
            structure = structure[0]  # as in Keras: a list of one output gives that output
        return nest.map_structure(value, structure)

    # -- inputs ------------------------------------------------------------------------------------

    def names(self, tensors):
        """The names of the layers that the tensors come from."""
        return [t._keras_history[0].name for t in tensors]

    def flat_inputs(self, name, inputs):
        """The inputs as a flat list in the graph's order, ranks and dtypes fitted.

        Raises:
          ValueError: a number, name or shape that does not fit; `name` is the model's.
        """
        if isinstance(inputs, dict):
            inputs = self._by_name(name, inputs)
        flat = nest.flatten(inputs)
        if len(flat) != len(self.inputs):
            raise ValueError(
                f"Model {name!r} expects {len(self.inputs)} input(s) {self.names(self.inputs)}, "
                f"got "
                f"{len(flat)}."
            )
        return [_fit(name, i, t, k) for i, (t, k) in enumerate(zip(flat, self.inputs))]

    def _by_name(self, name, inputs):
        if isinstance(self.inputs_structure, dict) and set(self.inputs_structure) <= set(inputs):
            keys = sorted(self.inputs_structure)
        else:
            keys = self.names(self.inputs)
            missing = [k for k in keys if k not in inputs]
            if missing:
                raise ValueError(
                    f"Model {name!r} has inputs {keys}; the dict given lacks {missing} (it has "
                    f"{sorted(inputs)})."
                )
        return [inputs[k] for k in keys]


def _node_of(tensor):
    operation, node_index, _ = tensor._keras_history
    return operation._inbound_nodes[node_index]


def _fit(name, index, tensor, placeholder):
    """`tensor` with the rank and dtype of an input: axes of 1 at the end are added or dropped."""
    if isinstance(tensor, CompositeTensor):
        tensor = convert_to_tensor(tensor)  # inputs that stay composite are not built
    want = placeholder.shape
    shape = tuple(tensor.shape)
    if len(shape) == len(want) + 1 and shape[-1] == 1:
        tensor = squeeze(tensor, -1)
    elif len(shape) == len(want) - 1 and want[-1] == 1:
        tensor = expand_dims(tensor, -1)
    if not want.is_compatible_with(tensor.shape):
        raise ValueError(
            f"Input {index} of model {name!r} is incompatible with it: expected "
            f"shape={tuple(want)}, "
            f"found shape={shape}. Give data of that shape, or build the model for this one."
        )
    text = object in (tensor._dtype, placeholder._dtype)
    if isinstance(tensor, Tensor) and tensor._dtype != placeholder._dtype and not text:
        mask = getattr(tensor, "_keras_mask", None)
        tensor = cast(tensor, placeholder._dtype)
        if mask is not None:
            tensor._keras_mask = mask
    return tensor
