"""SavedModels of TensorFlow: results and gradients as there (oracles/make_saved_models.py)."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = Path(__file__).parent / "oracles" / "golden" / "saved_models"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json") if "keras_2" not in path.stem)


def unpacked(name, folder):
    """The folder of a golden SavedModel."""
    with zipfile.ZipFile(GOLDEN / f"{name}.zip") as archive:
        archive.extractall(folder / name)
    return str(folder / name)


def value_of(found):
    """A value that JSON holds."""
    if isinstance(found, list):
        return [value_of(v) for v in found]
    if not isinstance(found, dict):
        return found
    if "tensor" in found:
        dtype, shape, values = found["tensor"]
        if dtype == "string":
            values = [v.encode("latin-1") for v in values]
        return tf.reshape(tf.constant(values, dtype), shape)
    if "complex" in found:
        return tf.complex(*map(value_of, found["complex"]))
    if "ragged" in found:
        values, splits = map(value_of, found["ragged"])
        return tf.RaggedTensor.from_nested_row_splits(values, splits)
    return {key: value_of(v) for key, v in found.items()}


def check(found, wanted, tolerance=1e-6):
    found, wanted = (tf.nest.flatten(v, expand_composites=True) for v in (found, wanted))
    assert len(found) == len(wanted)
    for a, b in zip(found, wanted):
        if b is None:
            assert a is None
            continue
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype and a.shape == b.shape
        if a.dtype.kind in "fc":
            np.testing.assert_allclose(a, b, tolerance * 10, tolerance)
        else:
            assert a.tolist() == b.tolist()


def function_of(loaded, path):
    for part in path.split("/") if path else ():
        loaded = loaded.signatures[part[1:]] if part[0] == "@" else getattr(loaded, part)
    return loaded


def gradients_of(function, args, kwargs):
    """(result, [(name, gradient)]) of the sum of squares, by all trainable variables."""
    with tf.GradientTape() as tape:
        result = function(*args, **kwargs)
        leaves = [t for t in tf.nest.flatten(result) if t.dtype.is_floating]
        loss = tf.add_n([tf.reduce_sum(t * t) for t in leaves])
    watched = sorted(tape.watched_variables(), key=lambda v: v.name)
    found = [tf.convert_to_tensor(g) for g in tape.gradient(loss, watched)]
    return result, list(zip((v.name for v in watched), found))


@pytest.mark.parametrize("name", NAMES)
def test_calls_give_what_they_give_in_tensorflow(name, tmp_path):
    loaded = tf.saved_model.load(unpacked(name, tmp_path))
    for call in json.loads((GOLDEN / f"{name}.json").read_text()):
        function, args = function_of(loaded, call["path"]), value_of(call["args"])
        kwargs, wanted = value_of(call["kwargs"]), value_of(call["result"])
        if "gradients" not in call:
            check(function(*args, **kwargs), wanted)
            continue
        result, gradients = gradients_of(function, args, kwargs)
        check(result, wanted)
        assert [n for n, _ in gradients] == [n for n, _ in call["gradients"]]
        check([g for _, g in gradients], [value_of(g) for _, g in call["gradients"]], 1e-5)


def test_a_layer_of_a_saved_model_predicts_and_is_trained(tmp_path):
    path = unpacked("mlp", tmp_path)
    (first, second) = json.loads((GOLDEN / "mlp.json").read_text())
    layer = tf.keras.layers.TFSMLayer(path)
    inputs = tf.keras.Input((4,))
    model = tf.keras.Model(inputs, layer(inputs))
    x, wanted = value_of(first["args"])[0], value_of(first["result"])
    check(model.predict(x, verbose=0), wanted)
    check(tf.keras.layers.TFSMLayer(path, "serving_default")(x), value_of(second["result"]))
    assert len(layer.trainable_weights) == len(first["gradients"])
    assert len(layer.weights) > len(layer.trainable_weights)
    model.compile("adam", "mse")
    losses = model.fit(x, tf.zeros_like(wanted), epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    layer.trainable = False
    assert not model.trainable_weights
    with pytest.raises(ValueError, match="neither a function nor a signature"):
        tf.keras.layers.TFSMLayer(path, "nobody")


def test_a_function_of_a_hub_model_is_fine_tuned_within_a_layer(tmp_path):
    loaded = tf.saved_model.load(unpacked("hub", tmp_path))
    assert [v.name for v in loaded.variables_] == ["embeddings:0"]

    class Text(tf.keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.found = list(loaded.trainable_variables_)

        def call(self, words):
            return loaded(words)

        def compute_output_shape(self, shape):
            return (*shape, 3)

    words = tf.keras.Input((), dtype="string")
    model = tf.keras.Model(words, tf.keras.layers.Dense(1)(Text()(words)))
    model.compile(tf.keras.optimizers.SGD(0.5), "mse")
    before = loaded.embeddings.numpy()
    with pytest.warns(UserWarning, match="runs eagerly"):  # its shapes depend on the data
        model.fit(tf.constant(["the cat", "dog"]), tf.constant([[1.0], [0.0]]), verbose=0)
    assert (before != loaded.embeddings.numpy()).any()


def test_a_layer_of_a_model_of_texts_says_its_shape(tmp_path):
    path = unpacked("texts", tmp_path)
    call = json.loads((GOLDEN / "texts.json").read_text())[0]
    inputs = [tf.keras.Input((), dtype="string"), tf.keras.Input((1,), dtype="string")]
    outputs = tf.keras.layers.TFSMLayer(path)(inputs)
    assert outputs.shape == (None, 2)
    model = tf.keras.Model(inputs, outputs)
    with pytest.warns(UserWarning, match="runs eagerly"):
        found = model.predict(value_of(call["args"])[0], verbose=0)
    check(found, value_of(call["result"]))


@pytest.mark.parametrize("name", ["keras_2_functional", "keras_2_subclassed"])
def test_models_of_keras_2_predict_and_are_trained(name, tmp_path):
    path = unpacked(name, tmp_path)
    (call,) = json.loads((GOLDEN / f"{name}.json").read_text())
    given, wanted = value_of(call["args"]), value_of(call["result"])
    model = tf.keras.models.load_model(path)
    check(model.predict(given, verbose=0), wanted)
    found = model.evaluate(given, tf.zeros_like(wanted), verbose=0)
    np.testing.assert_allclose(found[0], call["loss"], 1e-5)
    history = model.fit(given, tf.zeros_like(wanted), epochs=9, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert ("conv2d" in [layer.name for layer in model.layers]) == (name == "keras_2_functional")
    assert not tf.keras.models.load_model(path, compile=False).compiled


def frozen():
    """A GraphDef of x @ w + b, split in two; and w, b."""
    graph = tf.compat.v1.GraphDef()
    w, b = np.float32([[1, 2], [3, 4]]), np.float32([1, -1])
    for name, value in (("w", w), ("b", b)):
        node = graph.node.add(name=name, op="Const")
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    graph.node.add(name="x", op="Placeholder")
    graph.node.add(name="axis", op="Const").attr["value"].tensor.CopyFrom(tf.make_tensor_proto(1))
    rows = ("product", "MatMul", "x", "w"), ("sum", "Add", "product", "b")
    for name, op, *inputs in (*rows, ("parts", "Split", "axis", "sum")):
        graph.node.add(name=name, op=op).input.extend(inputs)
    graph.node[-1].attr["num_split"].i = 2
    return tf.compat.v1.GraphDef.FromString(graph.SerializeToString()), w, b


def test_frozen_graphs_are_run_by_the_names_of_their_tensors():
    graph_def, w, b = frozen()
    x = np.float32([[1, 0], [2, 1]])
    v1 = tf.compat.v1

    def imported():
        tf.import_graph_def(graph_def, name="g")

    wrapped = v1.wrap_function(imported, [])
    pruned = wrapped.prune(wrapped.graph.as_graph_element("g/x:0"), ["g/parts:1", "g/sum:0"])
    last, total = pruned(tf.constant(x))
    np.testing.assert_array_equal(total, x @ w + b)
    np.testing.assert_array_equal(last, (x @ w + b)[:, 1:])
    assert [op.name for op in wrapped.graph.get_operations()][:2] == ["g/w", "g/b"]
    with tf.Graph().as_default() as graph:
        (y,) = tf.graph_util.import_graph_def(graph_def, return_elements=["sum:0"], name="")
        with v1.Session(graph=graph) as session:
            np.testing.assert_array_equal(session.run(y, {"x:0": x}), x @ w + b)
            np.testing.assert_array_equal(session.run("product:0", {"x:0": x}), x @ w)
        with pytest.raises(KeyError, match="nobody"):
            graph.get_tensor_by_name("nobody:0")
    with tf.GradientTape() as tape:
        given = tf.constant(x)
        tape.watch(given)
        (y,) = tf.import_graph_def(graph_def, {"x:0": given}, ["sum:0"])
    np.testing.assert_array_equal(tape.gradient(y, given), np.ones_like(x) @ w.T)


def test_checkpoints_keep_what_was_loaded(tmp_path):
    path = unpacked("module", tmp_path)
    loaded, other = tf.saved_model.load(path), tf.saved_model.load(path)
    loaded.w.assign(loaded.w + 1.0)
    prefix = tf.train.Checkpoint(model=loaded).save(str(tmp_path / "ckpt"))
    tf.train.Checkpoint(model=other).restore(prefix).assert_consumed()
    np.testing.assert_array_equal(other.w, loaded.w)


def test_what_was_loaded_is_saved_within_a_module(tmp_path):
    loaded = tf.saved_model.load(unpacked("module", tmp_path))
    with pytest.raises(NotImplementedError, match="not saved again"):
        tf.saved_model.save(loaded, str(tmp_path / "again"))

    class Tuned(tf.Module):
        def __init__(self):
            super().__init__()
            self.base = loaded

        @tf.function(input_signature=[tf.TensorSpec([None, 3])])
        def __call__(self, x):
            return self.base(x)["y"] + 1.0

    tf.saved_model.save(Tuned(), str(tmp_path / "again"))
    x = tf.constant([[1.0, 2.0, 3.0]])
    again = tf.saved_model.load(str(tmp_path / "again"))
    np.testing.assert_allclose(again(x), loaded(x)["y"] + 1.0, 1e-6)
