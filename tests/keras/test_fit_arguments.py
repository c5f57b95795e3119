"""What fit, evaluate, predict and compile refuse; targets, metrics and steps of several outputs.

Figures and names are those of Keras 3.15 on TensorFlow 2.21 for the same calls.
"""

import collections
import math

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook import keras

X, Y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")


def model(outputs=1, **options):
    inputs = keras.Input((2,))
    heads = [
        keras.layers.Dense(1, name=f"o{i}", kernel_initializer="ones")(inputs)
        for i in range(outputs)
    ]
    made = keras.Model(inputs, heads if outputs > 1 else heads[0])
    made.compile(**{"optimizer": "sgd", "loss": "mse", **options})
    return made


def fitted(y, outputs=1, compiled=None, **options):
    history = model(outputs, **compiled or {}).fit(X, y, verbose=0, **options).history
    return {name: round(values[-1], 4) for name, values in history.items()}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("epochs", v) for v in ("3", 2.0, None)],
        *[("batch_size", v) for v in (2.5, "3", 0, -1)],
        *[("steps_per_epoch", v) for v in (math.nan, "2", -1.5, 0)],
        *[("initial_epoch", v) for v in (0.5, "1")],
        *[("validation_split", v) for v in (-0.1, 1.0, 1.5, "0.1")],
        *[("validation_freq", v) for v in (0, "a", 1.5)],
        *[("validation_steps", v) for v in (0, "1")],
        *[("validation_batch_size", v) for v in (0, 2.5)],
        *[("class_weight", v) for v in ("balanced", [1.0, 2.0], {0: "a"}, {0: None})],
        *[("verbose", v) for v in ("loud", None)],
    ],
)
def test_arguments_of_fit(name, value):
    options = {"verbose": 0, name: value}
    if name.startswith("validation") and name != "validation_split":
        options["validation_data"] = X, Y
    with pytest.raises((TypeError, ValueError), match=name):
        model().fit(X, Y, **options)


@pytest.mark.parametrize("option", [{"steps": "a"}, {"steps": 0}, {"batch_size": 1.5}])
@pytest.mark.parametrize(
    "run", [lambda **o: model().evaluate(X, Y, **o), lambda **o: model().predict(X, **o)]
)
def test_arguments_of_evaluate_and_predict(run, option):
    with pytest.raises((TypeError, ValueError), match=next(iter(option))):
        run(verbose=0, **option)


EMPTY = tf.data.Dataset.from_tensors((X, Y)).take(0)


@pytest.mark.parametrize(
    ("call", "words"),
    {
        "nothing": (lambda m: m.fit(X[:0], Y[:0], verbose=0), "no data"),
        "an empty data set": (lambda m: m.fit(EMPTY, verbose=0), "no data"),
        "an empty generator": (lambda m: m.fit((b for b in ()), verbose=0), "no data"),
        "evaluating nothing": (lambda m: m.evaluate(X[:0], Y[:0], verbose=0), "no data"),
        "an empty batch": (lambda m: m.train_on_batch(X[:0], Y[:0]), "no data"),
        "None": (lambda m: m.fit(None, None, verbose=0), "`x` is None"),
        "a batch of None": (lambda m: m.predict_on_batch(None), "`x` is None"),
        "no targets": (lambda m: m.fit(X, verbose=0), "there are no targets"),
        "evaluating without": (lambda m: m.evaluate(X, verbose=0), "there are no targets"),
        "a batch without": (lambda m: m.test_on_batch(X), "there are no targets"),
        "validation without": (
            lambda m: m.fit(X, Y, validation_data=X, verbose=0),
            "no targets.*validation_data",
        ),
        "weights of no classes": (
            lambda m: m.fit(X, class_weight={1: 2.0}, verbose=0),
            "class_weight.*needs targets",
        ),
        "two targets for one": (lambda m: m.fit(X, [Y, Y], verbose=0), "1 output.*2 target"),
    }.values(),
)
def test_data_that_cannot_be_used(call, words):
    with pytest.raises(ValueError, match=words):
        call(model())


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (Y, "2 output.*1 target"),
        ([Y], "y has 1 entries"),
        ([Y, None], "No target for output 'o1'"),
        ({"o0": Y}, "No target for output 'o1'"),
        ({"o0": Y, "zz": Y}, "'zz'"),
    ],
)
def test_targets_that_do_not_go_with_the_outputs(y, words):
    with pytest.raises(ValueError, match=words):
        model(2).fit(X, y, verbose=0)


