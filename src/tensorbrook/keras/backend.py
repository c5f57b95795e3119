"""keras.backend: Keras 3's settings and names of dtypes, and the functions of tensors of Keras 2.

`from tensorflow.keras import backend as K; K.mean(x)` works on tensors, on variables and on Keras
inputs, where the call becomes a layer.
"""

import builtins
import sys
from contextlib import contextmanager

import numpy as np

from .. import ops
from ..base.config import settings
from ..base.lazy import starred as _starred
from ..base.names import name_scope as name_scope
from ..base.names import scoped
from ..core.dispatch import public, tensor_of
from ..core.tensor import Deferred, Tensor, convert_to_tensor
from ..ops import random as tf_random
from ..ops import windows
from ..ops._windows import FORMATS
from ..ops.ragged import RaggedTensor
from ..ops.sequence import ctc_decoded, ctc_path_loss
from ..ops.shape import check_axis, static_int, static_ints
from . import activations, losses
from .config import (
    backend,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
    standardize_data_format,
)
from .config import (
    epsilon as epsilon,
)
from .layers.calls import context
from .layers.recurrent.loop import rnn
from .legacy_graph import function, gradients, placeholder
from .ops import image, nn
from .promotion import is_float_dtype, is_int_dtype, result_type, standardize_dtype
from .registry import reset_names, unique_name
from .seeds import forget_seeds
from .variables import Variable


def _entered(given):
    """Enters a function of tensors: on a Keras input its call becomes a layer."""
    given.__name__ = given.__qualname__ = given.__name__.rstrip("_")
    return public(f"keras.backend.{given.__name__}")(given)


def _floats(x):
    x = tensor_of(x)
    return x if x.dtype.is_floating else ops.cast(x, settings.floatx)


# -- of each element -------------------------------------------------------------------------------


def _unary(name, of_tensor, doc):
    def call(x):
        return of_tensor(x)

    call.__name__, call.__doc__ = name, doc
    return _entered(call)


abs = _unary("abs", ops.abs, "|x|.")
cos = _unary("cos", ops.cos, "The cosine.")
exp = _unary("exp", ops.exp, "e to the x.")
log = _unary("log", ops.log, "The natural logarithm.")
round = _unary("round", ops.round, "The nearest integer.")
sigmoid = _unary("sigmoid", ops.sigmoid, "1 / (1 + exp(-x)).")
sign = _unary("sign", ops.sign, "-1, 0 or 1.")
sin = _unary("sin", ops.sin, "The sine.")
softplus = _unary("softplus", ops.softplus, "log(1 + exp(x)).")
softsign = _unary("softsign", ops.softsign, "x / (1 + |x|).")
square = _unary("square", ops.square, "x times x.")
tanh = _unary("tanh", ops.tanh, "The hyperbolic tangent.")
transpose = _unary("transpose", ops.transpose, "The axes in the reverse order.")
batch_flatten = _unary(
    "batch_flatten",
    lambda x: ops.reshape(x, (-1, np.prod(np.array(tensor_of(x)._shape[1:], object)))),
    "All axes but the first as one.",
)
flatten = _unary("flatten", lambda x: ops.reshape(x, (-1,)), "All elements in a row.")
sqrt = _unary("sqrt", lambda x: ops.sqrt(ops.maximum(x, 0.0)), "The square root, 0 below 0.")
hard_sigmoid = _unary(
    "hard_sigmoid",
    activations.hard_sigmoid_of_keras_2,
    "0.2 x + 0.5, within 0 and 1: as in Keras 2.",
)


def _binary(name, of_tensors, doc, second="y"):
    def call(x, y):
        return of_tensors(x, y)

    def power(x, a):
        return of_tensors(x, a)

    call = call if second == "y" else power
    call.__name__, call.__doc__ = name, doc
    return _entered(call)


equal = _binary("equal", ops.equal, "x == y.")
not_equal = _binary("not_equal", ops.not_equal, "x != y.")
greater = _binary("greater", ops.greater, "x > y.")
greater_equal = _binary("greater_equal", ops.greater_equal, "x >= y.")
less = _binary("less", ops.less, "x < y.")
less_equal = _binary("less_equal", ops.less_equal, "x <= y.")
maximum = _binary("maximum", ops.maximum, "The greater of two.")
minimum = _binary("minimum", ops.minimum, "The lesser of two.")
pow = _binary("pow", ops.pow, "x to the a.", second="a")


