"""Putting tensors together and taking them apart: pad, concat, stack, split, tile, roll."""

import numpy as np

from ..base.dims import Dim
from ..base.errors import InvalidArgumentError
from ..base.shapes import differs
from ..core.dispatch import apply, public, tensor_of
from ..core.hooks import provide
from ..core.op import OPS, Op, Spec, fail, per_input, same_dtype
from ..core.tensor import Tensor, convert_to_tensor, wrap
from ._families import draw, pair
from .cast import cast as change_dtype
from .shape import broadcast_to, check_axis, reshape, static_int, static_ints, static_sizes


@public("roll")
def roll(input, shift, axis, name=None):
    """`input` shifted along axes, what leaves at one end entering at the other.

    Example:
    >>> tf.roll([1, 2, 3], shift=1, axis=0).numpy()
    array([3, 1, 2], dtype=int32)
    """
    x, shifts, axes = tensor_of(input), static_ints(shift, "shift"), static_ints(axis, "axis")
    if len(shifts) != len(axes):
        raise InvalidArgumentError(
            f"[roll] shift = {list(shifts)} and axis = {list(axes)} must be of one length."
        )
    for s, a in zip(shifts, axes):
        a = check_axis("roll", a, len(x._shape))
        size = x._shape[a]
        if size and s % size:
            lead = (slice(None),) * a
            cut = size - s % size
            x = concat([x[(*lead, slice(cut, None))], x[(*lead, slice(0, cut))]], a)
    return x


# -- pad -------------------------------------------------------------------------------------------


def _pad_kernel(x, paddings, mode, value):
    if x.dtype == object and mode == "constant":  # whose elements np.pad would make its own
        out = np.full([b + d + a for d, (b, a) in zip(x.shape, paddings)], value, object)
        out[tuple([slice(b, b + d) for d, (b, _) in zip(x.shape, paddings)])] = x
        return out
    if mode == "constant":
        return np.pad(x, paddings, constant_values=value)
    return np.pad(x, paddings, mode=mode)


def _pad_infer(x, paddings, mode, value):
    if len(paddings) != len(x.shape):
        fail(
            "pad",
            f"paddings has {len(paddings)} rows, the tensor {len(x.shape)} dimensions",
            (x,),
            "Give one [before, after] a dimension.",
            ("tensor",),
        )
    limit = {"constant": None, "reflect": -1, "symmetric": 0}[mode]
    for d, (before, after) in zip(x.shape, paddings):
        if limit is not None and max(before, after) > d + limit:
            fail(
                "pad",
                f"{mode} paddings must be less than the dimension size: {before, after}, {d}",
                (x,),
                "Pad less, or with mode='CONSTANT'.",
                ("tensor",),
            )
    return Spec(tuple(b + d + a for d, (b, a) in zip(x.shape, paddings)), x.dtype)


def _pad_rule(g, y, x, paddings, mode, value):
    if mode == "constant":
        return g[tuple(slice(b, b + d) for d, (b, a) in zip(x._shape, paddings))]
    # mirrored padding is a gather of positions: its transpose adds them back
    where_from = np.pad(np.arange(int(np.prod(x._shape))).reshape(x._shape), paddings, mode=mode)
    flat = apply(
        OPS["gather_transpose"],
        (reshape(g, (-1,)), wrap(where_from.reshape(-1))),
        {"axis": 0, "batch_dims": 0, "size": int(np.prod(x._shape))},
    )
    return reshape(flat, x._shape)


_pad = Op(
    "pad",
    _pad_kernel,
    _pad_infer,
    per_input(_pad_rule),
    samples=lambda rng: [
        ((draw(rng, (2, 3), (-2, 2)),), {"paddings": ((1, 0), (2, 2)), "mode": m, "value": 0})
        for m in ("constant", "reflect", "symmetric")
    ],
    doc="Adds elements before and after along each axis.",
)


