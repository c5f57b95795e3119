"""Neural-network functions: the relu family, softmax, cross entropies, bias_add, norms."""

import math

import numpy as np

from ..base.dtypes import FLOATS, INTS
from ..base.errors import InvalidArgumentError
from ..base.shapes import broadcast, differs
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input, same_dtype
from ..core.tensor import wrap
from ._families import REAL, draw, pair, unary
from ._kernels.halves import rounded_once
from .cast import cast, stop_gradient
from .compare import greater, greater_equal, less, logical_and
from .elementwise import (
    exp,
    log1p,
    maximum,
    negative,
    rsqrt,
    sigmoid,
    softplus,
    square,
    tanh,
)
from .join import concat
from .reduce import normalize_axes, reduce_mean, reduce_sum
from .select import where
from .shape import broadcast_to, check_axis, reshape, transpose
from .special import erf

# -- the relu family -------------------------------------------------------------------------------

relu = unary(
    "nn.relu",
    lambda x: np.maximum(x, x.dtype.type(0)),
    REAL,
    lambda g, y, x: where(greater(y, 0), g, 0),
    arguments=("features",),
    doc="max(x, 0); the gradient at 0 is 0.",
    domain=(0.2, 2.0),
)
relu6 = unary(
    "nn.relu6",
    lambda x: np.minimum(np.maximum(x, x.dtype.type(0)), x.dtype.type(6)),
    REAL,
    lambda g, y, x: where(logical_and(greater(y, 0), less(y, 6)), g, 0),
    arguments=("features",),
    doc="min(max(x, 0), 6).",
    domain=(0.2, 2.0),
)
elu = unary(
    "nn.elu",
    rounded_once(lambda x: np.maximum(x, 0) + np.expm1(np.minimum(x, 0))),
    FLOATS,
    lambda g, y, x: where(less(y, 0), g * (y + 1), g),
    tolerance="scale",
    arguments=("features",),
    doc="x for x > 0, exp(x) - 1 below (Clevert et al. 2015).",
    domain=(0.2, 2.0),
)
SELU_SCALE, SELU_SCALE_ALPHA = 1.0507009873554805, 1.7580993408473766
selu = unary(
    "nn.selu",
    rounded_once(
        lambda x: np.maximum(x, 0) * SELU_SCALE + np.expm1(np.minimum(x, 0)) * SELU_SCALE_ALPHA
    ),
    FLOATS,
    lambda g, y, x: where(less(y, 0), g * (y + SELU_SCALE_ALPHA), g * SELU_SCALE),
    tolerance="scale",
    arguments=("features",),
    doc="elu scaled so that activations keep mean 0 and variance 1 (Klambauer et al. 2017).",
    domain=(0.2, 2.0),
)


@public("nn.leaky_relu")
def leaky_relu(features, alpha=0.2, name=None):
    """x for x > 0, `alpha` x below (Maas et al. 2013).

    Example:
    >>> tf.nn.leaky_relu([-1.0, 2.0]).numpy()
    array([-0.2,  2. ], dtype=float32)
    """
    x = tensor_of(features)
    x = cast(x, "float32") if x._dtype.kind in "iu" else x
    return where(greater(x, 0), x, x * alpha)


@public("nn.crelu")
def crelu(features, axis=-1, name=None):
    """relu of x and of -x, joined along `axis`.

    Example:
    >>> tf.nn.crelu([-1.0, 2.0]).numpy()
    array([0., 2., 1., 0.], dtype=float32)
    """
    from_x = tensor_of(features)
    return relu(concat([from_x, -from_x], axis))


softsign = unary(
    "nn.softsign",
    rounded_once(lambda x: x / (x.dtype.type(1) + np.abs(x))),
    FLOATS,
    lambda g, y, x: g / square(1 + abs(x)),
    heavy=True,
    doc="x / (1 + |x|), element by element.",
    arguments=("features",),
    domain=(0.2, 2.0),
    also=("math.softsign",),
)


@public("nn.silu", "nn.swish")
def silu(features, beta=1.0):
    """x sigmoid(beta x) (Ramachandran et al. 2017).

    Example:
    >>> tf.nn.silu([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.7311], dtype=float32)
    """
    x = tensor_of(features)
    return x * sigmoid(x if isinstance(beta, float) and beta == 1.0 else beta * x)


