"""Wrong use: what is raised, and that its message says what came, what was expected, what to do.

A row is (what is wrong, the call, the exception's class as TensorFlow has it, patterns that must
all be found in its message). Shapes and dtypes are shown as `float32[2,3]`.
"""

import re

import numpy as np
import pytest

import tensorbrook as tf

keras, errors = tf.keras, tf.errors
Invalid = errors.InvalidArgumentError


def ones(*shape, dtype=tf.float32):
    return tf.ones(shape, dtype)


def setitem(x, key, value):
    x[key] = value


TENSORS = [
    ("constant of nothing", lambda: tf.constant(None), ValueError, "None"),
    (
        "segment ids of other rows",  # NumPy read what lies behind the two numbers
        lambda: tf.math.unsorted_segment_prod([1.0, 2.0], [[1, 0], [1, 1]], 2),
        tf.errors.InvalidArgumentError,
        r"unsorted_segment_prod.*data.*\[2\].*segment_ids.*\[2,\s*2\]",
    ),
    ("ragged lists", lambda: tf.constant([[1, 2], [3]]), ValueError, "non-rectangular|ragged"),
    ("text as float", lambda: tf.constant("a", tf.float32), TypeError, "'a'.*float"),
    ("fraction as int", lambda: tf.constant(1.5, tf.int32), TypeError, "1.5.*int32"),
    ("constant's shape", lambda: tf.constant([1, 2, 3], shape=(2, 2)), TypeError, r"3.*\(2, 2\)"),
    ("object", lambda: tf.convert_to_tensor(object()), ValueError, "object object at"),
    ("unknown dtype", lambda: tf.constant(1.0, "flaot32"), TypeError, "'flaot32'.*'float32'"),
    ("other dtype", lambda: tf.convert_to_tensor(ones(1), tf.int32), ValueError, "float32.*int32"),
    ("truth of many", lambda: bool(tf.constant([1, 2])), ValueError, "truth value.*ambiguous"),
    ("int of many", lambda: int(tf.constant([1, 2])), TypeError, "one element", r"\(2,\)"),
    ("length of a scalar", lambda: len(tf.constant(1)), TypeError, "[Ss]calar.*len"),
    ("loop over a scalar", lambda: list(tf.constant(1)), TypeError, "iterate over a scalar"),
    ("write to a tensor", lambda: setitem(ones(2), 0, 1.0), TypeError, "item assignment.*Variable"),
    ("hash of a tensor", lambda: hash(ones(1)), TypeError, r"unhashable.*\.ref\(\)"),
    ("set_shape", lambda: ones(2, 3).set_shape((3, 2)), ValueError, r"\(2, 3\)", r"\(3, 2\)"),
    ("index beyond", lambda: ones(3)[5], Invalid, r"5.*float32\[3\]|5.*dimension 0.*"),
    ("too many indices", lambda: ones(3)[0, 0], Invalid, "(too many|dim).*", r"\[3\]|1"),
    ("fraction as index", lambda: ones(3)[0.5], TypeError, "integers.*0.5"),
    ("text as index", lambda: ones(3)["a"], TypeError, "integers.*'?a'?"),
    ("dtype called", lambda: tf.float32([1]), TypeError, "tf.cast"),
]

