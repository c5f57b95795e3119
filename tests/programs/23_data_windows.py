"""tf.data: windows, padding, interleaving and apply."""

import tensorflow as tf

range_ds = tf.data.Dataset.range(20)
for batch in range_ds.batch(6, drop_remainder=True).take(2):
    print(batch[:-1].numpy(), "->", batch[1:].numpy())

windows = range_ds.window(5, shift=3, drop_remainder=True)
for window in windows.flat_map(lambda w: w.batch(5)).take(3):
    print(window.numpy())


def make_window_dataset(ds, window_size=4, shift=1, stride=1):
    windows = ds.window(window_size, shift=shift, stride=stride)
    return windows.flat_map(lambda sub: sub.batch(window_size, drop_remainder=True))


for example in make_window_dataset(range_ds, window_size=3, shift=5, stride=2):
    print(example.numpy())

ragged = tf.data.Dataset.range(1, 6).map(lambda x: tf.fill([x], x))
for batch in ragged.padded_batch(3, padded_shapes=(None,)):
    print(batch.numpy().tolist())
for batch in ragged.padded_batch(
    2, padded_shapes=[5], padding_values=tf.constant(-1, tf.int64), drop_remainder=True
):
    print(batch.numpy().tolist())

mixed = tf.data.Dataset.range(1, 4).interleave(
    lambda x: tf.data.Dataset.from_tensors(x).repeat(4), cycle_length=2, block_length=2
)
print(list(mixed.as_numpy_iterator()))
print(
    list(
        tf.data.Dataset.range(3)
        .flat_map(lambda x: tf.data.Dataset.range(x + 1))
        .as_numpy_iterator()
    )
)
print([int(x) for x in range_ds.apply(lambda ds: ds.filter(lambda v: v < 3))])
print([b.numpy().tolist() for b in range_ds.take(6).batch(2).unbatch().batch(3)])
print([b.numpy().tolist() for b in range_ds.batch(4).batch(2, drop_remainder=True).take(1)])

nested = tf.data.Dataset.zip(
    {"n": tf.data.Dataset.range(3), "t": tf.data.Dataset.from_tensor_slices(tf.eye(3))}
)
for element in nested:
    print(int(element["n"]), element["t"].numpy())
total, n = range_ds.reduce(
    (tf.constant(0, tf.int64), tf.constant(0)), lambda s, x: (s[0] + x, s[1] + 1)
)
print(total.numpy(), n.numpy())

dense = tf.data.Dataset.from_tensor_slices(tf.range(8.0)).batch(4).map(lambda x: (x[:3], x[3:]))
for inputs, target in dense:
    print(inputs.numpy(), target.numpy())
print(dense.element_spec)
print([int(x) for x in range_ds.shard(num_shards=4, index=1)])
print([int(x) for x in range_ds.take_while(lambda x: x < 4)])
print(
    list(
        range_ds.skip(15)
        .scan(tf.constant(0, tf.int64), lambda s, x: (s + x, s + x))
        .as_numpy_iterator()
    )
)
