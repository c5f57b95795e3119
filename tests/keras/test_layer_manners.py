"""How layers are built, asked, told and refused: what programs see besides the numbers."""

import json

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.core.tensor import CONVERTERS
from tensorbrook.keras import dtype_policies, layers, quantizers, registry


def built(layer, shape=(None, 4)):
    layer.build(shape)
    return layer


# -- built from what configs tell ------------------------------------------------------------------


def test_layers_of_a_model_that_is_not_built_come_back(tmp_path):
    stack = [built(layers.Dense(3)), built(layers.Dense(2), (None, 3))]
    model = tf.keras.Sequential(stack)
    assert not model.built
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    x = np.ones((2, 4), "float32")
    assert [w.path for w in again.weights] == [w.path for w in model.weights]
    np.testing.assert_array_equal(again(x), stack[1](stack[0](x)))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (layers.Dense(3), (None, 4)),
        (layers.Bidirectional(layers.GRU(2)), (None, 3, 4)),
        (layers.TimeDistributed(layers.Dense(3)), (None, 3, 4)),
        (layers.Embedding(5, 2), None),
        (layers.Dense(3, dtype="int4_from_float32"), (None, 4)),
    ],
    ids=lambda x: getattr(x, "name", ""),
)
def test_a_layer_out_of_a_config_is_built_as_it_was(layer, shape):
    config = layers.serialize(built(layer, shape))
    again = layers.deserialize(json.loads(json.dumps(config)))
    assert [(w.path, w.shape) for w in again.weights] == [(w.path, w.shape) for w in layer.weights]


def test_configs_have_tuples_where_the_arguments_are():
    assert layers.MaxPooling2D((2, 3)).get_config()["pool_size"] == (2, 3)
    assert layers.AdaptiveAveragePooling1D(4).get_config()["output_size"] == (4,)
    config = layers.Conv2D(3, 2, strides=2).get_config()
    assert layers.Conv2D.from_config(config).strides == (2, 2)


# -- attributes ------------------------------------------------------------------------------------


class Late(layers.Layer):
    """Its attributes are None until it is built, in another order."""

    def __init__(self):
        super().__init__()
        self.a = self.b = self.inner = self.outer = None

    def build(self, input_shape):
        self.outer = built(layers.Dense(3))
        self.b = self.add_weight(shape=(1,))
        self.a = self.add_weight(shape=(2,))
        self.inner = built(layers.Dense(5))

    def call(self, x):
        return x


def test_weights_stand_in_the_order_in_which_they_were_made():
    shapes = [tuple(w.shape) for w in built(Late()).weights]
    assert shapes == [(1,), (2,), (4, 3), (3,), (4, 5), (5,)]  # Keras 3.15's and 2.15's


class InLists(layers.Layer):
    """Makes the weights of two lists in turns."""

    def build(self, input_shape):
        self.filters, self.biases = [], []
        for i in (1, 3):
            self.filters.append(self.add_weight(shape=(i,)))
            self.biases.append(self.add_weight(shape=(i + 1,)))


def test_variables_stand_among_the_weights_where_they_were_made():
    class Mixed(layers.Layer):
        def build(self, shape):
            self.first = tf.keras.Variable(np.zeros(1))
            self.a = self.add_weight((2,))
            self.second, self.third = tf.keras.Variable(np.zeros(3)), tf.keras.Variable(np.zeros(4))
            self.b = self.add_weight((5,))
            self.last = tf.Variable(np.zeros(6))

        def call(self, x):
            return x

    layer = built(Mixed())
    assert [w.shape[0] for w in layer.weights] == [1, 2, 3, 4, 5, 6]  # Keras 3.15's, and 2.15's


def test_weights_in_lists_stand_in_the_order_in_which_they_were_made():
    assert [w.shape[0] for w in built(InLists()).weights] == [1, 2, 3, 4]


def test_forms_of_older_layers():
    class First(layers.Layer):
        def compute_mask(self, inputs, mask=None):
            return mask[0]  # None for each input, in Keras 3.15 too

        def call(self, inputs):
            out = inputs[0] * 2.0
            out._uses_learning_phase = True
            self.add_loss(tf.reduce_sum(out), inputs=inputs)
            return out

    layer, x = First(), np.ones((2, 3), "float32")
    assert layer([x, x])._uses_learning_phase and float(layer.losses[0]) == 12
    inputs = [tf.keras.Input((3,)), tf.keras.Input((3,))]
    assert (tf.keras.Model(inputs, First()(inputs))([x, x]).numpy() == 2).all()


