"""ForwardAccumulator: derivatives along a direction, computed from what a tape records.

The gradient is linear in the cotangent, so its own gradient by the cotangent is the derivative
along a direction. It is made of tensor functions: so tapes and accumulators nest in any order.
"""

from contextlib import ExitStack, nullcontext

from ..base import nest
from ..base.context import context
from ..core.dispatch import tensor_of
from ..core.variable import Variable
from ..ops.cast import cast, conj, real
from ..ops.compose import add_n
from ..ops.create import convert_to_tensor, zeros_like
from ..ops.reduce import reduce_sum
from .tape import GradientTape, UnconnectedGradients


class ForwardAccumulator:
    """Computes products of a Jacobian and a vector: derivatives along one direction.

    Args:
      primals: a tensor or variable, or a structure of them, at which to differentiate.
      tangents: the direction: for each primal a tensor of its shape and dtype.

    Raises:
      ValueError: tangents that do not fit the primals.

    Example:
    >>> x = tf.constant([2.0, 3.0])
    >>> with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, 0.0])) as accumulator:
    ...     y = x * x
    >>> accumulator.jvp(y).numpy()
    array([4., 0.], dtype=float32)
    """

    def __init__(self, primals, tangents):
        nest.assert_same_structure(primals, tangents)
        self._primals = nest.flatten(primals)
        self._tangents = []
        for primal, tangent in zip(self._primals, nest.flatten(tangents)):
            if not isinstance(primal, Variable):
                primal = tensor_of(primal)
            tangent = convert_to_tensor(tangent, primal.dtype)
            if primal.shape != tangent.shape:
                raise ValueError(
                    f"[ForwardAccumulator] a tangent of shape {tangent.shape} for a primal of "
                    f"shape {primal.shape}: they must be equal."
                )
            self._tangents.append(tangent)
        self._tape = GradientTape(persistent=True, watch_accessed_variables=False)
        self._tape.watch(self._primals)
        self._around = []

    def __enter__(self):
        self._around = [*context.tapes]  # derivatives are computed later, but as if within these
        self._tape.__enter__()
        return self

    def __exit__(self, *exc):
        self._tape.__exit__(*exc)

    def jvp(self, primals, unconnected_gradients=UnconnectedGradients.NONE):
        """The derivative of results along the tangents.

        Args:
          primals: a tensor computed within the accumulator, or a structure of them.
          unconnected_gradients: "none" or "zero", what stands for the derivative of what does not
            depend on the accumulator's primals.

        Returns:
          A tensor of the shape and dtype of each, or None.
        """
        if unconnected_gradients not in ("none", "zero"):
            raise ValueError(f"Unknown value for unconnected_gradients: {unconnected_gradients!r}")
        zero = unconnected_gradients == "zero"
        on, closed = self._tape._place is not None, [t for t in self._around if t._place is None]
        with self._tape.stop_recording() if on else nullcontext(), ExitStack() as stack:
            for tape in closed:
                tape._resume(context.tapes)
                stack.callback(tape._pause)
            return nest.map_structure(lambda y: self._of(y, zero), primals)

    def _of(self, target, zero):
        for primal, tangent in zip(self._primals, self._tangents):
            if target is primal:
                return tangent
        target = tensor_of(target)
        with GradientTape(watch_accessed_variables=False) as second:
            cotangent = zeros_like(target)
            second.watch(cotangent)
            found = self._tape.gradient(target, self._primals, cotangent)
            terms = [  # real parts: the inner product of cotangent and derivative
                cast(real(reduce_sum(conj(convert_to_tensor(grad)) * tangent)), "float64")
                for grad, tangent in zip(found, self._tangents)
                if grad is not None
            ]
            total = add_n(terms) if terms else None
        derivative = None if total is None else second.gradient(total, cotangent)
        if derivative is None and zero:
            return zeros_like(target)
        return derivative
