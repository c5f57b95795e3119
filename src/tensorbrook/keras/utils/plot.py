"""Pictures of models, drawn without Graphviz: `plot_model` and `model_to_dot`."""

from __future__ import annotations

import os
import warnings

from ...base import nest
from ...charts.diagram import DIRECTIONS, Diagram, Node
from .summary import layers_and_calls

FORMATS = (".svg", ".html", ".dot", ".txt")


def plot_model(
    model,
    to_file="model.png",
    show_shapes=False,
    show_dtype=False,
    show_layer_names=False,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Draw a model: boxes for layers, arrows for tensors.

    Args:
        model: a built model. A functional or Sequential model is drawn layer by layer, any other
            as one box.
        to_file: file to write, .svg, .html, .dot or .txt by its ending; None writes none. For
            another ending, such as .png, an SVG is written beside it, with a warning.
        show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable: what is
            written into each box besides the layer's class.
        rankdir: "TB" downwards, "LR" to the right, "BT" upwards, "RL" to the left.
        expand_nested: draw models inside the model with their layers.
        dpi, splines: accepted for Keras's sake; an SVG has no resolution and its arrows are curves.

    Returns:
        The `Diagram`: notebooks show it; `.save(path)`, `.text()`, `.dot()`, `.picture()`.

    Raises:
        ValueError: for a model that is not built or an unknown `rankdir`.

    Example:

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> drawing = tf.keras.utils.plot_model(model, to_file=None, show_shapes=True)
    >>> print(drawing.text())
    Dense  [(None, 2) → (None, 1)]
    """
    diagram = model_to_dot(
        model,
        show_shapes=show_shapes,
        show_dtype=show_dtype,
        show_layer_names=show_layer_names,
        rankdir=rankdir,
        expand_nested=expand_nested,
        dpi=dpi,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
        splines=splines,
        **kwargs,
    )
    if to_file is not None:
        diagram.save(_writable(os.fspath(to_file)))
    return diagram


def _writable(path: str) -> str:
    """Return the file to write: `path`, or an SVG beside it where its format needs a rasteriser."""
    stem, ending = os.path.splitext(path)
    if ending.lower() in FORMATS:
        return path
    # A finished training run must not end because its picture cannot be a PNG.
    warnings.warn(
        f"plot_model: {path!r} would need a rasteriser; the same picture is written to "
        f"{stem + '.svg'!r} instead. to_file can end in {', '.join(FORMATS)}.",
        stacklevel=3,
    )
    return stem + ".svg"


def model_to_dot(
    model,
    show_shapes=False,
    show_dtype=False,
    show_layer_names=True,
    rankdir="TB",
    expand_nested=False,
    dpi=200,
    subgraph=False,
    show_layer_activations=False,
    show_trainable=False,
    splines="ortho",
    **kwargs,
):
    """Return a model's picture as a `Diagram`; its `.dot()` is text for Graphviz.

    Keras returns a pydot object here; `str(diagram.dot())` is what its `to_string()` gives.

    Args:
        model: a built model.
        subgraph: accepted for Keras's sake: a `Diagram` can stand inside another either way.
        others: see `plot_model`.

    Raises:
        ValueError: as `plot_model`.
        TypeError: for an argument that Keras does not have.

    Example:

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1, name="out")])
    >>> print(tf.keras.utils.model_to_dot(model).dot())
    digraph {
      rankdir="TB"; compound=true; node [shape=box fontname="Helvetica"];
      "0" [label="out (Dense)"];
    }
    <BLANKLINE>
    """
    if kwargs.pop("layer_range", None) is not None:
        raise ValueError("model_to_dot: `layer_range` is not supported, in Keras 3 neither.")
    if kwargs:
        raise TypeError(f"model_to_dot: unknown arguments {sorted(kwargs)}.")
    if rankdir not in DIRECTIONS:
        raise ValueError(
            f"model_to_dot: rankdir must be one of {', '.join(DIRECTIONS)}, got {rankdir!r}."
        )
    if not model.built:
        raise ValueError(
            f"model_to_dot: the model {model.name!r} is not built yet, so its layers' shapes are "
            "unknown: call it on a batch, or `model.build(input_shape)`, first."
        )
    shown = {
        "names": show_layer_names,
        "shapes": show_shapes,
        "dtype": show_dtype,
        "activations": show_layer_activations,
        "trainable": show_trainable,
    }
    return _diagram(model, shown, rankdir, expand_nested)


def _diagram(model, shown: dict, rankdir: str, expand_nested: bool) -> Diagram:
    layers, edges = _graph(model)
    nodes = []
    for index, layer in enumerate(layers):
        node = _node(str(index), layer, shown)
        if expand_nested and layer is not model and getattr(layer, "layers", None):
            node.inside = _diagram(layer, shown, rankdir, expand_nested)
        nodes.append(node)
    return Diagram(nodes, [(str(a), str(b)) for a, b in edges], direction=rankdir)


def _graph(model) -> tuple[list, list[tuple[int, int]]]:
    """Return the layers to draw and the edges between their places in that list."""
    layers, nodes = layers_and_calls(model)
    if nodes is not None:
        place = {id(layer): index for index, layer in enumerate(layers)}
        edges = {
            (place[id(tensor._keras_history[0])], place[id(node.operation)])
            for node in nodes
            for tensor in node.input_tensors
        }
        return layers, sorted(edges)
    if hasattr(model, "_stack"):
        return layers, [(i, i + 1) for i in range(len(layers) - 1)]
    return [model], []


def _node(key: str, layer, shown: dict) -> Node:
    kind = type(layer).__name__
    rows = []
    activation = getattr(layer, "activation", None)
    if shown["activations"] and activation is not None:
        name = getattr(activation, "name", None) or getattr(activation, "__name__", activation)
        rows.append(f"activation {name}")
    if shown["shapes"]:
        sides = [_described(layer, "input", "shape"), _described(layer, "output", "shape")]
        rows.append(sides[1] if kind == "InputLayer" else " → ".join(sides))
    if shown["dtype"]:
        rows.append(f"dtype {_described(layer, 'output', 'dtype')}")
    if shown["trainable"] and getattr(layer, "weights", None):
        rows.append("trainable" if layer.trainable else "frozen")
    title, subtitle = (layer.name, kind) if shown["names"] else (kind, "")
    return Node(key, title, subtitle, tuple(rows), kind)


def _described(layer, side: str, what: str) -> str:
    """Return the shapes or dtypes of a layer's symbolic inputs or outputs, "?" without any."""
    try:
        tensors = nest.flatten(getattr(layer, side))
    except (AttributeError, ValueError):
        return "?"
    if what == "shape":
        words = [str(tuple(tensor.shape)) for tensor in tensors]
    else:
        words = [getattr(tensor.dtype, "name", str(tensor.dtype)) for tensor in tensors]
    return ", ".join(words)
