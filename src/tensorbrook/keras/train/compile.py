"""What compile() was given, bound to a model's outputs: losses and metrics by output."""

import numpy as np

from ...base import nest
from ...base.errors import unknown_name
from ...core.tensor import Tensor
from ...ops import cast, expand_dims, shape
from ...ops.ragged import RaggedTensor
from .. import losses as losses_module
from .. import metrics as metrics_module
from ..losses.base import for_all
from ..metrics import Mean, Metric


def sort_third(loss_weights, metrics):
    """(loss_weights, metrics), whichever of the two orders compile's arguments came in."""
    if _are_metrics(loss_weights):
        return (metrics if _are_weights(metrics) else None), loss_weights
    return loss_weights, metrics


def _leaves(value):
    return [v for v in nest.flatten(value) if v is not None]


def _are_metrics(value):
    leaves = _leaves(value)
    return bool(leaves) and all(isinstance(v, (str, Metric)) or callable(v) for v in leaves)


def _are_weights(value):
    leaves = _leaves(value)
    return bool(leaves) and all(isinstance(v, (int, float, np.number, Tensor)) for v in leaves)


def outputs_of(y_pred, names):
    """(labels, tensors) of a model's outputs; `names` are the functional model's own, or None.

    Labels tell outputs apart: the keys of a dict, the model's names, else numbers; of an output
    within structures they begin with the way to it, as in "q/a".
    """
    flat = nest.flatten(y_pred)
    if isinstance(y_pred, dict) or _is_deep(y_pred):
        own = _fitting(names, flat) or [None] * len(flat)
        labels = [_label(path, name) for path, name in zip(_paths(y_pred), own)]
    else:
        labels = _unique(_fitting(names, flat)) or [f"output_{i}" for i in range(len(flat))]
    return labels, flat


def _unique(names):
    """Names, numbered where one comes again: a, a_1."""
    names = list(names or ())
    before = [names[:i].count(name) for i, name in enumerate(names)]
    return [f"{name}_{count}" if count else name for name, count in zip(names, before)]


def _fitting(names, outputs):
    return list(names) if names is not None and len(names) == len(outputs) else None


def _paths(structure, path=()):
    """The keys and numbers that lead to each leaf of a structure."""
    if not nest.is_nested(structure):
        yield path
        return
    for key in _keys(structure):
        yield from _paths(structure[key], (*path, key))


def _label(path, name):
    """The label of an output: its key or, within a list, its name or else its number there."""
    if name is not None and not (path and isinstance(path[-1], str)):
        path = (*path[:-1], name)
    return "/".join(map(str, path))


def by_output(value, names, y_pred, what):
    """One entry of `value` for each output: by name of a dict, by position, in the outputs' own
    structure, or one for all.

    Raises:
      ValueError: a name that is no output's, or a list of another length.
    """
    if isinstance(value, dict):
        unknown = [k for k in value if k not in names]
        if not unknown:
            return [value.get(n) for n in names]
        if not _is_deep(y_pred):
            raise ValueError(
                f"Invalid `{what}`: {unknown_name('output', unknown[0], names)} Expected keys "
                f"{names}."
            )
    elif not isinstance(value, (list, tuple)) or (len(names) == 1 != len(value)):
        return [value] * len(names)
    elif len(value) == len(names):
        return list(value)
    try:
        return list(_up_to(y_pred, value))
    except (KeyError, TypeError):
        raise ValueError(
            f"{what} has {len(value)} entries, the model {len(names)} outputs ({names}): give one "
            "for each, or a dict by output name."
        ) from None


def _is_deep(structure):
    """Whether there are structures within a structure."""
    parts = structure.values() if isinstance(structure, dict) else structure
    return nest.is_nested(structure) and any(map(nest.is_nested, parts))


def _kind(value):
    return dict if isinstance(value, dict) else type(value)


