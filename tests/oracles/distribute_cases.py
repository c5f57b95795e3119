"""Programs under tf.distribute.MirroredStrategy, run by TensorFlow (make_distribute.py) and by us.

Each is a function of `tf` and of a strategy, and returns plain data. No weight begins at random.
"""

import numpy as np

X = np.sin(np.arange(88, dtype=np.float32)).reshape(22, 4)
Y = np.cos(np.arange(66, dtype=np.float32)).reshape(22, 3)


def plain(value):
    """Tensors, variables and arrays as lists and numbers."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "to_list"):
        return value.to_list()
    return np.asarray(value).astype(object).tolist()


def results(strategy, value):
    """The values of all replicas as plain data."""
    return plain(strategy.experimental_local_results(value))


def numbers(tf, strategy):
    """1, 2, ... as float32, one for each replica."""
    return strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(context.replica_id_in_sync_group + 1.0)
    )


# -- values ----------------------------------------------------------------------------------------


def values(tf, strategy):
    one = numbers(tf, strategy)
    rows = strategy.run(lambda n: tf.stack([n, 2 * n]), (one,))
    uneven = strategy.experimental_distribute_values_from_function(
        lambda context: tf.range(float(context.replica_id_in_sync_group + 1))
    )
    return plain({
        "printed": [repr(one), str(rows)],
        "sum": strategy.reduce("SUM", rows, axis=None),
        "mean": strategy.reduce(tf.distribute.ReduceOp.MEAN, rows, axis=None),
        "sum of rows": strategy.reduce("SUM", rows, axis=0),
        "mean of rows": strategy.reduce("MEAN", uneven, axis=0),
        "gathered": strategy.gather(uneven, axis=0),
        "structure": strategy.reduce("SUM", {"a": one, "b": [rows]}, axis=None),
        "results": strategy.experimental_local_results(rows),
        "where": strategy.run(lambda: tf.distribute.get_replica_context().num_replicas_in_sync),
    })  # fmt: skip


def collectives(tf, strategy):
    one = numbers(tf, strategy)

    def joined(n):
        context = tf.distribute.get_replica_context()
        rows = tf.fill([2], n)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(rows)
            total = context.all_reduce("SUM", rows * rows)
            mean = context.all_reduce("MEAN", n * rows * rows)
            every = context.all_gather(n * rows * rows, axis=0)
        return {
            "total": total,
            "mean": mean,
            "every": every,
            "of total": tape.gradient(total, rows),
            "of mean": tape.gradient(mean, rows),
            "of every": tape.gradient(every, rows),
            "merged": context.merge_call(
                lambda strategy, n: strategy.reduce("SUM", n, axis=None), args=(n,)
            ),
            "id": context.replica_id_in_sync_group,
        }

    found = {}
    for name, run in RUNS.items():
        every = run(tf, strategy, joined)(one)
        found[name] = {key: results(strategy, value) for key, value in every.items()}
    return found


def _lifted(tf, strategy, fn):
    function = tf.function(fn)
    return lambda *args: strategy.run(function, args)


RUNS = {
    "eager": lambda tf, strategy, fn: lambda *args: strategy.run(fn, args),
    "in a function": lambda tf, strategy, fn: tf.function(lambda *args: strategy.run(fn, args)),
    "a function": _lifted,
}


# -- variables -------------------------------------------------------------------------------------


def variables(tf, strategy):
    one, found = numbers(tf, strategy), {}
    kinds = [
        (synchronization, aggregation)
        for synchronization in ("AUTO", "ON_READ")
        for aggregation in ("NONE", "SUM", "MEAN", "ONLY_FIRST_REPLICA")
    ]
    for synchronization, aggregation in kinds:
        with strategy.scope():
            v = tf.Variable(
                8.0,
                trainable=False,
                synchronization=tf.VariableSynchronization[synchronization],
                aggregation=tf.VariableAggregation[aggregation],
            )
        steps = found[f"{synchronization} {aggregation}"] = [repr(v)]

        def note(result, v=v, steps=steps):
            steps.append([results(strategy, result), results(strategy, v), _or_error(v.read_value)])

        for method in ("assign", "assign_add", "assign_sub"):
            for run in RUNS.values():

                def write(n, v=v, method=method):
                    getattr(v, method)(n)
                    return v.read_value()

                note(run(tf, strategy, write)(one))
            if aggregation != "NONE" or synchronization == "AUTO":
                steps.append(_or_error(lambda v=v, method=method: getattr(v, method)(5.0) and 0))
                note(strategy.run(lambda v=v: v * 2.0))
    return found


def _or_error(call):
    try:
        return plain(call())
    except (ValueError, RuntimeError) as error:
        return type(error).__name__


# -- data ------------------------------------------------------------------------------------------

BATCHES = [(8, 4), (10, 4), (9, 4), (5, 4), (7, 3), (8, 5), (3, 8), (1, 4), (4, 1), (13, 6)]


def data(tf, strategy):
    def elements(distributed):
        return [
            {k: results(strategy, v) for k, v in x.items()}
            if isinstance(x, dict)
            else [results(strategy, part) for part in (x if isinstance(x, tuple) else (x,))]
            for x in distributed
        ]

    def split(dataset):
        return elements(strategy.experimental_distribute_dataset(dataset))

    found = {}
    for rows, batch in BATCHES:
        for drop in (False, True):
            dataset = tf.data.Dataset.range(rows).batch(batch, drop_remainder=drop)
            found[f"{rows} by {batch}{' whole' if drop else ''}"] = split(dataset)
    numbers = tf.data.Dataset.range(9)
    found["pairs"] = split(numbers.batch(4).map(lambda x: (x, 2 * x)))
    found["dict"] = split(numbers.batch(4).map(lambda x: {"a": x, "b": [x, x]}))
    found["repeated"] = split(tf.data.Dataset.range(5).repeat(2).batch(4).prefetch(2))
    found["filtered"] = split(numbers.batch(4).filter(lambda x: x[0] > 3))
    found["shuffled"] = split(numbers.shuffle(9, seed=1).batch(4))
    rows = tf.ragged.constant([[1], [2, 3], [], [4], [5]])
    found["ragged"] = split(tf.data.Dataset.from_tensor_slices(rows).batch(4))

    def batches(context):
        found["context"] = [
            context.num_input_pipelines,
            context.input_pipeline_id,
            context.num_replicas_in_sync,
        ]
        return tf.data.Dataset.range(18).batch(context.get_per_replica_batch_size(8))

    found["from a function"] = elements(strategy.distribute_datasets_from_function(batches))
    options = tf.distribute.InputOptions(
        experimental_replication_mode=tf.distribute.InputReplicationMode.PER_REPLICA,
        experimental_fetch_to_device=False,
        experimental_place_dataset_on_device=True,
    )
    each = strategy.distribute_datasets_from_function(
        lambda context: tf.data.Dataset.range(5).batch(2), options
    )
    found["for each replica"] = elements(each)
    return found


def iteration(tf, strategy):
    distributed = strategy.experimental_distribute_dataset(tf.data.Dataset.range(9).batch(4))
    found = {}

    @tf.function
    def total(data):
        total = tf.constant(0, tf.int64)
        for x in data:
            total += strategy.reduce("SUM", strategy.run(tf.reduce_sum, (x,)), axis=None)
        return total

    found["loop in a function"] = plain(total(distributed))
    iterator = iter(distributed)
    found["next"] = [
        results(strategy, iterator.get_next_as_optional().get_value()),
        results(strategy, next(iterator)),
        results(strategy, iterator.get_next()),
        plain(iterator.get_next_as_optional().has_value()),
        next(iterator, "no more"),
    ]
    found["spec"] = str(distributed.element_spec)
    return found


# -- Keras -----------------------------------------------------------------------------------------


def _model(tf, norm=None, **kwargs):
    keras, started = tf.keras, tf.keras.initializers.Constant
    layers = [
        keras.Input((4,)),
        keras.layers.Dense(5, "tanh", kernel_initializer=started(0.1), **kwargs),
    ]
    if norm is not None:
        layers.append(keras.layers.BatchNormalization(synchronized=norm))
    return keras.Sequential([*layers, keras.layers.Dense(3, kernel_initializer=started(0.2))])


def _fit(tf, strategy, optimizer="sgd", loss="mse", rows=20, metrics=None, data=False, **kwargs):
    sample_weight = kwargs.pop("sample_weight", None)
    with strategy.scope():
        model = _model(tf, **kwargs)
        made = optimizer(tf.keras.optimizers) if callable(optimizer) else optimizer
        loss = loss(tf.keras.losses) if callable(loss) else loss
        model.compile(made, loss, metrics=metrics)
    random = np.random.RandomState(0)
    x, y = (random.randn(20, n).astype("float32")[:rows] for n in (4, 3))
    if "sparse" in str(loss):
        y = random.randint(0, 3, 20)[:rows]
    if data:
        dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
        history = model.fit(dataset, epochs=2, verbose=0)
    else:
        given = {"shuffle": False, "verbose": 0, "sample_weight": sample_weight}
        history = model.fit(x, y, 8, epochs=2, **given)
    return plain({
        "history": history.history,
        "weights": [w.ravel()[:4] for w in model.get_weights()],
        "evaluate": model.evaluate(x, y, batch_size=8, verbose=0),
        "predicted": model.predict(x, batch_size=8, verbose=0).sum(),
    })  # fmt: skip


def _decaying(optimizers):
    return optimizers.SGD(optimizers.schedules.ExponentialDecay(0.1, 1, 0.5))


FITS = {
    "sgd": {},
    "sgd even": {"rows": 16},
    "ds": {"data": True},
    "adam": {"optimizer": "adam", "rows": 16},
    "17": {"rows": 17},
    "metrics": {"metrics": ["mae", "mse"]},
    "metrics17": {"metrics": ["mae"], "rows": 17},
    "acc": {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]},
    "bn": {"norm": False, "rows": 16},
    "sync": {"norm": True, "rows": 16},
    "sync17": {"norm": True, "rows": 18},
    "clip": {"optimizer": lambda o: o.SGD(0.1, clipnorm=0.1), "rows": 16},
    "gclip": {"optimizer": lambda o: o.SGD(0.1, global_clipnorm=0.1), "rows": 16},
    "reg": {"kernel_regularizer": "l2", "rows": 16},
    "sum": {"loss": lambda losses: losses.MeanSquaredError(reduction="sum"), "rows": 16},
    "none": {"loss": lambda losses: losses.MeanSquaredError(reduction="none"), "rows": 16},
    "sw": {"sample_weight": np.arange(16) / 8.0, "rows": 16},
    "ema": {"optimizer": lambda o: o.SGD(0.1, use_ema=True, ema_momentum=0.5), "rows": 16},
    "wd": {"optimizer": lambda o: o.AdamW(0.01, weight_decay=0.1), "rows": 16},
    "ls": {"optimizer": lambda o: o.LossScaleOptimizer(o.SGD(0.1)), "rows": 16},
    "sched": {"optimizer": _decaying, "rows": 16},
}


def fit(tf, strategy, name):
    return _fit(tf, strategy, **FITS[name])


def custom(tf, strategy):
    """The form of TensorFlow's tutorial on custom training loops."""
    size = 8
    with strategy.scope():
        model, optimizer = _model(tf), tf.keras.optimizers.Adam(0.05)
        metric = tf.keras.metrics.MeanSquaredError()
        optimizer.build(model.trainable_variables)
    dataset = tf.data.Dataset.from_tensor_slices((X, Y)).batch(size)
    distributed = strategy.experimental_distribute_dataset(dataset)

    def step(batch):
        x, y = batch
        with tf.GradientTape() as tape:
            predictions = model(x, training=True)
            losses = tf.reduce_mean(tf.square(predictions - y), axis=-1)
            loss = tf.nn.compute_average_loss(losses, global_batch_size=size)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        metric.update_state(y, predictions)
        return loss

    @tf.function
    def train(batch):
        return strategy.reduce("SUM", strategy.run(step, args=(batch,)), axis=None)

    losses = [[train(batch) for batch in distributed] for _ in range(2)]
    return plain({
        "losses": losses,
        "weights": model.get_weights(),
        "metric": metric.result(),
        "iterations": optimizer.iterations,
    })  # fmt: skip


def losses(tf, strategy):
    each = tf.constant([1.0, 2.0, 3.0])
    with strategy.scope():
        loss = tf.keras.losses.MeanSquaredError()
        dropout = tf.keras.layers.Dropout(0.5, seed=7)
        metric = tf.keras.metrics.Mean()

    def on_replica(n):
        metric.update_state(n)
        return {
            "average": tf.nn.compute_average_loss(each),
            "of 12": tf.nn.compute_average_loss(each, global_batch_size=12),
            "weighted": tf.nn.compute_average_loss(each, sample_weight=each),
            "regularization": tf.nn.scale_regularization_loss(each),
            "keras": loss([[1.0], [2.0]], [[0.0], [0.0]]),
            "dropout": dropout(tf.ones((1, 8)), training=True),
            "metric here": metric.result(),
        }

    found = strategy.run(on_replica, (numbers(tf, strategy),))
    found = {name: results(strategy, value) for name, value in found.items()}
    return {**found, "metric": plain(metric.result())}


CASES = [values, collectives, variables, data, iteration, custom, losses]
