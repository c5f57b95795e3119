"""Layers that combine several tensors into one, such as Add and Dot; also as functions."""

import numpy as np

from ... import ops
from ...ops.sparse import SparseTensor, to_dense
from .layer import Layer


class _Merge(Layer):
    """Combines a list of tensors; tensors of lower rank get axes of size 1 after the batch's."""

    supports_masking = True

    def build(self, input_shape):
        """Checks that the shapes go together."""
        shapes = check_list(self, input_shape)
        batches = {shape[0] for shape in shapes if shape} - {None}
        if len(batches) > 1:
            raise ValueError(
                f"Layer '{self.name}': cannot merge tensors with different batch sizes. Received "
                f"tensors with shapes {shapes}"
            )
        rank = max(map(len, shapes))
        aligned = [(*s[:1], *(1,) * (rank - len(s)), *s[1:]) for s in shapes]
        for sizes in zip(*aligned):
            if len(set(sizes) - {None, 1}) > 1:
                raise ValueError(
                    f"Layer '{self.name}': inputs have incompatible shapes. Received shapes "
                    f"{', '.join(map(str, shapes))}. Dimensions must be equal or 1: bring them to "
                    "one size with Dense, or Reshape, or use Concatenate."
                )

    def call(self, inputs):
        """The tensors combined."""
        check_list(self, inputs)
        masks = [getattr(x, "_keras_mask", None) for x in inputs]
        rank = max(x.ndim for x in inputs)
        aligned = [_raise_rank(x, rank) for x in same_dtype(self, inputs)]
        if any(mask is not None for mask in masks):
            return self._merge_masked(aligned, [_like(m, x) for m, x in zip(masks, aligned)])
        return self._merge_function(aligned)

    def _merge_function(self, inputs):  # Keras 2's name, which programs override
        total = inputs[0]
        for x in inputs[1:]:
            total = self._combine(total, x)
        return total

    def _merge_masked(self, inputs, masks):
        return self._merge_function(inputs)

    def compute_mask(self, inputs, mask=None):
        """Where any of the inputs' masks holds; None unless all have one."""
        masks = _masks(inputs, mask)
        if any(m is None for m in masks):
            return None
        merged = masks[0]
        for m in masks[1:]:
            merged = ops.logical_or(merged, m)
        return merged


Merge = _Merge  # its name in Keras's source


class Add(_Merge):
    """The sum of the inputs.

    Raises:
      ValueError: inputs that are no list, or whose shapes do not go together.

    Example:
    >>> tf.keras.layers.Add()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy()
    array([[3.]], dtype=float32)
    """

    _combine = staticmethod(ops.add)


class Average(Add):
    """The mean of the inputs.

    Example:
    >>> tf.keras.layers.Average()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy()
    array([[1.5]], dtype=float32)
    """

    def _merge_function(self, inputs):
        return super()._merge_function(inputs) / len(inputs)


class Subtract(_Merge):
    """The first of two inputs minus the second.

    Raises:
      ValueError: not two inputs, or shapes that do not go together.

    Example:
    >>> tf.keras.layers.Subtract()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy()
    array([[-1.]], dtype=float32)
    """

    _combine = staticmethod(ops.subtract)

    def build(self, input_shape):
        """Checks that there are two inputs whose shapes go together."""
        check_list(self, input_shape, 2)
        super().build(input_shape)


class Multiply(_Merge):
    """The product of the inputs; a masked factor counts as 1.

    Example:
    >>> tf.keras.layers.Multiply()([tf.constant([[3.0]]), tf.constant([[2.0]])]).numpy()
    array([[6.]], dtype=float32)
    """

    _combine = staticmethod(ops.multiply)

    def _merge_masked(self, inputs, masks):
        ones = [
            x if m is None else ops.where(m, x, ops.ones_like(x)) for x, m in zip(inputs, masks)
        ]
        product = self._merge_function(ones)
        if any(m is None for m in masks):
            return product
        known = masks[0]
        for m in masks[1:]:
            known = ops.logical_or(known, m)
        return ops.where(known, product, ops.zeros_like(product))


class _Extreme(_Merge):
    """The largest or smallest; masked elements do not count."""

    def _merge_masked(self, inputs, masks):
        result, known = inputs[0], masks[0]
        for x, mask in zip(inputs[1:], masks[1:]):
            if mask is not None:
                x = ops.where(mask, x, result)
            if known is not None:
                result = ops.where(known, result, x)
            both = mask is not None and known is not None
            known = ops.logical_or(known, mask) if both else None
            result = self._combine(result, x)
        return result


