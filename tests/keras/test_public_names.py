"""All public names of Keras 3.15.1 are there, and take every call that Keras's signatures allow."""

import ast
import inspect
import json
import pathlib
import types

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden" / "keras_names.json"
NAMES = json.loads(GOLDEN.read_text())
LITERALS = (bool, int, float, str, tuple, list, type(None))
FILES = "model files are a later chapter: the error says what to do instead"
INSIDE = "a step of Keras's own implementation, without documentation"
BY_POSITION = "called by position; its parameter has another name"
FOREIGN = "not built: the error says what to do instead"
ONE_DEVICE = "there is one device"
STUB = "Keras's own raises ImportError"
ABSENT = {  # path, or name of a member -> why it is not there
    "keras.backend.ctc_label_dense_to_sparse": "its error says what to use",
    **dict.fromkeys(["add_object", "add_weights", "compare", "delete_object"], FILES),
    **dict.fromkeys(["delete_weight", "rename_object", "resave_weights", "save", "summary"], FILES),
    **dict.fromkeys(["is_multihost_enabled", "is_primary_host", "wait_until_finished"], FILES),
    **dict.fromkeys(["convert_weight", "inner_loop", "check_finite"], INSIDE),
    **dict.fromkeys(["quantized_build", "quantized_call", "variable_serialization_spec"], INSIDE),
    **dict.fromkeys(["get_quantization_layer_structure", "dtype_policy_string"], INSIDE),
    **dict.fromkeys(["activation_quantizer_or_default", "weight_quantizer_or_default"], INSIDE),
    **dict.fromkeys(["get_transformed_x_y", "get_shifted_bbox", "get_clipped_bbox"], INSIDE),
    **dict.fromkeys(["get_elastic_transform_params", "interpolate_pr_auc"], INSIDE),
    **dict.fromkeys(["lr_adjust", "transpose_last_axis", "zeropower_via_newtonschulz5"], INSIDE),
    "distribute_reduction_method": ONE_DEVICE,
    **dict.fromkeys(["backend_mesh", "backend_layout"], ONE_DEVICE),
    **dict.fromkeys(
        ["finalize_state", "normalized_weights", "set_processing_attrs", "output_dtype"], INSIDE
    ),
    **dict.fromkeys(["filepaths", "labels"], "attributes, which need a folder of pictures"),
    **{
        f"transform_single_{what}": INSIDE
        for what in ("bounding_box", "image", "label", "segmentation_mask")
    },
    **dict.fromkeys(["epoch_", "set_fit_request"], "scikit-learn's, of some versions"),
}
EXCEPT = {  # path, or name of a member -> why its signature is another
    **{f"keras.optimizers.legacy.{name}": STUB for name in dir(tf.keras.optimizers.legacy)},
    **{f"keras.saving.{name}": FILES for name in ("load_weights", "save_weights")},
    **{f"keras.models.{name}": FILES for name in ("load_model", "save_model")},
    "keras.saving.KerasFileEditor": FILES,
    "keras.optimizers.Muon": "its own arguments all stand before those of all optimizers",
    "keras.export.ExportArchive": FILES,
    **{f"keras.layers.{name}": FOREIGN for name in ("FlaxLayer", "JaxLayer", "TFSMLayer")},
    "keras.layers.TorchModuleWrapper": FOREIGN,
    "update": "MutableMapping's has no names of its own",
    **dict.fromkeys(
        ["build", "quantized_build", "compute_mask", "update_step", "assign_add", "assign_sub"],
        BY_POSITION,
    ),
    "call": BY_POSITION,
    **dict.fromkeys(["transform_labels", "transform_segmentation_masks"], BY_POSITION),
    "get_random_transformation": BY_POSITION,
}
keras = tf.keras
MESH = keras.distribution.DeviceMesh((1,), ["batch"], ["cpu:0"])
INSTANCES = {  # whose attributes are told by an instance
    "keras.DTypePolicy": keras.DTypePolicy("mixed_float16"),
    "keras.KerasTensor": keras.KerasTensor((2,)),
    "keras.Loss": keras.losses.MeanSquaredError(),
    "keras.Metric": keras.metrics.Mean(),
    "keras.Model": keras.Model(),
    "keras.Variable": keras.Variable(1.0),
    "keras.distribution.DataParallel": keras.distribution.DataParallel(MESH),
    "keras.distribution.DeviceMesh": MESH,
    "keras.distribution.LayoutMap": keras.distribution.LayoutMap(MESH),
    "keras.distribution.ModelParallel": keras.distribution.ModelParallel(
        layout_map=keras.distribution.LayoutMap(MESH), batch_dim_name="batch"
    ),
    "keras.distribution.TensorLayout": keras.distribution.TensorLayout(["batch"], MESH),
    "keras.dtype_policies.DTypePolicyMap": keras.dtype_policies.DTypePolicyMap(),
    "keras.dtype_policies.QuantizedFloat8DTypePolicy": (
        keras.dtype_policies.QuantizedFloat8DTypePolicy("float8", "float32")
    ),
    "keras.layers.Discretization": keras.layers.Discretization([1.0]),
    "keras.layers.InputLayer": keras.layers.InputLayer((1,)),
    "keras.layers.MultiHeadAttention": keras.layers.MultiHeadAttention(2, 2),
    "keras.metrics.AUC": keras.metrics.AUC(),
    "keras.optimizers.OptimizerMap": keras.optimizers.OptimizerMap(keras.optimizers.SGD()),
}


