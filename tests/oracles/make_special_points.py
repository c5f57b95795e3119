"""Records what TensorFlow computes at special points: infinities, NaNs, zeros of both signs, ties.

    python tests/oracles/make_special_points.py > tests/oracles/golden/special_points.json

Needs tensorflow 2.21. A row is an expression over `x` (and `y`), evaluated by the test with
tensorbrook in TensorFlow's place; it keeps the value and, by each float input, the gradient of the
result weighted by 0.5 ... 1.5. Functions of one and two operands are recorded a second time behind
a `where` that hides the points where they are not finite. `z(x)` makes complex numbers of x and its
neighbours, `parts(z)` shows them.
"""

import json
import os

import numpy as np

POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.5, -3.0, 6.0, 30.0, -30.0, 1e20, -1e20]
POINTS += [float("inf"), float("-inf"), float("nan")]
GRID = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.0, float("inf"), float("-inf"), float("nan")]

UNARY = [
    "math.abs",
    "math.acos",
    "math.acosh",
    "math.asin",
    "math.asinh",
    "math.atan",
    "math.atanh",
    "math.ceil",
    "math.cos",
    "math.cosh",
    "math.digamma",
    "math.erf",
    "math.erfc",
    "math.exp",
    "math.expm1",
    "math.floor",
    "math.is_finite",
    "math.is_inf",
    "math.is_nan",
    "math.lgamma",
    "math.log",
    "math.log1p",
    "math.log_sigmoid",
    "math.negative",
    "math.reciprocal",
    "math.reciprocal_no_nan",
    "math.rint",
    "math.round",
    "math.rsqrt",
    "math.sigmoid",
    "math.sign",
    "math.sin",
    "math.sinh",
    "math.softplus",
    "math.sqrt",
    "math.square",
    "math.tan",
    "math.tanh",
    "nn.relu",
    "nn.relu6",
    "nn.elu",
    "nn.selu",
    "nn.leaky_relu",
    "nn.silu",
    "nn.gelu",
    "nn.softsign",
    "nn.crelu",
]
BINARY = [
    "math.add",
    "math.atan2",
    "math.divide_no_nan",
    "math.equal",
    "math.floordiv",
    "math.floormod",
    "math.greater",
    "math.greater_equal",
    "math.less",
    "math.less_equal",
    "math.maximum",
    "math.minimum",
    "math.multiply",
    "math.multiply_no_nan",
    "math.nextafter",
    "math.not_equal",
    "math.pow",
    "math.squared_difference",
    "math.subtract",
    "math.xdivy",
    "math.xlog1py",
    "math.xlogy",
    "math.divide",
    "realdiv",
    "truncatediv",
    "truncatemod",
]
OTHERS = ("math.is_", "nn.crelu", "math.reciprocal_no_nan")
SMOOTH = [path for path in UNARY if not path.startswith(OTHERS)]
SMOOTH_BINARY = ["atan2", "divide", "divide_no_nan", "multiply", "multiply_no_nan", "pow"]
SMOOTH_BINARY += ["xdivy", "xlog1py", "xlogy", "maximum", "minimum", "floormod"]
COMPLEX = ["abs", "angle", "exp", "log", "sqrt", "square", "reciprocal", "rsqrt", "sin", "cos"]
COMPLEX += ["tanh", "sigmoid", "sign", "log1p", "conj", "real", "imag", "negative", "sinh", "atan"]
inf, nan = float("inf"), float("nan")
ROWS = [[0.0, 0.0, 0.0], [1.0, 1.0, 0.5], [2.0, 0.0, 3.0], [0.0, 0.0, 2.0], [-1.0, -1.0, -2.0]]
WILD = [[inf, 1.0, 2.0], [-inf, 1.0, 1.0], [nan, 1.0, 2.0], [-inf, -inf, -inf], [1e4, -1e4, 0.0]]
MATRIX = [[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.5, -1.0, 2.0]]
FACTORS = [
    "linalg.cholesky(x)",
    "abs(tf.linalg.qr(x)[0])",
    "abs(tf.linalg.qr(x[:, :2])[1])",
    "linalg.svd(x[:2], compute_uv=False)",
    "abs(tf.linalg.svd(x[:2])[1])",
    "abs(tf.linalg.svd(x[:, 1:])[2])",
    "linalg.eigh(x)[0]",
    "abs(tf.linalg.eigh(x)[1])",
    "linalg.solve(x, x[:, :1])",
    "linalg.det(x)",
    "linalg.inv(x)",
]
PLANE = [[1.0, 2.0, -0.5], [0.25, -1.0, 3.0], [0.5, 0.75, -2.0]]
PAIRS = [
    "z(x) * z(2.0 * x)[0]",
    "z(x) / (z(x) + 1j)",
    "tf.pow(z(x), 3)",
    "tf.math.squared_difference(z(x), 1j)",
    "tf.matmul(z(x), z(x), adjoint_b=True)",
    "tf.matmul(z(x), z(x), adjoint_a=True, transpose_b=True)",
    "tf.linalg.inv(z(x))",
    "tf.linalg.solve(z(x), z(x) + 1j, adjoint=True)",
    "tf.linalg.cholesky(tf.matmul(z(x), z(x), adjoint_b=True))",
    "tf.linalg.eigh(tf.matmul(z(x), z(x), adjoint_b=True))[0]",
    "tf.cast(tf.linalg.svd(z(x), compute_uv=False), tf.complex64)",
    "tf.norm(z(x), axis=1)",
    "tf.cast(tf.norm(z(x), ord=1), tf.complex64)",
    "tf.cast(tf.math.reduce_variance(z(x), axis=0), tf.complex64)",
    "tf.reduce_prod(z(x), axis=0)",
    "tf.where(tf.abs(z(x)) > 2, z(x), 1j)",
    "tf.cast(x, tf.complex64) * 2j",
]
WHOLE = [f"tf.reduce_mean(tf.constant({k}, tf.{t}))" for k, t in ((255, "uint8"), (-1, "int8"))]
WHOLE += [
    f"tf.reduce_mean(tf.fill([300], tf.{t}.max))" for t in ("uint8", "int8", "int32", "uint32")
]
WHOLE += [
    "tf.reduce_mean(tf.constant([-7, 2], tf.int16))",
    "tf.reduce_sum(tf.constant([255, 2], tf.uint8))",
    "tf.math.reduce_euclidean_norm([3, 4])",
    "tf.math.segment_mean([255, 254], [0, 0])",
    "tf.linspace(tf.constant(0, tf.int8), tf.constant(3, tf.int8), 3)",
    "tf.linspace(0, 3, 3)",
    "tf.linspace(0.0, 1.0, 0)",
    "tf.shape(tf.reshape(tf.zeros([0, 4, 3]), [0, -1]))",
    "tf.shape(tf.reshape(tf.zeros([0, 3]), [-1, 0]))",
    "tf.shape(tf.scan(lambda a, r: a + r, tf.zeros([0, 2]), initializer=tf.zeros([2])))",
    "tf.map_fn(lambda row: row * 2, tf.zeros([0, 2]))",
    "tf.shape(tf.map_fn(abs, tf.zeros([0, 2]), fn_output_signature=tf.TensorSpec([2], tf.int8)))",
    "tf.math.segment_sum(tf.zeros([0]), tf.zeros([0], tf.int32))",
    "tf.shape(tf.sequence_mask(tf.zeros([0], tf.int32)))",
    "tf.stack([])",
    "tf.constant([5, 2**63 - 1], tf.uint64)",
    "tf.constant([np.float32(1), 2.5])",
    "tf.constant([np.int64(1)])",
    "tf.constant([2**40, 1])",
]
CASES = [
    ("tf.nn.gelu(x, approximate=True)", POINTS),
    ("tf.clip_by_value(x, -1.0, 2.5)", POINTS),
    ("tf.nn.softmax(x)", ROWS + WILD),
    ("tf.nn.log_softmax(x)", ROWS + WILD),
    ("tf.reduce_logsumexp(x, axis=1)", ROWS + WILD),
    ("tf.nn.softmax_cross_entropy_with_logits([[0.2, 0.8, 0.0]] * 10, x)", ROWS + WILD),
    ("tf.nn.sparse_softmax_cross_entropy_with_logits([0, 1, 2, 0, 1] * 2, x)", ROWS + WILD),
    ("tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.ones_like(x) * 0.25, logits=x)", POINTS),
    ("tf.nn.sigmoid_cross_entropy_with_logits(labels=tf.zeros_like(x), logits=x)", POINTS),
    ("tf.nn.weighted_cross_entropy_with_logits(tf.ones_like(x) * 0.25, x, 2.0)", POINTS),
    ("tf.reduce_sum(x, axis=1)", ROWS + WILD),
    ("tf.reduce_mean(x, axis=0)", ROWS),
    ("tf.reduce_max(x, axis=1)", ROWS),
    ("tf.reduce_max(x)", ROWS),
    ("tf.reduce_min(x, axis=1, keepdims=True)", ROWS),
    ("tf.reduce_max(x, axis=1)", [[inf, 1.0, inf], [-inf, -inf, -inf], [-inf, 1.0, 1.0]]),
    ("tf.reduce_prod(x, axis=1)", ROWS),
    ("tf.reduce_prod(x)", ROWS),
    ("tf.math.reduce_std(x, axis=1)", ROWS[1:4]),
    ("tf.math.reduce_variance(x)", ROWS),
    ("tf.math.reduce_euclidean_norm(x, axis=1)", ROWS),
    ("tf.norm(x, axis=1)", ROWS[1:]),
    ("tf.norm(x, ord=1, axis=1)", ROWS),
    ("tf.norm(x, ord=np.inf, axis=1)", ROWS),
    ("tf.cumsum(x, axis=1, exclusive=True, reverse=True)", ROWS + WILD),
    ("tf.math.cumprod(x, axis=1)", ROWS[1:2] + ROWS[4:]),
    ("tf.math.l2_normalize(x, axis=1)", ROWS),
    ("tf.clip_by_norm(x, 1.0)", ROWS),
    ("tf.clip_by_norm(x, 1.0, axes=[1])", ROWS),
    ("tf.clip_by_norm(x, 1.0)", [[0.0, 0.0]]),
    ("tf.clip_by_global_norm([x, x[0]], 2.0)[0][0]", ROWS),
    ("tf.clip_by_global_norm([x], 2.0)[0][0]", [0.5, -0.25]),
    ("tf.linalg.global_norm([x, x * 2.0])", ROWS),
    ("tf.nn.moments(x, axes=[0])[1]", ROWS),
    ("tf.nn.moments(x, axes=[0, 1], keepdims=True)[1]", ROWS),
    ("tf.nn.batch_normalization(x, x[0], x[1] + 1.0, 0.5, 2.0, 1e-3)", ROWS),
    ("tf.nn.l2_loss(x)", ROWS),
    ("tf.math.top_k(x, k=2).values", ROWS),
    ("tf.sort(x, axis=1)", ROWS),
    ("tf.sort(x, axis=0, direction='DESCENDING')", ROWS),
    ("tf.argmax(x, axis=1)", ROWS),
    ("tf.argmin(x, axis=1)", ROWS),
    ("tf.where(x > 0, x, tf.zeros_like(x))", POINTS),
    ("tf.where(x > 0, tf.sqrt(x), 0.0)", [1.0, 4.0, 0.25]),
    ("tf.pad(x, [[1, 1], [2, 1]], 'REFLECT')", ROWS),
    ("tf.pad(x, [[1, 1], [2, 1]], 'SYMMETRIC')", ROWS),
    ("tf.pad(x, [[0, 1], [2, 0]], constant_values=7.0)", ROWS),
    ("tf.roll(x, shift=[1, -2], axis=[0, 1])", ROWS),
    ("tf.tile(x, [2, 3])", ROWS),
    ("tf.gather(x, [2, 0, 2], axis=1)", ROWS),
    ("tf.gather(x, [[0, 2], [1, 1], [0, 0], [2, 1], [1, 2]], batch_dims=1)", ROWS),
    ("tf.gather_nd(x, [[1, 2], [0, 0], [1, 2]])", ROWS),
    ("tf.repeat(x, [1, 0, 2], axis=1)", ROWS),
    ("tf.reverse(x, axis=[1])", ROWS),
    ("tf.tensor_scatter_nd_update(x, [[1], [3]], x[:2] * 3.0)", ROWS),
    ("tf.tensor_scatter_nd_add(x, [[1], [1]], x[:2] * 3.0)", ROWS),
    ("tf.linalg.band_part(x, 0, 1)", ROWS),
    ("tf.linalg.band_part(x, 0, 0)", WILD),
    ("tf.linalg.diag(x)", WILD[:2]),
    ("tf.linalg.trace(x)", ROWS),
    ("tf.linalg.set_diag(x[:3], [7.0, 8.0, 9.0])", WILD),
    ("tf.linalg.matmul(x, x, transpose_b=True)", ROWS),
    ("tf.tensordot(x, x, [[0], [0]])", ROWS),
    ("tf.tensordot(x, x, [[0, 1], [0, 1]])", ROWS),
    ("tf.tensordot(x, x[0], 0)", ROWS),
    ("tf.einsum('ij,kj->ik', x, x)", ROWS),
    ("tf.einsum('ij->ji', x)", ROWS),
    ("tf.einsum('ij->', x)", ROWS),
    ("tf.einsum('ij,ij->i', x, x)", ROWS),
    ("tf.einsum('i,j->ij', x[0], x[1])", ROWS),
    ("tf.einsum('ii->i', x[:3])", ROWS),
    ("tf.einsum('ii', x[:3])", ROWS),
    ("tf.einsum('...j,jk', tf.stack([x, x]), x[:3])", ROWS),
    ("tf.einsum('b...,b...->b...', x, x)", ROWS),
    ("tf.einsum('ij,jk,kl->il', x, x[:3], x[1:4])", ROWS),
    ("tf.math.unsorted_segment_sum(x, [0, 2, 0, -1, 2], 4)", ROWS),
    ("tf.math.unsorted_segment_mean(x, [0, 2, 0, 1, 2], 4)", ROWS),
    ("tf.math.segment_mean(x, [0, 0, 2, 2, 3])", ROWS),
    ("tf.one_hot([1, -1, 3, 0], 3, on_value=5.0, off_value=-1.0)", ROWS),
    ("tf.one_hot([[1, 0]], 3, axis=1)", ROWS),
    ("tf.cast(x, tf.float64)", POINTS),
    ("tf.math.polygamma(2.0, x)", [0.5, 1.0, 3.0, 20.0]),
    ("tf.math.polygamma(1.0, x)", [-0.5, -2.3, 1e-3]),
    ("tf.math.zero_fraction(x)", ROWS),
    ("tf.nn.embedding_lookup(x, [1, 1, 0])", ROWS),
    ("tf.math.in_top_k([0, 1, 2, 2, 0], x, 1)", ROWS),
    ("tf.math.confusion_matrix([0, 1, 2, 2], [0, 2, 2, 1])", ROWS),
    ("tf.bitcast(x, tf.int32)", POINTS[:-1]),
    ("tf.bitcast(x, tf.uint8)", POINTS[:-1]),
    ("tf.saturate_cast(x, tf.int8)", POINTS[:-1]),
    ("tf.linspace(x[0], x[1], 5)", [0.0, 1.0]),
    ("tf.math.count_nonzero(x, axis=1)", ROWS),
    ("tf.norm(x[:, None] - x[None], axis=-1) * (1 - tf.eye(3))", [[0, 0], [3, 4], [0, 1]]),
    ("tf.math.cumprod(x)", [2.0, 0.0, 3.0]),
    ("tf.clip_by_global_norm([x], 1.0)[0][0]", [inf, 1.0]),
    ("tf.tensor_scatter_nd_max(x, [[0], [1], [3], [0]], [4.0, 4.0, 4.0, 7.0])", [1, 5, 2, 4]),
    ("tf.tensor_scatter_nd_min([1.0, 5.0, 2.0, 4.0], [[0], [1], [3], [0]], x)", [4, 4, 4, 7]),
    ("tf.math.unsorted_segment_max(x, [0, 0, 1, 0], 2)", [5, 5, 2, 4]),
    ("tf.math.segment_min(x, [0, 0, 2, 2])", [1, 5, 2, 4]),
    ("tf.linspace(-1.0, 1, 3) * x", [2.0]),
    ("tf.norm(x, ord=1, axis=[0, 1])", ROWS),
    ("tf.norm(x, ord=2, axis=[0, 1])", ROWS),
    ("tf.norm(x, ord=np.inf, axis=[1, 0])", ROWS),
    *((f"tf.{f}", MATRIX) for f in FACTORS),
    *((f"parts(tf.math.{f}(z(x)))", PLANE) for f in COMPLEX),
    *((f"parts({f})", PLANE) for f in PAIRS),
    *((f, [[1, 2], [3, 4]]) for f in WHOLE),
]