@public("pad")
def pad(tensor, paddings, mode="CONSTANT", constant_values=0, name=None):
    """`tensor` with `paddings[i] = [before, after]` elements added along axis i.

    Args:
      tensor: a tensor.
      paddings: an (n, 2) list of ints.
      mode: "CONSTANT", "REFLECT" (without the edge) or "SYMMETRIC" (with it).
      constant_values: the number padded with.

    Raises:
      InvalidArgumentError: paddings of another length, or larger than mirroring allows.

    Example:
    >>> tf.pad([1, 2, 3], [[1, 1]], "REFLECT").numpy()
    array([2, 1, 2, 3, 2], dtype=int32)
    """
    x = tensor_of(tensor)
    if isinstance(paddings, Tensor):
        paddings = paddings.numpy().tolist()
    paddings = tuple(static_ints(list(row), "paddings") for row in paddings)
    if not x._shape and not paddings:
        return x
    mode = mode.lower()
    if mode not in ("constant", "reflect", "symmetric"):
        raise ValueError(f"Unknown padding mode {mode!r}: CONSTANT, REFLECT or SYMMETRIC.")
    if mode != "constant":
        constant_values = 0
    elif x._dtype == object:
        constant_values = convert_to_tensor(constant_values or b"", "string").host()[()]
    elif isinstance(constant_values, Tensor):
        constant_values = constant_values.numpy().item()
    attrs = {"paddings": paddings, "mode": mode, "value": constant_values}
    _pad_infer(Spec(x._shape, x._dtype), **attrs)
    return apply(_pad, (x,), attrs)


# -- concat, stack, split, tile --------------------------------------------------------------------


def _concat_infer(*specs, axis):
    same_dtype("concat", specs, [f"values[{i}]" for i in range(len(specs))])
    first = specs[0].shape
    for i, spec in enumerate(specs):
        rest = spec.shape[:axis] + spec.shape[axis + 1 :]
        if len(spec.shape) != len(first) or rest != first[:axis] + first[axis + 1 :]:
            fail(
                "concat",
                f"Shapes must be equal except along axis {axis}, values[{i}] differs",
                specs,
                "Concatenate along the axis that differs, or reshape or pad the tensors.",
            )
    total = sum(spec.shape[axis] for spec in specs)
    return Spec((*first[:axis], total, *first[axis + 1 :]), specs[0].dtype)


def _concat_vjp(g, y, inputs, attrs, needs):
    axis, start, grads = attrs["axis"], 0, []
    lead = (slice(None),) * axis
    for x, need in zip(inputs, needs):
        size = x._shape[axis]
        grads.append(g[(*lead, slice(start, start + size))] if need else None)
        start += size
    return grads


_concat = Op(
    "concat",
    lambda *xs, axis: np.concatenate(xs, axis),
    _concat_infer,
    _concat_vjp,
    samples=lambda rng: [
        ((draw(rng, (2, 3), (-2, 2)), draw(rng, (2, 1), (-2, 2))), {"axis": 1}),
        ((draw(rng, (0, 3), (-2, 2)), draw(rng, (2, 3), (-2, 2))), {"axis": 0}),
    ],
    takes_dims=True,
    doc="Joins tensors along an axis.",
)


def _tensor_list(op_name, values):
    """Tensors of one dtype from a list: that of its first tensor, else array, else value."""
    if isinstance(values, Tensor):
        return [values[i] for i in range(len(values))]
    values = list(values)
    if not values:
        return []
    first = next((v for v in values if hasattr(v, "_dtype")), None)
    if first is None:
        first = next((v for v in values if isinstance(v, np.ndarray)), values[0])
    first = tensor_of(first)
    return [tensor_of(v) if hasattr(v, "_dtype") else pair(op_name, v, first)[0] for v in values]


@public("concat")
def concat(values, axis, name="concat"):
    """The tensors of a list joined along an existing axis.

    Raises:
      InvalidArgumentError: shapes that differ elsewhere, or dtypes that differ.

    Example:
    >>> tf.concat([[1, 2], [3]], axis=0).numpy()
    array([1, 2, 3], dtype=int32)
    """
    if not isinstance(values, (list, tuple)):
        values = [values]
    tensors = tuple(_tensor_list("concat", values))
    if not tensors:
        raise ValueError("[concat] needs at least one tensor, got an empty list.")
    axis = check_axis("concat", axis, len(tensors[0]._shape))
    _concat_infer(*[Spec(t._shape, t._dtype) for t in tensors], axis=axis)
    return apply(_concat, tensors, {"axis": axis})


