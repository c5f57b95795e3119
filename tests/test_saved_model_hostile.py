"""SavedModels crafted to do harm are refused: nothing is opened, written or allocated."""

import contextlib
import os
import tracemalloc
import zipfile

import audit
import pytest
from test_saved_model_load import GOLDEN, unpacked

import tensorbrook as tf
from tensorbrook.base.errors import OpError
from tensorbrook.base.examples import TensorProto
from tensorbrook.formats.graph_messages import NodeDef, SavedModel
from tensorbrook.saved_model.reading import checks, control

CASES = []


def case(problem, model="module", error=OpError):
    """A change of a good SavedModel that must be refused with these words when it is loaded."""

    def decorate(change):
        CASES.append(pytest.param(change, problem, model, error, id=change.__name__))
        return change

    return decorate


def crafted(folder, change, model="module"):
    path = unpacked(model, folder)
    file = os.path.join(path, "saved_model.pb")
    with open(file, "rb") as f:
        saved = SavedModel.FromString(f.read())
    change(saved.meta_graphs[0])
    with open(file, "wb") as f:
        f.write(saved.SerializeToString())
    return path


def function_of(graph):
    """A function of the library that has nodes."""
    return next(f for f in graph.graph_def.library.function if len(f.node_def) > 3)


def constant(graph):
    """The tensor of a constant."""
    nodes = function_of(graph).node_def
    return next(node for node in nodes if node.op == "Const").attr["value"].tensor


def chain(graph, length, calls=1):
    """Functions that call the next one, some times each; returns their names."""
    functions, names = graph.graph_def.library.function, [f"f{k}" for k in range(length)]
    for name, following in zip(names, [*names[1:], None]):
        made = functions.add()
        made.signature.name = name
        for k in range(calls if following else 0):
            node = made.node_def.add(name=f"n{k}", op="PartitionedCall")
            node.attr["f"].func.name = following
            node.attr["Tin"].list.SetInParent()
    return names


@case("two attrs 'T'")
def duplicate_attr_def(graph):
    signature = function_of(graph).signature
    signature.attr.add(name="T", type="type")
    signature.attr.add(name="T", type="type")


@case("two nodes")
def duplicate_node(graph):
    nodes = function_of(graph).node_def
    nodes.add().CopyFrom(nodes[0])


@case("two functions")
def duplicate_function(graph):
    functions = graph.graph_def.library.function
    functions.add().CopyFrom(functions[0])


@case("is not there")
def unknown_input(graph):
    node = next(n for n in function_of(graph).node_def if len(n.input))
    node.input[0] = "nowhere:0"


@case("in a circle")
def circle(graph):
    nodes = function_of(graph).node_def
    for name, other in (("p", "q"), ("q", "p")):
        nodes.add(name=name, op="Identity").input.append(other + ":output:0")


@case("TensorFlow 1", error=NotImplementedError)
def loop_of_tensorflow_1(graph):
    nodes = function_of(graph).node_def
    for name, op, other in (("p", "NextIteration", "q"), ("q", "Merge", "p")):
        nodes.add(name=name, op=op).input.append(other + ":output:0")


@case("call themselves")
def recursion(graph):
    function = function_of(graph)
    node = function.node_def.add(name="again", op="PartitionedCall")
    node.attr["f"].func.name = function.signature.name


@case("calls deep")
def deep_calls(graph):
    chain(graph, 100)


@case("nodes, more than")
def many_calls(graph):
    chain(graph, 40, calls=4)


@case("not there")
def unknown_function(graph):
    node = function_of(graph).node_def.add(name="call", op="PartitionedCall")
    node.attr["f"].func.name = "nobody"


@case("bytes more than the file has")
def huge_constant(graph):
    tensor = constant(graph)
    tensor.CopyFrom(TensorProto(dtype=1, float_val=[1.0]))
    tensor.tensor_shape.dim.add(size=1 << 40)


@case("bytes more than the file has")
def many_huge_constants(graph):
    nodes = function_of(graph).node_def
    for k in range(300):
        made = nodes.add(name=f"huge{k}", op="Const").attr["value"].tensor
        made.CopyFrom(TensorProto(dtype=1, float_val=[1.0]))
        made.tensor_shape.dim.add(size=1 << 20)


@case("bytes more than the file has")
def overflowing_constant(graph):
    tensor = constant(graph)
    tensor.CopyFrom(TensorProto(dtype=1, float_val=[1.0]))
    for _ in range(3):
        tensor.tensor_shape.dim.add(size=1 << 40)


