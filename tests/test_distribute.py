"""tf.distribute in one process: replicas on logical CPUs, beside TensorFlow's figures."""

import functools
import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.config import scoped
from tensorbrook.base.context import context

HERE = Path(__file__).parent / "oracles"
sys.path.insert(0, str(HERE))

import distribute_cases  # noqa: E402

GOLDEN = json.loads((HERE / "golden" / "distribute.json").read_text())
X, Y = distribute_cases.X, distribute_cases.Y
CPU = "/job:localhost/replica:0/task:0/device:CPU:"


@pytest.fixture(autouse=True)
def cpus():
    """A function that makes several logical CPUs for the time of a test."""

    def make(count):
        cpu = tf.config.list_physical_devices("CPU")[0]
        one = tf.config.LogicalDeviceConfiguration()
        tf.config.set_logical_device_configuration(cpu, [one] * count)
        return tf.distribute.MirroredStrategy()

    with scoped():
        yield make
    assert context.replica is context.strategy is context.crew is None
    assert threading.active_count() < 10


def close(found, wanted, path="", least=2e-6):
    """Fails unless nested data are equal, floats within 1e-5."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), path
        for key in wanted:
            close(found[key], wanted[key], f"{path}/{key}", least)
    elif isinstance(wanted, list) and not _are_numbers(wanted):
        assert len(found) == len(wanted), f"{path}: {found} {wanted}"
        for number, (a, b) in enumerate(zip(found, wanted)):
            close(a, b, f"{path}/{number}", least)
    elif isinstance(wanted, list | float):
        np.testing.assert_allclose(found, wanted, 1e-5, least, err_msg=path)
    else:
        assert found == wanted, path


def _are_numbers(values):
    return values and all(isinstance(v, int | float) for v in values)


@pytest.mark.parametrize("count", sorted(GOLDEN.keys() - {"fit"}))
@pytest.mark.parametrize("case", distribute_cases.CASES, ids=lambda case: case.__name__)
def test_as_tensorflow(count, case, cpus):
    found = case(tf, cpus(int(count)))
    close(json.loads(json.dumps(found)), GOLDEN[count][case.__name__])


@pytest.mark.parametrize("name", distribute_cases.FITS)
def test_fit_as_keras(name, cpus):
    close(
        distribute_cases.fit(tf, cpus(2), name), GOLDEN["fit"][name], least=6e-5
    )  # figures of 5 digits


# -- one device's numbers --------------------------------------------------------------------------


def training(strategy, how, size=8):
    """(weights, loss, metric) of an epoch of a custom loop, in one of its forms."""
    tf.keras.utils.set_random_seed(1)
    keras = tf.keras
    with strategy.scope():
        model = keras.Sequential(
            [keras.Input((4,)), keras.layers.Dense(5, "tanh"), keras.layers.Dense(3)]
        )
        optimizer, metric = keras.optimizers.Adam(0.05), keras.metrics.MeanSquaredError()
        losses = keras.losses.MeanSquaredError(reduction="none")
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(size)
    data = strategy.experimental_distribute_dataset(dataset)

    def step(batch):
        x, y = batch
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            loss = tf.nn.compute_average_loss(losses(y, predictions), global_batch_size=size)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        metric.update_state(y, predictions)
        return loss

    lifted = tf.function(step)

    def train(batch, step=step):
        return strategy.reduce("SUM", strategy.run(step, args=(batch,)), axis=None)

    def epoch(data):
        total = 0.0
        for batch in data:
            total += train(batch)
        return total

    function = {"function": tf.function(train), "loop": tf.function(epoch)}.get(how)
    if how == "loop":
        loss = function(data)
    elif how == "iterator":
        iterator = iter(data)
        several = function = tf.function(lambda it: train(next(it)))
        loss = sum(several(iterator) for _ in range(3))
    else:
        steps = {"eager": train, "lifted": lambda b: train(b, lifted), "function": function}
        loss = sum(steps[how](batch) for batch in data)
    if function is not None:
        assert "runs eagerly" not in function.explain()
    assert int(optimizer.iterations) == 3
    return model.get_weights(), float(loss), float(metric.result())


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("how", ["eager", "function", "lifted", "loop", "iterator"])
def test_a_custom_loop_has_one_device_s_weights(how, count, cpus):
    wanted = training(tf.distribute.get_strategy(), "eager")
    found = training(cpus(count), how)
    for a, b in zip(found[0], wanted[0]):
        np.testing.assert_allclose(a, b, 0, 1e-5)
    np.testing.assert_allclose(found[1:], wanted[1:], 1e-5)


def fitted(strategy, **kwargs):
    tf.keras.utils.set_random_seed(2)
    keras = tf.keras
    with strategy.scope():
        model = keras.Sequential([keras.layers.Dense(4, "relu"), keras.layers.Dense(3)])
        model.compile("adam", "mse", metrics=["mae"], **kwargs)
    history = model.fit(X[:16], Y[:16], 8, epochs=3, verbose=0)
    return model, history.history


@pytest.mark.parametrize("kwargs", [{}, {"run_eagerly": True}, {"steps_per_execution": 2}])
def test_fit_has_one_device_s_weights(kwargs, cpus):
    (one, wanted), (two, found) = fitted(tf.distribute.get_strategy()), fitted(cpus(2), **kwargs)
    for a, b in zip(two.get_weights(), one.get_weights()):
        np.testing.assert_allclose(a, b, 0, 1e-5)
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], 1e-4)
    np.testing.assert_allclose(two.predict(X, verbose=0), one.predict(X, verbose=0), 0, 1e-5)
    np.testing.assert_allclose(two.predict_on_batch(X[:3]), one.predict_on_batch(X[:3]), 0, 1e-5)
    np.testing.assert_allclose(two.test_on_batch(X, Y), one.test_on_batch(X, Y), 1e-4)
    np.testing.assert_allclose(two.train_on_batch(X, Y), one.train_on_batch(X, Y), 1e-4)
    assert two.distribute_strategy.num_replicas_in_sync == 2


def test_a_train_step_of_one_s_own(cpus):
    strategy = cpus(2)

    class Model(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = tf.keras.layers.Dense(3, kernel_initializer="ones")

        def call(self, x):
            return self.dense(x)

        def train_step(self, data):
            x, y = data
            assert tf.distribute.get_replica_context().num_replicas_in_sync == 2
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self(x) - y)) / 2.0
            weights = self.trainable_variables
            self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
            return {"own": loss}

    with strategy.scope():
        model = Model()
        model.compile(tf.keras.optimizers.SGD(0.1))
    history = model.fit(X[:8], Y[:8], 8, shuffle=False, verbose=0).history
    first = np.mean((X[:4].sum(1, keepdims=True) - Y[:4]) ** 2) / 2
    np.testing.assert_allclose(history["own"], [first], 1e-5)  # the first replica's, as in Keras


def test_every_row_is_seen_once(cpus):
    strategy = cpus(3)
    numbers = tf.data.Dataset.range(100)
    pipelines = {
        "batches": strategy.experimental_distribute_dataset(numbers.shuffle(50).batch(7)),
        "function": strategy.distribute_datasets_from_function(
            lambda context: numbers.shard(context.num_input_pipelines, 0).batch(4)
        ),
    }
    for name, data in pipelines.items():
        seen = [
            int(row)
            for batch in data
            for part in strategy.experimental_local_results(batch)
            for row in part
        ]
        assert sorted(seen) == list(range(100)), name


def test_files_go_between_strategies_and_one_device(tmp_path, cpus):
    (two, _), (one, _) = fitted(cpus(2)), fitted(tf.distribute.get_strategy())
    strategy = two.distribute_strategy
    wanted = two.predict(X, verbose=0)
    two.save(tmp_path / "model.keras")
    loaded = tf.keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict(X, verbose=0), wanted, 0, 1e-6)
    tf.train.Checkpoint(model=two, optimizer=two.optimizer).save(str(tmp_path / "two"))
    one.set_weights([np.zeros_like(w) for w in one.get_weights()])
    found = tf.train.Checkpoint(model=one, optimizer=one.optimizer)
    found.restore(tf.train.latest_checkpoint(tmp_path)).assert_consumed()
    np.testing.assert_allclose(one.predict(X, verbose=0), wanted, 0, 1e-6)
    one.save(tmp_path / "one.keras")
    with strategy.scope():
        back = tf.keras.models.load_model(tmp_path / "one.keras")
    np.testing.assert_allclose(back.predict(X, verbose=0), wanted, 0, 1e-6)
    for a, b in zip(
        back.fit(X[:16], Y[:16], 8, shuffle=False, verbose=0).history.values(),
        one.fit(X[:16], Y[:16], 8, shuffle=False, verbose=0).history.values(),
    ):
        np.testing.assert_allclose(a, b, 1e-4)


def test_a_sum_is_kept_as_a_sum(tmp_path, cpus):
    strategy = cpus(2)

    def variable():
        return tf.Variable(
            0.0,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.SUM,
        )

    with strategy.scope():
        v = variable()
    strategy.run(lambda: v.assign_add(3.0))
    path = tf.train.Checkpoint(v=v).write(str(tmp_path / "c"))
    plain = tf.Variable(0.0)
    tf.train.Checkpoint(v=plain).read(path)
    with strategy.scope():
        again = variable()
    tf.train.Checkpoint(v=again).read(path)
    assert plain.numpy() == again.numpy() == 6.0
    assert [x.numpy() for x in strategy.experimental_local_results(again)] == [3.0, 3.0]


# -- replicas --------------------------------------------------------------------------------------


def test_a_function_within_a_replica_s_function(cpus):
    strategy = cpus(2)
    with strategy.scope():
        v = tf.Variable(
            0.0,
            synchronization=tf.VariableSynchronization.ON_READ,
            aggregation=tf.VariableAggregation.MEAN,
        )

    @tf.function
    def inner():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        v.assign_add(tf.cast(replica, tf.float32) + 1.0)
        return v + 0.0

    for n in (1.0, 2.0):
        found = strategy.run(lambda: inner())
        assert [x.numpy() for x in found.values] == [n, 2 * n]
    assert v.numpy() == 3.0


def test_a_tape_around_a_run_sees_all_replicas(cpus):
    strategy = cpus(2)
    w = tf.Variable(3.0)
    x = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(context.replica_id_in_sync_group + 1.0)
    )

    def loss(x):
        return tf.distribute.get_replica_context().all_reduce("SUM", w * w * x)

    with tf.GradientTape() as tape:
        total = strategy.reduce("MEAN", strategy.run(loss, (x,)), axis=None)
    assert total.numpy() == 27.0 and tape.gradient(total, w).numpy() == 18.0


def test_a_fault_of_one_replica_ends_all(cpus):
    strategy = cpus(3)
    reached = []

    def fault(where):
        replica = tf.distribute.get_replica_context()
        replica.all_reduce("SUM", 1.0)
        reached.append(replica.replica_id_in_sync_group.numpy())
        if reached[-1] == where:
            raise OSError(f"of replica {where}")
        replica.all_reduce("SUM", 1.0)

    for where in range(3):
        reached.clear()
        with pytest.raises(OSError, match=f"of replica {where}"):
            strategy.run(fault, (where,))
        assert reached == list(range(where + 1))
    assert strategy.run(lambda: tf.distribute.get_replica_context().all_reduce("SUM", 1.0)).values[
        2
    ].numpy() == 3.0  # fmt: skip


def test_variables_made_by_a_replica(cpus):
    strategy = cpus(2)
    made = {}

    @tf.function
    def step(x):
        if not made:
            made["v"] = tf.Variable(1.0, aggregation=tf.VariableAggregation.SUM)
        made["v"].assign_add(x)
        return made["v"].read_value()

    one = distribute_cases.numbers(tf, strategy)
    assert [strategy.run(step, (one,)).values[1].numpy() for _ in range(2)] == [4.0, 7.0]


@pytest.mark.parametrize("how", ["eager", "function", "lifted"])
@pytest.mark.parametrize("meet", [False, True])
def test_replicas_read_their_own_values_before_they_write_them(how, meet, cpus):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        v = tf.Variable([1.0, 1.0])

    def on_replica():
        context = tf.distribute.get_replica_context()
        before = v.value()
        if meet:
            context.all_reduce("sum", before)
        return v.assign(before / 2 + tf.cast(context.replica_id_in_sync_group, tf.float32))

    inner = tf.function(on_replica) if how == "lifted" else on_replica
    step = functools.partial(strategy.run, inner)
    step = tf.function(step) if how == "function" else step
    for wanted in ([0.5, 1.5], [0.25, 1.75], [0.125, 1.875]):  # each half, and its number
        found = strategy.experimental_local_results(step())
        assert [x.numpy().tolist() for x in found] == [[w, w] for w in wanted]
        assert [x.numpy()[0] for x in v.values] == wanted and v.numpy()[0] == wanted[0]
    np.testing.assert_array_equal(strategy.reduce("SUM", v, axis=None), [2, 2])
    assert strategy.reduce("MEAN", v, axis=0).numpy() == 1.0
    assert strategy.gather(v, axis=0).numpy().tolist() == [0.125, 0.125, 1.875, 1.875]


@pytest.mark.parametrize("how", ["eager", "function"])
def test_values_of_each_replica_have_gradients(how, cpus):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    with strategy.scope():
        w = tf.Variable([1.0, 2.0])

    def on_replica():
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(w**2)
        g = tape.gradient(loss, w)
        w.assign_sub(0.25 * tf.distribute.get_replica_context().all_reduce("mean", g))

    step = functools.partial(strategy.run, on_replica)
    step = tf.function(step) if how == "function" else step
    for scale in (0.5, 0.25, 0.125):
        step()
        assert [x.numpy().tolist() for x in w.values] == [[scale, 2 * scale]] * 2


@pytest.mark.parametrize("how", ["step", "fit"])
def test_batch_normalization_keeps_count_of_all_steps(how, cpus):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    x = np.repeat([[1.0], [3.0]], 4, axis=1).astype("float32")  # a row for each replica
    with strategy.scope():
        layer = tf.keras.layers.BatchNormalization(momentum=0.5)
        model = tf.keras.Sequential([tf.keras.Input((4,)), layer])
        model.compile("sgd", "mse")
    step = tf.function(lambda b: strategy.run(lambda x: model(x, training=True), (b,)))
    data = tf.data.Dataset.from_tensors(x)
    if how == "fit":
        model.fit(data.map(lambda x: (x, x)), epochs=3, verbose=0)
    else:
        for _ in range(3):
            for batch in strategy.experimental_distribute_dataset(data):
                step(batch)
    means = [v.numpy()[0] for v in layer.moving_mean.values]
    assert means == [1 - 0.5**3, 3 * (1 - 0.5**3)]


def test_one_replica_s_mean_has_its_dtype(cpus):
    strategy = tf.distribute.OneDeviceStrategy("CPU:0")  # and what TensorFlow's takes besides
    mean = strategy.reduce("MEAN", strategy.run(lambda: tf.constant(3)), axis=None)
    assert mean.dtype == tf.int32 and mean.numpy() == 3
    with strategy.scope():
        v = tf.Variable(1.0, synchronization=tf.VariableSynchronization.NONE)
    assert v.assign_add(1.0).numpy() == strategy.experimental_run_v2(v.value).numpy() == 2.0
    both = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    assert both.experimental_local_results([1, 2]) == ([1, 2], [1, 2])


def test_iterators_of_tensorflow_1(cpus):
    strategy = cpus(2)
    data = tf.data.Dataset.range(8, output_type=tf.float32).batch(4)
    iterator = strategy.make_dataset_iterator(data)

    def run(iterator):
        found = strategy.experimental_run(lambda x: 2 * x, iterator)
        return [x.numpy().tolist() for x in strategy.experimental_local_results(found)]

    for _ in range(2):  # TensorFlow's
        iterator.initialize()
        assert run(iterator) == [[0, 2], [4, 6]] and run(iterator) == [[8, 10], [12, 14]]
    assert run(strategy.make_input_fn_iterator(lambda _: data)) == [[0, 2, 4, 6], [8, 10, 12, 14]]
    assert strategy.experimental_run(lambda: 3) == 3


def test_logical_devices_have_names_and_one_memory(cpus):
    assert cpus(3).extended.worker_devices == (f"{CPU}0", f"{CPU}1", f"{CPU}2")
    assert [d.name for d in tf.config.list_logical_devices("CPU")] == [
        "/device:CPU:0",
        "/device:CPU:1",
        "/device:CPU:2",
    ]
    assert len(tf.config.list_physical_devices("CPU")) == 1
    tf.config.set_soft_device_placement(False)
    with tf.device("/CPU:2"):
        assert tf.constant(1.0).device == f"{CPU}0"
    with pytest.raises(tf.errors.InvalidArgumentError, match="CPU:3"), tf.device("/CPU:3"):
        tf.constant(1.0)


def test_other_strategies(cpus):
    cpus(2)
    one = tf.distribute.OneDeviceStrategy("/CPU:1")
    assert one.extended.worker_devices == (f"{CPU}1",)
    assert not one.extended._in_multi_worker_mode()
    central = tf.distribute.experimental.CentralStorageStrategy(["CPU:0", "CPU:1"], "CPU:0")
    assert central.extended.parameter_devices == (f"{CPU}0",)
    with one.scope():
        v = tf.Variable(1.0)
    assert one.run(lambda: v.assign_add(1.0)).numpy() == 2.0
    with central.scope():
        w = tf.Variable(1.0, aggregation=tf.VariableAggregation.SUM)
    central.run(lambda: w.assign_add(1.0))
    assert w.numpy() == 3.0
    tf.distribute.experimental_set_strategy(one)
    assert tf.distribute.get_strategy() is one and tf.distribute.in_cross_replica_context()
    tf.distribute.experimental_set_strategy(None)
    assert not tf.distribute.has_strategy()


def test_extended(cpus):
    strategy = cpus(2)
    with strategy.scope():
        v = tf.Variable(1.0)
    extended, one = strategy.extended, distribute_cases.numbers(tf, strategy)
    assert extended.variable_created_in_scope(v)
    assert not extended.variable_created_in_scope(tf.Variable(1.0))
    assert extended.reduce_to("SUM", one, v).values[1].numpy() == 3.0
    assert extended.reduce_to("MEAN", one, "CPU:0").numpy() == 1.5
    assert [m.values[0].numpy() for m in extended.batch_reduce_to("SUM", [(one, v)])] == [3.0]
    extended.update(v, lambda v, x: v.assign(x), args=(7.0,))
    assert extended.read_var(v).numpy() == 7.0 and extended.value_container(v) is v
    assert repr(extended.broadcast_to(1, v)) == "Mirrored:{\n  0: 1,\n  1: 1\n}"


def test_replicas_draw_tensorflow_s_numbers(cpus):
    strategy = cpus(2)
    with strategy.scope():
        generator = tf.random.Generator.from_seed(1)
    wanted = [[-0.87930447, 0.020661574], [-1.5822568, 0.77539235]]
    for numbers in wanted:
        found = strategy.run(lambda: generator.normal([]))
        np.testing.assert_allclose([x.numpy() for x in found.values], numbers, 1e-5)
    for run in (strategy.run, tf.function(strategy.run)):
        tf.random.set_seed(1)
        found = run(lambda: tf.random.uniform([], seed=3))  # one stream for each replica
        np.testing.assert_allclose([x.numpy() for x in found.values], [0.7787856] * 2, 1e-6)
    tf.random.set_seed(1)
    found = [x.numpy() for _ in range(2) for x in strategy.run(tf.random.uniform, ([],)).values]
    np.testing.assert_allclose(found, [0.16513085, 0.51010704, 0.8292774, 0.2364521], 1e-5)


# -- what is refused -------------------------------------------------------------------------------


def _in_replica(call):
    return lambda strategy: strategy.run(lambda: call(strategy))


def _nested(strategy):
    replica = tf.distribute.get_replica_context
    return strategy.run(lambda: tf.function(lambda: replica().all_reduce("SUM", 1.0))())


def _uneven(strategy):
    replica = tf.distribute.get_replica_context()
    if replica.replica_id_in_sync_group == 0:
        replica.all_reduce("SUM", 1.0)


def _with_variable(strategy, **kwargs):
    with strategy.scope():
        return tf.Variable(1.0, **kwargs)


def _other_scope(strategy):
    with strategy.scope(), tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        pass


def _in_scope(call):
    def run(strategy):
        with strategy.scope():
            return call()

    return run


CROSS = "requires being in cross-replica context"
WRONG = [
    (lambda s: tf.distribute.MirroredStrategy(["CPU:0", "/cpu:0"]), ValueError, "No duplicates"),
    (lambda s: tf.distribute.OneDeviceStrategy(), TypeError, "device"),
    (lambda s: tf.distribute.TPUStrategy(), ValueError, "provide a TPU Name"),
    (
        lambda s: tf.distribute.ParameterServerStrategy(None),
        NotImplementedError,
        "MultiWorkerMirroredStrategy",
    ),
    (lambda s: s.reduce("MAX", 1.0, axis=None), ValueError, "'MAX' is not a valid ReduceOp"),
    (lambda s: s.reduce("SUM", 1.0, axis=None), ValueError, "non-DistributedValues value"),
    (lambda s: s.run(3), TypeError, "expected a function"),
    (_in_replica(lambda s: s.run(int)), RuntimeError, CROSS),
    (_in_replica(lambda s: s.reduce("SUM", 1.0, axis=None)), RuntimeError, CROSS),
    (_in_replica(lambda s: s.scope().__enter__()), RuntimeError, CROSS),
    (_nested, RuntimeError, "while defining a new graph or a tf.function"),
    (_in_replica(_uneven), RuntimeError, "different number of replica_context"),
    (_other_scope, RuntimeError, "Mixing different tf.distribute.Strategy"),
    (
        lambda s: _with_variable(s, synchronization=tf.VariableSynchronization.NONE),
        ValueError,
        "`NONE` variable synchronization",
    ),
    (lambda s: _with_variable(s, synchronization="x"), ValueError, "synchronization mode: x"),
    (lambda s: _with_variable(s, aggregation="x"), ValueError, "aggregation mode: x"),
    (
        lambda s: s.experimental_distribute_dataset(tf.data.Dataset.range(3)).__iter__().get_next(),
        IndexError,
        "batch the data set first",
    ),
    (lambda s: s.experimental_distribute_dataset([1]), TypeError, "expected a tf.data.Dataset"),
    (
        lambda s: s.experimental_distribute_dataset(
            tf.data.Dataset.range(3),
            tf.distribute.InputOptions(
                experimental_replication_mode=tf.distribute.InputReplicationMode.PER_REPLICA
            ),
        ),
        NotImplementedError,
        "only supported in `distribute_datasets_from_function`",
    ),
    (
        lambda s: tf.distribute.InputContext(1, 0, 2).get_per_replica_batch_size(5),
        ValueError,
        "5 is not divisible by `num_replicas_in_sync` 2",
    ),
    (
        lambda s: tf.reduce_sum(distribute_cases.numbers(tf, s)),
        ValueError,
        r"\[tf.*reduce_sum\] Attempt to convert a value",
    ),
    (
        _in_scope(lambda: tf.nn.compute_average_loss([1.0])),
        RuntimeError,
        "`compute_average_loss` in cross replica context",
    ),
    (
        _in_scope(lambda: tf.keras.optimizers.SGD().apply([1.0], [tf.Variable(1.0)])),
        ValueError,
        "must be called in a replica context",
    ),
    (
        lambda s: s.gather(distribute_cases.numbers(tf, s), 0),
        tf.errors.InvalidArgumentError,
        "cannot join scalars",
    ),
    (lambda s: tf.distribute.NcclAllReduce(-1), ValueError, "num_packs >= 0"),
    (
        lambda s: tf.distribute.experimental.CommunicationOptions(bytes_per_pack=-1),
        ValueError,
        "bytes_per_pack",
    ),
    (
        lambda s: tf.distribute.ReductionToOneDevice(accumulation_fn=max),
        NotImplementedError,
        "merge_call",
    ),
]


@pytest.mark.parametrize(("call", "fault", "match"), WRONG)
def test_wrong_calls(call, fault, match, cpus):
    with pytest.raises(fault, match=match):
        call(cpus(2))
