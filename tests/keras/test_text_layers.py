"""Layers of texts and categories in models, functions and data sets; words as arrays."""

import copy
import json
import pickle
from collections import Counter

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.ops._kernels import words
from tensorbrook.ops.lookup import find_words

K = tf.keras.layers
TEXTS = ["the cat sat on the mat", "the dog"]


def vectorizer(**arguments):
    layer = K.TextVectorization(**arguments)
    layer.adapt(TEXTS)
    return layer


@pytest.mark.parametrize("shape", [(), (1,)])
def test_a_model_with_texts_as_inputs(shape):
    inputs = tf.keras.Input(shape, dtype="string")
    x = vectorizer(output_sequence_length=5)(inputs)
    assert x.shape == (None, 5)
    x = K.GlobalAveragePooling1D()(K.Embedding(20, 4, mask_zero=True)(x))
    model = tf.keras.Model(inputs, K.Dense(1, activation="sigmoid")(x))
    model.compile("adam", "binary_crossentropy")
    texts = np.array(["the cat", "the dog", "a mat", "sat on"]).reshape(-1, *shape)
    labels = np.array([0, 1, 0, 1])
    losses = model.fit(texts, labels, epochs=20, batch_size=2, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    of_rows = model.predict(tf.constant(texts), verbose=0)
    pairs = tf.data.Dataset.from_tensor_slices((texts, labels)).batch(3)
    np.testing.assert_allclose(model.predict(pairs, verbose=0), of_rows, rtol=1e-6)
    assert model.evaluate(pairs, verbose=0) == pytest.approx(
        model.evaluate(texts, labels, verbose=0)
    )


def test_texts_of_any_length_go_through_a_recurrent_layer():
    pairs = tf.data.Dataset.from_tensor_slices((["the cat", "a dog sat down"] * 4, [1, 0] * 4))
    layers = [vectorizer(), K.Embedding(20, 4, mask_zero=True), K.GRU(3), K.Dense(1)]
    model = tf.keras.Sequential(layers)
    model.compile("sgd", "mse")
    history = model.fit(pairs.batch(3), validation_data=pairs.batch(2), epochs=2, verbose=0)
    assert history.history["loss"][1] < history.history["loss"][0]
    alone = model.predict(tf.constant(["the cat"]), verbose=0)
    beside = model.predict(tf.constant(["the cat", "a dog sat down"]), verbose=0)
    np.testing.assert_allclose(alone[0], beside[0], rtol=1e-5)


LAYERS = [
    (lambda: vectorizer(), ["the cat", "dog"]),
    (lambda: vectorizer(output_mode="multi_hot"), ["the cat", "dog"]),
    (lambda: vectorizer(output_mode="tf_idf"), ["the cat", "dog the the"]),
    (lambda: vectorizer(ngrams=2, output_sequence_length=3), ["the cat", "dog"]),
    (lambda: vectorizer(split="character", ragged=True), ["the", "o"]),
    (lambda: K.StringLookup(vocabulary=["a", "b"], output_mode="one_hot"), [["a"], ["q"]]),
    (lambda: K.StringLookup(vocabulary=["a", "b"], num_oov_indices=3), [["a"], ["q"]]),
    (lambda: K.StringLookup(vocabulary=["a", "b"], num_oov_indices=0), [["a"], ["b"]]),
    (lambda: K.IntegerLookup(vocabulary=list(range(5, 30))), np.array([[7, 0], [29, 30]])),
    (lambda: K.IntegerLookup(vocabulary=[5], output_mode="count"), np.array([[7, 5], [5, 5]])),
    (lambda: K.Hashing(7), [["a"], ["b"]]),
    (lambda: K.Hashing(7, salt=3, mask_value="a"), [["a"], ["b"]]),
    (lambda: K.Discretization([0.0, 1.0], output_mode="one_hot"), np.array([[0.5], [-2.0]])),
    (lambda: K.CategoryEncoding(4, output_mode="count"), np.array([[1, 1], [3, 0]])),
]


@pytest.mark.parametrize(("make", "inputs"), LAYERS, ids=range(len(LAYERS)))
def test_a_trace_a_data_set_and_a_symbolic_call_give_what_the_layer_does(make, inputs):
    layer, inputs = make(), tf.constant(inputs)
    want = layer(inputs)
    traced = tf.function(lambda x: layer(x))
    assert repr(traced(inputs)) == repr(want) and "eagerly" not in traced.explain()
    found = next(iter(tf.data.Dataset.from_tensors(inputs).map(layer)))
    assert repr(found) == repr(want)
    symbolic = layer(tf.keras.Input(inputs.shape[1:], dtype=inputs.dtype.name))
    if not isinstance(want, tf.RaggedTensor):
        assert symbolic.dtype == want.dtype.name
        assert all(a in (None, b) for a, b in zip(symbolic.shape, want.shape, strict=True))
    config = json.loads(json.dumps(layer.get_config()))
    again = json.loads(json.dumps(type(layer).from_config(config).get_config()))
    for found in (config, again):  # what was learnt is no part of a config, as in Keras
        found.pop("vocabulary_size", None)
    assert again == config
    for twin in (pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)):
        assert repr(twin(inputs)) == repr(want)


