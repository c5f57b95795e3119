"""keras.ops: sorting, searching, counting, choosing; vectorize."""

import re

from .... import ops
from ....base import nest
from ....base.dims import maximum
from ....base.shapes import broadcast
from ....ops.sort import unique_slices
from ..declare import as_tensor, floating, op, promote
from .shapes import moveaxis

# -- sorting and searching -------------------------------------------------------------------------


def _sortable(x, axis):
    """A tensor and the axis to sort along: of booleans as int32, of `axis` None flattened."""
    x = as_tensor(x)
    x = ops.cast(x, "int32") if x._dtype.kind == "b" else x
    return (ops.reshape(x, [-1]), 0) if axis is None else (x, axis)


@op("numpy.sort")
def sort(x, axis=-1):
    """`x` sorted along an axis; flattened first where `axis` is None.

    Example:
    >>> tf.keras.ops.sort([3, 1, 2]).numpy()
    array([1, 2, 3], dtype=int32)
    """
    return ops.cast(ops.sort(*_sortable(x, axis)), as_tensor(x).dtype)


@op("numpy.argsort")
def argsort(x, axis=-1):
    """The int32 indices that sort an axis, equal elements in their order.

    Example:
    >>> tf.keras.ops.argsort([3, 1, 2]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    x, axis = _sortable(x, axis)
    return ops.argsort(x if x._shape else ops.reshape(x, [1]), axis)


@op("numpy.argpartition")
def argpartition(x, kth, axis=-1):
    """Indices that put the `kth` element of an axis where sorting does, lesser ones before it.

    Example:
    >>> tf.keras.ops.argpartition([3, 1, 2], 1).numpy()
    array([1, 2, 0], dtype=int32)
    """
    x, axis = _sortable(x, axis)
    size = x._shape[axis]
    if isinstance(size, int) and not -size <= kth < size:
        raise ValueError(f"[argpartition] kth = {kth} is no place of an axis of length {size}.")
    return ops.argsort(x, axis)


@op("numpy.searchsorted", layer="SearchSorted")
def searchsorted(sorted_sequence, values, side="left"):
    """For each value the index at which it belongs in a sorted vector, as int32.

    Args:
      sorted_sequence: a vector.
      values: a tensor.
      side: "left": before those that equal it; "right": behind them.

    Example:
    >>> tf.keras.ops.searchsorted([1, 3, 5], [0, 3, 6]).numpy()
    array([0, 1, 3], dtype=int32)
    """
    rows = as_tensor(sorted_sequence)
    if len(rows._shape) != 1:
        raise ValueError(
            "`searchsorted` only supports 1-D sorted sequences. You can use "
            "`keras.ops.vectorized_map` to extend it to N-D sequences. Received: "
            f"sorted_sequence.shape={rows.shape}"
        )
    rows, values = promote(rows, values, weak=False)
    found = ops.searchsorted(rows, ops.reshape(values, [-1]), side)
    return ops.reshape(found, values._shape)


@op("numpy.digitize")
def digitize(x, bins):
    """In which bin each value lies: how many of the ascending `bins` are not above it.

    Example:
    >>> tf.keras.ops.digitize([0.0, 1.0, 2.5], [1.0, 2.0]).numpy()
    array([0, 1, 2], dtype=int32)
    """
    return searchsorted(bins, as_tensor(x), "right")


@op("numpy.isin", layer="IsIn")
def isin(x1, x2, assume_unique=False, invert=False):
    """Whether each element of `x1` is among those of `x2`.

    Args:
      x1, x2: tensors.
      assume_unique: a hint, which changes no result.
      invert: whether it is not.

    Example:
    >>> tf.keras.ops.isin([1, 2, 3], [2, 5]).numpy()
    array([False,  True, False])
    """
    x1, x2 = promote(x1, x2, weak=False)
    known, _ = _sortable(x2, None)
    wanted, _ = _sortable(x1, None)
    if known._shape[0] == 0:
        found = ops.zeros_like(wanted, "bool")
    else:
        known = ops.sort(known)
        places = ops.minimum(ops.searchsorted(known, wanted), ops.size(known) - 1)
        found = ops.equal(ops.gather(known, places), wanted)
    found = ops.reshape(found, x1._shape)
    return ops.logical_not(found) if invert else found


# -- counting --------------------------------------------------------------------------------------


@op("numpy.bincount")
def bincount(x, weights=None, minlength=0, sparse=False):
    """How often each of 0, 1, 2 ... occurs, or the sums of the weights where it does.

    Args:
      x: non-negative integers, a vector or rows of a matrix.
      weights: of the shape of `x`; ones by default.
      minlength: at least so many bins.
      sparse: whether the result is a SparseTensor.

    Example:
    >>> tf.keras.ops.bincount([1, 1, 3]).numpy()
    array([0, 2, 0, 1], dtype=int32)
    """
    x = ops.cast(as_tensor(x), "int32")
    weights = None if weights is None else as_tensor(weights)
    if sparse:
        return ops.sparse_bincount(x, weights, -1 if len(x._shape) == 2 else 0, minlength)
    return ops.bincount(x, weights, minlength, axis=-1 if len(x._shape) == 2 else None)


@op("numpy.histogram")
def histogram(x, bins=10, range=None):
    """(how many elements lie in each bin, the edges of the bins).

    Args:
      x: a tensor.
      bins: how many bins of one width.
      range: the first and the last edge; the least and the greatest element by default.

    Example:
    >>> counts, edges = tf.keras.ops.histogram([1.0, 2.0, 2.0, 4.0], bins=3)
    >>> counts.numpy(), edges.numpy()
    (array([1., 2., 1.], dtype=float32), array([1., 2., 3., 4.], dtype=float32))
    """
    if not isinstance(bins, int) or bins < 1:
        raise ValueError(
            f"Argument `bins` should be a positive integer. Received: bins={bins} [histogram]"
        )
    if range is not None and len(range) != 2:
        raise ValueError(
            f"Argument `range` must be a tuple of two elements. Received: range={range} [histogram]"
        )
    given = as_tensor(x)
    x = ops.reshape(floating(given), [-1])
    if range is None:
        low, high = ops.reduce_min(x), ops.reduce_max(x)
    else:
        low, high = (ops.cast(edge, x.dtype) for edge in range)
    edges = ops.linspace(low, high, bins + 1)
    places = ops.minimum(ops.searchsorted(edges, x, "right") - 1, bins - 1)
    places = ops.where(ops.logical_and(x >= low, x <= high), places, -1)
    counts = ops.unsorted_segment_sum(ops.ones_like(x, "int32"), places, bins)
    return ops.cast(counts, given.dtype), edges


@op("numpy.unique")
def unique(
    x,
    sorted=True,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    size=None,
    fill_value=None,
):
    """The different elements, or the different slices along an axis.

    Args:
      x: a tensor.
      sorted: whether they ascend; else they come as they appear.
      return_index: also where each appears first.
      return_inverse: also, for each of `x`, its index among the different ones.
      return_counts: also how often each appears.
      axis: the axis; the flattened tensor by default.
      size: exactly so many, which makes the result's shape known.
      fill_value: what fills the rest then, 0 by default.

    Returns:
      A tensor, or a tuple of tensors where more is asked for; indices are int32.

    Example:
    >>> tf.keras.ops.unique([3, 1, 3]).numpy()
    array([1, 3], dtype=int32)
    """
    x = as_tensor(x)
    slices = ops.reshape(x, [-1]) if axis is None else moveaxis(x, axis, 0)
    values, inverse, counts, first = unique_slices(slices, sorted)
    if size is not None:
        fill = ops.cast(0 if fill_value is None else fill_value, x.dtype)
        none = ops.cast(0, counts.dtype)
        values, first, counts = (
            _of_size(t, size, rest)
            for t, rest in ((values, fill), (first, first[0]), (counts, none))
        )
    if axis is None:
        inverse = ops.reshape(inverse, x._shape)
    else:
        values = moveaxis(values, 0, axis)
    asked = ((return_index, first), (return_inverse, inverse), (return_counts, counts))
    more = [ops.cast(found, "int32") for wanted, found in asked if wanted]
    return (values, *more) if more else values


def _of_size(x, size, rest):
    """The first `size` slices of `x`, and `rest` where there are not as many."""
    short = maximum(size - x._shape[0], 0)
    tail = ops.broadcast_to(rest, (short, *x._shape[1:]))
    return ops.reshape(ops.concat([x[:size], tail], 0), (size, *x._shape[1:]))


# -- choosing --------------------------------------------------------------------------------------


@op("numpy.nonzero")
def nonzero(x):
    """Where elements are not 0: for each axis their int32 coordinates.

    Example:
    >>> [i.numpy().tolist() for i in tf.keras.ops.nonzero([[1, 0], [0, 2]])]
    [[0, 1], [0, 1]]
    """
    found = ops.cast(ops.where(ops.cast(as_tensor(x), "bool")), "int32")
    return ops.unstack(found, axis=1)


@op("numpy.where")
def where(condition, x1=None, x2=None):
    """`x1` where the condition holds, `x2` elsewhere; alone, where it holds, as `nonzero`.

    Args:
      condition: a tensor; 0 counts as False.
      x1, x2: tensors or numbers; all three broadcast.

    Raises:
      ValueError: only one of `x1` and `x2` was given.

    Example:
    >>> tf.keras.ops.where([True, False], 1, 2.5).numpy()
    array([1. , 2.5], dtype=float32)
    """
    if (x1 is None) != (x2 is None):
        raise ValueError(
            "`x1` and `x2` either both should be `None` or both should have non-None value."
        )
    if x1 is None:
        return nonzero(condition)
    return ops.where(ops.cast(as_tensor(condition), "bool"), *promote(x1, x2))


@op("numpy.select")
def select(condlist, choicelist, default=0):
    """At each place the choice of the first condition that holds there, or `default`.

    Args:
      condlist: a list of boolean tensors.
      choicelist: as many tensors; all broadcast.
      default: a number or tensor.

    Example:
    >>> tf.keras.ops.select([[True, False], [True, True]], [1, 2]).numpy()
    array([1, 2], dtype=int32)
    """
    if not condlist or len(condlist) != len(choicelist):
        raise ValueError(
            f"[select] condlist and choicelist must be lists of one length, got {len(condlist)} "
            f"and {len(choicelist)}."
        )
    *choices, found = promote(*choicelist, default)
    for condition, choice in list(zip(condlist, choices))[::-1]:
        found = ops.where(ops.cast(as_tensor(condition), "bool"), choice, found)
    return found


# -- vectorize -------------------------------------------------------------------------------------


def _cores(signature):
    """The names of core dimensions of the operands and of the results of "(m,n),(n)->(m)"."""
    term = r"\(\s*(?:\w+\s*(?:,\s*\w+\s*)*)?\)"
    terms = rf"\s*{term}\s*(?:,\s*{term}\s*)*"
    if not re.fullmatch(rf"{terms}->{terms}", signature):
        raise ValueError(f"[vectorize] {signature!r} is no signature, such as '(m,n),(n)->(m)'.")
    return [
        [re.findall(r"\w+", one) for one in re.findall(term, side)]
        for side in signature.split("->")
    ]


@op("numpy.vectorize")
def vectorize(pyfunc, *, excluded=None, signature=None):
    """A function that calls `pyfunc` for each element of its arguments, which broadcast.

    Args:
      pyfunc: a function of scalar tensors, or of what `signature` says, to a tensor or a tuple.
      excluded: positions and names of arguments that are passed on as they are.
      signature: the core dimensions that `pyfunc` takes and gives, as in "(m,n),(n)->(m)".

    Example:
    >>> tf.keras.ops.vectorize(lambda a, b: a + b)([1, 2, 3], 2).numpy()
    array([3, 4, 5], dtype=int32)
    """
    if not callable(pyfunc):
        raise ValueError(f"[vectorize] pyfunc must be a function, got {pyfunc!r}.")
    excluded = set(excluded or ())

    def vectorized(*args, **kwargs):
        varied = [i for i in range(len(args)) if i not in excluded]
        names = [name for name in kwargs if name not in excluded]
        values = [as_tensor(args[i]) for i in varied] + [as_tensor(kwargs[n]) for n in names]
        takes = _cores(signature)[0] if signature else [[]] * len(values)
        if len(takes) != len(values):
            raise TypeError(
                f"[vectorize] {signature!r} takes {len(takes)} arguments, got {len(values)}."
            )

        def call(*elements):
            given, named = list(args), dict(kwargs)
            for i, element in zip(varied, elements):
                given[i] = element
            named.update(zip(names, elements[len(varied) :]))
            return pyfunc(*given, **named)

        return _over_leading(call, values, [len(core) for core in takes])

    vectorized.__name__ = getattr(pyfunc, "__name__", "vectorized")
    vectorized.__doc__ = getattr(pyfunc, "__doc__", None)
    return vectorized


def _over_leading(call, values, ranks):
    """`call` for each place of the leading axes of tensors, whose last `ranks` axes it takes."""
    shapes = [tuple(x._shape) for x in values]
    leads = [shape[: len(shape) - rank] for shape, rank in zip(shapes, ranks)]
    lead = broadcast(*leads)
    if lead is None:
        raise ValueError(f"[vectorize] the shapes {shapes} do not broadcast.")
    if not lead:
        return call(*values)
    rows = []
    for x, own, shape in zip(values, leads, shapes):
        core = shape[len(own) :]
        rows.append(ops.reshape(ops.broadcast_to(x, (*lead, *core)), (-1, *core)))
    found = ops.vectorized_map(lambda elements: call(*elements), tuple(rows))
    return nest.map_structure(lambda y: ops.reshape(y, (*lead, *y._shape[1:])), found)
