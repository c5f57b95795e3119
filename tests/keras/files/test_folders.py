"""Models in folders, as Keras 2 kept them: SavedModels that load_model reads as well."""

import json
import os
import pathlib
import shutil
import sys
import tarfile

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook import keras
from tensorbrook.formats.graph_messages import KerasMetadata, SavedModel

ORACLES = pathlib.Path(__file__).parents[2] / "oracles"
sys.path.insert(0, str(ORACLES))
from keras_files_cases import results, train  # noqa: E402
from keras_folder_cases import MODELS, custom  # noqa: E402

GOLDEN = ORACLES / "golden" / "files" / "keras-2.15.0-folders.tar.xz"
with tarfile.open(GOLDEN) as _archive:
    NAMES = [name for name in MODELS if f"{name}/saved_model.pb" in _archive.getnames()]
TRAINS_OTHERWISE = {
    "recurrent": "a mask weighs otherwise in Keras 2's loss",
    "with_Nadam": "Keras 2 multiplies the rates in a graph once more for each variable",
}
X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(8, 3)
Y = X[:, :1] ** 2


def trained():
    keras.utils.set_random_seed(1)
    layers = keras.Input((3,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)
    model = keras.Sequential(layers)
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize(
    ("name", "kwargs"),
    [("model", {}), ("net_v1.5", {}), ("x.tf", {}), ("net.best", {"save_format": "tf"})],
)
def test_a_model_comes_back_and_trains_on(tmp_path, name, kwargs):
    model, path = trained(), str(tmp_path / name)
    model.save(path, **kwargs)
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
    for each in (model, loaded):
        each.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    for mine, theirs in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    served = tf.saved_model.load(path).signatures["serving_default"]
    assert list(served.structured_input_signature[1]) == [model.inputs[0].name]
    keras.models.save_model(model, path, **kwargs)  # another over it
    again = trained()
    again.load_weights(path)
    np.testing.assert_array_equal(again(X), model(X))
    (result,) = tf.saved_model.load(path).signatures["serving_default"](tf.constant(X)).values()
    np.testing.assert_allclose(result, model(X), rtol=1e-6)


def test_signatures_of_keras_2(tmp_path):
    model, path = trained(), str(tmp_path / "model")
    twice = tf.function(lambda x: {"twice": 2.0 * model(x)})
    signature = twice.get_concrete_function(tf.TensorSpec([None, 3]))
    model.save(path, signatures={"twice": signature}, options=None, save_traces=True)
    result = tf.saved_model.load(path).signatures["twice"](tf.constant(X))["twice"]
    np.testing.assert_allclose(result, 2 * model(X), rtol=1e-6)
    np.testing.assert_array_equal(keras.models.load_model(path)(X), model(X))


def test_save_format_h5_needs_no_ending(tmp_path):
    model, path = trained(), str(tmp_path / "model")
    model.save(path, save_format="h5")
    assert os.path.isfile(path)
    np.testing.assert_array_equal(keras.models.load_model(path)(X), model(X))


def test_the_checkpoint_of_a_callback_is_a_model(tmp_path):
    model, path = trained(), str(tmp_path / "{epoch:02d}-{loss:.1f}")
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[keras.callbacks.ModelCheckpoint(path)])
    first, last = sorted(os.listdir(tmp_path))
    assert (first[:3], last[:3]) == ("01-", "02-")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / last)(X), model(X))


class Halves(keras.Model):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = keras.layers.Dense(units)

    def call(self, x):
        return self.dense(x) / 2.0


def test_classes_of_the_program_are_given(tmp_path):
    model, path = Halves(2), str(tmp_path / "model")
    with pytest.raises(ValueError, match="has not been called"):
        model.save(path)
    assert not os.path.exists(path)
    result = model(X)
    model.save(path)
    with pytest.raises(ValueError, match=r"Unknown object: 'Halves'.*custom_objects"):
        keras.models.load_model(path)
    loaded = keras.models.load_model(path, custom_objects={"Halves": Halves})
    np.testing.assert_array_equal(loaded(X), result)
    with pytest.raises(FileExistsError, match="overwrite=False"):
        model.save(path, overwrite=False)


def test_what_cannot_be_made_again_is_saved_as_functions(tmp_path):
    class Kept(Halves):
        def __init__(self, thing):
            super().__init__(2)
            self.inner = thing

    model, path = Kept(object()), str(tmp_path / "model")
    result = model(X)
    trained().save(path)
    with pytest.warns(UserWarning, match=r"Only tf\.saved_model\.load .* was not kept"):
        model.save(path)
    (served,) = tf.saved_model.load(path).signatures["serving_default"](tf.constant(X)).values()
    np.testing.assert_allclose(served, result, rtol=1e-6)
    with pytest.raises(ValueError, match="File format not supported"):
        keras.models.load_model(path)