@public("nn.gelu")
def gelu(features, approximate=False, name=None):
    """x times the normal distribution's cumulative function, or its tanh approximation
    (Hendrycks and Gimpel 2016).

    Example:
    >>> tf.nn.gelu([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.8413], dtype=float32)
    """
    x = tensor_of(features)
    check_dtype("gelu", Spec(x._shape, x._dtype), FLOATS, "features")
    if approximate:
        return 0.5 * x * (1 + tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))))
    return 0.5 * x * (1 + erf(x * math.sqrt(0.5)))


# -- sigmoid and its loss --------------------------------------------------------------------------


@public("math.log_sigmoid")
def log_sigmoid(x, name=None):
    """log(1 / (1 + exp(-x))), without overflow.

    Example:
    >>> tf.math.log_sigmoid([0.0]).numpy()
    array([-0.6931472], dtype=float32)
    """
    return negative(softplus(negative(x)))


def _check_same_shape(name, labels, logits):
    if labels._shape != logits._shape:
        specs = [Spec(t._shape, t._dtype) for t in (logits, labels)]
        fail(
            name,
            f"logits and labels must have the same shape ({list(logits._shape)} vs "
            f"{list(labels._shape)})",
            specs,
            "Reshape one of them, e.g. labels with tf.expand_dims(labels, -1).",
            ("logits", "labels"),
        )


@public("nn.sigmoid_cross_entropy_with_logits")
def sigmoid_cross_entropy_with_logits(labels=None, logits=None, name=None):
    """The cross entropy of independent classes: -z log s(x) - (1 - z) log(1 - s(x)), stably.

    Args:
      labels: tensor of the shape and dtype of `logits`, values in [0, 1].
      logits: float tensor.

    Returns:
      Losses of that same shape: max(x, 0) - x z + log(1 + exp(-|x|)).

    Raises:
      ValueError: the shapes differ.

    Example:
    >>> tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[0.0]).numpy()
    array([0.6931472], dtype=float32)
    """
    x = tensor_of(logits)
    labels_given = labels
    if not hasattr(labels_given, "_dtype"):
        z = pair("sigmoid_cross_entropy_with_logits", labels_given, x)[0]
    else:
        z = tensor_of(labels_given)
        if z._dtype.kind in "iub":
            z = cast(z, x._dtype)
    _check_same_shape("sigmoid_cross_entropy_with_logits", z, x)
    inside = greater_equal(x, 0)
    return where(inside, x, 0) - x * z + log1p(exp(where(inside, -x, x)))


@public("nn.weighted_cross_entropy_with_logits")
def weighted_cross_entropy_with_logits(labels, logits, pos_weight, name=None):
    """sigmoid_cross_entropy_with_logits whose positive part is multiplied by `pos_weight`.

    Example:
    >>> tf.nn.weighted_cross_entropy_with_logits([1.0], [0.0], 2.0).numpy()
    array([1.3862944], dtype=float32)
    """
    x = tensor_of(logits)
    z = pair("weighted_cross_entropy_with_logits", labels, x)[0]
    _check_same_shape("weighted_cross_entropy_with_logits", z, x)
    weight = 1 + (pos_weight - 1) * z
    return (1 - z) * x + weight * (log1p(exp(-abs(x))) + relu(-x))


# -- softmax and its losses ------------------------------------------------------------------------


@rounded_once
def _softmax_kernel(x, axis):
    if x.size == 0:
        return x
    e = np.exp(x - np.max(x, axis, keepdims=True))
    return e / np.sum(e, axis, keepdims=True, dtype=e.dtype)


@rounded_once
def _log_softmax_kernel(x, axis):
    if x.size == 0:
        return x
    shifted = x - np.max(x, axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True, dtype=x.dtype))


def _rows(name, kernel, rule, doc):
    def infer(x, axis):
        check_dtype(name, x, FLOATS, "logits")
        check_axis(name, axis, len(x.shape))
        return x

    def samples(rng):
        cases = (((3,), 0), ((2, 3), 1), ((2, 3), 0))
        return [((draw(rng, s, (-2, 2)),), {"axis": a}) for s, a in cases]

    return Op(
        name,
        kernel,
        infer,
        per_input(rule),
        samples=samples,
        tolerance="scale",
        compiled_from=1 << 15,
        doc=doc,
    )


