"""The table that `model.summary()` prints, in Keras's words."""

from __future__ import annotations

import io
import math
import re
import sys
from dataclasses import dataclass

from ...base import dtypes
from ...charts import terminal
from ..seeds import kept_random
from ..tree import map_shape_structure
from .progress import print_message

GREEN, CYAN, BLUE, RED = 34, 45, 33, 9


@dataclass
class Row:
    """One layer of a summary: its cells as texts, shapes and counts not yet formatted.

    `shape` is a structure of tuples, None where it is not known. `params` is None for a layer
    that is not built. `sources` lists (layer name, node index, tensor index). `trainable` is None
    for a layer without weights. `level` counts the models around the layer.
    """

    name: str
    kind: str
    shape: object = None
    params: int | None = 0
    sources: tuple = ()
    trainable: bool | None = None
    level: int = 0


@dataclass
class Total:
    """One of the lines under the table: what is counted, how many numbers and bytes."""

    name: str
    count: int
    size: float


def summary_text(
    name: str,
    rows: list[Row],
    totals: list[Total],
    connections: bool = False,
    show_trainable: bool = False,
    line_length: int | None = None,
    positions: list[float] | None = None,
    color: bool = False,
) -> str:
    """Return the summary as one text.

    Args:
        name: the model's name.
        connections: with the column "Connected to".
        show_trainable: with the column "Trainable".
        line_length: width of the table; default what Keras takes, at most the terminal's.
        positions: where each column ends, as shares of the line.
        color: with the terminal's colours.

    Raises:
        ValueError: where a column would be narrower than 4 characters.

    Example:

    >>> from tensorbrook.keras.utils.summary import Row, Total, summary_text
    >>> rows = [Row("dense", "Dense", (None, 1), 3)]
    >>> text = summary_text("small", rows, [Total("Total params", 3, 12.0)], line_length=50)
    >>> print(text)
    Model: "small"
    ┏━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
    ┃ Layer (type)        ┃ Output Shape   ┃ Param # ┃
    ┡━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
    │ dense (Dense)       │ (None, 1)      │       3 │
    └─────────────────────┴────────────────┴─────────┘
     Total params: 3 (12.00 B)
    <BLANKLINE>
    """
    with kept_random():
        import rich.console
        import rich.table

    width = terminal.columns()
    console = rich.console.Console(
        file=io.StringIO(),
        width=width,
        highlight=False,
        force_terminal=color,
        color_system="256" if color else None,
        force_jupyter=False,
        legacy_windows=False,
    )
    heads = ["Layer (type)", "Output Shape", "Param #", *["Connected to"] * connections]
    sides = ["left", "left", "right", *["left"] * connections]
    length = 108 if connections else 88
    positions = positions or ([0.3, 0.56, 0.74, 1.0] if connections else [0.45, 0.80, 1.0])
    if show_trainable:
        heads, sides, length = [*heads, "Trainable"], [*sides, "center"], length + 12
        positions = [*(p * 0.9 for p in positions), 1.0]
    length = line_length or min(length, width - 4)
    columns = [
        rich.table.Column(head, justify=side, width=wide)
        for head, side, wide in zip(heads, sides, _widths(positions, length))
    ]
    table = rich.table.Table(*columns, width=length, show_lines=True)
    for row in rows:
        table.add_row(*_cells(row, connections, show_trainable))
    console.print(f'[bold]Model: "{_escape(name)}"[/]')
    console.print(table)
    for total in totals:
        count = _number(f"{total.count:,}")
        console.print(f"[bold] {total.name}: [/]{count} ({readable_size(total.size)})")
    return console.file.getvalue()


def _widths(positions, length: int) -> list[int]:
    widths: list[int] = []
    for position in positions:
        widths.append(int(position * length) - sum(widths))
    if min(widths) < 4:
        raise ValueError(
            f"summary: a column would be narrower than 4 characters (widths {widths}): "
            "give a larger `line_length` or other `positions`."
        )
    return widths


def _escape(words: str) -> str:
    import rich.markup

    return rich.markup.escape(words)


def _number(value) -> str:
    return f"[color({CYAN if value is None else GREEN})]{value}[/]"


def _cells(row: Row, connections: bool, show_trainable: bool) -> list[str]:
    prefix = "   " * row.level + "└ " if row.level else ""
    cells = [
        f"{_escape(prefix + row.name)} ([color({BLUE})]{_escape(row.kind)}[/])",
        _shape(row.shape),
        f"{_number(0)} (unbuilt)" if row.params is None else _number(f"{row.params:,}"),
    ]
    if connections:
        sources = [f"{_escape(name)}[{_number(n)}][{_number(t)}]" for name, n, t in row.sources]
        cells.append(", ".join(sources) or "-")
    if show_trainable:
        letter, color = ("Y", GREEN) if row.trainable else ("N", RED)
        known = row.trainable is not None
        cells.append(f"[bold][color({color})]{letter}[/][/]" if known else "[bold]-[/]")
    return cells


def _shape(shape) -> str:
    """Return a shape's cell; of several outputs, the structure as Python prints it."""
    if shape is None:
        return "?"
    if _is_shape(shape):
        return f"({', '.join(_number(size) for size in shape)})"
    if isinstance(shape, dict) and len(shape) > 1:
        return "{" + ", ".join(f"{key}: {_shape(value)}" for key, value in shape.items()) + "}"
    inner = [_shape(value) for value in (shape.values() if isinstance(shape, dict) else shape)]
    if len(inner) == 1:
        return inner[0]
    return f"[{', '.join(inner)}]" if isinstance(shape, list) else f"({', '.join(inner)})"