def test_export_leaves_no_older_model(tmp_path):
    path = str(tmp_path / "model")
    trained().save(path)
    trained().export(path, verbose=False)
    with pytest.raises(ValueError, match="File format not supported"):
        keras.models.load_model(path)


def test_a_folder_without_a_model_is_refused(tmp_path):
    tf.saved_model.save(tf.train.Checkpoint(v=tf.Variable(1.0)), str(tmp_path / "model"))
    with pytest.raises(ValueError, match=r"File format not supported.*tf\.saved_model\.load"):
        keras.models.load_model(tmp_path / "model")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The folders that oracles/make_keras_folders.py wrote with Keras 2.15; the results."""
    path = tmp_path_factory.mktemp("keras-2")
    with tarfile.open(GOLDEN) as archive:
        archive.extractall(path, filter="data")
    return path, json.loads((path / "results.json").read_text())


def check_and_train(model, given, wanted, name):
    halves = 2e-3 if name == "mixed" else 0
    for found, stored in zip(results(model, given), wanted["outputs"], strict=True):
        np.testing.assert_allclose(found, stored, rtol=1e-6, atol=1e-6 + halves)
    if "later" in wanted and name not in TRAINS_OTHERWISE:
        train(model, given)
        for found, stored in zip(results(model, given), wanted["later"], strict=True):
            np.testing.assert_allclose(found, stored, rtol=1e-5, atol=2e-6 + halves)


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_of_keras_2_loads_and_trains_on(folders, name):
    path, wanted = folders
    own = custom(keras)
    _, given = MODELS[name](keras, own)
    model = keras.models.load_model(path / name, custom_objects=own)
    assert "FunctionsOfFile" not in str(type(model))
    check_and_train(model, given, wanted[name], name)


@pytest.mark.parametrize("name", ["classes", "subclassed", "frozen"])
def test_a_folder_of_keras_2_trains_on_without_its_classes(folders, name):
    path, wanted = folders
    _, given = MODELS[name](keras, custom(keras))
    check_and_train(keras.models.load_model(path / name), given, wanted[name], name)


def test_without_classes_and_functions_a_folder_is_refused(folders):
    with pytest.raises(ValueError, match=r"saved without traces\. Its class"):
        keras.models.load_model(folders[0] / "named")
    with pytest.raises(ValueError, match=r"saved without traces\. Unknown layer: 'Scale'"):
        keras.models.load_model(folders[0] / "plain")


def test_a_class_that_does_not_fit_a_folder_says_what_is_missing(folders):
    class Named(custom(keras)["Named"]):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.more = self.add_weight(shape=(2,), name="more")

    with pytest.raises(ValueError, match=r"named: it has no values for \['named/more'\]"):
        keras.models.load_model(folders[0] / "named", {"Named": Named}, compile=False)


@pytest.mark.parametrize("name", ["dense", "named"])
def test_a_folder_of_tensorflow_before_2_5(folders, tmp_path, name):
    """It had what Keras knows of a model in saved_model.pb."""
    shutil.copytree(folders[0] / name, tmp_path / name)
    metadata, graph = tmp_path / name / "keras_metadata.pb", tmp_path / name / "saved_model.pb"
    (root,) = [n for n in KerasMetadata.FromString(metadata.read_bytes()).nodes if not n.node_id]
    saved = SavedModel.FromString(graph.read_bytes())
    root_object = saved.meta_graphs[0].object_graph_def.nodes[0].user_object
    root_object.metadata = root.metadata
    graph.write_bytes(saved.SerializeToString())
    metadata.unlink()
    own, wanted = custom(keras), folders[1][name]
    _, given = MODELS[name](keras, own)
    model = keras.models.load_model(tmp_path / name, custom_objects=own)
    check_and_train(model, given, wanted, name)


def test_a_folder_without_the_tables_of_its_layers_is_refused(folders, tmp_path):
    shutil.copytree(folders[0] / "texts", tmp_path / "texts")
    graph = tmp_path / "texts" / "saved_model.pb"
    saved = SavedModel.FromString(graph.read_bytes())
    for node in saved.meta_graphs[0].object_graph_def.nodes:
        for child in node.children:
            child.local_name = child.local_name.replace("lookup_table", "another")
    graph.write_bytes(saved.SerializeToString())
    with pytest.raises(ValueError, match=r"does not hold what '\w+' had learnt"):
        keras.models.load_model(tmp_path / "texts")
