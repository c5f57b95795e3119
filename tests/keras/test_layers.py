"""Layers against the figures Keras gave (oracles/make_layers.py); wrong calls of the basic ones."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras.registry import deserialize, serialize

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
golden = [
    c for f in sorted(GOLDEN.glob("layers/*.json")) for c in json.loads(f.read_text())["cases"]
]
adapt = json.loads((GOLDEN / "adapt.json").read_text())
layers = tf.keras.layers
# in the names of layers, or of their arguments, that draw numbers
RANDOM = ("ropout", "Noise", "Random", "Aug", "Mix", "Solarization")


def array(stored):
    return np.array(stored["data"], stored["dtype"]).reshape(stored["shape"])


def case_id(case):
    kwargs = ",".join(f"{k}={v}" for k, v in case["config"].items())
    shapes = "+".join("x".join(map(str, x["shape"])) for x in case["inputs"])
    return f"{case['layer']}({kwargs})-{shapes}{'-masked' if case['masks'] else ''}{case['calls']}"


def inputs_of(case, dtype=None):
    tensors = [tf.constant(array(x)) for x in case["inputs"]]
    if dtype is not None:
        tensors = [tf.cast(x, dtype) for x in tensors]
    for tensor, mask in zip(tensors, case["masks"] or []):
        if mask is not None:
            tensor._keras_mask = tf.constant(mask)
    return tensors if len(tensors) > 1 else tensors[0]


def symbolic_inputs_of(case):
    tensors = [tf.keras.Input(x["shape"][1:], dtype=x["dtype"]) for x in case["inputs"]]
    return tensors if len(tensors) > 1 else tensors[0]


def call(layer, case, inputs, **more):
    """The layer's results for a case's inputs, as a list."""
    positional = inputs if case["apart"] else [inputs]
    return tf.nest.flatten(layer(*positional, **more))


def layers_within(value, more):
    """Plain data with the layers that it describes (of wrappers, cells) made."""
    if isinstance(value, list):
        return [layers_within(v, more) for v in value]
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    arguments = {k: layers_within(v, more) for k, v in value["config"].items()}
    return getattr(layers, value["class_name"])(**arguments, **more)


def layer_of(case, **more):
    """The case's layer, built, with the case's weights; `more` goes to layers within as well."""
    arguments = {name: layers_within(value, more) for name, value in case["config"].items()}
    layer = getattr(layers, case["layer"])(**arguments, **more)
    outputs = call(layer, case, symbolic_inputs_of(case))
    layer.set_weights([array(w) for w in case["weights"]])
    return layer, outputs


for _case in golden:
    _case["calls"] = len(_case["outputs"])
    _case["weights_after"] = _case["weights_after"] or _case["weights"]
CASES = pytest.mark.parametrize("case", golden, ids=case_id)


@CASES
def test_layer_equals_keras(case):
    layer, symbolic = layer_of(case)
    for output, stored in zip(symbolic, case["output_shapes"], strict=True):
        pairs = zip(output.shape, stored, strict=True)  # where Keras knows no size, we may
        assert all(wanted in (None, size) for size, wanted in pairs), (output.shape, stored)
    assert [w.name for w in layer.weights] == case["names"]
    assert [w.name for w in layer.trainable_weights] == case["trainable"]
    inputs = inputs_of(case)
    # Dropout chooses and scales bit for bit; noise goes through logarithms and square roots.
    exact = "Dropout" in case["layer"] and not case["layer"].startswith(("Alpha", "Gaussian"))
    for results in case["outputs"]:
        outputs = call(layer, case, inputs, **case["call"])
        for output, stored in zip(outputs, results, strict=True):
            assert output.dtype.name == stored["dtype"]
            rtol, atol = (0, 0) if exact else (2e-6, 2e-6)
            assert output.shape == tuple(stored["shape"])
            close(output, stored, rtol, atol)
    for output, stored in zip(outputs, case["output_masks"], strict=True):
        mask = getattr(output, "_keras_mask", None)
        assert (mask is None) == (stored is None)
        if mask is not None:
            np.testing.assert_array_equal(mask.numpy(), stored)
    for value, stored in zip(layer.get_weights(), case["weights_after"]):
        np.testing.assert_allclose(value, array(stored), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose([float(v) for v in layer.losses], case["losses"], rtol=1e-6)


@CASES
def test_compiled_layer_equals_keras(case):
    layer, _ = layer_of(case)
    inputs = inputs_of(case)
    if case["masks"]:
        pytest.skip("a function's arguments carry no masks")
    compiled = tf.function(lambda x: call(layer, case, x, **case["call"]))
    for results in case["outputs"]:
        for output, stored in zip(compiled(inputs), results, strict=True):
            close(output, stored)
    for value, stored in zip(layer.get_weights(), case["weights_after"]):
        np.testing.assert_allclose(value, array(stored), rtol=1e-6, atol=1e-7)


def draws(case):
    named = f"{case['layer']}{case['config']}"
    by_default = case["layer"].startswith("Random") or case["layer"].endswith("Mix")
    asked = by_default or "training" in case["call"]
    return asked and any(word in named for word in RANDOM)


def close(output, stored, rtol=2e-6, atol=2e-6):
    """Holds an output to Keras's, up to some units in the last place of its largest value."""
    wanted = array(stored)
    largest = max(1.0, np.abs(wanted, dtype="float64").max(initial=0.0))
    np.testing.assert_allclose(output.numpy(), wanted, rtol=rtol, atol=atol * largest)