OPS = [
    (
        "matmul, inner sizes",
        lambda: tf.matmul(ones(2, 3), ones(2, 3)),
        Invalid,
        "matmul",
        r"float32\[2,3\].*float32\[2,3\]",
        "transpose",
    ),
    ("matmul, vectors", lambda: tf.matmul(ones(3), ones(3)), Invalid, "matmul", r"float32\[3\]"),
    ("matmul, operator", lambda: ones(2, 3) @ ones(2), Invalid, "matmul", r"float32\[2\]"),
    ("matmul, batches", lambda: tf.matmul(ones(2, 3, 3), ones(4, 3, 3)), Invalid, r"\[4,3,3\]"),
    ("add", lambda: tf.add(ones(2), ones(3)), Invalid, "add", r"float32\[2\].*float32\[3\]"),
    ("operator -", lambda: ones(2, 3) - ones(2), Invalid, "sub", r"float32\[2,3\].*float32\[2\]"),
    ("comparison", lambda: ones(2) < ones(3), Invalid, "less", r"float32\[2\].*float32\[3\]"),
    (
        "dtypes that do not mix",
        lambda: tf.constant([1]) + tf.constant([1.0]),
        Invalid,
        "add",
        "int32.*float32",
        r"tf\.cast",
    ),
    ("float32 * float64", lambda: ones(1) * ones(1, dtype=tf.float64), Invalid, "float64", "cast"),
    (
        "matmul's dtypes",
        lambda: ones(1, 1) @ ones(1, 1, dtype=tf.float64),
        Invalid,
        "float64",
        "cast",
    ),
    ("int tensor * 1.5", lambda: tf.constant([1]) * 1.5, TypeError, "1.5.*int32", "cast"),
    ("float tensor + text", lambda: ones(1) + "a", (TypeError, Invalid), "'a'.*float32"),
    ("sqrt of ints", lambda: tf.sqrt(tf.constant(4)), Invalid, "sqrt", "int32", "tf.cast"),
    ("not of floats", lambda: tf.logical_not(ones(1)), Invalid, "float32", "bool"),
    ("int division by 0", lambda: tf.constant(1) // tf.constant(0), Invalid, "by zero"),
    (
        "concat, sizes",
        lambda: tf.concat([ones(2, 3), ones(2, 4)], 0),
        Invalid,
        "concat",
        r"\[2,4\]",
    ),
    ("concat, ranks", lambda: tf.concat([ones(2), ones(2, 4)], 0), Invalid, "concat", r"\[2,4\]"),
    ("concat, axis", lambda: tf.concat([ones(2), ones(2)], 1), Invalid, "concat", "axis"),
    ("stack", lambda: tf.stack([ones(2), ones(3)]), Invalid, "stack", r"\[2\].*\[3\]"),
    ("reshape", lambda: tf.reshape(ones(2, 3), (4, 2)), Invalid, "reshape", "6", "8"),
    ("reshape, two -1", lambda: tf.reshape(ones(4), (-1, -1)), Invalid, "reshape", "-1"),
    ("reshape, rest", lambda: tf.reshape(ones(5), (2, -1)), Invalid, "reshape", "5"),
    ("transpose", lambda: tf.transpose(ones(2, 3), [0, 0]), Invalid, "transpose", r"\[2, ?3\]"),
    ("squeeze", lambda: tf.squeeze(ones(2, 3), 0), Invalid, "squeeze", r"\[2, ?3\]"),
    ("expand_dims", lambda: tf.expand_dims(ones(2), 5), Invalid, "expand_dims", "5", r"\[-2, 1\]"),
    ("reduce_sum", lambda: tf.reduce_sum(ones(2), 3), Invalid, "sum", "axis", "3", r"\[-1, 1\)"),
    ("argmax", lambda: tf.argmax(ones(2), axis=2), Invalid, "argmax", "axis", r"\[-1, 1\)"),
    ("softmax", lambda: tf.nn.softmax(ones(2), axis=2), Invalid, "axis", r"\[-1, 1\)"),
    ("cumsum", lambda: tf.cumsum(ones(2), 4), Invalid, "cumsum", "axis", "4"),
    ("gather", lambda: tf.gather(ones(3), [0, 7]), Invalid, "gather", "7", "3"),
    ("gather_nd", lambda: tf.gather_nd(ones(3), [[7]]), Invalid, "gather_nd", "7"),
    ("scatter_nd", lambda: tf.scatter_nd([[9]], [1.0], [3]), Invalid, "scatter", "9"),
    ("updates", lambda: tf.scatter_nd([[1], [1]], 1.0, [3]), Invalid, "scatter_nd", r"\[2\]"),
    ("split", lambda: tf.split(ones(5), 2), Invalid, "split", "5", "2"),
    ("tile", lambda: tf.tile(ones(2, 3), [2]), Invalid, "tile", r"\[2, ?3\]"),
    ("pad", lambda: tf.pad(ones(2, 3), [[1, 1]]), Invalid, "pad", r"\[2,3\]"),
    ("broadcast_to", lambda: tf.broadcast_to(ones(2), (3, 3)), Invalid, "broadcast", r"\[2\]"),
    ("where", lambda: tf.where([True, False], ones(3), ones(3)), Invalid, r"\[2\].*\[3\]"),
    ("einsum, sizes", lambda: tf.einsum("ij,jk->ik", ones(2, 3), ones(2, 3)), Invalid, "einsum"),
    ("range, no step", lambda: tf.range(0, 3, 0), Invalid, "range", "delta|step"),
    ("top_k", lambda: tf.math.top_k(ones(3), 4), Invalid, "top_k", "4", r"\[3\]"),
    ("clip", lambda: tf.clip_by_value(ones(2), ones(3), 1.0), Invalid, r"\[3\]"),
    (
        "labels outside the classes",
        lambda: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[0, 3], logits=ones(2, 3)),
        Invalid,
        "label",
        "3",
        r"\[0, ?3\)",
    ),
    (
        "labels and logits",
        lambda: tf.nn.sigmoid_cross_entropy_with_logits(labels=ones(2), logits=ones(2, 1)),
        ValueError,
        "logits",
        "labels",
        r"\[2,1\]|\(2, 1\)",
    ),
    ("positional labels", lambda: tf.nn.softmax_cross_entropy_with_logits(), TypeError, "labels"),
]