@pytest.mark.parametrize("declared", [(2,), lambda shapes: (shapes[0][0], 2)])
def test_a_lambda_of_several_inputs_has_the_shape_that_is_given(declared):
    def untraced(inputs):
        return tf.numpy_function(lambda x, y: x + y, inputs, tf.float32)

    inputs = [tf.keras.Input((2,)), tf.keras.Input((2,))]
    out = layers.Lambda(untraced, output_shape=declared)(inputs)
    x = np.ones((3, 2), "float32")
    assert out.shape == (None, 2) and (tf.keras.Model(inputs, out)([x, x]).numpy() == 2).all()


@pytest.mark.parametrize(
    "part", ["regularizers", "constraints", "initializers", "losses", "metrics", "layers"]
)
def test_the_config_of_none_is_none(part):
    assert getattr(tf.keras, part).serialize(None) is None


# -- policies --------------------------------------------------------------------------------------


def test_policies_without_a_name_are_the_program_s():
    tf.keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert dtype_policies.DTypePolicy().name == "mixed_bfloat16"
        assert dtype_policies.QuantizedDTypePolicy("int8").name == "int8_from_mixed_bfloat16"
        policies = dtype_policies.DTypePolicyMap()
        policies["a"] = dtype_policies.DTypePolicy("float16")
        config = policies.get_config()
    finally:
        tf.keras.config.set_dtype_policy("float32")
    assert dtype_policies.DTypePolicyMap.from_config(config)["a"].name == "float32"


def test_both_names_of_float_policies_are_equal():
    plain, other = (
        cls("mixed_float16")
        for cls in (dtype_policies.DTypePolicy, dtype_policies.FloatDTypePolicy)
    )
    assert plain == other and repr(other) == '<DTypePolicy "mixed_float16">'
    assert plain != dtype_policies.DTypePolicy("float16") and plain != "mixed_float16"


@pytest.mark.parametrize(("name", "count"), [("int8", 3), ("int4", 5), ("float8", 8)])
def test_setting_a_quantized_policy_quantizes(name, count):
    layer = built(layers.Dense(2))
    x = np.ones((1, 4), "float32")
    before = layer(x).numpy()
    layer.dtype_policy = f"{name}_from_float32"
    assert layer.quantization_mode == name and len(layer.variables) == count
    np.testing.assert_allclose(layer(x), before, atol=0.3)


def test_a_map_of_policies_takes_a_built_layer_s_new_policy():
    policies = dtype_policies.DTypePolicyMap()
    layer = built(layers.Dense(2, dtype=policies))
    layer.dtype_policy = "mixed_bfloat16"
    assert layer.dtype_policy is policies and policies[layer.path].name == "mixed_bfloat16"
    assert layer.compute_dtype == "bfloat16"


def test_a_model_with_a_map_of_policies_is_saved(tmp_path):
    policies = dtype_policies.DTypePolicyMap(policy_map={"model/.*": "bfloat16"})
    model = tf.keras.Sequential([tf.keras.Input((3,)), layers.Dense(2)], name="model")
    model._dtype_policy = policies
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(again(x), model(x))


# -- quantization ----------------------------------------------------------------------------------


def test_a_table_s_own_quantizer_works_along_its_rows():
    layer = layers.Embedding(3, 2)
    layer.build(None)
    layer.set_weights([np.array([[1.0, -8.0], [0.5, 4.0], [2.0, 2.0]], "float32")])
    quantizer = quantizers.AbsMaxQuantizer(axis=-1, value_range=(-8, 7))
    layer.quantize(config=quantizers.Int4QuantizationConfig(quantizer, None, block_size=None))
    np.testing.assert_allclose(layer.embeddings_scale, [7 / 8, 7 / 4, 7 / 2], rtol=1e-6)
    np.testing.assert_array_equal(layer.embeddings, [[1, -7], [1, 7], [7, 7]])


def test_layers_tell_how_they_are_quantized():
    layer = built(layers.Dense(2))
    layer.quantize("int8")
    assert isinstance(layer.inputs_quantizer, quantizers.AbsMaxQuantizer)
    layer = built(layers.Dense(2))
    layer.quantize(config=quantizers.Int8QuantizationConfig(activation_quantizer=None))
    assert layer.inputs_quantizer is None
    np.testing.assert_array_equal(layer.quantized_call(tf.ones([1, 4])), layer(tf.ones([1, 4])))
    layer = layers.Dense(2)
    layer.quantized_build((4, 2), "int8")
    assert layer.quantization_mode == "int8" and layer._kernel.shape == (4, 2)


def test_a_sparse_input_is_cast_to_the_layer_s_dtype():
    x = tf.sparse.from_dense(np.array([[0, 2.0, 0], [1.0, 0, 3.0]], "float32"))
    layer = layers.Dense(2, dtype="float16", kernel_initializer="ones")
    np.testing.assert_array_equal(layer(x), [[2, 2], [4, 4]])
    assert layer(x).dtype == "float16"


# -- calls -----------------------------------------------------------------------------------------


