"""Moments, means of losses, normalization among channels, isotonic regression, ids of labels."""

from math import pi, prod

import numpy as np

from ..base.context import context, replicas_in_sync
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, per_input
from .cast import cast, stop_gradient
from .compare import logical_and, not_equal
from .create import convert_to_tensor, ones_like, range_, zeros_like
from .elementwise import exp, log, square
from .index import boolean_mask, gather
from .join import concat, pad
from .nn import batch_normalization
from .ragged import RaggedTensor
from .reduce import normalize_axes, reduce_sum
from .segments import unsorted_segment_mean
from .select import where
from .shape import expand_dims, reshape, size, squeeze, transpose


@public("nn.compute_average_loss")
def compute_average_loss(per_example_loss, sample_weight=None, global_batch_size=None):
    """The sum of losses over the size of the batch on all replicas.

    Args:
      per_example_loss: losses, of rank 1 at least.
      sample_weight: a factor for each example.
      global_batch_size: of all replicas; by default the number of examples here for each of them.

    Raises:
      ValueError: a scalar loss.
      RuntimeError: in a strategy's scope, outside of the function that its replicas run.

    Example:
    >>> tf.nn.compute_average_loss([1.0, 2.0], global_batch_size=4).numpy()
    np.float32(0.75)
    """
    _need_replica("compute_average_loss")
    loss = tensor_of(per_example_loss)
    if not loss._shape:
        raise ValueError(
            "[compute_average_loss] Invalid value passed for `per_example_loss`. Expected a tensor "
            f"with at least rank 1. Received per_example_loss={per_example_loss} with rank 0."
        )
    if loss._dtype.kind in "iub":
        loss = cast(loss, "float32")
    if sample_weight is not None:
        weight = cast(tensor_of(sample_weight), loss.dtype)
        weight = reshape(weight, (*weight._shape, *[1] * (len(loss._shape) - len(weight._shape))))
        loss = loss * weight
    if global_batch_size is None:
        global_batch_size = loss._shape[0] * replicas_in_sync()
    count = global_batch_size
    return reduce_sum(loss) / cast(count, loss.dtype)


@public("nn.scale_regularization_loss")
def scale_regularization_loss(regularization_loss):
    """The sum of regularization losses over the number of replicas.

    Raises:
      RuntimeError: in a strategy's scope, outside of the function that its replicas run.

    Example:
    >>> tf.nn.scale_regularization_loss([1.0, 2.0]).numpy()
    np.float32(3.0)
    """
    _need_replica("scale_regularization_loss")
    loss = reduce_sum(regularization_loss)
    count = replicas_in_sync()
    return loss / count if count > 1 else loss


def _need_replica(name):
    if context.strategy is not None and context.replica is None:
        raise RuntimeError(
            f"You are calling `{name}` in cross replica context, while it was expected to be "
            "called in replica context: call it in the function that you give to strategy.run."
        )


@public("nn.log_poisson_loss")
def log_poisson_loss(targets, log_input, compute_full_loss=False, name=None):
    """exp(log_input) - log_input * targets: minus the log-likelihood of counts, but for constants.

    Args:
      targets, log_input: floats of one shape.
      compute_full_loss: add what depends on the targets alone, by Stirling's formula.

    Raises:
      ValueError: the shapes differ.

    Example:
    >>> tf.nn.log_poisson_loss([2.0], [0.0]).numpy()
    array([1.], dtype=float32)
    """
    x = tensor_of(log_input)
    targets = tensor_of(targets)
    if not targets.shape.is_compatible_with(x.shape):
        raise ValueError(
            "[log_poisson_loss] `log_input` and `targets` must have the same shape, received "
            f"({x.shape} vs {targets.shape})."
        )
    loss = exp(x) - x * targets
    if not compute_full_loss:
        return loss
    beyond = targets > 1
    safe = where(beyond, targets, ones_like(targets))
    rest = safe * log(safe) - safe + 0.5 * log(2 * pi * safe)
    return loss + where(beyond, rest, zeros_like(targets))