def twice():
    x = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    tape.gradient(y, x)


def entered_twice():
    with tf.GradientTape() as tape, tape:
        pass


def other_signature():
    tf.function(lambda x: x, input_signature=[tf.TensorSpec([2], tf.float32)])(tf.constant([1, 2]))


@tf.function
def new_variable_each_time():
    return tf.Variable(1.0) + 1.0


def wrong_element():
    def generate():
        yield "text"

    spec = tf.TensorSpec([], tf.int32)
    return list(tf.data.Dataset.from_generator(generate, output_signature=spec))


def ran_out():
    elements = iter(tf.data.Dataset.range(2))
    return [next(elements) for _ in range(3)]


def slices(*values):
    return tf.data.Dataset.from_tensor_slices(values)


CASTS = [
    (f"{value} as {name}", lambda v=value, n=name: tf.constant(v, n), ValueError, *words)
    for value, name, *words in (
        (2**40, "int32", "int32", "-2147483648 to 2147483647"),
        ([1, 300], "uint8", r"\[1, 300\].*uint8", "0 to 255"),
        (-1, "uint16", "-1.*uint16", "0 to 65535"),
        (2**63, "int64", "int64"),
        ([2**64, 1], "uint64", "18446744073709551616", "uint64"),
        (2**63, None, "too large", "tf.uint64"),
        (["a", 1], None, "1.*int"),
        (np.array([1, 2], object), None, "1.*int"),
    )
]
SIZES = [
    (f"{name} below 0", call, Invalid, name, "negative", r"\[.*-\d")
    for name, call in {
        "zeros": lambda: tf.zeros([-1]),
        "ones": lambda: tf.ones([2, -1]),
        "fill": lambda: tf.fill([-2], 1),
        "eye": lambda: tf.eye(-1),
        "batch_shape": lambda: tf.eye(2, batch_shape=[-1]),
        "constant": lambda: tf.constant(1, shape=[-1]),
        "tile": lambda: tf.tile([1], [-1]),
        "one_hot": lambda: tf.one_hot([0], -1),
        "top_k": lambda: tf.math.top_k([3.0, 2.0], -1),
        "linspace": lambda: tf.linspace(0.0, 1.0, -1),
        "repeat": lambda: tf.repeat([1, 2], [1, -1]),
        "sequence_mask": lambda: tf.sequence_mask([1], -1),
        "categorical": lambda: tf.random.categorical([[0.0, 1.0]], -1),
        "num_segments": lambda: tf.math.unsorted_segment_sum([1], [0], -1),
    }.items()
]
TWICE = [
    (f"{name}, an axis twice", lambda f=f: f(ones(2, 3) > 0, [0, -2]), Invalid, name, "axis.*twice")
    for name, f in (("reduce_any", tf.reduce_any), ("reduce_all", tf.reduce_all))
] + [
    (f"{f.__name__}, an axis twice", lambda f=f: f(ones(2, 3), [0, -2]), Invalid, "axis.*twice")
    for f in (
        *(tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_min, tf.reduce_prod),
        *(tf.reduce_logsumexp, tf.math.reduce_std, tf.math.count_nonzero, tf.nn.moments),
        *(tf.math.reduce_euclidean_norm, tf.math.l2_normalize),
    )
]
EQUAL = [
    (f"== of {what}", lambda x=x, y=y: x == y, (TypeError, ValueError, Invalid), *words)
    for what, x, y, *words in (
        ("ints and a float", tf.constant([1, 0]), 1.0, "equal", "1.0.*int32"),
        ("ints and floats", tf.constant([1, 0]), ones(2), "equal", "int32.*float32"),
        ("floats and text", ones(1), "a", "'a'.*float32"),
        ("truth values and a number", tf.constant([True]), 1, "1.*bool"),
        ("floats and ints of another shape", ones(3), tf.constant([1, 2]), "float32.*int32"),
        ("a tensor and an object", ones(1), object(), "object object"),
    )
]
EQUAL += [("a fraction as size", lambda: tf.zeros([2.5]), TypeError, "2.5", "integers")]
EQUAL += [("a fraction as axis", lambda: tf.reduce_sum(ones(2), 1.0), TypeError, "1.0", "integers")]
EQUAL += [("size below -1", lambda: tf.reshape(ones(2), [-2]), Invalid, "reshape", "-2")]
EQUAL += [("bands", lambda: tf.linalg.band_part(ones(2, 2), 3, 0), Invalid, "band_part", "3")]
EQUAL += [("roll", lambda: tf.roll(ones(2, 2), [1], [0, 1]), Invalid, "roll", r"\[1\].*\[0, 1\]")]
EQUAL += [("fold", lambda: tf.foldl(max, ones(0, 2)), errors.OutOfRangeError, "initializer")]
EQUAL += [("ctc", lambda: tf.nn.ctc_loss([[1]], ones(2, 3, 4), [1], [2]), Invalid, r"\(3, 2, 4\)")]
EQUAL += [
    (
        "adjoint and transpose",
        lambda: tf.matmul(ones(2, 2), ones(2, 2), transpose_b=True, adjoint_b=True),
        ValueError,
        "transpose_b.*adjoint_b",
    ),
    ("norm of matrices", lambda: tf.norm(ones(2, 2), 3, [0, 1]), ValueError, "norm", "ord = 3"),
    ("gradient of qr", lambda: qr_gradient(), NotImplementedError, "qr", "full_matrices=False"),
]


