"""Saved models: what is written, and that it computes the same when it is read again.

TensorFlow reads them in tests/oracles/check_saved_model.py, which runs here where it is installed:
set TENSORBROOK_ORACLE to its Python.
"""

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook import ops
from tensorbrook.core.op import OPS
from tensorbrook.formats.graph_messages import SavedModel
from tensorbrook.saved_model import exceptions, saving
from tensorbrook.saved_model.graph_defs import graph_def_of
from tensorbrook.saved_model.op_table import signatures

sys.path.insert(0, str(Path(__file__).parent / "oracles"))
import saved_model_cases as cases

for found in pkgutil.walk_packages(ops.__path__, "tensorbrook.ops."):
    importlib.import_module(found.name)
importlib.import_module("tensorbrook.data.given")
importlib.import_module("tensorbrook.distribute.across")


def message_of(folder):
    return SavedModel.FromString(Path(folder, "saved_model.pb").read_bytes()).meta_graphs[0]


def test_every_primitive_has_a_rule_or_a_reason():
    ruled = {name for name, op in OPS.items() if op.rule("graphdef").lower is not None}
    assert set(OPS) - ruled == set(exceptions.WHY)
    assert all(len(why) > 20 for why in exceptions.WHY.values())


@pytest.mark.parametrize("name", cases.CASES)
def test_a_model_computes_the_same_when_it_is_loaded(name, tmp_path):
    model, inputs = cases.CASES[name](tf)
    model.export(tmp_path / "exported", verbose=False)
    loaded = tf.saved_model.load(tmp_path / "exported")
    expected = tf.nest.flatten(model(*inputs, training=False))
    given = tf.nest.map_structure(tf.constant, inputs)
    for a, b in zip(expected, tf.nest.flatten(loaded.serve(*given)), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)
    assert len(loaded.trainable_variables) == len(model.trainable_variables)
    assert set(loaded.signatures) == {"serve", "serving_default"}


@pytest.fixture
def module(tmp_path):
    asset = tmp_path / "words.txt"
    asset.write_text("a b")
    made = cases.module(tf, str(asset))
    made.look_up(tf.constant(["a", "z"]))
    return made


def test_a_module_with_its_functions_variables_tables_and_assets(module, tmp_path):
    x = np.arange(6, dtype="float32").reshape(3, 2)
    folder = str(tmp_path / "model")
    tf.saved_model.save(module, folder, {"serving_default": module.linear, "loop": module.loop})
    loaded = tf.saved_model.load(folder)
    assert sorted(loaded.signatures) == ["loop", "serving_default"]
    served = loaded.signatures["serving_default"](x=tf.constant(x))
    np.testing.assert_array_equal(served["y"].numpy(), module.linear(x)["y"].numpy())
    assert loaded.count.numpy() == 1
    values, path = loaded.look_up(tf.constant(["a", "z"]))
    assert values.numpy().tolist() == [5, -1]
    assert path.numpy().decode() == os.path.join(folder, "assets", "words.txt")
    ours, theirs = module.loop(x[:, 0]), loaded.loop(tf.constant(x[:, 0]))
    for a, b in zip(ours, theirs):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    texts = tf.constant(["A b c", "", "D"])
    for key, value in module.cut(texts).items():
        np.testing.assert_array_equal(value.numpy(), loaded.cut(texts)[key].numpy())
    assert [v.numpy() for v in loaded.more] == [1.0, 2] and loaded.named["a"].numpy() == 3.0


def test_random_numbers_go_on_where_they_were(tmp_path):
    tf.random.set_seed(3)

    class Noise(tf.Module):
        @tf.function(input_signature=[])
        def draw(self):
            return tf.random.normal([3])

    noise = Noise()
    first = noise.draw().numpy()
    tf.saved_model.save(noise, tmp_path / "noise")
    loaded = tf.saved_model.load(tmp_path / "noise")
    second = noise.draw().numpy()
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(loaded.draw().numpy(), second)


