"""Models of ONNX: what their files hold, and (with ONNX Runtime, where it is) what they compute.

ONNX Runtime is looked for beside tensorbrook, or where TENSORBROOK_ONNX says, the path of a python.
"""

import importlib
import itertools
import pkgutil
import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf
import tensorbrook.onnx.model as exporting
from tensorbrook import ops
from tensorbrook.core.op import OPS
from tensorbrook.formats.onnx_messages import ModelProto
from tensorbrook.onnx.without import WHY

for found in pkgutil.walk_packages(ops.__path__, "tensorbrook.ops."):
    importlib.import_module(found.name)  # some are loaded on first use
importlib.import_module("tensorbrook.distribute.across")

ORACLES = Path(__file__).parent / "oracles"
sys.path[:0] = [str(ORACLES), str(Path(__file__).parent / "keras")]
import check_onnx  # noqa: E402
from onnx_runtime import Runtime, python  # noqa: E402

keras, layers = tf.keras, tf.keras.layers
with_runtime = pytest.mark.skipif(python() is None, reason="onnxruntime is not installed")
Spec = tf.TensorSpec


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    with Runtime(tmp_path_factory.mktemp("runtime")) as running:
        yield running


def read(path):
    return ModelProto.FromString(path.read_bytes())


def exported(function, path, *specs):
    tf.onnx.export(function, path, specs)
    return read(path)


def check_well_formed(graph, known=()):
    """Names are given once, and before they are used; graphs within see those around them."""
    names = {*known, *(i.name for i in graph.initializer), *(i.name for i in graph.input)}
    for node in graph.node:
        assert set(node.input) - {""} <= names, node
        for attribute in node.attribute:
            if attribute.WhichOneof("value") == "g":
                check_well_formed(attribute.g, names)
        assert not names.intersection(node.output), node
        names.update(node.output)
    assert {o.name for o in graph.output} <= names


# -- the rules -------------------------------------------------------------------------------------


def test_each_primitive_has_a_rule_or_the_reason_why_not():
    for name, op in OPS.items():
        assert (op.rule("onnx").lower is None) == (name in WHY), name
    assert set(WHY) <= set(OPS)


PRIMITIVES = [n for n, op in OPS.items() if op.rule("onnx").lower and not n.startswith("random")]


@with_runtime
@pytest.mark.parametrize("name", [n for n in PRIMITIVES if n not in ("print", "assert")])
def test_a_primitive_s_samples(name, runtime, tmp_path):
    assert check_onnx.check_primitive(OPS[name], runtime, tmp_path) <= 1e-5


@with_runtime
@pytest.mark.parametrize("case", check_onnx.test_layers.golden, ids=check_onnx.test_layers.case_id)
def test_a_layer_with_batches_of_two_sizes(case, runtime, tmp_path):
    assert check_onnx.check_layer(case, runtime, tmp_path) <= 1e-5


@with_runtime
@pytest.mark.parametrize("name", ["MobileNetV3Small", "ResNet50"])  # check_onnx.py takes all
def test_a_network(name, runtime, tmp_path):
    assert check_onnx.check_application(name, runtime, tmp_path) <= 1e-5


# -- functions and models of several kinds ---------------------------------------------------------


def loop(x):
    i, total = tf.constant(0), tf.zeros([3])
    while i < tf.shape(x)[0]:
        if tf.reduce_sum(x[i]) > 0:
            total += x[i]
        else:
            total -= 1.0
        i += 1
    return total


def slope(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.nn.softmax(tf.tanh(x) * 2)[:, 0] ** 2)
    return tape.gradient(y, x)