BOTH = {"loss": 2.0, "o0_loss": 1.0, "o1_loss": 1.0}


@pytest.mark.parametrize("y", [[Y, Y], (Y, Y), {"o0": Y, "o1": Y}])
def test_targets_of_several_outputs(y):
    assert fitted(y, 2) == BOTH


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_targets_of_no_loss():
    assert fitted([Y, None], 2, {"loss": ["mse", None]}) == {"loss": 1.0}
    assert fitted([Y, Y], 2, {"loss": {"o0": "mse", "o1": None}}) == {"loss": 1.0}


def test_structures_within_structures():
    inputs = keras.Input((2,))
    dense = [keras.layers.Dense(1, name=n, kernel_initializer="ones")(inputs) for n in "abc"]
    made = keras.Model(inputs, [dense[0], {"p": dense[1], "q": dense[2]}])
    losses = ["mse", {"p": "mae", "q": "mse"}]
    made.compile("sgd", losses, metrics=[["mae"], {"p": [], "q": ["mse"]}])
    history = made.fit(X, [Y, {"p": 3 * Y, "q": Y}], verbose=0).history
    assert history == {
        "a_loss": [1.0],
        "a_mae": [1.0],
        "1/p_loss": [1.0],
        "1/q_loss": [1.0],
        "c_mse": [1.0],
        "loss": [3.0],
    }


WEIGHT = np.full(4, 2.0)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [(WEIGHT, (2.0, 2.0)), ([WEIGHT, 1.5 * WEIGHT], (2.0, 3.0)), ([WEIGHT, None], (2.0, 1.0))],
)
def test_weights_of_samples_for_each_output(weights, expected):
    found = fitted([Y, Y], 2, sample_weight=weights)
    assert found == {"loss": sum(expected), "o0_loss": expected[0], "o1_loss": expected[1]}


@pytest.mark.parametrize(
    ("metrics", "names"),
    [
        (["mae", "mse"], ["o0_mae", "o1_mse"]),
        ([["mae", "mse"], ["mae"]], ["o0_mae", "o0_mse", "o1_mae"]),
        ([["mae", "mse"], []], ["o0_mae", "o0_mse"]),
        ([["mae"], None], ["o0_mae"]),
        (["mae", ["mse", "mae"]], ["o0_mae", "o1_mae", "o1_mse"]),
        ({"o1": "mae"}, ["o1_mae"]),
        ({"o1": ["mae", "mse"], "o0": "mse"}, ["o0_mse", "o1_mae", "o1_mse"]),
        ([], []),
        # not in Keras: any other plain list goes to each output
        (["mae"], ["o0_mae", "o1_mae"]),
        ("mae", ["o0_mae", "o1_mae"]),
    ],
)
def test_metrics_of_several_outputs(metrics, names):
    assert sorted(fitted([Y, Y], 2, {"metrics": metrics})) == sorted([*BOTH, *names])


def test_metrics_of_one_output_in_any_structure():
    for metrics in (["mae"], [["mae"]], {"o0": "mae"}, {"another": ["mae"]}):
        assert sorted(fitted(Y, 1, {"metrics": metrics})) == ["loss", "mae"]


def test_weighted_metrics_of_a_name_that_is_taken():
    twice = {"metrics": ["mae", "mae"], "weighted_metrics": ["mae", "mae"]}
    assert sorted(fitted(Y, 1, twice)) == [
        "loss",
        "mae",
        "mae_1",
        "weighted_mae",
        "weighted_mae_1",
    ]
    assert sorted(fitted([Y, Y], 2, twice)) == sorted(
        [*BOTH, *[f"o{i}_{name}" for i in (0, 1) for name in ("mae", "weighted_mae")]]
    )