def stops_gradients(case):
    """Whether the layer in training takes for constant what is computed of its inputs."""
    return case["call"] and (case["layer"] == "SpectralNormalization" or "renorm" in case["config"])


# Masking jumps where an input equals the value to be masked, which the differences would cross, and
# Equalization everywhere.
JUMPS = ("Masking", "Equalization", "ContrastLimitedAdaptiveHistogramEqualization")
SMOOTH = [c for c in golden if not (draws(c) or stops_gradients(c)) and c["layer"] not in JUMPS]


@pytest.mark.parametrize("case", SMOOTH, ids=case_id)
def test_gradients_equal_finite_differences_in_float64(case):
    layer, _ = layer_of(case, dtype="float64")
    numbers = "Embedding" in case["layer"] and not case["call"]
    inputs = inputs_of(case, None if numbers else "float64")
    flat = inputs if isinstance(inputs, list) else [inputs]
    leaves = [x for x in flat if x.dtype == tf.float64]
    start = layer.get_weights()
    rng = np.random.default_rng(3)
    results = call(layer, case, inputs, **case["call"])
    cotangents = [tf.constant(rng.normal(size=y.shape)) for y in results]

    def objective(leaves, weights):
        layer.set_weights(weights)  # moving averages as before each call
        given = leaves or flat
        for new, old in zip(given, flat):
            if hasattr(old, "_keras_mask"):
                new._keras_mask = old._keras_mask
        given = given if isinstance(inputs, list) else given[0]
        products = zip(call(layer, case, given, **case["call"]), cotangents)
        total = sum(tf.reduce_sum(y * cotangent) for y, cotangent in products)
        return total + sum(layer.losses, tf.constant(0.0, "float64"))

    with tf.GradientTape() as tape:
        tape.watch(leaves)
        value = objective(leaves, start)
    sources = leaves + layer.trainable_weights
    gradients = tape.gradient(value, sources, unconnected_gradients="zero")
    step = 1e-6
    for index, (source, gradient) in enumerate(zip(sources, gradients)):
        direction = rng.normal(size=source.shape)
        sides = []
        for move in (step * direction, -step * direction):
            arguments = list(leaves), list(start)
            if index < len(leaves):
                arguments[0][index] = source + move
            else:
                which = [w is source for w in layer.weights].index(True)
                arguments[1][which] = start[which] + move
            sides.append(objective(*arguments).numpy())
        wanted = (sides[0] - sides[1]) / (2 * step)
        found = float(tf.reduce_sum(tf.convert_to_tensor(gradient) * direction))
        assert abs(found - wanted) <= 1e-6 * (1 + abs(wanted)), (index, found, wanted)


@CASES
def test_config_makes_the_same_layer(case):
    layer, _ = layer_of(case)
    config = json.loads(json.dumps(layer.get_config()))
    twin = type(layer).from_config(config)
    assert json.loads(json.dumps(twin.get_config())) == config
    assert type(deserialize(json.loads(json.dumps(serialize(layer))))) is type(layer)
    call(twin, case, symbolic_inputs_of(case))
    twin.set_weights([array(w) for w in case["weights"]])
    outputs = call(twin, case, inputs_of(case), **case["call"])
    for output, stored in zip(outputs, case["outputs"][0], strict=True):
        close(output, stored)


