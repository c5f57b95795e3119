"""Recurrent layers beyond the table of cases: states, masks, own cells, models, one native loop."""

import collections
import importlib.util
import json
import pathlib
import re

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

layers, Input = tf.keras.layers, tf.keras.Input
ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
golden = json.loads((ORACLES / "golden" / "recurrent.json").read_text())
_spec = importlib.util.spec_from_file_location("programs", ORACLES / "recurrent_programs.py")
programs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(programs)
rng = np.random.default_rng(3)
X = rng.normal(size=(2, 5, 3)).astype("float32")


def normal(*shape):
    return rng.normal(size=shape).astype("float32")


def close(found, wanted, rtol=1e-5, atol=1e-6):
    found = found if isinstance(found, (list, tuple, dict)) else [found]
    wanted = wanted if isinstance(wanted, (list, tuple, dict)) else [wanted]
    for one, other in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=rtol, atol=atol)


@pytest.mark.parametrize("program", programs.PROGRAMS, ids=lambda p: p.__name__)
def test_programs_give_keras_s_figures(program):
    close(program(tf.keras), golden[program.__name__], rtol=2e-4, atol=2e-6)


# -- states ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [layers.LSTM, layers.GRU, layers.SimpleRNN])
def test_states_carry_on_a_sequence_cut_in_two(make):
    layer = make(4, return_sequences=True, return_state=True)
    whole, *states = layer(X)
    first, *between = layer(X[:, :2])
    second, *end = layer(X[:, 2:], initial_state=between)
    close(np.concatenate([first, second], 1), whole)
    close(end, states)
    if len(between) == 1:
        close(layer(X[:, 2:], initial_state=between[0])[0], second)


def test_a_stateful_layer_carries_on_where_the_batch_before_ended():
    layer = layers.LSTM(4, stateful=True)
    plain = layers.LSTM(4)
    plain.build((None, None, 3))
    assert layer.states is None
    layer.reset_states()
    first = layer(X[:, :2])
    plain.set_weights(layer.get_weights())
    close(layer(X[:, 2:]), plain(X))
    layer.reset_states()
    close(layer(X[:, :2]), first)
    compiled = tf.function(layer)
    layer.reset_state()
    close(compiled(tf.constant(X[:, :2])), first)
    close(compiled(tf.constant(X[:, 2:])), plain(X))
    assert [s.shape.as_list() for s in layer.states] == [[2, 4], [2, 4]]
    assert len(layer.weights) == 3  # states are no weights
    given = normal(2, 4), normal(2, 4)
    layer.reset_states(states=given)
    close([s.numpy() for s in layer.states], given)
    close(layer(X), plain(X, initial_state=list(given)))


def test_reset_states_of_a_model_reaches_all_levels():
    lstm = layers.Bidirectional(layers.LSTM(2, stateful=True))
    inner = tf.keras.Sequential([Input((5, 3), batch_size=2), lstm])
    model = tf.keras.Sequential([Input((5, 3), batch_size=2), inner, layers.Dense(1)])
    first = model(X)
    assert np.abs(np.asarray(model(X)) - first).max() > 1e-4
    model.reset_states()
    close(model(X), first)
    assert len(lstm.states) == 4


def test_states_of_a_model_between_calls_of_predict():
    model = tf.keras.Sequential([Input((5, 3), batch_size=2), layers.GRU(2, stateful=True)])
    first = model.predict(X, batch_size=2, verbose=0)
    second = model.predict(X, batch_size=2, verbose=0)
    assert np.abs(first - second).max() > 1e-4
    model.reset_states()
    both = model.predict(np.concatenate([X, X]), batch_size=2, verbose=0)
    close(both, np.concatenate([first, second]))


# -- masks, unknown sizes --------------------------------------------------------------------------

