"""FeatureSpace, data sets of folders of texts, Keras 2's sequences: figures that Keras gave."""

import json
import random

import numpy as np
import pytest

import tensorbrook as tf

F = tf.keras.utils.FeatureSpace
TABLE = {
    "a": np.array([1.0, 2.0, 3.0, 4.0], "float32"),
    "b": np.array(["x", "y", "x", "z"]),
    "c": np.array([1, 2, 3, 2]),
    "d": np.array([0.5, 1.5, 2.5, 10.0]),
}


def rows():
    return tf.data.Dataset.from_tensor_slices(TABLE)


def space(**more):
    made = F(
        {
            "a": F.float_normalized(),
            "b": F.string_categorical(),
            "c": F.integer_categorical(num_oov_indices=0),
            "d": F.float_discretized(num_bins=3),
        },
        crosses=[("b", "c")],
        crossing_dim=8,
        **more,
    )
    made.adapt(rows())
    return made


# for each row the value of "a", and the columns that hold a 1
ENCODED = [(-1.3416407, (2, 7, 8, 16)), (-0.4472136, (4, 5, 9, 11)), (0.4472136, (2, 6, 10, 12)),
           (1.3416407, (3, 5, 10, 12))]  # fmt: skip


def test_a_space_of_features_as_keras_encodes_it():
    made = space()
    want = np.zeros((4, 19), "float32")
    for row, (value, ones) in zip(want, ENCODED):
        row[0], row[list(ones)] = value, 1
    np.testing.assert_allclose(made(TABLE), want, rtol=1e-6)
    one = {"a": 1.0, "b": "x", "c": 2, "d": 3.0}
    assert made(one).shape == (19,)
    np.testing.assert_allclose(next(iter(rows().batch(4).map(made))), want, rtol=1e-6)
    features, inputs = made.get_encoded_features(), made.get_inputs()
    assert features.shape == (None, 19) and inputs["b"].dtype == "string"
    model = tf.keras.Model(inputs, tf.keras.layers.Dense(1)(features))
    columns = {k: v[:, None] for k, v in TABLE.items()}
    assert model.predict(columns, verbose=0).shape == (4, 1)


def test_a_space_of_few_values_has_all_the_bins_that_were_asked_for():
    made = F({"a": "float", "d": "float_discretized"}, num_discretization_bins=20)
    made.adapt({"a": TABLE["a"], "d": TABLE["d"]})  # a dict does as well as a data set
    assert made(TABLE).shape == (4, 21)


def test_a_space_that_gives_a_dict():
    made = F(
        {"a": "float", "b": "string_hashed", "c": "integer_hashed", "d": "float_rescaled"},
        output_mode="dict",
        hashing_dim=5,
    )
    found = made(TABLE)
    assert found["b"].numpy().argmax(1).tolist() == [0, 0, 0, 2]
    assert found["c"].numpy().argmax(1).tolist() == [4, 4, 1, 4]
    assert found["d"].numpy().ravel().tolist() == TABLE["d"].tolist()
    assert {k: v.shape for k, v in found.items()} == {"a": (4, 1), "b": (4, 5), "c": (4, 5),
                                                      "d": (4, 1)}  # fmt: skip


def test_columns_stand_in_the_order_of_their_names():
    table = {"b": np.array([1, 2]), "a": np.array([5, 6]), "c": np.array([5, 6])}
    made = F(
        {"b": F.integer_hashed(3), "a": F.integer_hashed(2), "c": F.integer_hashed(4)},
        crosses=[F.cross(("b", "c"), 5), F.cross(("a", "b"), 7)],
    )
    ones = [np.flatnonzero(row).tolist() for row in made(table).numpy()]
    assert ones == [[1, 2, 8, 15, 18], [1, 3, 8, 9, 17]]


def test_a_column_with_a_layer_of_its_own_and_a_config():
    words = tf.keras.layers.TextVectorization(output_mode="multi_hot")
    made = F({"t": F.feature("string", words, "float"), "a": "float"})
    made.adapt(tf.data.Dataset.from_tensor_slices({"t": ["a b", "b"], "a": [1.0, 2.0]}))
    found = made({"t": np.array(["a b", "q"]), "a": np.array([1.0, 2.0])})
    assert found.numpy().tolist() == [[1, 0, 1, 1], [2, 1, 0, 0]]
    config = json.loads(json.dumps(space().get_config()))
    twin = F.from_config(config)
    twin.adapt(rows())
    np.testing.assert_array_equal(twin(TABLE), space()(TABLE))


