"""keras.ops.rearrange: axes split, exchanged and merged as a pattern says."""

import re
from itertools import chain

from ... import ops
from .declare import as_tensor, op


def _groups(side, pattern):
    """One side of a pattern: a list of names for each axis."""
    if not re.fullmatch(r"(\s*(\w+|\((\s*\w+)*\s*\)))*\s*", side):
        raise ValueError(f"[rearrange] Could not read {side!r} in the pattern {pattern!r}.")
    found = re.findall(r"\(([^)]*)\)|(\w+)", side)
    return [group.split() if not name else [name] for group, name in found]


def _sizes(groups, shape, known, pattern):
    """The size of each named axis; at most one of a group may be left to the shape."""
    sizes = dict(known)
    for group, size in zip(groups, shape):
        open_names = [name for name in group if name not in sizes]
        if len(open_names) > 1:
            raise ValueError(
                f"[rearrange] {pattern!r}: give the sizes of all but one of {group} as keywords."
            )
        rest = 1
        for name in group:
            rest = rest * sizes.get(name, 1)
        if open_names:
            sizes[open_names[0]] = size // rest if len(group) > 1 else size
        if (not open_names and rest != size) or (open_names and len(group) > 1 and size % rest):
            raise ValueError(
                f"[rearrange] {pattern!r}: an axis of {size} cannot be {group}: {sizes}."
            )
    return sizes


@op("rearrange")
def rearrange(tensor, pattern, **axes_lengths):
    """`tensor` with its axes split, exchanged and merged.

    Args:
      tensor: a tensor.
      pattern: names of the axes before and after an arrow; parentheses hold axes that are one.
      axes_lengths: sizes of axes that are split off.

    Raises:
      ValueError: a pattern that does not fit the tensor.

    Example:
    >>> images = tf.zeros([32, 30, 40, 3])
    >>> tf.keras.ops.rearrange(images, "b (h k) (w l) c -> b h w (k l c)", k=2, l=2).shape
    TensorShape([32, 15, 20, 12])
    """
    x = as_tensor(tensor)
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"[rearrange] A pattern has one '->': {pattern!r}.")
    before, after = (_groups(side, pattern) for side in sides)
    if len(before) != len(x._shape):
        raise ValueError(
            f"[rearrange] {pattern!r} names {len(before)} axes, the tensor has {len(x._shape)}: "
            f"{x.shape}."
        )
    sizes = _sizes(before, x._shape, axes_lengths, pattern)
    names, wanted = (list(chain(*groups)) for groups in (before, after))
    if sorted(names) != sorted(wanted) or len(set(names)) < len(names):
        raise ValueError(f"[rearrange] {pattern!r}: both sides name the same axes, each once.")
    x = ops.reshape(x, [sizes[name] for name in names])
    x = ops.transpose(x, [names.index(name) for name in wanted])
    merged = []
    for group in after:
        size = 1
        for name in group:
            size = sizes[name] * size
        merged.append(size)
    return ops.reshape(x, merged)