@pytest.mark.parametrize("name", ["crossentropy", "ce"])
@pytest.mark.parametrize(
    ("units", "y", "function"),
    [
        (3, np.array([0, 1, 2, 1]), "sparse_categorical_crossentropy"),
        (3, np.array([[0], [1], [2], [1]]), "sparse_categorical_crossentropy"),
        (3, np.eye(4, 3), "categorical_crossentropy"),
        (1, np.array([[0], [1], [1], [0]]), "binary_crossentropy"),
    ],
)
def test_the_target_tells_which_crossentropy(name, units, y, function):
    losses = []
    for loss in (name, function):
        made = keras.Sequential(
            [keras.Input((2,)), keras.layers.Dense(units, "sigmoid", kernel_initializer="ones")]
        )
        made.compile("sgd", loss)
        losses.append(made.evaluate(X, y, verbose=0))
    assert losses[0] == losses[1] > 0


def test_training_without_an_optimizer():
    without = model(optimizer=None)
    assert without.evaluate(X, Y, verbose=0) == 1.0
    with pytest.raises(ValueError, match="optimizer=None"):
        without.fit(X, Y, verbose=0)
    with pytest.raises(TypeError, match="steps_per_execution"):
        model(steps_per_execution=1.5)
    with pytest.raises(ValueError, match="steps_per_execution"):
        model(steps_per_execution=0)


@pytest.mark.parametrize(
    ("options", "sizes"),
    [
        ({"steps": 2}, [50, 50]),
        ({"steps": 3}, [34, 34, 32]),
        ({"steps": 200}, [1] * 100),
        ({"steps": 2, "batch_size": 10}, [10, 10]),
        ({}, [32, 32, 32, 4]),
    ],
)
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_number_of_steps_divides_the_data(options, sizes):
    seen = []
    told = keras.callbacks.LambdaCallback()
    told.on_predict_batch_end = lambda batch, logs: seen.append(logs["outputs"])
    data = np.arange(200, dtype="float32").reshape(100, 2)
    found = model().predict(data, verbose=0, callbacks=[told], **options)
    assert [type(outputs) for outputs in seen] == [np.ndarray] * len(sizes)
    assert [len(outputs) for outputs in seen] == sizes
    np.testing.assert_array_equal(found, data.sum(1, keepdims=True)[: sum(sizes)])


def test_steps_of_fit_and_evaluate_divide_the_data_as_well():
    assert fitted(Y, steps_per_epoch=2) == {"loss": 0.9418}
    found = fitted(Y, steps_per_epoch=2, validation_split=0.5)
    assert found == {"loss": 0.9418, "val_loss": 0.7807}


# -- executions ------------------------------------------------------------------------------------


class Watch(keras.callbacks.Callback):
    """Keeps the numbers that the hooks of batches are called with."""

    def __init__(self, stop_at=None):
        super().__init__()
        self.numbers, self.sizes, self.stop_at = [], [], stop_at

    def on_train_batch_begin(self, batch, logs=None):
        self.numbers.append(batch)

    def on_train_batch_end(self, batch, logs=None):
        self.numbers.append(batch)
        self.model.stop_training = batch == self.stop_at

    on_test_batch_begin = on_predict_batch_begin = on_train_batch_begin
    on_test_batch_end = on_train_batch_end

    def on_predict_batch_end(self, batch, logs=None):
        self.numbers.append(batch)
        self.sizes.append(len(logs["outputs"]))


LONG = np.arange(64, dtype="float32").reshape(32, 2) / 64
ONES = np.ones((32, 1), "float32")


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize(
    ("size", "numbers", "with_steps", "steps_run", "sizes"),
    [
        (3, [0, 2, 3, 5, 6, 8], [0, 2, 3, 5, 0, 2], 8, [12, 12, 8]),
        (4, [0, 3, 4, 7], [0, 3, 4, 7] * 2, 16, [16, 16]),
        (20, [0, 19], [0, 19] * 2, 16, [32]),
    ],
)
@pytest.mark.parametrize("eager", [False, True])
def test_hooks_hear_of_executions(size, numbers, with_steps, steps_run, sizes, eager):
    options = {"steps_per_execution": size, "run_eagerly": eager}
    made, fits, tests, predicts = model(**options), Watch(), Watch(), Watch()
    fit = {"batch_size": 4, "epochs": 2, "shuffle": False, "verbose": 0}
    history = made.fit(LONG, ONES, callbacks=[fits], **fit).history
    np.testing.assert_allclose(history["loss"], [0.3344985, 0.3189703], rtol=1e-5)
    assert fits.numbers == numbers * 2
    found = made.evaluate(LONG, ONES, batch_size=4, verbose=0, callbacks=[tests])
    np.testing.assert_allclose(found, 0.3035085, rtol=1e-5)
    assert tests.numbers == numbers
    outputs = made.predict(LONG, batch_size=4, verbose=0, callbacks=[predicts])
    assert predicts.numbers == numbers and predicts.sizes == sizes and len(outputs) == 32
    made, fits = model(**options), Watch()
    made.fit(LONG, ONES, steps_per_epoch=5, callbacks=[fits], **fit)
    assert fits.numbers == with_steps and int(made.optimizer.iterations) == steps_run


