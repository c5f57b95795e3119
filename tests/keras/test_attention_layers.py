"""EinsumDense and attention layers: seeds, masks, open sizes, precision, wrong calls."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras import layers
from tensorbrook.ops import attention

rng = np.random.default_rng(4)


def normal(*shape, dtype="float32"):
    return tf.constant(rng.normal(size=shape).astype(dtype))


X = normal(2, 3, 4)
# Keras 3.15.1 after set_random_seed(3): the first number of each kernel, and the sum of the results
# for ones of shape (2, 3, 4), in training.
SEEDED = [
    (
        lambda: layers.MultiHeadAttention(2, 3, dropout=0.5, use_gate=True),
        [0.2687971591949463, 0.4494028091430664, -0.3165126442909241, -0.09556949138641357],
        2.1364235877990723,
    ),
    (
        lambda: layers.GroupQueryAttention(3, 4, 2, dropout=0.5),
        [0.2125028371810913, 0.4494028091430664, -0.3165126442909241, -0.48826563358306885],
        2.4187653064727783,
    ),
]


@pytest.mark.parametrize(("make", "kernels", "total"), SEEDED)
def test_seeds_give_keras_s_weights_and_dropout(make, kernels, total):
    tf.keras.utils.set_random_seed(3)
    layer = make()
    layer(X, X)
    found = [w.numpy().ravel()[0] for w in layer.weights if w.name == "kernel"]
    np.testing.assert_allclose(found[: len(kernels)], kernels, rtol=1e-6)
    ones = tf.ones((2, 3, 4))
    np.testing.assert_allclose(tf.reduce_sum(layer(ones, ones, training=True)), total, rtol=1e-5)


def test_kernels_begin_by_the_axes_that_the_equation_sums():
    tf.keras.utils.set_random_seed(3)
    layer = layers.EinsumDense("abcd,cde->abe", (None, 6), kernel_initializer="he_uniform")
    layer(normal(1, 5, 2, 3))
    assert 0.9 < np.abs(layer.kernel.numpy()).max() / np.sqrt(6 / (2 * 3)) <= 1


def test_masks_reach_the_arguments_that_bear_their_names():
    ids = tf.constant([[1, 2, 0], [3, 0, 0]])
    x = layers.Embedding(5, 4, mask_zero=True)(ids)
    layer = layers.MultiHeadAttention(2, 3)
    y, scores = layer(X, x, return_attention_scores=True)
    assert not scores.numpy()[0, :, :, 2].any() and not scores.numpy()[1, :, :, 1:].any()
    given, _ = layer(
        tf.identity(X), tf.identity(x), value_mask=ids != 0, return_attention_scores=True
    )
    np.testing.assert_array_equal(y, given)
    assert layer(x, tf.identity(x))._keras_mask.numpy().tolist() == (ids.numpy() != 0).tolist()


def test_a_causal_layer_sees_no_later_step():
    for layer in (layers.MultiHeadAttention(2, 3), layers.GroupQueryAttention(3, 4, 2)):
        whole = layer(X, X, use_causal_mask=True)
        for times in (1, 2):
            part = X[:, :times]
            np.testing.assert_allclose(
                layer(part, part, use_causal_mask=True), whole[:, :times], rtol=1e-5, atol=1e-6
            )


def test_flash_attention_changes_no_number():
    layer = layers.MultiHeadAttention(2, 3)
    plain = layer(X, X, use_causal_mask=True)
    twin = layers.MultiHeadAttention(2, 3, flash_attention=True)
    twin.build(X.shape, X.shape)
    twin.set_weights(layer.get_weights())
    np.testing.assert_allclose(twin(X, X, use_causal_mask=True), plain, rtol=1e-5, atol=1e-6)
    tf.keras.config.disable_flash_attention()
    try:
        assert layers.MultiHeadAttention(2, 3).flash_attention is False
    finally:
        tf.keras.config.enable_flash_attention()


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_other_precisions(policy):
    for layer in (
        layers.MultiHeadAttention(2, 3, dtype=policy),
        layers.GroupQueryAttention(3, 4, 2, dtype=policy),
        layers.EinsumDense("abc,cd->abd", (None, 2), bias_axes="d", dtype=policy),
    ):
        arguments = (X,) if isinstance(layer, layers.EinsumDense) else (X, X)
        found = layer(*arguments)
        twin = type(layer).from_config({**layer.get_config(), "dtype": "float32"})
        twin(*arguments)
        twin.set_weights(layer.get_weights())
        assert found.dtype == layer.compute_dtype
        atol = {"float64": 1e-5, "mixed_float16": 5e-3, "mixed_bfloat16": 4e-2}[policy]
        np.testing.assert_allclose(tf.cast(found, "float32"), twin(*arguments), atol=atol)


def test_open_sizes():
    inputs = tf.keras.Input((None, 4))
    y, scores = layers.MultiHeadAttention(2, 3)(inputs, inputs, return_attention_scores=True)
    assert y.shape == (None, None, 4) and scores.shape == (None, 2, None, None)
    model = tf.keras.Model(inputs, layers.MultiHeadAttention(2, 3)(inputs, inputs))
    model.compile("sgd", "mse")
    for batch, times in ((4, 3), (2, 7)):
        x = rng.normal(size=(batch, times, 4))
        model.fit(x, x, batch_size=3, verbose=0)
        assert model.predict(x, verbose=0).shape == x.shape


def einsum(equation, output_shape=2, bias_axes=None, shape=(2, 3)):
    return lambda: layers.EinsumDense(equation, output_shape, bias_axes=bias_axes)(normal(*shape))


def heads(*args, **kwargs):
    return lambda: layers.MultiHeadAttention(*args, **kwargs)


WRONG = [
    (einsum("ab,b...,b->ac"), ValueError, "Invalid einsum equation 'ab,b...,b->ac'"),
    (einsum("ab,bc"), ValueError, "Equations must be in the form [X],[Y]->[Z]"),
    (einsum("ab,bd->ac"), ValueError, "Dimension 'c' was specified in the output 'ac' but has no"),
    (einsum("ab,bc->ac", 2, "z"), ValueError, "Bias dimension 'z' was requested"),
    (einsum("ab,bce->ac"), ValueError, "Weight dimension 'e' did not have a match in either"),
    (
        einsum("abc,cd->abd", (5, 2), None, (2, 3, 4)),
        ValueError,
        "do not match at shared dimension 'b'. Input shape is 3, and output shape is 5.",
    ),
    (einsum("abc,cd->abd", (None, 2)), ValueError, "names 3 axes of the inputs"),
    (einsum("abc,cd->abd", 2, None, (2, 3, 4)), ValueError, "give a size, or None, for each"),
    (einsum("ab,bc->ac", 0), ValueError, "expected a positive integer"),
    (heads(0, 3), ValueError, "invalid value for argument `num_heads`, expected a positive"),
    (heads(2, 2.5), ValueError, "`key_dim`, expected a positive integer. Received: key_dim=2.5"),
    (heads(2, 3, value_dim=0), ValueError, "expected a positive integer or `None`"),
    (heads(2, 3, attention_axes="x"), ValueError, "`attention_axes` must be an int, list, or tup"),
    (heads(2, 3, sliding_window=0), ValueError, "`sliding_window` must be `None` or a positive"),
    (heads(2, 3, flash_attention=True, dropout=0.1), ValueError, "Dropout is not supported when"),
    (
        lambda: heads(2, 3, flash_attention=True)()(X, X, return_attention_scores=True),
        ValueError,
        "Returning attention scores is not supported when flash attention is enabled",
    ),
    (
        lambda: heads(2, 3)()(X, X, normal(2, 5, 4)),
        ValueError,
        "All dimensions of `value` and `key`, except the last one, must be equal",
    ),
    (
        lambda: heads(2, 3, attention_axes=(1, 2))()(
            normal(2, 3, 3, 4), normal(2, 3, 3, 4), use_causal_mask=True
        ),
        ValueError,
        "Pass an attention_mask",
    ),
    (
        lambda: heads(2, 3)()(X, X, attention_mask=tf.ones((1, 1, 1, 3, 3), tf.bool)),
        ValueError,
        "does not fit attention along the axes (1,)",
    ),
    (
        lambda: layers.GroupQueryAttention(3, 4, 3),
        ValueError,
        "`num_query_heads` must be divisible by `num_key_value_heads`",
    ),
    (
        lambda: layers.Attention(score_mode="x"),
        ValueError,
        "Expected one of {'dot', 'concat'}. Received: score_mode=x",
    ),
    (lambda: layers.Attention()(X), ValueError, "must be called on a list, namely [query, value]"),
    (lambda: layers.Attention()([X]), ValueError, "of length 2 or 3"),
    (
        lambda: layers.Attention()([X, X], mask=[None] * 5),
        ValueError,
        "[query_mask, value_mask]. Received length: 5",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


LARGE = {
    "dot": lambda: layers.Attention(dropout=0.3, seed=5),
    "scaled": lambda: layers.Attention(use_scale=True),
    "half": lambda: layers.Attention(dropout=0.3, seed=5, dtype="float16"),
    "heads": lambda: layers.MultiHeadAttention(2, 3, dropout=0.3, seed=5),
    "groups": lambda: layers.GroupQueryAttention(3, 4, 2, dropout=0.3, seed=5),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_large_scores_come_in_tiles_with_the_same_numbers(make, causal, monkeypatch):
    query, value = normal(2, 37, 4), normal(2, 29, 4)
    seen = tf.constant((rng.random((2, 29)) < 0.7) | (np.arange(29) == 0))
    tiles = []

    def results():
        tf.keras.utils.set_random_seed(2)
        layer = make()
        masked = isinstance(layer, layers.Attention)
        given = ([query, value],) if masked else (query, value)
        masks = {"mask": [None, seen]} if masked else {"value_mask": seen}
        layer(*given)

        def step(query):
            with tf.GradientTape() as tape:
                tape.watch(query)
                inputs = ([query, value],) if masked else (query, value)
                y = layer(*inputs, **masks, use_causal_mask=causal, training=True)
            return [y, *tape.gradient(y, [query, *layer.trainable_weights])]

        return step(query), tf.function(step)(query)

    wanted = results()
    monkeypatch.setattr(attention, "_LARGE", 1)
    monkeypatch.setattr(attention, "_CACHED", 1)
    of_attention = attention._in_tiles
    monkeypatch.setattr(attention, "_in_tiles", lambda *x: tiles.append(1) or of_attention(*x))
    half = {"rtol": 1e-2, "atol": 1e-2} if wanted[0][0].dtype == "float16" else {}
    for call, at_once in zip(results(), wanted, strict=True):
        for found, one in zip(call, at_once, strict=True):
            near = {"rtol": 1e-4, "atol": 1e-5} | half
            np.testing.assert_allclose(found.numpy(), one.numpy(), **near)
    assert tiles


@pytest.mark.parametrize("kind", [layers.Attention, layers.AdditiveAttention])
def test_causal_of_keras_2(kind):
    wanted = kind(use_scale=False)([X, X], use_causal_mask=True)
    layer = kind(use_scale=False, causal=True)
    np.testing.assert_array_equal(layer([X, X]), wanted)
    assert kind.from_config(layer.get_config()).causal and "causal" not in kind().get_config()


def test_what_subclasses_know_of_multi_head_attention():
    class Cached(layers.MultiHeadAttention):  # as keras_hub has it
        def build(self, query_shape, value_shape, key_shape=None):
            parts = self._get_common_kwargs_for_sublayer()
            sizes = (None, self._num_heads, self._key_dim)
            for name in ("query", "key", "value"):
                dense = layers.EinsumDense("abc,cde->abde", sizes, bias_axes="de", **parts)
                dense.build(query_shape)
                setattr(self, f"_{name}_dense", dense)
            self._build_attention(len(query_shape) + 1)
            self._output_dense = layers.EinsumDense("abcd,cde->abe", (None, 6), **parts)
            self._output_dense.build((*query_shape[:-1], self._num_heads, self._key_dim))

    x = tf.reshape(tf.range(24.0), [1, 4, 6]) / 10
    own, ours = Cached(2, 3), layers.MultiHeadAttention(2, 3)
    assert own(x, x).shape == (1, 4, 6)
    ours._build_from_signature(x, x)
    ours.set_weights([*own.get_weights(), np.zeros(6, "float32")])
    np.testing.assert_allclose(own(x, x), ours(x, x), rtol=1e-6)


def test_softmax_of_unknown_sizes_with_a_mask_of_integers():
    scores, mask = tf.keras.Input((None, None)), tf.keras.Input((None, None), dtype="int32")
    model = tf.keras.Model([scores, mask], layers.Softmax()(scores, mask))
    found = model([tf.zeros([1, 1, 3]), tf.constant([[[1, 0, 1]]])])
    assert found.numpy().tolist() == [[[0.5, 0, 0.5]]]
