"""keras.distribution: meshes, layouts, and training under them, as Keras 3.15.1 has them."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook import keras

distribution = keras.distribution
EIGHT = [f"cpu:{i}" for i in range(8)]


@pytest.fixture
def mesh():
    return distribution.DeviceMesh((2, 4), ["batch", "model"], EIGHT)


def layouts_of(mesh):
    layouts = distribution.LayoutMap(mesh)
    layouts[".*dense.*kernel"] = (None, "model")
    layouts[".*dense.*bias"] = ("model",)
    return layouts


def test_a_mesh(mesh):
    assert mesh.shape == (2, 4) and mesh.axis_names == ["batch", "model"]
    assert mesh.devices.shape == (2, 4) and mesh.devices[1, 3] == "cpu:7"
    assert str(mesh) == repr(mesh) == "<DeviceMesh shape=(2, 4), axis_names=['batch', 'model']>"
    with pytest.raises(NotImplementedError, match="TENSORBROOK_BACKEND=xla"):
        _ = mesh.backend_mesh
    assert distribution.list_devices("cpu") == distribution.list_devices("CPU") == ["cpu:0"]
    assert distribution.list_devices("gpu") == [] and distribution.get_device_count("gpu") == 0


WRONG = [
    (lambda mesh: distribution.DeviceMesh(None, ["batch"]), "cannot be empty"),
    (lambda mesh: distribution.DeviceMesh((1,), []), "cannot be empty"),
    (lambda mesh: distribution.DeviceMesh((1, 1), ["batch"]), "should have same size"),
    (lambda mesh: distribution.DeviceMesh((4,), ["batch"], EIGHT), "not match the number of dev"),
    (lambda mesh: distribution.TensorLayout(["data"], mesh), "Invalid axis names for Layout"),
    (lambda mesh: distribution.TensorLayout(["batch"]).backend_layout, "device mesh is not set"),
    (lambda mesh: layouts_of(mesh).__setitem__("a", ["model"]), "should be a TensorLayout type"),
    (lambda mesh: layouts_of(mesh).__setitem__(".*dense.*bias", (None,)), "already exist"),
    (lambda mesh: distribution.ModelParallel(), "You must specify a layout_map argument"),
    (lambda mesh: distribution.ModelParallel(layout_map={}), "must be a `LayoutMap` instance"),
    (lambda mesh: distribution.DataParallel(device_mesh="mesh"), "instance of `DeviceMesh`"),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_wrong_calls(mesh, call, message):
    with pytest.raises(ValueError, match=message):
        call(mesh)


def test_a_layout_gets_its_mesh_once(mesh):
    layout = distribution.TensorLayout(["batch", None])
    assert layout.device_mesh is None and layout.axes == ("batch", None)
    layout.device_mesh = mesh
    assert repr(layout) == f"<TensorLayout axes=('batch', None), device_mesh={mesh}>"
    with pytest.raises(ValueError, match="Cannot override device mesh value"):
        layout.device_mesh = mesh


def test_a_map_finds_layouts_by_whole_paths(mesh):
    layouts = distribution.LayoutMap(mesh)
    layouts["dense/kernel"] = layout = distribution.TensorLayout((None, "model"))
    layouts["conv.*kernel"] = (None, None, None, "model")
    assert layouts["dense/kernel"] is layout and layout.device_mesh is mesh
    assert layouts["conv2d/kernel"].axes == (None, None, None, "model")
    assert layouts["model/conv2d/kernel"] is None and layouts["dense"] is None
    layouts[".*2d/kernel"] = (None,)
    with pytest.raises(ValueError, match="matches multiple layout specification keys"):
        layouts["conv2d/kernel"]
    assert list(layouts) == ["dense/kernel", "conv.*kernel", ".*2d/kernel"] and len(layouts) == 3
    del layouts[".*2d/kernel"]
    assert len(layouts) == 2 and layouts.device_mesh is mesh


def test_what_distributions_tell(mesh):
    data = distribution.DataParallel(devices=EIGHT)
    assert data.device_mesh.shape == (8,) and data.batch_dim_name == "batch"
    assert data.num_model_replicas == 8 and data.num_processes == 1 and data.data_shard_id == 0
    assert data.get_data_layout((16, 3)).axes == ("batch", None)
    assert data.get_tensor_layout("dense/output") is None
    v = keras.Variable(np.ones((4, 8)), name="v")
    assert data.get_variable_layout(v).axes == (None, None) and v._layout is None
    v._layout = distribution.TensorLayout((None, "batch"), data.device_mesh)
    assert data.get_variable_layout(v) is v._layout
    model = distribution.ModelParallel(layout_map=layouts_of(mesh), batch_dim_name="model")
    assert model.num_model_replicas == 4 and model.get_data_layout((8,)).axes == ("model",)
    assert distribution.ModelParallel(layout_map=layouts_of(mesh)).batch_dim_name == "batch"
    assert repr(model) == f"<ModelParallel device_mesh={mesh}>"
    with pytest.warns(UserWarning, match="Expect the input mesh to be 1D"):
        distribution.DataParallel(mesh)
    with pytest.raises(NotImplementedError):
        _ = distribution.Distribution(mesh).num_model_replicas


def test_scopes(mesh):
    model = distribution.ModelParallel(layout_map=layouts_of(mesh))
    assert distribution.distribution() is None
    with model.scope():
        assert distribution.distribution() is model
        with distribution.DataParallel(devices=EIGHT).scope():
            assert distribution.distribution() is not model
        assert distribution.distribution() is model
    assert distribution.distribution() is None


def test_jobs_of_several_processes(monkeypatch):
    distribution.initialize()
    distribution.initialize("10.0.0.1:1234", 1, 0)
    with pytest.raises(ValueError, match="has 2 jobs, but num_processes is 3"):
        distribution.initialize("10.0.0.1:1234,10.0.0.2:2345", 3, 0)
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "2")
    with pytest.raises(NotImplementedError, match="MultiWorkerMirroredStrategy"):
        distribution.initialize()


def built():
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(4)]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def trained():
    model = built()
    random = np.random.default_rng(0)
    x, y = random.normal(size=(64, 8)), random.normal(size=(64, 4))
    history = model.fit(x, y, batch_size=16, epochs=2, verbose=0).history
    return (
        model,
        [*model.get_weights(), model.predict(x, verbose=0)],
        history,
        model.evaluate(x, y, verbose=0),
    )


def test_training_under_a_distribution(mesh):
    _, weights, history, losses = trained()
    layouts = layouts_of(mesh)
    layouts["dense_1/output"] = ("batch", None)
    model_parallel = distribution.ModelParallel(layout_map=layouts)
    for each in (distribution.DataParallel(devices=EIGHT), model_parallel):
        keras.backend.clear_session()
        with each.scope():
            model, found, log, again = trained()
        np.testing.assert_array_equal(weights[0], found[0])
        for a, b in zip(weights, found):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)
        assert history == log and losses == again
        assert all(v._layout is not None for v in model.variables + model.optimizer.variables)
    kernel = model.layers[0].kernel
    assert kernel._layout.axes == (None, "model")
    slots = [v for v in model.optimizer.variables if "dense" in v.path and "kernel" in v.path]
    assert slots and all(v._layout.axes == (None, "model") for v in slots)
    assert model.optimizer.iterations._layout.axes == ()


def test_a_layout_of_one_variable(mesh):
    layout = distribution.TensorLayout((None, "model"), mesh)
    v = keras.Variable(np.ones((2, 8)), layout=layout, name="v")
    assert v._layout is layout
    v.assign(np.zeros((2, 8)))
    assert v._layout is layout and not v.numpy().any()
    with pytest.raises(ValueError, match=r"'w' of shape \(2, 6\) cannot be divided"):
        keras.Variable(np.ones((2, 6)), layout=layout, name="w")
    x = tf.constant([[1.0] * 4])
    assert distribution.distribute_tensor(x, layout) is x
    symbol = keras.Input((3,))
    assert distribution.distribute_tensor(symbol, layout) is symbol
