"""The Op record: all that is known of one primitive, and the registry of them.

A primitive is declared once, with its NumPy kernel, its shape and dtype rule, its gradient, its
samples and its one-line description. Eager mode runs the kernel, a trace runs the rule, the tape
runs the gradient, the tests run the samples.
"""

from typing import NamedTuple

import numpy as np

from ..base.errors import InvalidArgumentError

OPS = {}


class Spec(NamedTuple):
    """What a trace knows of a tensor: a full shape and a NumPy dtype."""

    shape: tuple
    dtype: np.dtype


class Op:
    """One primitive.

    Args:
      name: as in the printed graph.
      kernel: `(*arrays, **attrs) -> array or tuple of arrays`.
      infer: `(*specs, **attrs) -> Spec or tuple of Specs`; raises InvalidArgumentError on operands
        that do not fit, with a message for the user.
      vjp: `(g, y, inputs, attrs, needs) -> list`: for each input the cotangent, or None where
        `needs` says it is not wanted or the input has no gradient. `g` and `y` are tuples for
        primitives with several results. None: the primitive is not differentiable.
      samples: `(rng) -> list of (arrays, attrs)` for the table test.
      doc: what it computes, in one line.
      why_no_gradient: the reason, where `vjp` is None.
      effect: True when running it does something besides computing its results.
      broadcasts: True when the backward walk has to sum cotangents over broadcast axes.
      constants: indices of inputs that the table test must not perturb.
    """

    __slots__ = (
        "broadcasts",
        "constants",
        "doc",
        "effect",
        "infer",
        "kernel",
        "name",
        "rules",
        "samples",
        "vjp",
        "why_no_gradient",
    )

    def __init__(
        self,
        name,
        kernel,
        infer,
        vjp=None,
        *,
        samples,
        doc,
        why_no_gradient=None,
        effect=False,
        broadcasts=False,
        constants=(),
    ):
        if name in OPS:
            raise ValueError(f"A primitive named {name!r} is declared already.")
        if (vjp is None) == (why_no_gradient is None):
            raise ValueError(f"Primitive {name!r}: give either vjp or why_no_gradient.")
        self.name, self.kernel, self.infer, self.vjp = name, kernel, infer, vjp
        self.rules = getattr(vjp, "rules", None)  # the backward walk's short way
        self.samples, self.doc, self.why_no_gradient = samples, doc, why_no_gradient
        self.effect, self.broadcasts, self.constants = effect, broadcasts, constants
        OPS[name] = self

    def __repr__(self):
        return f"<Op {self.name}: {self.doc}>"

    def __reduce__(self):
        return OPS.__getitem__, (self.name,)


def per_input(*rules):
    """A `vjp` from one rule an input, `rule(g, y, *inputs, **attrs)`; None where it has none."""

    def vjp(g, y, inputs, attrs, needs):
        return [
            rule(g, y, *inputs, **attrs) if need and rule is not None else None
            for rule, need in zip(rules, needs)
        ]

    vjp.rules = rules
    return vjp


def keeps_composites(rule):
    """Marks a gradient rule that takes a composite cotangent as it is; others get it dense."""
    rule.keeps_composites = True
    return rule


def show_spec(spec):
    """`float32[2,3]`."""
    return f"{'string' if spec.dtype == object else spec.dtype}[{','.join(map(str, spec.shape))}]"


def fail(name, problem, specs, fix, operand_names=("x", "y", "z")):
    """Raises InvalidArgumentError: the op, each operand with dtype and shape, and what to do."""
    if len(specs) > len(operand_names):
        operand_names = [f"values[{i}]" for i in range(len(specs))]
    operands = ", ".join(f"{n} = {show_spec(s)}" for n, s in zip(operand_names, specs))
    raise InvalidArgumentError(f"[{name}] {problem}: {operands}. {fix}")


def same_dtype(name, specs, operand_names=("x", "y", "z")):
    """The dtype all `specs` have; raises with the tf.cast to add when they differ."""
    first = specs[0].dtype
    for spec in specs[1:]:
        if spec.dtype != first:
            fail(
                name,
                f"Tensors of dtypes {first} and {spec.dtype} do not mix",
                specs,
                f"Cast one of them, as in tf.cast({operand_names[0]}, tf.{spec.dtype}); "
                f"TensorFlow never converts tensors by itself.",
                operand_names,
            )
    return first


def check_dtype(name, spec, allowed, operand="x"):
    """Raises unless the operand's dtype is one of `allowed` (extension floats go with floats)."""
    if spec.dtype in allowed or (
        spec.dtype.kind == "V" and any(d.kind == "f" for d in allowed) and spec.dtype.names is None
    ):
        return
    want = ", ".join(sorted("string" if d == object else d.name for d in allowed))
    floats = any(d.kind == "f" for d in allowed)
    fix = f"Cast it first, as in tf.cast({operand}, tf.{'float32' if floats else 'int32'})"
    fail(name, f"A dtype it does not take (it takes {want})", (spec,), fix + ".", (operand,))
