"""Configurations as Keras 1 and 2 wrote them, in the form that Keras 3 has."""

from ..layers.symbolic import is_public
from ..losses import ALIASES
from ..metrics import KNOWN as METRICS
from ..registry import snake_case

_GROUPS = frozenset(["groups"])
_KERNEL = _GROUPS | {"kernel_initializer", "kernel_regularizer", "kernel_constraint"}
_SPATIAL = frozenset(["trainable", "noise_shape"])
_DROPPED = {  # what Keras 3 knows no more, by the classes that had it
    **dict.fromkeys((f"SpatialDropout{n}D" for n in (1, 2, 3)), _SPATIAL),
    **dict.fromkeys((f"Conv{n}DTranspose" for n in (1, 2, 3)), _GROUPS),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _GROUPS),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _KERNEL),
    "MultiHeadAttention": {"query_shape", "key_shape", "value_shape"},
}
_INITIALIZERS = {
    *("Zeros", "Ones", "Constant", "RandomNormal", "RandomUniform", "TruncatedNormal", "Identity"),
    *("VarianceScaling", "Orthogonal", "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform"),
    *("LecunNormal", "LecunUniform"),
}
_HARD = "hard_sigmoid"
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
    if name == "__tuple__" and "items" in value:
        return {"class_name": name, "config": {"value": modern(value["items"])}}
    if not isinstance(name, str) or not isinstance(inner, (dict, list)):
        return {k: modern(v) for k, v in value.items()}
    if name == "Lambda" or (isinstance(inner, list) and name != "Sequential"):
        return value
    if name == "Sequential" and isinstance(inner, list):  # before Keras 2.2
        inner = {"name": "sequential", "layers": inner}
    if _is_operation(name, inner, value):
        value = {**value, "module": "keras.src.ops.numpy"}
    rest = {k: modern(v) for k, v in value.items() if k != "config"}
    made = {**rest, "config": {k: modern(v) for k, v in inner.items()}}
    return _CLASSES.get(name, _plain)(name, made)


def of_version(config, version):
    """A configuration that a version of Keras wrote: before 3 it had another hard_sigmoid."""
    if not str(version).startswith(("1.", "2.")):
        return config

    def renamed(value):
        if isinstance(value, list):
            return list(map(renamed, value))
        if not isinstance(value, dict):
            return value
        names = [
            k for k, v in value.items() if _HARD in (v, isinstance(v, dict) and v.get("config"))
        ]
        changed = {k: f"{_HARD}_of_keras_2" for k in names if k.endswith("activation")}
        return {k: renamed(v) for k, v in value.items()} | changed

    return renamed(config)


def _is_operation(name, inner, value):
    """Whether a config is of an operation of keras.ops, which `.h5` files of Keras 3 do not tell
    from layers of the same name: layers have a dtype."""
    calls = "inbound_nodes" in value and value.get("module") is None
    named = calls and "name" in inner and not {"dtype", "trainable", "batch_shape"} & inner.keys()
    return named and (name == "Cast" or is_public(f"keras.ops.{snake_case(name)}"))


def _plain(name, value):
    config = value["config"]
    dropped = {"time_major"} | _DROPPED.get(name, set())
    if name in _INITIALIZERS:
        dropped = {"dtype"}
    elif {"is_legacy_optimizer", "jit_compile"} & config.keys():
        dropped = {"jit_compile", "is_legacy_optimizer"}
    elif "reduction" in config:  # a loss, with the function behind it
        dropped = {"fn"}
    if config.get("time_major"):
        raise NotImplementedError(
            f"Layer {config.get('name')!r} has time_major=True, which Keras 3 knows no more: make "
            "the model anew on inputs of the order (batch, time, features), and load_weights."
        )
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


def _nadam(name, value):
    """Of Keras 2.10 and before: its `decay` is that of the momentum's schedule."""
    config = dict(_plain(name, value)["config"])
    if decay := config.pop("decay", None):
        config["schedule_decay"] = decay
    return {**value, "config": config}


def _functional(name, value):
    return _plain(name, {**value, "class_name": "Functional", "module": None})


