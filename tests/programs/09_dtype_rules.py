"""What mixes and what does not: dtypes, shapes and the errors that say so."""

import numpy as np
import tensorflow as tf


def attempt(label, function):
    try:
        result = function()
    except (TypeError, ValueError, IndexError, tf.errors.OpError) as error:
        kinds = [
            k.__name__
            for k in (tf.errors.InvalidArgumentError, TypeError, ValueError)
            if isinstance(error, k)
        ]
        print(f"{label}: {kinds[0] if kinds else type(error).__name__}")
    else:
        print(f"{label}: {result.dtype.name} {result.shape}")


one, ints, doubles = tf.constant([1.0]), tf.constant([1]), tf.constant([1.0], tf.float64)
attempt("float32 + Python int", lambda: one + 2)
attempt("int32 - Python float", lambda: ints - 2.5)
attempt("float32 + float64", lambda: one + doubles)
attempt("float32 + int32", lambda: one + ints)
attempt("float64 + Python float", lambda: doubles + 0.1)
attempt("float32 + float64 array", lambda: one + np.array([1.0]))
attempt("matmul of ranks 1", lambda: tf.matmul(one, one))
attempt("matmul", lambda: tf.matmul(tf.ones((2, 3)), tf.ones((4, 5))))
attempt("concat", lambda: tf.concat([tf.ones((2, 3)), tf.ones((3, 2))], axis=0))
attempt("reshape", lambda: tf.reshape(tf.range(6), (4, 2)))
attempt("reshape with -1", lambda: tf.reshape(tf.range(6), (-1, 2)))
attempt("cast", lambda: tf.cast(one, "int64") + tf.constant([2], tf.int64))
attempt("constant with a shape", lambda: tf.constant(3, shape=(2, 2)))
attempt("ragged list", lambda: tf.constant([[1, 2], [3]]))
attempt("int division", lambda: ints / ints)
attempt("bool and", lambda: tf.logical_and(ints, ints))
attempt("where", lambda: tf.where([True, False], 1.0, 0.0))
attempt("comparison", lambda: ints < 3)
attempt("stack", lambda: tf.stack([1, 2, 3]))
attempt("one_hot", lambda: tf.one_hot([1, 2], 3, dtype=tf.int32))
attempt("saturate_cast", lambda: tf.saturate_cast([300.0, -5.0], tf.uint8))
attempt("index out of range", lambda: tf.constant([1, 2])[5])
attempt("bitcast", lambda: tf.bitcast(tf.constant(1.0), tf.int32))

print(
    tf.cast([1.9, -1.9], tf.int32).numpy(),
    tf.cast(3, tf.float32).numpy(),
    tf.cast([0, 2], tf.bool).numpy(),
)
print(
    tf.saturate_cast([300.0, -5.0], tf.uint8).numpy(),
    tf.bitcast(tf.constant(1.0), tf.int32).numpy(),
)
print(tf.float32.is_floating, tf.int32.is_integer, tf.float16.size, tf.bfloat16.name, tf.int8.min)
print(tf.constant(1, tf.bfloat16) + 2, tf.constant([1, 2], dtype="uint8"))
