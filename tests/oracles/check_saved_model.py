"""Our graphs in TensorFlow: each sample of each primitive, written as NodeDefs and run there.

    PYTHONPATH=src /path/with/tensorflow/python tests/oracles/check_saved_model.py [primitives]

With OPEN=1 the first dimensions are not known when a graph is written; with DTYPES=3 each sample
is tried in three dtypes. Needs TensorFlow 2.21. It prints what differs, and exits with 1 where anything does.
"""

import os
import sys
import traceback

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import importlib
import pkgutil
import tempfile

import numpy as np
import saved_model_cases as cases
import tensorflow as tf
from saved_model_cases import graph_of
from tensorflow.core.framework import graph_pb2

import tensorbrook
from tensorbrook import ops
from tensorbrook.base.dims import Dim
from tensorbrook.core.op import OPS, Spec
from tensorbrook.saved_model import exceptions
from tensorbrook.saved_model.graph_defs import graph_def_of

for module in pkgutil.walk_packages(ops.__path__, "tensorbrook.ops."):
    importlib.import_module(module.name)  # some are loaded on first use


# which TensorFlow computes in float32 alone (of volumes, of boxes)
SINGLE = {"max_pool_gradient", "max_pool_gather", "window_sum", "window_sum_gradient"}
SINGLE |= {"ctc_decode", "non_max_suppression", "combined_non_max_suppression"}
SINGLE |= {"draw_bounding_boxes"}
# of whose results the others are known but for signs or an order
FIRST_ONLY = {"svd", "self_adjoint_eig"}
# of which but shapes and dtypes are compared
ANY = {
    "decode_picture",
    "through_jpeg",
    "encode_picture",
    "timestamp",
    "eig",
    "random_poisson",
    "random_binomial",
    "decode_json_example",
}


def run_in_tensorflow(graph, arrays):
    """The results as TensorFlow computes them from our GraphDef."""
    message, inputs, outputs = graph_def_of(graph)
    proto = graph_pb2.GraphDef.FromString(message.SerializeToString())
    with tf.Graph().as_default() as imported:
        tf.graph_util.import_graph_def(proto, name="")
        with tf.compat.v1.Session(graph=imported) as session:
            given = {name: a for name, a in zip(inputs, arrays)}
            return session.run(outputs, given)


def differs(op, ours, theirs, loose):
    """What is different, in words, or None."""
    ours, theirs = (
        a.astype(object) if a.dtype.kind == "S" else a for a in map(np.asarray, (ours, theirs))
    )
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return f"{ours.dtype}{ours.shape} in place of {theirs.dtype}{theirs.shape}"
    if loose:
        return None
    if ours.dtype == object or ours.dtype.kind in "biu":
        return None if (ours == theirs).all() else f"{ours} is not {theirs}"
    wide = np.complex128 if ours.dtype.kind == "c" else np.float64
    a, b = ours.astype(wide), theirs.astype(wide)
    eps = float(np.finfo(ours.dtype).eps) if ours.dtype.kind != "V" else 0.008
    limit = (1e-6 if op.name in SINGLE else max(1e-9, 64 * eps)) * max(
        1.0, float(np.abs(b[np.isfinite(b)]).max(initial=0))
    )
    if not np.allclose(a, b, rtol=0, atol=limit, equal_nan=True):
        return f"off by {np.nanmax(np.abs(a - b))}"
    return None


DTYPES = ("float64", "float32", "int32", "int64", "bool", "complex128", "float16", "uint8")


def variants(op, rng):
    """Each sample in the first dtypes that the rule takes."""
    for arrays, attrs in op.samples(rng):
        arrays, seen = list(map(np.asarray, arrays)), 0
        fixed = [a.dtype.kind != "f" or i in op.constants for i, a in enumerate(arrays)]
        for dtype in [None] if all(fixed) else [None, *DTYPES]:
            tried = [a if f or dtype is None else a.astype(dtype) for a, f in zip(arrays, fixed)]
            try:
                op.infer(*[Spec(a.shape, a.dtype) for a in tried], **attrs)
            except tensorbrook.errors.InvalidArgumentError:
                continue
            yield tried, attrs
            seen += 1
            if seen == MOST_DTYPES:
                break