def found_at(path):
    value = tf.keras
    for name in path.split(".")[1:]:
        value = getattr(value, name)
    return value


def each(text):
    """The value of a default; of a tuple of equal numbers the number, which stands for it."""
    value = ast.literal_eval(text)
    distinct = set(np.ravel(value)) if isinstance(value, tuple) and value else ()
    return distinct.pop() if len(distinct) == 1 else value


def refused(function, wanted):
    """What a call by the signature `wanted` would meet in `function`; nothing where all binds."""
    try:
        own = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return
    names = list(own)
    kinds = {p.kind for p in own.values()}
    for place, text in enumerate(wanted):
        name, _, default = text.removesuffix("!").partition("=")
        if name[0] == "*":
            continue
        if name not in own:
            if inspect.Parameter.VAR_KEYWORD not in kinds:
                yield f"no {name}"
            continue
        parameter = own[name]
        positional = parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
        anywhere = text[-1] == "!" or inspect.Parameter.VAR_POSITIONAL in kinds
        if not anywhere and not (positional and names.index(name) == place):
            yield f"{name} is no. {place}"
        shown = repr(parameter.default) if isinstance(parameter.default, LITERALS) else "?"
        if default and "?" not in (default, shown) and each(shown) != each(default):
            yield f"{name}={shown}, not {default}"


def members_refused(path, cls, members):
    for name, wanted in members.items():
        value = inspect.getattr_static(cls, name, None)
        value = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if name not in ABSENT and not any(hasattr(x, name) for x in (cls, INSTANCES.get(path))):
            yield f"no member {name}"
        elif wanted and isinstance(value, types.FunctionType) and name not in EXCEPT:
            yield from (f"{name}: {why}" for why in refused(value, wanted))


@pytest.mark.parametrize(("path", "signature", "members"), NAMES, ids=[row[0] for row in NAMES])
def test_public_names_take_keras_s_calls(path, signature, members):
    if path in ABSENT:
        pytest.skip(ABSENT[path])
    if path.startswith("keras.wrappers"):
        pytest.importorskip("sklearn")
    value = found_at(path)
    if isinstance(signature, str) and path not in EXCEPT:
        assert value is found_at(signature)
    if isinstance(signature, list) and path not in EXCEPT:
        assert [*refused(value, signature), *members_refused(path, value, members or {})] == []


STARRED = ["activations", "backend", "callbacks", "constraints", "initializers", "layers"]
STARRED += ["losses", "metrics", "models", "optimizers", "random", "regularizers", "utils"]


@pytest.mark.parametrize("space", [*STARRED, "layers.advanced_activations", "optimizer_v2"])
def test_a_star_imports_keras_s_names_and_none_of_our_helpers(space):
    got = {}
    exec(f"from tensorbrook.keras.{space} import *", got)
    public = {"optimizer_v2": "optimizers"}.get(space, space.partition(".")[0])
    paths = [path.removeprefix(f"keras.{public}.") for path, *_ in NAMES if path not in ABSENT]
    assert {p for p in paths if "." not in p} - set(got) == set()
    modules = {name for name, value in got.items() if type(value) is types.ModuleType}
    assert modules <= {"legacy", "schedules"} and not {"Tensor", "np", "ops"} & set(got)
