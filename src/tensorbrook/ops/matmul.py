"""Contractions: matmul, tensordot, einsum; one primitive, the rest composed of it."""

import math

import numpy as np

from ..base.context import open_tapes
from ..base.dims import same
from ..base.dtypes import as_dtype
from ..base.shapes import broadcast
from ..core.dispatch import apply, find_override, public, register_public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input, same_dtype
from ..core.tensor import Tensor, wrap
from ._families import NUMBER, draw, pair, read_operands
from ._kernels.halves import rounded_once
from .cast import cast, conj
from .elementwise import multiply
from .reduce import reduce_sum
from .shape import check_axis, expand_dims, reshape, static_ints, transpose


def _swap(x):
    return x.swapaxes(-1, -2)


@rounded_once
def _kernel(a, b, transpose_a, transpose_b):
    if a.ndim < 2 or b.ndim < 2:
        raise ValueError("matmul takes matrices")
    return np.matmul(_swap(a) if transpose_a else a, _swap(b) if transpose_b else b)


def _infer(a, b, transpose_a, transpose_b):
    names = ("a", "b")
    same_dtype("matmul", (a, b), names)
    check_dtype("matmul", a, NUMBER, "a")
    if len(a.shape) < 2 or len(b.shape) < 2:
        fail(
            "matmul",
            "Both operands need rank >= 2",
            (a, b),
            "Make a vector a matrix with tf.expand_dims, or use tf.linalg.matvec / tf.tensordot.",
            names,
        )
    m, k = a.shape[-2:][::-1] if transpose_a else a.shape[-2:]
    k2, n = b.shape[-2:][::-1] if transpose_b else b.shape[-2:]
    if k != k2:
        fail(
            "matmul",
            f"Matrix size-incompatible: {k} columns on the left, {k2} rows on the right",
            (a, b),
            "The last dimension of a must equal the second last of b; transpose or reshape one.",
            names,
        )
    batch = broadcast(a.shape[:-2], b.shape[:-2])
    if batch is None:
        fail("matmul", "Batch dimensions do not broadcast", (a, b), "Reshape one operand.", names)
    return Spec((*batch, m, n), a.dtype)


def _left(g, y, a, b, transpose_a, transpose_b):
    if transpose_a:
        return matmul(b, g, transpose_b, True)
    return matmul(g, b, False, not transpose_b)


def _right(g, y, a, b, transpose_a, transpose_b):
    if transpose_b:
        return matmul(g, a, True, transpose_a)
    return matmul(a, g, not transpose_a, False)


def _samples(rng):
    flags = [(False, False), (True, False), (False, True), (True, True)]
    cases = []
    for ta, tb in flags:
        a, b = draw(rng, (3, 2), (-2, 2)), draw(rng, (2, 4), (-2, 2))
        attrs = {"transpose_a": ta, "transpose_b": tb}
        cases.append(((a.T if ta else a, b.T if tb else b), attrs))
    plain = {"transpose_a": False, "transpose_b": False}
    cases.append(((draw(rng, (2, 1, 3, 2), (-2, 2)), draw(rng, (3, 2, 2), (-2, 2))), plain))
    cases.append(((draw(rng, (0, 2), (-2, 2)), draw(rng, (2, 3), (-2, 2))), plain))
    return cases


_matmul = Op(
    "matmul",
    _kernel,
    _infer,
    per_input(_left, _right),
    samples=_samples,
    tolerance="scale",
    doc="Matrix product over the last two axes; leading axes broadcast.",
    broadcasts=True,
)
_PLAIN = {"transpose_a": False, "transpose_b": False}


