"""Functions of all kinds that TensorFlow traces, for make_saved_models.py."""

import numpy as np
import tensorflow as tf

FUNCTIONS = {}  # name -> (function, arguments)
x = tf.constant(np.random.default_rng(0).normal(size=(4, 3)).astype("float32").round(2))
v = tf.constant([3, 1, 2, 5])
s = tf.constant(["a b c", "", "d e"])


def given(*args):
    def decorate(function):
        FUNCTIONS[function.__name__] = (function, args)
        return function

    return decorate


def rows():
    made = []
    for n in range(2):
        row = tf.train.Example()
        row.features.feature["a"].float_list.value.extend([1.0 + n, 2.0])
        row.features.feature["b"].int64_list.value.extend(range(n + 1))
        row.features.feature["e"].int64_list.value.extend(range(3 - n))
        row.features.feature["c"].bytes_list.value.append(b"t%d" % n)
        made.append(row.SerializeToString())
    return tf.constant(made)


@given(x)
def map_fn(x):
    return tf.map_fn(lambda r: tf.reduce_sum(r) * r, x)


@given(x)
def scan(x):
    return tf.scan(lambda a, b: a * 0.5 + b, x)


@given(x)
def foldl(x):
    return tf.foldl(lambda a, b: a + tf.reduce_max(b), x, initializer=0.0)


@given(x)
def vec(x):
    return tf.vectorized_map(lambda r: tf.sort(r) * 2, x)


@given(v)
def ta_dyn(v):
    a = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
    for i in tf.range(tf.reduce_max(v)):
        a = a.write(i, i * i)
    return a.stack()


@given(v)
def nested(v):
    t = 0
    for i in tf.range(v[0]):
        j = 0
        while j < i:
            if (i + j) % 2 == 0:
                t += j
            else:
                t -= 1
            j += 1
    return t


@given(v)
def brk(v):
    r = 0
    for i in tf.range(100):
        if i > v[3]:
            break
        if i == 2:
            continue
        r += i
    return r


@given(x)
def case(x):
    return tf.switch_case(tf.cast(tf.reduce_sum(x) > 0, tf.int32), [lambda: x + 1, lambda: x * 2])


@given(s)
def split_pad(s):
    return tf.strings.split(s).to_tensor("<p>")


@given(s)
def ragged_ops(s):
    r = tf.strings.split(s)
    l = tf.strings.length(r)
    return (tf.reduce_sum(l, axis=1), r.row_lengths(), tf.concat([r, r], axis=1).to_tensor())


@given(s)
def ragged_map(s):
    return tf.map_fn(lambda t: tf.strings.reduce_join(tf.strings.split(t)), s)


@given(s)
def bytes_(s):
    return (
        tf.strings.unicode_split(s, "UTF-8").to_tensor(),
        tf.strings.substr(tf.strings.join([s, "xyz"]), 0, 2),
        tf.strings.regex_replace(s, "[ab]", "Z"),
    )


@given(x)
def bool_mask(x):
    return (tf.boolean_mask(x, x[:, 0] > 0), tf.where(x > 0), tf.gather_nd(x, tf.where(x > 0)))


@given(v)
def uniq(v):
    return (tf.unique(v), tf.math.bincount(v), tf.argsort(v), tf.math.top_k(v, 2))


@given(x)
def linalg(x):
    a = tf.matmul(x, x, transpose_a=True) + tf.eye(3)
    return (
        tf.linalg.inv(a),
        tf.linalg.det(a),
        tf.linalg.cholesky(a),
        tf.linalg.solve(a, tf.transpose(x)),
        tf.linalg.svd(a, compute_uv=False),
        tf.norm(x, axis=1),
    )


@given(x)
def img(x):
    i = tf.reshape(x[:, :1], [1, 2, 2, 1])
    return (
        tf.image.resize(i, [4, 4]),
        tf.image.resize(i, [3, 3], "nearest"),
        tf.image.flip_left_right(i),
        tf.image.per_image_standardization(i),
        tf.image.adjust_brightness(i, 0.1),
        tf.image.resize_with_pad(i, 5, 6),
        tf.image.crop_to_bounding_box(i, 0, 0, 1, 2),
    )


