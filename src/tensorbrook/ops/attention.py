"""Attention: means of values, weighted by how well their keys fit the queries."""

from ..base.shapes import differs
from ..core.dispatch import tensor_of
from .cast import cast
from .compare import logical_and
from .compose import repeat
from .create import range_
from .matmul import matmul
from .nn import softmax
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
    >>> from tensorbrook.ops.attention import dot_product_attention
    >>> query, key = tf.zeros([1, 1, 1, 2]), tf.zeros([1, 2, 1, 2])
    >>> dot_product_attention(query, key, tf.constant([[[[1.0]], [[3.0]]]])).numpy().ravel()
    array([2.], dtype=float32)
    """
    if attn_logits_soft_cap is not None:
        raise NotImplementedError(
            "dot_product_attention(attn_logits_soft_cap=...): not built. Use matmul, tanh and "
            "softmax."
        )
    query, key, value = (tensor_of(x) for x in (query, key, value))
    _check(query, key, value)
    scale = query._shape[-1] ** -0.5 if scale is None else scale
    groups = query._shape[2] // key._shape[2]
    query, key, value = (transpose(x, [0, 2, 1, 3]) for x in (query, key, value))
    if groups > 1:
        key, value = repeat(key, groups, 1), repeat(value, groups, 1)
    scores = matmul(query, key, transpose_b=True) * cast(scale, query.dtype)
    if bias is not None:
        scores = scores + bias
    if is_causal:
        past = reshape(range_(scores._shape[-2]), [-1, 1]) >= range_(scores._shape[-1])
        mask = past if mask is None else logical_and(cast(mask, "bool"), past)
    if mask is not None:
        scores = where(cast(mask, "bool"), scores, cast(scores.dtype.min, scores.dtype))
    return transpose(matmul(softmax(scores), value), [0, 2, 1, 3])


def _check(query, key, value):
    shapes = [x._shape for x in (query, key, value)]
    faults = None
    if {len(s) for s in shapes} != {4}:
        faults = "`dot_product_attention` only supports 4D inputs"
    elif differs(key._shape[:3], value._shape[:3]) or differs(query._shape[0], key._shape[0]):
        faults = "batch, times and heads of key and value, and all batches, must be equal"
    elif differs(query._shape[3], key._shape[3]):
        faults = "query and key must have the same last size"
    elif query._shape[2] % key._shape[2]:
        faults = "the number of the query's heads must be a multiple of the key's"
    if faults:
        query, key, value = (x.shape for x in (query, key, value))
        raise ValueError(
            f"{faults}. Received: query.shape={query}, key.shape={key}, value.shape={value}."
        )
