"""Control flow as functions: cond, case, while_loop, map_fn, scan and their kin.

Eagerly they are Python: the branch that counts runs, as the user wrote it, under any tape. In a
trace, `graph/structured.py` makes them nodes that hold graphs.
"""

import warnings
from itertools import chain, repeat

from ..base import nest
from ..base.errors import OutOfRangeError, TraceBreak
from ..core.dispatch import current_trace, public, register_public, tensor_of
from ..core.hooks import hooks
from ..core.spec import TensorSpec
from .cast import cast
from .compare import equal, less_equal
from .create import zeros
from .debugging import assert_
from .join import concat, stack, unstack
from .reduce import reduce_any, reduce_sum
from .shape import expand_dims, static_int
from .tensor_array import leaf_tensors as _tensors


def _known(pred):
    """(the truth of a condition, None where it is not known; the condition)."""
    if current_trace() is not None:
        pred = tensor_of(pred)
        if not pred.is_eager:
            return None, pred
    return bool(pred), pred


@public("cond")
def cond(pred, true_fn=None, false_fn=None, name=None):
    """`true_fn()` where `pred` is true, else `false_fn()`.

    Args:
      pred: a boolean scalar.
      true_fn, false_fn: functions without arguments.

    Raises:
      TypeError: a branch is no function; in a trace also branches whose results differ in
        structure or dtype.

    Example:
    >>> tf.cond(tf.constant(3) > 2, lambda: tf.constant(1), lambda: tf.constant(0)).numpy()
    np.int32(1)
    """
    for which, branch in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(branch):
            raise TypeError(f"[cond] {which} must be a function, got {branch!r}.")
    truth, pred = _known(pred)
    if truth is None:
        return hooks.trace_cond(pred, true_fn, false_fn)
    return _tensors(true_fn() if truth else false_fn())


@public("case")
def case(pred_fn_pairs, default=None, exclusive=False, strict=False, name="case"):
    """The value of the first function whose condition is true.

    Args:
      pred_fn_pairs: list of (condition, function).
      default: function for when none is true; the last function of the list without it.
      exclusive: refuse several true conditions.
      strict: refuse functions whose values are not alike in structure; eagerly only one runs, so
        nothing is left to refuse, and a trace refuses them in any case.

    Raises:
      InvalidArgumentError: `exclusive` and more than one is true.
      ValueError: none is true and there is no default.

    Example:
    >>> x = tf.constant(5)
    >>> tf.case([(x < 0, lambda: "no"), (x > 3, lambda: tf.constant(1))]).numpy()
    np.int32(1)
    """
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    known = [_known(pred) for pred, _ in pairs]
    if any(truth is None for truth, _ in known):
        return _traced_case([pred for _, pred in known], [f for _, f in pairs], default, exclusive)
    chosen = [function for (truth, _), (_, function) in zip(known, pairs) if truth]
    if exclusive and len(chosen) > 1:
        raise ValueError(f"[case] exclusive=True, but {len(chosen)} conditions are true.")
    if not chosen and default is None:
        raise ValueError("[case] no condition is true and there is no default.")
    return _tensors(chosen[0]() if chosen else default())


def _traced_case(preds, functions, default, exclusive):
    """A chain of conds; what eager mode raises is checked by nodes that run with the graph."""
    together = stack([cast(pred, "bool") for pred in preds])
    if exclusive:
        count = reduce_sum(cast(together, "int32"))
        assert_(less_equal(count, 1), ["[case] exclusive=True, but several conditions are true."])
    if default is None:
        assert_(reduce_any(together), ["[case] no condition is true and there is no default."])
        preds, (*functions, default) = preds[:-1], functions

    def choose(i):
        if i == len(preds):
            return default()
        return cond(preds[i], functions[i], lambda: choose(i + 1))

    return choose(0)


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
    other = default or table[max(table)]
    index = tensor_of(branch_index)
    if index.is_eager:
        return _tensors(table.get(static_int(index, "branch_index"), other)())
    numbers = sorted(table) if default else sorted(table)[:-1]

    def choose(i):
        if i == len(numbers):
            return other()
        return cond(equal(index, numbers[i]), table[numbers[i]], lambda: choose(i + 1))

    return choose(0)