_softmax = _rows(
    "softmax",
    _softmax_kernel,
    lambda g, y, x, axis: (g - reduce_sum(g * y, axis, True)) * y,
    "exp(x) / sum(exp(x)) along an axis.",
)
_log_softmax = _rows(
    "log_softmax",
    _log_softmax_kernel,
    lambda g, y, x, axis: g - reduce_sum(g, axis, True) * exp(y),
    "x - log(sum(exp(x))) along an axis.",
)


def _row_op(op, logits, axis):
    x = tensor_of(logits)
    check_dtype(op.name, Spec(x._shape, x._dtype), FLOATS, "logits")
    axis = check_axis(op.name, -1 if axis is None else axis, len(x._shape))
    return apply(op, (x,), {"axis": axis})


@public("nn.softmax", "math.softmax")
def softmax(logits, axis=None, name=None):
    """exp(x) / sum(exp(x)) along `axis`, the last by default.

    Example:
    >>> tf.nn.softmax([0.0, 0.0]).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    return _row_op(_softmax, logits, axis)


@public("nn.log_softmax", "math.log_softmax")
def log_softmax(logits, axis=None, name=None):
    """x - log(sum(exp(x))) along `axis`, the last by default.

    Example:
    >>> tf.nn.log_softmax([0.0, 0.0]).numpy()
    array([-0.6931472, -0.6931472], dtype=float32)
    """
    return _row_op(_log_softmax, logits, axis)


def _cross_entropy_infer(x, labels):
    check_dtype("softmax_cross_entropy", x, FLOATS, "logits")
    rows = x.shape[:-1]
    if not x.shape or labels.shape != (rows if labels.dtype.kind in "iu" else x.shape):
        fail(
            "softmax_cross_entropy", "Labels that do not fit", (x, labels), "", ("logits", "labels")
        )
    return Spec(rows, x.dtype)


def _logits_gradient_infer(g, x, labels):
    name = "sparse_softmax_cross_entropy_gradient"
    check_dtype(name, x, FLOATS, "logits")
    if differs(g.shape, labels.shape) or differs(labels.shape, x.shape[:-1]):
        fail(name, "A cotangent and a label for each row are needed", (g, x, labels), "")
    return x


_cross_entropy = Op(
    "softmax_cross_entropy",
    rounded_once(lambda x, z: -np.sum(z * _log_softmax_kernel(x, axis=-1), -1, dtype=x.dtype)),
    _cross_entropy_infer,
    per_input(
        lambda g, y, x, z: reshape(g, (*g._shape, 1)) * (softmax(x) * reduce_sum(z, -1, True) - z),
        lambda g, y, x, z: reshape(g, (*g._shape, 1)) * -log_softmax(x),
    ),
    samples=lambda rng: [((draw(rng, (2, 3), (-2, 2)), draw(rng, (2, 3), (0, 1))), {})],
    tolerance="scale",
    compiled_from=1 << 15,
    doc="-sum(labels * log_softmax(logits)) over the last axis.",
)


@public("nn.softmax_cross_entropy_with_logits")
def softmax_cross_entropy_with_logits(labels, logits, axis=-1, name=None):
    """The cross entropy between rows of probabilities and softmax(logits).

    Args:
      labels: probabilities, of the shape and dtype of `logits`.
      logits: float tensor.
      axis: the axis of classes.

    Returns:
      Losses of the shape without that axis.

    Raises:
      InvalidArgumentError: shapes or dtypes that differ.

    Example:
    >>> tf.nn.softmax_cross_entropy_with_logits([[0.0, 1.0]], [[0.0, 0.0]]).numpy()
    array([0.6931472], dtype=float32)
    """
    x = tensor_of(logits)
    check_dtype("softmax_cross_entropy_with_logits", Spec(x._shape, x._dtype), FLOATS, "logits")
    z = pair("softmax_cross_entropy_with_logits", labels, x)[0]
    if z._dtype.kind in "iu":
        z = cast(z, x._dtype)
    if len(z._shape) == len(x._shape) and broadcast(z._shape, x._shape) == x._shape:
        z = broadcast_to(z, x._shape)
    _check_same_shape("softmax_cross_entropy_with_logits", z, x)
    same_dtype("softmax_cross_entropy_with_logits", [Spec(t._shape, t._dtype) for t in (x, z)])
    last = len(x._shape) - 1
    axis = check_axis("softmax_cross_entropy_with_logits", axis, last + 1)
    if axis != last:
        order = [i for i in range(last + 1) if i != axis] + [axis]
        x, z = transpose(x, order), transpose(z, order)
    return apply(_cross_entropy, (x, z), {})


def _check_labels(labels, classes):
    """Labels outside [0, classes) end here, with their place and value."""
    if labels.size and (labels.min() < 0 or labels.max() >= classes):
        flat = np.asarray(labels).ravel()
        i = int(np.argmax((flat < 0) | (flat >= classes)))
        raise InvalidArgumentError(
            f"[sparse_softmax_cross_entropy_with_logits] Received a label value of {flat[i]} (at "
            f"position {i}) which is outside the valid range of [0, {classes}): the model has "
            f"{classes} outputs; check the labels or the number of units of the last layer."
        )


@rounded_once
def _sparse_kernel(x, labels):
    _check_labels(labels, x.shape[-1])
    rows = _log_softmax_kernel(x, axis=-1)
    return -np.take_along_axis(rows, labels[..., None], -1)[..., 0]


def _sparse_rule(g, y, x, labels):
    return apply(_sparse_gradient, (g, x, labels), {})


@rounded_once
def _sparse_gradient_kernel(g, x, labels):
    _check_labels(labels, x.shape[-1])  # the loss itself may not be wanted
    p, i = _softmax_kernel(x, axis=-1), labels[..., None]
    np.put_along_axis(p, i, np.take_along_axis(p, i, -1) - p.dtype.type(1), -1)
    return p * g[..., None]


def _sparse_samples(rng):
    return [((draw(rng, (4, 3), (-2, 2)), rng.integers(0, 3, (4,))), {})]


def _spread_last(g):
    return reshape(g, (*g._shape, 1))


def _gradient_of_gradient(h, y, g, x, labels):
    """d/dx of g * (softmax(x) - onehot): the softmax's own gradient under the cotangent h g."""
    p = softmax(x)
    k = h * _spread_last(g)
    return (k - reduce_sum(k * p, -1, True)) * p


