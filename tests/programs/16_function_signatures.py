"""tf.function: signatures, concrete functions and default arguments."""

import tensorflow as tf

calls = []


@tf.function(input_signature=(tf.TensorSpec(shape=[None], dtype=tf.int32),))
def next_collatz(x):
    calls.append(1)
    return tf.where(x % 2 == 0, x // 2, 3 * x + 1)


print(next_collatz(tf.constant([1, 2])).numpy())
print(next_collatz(tf.constant([7, 8, 9])).numpy())
print(next_collatz([10, 11]).numpy())
for bad in (tf.constant([[1, 2], [3, 4]]), tf.constant([1.0, 2.0])):
    try:
        next_collatz(bad)
    except (TypeError, ValueError) as error:
        print("refused:", type(error).__name__)


@tf.function
def scale(x, factor=2.0, *, shift=0.0):
    return x * factor + shift


print(scale(tf.constant(1.0)).numpy(), scale(tf.constant(1.0), 3.0).numpy())
print(
    scale(tf.constant(1.0), shift=1.0).numpy(),
    scale(tf.constant(1.0), factor=tf.constant(5.0)).numpy(),
)

concrete = scale.get_concrete_function(tf.TensorSpec([2], tf.float32), 4.0)
print(concrete(tf.constant([1.0, 2.0])).numpy())
print(concrete.structured_input_signature[0][0].shape)
try:
    concrete(tf.constant([1, 2]))
except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:
    print("a concrete function keeps its dtype:", type(error).__name__ != "")

spec = tf.TensorSpec([None, 3], tf.float32, name="rows")
print(spec)
print(
    spec.shape,
    spec.dtype.name,
    spec.is_compatible_with(tf.zeros((5, 3))),
    spec.is_compatible_with(tf.zeros(3)),
)
print(tf.TensorSpec.from_tensor(tf.constant([1, 2])))


@tf.function(input_signature=[spec, tf.TensorSpec([], tf.float32)])
def row_norms(rows, epsilon):
    return tf.sqrt(tf.reduce_sum(rows**2, axis=1) + epsilon)


print(row_norms(tf.ones((2, 3)), 1.0).numpy(), row_norms(tf.zeros((4, 3)), 4.0).numpy())


@tf.function
def summarise(batch, names=("a", "b")):
    return {name: column for name, column in zip(names, tf.unstack(batch, axis=1))}


print({k: v.numpy().tolist() for k, v in summarise(tf.constant([[1, 2], [3, 4]])).items()})
print(
    {
        k: v.numpy().tolist()
        for k, v in summarise(tf.constant([[1, 2], [3, 4]]), names=("x", "y")).items()
    }
)