def test_what_the_messages_say(module, tmp_path):
    options = tf.saved_model.SaveOptions(
        function_aliases={"double": module.linear}, extra_tags=["quick"]
    )
    tf.saved_model.save(module, tmp_path, {"serving_default": module.linear}, options)
    graph = message_of(tmp_path)
    assert graph.meta_info_def.tags == ["serve", "quick"]
    assert graph.meta_info_def.function_aliases[0].value == "double"
    served = graph.signature_def["serving_default"]
    assert served.method_name == tf.saved_model.PREDICT_METHOD_NAME
    assert served.inputs["x"].name == "serving_default_x:0"
    assert [d.size for d in served.inputs["x"].tensor_shape.dim] == [-1, 2]
    assert sorted(served.outputs) == ["y", "z"]
    nodes = graph.object_graph_def.nodes
    children = {c.local_name: nodes[c.node_id] for c in nodes[0].children}
    assert children["w"].variable.name == "w" and children["w"].variable.trainable
    assert children["more"].user_object.identifier == "trackable_list_wrapper"
    assert children["table"].WhichOneof("kind") == "resource"
    assert children["asset"].WhichOneof("kind") == "asset"
    spec = children["look_up"].function.function_spec.fullargspec.named_tuple_value
    assert [pair.key for pair in spec.values][:2] == ["args", "varargs"]
    assert graph.asset_file_def[0].filename == "words.txt"
    assert graph.saver_def.restore_op_name and graph.saver_def.version == 2
    library = {f.signature.name: f for f in graph.graph_def.library.function}
    assert len(library) == len(graph.graph_def.library.function)
    used = {n.attr["f"].func.name for n in graph.graph_def.node if "f" in n.attr}
    assert used <= set(library)
    assert tf.saved_model.contains_saved_model(tmp_path)
    assert tf.saved_model.experimental.read_fingerprint(str(tmp_path)).saved_model_checksum


def test_the_names_of_inputs(tmp_path):
    @tf.function(
        input_signature=[
            [tf.TensorSpec([2]), tf.TensorSpec([], name="last")],
            {"k": tf.TensorSpec([])},
        ]
    )
    def f(pair, rest):
        return pair[0] + pair[1], rest["k"]

    root = tf.Module()
    root.f = f
    tf.saved_model.save(root, tmp_path)
    served = message_of(tmp_path).signature_def["serving_default"]
    assert sorted(served.inputs) == ["last", "pair_0", "rest_k"]
    assert sorted(served.outputs) == ["output_0", "output_1"]


def test_every_node_is_one_that_tensorflow_has():
    kinds = {"int": "i", "bool": "b", "float": "f", "string": "s", "type": "type"}
    rng = np.random.default_rng(0)
    for name in ("conv_general", "gather", "strided_slice", "as_string", "scan", "while"):
        for arrays, attrs in OPS[name].samples(rng):
            message, inputs, outputs = graph_def_of(cases.graph_of(OPS[name], arrays, attrs))
            nodes = list(message.node)
            assert len(inputs) == len(arrays) and outputs
            for node in nodes:
                signature = signatures()[node.op]
                for key, kind in signature.attrs.items():
                    if key in node.attr and kind in kinds:
                        assert node.attr[key].WhichOneof("value") == kinds[kind]


