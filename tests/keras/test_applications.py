"""keras.applications beside Keras's: structure, names, parameters and results of each network."""

import importlib
import inspect
import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
from application_cases import RUN, result, structure  # noqa: E402

golden = json.loads((ORACLES / "golden" / "applications.json").read_text())
applications = tf.keras.applications
NAMES = sorted(golden["models"])


@pytest.fixture(autouse=True)
def fresh_names():
    tf.keras.backend.clear_session()


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_built_as_keras_s(name, monkeypatch):
    def zeros(self, shape, dtype=None, **kwargs):
        return tf.zeros(shape, dtype or "float32")

    # random numbers for some hundred million weights would take minutes
    monkeypatch.setattr(tf.keras.initializers.VarianceScaling, "__call__", zeros)
    wanted, make = golden["models"][name], getattr(applications, name)
    assert str(inspect.signature(make)) == wanted["signature"]
    model = make(weights=None)
    assert model.name == wanted["name"]
    assert model.count_params() == wanted["parameters"]
    assert structure(model) == wanted["structure"]


@pytest.mark.parametrize("name", sorted(RUN))
def test_a_network_computes_what_keras_s_does(name):
    wanted = np.array(golden["models"][name]["result"])
    found = result(applications, name)
    np.testing.assert_allclose(found, wanted, rtol=2e-4, atol=2e-4 * np.abs(wanted).max())


@pytest.mark.parametrize("module", sorted(golden["prepared"]))
def test_pictures_are_prepared_as_by_keras(module):
    pictures = np.arange(2 * 2 * 3, dtype="float32").reshape(1, 2, 2, 3) * 20
    prepare = importlib.import_module(f"tensorbrook.keras.applications.{module}").preprocess_input
    wanted = golden["prepared"][module]
    before = pictures.copy()
    found = prepare(pictures)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found.ravel(), wanted, rtol=1e-6, atol=1e-5)
    np.testing.assert_allclose(prepare(tf.constant(before)).numpy().ravel(), wanted, atol=1e-5)


def test_pictures_of_bytes_with_channels_first():
    pictures = np.arange(12, dtype="uint8").reshape(3, 2, 2)
    found = applications.imagenet_utils.preprocess_input(pictures, "channels_first", "caffe")
    np.testing.assert_allclose(found[0], pictures[2] - np.float32(103.939), rtol=1e-6)
    assert found.dtype == np.float32


def test_an_array_of_floats_is_prepared_in_place_as_by_keras():
    pictures = np.full((1, 1, 3), [255.0, 51.0, 0.0], "float32")
    found = applications.imagenet_utils.preprocess_input(pictures, mode="tf")
    assert found is pictures
    np.testing.assert_allclose(pictures.ravel(), [1.0, -0.6, -1.0], rtol=1e-6)
    found = applications.imagenet_utils.preprocess_input(pictures)  # BGR, seen backwards
    np.testing.assert_allclose(pictures.ravel(), [-122.68, -117.379, -104.939], rtol=1e-6)
    np.testing.assert_array_equal(found, pictures[..., ::-1])


def test_the_padding_that_programs_take_from_keras_src():
    padding = applications.imagenet_utils.correct_pad(tf.keras.Input((7, 8, 3)), 3)
    assert padding == ((1, 1), (0, 1))


def test_a_network_without_its_top_is_trained_in_part():
    base = applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg"
    )
    base.trainable = False
    model = tf.keras.Sequential([base, tf.keras.layers.Dense(2)])
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 32, 32, 3)).astype("float32"), rng.integers(0, 2, 16)
    before = [w.numpy() for w in base.weights]
    losses = model.fit(x, y, epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    for old, new in zip(before, base.weights):
        np.testing.assert_array_equal(old, new.numpy())


def test_weights_from_a_file_of_keras_2(tmp_path):
    h5py = pytest.importorskip("h5py")
    options = {"input_shape": (32, 32, 3), "alpha": 0.25, "include_top": False}
    model = applications.MobileNet(weights=None, **options)
    rng, path = np.random.default_rng(0), tmp_path / "weights.h5"
    with h5py.File(path, "w") as file:  # by the format's description
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group, names = file.create_group(layer.name), []
            for weight in [*layer.trainable_weights, *layer.non_trainable_weights]:
                weight.assign(rng.uniform(0.1, 1, weight.shape))
                names.append(f"{layer.name}/{weight.name}:0".encode())
                group[names[-1].decode()] = weight.numpy()
            group.attrs["weight_names"] = names
    again = applications.MobileNet(weights=str(path), **options)
    for one, two in zip(model.weights, again.weights):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    with pytest.raises(ValueError, match="of another model, or one with another top"):
        applications.MobileNet(weights=str(path), **{**options, "include_top": True})
    with pytest.raises(ValueError, match="Of another shape"):
        applications.MobileNet(weights=str(path), **{**options, "alpha": 0.5})


WRONG = [
    (lambda: applications.VGG16(weights=None, input_shape=(16, 16, 3)), "at least 32x32"),
    (lambda: applications.VGG16(weights=None, input_shape=(32, 32)), "three sizes"),
    (lambda: applications.VGG16(weights=None, pooling="sum"), "'avg' or 'max'"),
    (lambda: applications.ResNet50(classes=10), "must be 1000"),
    (lambda: applications.ResNet50(weights="imagnet"), "no file"),
    (lambda: applications.ResNet50(input_shape=(64, 64, 1), include_top=False), "3 channels"),
    (
        lambda: applications.ResNet50(weights=None, input_shape=(None, None, 3)),
        "must be known",
    ),
    (lambda: applications.vgg16.decode_predictions(np.zeros((1, 10))), "(samples, 1000)"),
    (lambda: applications.imagenet_utils.preprocess_input(np.zeros((2, 2))), "rank 3 or 4"),
    (
        lambda: applications.imagenet_utils.preprocess_input(np.zeros((2, 2, 3)), mode="x"),
        "'caffe', 'tf' or 'torch'",
    ),
]


@pytest.mark.parametrize(("call", "words"), WRONG, ids=[row[1] for row in WRONG])
def test_wrong_calls(call, words):
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