def test_files_of_feature_spaces_are_keras_s(tmp_path):
    space = F({"a": F.integer_hashed(3), "b": "float"})
    model = tf.keras.Model(space.get_inputs(), space.get_encoded_features())
    told, place = space.get_config(), "keras.src.layers.preprocessing.feature_space"
    assert told.keys() == {
        *("features", "output_mode", "crosses"),
        *("crossing_dim", "hashing_dim", "num_discretization_bins"),
    }
    assert [told["features"][name]["module"] for name in "ab"] == [place] * 2
    assert tf.keras.saving.serialize_keras_object(space)["module"] == "keras.utils"
    last = model.get_config()["layers"][-1]
    assert (last["module"], last["class_name"]) == (place, "TFDConcat")
    given = {"a": np.array([[1], [2]]), "b": np.array([[0.5], [1.5]], "float32")}
    for part, name in ((space, "space.keras"), (model, "model.keras")):
        part.save(tmp_path / name)
        again = tf.keras.models.load_model(tmp_path / name)
        np.testing.assert_array_equal(again(given), space(given))


# -- folders ---------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    for name in ("pos/sub", "neg", ".hid"):
        (tmp_path / name).mkdir(parents=True)
    for i in (1, 2, 3, 10):
        (tmp_path / f"pos/p{i}.txt").write_text(f"good text {i}")
        (tmp_path / f"neg/n{i}.txt").write_text(f"bad thing {i}")
    (tmp_path / "pos/sub/q.txt").write_text("deep")
    (tmp_path / "pos/.hidden.txt").write_text("x\n")
    (tmp_path / "pos/a.csv").write_text("y")
    (tmp_path / "top.txt").write_text("top")
    return tmp_path


def shown(dataset):
    texts, labels = zip(*[(x.numpy(), y.numpy()) for x, y in dataset.unbatch()])
    return [t.decode() for t in texts], np.array(labels).tolist()


IN_ORDER = ["bad thing 1", "bad thing 10", "bad thing 2", "bad thing 3", "x\n", "good text 1",
            "good text 10", "good text 2", "good text 3", "deep"]  # fmt: skip


def test_a_folder_of_texts(folder, capsys):
    read = tf.keras.utils.text_dataset_from_directory
    plain = read(folder, shuffle=False)
    assert shown(plain) == (IN_ORDER, [0] * 4 + [1] * 6) and plain.class_names == ["neg", "pos"]
    assert capsys.readouterr().out == "Found 10 files belonging to 2 classes.\n"
    mixed = read(folder, seed=1, batch_size=3, verbose=False)
    assert shown(mixed)[0] == [
        "bad thing 2", "good text 1", "bad thing 3", "deep", "good text 10", "good text 2", "x\n",
        "good text 3", "bad thing 10", "bad thing 1",
    ]  # fmt: skip
    train, held = read(folder, validation_split=0.3, subset="both", seed=2)
    assert "Using 7 files for training.\nUsing 3 files for validation.\n" in capsys.readouterr().out
    assert shown(held)[0] == ["good text 10", "deep", "good text 3"]
    assert shown(train)[1] == [0, 0, 0, 0, 1, 1, 1]
    binary = read(folder, label_mode="binary", shuffle=False, verbose=False, max_length=4)
    assert shown(binary) == (["bad "] * 4 + ["x\n"] + ["good"] * 4 + ["deep"],
                             [[0.0]] * 4 + [[1.0]] * 6)  # fmt: skip
    rows = read(folder, label_mode="categorical", shuffle=False, batch_size=None, verbose=False)
    assert rows.element_spec[1].shape == (2,)
    alone = read(folder, labels=None, label_mode=None, shuffle=False, verbose=False)
    assert next(iter(alone)).numpy().tolist()[:2] == [b"top", b"bad thing 1"]
    assert tf.keras.preprocessing.text_dataset_from_directory is read


