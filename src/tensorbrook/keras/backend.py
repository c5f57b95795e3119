"""keras.backend: names and settings, and Keras 2's functions of tensors.

The functions are TensorFlow's, with Keras's defaults. They take Keras inputs too, and so build
models as they did.
"""

from .. import ops
from ..base.dtypes import as_dtype
from ..base.names import name_scope
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable
from ..ops import random as tf_random
from .config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from .layers.calls import context
from .layers.recurrent.loop import rnn
from .layers.symbolic import KerasTensor
from .legacy_graph import function, gradients, placeholder
from .losses import categorical_crossentropy as _categorical_crossentropy
from .losses import categorical_focal_crossentropy as _categorical_focal
from .losses import sparse_categorical_crossentropy as _sparse_crossentropy
from .promotion import is_float_dtype, is_int_dtype, result_type, standardize_dtype
from .registry import reset_names, unique_name
from .seeds import forget_seeds

abs, sign, round, square, sqrt, exp, log = (
    *(ops.abs, ops.sign, ops.round, ops.square, ops.sqrt, ops.exp, ops.log),
)
sin, cos, tanh, sigmoid, pow = ops.sin, ops.cos, ops.tanh, ops.sigmoid, ops.pow
maximum, minimum, cast, reshape, cumsum, tile = (
    *(ops.maximum, ops.minimum, ops.cast, ops.reshape, ops.cumsum, ops.tile),
)
equal, not_equal, greater, greater_equal, less, less_equal = (
    *(ops.equal, ops.not_equal, ops.greater, ops.greater_equal, ops.less, ops.less_equal),
)
prod, sum, max, min = ops.reduce_prod, ops.reduce_sum, ops.reduce_max, ops.reduce_min
logsumexp = ops.reduce_logsumexp
shape, gather, identity, stop_gradient = ops.shape, ops.gather, ops.identity, ops.stop_gradient
softplus, softsign, cumprod = ops.softplus, ops.softsign, ops.cumprod
categorical_focal_crossentropy = _categorical_focal
clip, ones_like, zeros_like = ops.clip_by_value, ops.ones_like, ops.zeros_like

# -- names and dtypes ------------------------------------------------------------------------------


def get_uid(prefix=""):
    """A number that counts up for each prefix."""
    name = unique_name(f"_uid_{prefix}")
    return int(name.rsplit("_", 1)[-1]) + 1 if name != f"_uid_{prefix}" else 1


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


def _rank(x):
    return len(x.shape)


def ndim(x):
    """The number of axes."""
    return _rank(x)


def dtype(x):
    """The dtype's name."""
    return as_dtype(x.dtype).name


def int_shape(x):
    """The static shape as a tuple, None for unknown sizes."""
    return tuple(x.shape)


def count_params(x):
    """The number of elements.

    Example:
    >>> tf.keras.backend.count_params(tf.zeros([2, 3]))
    6
    """
    return x.shape.num_elements()


def cast_to_floatx(x):
    """`x` in the dtype of `keras.backend.floatx()`; an array stays an array."""
    if isinstance(x, (Tensor, Variable, KerasTensor)):
        return ops.cast(x, floatx())
    return ops.cast(x, floatx()).numpy()


def is_keras_tensor(x):
    """Whether `x` is a tensor of a model to come."""
    return isinstance(x, KerasTensor)


def is_sparse(tensor):
    """Whether `tensor` is a SparseTensor."""
    return type(tensor).__name__ == "SparseTensor"


def to_dense(tensor):
    """A sparse tensor as a dense one; others as they are."""
    return tensor if not is_sparse(tensor) else convert_to_tensor(tensor)


# -- making tensors --------------------------------------------------------------------------------


def constant(value, dtype=None, shape=None, name=None):
    """A tensor of a value, in floatx by default."""
    return ops.constant(value, dtype or floatx(), shape)


def variable(value, dtype=None, name=None, constraint=None):
    """A variable of a value, in floatx by default."""
    return Variable(value, dtype=dtype or floatx(), name=name, constraint=constraint)


def zeros(shape, dtype=None, name=None):
    """A variable of zeros in Keras 2, a tensor here."""
    return ops.zeros(shape, dtype or floatx())


def ones(shape, dtype=None, name=None):
    """A tensor of ones."""
    return ops.ones(shape, dtype or floatx())


def eye(size, dtype=None, name=None):
    """The identity matrix of a size."""
    return ops.eye(size, dtype=dtype or floatx())