def test_a_function_of_no_results_has_its_effects(tmp_path):
    class Counter(tf.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = tf.Variable(1.0), tf.Variable(1.0)

        @tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
        def mutate(self, value):
            self.a.assign(value)
            self.b.assign_add(value)

        @tf.function
        def bump(self):  # never called: there is but one way to
            return self.a.assign_add(1.0)

    tf.saved_model.save(Counter(), tmp_path)
    loaded = tf.saved_model.load(tmp_path)
    loaded.mutate(tf.constant(3.0))
    assert (float(loaded.a), float(loaded.b)) == (3.0, 4.0)
    assert (float(loaded.bump()), float(loaded.bump())) == (4.0, 5.0)


class Sum(tf.keras.Model):
    def call(self, *inputs):
        return sum(tf.nest.flatten(inputs))


class Pair(tf.keras.Model):
    def build(self, x_shape, y_shape):
        pass

    def call(self, x, y):
        return x + y


@pytest.mark.parametrize(
    "model, inputs",
    [
        (Sum, ([1.0, 2.0],)),
        (Sum, ((1.0, 2.0),)),
        (Sum, ({"a": 1.0, "b": 2.0},)),
        (Pair, (1.0, 2.0)),
    ],
)
def test_models_of_several_inputs_are_exported(model, inputs, tmp_path):
    model = model()
    model(*tf.nest.map_structure(lambda x: tf.fill([2, 3], x), inputs))
    model.export(tmp_path / "model", verbose=False)
    given = tf.nest.map_structure(lambda x: tf.fill([5, 3], x), inputs)
    found = tf.saved_model.load(tmp_path / "model").serve(*given)
    np.testing.assert_array_equal(found, np.full((5, 3), 3.0))


def test_a_trained_model_is_exported_without_its_training(tmp_path):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(tf.ones([4, 2]), tf.ones([4, 1]), verbose=0)
    model.export(tmp_path / "model", verbose=False)
    served = tf.saved_model.load(tmp_path / "model").serve(tf.ones([3, 2]))
    np.testing.assert_allclose(served, model(tf.ones([3, 2])), rtol=1e-6)


def test_functions_of_many_kinds(tmp_path):
    class Many(tf.Module):
        @tf.function(input_signature=[tf.RaggedTensorSpec([None, None], tf.float32)])
        def rows(self, r):
            return tf.reduce_sum(r, 1), r * 2.0

        @tf.function(input_signature=[tf.SparseTensorSpec([None, 4], tf.float32)])
        def dense(self, s):
            return tf.sparse.to_dense(s)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
        def loops(self, x):
            doubled = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s * 2.0), [0, x])
            return tf.map_fn(lambda v: v * v, x), tf.scan(lambda a, v: a + v, x), doubled

        @tf.function(input_signature=[tf.TensorSpec([3, 3], tf.float32)])
        def slope(self, x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                i, y = tf.constant(0), x
                while i < 3:
                    y = tf.sin(y) * x
                    i += 1
            return tape.gradient(y, x)

        @tf.function
        def named(self, x, *, scale=2.0, name="n"):
            return x * scale

    many = Many()
    many.named(tf.constant(1.0)), many.named(tf.constant(1.0), scale=3.0)
    tf.saved_model.save(many, tmp_path)
    loaded, x = tf.saved_model.load(tmp_path), tf.constant([1.0, 2.0, 3.0])
    ragged = tf.ragged.constant([[1.0, 2.0], [], [3.0]])
    calls = [
        (lambda m: m.rows(ragged)),
        (lambda m: m.dense(tf.sparse.from_dense([[0.0, 1.0, 0.0, 2.0]]))),
        (lambda m: m.loops(x)),
        (lambda m: m.slope(tf.reshape(tf.range(9.0), (3, 3)))),
        (lambda m: (m.named(x[0]), m.named(x[0], scale=3.0))),
    ]
    for call in calls:
        ours, theirs = (tf.nest.flatten(call(m), expand_composites=True) for m in (many, loaded))
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6)


def test_concrete_functions_are_called_by_structure_or_by_name(tmp_path):
    def f(x, pair, scale=3.0):
        return (x - pair["a"]) * scale

    one = tf.constant(1.0)
    module = tf.Module()
    module.f = tf.function(f)
    module.concrete = module.f.get_concrete_function(one, {"a": one})
    module.f(one, scale=2.0, pair={"a": one})  # a default is passed over
    tf.saved_model.save(module, str(tmp_path), signatures={})
    loaded = tf.saved_model.load(str(tmp_path))
    assert [s.shape.rank for s in loaded.concrete.inputs] == [0, 0]
    six, two = tf.constant(6.0), tf.constant(2.0)
    assert float(loaded.concrete(six, {"a": two}, 3.0)) == float(loaded.concrete(six, two)) == 12.0
    assert float(loaded.f(six, {"a": two}, scale=2.0)) == 8.0
    found = loaded.f.get_concrete_function(tf.TensorSpec([]), pair={"a": tf.TensorSpec([])})
    assert float(found(**{found.inputs[1].name: two, "x": six})) == 12.0
    with pytest.raises(TypeError, match="takes"):
        loaded.concrete(six)