@_entered
def clip(x, min_value, max_value):
    """x within two bounds; the lower one where they are the wrong way round."""
    x = tensor_of(x)
    low = x.dtype.min if min_value is None else min_value
    high = x.dtype.max if max_value is None else max_value
    return ops.maximum(ops.minimum(x, ops.cast(high, x.dtype)), ops.cast(low, x.dtype))


@_entered
def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """x above `threshold`, at most `max_value`; `alpha * (x - threshold)` below.

    Example:
    >>> tf.keras.backend.relu(tf.constant([-1.0, 5.0]), alpha=0.5, max_value=2.0).numpy()
    array([-0.5,  2. ], dtype=float32)
    """
    return activations.relu(_floats(x), alpha, max_value, threshold)


@_entered
def elu(x, alpha=1.0):
    """x where it is positive, `alpha * (exp(x) - 1)` elsewhere."""
    return nn.elu(x, alpha)


@_entered
def softmax(x, axis=-1):
    """exp(x), divided by its sum over an axis."""
    return ops.softmax(x, axis=axis)  # keras.ops' remembers the logits, which Keras 2's did not


@_entered
def l2_normalize(x, axis=None):
    """x, divided by its Euclidean norm over an axis."""
    return ops.l2_normalize(x, axis=axis)


@_entered
def cast(x, dtype):
    """`x` in another dtype."""
    return ops.cast(x, dtype)


def cast_to_floatx(x):
    """An array, or a tensor, in the default float dtype.

    Example:
    >>> tf.keras.backend.cast_to_floatx(np.array([1, 2]))
    array([1., 2.], dtype=float32)
    """
    if isinstance(x, Tensor | Variable | Deferred):
        return cast(x, settings.floatx)
    return np.asarray(x, dtype=settings.floatx)


@_entered
def dropout(x, level, noise_shape=None, seed=None):
    """`x` with a share `level` set to 0, and the rest divided by 1 - level."""
    seed = np.random.randint(10_000_000) if seed is None else seed
    return ops.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


# -- reductions ------------------------------------------------------------------------------------


def _reduction(name, reduce, doc, read=tensor_of):
    def call(x, axis=None, keepdims=False):
        return reduce(read(x), axis, keepdims)

    call.__name__, call.__doc__ = name, doc
    return _entered(call)


def _booleans(x):
    return ops.cast(x, "bool")


def _not_booleans(x):
    x = tensor_of(x)
    return ops.cast(x, settings.floatx) if x.dtype.name == "bool" else x


all = _reduction("all", ops.reduce_all, "Whether all are true.", _booleans)
any = _reduction("any", ops.reduce_any, "Whether one is true.", _booleans)
max = _reduction("max", ops.reduce_max, "The greatest.")
mean = _reduction("mean", ops.reduce_mean, "The mean.", _not_booleans)
min = _reduction("min", ops.reduce_min, "The least.")
prod = _reduction("prod", ops.reduce_prod, "The product.")
std = _reduction("std", ops.reduce_std, "The standard deviation.", _not_booleans)
sum = _reduction("sum", ops.reduce_sum, "The sum.")
var = _reduction("var", ops.reduce_variance, "The variance.", _not_booleans)


def _along(name, of_tensor, default, doc):
    def call(x, axis=default):
        return of_tensor(x, axis)

    call.__defaults__ = (default,)
    call.__name__, call.__doc__ = name, doc
    return _entered(call)


argmax = _along("argmax", ops.argmax, -1, "The place of the greatest along an axis.")
argmin = _along("argmin", ops.argmin, -1, "The place of the least along an axis.")
cumsum = _along("cumsum", ops.cumsum, 0, "Sums of all beginnings of an axis.")
cumprod = _along("cumprod", ops.cumprod, 0, "Products of all beginnings of an axis.")


# -- shapes ----------------------------------------------------------------------------------------


@_entered
def concatenate(tensors, axis=-1):
    """Tensors one after the other along an axis."""
    return ops.concat(tensors, axis)


@_entered
def expand_dims(x, axis=-1):
    """`x` with an axis of size 1 more."""
    return ops.expand_dims(x, axis)


@_entered
def squeeze(x, axis):
    """`x` without an axis of size 1."""
    return ops.squeeze(x, [axis])