def matmul(
    a,
    b,
    transpose_a=False,
    transpose_b=False,
    adjoint_a=False,
    adjoint_b=False,
    a_is_sparse=False,
    b_is_sparse=False,
    output_type=None,
    grad_a=False,
    grad_b=False,
    name=None,
):
    """The matrix product of the last two axes of `a` and `b`; leading axes broadcast.

    Args:
      a, b: tensors of one numeric dtype and rank >= 2.
      transpose_a, transpose_b: transpose the last two axes first.
      adjoint_a, adjoint_b: transpose and conjugate first.
      a_is_sparse, b_is_sparse, grad_a, grad_b: hints, which change no result.
      output_type: dtype of the result, to which the operands are cast first.

    Raises:
      InvalidArgumentError: ranks, dimensions or dtypes that do not fit; it shows both operands.

    Example:
    >>> tf.matmul([[1.0, 2.0]], [[3.0], [4.0]]).numpy()
    array([[11.]], dtype=float32)
    """
    if a.__class__ is not Tensor or b.__class__ is not Tensor:
        a, b = read_operands(a, b)
    if (
        a.__class__ is Tensor
        and b.__class__ is Tensor
        and not (adjoint_a or adjoint_b or output_type)
    ):
        x, y = a._array, b._array
        if x.dtype is y.dtype and x.dtype in NUMBER:
            if not open_tapes and x.ndim == 2 == y.ndim and x.itemsize > 2:
                try:
                    return wrap(np.matmul(x.T if transpose_a else x, y.T if transpose_b else y))
                except ValueError:
                    pass
            if not (transpose_a or transpose_b):
                return apply(_matmul, (a, b), _PLAIN)
            attrs = {"transpose_a": bool(transpose_a), "transpose_b": bool(transpose_b)}
            return apply(_matmul, (a, b), attrs)
    for letter, both in (("a", transpose_a and adjoint_a), ("b", transpose_b and adjoint_b)):
        if both:
            raise ValueError(
                f"[matmul] Only one of transpose_{letter} and adjoint_{letter} can be True."
            )
    found = find_override(a)
    if found is None:
        found = find_override(b)
    if found is not None:
        if output_type is not None and as_dtype(found.dtype) != as_dtype(output_type):
            raise NotImplementedError(f"[matmul] output_type={output_type!r}: cast the result.")
        flags = {"transpose_a": transpose_a, "transpose_b": transpose_b}
        return found._call(matmul, (a, b), flags | {"adjoint_a": adjoint_a, "adjoint_b": adjoint_b})
    a, b = pair("matmul", a, b)
    if output_type is not None:
        a, b = cast(a, output_type), cast(b, output_type)
    if adjoint_a or adjoint_b:
        a, b = conj(a) if adjoint_a else a, conj(b) if adjoint_b else b
        transpose_a, transpose_b = transpose_a or adjoint_a, transpose_b or adjoint_b
    attrs = {"transpose_a": bool(transpose_a), "transpose_b": bool(transpose_b)}
    _infer(Spec(a._shape, a._dtype), Spec(b._shape, b._dtype), **attrs)
    return apply(_matmul, (a, b), attrs)


register_public(matmul, "matmul", "linalg.matmul")


@public("linalg.matvec")
def matvec(
    a, b, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False, name=None
):
    """The product of matrices `a` with vectors `b`.

    Args:
      a: (..., m, n).
      b: (..., n).
      transpose_a, adjoint_a: transpose `a` first, and conjugate it.
      a_is_sparse, b_is_sparse: hints, which change no result.

    Example:
    >>> tf.linalg.matvec([[1.0, 2.0]], [3.0, 4.0]).numpy()
    array([11.], dtype=float32)
    """
    a, b = pair("matvec", a, b)
    out = matmul(a, expand_dims(b, -1), transpose_a, adjoint_a=adjoint_a)
    return reshape(out, out._shape[:-1])


@public("tensordot", "linalg.tensordot")
def tensordot(a, b, axes, name=None):
    """The sum of products over pairs of axes.

    Args:
      a, b: tensors of one dtype.
      axes: n, for the last n of `a` with the first n of `b`; or two lists of axes.

    Example:
    >>> tf.tensordot([1.0, 2.0], [3.0, 4.0], axes=1).numpy()
    np.float32(11.0)
    """
    a, b = pair("tensordot", a, b)
    na, nb = len(a._shape), len(b._shape)
    if isinstance(axes, (list, tuple, np.ndarray)):
        left, right = (
            [check_axis("tensordot", x, n) for x in static_ints(v, "axes")]
            for v, n in zip(axes, (na, nb))
        )
    else:
        if not 0 <= axes <= min(na, nb):
            raise ValueError(f"[tensordot] axes = {axes} is not within 0 to {min(na, nb)}.")
        left, right = list(range(na - axes, na)), list(range(axes))
    specs = [Spec(a._shape, a._dtype), Spec(b._shape, b._dtype)]
    if [a._shape[i] for i in left] != [b._shape[i] for i in right]:
        fail("tensordot", f"axes {left} of a and {right} of b differ in size", specs, "Check axes.")
    free_a = [i for i in range(na) if i not in left]
    free_b = [i for i in range(nb) if i not in right]
    k = math.prod(a._shape[i] for i in left)
    rows = reshape(transpose(a, free_a + left), (-1 if k else 0, k))
    columns = reshape(transpose(b, right + free_b), (k, -1 if k else 0))
    shape = tuple(a._shape[i] for i in free_a) + tuple(b._shape[i] for i in free_b)
    return reshape(matmul(rows, columns), shape)


# -- einsum ----------------------------------------------------------------------------------------