def test_functions_of_tensors_of_unknown_rank(tmp_path):
    spec = tf.TensorSpec(None, tf.float32)
    module = tf.Module()
    module.v = tf.Variable(3.0)
    module.f = tf.function(lambda x: module.v * x, input_signature=[spec])
    module.rows = tf.function(lambda x: tf.linalg.matrix_transpose(x))  # not of ranks 0 and 1
    tf.saved_model.save(module, str(tmp_path), module.rows.get_concrete_function(spec))
    loaded = tf.saved_model.load(str(tmp_path))
    for x in (2.0, [1.0, 2.0], np.ones([1, 2, 3, 1], np.float32)):
        np.testing.assert_array_equal(loaded.f(tf.constant(x)), 3 * np.asarray(x))
    assert loaded.rows(tf.ones([2, 3, 4])).shape == (2, 4, 3)
    served = loaded.signatures["serving_default"]
    assert served(x=tf.ones([2, 3]))["output_0"].shape == (3, 2)
    with pytest.raises(ValueError, match="Could not find matching"):
        loaded.rows(tf.constant(1.0))


def test_what_a_loaded_object_has(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("a")
    module = tf.Module()
    module.mixed, module.file = [tf.Variable(1.0), 2, tf.Variable(3.0)], tf.saved_model.Asset(words)
    module.f = tf.function(lambda x: [(x, x)], input_signature=[tf.TensorSpec([])])
    tf.saved_model.save(module, str(tmp_path / "saved"))  # f cannot serve, and is there
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    assert len(loaded.mixed) == 3 and loaded.mixed[1] is None and float(loaded.mixed[2]) == 3.0
    assert Path(loaded.file.asset_path.numpy().decode()).read_text() == "a"
    assert float(loaded.f(2.0)[0][1]) == 2.0 and not loaded.signatures
    assert loaded.tensorflow_version == tf.__version__


def test_sizes_that_cannot_be_left_open_are_large(tmp_path):
    module = tf.Module()
    module.f = tf.function(
        lambda x: tf.math.top_k(x, 2).values, input_signature=[tf.TensorSpec([None])]
    )
    with pytest.warns(UserWarning, match="saved for large sizes"):
        tf.saved_model.save(module, tmp_path)
    found = tf.saved_model.load(tmp_path).f(tf.constant([1.0, 3.0, 2.0]))
    assert found.numpy().tolist() == [3.0, 2.0]


def test_a_folder_is_replaced_when_the_new_one_is_whole(tmp_path, monkeypatch):
    module, folder = tf.Module(), tmp_path / "model"
    module.v = tf.Variable(1.0)
    tf.saved_model.save(module, folder)
    (folder / "notes.txt").write_text("mine")
    module.v.assign(2.0)
    with monkeypatch.context() as patch:
        patch.setattr(saving, "_fingerprint", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tf.saved_model.save(module, folder)
    assert float(tf.saved_model.load(folder).v) == 1.0
    tf.saved_model.save(module, folder)
    assert float(tf.saved_model.load(folder).v) == 2.0
    assert sorted(p.name for p in folder.iterdir()) == [
        *("assets", "fingerprint.pb", "notes.txt", "saved_model.pb", "variables")
    ]
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


# -- what cannot be saved --------------------------------------------------------------------------


def test_a_variable_that_is_not_tracked():
    loose = tf.Variable(1.0, name="loose")
    root = tf.Module()
    root.f = tf.function(lambda x: x + loose, input_signature=[tf.TensorSpec([])])
    with pytest.raises(AssertionError, match=r"untracked.*'loose:0'"):
        tf.saved_model.save(root, "nowhere")
    assert not tf.saved_model.contains_saved_model("nowhere")


@pytest.mark.parametrize(
    ("given", "fault", "says"),
    [
        (lambda x: x, ValueError, "Expected a TensorFlow function"),
        (tf.function(lambda x: x), ValueError, "has no input_signature"),
        ({3: tf.function(lambda: 1.0, input_signature=[])}, TypeError, "must be text"),
        (
            tf.function(lambda x: {"a": {"b": x}}, input_signature=[tf.TensorSpec([])]),
            ValueError,
            "dictionary",
        ),
    ],
)
def test_signatures_that_are_none(given, fault, says, tmp_path):
    with pytest.raises(fault, match=says):
        tf.saved_model.save(tf.Module(), tmp_path, given)
    assert not list(tmp_path.iterdir())


def test_objects_and_functions_that_cannot_be_saved(tmp_path):
    with pytest.raises(ValueError, match="Trackable"):
        tf.saved_model.save(3, tmp_path)
    root = tf.Module()
    root.f = tf.function(
        lambda x: tf.py_function(lambda v: v, [x], tf.float32), input_signature=[tf.TensorSpec([])]
    )
    with pytest.raises((NotImplementedError, ValueError), match=r"cannot be (written|saved)"):
        tf.saved_model.save(root, tmp_path)
    with pytest.raises(NotImplementedError, match="experimental_variable_policy"):
        tf.saved_model.SaveOptions(experimental_variable_policy="save_variable_devices")


def test_a_call_with_an_object_is_left_out(tmp_path):
    module = tf.Module()
    module.f = tf.function(lambda x, how=None: x + (1.0 if how is None else 2.0))
    module.f(tf.constant(1.0), object()), module.f(tf.constant(1.0))
    with pytest.warns(UserWarning, match="left out of the saved model"):
        tf.saved_model.save(module, tmp_path)
    assert float(tf.saved_model.load(tmp_path).f(tf.constant(1.0))) == 2.0


def test_export_archives(tmp_path):
    archive = tf.keras.export.ExportArchive()
    with pytest.raises(ValueError, match="No endpoints"):
        archive.write_out(tmp_path)
    with pytest.raises(ValueError, match="not yet been built"):
        archive.track(tf.keras.Sequential([tf.keras.layers.Dense(1)]))
    with pytest.raises(ValueError, match="Invalid resource type"):
        archive.track(3)
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    archive.track(model)
    with pytest.raises(ValueError, match=r"must provide an `input_signature`"):
        archive.add_endpoint("serve", model.call)
    archive.add_endpoint("serve", model.call, [tf.keras.InputSpec(shape=(None, 3))])
    archive.add_endpoint(
        "train", lambda x: {"loss": tf.reduce_mean(model(x, training=True) ** 2)},
        [tf.TensorSpec([None, 3])],
    )  # fmt: skip
    with pytest.raises(ValueError, match="already taken"):
        archive.add_endpoint("serve", model.call, [tf.TensorSpec([None, 3])])
    with pytest.raises(ValueError, match=r"`tf.Variable` instances"):
        archive.add_variable_collection("all", [3])
    archive.add_variable_collection("kernels", [model.layers[0].kernel])
    archive.write_out(tmp_path, verbose=False)
    loaded, x = tf.saved_model.load(tmp_path), tf.ones([2, 3])
    np.testing.assert_allclose(loaded.serve(x).numpy(), model(x).numpy(), rtol=1e-6)
    assert loaded.train(x)["loss"].shape == ()
    assert len(loaded.kernels) == 1 and len(loaded.variables) == 2
    assert set(loaded.signatures) == {"serve", "train", "serving_default"}


def test_an_export_archive_keeps_what_its_endpoints_use(tmp_path):
    layer, x = tf.keras.layers.MultiHeadAttention(2, 2), tf.random.normal([300, 2, 2])
    expected, archive = layer(x, 2 * x), tf.keras.export.ExportArchive()
    archive.add_endpoint("attend", layer.call, [tf.TensorSpec([None, 2, 2])] * 2)
    archive.write_out(tmp_path, verbose=False)
    found = tf.saved_model.load(tmp_path).attend(x, 2 * x)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


# -- TensorFlow ------------------------------------------------------------------------------------


@pytest.mark.skipif("TENSORBROOK_ORACLE" not in os.environ, reason="TensorFlow is not given")
def test_tensorflow_computes_the_same():
    here = Path(__file__).parent
    script = here / "oracles" / "check_saved_model.py"
    path = os.pathsep.join([str(here.parent / "src"), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run(
        [os.environ["TENSORBROOK_ORACLE"], str(script)], env=environment, capture_output=True
    )
    assert not done.returncode, done.stdout.decode()[-4000:]
