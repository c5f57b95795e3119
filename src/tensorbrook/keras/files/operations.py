"""Functions of keras.ops in a model's graph, as Keras's files have them: a class for each."""

import inspect

from ..layers.function import class_name
from ..layers.symbolic import is_public, public_function

_TWO = (  # operations of two arguments that stay with their calls; of others it is the first
    "add subtract multiply true_divide divide floor_divide power mod matmul maximum minimum "
    "greater greater_equal less less_equal equal not_equal logical_and logical_or logical_xor "
    "dot tensordot outer cross arctan2 get_item affine_transform allclose append "
    "binary_crossentropy bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift "
    "bitwise_xor categorical_crossentropy cdist conv conv_transpose correlate ctc_decode "
    "depthwise_conv digitize divide_no_nan fmax fmin fmod full_like gcd geomspace heaviside "
    "hypot in_top_k inner isin kron lcm ldexp left_shift linspace logaddexp logaddexp2 "
    "logspace lstsq map_coordinates nanpercentile nanquantile nextafter percentile polar psnr "
    "quantile right_shift rms_normalization searchsorted segment_max segment_min segment_prod "
    "segment_sum solve solve_triangular sparse_categorical_crossentropy ssim take "
    "take_along_axis vdot"
)
_OPERANDS = dict.fromkeys(_TWO.split(), 2) | {
    **{"where": 3, "select": 3, "layer_normalization": 3, "separable_conv": 3, "ctc_loss": 4}
}
_CORE = {  # those of keras.src.ops.core; of the others without a place of their own, math
    *("cast", "convert_to_tensor", "saturate_cast", "scatter", "slice", "stop_gradient"),
    "unstack",
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
    if not (path.startswith("keras.ops.") and is_public(path)) or len(calls) != 1:
        return None
    place = path.removeprefix("keras.ops.").rpartition(".")[0]
    module = f"keras.src.ops.{place or ('core' if name in _CORE else 'math')}"
    title, count = class_name(path), _OPERANDS.get(name, 1)
    args, kwargs = calls[0]["args"], {**config.get("arguments", {}), **calls[0]["kwargs"]}
    parameters = [*inspect.signature(public_function(path)).parameters.values()]
    names = [p.name for p in parameters]
    args = args + [p.default for p in parameters[len(args) : count]]  # as Keras calls it
    named = dict(zip(names[count:], args[count:])) | kwargs
    operands = not args or "__keras_tensor__" in str(named) or {*names[:count]} & {*named}
    if (
        operands
        or any(p.kind is p.VAR_POSITIONAL for p in parameters)
        or inspect.Parameter.empty in args
    ):
        return None
    named = {k: v["config"]["value"] if _is_tuple(v) else v for k, v in named.items()}
    call = {"args": [v["config"]["value"] if _is_tuple(v) else v for v in args[:count]]}
    made = {"module": module, "class_name": title, "registered_name": title, "name": value["name"]}
    made["config"] = {"name": config["name"], **named}
    return made | {"inbound_nodes": [{**call, "kwargs": {}}]}


def _is_tuple(value):
    return isinstance(value, dict) and value.get("class_name") == "__tuple__"
