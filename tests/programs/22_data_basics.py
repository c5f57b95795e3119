"""tf.data: sources, transformations, and how a dataset is read."""

import numpy as np
import tensorflow as tf

dataset = tf.data.Dataset.from_tensor_slices([8, 3, 0, 8, 2, 1])
print([elem.numpy() for elem in dataset])
it = iter(dataset)
print(next(it).numpy(), next(it).numpy())
print(dataset.reduce(0, lambda state, value: state + value).numpy())
print(dataset.element_spec, len(dataset), dataset.cardinality().numpy())

features = np.arange(12, dtype=np.float32).reshape(6, 2)
labels = np.array([0, 1, 0, 1, 1, 0])
pairs = tf.data.Dataset.from_tensor_slices((features, labels))
for x, y in pairs.take(2):
    print(x.numpy(), y.numpy())
print(pairs.element_spec)
named = tf.data.Dataset.from_tensor_slices({"a": [1, 2], "b": [[1.0], [2.0]]})
for row in named:
    print({k: v.numpy().tolist() for k, v in row.items()})

numbers = tf.data.Dataset.range(10)
print(list(numbers.map(lambda x: x * x).as_numpy_iterator()))
print(list(numbers.filter(lambda x: x % 3 == 0).as_numpy_iterator()))
print(
    list(numbers.skip(7).as_numpy_iterator()), list(numbers.take(3).repeat(2).as_numpy_iterator())
)
print([b.numpy().tolist() for b in numbers.batch(4)])
print([b.numpy().tolist() for b in numbers.batch(4, drop_remainder=True)])
print(numbers.batch(4).element_spec, numbers.batch(4, drop_remainder=True).element_spec)
print(
    len(numbers.batch(4)),
    numbers.repeat().cardinality().numpy(),
    numbers.filter(lambda x: x > 2).cardinality().numpy(),
)

zipped = tf.data.Dataset.zip((tf.data.Dataset.range(1, 4), tf.data.Dataset.range(4, 8)))
print([(int(a), int(b)) for a, b in zipped])
print(list(tf.data.Dataset.range(3).concatenate(tf.data.Dataset.range(10, 12)).as_numpy_iterator()))
print(
    [
        (int(i), float(v))
        for i, v in tf.data.Dataset.from_tensor_slices([0.5, 1.5]).enumerate(start=5)
    ]
)
print([b.numpy().tolist() for b in tf.data.Dataset.from_tensors([1, 2, 3]).unbatch()][:2])


def count(stop):
    i = 0
    while i < stop:
        yield i, [i] * 2
        i += 1


generated = tf.data.Dataset.from_generator(
    count,
    args=[3],
    output_signature=(tf.TensorSpec((), tf.int32), tf.TensorSpec((2,), tf.float32)),
)
for i, pair in generated:
    print(i.numpy(), pair.numpy())
pipeline = (
    numbers.map(lambda x: (x, x % 2), num_parallel_calls=tf.data.AUTOTUNE)
    .cache()
    .batch(5)
    .prefetch(tf.data.AUTOTUNE)
)
for x, parity in pipeline:
    print(x.numpy(), parity.numpy())
iterator = iter(tf.data.Dataset.range(1))
next(iterator)
try:
    next(iterator)
except StopIteration:
    print("ran out")
