"""Variables: state that changes in place."""

import tensorflow as tf

my_tensor = tf.constant([[1.0, 2.0], [3.0, 4.0]])
my_variable = tf.Variable(my_tensor)
flags = tf.Variable([False, False, False, True])
print(my_variable.shape, my_variable.dtype, flags.dtype)
print(my_variable.numpy())
print(tf.convert_to_tensor(my_variable))
print(tf.math.argmax(my_variable), tf.reshape(my_variable, [1, 4]))

a = tf.Variable([2.0, 3.0])
a.assign([1, 2])
try:
    a.assign([1.0, 2.0, 3.0])
except ValueError:
    print("shapes must agree")

b = tf.Variable(a)
a.assign([5, 6])
print(a.numpy(), b.numpy())
print(a.assign_add([2, 3]).numpy(), a.assign_sub([7, 9]).numpy())

before = a + 0
view = a.read_value()
a.assign([100.0, 200.0])
print(before.numpy(), view.numpy(), a.numpy())

named = tf.Variable(my_tensor, name="Mark")
other = tf.Variable(my_tensor + 1, name="Mark")
print(named == other)
print(named.name, other.name, named is other)

step_counter = tf.Variable(1, trainable=False)
print(step_counter.trainable, a.trainable)
step_counter.assign_add(1)
print(step_counter)
print(repr(step_counter))

matrix = tf.Variable(tf.zeros((3, 3)))
matrix[1, :].assign([1.0, 2.0, 3.0])
matrix[:, 2].assign(tf.constant([7.0, 8.0, 9.0]))
print(matrix.numpy())
matrix.scatter_nd_update([[0, 0], [2, 1]], [5.0, 6.0])
print(matrix.numpy().tolist())

free = tf.Variable([1.0], shape=tf.TensorShape([None]))
free.assign([1.0, 2.0, 3.0])
print(free.shape, free.numpy(), (free * 2 + a[0]).numpy())
print(tf.Variable(lambda: tf.ones(2) * 3).numpy(), -named[0], abs(-other)[1, 1].numpy())
