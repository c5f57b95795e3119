"""Attention: means of values, weighted by how well their keys fit the queries."""

import functools

from ..base.dims import same
from ..core.dispatch import apply, current_trace, tensor_of
from ..core.hooks import hooks
from ..core.tensor import convert_to_tensor
from . import _draws
from .cast import cast
from .compare import logical_and
from .compose import repeat
from .control import map_fn
from .create import range_, zeros_like
from .join import pad
from .matmul import matmul
from .nn import softmax
from .random import general_dropout
from .select import where
from .shape import reshape, transpose


def dot_product_attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    flash_attention=None,
    attn_logits_soft_cap=None,
):
    """softmax(query . key * scale + bias) . value, for each head.

    Args:
      query: (batch, query times, heads, size).
      key, value: (batch, value times, heads, size); their number of heads divides the queries'.
      bias: added to the scores; broadcast to (batch, heads, query times, value times).
      mask: boolean, broadcast likewise: what each query sees. One that sees nothing gets the mean.
      scale: of the scores; 1 / sqrt(size) by default.
      is_causal: no query sees a later time's value.
      flash_attention: True to compute in tiles always, False never; None does where it pays.
      attn_logits_soft_cap: not built: it must be None.

    Returns:
      (batch, query times, heads, size of values).

    Example:
    >>> query, key = tf.zeros([1, 1, 1, 2]), tf.zeros([1, 2, 1, 2])
    >>> value = tf.constant([[[[1.0]], [[3.0]]]])
    >>> tf.keras.ops.dot_product_attention(query, key, value).numpy().ravel()
    array([2.], dtype=float32)
    """
    if attn_logits_soft_cap is not None:
        raise NotImplementedError(
            "dot_product_attention(attn_logits_soft_cap=...): not built. Use matmul, tanh and "
            "softmax."
        )
    return attention(query, key, value, bias, mask, scale, is_causal, flash_attention)


def attention(
    query,
    key,
    value,
    bias=None,
    mask=None,
    scale=None,
    is_causal=False,
    tiles=None,
    rate=0.0,
    seed=None,
    blind_gets_zero=False,
):
    """`dot_product_attention`, whose weights may be dropped.

    Args:
      query, key, value, bias, mask, scale, is_causal: see `dot_product_attention`.
      tiles: its `flash_attention`.
      rate, seed: as for `tf.nn.experimental.stateless_dropout` of all weights; tiles drop the same.
      blind_gets_zero: whether a query that sees nothing gets 0, and not the mean of the values.
    """
    query, key, value = (tensor_of(x) for x in (query, key, value))
    _check(query, key, value)
    scale = query._shape[-1] ** -0.5 if scale is None else scale
    query = query * convert_to_tensor(scale, query.dtype)
    bias, mask = (None if x is None else _four_axes(x) for x in (bias, mask))
    how = {"is_causal": is_causal, "blind_gets_zero": blind_gets_zero}
    if hooks.flash_attention is not None and bias is None and seed is None and tiles is not False:
        found = hooks.flash_attention(query, key, value, mask, how)
        if found is not None:
            return found
    return composed(query, key, value, bias, mask, tiles, rate, seed, **how)


def composed(query, key, value, bias, mask, tiles=None, rate=0.0, seed=None, **how):
    """`attention` of scaled queries, of several primitives; bias and mask have four axes."""
    groups = query._shape[2] // key._shape[2]
    query, key, value = (transpose(x, [0, 2, 1, 3]) for x in (query, key, value))
    if groups > 1:
        key, value = repeat(key, groups, 1), repeat(value, groups, 1)
    state = None if seed is None else apply(_draws.scramble, (tensor_of(seed),), {})
    attend = functools.partial(_attend, rate=rate, **how)
    rows = _tile_rows(query._shape, key._shape[2], tiles)
    if rows is not None:
        attend = functools.partial(_in_tiles, rows, attend)
    return transpose(attend(query, key, value, bias, mask, state), [0, 2, 1, 3])


def comes_in_tiles(query, key):
    """Whether `attention` of such tensors computes one tile after the other."""
    batch, length, heads, size = query._shape
    return _tile_rows((batch, heads, length, size), key._shape[1], None) is not None


def _four_axes(x):
    """What is broadcast to (batch, heads, query times, value times), with all four axes."""
    x = tensor_of(x)
    return reshape(x, (1,) * (4 - x.ndim) + x._shape)


