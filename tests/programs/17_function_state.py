"""tf.function: variables, closures, methods and Python control flow."""

import tensorflow as tf

v = tf.Variable(1.0)


@tf.function
def bump(x):
    v.assign_add(x)
    return v * 2.0


print(bump(tf.constant(2.0)).numpy(), bump(tf.constant(3.0)).numpy(), v.numpy())


class Counter:
    def __init__(self):
        self.total = None

    @tf.function
    def __call__(self, x):
        if self.total is None:
            self.total = tf.Variable(0.0)
        return self.total.assign_add(x)


first, second = Counter(), Counter()
first(tf.constant(1.0))
print(first(tf.constant(1.0)).numpy(), second(tf.constant(10.0)).numpy(), first.total.numpy())


@tf.function
def absolute(x):
    if x > 0.0:
        y = x
    else:
        y = -x
    return y


print(absolute(tf.constant(-3.0)).numpy(), absolute(tf.constant(4.0)).numpy())


@tf.function
def collatz_steps(n):
    steps = tf.constant(0)
    while n > 1:
        n = tf.where(n % 2 == 0, n // 2, 3 * n + 1)
        steps += 1
    return steps


print([int(collatz_steps(tf.constant(n))) for n in (1, 6, 7, 27)])


@tf.function
def total_of_squares(values):
    total = tf.constant(0.0)
    for value in values:
        total += value**2
    return total


print(total_of_squares(tf.constant([1.0, 2.0, 3.0])).numpy())


@tf.function
def fizzbuzz(limit):
    count = 0
    for i in tf.range(1, limit + 1):
        if i % 15 == 0:
            count += 100
        elif i % 3 == 0 or i % 5 == 0:
            count += 1
        else:
            continue
    return count


print(int(fizzbuzz(tf.constant(30))))


def make_adder(amount):
    @tf.function
    def adder(x):
        return x + amount

    return adder


print([make_adder(tf.constant(k))(tf.constant(1)).numpy() for k in (1, 2, 3)])


@tf.function
def train(x, y, w):
    with tf.GradientTape() as tape:
        tape.watch(w)
        loss = tf.reduce_mean((x * w - y) ** 2)
    return w - 0.1 * tape.gradient(loss, w), loss


w = tf.constant(0.0)
for _ in range(5):
    w, loss = train(tf.constant([1.0, 2.0]), tf.constant([3.0, 6.0]), w)
print(w.numpy(), loss.numpy())
print(tf.cond(w > 1.0, lambda: w * 2.0, lambda: w).numpy())
print(tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), [0, 0])[1].numpy())