@public("while_loop", composites=True)
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
      shape_invariants, parallel_iterations, back_prop, swap_memory: change nothing here: eagerly
        shapes may change freely, and a function whose loop changes them runs eagerly; a tape
        records as it always does.

    Returns:
      The last loop variables, in the structure given.

    Example:
    >>> i, total = tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), [0, 0])
    >>> total.numpy()
    np.int32(10)
    """
    if not callable(cond) or not callable(body):
        raise TypeError(f"[while_loop] cond and body must be functions, got {cond!r}, {body!r}.")
    structure, count, values = loop_vars, 0, tuple(loop_vars)
    if current_trace() is not None:
        found = hooks.trace_while_loop(cond, body, loop_vars, maximum_iterations)
        if found is not NotImplemented:
            return nest.pack_sequence_as(structure, nest.flatten(found, True), True)
        values = tuple(_tensors(list(loop_vars)))
    limit = None if maximum_iterations is None else static_int(maximum_iterations, "the maximum")
    while (limit is None or count < limit) and bool(cond(*values)):
        returned = body(*values)
        alone = len(values) == 1 and not isinstance(returned, list | tuple)
        returned = (returned,) if alone else tuple(returned)
        nest.assert_same_structure(list(values), list(returned), expand_composites=True)
        values, count = returned, count + 1  # Python's numbers stay as they are
    return nest.pack_sequence_as(structure, nest.flatten(_tensors(list(values)), True), True)


def _slices(elems):
    """The slices along the first axis of a structure of tensors, each in its structure."""
    leaves = [unstack(tensor_of(leaf)) for leaf in nest.flatten(elems)]
    if not leaves:
        raise ValueError("elems must hold a tensor at least.")
    lengths = {len(leaf) for leaf in leaves}
    if len(lengths) > 1:
        raise ValueError(f"The first dimensions of elems must be equal, got {sorted(lengths)}.")
    return [nest.pack_sequence_as(elems, list(row)) for row in zip(*leaves)]


def stacked(values, wanted=None):
    """A list of structures as one structure of stacked tensors, or of what specs make of them."""
    columns = zip(*[nest.flatten(value) for value in values])
    specs = [] if wanted is None else nest.flatten(wanted)
    ways = chain((getattr(spec, "_stacked", stack) for spec in specs), repeat(stack))
    return nest.pack_sequence_as(values[0], [way(list(v)) for v, way in zip(columns, ways)])


def _no_rows(like):
    """No rows of what a signature says: a spec, a dtype, or a tensor of that dtype."""
    shape = like.shape if isinstance(like, TensorSpec) else ()
    return zeros((0, *shape), getattr(like, "dtype", like))


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
        checked by it. A `tf.RaggedTensorSpec` or `tf.SparseTensorSpec` makes such a tensor of the
        results, which may then differ in shape.
      parallel_iterations, back_prop, swap_memory, infer_shape: change nothing here.

    Example:
    >>> tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3])).numpy()
    array([1, 4, 9], dtype=int32)
    """
    wanted = fn_output_signature if fn_output_signature is not None else dtype
    found = NotImplemented
    rowwise = any(hasattr(spec, "_stacked") for spec in nest.flatten(wanted))
    if current_trace() is not None and not rowwise:
        found = hooks.trace_scan("tf.map_fn", lambda state, row: (state, fn(row)), (), elems)
    if found is NotImplemented:
        rows = _slices(elems)
        if not rows:  # fn is not called, so that only the signature tells what it returns
            return nest.map_structure(_no_rows, elems if wanted is None else wanted)
        result = stacked([_tensors(fn(row)) for row in rows], wanted)
    else:
        result = found[1]
    for leaf, want in zip(nest.flatten(result), nest.flatten(wanted) if wanted is not None else ()):
        if getattr(want, "dtype", want) != leaf.dtype:
            raise TypeError(f"[map_fn] fn returned {leaf.dtype.name}, the signature says {want!r}.")
    return result


@public("vectorized_map")
def vectorized_map(fn, elems, fallback_to_while_loop=True, warn=True):
    """`fn` of each slice along the first axis, computed for all of them at once.

    `fn` is called once, in a trace; each operation then runs on the whole batch. Gradients that
    `fn` computes are those of single slices.

    Args:
      fn: a function of one slice, or of a structure of slices where `elems` is one.
      elems: a tensor or a structure of tensors with equal first dimensions.
      fallback_to_while_loop: run a function that cannot be traced slice by slice, as `tf.map_fn`.
      warn: warn about that.

    Raises:
      ValueError: the first dimensions differ; or `fn` cannot be traced, and no fallback is wanted.

    Example:
    >>> x = tf.constant([1.0, 2.0])
    >>> def slope(x):
    ...     with tf.GradientTape() as tape:
    ...         tape.watch(x)
    ...         y = x**3
    ...     return tape.gradient(y, x)
    >>> tf.vectorized_map(slope, x).numpy()
    array([ 3., 12.], dtype=float32)
    """
    lengths = {tensor_of(leaf)._shape[:1] for leaf in nest.flatten(elems)}
    if len(lengths) != 1 or () in lengths:
        found = sorted(map(str, lengths))
        raise ValueError(f"[vectorized_map] elems need equal first dimensions, got {found}.")
    if lengths != {(0,)}:
        try:
            return hooks.vectorized_map(fn, elems)
        except TraceBreak as fault:
            if not fallback_to_while_loop:
                raise ValueError(
                    f"[vectorized_map] the function cannot be mapped at once: {fault}. Let "
                    "fallback_to_while_loop=True run it slice by slice."
                ) from fault
            if warn:
                warnings.warn(
                    f"tf.vectorized_map runs a function slice by slice: {fault}.", stacklevel=3
                )
    return map_fn(fn, elems)


