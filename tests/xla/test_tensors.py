"""Tensors, variables, functions and training on devices of JAX; here XLA's CPU devices are GPUs."""

import os
import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.context import Context, open_tapes
from tensorbrook.core import backend
from tensorbrook.xla import found, memory

jax = pytest.importorskip("jax")
HOST = "/job:localhost/replica:0/task:0/device:CPU:0"
GPU = "/job:localhost/replica:0/task:0/device:GPU:0"


def entered(preferred):
    others, hidden, backends = list(backend.others), list(backend._hidden), dict(backend._backends)
    from tensorbrook.xla.backend import Accelerator

    backend.register(Accelerator("GPU", "cpu", 1), preferred)
    yield
    backend._preferred.clear()
    backend._prefer()
    backend.others[:], backend._hidden[:] = others, hidden
    backend._backends.clear()
    backend._backends.update(backends)
    assert not open_tapes and Context.preferred is None


@pytest.fixture
def gpu():
    yield from entered(False)


@pytest.fixture
def preferred():
    yield from entered(True)


def test_operations_run_where_their_operands_lie(gpu):
    with tf.device("/GPU:0"):
        x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        v = tf.Variable(x)
        ones, numbers = tf.ones([2]), tf.range(3.0)
        parts = tf.split(x, 2)
    near = tf.constant([[1.0, 0.0], [0.0, 1.0]])
    results = [x @ near, near + x, tf.exp(v), ones, numbers, *parts, tf.reduce_sum(x, 1)]
    assert {t.device for t in results} == {x.backing_device} == {v.device} == {GPU}
    np.testing.assert_array_equal(x @ near, [[1, 2], [3, 4]])
    np.testing.assert_allclose(tf.exp(v), np.exp(x.numpy()), rtol=1e-6)
    assert x.cpu().device == near.device == HOST and near.gpu().device == GPU
    assert float(x[1, 1]) == 4.0 and x.numpy().dtype == np.float32 and "4." in repr(x)
    with pytest.raises(RuntimeError, match="GPU:3 unknown device"):
        near.gpu(3)


@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16", "int64", "uint8", "bool"])
def test_dtypes_stay(gpu, dtype):
    with tf.device("/GPU:0"):
        x = tf.cast(tf.constant([0, 1, 2]), dtype)
        y = tf.where(x == x, x, x)
    assert y.dtype == dtype and y.device == GPU
    np.testing.assert_array_equal(y.numpy(), np.array([0, 1, 2]).astype(y.numpy().dtype))


def test_what_has_no_program_runs_on_the_host_and_comes_back(gpu):
    with tf.device("/GPU:0"):
        x = tf.constant([0.0, 3.0, 0.0, 5.0])
        places = tf.where(x > 0)
        words = tf.constant(["a", "bb"])
        lengths = tf.strings.length(words)
    assert places.device == GPU and words.device == lengths.device == HOST
    assert places.numpy().tolist() == [[1], [3]] and lengths.numpy().tolist() == [1, 2]


