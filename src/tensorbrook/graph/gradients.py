"""tf.gradients and tf.hessians: gradients of what a trace has recorded so far."""

from ..autodiff.tape import GradientTape, UnconnectedGradients
from ..base import nest
from ..base.errors import TraceBreak
from ..core.dispatch import current_trace, public
from ..core.variable import Variable
from ..ops.create import convert_to_tensor
from .trace import Abstract, SymbolicTensor, abstract


class _Recorded:
    """The nodes of a trace as tensors: one for each value."""

    def __init__(self, trace):
        self.trace, self.known = trace, {}

    def of(self, value):
        """The tensor of a value."""
        if value not in self.known:
            self.known[value] = SymbolicTensor(self.trace, value.shape, value.dtype, value)
        return self.known[value]

    def tensor(self, x):
        """The tensor that stands for a tensor or a variable in the trace."""
        if isinstance(x, Variable):
            self.trace.read(x)
            return self.of(self.trace._entry[id(x._handle)])
        return self.of(self.trace.value_of(convert_to_tensor(x)))

    def tape(self, sources, stopped=()):
        """A tape that saw all nodes but those that make what is taken as constant."""
        tape = GradientTape(watch_accessed_variables=False)
        with tape:
            tape.watch(sources)
            for node in list(self.trace.graph.nodes):
                outputs = tuple(map(self.of, node.outputs))
                if not any(y in stopped for y in node.outputs):
                    tape.record(node.op, tuple(map(self.of, node.inputs)), outputs, node.attrs)
        return tape


@public("gradients")
def gradients(
    ys,
    xs,
    grad_ys=None,
    name="gradients",
    gate_gradients=False,
    aggregation_method=None,
    stop_gradients=None,
    unconnected_gradients=UnconnectedGradients.NONE,
):
    """The gradients of the sum of `ys` by each of `xs`, within a `tf.function`.

    Args:
      ys, xs: tensors (or variables, in `xs`) of the function, or lists of them.
      grad_ys: cotangents of the ys; ones by default.
      stop_gradients: tensors to take as constants.
      unconnected_gradients: "none" or "zero", for what the ys do not depend on.
      gate_gradients, aggregation_method: change nothing here.

    Returns:
      A list with a tensor or None for each of `xs`.

    Raises:
      RuntimeError: called eagerly, where `tf.GradientTape` is to be used.

    Example:
    >>> @tf.function
    ... def f(x):
    ...     return tf.gradients(x * x, x)[0]
    >>> f(tf.constant(3.0)).numpy()
    np.float32(6.0)
    """
    trace = current_trace()
    if trace is None:
        raise RuntimeError(
            "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape "
            "instead, or call it within a tf.function."
        )
    if isinstance(trace, Abstract):  # which knows no more of each than that it is like its x
        return [abstract(x._shape, x._dtype) for x in map(convert_to_tensor, nest.flatten(xs))]
    recorded = _Recorded(trace)
    targets = [recorded.tensor(y) for y in nest.flatten(ys)]
    sources = [recorded.tensor(x) for x in nest.flatten(xs)]
    constants = [] if stop_gradients is None else nest.flatten(stop_gradients)
    stopped = {recorded.tensor(x)._value for x in constants}
    tape = recorded.tape(sources, stopped)
    if all(getattr(tensor, "is_eager", False) for tensor in nest.flatten([ys, xs])):
        raise TraceBreak("tf.gradients of what was computed before the trace recorded anything")
    return tape.gradient(targets, sources, grad_ys, unconnected_gradients)


@public("hessians")
def hessians(ys, xs, gate_gradients=False, aggregation_method=None, name="hessians"):
    """The second derivatives of the sum of `ys` by each of `xs`, within a `tf.function`.

    Args:
      ys, xs: tensors of the function, or lists of them; the sizes of the xs are known.
      gate_gradients, aggregation_method: change nothing here.

    Returns:
      A list with a tensor of shape x.shape + x.shape for each of `xs`.

    Raises:
      RuntimeError: called eagerly.

    Example:
    >>> @tf.function
    ... def f(x):
    ...     return tf.hessians(tf.reduce_sum(x**3), x)[0]
    >>> f(tf.constant([1.0, 2.0])).numpy()
    array([[ 6.,  0.],
           [ 0., 12.]], dtype=float32)
    """
    found = []
    for x in nest.flatten(xs):
        (first,) = gradients(ys, x, unconnected_gradients=UnconnectedGradients.ZERO)
        if None in tuple(x.shape):
            raise NotImplementedError(
                f"tf.hessians of a tensor of shape {x.shape}: each size has to be known. Give the "
                "function's argument a shape, or use tf.GradientTape.jacobian."
            )
        recorded = _Recorded(current_trace())
        target, source = recorded.tensor(first), recorded.tensor(x)
        tape = recorded.tape([source])
        found.append(tape.jacobian(target, source, unconnected_gradients=UnconnectedGradients.ZERO))
    return found