class Maximum(_Extreme):
    """The largest of the inputs, element by element.

    Example:
    >>> tf.keras.layers.Maximum()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy()
    array([[2.]], dtype=float32)
    """

    _combine = staticmethod(ops.maximum)


class Minimum(_Extreme):
    """The smallest of the inputs, element by element.

    Example:
    >>> tf.keras.layers.Minimum()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy()
    array([[1.]], dtype=float32)
    """

    _combine = staticmethod(ops.minimum)


class Concatenate(_Merge):
    """The inputs one after another along an axis.

    Args:
      axis: the axis; the last by default.

    Raises:
      ValueError: shapes that differ in another axis.

    Example:
    >>> tf.keras.layers.Concatenate()([tf.constant([[1.0]]), tf.constant([[2.0]])]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def build(self, input_shape):
        """Checks that the shapes are equal but for the axis."""
        shapes = check_list(self, input_shape)
        rank = len(shapes[0])
        fits = all(len(s) == rank for s in shapes) and -rank <= self.axis < rank
        if fits:
            others = [s[: self.axis % rank] + s[self.axis % rank + 1 :] for s in map(tuple, shapes)]
            fits = all(len(set(sizes) - {None}) <= 1 for sizes in zip(*others))
        if not fits:
            raise ValueError(
                f"Layer '{self.name}': a `Concatenate` layer requires inputs with matching shapes "
                f"except for the concatenation axis. Received: input_shape={list(shapes)}, "
                f"axis={self.axis}. Reshape the inputs or choose another axis."
            )

    def call(self, inputs):
        """The tensors one after another."""
        check_list(self, inputs)
        return ops.concat(same_dtype(self, inputs), axis=self.axis)

    def compute_mask(self, inputs, mask=None):
        """The inputs' masks one after another; inputs without a mask count as unmasked."""
        masks = _masks(inputs, mask)
        if all(m is None for m in masks):
            return None
        spread = []
        for x, m in zip(inputs, masks):  # in functions that take Keras inputs as well
            if m is None:
                m = ops.ones_like(x, dtype="bool")
            elif m.ndim < x.ndim:
                for _ in range(x.ndim - m.ndim):
                    m = ops.expand_dims(m, -1)
                m = ops.logical_or(m, ops.zeros_like(x, dtype="bool"))
            spread.append(m)
        return ops.reduce_any(ops.concat(spread, axis=self.axis), axis=-1)


class Dot(_Merge):
    """The inner products of two inputs, sample by sample.

    Args:
      axes: the axis of both, or a pair of axes, that is summed over; not the batch's.
      normalize: scales both to length 1 along it, which gives the cosine similarity.

    Raises:
      ValueError: the axes differ in size.

    Example:
    >>> x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    >>> tf.keras.layers.Dot(axes=1)([x, x]).numpy()
    array([[ 5.],
           [25.]], dtype=float32)
    """

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        pair = isinstance(axes, (list, tuple)) and len(axes) == 2
        if not isinstance(axes, int) and not (pair and all(isinstance(a, int) for a in axes)):
            raise (ValueError if isinstance(axes, (list, tuple)) else TypeError)(
                f"Invalid argument `axes`: it should be an int or two ints. Received: axes={axes}"
            )
        self.axes = axes
        self.normalize = normalize

    def _axes_for(self, shapes):
        axes = [self.axes] * 2 if isinstance(self.axes, int) else self.axes
        return [axis % len(shape) for axis, shape in zip(axes, shapes)]

    def build(self, input_shape):
        """Checks that the axes have one size."""
        shapes = check_list(self, input_shape, 2)
        axes = self._axes_for(shapes)
        sizes = [shape[axis] for shape, axis in zip(shapes, axes)]
        if 0 in axes or (None not in sizes and sizes[0] != sizes[1]):
            raise ValueError(
                f"Layer '{self.name}': incompatible input shapes: axis values {sizes[0]} (at axis "
                f"{axes[0]}) != {sizes[1]} (at axis {axes[1]}), or the batch's axis 0. Full input "
                f"shapes: {shapes[0]}, {shapes[1]}. Choose other `axes`."
            )

    def call(self, inputs):
        """The inner products."""
        check_list(self, inputs, 2)
        inputs = [to_dense(x) if isinstance(x, SparseTensor) else x for x in inputs]
        x, y = same_dtype(self, inputs)
        first, second = self._axes_for([x._shape, y._shape])
        if self.normalize:
            x, y = _unit(x, first), _unit(y, second)
        letters = "abcdefghijklmnopqrstuvwxyz"
        x_names = list(letters[: x.ndim])
        y_names = [x_names[0], *letters[x.ndim : x.ndim + y.ndim - 1]]
        y_names[second] = x_names[first]
        kept = [n for n in x_names + y_names[1:] if n != x_names[first]]
        product = ops.einsum(f"{''.join(x_names)},{''.join(y_names)}->{''.join(kept)}", x, y)
        return ops.expand_dims(product, -1) if product.ndim == 1 else product

    def compute_mask(self, inputs, mask=None):
        """None."""
        return None


