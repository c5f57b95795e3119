"""Models of ONNX against tensorbrook, in ONNX Runtime: all layers' cases, all applications.

TENSORBROOK_ONNX=/path/to/python python tests/oracles/check_onnx.py [layers] [applications] [filter]
"""

import collections
import os
import pathlib
import sys
import tempfile
import warnings

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "keras"), str(pathlib.Path(__file__).parent)]

import application_cases  # noqa: E402
import test_layers  # noqa: E402
from onnx_runtime import Runtime  # noqa: E402

import tensorbrook as tf  # noqa: E402
import tensorbrook.onnx  # noqa: E402
from tensorbrook.core.dispatch import apply  # noqa: E402
from tensorbrook.core.op import OPS, Spec  # noqa: E402
from tensorbrook.function.opened import open_function  # noqa: E402
from tensorbrook.graph.ir import Graph, Node  # noqa: E402


def batches(arrays, times):
    """Some arrays with their rows `times` times over, each time in another order."""
    return [np.concatenate([np.roll(x, i, 0) for i in range(times)]) for x in arrays]


def difference(found, wanted):
    """The greatest of the absolute, or relative to the result's largest number where that is > 1."""
    worst = 0.0
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted):
        other = np.asarray(other)
        if other.dtype.name == "bfloat16":
            other = other.astype("float32")
        assert one.shape == other.shape, (one.shape, other.shape)
        assert one.dtype == other.dtype, (one.dtype, other.dtype)
        if one.dtype == object:
            assert one.tolist() == other.tolist(), (one, other)
        elif one.size:
            one, other = one.astype("float64"), other.astype("float64")
            same = (one == other) | (np.isnan(one) & np.isnan(other))
            gap = np.where(same, 0, np.abs(one - other)).max()
            worst = max(
                worst, float(gap / max(1, np.abs(other[np.isfinite(other)]).max(initial=0)))
            )
    return worst


def function_of(case):
    """(a layer's case as a function of its inputs and masks, the arrays of these)."""
    layer, _ = test_layers.layer_of(case)
    arrays = [test_layers.array(x) for x in case["inputs"]]
    masks = [np.array(m) for m in case["masks"] or [] if m is not None]
    count, masked = len(arrays), [m is not None for m in case["masks"] or []]
    options = {k: v for k, v in case["call"].items() if k != "training"}

    def function(*tensors):
        inputs, more = list(tensors[:count]), iter(tensors[count:])
        for tensor, has in zip(inputs, masked):
            if has:
                tensor._keras_mask = next(more)
        inputs = inputs if count > 1 else inputs[0]
        return test_layers.call(layer, case, inputs, training=False, **options)

    return function, arrays + masks


def check_layer(case, runtime, folder):
    """The greatest difference of a layer's case, for the batch of the case and for twice of it."""
    function, arrays = function_of(case)
    specs = [tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in arrays]
    path, worst = tempfile.mktemp(".onnx", dir=folder), 0.0
    tf.onnx.export(open_function(function, specs), path)
    for times in (1, 2):
        given = batches(arrays, times)
        found = runtime(path, {f"x{i}": x for i, x in enumerate(given)})
        wanted = [y.numpy() for y in function(*map(tf.constant, given))]
        worst = max(worst, difference(found, wanted))
    return worst


def check_application(name, runtime, folder):
    """The greatest difference of a network's results, for one picture and for two."""
    options = application_cases.RUN[name]
    make = getattr(tf.keras.applications, name)
    model = make(weights=None, classes=7, classifier_activation=None, **options)
    application_cases.set_weights(model)
    path = tempfile.mktemp(".onnx", dir=folder)
    model.export(path, format="onnx", verbose=False)
    worst = 0.0
    picture = application_cases.picture(options["input_shape"]) / 127.5 - 1
    for count in (1, 2):
        x = np.concatenate([picture * (1 - 0.3 * i) for i in range(count)]).astype("float32")
        found = runtime(path, {model.input_names[0]: x})
        worst = max(worst, difference(found, [model(x).numpy()]))
    os.unlink(path)
    return worst


