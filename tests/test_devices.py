"""Devices: scopes and names as TensorFlow has them, and a device of another kind than the CPU."""

import threading

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.config import scoped
from tensorbrook.base.context import context
from tensorbrook.core import backend
from tensorbrook.core.backend import Backend, Executable
from tensorbrook.core.tensor import Tensor
from tensorbrook.graph.reference import Reference

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"

# What TensorFlow 2.21 says on a machine without a GPU; None: no error.
NAMES = [
    *[(name, None, None) for name in ("/CPU:0", "CPU:0", "/cpu:0", "cpu", "/device:CPU:0", CPU)],
    *[(name, None, None) for name in ("", None, "/job:localhost", "/device:CPU:*")],
    ("/GPU:0", None, "enable_soft_placement=0"),
    ("/GPU", None, "device:GPU:0"),
    ("/CPU:1", None, "device:CPU:1"),
    ("/device:FOO:0", None, "device:FOO:0"),
    ("/TPU:0", None, "device:TPU:0"),
]


@pytest.mark.parametrize(("name", "soft", "hard"), NAMES)
def test_names_of_devices(name, soft, hard):
    assert tf.config.get_soft_device_placement()
    with tf.device(name):
        x = tf.constant([1.0, 2.0])
        v = tf.Variable(1.0)
        assert x.device == (x + 1.0).device == v.device == x.backing_device == CPU
    with scoped():
        tf.config.set_soft_device_placement(False)
        if hard is None:
            with tf.device(name):
                assert tf.constant(1.0).device == CPU
            return
        with pytest.raises(tf.errors.InvalidArgumentError, match=hard), tf.device(name):
            tf.constant(1.0)
        function = tf.function(lambda: placed(name))
        with pytest.raises(tf.errors.InvalidArgumentError, match=hard):
            function()


def placed(name):
    with tf.device(name):
        return tf.constant(1.0)


@pytest.mark.parametrize(
    ("name", "fault", "message"),
    [
        ("FOO:0", ValueError, "Unknown attribute 'FOO' .* '/CPU:0'"),
        ("nonsense", ValueError, "Unknown attribute 'nonsense'"),
        (3, ValueError, "Expecting a string device name"),
        ("/cpu:x", ValueError, "invalid literal"),
        ("/job:worker", tf.errors.InvalidArgumentError, "unknown device"),
        ("/job:localhost/replica:3", tf.errors.InvalidArgumentError, "unknown device"),
        (lambda op: "/CPU:0", RuntimeError, "does not support functions"),
    ],
)
def test_what_is_no_device(name, fault, message):
    with pytest.raises(fault, match=message), tf.device(name):
        pass
    assert context.device is None


def test_lists_of_devices():
    assert tf.config.list_logical_devices("GPU") == tf.config.list_physical_devices("GPU") == []
    (logical,), (physical,) = tf.config.list_logical_devices(), tf.config.list_physical_devices()
    assert tf.config.experimental.list_physical_devices("CPU") == [physical]
    with pytest.raises(ValueError, match="Cannot set memory growth on non-GPU"):
        tf.config.experimental.set_memory_growth(physical, True)
    with pytest.raises(ValueError, match="Unrecognized device"):
        tf.config.experimental.set_memory_growth("GPU", True)
    assert logical == ("/device:CPU:0", "CPU") and physical == ("/physical_device:CPU:0", "CPU")


# -- another kind of device ------------------------------------------------------------------------


class ToyTensor(Tensor):
    """A value that has to be fetched."""

    __slots__ = ("_index", "_memory")
    fetched = 0
    _shape = property(lambda self: self._memory[0].shape)
    _dtype = property(lambda self: self._memory[0].dtype)
    device = property(lambda self: CPU.replace("CPU:0", f"TOY:{self._index}"))

    def __init__(self, array, index):
        self._memory, self._index = [array], index

    @property
    def _array(self):
        ToyTensor.fetched += 1
        return self._memory[0]

    def _interpret(self, op, inputs, attrs):
        symbolic = [x for x in inputs if not x.is_eager]
        if symbolic:
            return symbolic[0]._interpret(op, inputs, attrs)
        arrays = [x._memory[0] if isinstance(x, ToyTensor) else x.host() for x in inputs]
        out = op.kernel(*arrays, **attrs)
        if type(out) is tuple:
            return tuple(ToyTensor(o, self._index) for o in out)
        return ToyTensor(out, self._index)


