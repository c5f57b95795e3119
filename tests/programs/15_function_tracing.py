"""tf.function: tracing once for each kind of argument."""

import tensorflow as tf

traces = []


@tf.function
def double(a):
    traces.append(a.dtype.name if hasattr(a, "dtype") else repr(a))
    return a + a


print(double(tf.constant(1)))
print(double(tf.constant(1.1)))
print(double(tf.constant(2)))
print(double(tf.constant([1.0, 2.0])).numpy())
print("traces:", traces)

count = 0


@tf.function
def power(x, n):
    global count
    count += 1
    result = tf.ones_like(x)
    for _ in range(n):
        result *= x
    return result


for n in (2, 3, 2, 3, 2):
    print(n, power(tf.constant(2.0), n).numpy())
print("traced", count, "times")

print(power(tf.constant(3.0), n=2).numpy(), power(x=tf.constant(3.0), n=2).numpy(), "traced", count)


@tf.function
def add(x, y):
    return {"sum": x + y, "parts": [x, (y, None)]}


result = add(tf.constant([1, 2]), y=3)
print(result["sum"].numpy(), result["parts"][0].numpy(), result["parts"][1][1])
print(type(result).__name__, add.__name__)


@tf.function
def outer(x):
    return inner(x) + inner(2.0 * x)


@tf.function
def inner(x):
    return tf.sin(x) ** 2


print(outer(tf.constant([0.1, 0.2])).numpy())
x = tf.Variable([1.0, 2.0, 3.0])
with tf.GradientTape() as tape:
    y = tf.reduce_sum(outer(x))
print(tape.gradient(y, x).numpy())
print(tf.executing_eagerly())

tf.config.run_functions_eagerly(True)
seen = []


@tf.function
def peek(value):
    seen.append(value.numpy())
    return value


peek(tf.constant(3))
peek(tf.constant(3))
tf.config.run_functions_eagerly(False)
print("eagerly:", [int(s) for s in seen], tf.config.functions_run_eagerly())
print(tf.function(lambda a, b: a - b)(5.0, tf.constant(2.0)).numpy())