def test_a_vocabulary_goes_with_the_config_where_it_was_given():
    layer = K.TextVectorization(vocabulary=["a", "b"], ngrams=(1, 2), standardize=None)
    twin = K.TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    assert (
        twin(["b a b"]).numpy().tolist() == layer(["b a b"]).numpy().tolist() == [[3, 2, 3, 1, 1]]
    )


def test_functions_of_ones_own_go_with_the_config():
    @tf.keras.utils.register_keras_serializable("test_text_layers")
    def at_commas(texts):
        return tf.strings.split(texts, ",")

    layer = K.TextVectorization(standardize=None, split=at_commas, vocabulary=["a b", "c"])
    twin = K.TextVectorization.from_config(json.loads(json.dumps(layer.get_config())))
    assert twin(["c,a b"]).numpy().tolist() == [[3, 2]]


def test_a_traced_layer_sees_the_vocabulary_that_is_adapted_later():
    layer = K.StringLookup(vocabulary=["a"])
    traced = tf.function(lambda x: layer(x))
    assert traced(tf.constant(["b"])).numpy() == [0]
    layer.set_vocabulary(["b"])
    assert traced(tf.constant(["b"])).numpy() == [1]


def test_vocabularies_in_files(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("cat\ndog\n")
    assert K.StringLookup(vocabulary=str(path))(["dog"]).numpy() == [2]
    layer = vectorizer()
    layer.save_assets(str(tmp_path))
    twin = K.TextVectorization()
    twin.load_assets(str(tmp_path))
    assert twin.get_vocabulary() == layer.get_vocabulary()


def test_adapting_by_hand_and_twice():
    layer = K.StringLookup()
    layer.update_state(["a", "b", "b"])
    layer.update_state([["b", "c"]])
    layer.finalize_state()
    assert layer.get_vocabulary() == ["[UNK]", "b", "c", "a"]
    layer.adapt(["z"])
    assert layer.get_vocabulary() == ["[UNK]", "z"]


def test_a_pipeline_of_layers():
    layer = K.Pipeline([K.Discretization([0.0, 1.0]), K.CategoryEncoding(3, "one_hot")])
    twin = K.Pipeline.from_config(json.loads(json.dumps(layer.get_config())))
    for each in (layer, twin):
        assert each(tf.constant([0.5, 7.0])).numpy().tolist() == [[0, 1, 0], [0, 0, 1]]


# -- words as arrays -------------------------------------------------------------------------------


def random_texts(rng, count, odd):
    pieces = [*"aAbB.,! \t\n\0", "é", "中", "long" * 5, "of sixteen bytes"]
    pieces = np.array([piece.encode() for piece in pieces] + [b"\xff"] * odd, object)
    return [b"".join(rng.choice(pieces, rng.integers(0, 40)).tolist()) for _ in range(count)]


@pytest.mark.parametrize("odd", [False, True])
@pytest.mark.parametrize("lower", [False, True])
def test_words_are_what_python_cuts_texts_into(odd, lower):
    rng = np.random.default_rng(4)
    texts = random_texts(rng, 700, odd)
    rows = [words.cut_plainly(text, lower, b".,!") for text in texts]
    counts, in_texts = words.count(texts, lower, b".,!", documents=True)
    assert counts == Counter(word for row in rows for word in row)
    assert in_texts == Counter(word for row in rows for word in set(row))
    known = sorted(counts)[::2]
    table = tf.lookup.experimental.MutableHashTable("string", "int64", -1)
    table.insert(known, np.arange(len(known)))
    places = {word: k for k, word in enumerate(known)}
    found = find_words(table, tf.constant(texts), -7, lower, b".,!")
    assert found.to_list() == [[places.get(word, -7) for word in row] for row in rows]


def test_texts_cut_in_one_go_or_step_by_step_are_the_same():
    rng = np.random.default_rng(5)
    texts = random_texts(rng, 300, False)
    quick = K.TextVectorization(output_mode="tf_idf")
    steps = K.TextVectorization(output_mode="tf_idf", ngrams=1)
    for layer in (quick, steps):
        layer.adapt(texts)
    assert quick.get_vocabulary() == steps.get_vocabulary()
    np.testing.assert_allclose(quick(texts), steps(texts), rtol=1e-6)


# -- wrong calls -----------------------------------------------------------------------------------

WRONG = [
    (lambda: K.StringLookup()(["a"]), "has no vocabulary yet (table not initialized)"),
    (lambda: K.TextVectorization()(["a"]), "has no vocabulary yet"),
    (lambda: K.StringLookup(vocabulary=["a"])([1]), "takes string inputs, received int32"),
    (lambda: K.IntegerLookup(vocabulary=[1])(["a"]), "takes int64 inputs, received string"),
    (lambda: K.TextVectorization(vocabulary=["a"])(np.array([1])), "takes texts, received int64"),
    (
        lambda: K.TextVectorization(vocabulary=["a"])([["a", "b"]]),
        "inputs.shape=(1, 2) with rank=2",
    ),
    (
        lambda: K.StringLookup(vocabulary=["a"], num_oov_indices=0)(["q"]),
        "all inputs should be in vocabulary, found OOV values",
    ),
    (lambda: K.StringLookup(vocabulary=["a"]).adapt(["b"]), "after setting a static vocabulary"),
    (lambda: K.TextVectorization(vocabulary=["a"]).adapt(["b"]), "after setting a static"),
    (lambda: K.StringLookup(vocabulary=["a", "a"]), "The repeated terms are: ['a']"),
    (lambda: K.StringLookup(vocabulary="/nope"), "Vocabulary file /nope does not exist"),
    (lambda: K.StringLookup(vocabulary=["a", "b"], max_tokens=2), "vocabulary size is 3"),
    (lambda: K.IntegerLookup(pad_to_max_tokens=True), "needs `max_tokens`"),
    (lambda: K.StringLookup(mask_token="", vocabulary=["", "a"]), "the mask token at a place"),
    (lambda: K.IntegerLookup(salt=3), "`salt` can only be used when"),
    (lambda: K.StringLookup(sparse=True), "`sparse` may only be true if `output_mode` is"),
    (lambda: K.StringLookup(idf_weights=[1.0]), "`idf_weights` should only be set if"),
    (
        lambda: K.StringLookup(output_mode="tf_idf", vocabulary=["a"]),
        "the `idf_weights` argument must also be provided",
    ),
    (
        lambda: K.StringLookup(output_mode="tf_idf").set_vocabulary(["a"], [1.0, 2.0]),
        "len(idf_weights) is 2; len(vocabulary) is 1",
    ),
    (lambda: K.StringLookup().adapt(3), "Unsupported data type"),
    (lambda: K.Discretization(num_bins=3)([1.0]), "has no bins yet: call adapt()"),
    (lambda: K.Discretization([1.0]).adapt([1.0]), "was given its bin_boundaries"),
    (lambda: K.Discretization([1.0, 0.0]), "must be sorted"),
    (lambda: K.CategoryEncoding(2)([[-1]]), "the integers must lie in [0, 2)"),
    (lambda: K.HashedCrossing(2)([tf.constant([1])]), "at least two inputs"),
    (lambda: K.Hashing(3, salt="x"), "can only be a tuple of size 2"),
]
CLASSES = ValueError, TypeError, NotImplementedError, tf.errors.FailedPreconditionError


@pytest.mark.parametrize(("call", "text"), WRONG, ids=[text for _, text in WRONG])
def test_wrong_calls(call, text):
    with pytest.raises(CLASSES) as error:
        call()
    assert text in str(error.value)


def test_a_lookup_without_vocabulary_knows_the_size_that_its_config_tells(tmp_path):
    layer = K.StringLookup(output_mode="multi_hot")
    assert layer.compute_output_shape((None, 3)) == (None, None)
    with pytest.raises(RuntimeError, match="With output_mode='multi_hot'"):
        layer(tf.constant([["a"]]))
    layer.adapt(["a", "b", "a"])
    again = K.StringLookup.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert again.compute_output_shape((None, 3)) == (None, 3)
    (tmp_path / "vocabulary.txt").write_text("[UNK]\na\nb\n")
    again.load_assets(tmp_path)
    assert again.get_vocabulary() == layer.get_vocabulary() == ["[UNK]", "a", "b"]