@public("nn.sufficient_statistics")
def sufficient_statistics(x, axes, shift=None, keepdims=False, name=None):
    """(count, sum, sum of squares, shift) over `axes`, for `normalize_moments`.

    Args:
      x: a tensor of floats.
      axes: a list of axes.
      shift: taken off `x` first, for exactness; None for none.

    Example:
    >>> [y.numpy().tolist() for y in tf.nn.sufficient_statistics([[1.0, 2.0], [3.0, 4.0]], [0])[:3]]
    [2.0, [4.0, 6.0], [10.0, 20.0]]
    """
    x = tensor_of(x)
    axes = normalize_axes("sufficient_statistics", list(axes), len(x._shape))
    count = cast(prod(x._shape[k] for k in axes), x.dtype)
    if shift is not None:
        shift = cast(tensor_of(shift), x.dtype)
        x = x - shift
    sums = reduce_sum(x, axes, keepdims), reduce_sum(square(x), axes, keepdims)
    return count, *sums, shift


@public("nn.normalize_moments")
def normalize_moments(counts, mean_ss, variance_ss, shift, name=None):
    """(mean, variance) of what `sufficient_statistics` gives.

    Example:
    >>> [y.numpy().item() for y in tf.nn.normalize_moments(2.0, 4.0, 10.0, None)]
    [2.0, 1.0]
    """
    share = 1.0 / tensor_of(counts)
    mean = mean_ss * share
    variance = variance_ss * share - square(mean)
    return (mean if shift is None else mean + shift), variance


@public("nn.weighted_moments")
def weighted_moments(x, axes, frequency_weights, keepdims=False, name=None):
    """(mean, variance) over `axes` of elements that count by their weights.

    Args:
      x: a tensor.
      axes: a list of axes.
      frequency_weights: weights that broadcast to `x`.

    Example:
    >>> [y.numpy().item() for y in tf.nn.weighted_moments([1.0, 2.0], [0], [1.0, 3.0])]
    [1.75, 0.1875]
    """
    x = tensor_of(x)
    weights = cast(tensor_of(frequency_weights), x.dtype) + zeros_like(x)
    axes = normalize_axes("weighted_moments", axes, len(x._shape))
    total = reduce_sum(weights, axes, True)
    mean = reduce_sum(x * weights, axes, True) / total
    variance = reduce_sum(weights * square(x - stop_gradient(mean)), axes, True) / total
    if keepdims:
        return mean, variance
    return squeeze(mean, list(axes)), squeeze(variance, list(axes))


@public("nn.batch_norm_with_global_normalization")
def batch_norm_with_global_normalization(
    input, mean, variance, beta, gamma, variance_epsilon, scale_after_normalization, name=None
):
    """`batch_normalization` by its older name; gamma counts with `scale_after_normalization`.

    Example:
    >>> tf.nn.batch_norm_with_global_normalization(
    ...     tf.ones([1, 1, 1, 1]), [0.0], [1.0], [1.0], [5.0], 0.0, False
    ... ).numpy().item()
    2.0
    """
    scale = gamma if scale_after_normalization else None
    mean, variance, beta = tensor_of(mean), tensor_of(variance), tensor_of(beta)
    return batch_normalization(input, mean, variance, beta, scale, variance_epsilon)


@public("nn.local_response_normalization", "nn.lrn")
def local_response_normalization(input, depth_radius=5, bias=1.0, alpha=1.0, beta=0.5, name=None):
    """x / (bias + alpha * the sum of squares of near channels) ** beta.

    Args:
      input: (batch, height, width, channels).
      depth_radius: how many channels to each side are near.

    Example:
    >>> x = tf.reshape([0.0, 1.0, 2.0, 3.0], [1, 1, 1, 4])
    >>> tf.nn.lrn(x, depth_radius=1, alpha=0.5).numpy().round(3).ravel()
    array([0.   , 0.535, 0.707, 1.095], dtype=float32)
    """
    x = convert_to_tensor(input, dtype_hint="float32")
    squares = pad(square(x), [(0, 0), (0, 0), (0, 0), (depth_radius, depth_radius)])
    channels = x._shape[-1]
    total = sum(squares[..., k : k + channels] for k in range(2 * depth_radius + 1))
    return x / (bias + alpha * total) ** beta


# -- isotonic regression ---------------------------------------------------------------------------


def _pools(row):
    """The decreasing fit of one row by least squares: (values, the number of each one's pool)."""
    means, sizes = [], []
    for value in row:
        means.append(value)
        sizes.append(1)
        while len(means) > 1 and means[-2] < means[-1]:
            mean, count = means.pop(), sizes.pop()
            total = sizes[-1] + count
            means[-1] = (means[-1] * sizes[-1] + mean * count) / total
            sizes[-1] = total
    return np.repeat(means, sizes), np.repeat(np.arange(len(sizes)), sizes)


