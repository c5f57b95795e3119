"""Run by test_distribution.py on 8 virtual devices: trains one model in three ways, prints figures.

`python distributed_programs.py OUT.npz`; with `--processes` in one of several processes, which have
8 devices together.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

import tensorbrook as tf
from tensorbrook import keras

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import scaling

distribution = keras.distribution


def built():
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(16, "relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(4),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    return model


def trained():
    model, random = built(), np.random.default_rng(0)
    x, y = random.normal(size=(72, 8)), random.normal(size=(72, 4))
    history = model.fit(x, y, batch_size=16, epochs=2, verbose=0).history
    figures = [*model.get_weights(), *model.optimizer.get_weights()]
    figures += [model.predict(x, batch_size=24, verbose=0), model.evaluate(x, y, verbose=0)]
    return model, [*figures, history["loss"], history["mae"]]


def ways():
    devices = distribution.list_devices("cpu")
    assert len(devices) == 8, devices
    mesh = distribution.DeviceMesh((2, 4), ["batch", "model"], devices)
    layouts = distribution.LayoutMap(mesh)
    layouts["sequential.*/dense.*/kernel"] = (None, "model")
    layouts["sequential.*/dense.*/bias"] = ("model",)
    layouts["sequential.*/dense.*/output"] = ("batch", None)
    yield "one", None
    yield "data", distribution.DataParallel(devices=devices)
    yield "model", distribution.ModelParallel(layout_map=layouts)


def check_places(name, model):
    kernel = model.layers[0].kernel
    value = kernel._tensor._value
    shard = tuple(value.addressable_shards[0].data.shape)
    assert len(value.devices()) == 8 and shard == {"data": (8, 16), "model": (8, 4)}[name], shard
    slot = next(v for v in model.optimizer.variables if v.shape == kernel.shape)
    place = kernel._layout.backend_layout
    assert slot._tensor._value.sharding.is_equivalent_to(place, 2)
    assert value.sharding.is_equivalent_to(place, 2)
    kernel.assign(np.zeros((8, 16)))
    assert kernel._tensor._value.sharding == place and not kernel.numpy().any()
    layout = distribution.TensorLayout(("batch",), kernel._layout.device_mesh)
    x = distribution.distribute_tensor(np.arange(8.0), layout)
    assert len(x._value.devices()) == 8
    assert float(tf.reduce_sum(x * 2.0 + 1.0)) == 64.0
    doubled = tf.function(lambda t: distribution.distribute_tensor(t, layout) * 2.0)(x)
    assert doubled._value.sharding.is_equivalent_to(layout.backend_layout, 1)


def collectives(model):
    """How often the program of a step speaks of each kind of exchange between devices."""
    random = np.random.default_rng(0)
    batch = tuple(tf.constant(random.normal(size=(16, n)), "float32") for n in (8, 4))
    step = tf.function(lambda x, y: model.train_step(model_batch(x, y)))
    concrete = step.get_concrete_function(*batch)
    text = concrete.executable(batch).compiled(batch).as_text()
    return [text.count(f" {name}(") for name in ("all-reduce", "all-gather", "reduce-scatter")]


def check_dtensors():
    """DTensors lie on the devices of their mesh, in operations and in functions."""
    dtensor = tf.experimental.dtensor
    devices = [f"CPU:{i}" for i in range(8)]
    mesh = dtensor.create_mesh([("x", 2), ("y", 4)], devices=devices)
    layout = dtensor.Layout(["x", "y"], mesh)
    array = np.arange(32.0, dtype="float32").reshape(4, 8)
    x = dtensor.copy_to_mesh(array, layout)
    v = dtensor.DVariable(tf.transpose(x), name="v")
    step = tf.function(lambda t: tf.matmul(t, v))
    eager, traced = x @ v, step(x)
    for found in (x, eager, traced, v._tensor):
        value = found._inner._value
        expected = dtensor.fetch_layout(found)
        part = tuple(value.addressable_shards[0].data.shape)
        assert len(value.devices()) == 8, found
        assert part == tuple(expected.local_shape_from_global_shape(found.shape)), (part, expected)
    np.testing.assert_allclose(traced.numpy(), array @ array.T, rtol=1e-6)
    np.testing.assert_allclose(eager.numpy(), array @ array.T, rtol=1e-6)
    np.testing.assert_array_equal(dtensor.unpack(x)[5].numpy(), array[2:, 2:4])
    v.assign_sub(v * 0.5)
    np.testing.assert_allclose(v.numpy(), array.T / 2)


def model_batch(x, y):
    return tuple(map(distribution.distribution()._batch, (x, y)))


def of_processes(path):
    """Trains on the devices of all processes; each writes what it came to."""
    distribution.initialize()
    rank, found = int(json.loads(os.environ["TF_CONFIG"])["task"]["index"]), {}
    for name, how in ways():
        if how is not None:
            keras.backend.clear_session()
            distribution.set_distribution(how)
            found |= {f"{name} {i}": np.asarray(f) for i, f in enumerate(trained()[1])}
            distribution.set_distribution(None)
    np.savez(f"{path}.{rank}", **found)


def main(path):
    found = {}
    for name, how in ways():
        keras.backend.clear_session()
        distribution.set_distribution(how)
        model, figures = trained()
        found |= {f"{name} {i}": np.asarray(f) for i, f in enumerate(figures)}
        if how is not None:
            found[f"{name} collectives"] = np.array(collectives(model))
            check_places(name, model)
        distribution.set_distribution(None)
    check_dtensors()
    for way in ("data", "zero", "tensor"):
        flops, parts, _ = scaling.counted(way)
        found[f"scaling {way}"] = np.array([*scaling.predicted(way), flops, sum(parts.values())])
    np.savez(path, **found)


if __name__ == "__main__":
    (of_processes if "--processes" in sys.argv else main)(sys.argv[1])