def loop_over_rows(name, step, state, elems, reverse=False, unroll=False):
    """Repeats `state, y = step(state, row)` over the slices of tensors along their first axis.

    Args:
      name: the function's name in messages.
      step: takes and returns structures.
      state: the first state; in a trace each state has the first one's shape and dtype.
      elems: a structure of tensors with equal first dimensions of 1 at least.
      reverse: go from the last slice to the first; the ys stay in the slices' places.
      unroll: in a trace, repeat the step's operations where the number of slices is known.

    Returns:
      (the last state, the stacked ys).
    """
    if current_trace() is not None and not (unroll and _count_of(elems) is not None):
        found = hooks.trace_scan(name, step, state, elems, reverse)
        if found is not NotImplemented:
            return found
    ys = []
    for row in _slices(elems)[:: -1 if reverse else 1]:
        state, y = step(state, row)
        ys.append(_tensors(y))
    return state, stacked(ys[::-1] if reverse else ys)


def _count_of(elems):
    """The number of slices of a structure of tensors; None where it is open."""
    count = nest.flatten(elems)[0]._shape[0]
    return count if isinstance(count, int) else None


def _fold(fn, elems, initializer, reverse):
    """All the states of a fold, in the order made: the first, then one a slice."""
    rows = _slices(elems)[:: -1 if reverse else 1]
    if initializer is None:
        if not rows:
            raise OutOfRangeError(
                "A fold or scan of no slices has no first state: give an initializer."
            )
        rows, initializer = rows[1:], rows[0]
    states = [_tensors(initializer)]
    for row in rows:
        states.append(_tensors(fn(states[-1], row)))
    return states


def _traced_fold(name, fn, elems, initializer, reverse, keep):
    """A fold in a trace: (last state, all states but the first); NotImplemented to unroll it.

    Args:
      keep: collect the states.
    """
    if current_trace() is None:
        return NotImplemented
    elems = nest.map_structure(tensor_of, elems)
    if initializer is None:
        if not all(leaf._shape and leaf._shape[0] for leaf in nest.flatten(elems)):
            return NotImplemented
        at, rest = (-1, slice(None, -1)) if reverse else (0, slice(1, None))
        initializer = nest.map_structure(lambda leaf: leaf[at], elems)
        elems = nest.map_structure(lambda leaf: leaf[rest], elems)

    def step(state, row):
        new = _tensors(fn(state, row))
        return new, (new if keep else ())

    return hooks.trace_scan(name, step, _tensors(initializer), elems, reverse)


def scan_outputs(fn, initializer, elems, reverse=False):
    """(last state, stacked outputs) of `state, output = fn(state, slice)` along the first axis.

    Outputs may be None, then all are.
    """

    def step(state, row):
        new, output = fn(state, row)
        return _tensors(new), () if output is None else _tensors(output)

    if current_trace() is not None:
        found = hooks.trace_scan("scan", step, _tensors(initializer), elems, reverse)
        if found is not NotImplemented:
            return found[0], found[1] if nest.flatten(found[1]) else None
    state, outputs = _tensors(initializer), []
    for row in _slices(elems)[:: -1 if reverse else 1]:
        state, output = step(state, row)
        outputs.append(output)
    if not outputs or not nest.flatten(outputs[0]):
        return state, None
    return state, stacked(outputs[::-1] if reverse else outputs)


@public("foldl", composites=True)
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
    found = _traced_fold("tf.foldl", fn, elems, initializer, False, False)
    return _fold(fn, elems, initializer, False)[-1] if found is NotImplemented else found[0]


@public("foldr", composites=True)
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
    found = _traced_fold("tf.foldr", fn, elems, initializer, True, False)
    return _fold(fn, elems, initializer, True)[-1] if found is NotImplemented else found[0]


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
    found = _traced_fold("tf.scan", fn, elems, initializer, reverse, True)
    if found is not NotImplemented:
        if initializer is not None:
            return found[1]
        first = nest.map_structure(
            lambda leaf: expand_dims(tensor_of(leaf)[-1 if reverse else 0], 0), elems
        )
        return nest.map_structure(
            lambda a, b: concat([b, a] if reverse else [a, b], 0), first, found[1]
        )
    states = _fold(fn, elems, initializer, reverse)
    states = states if initializer is None else states[1:]
    if not states:
        return nest.map_structure(
            lambda leaf: zeros((0, *leaf._shape), leaf._dtype), _tensors(initializer)
        )
    return stacked(states[::-1] if reverse else states)


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