def qr_gradient():
    x = ones(3, 2)
    with tf.GradientTape() as tape:
        tape.watch(x)
        r = tf.linalg.qr(x, full_matrices=True)[1]
    return tape.gradient(r, x)


CONV = [
    ("conv2d, rank", lambda: tf.nn.conv2d(ones(4, 4, 1), ones(3, 3, 1, 2), 1, "VALID"),
        Invalid, r"input must have 4 axes.*float32\[4,4,1\].*expand_dims"),
    ("conv2d, filters' rank", lambda: tf.nn.conv2d(ones(1, 4, 4, 4), ones(3, 3, 4), 1, "SAME"),
        Invalid, r"filters must have 4 axes.*float32\[3,3,4\]"),
    ("conv2d, channels", lambda: tf.nn.conv2d(ones(1, 4, 4, 3), ones(3, 3, 2, 2), 1, "VALID"),
        Invalid, r"depth 3.*divisible.*depth 2.*filters = float32\[3,3,2,2\]"),
    ("conv2d, groups", lambda: tf.nn.conv2d(ones(1, 4, 4, 4), ones(3, 3, 2, 3), 1, "VALID"),
        Invalid, "depth 3.*divisible.*groups, 2", "4 / 2 = 2 groups"),
    ("conv2d, dtypes", lambda: tf.nn.conv2d(
        ones(1, 2, 2, 1), ones(1, 1, 1, 1, dtype=tf.float64), 1, "SAME"),
        Invalid, "float32 and float64.*tf.cast"),
    ("conv2d, empty", lambda: tf.nn.conv2d(ones(1, 2, 2, 1), ones(5, 5, 1, 1), 1, "VALID"),
        Invalid, r"empty.*\[5, 5\].*\[2, 2\].*SAME"),
    ("conv2d, traced", lambda: tf.function(lambda x: tf.nn.conv2d(
        x, ones(5, 5, 1, 1), 1, "VALID"))(ones(1, 2, 2, 1)), Invalid, r"empty.*\[5, 5\]"),
    ("conv2d, small letters", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), 1, "same"), ValueError, "'same'.*Did you mean 'SAME'"),
    ("conv2d, pairs", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), 1, [[1, 1], [1, 1]]), ValueError, "4 in all"),
    ("conv2d, batch padded", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), 1, [[1, 0]] * 4), ValueError, r"\(0, 0\).*tf.pad"),
    ("conv2d, padding below 0", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), 1, [[0, 0], [-1, 1], [0, 0], [0, 0]]),
        ValueError, "negative.*slice"),
    ("conv2d, three strides", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), [1, 1, 1], "SAME"), ValueError, "length 1, 2 or 4"),
    ("conv2d, stride 0", lambda: tf.nn.conv2d(ones(1, 4, 4, 1), ones(3, 3, 1, 1), 0, "SAME"),
        Invalid, r"strides must be positive, got \[0\]"),
    ("conv2d, half a stride", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), 1.5, "SAME"), TypeError, "strides.*whole.*1.5"),
    ("conv2d, stride over the batch", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), [2, 1, 1, 1], "SAME"),
        NotImplementedError, r"\[2, 1, 1, 1\].*NHWC.*x\[::s\]"),
    ("conv2d, format", lambda: tf.nn.conv2d(
        ones(1, 4, 4, 1), ones(3, 3, 1, 1), 1, "SAME", "HWC"), ValueError, "'HWC'.*'NHWC'.*'NCHW'"),
    ("convolution, rank", lambda: tf.nn.convolution(ones(1, 2, 1), ones(1, 1)),
        Invalid, "filters must have 3, 4 or 5 axes"),
    ("depthwise, channels", lambda: tf.nn.depthwise_conv2d(
        ones(1, 2, 2, 3), ones(1, 1, 2, 1), [1] * 4, "SAME"),
        Invalid, "height, width, 3, multiplier"),
    ("separable, channels", lambda: tf.nn.separable_conv2d(
        ones(1, 2, 2, 3), ones(1, 1, 3, 1), ones(1, 1, 4, 2), [1] * 4, "SAME"),
        Invalid, "must take 3 channels, it takes 4"),
    ("transposed, size", lambda: tf.nn.conv2d_transpose(
        ones(1, 4, 4, 3), ones(3, 3, 2, 3), [1, 9, 8, 2], 2),
        Invalid, r"\[1, 9, 8, 2\].*\[5, 4\].*\[4, 4\]"),
    ("transposed, channels", lambda: tf.nn.conv2d_transpose(
        ones(1, 4, 4, 3), ones(3, 3, 2, 4), [1, 8, 8, 2], 2),
        Invalid, r"channels \(3\).*output channels, input channels"),
    ("transposed, batch", lambda: tf.nn.conv2d_transpose(
        ones(1, 4, 4, 3), ones(3, 3, 2, 3), [2, 8, 8, 2], 2),
        Invalid, r"\[2, 8, 8, 2\].*batch is 1"),
    ("max_pool, rank", lambda: tf.nn.max_pool(ones(5, 5), 2, 1, "VALID"),
        Invalid, r"3, 4 or 5 axes.*float32\[5,5\]"),
    ("max_pool, window", lambda: tf.nn.max_pool2d(ones(1, 5, 5, 4), 6, 1, "VALID"),
        Invalid, r"empty.*\[6, 6\].*\[5, 5\]"),
    ("max_pool, channels", lambda: tf.nn.max_pool2d(ones(1, 5, 5, 4), [1, 1, 1, 2], 1, "VALID"),
        NotImplementedError, r"ksize = \[1, 1, 1, 2\].*reshape"),
    ("max_pool, padding", lambda: tf.nn.max_pool2d(
        ones(1, 5, 5, 4), 2, 1, [[0, 0], [2, 1], [1, 1], [0, 0]]),
        Invalid, r"smaller than the window \[2, 2\]"),
    ("avg_pool of ints", lambda: tf.nn.avg_pool2d(ones(1, 5, 5, 4, dtype=tf.int32), 2, 1, "SAME"),
        Invalid, "int32.*tf.cast"),
    ("pool, type", lambda: tf.nn.pool(ones(1, 5, 5, 4), [2, 2], "SUM"), ValueError, "'MAX'.*'SUM'"),
    ("one axis", lambda: tf.expand_dims(1, axis=[0, 1]), Invalid, "axis must be scalar"),
    ("most of lengths", lambda: tf.sequence_mask([1], [1, 2]), Invalid, "maxlen must be scalar"),
    ("index in a matrix", lambda: tf.gather([0, 1], [[0, 7]]), Invalid, r"indices\[0,1\] = 7"),
    ("no step", lambda: tf.ones(3)[::0], Invalid, "strides must be non-zero"),
    ("too many axes", lambda: tf.tensordot([1], [1], 2), ValueError, "axes = 2.*0 to 1"),
    ("shapes of a sum", lambda: tf.add_n([[1.0], [1.0, 2.0]]), Invalid, "shapes must be equal"),
    ("shapes of a list", lambda: tf.TensorArray(tf.int32, 2, infer_shape=False).write(0, [1])
        .write(1, [1, 2]).stack(), Invalid, "inconsistent shapes"),
    ("pool, dilations", lambda: tf.nn.pool(ones(1, 5, 5, 4), [2, 2], "MAX", 2, dilations=[2, 2]),
        ValueError, "strides.*dilations"),
    ("argmax's dtype", lambda: tf.nn.max_pool_with_argmax(
        ones(1, 5, 5, 4), 2, 2, "SAME", output_dtype=tf.float32), ValueError, "int64.*float32"),
]  # fmt: skip