def floats(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("float32")


FUNCTIONS = {
    "loop": (loop, [[None, 3]], floats(4, 3)),
    "cond": (lambda x: tf.cond(x[0, 0] > 0, lambda: x * 2, lambda: -x), [[None, 3]], floats(4, 3)),
    "scan": (lambda x: tf.scan(lambda a, r: a * 0.5 + r, x), [[None, 3]], floats(4, 3)),
    "mask": (lambda x: tf.boolean_mask(x, x[:, 0] > 0), [[None, 3]], floats(6, 3)),
    "where": (lambda x: tf.where(x > 0), [[None, 3]], floats(6, 3)),
    "gradient": (slope, [[None, 4]], floats(3, 4)),
    "top_k": (lambda x: tf.math.top_k(x, 2), [[None, 5]], floats(3, 5)),
    "shape": (lambda x: tf.reshape(x, [tf.shape(x)[1], -1]), [[None, None, 2]], floats(3, 4, 2)),
    "stft": (lambda x: tf.abs(tf.signal.stft(x, 16, 8)), [[None, 64]], floats(2, 64)),
    "resize": (lambda x: tf.image.resize(x, [7, 9], "area"), [[None, 5, 6, 2]], floats(2, 5, 6, 2)),
    "bfloat16": (lambda x: tf.cast(tf.cast(x, "bfloat16") * 2, "float32"), [[None]], floats(4)),
    "einsum": (
        lambda x, y: tf.einsum("bij,bjk->bki", x, y),
        [[None, 3, 4], [None, 4, 2]],
        floats(2, 3, 4),
        floats(2, 4, 2),
    ),
    "rows": (
        lambda x: tf.RaggedTensor.from_tensor(x, padding=0.0).to_tensor(-1.0),
        [[None, 4]],
        np.array([[1, 2, 0, 0], [3, 0, 0, 0]], "float32"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function(name, request, tmp_path):
    function, shapes, *arrays = FUNCTIONS[name]
    function, path = tf.function(function), tmp_path / "f.onnx"
    graph = exported(function, path, *map(Spec, shapes)).graph
    check_well_formed(graph)
    if python() is not None:
        given = {i.name: x for i, x in zip(graph.input, arrays, strict=True)}
        found = request.getfixturevalue("runtime")(path, given)
        wanted = [np.asarray(y) for y in tf.nest.flatten(function(*map(tf.constant, arrays)))]
        assert check_onnx.difference(found, wanted) <= 1e-5


def pictures_of_any_size():
    x = y = keras.Input((None, None, 3))
    y = layers.Conv2D(4, 3, 2, "same", activation="relu")(y)
    y = layers.MaxPooling2D(3, 2, "same")(y)
    y = layers.Conv2DTranspose(4, 3, 2, "same")(y)
    y = layers.AveragePooling2D(2, 1, "same")(y)
    y = layers.UpSampling2D(2, interpolation="bilinear")(y)
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


def transformer():
    ids = keras.Input((None,), dtype="int32")
    x = layers.Embedding(20, 8, mask_zero=True)(ids)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    x = layers.GroupQueryAttention(4, 4, 2)(x, layers.Dense(8, "gelu")(x))
    return keras.Model(ids, layers.Dense(5)(layers.GlobalAveragePooling1D()(x)))


def sequential(shape, *of, dtype=None):
    return keras.Sequential([keras.Input(shape, dtype=dtype), *of])


def half(policy):
    def made():
        keras.config.set_dtype_policy(policy)
        try:
            return sequential(
                (8, 8, 3), layers.Conv2D(4, 3, activation="relu"), layers.BatchNormalization(),
                layers.MaxPooling2D(), layers.SeparableConv2D(4, 2), layers.Reshape((4, -1)),
                layers.LSTM(4), layers.Dense(3, "softmax", dtype="float32"),
            )  # fmt: skip
        finally:
            keras.config.set_dtype_policy("float32")

    return made


def quantized():
    model = sequential((8,), layers.Dense(4, "relu"), layers.Dense(3))
    model.quantize("int8")
    return model


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, inputs, training=None):
        y = self.dense(inputs)
        return {"a": y * 0 if training else y, "b": tf.nn.softmax(y)}


def subclassed():
    model = Subclassed()
    model(np.zeros((1, 4), "float32"))
    return model


WORDS = np.array([["a", "x"], ["b", "a"]], object)
MODELS = {
    "pictures": (pictures_of_any_size, floats(2, 9, 12, 3), 1e-5),
    "transformer": (transformer, np.arange(12, dtype="int32").reshape(2, 6), 1e-5),
    "float16": (half("mixed_float16"), floats(2, 8, 8, 3), 4e-3),
    "bfloat16": (half("mixed_bfloat16"), floats(2, 8, 8, 3), 2e-2),
    "int8": (quantized, floats(2, 8), 1e-5),
    "subclassed": (subclassed, floats(2, 4), 1e-5),
    "words": (
        lambda: sequential((2,), layers.StringLookup(vocabulary=["a", "b"]), dtype="string"),
        WORDS,
        0,
    ),
    "integers": (
        lambda: sequential(
            (3,), layers.IntegerLookup(vocabulary=[3, 5], output_mode="multi_hot"), dtype="int64"
        ),
        np.array([[3, 5, 9], [3, 3, 3]]),
        0,
    ),
    "buckets": (lambda: sequential((3,), layers.Discretization([0.0, 1.0])), floats(2, 3), 0),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_model_with_batches_of_two_sizes(name, request, tmp_path):
    make, x, tolerance = MODELS[name]
    model, path = make(), tmp_path / "m.onnx"
    model.export(path, format="onnx", verbose=False)
    graph = read(path).graph
    check_well_formed(graph)
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"
    if python() is not None:
        for batch in (x, np.concatenate([x, x, x])):
            found = request.getfixturevalue("runtime")(path, {graph.input[0].name: batch})
            wanted = tf.nest.flatten(model(tf.constant(batch), training=False))
            assert check_onnx.difference(found, [y.numpy() for y in wanted]) <= tolerance


# -- what a file holds -----------------------------------------------------------------------------


def test_a_file_holds_operators_weights_and_sizes(tmp_path):
    model = sequential((3,), layers.Dense(2, "relu", name="first"))
    model.set_weights([np.arange(6, dtype="float32").reshape(3, 2), np.array([7, 8], "float32")])
    model.export(tmp_path / "m.onnx", format="onnx", verbose=False)
    found = read(tmp_path / "m.onnx")
    assert [n.op_type for n in found.graph.node] == ["MatMul", "Add", "Relu", "Identity"]
    assert [(o.domain, o.version) for o in found.opset_import] == [("", 19)]
    assert found.ir_version == 9 and found.producer_name == "tensorbrook"
    (x,), (y,) = found.graph.input, found.graph.output
    assert (x.name, y.name) == (model.input_names[0], "first")
    assert [d.dim_param or d.dim_value for d in y.type.tensor_type.shape.dim] == ["batch", 2]
    for weight, stored in zip(model.weights, found.graph.initializer, strict=True):
        assert stored.name == weight.path
        values = np.frombuffer(stored.raw_data, np.float32).reshape(stored.dims)
        np.testing.assert_array_equal(values, weight.numpy())


def names_of(graph):
    return [i.name for i in graph.input], [o.name for o in graph.output]


def test_names_of_functions(tmp_path):
    def f(image, scale):
        return {"b": image * scale, "a": scale}

    path, specs = tmp_path / "f.onnx", (Spec([None, 2]), Spec([]))
    assert names_of(exported(f, path, *specs).graph) == (["image", "scale"], ["a", "b"])
    assert names_of(exported(lambda *x: x, path, *specs).graph) == (["x0", "x1"], ["y0", "y1"])
    named = Spec([None], name="ids")
    assert names_of(exported(f, path, named, Spec([])).graph)[0] == ["ids", "scale"]
    concrete = tf.function(f).get_concrete_function(*specs)
    tf.onnx.export(concrete, path)
    assert names_of(read(path).graph) == (["x0", "x1"], ["a", "b"])


def test_names_of_models(tmp_path):
    small, large = keras.Input((2,), name="small"), keras.Input((5,), name="large")
    y = layers.Dense(3, name="dense")(layers.Concatenate()([small, large]))
    path, other = tmp_path / "m.onnx", layers.ReLU(name="positive")(y)
    for inputs, outputs, wanted in (
        ([small, large], [y, other], (["small", "large"], ["dense", "positive"])),
        ({"b": small, "a": large}, {"y": y, "x": other}, (["a", "b"], ["x", "y"])),
        ([small, large], y, (["small", "large"], ["dense"])),
    ):
        model = keras.Model(inputs, outputs)
        model.export(path, format="onnx", verbose=False)
        graph = read(path).graph
        assert names_of(graph) == wanted
        sizes = [i.type.tensor_type.shape.dim[1].dim_value for i in graph.input]
        assert sizes == ([5, 2] if isinstance(inputs, dict) else [2, 5])
    model.export(path, "onnx", False, [[Spec([7, 2], name="p"), Spec([7, 5])]])
    graph = read(path).graph
    assert names_of(graph)[0] == ["p", "x1"]
    assert graph.output[0].type.tensor_type.shape.dim[0].dim_value == 7


def test_all_layers_files_are_well_formed(tmp_path):
    """Of each class the first case, without ONNX Runtime."""
    cases = check_onnx.test_layers.golden
    for _, of_class in itertools.groupby(cases, lambda case: case["layer"]):
        function, arrays = check_onnx.function_of(next(of_class))
        specs = [Spec([None, *x.shape[1:]], x.dtype) for x in arrays]
        check_well_formed(exported(function, tmp_path / "layer.onnx", *specs).graph)


def test_a_constant_written_twice_is_one_and_unused_ones_are_none(tmp_path):
    def f(x):
        unused = x * 5.0
        return x * 2.0 + 2.0, (unused, x)[1]

    found = exported(f, tmp_path / "f.onnx", Spec([2])).graph
    assert len(found.initializer) == 1 and len(found.node) == 4  # two name the results


@pytest.mark.parametrize("least", [0, 1 << 31])
def test_many_bytes_of_weights_lie_in_a_file_of_their_own(least, request, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "_MOST", least)
    w, x = tf.Variable(floats(40, 30)), floats(2, 40)
    path = tmp_path / "f.onnx"
    found = exported(lambda x: tf.matmul(x, w) + 1.0, path, Spec([None, 40]))
    beside = [{e.key: e.value for e in t.external_data} for t in found.graph.initializer]
    names = [p.name for p in tmp_path.glob("f.onnx.*.data")]
    assert len(names) == (least == 0)
    wanted = {"location": names[0], "offset": "0", "length": "4800"} if names else {}
    assert sorted(beside, key=len) == [{}, wanted]
    if python() is not None:
        (y,) = request.getfixturevalue("runtime")(path, {"x": x})
        np.testing.assert_allclose(y, x @ w.numpy() + 1, rtol=1e-5)
    exported(lambda x: tf.matmul(x, w) + 2.0, path, Spec([None, 40]))
    assert len(list(tmp_path.iterdir())) == 1 + len(names)  # the old weights are gone


@pytest.mark.parametrize("least", [0, 1 << 31])
def test_a_write_that_fails_leaves_the_old_file(least, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "_MOST", least)
    monkeypatch.setattr(exporting, "_OF_ITS_OWN", 1)
    path = tmp_path / "f.onnx"
    exported(lambda x: x * 2.0, path, Spec([2]))
    before, whole = {p: p.read_bytes() for p in tmp_path.iterdir()}, exporting.Model._parts

    def half(model, arrays):
        yield next(whole(model, arrays))
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting.Model, "_parts", half)
    with pytest.raises(KeyboardInterrupt):
        exported(lambda x: x * 3.0, path, Spec([2]))
    assert before == {p: p.read_bytes() for p in tmp_path.iterdir()}
    assert len(before) == (2 if least == 0 else 1)
    with pytest.raises(tf.errors.NotFoundError, match="nowhere"):
        exported(lambda x: x * 3.0, tmp_path / "nowhere" / "f.onnx", Spec([2]))


def test_random_numbers_are_the_runtime_s(request, tmp_path):
    generator = keras.random.SeedGenerator(1)

    def draw(x):
        normal = keras.random.truncated_normal(tf.shape(x), seed=generator)
        return normal, tf.random.uniform(tf.shape(x), -3, 5, "int32"), tf.random.normal([500])

    exported(draw, tmp_path / "f.onnx", Spec([None]))
    if python() is not None:
        run = request.getfixturevalue("runtime")
        normal, whole, other = run(tmp_path / "f.onnx", {"x": floats(4000)})
        assert np.abs(normal).max() < 2.001 and 0.8 < normal.std() < 0.95
        assert set(whole) == set(range(-3, 5)) and 0.8 < other.std() < 1.2


def test_the_command_writes_a_model_s_file(tmp_path, capsys):
    from tensorbrook.__main__ import main

    model = sequential((3,), layers.Dense(2))
    model.save(tmp_path / "m.keras")
    main(["export", str(tmp_path / "m.keras"), str(tmp_path / "m.onnx")])
    assert "3 operators (opset 19)" in capsys.readouterr().out
    check_well_formed(read(tmp_path / "m.onnx").graph)
    with pytest.raises(SystemExit):
        main(["export", str(tmp_path / "none.keras"), str(tmp_path / "m.onnx")])


# -- wrong calls -----------------------------------------------------------------------------------

COUNTER = tf.Variable(0.0)
WRONG = [
    (lambda: (lambda x: tf.linalg.inv(x), Spec([2, 2])), NotImplementedError,
     "'inv' (The inverse of matrices) has no counterpart there, in %1:float32[2,2] = inv(%0): "
     "ONNX has no factorizations of matrices"),
    (lambda: (lambda x: tf.strings.lower(x), Spec([2], "string")), NotImplementedError,
     "ONNX's operators on texts do not do it: prepare the texts before the model"),
    (lambda: (lambda x: tf.sqrt(tf.cast(x, "complex64")), Spec([2])), NotImplementedError,
     "'sqrt' of complex64 has no counterpart there"),
    (lambda: (lambda x: x + COUNTER.assign_add(1.0), Spec([2])), ValueError,
     "assigns to the variable 'Variable:0': a model of ONNX has no state"),
    (lambda: (lambda x: x if x[0] > 0 else x.numpy(), Spec([None])), ValueError,
     "cannot be traced for open sizes"),
    (lambda: (lambda x: x, Spec(None)), ValueError, "has no rank"),
    (lambda: (tf.function(lambda x: x), None), ValueError, "the function has no input_signature"),
]  # fmt: skip


@pytest.mark.parametrize("row", WRONG, ids=[row[2][:40] for row in WRONG])
def test_wrong_functions(row, tmp_path):
    make, error, words = row
    function, spec = make()
    with pytest.raises(error) as caught:
        tf.onnx.export(function, tmp_path / "f.onnx", spec and [spec])
    assert words in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("format", "error", "words"),
    [
        ("pickle", ValueError, "Unrecognized format='pickle': give one of ['tf_saved_model'"),
        ("litert", NotImplementedError, "TENSORBROOK_TENSORFLOW="),
        ("openvino", NotImplementedError, "openvino.convert_model(path)"),
        ("torch", NotImplementedError, "onnx2torch"),
    ],
)
def test_wrong_formats(format, error, words, tmp_path):
    with pytest.raises(error) as caught:
        sequential((3,), layers.Dense(2)).export(tmp_path / "m", format=format)
    assert words in str(caught.value)


def test_a_model_that_is_not_built_says_how_to_tell_its_inputs(tmp_path):
    model = keras.Sequential([layers.Dense(2)])
    with pytest.raises(ValueError, match="has not been called, so its inputs are not known"):
        model.export(tmp_path / "m.onnx", format="onnx")
    model.export(tmp_path / "m.onnx", "onnx", False, [layers.InputSpec(shape=(None, 3))])
    assert read(tmp_path / "m.onnx").graph.output[0].name == model.layers[0].name
