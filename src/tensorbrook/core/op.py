"""The Op record: all that is known of one primitive, and the registry of them.

A primitive is declared once, with its NumPy kernel, its shape and dtype rule, its gradient, what
kind of work it does, its samples and its one-line description. Eager mode runs the kernel, a trace
runs the rule, the tape runs the gradient, the passes and backends ask for the kind of work, the
tests run the samples.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..base.errors import InvalidArgumentError
from .hooks import hooks
from .tables import Table

OPS = Table()  # the primitives by name


class Spec(NamedTuple):
    """What a trace knows of a tensor: a shape of ints and Dims (base/dims.py), a NumPy dtype."""

    shape: tuple
    dtype: np.dtype


class Rule:
    """How one backend computes a primitive.

    Args:
      emit: of an elementwise primitive: `(emitter, dtype, *values, **attrs) -> value`, which writes
        the instructions for one element, or for one vector of them.
      kinds: the kinds of operand dtypes ("f", "i", "u", "b") that `emit` is right for; "F" stands
        for float32 and float64 alone.
      exact: True where the result of float16 or bfloat16 is one without rounding.
      lower: `(lowering, node, operands) -> results`, or None where the kernel has to run; asked
        before `emit`.
    """

    __slots__ = ("emit", "exact", "kinds", "lower")

    def __init__(self, emit=None, kinds="", lower=None):
        self.emit, self.kinds, self.lower, self.exact = emit, kinds, lower, False


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
      on_tape: function of the attrs: those to run it with where a tape is on.
      unrolled: `(tensors, attrs) -> tensor or tuple`: a loop's rounds one by one, in functions that
        an eager tape sees; what stands in for a vjp.
      elementwise: True when each element of the result depends on the same place of the operands.
      moves: True when the result holds elements of its operand in other places, and no others.
      reduces: what a reduction over `axis` does, such as "sum".
      takes_dims: True when its kernel also computes with unknown dimensions (Dims, in arrays of
        objects); movements do.
      out: the dtype of the result, where it is the same for all operands.
      tolerance: how far other code may be from the kernel: so many units in the last place, or
        "scale": some units in the last place of the tensor's largest value.
      compiled_from: how many elements its operands have from which eager mode, too, runs it as a
        backend's program; None where NumPy's kernel is quick.
      heavy: True for elementwise work that is worth doing once; by default where it is inexact.
      rules: from the name of a backend to its Rule; backends add those that are not declared here.

    Attributes:
      eager: the kernel, or what runs a program in its place.
      gradients: for each input its part of `vjp`, which the backward walk calls; None where `vjp`
        is one function for all.
    """

    __slots__ = (
        "broadcasts",
        "constants",
        "doc",
        "eager",
        "effect",
        "elementwise",
        "gradients",
        "heavy",
        "infer",
        "kernel",
        "moves",
        "name",
        "on_tape",
        "out",
        "reduces",
        "rules",
        "samples",
        "takes_dims",
        "tolerance",
        "unrolled",
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
        on_tape=None,
        unrolled=None,
        elementwise=False,
        moves=False,
        reduces=None,
        takes_dims=False,
        out=None,
        tolerance=0,
        compiled_from=None,
        heavy=None,
        rules=None,
    ):
        if name in OPS:
            raise ValueError(f"A primitive named {name!r} is declared already.")
        if (vjp is None) == (why_no_gradient is None):
            raise ValueError(f"Primitive {name!r}: give either vjp or why_no_gradient.")
        self.name, self.kernel, self.infer, self.vjp = name, kernel, infer, vjp
        self.eager = kernel if compiled_from is None else partial(_run, self, compiled_from)
        self.gradients = getattr(vjp, "per_input", None)
        self.elementwise, self.moves, self.reduces, self.out = elementwise, moves, reduces, out
        self.takes_dims = takes_dims or moves
        self.tolerance, self.heavy = tolerance, tolerance != 0 if heavy is None else heavy
        self.rules = rules or {}
        self.samples, self.doc, self.why_no_gradient = samples, doc, why_no_gradient
        self.effect, self.broadcasts, self.constants = effect, broadcasts, constants
        self.on_tape, self.unrolled = on_tape, unrolled
        OPS[name] = self

    def __repr__(self):
        return f"<Op {self.name}: {self.doc}>"

    @property
    def cheap(self):
        """True where computing a result again costs no more than keeping it."""
        return self.moves or (self.elementwise and not self.heavy)

    def rule(self, backend):
        """Its Rule for a backend; an empty one is entered where there is none yet."""
        return self.rules.setdefault(backend, Rule())

    def __reduce__(self):
        return OPS.__getitem__, (self.name,)


def _run(op, compiled_from, /, *arrays, **attrs):
    """The kernel's results, by a backend's program where that is worth it."""
    if hooks.run_compiled is not None and sum([a.size for a in arrays]) >= compiled_from:
        found = hooks.run_compiled(op, arrays, attrs)
        if found is not None:
            return found
    return op.kernel(*arrays, **attrs)


def per_input(*rules):
    """A `vjp` from one rule an input, `rule(g, y, *inputs, **attrs)`; None where it has none."""

    def vjp(g, y, inputs, attrs, needs):
        return [
            rule(g, y, *inputs, **attrs) if need and rule is not None else None
            for rule, need in zip(rules, needs)
        ]

    vjp.per_input = rules
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
