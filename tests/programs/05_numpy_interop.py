"""Tensors and NumPy arrays used together."""

import numpy as np
import tensorflow as tf

array = np.ones([2, 3])
tensor = tf.math.multiply(array, 42)
print(tensor)
print(np.add(tensor, 1))
print(tensor.numpy().dtype, type(tensor.numpy()).__name__)

f32 = tf.constant([1.5, -2.5, 3.0])
print(np.sqrt(np.abs(f32)), np.sum(f32), np.mean(f32), np.argmax(f32))
print(np.asarray(f32).shape, np.array(f32, dtype=np.int64), np.stack([f32, f32]).shape)
print(f32 + np.array([1.0, 2.0, 3.0], np.float32))
print(tf.is_tensor(f32 * np.float32(2)), tf.is_tensor(np.float32(2) * f32))
print(np.array([1.0, 2.0, 3.0], np.float32) - f32)
print(f32 > np.zeros(3, np.float32))

print(tf.constant(np.arange(4)).dtype.name, tf.constant(np.arange(4.0)).dtype.name)
print(
    tf.constant([1, 2]).dtype.name, tf.constant([1, 2.0]).dtype.name, tf.constant(True).dtype.name
)
print(tf.constant(np.float32(3)).dtype, tf.constant(np.array([1, 2], np.int8)))
print(tf.as_dtype(np.float16), tf.float32.as_numpy_dtype, tf.int32.max, tf.float32 == np.float32)

copy = f32.numpy()
copy[0] = 99.0
print("the tensor stays:", f32[0].numpy())
source = np.zeros(2, np.float32)
held = tf.constant(source)
source[:] = 5.0
print("and does not follow its source:", held.numpy())

try:
    tf.constant([1.0]) + tf.constant([1], tf.int32)
except tf.errors.InvalidArgumentError as error:
    print("float32 + int32:", type(error).__name__)
print((tf.constant([1.0]) + 1).dtype.name, (tf.constant([1]) + 1).dtype.name)
print(
    (tf.constant([7, -7]) / 2).dtype.name,
    (tf.constant([7, -7]) // 2).numpy(),
    (tf.constant([7, -7]) % 3).numpy(),
)
print(
    tf.constant(2.0) ** 3,
    2.0 ** tf.constant([1.0, 2.0]),
    1 - tf.constant([3]),
    1 / tf.constant(4.0),
)
print(tf.constant([3, 5]) & 1, ~tf.constant([True, False]), tf.constant([True, False]) | True)

for row in tf.constant([[1, 2], [3, 4]]):
    print(row.numpy())
print(
    sorted(tf.constant([3, 1, 2]).numpy()),
    max(tf.constant([3, 1, 2])).numpy(),
    sum(tf.constant([3, 1, 2])).numpy(),
)
print(
    {"loss": float(tf.constant(0.25))},
    f"{tf.constant(1.0):.3f}",
    np.allclose(f32, [1.5, -2.5, 3.0]),
)
print(tf.constant([[1.0, 2.0]]).numpy().tolist(), np.array_equal(tf.range(3), [0, 1, 2]))
