"""Single NodeDefs of TensorFlow give its results (oracles/make_saved_nodes.py)."""

import base64
import json
import lzma
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.core.dispatch import PUBLIC
from tensorbrook.formats.graph_messages import GraphDef, NodeDef
from tensorbrook.saved_model.op_table import signatures
from tensorbrook.saved_model.reading.graphs import Body, Library
from tensorbrook.saved_model.reading.public import rows
from tensorbrook.saved_model.reading.rules import RULES, has_rule

GOLDEN = Path(__file__).parent / "oracles" / "golden" / "saved_nodes.json.xz"
ROWS = json.loads(lzma.decompress(GOLDEN.read_bytes()))
NODES = [NodeDef.FromString(base64.b64decode(row[0])) for row in ROWS]
COUNT = Counter()
IDS = [f"{node.op}-{COUNT.update([node.op]) or COUNT[node.op]}" for node in NODES]
# results that no two programs share to the last bit, or order of one's own choice
LOOSE = {"DecodeJpeg": 3, "SelfAdjointEigV2": 1e-4, "AsString": 0}
UP_TO_SIGN = {"SelfAdjointEigV2"}


def array_of(found):
    if "texts" in found:
        shape, texts = found["texts"]
        held = np.empty(len(texts), object)
        held[:] = [base64.b64decode(text) for text in texts]
        return held.reshape(shape)
    if "complex" in found:
        real, imaginary = map(array_of, found["complex"])
        return (real + 1j * imaginary).astype("complex64")
    dtype, shape, values = found["tensor"]
    return np.array(values, tf.as_dtype(dtype).as_numpy_dtype).reshape(shape)


def run_node(node, arrays):
    """The results of a node that is alone in a graph with placeholders for its inputs."""
    graph = GraphDef()
    names = [text.partition(":")[0] for text in node.input]
    for name in dict.fromkeys(names):
        graph.node.add(name=name, op="Placeholder")
    list.append(graph.node, node)
    body = Body(Library(graph, "nodes"), graph.node, "the graph")
    values = {name: [tf.constant(array)] for name, array in zip(names, arrays)}
    body.run(body.steps([node.name], list(values)), values, [])
    return values[node.name]


@pytest.mark.parametrize(("node", "row"), [*zip(NODES, ROWS)], ids=IDS)
def test_nodes_give_what_they_give_in_tensorflow(node, row):
    found = run_node(node, [array_of(value) for value in row[1]])
    wanted = [array_of(value) for value in row[2]]
    if node.op in ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3"):
        found, wanted = found[:3], wanted[:3]  # the others are the kernel's own
    assert len(found) == len(wanted)
    tolerance = LOOSE.get(node.op, 2e-6)
    for a, b in zip(found, wanted):
        a = np.asarray(a)
        assert a.dtype == b.dtype
        assert a.shape == b.shape
        if a.dtype == object:
            assert a.tolist() == b.tolist() or node.op == "EncodePng"
        else:
            a, b = (np.abs(v) if node.op in UP_TO_SIGN else v for v in (a, b))
            np.testing.assert_allclose(a.astype(b.dtype), b, tolerance, tolerance)


def test_rules_speak_of_what_there_is():
    for op, row in rows().items():
        known = {*signatures()[op].attrs, *(a.name for a in signatures()[op].inputs)}
        assert row.path in PUBLIC, op
        assert row.empty <= known, op
    for op, rule in RULES.items():
        inputs = {argument.name for argument in signatures()[op].inputs}
        assert rule.everything or inputs <= rule.takes, op
        known = {"place", "masks", "given"}
        for signature in (signatures()[o] for o, r in RULES.items() if r.function is rule.function):
            arguments = (*signature.inputs, *signature.outputs)
            known.update(signature.attrs, *((a.name, a.dtype) for a in arguments))
        assert rule.takes | rule.ignores <= known, op


def test_most_rules_have_a_node_of_tensorflow_s():
    tested = {node.op for node in NODES}
    rules = {op for op in signatures() if has_rule(op)}
    assert len(rules) > 450
    assert len(rules - tested) < 130, sorted(rules - tested)