def arange(start, stop=None, step=1, dtype="int32"):
    """Numbers from `start` up to `stop`, or from 0 up to `start`."""
    begin, end = (0, start) if stop is None else (start, stop)
    found = ops.range(begin, end, step)
    return found if dtype is None else ops.cast(found, dtype)


def random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers."""
    return tf_random.normal(shape, mean, stddev, dtype or floatx(), seed)


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers within two standard deviations."""
    return tf_random.truncated_normal(shape, mean, stddev, dtype or floatx(), seed)


def random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Uniform numbers."""
    return tf_random.uniform(shape, minval, maxval, dtype or floatx(), seed)


def random_bernoulli(shape, p=0.0, dtype=None, seed=None):
    """1 with probability `p`, else 0."""
    return ops.cast(random_uniform(shape, seed=seed) <= p, dtype or floatx())


def random_normal_variable(shape, mean, scale, dtype=None, name=None, seed=None):
    """A variable of normal numbers."""
    return variable(random_normal(shape, mean, scale, dtype, seed), dtype, name)


def random_uniform_variable(shape, low, high, dtype=None, name=None, seed=None):
    """A variable of uniform numbers."""
    return variable(random_uniform(shape, low, high, dtype, seed), dtype, name)


# -- reading and writing ---------------------------------------------------------------------------


def get_value(x):
    """The value of a variable or tensor as an array."""
    return x.numpy() if hasattr(x, "numpy") else x


eval = get_value


def batch_get_value(tensors):
    """`get_value` of each."""
    return [get_value(x) for x in tensors]


def set_value(x, value):
    """Assigns a value to a variable."""
    x.assign(convert_to_tensor(value, x.dtype))


def batch_set_value(tuples):
    """`set_value` of each pair (variable, value)."""
    for x, value in tuples:
        set_value(x, value)


def update(x, new_x):
    """Assigns to a variable."""
    return x.assign(new_x)


def update_add(x, increment):
    """Adds to a variable."""
    return x.assign_add(increment)


def update_sub(x, decrement):
    """Subtracts from a variable."""
    return x.assign_sub(decrement)


def moving_average_update(x, value, momentum):
    """Makes a variable the moving average of itself and a value."""
    return x.assign(x * momentum + ops.cast(value, x.dtype) * (1.0 - momentum))


# -- reductions and shapes -------------------------------------------------------------------------


def _as_float(x):
    x = x if isinstance(x, KerasTensor) else convert_to_tensor(x)
    return ops.cast(x, floatx()) if as_dtype(x.dtype).name == "bool" else x


def mean(x, axis=None, keepdims=False):
    """The mean along axes; of booleans the share of True."""
    return ops.reduce_mean(_as_float(x), axis, keepdims)


def var(x, axis=None, keepdims=False):
    """The variance along axes."""
    return ops.reduce_variance(_as_float(x), axis, keepdims)


def std(x, axis=None, keepdims=False):
    """The standard deviation along axes."""
    return ops.reduce_std(_as_float(x), axis, keepdims)


def any(x, axis=None, keepdims=False):
    """Whether any element is not 0."""
    return ops.reduce_any(ops.cast(x, "bool"), axis, keepdims)


def all(x, axis=None, keepdims=False):
    """Whether no element is 0."""
    return ops.reduce_all(ops.cast(x, "bool"), axis, keepdims)


def argmax(x, axis=-1):
    """The place of the largest element."""
    return ops.argmax(x, axis)


def argmin(x, axis=-1):
    """The place of the smallest element."""
    return ops.argmin(x, axis)


def concatenate(tensors, axis=-1):
    """Joins along an axis."""
    return ops.concat(tensors, axis)


def stack(x, axis=0):
    """Joins along a new axis."""
    return ops.stack(x, axis)


def expand_dims(x, axis=-1):
    """A new axis of size 1."""
    return ops.expand_dims(x, axis)


def squeeze(x, axis):
    """Without an axis of size 1."""
    return ops.squeeze(x, [axis])


def transpose(x):
    """The axes in reverse order."""
    return ops.transpose(x)


def permute_dimensions(x, pattern):
    """The axes in the order of `pattern`."""
    return ops.transpose(x, pattern)


def flatten(x):
    """`x` as a vector."""
    return ops.reshape(x, (-1,))


def batch_flatten(x):
    """Each example as a vector."""
    size = x.shape[1:].num_elements()
    return ops.reshape(x, (-1, ops.reduce_prod(shape(x)[1:]) if size is None else size))


def repeat(x, n):
    """(batch, features) as (batch, n, features)."""
    return ops.repeat(ops.expand_dims(x, 1), n, 1)


def repeat_elements(x, rep, axis):
    """Each element along an axis so many times, as `np.repeat`."""
    return ops.repeat(x, rep, axis)


def reverse(x, axes):
    """In reverse order along axes."""
    return ops.reverse(x, [axes] if isinstance(axes, int) else axes)


def one_hot(indices, num_classes):
    """1 at each index, else 0."""
    return ops.one_hot(indices, num_classes)


def in_top_k(predictions, targets, k):
    """Whether each target is among the k highest predictions."""
    return ops.in_top_k(targets, predictions, k)


def map_fn(fn, elems, name=None, dtype=None):
    """A function of each row, stacked."""
    return ops.map_fn(fn, elems, dtype)


def foldl(fn, elems, initializer=None, name=None):
    """Folds the rows from the first to the last."""
    return ops.foldl(fn, elems, initializer)


def foldr(fn, elems, initializer=None, name=None):
    """Folds the rows from the last to the first."""
    return ops.foldr(fn, elems, initializer)


def _padded(x, padding, data_format, rank):
    last = (data_format or image_data_format()) == "channels_last"
    pairs = [list(pair) for pair in padding]
    return ops.pad(x, [[0, 0], *pairs, [0, 0]] if last or rank == 1 else [[0, 0], [0, 0], *pairs])


def temporal_padding(x, padding=(1, 1)):
    """Zeros before and after the time axis."""
    return _padded(x, [padding], None, 1)


def spatial_2d_padding(x, padding=((1, 1), (1, 1)), data_format=None):
    """Zeros around the rows and columns."""
    return _padded(x, padding, data_format, 2)


def spatial_3d_padding(x, padding=((1, 1), (1, 1), (1, 1)), data_format=None):
    """Zeros around the three spatial axes."""
    return _padded(x, padding, data_format, 3)


def switch(condition, then_expression, else_expression):
    """One of two expressions, which may be functions; or elements of both, by a tensor."""
    if callable(then_expression) or callable(else_expression):
        then, other = (
            f if callable(f) else lambda f=f: f for f in (then_expression, else_expression)
        )
        if not isinstance(condition, KerasTensor) and not _rank(convert_to_tensor(condition)):
            return ops.cond(ops.cast(condition, "bool"), then, other)
        then_expression, else_expression = then(), other()
    condition = ops.cast(condition, "bool")
    for _ in range(_rank(then_expression) - _rank(condition)):
        condition = ops.expand_dims(condition, -1)
    return ops.where(condition, then_expression, else_expression)


def learning_phase():
    """1 in training, 0 else: what layers that are not told take for `training`."""
    return int(bool(context.training))


def set_learning_phase(value):
    """Sets what layers that are not told take for `training`."""
    context.training = bool(value)


def in_train_phase(x, alt, training=None):
    """`x` in training, `alt` else; either may be a function."""
    chosen = x if (learning_phase() if training is None else training) else alt
    return chosen() if callable(chosen) else chosen


def in_test_phase(x, alt, training=None):
    """`alt` in training, `x` else."""
    return in_train_phase(alt, x, training)


# -- products --------------------------------------------------------------------------------------


def dot(x, y):
    """The product over the last axis of `x` and the last but one of `y`."""
    if _rank(y) < 3:
        return ops.tensordot(x, y, [[_rank(x) - 1], [0]]) if _rank(y) == 1 else ops.matmul(x, y)
    return ops.tensordot(x, y, [[_rank(x) - 1], [_rank(y) - 2]])


def batch_dot(x, y, axes=None):
    """The product of each example of `x` with that of `y`, over one axis of each.

    Args:
      x, y: with a batch axis first.
      axes: the axis of both, or of each; by default the last of `x`, the last but one of `y`.

    Example:
    >>> x, y = tf.ones([2, 3, 4]), tf.ones([2, 4, 5])
    >>> tf.keras.backend.batch_dot(x, y).shape
    TensorShape([2, 3, 5])
    """
    ranks = _rank(x), _rank(y)
    if axes is None:
        axes = (ranks[0] - 1, 1 if ranks[1] < 3 else ranks[1] - 2)
    axes = [axes, axes] if isinstance(axes, int) else list(axes)
    axes = [axis % rank for axis, rank in zip(axes, ranks)]
    if 0 in axes:
        raise ValueError(
            f"batch_dot: axis 0 is the batch's, it cannot be contracted (axes={axes})."
        )
    letters = ["b" + "cdefghij"[: ranks[0] - 1], "b" + "klmnopqr"[: ranks[1] - 1]]
    letters = [own[:axis] + "z" + own[axis + 1 :] for own, axis in zip(letters, axes)]
    result = "b" + "".join(letters).replace("b", "").replace("z", "")
    found = ops.einsum(f"{letters[0]},{letters[1]}->{result}", x, y)
    return ops.expand_dims(found, 1) if len(result) == 1 else found


def bias_add(x, bias, data_format=None):
    """`x` plus a bias for each channel, or of the shape of an example."""
    first = (data_format or image_data_format()) == "channels_first"
    if _rank(bias) == 1 and first and _rank(x) > 2:
        return x + ops.reshape(bias, [-1] + [1] * (_rank(x) - 2))
    return x + bias


def _windows(rank, padding, data_format, *sizes):
    """(padding, data format) in TensorFlow's words, and each size as a list."""
    first = (data_format or image_data_format()) == "channels_first"
    names = {1: "NCW", 2: "NCHW", 3: "NCDHW"} if first else {1: "NWC", 2: "NHWC", 3: "NDHWC"}
    lists = [[s] * rank if isinstance(s, int) else list(s) for s in sizes]
    return padding.upper(), names[rank], *lists