def rows():
    """(expression, inputs) of every row."""
    grid = np.array(np.meshgrid(GRID, GRID)).reshape(2, -1).tolist()
    yield from ((f"tf.{path}(x)", [POINTS]) for path in UNARY)
    yield from ((f"tf.{path}(x, y)", grid) for path in BINARY)
    yield from ((f"tf.where(x == 0.5, tf.{path}(x), 0.0)", [POINTS]) for path in SMOOTH)
    yield from ((f"tf.where(x == 0.5, tf.math.{name}(x, y), 0.0)", grid) for name in SMOOTH_BINARY)
    for expression, x in CASES:
        yield expression, [x]


def _complex(tf):
    def parts(z):
        return tf.stack([tf.math.real(z), tf.math.imag(z)])

    return {"z": lambda x: tf.complex(x, tf.reverse(x, [-1])), "parts": parts}


def evaluate(tf, expression, inputs):
    """(value, gradients by x and y or None) of a row, as nested lists."""
    tensors = [tf.constant(np.array(v, np.float32)) for v in inputs]
    names = dict(zip("xy", tensors))
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = eval(expression, {"tf": tf, "np": np, **_complex(tf), **names})
    size = int(np.prod(value.shape))
    weights = None
    if value.dtype.is_floating:
        weights = np.linspace(0.5, 1.5, max(size, 2), dtype=value.dtype.as_numpy_dtype)[:size]
        weights = tf.constant(weights.reshape(value.shape))
    try:
        gradients = tape.gradient(value, tensors, weights) if weights is not None else []
    except LookupError:  # TensorFlow has no gradient for it
        gradients = []
    return value.numpy(), [
        None if g is None else tf.convert_to_tensor(g).numpy() for g in gradients
    ]


def main():
    """Prints the golden file."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    out = []
    for expression, inputs in rows():
        value, gradients = evaluate(tf, expression, inputs)
        gradients = [None if g is None else g.tolist() for g in gradients]
        row = {"expression": expression, "inputs": inputs, "dtype": str(value.dtype)}
        out.append(json.dumps({**row, "value": value.tolist(), "gradients": gradients}))
    print("[\n" + ",\n".join(out) + "\n]")


if __name__ == "__main__":
    main()
