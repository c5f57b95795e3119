"""Elementwise mathematics and reductions."""

import tensorflow as tf

x = tf.constant([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]])
for name in ("reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod"):
    function = getattr(tf, name)
    print(
        name,
        function(x).numpy(),
        function(x, axis=0).numpy(),
        function(x, axis=1, keepdims=True).shape,
    )
print(
    tf.reduce_logsumexp(x, axis=1).numpy(),
    tf.math.reduce_std(x).numpy(),
    tf.math.reduce_variance(x, 0).numpy(),
)
print(tf.reduce_any(x > 2.5).numpy(), tf.reduce_all(x > -2, axis=0).numpy())
print(
    tf.argmax(x, axis=1).numpy(),
    tf.argmin(x, axis=0).numpy(),
    tf.math.argmax(x, output_type=tf.int32).dtype.name,
)
print(
    tf.cumsum(x, axis=1).numpy().tolist(), tf.math.cumprod([1.0, 2.0, 3.0], exclusive=True).numpy()
)
print(tf.cumsum([1, 2, 3], reverse=True).numpy(), tf.math.count_nonzero(x > 0, axis=1).numpy())

for name in (
    "exp",
    "tanh",
    "sin",
    "cos",
    "square",
    "sign",
    "abs",
    "sigmoid",
    "softplus",
    "erf",
    "expm1",
):
    print(f"{name:9s}", getattr(tf.math, name)(x).numpy().tolist())
positive = tf.abs(x)
for name in ("log", "log1p", "sqrt", "rsqrt", "reciprocal", "lgamma", "digamma"):
    print(f"{name:10s}", getattr(tf.math, name)(positive).numpy().tolist())
print(tf.floor(x).numpy().tolist(), tf.math.ceil(x).numpy().tolist())
print(tf.round([0.5, 1.5, 2.5, -0.5]).numpy().tolist(), tf.math.rint([0.6]).numpy())
print(tf.maximum(x, 0.0).numpy().tolist(), tf.minimum(1.0, x)[0].numpy().tolist())
print(
    tf.pow(x, 2)[1].numpy(),
    tf.math.squared_difference(x, 1.0)[0].numpy(),
    tf.math.atan2([1.0], [-1.0]).numpy(),
)
print(tf.math.divide_no_nan([1.0, 2.0], [0.0, 4.0]).numpy(), tf.math.floormod([-7, 7], 3).numpy())
print(tf.math.is_nan([1.0, float("nan")]).numpy(), tf.math.is_finite([1.0, float("inf")]).numpy())
print(
    tf.math.logical_and([True, False], True).numpy(),
    tf.equal([1, 2], [1, 3]).numpy(),
    tf.not_equal(1, 2).numpy(),
)
print(tf.nn.relu(x).numpy().tolist(), tf.nn.leaky_relu(x)[0].numpy(), tf.nn.elu(x)[0].numpy())
print(tf.nn.softmax(x, axis=0)[0].numpy(), tf.nn.log_softmax(x)[0].numpy())
print(
    tf.nn.gelu([1.0, -1.0]).numpy(),
    tf.nn.silu([1.0, -1.0]).numpy(),
    tf.nn.selu([1.0, -1.0]).numpy(),
)
print(tf.nn.moments(x, axes=[0])[1].numpy(), tf.add_n([x, x, x])[0].numpy(), tf.identity(x).shape)
print(
    tf.math.bincount([1, 1, 3, 0]).numpy(),
    tf.math.confusion_matrix([0, 1, 1], [0, 1, 0]).numpy().tolist(),
)
segments = tf.math.unsorted_segment_sum(tf.constant([1.0, 2.0, 3.0]), [0, 1, 0], num_segments=2)
print(segments.numpy())