NOT_OURS = {"registered_name", "module", "build_config", "rms_scaling", "activity_regularizer"}
NOT_OURS |= {"name"}


@CASES
def test_config_holds_keras_s(case):
    config = json.loads(json.dumps(layer_of(case)[0].get_config()))

    def compare(ours, theirs):
        if isinstance(theirs, dict):
            for name in set(theirs) - NOT_OURS:
                compare(ours[name], theirs[name])
        elif isinstance(theirs, list) and theirs and isinstance(theirs[0], dict):
            for one, other in zip(ours, theirs, strict=True):
                compare(one, other)
        else:
            # Once built, Keras's normalizations show one axis as a list.
            assert ours == theirs or [ours] == theirs or ours == pytest.approx(theirs)

    compare(config, case["full_config"])


# -- Normalization ---------------------------------------------------------------------------------


@pytest.mark.parametrize("row", adapt["rows"], ids=lambda r: f"{r['axis']}-{r['kind']}")
def test_normalization_learns_what_keras_s_does(row):
    data = array(adapt["data"])
    given = {
        "array": data,
        "float64": data.astype("float64"),
        "tensor": tf.constant(data),
        "dataset": tf.data.Dataset.from_tensor_slices(data).batch(3),
        "pairs": tf.data.Dataset.from_tensor_slices((data, data[:, 0])).batch(4),
        "list": [data[:2], data[2:]],
    }[row["kind"]]
    layer = layers.Normalization(axis=row["axis"])
    layer.adapt(data * 100)  # forgotten by the next one
    layer.adapt(given)
    assert [w.name for w in layer.weights] == row["names"]
    for value, stored in zip(layer.get_weights(), row["weights"]):
        np.testing.assert_allclose(value, array(stored), rtol=1e-5)
    np.testing.assert_allclose(layer(data).numpy(), array(row["y"]), rtol=1e-5, atol=1e-5)
    inverse = layers.Normalization(
        row["axis"],
        *(w.numpy() for w in layer.weights[:2]),
        invert=True,
    )
    np.testing.assert_allclose(inverse(layer(data)).numpy(), data, rtol=1e-4, atol=1e-5)


def test_normalization_sees_new_statistics_inside_a_compiled_function():
    layer = layers.Normalization(axis=None)
    layer.adapt(np.array([1.0, 3.0]))
    compiled = tf.function(layer)
    assert compiled(tf.constant([3.0])).numpy() == [1.0]
    layer.adapt(np.array([3.0, 5.0]))
    assert compiled(tf.constant([3.0])).numpy() == [-1.0]


# -- Lambda, functions of lists, masks -------------------------------------------------------------


def test_lambda_passes_mask_training_and_arguments_on():
    def function(x, factor, training, mask=None):
        return (x if training else -x) * factor

    layer = layers.Lambda(function, arguments={"factor": 3.0})
    assert layer(tf.constant([2.0]), training=True).numpy() == [6.0]
    assert layer(tf.constant([2.0])).numpy() == [-6.0]


def test_lambda_of_a_registered_function_comes_back_from_its_config():
    @tf.keras.utils.register_keras_serializable("test_layers")
    def squared(x):
        return x * x

    layer = layers.Lambda(squared, output_shape=(3,))
    twin = layers.Lambda.from_config(json.loads(json.dumps(layer.get_config())))
    assert twin(tf.constant([3.0])).numpy() == [9.0]
    assert twin.compute_output_shape((None, 5)) == (None, 3)


def test_masks_travel_from_embedding_to_dense():
    x = layers.Embedding(5, 2, mask_zero=True)(tf.constant([[1, 0]]))
    y = layers.Dense(3)(layers.Dropout(0.5)(x))
    assert y._keras_mask.numpy().tolist() == [[True, False]]
    assert not hasattr(layers.Flatten()(x), "_keras_mask")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("add", 3),
        ("subtract", -1),
        ("multiply", 2),
        ("average", 1.5),
        ("maximum", 2),
        ("minimum", 1),
    ],
)
def test_merging_functions(name, wanted):
    one, two = tf.ones([1, 1]), 2 * tf.ones([1, 1])
    assert getattr(layers, name)([one, two]).numpy() == [[wanted]]
    assert getattr(layers, name)([tf.keras.Input((1,)), tf.keras.Input((1,))]).shape == (None, 1)