def _wholes(structure, value, path=(), keep=False):
    """What `value` says of the structures within a structure of outputs, each taken as one.

    `p` says it where `value` is {"p": loss} and the output "p" is a structure, and a list of one's
    own: [loss of the whole, structure of losses of the parts].

    Returns:
      (what is left, for the leaves; pairs of a path and what belongs to the structure there). With
      `keep` what belongs to a structure is left for its leaves too.
    """
    if not nest.is_nested(structure) or value is None:
        return value, []
    if not nest.is_nested(value):
        return (value if keep or not path else None), [(path, value)] if path else []
    if isinstance(value, list | tuple):
        like = [nest.is_nested(v) and _matches(structure, v) for v in value]
        other = _kind(value) is not _kind(structure)
        lone = other and len(value) == 1 and not keep and not nest.is_nested(value[0])
        if not _matches(structure, value) and (any(like) or lone):
            parts = [v for v, one in zip(value, like) if one]
            rest, found = _wholes(structure, parts[0], path, keep) if parts else (None, [])
            return rest, [(path, v) for v, one in zip(value, like) if not one] + found
    if _kind(value) is not _kind(structure) or not set(_keys(value)) <= set(_keys(structure)):
        return value, []
    split = [_wholes(structure[k], value[k], (*path, k), keep) for k in _keys(value)]
    rest = [left for left, _ in split]
    left = dict(zip(_keys(value), rest)) if isinstance(value, dict) else rest
    return left, [pair for _, pairs in split for pair in pairs]


def _matches(structure, value):
    """Whether `value` is of a structure's own kind, with an entry for each of its parts."""
    same = _kind(value) is _kind(structure)
    return same and (isinstance(value, dict) or len(value) == len(structure))


def _keys(structure):
    return sorted(structure) if isinstance(structure, dict) else range(len(structure))


def _up_to(structure, value):
    """The parts of `value` that stand at the leaves of a structure; KeyError where it differs."""
    if not nest.is_nested(structure):
        yield value
        return
    keys = _keys(structure)
    if nest.is_nested(value):
        unknown = set(value) - set(keys) if isinstance(structure, dict) else len(value) != len(keys)
        if unknown or isinstance(value, dict) != isinstance(structure, dict):
            raise KeyError(unknown)
    for key in keys:
        if isinstance(value, dict):
            yield from _up_to(structure[key], value.get(key))
        else:
            yield from _up_to(structure[key], value[key] if nest.is_nested(value) else value)


def targets(y_true, names, y_pred, loss):
    """The targets of each output: where there are fewer, they are those of the outputs that
    `loss`, as compile() was given it, has an entry for.

    Raises:
      ValueError: one target for several outputs, or several for one.
    """
    leaves = nest.flatten(y_true)
    if len(names) == len(leaves) == 1:
        return leaves
    if len(leaves) < len(names) and not isinstance(y_true, dict):
        if loss is None:  # the model computes its own: metrics are those of the first outputs
            return leaves + [None] * (len(names) - len(leaves))
        trained = [
            one is not None for one in by_output(_wholes(y_pred, loss)[0], names, y_pred, "loss")
        ]
        if sum(trained) == len(leaves):
            rest = iter(leaves)
            return [next(rest) if one else None for one in trained]
    if not nest.is_nested(y_true) or len(names) == 1:
        raise ValueError(
            f"The model has {len(names)} output(s) ({names}), the data {len(leaves)} target(s): "
            "give `y` as a list with a target for each output, or as a dict by output name."
        )
    return by_output(y_true, names, y_pred, "y")


def matched(y_true, y_pred, names, loss):
    """(names of the outputs, outputs, targets), one for one.

    Targets are columns where they are vectors and the outputs columns, as in Keras 2: losses and
    metrics of a program's own would broadcast (N,) and (N, 1) to (N, N).
    """
    names, preds = outputs_of(y_pred, names)

    def is_vector(true, pred):
        return isinstance(true, Tensor) and len(true.shape) == 1 and pred.shape[1:] == (1,)

    pairs = zip(targets(y_true, names, y_pred, loss), preds)
    return names, preds, [expand_dims(t, -1) if is_vector(t, p) else t for t, p in pairs]