MOST_DTYPES = int(os.environ.get("DTYPES", 1))


def check(op, arrays, attrs):
    """How many results were compared; raises where one differs."""
    if "stream" in attrs:
        attrs = attrs | {"stream": sys.stderr}
    ours = op.kernel(*arrays, **attrs)
    ours = ours if type(ours) is tuple else (ours,)
    graph = opened(op, arrays, attrs) if "OPEN" in os.environ else graph_of(op, arrays, attrs)
    if graph is None:
        return 0
    theirs = run_in_tensorflow(graph, arrays)
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        loose = op.name in ANY or (k and op.name in FIRST_ONLY)
        problem = differs(op, b, a, loose)
        if problem:
            raise ArithmeticError(problem)
    return len(ours)


def check_models():
    """Saved models in TensorFlow: how many results differ from ours."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, make in cases.CASES.items():
            model, inputs = make(tensorbrook)
            model.export(folder, verbose=False)
            expected = tensorbrook.nest.flatten(model(*inputs, training=False))
            loaded = tf.saved_model.load(folder)
            given = tf.nest.map_structure(tf.constant, inputs)
            found = tf.nest.flatten(loaded.serve(*given))
            served = loaded.signatures["serving_default"](**by_name(model, loaded, given))
            tensorbrook.saved_model.save(model, folder)
            again = tf.saved_model.load(folder)
            again = again.signatures["serving_default"](**by_name(model, again, given))
            for results in (found, tf.nest.flatten(served), tf.nest.flatten(again)):
                for a, b in zip(expected, results, strict=True):
                    off = np.abs(a.numpy().astype("float64") - b.numpy()).max()
                    if off > 1e-6:
                        wrong += 1
                        print(f"{name}: off by {off}")
            if name != "signal":  # TensorFlow has no gradient of dilated convolutions on the CPU
                wrong += check_gradients(name, model, inputs, loaded, given)
            trained = len(loaded.trainable_variables), len(model.trainable_variables)
            if trained[0] != trained[1]:
                wrong += 1
                print(f"{name}: trainable variables {trained}")
        wrong += check_module(folder)
    print(f"{len(cases.CASES) + 1} models checked, {wrong} wrong")
    return wrong


def check_gradients(name, model, inputs, loaded, given):
    """How many gradients by trained variables TensorFlow has otherwise than we."""
    with tensorbrook.GradientTape() as tape:
        flat = tensorbrook.nest.flatten(model(*inputs, training=False))
        loss = sum(tensorbrook.reduce_sum(tensorbrook.square(y)) for y in flat)
    ours = tape.gradient(loss, model.trainable_variables)
    with tf.GradientTape() as tape:
        loss = sum(tf.reduce_sum(tf.square(y)) for y in tf.nest.flatten(loaded.serve(*given)))
    theirs = tape.gradient(loss, list(loaded.trainable_variables))
    wrong = 0
    for variable, a, b in zip(model.trainable_variables, ours, theirs, strict=True):
        if (a is None) != (b is None):
            wrong += 1
            print(f"{name}: gradient by {variable.path}: {a} and {b}")
        elif a is not None:
            a = tensorbrook.convert_to_tensor(a).numpy().astype("float64")
            off = np.abs(a - tf.convert_to_tensor(b).numpy()).max()
            close = 1e-2 if name == "half" else 1e-4
            if off > close * max(1.0, np.abs(a).max()):
                wrong += 1
                print(f"{name}: gradient by {variable.path} is off by {off}")
    return wrong


def by_name(model, loaded, given):
    """The arguments of a signature."""
    names = list(loaded.signatures["serving_default"].structured_input_signature[1])
    (value,) = given
    if isinstance(value, dict):
        return value
    if len(names) > 1:
        names = [t.name for t in model.inputs]
    return dict(zip(names, tf.nest.flatten(value)))


def check_module(folder):
    """The module of all that is not Keras's, as objects and in a session."""
    asset = os.path.join(folder, "vocabulary.txt")
    with open(asset, "w") as file:
        file.write("a b")
    tensorbrook.random.set_seed(7)
    module = cases.module(tensorbrook, asset)
    module.look_up(tensorbrook.constant(["a", "z"]))
    served = {"serving_default": module.linear, "loop": module.loop, "noisy": module.noisy}
    path = os.path.join(folder, "module")
    tensorbrook.saved_model.save(module, path, served)
    loaded, x = tf.saved_model.load(path), np.arange(6, dtype="float32").reshape(3, 2)
    texts = np.array(["A b c", "", "D"], object)
    pairs = [
        (module.linear(x), loaded.linear(tf.constant(x))),
        (module.loop(x[:, 0]), loaded.loop(tf.constant(x[:, 0]))),
        (module.noisy(x), loaded.noisy(tf.constant(x))),  # numbers go on where ours were
        (module.cut(texts), loaded.cut(tf.constant(texts))),
        (module.count, loaded.count),
    ]
    wrong = 0
    for ours, theirs in pairs:
        for a, b in zip(tensorbrook.nest.flatten(ours), tf.nest.flatten(theirs), strict=True):
            same = (np.asarray(a) == np.asarray(b)).all()
            wrong += not same
            print("" if same else f"{a} is not {b}", end="")
    values, held = loaded.look_up(tf.constant(["a", "z"]))
    wrong += values.numpy().tolist() != [5, -1] or not held.numpy().endswith(b"vocabulary.txt")
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        graph = tf.compat.v1.saved_model.load(session, ["serve"], path)
        signature = graph.signature_def["serving_default"]
        names = {k: v.name for k, v in signature.outputs.items()}
        found = session.run(names, {signature.inputs["x"].name: x})
        wrong += not np.array_equal(found["y"], np.asarray(module.linear(x)["y"]))
        saver = graph.saver_def
        given = {saver.filename_tensor_name: os.path.join(folder, "again")}
        session.run(saver.save_tensor_name, given)
    again = tensorbrook.train.load_checkpoint(os.path.join(folder, "again"))
    wrong += not np.array_equal(again.get_tensor("w/.ATTRIBUTES/VARIABLE_VALUE"), module.w)
    return wrong


