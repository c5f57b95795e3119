"""Reductions of RaggedTensors, and rows with one number together.

A reduction over a ragged dimension fills it up with what changes nothing.
"""

from ..core.dispatch import tensor_of
from ..core.tensor import convert_to_tensor
from .cast import cast
from .create import range_, size_of, zeros_like
from .elementwise import maximum
from .index import gather
from .join import concat
from .ragged import RULES, RaggedTensor, is_ragged, leading
from .reduce import cumsum, reduce_max, reduce_sum
from .segments import (
    unsorted_segment_max,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sum,
)
from .shape import check_axis, expand_dims, integers, static_int

# -- rows with one number together -----------------------------------------------------------------


def segments(function, x, ids, count):
    """Rows with one id together, by an unsorted_segment_* function: as long as the longest."""
    if not is_ragged(x):
        return function(x, ids, count)
    lengths = cast(x.row_lengths(), "int64")
    longest = maximum(unsorted_segment_max(lengths, ids, count), integers(0, "int64"))
    ends = cumsum(longest)
    rows = x.value_rowids()
    within = cast(range_(leading(x.values)), "int64") - gather(cast(x.row_starts(), "int64"), rows)
    places = gather(gather(ends - longest, ids), rows) + within
    total = size_of(concat([integers((0,), "int64"), ends], 0)[-1])
    values = segments(function, x.values, places, total)
    return RaggedTensor.from_row_lengths(values, longest, validate=False)


def _over_rows(name, x):
    """A reduction over axis 0 of rows of rows: elements at one place of each row come together."""
    lengths = x.row_lengths()
    width = size_of(reduce_max(concat([integers((0,), lengths.dtype), lengths], 0)))
    within = range_(leading(x.values)) - cast(gather(x.row_starts(), x.value_rowids()), "int32")
    kind, bools = x.dtype, name in ("reduce_any", "reduce_all")
    if bools:
        x = x.with_flat_values(cast(x.flat_values, "int32"))
    found = segments(_SEGMENTS[name], x.values, within, width)
    return found.with_flat_values(cast(found.flat_values, kind)) if bools else found


_SEGMENTS = {
    "reduce_sum": unsorted_segment_sum, "reduce_prod": unsorted_segment_prod,
    "reduce_max": unsorted_segment_max, "reduce_min": unsorted_segment_min,
    "reduce_any": unsorted_segment_max, "reduce_all": unsorted_segment_min,
}  # fmt: skip


def _segment_rule(function, args, kwargs):
    def call(data, segment_ids, num_segments, name=None):
        ids = cast(tensor_of(segment_ids), "int64")
        return segments(function, data, ids, static_int(num_segments, "num_segments"))

    return call(*args, **kwargs)


# -- reductions ------------------------------------------------------------------------------------


def _extreme(of):
    def value(dtype):
        low, high = dtype.limits
        return low if of == "max" else high

    return value


_NEUTRAL = {
    "reduce_sum": lambda dtype: 0,
    "reduce_prod": lambda dtype: 1,
    "reduce_max": _extreme("max"),
    "reduce_min": _extreme("min"),
    "reduce_any": lambda dtype: False,
    "reduce_all": lambda dtype: True,
}


def filled(x, value):
    """The dense tensor of a ragged one, filled up with a value."""
    return x.to_tensor(convert_to_tensor(value, x.dtype))


def reduce_one(function, x, axis):
    """A reduction along one axis of a ragged or dense tensor."""
    if not is_ragged(x):
        return function(x, axis=axis)
    if axis > 1:
        return x.with_values(reduce_one(function, x.values, axis - 1))
    if is_ragged(x.values):
        if axis == 0:
            return _over_rows(function.__name__, x)
        inner = x.values
        neutral = _NEUTRAL[function.__name__](x.dtype)
        dense = x.with_values(filled(inner, neutral))
        lengths = reduce_max(x.with_values(inner.row_lengths()).to_tensor(), axis=1)
        return RaggedTensor.from_tensor(reduce_one(function, dense, 1), lengths)
    return function(filled(x, _NEUTRAL[function.__name__](x.dtype)), axis=axis)


def _reduce(function, args, kwargs):
    def call(input_tensor, axis=None, keepdims=False, name=None):
        x, rank = input_tensor, input_tensor.shape.rank
        if axis is None:
            return function(x.flat_values)
        given = axis if isinstance(axis, list | tuple) else [axis]
        axes = sorted({check_axis(function.__name__, a, rank) for a in given}, reverse=True)
        result = _STATISTICS.get(function.__name__, _in_turn)(function, x, axes)
        for a in reversed(axes) if keepdims else ():
            result = expand_dims(result, a)
        return result

    return call(*args, **kwargs)


def _in_turn(function, x, axes):
    for axis in axes:
        x = reduce_one(function, x, axis)
    return x


def _mean(function, x, axes):
    if x.dtype.is_integer:
        x = cast(x, "float64")
    return _in_turn(reduce_sum, x, axes) / _in_turn(reduce_sum, _ones(x), axes)


def _ones(x):
    return x.with_flat_values(zeros_like(x.flat_values) + 1)


def _variance(function, x, axes):
    mean = _mean(None, x, axes)
    return _mean(None, x * x, axes) - mean * mean


_STATISTICS = {
    "reduce_mean": _mean,
    "reduce_variance": _variance,
    "reduce_std": lambda function, x, axes: _variance(function, x, axes) ** 0.5,
}


for _name in (*_NEUTRAL, *_STATISTICS):
    RULES["math." + _name] = RULES[_name] = _reduce
for _function in set(_SEGMENTS.values()):
    RULES[_function._public_path] = _segment_rule
