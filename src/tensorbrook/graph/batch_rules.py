"""How primitives run on whole batches: each rule makes of one for an example one for all of them.

A rule gets a Call and returns the tuple of results, or the only one, with the batch as first axis.
What has no rule runs example by example (`by_example`), so that every primitive works.
"""

from ..base.dims import has_dims, same_shape
from ..core.dispatch import apply
from ..ops.cast import cast
from ..ops.control import map_fn
from ..ops.create import range_
from ..ops.join import concat
from ..ops.select import where
from ..ops.shape import broadcast_to, reshape, transpose
from ..ops.strings import EACH_TEXT
from .control import as_tuple

RULES = {}


class Call:
    """A primitive applied to tensors of which some have a batch axis in front.

    Attributes:
      op, attrs: as for one example.
      tensors: the operands.
      flags: for each whether it has the batch axis.
      shapes: their shapes for one example.
      results: the results' shapes for one example.
      size: the batch's size.
      random: whether the random bits come from a stream, which has others for each example.
    """

    __slots__ = ("attrs", "flags", "op", "random", "results", "shapes", "size", "tensors")

    def __init__(self, op, attrs, tensors, flags, shapes, results, size, random=False):
        self.op, self.attrs, self.tensors, self.flags = op, attrs, tensors, flags
        self.shapes, self.results, self.size, self.random = shapes, results, size, random

    def lead(self, i):
        """Operand `i` with the batch axis, which one that has none is repeated along."""
        return led(self.tensors[i], self.flags[i], self.size)

    def leads(self):
        """All operands with the batch axis."""
        return tuple(map(self.lead, range(len(self.tensors))))

    def run(self, tensors, **attrs):
        """The primitive, with some attributes changed."""
        return apply(self.op, tuple(tensors), self.attrs | attrs)


def led(tensor, flag, size):
    """A tensor with the batch axis in front, along which one without is repeated."""
    return tensor if flag else broadcast_to(tensor, (size, *tensor._shape))


def swapped(x):
    """A tensor with its two first axes exchanged."""
    return transpose(x, (1, 0, *range(2, len(x._shape))))


def batched(call):
    """The results for the whole batch, all with the batch axis."""
    op = call.op
    rule = RULES.get(op.name)
    if rule is None:
        if op.elementwise:
            rule = _elementwise
        elif op.reduces:
            rule = _along_axes
        else:
            return by_example(call)
    out = rule(call)
    for tensor, shape in zip(as_tuple(out), call.results):
        want = (call.size, *shape)
        if not same_shape(tensor._shape, want) and not has_dims(want):
            return by_example(call)  # a case its rule is not right for, such as of mixed indices
    return out


def by_example(call):
    """The primitive once for each example."""
    moving = [x for x, flag in zip(call.tensors, call.flags) if flag]

    def one(rows):
        rows = iter(rows)
        given = [next(rows) if flag else x for x, flag in zip(call.tensors, call.flags)]
        return apply(call.op, tuple(given), call.attrs)

    return map_fn(one, tuple(moving))


def rule(*names):
    """Enters the rule of primitives."""

    def enter(function):
        RULES.update(dict.fromkeys(names, function))
        return function

    return enter


# -- element by element, along axes, over the last axes --------------------------------------------


@rule("complex", "real", "imag", "conj", "angle", "polygamma", "substr", "strings_join")
def _elementwise(call):
    """Operands of lower rank get axes of 1 behind the batch axis."""
    rank = max(map(len, call.shapes))
    tensors = []
    for x, flag, shape in zip(call.tensors, call.flags, call.shapes):
        if flag and len(shape) < rank and rank:
            x = reshape(x, (call.size, *[1] * (rank - len(shape)), *shape))
        tensors.append(x)
    return call.run(tensors)


def _after_batch(axis):
    """An axis, or several, counted with the batch axis in front."""
    if axis.__class__ is tuple:
        return tuple(map(_after_batch, axis))
    return axis + 1 if axis >= 0 else axis


@rule(
    *("argmax", "argmin", "argsort", "concat", "cumprod", "cumsum", "cumulative_logsumexp"),
    *("fft", "irfft", "log_softmax", "reverse", "rfft", "softmax"),
)
def _along_axes(call):
    name = "axis" if "axis" in call.attrs else "axes"
    return call.run(call.leads(), **{name: _after_batch(call.attrs[name])})


@rule(
    *("bitcast", "cholesky", "det", "eig", "expm", "frame", "identity", "inv", "lu", "qr"),
    "lay_out",
    *("overlap_and_add", "pinv", "searchsorted", "self_adjoint_eig", "slogdet", "solve"),
    *("stop_gradient", "svd", "decode_raw", "as_string", *EACH_TEXT),
)
def _over_last_axes(call):
    return call.run(call.leads())


@rule("parse_example")
def _parse_example(call):
    """Rows of one shape are read together; rows of several numbers of values are no batch."""
    named = call.shapes[1] != (0,)
    if not call.attrs["single"] or named or any(w.form != "fixed" for w in call.attrs["plan"]):
        return by_example(call)
    return call.run((call.lead(0), *call.tensors[1:]), single=False)


@rule("decode_csv")
def _decode_csv(call):
    """All records with the defaults, which are the same for all."""
    return by_example(call) if any(call.flags[1:]) else call.run(call.tensors)