@_entered
def reshape(x, shape):
    """`x` in another shape."""
    return ops.reshape(x, shape)


@_entered
def stack(x, axis=0):
    """Tensors along a new axis."""
    return ops.stack(x, axis)


@_entered
def tile(x, n):
    """`x` repeated so often along each axis."""
    return ops.tile(x, [n] if isinstance(n, int) else n)


@_entered
def repeat(x, n):
    """The rows of a matrix, `n` times each: (samples, n, features)."""
    return ops.tile(ops.expand_dims(x, 1), [1, n, 1])


@_entered
def repeat_elements(x, rep, axis):
    """Each entry of an axis `rep` times."""
    return ops.repeat(x, rep, axis)


@_entered
def reverse(x, axes):
    """`x` with the order along axes reversed."""
    return ops.reverse(x, [axes] if isinstance(axes, int) else axes)


@_entered
def permute_dimensions(x, pattern):
    """`x` with its axes in another order."""
    return ops.transpose(x, pattern)


@_entered
def gather(reference, indices):
    """The rows of `reference` at indices."""
    return ops.gather(reference, indices)


def _padded(x, padding, data_format=None):
    pads = [list(pair) for pair in padding]
    first = standardize_data_format(data_format) == "channels_first"
    none = [0, 0]
    return ops.pad(x, [none, none, *pads] if first else [none, *pads, none])


@_entered
def temporal_padding(x, padding=(1, 1)):
    """Sequences with steps of zeros before and after."""
    return _padded(x, [padding], "channels_last")


@_entered
def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Images with margins of zeros."""
    return _padded(x, padding, data_format)


@_entered
def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Volumes with margins of zeros."""
    return _padded(x, padding, data_format)


@_entered
def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Images so many times as high and as wide.

    Args:
      interpolation: "nearest", "bilinear" or another of `tf.image.resize`.
    """
    x = tensor_of(x)
    axis = 2 if standardize_data_format(data_format) == "channels_first" else 1
    size = (x._shape[axis] * height_factor, x._shape[axis + 1] * width_factor)
    x = x if interpolation == "nearest" else _floats(x)
    return image.resize(x, size, interpolation, data_format=data_format)


@_entered
def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes so many times as deep, as high and as wide."""
    start = 2 if standardize_data_format(data_format) == "channels_first" else 1
    for axis, factor in enumerate((depth_factor, height_factor, width_factor), start):
        x = ops.repeat(x, factor, axis)
    return x


# -- products --------------------------------------------------------------------------------------


@_entered
def dot(x, y):
    """The product of matrices; of more axes the last of `x` meets the last but one of `y`.

    Example:
    >>> tf.keras.backend.dot(tf.ones([2, 3, 4]), tf.ones([4, 5])).shape
    TensorShape([2, 3, 5])
    """
    x, y = tensor_of(x), tensor_of(y)
    if len(x._shape) == 2 and len(y._shape) == 2:
        return ops.matmul(x, y)
    return ops.tensordot(x, y, [[len(x._shape) - 1], [builtins.max(len(y._shape) - 2, 0)]])


@_entered
def batch_dot(x, y, axes=None):
    """Products of the samples of two batches over an axis of each.

    Args:
      x, y: (batch, ...).
      axes: the axes that meet, an integer or one of each; by default the last of `x` and the last
        but one of `y`.

    Example:
    >>> tf.keras.backend.batch_dot(tf.ones([5, 2, 3]), tf.ones([5, 3, 4])).shape
    TensorShape([5, 2, 4])
    """
    x, y = tensor_of(x), tensor_of(y)
    ranks = len(x._shape), len(y._shape)
    if builtins.min(ranks) < 2:
        raise ValueError(
            "Cannot do batch_dot on inputs with rank < 2. Received inputs with shapes "
            f"{x.shape} and {y.shape}."
        )
    if axes is None:
        axes = (ranks[0] - 1, 1 if ranks[1] == 2 else ranks[1] - 2)
    axes = (axes, axes) if isinstance(axes, int) else axes
    a, b = (check_axis("batch_dot", axis, rank) for axis, rank in zip(axes, ranks))
    if not a or not b:
        raise ValueError("Cannot perform batch_dot over axis 0: that is the batch.")
    letters = iter("defghijklmnopqrstuvwxyz")
    first = ["b", *("c" if i == a else next(letters) for i in range(1, ranks[0]))]
    second = ["b", *("c" if i == b else next(letters) for i in range(1, ranks[1]))]
    kept = [n for n in (*first, *second[1:]) if n != "c"]
    found = ops.einsum(f"{''.join(first)},{''.join(second)}->{''.join(kept)}", x, y)
    return ops.expand_dims(found, 1) if len(kept) == 1 else found