def test_dropout_draws_again_at_each_call_and_the_same_for_the_same_seed():
    first, second = layers.Dropout(0.5, seed=1), layers.Dropout(0.5, seed=1)
    x = tf.ones([100])
    draws = [first(x, training=True).numpy() for _ in range(2)]
    assert (draws[0] != draws[1]).any()
    np.testing.assert_array_equal(draws[0], second(x, training=True).numpy())


def test_batch_normalization_reaches_the_data_s_statistics():
    layer = layers.BatchNormalization(momentum=0.5)
    x = np.random.default_rng(0).normal(3, 2, size=(64, 2)).astype("float32")
    for _ in range(40):
        layer(x, training=True)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), x.var(0), rtol=1e-5)


def test_an_input_is_of_floatx_whatever_the_policy():
    tf.keras.config.set_dtype_policy("mixed_float16")
    try:
        assert tf.keras.Input((3,)).dtype == "float32"
        assert (
            tf.keras.Sequential([tf.keras.Input((3,)), layers.Dense(2)]).inputs[0].dtype
            == "float32"
        )
    finally:
        tf.keras.config.set_dtype_policy("float32")


def test_masks_of_keras_inputs_are_computed_by_hand():
    x, y = tf.keras.Input((4, 2)), tf.keras.Input((4, 2))
    mask = layers.Masking().compute_mask(x)
    joined = layers.Concatenate(axis=1)
    model = tf.keras.Model([x, y], joined.compute_mask([x, y], [mask, None]))
    one = np.zeros((1, 4, 2), "float32")
    one[0, 1] = 1
    wanted = [[False, True, False, False, True, True, True, True]]
    assert model.predict([one, np.ones_like(one)], verbose=0).tolist() == wanted
    found = joined.compute_mask([one, one], [np.array(wanted)[:, :4], None])
    assert found.numpy().tolist() == wanted


def test_half_precision_keeps_float32_weights_and_computes_in_half():
    layer = layers.Dense(2, dtype="mixed_float16")
    assert layer(tf.ones([1, 3])).dtype == tf.float16 and layer.kernel.dtype == tf.float32
    assert layers.Dense.from_config(layer.get_config()).compute_dtype == "float16"
    for norm in (layers.LayerNormalization, layers.GroupNormalization):
        norm = norm(
            **({"groups": 1} if norm is layers.GroupNormalization else {}), dtype=layer.dtype_policy
        )
        normed = norm(tf.constant([[7e4, 8e4]]))  # more than float16 holds
        assert normed.dtype == tf.float16 and normed.numpy().tolist() == [[-1.0, 1.0]]


# -- InputSpec and wrong calls ---------------------------------------------------------------------


def test_input_spec_says_what_it_holds():
    spec = layers.InputSpec(shape=(None, 3), axes={-1: 3}, dtype="float32")
    assert repr(spec) == "InputSpec(dtype=float32, shape=(None, 3), ndim=2, axes={-1: 3})"
    assert repr(layers.InputSpec.from_config(spec.get_config())) == repr(spec)
    with pytest.raises(ValueError, match="Axis 2 is greater than the maximum allowed value: 1"):
        layers.InputSpec(ndim=2, axes={2: 1})
    with pytest.raises(TypeError, match="must be a dict with integer keys"):
        layers.InputSpec(axes={"a": 1})


