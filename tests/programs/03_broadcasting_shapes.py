"""Broadcasting and the functions that move values about."""

import tensorflow as tf

x = tf.constant([1, 2, 3])
y = tf.constant(2)
z = tf.constant([2, 2, 2])
print(tf.multiply(x, 2), x * y, x * z, sep="\n")

column = tf.reshape(x, [3, 1])
row = tf.range(1, 5)
print(column.shape, row.shape, (column * row).shape)
print(tf.multiply(column, row))
print(tf.broadcast_to(tf.constant([1, 2, 3]), [3, 3]))
print(tf.broadcast_static_shape(tf.TensorShape([3, 1]), tf.TensorShape([4])))

try:
    tf.constant([1, 2, 3]) + tf.constant([1, 2])
except tf.errors.InvalidArgumentError as error:
    print("cannot broadcast:", type(error).__name__)
try:
    tf.matmul(tf.ones((2, 3)), tf.ones((2, 3)))
except tf.errors.InvalidArgumentError as error:
    print("cannot multiply:", type(error).__name__)

a = tf.constant([[1, 2, 3], [4, 5, 6]])
b = tf.constant([[7, 8, 9], [10, 11, 12]])
print(tf.concat([a, b], axis=0))
print(tf.concat([a, b], 1).numpy().tolist())
print(tf.stack([a, b]).shape, tf.stack([a, b], axis=-1)[0, 0].numpy())
for part in tf.split(tf.range(10), [2, 3, 5]):
    print(part.numpy())
left, _, right = tf.split(a, 3, axis=1)
print(left.numpy().tolist(), right.numpy().tolist())
print([t.numpy().tolist() for t in tf.unstack(a, axis=1)])
print(tf.tile([[1, 2]], [2, 3]), tf.repeat([1, 2, 3], [1, 0, 2]), sep="\n")
print(tf.expand_dims(x, 0).shape, tf.expand_dims(x, -1).shape, tf.squeeze(tf.ones((1, 3, 1))).shape)
print(tf.pad([[1, 2], [3, 4]], [[1, 0], [0, 2]], constant_values=9))
print(
    tf.pad([1, 2, 3], [[2, 2]], "REFLECT").numpy(), tf.pad([1, 2, 3], [[2, 2]], "SYMMETRIC").numpy()
)
print(tf.reverse(a, axis=[1]).numpy().tolist(), tf.roll(tf.range(5), shift=2, axis=0).numpy())
print(tf.meshgrid([1, 2, 3], [4, 5])[1].numpy().tolist())
print(tf.clip_by_value([-3.0, 0.5, 4.0], -1.0, 1.0), tf.unique([4, 4, 1, 4, 2]).y)
