"""Lists that hold tensors, arrays and numbers: what dtype they get, and where they are sizes."""

import numpy as np
import tensorflow as tf

two, three, seven = tf.constant(2.7), tf.constant(3), tf.constant(7, tf.int64)


def show(name, tensor):
    print(name, tensor.numpy().tolist(), tensor.dtype.name)


# what is asked for is what tensors are cast to
show("ints as floats", tf.convert_to_tensor([three, 1], tf.float32))
show("floats as ints", tf.convert_to_tensor([two, 1], tf.int32))
show("mixed", tf.convert_to_tensor([[three, 1], [2, seven]], tf.float64))
show("hint", tf.convert_to_tensor([three, 1], dtype_hint=tf.float32))
show("bools", tf.convert_to_tensor([tf.constant(True), False], tf.float32))
show("variable", tf.Variable([three, 2], dtype=tf.float32).read_value())
show("assigned", tf.Variable([1.0, 2.0]).assign([three, 2]))
show("operand", tf.constant([1.0, 2.0]) * [three, 5])
show("operand before", [three, 5] - tf.constant([1.0, 2.0], tf.float64))
show("maximum", tf.maximum(tf.constant([1.0, 5.0]), [three, 2]))
show("equal", tf.equal(tf.constant([1.0, 5.0]), [three, 5]))

# sizes
one = tf.ones((1, 2))
print(tf.tile(one, [two, 1]).shape, tf.reshape(one, [two, 1]).shape, tf.zeros([two, three]).shape)
print(tf.fill([two], three).numpy(), tf.broadcast_to(one, [two, 2]).shape)
print(tf.reduce_sum(one, [two - 1.7]).numpy(), tf.transpose(one, [two - 1.7, 0]).shape)


@tf.function
def anchors(height, width):
    rows, columns = tf.math.ceil(height / 8), tf.math.ceil(width / 8)
    return tf.tile(tf.ones((1, 1, 3, 2)), [rows, columns, 1, 1])


print(anchors(tf.constant(20), tf.constant(30)).shape)

# lists of arrays and numbers
ints, floats = np.array([1, 2]), np.array([1.0, 2.5])
for values in (
    [1, 2.5],
    [2.5, 1],
    [ints, ints],
    [ints, [1, 2]],
    [ints.astype("uint8")],
    [ints * 2**40],
    [ints, floats],
    [floats, ints],
    [floats, floats],
    [floats.astype("float32"), floats],
    [np.int64(3), 1.5],
    [np.uint8(1), 2],
    [np.float16(1), 2.0],
):
    show("constant", tf.constant(values))
    show("stack", tf.stack(values))
show("concat", tf.concat([[2.5], [1]], 0))
show("concat", tf.concat([floats, ints], 0))
show("concat", tf.concat([[1.5], tf.constant([2.5], tf.float64)], 0))
show("along 1", tf.stack([floats, [1, 2]], axis=1))
print(next(iter(tf.data.Dataset.from_tensor_slices([ints, ints]))).dtype.name)
