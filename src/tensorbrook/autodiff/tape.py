"""GradientTape: records what is computed from watched tensors, and differentiates it."""

import weakref
from contextlib import suppress
from math import prod

from ..base import nest
from ..base.context import close_tape, context, open_tape
from ..base.dims import same
from ..base.dtypes import is_differentiable
from ..base.errors import TraceBreak
from ..core.composite import differentiable, with_gradients
from ..core.hooks import hooks
from ..core.tensor import Tensor, caller_line, tensor_leaf
from ..core.variable import PLAIN_VARIABLES, Variable
from ..ops.cast import conj
from ..ops.create import convert_to_tensor, eye
from ..ops.join import stack, unstack
from ..ops.shape import broadcast_to, filled, reshape, transpose
from .backprop import added, backprop, ones_like, reachable, zeros_like

_whys = weakref.WeakKeyDictionary()  # object -> why its last gradient was None


class _Key:
    """Identity of a variable, weakly: variables themselves compare element by element."""

    __slots__ = ("__weakref__",)


class UnconnectedGradients:
    """What `gradient` returns for a source the target does not depend on: None, or zeros."""

    NONE = "none"
    ZERO = "zero"


class GradientTape:
    """Records operations on watched tensors and variables, to differentiate them afterwards.

    Args:
      persistent: allow several calls of `gradient`; the records are kept until the tape is
        deleted.
      watch_accessed_variables: watch every trainable variable that is read.

    Example:
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = x * x
    >>> tape.gradient(y, x).numpy()
    np.float32(6.0)
    """

    def __init__(self, persistent=False, watch_accessed_variables=True):
        self._persistent, self._watch_variables = persistent, watch_accessed_variables
        self._used, self._place = False, None  # the list of its thread's tapes while it is on
        self._clear()

    def _clear(self):
        self._records, self._watched, self._kept = [], set(), []
        self._variables, self._breaks, self._seen = {}, [], set()

    def _release(self):
        """Lets the records of a used tape go; it still knows its variables."""
        variables = self.watched_variables()
        self._clear()
        for variable in variables:
            self._watch_variable(variable)

    # -- recording ---------------------------------------------------------------------------------

    def __enter__(self):
        if self._place is not None:
            raise ValueError("Tape is still recording, this can happen if you try to re-enter it.")
        self.in_trace = bool(context.traces)
        self._resume(context.tapes)
        return self

    def __exit__(self, *exc):
        self._pause()

    def _pause(self):
        if self._place is not None:
            close_tape(self, self._place)
            self._place = None

    def _resume(self, tapes):
        open_tape(self, tapes)
        self._place = tapes

    def record(self, op, inputs, outputs, attrs):
        """Takes down one primitive that ran, if it has a watched input."""
        watched = self._watched
        for x in inputs:
            if id(x) in watched:
                break
        else:
            return
        if op.vjp is None:
            self._breaks.append((inputs, op.name))
            return
        if len(outputs) == 1 and outputs[0]._dtype.kind == "f":
            self._records.append((op, inputs, outputs, attrs))
            watched.add(id(outputs[0]))
            return
        differentiable = [y for y in outputs if is_differentiable(y._dtype)]
        if not differentiable:
            if outputs:
                self._breaks.append((inputs, f"{op.name} to {outputs[0].dtype.name}"))
            return
        self._records.append((op, inputs, outputs, attrs))
        for y in differentiable:
            watched.add(id(y))

    def read(self, variable, tensor):
        """Takes down that a variable was read, and watches it if it is to be watched."""
        key = id(variable)
        entry = self._variables.get(key)
        if entry is None:
            if not (self._watch_variables and variable.watched):
                self._seen.add(key)
                return
            entry = self._watch_variable(variable)
        known = id(tensor) in self._watched and any(t is tensor for t in entry[1])
        if not known and is_differentiable(tensor._dtype):
            entry[1].append(tensor)
            self._watched.add(id(tensor))

    def _watch_variable(self, variable):
        entry = self._variables[id(variable)] = (variable, [])
        return entry

    def left(self, tensor):
        """Takes down that a value left for NumPy."""
        if id(tensor) in self._watched:
            self._breaks.append(((tensor,), f".numpy() at {caller_line()}"))

    def watch(self, tensor):
        """Watches a tensor, a variable, or a structure of them.

        Raises:
          ValueError: something that is neither.
        """
        for t in differentiable(nest.flatten(tensor)):
            if isinstance(t, Variable):
                if id(t._handle) not in self._variables:
                    self._watch_variable(t._handle)
                continue
            t = tensor_leaf(t)
            if not isinstance(t, Tensor):
                raise ValueError(
                    f"Passed in object {t!r} of type {type(t).__name__!r}, not tf.Tensor"
                )
            if is_differentiable(t._dtype):
                self._watched.add(id(t))
                self._kept.append(t)
            else:
                self._breaks.append(((t,), f"dtype {t.dtype.name}, which has no gradients"))

    def watches(self, tensor):
        """True when gradients with respect to this very tensor are recorded."""
        return id(tensor) in self._watched

    def watched_variables(self):
        """The variables watched so far, in the order they were first."""
        return tuple(v for v, _ in self._variables.values())

    def stop_recording(self):
        """A context in which the tape does not record."""
        return _Stopped(self)

    def reset(self):
        """Forgets everything recorded so far."""
        self._clear()

    # -- differentiating ---------------------------------------------------------------------------

    def _begin(self, what):
        if self._used and not self._persistent:
            raise RuntimeError(
                "A non-persistent GradientTape can only be used to compute one set of gradients "
                "(or "
                f"jacobians): make it with tf.GradientTape(persistent=True) to call {what} again."
            )
        self._used = True
        if not self._persistent:
            self._pause()

    def gradient(
        self,
        target,
        sources,
        output_gradients=None,
        unconnected_gradients=UnconnectedGradients.NONE,
    ):
        """The gradients of `target` (summed, if it is several or not a scalar) by each source.

        Args:
          target: a tensor, or a structure of them.
          sources: tensors or variables, or a structure of them.
          output_gradients: cotangents of the targets; ones by default.
          unconnected_gradients: "none" or "zero", what a source gets that the target does not
            depend on. `tensorbrook.autodiff.tape.why_none(source)` then tells why.

        Returns:
          The structure of `sources` with a tensor, or None, for each.

        Raises:
          RuntimeError: the second call on a tape that is not persistent.

        Example:
        >>> x = tf.constant([1.0, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = tf.reduce_sum(x * x)
        >>> tape.gradient(y, x).numpy()
        array([2., 4.], dtype=float32)
        """
        if unconnected_gradients not in ("none", "zero"):
            raise ValueError(
                f"Unknown value for unconnected_gradients: {unconnected_gradients!r}, not 'none' "
                f"or "
                "'zero'."
            )
        self._begin("gradient")
        if target.__class__ is Tensor:
            flat = targets = [target]
        elif target is None:
            raise TypeError("target must be a tensor, or a structure of them, got None.")
        else:
            flat = [t for t in nest.flatten(target) if t is not None]
            targets = [self._leaf(t) for t in differentiable(flat)]
        given = None if output_gradients is None else nest.flatten(output_gradients)
        if given is not None and len(targets) > len(flat):
            given = differentiable(given)
        cotangents = {}
        for i, t in enumerate(targets):
            if not is_differentiable(t._dtype):
                continue
            g = None if given is None else given[i]
            g = ones_like(t) if g is None else convert_to_tensor(g, t.dtype)
            if g._shape != t._shape:
                raise ValueError(
                    f"output_gradients[{i}] has shape {g.shape}, its target {t.shape}: they must "
                    f"match."
                )
            g, before = _conj(g), cotangents.get(id(t))
            cotangents[id(t)] = g if before is None else before + g
        zero = unconnected_gradients == "zero"
        plain = sources.__class__ is list and all(
            s.__class__ is Tensor or s.__class__ in PLAIN_VARIABLES for s in sources
        )
        leaves = sources if plain else nest.flatten(sources)
        flat = sources if plain else differentiable(leaves)
        results = self._pull(targets, cotangents, flat, zero)
        if not self._persistent:
            self._release()
        if plain:
            return results
        results = with_gradients(leaves, results)
        return nest.pack_sequence_as(sources, results) if nest.is_nested(sources) else results[0]

    def _leaf(self, target):
        """The tensor that stands for a target: for a variable, its value as this tape knows it."""
        if target.__class__ is Tensor:
            return target
        if isinstance(target, Variable):
            target = target._handle
            entry = self._variables.get(id(target))
            if entry and entry[1]:
                return entry[1][-1]
            self.read(target, target._tensor)  # a target that is a variable is read here
            return target._tensor
        return convert_to_tensor(target)

    def _pull(self, targets, cotangents, sources, zero):
        tensors = [self._source(s) for s in sources]
        wanted = {id(t) for group in tensors for t in group}
        # where everything watched is a source, what was recorded is just what depends on them
        roots = {id(t) for t in self._kept}
        for _, read in self._variables.values():
            roots.update(map(id, read))
        reach = self._watched if roots <= wanted else None
        backprop(self._records, cotangents, wanted, reach)
        asked = set(map(id, targets))  # these have a gradient by themselves, watched or not
        results = []
        for source, group in zip(sources, tensors):
            ids = [i for i in map(id, group) if i in self._watched or i in asked]
            known = [i for i in ids if i in cotangents]
            found = [cotangents[i] for i in known]
            total = found[0] if found else None
            for g in found[1:]:
                total = added(total, g)
            if total is None:
                _whys_set(source, self._why(source, group, targets))
                if zero:
                    total = zeros_like(tensor_leaf(source))
            results.append(total if total is None else _conj(total))
        return results

    def _source(self, source):
        """The tensors whose cotangents add up to a source's."""
        if isinstance(source, Variable):
            return self._variables.get(id(source._handle), (source, ()))[1]
        source = tensor_leaf(source)
        if not isinstance(source, Tensor):
            raise TypeError(
                f"sources must be tensors or variables, got {source!r} ({type(source).__name__})."
            )
        return (source,)

    def _why(self, source, group, targets):
        """One sentence: why the targets have no gradient by this source."""
        name = getattr(source, "name", None) if isinstance(source, Variable) else "the tensor"
        dtype = source.dtype
        if not (dtype.is_floating or dtype.is_complex):
            return f"{name} has dtype {dtype.name}: only floats have gradients"
        if isinstance(source, Variable):
            if id(source) in self._seen:
                why = (
                    "it is not trainable"
                    if not source.watched
                    else ("the tape was made with watch_accessed_variables=False")
                )
                return f"{name} was not watched ({why}): call tape.watch on it"
            if not group:
                return f"{name} was not used while the tape was recording"
        elif id(source) not in self._watched:
            return f"{name} was not watched: call tape.watch(x) before it is used"
        reach = reachable(self._records, map(id, group))
        for inputs, what in self._breaks:
            if any(id(x) in reach for x in inputs):
                if what.startswith("."):
                    return f"{name} left TensorFlow through {what}"
                return f"{name} passed through {what}, which is not differentiable"
        if not any(id(x) in reach for _, inputs, _, _ in self._records for x in inputs):
            return f"{name} was not used in any operation recorded by the tape"
        recorded = {id(y) for _, _, outputs, _ in self._records for y in outputs}
        if not any(id(t) in recorded for t in targets):
            return "the target was not computed while the tape was recording"
        return f"the target does not depend on {name}"

    # -- jacobians ---------------------------------------------------------------------------------

    def jacobian(
        self,
        target,
        sources,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """The derivatives of each element of `target` by each element of the sources.

        Returns:
          For each source a tensor of shape target.shape + source.shape, or None.

        Example:
        >>> x = tf.constant([1.0, 2.0])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> tape.jacobian(y, x).numpy()
        array([[2., 0.],
               [0., 4.]], dtype=float32)
        """
        self._begin("jacobian")
        target = self._leaf(target)
        flat = nest.flatten(sources)
        size = prod(target._shape)
        units = reshape(eye(size, dtype=target.dtype), (size, *target._shape))
        results = []
        for rows, source in zip(self._rows(target, flat, units, experimental_use_pfor), flat):
            shape = (*target._shape, *source._shape)
            if rows is not None:
                results.append(reshape(rows, shape))
            else:
                zero = unconnected_gradients == "zero"
                results.append(filled(shape, 0, source._dtype) if zero else None)
        if not self._persistent:
            self._release()
        return nest.pack_sequence_as(sources, results) if nest.is_nested(sources) else results[0]

    def _rows(self, target, sources, units, at_once):
        """For each source its gradients for each of many cotangents, stacked; None without any.

        Args:
          at_once: walk backwards once, in a trace, for all cotangents together.
        """
        connected = []

        def pull(unit):
            found = self._pull([target], {id(target): unit}, sources, False)
            connected[:] = [i for i, g in enumerate(found) if g is not None]
            return [convert_to_tensor(found[i]) for i in connected]

        rows = None
        if at_once and not same(units._shape[0], 0):
            with suppress(TraceBreak):
                rows = hooks.vectorized_map(pull, units)
        if rows is None:
            rows = [stack(column) for column in zip(*map(pull, unstack(units)))]
        found = dict(zip(connected, rows))
        return [found.get(i) for i in range(len(sources))]

    def batch_jacobian(
        self,
        target,
        source,
        unconnected_gradients=UnconnectedGradients.NONE,
        parallel_iterations=None,
        experimental_use_pfor=True,
    ):
        """The jacobian of each example of a batch: shape (batch, target's rest, source's rest).

        Raises:
          ValueError: the first dimensions of target and source differ.

        Example:
        >>> x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     y = x * x
        >>> tape.batch_jacobian(y, x)[1].numpy()
        array([[6., 0.],
               [0., 8.]], dtype=float32)
        """
        self._begin("batch_jacobian")
        target = self._leaf(target)
        if not target._shape or target._shape[0] != source._shape[0]:
            raise ValueError(
                f"batch_jacobian: Need first dimension of target {target.shape} and source "
                f"{source.shape} to match."
            )
        size = prod(target._shape[1:])
        units = reshape(eye(size, dtype=target.dtype), (size, 1, *target._shape[1:]))
        units = broadcast_to(units, (size, *target._shape))
        (rows,) = self._rows(target, [source], units, experimental_use_pfor)
        if not self._persistent:
            self._release()
        shape = (*target._shape, *source._shape[1:])
        if rows is None:
            return filled(shape, 0, source._dtype)
        order = (1, 0, *range(2, len(rows._shape)))
        return reshape(transpose(rows, order), shape)


def _conj(value):
    """Its complex conjugate; real tensors, the usual case, stay without a call."""
    return value if value.__class__ is Tensor and value._dtype.kind != "c" else conj(value)


class _Stopped:
    def __init__(self, tape):
        self._tape = tape

    def __enter__(self):
        self._tapes = self._tape._place
        if self._tapes is None:
            raise ValueError("stop_recording: the tape is not recording.")
        self._tape._pause()

    def __exit__(self, *exc):
        self._tape._resume(self._tapes)


def _whys_set(source, sentence):
    if isinstance(source, Variable):
        key = source.__dict__.setdefault("_why_key", _Key())
        _whys[key] = sentence


def why_none(variable):
    """Why the last gradient computed by a variable was None, as a sentence; None if unknown."""
    key = variable.__dict__.get("_why_key") if isinstance(variable, Variable) else None
    return None if key is None else _whys.get(key)