def test_errors_are_the_op_s_own(gpu):
    with tf.device("/GPU:0"):
        x = tf.ones([2, 3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="matmul"):
        tf.matmul(x, x)


def test_a_variable_s_old_values_stay(gpu):
    with tf.device("/GPU:0"):
        v = tf.Variable([1.0, 2.0])
        w = tf.Variable(v.value())

    @tf.function
    def add(x):
        v.assign_add(x)
        return v + 0.0

    old, same = v.value(), v._read()
    results = [add(old) for _ in range(3)]
    assert [r.numpy().tolist() for r in results] == [[2, 4], [3, 6], [4, 8]]
    assert old.numpy().tolist() == same.numpy().tolist() == w.numpy().tolist() == [1, 2]
    assert v.device == results[0].device == GPU
    v.assign(np.float32([5, 6]))
    assert v.device == GPU and add(old).numpy().tolist() == [6, 8]
    with tf.device("/GPU:0"):
        assert add.get_concrete_function(old).explain() == ["XLA: one program"]


def test_programs_give_their_variables_arrays_away(gpu, monkeypatch):
    with tf.device("/GPU:0"):
        v = tf.Variable(tf.ones([256, 256]))

    @tf.function
    def add():
        v.assign_add(v * 0.5)

    add()
    address = v._tensor._value.unsafe_buffer_pointer()
    brought = []
    XlaTensor = type(v._tensor)
    host = XlaTensor.host
    monkeypatch.setattr(XlaTensor, "host", lambda self: brought.append(self) or host(self))
    add()
    assert v._tensor._value.unsafe_buffer_pointer() == address and not brought
    assert v.numpy()[0, 0] == 2.25


def test_one_program_for_each_size(gpu):
    @tf.function(input_signature=[tf.TensorSpec([None, 2])])
    def double(x):
        return tf.reshape(x + x, [-1])

    with tf.device("/GPU:0"):
        for rows in (1, 3):
            y = double(tf.ones([rows, 2]))
            assert y.device == GPU and y.numpy().tolist() == [2.0] * 2 * rows


def test_outside_of_scopes_the_gpu_is_used(preferred):
    x, i = tf.constant([1.0, 2.0]), tf.constant([1, 2])
    assert x.device == (x + 1.0).device == tf.Variable(1.0).device == tf.zeros([2]).device == GPU
    assert i.device == (i + i).device == tf.constant("a").device == HOST
    assert tf.reshape(x, tf.constant([2, 1])).device == GPU
    with tf.device("/CPU:0"):
        assert tf.constant(1.0).device == (x + 1.0).device == HOST
    assert tf.function(lambda x: x * 2.0)(np.float32([1, 2])).device == GPU


def test_the_program_says_which_devices_it_sees(preferred):
    cpu, gpu = tf.config.list_physical_devices()
    assert gpu == ("/physical_device:GPU:0", "GPU")
    assert tf.config.get_visible_devices("GPU") == [gpu]
    assert tf.config.experimental.get_device_details(gpu)["device_name"]
    assert tf.config.experimental.get_memory_info("GPU:0") == {"current": 0, "peak": 0}
    assert tf.config.experimental.get_memory_growth(gpu) is False
    tf.ones([1])
    with pytest.raises(RuntimeError, match="cannot be modified after being initialized"):
        tf.config.experimental.set_memory_growth(gpu, True)
    with pytest.raises(ValueError, match="is no CPU"):
        tf.config.set_visible_devices(gpu, "CPU")
    tf.config.set_visible_devices([], "GPU")
    assert tf.config.list_physical_devices("GPU") == [gpu]
    assert tf.config.list_logical_devices("GPU") == tf.config.get_visible_devices("GPU") == []
    assert tf.constant(1.0).device == HOST
    tf.config.set_visible_devices([cpu, gpu])
    assert tf.constant(1.0).device == GPU


def trained(name):
    tf.keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(44, 3, 2)).astype("float32"), rng.normal(size=(44, 1))
    layers = tf.keras.layers
    with tf.device(name):
        model = tf.keras.Sequential(
            [layers.Conv1D(4, 2, activation="tanh"), layers.Dropout(0.2), layers.LSTM(3),
             layers.Dense(1)]
        )  # fmt: skip
        model.compile("adam", "mse", metrics=["mae"])
        history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, validation_split=0.25)
        outputs = model.predict(x, verbose=0)
    return model, history.history, outputs