def _told_at_compile(argument, get, *given):
    """Asks for an object of a name; what is unknown is told with the argument that has it."""
    try:
        get(*given)
    except (ValueError, TypeError) as error:
        raise type(error)(f"compile(): `{argument}`: {error}") from None


class CompiledLoss:
    """The losses of all outputs, weighted and summed.

    Attributes:
      trackers: for several outputs, the metric `<output>_loss` of each that has a loss;
        `<loss>_loss` for those of a subclassed model, whose outputs have no names.
    """

    def __init__(self, loss, loss_weights, output_names):
        self._loss, self._weights, self._names = loss, loss_weights, output_names
        self._built, self.trackers = None, []
        for one in _leaves(loss):
            _told_at_compile("loss", losses_module.resolve, one, (), ())
        wrong = [w for w in _leaves(loss_weights) if not _are_weights(w)]
        if wrong:
            raise ValueError(f"compile(): `loss_weights` must hold numbers, got {loss_weights!r}.")

    def build(self, y_true, y_pred):
        """Binds losses to outputs, once their number and shapes are known."""
        names, preds, trues = matched(y_true, y_pred, self._names, self._loss)
        rest, wholes = _wholes(y_pred, self._loss)
        rest_weights, weights_of_wholes = _wholes(y_pred, self._weights, keep=True)
        found = by_output(rest, names, y_pred, "loss")
        weights = by_output(rest_weights, names, y_pred, "loss_weights")
        missing = [n for n, one, true in zip(names, found, trues) if one is not None is true]
        if missing:
            raise ValueError(f"No target for output {missing[0]!r}, which compile() gave a loss.")
        weights_of_wholes, paths = dict(weights_of_wholes), list(_paths(y_pred))
        asked = [(path, one, weights_of_wholes.get(path)) for path, one in wholes]
        for path, one, weight in zip(paths, found, weights):
            several = isinstance(one, list | tuple) and (len(names) > 1 or len(one) == 1)
            ones = one if several else [one]
            each = weight if isinstance(weight, list | tuple) else [weight] * len(ones)
            asked += [(path, *pair) for pair in zip(ones, each)]
        self._built = []
        for path, one, weight in asked:
            if one is not None:
                places = [i for i, other in enumerate(paths) if other[: len(path)] == path]
                shapes = trues[places[0]].shape, preds[places[0]].shape
                loss = losses_module.resolve(one, *shapes)
                self._built.append((path, places, loss, weight))
        own = _unique(_fitting(self._names, preds)) if not _is_deep(y_pred) else self._names
        labels = [self._name_of(*one[:3], names, own, paths) for one in self._built]
        self.trackers = [Mean(name=f"{label}_loss") for label in labels if len(labels) > 1]

    @staticmethod
    def _name_of(path, places, loss, names, own, paths):
        """What the logs call a loss: the name of its output, or of the structure it is of."""
        if path in paths:
            return _label(path, own[places[0]] if own else loss.name)
        return "/".join(map(str, path)) or "_".join(names)

    def __call__(self, y_true, y_pred, sample_weight=None, regularization_losses=None):
        """The total loss of a batch: a scalar, or None when no output has a loss."""
        if self._built is None:
            self.build(y_true, y_pred)
        names, preds, trues = matched(y_true, y_pred, self._names, self._loss)
        sample_weights = by_output(sample_weight, names, y_pred, "sample_weight")
        total, trackers = None, iter(self.trackers)
        for path, places, loss, weight in self._built:
            true, pred, sample = trues[places[0]], preds[places[0]], sample_weights[places[0]]
            if len(places) > 1:
                pred = y_pred
                for key in path:
                    pred = pred[key]
                true = nest.pack_sequence_as(pred, [trues[i] for i in places])
            value = loss(true, pred, sample)
            if self.trackers:
                next(trackers).update_state(for_all(value), sample_weight=batch_size_of(pred))
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        for extra in regularization_losses or ():
            total = total + extra
        return total


