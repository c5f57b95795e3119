"""Control flow as functions: cond, case, while_loop, map_fn, scan and their kin.

They are Python: eagerly the branch that counts runs, as the user wrote it, under any tape. In a
trace a condition that is not known ends the trace, and the function runs eagerly.
"""

from ..base import nest
from ..core.dispatch import public, register_public, tensor_of
from .join import stack, unstack
from .shape import static_int


@public("cond")
def cond(pred, true_fn=None, false_fn=None, name=None):
    """`true_fn()` where `pred` is true, else `false_fn()`.

    Args:
      pred: a boolean scalar.
      true_fn, false_fn: functions without arguments.

    Raises:
      TypeError: a branch is no function.

    Example:
    >>> tf.cond(tf.constant(3) > 2, lambda: tf.constant(1), lambda: tf.constant(0)).numpy()
    np.int32(1)
    """
    for which, branch in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(branch):
            raise TypeError(f"[cond] {which} must be a function, got {branch!r}.")
    return _tensors(true_fn() if bool(pred) else false_fn())


def _tensors(value):
    """What a branch returned, with its numbers as tensors."""
    return nest.map_structure(lambda leaf: None if leaf is None else tensor_of(leaf), value)


@public("case")
def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """The value of the first function whose condition is true.

    Args:
      pred_fn_pairs: list of (condition, function).
      default: function for when none is true; the last function of the list without it.
      exclusive: refuse several true conditions.
      strict: refuse functions whose values are not alike in structure; looked at in the one that
        runs, so nothing is left to refuse here.

    Raises:
      InvalidArgumentError: `exclusive` and more than one is true.
      ValueError: none is true and there is no default.

    Example:
    >>> x = tf.constant(5)
    >>> tf.case([(x < 0, lambda: "no"), (x > 3, lambda: tf.constant(1))]).numpy()
    np.int32(1)
    """
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    chosen = [function for pred, function in pairs if bool(pred)]
    if exclusive and len(chosen) > 1:
        raise ValueError(f"[case] exclusive=True, but {len(chosen)} conditions are true.")
    if not chosen and default is None:
        raise ValueError("[case] no condition is true and there is no default.")
    return _tensors(chosen[0]() if chosen else default())


@public("switch_case")
def switch_case(branch_index, branch_fns, default=None, name="switch_case"):
    """The value of the function with this number; of the last (or `default`) for other numbers.

    Example:
    >>> tf.switch_case(tf.constant(1), [lambda: tf.constant(10), lambda: tf.constant(20)]).numpy()
    np.int32(20)
    """
    pairs = branch_fns.items() if isinstance(branch_fns, dict) else enumerate(branch_fns)
    if not isinstance(branch_fns, dict) and branch_fns and isinstance(branch_fns[0], tuple):
        pairs = branch_fns
    table = dict(pairs)
    index = static_int(branch_index, "branch_index")
    return _tensors(table.get(index, default or table[max(table)])())


@public("while_loop")
def while_loop(
    cond,
    body,
    loop_vars,
    shape_invariants=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    maximum_iterations=None,
    name=None,
):
    """Repeat `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` is true.

    Args:
      cond, body: functions of the loop variables.
      loop_vars: list or tuple of tensors, or of structures of them.
      maximum_iterations: stop after so many in any case.
      shape_invariants, parallel_iterations, back_prop, swap_memory: change nothing here: shapes
        may change freely, and a tape records as it always does.

    Returns:
      The last loop variables, in the structure given.

    Example:
    >>> i, total = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), [0, 0])
    >>> total.numpy()
    np.int32(10)
    """
    if not callable(cond) or not callable(body):
        raise TypeError(f"[while_loop] cond and body must be functions, got {cond!r}, {body!r}.")
    structure, count = loop_vars, 0
    limit = None if maximum_iterations is None else static_int(maximum_iterations, "the maximum")
    values = tuple(_tensors(list(loop_vars)))
    while (limit is None or count < limit) and bool(cond(*values)):
        returned = body(*values)
        alone = len(values) == 1 and not isinstance(returned, list | tuple)
        returned = (returned,) if alone else tuple(returned)
        nest.assert_same_structure(list(values), list(returned))
        values = tuple(_tensors(list(returned)))
        count += 1
    return nest.pack_sequence_as(structure, nest.flatten(list(values)))