@pytest.mark.parametrize(
    ("spec", "shape", "fault"),
    [
        ({"ndim": 3}, (2, 4), "expected ndim=3, found ndim=2. Full shape received: (2, 4)"),
        ({"min_ndim": 3}, (2, 4), "expected min_ndim=3, found ndim=2"),
        ({"max_ndim": 1}, (2, 4), "expected max_ndim=1, found ndim=2"),
        ({"axes": {1: 3}}, (2, 4), "expected axis 1 of input shape to have value 3, but received"),
        ({"shape": (None, 3)}, (2, 4), "expected shape=(None, 3), found shape=(2, 4)"),
        ({"dtype": "int32"}, (2, 4), "expected dtype=int32, found dtype=float32"),
        ({"shape": (2, 1), "allow_last_axis_squeeze": True}, (2,), None),
        ({"shape": (None, 4), "max_ndim": 2, "min_ndim": 1, "axes": {0: None}}, (2, 4), None),
    ],
)
def test_input_spec_checks(spec, shape, fault):
    spec = layers.InputSpec(**spec)
    if fault is None:
        spec.check("mine", tf.zeros(shape))
        return
    with pytest.raises(ValueError) as error:
        spec.check("mine", tf.zeros(shape))
    start = "Input 0 with name 'None' of layer 'mine' is incompatible with the layer: "
    assert str(error.value).startswith(start + fault)


def ones(*shape):
    return tf.ones(shape)


def dense_of_two_features():
    layer = layers.Dense(1, name="narrow")
    layer(ones(1, 2))
    return layer