def _convolution(rank):
    def conv(x, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
        causal = padding == "causal"
        if causal:
            left = (kernel.shape[0] - 1) * (
                dilation_rate if isinstance(dilation_rate, int) else dilation_rate[0]
            )
            x, padding = temporal_padding(x, (left, 0)), "valid"
        padding, layout, strides, rates = _windows(
            rank, padding, data_format, strides, dilation_rate
        )
        return ops.convolution(x, kernel, strides, padding, layout, rates)

    conv.__name__, conv.__doc__ = f"conv{rank}d", f"Convolution over {rank} spatial axes."
    return conv


conv1d, conv2d, conv3d = map(_convolution, (1, 2, 3))


def conv2d_transpose(
    x,
    kernel,
    output_shape,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """The transpose of `conv2d`, to an output of a given shape."""
    padding, layout, strides, rates = _windows(2, padding, data_format, strides, dilation_rate)
    output_shape = [shape(x)[0] if n is None else n for n in output_shape]
    return ops.conv2d_transpose(x, kernel, output_shape, strides, padding, layout, rates)


def depthwise_conv2d(
    x, depthwise_kernel, strides=(1, 1), padding="valid", data_format=None, dilation_rate=(1, 1)
):
    """Convolution of each channel with filters of its own."""
    padding, layout, strides, rates = _windows(2, padding, data_format, strides, dilation_rate)
    strides = [1, 1, *strides] if layout == "NCHW" else [1, *strides, 1]
    return ops.depthwise_conv2d(x, depthwise_kernel, strides, padding, layout, rates)


def separable_conv2d(
    x,
    depthwise_kernel,
    pointwise_kernel,
    strides=(1, 1),
    padding="valid",
    data_format=None,
    dilation_rate=(1, 1),
):
    """`depthwise_conv2d`, and a convolution of window 1."""
    x = depthwise_conv2d(x, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv2d(x, pointwise_kernel, data_format=data_format)


def _pooling(rank):
    def pool(x, pool_size, strides=1, padding="valid", data_format=None, pool_mode="max"):
        padding, layout, size, strides = _windows(rank, padding, data_format, pool_size, strides)
        if pool_mode not in ("max", "avg"):
            raise ValueError(f"Invalid pooling mode: {pool_mode!r}. It is 'max' or 'avg'.")
        return ops.pool(x, size, pool_mode.upper(), strides, padding, layout)

    pool.__name__, pool.__doc__ = f"pool{rank}d", f"Pooling over {rank} spatial axes."
    return pool


pool2d, pool3d = map(_pooling, (2, 3))


def _repeated(x, factors, data_format):
    first = 2 if data_format == "channels_first" else 1
    for i, factor in enumerate(factors):
        x = ops.repeat(x, factor, first + i)
    return x


def resize_images(x, height_factor, width_factor, data_format, interpolation="nearest"):
    """Images so many times as high and wide, each pixel repeated."""
    if interpolation != "nearest":
        raise NotImplementedError(
            f"resize_images(interpolation={interpolation!r}): use keras.layers.UpSampling2D, or "
            "tf.image.resize."
        )
    return _repeated(x, (height_factor, width_factor), data_format)


def resize_volumes(x, depth_factor, height_factor, width_factor, data_format):
    """Volumes so many times as deep, high and wide, each voxel repeated."""
    return _repeated(x, (depth_factor, height_factor, width_factor), data_format)


# -- activations, normalization, losses ------------------------------------------------------------


def relu(x, alpha=0.0, max_value=None, threshold=0.0):
    """max(x, 0); with a slope below `threshold`, and a maximum."""
    y = ops.where(x > threshold, x, alpha * (x - threshold)) if alpha or threshold else ops.relu(x)
    return y if max_value is None else ops.minimum(y, max_value)


def elu(x, alpha=1.0):
    """x above 0, alpha * (exp(x) - 1) below."""
    found = ops.elu(x)
    return found if alpha == 1 else ops.where(x > 0, found, alpha * found)


def softmax(x, axis=-1):
    """Probabilities along an axis."""
    return ops.softmax(x, axis)


def hard_sigmoid(x):
    """0.2 x + 0.5 between 0 and 1, Keras 2's."""
    return ops.clip_by_value(0.2 * x + 0.5, 0.0, 1.0)


def l2_normalize(x, axis=None):
    """`x` of length 1 along an axis."""
    return ops.l2_normalize(x, axis)


def dropout(x, level, noise_shape=None, seed=None):
    """Zeros with probability `level`, the others made larger for it."""
    return ops.dropout(x, level, noise_shape, seed)


def batch_normalization(x, mean, var, beta, gamma, axis=-1, epsilon=1e-3):
    """(x - mean) / sqrt(var + epsilon) * gamma + beta, with one of each for every channel."""
    axis %= _rank(x)
    if axis != _rank(x) - 1:
        target = [1] * _rank(x)
        target[axis] = -1
        mean, var, beta, gamma = (
            v if v is None or _rank(v) > 1 else ops.reshape(v, target)
            for v in (mean, var, beta, gamma)
        )
    return ops.batch_normalization(x, mean, var, beta, gamma, epsilon)


def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """The cross entropy of probabilities, or logits, with labels as probabilities."""
    return _categorical_crossentropy(target, output, from_logits, axis=axis)


def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1, ignore_class=None):
    """The cross entropy of probabilities, or logits, with labels as class numbers."""
    return _sparse_crossentropy(target, output, from_logits, ignore_class, axis)


def binary_crossentropy(target, output, from_logits=False):
    """The cross entropy of each probability, or logit, with its label."""
    target = ops.cast(target, output.dtype)
    if from_logits:
        return ops.sigmoid_cross_entropy_with_logits(target, output)
    output = ops.clip_by_value(output, epsilon(), 1.0 - epsilon())
    known = target * ops.log(output + epsilon())
    return -(known + (1.0 - target) * ops.log(1.0 - output + epsilon()))


def binary_focal_crossentropy(
    target, output, apply_class_balancing=False, alpha=0.25, gamma=2.0, from_logits=False
):
    """`binary_crossentropy`, less for what is already right."""
    output = ops.sigmoid(output) if from_logits else output
    target = ops.cast(target, output.dtype)
    right = target * output + (1.0 - target) * (1.0 - output)
    loss = ops.pow(1.0 - right, gamma) * binary_crossentropy(target, output)
    if apply_class_balancing:
        loss = (target * alpha + (1.0 - target) * (1.0 - alpha)) * loss
    return loss


def ctc_batch_cost(y_true, y_pred, input_length, label_length):
    """The loss of connectionist temporal classification, (batch, 1).

    Args:
      y_true: labels (batch, length).
      y_pred: probabilities (batch, time, classes), the last class the blank.
      input_length, label_length: (batch, 1), how much of each counts.
    """
    lengths = [ops.cast(ops.squeeze(n, [-1]), "int32") for n in (label_length, input_length)]
    logits = ops.log(ops.transpose(y_pred, [1, 0, 2]) + epsilon())
    labels = ops.cast(y_true, "int32")
    found = ops.ctc_loss(labels, logits, *lengths, blank_index=y_pred.shape[-1] - 1)
    return ops.expand_dims(found, 1)


reset_uids = reset_names
_REMOVED = {
    "get_session": "operations run at once: there are no sessions.",
    "set_session": "operations run at once: there are no sessions to set.",
    "manual_variable_initialization": "variables have their values at once.",
    "ctc_decode": "decode the highest class of each step with K.argmax.",
    "ctc_label_dense_to_sparse": "K.ctc_batch_cost takes dense labels.",
}


def __getattr__(name):
    instead = f" {_REMOVED[name]}" if name in _REMOVED else ""
    raise AttributeError(f"module 'keras.backend' has no attribute {name!r}.{instead}")