_sparse_cross_entropy = Op(
    "sparse_softmax_cross_entropy",
    _sparse_kernel,
    _cross_entropy_infer,
    per_input(_sparse_rule, None),
    samples=_sparse_samples,
    tolerance="scale",
    compiled_from=1 << 15,
    doc="-log_softmax(logits) at the class of each label.",
    constants=(1,),
)
_sparse_gradient = Op(
    "sparse_softmax_cross_entropy_gradient",
    _sparse_gradient_kernel,
    _logits_gradient_infer,
    per_input(
        lambda h, y, g, x, labels: reduce_sum(
            h * apply(_sparse_gradient, (wrap(np.ones(g._shape, g._dtype)), x, labels), {}), -1
        ),
        _gradient_of_gradient,
        None,
    ),
    samples=lambda rng: [
        ((draw(rng, (4,), (-2, 2)), draw(rng, (4, 3), (-2, 2)), rng.integers(0, 3, (4,))), {})
    ],
    tolerance="scale",
    compiled_from=1 << 15,
    doc="g * (softmax(logits) - one_hot(labels)), in one pass.",
    constants=(2,),
)


@public("nn.sparse_softmax_cross_entropy_with_logits")
def sparse_softmax_cross_entropy_with_logits(labels, logits, name=None):
    """The cross entropy of softmax(logits) with the class that each integer label names.

    Args:
      labels: integer tensor of the shape of `logits` without its last axis, values in [0, C).
      logits: float tensor (..., C).

    Raises:
      InvalidArgumentError: a label outside [0, C), with its value; shapes that do not fit.

    Example:
    >>> tf.nn.sparse_softmax_cross_entropy_with_logits([1], [[0.0, 0.0]]).numpy()
    array([0.6931472], dtype=float32)
    """
    x, labels = tensor_of(logits), tensor_of(labels)
    name = "sparse_softmax_cross_entropy_with_logits"
    check_dtype(name, Spec(labels._shape, labels._dtype), INTS, "labels")
    check_dtype(name, Spec(x._shape, x._dtype), FLOATS, "logits")
    if labels._shape != x._shape[:-1]:
        fail(
            name,
            "labels must have the shape of logits without the last axis",
            [Spec(t._shape, t._dtype) for t in (x, labels)],
            "For one-hot labels use softmax_cross_entropy_with_logits; squeeze an axis of 1.",
            ("logits", "labels"),
        )
    return apply(_sparse_cross_entropy, (x, labels), {})