@public("stack")
def stack(values, axis=0, name="stack"):
    """Tensors of one shape joined along a new axis.

    Raises:
      InvalidArgumentError: shapes or dtypes that differ.

    Example:
    >>> tf.stack([[1, 2], [3, 4]], axis=1).numpy()
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    plain = isinstance(values, (list, tuple)) and not any([hasattr(v, "_dtype") for v in values])
    if plain and axis == 0:
        return convert_to_tensor(values)  # of numbers: the dtype that holds them all
    tensors = _tensor_list("stack", values)
    if not tensors:
        return convert_to_tensor([])
    specs = [Spec(t._shape, t._dtype) for t in tensors]
    if any(differs(s.shape, specs[0].shape) for s in specs[1:]):
        fail("stack", "Shapes of all inputs must match", specs, "Reshape or pad them first.")
    axis = check_axis("stack", axis, len(specs[0].shape) + 1)
    shape = (*specs[0].shape[:axis], 1, *specs[0].shape[axis:])
    return concat([reshape(t, shape) for t in tensors], axis)


@provide("pack")
def _pack(values, numpy_dtype, cast=False):
    """Nested lists with tensors in them, as one tensor (convert_to_tensor calls it).

    `cast` makes of the tensors what `numpy_dtype` says, and holds the other values to it.
    """

    def element(v):
        if isinstance(v, (list, tuple)):
            return _pack(v, numpy_dtype, cast)
        if not cast:
            return convert_to_tensor(v, None, numpy_dtype)
        if hasattr(v, "_dtype"):
            return change_dtype(v, numpy_dtype)
        return convert_to_tensor(v, numpy_dtype)

    return stack([element(v) for v in values])


def part_sizes(given, shape, axis, rest=None):
    """The sizes of the parts that `split` is to make of an axis, of which one may be `rest`.

    Raises:
      InvalidArgumentError: they do not make up the axis.
    """
    size = shape[axis]
    if isinstance(given, (list, tuple)) or np.ndim(given) == 1:
        sizes = list(static_ints(given, "num_or_size_splits"))
        if rest in sizes:
            sizes[sizes.index(rest)] = size - sum(s for s in sizes if s != rest)
        if sum(sizes) != size or min(sizes, default=0) < 0:
            raise InvalidArgumentError(
                f"[split] The sizes {sizes} must add up to the {size} elements of axis {axis} of a "
                f"tensor of shape {list(shape)}."
            )
        return sizes
    count = static_int(given, "num_or_size_splits")
    if count <= 0 or size % count:
        raise InvalidArgumentError(
            "[split] Number of ways to split should evenly divide the split dimension, but got "
            f"split_dim {axis} (size = {size}) and num_split {count}: give a list of sizes."
        )
    return [size // count] * count


@public("split")
def split(value, num_or_size_splits, axis=0, num=None, name="split"):
    """A list of the parts of `value` along an axis.

    Args:
      value: a tensor.
      num_or_size_splits: how many equal parts, or the list of their sizes (one may be -1).
      axis: the axis to cut.

    Raises:
      InvalidArgumentError: the parts do not make up the axis.

    Example:
    >>> [t.numpy().tolist() for t in tf.split([1, 2, 3, 4], [1, 3])]
    [[1], [2, 3, 4]]
    """
    x = tensor_of(value)
    axis = check_axis("split", axis, len(x._shape))
    sizes = part_sizes(num_or_size_splits, x._shape, axis, rest=-1)
    lead, start, parts = (slice(None),) * axis, 0, []
    for s in sizes:
        parts.append(x[(*lead, slice(start, start + s))])
        start += s
    return parts


@public("unstack")
def unstack(value, num=None, axis=0, name="unstack"):
    """The list of the tensors along an axis, without that axis.

    Example:
    >>> [int(t) for t in tf.unstack([1, 2])]
    [1, 2]
    """
    x = tensor_of(value)
    axis = check_axis("unstack", axis, len(x._shape))
    if num is not None and x._shape[axis].__class__ is Dim:
        x = reshape(x, (*x._shape[:axis], num, *x._shape[axis + 1 :]))
    if num is not None and num != x._shape[axis]:
        raise InvalidArgumentError(
            f"[unstack] num = {num}, but axis {axis} of shape {list(x._shape)} has "
            f"{x._shape[axis]}."
        )
    return [x[(*(slice(None),) * axis, i)] for i in range(x._shape[axis])]


@public("tile")
def tile(input, multiples, name=None):
    """`input` repeated `multiples[i]` times along axis i.

    Raises:
      InvalidArgumentError: not one multiple a dimension.

    Example:
    >>> tf.tile([1, 2], [2]).numpy()
    array([1, 2, 1, 2], dtype=int32)
    """
    x, multiples = tensor_of(input), static_sizes(multiples, "[tile] multiples")
    if len(multiples) != len(x._shape):
        raise InvalidArgumentError(
            f"[tile] Expected multiples argument to be a vector of length {len(x._shape)} but got "
            f"length {len(multiples)}: one a dimension of shape {list(x._shape)}."
        )
    wide = [(m, d) for m, d in zip(multiples, x._shape)]
    inner = reshape(x, tuple(n for _, d in wide for n in (1, d)))
    repeated = broadcast_to(inner, tuple(n for pair_ in wide for n in pair_))
    return reshape(repeated, tuple(m * d for m, d in wide))