STATE = [
    ("no value", lambda: tf.Variable(), (ValueError, TypeError), "initial_value"),
    (
        "write to a variable",
        lambda: setitem(tf.Variable([1.0]), 0, 2.0),
        TypeError,
        r"'Variable'.*v\[key\]\.assign",
    ),
    ("hash of a variable", lambda: hash(tf.Variable(1.0)), TypeError, r"\.ref\(\)"),
    (
        "assign, shape",
        lambda: tf.Variable([1.0, 2.0], name="w").assign([1.0]),
        ValueError,
        "w:0",
        r"\(2,\)",
        r"\(1,\)",
    ),
    (
        "assign, dtype",
        lambda: tf.Variable(1.0, name="w").assign(tf.constant(1)),
        ValueError,
        "w:0",
        "float32",
        "int32",
    ),
    ("assign_add", lambda: tf.Variable([1.0]).assign_add(ones(3)), Invalid, "Variable", r"\(3,\)"),
    ("no such method", lambda: tf.Variable(1.0).asign(2.0), AttributeError, "asign"),
    ("tape used twice", twice, RuntimeError, "non-persistent", "persistent=True"),
    ("tape entered twice", entered_twice, ValueError, "recording"),
    ("other than the signature", other_signature, TypeError, "float32", "int32"),
    ("variables in each call", new_variable_each_time, ValueError, "tf.Variable", "first call"),
    ("data that ran out", ran_out, (StopIteration, errors.OutOfRangeError)),
    ("slices, lengths", lambda: slices(ones(2), ones(3)), ValueError, "2", "3"),
    ("batch of 0", lambda: list(slices(ones(2)).batch(0)), Invalid, "[Bb]atch size.*0"),
    ("batch of unequal", lambda: list(tf.data.Dataset.from_generator(
        lambda: iter([[1], [1, 2]]), output_signature=tf.TensorSpec([None], tf.int32)
    ).batch(2)), Invalid, "batch", r"\[1\].*\[2\]|\(1,\).*\(2,\)"),
    ("generator's element", wrong_element, (TypeError, Invalid), "text", "int32"),
    ("zip of lists", lambda: tf.data.Dataset.zip(([1], [2])), TypeError, "Dataset"),
]  # fmt: skip


