"""Indexing: Python slices, gather, masks and scatter."""

import tensorflow as tf

fib = tf.constant([0, 1, 1, 2, 3, 5, 8, 13, 21, 34])
print("first:", fib[0].numpy(), "last:", fib[-1].numpy())
print("everything:", fib[:].numpy())
print("before 4:", fib[:4].numpy(), "from 4 on:", fib[4:].numpy(), "2 to 7:", fib[2:7].numpy())
print("every other:", fib[::2].numpy(), "reversed:", fib[::-1].numpy())
print("stepping back:", fib[7:1:-2].numpy())

grid = tf.reshape(tf.range(24.0), (2, 3, 4))
print(grid[1, 2, 3].numpy(), grid[1, -1].numpy(), grid[:, 1, :2].numpy().tolist())
print(grid[..., 0].numpy().tolist(), grid[0, ..., 1:3].shape, grid[:, tf.newaxis].shape)
print(grid[0, :, None, ::2])
row = tf.constant(1)
print(grid[0, row].numpy(), grid[0, row:, 0].numpy())

print(tf.gather(fib, [9, 0, 4]).numpy())
print(tf.gather(grid, [2, 0], axis=1).numpy().tolist())
print(tf.gather(tf.constant([[1, 2, 3], [4, 5, 6]]), [[2, 0], [1, 1]], axis=1, batch_dims=1))
print(tf.gather_nd(grid, [[0, 1], [1, 2]]).numpy().tolist())
print(tf.gather_nd(grid, [[0, 1, 3], [1, 0, 0]]))

mask = grid[0] > 5
print(mask)
print(tf.boolean_mask(grid[0], mask).numpy(), grid[0][mask].numpy())
print(tf.where(mask).numpy().tolist())
print(tf.where(mask, grid[0], -1.0))

print(tf.slice(grid, [0, 1, 1], [2, 2, -1]).numpy().tolist())
print(tf.tensor_scatter_nd_update(tf.zeros(6, tf.int32), [[1], [3], [5]], [9, 8, 7]))
print(tf.tensor_scatter_nd_add(tf.ones((2, 2)), [[0, 0], [0, 0], [1, 1]], [1.0, 2.0, 5.0]))
print(tf.scatter_nd([[2], [0], [2]], [5, 6, 7], [4]))
one_hot = tf.one_hot([0, 2, -1, 1], depth=3)
print(one_hot)
values, positions = tf.math.top_k(tf.constant([3.0, 9.0, 1.0, 7.0]), k=2)
print(values.numpy(), positions.numpy())
print(tf.sort([3, 1, 2], direction="DESCENDING"), tf.argsort([3.0, 1.0, 2.0]))
