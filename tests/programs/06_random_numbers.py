"""Random numbers: global and operation seeds, generators, stateless functions."""

import tensorflow as tf

tf.random.set_seed(1234)
print(tf.random.uniform([3]).numpy())
print(tf.random.normal([2, 2], mean=5.0, stddev=0.5).numpy())
print(tf.random.uniform([4], minval=0, maxval=100, dtype=tf.int32).numpy())

tf.random.set_seed(1234)
print("again:", tf.random.uniform([3]).numpy())
print("op seed:", tf.random.uniform([2], seed=1).numpy(), tf.random.uniform([2], seed=1).numpy())
tf.random.set_seed(7)
print("shuffled:", tf.random.shuffle(tf.range(8), seed=3).numpy())
print("truncated:", tf.random.truncated_normal([5], seed=2).numpy())
print("categories:", tf.random.categorical(tf.math.log([[0.1, 0.6, 0.3]]), 10, seed=5).numpy())
print("doubles:", tf.random.normal([2], dtype=tf.float64).numpy())

for _ in range(2):
    print("stateless:", tf.random.stateless_uniform([2], seed=[1, 2]).numpy())
print(tf.random.stateless_normal([3], seed=(4, 5)).numpy())
print(tf.random.stateless_uniform([3], seed=[9, 9], minval=-5, maxval=5, dtype=tf.int32).numpy())
print(tf.random.stateless_truncated_normal([3], seed=[2, 1]).numpy())

generator = tf.random.Generator.from_seed(42)
print("generator:", generator.normal([3]).numpy())
print(generator.uniform([2], maxval=10.0).numpy(), generator.uniform([3], 0, 6, tf.int32).numpy())
same = tf.random.Generator.from_seed(42)
print("same stream:", same.normal([3]).numpy())
generator.reset_from_seed(42)
print("after reset:", generator.normal([3]).numpy())

big = tf.random.stateless_normal([20000], seed=[0, 1])
print("moments:", f"{tf.reduce_mean(big).numpy():.4f} {tf.math.reduce_std(big).numpy():.4f}")
sampled = tf.random.stateless_categorical([[0.0, 0.0]], 6, seed=[3, 3])
print(sampled.dtype.name, sampled.shape)


@tf.function
def draw():
    return tf.random.uniform([2])


tf.random.set_seed(99)
first, second = draw(), draw()
print("a function draws anew:", bool(tf.reduce_any(first != second)))