def check_list(layer, inputs, count=None):
    """`inputs` if it is a list of shapes or tensors (of `count` ones), else ValueError."""
    is_list = isinstance(inputs, (list, tuple)) and bool(inputs)
    is_list = is_list and not isinstance(inputs[0], (int, type(None)))
    if is_list and count in (None, len(inputs)):
        return inputs
    wanted = "a list of at least 1" if count is None else f"exactly {count}"
    raise ValueError(
        f"Layer '{layer.name}': a `{type(layer).__name__}` layer should be called on "
        f"{wanted} inputs, as in {type(layer).__name__}(...)([x, y]). Received: {inputs}"
    )


def _masks(inputs, mask):
    """The masks of a list of inputs, of truth values, as a list; None where there are none.

    Raises:
      ValueError: the inputs, or the masks, are no list, or not as many.
    """
    if mask is None:
        return [None]
    for what, value in (("mask", mask), ("inputs", inputs)):
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"`{what}` should be a list. Received: {what}={value}")
    if len(mask) != len(inputs):
        raise ValueError(
            "The lists `inputs` and `mask` should have the same length. Received: "
            f"{len(inputs)} inputs and {len(mask)} masks."
        )
    return [None if m is None else ops.cast(m, "bool") for m in mask]


def same_dtype(layer, inputs):
    """The tensors in one dtype: the compute dtype if any is a float, else the widest integer."""
    if len({x.dtype for x in inputs}) == 1:
        return inputs
    if any(x.dtype.is_floating for x in inputs):
        return [ops.cast(x, layer.compute_dtype) for x in inputs]
    widest = np.result_type(*[x.dtype.as_numpy_dtype for x in inputs])
    return [ops.cast(x, widest) for x in inputs]


def _raise_rank(x, rank):
    if x.ndim == rank:
        return x
    batch, *rest = x._shape
    return ops.reshape(x, (batch, *(1,) * (rank - x.ndim), *rest))


def _like(mask, x):
    """A mask of the leading axes in the shape of `x`; None for None."""
    if mask is None:
        return None
    ones = (1,) * (x.ndim - mask.ndim)
    return ops.broadcast_to(ops.reshape(mask, (*mask._shape, *ones)), x._shape)


def _unit(x, axis):
    total = ops.reduce_sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.minimum(ops.rsqrt(total), 1e7)  # 1 / keras.backend.epsilon()


def add(inputs, **kwargs):
    """The sum of a list of tensors; see `Add`.

    Example:
    >>> tf.keras.layers.add([tf.ones([1, 1]), tf.ones([1, 1])]).numpy()
    array([[2.]], dtype=float32)
    """
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """The first tensor minus the second; see `Subtract`.

    Example:
    >>> tf.keras.layers.subtract([tf.ones([1, 1]), tf.ones([1, 1])]).numpy()
    array([[0.]], dtype=float32)
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """The product of a list of tensors; see `Multiply`.

    Example:
    >>> tf.keras.layers.multiply([2 * tf.ones([1, 1]), tf.ones([1, 1])]).numpy()
    array([[2.]], dtype=float32)
    """
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """The mean of a list of tensors; see `Average`.

    Example:
    >>> tf.keras.layers.average([2 * tf.ones([1, 1]), tf.ones([1, 1])]).numpy()
    array([[1.5]], dtype=float32)
    """
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """The largest of a list of tensors; see `Maximum`.

    Example:
    >>> tf.keras.layers.maximum([2 * tf.ones([1, 1]), tf.ones([1, 1])]).numpy()
    array([[2.]], dtype=float32)
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """The smallest of a list of tensors; see `Minimum`.

    Example:
    >>> tf.keras.layers.minimum([2 * tf.ones([1, 1]), tf.ones([1, 1])]).numpy()
    array([[1.]], dtype=float32)
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """The tensors of a list one after another; see `Concatenate`.

    Example:
    >>> tf.keras.layers.concatenate([tf.ones([1, 1]), tf.ones([1, 2])]).numpy()
    array([[1., 1., 1.]], dtype=float32)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    """The inner products of two tensors; see `Dot`.

    Example:
    >>> tf.keras.layers.dot([tf.ones([1, 3]), tf.ones([1, 3])], axes=1).numpy()
    array([[3.]], dtype=float32)
    """
    return Dot(axes=axes, **kwargs)(inputs)