def _slices(elems):
    """The slices along the first axis of a structure of tensors, each in its structure."""
    leaves = [unstack(tensor_of(leaf)) for leaf in nest.flatten(elems)]
    if not leaves:
        raise ValueError("elems must hold a tensor at least.")
    lengths = {len(leaf) for leaf in leaves}
    if len(lengths) > 1:
        raise ValueError(f"The first dimensions of elems must be equal, got {sorted(lengths)}.")
    return [nest.pack_sequence_as(elems, list(row)) for row in zip(*leaves)]


def _stacked(values):
    """A list of structures as one structure of stacked tensors."""
    columns = zip(*[nest.flatten(value) for value in values])
    return nest.pack_sequence_as(values[0], [stack(list(column)) for column in columns])


@public("map_fn")
def map_fn(
    fn,
    elems,
    dtype=None,
    parallel_iterations=None,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    name=None,
    fn_output_signature=None,
):
    """`fn` of each slice along the first axis, stacked.

    Args:
      fn: a function of one slice, or of a structure of slices where `elems` is one.
      elems: a tensor or a structure of tensors with equal first dimensions.
      dtype, fn_output_signature: dtype of the result, or a structure of them: what `fn` returns is
        checked by it.
      parallel_iterations, back_prop, swap_memory, infer_shape: change nothing here.

    Example:
    >>> tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3])).numpy()
    array([1, 4, 9], dtype=int32)
    """
    wanted = fn_output_signature if fn_output_signature is not None else dtype
    result = _stacked([_tensors(fn(row)) for row in _slices(elems)])
    for leaf, want in zip(nest.flatten(result), nest.flatten(wanted) if wanted is not None else ()):
        if getattr(want, "dtype", want) != leaf.dtype:
            raise TypeError(f"[map_fn] fn returned {leaf.dtype.name}, the signature says {want!r}.")
    return result


@public("vectorized_map")
def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    """`map_fn` under its other name; the two last arguments change nothing here.

    Example:
    >>> tf.vectorized_map(lambda x: x + 1, tf.constant([1.0, 2.0])).numpy()
    array([2., 3.], dtype=float32)
    """
    return map_fn(fn, elems)


def _fold(fn, rows, initializer):
    if initializer is None:
        rows, initializer = rows[1:], rows[0]
    states = [_tensors(initializer)]
    for row in rows:
        states.append(_tensors(fn(states[-1], row)))
    return states


@public("foldl")
def foldl(
    fn,
    elems,
    initializer=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    name=None,
):
    """The last of the values `state = fn(state, slice)`, from the first slice to the last.

    Args:
      fn: a function of the value so far and a slice.
      elems: a tensor or a structure of tensors with equal first dimensions.
      initializer: the first state; by default the first slice.
      parallel_iterations, back_prop, swap_memory: change nothing here.

    Example:
    >>> tf.foldl(lambda a, x: a - x, tf.constant([10, 2, 3])).numpy()
    np.int32(5)
    """
    return _fold(fn, _slices(elems), initializer)[-1]


@public("foldr")
def foldr(
    fn,
    elems,
    initializer=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    name=None,
):
    """`foldl` from the last slice to the first.

    Example:
    >>> tf.foldr(lambda a, x: a - x, tf.constant([10, 2, 3])).numpy()
    np.int32(-9)
    """
    return _fold(fn, _slices(elems)[::-1], initializer)[-1]


@public("scan")
def scan(
    fn,
    elems,
    initializer=None,
    parallel_iterations=10,
    back_prop=True,
    swap_memory=False,
    infer_shape=True,
    reverse=False,
    name=None,
):
    """All the states of `foldl`, stacked; without an initializer the first slice is the first one.

    Args:
      reverse: go from the last slice to the first; the states stay in the slices' places.

    Example:
    >>> tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3])).numpy()
    array([1, 3, 6], dtype=int32)
    """
    rows = _slices(elems)
    states = _fold(fn, rows[::-1] if reverse else rows, initializer)
    states = states if initializer is None else states[1:]
    return _stacked(states[::-1] if reverse else states)


class control_dependencies:
    """A context that orders operations; here they run in the order written, so it does nothing.

    Example:
    >>> with tf.control_dependencies([tf.constant(1)]):
    ...     print(tf.constant(2).numpy())
    2
    """

    def __init__(self, control_inputs):
        self.control_inputs = control_inputs

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


register_public(control_dependencies, "control_dependencies")


def group(*inputs, **kwargs):
    """Nothing: what it would group has run already, in the order written.

    Example:
    >>> tf.group(tf.constant(1)) is None
    True
    """
    return None


def no_op(name=None):
    """Nothing.

    Example:
    >>> tf.no_op() is None
    True
    """
    return None


register_public(group, "group")
register_public(no_op, "no_op")
