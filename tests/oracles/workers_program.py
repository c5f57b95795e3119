"""The program that `make_workers.py` and `tests/distribute` run in several processes: it writes what
a worker sees and comes to, as JSON.

Run as `python workers_program.py OUT FOLDER [tensorflow]`, with TF_CONFIG set.
"""

import json
import os
import sys

import numpy as np

out, folder = sys.argv[1:3]
if len(sys.argv) > 3:
    import tensorflow as tf
else:
    import tensorbrook as tf

found = {}
strategy = tf.distribute.MultiWorkerMirroredStrategy()
index = strategy.cluster_resolver.task_id
Policy = tf.data.experimental.AutoShardPolicy


def with_policy(dataset, name):
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = Policy[name]
    return dataset.with_options(options)


def lines():
    return tf.data.TextLineDataset([os.path.join(folder, f"{i}.txt") for i in range(3)]).map(
        tf.strings.to_number
    )


def hinted():
    return tf.data.Dataset.range(8).shard(tf.data.experimental.SHARD_HINT, -1).batch(4)


DATASETS = {
    "range": lambda: tf.data.Dataset.range(12).batch(4),
    "range_uneven": lambda: tf.data.Dataset.range(11).batch(4),
    "range_odd": lambda: tf.data.Dataset.range(11).batch(5),
    "range_dropped": lambda: tf.data.Dataset.range(11).batch(4, drop_remainder=True),
    "repeated": lambda: tf.data.Dataset.range(6).repeat(2).batch(4),
    "shuffled": lambda: tf.data.Dataset.range(8).shuffle(8, seed=3).batch(4),
    "mapped": lambda: tf.data.Dataset.range(8).batch(4).map(lambda x: x + 1).prefetch(2),
    "lines": lambda: lines().batch(4),
    "names": lambda: (
        tf.data.Dataset.from_tensor_slices([os.path.join(folder, f"{i}.txt") for i in range(3)])
        .interleave(tf.data.TextLineDataset)
        .map(tf.strings.to_number)
        .batch(4)
    ),
    "unbatched": lambda: tf.data.Dataset.range(5),
}


def local(value):
    """What this worker's one replica has, as plain numbers."""
    (own,) = strategy.experimental_local_results(value)
    return own.numpy().astype(int).tolist()


def passes(dataset):
    try:
        distributed = strategy.experimental_distribute_dataset(dataset)
        return [local(x) for x in distributed]
    except Exception as fault:  # which one is the figure
        return type(fault).__name__


for name, make in DATASETS.items():
    for policy in ("AUTO", "FILE", "DATA", "OFF"):
        if name != "unbatched" or policy != "FILE":
            found[f"{name}/{policy}"] = passes(with_policy(make(), policy))
found["hinted/HINT"] = passes(with_policy(hinted(), "HINT"))


def of_context(context):
    size = context.get_per_replica_batch_size(4)
    return (
        tf.data.Dataset.range(8)
        .shard(context.num_input_pipelines, context.input_pipeline_id)
        .batch(size)
    )


found["function"] = [local(x) for x in strategy.distribute_datasets_from_function(of_context)]

# -- a loop of one's own ---------------------------------------------------------------------------

rng = np.random.default_rng(0)
x = rng.normal(size=(24, 3)).astype("float32")
y = (x @ np.array([[1.0], [-2.0], [0.5]]) + 0.1).astype("float32")
with strategy.scope():
    w = tf.Variable(np.full((3, 1), index + 0.5, "float32"))
    read = tf.Variable(
        0.0,
        synchronization=tf.VariableSynchronization.ON_READ,
        aggregation=tf.VariableAggregation.SUM,
    )
    mean = tf.Variable(0.0, aggregation=tf.VariableAggregation.MEAN)
found["first"] = w.numpy().tolist()
data = strategy.experimental_distribute_dataset(tf.data.Dataset.from_tensor_slices((x, y)).batch(8))


@tf.function
def step(xs, ys):
    def on_replica(xs, ys):
        context = tf.distribute.get_replica_context()
        with tf.GradientTape() as tape:
            loss = tf.nn.compute_average_loss(
                tf.reduce_sum((xs @ w - ys) ** 2, 1), global_batch_size=8
            )
        gradient = tape.gradient(loss, w)
        gradient = context.all_reduce(tf.distribute.ReduceOp.SUM, gradient)
        read.assign_add(tf.reduce_sum(ys))
        mean.assign_add(tf.cast(context.replica_id_in_sync_group, tf.float32))
        strategy.extended  # noqa: B018
        w.assign_sub(0.1 * gradient) if False else context.merge_call(
            lambda s, v, g: s.extended.update(v, lambda v, g: v.assign_sub(0.1 * g), (g,)),
            (w, gradient),
        )
        return loss

    losses = strategy.run(on_replica, (xs, ys))
    return strategy.reduce("SUM", losses, axis=None)


found["losses"] = [float(step(*batch)) for batch in data]
found["w"] = w.numpy().tolist()
found["read"] = float(tf.convert_to_tensor(read))
found["mean"] = float(tf.convert_to_tensor(mean))


def on_replica():
    context = tf.distribute.get_replica_context()
    v = tf.constant([float(context.replica_id_in_sync_group + 1)])
    with tf.GradientTape() as tape:
        tape.watch(v)
        total = context.all_reduce("SUM", v)
        z = total * total
    return (
        context.all_reduce("MEAN", v),
        total,
        tape.gradient(z, v),
        context.all_gather(v, 0),
        tf.cast(context.num_replicas_in_sync, tf.float32),
    )


found["replica"] = [t.numpy().tolist() for t in strategy.run(on_replica)]
value = tf.constant([[index, 1.0]])
found["reduce_mean"] = strategy.reduce("MEAN", value, axis=None).numpy().tolist()
found["reduce_axis"] = strategy.reduce("MEAN", value, axis=0).numpy().tolist()
found["gather"] = strategy.gather(value, 0).numpy().tolist()

with open(f"{out}.{index}", "w") as file:
    json.dump(found, file, default=str)