_CLASSES = {
    "LossScaleOptimizerV3": lambda _, value: {**value, "class_name": "LossScaleOptimizer"},
    "InputLayer": _input,
    "Model": _functional,
    "TFOpLambda": _function,
    "SlicingOpLambda": _function,
    "MeanMetricWrapper": _metric,
    "Nadam": _nadam,
    "Policy": _policy,
}


# -- the other way ---------------------------------------------------------------------------------


def legacy(value):
    """A model's configuration as Keras 2 wrote it, where Keras 3 reads that as well.

    The two disagree on calls of models within models, and on tensors given by name: such calls are
    in Keras 3's form.

    Args:
      value: a config, or a part of one: plain data.
    """
    if isinstance(value, list):
        return [legacy(v) for v in value]
    if not isinstance(value, dict):
        return value
    name, inner = value.get("class_name"), value.get("config")
    if name == "__tuple__":
        return {"class_name": name, "items": legacy(inner["value"])}
    layers = inner.get("layers") if isinstance(inner, dict) else None
    if isinstance(layers, list) and not any(layer["class_name"] in _MODELS for layer in layers):
        value = {**value, "config": {**inner, "layers": list(map(_old_calls, layers))}}
    made = {k: legacy(v) for k, v in value.items()}
    name, inner = made.get("class_name"), made.get("config")
    if not isinstance(name, str) or not isinstance(inner, dict):
        return made
    if name == "DTypePolicy":
        return inner["name"]
    if name == "InputLayer" and "batch_shape" in inner:
        inner["batch_input_shape"] = inner.pop("batch_shape")
    if name == "LeakyReLU" and "negative_slope" in inner:
        inner["alpha"] = inner.pop("negative_slope")
    for key, usual in {**_NEW, **_NEW_OF.get(name, {})}.items():
        if key in inner and inner[key] == usual:
            del inner[key]
    for key in ("build_config", "compile_config"):
        made.pop(key, None)
    return made


_NEW = {  # arguments that Keras 2 did not know, which are left out at their usual values
    **dict.fromkeys(("lora_rank", "lora_alpha", "quantization_config", "input_axes"), None),
    **dict.fromkeys(("output_axes", "renorm_clipping", "loss_scale_factor", "salt"), None),
    **dict.fromkeys(("gradient_accumulation_steps", "flash_attention", "sliding_window"), None),
    **dict.fromkeys(
        ("gptq_unpacked_column_size", "noise_shape", "seed", "build_input_shape"), None
    ),
    **dict.fromkeys(("optional", "renorm", "use_gate", "synchronized", "antialias"), False),
    **dict.fromkeys(("pad_to_aspect_ratio", "zero_output_for_mask", "from_sorted_ids"), False),
    **dict.fromkeys(("weight_decay", "clipnorm", "clipvalue", "global_clipnorm"), None),
    **{"use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None},
    **{"renorm_momentum": 0.99, "data_format": "channels_last", "oov_method": "floormod"},
}
_NEW_OF = {
    "Resizing": {"fill_mode": "constant", "fill_value": 0.0},
    "RandomContrast": {"value_range": [0, 255]},
}


_MODELS = ("Functional", "Sequential", "Model")


def full_names(loss):
    """What compile was given as losses, with the whole names of functions: Keras 3 knows no short
    ones in such files."""
    if isinstance(loss, str):
        return ALIASES[loss].__name__ if loss in ALIASES else loss
    if isinstance(loss, list):
        return list(map(full_names, loss))
    if isinstance(loss, dict) and "class_name" not in loss:
        return {name: full_names(one) for name, one in loss.items()}
    return loss


def _old_calls(layer):
    """A layer's config, whose calls are in Keras 2's form if all of them have one."""
    calls = [_old_call(call) for call in layer.get("inbound_nodes", ())]
    return layer if None in calls or not calls else {**layer, "inbound_nodes": calls}


def _old_call(call):
    """A call in Keras 2's form; None where it has none."""
    args, kwargs = call["args"], call["kwargs"]
    if len(args) != 1:
        return None
    first = args[0] if isinstance(args[0], list) else [args[0]]
    places = [_old_place(value) for value in first]
    rest = {k: v for k, v in kwargs.items() if v is not None}
    if None in places or "__keras_tensor__" in str(rest):
        return None
    return [[*place, rest] for place in places]


def _old_place(value):
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return list(value["config"]["keras_history"])
    return None
