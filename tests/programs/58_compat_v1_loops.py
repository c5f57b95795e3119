"""Loops in the style of TensorFlow 1 without sessions: losses, optimizers, decays."""

import tensorflow.compat.v1 as tf

a = tf.constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
one_hot, guesses = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[0.5, 0.2, 0.3], [0.1, 0.1, 0.8]]

losses = tf.losses
for reduction in ("none", "weighted_sum", "weighted_mean", "weighted_sum_over_batch_size"):
    print(
        losses.mean_squared_error([1.0, 2.0], [1.5, 4.0], [1.0, 0.0], reduction=reduction).numpy()
    )
for name in ("absolute_difference", "mean_squared_error", "huber_loss", "log_loss"):
    loss = getattr(losses, name)
    print(name, loss(one_hot, guesses).numpy(), loss(one_hot, guesses, [[1.0], [0.25]]).numpy())
print(losses.huber_loss([1.0, 5.0], [0.0, 1.0], delta=2.0).numpy())
print(losses.hinge_loss(one_hot, a).numpy(), losses.sigmoid_cross_entropy(one_hot, a).numpy())
print(losses.softmax_cross_entropy(one_hot, a, label_smoothing=0.1, weights=[1.0, 0.5]).numpy())
print(losses.sparse_softmax_cross_entropy(labels=[2, 0], logits=a, weights=[1.0, 0.5]).numpy())
print(losses.cosine_distance([[1.0, 0.0]], [[0.6, 0.8]], axis=1).numpy())

train = tf.train
print(train.polynomial_decay(0.1, 15, 10, 0.01, power=2.0, cycle=True)().numpy())
print(train.exponential_decay(0.1, 7, 5, 0.5, staircase=True)().numpy())
print(train.piecewise_constant(5, [5, 10], [0.1, 0.2, 0.3])().numpy())
print(train.inverse_time_decay(0.1, 5, 10, 0.5)().numpy(), train.cosine_decay(0.1, 5, 10)().numpy())
print(train.natural_exp_decay(0.1, 15, 10, 0.5, True)().numpy())
step = tf.Variable(0)
rate = train.exponential_decay(0.1, step, 1, 0.5)
print(rate().numpy(), step.assign(2).numpy(), rate().numpy())

for optimizer in (
    train.GradientDescentOptimizer(0.1),
    train.MomentumOptimizer(0.1, 0.9),
    train.MomentumOptimizer(0.1, momentum=0.9, use_nesterov=True),
    train.AdamOptimizer(0.1),
    train.AdamOptimizer(rate, beta1=0.5),
    train.RMSPropOptimizer(0.1),
    train.RMSPropOptimizer(0.1, decay=0.8, momentum=0.5, centered=True),
    train.AdagradOptimizer(learning_rate=0.1),
    train.AdadeltaOptimizer(0.1),
    train.FtrlOptimizer(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02),
):
    v, steps = tf.Variable([1.0, -2.0, 0.5]), tf.Variable(0, dtype=tf.int64)

    def energy(v=v):
        return tf.reduce_sum(v**2 * [1.0, 2.0, 3.0])

    for _ in range(3):
        optimizer.minimize(energy, global_step=steps)
    pairs = optimizer.compute_gradients(energy, [v])
    optimizer.apply_gradients([(tf.clip_by_norm(g, 1.0), w) for g, w in pairs], steps)
    print(optimizer.get_name(), v.numpy().round(4), int(steps))

for initializer in (
    tf.glorot_uniform_initializer(seed=3),
    tf.glorot_normal_initializer(seed=3),
    tf.truncated_normal_initializer(stddev=0.1, seed=3),
    tf.random_normal_initializer(1.0, 0.1, seed=3),
    tf.random_uniform_initializer(-1, 1, seed=3),
    tf.variance_scaling_initializer(2.0, seed=3),
):
    print(tf.reduce_sum(initializer((3, 2))).numpy(), initializer([2], dtype=tf.float64).dtype.name)

print(tf.div(7, 2).numpy(), tf.div(7.0, 2.0).numpy(), tf.div(tf.constant([-7, 7]), 2).numpy())
print(tf.where([True, False], [[1, 2], [3, 4]], [[5, 6], [7, 8]]).numpy().tolist())
print(tf.assign(tf.Variable(1), 3).numpy(), tf.assign_add(tf.Variable(1), 3).numpy())
print(
    tf.scatter_update(tf.Variable([1, 2, 3]), [0, 2], [9, 8]).numpy(),
    tf.batch_gather(a, [[0], [2]]).numpy(),
)
print(
    tf.sparse_to_dense([1, 3], [4], [7, 8], default_value=-1).numpy(), tf.global_norm([a]).numpy()
)
print(tf.sparse_to_dense([[0, 0], [1, 1]], [2, 2], 7).numpy().tolist())
print(tf.confusion_matrix([0, 1], [1, 1]).numpy().tolist(), tf.accumulate_n([a, a]).numpy().sum())
print(tf.decode_csv(["1,2"], [[0], [0]])[1].numpy(), tf.manip.roll([1, 2, 3], 1, 0).numpy())
print(tf.nn.xw_plus_b(a, tf.ones((3, 2)), tf.ones(2)).numpy().tolist())
picture = tf.reshape(tf.range(4.0), (1, 2, 2, 1))
for corners in (False, True):
    for resize in (
        tf.image.resize_images,
        tf.image.resize_bilinear,
        tf.image.resize_nearest_neighbor,
    ):
        print(resize(picture, [3, 5], align_corners=corners).numpy()[0, :, :, 0].round(4).tolist())
data = tf.data.Dataset.from_tensor_slices([[1.0, 2.0]]).batch(2)
print(tf.data.get_output_shapes(data), tf.data.get_output_types(data))