@rule("matmul")
def _matmul(call):
    (a, b), (of_a, of_b) = call.tensors, call.flags
    (a_shape, b_shape), attrs = call.shapes, call.attrs
    if of_a and not of_b and len(b_shape) == 2 and len(a_shape) == 2 and not attrs["transpose_a"]:
        rows = reshape(a, (call.size * a_shape[0], a_shape[1]))  # one product of all rows
        return reshape(call.run((rows, b)), (call.size, *call.results[0]))
    rank = max(len(a_shape), len(b_shape))
    tensors = [
        reshape(x, (call.size, *[1] * (rank - len(shape)), *shape)) if flag else x
        for x, flag, shape in zip(call.tensors, call.flags, call.shapes)
    ]
    return call.run(tensors)


# -- movements -------------------------------------------------------------------------------------


@rule("reshape")
def _reshape(call):
    return reshape(call.tensors[0], (call.size, *call.attrs["shape"]))


@rule("broadcast_to")
def _broadcast_to(call):
    shape = call.attrs["shape"]
    ones = [1] * (len(shape) - len(call.shapes[0]))
    x = reshape(call.tensors[0], (call.size, *ones, *call.shapes[0]))
    return broadcast_to(x, (call.size, *shape))


@rule("transpose")
def _transpose(call):
    return call.run(call.tensors, perm=(0, *_after_batch(tuple(call.attrs["perm"]))))


@rule("pad")
def _pad(call):
    return call.run(call.tensors, paddings=((0, 0), *call.attrs["paddings"]))


_ALL = ("slice", None, None, None)


@rule("strided_slice")
def _strided_slice(call):
    return call.run(call.tensors, key=(_ALL, *call.attrs["key"]))


@rule("slice_transpose")
def _slice_transpose(call):
    attrs = call.attrs
    shape = (call.size, *attrs["shape"])
    return call.run(call.tensors, shape=shape, key=(_ALL, *attrs["key"]))


@rule("gather")
def _gather(call):
    (x, indices), (of_x, of_indices) = call.tensors, call.flags
    axis, batch_dims = call.attrs["axis"], call.attrs["batch_dims"]
    if batch_dims or (of_x and of_indices):
        return call.run(call.leads(), axis=axis + 1, batch_dims=batch_dims + 1)
    if of_x:
        return call.run((x, indices), axis=axis + 1)
    out = call.run((x, indices))  # the batch axis lies where the indices' axes are
    order = [axis, *[a for a in range(len(out._shape)) if a != axis]]
    return transpose(out, order) if axis else out


@rule("gather_transpose")
def _gather_transpose(call):
    attrs = call.attrs
    return call.run(call.leads(), axis=attrs["axis"] + 1, batch_dims=attrs["batch_dims"] + 1)


@rule("gather_nd")
def _gather_nd(call):
    return call.run(call.leads(), batch_dims=call.attrs["batch_dims"] + 1)


def _with_number(indices, size):
    """Indices into the whole batch: the example's number before what each had."""
    shape = indices._shape
    numbers = reshape(range_(size), (size, *[1] * (len(shape) - 1)))
    numbers = broadcast_to(numbers, (*shape[:-1], 1))
    return concat([cast(numbers, indices.dtype), indices], -1)


@rule("scatter_nd")
def _scatter_nd(call):
    indices, updates = call.leads()
    shape = (call.size, *call.attrs["shape"])
    return call.run((_with_number(indices, call.size), updates), shape=shape)


@rule(*[f"tensor_scatter_{way}" for way in ("add", "max", "min", "sub", "update")])
def _tensor_scatter(call):
    x, indices, updates = call.leads()
    return call.run((x, _with_number(indices, call.size), updates))


@rule("update_row")
def _update_row(call):
    if call.flags[1]:
        return by_example(call)
    x, row = swapped(call.lead(0)), call.lead(2)
    return swapped(call.run((x, call.tensors[1], row)))


# -- primitives that take a batch themselves -------------------------------------------------------


@rule(
    *("max_pool", "max_pool_gather", "max_pool_gradient", "window_sum", "window_sum_gradient"),
    *("sample_pictures", "softmax_cross_entropy", "sparse_softmax_cross_entropy"),
    *("sparse_softmax_cross_entropy_gradient", "conv_general", "conv_input_gradient"),
)
def _into_batch(call):
    """The two batch axes become one, and two again."""
    convolution = call.op.name.startswith("conv")
    if convolution and call.flags[1]:
        return by_example(call)
    if not call.shapes[0]:
        return call.run(call.leads())
    tensors = [
        call.tensors[1] if convolution and i else _joined(x) for i, x in enumerate(call.leads())
    ]
    attrs = {}
    if "input_shape" in call.attrs:
        first, *rest = call.attrs["input_shape"]
        attrs["input_shape"] = (call.size * first, *rest)
    outs = as_tuple(call.run(tensors, **attrs))
    return tuple([reshape(y, (call.size, *shape)) for y, shape in zip(outs, call.results)])


def _joined(x):
    return reshape(x, (x._shape[0] * x._shape[1], *x._shape[2:]))


# -- random numbers --------------------------------------------------------------------------------


@rule(
    *("random_full_int", "random_normal", "random_truncated_normal", "random_uniform"),
    "random_uniform_int",
)
def _random(call):
    """Of a stream more numbers; the same for each example where a program gives the seed."""
    if any(call.flags) or not call.random:
        return by_example(call)
    return call.run(call.tensors, shape=(call.size, *call.attrs["shape"]))


def choose(mask, x, y):
    """x or y for each example, by its flag."""
    return where(reshape(mask, (*mask._shape, *[1] * (len(x._shape) - 1))), x, y)
