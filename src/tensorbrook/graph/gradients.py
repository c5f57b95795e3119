"""tf.gradients: what a function has computed so far, differentiated within it."""

from ..autodiff.tape import GradientTape, UnconnectedGradients
from ..base import nest
from ..core.dispatch import current_trace
from ..core.variable import Variable
from ..ops.cast import stop_gradient
from .trace import SymbolicTensor


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
      ys, xs: tensors of the function, one or a list; `xs` may be variables.
      grad_ys: the gradients by `ys`, ones by default.
      gate_gradients, aggregation_method: of no effect.
      stop_gradients: tensors to take for constants.
      unconnected_gradients: what stands where `ys` do not depend on `xs`.

    Returns:
      A list with one gradient for each of `xs`.

    Raises:
      RuntimeError: in eager mode, which keeps no graph: use `tf.GradientTape`.

    Example:
    >>> @tf.function
    ... def slope(x):
    ...     return tf.gradients(x * x, x)[0]
    >>> slope(tf.constant(3.0)).numpy()
    np.float32(6.0)
    """
    trace = current_trace()
    if trace is None:
        raise RuntimeError(
            "tf.gradients is not supported when eager execution is enabled. Use tf.GradientTape "
            "instead."
        )
    ys, sources = nest.flatten(ys), nest.flatten(xs)
    known = {}

    def tensor(value):
        if value in trace.graph.constants:
            return SymbolicTensor(trace, value.shape, value.dtype, value)
        return known.setdefault(value, SymbolicTensor(trace, value.shape, value.dtype, value))

    def given(x):
        if isinstance(x, Variable):
            trace.read(x)
            return tensor(trace._entry[id(x._handle)])
        return known.setdefault(trace.value_of(x), x)

    ys, sources = [given(y) for y in ys], [given(x) for x in sources]
    stopped = {trace.value_of(x) for x in nest.flatten(stop_gradients or [])}
    tape = GradientTape(watch_accessed_variables=False)
    tape.watch(sources)
    for node in tuple(trace.graph.nodes):
        inputs = tuple(stop_gradient(tensor(v)) if v in stopped else tensor(v) for v in node.inputs)
        tape.record(node.op, inputs, tuple(map(tensor, node.outputs)), node.attrs)
    return tape.gradient(
        ys, sources, output_gradients=grad_ys, unconnected_gradients=unconnected_gradients
    )
