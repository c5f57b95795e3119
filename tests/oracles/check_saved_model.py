"""Our graphs in TensorFlow: each sample of each primitive, written as NodeDefs and run there.

    PYTHONPATH=src /path/with/tensorflow/python tests/oracles/check_saved_model.py [primitives]

Needs TensorFlow 2.21. It prints what differs, and exits with 1 where anything does.
"""

import os
import sys
import traceback

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import importlib
import pkgutil

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import graph_pb2

import tensorbrook
from tensorbrook import ops
from tensorbrook.core.op import OPS, Spec
from tensorbrook.graph.ir import Graph, Node, Value
from tensorbrook.saved_model import exceptions
from tensorbrook.saved_model.graph_defs import graph_def_of

for module in pkgutil.walk_packages(ops.__path__, "tensorbrook.ops."):
    importlib.import_module(module.name)  # some are loaded on first use


# TensorFlow pools volumes in float32 alone
SINGLE = {"max_pool_gradient", "max_pool_gather", "window_sum", "window_sum_gradient"}
# of whose results the others are known but for signs or an order
FIRST_ONLY = {"svd", "self_adjoint_eig"}
# of which but shapes and dtypes are compared
ANY = {"timestamp", "eig", "random_poisson", "random_binomial", "decode_json_example"}


def graph_of(op, arrays, attrs):
    """A graph of one node."""
    graph = Graph(op.name)
    specs = [Spec(a.shape, a.dtype) for a in map(np.asarray, arrays)]
    found = op.infer(*specs, **attrs)
    found = found if type(found) is tuple else (found,)
    values = [Value(i, s.shape, s.dtype) for i, s in enumerate([*specs, *found])]
    graph.inputs, graph.outputs = values[: len(specs)], values[len(specs) :]
    graph.nodes = [Node(op, tuple(graph.inputs), attrs, tuple(graph.outputs))]
    return graph


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
    theirs = run_in_tensorflow(graph_of(op, arrays, attrs), arrays)
    for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        loose = op.name in ANY or (k and op.name in FIRST_ONLY)
        problem = differs(op, b, a, loose)
        if problem:
            raise ArithmeticError(problem)
    return len(ours)


def main():
    rng, missing, checked, wrong = np.random.default_rng(0), [], 0, 0
    for name in sys.argv[1:] or list(OPS):
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
    return bool(wrong or missing)


if __name__ == "__main__":
    sys.exit(main())