def check_primitive(op, runtime, folder):
    """The greatest difference of a primitive's samples from its kernel, in several dtypes."""
    worst, done = 0.0, 0
    for kind in ("float32", "int32", "int64", "int8", "uint8", "bool", "complex64"):
        for arrays, attrs in op.samples(np.random.default_rng(1)):
            if kind != "float32" and all(x.dtype.kind not in "fc" for x in map(np.asarray, arrays)):
                continue
            if kind != "float32" and any(isinstance(v, Graph) for v in attrs.values()):
                continue
            arrays = [narrower(np.asarray(x), kind) for x in arrays]
            attrs = {k: narrower(v, kind) for k, v in attrs.items()}
            try:
                op.infer(*[Spec(x.shape, x.dtype) for x in arrays], **attrs)
                wanted = op.kernel(*arrays, **attrs)
            except (tf.errors.OpError, ArithmeticError, TypeError, ValueError):
                continue
            if op.name == "searchsorted" and kind == "uint8":  # no longer sorted
                continue
            done += 1
            try:
                gap = difference_of_sample(op, arrays, attrs, wanted, runtime, folder)
            except NotImplementedError:
                if not any(x.dtype.kind == "c" for x in arrays):
                    raise
                continue
            worst = max(worst, gap)
    assert done, "no sample was run"
    return worst


def difference_of_sample(op, arrays, attrs, wanted, runtime, folder):
    """The greatest difference of one sample."""
    fixed = op.name in ("table_find", "non_max_suppression")  # scalars are to be known
    constants = [tf.constant(x) if fixed and not x.ndim else None for x in arrays]
    arrays = [x for x, known in zip(arrays, constants) if known is None]
    specs = [tf.TensorSpec(x.shape, x.dtype) for x in arrays]

    def run(*tensors):
        given = iter(tensors)
        return apply(op, tuple([next(given) if c is None else c for c in constants]), attrs)

    function = tf.function(run, autograph=False)
    path = tempfile.mktemp(".onnx", dir=folder)
    tf.onnx.export(function, path, specs)
    found = runtime(path, {f"x{i}": parts(x) for i, x in enumerate(arrays)})
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    with np.errstate(all="ignore"):
        gap = difference(found, [parts(np.asarray(y)) for y in wanted])
    if gap > 1e-5 and "-v" in sys.argv:
        print(op.name, attrs, arrays, found, wanted, sep="\n")
    return gap


def narrower(value, kind):
    """An array or attribute of a sample without float64, in whose place is another dtype."""
    if isinstance(value, np.ndarray):
        wanted = {"float64": kind, "complex128": "complex64"}.get(value.dtype.name, value.dtype)
        return value.astype(wanted)
    if isinstance(value, np.dtype):
        return np.dtype({"float64": kind, "complex128": "complex64"}.get(value.name, value))
    if not isinstance(value, Graph):
        return value
    made, values = Graph(value.name), {}

    def put(v):
        if v not in values:
            values[v] = v.__class__(v.number, v.shape, narrower(v.dtype, kind))
        return values[v]

    made.inputs = list(map(put, value.inputs))
    made.constants = {put(v): narrower(a, kind) for v, a in value.constants.items()}
    for n in value.nodes:
        attrs = {k: narrower(v, kind) for k, v in n.attrs.items()}
        made.nodes.append(Node(n.op, tuple(map(put, n.inputs)), attrs, tuple(map(put, n.outputs))))
    made.outputs = list(map(put, value.outputs))
    return made


def parts(x):
    """Complex numbers as models of ONNX have them: real and imaginary part on an axis more."""
    return np.stack([x.real, x.imag], -1) if x.dtype.kind == "c" else x


def rows(what, only):
    """(name, class, function) of each check."""
    if "layers" in what:
        for case in test_layers.golden:
            yield test_layers.case_id(case), case["layer"], check_layer, case
    if "applications" in what:
        for name in application_cases.RUN:
            yield name, name, check_application, name
    if "primitives" in what:
        for name, op in OPS.items():
            drawn = name.startswith("random")
            if op.rule("onnx").lower is not None and name not in ("print", "assert") and not drawn:
                yield name, name, check_primitive, op


def main(arguments):
    known = ["layers", "applications", "primitives"]
    what = [a for a in arguments if a in known] or known
    only = [a for a in arguments if a not in what and a != "-v"]
    done, worst, faults = 0, (0.0, ""), 0
    classes = collections.defaultdict(set)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder, Runtime(folder) as runtime:
        for name, kind, check, case in rows(what, only):
            if only and not any(text in name for text in only):
                continue
            done += 1
            try:
                gap = check(case, runtime, folder)
                fault = "" if gap <= 1e-5 else f"difference {gap:.2g}"
                worst = max(worst, (gap, name))
            except Exception as error:
                fault = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
            classes[kind].add(not fault)
            if fault:
                faults += 1
                print(f"{name[:90]}: {fault}", flush=True)
    whole = sum(all(good) for good in classes.values())
    print(f"{done - faults} of {done} cases pass, {whole} of {len(classes)} classes whole; "
          f"greatest difference {worst[0]:.2g} ({worst[1]})")  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