def batch_size_of(tensor):
    """The number of samples, as a float tensor."""
    first = next(leaf for leaf in nest.flatten(tensor) if leaf is not None)
    rows = first.nrows() if isinstance(first, RaggedTensor) else shape(first)[0]
    return cast(rows, "float32")


class CompiledMetrics:
    """The metrics of all outputs, weighted and unweighted ones.

    Attributes:
      metrics: Metric objects, once built.
    """

    def __init__(self, metrics, weighted_metrics, output_names, loss=None):
        self._given, self._loss = (metrics, weighted_metrics), loss
        self._names, self._bound, self.metrics = output_names, None, []
        for argument, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            for one in _leaves(given):
                if not isinstance(one, str) or one.lower() not in metrics_module._BY_SHAPE:
                    _told_at_compile(argument, metrics_module.get, one)

    def build(self, y_true, y_pred):
        """Makes the Metric objects, once the shapes of labels and outputs are known."""
        names, preds, trues = matched(y_true, y_pred, self._names, self._loss)
        shown = own = _fitting(self._names, preds)
        if not _is_deep(y_pred) and (own or isinstance(y_pred, dict)):
            shown = names
        shown = shown or [""] * len(names)
        self._bound = []
        for given, weighted in zip(self._given, (False, True)):
            per_output = self._per_output(given, names, y_pred)
            for i, (name, group) in enumerate(zip(shown, per_output)):
                for identifier in group:
                    if trues[i] is None:
                        continue
                    metric = metrics_module.resolve(
                        identifier, tuple(trues[i].shape), tuple(preds[i].shape)
                    )
                    prefix = f"{name}_" if len(names) > 1 and name else ""
                    self._bound.append((i, metric, weighted, prefix))
        _number_repeated(self._bound)
        self.metrics = [metric for _, metric, _, _ in self._bound]

    @staticmethod
    def _per_output(given, names, y_pred):
        """For each output its list of metrics.

        A list of as many entries as there are outputs has one for each, as in Keras; any other
        plain list goes to every output.
        """
        if len(names) == 1:
            return [_leaves(given)]
        plain = isinstance(given, (list, tuple)) and not any(map(nest.is_nested, given))
        if plain and len(given) != len(names):
            return [_leaves(given)] * len(names)
        return [_leaves(group) for group in by_output(given, names, y_pred, "metrics")]

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes a batch into account."""
        if self._bound is None:
            self.build(y_true, y_pred)
        names, preds, trues = matched(y_true, y_pred, self._names, self._loss)
        weights = by_output(sample_weight, names, y_pred, "sample_weight")
        for i, metric, weighted, _ in self._bound:
            if weighted and weights[i] is not None:
                metric.update_state(trues[i], preds[i], sample_weight=weights[i])
            else:
                metric.update_state(trues[i], preds[i])

    def result(self):
        """The metrics' values by name."""
        logs = {}
        for _, metric, _, shown in self._bound or ():
            value = metric.result()
            logs.update(value if isinstance(value, dict) else {shown: value})
        return logs

    def names(self):
        """The names in the logs: those of metrics, in compile's order; and sorted, as in Keras,
        those with more than a metric's name: an output's name before it, or a number behind."""
        bound = [(shown != metric.name, shown) for _, metric, _, shown in self._bound or ()]
        return [shown for more, shown in bound if not more], sorted(s for m, s in bound if m)


def _number_repeated(bound):
    """Tells metrics of one name apart: m, m_1, m_2, and `weighted_m` for repeated weighted ones;
    with the output's name before it where there are several."""
    seen = {}
    for k, (i, metric, weighted, prefix) in enumerate(bound):
        name = prefix + metric.name
        if weighted and name in seen:
            name = f"{prefix}weighted_{metric.name}"
        count = seen.get(name, 0)
        seen[name] = count + 1
        bound[k] = (i, metric, weighted, f"{name}_{count}" if count else name)