class Raised(layers.Layer):
    """x, and one more in a mode."""

    def __init__(self):
        super().__init__()
        self._register_call_context_args("mode")

    def call(self, x, mode=None):
        return x + 1 if mode else x


class Around(layers.Layer):
    """A layer that knows nothing of modes."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x, **more):
        return self.inner(x, **more)


def test_a_named_argument_goes_through_calls_to_the_layers_that_name_it():
    model = Around(Around(Raised()))
    model._register_call_context_args("mode")
    x = np.zeros((2,), "float32")
    assert model(x, mode=True).numpy().tolist() == [1, 1]
    assert model(x).numpy().tolist() == [0, 0]
    stack = tf.keras.Sequential([Around(Raised())])
    stack._register_call_context_args("mode")
    assert stack(x, mode=True).numpy().tolist() == [1, 1]
    assert stack(x).numpy().tolist() == [0, 0]


def test_a_call_s_own_argument_comes_before_one_handed_on():
    class Twice(layers.Layer):
        def __init__(self):
            super().__init__()
            self.inner = Raised()
            self._register_call_context_args("mode")

        def call(self, x):
            return self.inner(self.inner(x, mode=1), mode=2)

    assert Twice()(np.zeros(1, "float32")).numpy().tolist() == [2]


def test_masks_come_with_tensors_given_by_name_and_within_tuples():
    words = np.array([[1, 2, 0], [3, 0, 0]])
    x = layers.Embedding(4, 8, mask_zero=True)(words)
    value = np.ones((2, 5, 8), "float32")
    y = layers.MultiHeadAttention(2, 2)(query=x, value=value)
    np.testing.assert_array_equal(y._keras_mask, words != 0)
    seen = []

    class Pair(layers.Layer):
        def call(self, first, second, first_mask=None, second_mask=None):
            seen.append((first_mask, second_mask))
            return second

    Pair()((x, value), x)
    (masks, mask) = seen[0]
    assert isinstance(masks, tuple) and masks[1] is None and mask is x._keras_mask
    np.testing.assert_array_equal(masks[0], words != 0)


class Counter(layers.Layer):
    """A cell that says the size of its state, and no more."""

    state_size = output_size = 2

    def call(self, x, states):
        state = states[0] + x
        return state, [state]


def test_cells_without_states_of_their_own_begin_with_zeros():
    x = np.arange(12.0, dtype="float32").reshape(1, 6, 2)
    sums = np.cumsum(np.cumsum(x, 1), 1)[:, -1]
    for cell in ([Counter(), Counter()], layers.StackedRNNCells([Counter(), Counter()])):
        np.testing.assert_array_equal(layers.RNN(cell)(x), sums)


def test_recurrent_layers_take_integers():
    x = np.arange(12).reshape(1, 6, 2)
    layer = layers.Bidirectional(layers.LSTM(2))
    np.testing.assert_array_equal(layer(x), layer(x.astype("float32")))


def test_sparse_texts_are_hashed_where_they_are():
    places = [[0, 1], [1, 0], [1, 2]]
    texts = np.array(["a", "b", "a"])
    for arguments in ({}, {"mask_value": "b"}, {"salt": 7}):
        layer = layers.Hashing(5, **arguments)
        found = layer(tf.SparseTensor(places, texts, (2, 3)))
        np.testing.assert_array_equal(found.indices, places)
        np.testing.assert_array_equal(found.values, layer(texts))


def test_a_model_may_begin_at_a_tensor_of_another():
    start = tf.keras.Input((4,))
    middle = layers.Dense(3)(start)
    again = tf.keras.Input(tensor=middle)
    assert again.shape == middle.shape
    head = layers.Dense(2)
    model, whole = tf.keras.Model(again, head(again)), tf.keras.Model(start, head(middle))
    x = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(model(x), head(x))
    assert whole(np.ones((2, 4), "float32")).shape == (2, 2)
    fresh = tf.keras.KerasTensor((None, 5), "int32")
    assert tf.keras.Input(tensor=fresh) is fresh


def test_dot_of_sparse_tensors():
    x, y = np.array([[0, 2.0], [1, 0]], "float32"), np.array([[3.0, 4], [5, 6]], "float32")
    found = layers.Dot(1)([tf.sparse.from_dense(x), tf.sparse.from_dense(y)])
    np.testing.assert_array_equal(found, (x * y).sum(1, keepdims=True))


def test_seeds_in_lists_and_dicts_are_variables():
    class Noise(layers.Layer):
        def __init__(self):
            super().__init__()
            self.seeds = [tf.keras.random.SeedGenerator(i) for i in (1, 10)]
            self.named = {"a": tf.keras.random.SeedGenerator(5)}

        def call(self, x):
            return x

    assert [int(v[0]) for v in Noise().variables] == [1, 10, 5]


def test_an_output_shape_tells_the_output_spec():
    class Told(layers.Layer):
        def call(self, x):
            raise RuntimeError

        def compute_output_shape(self, input_shape):
            return {"a": input_shape, "b": [(*input_shape[:-1], 7)]}

    spec = Told(dtype="float16").compute_output_spec(tf.keras.KerasTensor((None, 3)))
    assert spec["a"].shape == (None, 3) and spec["b"][0].shape == (None, 7)
    assert spec["a"].dtype == "float16"

    class Longer(layers.Layer):
        def call(self, x):
            return tf.concat([x, x], -1)

        def compute_output_shape(self, input_shape):
            return super().compute_output_shape(input_shape)

    assert Longer().compute_output_shape((None, 3)) == (None, 6)


def test_axes_of_attention_count_from_the_end():
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype("float32")
    first, second = (layers.MultiHeadAttention(2, 3, attention_axes=a) for a in (2, -2))
    first(x, x), second(x, x)
    second.set_weights(first.get_weights())
    np.testing.assert_array_equal(first(x, x), second(x, x))


@pytest.mark.parametrize("with_scores", [False, True])
def test_what_a_subclass_of_attention_calls_takes_a_causal_mask(with_scores):
    layer = layers.MultiHeadAttention(2, 3)
    layer.build((1, 4, 6), (1, 4, 6))
    rng = np.random.default_rng(1)
    parts = [rng.normal(size=(1, 4, 2, 3)).astype("float32") for _ in range(3)]
    extra = np.ones((1, 4, 4), bool)
    extra[:, 3, 1] = False
    more = {"return_attention_scores": with_scores}
    found = layer._compute_attention(*parts, extra, use_causal_mask=True, **more)[0]
    wanted = layer._compute_attention(*parts, extra & np.tril(extra), **more)[0]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_a_weight_deleted_is_no_weight():
    layer = built(layers.Dense(2))
    del layer.bias
    assert [w.name for w in layer.weights] == ["kernel"]


def test_a_softmax_of_one_class_is_warned_about():
    with pytest.warns(UserWarning, match="over axis -1 .* has size 1"):
        layers.Dense(1, activation="softmax")(np.ones((2, 3), "float32"))


def test_softmax_over_several_axes():
    x = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    whole = np.exp(x) / np.exp(x).sum((1, 2), keepdims=True)
    for call in (tf.keras.activations.softmax, tf.keras.ops.softmax):
        np.testing.assert_allclose(call(x, axis=(1, 2)), whole, rtol=1e-5)
    for call in (tf.keras.activations.log_softmax, tf.keras.ops.log_softmax):
        np.testing.assert_allclose(call(x, axis=(1, 2)), np.log(whole), rtol=1e-4)


def test_dtypes_of_functions_that_compute_wider():
    logits = tf.zeros([1, 3, 2], "float16")
    assert tf.keras.ops.ctc_loss([[1]], logits, [1], [3]).dtype == "float32"
    assert tf.keras.ops.ctc_decode(logits, [3])[1].dtype == "float32"
    assert tf.keras.ops.view_as_complex(np.ones((3, 2))).dtype == "complex64"


def test_configs_tell_dtypes_as_keras_does():
    config = layers.Dense(2, dtype="bfloat16").get_config()
    assert config["dtype"]["class_name"] == "DTypePolicy"
    assert config["dtype"]["config"] == {"name": "bfloat16"}
    seen = []

    class Asks(layers.Layer):
        def __init__(self, dtype=None, **more):
            seen.append(dtype)
            super().__init__(dtype=dtype, **more)

    assert Asks.from_config(Asks("float16").get_config()).compute_dtype == "float16"
    assert seen == ["float16", "float16"]


# -- wrong calls -----------------------------------------------------------------------------------


ops, image = tf.keras.ops, tf.keras.ops.image
SPARSE = tf.sparse.from_dense([1, 2])
PICTURE = np.ones((8, 8, 3), "float32")


def constrained():
    return built(layers.Dense(2, kernel_constraint="max_norm"))


# -- what a program's own layers keep and compute --------------------------------------------------


@pytest.mark.parametrize("base", [layers.Layer, tf.keras.Model], ids=lambda base: base.__name__)
def test_attributes_that_keras_leaves_to_the_program(base):
    names = ["input_shape", "output_shape", "inbound_nodes", "submodules"]
    if base is tf.keras.Model:
        names += ["inputs", "outputs", "input_names", "output_names", "operations", "loss_weights"]

    class Own(base):
        def __init__(self):
            super().__init__()
            for name in names:
                setattr(self, name, {"of": name})

        def call(self, x):
            return x

    own = Own()
    if base is tf.keras.Model:
        own.compile("sgd", "mse")
        own.predict(np.ones((2, 2)), verbose=0)
    assert own(np.ones((2, 2), "float32")).shape == (2, 2)
    assert [getattr(own, name) for name in names] == [{"of": name} for name in names]
    with pytest.raises(AttributeError, match="no setter"):
        own.output = 1


# Keras 3.15 gives these shapes.
SIZES_OF_DATA = [
    (lambda x, i: tf.pad(x, [(0, tf.reduce_max(i)), (0, 0)]), (None, 4), (7, 4)),
    (lambda x, i: tf.zeros([tf.reduce_max(i), 3]) + tf.reduce_sum(x), (None, 3), (2, 3)),
    (lambda x, i: x[: tf.reduce_max(i)], (None, 4), (2, 4)),
    (lambda x, i: tf.one_hot(i, tf.reduce_max(i) + 1), (None, None), (5, 3)),
    (lambda x, i: tf.tile(x, [tf.reduce_max(i), 1]), (None, 4), (10, 4)),
    (lambda x, i: tf.reshape(x, tf.stack([-1, tf.reduce_max(i)])), (None, None), (10, 2)),
    (lambda x, i: tf.math.unsorted_segment_sum(x, i, tf.reduce_max(i) + 1), (None, 4), (3, 4)),
    (
        lambda x, i: tf.keras.ops.reshape(x, (tf.keras.ops.minimum(1, tf.shape(x)[0]), -1, 4)),
        (None, None, 4),
        (1, 5, 4),
    ),
]


@pytest.mark.parametrize(("function", "shape", "found"), SIZES_OF_DATA)
def test_layers_whose_sizes_the_data_tell_are_parts_of_models(function, shape, found):
    class Own(layers.Layer):
        def call(self, x, i):
            return function(x, i)

    inputs = [tf.keras.Input((4,)), tf.keras.Input((), dtype="int32")]
    outputs = Own()(*inputs)
    assert outputs.shape == shape
    model = tf.keras.Model(inputs, outputs)
    data = [np.ones((5, 4), "float32"), np.array([0, 0, 1, 1, 2])]
    assert model(data).shape == found
    around = tf.keras.Input((4,))
    assert model([around, inputs[1]]).shape == shape


def test_layers_take_arrays_of_other_libraries():
    texts = Column(np.array(["a b", "c", "a"], object))
    words = layers.TextVectorization()
    words.adapt(texts)
    assert words(texts).numpy().tolist() == [[2, 4], [3, 0], [2, 0]]
    lookup = layers.StringLookup()
    lookup.adapt(texts)
    assert lookup(texts).numpy().tolist() == [2, 1, 3]
    assert layers.Discretization([1.0, 2.0])(Column([0.5, 1.5])).numpy().tolist() == [0, 1]
    rows = Column([[1.0, 2.0], [3.0, 4.0]])
    assert layers.Add()([rows, rows]).numpy().tolist() == [[2.0, 4.0], [6.0, 8.0]]
    dense = layers.Dense(1, kernel_initializer="ones")
    assert dense(rows).numpy().tolist() == [[3.0], [7.0]]
    model = tf.keras.Sequential([tf.keras.Input((2,)), dense])
    assert model(rows).numpy().tolist() == [[3.0], [7.0]]


WRONG = [
    (lambda: constrained().enable_lora(2), ValueError, "incompatible with kernel constraints"),
    (lambda: layers.Dense(2, trainable="yes"), ValueError, "to be a boolean"),
    (lambda: layers.Dense(2, name=3), ValueError, "`name` must be a string, got 3"),
    (lambda: built(layers.Dense(2)).quantized_build((4, 2), "int7"), NotImplementedError, "int7"),
    (lambda: layers.Layer().quantized_build(None, None), NotImplementedError, "quantized_build"),
    (lambda: layers.Layer().compute_output_shape((1,)), NotImplementedError, "does not have"),
    (lambda: tf.keras.config.set_dtype_policy(None), ValueError, "Invalid `policy` argument"),
    (lambda: dtype_policies.get("int8_abc_"), ValueError, "`policy` into a valid pair"),
    (lambda: dtype_policies.AWQDTypePolicy("awq/4", "float32"), ValueError, "Invalid mode"),
    (lambda: dtype_policies.DTypePolicyMap(policy_map=1), TypeError, "`policy_map` must be a dict"),
    (lambda: layers.LeakyReLU(None), ValueError, "cannot be None"),
    (lambda: layers.ReLU(max_value=-1), ValueError, "cannot be a negative value"),
    (lambda: layers.Softmax()(np.ones((1, 3)), np.ones((1, 1, 3))), ValueError, "more dimensions"),
    (lambda: layers.Attention()(np.ones((1, 2, 2))), ValueError, "must be called on a list"),
    (lambda: layers.MultiHeadAttention(2, 2, output_shape=8.0), ValueError, "Invalid `output_sha"),
    (lambda: layers.Conv2D(2, 2, groups=0), ValueError, "number of groups must be a positive"),
    (lambda: layers.DepthwiseConv1D(9)(np.ones((1, 5, 2))), ValueError, "zero or negative"),
    (lambda: layers.GroupNormalization(0), ValueError, "argument `groups`"),
    (lambda: layers.InputLayer((2,), batch_shape=(1, 2)), ValueError, "cannot pass both `shape`"),
    (lambda: tf.keras.Input(), ValueError, "pass a `shape` argument"),
    (lambda: tf.keras.Input(tensor=np.ones(3)), ValueError, "must be a KerasTensor"),
    (
        lambda: tf.keras.Input((4,), tensor=tf.keras.KerasTensor((None, 5))),
        ValueError,
        "cannot provide an incompatible `shape`",
    ),
    (lambda: layers.Wrapper("a"), ValueError, "isn't a supported layer type"),
    (
        lambda: layers.BatchNormalization(renorm=True, renorm_clipping={"a": 1}),
        ValueError,
        "Received invalid keys",
    ),
    (lambda: built(layers.GroupNormalization(5)), ValueError, "more than the number of channels"),
    (lambda: layers.Hashing(3, output_mode="a"), ValueError, "argument `output_mode`"),
    (lambda: layers.Dropout(0.5, noise_shape=(2, 1.5)), ValueError, "to be integers or None"),
    (lambda: layers.Dropout(0.5, noise_shape=(2, 0)), ValueError, "positive integers or None"),
    (lambda: layers.Dropout(0.5, noise_shape="a"), ValueError, "tuple or list of integers"),
    (lambda: layers.Cropping1D((3, 3))(np.ones((1, 5, 2))), ValueError, "must be smaller than"),
    (lambda: layers.Reshape((-2, 5)), ValueError, "non-negative integer"),
    (lambda: layers.UpSampling1D(0), ValueError, "should be a positive integer"),
    (
        lambda: layers.TimeDistributed(layers.Dense(2))(np.ones((2, 3, 4)), mask=np.ones((2, 4))),
        ValueError,
        "The `mask` passed to the `TimeDistributed` layer has a shape",
    ),
    (lambda: layers.RandomBrightness(0.1)(np.ones((3, 3))), ValueError, "to be rank 3 or 4"),
    (lambda: built(layers.Normalization(axis=3), (2, 2)), ValueError, "must be in the range"),
    (lambda: built(layers.Normalization(), (2, None)), ValueError, "values to be kept"),
    (lambda: layers.Hashing(3, dtype="float32"), ValueError, "should be an integer type"),
    (lambda: layers.HashedCrossing(3)([SPARSE, SPARSE]), ValueError, "should be dense tensors"),
    (lambda: image.resize(PICTURE, (0, 4)), ValueError, "positive height and width"),
    (lambda: image.crop_images(PICTURE, 0, 0, target_height=-1), ValueError, "target_height must"),
    (lambda: image.pad_images(PICTURE, 0, 0, target_height=-1), ValueError, "target_height must"),
    (lambda: image.extract_patches(PICTURE, "ab"), TypeError, "Expected an int or a tuple"),
    (lambda: image.rgb_to_hsv(PICTURE[..., :2]), ValueError, "must have 3 channels, but received"),
    (lambda: image.rgb_to_grayscale(PICTURE[..., :2]), ValueError, "Invalid channel size"),
    (lambda: ops.segment_sum(np.ones(3), [[0], [1]]), ValueError, "should be an 1-D vector"),
    (lambda: ops.segment_max(np.ones(3), [0, 1]), ValueError, "have same leading dimension"),
    (lambda: ops.stft(np.ones(9), 4, 0, 4), ValueError, "`sequence_stride` must be a positive"),
    (lambda: ops.stft([1, 2, 3], 2, 1, 2), TypeError, "Invalid input type"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2] for row in WRONG])
def test_what_is_wrong_is_said_in_keras_s_words(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


class Column:
    """A column of a pandas table: it has an array, and a dtype of its own kind."""

    dtype = "a dtype of pandas"

    def __init__(self, values):
        self.values = np.array(values, object if isinstance(values[0], str) else None)

    def __array__(self, dtype=None, copy=None):
        return self.values


@pytest.mark.parametrize(
    ("layer", "values"),
    [
        (lambda: layers.Dense(1, kernel_initializer="ones"), [[1.0, 2.0], [3.0, 4.0]]),
        (lambda: layers.Normalization(mean=1.0, variance=4.0), [1.0, 2.0]),
        (lambda: layers.Discretization([1.5]), [1.0, 2.0]),
        (lambda: layers.CategoryEncoding(3, "one_hot"), [0, 2]),
        (lambda: layers.StringLookup(vocabulary=["a", "b"]), ["b", "a"]),
        (lambda: layers.TextVectorization(vocabulary=["a", "b"]), ["b", "a"]),
    ],
)
def test_layers_take_what_has_an_array(layer, values):
    np.testing.assert_array_equal(layer()(Column(values)), layer()(np.array(values)))


def test_call_may_require_training():
    class Doubles(tf.keras.layers.Layer):
        def call(self, x, training):
            return 2.0 * x if training else x

    dense = tf.keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = tf.keras.Sequential([tf.keras.Input((3,)), Doubles(), dense])
    assert model(tf.ones([1, 3])).numpy().tolist() == [[3.0]]
    assert model(tf.ones([1, 3]), training=True).numpy().tolist() == [[6.0]]
    assert Doubles()(tf.ones([1, 1]), True).numpy().tolist() == [[2.0]]
    model.compile("sgd", "mae")
    assert model.evaluate(np.ones((4, 3)), np.zeros((4, 1)), verbose=0) == 3.0
    history = model.fit(np.ones((4, 3)), np.zeros((4, 1)), verbose=0)
    assert history.history["loss"] == [6.0]


def test_batch_normalization_takes_keras_2_arguments_that_are_none():
    layer = tf.keras.layers.BatchNormalization(virtual_batch_size=None, adjustment=None, fused=True)
    assert layer(tf.zeros([2, 3])).numpy().tolist() == [[0.0] * 3] * 2
    with pytest.raises(NotImplementedError, match="`virtual_batch_size` is not built"):
        tf.keras.layers.BatchNormalization(virtual_batch_size=4)


def test_a_config_extended_by_a_subclass_tells_what_keras_s_class_was_given():
    class SubPixel(tf.keras.layers.Conv2D):
        def __init__(self, filters, scale=2, **kwargs):
            super().__init__(scale**2 * filters, 3, **kwargs)
            self.scale = scale

        def get_config(self):
            config = {**super().get_config(), "scale": self.scale}
            del config["kernel_size"]
            return {**config, "filters": config["filters"] // self.scale**2}

    layer = SubPixel(3)
    assert (layer.filters, layer.get_config()["filters"]) == (12, 3)
    assert SubPixel.from_config(layer.get_config()).filters == 12


class RowsOfAll(tf.keras.layers.Layer):
    """All rows that are marked, of all samples: how many is in the data (kgcnn's casts)."""

    def call(self, inputs):
        x, kept = inputs
        place = np.argwhere(kept.numpy())
        return tf.gather_nd(x, place), tf.constant(place[:, 0])


class WithShapes(RowsOfAll):
    def compute_output_shape(self, input_shape):
        return (None, input_shape[0][-1]), (None,)


class WithSpec(WithShapes):
    def compute_output_spec(self, inputs):
        shapes = self.compute_output_shape([x.shape for x in inputs])
        return tuple(map(tf.keras.KerasTensor, shapes, ("float32", "int64")))


@pytest.mark.parametrize("layer", [WithShapes, WithSpec])
def test_outputs_of_sizes_in_the_data_are_as_the_layer_tells(layer):
    x, kept = tf.keras.Input((None, 2)), tf.keras.Input((None,), dtype="bool")
    rows, samples = layer()([x, kept])
    assert rows.shape == (None, 2) and samples.shape == (None,)
    assert samples.dtype == ("int64" if layer is WithSpec else "float32")
    sums = tf.math.segment_sum(rows, tf.cast(samples, "int64"))
    given = np.arange(12.0).reshape(2, 3, 2), np.array([[True, False, True], [False, True, False]])
    added, rows = tf.keras.Model([x, kept], [sums, rows])([tf.constant(g) for g in given])
    np.testing.assert_array_equal(added, [[4, 6], [8, 9]])
    np.testing.assert_array_equal(rows, [[0, 1], [4, 5], [8, 9]])


def test_a_plain_layer_gives_its_input():
    x = tf.keras.Input((2,))
    model = tf.keras.Model(x, tf.keras.layers.Layer(name="marked")(x))
    assert model.get_layer("marked").output.shape == (None, 2)
    np.testing.assert_array_equal(model.predict(np.ones((1, 2)), verbose=0), [[1.0, 1.0]])


def test_a_weight_put_in_the_place_of_another_has_its_place():
    layer = built(layers.Dense(2))
    layer.kernel = tf.Variable(np.full((4, 2), 3.0, "float32"))
    layer.bias = layer.add_weight((5,), "ones")
    assert [w.numpy().tolist() for w in layer.weights] == [[[3.0] * 2] * 4, [1.0] * 5]
    assert [v is w for v, w in zip(layer.trainable_weights, (layer.kernel, layer.bias))] == [
        True
    ] * 2
    layer.kept = layer.bias  # another attribute has it still
    layer.bias = layer.add_weight((3,), "zeros")
    assert sorted(w.shape[0] for w in layer.weights) == [3, 4, 5]


@pytest.mark.parametrize("name", ["trainable_weights", "trainable_variables"])
@pytest.mark.parametrize("base", [tf.keras.Model, layers.Layer])
def test_trainable_weights_of_one_s_own_are_trained_alone(name, base):
    class Half(base):
        def __init__(self):
            super().__init__()
            self.first, self.second = layers.Dense(1), layers.Dense(1)

        def call(self, x):
            return self.first(x) + self.second(x)

    setattr(Half, name, property(lambda self: self.first.trainable_weights))
    part = Half()
    model = part if base is tf.keras.Model else tf.keras.Sequential([part])
    model.compile("sgd", "mse")
    model(np.ones((2, 4)))
    before = model.get_weights()
    model.fit(np.ones((2, 4)), np.ones((2, 1)), verbose=0)
    assert [w is v for w, v in zip(model.trainable_variables, part.first.weights)] == [True] * 2
    assert [(a == b).all() for a, b in zip(model.get_weights(), before)] == [
        False,
        False,
        True,
        True,
    ]


def test_rows_of_a_table_for_inputs_of_unknown_length():
    class Places(layers.Layer):  # as keras_hub's PositionEmbedding
        def build(self, input_shape):
            self.table = self.add_weight(shape=(8, 2), initializer="ones")

        def call(self, x):
            length = ops.shape(x)[1]
            return x + ops.slice(self.table, (0, 0), (length, 2))

    x = tf.keras.Input((None, 2))
    y = Places()(x)
    model = tf.keras.Model(x, y)
    assert y.shape == (None, None, 2)
    assert model(tf.zeros([1, 3, 2])).numpy().tolist() == [[[1, 1]] * 3]


def test_arguments_that_a_layer_wants_as_they_are():
    class Joined(layers.Layer):
        def __init__(self):
            super().__init__()
            self._convert_input_args = False

        def call(self, rows):
            return tf.constant([len(row) for row in rows])

    assert Joined()([[1, 2], [3]]).numpy().tolist() == [2, 1]


def test_a_built_layer_s_new_weight_stands_beside_the_others():
    class Outer(layers.Layer):
        def __init__(self):
            super().__init__(name="outer")
            self.parts = [layers.Dense(2, name="a"), layers.Dense(2, name="b")]

        def call(self, x):
            return self.parts[1](self.parts[0](x))

    first, last = Outer(), layers.Dense(1, name="last")
    model = tf.keras.Sequential([tf.keras.Input((3,)), first, last], name="m")
    part = first.parts[0]
    part._tracker.unlock()  # as programs for Keras 3 do
    assert part.add_weight((2,), name="more").path == "m/outer/a/more"
    # Keras's order: what is below a layer behind it, the last one first
    names = [layer.name for layer in model._flatten_layers(include_self=False)]
    assert names == ["outer", "b", "a", "last"]


def test_build_that_takes_whatever_it_is_given():
    class Table(layers.Layer):  # as TensorFlow Probability's layers
        def build(self, *args, **kwargs):
            self.given = args, kwargs

        def call(self, x):
            return x

    table = Table()
    table(tf.ones([2, 3]))
    assert table.given == (((2, 3),), {})


def test_layers_that_give_what_stands_for_a_tensor(request, monkeypatch):
    class Normal(tf.Module):  # a distribution, as TensorFlow Probability's layers give
        def __init__(self, mean):
            super().__init__()
            self.mean, self.shape, self.dtype = mean, mean.shape, mean.dtype

        def nll(self, y):
            return (y - self.mean) ** 2

    tf.keras.__internal__.utils.register_symbolic_tensor_type(Normal)
    monkeypatch.setitem(CONVERTERS, Normal, lambda normal: normal.mean)
    request.addfinalizer(lambda: registry.TENSOR_LIKE.remove(Normal))

    class Distribution(layers.Layer):
        def call(self, x):
            return Normal(x)

    x = tf.keras.Input((1,))
    model = tf.keras.Model(x, Distribution()(layers.Dense(1, kernel_initializer="ones")(x)))
    model.compile(loss=lambda y, normal: normal.nll(y))
    assert model.evaluate(np.ones([4, 1]), np.zeros([4, 1]), verbose=0) == 1
    assert isinstance(model(np.ones([4, 1])), Normal)
    assert layers.Flatten()(model(np.ones([4, 1]))).shape == (4, 1)  # its tensor, to layers of ours


def test_lambdas_whose_shape_no_trace_tells():
    x = tf.keras.Input((3,))
    with pytest.raises(ValueError, match="or pass output_shape to the Lambda"):
        layers.Lambda(lambda x: tf.constant(x.numpy()))(x)
    told = layers.Lambda(lambda x: tf.constant(x.numpy()), output_shape=(3,))(x)
    assert told.shape == (None, 3)
    drawn = layers.Lambda(lambda x: tf.random.normal(tf.maximum(tf.shape(x), 0)))(x)
    assert tf.keras.Model(x, drawn)(tf.ones([2, 3])).shape == (2, 3)