def model(*shape, units=1, **options):
    made = keras.Sequential([keras.Input(shape or (4,)), keras.layers.Dense(units, name="out")])
    made.compile(**({"loss": "mse", "optimizer": "sgd"} | options))
    return made


def unknown(kind, call, *patterns):
    return (f"unknown {kind}", call, ValueError, *patterns)


def built(layer, features):
    layer.build((None, features))
    return layer


layers = keras.layers
KERAS = [
    unknown("loss", lambda: model(loss="categorical_crosentropy").fit(
        ones(2, 4), ones(2, 1), verbose=0), "crosentropy.*'categorical_crossentropy'"),
    unknown("metric", lambda: model(metrics=["acuracy"]).fit(
        ones(2, 4), ones(2, 1), verbose=0), "acuracy.*'accuracy'"),
    unknown("loss", lambda: keras.losses.get("mean_sqared_error"), "'mean_squared_error'"),
    unknown("metric", lambda: keras.metrics.get("precison"), "'[Pp]recision'"),
    unknown("activation", lambda: layers.Dense(1, "rleu"), "'rleu'.*'relu'"),
    unknown("activation", lambda: layers.Activation("sigmod"), "'sigmod'.*'sigmoid'"),
    unknown("optimizer", lambda: model(optimizer="addam"), "'addam'.*'[Aa]dam'"),
    unknown("initializer", lambda: layers.Dense(1, kernel_initializer="gloro_unif"), "glorot_uni"),
    unknown("regularizer", lambda: layers.Dense(1, kernel_regularizer="l_2"), "'l_2'.*'l2'"),
    unknown("constraint", lambda: layers.Dense(1, kernel_constraint="nonneg"), "non_?neg"),
    ("unknown layer", lambda: layers.deserialize({"class_name": "Dence", "config": {}}),
        (TypeError, ValueError), "'Dence'.*'Dense'"),
    unknown("argument", lambda: layers.Dense(1, unit=3), "unit", "Dense"),
    unknown("reduction", lambda: keras.losses.MeanSquaredError(reduction="avg"), "'avg'.*'sum'"),
    unknown("layer by name", lambda: model().get_layer("oot"), "oot", "out"),
    ("compile missing", lambda: keras.Sequential([layers.Dense(1)]).fit(ones(2, 4), ones(2, 1)),
        ValueError, r"compile\(\)"),
    ("evaluate, no compile", lambda: keras.Sequential([layers.Dense(1)]).evaluate(ones(2, 4)),
        ValueError, r"compile\(\)"),
    ("x and y, lengths", lambda: model().fit(ones(3, 4), ones(2, 1), verbose=0),
        ValueError, "ambiguous|length", "3", "2"),
    ("fit, features", lambda: model().fit(ones(2, 3), ones(2, 1), verbose=0),
        ValueError, r"\(.*3\)", "4"),
    ("call, features", lambda: model()(ones(2, 3)), ValueError, r"\(2, 3\)", "4"),
    ("Dense, features", lambda: built(layers.Dense(2, name="d"), 4)(ones(2, 3)),
        ValueError, '"d"|d', "axis -1", "4", r"\(2, 3\)"),
    ("Dense, rank", lambda: layers.Dense(2, name="d")(ones(3)), ValueError, "d", "ndim", "1"),
    ("Dense, units", lambda: layers.Dense(-1), ValueError, "units", "-1"),
    ("Dropout, rate", lambda: layers.Dropout(1.5), ValueError, "rate", "1.5"),
    ("Reshape layer", lambda: layers.Reshape((5,))(ones(2, 4)), ValueError, "4", "5"),
    ("Concatenate layer", lambda: layers.Concatenate(axis=1)([ones(2, 3, 1), ones(2, 3, 2)]),
        ValueError, "Concatenate", r"\(2, 3, 1\)", r"\(2, 3, 2\)"),
    ("Add, one input", lambda: layers.Add()(ones(2, 3)), ValueError, "list of"),
    ("Add, shapes", lambda: layers.Add()([ones(2, 3), ones(2, 4)]), ValueError, "3", "4"),
    ("weight, not built", lambda: layers.Dense(1, name="d").kernel,
     AttributeError, "'d'", "'kernel'", "not built", r"build\(input_shape\)"),
    ("weight, open size", lambda: layers.Dense(1, name="d").build((None, None)),
     ValueError, "'d'", "'kernel'", r"\(None, 1\)", "Input"),
    ("config, lost argument", lambda: type("Forgetful", (layers.Layer,), {
        "__init__": lambda self, table: layers.Layer.__init__(self)})(np.ones(3)).get_config(),
     NotImplementedError, "Forgetful", "'table'", "self.table = table", "get_config"),
    ("store of weights", lambda: built(layers.Dense(2, name="d"), 4).load_own_variables({}),
     ValueError, "'d'", "expected 2.*received 0", "kernel"),
    ("add a number", lambda: keras.Sequential().add(3), ValueError, "Layer", "3"),
    ("set_weights, count", lambda: model().set_weights([np.ones((4, 1))]), ValueError, "1", "2"),
    ("set_weights, shape", lambda: model().set_weights([np.ones((3, 1)), np.ones(1)]),
        ValueError, r"\(3, 1\)", r"\(4, 1\)"),
    ("labels outside", lambda: model(units=3, loss="sparse_categorical_crossentropy").fit(
        ones(2, 4), tf.constant([0, 3]), verbose=0), (Invalid, ValueError), "label", "3"),
    ("loss, shapes", lambda: keras.losses.MeanSquaredError()(ones(3, 2), ones(4, 2)),
        (Invalid, ValueError), r"\[3,2\]|\(3, 2\)", r"\[4,2\]|\(4, 2\)"),
    ("(N,) and (M, 1)", lambda: keras.losses.MeanSquaredError()(ones(3), ones(4, 1)),
        (Invalid, ValueError), "3", "4"),
    ("momentum", lambda: keras.optimizers.SGD(momentum=2.0), ValueError, "momentum"),
    ("two clips", lambda: keras.optimizers.SGD(clipnorm=1.0, clipvalue=1.0), ValueError, "clip"),
    ("no gradients", lambda: keras.optimizers.SGD().apply_gradients([(None, tf.Variable(1.0))]),
        ValueError, "[Nn]o gradients", "Variable"),
    ("split of a dataset", lambda: model().fit(slices(ones(2, 4), ones(2, 1)).batch(1),
        validation_split=0.5, verbose=0), ValueError, "validation_split"),
    ("y beside a dataset", lambda: model().fit(slices(ones(2, 4), ones(2, 1)).batch(1),
        y=ones(2, 1), verbose=0), ValueError, "`?y`?", "Dataset|dataset"),
]  # fmt: skip