@case("has the shape")
def negative_constant(graph):
    tensor = constant(graph)
    tensor.CopyFrom(TensorProto(dtype=1, float_val=[1.0]))
    tensor.tensor_shape.dim.add(size=-7)


@case("speaks of number 9999")
def unknown_capture(graph):
    functions = graph.object_graph_def.concrete_functions
    next(iter(functions.values())).bound_inputs.append(9999)


@case("has a part -5")
def unknown_part(graph):
    graph.object_graph_def.nodes[0].children.add(node_id=-5, local_name="x")


@case("two parts of one name")
def duplicate_part(graph):
    children = graph.object_graph_def.nodes[0].children
    children.add().CopyFrom(children[0])


@case("is not in the library")
def unknown_concrete_function(graph):
    graph.object_graph_def.concrete_functions["nobody"].SetInParent()


@case("but its array")
def huge_variable(graph):
    node = next(n for n in graph.object_graph_def.nodes if n.WhichOneof("kind") == "variable")
    node.variable.shape.dim.add(size=1 << 40)


@case("leads out of the folder", "hub")
def asset_beside(graph):
    graph.asset_file_def[0].filename = "../../secret.txt"


@case("leads out of the folder", "hub")
def asset_anywhere(graph):
    graph.asset_file_def[0].filename = "/etc/passwd"


@case("none of its assets", "hub")
def table_of_another_file(graph):
    for function in graph.graph_def.library.function:
        for node in function.node_def:
            if node.op == "InitializeTableFromTextFileV2":
                made = function.node_def.add(name="evil", op="Const").attr["value"].tensor
                made.CopyFrom(TensorProto(dtype=7, string_val=[b"/etc/passwd"]))
                node.input[1] = "evil:output:0"
                function.node_def[-1].attr["dtype"].type = 7


@case("named tuple")
def evil_named_tuple(graph):
    function = next(iter(graph.object_graph_def.concrete_functions.values()))
    held = function.output_signature.named_tuple_value
    held.name = "x', (), {}) or print('"
    held.values.add(key="__class__")