def _is_shape(value) -> bool:
    return isinstance(value, tuple) and all(n is None or isinstance(n, int) for n in value)


def readable_size(size: float) -> str:
    """Return bytes in the unit that keeps the number below 1024.

    Example:

    >>> from tensorbrook.keras.utils.summary import readable_size
    >>> readable_size(84), readable_size(407080)
    ('84.00 B', '397.54 KB')
    """
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"


def summarize(
    model,
    line_length=None,
    positions=None,
    print_fn=None,
    expand_nested=False,
    show_trainable=False,
    layer_range=None,
) -> None:
    """Print a model's layers, shapes and numbers of parameters: `Model.summary`.

    Args:
        model: the model; it need not be built.
        print_fn: called once with the whole text; default standard output, in colour on a
            terminal.
        expand_nested: with the layers of models that are layers.
        layer_range: (first, last) names of layers, or regular expressions that match them.
        line_length, positions, show_trainable: see `summary_text`.

    Raises:
        ValueError: for a `layer_range` that names no layer, or too narrow columns.
    """
    layers, nodes = layers_and_calls(model)
    chain = nodes is None or _is_chain(model, nodes)
    rows: list[Row] = []
    for layer in _within(layers, layer_range):
        rows += _rows(layer, nodes, expand_nested, 0)
    text = summary_text(
        model.name,
        rows,
        _totals(model),
        connections=not chain,
        show_trainable=show_trainable,
        line_length=line_length,
        positions=positions,
        color=print_fn is None and terminal.wants_color(sys.stdout),
    )
    if print_fn is None:
        print_message(text, line_break=False)
    else:
        print_fn(text)


def layers_and_calls(model) -> tuple[list, list | None]:
    """Return a model's layers, and of a functional model the calls (nodes) that connect them."""
    graph = getattr(model, "_graph", None)
    if graph is None or hasattr(model, "_stack"):
        return list(model.layers), None
    return list(graph.layers), list(graph.nodes)


def _is_chain(model, nodes) -> bool:
    """Return whether the calls follow one another without a branch, a join or a shared layer."""
    used: set = set()
    for node in nodes:
        sources = {(id(t._keras_history[0]), t._keras_history[1]) for t in node.input_tensors}
        if len(node.input_tensors) > 1 or sources & used:
            return False
        used |= sources
    distinct = {id(node.operation) for node in nodes}
    return len(model.inputs) == 1 and len(distinct) == len(nodes)


def _rows(layer, nodes, expand_nested: bool, level: int) -> list[Row]:
    built = getattr(layer, "built", None)
    weights = getattr(layer, "weights", ())
    row = Row(
        layer.name,
        type(layer).__name__,
        _output_shape(layer),
        None if built is False else (layer.count_params() if built else 0),
        tuple(_sources(layer, nodes)) if nodes is not None else (),
        bool(layer.trainable) if weights else None,
        level,
    )
    inner = getattr(layer, "layers", ()) if expand_nested else ()
    return [row, *(r for part in inner or () for r in _rows(part, nodes, True, level + 1))]


def _sources(layer, nodes):
    mine = {id(node) for node in nodes}
    for node in layer._inbound_nodes:
        if id(node) in mine:
            for tensor in node.input_tensors:
                source, node_index, tensor_index = tensor._keras_history
                yield source.name, node_index, tensor_index


def _output_shape(layer):
    """Return the shapes of the layer's last symbolic call, or what its build says; None if none."""
    calls = getattr(layer, "_inbound_nodes", ())
    if calls:
        outputs = [tuple(t.shape) for t in calls[-1].output_tensors]
        return outputs[0] if len(outputs) == 1 else outputs
    shapes = getattr(layer, "_build_shapes", None)
    if not shapes and layer.weights:  # built by hand
        shapes = getattr(layer, "_build_arguments", None)
    if not shapes or None in shapes.values():
        return None
    try:
        return map_shape_structure(tuple, layer.compute_output_shape(*shapes.values()))
    except (NotImplementedError, TypeError):  # its call takes more than its build
        return None


def _totals(model) -> list[Total]:
    parts = {
        "Trainable params": model.trainable_weights,
        "Non-trainable params": model.non_trainable_weights,
    }
    optimizer = getattr(model, "optimizer", None)
    if getattr(model, "compiled", False) and optimizer is not None and optimizer.built:
        parts["Optimizer params"] = optimizer.variables
    totals = [
        Total(name, sum(math.prod(v.shape) for v in variables), _bytes(variables))
        for name, variables in parts.items()
    ]
    every = Total("Total params", sum(t.count for t in totals), sum(t.size for t in totals))
    return [every, *totals]


def _bytes(variables) -> float:
    distinct = {id(v): v for v in variables}.values()
    return sum(math.prod(v.shape) * dtypes.as_dtype(v.dtype).size for v in distinct)


def _within(layers: list, layer_range) -> list:
    """Return the layers from the first that matches one name to the last that matches another."""
    if layer_range is None:
        return layers
    if len(layer_range) != 2 or not all(isinstance(name, str) for name in layer_range):
        raise ValueError(
            f"summary: layer_range must hold two names of layers, got {layer_range!r}."
        )
    found = [
        [i for i, layer in enumerate(layers) if re.match(name, layer.name)] for name in layer_range
    ]
    if not all(found):
        raise ValueError(
            f"summary: layer_range {layer_range!r} matches no layer; the layers are "
            f"{[layer.name for layer in layers]}."
        )
    first, last = min(found[0]), max(found[1])
    if first > last:
        first, last = min(found[1]), max(found[0])
    return layers[first : last + 1]