def test_training_comes_to_the_host_s_numbers(gpu):
    (near, logs, outputs), (far, far_logs, far_outputs) = map(trained, ("/CPU:0", "/GPU:0"))
    assert {w.device for w in far.weights} == {GPU}
    for key, values in logs.items():
        np.testing.assert_allclose(values, far_logs[key], rtol=1e-4)
    np.testing.assert_allclose(outputs, far_outputs, rtol=1e-3, atol=1e-5)
    for a, b in zip(near.get_weights(), far.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(gpu, policy):
    x = np.linspace(-1, 1, 64, dtype="float32").reshape(32, 2)
    with tf.device("/GPU:0"):
        model = tf.keras.Sequential([tf.keras.layers.Dense(1, dtype=policy)])
        model.compile(tf.keras.optimizers.SGD(0.1), "mse")
        losses = model.fit(x, x[:, :1], batch_size=8, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and {w.device for w in model.weights} == {GPU}
    assert model.weights[0].dtype == "float32"


def test_arrays_are_shared_by_dlpack(gpu):
    dlpack = tf.experimental.dlpack
    with tf.device("/GPU:0"):
        x = tf.constant([1.0, 2.0])
    shared = jax.numpy.from_dlpack(x)
    assert shared.unsafe_buffer_pointer() == x._value.unsafe_buffer_pointer()
    assert dlpack.from_dlpack(shared).numpy().tolist() == [1, 2]
    assert dlpack.from_dlpack(dlpack.to_dlpack(x)).numpy().tolist() == [1, 2]
    numbers = np.arange(3.0)
    assert np.shares_memory(dlpack.from_dlpack(numbers).host(), numbers)


PROGRAM = """
import sys
import numpy as np
import tensorbrook as tf
assert "jax" not in sys.modules
v = tf.Variable([1.0, 2.0])
@tf.function
def f(x):
    return v.assign_add(x) * 2.0
y = f(f(tf.constant([1.0, 1.0])))
assert type(y).__name__ == type(v._tensor).__name__ == "XlaTensor", (y, v)
assert y.device == v.device == tf.constant(1.0).device
assert y.numpy().tolist() == [12.0, 18.0] and (y + 1.0).numpy().tolist() == [13.0, 19.0]
"""


def test_on_the_cpu_values_stay_jax_s_between_calls():
    environ = {**os.environ, "TENSORBROOK_BACKEND": "xla"}
    subprocess.run([sys.executable, "-c", PROGRAM], check=True, env=environ)


# -- what there is, and what does not fit ----------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, [("GPU", "cuda", 2)]),
        ({"TENSORBROOK_BACKEND": "xla"}, [("GPU", "cuda", 2)]),
        ({"TENSORBROOK_BACKEND": "native"}, []),
        ({"CUDA_VISIBLE_DEVICES": ""}, []),
        ({"CUDA_VISIBLE_DEVICES": "1"}, [("GPU", "cuda", 1)]),
        ({"JAX_PLATFORMS": "cpu"}, []),
    ],
)
def test_accelerators_are_found_by_files(tmp_path, environ, expected):
    (tmp_path / "dev").mkdir()
    for name in ("nvidia0", "nvidia1", "nvidiactl", "tty"):
        (tmp_path / "dev" / name).touch()
    assert found.accelerators(environ, tmp_path, lambda name: True) == expected
    assert found.accelerators(environ, tmp_path, {"jax": 1}.get) == []


def test_out_of_memory_names_the_program_its_tensors_and_what_would_fit():
    gib = 2**30
    fault = RuntimeError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate 99 bytes.")
    parts = {"arguments": 3 * gib, "results": 0, "temporaries": 7 * gib, "variables": 2 * gib}
    tensors = [("float32[8,4]", 3 * gib), ("float32[8]", gib)]
    error = memory.explained(fault, "train_step", tensors, 6 * gib, parts, 64)
    assert isinstance(error, tf.errors.ResourceExhaustedError)
    assert "[train_step]" in str(error) and "float32[8,4] (3 GiB)" in str(error)
    assert "A batch of 29 would fit; this one has 64." in str(error)
    assert "Try a batch of 32" in str(memory.explained(fault, "f", tensors, None, None, 64))
    other = RuntimeError("INTERNAL: something else")
    assert memory.explained(other, "f", [], None) is other


def test_a_program_out_of_memory_is_explained(gpu, monkeypatch):
    from tensorbrook.xla import backend as xla

    with tf.device("/GPU:0"):
        v = tf.Variable(tf.ones([4]))
        step = tf.function(lambda x: v.assign_add(tf.reduce_sum(x @ tf.ones([4, 4]), 0)))
        x = tf.ones([32, 4])
        step(x)

        class Full:
            def __init__(self, program):
                self.lower = program.lower

            def __call__(self, *arrays):
                raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

        inner = xla.Programs.of
        monkeypatch.setattr(xla.Programs, "of", lambda *args: Full(inner(*args)))
        monkeypatch.setattr(xla, "limit_of", lambda device: 600)
        with pytest.raises(tf.errors.ResourceExhaustedError, match="would fit; this one has 32"):
            step(x)
    assert v.numpy().tolist() == [129.0] * 4