def test_an_execution_ends_before_training_stops():
    made, watch = model(steps_per_execution=3), Watch(stop_at=2)
    made.fit(LONG, ONES, batch_size=4, epochs=2, verbose=0, callbacks=[watch])
    assert watch.numbers == [0, 2] and int(made.optimizer.iterations) == 3


def test_executions_of_a_data_set():
    made, watch = model(steps_per_execution=3), Watch()
    data = tf.data.Dataset.from_tensor_slices((LONG, ONES)).batch(5)
    history = made.fit(data, epochs=2, verbose=0, callbacks=[watch]).history
    np.testing.assert_allclose(history["loss"], [0.3350594, 0.3181051], rtol=1e-5)
    assert watch.numbers == [0, 2, 3, 5, 6, 8] * 2


@pytest.mark.parametrize(
    ("names", "options", "found"),
    [
        ("zb", {"metrics": [["mse", "mae"], ["mae"]]}, "loss z_loss b_loss b_mae z_mae z_mse"),
        (
            "zb",
            {"metrics": [["mae"], []], "weighted_metrics": [[], ["mae"]]},
            "loss z_loss b_loss b_mae z_mae",
        ),
        ("z", {"metrics": ["mse", "mae"]}, "loss mse mae"),
    ],
)
def test_evaluate_lists_metrics_of_several_outputs_in_the_order_of_their_names(
    names, options, found
):
    inputs = keras.Input((2,))
    heads = [
        keras.layers.Dense(1, name=name, kernel_initializer=keras.initializers.Constant(k + 2.0))(
            inputs
        )
        for k, name in enumerate(names)
    ]
    made = keras.Model(inputs, heads)
    made.compile("sgd", "mse", **options)
    targets = [Y for _ in names]
    logs = made.evaluate(X, targets, verbose=0, return_dict=True)
    assert made.metrics_names == found.split()
    expected = [logs[name] for name in found.split()]
    assert made.evaluate(X, targets, verbose=0) == expected
    assert made.test_on_batch(X, targets) == expected


def test_evaluate_lists_metrics_without_an_output_s_name_before_the_losses():
    class Two(keras.Model):
        def __init__(self):
            super().__init__()
            self.heads = [
                keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(value))
                for value in (1.0, 3.0)
            ]

        def call(self, inputs):
            return [head(inputs) for head in self.heads]

    made = Two()
    made.compile("sgd", loss=["mse", "mae"], metrics=[["mae"], ["mape"]])
    # outputs of 2 and 6 for targets of 1
    assert made.evaluate(X, [Y, Y], verbose=0) == [6.0, 1.0, 500.0, 1.0, 5.0]


def test_named_tuples_are_batches_as_other_tuples_are():
    pair = collections.namedtuple("pair", "x y")
    rows = tf.data.Dataset.from_tensor_slices((X, 5 * Y)).batch(2)
    assert model().evaluate(rows.map(pair), verbose=0) == 9
    assert keras.utils.unpack_x_y_sample_weight(pair(1, 2)) == (1, 2, None)


def test_evaluate_names_a_loss_of_its_own_once():
    class Own(keras.Model):
        def __init__(self, *args):
            super().__init__(*args)
            self.mean = keras.metrics.Mean(name="loss")

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
            loss = tf.reduce_mean(tf.square(y - y_pred))
            self.mean.update_state(loss)
            return loss

        @property
        def metrics(self):
            return [self.mean]

    inputs = keras.Input((2,))
    own = Own(inputs, keras.layers.Dense(1, kernel_initializer="ones")(inputs))
    own.compile("sgd", "mse")
    assert own.evaluate(X, Y, verbose=0) == 1