class ToyExecutable(Executable):
    def __init__(self, run, variables, written):
        super().__init__(variables, written)
        self._function = run

    def run(self, tensors):
        index = next(v._index for v in map(_value, [*tensors, *self.variables]) if _is_toy(v))
        arrays = self._function(*[_value(t)._memory[0] if _is_toy(_value(t)) else t.host()
                             for t in [*tensors, *self.variables]])  # fmt: skip
        count = len(arrays) - len(self.written)
        for variable, array in zip(self.written, arrays[count:]):
            variable._tensor = ToyTensor(array, index)
        return [ToyTensor(a, index) for a in arrays[:count]]

    def explain(self):
        return ["on a toy"]


def _value(x):
    return getattr(x, "_tensor", x)


def _is_toy(x):
    return isinstance(x, ToyTensor)


class Toy(Backend):
    name, device_type = "toy", "TOY"

    def device_count(self):
        return 2

    def compile(self, graph, variables, written, device):
        return ToyExecutable(
            Reference().compile(graph, variables, written)._function, variables, written
        )

    def put(self, tensor, device, sharding=None):
        return ToyTensor(tensor.host(), device.index)


@pytest.fixture
def toy():
    others, backends = list(backend.others), dict(backend._backends)
    backend.register(Toy())
    ToyTensor.fetched = 0
    yield "/TOY:1"
    backend.others[:] = others + [d for d in backend.others if not d.listed and d not in others]
    backend._backends.clear()
    backend._backends.update(backends)


def on_toy(*values):
    return all(v.device == CPU.replace("CPU:0", "TOY:1") for v in values)


def test_what_is_made_in_a_scope_lies_there(toy):
    assert [d.name for d in tf.config.list_logical_devices("TOY")] == ["/device:TOY:0", toy_name(1)]
    x = tf.constant([1.0, 2.0])
    with tf.device(toy):
        y = tf.constant([3.0, 4.0])
        v = tf.Variable([5.0, 6.0])
        z = x * y + v
        assert on_toy(y, v, z, tf.exp(x)) and x.device == CPU
        with tf.device("CPU:0"):
            back = z + 0.0
        with tf.device(None):
            assert tf.constant(1.0).device == CPU
    assert back.device == CPU and on_toy(z * 2.0, z * x, x * z)
    np.testing.assert_array_equal(back, [8.0, 14.0])
    v.assign_add(tf.constant([1.0, 1.0]))
    assert on_toy(v)
    v.assign(x)
    assert on_toy(v) and v.numpy().tolist() == [1.0, 2.0]
    seen = []
    with tf.device(toy):
        thread = threading.Thread(target=lambda: seen.append(tf.constant(1.0).device))
        thread.start()
        thread.join()
    assert seen == [CPU]  # a scope is its thread's own


def toy_name(index):
    return f"/device:TOY:{index}"


def test_gradients_pass_from_device_to_device(toy):
    x = tf.Variable([1.0, 2.0])
    with tf.device(toy):
        w = tf.Variable([3.0, 4.0])
    with tf.GradientTape() as tape, tf.device(toy):
        y = tf.reduce_sum(tf.square(x) * w)
    assert on_toy(y)
    dx, dw = tape.gradient(y, [x, w])
    np.testing.assert_array_equal(dx, [6.0, 16.0])
    np.testing.assert_array_equal(dw, [1.0, 4.0])


def test_a_function_runs_where_its_scope_variables_or_arguments_lie(toy):
    with tf.device(toy):
        v = tf.Variable([1.0, 2.0])
        far = tf.constant([1.0, 1.0])

    @tf.function
    def step(x):
        v.assign_add(x)
        return tf.reduce_sum(v)

    @tf.function
    def double(x):
        return x + x

    near = tf.constant([1.0, 1.0])
    before = ToyTensor.fetched
    assert on_toy(step(near), step(near), v, double(far))
    assert ToyTensor.fetched == before  # nothing came back to the host
    assert double(near).device == CPU
    with tf.device(toy):
        assert on_toy(double(tf.constant([1.0, 1.0])))
    np.testing.assert_array_equal(v, [3.0, 4.0])
    np.testing.assert_array_equal(double(far), [2.0, 2.0])
    assert step.get_concrete_function(near).explain() == ["on a toy"]


def test_a_network_trains_on_another_device_as_on_the_host(toy):
    def trained(name):
        tf.keras.utils.set_random_seed(1)
        rng = np.random.default_rng(0)
        x, y = rng.normal(size=(24, 3)).astype("float32"), rng.normal(size=(24, 1))
        with tf.device(name):
            model = tf.keras.Sequential(
                [tf.keras.layers.Dense(4, "tanh"), tf.keras.layers.Dense(1)]
            )
            model.compile("adam", "mse")
            model.fit(x, y, batch_size=8, epochs=2, verbose=0)
        return model

    near, far = trained("/CPU:0"), trained(toy)
    assert "on a toy" in far.make_train_function().explain()
    assert all(map(on_toy, far.weights)) and not any(map(on_toy, near.weights))
    for a, b in zip(near.get_weights(), far.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