def opened(op, arrays, attrs):
    """The sample's graph with a first dimension left open, or None where its rule does not."""
    specs = [Spec(a.shape, a.dtype) for a in arrays]
    sizes = [s.shape[0] for s in specs if s.shape and s.shape[0] > 0]
    if not sizes:
        return None
    size, dim = max(sizes), Dim.symbol("b")
    specs = [
        Spec((dim, *s.shape[1:]), s.dtype) if s.shape and s.shape[0] == size else s for s in specs
    ]
    try:
        found = op.infer(*specs, **attrs)
    except Exception:  # the sizes in its attrs do not fit, or it cannot leave any open
        return None
    found = found if type(found) is tuple else (found,)
    return cases.graph_between(op, specs, found, attrs)


def main():
    rng, missing, checked, wrong = np.random.default_rng(0), [], 0, 0
    for name in [n for n in sys.argv[1:] if n != "models"] or (
        [] if "models" in sys.argv else list(OPS)
    ):
        op = OPS[name]
        if op.rule("graphdef").lower is None:
            missing += [name] * (name not in exceptions.WHY)
            continue
        for number, (arrays, attrs) in enumerate(variants(op, rng)):
            try:
                checked += check(op, arrays, attrs)
            except Exception as fault:
                wrong += 1
                shown = [f"{a.dtype}{list(a.shape)}" for a in arrays], str(attrs)[:200]
                text = (str(fault).strip().splitlines() or [""])[0][:300]
                print(f"{name} #{number} {shown}: {type(fault).__name__} {text}")
                if os.environ.get("TRACE"):
                    traceback.print_exc()
    print(f"{checked} results checked, {wrong} wrong; without a rule: {' '.join(missing)}")
    if not sys.argv[1:] or "models" in sys.argv:
        wrong += check_models()
    return bool(wrong or missing)


if __name__ == "__main__":
    sys.exit(main())