@_entered
def bias_add(x, bias, data_format=None):
    """`x` plus a bias of the channels, or of the shape of a sample."""
    x, bias = tensor_of(x), tensor_of(bias)
    if standardize_data_format(data_format) == "channels_first" and len(x._shape) > 2:
        last = len(bias._shape) - 1
        rest = bias._shape[:-1] or (1,) * (len(x._shape) - 2)
        bias = ops.transpose(bias, [last, *range(last)])
        return x + ops.reshape(bias, (1, bias._shape[0], *rest))
    return x + bias


# -- convolutions ----------------------------------------------------------------------------------


@_entered
def conv1d(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of sequences; padding "valid", "same" or "causal"."""
    if padding == "causal":
        width = static_int(tensor_of(kernel)._shape[0], "kernel") - 1
        left = width * static_ints(dilation_rate, "dilation_rate")[0]
        x, padding = _padded(tensor_of(x), [(left, 0)], data_format), "valid"
    return nn.conv(x, kernel, strides, padding, data_format, dilation_rate)


@_entered
def conv2d(x, kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)):
    """Convolution of images."""
    return nn.conv(x, kernel, strides, padding, data_format, dilation_rate)


@_entered
def conv3d(
    x, kernel, strides=(1, 1, 1), padding="valid", data_format=None, dilation_rate=(1, 1, 1)
):
    """Convolution of volumes."""
    return nn.conv(x, kernel, strides, padding, data_format, dilation_rate)


@_entered
def local_conv(inputs, kernel, kernel_size, strides, output_shape=None, data_format=None):
    """A convolution with a kernel (window and channels, filters) for each place, in their order.

    Example:
    >>> kernel = tf.constant([[[1.0], [1.0]], [[1.0], [2.0]]])
    >>> x = tf.constant([[[1.0], [2.0], [3.0]]])
    >>> tf.keras.backend.local_conv1d(x, kernel, (2,), (1,)).numpy().ravel()
    array([3., 8.], dtype=float32)
    """
    layout = FORMATS[len(kernel_size)][standardize_data_format(data_format) == "channels_first"]
    return windows.local_conv("local_conv", tensor_of(inputs), kernel, kernel_size, strides, layout)


def local_conv1d(inputs, kernel, kernel_size, strides, data_format=None):
    """`local_conv` along one axis."""
    return local_conv(inputs, kernel, kernel_size, strides, data_format=data_format)


local_conv2d = local_conv


@_entered
def conv2d_transpose(
    x,
    kernel,
    output_shape,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """The transpose of `conv2d`, of a given result's shape."""
    shape = list(output_shape)
    shape[0] = tensor_of(x)._shape[0] if shape[0] is None else shape[0]
    layout = FORMATS[2][standardize_data_format(data_format) == "channels_first"]
    return ops.conv_transpose(x, kernel, shape, strides, padding.upper(), layout, dilation_rate)


@_entered
def depthwise_conv2d(
    x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """Convolution of each channel of images by itself."""
    return nn.depthwise_conv(x, depthwise_kernel, strides, padding, data_format, dilation_rate)


@_entered
def separable_conv2d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """`depthwise_conv2d`, then a convolution that mixes the channels."""
    geometry = (strides, padding, data_format, dilation_rate)
    return nn.separable_conv(x, depthwise_kernel, pointwise_kernel, *geometry)


def _pool(x, pool_size, strides, padding, data_format, pool_mode):
    if pool_mode not in ("max", "avg"):
        raise ValueError(f"Invalid pooling mode: {pool_mode!r}: it is 'max' or 'avg'.")
    run = nn.max_pool if pool_mode == "max" else nn.average_pool
    return run(x, pool_size, strides, padding, data_format)


@_entered
def pool2d(x, pool_size, strides=(1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The maxima, or with "avg" the means, of windows of images."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


@_entered
def pool3d(x, pool_size, strides=(1, 1, 1), padding="valid", data_format=None, pool_mode="max"):
    """The maxima, or with "avg" the means, of windows of volumes."""
    return _pool(x, pool_size, strides, padding, data_format, pool_mode)


# -- losses and normalization ----------------------------------------------------------------------


@_entered
def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """(x - mean) / sqrt(var + epsilon) * gamma + beta, of vectors along an axis."""
    x = tensor_of(x)
    shape = [1] * len(x._shape)
    shape[axis] = x._shape[axis]
    mean, var, beta, gamma = (
        None if v is None else ops.reshape(v, shape) for v in (mean, var, beta, gamma)
    )
    return ops.batch_normalization(x, mean, var, beta, gamma, epsilon)


@_entered
def binary_crossentropy(target, output, from_logits=False):
    """The cross entropy of each element."""
    return nn.binary_crossentropy(target, output, from_logits)


@_entered
def binary_focal_crossentropy(
    target, output, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False
):
    """The focal cross entropy of each element: easy ones count less."""
    target, output = _floats(target), _floats(output)
    chance = ops.sigmoid(output) if from_logits else output
    right = target * chance + (1.0 - target) * (1.0 - chance)
    found = ops.pow(1.0 - right, gamma) * binary_crossentropy(target, output, from_logits)
    if apply_class_balancing:
        found = (target * alpha + (1.0 - target) * (1.0 - alpha)) * found
    return found


@_entered
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross entropy of one-hot labels."""
    return losses.categorical_crossentropy(target, output, from_logits, axis=axis)


@_entered
def categorical_focal_crossentropy(
    target, output, alpha=0.25, gamma=2.0, from_logits=False, axis=-1
):
    """The focal cross entropy of one-hot labels."""
    return losses.categorical_focal_crossentropy(
        target, output, alpha, gamma, from_logits, axis=axis
    )


@_entered
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1, ignore_class=None):
    """The cross entropy of integer labels."""
    return losses.sparse_categorical_crossentropy(target, output, from_logits, ignore_class, axis)


@_entered
def in_top_k(predictions, targets, k):
    """Whether each target's prediction is among the `k` greatest of its row."""
    return ops.in_top_k(targets, predictions, k)


@_entered
def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """The CTC loss of each sample: (batch, 1).

    Args:
      y_true: labels (batch, most labels).
      y_pred: probabilities (batch, time, classes); the last class stands for no label.
      input_length, label_length: how much of each sample counts: (batch, 1).
    """
    logits = ops.log(_floats(y_pred) + settings.epsilon)
    lengths = [ops.reshape(ops.cast(n, "int32"), (-1,)) for n in (label_length, input_length)]
    labels = ops.cast(y_true, "int32")
    found = ctc_path_loss(labels, logits, *lengths, logits._shape[-1] - 1)
    return ops.expand_dims(found, 1)


@_entered
def ctc_label_dense_to_sparse(labels, label_lengths):
    """A SparseTensor of the labels (batch, time), of each row the first `label_lengths`."""
    return RaggedTensor.from_tensor(labels, label_lengths).to_sparse()


def ctc_decode(y_pred, input_length, greedy=True, beam_width=100, top_paths=1):
    """([labels (batch, time), ...], scores): the likeliest labels behind probabilities in time.

    Args:
      y_pred: probabilities (batch, time, classes); the last class stands for no label.
      input_length: how much of each sample counts: (batch,).
      greedy: whether to take the greatest of each time, instead of a beam search.
      beam_width, top_paths: of a beam search: how many beginnings it keeps and results it returns.
    """
    logits = ops.log(_floats(y_pred) + settings.epsilon)
    lengths = ops.reshape(ops.cast(input_length, "int32"), (-1,))
    width, paths = (None, 1) if greedy else (beam_width, top_paths)
    labels, scores = ctc_decoded(logits, lengths, width, paths, True, logits._shape[-1] - 1)
    return ops.unstack(ops.cast(labels, "int64")), scores


# -- making tensors --------------------------------------------------------------------------------


def arange(start, stop=None, step=1, dtype="int32"):
    """The numbers from `start` up to, not including, `stop`; or below `start`, from 0."""
    if stop is None:
        start, stop = 0, start
    numbers = ops.range(start, stop, step)
    return ops.cast(numbers, numbers.dtype if dtype == "int32" else dtype)  # floats stay floats


def constant(value, dtype=None, shape=None, name=None):
    """A tensor of a value."""
    return ops.constant(value, standardize_dtype(dtype), shape)


def eye(size, dtype=None, name=None):
    """A variable that holds the identity matrix, of a size or (rows, columns)."""
    rows, columns = size if isinstance(size, tuple | list) else (size, size)
    return variable(ops.eye(rows, columns, dtype=standardize_dtype(dtype)), dtype, name)


def zeros(shape, dtype=None, name=None):
    """A variable of zeros."""
    return variable(ops.zeros(shape, standardize_dtype(dtype)), dtype, name)


def ones(shape, dtype=None, name=None):
    """A variable of ones."""
    return variable(ops.ones(shape, standardize_dtype(dtype)), dtype, name)


@_entered
def zeros_like(x, dtype=None, name=None):
    """Zeros of the shape of `x`."""
    return ops.zeros_like(x, dtype)


@_entered
def ones_like(x, dtype=None, name=None):
    """Ones of the shape of `x`."""
    return ops.ones_like(x, dtype)


@_entered
def one_hot(indices, num_classes):
    """1 at the place of each integer along a new last axis, 0 elsewhere."""
    return nn.one_hot(indices, num_classes)


def _seed(seed):
    return np.random.randint(10_000_000) if seed is None else seed


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution."""
    return tf_random.normal(shape, mean, stddev, standardize_dtype(dtype), _seed(seed))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers, those further than 2 stddev from the mean drawn again."""
    return tf_random.truncated_normal(shape, mean, stddev, standardize_dtype(dtype), _seed(seed))


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers of the uniform distribution over [minval, maxval)."""
    return tf_random.uniform(shape, minval, maxval, standardize_dtype(dtype), _seed(seed))


def random_bernoulli(shape, p=0.0, dtype=None, seed=None):
    """1 with the chance `p`, else 0."""
    dtype = standardize_dtype(dtype)
    return ops.cast(tf_random.uniform(shape, dtype=dtype, seed=_seed(seed)) <= p, dtype)


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable of numbers of a normal distribution."""
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable of numbers of the uniform distribution over [low, high)."""
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)


# -- variables -------------------------------------------------------------------------------------


def variable(value, dtype=None, name=None, constraint=None):
    """A variable with a value.

    Example:
    >>> tf.keras.backend.variable([1.0, 2.0]).numpy()
    array([1., 2.], dtype=float32)
    """
    name = name or unique_name("variable")
    value = ops.cast(value, standardize_dtype(dtype))
    made = Variable.made(value, True, name, scoped(name))
    made.constraint = constraint
    return made


def get_value(x):
    """The value of a variable or tensor as an array."""
    return x.numpy() if hasattr(x, "numpy") else x


def set_value(x, value):
    """Assigns a value to a variable."""
    x.assign(convert_to_tensor(np.asarray(value), x.dtype))


def batch_get_value(tensors):
    """The values of variables or tensors."""
    return [get_value(x) for x in tensors]


def batch_set_value(tuples):
    """Assigns values to variables, in pairs of a variable and its value."""
    for x, value in tuples:
        set_value(x, value)


def update(x, new_x):
    """Assigns a value to a variable."""
    return x.assign(new_x)


def update_add(x, increment):
    """Adds to a variable."""
    return x.assign_add(increment)


def update_sub(x, decrement):
    """Subtracts from a variable."""
    return x.assign_sub(decrement)


def moving_average_update(x, value, momentum):
    """Moves a variable's value a share 1 - momentum of the way to another."""
    value = ops.cast(value, x.dtype)
    return x.assign(x * momentum + value * (1.0 - momentum))


eval = get_value


# -- what a tensor is ------------------------------------------------------------------------------


def shape(x):
    """The shape: a tensor; of a Keras input a KerasTensor."""
    return ops.shape(x)


def int_shape(x):
    """The static shape as a tuple."""
    return tuple(x.shape)


def ndim(x):
    """The number of axes."""
    return len(x.shape)


def dtype(x):
    """The name of the dtype."""
    return standardize_dtype(x.dtype)


def count_params(x):
    """The number of elements."""
    return int(np.prod(tuple(x.shape)))


def is_keras_tensor(x):
    """Whether `x` is a placeholder of a model to come.

    Example:
    >>> tf.keras.backend.is_keras_tensor(tf.keras.Input((2,)))
    True
    """
    return isinstance(x, Deferred)


def is_sparse(tensor):
    """Whether a tensor is sparse."""
    return isinstance(tensor, ops.SparseTensor)


def to_dense(tensor):
    """A tensor as a dense one."""
    return ops.sparse_to_dense(tensor) if is_sparse(tensor) else tensor


@_entered
def stop_gradient(variables):
    """A tensor, or a list of them, through which no gradient passes."""
    if isinstance(variables, tuple | list):
        return [ops.stop_gradient(x) for x in variables]
    return ops.stop_gradient(variables)


# -- control flow ----------------------------------------------------------------------------------


@_entered
def foldl(fn, elems, initializer=None, name=None):
    """The last of the values `state = fn(state, slice)`, from the first slice to the last."""
    return ops.foldl(fn, elems, initializer)


@_entered
def foldr(fn, elems, initializer=None, name=None):
    """`foldl` from the last slice to the first."""
    return ops.foldr(fn, elems, initializer)


@_entered
def map_fn(fn, elems, name=None, dtype=None):
    """`fn` of each slice along the first axis, the results stacked."""
    return ops.map_fn(fn, elems, dtype)


@_entered
def switch(condition, then_expression, else_expression):
    """One of two tensors, or what one of two functions returns; or for each element.

    Args:
      condition: a boolean; or booleans of the shape of the tensors' first axes.
      then_expression, else_expression: tensors, or functions without arguments.
    """
    condition = ops.cast(condition, "bool")
    if not condition._shape:
        then, otherwise = (
            e if callable(e) else lambda e=e: tensor_of(e)
            for e in (then_expression, else_expression)
        )
        return ops.cond(condition, then, otherwise)
    then, otherwise = (
        tensor_of(e() if callable(e) else e) for e in (then_expression, else_expression)
    )
    more = len(then._shape) - len(condition._shape)
    condition = ops.reshape(condition, (*condition._shape, *[1] * more))
    return ops.where(condition, then, otherwise)


def learning_phase():
    """1 in training, 0 else: what layers that are not told take for `training`."""
    return int(bool(context.training))


def set_learning_phase(value):
    """Sets what layers that are not told take for `training`."""
    context.training = bool(value)


@contextmanager
def learning_phase_scope(value):
    """Within it, layers that are not told take `value` for `training`."""
    before, context.training = context.training, bool(value)
    try:
        yield
    finally:
        context.training = before


def in_train_phase(x, alt, training=None):
    """`x` in training, else `alt`; tensors, or functions without arguments."""
    phase = learning_phase() if training is None else training
    chosen = x if phase else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x, alt, training=None):
    """`alt` in training, else `x`."""
    return in_train_phase(alt, x, training)


# -- the session -----------------------------------------------------------------------------------


def get_uid(prefix=""):
    """A number that counts up for each prefix."""
    name = unique_name(f"_uid_{prefix}")
    return int(name.rsplit("_", 1)[-1]) + 1 if name != f"_uid_{prefix}" else 1


def reset_uids():
    """Starts the counting of names anew."""
    reset_names()


@_entered
def print_tensor(x, message="", summarize=3):
    """`x`, after the message and its values are printed."""
    ops.print(message, x, output_stream=sys.stdout, summarize=summarize)
    return ops.identity(x)


normalize_data_format, _to_tensor = standardize_data_format, convert_to_tensor


def clear_session(free_memory=True):
    """Starts the counting of layer names anew; memory needs no clearing.

    Example:
    >>> tf.keras.backend.clear_session()
    >>> tf.keras.layers.Dense(1).name
    'dense'
    """
    reset_names()
    forget_seeds()
    context.training = None


def set_session(session):
    """Of no effect: operations run at once, and memory is taken as it is needed."""


def manual_variable_initialization(value):
    """Of no effect: variables have their values at once."""


_REMOVED = {
    "get_session": "operations run at once: there are no sessions.",
    "image_dim_ordering": 'use K.image_data_format(), "channels_last" where this was "tf".',
    "set_image_dim_ordering": 'use K.set_image_data_format("channels_first") for "th".',
}


def __getattr__(name):
    if f"{__name__}.{name}" in sys.modules:  # a module of Keras 2
        return sys.modules[f"{__name__}.{name}"]
    instead = f" {_REMOVED[name]}" if name in _REMOVED else ""
    raise AttributeError(f"module 'keras.backend' has no attribute {name!r}.{instead}")


__all__ = [*_starred(sys.modules[__name__]), "name_scope"]