def _isotonic_kernel(x):
    rows = x.reshape(prod(x.shape[:-1]), x.shape[-1])
    out, pools = np.empty(rows.shape, x.dtype), np.empty(rows.shape, np.int32)
    for k, row in enumerate(rows.astype(np.float64)):
        out[k], pools[k] = _pools(row)
    return out.reshape(x.shape), pools.reshape(x.shape)


def _isotonic_gradient(g, y, x):
    length = x._shape[-1]
    first = reshape(range_(size(x) // length) * length, (*x._shape[:-1], 1))
    places = reshape(y[1] + first, (-1,))
    means = unsorted_segment_mean(reshape(g[0], (-1,)), places, size(x))
    return reshape(gather(means, places), x._shape)


_isotonic = Op(
    "isotonic_regression",
    _isotonic_kernel,
    lambda x: (Spec(x.shape, x.dtype), Spec(x.shape, np.dtype("int32"))),
    per_input(_isotonic_gradient),
    samples=lambda rng: [((rng.normal(size=(2, 5)),), {})],
    doc="The decreasing sequence nearest to each row, and the pools of equal values.",
    tolerance="scale",
)


@public("nn.isotonic_regression")
def isotonic_regression(inputs, decreasing=True, axis=-1):
    """The monotonic sequence nearest to `inputs` by least squares.

    Args:
      inputs: a tensor of numbers; of integers the result is floats.
      decreasing: or else increasing.
      axis: along which sequences go.

    Returns:
      (the sequence, for each element the number of the pool whose mean it is).

    Example:
    >>> tf.nn.isotonic_regression([3.0, 1.0, 2.0])[0].numpy()
    array([3. , 1.5, 1.5], dtype=float32)
    """
    x = tensor_of(inputs)
    if x._dtype.kind in "biu":
        x = cast(x, "float32" if x.dtype in ("int8", "int16") else "float64")
    ndim = len(x._shape)
    axis = normalize_axes("isotonic_regression", axis, ndim)[0]
    perm = [k for k in range(ndim) if k != axis] + [axis]
    sign = 1 if decreasing else -1
    y, pools = apply(_isotonic, (transpose(x, perm) * cast(sign, x.dtype),), {})
    back = np.argsort(perm)
    return transpose(y, back) * cast(sign, x.dtype), transpose(pools, back)


# -- labels ----------------------------------------------------------------------------------------


@public("nn.collapse_repeated")
def collapse_repeated(labels, seq_length, name=None):
    """(labels with one for each run of equal ones, their numbers).

    Args:
      labels: integers (batch, time).
      seq_length: how many labels of each row count.

    Example:
    >>> [y.numpy().tolist() for y in tf.nn.collapse_repeated([[1, 1, 2], [3, 3, 3]], [3, 2])]
    [[[1, 2], [3, 0]], [2, 1]]
    """
    labels, lengths = tensor_of(labels), tensor_of(seq_length)
    new = not_equal(labels[:, 1:], labels[:, :-1])
    new = concat([ones_like(labels[:, :1], "bool"), new], 1)
    inside = range_(labels._shape[1]) < expand_dims(cast(lengths, "int32"), 1)
    kept = logical_and(new, inside)
    counts = reduce_sum(cast(kept, "int32"), 1)
    rows = RaggedTensor.from_row_lengths(boolean_mask(labels, kept), counts)
    return rows.to_tensor(), cast(counts, lengths.dtype)


def _unique_kernel(labels):
    out, places = np.zeros(labels.shape, np.int64), np.empty(labels.shape, np.int32)
    for k, row in enumerate(labels):
        values, first, inverse = np.unique(row, return_index=True, return_inverse=True)
        order = np.argsort(first)
        out[k, : len(values)] = values[order]
        places[k] = np.argsort(order)[inverse.reshape(-1)]
    return out, places


_unique = Op(
    "unique_labels",
    _unique_kernel,
    lambda labels: (
        Spec(labels.shape, np.dtype("int64")),
        Spec(labels.shape, np.dtype("int32")),
    ),
    samples=lambda rng: [((np.array([[3, 1, 3], [0, 0, 2]]),), {})],
    doc="The different labels of each row, in order, and where each label is among them.",
    why_no_gradient="labels are integers",
)


@public("nn.ctc_unique_labels")
def ctc_unique_labels(labels, name=None):
    """[each row's different labels with zeros after them, where each label is among them].

    Example:
    >>> [y.numpy().tolist() for y in tf.nn.ctc_unique_labels([[1, 1, 2]])]
    [[[1, 2, 0]], [[0, 0, 1]]]
    """
    return list(apply(_unique, (tensor_of(labels),), {}))
