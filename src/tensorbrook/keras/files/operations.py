"""Functions of keras.ops in a model's graph, as Keras's files have them: a class for each."""

import inspect

from ..layers.symbolic import is_public, public_function
from ..registry import snake_case

_OPERANDS = {"where": 3, "get_item": 2}  # how many arguments stay with the calls; 1 or 2 else
_TWO = {
    *("add", "subtract", "multiply", "true_divide", "divide", "floor_divide", "power", "mod"),
    *("matmul", "maximum", "minimum", "greater", "greater_equal", "less", "less_equal", "equal"),
    *("not_equal", "logical_and", "logical_or", "logical_xor", "dot", "tensordot", "outer"),
    *("cross", "arctan2"),
}


def with_operations(value):
    """A configuration in which functions of keras.ops are what Keras makes of them.

    Args:
      value: a config, or a part of one: plain data.
    """
    if isinstance(value, list):
        return [with_operations(v) for v in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "FunctionLayer":
        return _operation(value) or value
    return {k: with_operations(v) for k, v in value.items()}


def _operation(value):
    """The config of Keras's operation; None where it has none of this kind."""
    config, calls = value["config"], value.get("inbound_nodes", ())
    path, name = config["function"], config["function"].rpartition(".")[2]
    module = f"keras.src.ops.{path.removeprefix('keras.ops.').rpartition('.')[0] or 'core'}"
    title = "".join(part.title() for part in name.split("_"))
    known = path.startswith("keras.ops.") and is_public(f"keras.ops.{snake_case(title)}")
    if not known or snake_case(title) != name or len(calls) != 1:
        return None
    args, kwargs = calls[0]["args"], {**config.get("arguments", {}), **calls[0]["kwargs"]}
    count = _OPERANDS.get(name, 2 if name in _TWO else 1)
    parameters = list(inspect.signature(public_function(path)).parameters.values())
    if any(p.kind is p.VAR_POSITIONAL for p in parameters) or len(args) < count:
        return None
    named = dict(zip((p.name for p in parameters[count:]), args[count:])) | kwargs
    if "__keras_tensor__" in str(named):
        return None
    named = {k: v["config"]["value"] if _is_tuple(v) else v for k, v in named.items()}
    call = {"args": [v["config"]["value"] if _is_tuple(v) else v for v in args[:count]]}
    made = {"module": module, "class_name": title, "registered_name": title, "name": value["name"]}
    made["config"] = {"name": config["name"], **named}
    return made | {"inbound_nodes": [{**call, "kwargs": {}}]}


def _is_tuple(value):
    return isinstance(value, dict) and value.get("class_name") == "__tuple__"