KINDS = {
    "LSTM": lambda **more: layers.LSTM(3, **more),
    "GRU": lambda **more: layers.GRU(3, reset_after=False, **more),
    "stack": lambda **more: layers.RNN(
        [cell(3, dtype=more.get("dtype")) for cell in (layers.GRUCell, layers.LSTMCell)], **more
    ),
    "both": lambda **more: layers.Bidirectional(layers.SimpleRNN(3, **more)),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("compiled", [False, True])
def test_masked_steps_at_the_end_change_nothing(kind, compiled):
    layer = KINDS[kind]()
    mask = np.array([[True, True, True, False, False], [True, True, True, True, True]])
    call = tf.function(layer) if compiled else layer
    found = call(tf.constant(X), mask=tf.constant(mask))
    close(found, np.concatenate([layer(X[:1, :3]), layer(X[1:])]))


@pytest.mark.parametrize("kind", KINDS)
def test_open_batch_and_time(kind):
    layer = KINDS[kind](return_sequences=True)
    symbolic = layer(Input((None, 3)))
    assert symbolic.shape[:2] == (None, None)
    compiled = tf.function(layer, input_signature=[tf.TensorSpec((None, None, 3))])
    for shape in ((2, 5, 3), (4, 2, 3), (1, 1, 3)):
        x = tf.constant(normal(*shape))
        close(compiled(x), layer(x))
    assert len(re.findall("float32\\[", compiled.explain())) == 1  # one program for all sizes


def test_an_explicit_mask_goes_on_with_the_outputs():
    mask = tf.constant([[True, True, False, False, True], [True, False, False, False, False]])
    outputs, _ = layers.GRU(2, return_sequences=True, return_state=True)(X, mask=mask)
    assert outputs._keras_mask.numpy().tolist() == mask.numpy().tolist()
    assert not hasattr(layers.GRU(2)(X, mask=mask), "_keras_mask")
    again = layers.GRU(2, return_sequences=True)(X, mask=tf.cast(mask[..., None], "float32"))
    assert again.shape == (2, 5, 2)
    rnn = layers.Bidirectional(layers.GRU(2, return_sequences=True), merge_mode=None)
    assert rnn.compute_mask(X, mask) == (mask, mask)
    rnn = layers.Bidirectional(layers.LSTM(2, return_sequences=True, return_state=True))
    assert rnn.compute_mask(X, mask) == (mask, None, None, None, None)


# -- cells of one's own ----------------------------------------------------------------------------


class Plus(layers.Layer):
    """Two states in a dict; the outputs are neither of them."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = {"sum": units, "steps": [1]}

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")

    def call(self, inputs, states):
        (states,) = states
        total = states["sum"] + tf.matmul(inputs, self.kernel)
        steps = states["steps"][0] + 1.0
        return total / steps, [{"sum": total, "steps": [steps]}]

    def get_initial_state(self, batch_size):
        return [{"sum": tf.zeros((batch_size, self.units)), "steps": [tf.zeros((batch_size, 1))]}]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@pytest.mark.parametrize("compiled", [False, True])
def test_rnn_over_a_cell_of_nested_states(compiled):
    layer = layers.RNN(Plus(2), return_sequences=True, return_state=True)
    outputs, state = (tf.function(layer) if compiled else layer)(tf.constant(X))
    total = np.cumsum(X @ layer.cell.kernel.numpy(), 1)
    close(outputs, total / np.arange(1, 6)[:, None])
    close(state, {"steps": [np.full((2, 1), 5.0)], "sum": total[:, -1]})
    assert tf.keras.Sequential([layers.RNN(Plus(2))])(X).shape == (2, 2)
    last = layers.RNN(layer.cell)(X)  # the last outputs, which are no state
    close(last, outputs[:, -1])
    config = json.loads(json.dumps(layer.get_config()))
    with tf.keras.utils.custom_object_scope({"Plus": Plus}):
        twin = layers.RNN.from_config(config)
    assert twin.cell.units == 2 and twin.return_state


Inputs = collections.namedtuple("Inputs", "a b")


class _Pairs(layers.Layer):
    """Two sums of what comes in two tensors, as a cell of Keras 2 in which all is nested."""

    def __init__(self, kind, **kwargs):
        super().__init__(**kwargs)
        self.kind, self.state_size = kind, Inputs(3, tf.TensorShape([2, 1]))

    def build(self, shapes):
        shapes = [shapes[name] for name in "ab"] if self.kind is dict else shapes
        assert [tuple(shape[1:]) for shape in shapes] == [(3,), (2, 1)]
        assert self.kind is not Inputs or shapes.b[1:] == (2, 1)

    def call(self, inputs, states):
        assert type(inputs) is self.kind
        new = Inputs(*(x + s for x, s in zip(tf.nest.flatten(inputs), states)))
        return (new.a, new.b + 1.0), new


@pytest.mark.parametrize("kind", [tuple, dict, Inputs])
@pytest.mark.parametrize("built", ["called", "traced", "model"])
def test_rnn_over_nested_inputs(kind, built):
    a, b = np.cos(np.arange(24.0, dtype="f")).reshape(2, 4, 3), np.ones((2, 4, 2, 1), "f")
    make = {tuple: lambda *x: x, dict: lambda a, b: {"a": a, "b": b}, Inputs: Inputs}[kind]
    rnn = layers.RNN(_Pairs(kind), return_sequences=True, return_state=True)
    ends = tf.keras.Input((4, 3)), tf.keras.Input((4, 2, 1))
    if built == "model":
        found = tf.keras.Model(ends, rnn(make(*ends))).predict([a, b], verbose=0)
    else:
        found = (tf.function(rnn) if built == "traced" else rnn)(make(a, b))
    outputs, *states = found
    close(outputs, (a.cumsum(1), b.cumsum(1) + 1))
    close(states, [a.sum(1), b.sum(1)])


class _OneState(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), initializer="ones")

    def call(self, inputs, states):
        output = inputs @ self.kernel
        return output, [states[0] + output]


def test_stacked_cells_of_one_state_return_a_tensor_for_each():
    x = np.ones((4, 3, 2), "float32")
    cells = [_OneState(3), _OneState(2)]
    outputs, first, second = layers.RNN(cells, return_state=True)(x)
    np.testing.assert_array_equal(outputs, np.full((4, 2), 6.0))
    np.testing.assert_array_equal(first, np.full((4, 3), 6.0))
    np.testing.assert_array_equal(second, np.full((4, 2), 18.0))


def test_states_of_zeros_for_cells_that_give_none():
    class Cell(layers.Layer):
        state_size = (2, tf.TensorShape([2, 3]))
        seen = None

        def call(self, inputs, states):
            type(self).seen = [tuple(s.shape) for s in states]
            return inputs, states

    layers.RNN(Cell())(X)
    assert Cell.seen == [(2, 2), (2, 2, 3)]

    class Bare(layers.Layer):
        state_size = 3

        def call(self, inputs, states):
            return inputs + states[0], inputs

    close(layers.RNN(Bare())(X), X[:, -1] + X[:, -2])


def test_a_cell_s_own_step_is_called_where_a_subclass_has_one():
    class Doubled(layers.GRUCell):
        def call(self, inputs, states, training=False):
            return super().call(2 * inputs, states, training)

    mine, plain = layers.RNN(Doubled(2)), layers.GRU(2)
    plain.build((None, None, 3))
    mine.build((None, None, 3))
    mine.set_weights(plain.get_weights())
    close(mine(X), plain(2 * X))


# -- keras.backend.rnn -----------------------------------------------------------------------------


def add(x, states):
    return x + states[0] + sum(states[1:]), [x + states[0]]


@pytest.mark.parametrize("compiled", [False, True])
def test_backend_rnn(compiled):
    def run(*args, **more):
        def call():
            return tf.keras.backend.rnn(*args, **more)

        return tf.function(call)() if compiled else call()

    def check(results, last, outputs):
        np.testing.assert_allclose(np.asarray(results[0])[:, 0], last)
        np.testing.assert_allclose(np.asarray(results[1])[..., 0], outputs)

    ones, zero = tf.ones((2, 4, 1)), [tf.zeros((2, 1))]
    sevens = [tf.fill((2, 1), 7.0)]
    check(run(add, ones, zero, constants=sevens, go_backwards=True), [11, 11], [[8, 9, 10, 11]] * 2)
    lengths = tf.constant([2, 4])
    check(run(add, ones, zero, input_length=lengths), [2, 4], [[1, 2, 2, 2], [1, 2, 3, 4]])
    long = tf.ones((4, 2, 1))
    check(run(add, long, zero, time_major=True, return_all_outputs=False), [4, 4], [[4, 4]])
    mask = tf.constant([[True, False, True, False]] * 2)
    for unroll in (False, True):
        found = run(add, ones, zero, mask=mask, zero_output_for_mask=True, unroll=unroll)
        check(found, [0, 0], [[1, 0, 2, 0]] * 2)
        check((found[2][0], found[1]), [2, 2], [[1, 0, 2, 0]] * 2)
    pairs = run(lambda x, s: (x[0] + 2 * x[1], s), (ones, ones), zero)
    check(pairs, [3, 3], [[3, 3, 3, 3]] * 2)


# -- models ----------------------------------------------------------------------------------------


def test_models_with_states_come_back_from_their_configs():
    start = [Input((4,), name="h"), Input((4,), name="c")]
    words = Input((None, 3), name="x")
    outputs, *states = layers.LSTM(4, return_sequences=True, return_state=True)(
        words, initial_state=start
    )
    outputs = layers.TimeDistributed(layers.Dense(2))(outputs)
    model = tf.keras.Model([words, *start], [outputs, *states])
    data = [X, normal(2, 4), normal(2, 4)]
    twin = tf.keras.Model.from_config(json.loads(json.dumps(model.get_config())))
    twin.set_weights(model.get_weights())
    close(twin(data), model(data))
    close(model.predict(data, verbose=0), model(data))
    assert [tuple(y.shape) for y in model.outputs] == [(None, None, 2), (None, 4), (None, 4)]


def loops_of_a_training_step(layer, mask_zero=False):
    """How many loops the compiled step of a model with the layer has."""
    first = layers.Embedding(5, 3, mask_zero=mask_zero)
    model = tf.keras.Sequential([Input((None,), dtype="int32"), first, layer, layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.array([[1, 2, 3, 0], [4, 1, 0, 0]])
    model.fit(x, np.ones((2, 1)), verbose=0)
    told = model.make_train_function().explain()
    assert "NumPy" not in told  # with sizes open, and so are the gradients of split gates
    return sum(int(n) for n in re.findall(r"(\d+) loop", told))


@pytest.mark.skipif(not available(), reason="llvmlite is not installed")
@pytest.mark.parametrize("mask_zero", [False, True])
@pytest.mark.parametrize(
    "kind",
    {
        **KINDS,
        "dropout": lambda: layers.LSTM(3, dropout=0.5, recurrent_dropout=0.5, seed=1),
        "own": lambda: layers.RNN(Plus(3)),
    }.items(),
    ids=lambda kind: kind[0],
)
def test_a_training_step_runs_each_direction_as_one_loop(kind, mask_zero):
    name, make = kind
    count = 2 if name == "both" else 1
    assert loops_of_a_training_step(make(), mask_zero) == 2 * count  # forward, and its gradient


@pytest.mark.parametrize("name", ["float16", "bfloat16", "mixed_float16", "float64"])
@pytest.mark.parametrize("kind", KINDS)
def test_dtypes(kind, name):
    layer = KINDS[kind](dtype=name, return_sequences=True)
    outputs = layer(tf.cast(X, "float64" if name == "float64" else "float32"))
    assert outputs.dtype.name == name.removeprefix("mixed_") and outputs.shape[:2] == (2, 5)
    compiled = tf.function(layer)(tf.constant(X))
    close(tf.cast(compiled, "float32"), tf.cast(outputs, "float32"), rtol=2e-2, atol=2e-2)
    exact = KINDS[kind](return_sequences=True)
    exact.build((None, None, 3))
    exact.set_weights(layer.get_weights())
    close(tf.cast(outputs, "float32"), exact(X), rtol=5e-2, atol=3e-2)


def test_fading_gradients_of_long_sequences_are_those_of_float64():
    """Native loops take subnormal numbers for 0, which shows nowhere."""
    x, layer = normal(2, 300, 3), layers.GRU(4)
    layer.build((None, None, 3))
    exact = layers.GRU(4, dtype="float64")
    exact.build((None, None, 3))
    exact.set_weights(layer.get_weights())
    found = []
    for one in (layer, exact):

        @tf.function
        def gradients(x, one=one):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.reduce_sum(one(x))
            return tape.gradient(y, [x, *one.trainable_weights])

        found.append(gradients(tf.cast(x, one.dtype)))
    close(*found, rtol=1e-3, atol=1e-5)


# -- arguments of Keras 2, wrong calls -------------------------------------------------------------


def test_arguments_of_keras_2():
    close(
        layers.LSTM(2, implementation=1, kernel_initializer="ones", recurrent_initializer="ones")(
            X
        ),
        layers.LSTM(2, implementation=2, kernel_initializer="ones", recurrent_initializer="ones")(
            X
        ),
    )
    major = layers.GRU(2, time_major=True, return_sequences=True)
    outputs = major(tf.transpose(X, (1, 0, 2)))
    plain = layers.GRU(2, return_sequences=True)
    plain.build((None, None, 3))
    plain.set_weights(major.get_weights())
    close(tf.transpose(outputs, (1, 0, 2)), plain(X))
    assert layers.GRU.from_config(major.get_config()).time_major
    cell = layers.LSTMCell(3)
    assert [s.shape for s in cell.get_initial_state(inputs=tf.ones((4, 2)))] == [(4, 3)] * 2
    for given in (2, tf.shape(X)[0], tf.constant(X), X):
        assert [s.shape for s in layers.LSTM(3).get_initial_state(given)] == [(2, 3)] * 2
    for value in ("auto", True, False):
        assert layers.LSTM(2, use_cudnn=value)(X).shape == (2, 2)
    model = tf.keras.Sequential([layers.LSTM(2, batch_input_shape=(2, 5, 3), stateful=True)])
    assert model(X).shape == (2, 2)


def stateful_of_another_batch():
    layer = layers.LSTM(3, stateful=True)
    layer(X)
    layer(X[:1])


WRONG = [
    (lambda: layers.LSTM(0), ValueError, "expected a positive integer. Received: units=0"),
    (lambda: layers.GRUCell(-1), ValueError, "expected a positive integer. Received: units=-1"),
    (lambda: layers.GRU(2.5), ValueError, "Received: units=2.5"),
    (lambda: layers.LSTM(2, use_cudnn="x"), ValueError, "`use_cudnn`"),
    (lambda: layers.LSTM(2, seed="a"), ValueError, "`seed` must be an integer"),
    (lambda: layers.LSTM(2, unit=3), ValueError, "Unrecognized keyword arguments"),
    (lambda: layers.LSTM(2)(X[:, 0]), ValueError, "expected ndim=3, found ndim=2"),
    (lambda: layers.RNN(3), ValueError, "`cell` should have a `call` method. Received: cell=3"),
    (lambda: layers.RNN(layers.Dense(3)), ValueError, "`state_size` attribute"),
    (lambda: layers.StackedRNNCells([layers.Dense(3)]), ValueError, "without a `state_size`"),
    (
        lambda: layers.LSTM(3, name="l")(X, initial_state=normal(2, 3)),
        ValueError,
        "'l': initial_state must have the shapes [(2, 3), (2, 3)], got [(2, 3)]. Give a list",
    ),
    (
        lambda: layers.GRU(3)(X, initial_state=[normal(2, 4)]),
        ValueError,
        "must have the shapes [(2, 3)], got [(2, 4)]",
    ),
    (stateful_of_another_batch, ValueError, "must have the shapes [(1, 3), (1, 3)], got [(2, 3)"),
    (
        lambda: layers.LSTM(3, stateful=True)(Input((4, 5))),
        ValueError,
        "with stateful=True the batch size must be known, got sequences of shape (None, 4, 5)",
    ),
    (
        lambda: tf.keras.backend.rnn(add, tf.ones((2, 0, 1)), [tf.zeros((2, 1))]),
        ValueError,
        "there must be a time step at least",
    ),
    (lambda: layers.Bidirectional(3), ValueError, "`layer` must be an instance"),
    (lambda: layers.Bidirectional(layers.Dense(2)), ValueError, "as recurrent layers have"),
    (lambda: layers.Bidirectional(layers.GRU(2), "x"), ValueError, "Invalid merge mode"),
    (
        lambda: layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2)),
        ValueError,
        "should have different `go_backwards` value",
    ),
    (
        lambda: layers.Bidirectional(
            layers.GRU(2), backward_layer=layers.GRU(2, go_backwards=True, return_sequences=True)
        ),
        ValueError,
        'the same value for attribute "return_sequences"',
    ),
    (
        lambda: layers.Bidirectional(layers.LSTM(3))(X, initial_state=[normal(2, 3)] * 3),
        ValueError,
        "as many of both; got 3",
    ),
    (lambda: layers.TimeDistributed(3), ValueError, "must be an instance of keras.layers.Layer"),
    (
        lambda: layers.TimeDistributed(layers.Dense(3))(X[:, 0]),
        ValueError,
        "at least 3 dimensions (batch, time, ...), received: (2, 3)",
    ),
    (
        lambda: layers.TimeDistributed(layers.Dense(3))(X, mask=np.ones((2, 7), bool)),
        ValueError,
        "has a shape (2, 7)",
    ),
    (lambda: layers.ConvLSTM2D(3, 2, padding="x"), ValueError, "padding='x'"),
    (lambda: layers.ConvLSTM2D(3, 2, strides=2, dilation_rate=2), ValueError, "not compatible"),
    (lambda: layers.ConvLSTM2D(3, 2)(np.ones((2, 5, 5, 2))), ValueError, "expected ndim=5"),
    (lambda: layers.ConvLSTM1D(3, 2)(Input((None, None, 2))), ValueError, "must be known"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


def test_channels_first_is_channels_last_with_its_axes_exchanged():
    x = normal(1, 2, 4, 3, 2)
    last = layers.ConvLSTM2D(2, 2, return_sequences=True, dropout=0.3, seed=1)
    first = layers.ConvLSTM2D(
        2, 2, return_sequences=True, dropout=0.3, seed=1, data_format="channels_first"
    )
    outputs = last(x)
    first.build((None, 2, 2, 4, 3))
    first.set_weights(last.get_weights())
    moved = first(np.moveaxis(x, -1, 2))
    close(np.moveaxis(moved.numpy(), 2, -1), outputs)


class Peepholes(layers.LSTMCell):
    """As tensorflow_addons writes it, over what Keras 2's cell calls."""

    def build(self, shape):
        super().build(shape)
        self.enter, self.forget, self.leave = (
            self.add_weight(shape=(self.units,), name=name, initializer="ones")
            for name in ("enter", "forget", "leave")
        )

    def _compute_carry_and_output_fused(self, z, c):
        i, f, g, o = z
        gate = self.recurrent_activation
        carry = gate(f + c * self.forget) * c + gate(i + c * self.enter) * self.activation(g)
        return carry, gate(o + carry * self.leave)


def test_a_subclass_of_keras_2_changes_the_gates_of_an_lstm():
    cell, x = Peepholes(2, kernel_initializer="ones"), np.linspace(-1, 1, 12).reshape(2, 3, 2)
    found = layers.RNN(cell)(x.astype("float32"))
    kernel, recurrent, bias = (w.numpy() for w in (cell.kernel, cell.recurrent_kernel, cell.bias))
    h, c = np.zeros((2, 2)), np.zeros((2, 2))
    for t in range(3):
        i, f, g, o = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=-1)
        c = _sigmoid(f + c) * c + _sigmoid(i + c) * np.tanh(g)
        h = _sigmoid(o + c) * np.tanh(c)
    np.testing.assert_allclose(found, h, rtol=1e-5)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))