def _attend(
    query, key, value, bias, mask, state, start=0, length=None, *, is_causal, rate, blind_gets_zero
):
    """The heads' results, (batch, heads, query times, size); queries are scaled.

    In a tile their first one stands at the time `start` of `length`.
    """
    scores = matmul(query, key, transpose_b=True)
    if bias is not None:
        scores = scores + bias
    if is_causal:
        times = reshape(range_(scores._shape[-2]), [-1, 1]) + start
        past = times >= range_(scores._shape[-1])
        mask = past if mask is None else logical_and(cast(mask, "bool"), past)
    if mask is not None:
        mask = cast(mask, "bool")
        scores = where(mask, scores, cast(scores.dtype.min, scores.dtype))
    weights = softmax(scores)
    if blind_gets_zero and mask is not None:
        weights = where(mask, weights, convert_to_tensor(0, weights.dtype))
    if state is not None:
        weights = _dropped(weights, rate, state, start, length)
    return matmul(weights, value)


def _dropped(weights, rate, state, start, length):
    """Weights of the queries from `start` on, dropped as those of all `length` queries are."""
    if rate == 1:
        return zeros_like(weights)

    def sampler(shape, dtype):
        batch, heads, rows, columns = shape
        attrs = {"dtype": dtype.numpy_dtype}
        if length is None:
            return apply(_draws.uniform, (state,), attrs | {"shape": shape})
        starts = range_(batch * heads, dtype="int64") * (length * columns)
        starts = starts + cast(start, "int64") * columns
        attrs["size"] = rows * columns
        return reshape(apply(_draws.uniform_rows, (state, starts), attrs), shape)

    return general_dropout(weights, rate, sampler)


_LARGE = 2**25  # more scores than this are computed in tiles
_CACHED = 2**20  # how many scores a tile has at most
_BATCH = 8  # what an open batch size is taken for
_OPEN_ROWS = 32  # queries of a tile where the number of all is open


def _tile_rows(shape, columns, wanted):
    """How many queries a tile has; None to take all at once."""
    if wanted is False:
        return None
    batch, heads, length, _ = shape
    if not all(isinstance(size, int) for size in (heads, length, columns)):
        if current_trace() is None:  # nothing is computed, only the shape is asked for
            return None
        return _OPEN_ROWS
    batch = batch if isinstance(batch, int) else _BATCH
    if not wanted and batch * heads * length * columns < _LARGE:
        return None
    fitting = max(_CACHED // max(batch * heads * columns, 1), 16)
    return min(2 ** (fitting.bit_length() - 1), length) or None


def _in_tiles(rows, attend, query, key, value, bias, mask, state):
    """What `attend` returns, a tile of some queries after the other; the gradient computes each
    tile again, so that never more than one has its scores in memory."""
    batch, heads, length, _ = query._shape
    count = (length + rows - 1) // rows

    def tiles(x):
        x = pad(x, [[0, 0], [0, 0], [0, count * rows - length], [0, 0]])
        x = reshape(x, (*x._shape[:2], count, rows, x._shape[3]))
        return transpose(x, [2, 0, 1, 3, 4])

    masks = {"bias": bias, "mask": mask}
    cut = {k: tiles(x) for k, x in masks.items() if x is not None and same(x._shape[2], length)}
    whole = {k: x for k, x in masks.items() if x is not None and k not in cut}
    if state is not None:
        whole["state"] = state

    def one(query, key, value, start, *others):
        given = dict.fromkeys(("bias", "mask", "state")) | dict(zip([*whole, *cut], others))
        return attend(query, key, value, **given, start=start, length=length)

    one = hooks.recompute_grad(one)
    results = map_fn(
        lambda tile: one(tile[0], key, value, tile[1], *whole.values(), *tile[2:]),
        (tiles(query), range_(count) * rows, *cut.values()),
        fn_output_signature=query.dtype,
    )
    results = transpose(results, [1, 2, 0, 3, 4])
    return reshape(results, (batch, heads, count * rows, value._shape[3]))[:, :, :length]


def _check(query, key, value):
    shapes = [x._shape for x in (query, key, value)]
    faults = None
    if {len(s) for s in shapes} != {4}:
        faults = "`dot_product_attention` only supports 4D inputs"
    elif key._shape[:3] != value._shape[:3] or query._shape[0] != key._shape[0]:
        faults = "batch, times and heads of key and value, and all batches, must be equal"
    elif query._shape[3] != key._shape[3]:
        faults = "query and key must have the same last size"
    elif query._shape[2] % key._shape[2]:
        faults = "the number of the query's heads must be a multiple of the key's"
    if faults:
        query, key, value = (x.shape for x in (query, key, value))
        raise ValueError(
            f"{faults}. Received: query.shape={query}, key.shape={key}, value.shape={value}."
        )
