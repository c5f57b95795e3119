"""Tensors: making them, their shapes, dtypes and how they print."""

import numpy as np
import tensorflow as tf

rank_0 = tf.constant(4)
rank_1 = tf.constant([2.0, 3.0, 4.0])
rank_2 = tf.constant([[1, 2], [3, 4], [5, 6]], dtype=tf.float16)
print(rank_0)
print(rank_1)
print(rank_2)
print(repr(rank_2))

a = tf.constant([[1, 2], [3, 4]])
b = tf.ones([2, 2], dtype=tf.int32)
print(a + b, a * b, a @ b, sep="\n")
print(tf.add(a, b).numpy().tolist(), tf.matmul(a, b).numpy().tolist())

c = tf.constant([[4.0, 5.0], [10.0, 1.0]])
print(tf.reduce_max(c), tf.math.argmax(c), tf.nn.softmax(c), sep="\n")
print(tf.convert_to_tensor([1, 2, 3]), tf.convert_to_tensor(np.eye(2)))

cube = tf.zeros([3, 2, 4, 5])
print(cube.dtype, cube.ndim, cube.shape, cube.shape[0], cube.shape[-1])
print(tf.size(cube).numpy(), tf.rank(cube), tf.shape(cube))
print(cube.shape.as_list(), cube.shape.rank, len(cube.shape))

x = tf.constant([[1], [2], [3]])
print(x.shape, tf.reshape(x, [1, 3]), tf.reshape(x, [-1]))
print(tf.reshape(tf.range(30), (3, 2, 5)))
print(tf.transpose(tf.reshape(tf.range(6), (2, 3))))

the_f64 = tf.constant([2.2, 3.3, 4.4], dtype=tf.float64)
the_f16 = tf.cast(the_f64, dtype=tf.float16)
the_u8 = tf.cast(the_f16, dtype=tf.uint8)
print(the_f64, the_f16, the_u8, sep="\n")
print(tf.cast([0.0, 1.5, -2.0], tf.bool), tf.fill([2, 2], 7), tf.zeros_like(a), tf.eye(2), sep="\n")
print(tf.linspace(0.0, 1.0, 5), tf.range(3, 18, 3), tf.range(1.0, 0.0, -0.25), sep="\n")
print(float(rank_1[0]), int(rank_0), bool(tf.constant(True)), len(rank_1))
print([int(row[0]) for row in a], f"{rank_1[1]:.2f}")
print(tf.is_tensor(a), tf.is_tensor([1]), isinstance(a, tf.Tensor), tf.constant(3) == 3)