@pytest.mark.parametrize(("change", "problem", "model", "error"), CASES)
def test_crafted_models_are_refused_when_they_are_loaded(change, problem, model, error, tmp_path):
    tf.saved_model.load(unpacked(model, tmp_path / "good"))  # all that is needed is imported
    path = crafted(tmp_path, change, model)
    tracemalloc.start()
    try:
        with audit.only(path), pytest.raises(error, match=problem) as caught:
            tf.saved_model.load(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert path in str(caught.value)
    assert peak < 100 << 20


def test_assets_that_are_links_are_refused(tmp_path):
    path = unpacked("hub", tmp_path)
    (name,) = os.listdir(os.path.join(path, "assets"))
    os.unlink(os.path.join(path, "assets", name))
    os.symlink("/etc/passwd", os.path.join(path, "assets", name))
    with pytest.raises(OpError, match="link that leads out"):
        tf.saved_model.load(path)


def with_node(op, inputs, attrs=None, results=("output",), name="evil"):
    """A change that puts a node before the result of `look`, a function of strings."""

    def change(graph):
        nodes = {n.node_id: n.local_name for o in graph.object_graph_def.nodes for n in o.children}
        objects = enumerate(graph.object_graph_def.nodes)
        look = next(o for k, o in objects if nodes.get(k) == "look")
        called = look.function.concrete_functions[0]
        function = next(f for f in graph.graph_def.library.function if f.signature.name == called)
        node = function.node_def.add(name=name, op=op)
        node.input.extend([f"{function.signature.input_arg[0].name}"] * inputs)
        for key, value in (attrs or {}).items():
            node.attr[key].CopyFrom(value)
        function.control_ret.add(key=name, value=name)

    return change


@pytest.mark.parametrize(
    ("op", "inputs", "error", "problem"),
    [
        ("ReadFile", 1, OpError, "none of its assets"),
        ("WriteFile", 2, OpError, "no graph of a file may do"),
        ("MatchingFiles", 1, OpError, "no graph of a file may do"),
        ("EagerPyFunc", 1, NotImplementedError, "node 'evil' .* no rule for the op EagerPyFunc"),
        ("NoSuchOp", 1, NotImplementedError, "node 'evil' .* no rule for the op NoSuchOp"),
    ],
)
def test_crafted_functions_are_refused_when_they_are_called(op, inputs, error, problem, tmp_path):
    path = crafted(tmp_path, with_node(op, inputs), "hub")
    loaded = tf.saved_model.load(path)
    with audit.only(path), pytest.raises(error, match=problem):
        loaded.look(tf.constant(["x"]))
    assert not (tmp_path / "x").exists()


def run_op(op, inputs, **attrs):
    """One node on tensors, as a graph would run it."""
    from tensorbrook.saved_model.reading.rules import Place, run

    return run(op, inputs, attrs, Place("file", {}))


@pytest.mark.parametrize(
    ("op", "inputs", "attrs"),
    [
        ("GatherV2", ([[1.0]], [0], 0), {"batch_dims": -9}),
        ("ReverseSequence", ([[1.0]], [1]), {"seq_dim": 0, "batch_dim": -9}),
        ("ResourceGather", ([[1.0]], [0]), {"batch_dims": -9, "dtype": tf.float32}),
        ("Fill", ([1 << 40, 1 << 40], 0.0), {}),
        ("Reshape", ([1.0], [1 << 40, 1 << 40]), {}),
        ("SpaceToBatchND", ([[[1.0]]], [1 << 30], [[0, 1 << 40]]), {}),
        ("Split", (0, [1.0, 2.0]), {"num_split": 0}),
        ("Split", (0, [1.0, 2.0]), {"num_split": -1}),
        ("Unpack", ([1.0],), {"num": 1 << 40, "axis": 0}),
        ("AddN", (), {"N": 1 << 40}),
        ("ConcatV2", ([1.0], 0), {"N": -1}),
    ],
)
def test_nodes_with_senseless_attrs_raise(op, inputs, attrs):
    tensors = [tf.constant(x) for x in inputs]
    if op == "ResourceGather":
        tensors[0] = tf.Variable(tensors[0])
    with pytest.raises((OpError, ValueError, TypeError, IndexError, MemoryError)):
        run_op(op, tensors, **attrs)


def test_loops_without_end_are_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(control, "MOST_ROUNDS", 1000)

    def change(graph):
        for function in graph.graph_def.library.function:
            results = [argument.type for argument in function.signature.output_arg]
            if "while_cond" in function.signature.name and results == [10]:
                true = NodeDef(name="always", op="Const")
                true.attr["value"].tensor.CopyFrom(TensorProto(dtype=10, bool_val=[True]))
                true.attr["value"].tensor.tensor_shape.SetInParent()
                true.attr["dtype"].type = 10
                function.node_def.add().CopyFrom(true)
                for entry in function.ret:
                    entry.value = "always:output:0"

    loaded = tf.saved_model.load(crafted(tmp_path, change))
    with pytest.raises(OpError, match="a loop goes on after 1000 rounds"):
        loaded.loop(tf.constant([1.0, 2.0]), tf.constant(3))


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_files_that_are_cut_off_are_damaged(cut, tmp_path):
    path = unpacked("module", tmp_path)
    for name in ("saved_model.pb", "variables/variables.index"):
        file = os.path.join(path, name)
        with open(file, "rb") as f:
            data = f.read()
        with open(file, "wb") as f:
            f.write(data[: len(data) // (cut + 1)])
        with pytest.raises(OpError):
            tf.saved_model.load(path)
        with open(file, "wb") as f:
            f.write(data)
    tf.saved_model.load(path)


def test_bytes_changed_at_random_never_do_more_than_raise(tmp_path):
    with zipfile.ZipFile(GOLDEN / "module.zip") as archive:
        data = archive.read("saved_model.pb")
    path = unpacked("module", tmp_path)
    tf.saved_model.load(path)
    step = len(data) // 60
    for at in range(0, len(data), step):
        changed = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
        with open(os.path.join(path, "saved_model.pb"), "wb") as f:
            f.write(changed)
        with audit.only(path), contextlib.suppress(OpError, ValueError, NotImplementedError):
            tf.saved_model.load(path)


def test_bounds_are_what_the_messages_say():
    assert checks.MOST_NODES == 1 << 20
    assert checks.MOST_CALLS == 64


def test_no_configuration_makes_a_program_load_a_folder(tmp_path):
    path = unpacked("mlp", tmp_path)
    layer = tf.keras.layers.TFSMLayer(path)
    config = layer.get_config()
    assert config["filepath"] == path
    with audit.only(), pytest.raises(ValueError, match="TFSMLayer is not made of a config"):
        tf.keras.layers.TFSMLayer.from_config(config)
    with audit.only(), pytest.raises(ValueError, match="TFSMLayer is not made of a config"):
        tf.keras.layers.deserialize({"class_name": "TFSMLayer", "config": config})