# -- bias, dropout, norms --------------------------------------------------------------------------


@public("nn.bias_add")
def bias_add(value, bias, data_format=None, name=None):
    """`value` plus a vector along its last axis, or along axis 1 for data_format "NC...".

    Raises:
      InvalidArgumentError: the bias does not have that axis's size.

    Example:
    >>> tf.nn.bias_add([[1.0, 2.0]], [10.0, 20.0]).numpy()
    array([[11., 22.]], dtype=float32)
    """
    x = tensor_of(value)
    b = pair("bias_add", bias, x)[0]
    first = data_format is not None and data_format.startswith("NC")
    axis = 1 if first else len(x._shape) - 1
    if len(b._shape) != 1 or b._shape[0] != x._shape[axis]:
        fail(
            "bias_add",
            f"Must provide as many biases as axis {axis} of value has elements",
            [Spec(t._shape, t._dtype) for t in (x, b)],
            "The bias is a vector.",
            ("value", "bias"),
        )
    return x + (reshape(b, (-1,) + (1,) * (len(x._shape) - 2)) if first else b)


@public("nn.l2_loss")
def l2_loss(t, name=None):
    """Half the sum of squares.

    Example:
    >>> tf.nn.l2_loss([3.0, 4.0]).numpy()
    np.float32(12.5)
    """
    return reduce_sum(square(tensor_of(t))) / 2


@public("math.l2_normalize", "nn.l2_normalize", "linalg.l2_normalize")
def l2_normalize(x, axis=None, epsilon=1e-12, name=None, dim=None):
    """`x` divided by its Euclidean norm over `axis`, squares below `epsilon` counting as it.

    Args:
      x: floats.
      axis: an axis or several; all by default. `dim` is its old name.
      epsilon: the least square of the norm.

    Example:
    >>> tf.math.l2_normalize([3.0, 4.0]).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    x, axis = tensor_of(x), axis if dim is None else dim
    squares = square(abs(x) if x._dtype.kind == "c" else x)
    return x * cast(rsqrt(maximum(reduce_sum(squares, axis, True), epsilon)), x._dtype)


@public("nn.zero_fraction", "math.zero_fraction")
def zero_fraction(value, name=None):
    """The share of elements that are 0, as float32.

    Example:
    >>> tf.nn.zero_fraction([0.0, 1.0]).numpy()
    np.float32(0.5)
    """
    x = tensor_of(value)
    return reduce_mean(cast(x == cast(0, x._dtype), "float32"))


@public("nn.moments")
def moments(x, axes, shift=None, keepdims=False, name=None):
    """(mean, variance) over `axes`.

    Example:
    >>> mean, variance = tf.nn.moments(tf.constant([1.0, 3.0]), axes=[0])
    >>> mean.numpy(), variance.numpy()
    (np.float32(2.0), np.float32(1.0))
    """
    x = tensor_of(x)
    mean = reduce_mean(x, axes, True)
    # around any fixed point the variance is the mean square less the square of the mean: around
    # the mean itself the latter is 0, and the mean square's gradient needs no sum for the mean's
    middle = stop_gradient(mean)
    variance = reduce_mean(square(x - middle), axes, True) - square(mean - middle)
    if keepdims:
        return mean, variance
    kept = normalize_axes("moments", axes, len(x._shape))
    shape = tuple(d for i, d in enumerate(x._shape) if i not in kept)
    return reshape(mean, shape), reshape(variance, shape)


@public("nn.batch_normalization")
def batch_normalization(x, mean, variance, offset, scale, variance_epsilon, name=None):
    """(x - mean) / sqrt(variance + variance_epsilon) * scale + offset; either may be None.

    Example:
    >>> tf.nn.batch_normalization([2.0], 1.0, 1.0, None, 3.0, 0.0).numpy()
    array([3.], dtype=float32)
    """
    inverse = rsqrt(tensor_of(variance) + variance_epsilon)
    if scale is not None:
        inverse = inverse * scale
    shift = -mean * inverse if offset is None else offset - mean * inverse
    return tensor_of(x) * inverse + shift