def _parse(equation, shapes):
    """(labels of each operand, labels of the result), with the ellipsis spelt out."""
    equation = equation.replace(" ", "")
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        raise ValueError(
            f"[einsum] {equation!r} names {len(terms)} operands, {len(shapes)} were given."
        )
    extra = 0
    for term, shape in zip(terms, shapes):
        bare = term.replace("...", "")
        if "..." in term:
            extra = max(extra, len(shape) - len(bare))
        elif len(bare) != len(shape):
            raise ValueError(
                f"[einsum] {term!r} in {equation!r} has {len(bare)} labels, its operand has shape "
                f"{list(shape)}."
            )
    dots = [chr(0x100 + i) for i in range(extra)]

    def spell(term, ndim):
        if "..." not in term:
            return list(term)
        head, tail = term.split("...")
        count = ndim - len(head) - len(tail)
        return list(head) + dots[extra - count :] + list(tail)

    labels = [spell(t, len(s)) for t, s in zip(terms, shapes)]
    if arrow:
        head, _, tail = right.partition("...")
        result = list(head) + (dots if "..." in right else []) + list(tail)
    else:
        flat = [c for term in labels for c in term]
        result = dots + sorted(c for c in set(flat) - set(dots) if flat.count(c) == 1)
    return labels, result


def _diagonals(x, labels):
    """`x` with each repeated label taken along its diagonal."""
    for label in sorted(set(labels)):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            rest = [k for k in range(len(labels)) if k not in (i, j)]
            d = x._shape[i]
            x = transpose(x, [*rest, i, j])
            lead = x._shape[:-2]
            flat = reshape(x, (*lead, d * d))
            x = flat[..., :: d + 1]
            labels = [labels[k] for k in rest] + [label]
    return x, labels


def _sum_out(x, labels, keep):
    axes = [i for i, c in enumerate(labels) if c not in keep]
    if axes:
        x = reduce_sum(x, axes)
        labels = [c for c in labels if c in keep]
    return x, labels


def _contract(a, la, b, lb, keep):
    """The product of two operands, summed over labels that are not kept."""
    a, la = _sum_out(a, la, set(lb) | keep)
    b, lb = _sum_out(b, lb, set(la) | keep)
    batch = [c for c in la if c in lb and c in keep]
    inner = [c for c in la if c in lb and c not in keep]
    rows = [c for c in la if c not in lb]
    columns = [c for c in lb if c not in la]
    size_a, size_b = dict(zip(la, a._shape)), dict(zip(lb, b._shape))
    size = size_a | {c: d for c, d in size_b.items() if c not in size_a or not same(d, 1)}
    a = transpose(a, [la.index(c) for c in batch + rows + inner])
    b = transpose(b, [lb.index(c) for c in batch + inner + columns])

    def prod(labels):
        return math.prod(size[c] for c in labels)

    lead_a, lead_b = [size_a[c] for c in batch], [size_b[c] for c in batch]  # they broadcast
    if not inner and not (rows and columns):
        out = multiply(
            reshape(a, [*lead_a, *(size[c] for c in rows), *[1] * len(columns)]),
            reshape(b, [*lead_b, *[1] * len(rows), *(size[c] for c in columns)]),
        )
        return out, batch + rows + columns
    a = reshape(a, (*lead_a, prod(rows), prod(inner)))
    b = reshape(b, (*lead_b, prod(inner), prod(columns)))
    out = reshape(matmul(a, b), tuple(size[c] for c in batch + rows + columns))
    return out, batch + rows + columns


@public("einsum", "linalg.einsum")
def einsum(equation, *inputs, **kwargs):
    """Einstein's summation: products summed over the labels that the result lacks.

    Args:
      equation: such as "ij,jk->ik"; "..." stands for axes that broadcast.
      inputs: tensors of one dtype.

    Raises:
      ValueError: labels that do not fit the operands.
      InvalidArgumentError: a label with two sizes.

    Example:
    >>> tf.einsum("ij,j->i", [[1.0, 2.0]], [3.0, 4.0]).numpy()
    array([11.], dtype=float32)
    """
    unknown = set(kwargs) - {"name", "optimize"}
    if unknown:
        raise TypeError(f"[einsum] unknown arguments {sorted(unknown)}.")
    tensors = [tensor_of(inputs[0])]
    tensors += [pair("einsum", x, tensors[0])[0] for x in inputs[1:]]
    specs = [Spec(t._shape, t._dtype) for t in tensors]
    same_dtype("einsum", specs, [f"inputs[{i}]" for i in range(len(specs))])
    labels, result = _parse(equation, [t._shape for t in tensors])
    sizes = {}
    for term, spec in zip(labels, specs):
        for c, d in zip(term, spec.shape):
            if sizes.setdefault(c, d) != d and (c < "\u0100" or 1 not in (sizes[c], d)):
                fail("einsum", f"Label {c!r} has sizes {sizes[c]} and {d}", specs, "Check them.")
    missing = [c for c in result if c not in sizes]
    if missing:
        raise ValueError(f"[einsum] The result's labels {missing} are in no operand: {equation!r}.")
    x, lx = _diagonals(tensors[0], labels[0])
    for i in range(1, len(tensors)):
        y, ly = _diagonals(tensors[i], labels[i])
        keep = set(result).union(*labels[i + 1 :])
        x, lx = _contract(x, lx, y, ly, keep)
    x, lx = _sum_out(x, lx, set(result))
    return transpose(x, [lx.index(c) for c in result])