WRONG = [
    (
        lambda: dense_of_two_features()(ones(2, 5)),
        ValueError,
        "layer 'narrow' is incompatible with the layer: expected axis -1 of input shape to have "
        "value 2, but received input with shape (2, 5). The layer's weights were made for 2",
    ),
    (
        lambda: layers.Dense(1, name="d")(ones(3)),
        ValueError,
        "'d' is incompatible with the layer: expected min_ndim=2, found ndim=1. Full shape "
        "received: (3,). The first axis is the batch",
    ),
    (lambda: layers.Dense(0), ValueError, "expected a positive integer. Received: units=0"),
    (lambda: layers.Dense(2.5), ValueError, "expected a positive integer. Received: units=2.5"),
    (lambda: layers.Dense(1, activation="rleu"), ValueError, "'relu'"),
    (lambda: layers.Dense(1, unit=3), ValueError, "unit"),
    (lambda: layers.Dense(1)(tf.keras.Input((None,))), ValueError, "must have a known size"),
    (lambda: layers.Activation("sigmiod"), ValueError, "'sigmoid'"),
    (
        lambda: layers.Reshape((2, 2))(ones(1, 6)),
        ValueError,
        "the total size of the tensor must be unchanged. Received: input_shape=(6,) (6 elements "
        "a sample), target_shape=(2, 2)",
    ),
    (lambda: layers.Reshape((4, -1))(ones(1, 6)), ValueError, "must be unchanged"),
    (lambda: layers.Reshape((-1, -1)), ValueError, "at most one unknown"),
    (lambda: layers.Permute((1, 3)), ValueError, "must be consecutive and start from 1"),
    (lambda: layers.Permute((2, 1))(ones(1, 2)), ValueError, "expected ndim=3, found ndim=2"),
    (lambda: layers.RepeatVector(0), ValueError, "positive integer. Received: n=0"),
    (lambda: layers.RepeatVector(1.0), TypeError, "Expected an integer value for `n`"),
    (lambda: layers.Dropout(1.5), ValueError, "between 0 and 1. Received: rate=1.5"),
    (lambda: layers.GaussianNoise(-1), ValueError, "between 0 and 1. Received: stddev=-1"),
    (lambda: layers.Dropout(0.5, noise_shape="2"), ValueError, "`noise_shape`"),
    (lambda: layers.SpatialDropout1D(0.5)(ones(1, 2)), ValueError, "expected ndim=3"),
    (
        lambda: layers.Concatenate(name="c")([ones(2, 3), ones(3, 3)]),
        ValueError,
        "Layer 'c': a `Concatenate` layer requires inputs with matching shapes except for the "
        "concatenation axis. Received: input_shape=[(2, 3), (3, 3)], axis=-1",
    ),
    (lambda: layers.Concatenate()(ones(2, 3)), ValueError, "should be called on a list of"),
    (
        lambda: layers.Add(name="a")([ones(2, 3), ones(2, 4)]),
        ValueError,
        "Layer 'a': inputs have incompatible shapes. Received shapes (2, 3), (2, 4)",
    ),
    (lambda: layers.Add()([ones(2, 3), ones(5, 3)]), ValueError, "different batch sizes"),
    (lambda: layers.Add()(ones(2, 3)), ValueError, "should be called on a list of at least 1"),
    (lambda: layers.Subtract()([ones(1, 1)] * 3), ValueError, "exactly 2 inputs"),
    (lambda: layers.Dot(1)([ones(2, 3), ones(2, 4)]), ValueError, "3 (at axis 1) != 4"),
    (lambda: layers.Dot(0.5), TypeError, "should be an int or two ints"),
    (lambda: layers.Dot((1, 2, 3)), ValueError, "should be an int or two ints"),
    (lambda: layers.Embedding(0, 2), ValueError, "positive integer. Received: input_dim=0"),
    (
        lambda: layers.Embedding(3, 2)(tf.constant([3])),
        tf.errors.InvalidArgumentError,
        "gather",
    ),
    (lambda: layers.ReLU(max_value=-1), ValueError, "max_value of a ReLU layer"),
    (lambda: layers.LeakyReLU(-1), ValueError, "negative_slope of a LeakyReLU layer"),
    (lambda: layers.Softmax()(ones(2, 3), mask=ones(2, 2)), ValueError, "broadcastable"),
    (lambda: layers.LayerNormalization(axis="1"), TypeError, "Expected an int or a list"),
    (lambda: layers.LayerNormalization(axis=3)(ones(2, 3)), ValueError, "axis 3 is out of bounds"),
    (lambda: layers.BatchNormalization(axis=2)(ones(2, 3)), ValueError, "out of bounds"),
    (lambda: layers.Normalization(mean=1.0), ValueError, "both `mean` and `variance` must be set"),
    (lambda: layers.Normalization().adapt(3), TypeError, "Unsupported data type"),
    (lambda: layers.Normalization().adapt(iter([])), ValueError, "empty iterable"),
    (
        lambda: layers.Normalization(mean=0.0, variance=1.0).adapt(np.ones((2, 2))),
        ValueError,
        "was given its mean and variance",
    ),
    (
        lambda: layers.Normalization().adapt([np.ones((2, 3)), np.ones((2, 4))]),
        ValueError,
        "incompatible shape, data.shape=(2, 4)",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_every_class_has_a_golden_figure():
    covered = {case["layer"] for case in golden} | {"Lambda", "Layer", "InputLayer"}
    files = ("activations", "attention", "core", "dropout", "einsum_dense", "embedding")
    files += ("masking", "merge", "multi_head", "normalization")
    names = {
        name
        for name, value in vars(layers).items()
        if isinstance(value, type) and value.__module__.rsplit(".", 1)[-1] in files
    }
    assert names - covered == {"ThresholdedReLU"}  # which Keras 3.15 no longer runs itself


def test_layers_without_weights_are_built():
    made = [
        layers.Dropout(0.5), layers.Activation("relu"), layers.ReLU(), layers.Softmax(),
        layers.LeakyReLU(), layers.ELU(), layers.Masking(), layers.Identity(),
        layers.GaussianNoise(0.1), layers.SpatialDropout1D(0.1), layers.AlphaDropout(0.1),
        layers.ActivityRegularization(), layers.UnitNormalization(),
    ]  # fmt: skip
    assert all(layer.built for layer in made)
    for layer in (layers.Dense(1), layers.PReLU(), layers.Flatten(), layers.Lambda(abs)):
        assert not layer.built  # nor are these in Keras

    class Scaled(layers.Dropout):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(), initializer="ones")

    assert not Scaled(0.5).built

    class Passing(layers.Layer):
        def call(self, x):
            return x

    assert not Passing().built


def test_losses_of_a_model_that_was_not_called_on_data():
    dense = layers.Dense(1, "linear", activity_regularizer="l1", kernel_regularizer="l2",
                         kernel_initializer="ones")  # fmt: skip
    model = tf.keras.Sequential([tf.keras.Input((2,)), dense])
    np.testing.assert_allclose([float(loss) for loss in model.losses], [0.02])
    model(np.ones((2, 2)))
    np.testing.assert_allclose([float(loss) for loss in model.losses], [0.02, 0.02])
    model.compile("sgd", "mse")
    assert model.evaluate(np.ones((2, 2)), np.ones((2, 1)), verbose=0) == pytest.approx(1.04)
    np.testing.assert_allclose([float(loss) for loss in model.losses], [0.02])
