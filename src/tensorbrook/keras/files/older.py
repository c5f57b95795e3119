"""Configurations as Keras 1 and 2 wrote them, in the form that Keras 3 has."""

from ..metrics import KNOWN as METRICS
from ..registry import snake_case

_DROPPED = {  # what Keras 3 knows no more, by the modules or classes that had it
    "optimizer": {"jit_compile", "is_legacy_optimizer"},
    "initializer": {"dtype"},
    "layer": {"time_major", "query_shape", "key_shape", "value_shape"},
}
_INITIALIZERS = {
    *("Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "Identity"),
    *("VarianceScaling", "Orthogonal", "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform"),
    *("LecunNormal", "LecunUniform"),
}
_SHORT = {"mae", "mse", "mape", "msle", "acc", "accuracy"}  # names of metrics that stay short
_PATHS = {"__operators__.add": "add"}  # of functions that have another path here


def modern(value):
    """A configuration, in which older forms are put in place of newer ones.

    Args:
      value: a config, or a part of one: plain data.

    Raises:
      NotImplementedError: something that is no more.
    """
    if isinstance(value, list):
        return [modern(v) for v in value]
    if not isinstance(value, dict):
        return value
    name, inner = value.get("class_name"), value.get("config")
    if not isinstance(name, str) or not isinstance(inner, (dict, list)):
        return {k: modern(v) for k, v in value.items()}
    if name == "Lambda" or (isinstance(inner, list) and name != "Sequential"):
        return value
    if name == "Sequential" and isinstance(inner, list):  # before Keras 2.2
        inner = {"name": "sequential", "layers": inner}
    made = {**value, "config": {k: modern(v) for k, v in inner.items()}}
    return _CLASSES.get(name, _plain)(name, made)


def _plain(name, value):
    config = value["config"]
    kind = "initializer" if name in _INITIALIZERS else None
    if "is_legacy_optimizer" in config or "jit_compile" in config:
        kind = "optimizer"
    if config.get("time_major"):
        raise NotImplementedError(
            f"Layer {config.get('name')!r} has time_major=True, which Keras 3 knows no more: make "
            "the model anew on inputs of the order (batch, time, features), and load_weights."
        )
    dropped = _DROPPED[kind or "layer"]
    return {**value, "config": {k: v for k, v in config.items() if k not in dropped}}


def _input(name, value):
    config = dict(value["config"])
    if "batch_input_shape" in config:
        config["batch_shape"] = config.pop("batch_input_shape")
    return {**value, "config": config}


def _function(name, value):
    """A function of TensorFlow as a layer."""
    config = value["config"]
    path = _PATHS.get(config["function"], config["function"])
    if name == "SlicingOpLambda":
        path = "keras.ops.numpy.get_item"
    calls = [_positional(call, name) for call in value.get("inbound_nodes", ())]
    inner = {"function": path, "name": config.get("name")}
    more = {"inbound_nodes": calls} if "inbound_nodes" in value else {}
    return (
        {**value, "class_name": "FunctionLayer", "module": None, "config": inner}
        | more
        | {"registered_name": None}
    )


def _positional(call, name):
    """A call of a function: without the name of the operation, and slices as such."""
    if not isinstance(call, list) or len(call) < 4 or not isinstance(call[3], dict):
        return call
    more = {k: v for k, v in call[3].items() if k != "name"}
    if name == "SlicingOpLambda":
        more = {"key": _slices(more.get("slice_spec"))}
    return [*call[:3], more]


def _slices(spec):
    if isinstance(spec, dict) and spec.keys() == {"start", "stop", "step"}:
        return {"class_name": "__slice__", "config": spec}
    if isinstance(spec, list):
        return {"class_name": "__tuple__", "config": {"value": [_slices(s) for s in spec]}}
    return spec


def _metric(name, value):
    """A function that Keras 2 wrapped into a metric: the function's name."""
    config = value["config"]
    function = config.get("fn")
    if not isinstance(function, str) or function not in METRICS:
        return value
    short = str(config.get("name")).rsplit("_", 1)[-1]
    return short if short in _SHORT else function


def _policy(name, value):
    return value["config"].get("name", "float32")


def _functional(name, value):
    return _plain(name, {**value, "class_name": "Functional", "module": None})


_CLASSES = {
    "InputLayer": _input,
    "Model": _functional,
    "TFOpLambda": _function,
    "SlicingOpLambda": _function,
    "MeanMetricWrapper": _metric,
    "Policy": _policy,
}


# -- the other way ---------------------------------------------------------------------------------


def legacy(value):
    """A model's configuration as Keras 2 wrote it, which Keras 3 reads as well.

    Args:
      value: a config, or a part of one: plain data.
    """
    if isinstance(value, list):
        return [legacy(v) for v in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("inbound_nodes"), list) and value["inbound_nodes"]:
        calls = [_old_call(call) for call in value["inbound_nodes"]]
        if None not in calls:
            value = {**value, "inbound_nodes": calls}
    made = {k: legacy(v) for k, v in value.items()}
    name, inner = made.get("class_name"), made.get("config")
    if not isinstance(name, str) or not isinstance(inner, dict):
        return made
    if name == "DTypePolicy":
        return inner["name"]
    if name == "InputLayer" and "batch_shape" in inner:
        inner["batch_input_shape"] = inner.pop("batch_shape")
    for key, usual in _NEW.items():
        if key in inner and inner[key] == usual:
            del inner[key]
    for key in ("build_config", "compile_config"):
        made.pop(key, None)
    return made


_NEW = {  # arguments that Keras 2 did not know, which are left out at their usual values
    **dict.fromkeys(("lora_rank", "lora_alpha", "quantization_config", "input_axes"), None),
    **{"output_axes": None, "optional": False, "renorm": False, "renorm_clipping": None},
    **{"renorm_momentum": 0.99, "loss_scale_factor": None, "gradient_accumulation_steps": None},
    **{
        "flash_attention": None,
        "use_gate": False,
        "synchronized": False,
        "build_input_shape": None,
    },
}


def _old_call(call):
    """A call in Keras 2's form; None where it has none."""
    args, kwargs = call["args"], call["kwargs"]
    if len(args) != 1:
        return None
    first = args[0] if isinstance(args[0], list) else [args[0]]
    places = [_old_place(value) for value in first]
    rest = {k: _old_value(v) for k, v in kwargs.items() if v is not None}
    if None in places:
        return None
    return [[*place, rest] for place in places]


def _old_place(value):
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return list(value["config"]["keras_history"])
    return None


def _old_value(value):
    if isinstance(value, list):
        return [_old_value(v) for v in value]
    return _old_place(value) or value