def none_gradient(compute, **options):
    """What an optimizer says of the gradient of `compute(v)` by `v`."""
    v = tf.Variable(2.0, name="weight")
    before = tf.square(v)
    with tf.GradientTape(**options) as tape:
        y = compute(v, before)
    keras.optimizers.SGD().apply_gradients(zip(tape.gradient(y, [v]), [v]))


def reason(kind, compute, *patterns, **options):
    return (f"None: {kind}", lambda: none_gradient(compute, **options), ValueError, *patterns)


REASONS = [
    reason("not used", lambda v, _: tf.constant(1.0) * 2, "weight.*not used"),
    reason(
        "not watched", lambda v, _: v * 2, "not watched.*tape.watch", watch_accessed_variables=False
    ),
    reason(
        "left", lambda v, _: tf.constant(v.numpy()) * 2, r"\.numpy\(\) at .*test_errors\.py:\d+"
    ),
    reason("no derivative", lambda v, _: tf.round(v), "weight.*round.*not differentiable"),
    reason("integers", lambda v, _: tf.cast(tf.cast(v, tf.int32), tf.float32), "weight.*int32"),
    reason("stopped", lambda v, _: tf.stop_gradient(v * 2), "weight.*stop_gradient"),
    reason("outside the tape", lambda v, before: before, "not used|not computed while"),
]