WRONG = [
    ({"labels": [1, 2]}, "len(labels) is 2 while we found 11 files"),
    ({"labels": "foo"}, "`labels` argument should be a list/tuple"),
    ({"label_mode": "foo"}, '`label_mode` argument must be one of "int"'),
    ({"class_names": ["pos", "x"]}, "Expected: ['neg', 'pos'] (or a subset of it)"),
    ({"validation_split": 0.3}, "If `subset` is set, `validation_split` must be set"),
    ({"validation_split": 2.0, "subset": "training"}, "must be between 0 and 1, received: 2.0"),
    ({"validation_split": 0.3, "subset": "x", "seed": 1}, '"validation" or "both", received: x'),
    ({"validation_split": 0.3, "subset": "both"}, "you must provide a `seed` argument"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_calls_of_text_dataset_from_directory(folder, arguments, words):
    with pytest.raises(ValueError) as error:
        tf.keras.utils.text_dataset_from_directory(folder, **arguments)
    assert words in str(error.value)


WRONG_SPACES = [
    (lambda: F({}), "cannot be None or empty"),
    (lambda: F({"a": "foo"}), "Invalid feature type: foo"),
    (lambda: F({"a": "float"}, output_mode="x"), "Received: output_mode=x"),
    (lambda: F({"a": "float"}, crosses=[("a",)], crossing_dim=None), "`crossing_dim`"),
    (lambda: F({"a": "float"}, crosses=[("a", "z")]), "Received unknown features: ('a', 'z')"),
    (lambda: F({"a": "float_normalized"})(TABLE), "You need to call `.adapt(dataset)`"),
    (lambda: F({"a": "float"}).adapt([1.0]), "can only be called on a tf.data.Dataset"),
    (lambda: F.feature("string", None, "multi_hot"), "Received: output_mode=multi_hot"),
    (
        lambda: F({"a": "float", "c": F.integer_hashed(3, output_mode="int")})(TABLE),
        "Cannot concatenate features because feature 'c' has not been encoded",
    ),
]


@pytest.mark.parametrize(("call", "words"), WRONG_SPACES, ids=[w for _, w in WRONG_SPACES])
def test_wrong_calls_of_feature_space(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert words in str(error.value)


# -- Keras 2's sequences ---------------------------------------------------------------------------

sequence = tf.keras.preprocessing.sequence


def test_skipgrams_draw_keras_s_pairs():
    random.seed(3)
    assert sequence.skipgrams([1, 2, 3, 0, 4], 5, window_size=1, seed=7) == (
        [[2, 1], [2, 1], [2, 3], [3, 3], [1, 2], [3, 2], [2, 1], [1, 4]],
        [0, 0, 1, 0, 1, 1, 1, 0],
    )
    random.seed(3)
    pairs, labels = sequence.skipgrams(
        [1, 2, 3, 0, 4], 5, 2, shuffle=False, negative_samples=0.5, categorical=True
    )
    assert pairs[-4:] == [[1, 1], [3, 1], [4, 4], [2, 3]]
    assert labels == [[0, 1]] * 8 + [[1, 0]] * 4
    table = sequence.make_sampling_table(4, sampling_factor=0.1)
    np.testing.assert_allclose(table, [0.31522479, 0.31522479, 0.54759727, 0.74155641])
    random.seed(3)
    table = sequence.make_sampling_table(5, 0.1)
    pairs, _ = sequence.skipgrams([1, 2, 3, 4] * 3, 5, 1, sampling_table=table, seed=1)
    assert len(pairs) == 36 and pairs[:4] == [[2, 4], [2, 4], [2, 3], [2, 2]]


def test_windows_of_a_series():
    generator = sequence.TimeseriesGenerator(
        np.arange(20).reshape(10, 2), np.arange(10), length=3, sampling_rate=2, stride=2,
        batch_size=2, start_index=1, end_index=8,
    )  # fmt: skip
    found = [(x.tolist(), y.tolist()) for x, y in generator]
    assert found == [
        ([[[2, 3], [6, 7]], [[6, 7], [10, 11]]], [4, 6]),
        ([[[10, 11], [14, 15]]], [8]),
    ]
    back = sequence.TimeseriesGenerator(
        np.arange(6), np.arange(6), length=2, reverse=True, batch_size=3
    )
    assert back[1][0].tolist() == [[4, 3]] and len(back) == 2
    assert json.loads(back.to_json())["config"]["data"] == "[0, 1, 2, 3, 4, 5]"
    with pytest.raises(ValueError, match="have to be of same length"):
        sequence.TimeseriesGenerator([1], [1, 2], 1)
    with pytest.raises(ValueError, match="start_index"):
        sequence.TimeseriesGenerator(np.arange(3), np.arange(3), 5)


def test_config_of_named_values():
    config = tf.keras.utils.Config(a=1, b=[2])
    config["c"] = 3
    assert (config.a, config["b"], dict(config.items())) == (1, [2], {"a": 1, "b": [2], "c": 3})
    assert config.to_json() == '{"a": 1, "b": [2], "c": 3}' and config.pop("c") == 3
    config.freeze()
    with pytest.raises(ValueError, match="Cannot mutate attribute"):
        config.a = 3
    with pytest.raises(AttributeError, match="Unknown attribute: 'z'"):
        config.z  # noqa: B018
    assert repr(config) == "<Config {'a': 1, 'b': [2]}>" and len(config) == 2