@given(x)
def slicing(x):
    n = tf.shape(x)[0]
    return (
        x[n // 2 :],
        x[..., ::-1],
        x[:, tf.newaxis, 1],
        tf.pad(x, [[0, n], [1, 0]]),
        tf.reshape(x, [n * 3]),
        tf.tile(x, [1, n]),
        tf.broadcast_to(x[0], [n, 3]),
        tf.zeros([n, 2]),
        tf.ones_like(x),
        tf.stack([x, x], 1),
        tf.split(x, [1, 2], axis=1),
        tf.unstack(x, axis=1),
        tf.repeat(x, 2, axis=0),
        tf.roll(x, 1, 0),
        tf.reverse(x, [0]),
        tf.sequence_mask([1, 3]),
        tf.one_hot([0, 2], 3),
        tf.linspace(0.0, 1.0, 5),
        tf.meshgrid([1, 2], [3, 4]),
        tf.eye(n),
    )


@given(x)
def grads(x):
    with tf.GradientTape() as t:
        t.watch(x)
        y = tf.reduce_sum(tf.nn.softmax(tf.nn.relu(x) @ tf.transpose(x)) ** 2)
    return t.gradient(y, x)


@given(x)
def gradconv(x):
    w = tf.ones([2, 2, 1, 2])
    i = tf.reshape(x, [1, 4, 3, 1])
    with tf.GradientTape() as t:
        t.watch([w, i])
        y = tf.reduce_sum(tf.nn.max_pool2d(tf.nn.conv2d(i, w, 1, "SAME"), 2, 2, "SAME") ** 2)
    return t.gradient(y, [w, i])


@given(x)
def grad_loop(x):
    with tf.GradientTape() as t:
        t.watch(x)
        h = x
        for _ in tf.range(3):
            h = tf.tanh(h) * x
        y = tf.reduce_sum(h)
    return t.gradient(y, x)


@given(x)
def sparse(x):
    sp = tf.sparse.from_dense(tf.nn.relu(x))
    return (
        tf.sparse.to_dense(sp),
        tf.sparse.sparse_dense_matmul(sp, tf.transpose(x)),
        tf.sparse.reduce_sum(sp, 1),
    )


@given(x)
def rnd(x):
    return (
        tf.random.stateless_uniform([3], [1, 2]),
        tf.random.stateless_normal([2], [3, 4]),
        tf.random.stateless_uniform([3], [1, 2], 0, 9, tf.int32),
        tf.nn.experimental.stateless_dropout(x, 0.5, [1, 2]),
    )


@given(x)
def signal(x):
    return (
        tf.signal.rfft(x),
        tf.signal.stft(tf.reshape(x, [-1]), 4, 2),
        tf.signal.dct(x),
        tf.math.cumsum(x, 1),
        tf.math.segment_sum(x, [0, 0, 1, 1]),
        tf.math.unsorted_segment_max(x, [1, 0, 1, 0], 2),
    )


@given(x)
def dbg(x):
    tf.debugging.assert_less(tf.reduce_max(x), 100.0)
    tf.debugging.assert_shapes([(x, ("n", 3))])
    return (tf.debugging.check_numerics(x, "m"), tf.ensure_shape(x, [None, 3]))


@given(x)
def attn(x):
    return (
        tf.einsum("ij,kj->ik", x, x),
        tf.nn.moments(x, [0]),
        tf.nn.l2_normalize(x, 1),
        tf.nn.log_softmax(x),
        tf.nn.gelu(x),
        tf.nn.silu(x),
        tf.math.reduce_logsumexp(x, 1),
        tf.math.reduce_std(x, 0),
        tf.nn.sparse_softmax_cross_entropy_with_logits([0, 1, 2, 0], x),
        tf.nn.sigmoid_cross_entropy_with_logits(tf.nn.relu(x), x),
        tf.nn.embedding_lookup(x, [0, 2]),
    )


@given(v)
def tabl(v):
    return (
        tf.cast(v, tf.float32) / 2,
        v // 2,
        v % 2,
        tf.bitwise.bitwise_and(v, 1),
        tf.as_string(v),
        tf.strings.format("{}", v),
        tf.math.confusion_matrix(v, v),
    )


@given(rows())
def parse(rows):
    features = {
        "a": tf.io.FixedLenFeature([2], tf.float32),
        "b": tf.io.VarLenFeature(tf.int64),
        "c": tf.io.FixedLenFeature([], tf.string, "none"),
        "d": tf.io.FixedLenFeature([], tf.float32, 7.0),
        "e": tf.io.RaggedFeature(tf.int64),
        "f": tf.io.FixedLenSequenceFeature([], tf.int64, True),
    }
    found = tf.io.parse_example(rows, features)
    return [found[k] for k in "acdef"], tf.sparse.to_dense(found["b"])