ROWS = TENSORS + OPS + CASTS + SIZES + TWICE + EQUAL + CONV + STATE + KERAS + REASONS


@pytest.mark.parametrize("row", ROWS, ids=[row[0].replace(" ", "_") for row in ROWS])
def test_message(row):
    _, call, kind, *patterns = row
    with pytest.raises(kind) as caught:
        call()
    message = str(caught.value)
    missing = [p for p in patterns if not re.search(p, message, re.DOTALL)]
    assert not missing, f"{missing} not found in: {message}"


def test_singular_values_of_what_is_not_finite_end():
    # with these LAPACK's iterations never end
    bad = np.array([[0.9, 1.6, 0], [np.inf, -np.inf, -1.9], [0, 0, 0], [0, 0, 0]], np.float32)
    good = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    s, u, v = tf.linalg.svd(np.stack([bad, good]))
    assert all(np.isnan(part[0]).all() for part in (s, u, v))
    np.testing.assert_allclose(s[1], np.linalg.svd(good)[1], rtol=1e-5)
    assert np.isnan(tf.linalg.pinv(bad)).all()


@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm"])
def test_functions_of_matrices_that_are_not_finite_are_nan(name):
    bad, good = np.array([[1, np.inf], [0, 2]], complex), np.eye(2, dtype=complex)
    found = getattr(tf.linalg, name)(np.stack([good, bad])).numpy()
    assert np.isnan(found[1]).all() and np.isfinite(found[0]).all()


@pytest.mark.parametrize("diagonal", [[7.0], [[1.0], [2.0]], [[1.0, 2.0]], 3.0])
def test_set_diag_takes_whole_diagonals(diagonal):
    with pytest.raises(tf.errors.InvalidArgumentError, match="diag"):
        tf.linalg.set_diag(tf.eye(2), diagonal)
