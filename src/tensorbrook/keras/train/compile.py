"""What compile() was given, bound to a model's outputs: losses and metrics by output."""

import numpy as np

from ...base import nest
from ...base.errors import unknown_name
from ...core.tensor import Tensor
from ...ops import cast, shape
from .. import losses as losses_module
from .. import metrics as metrics_module
from ..losses.base import Loss, LossFunctionWrapper
from ..metrics import Mean, Metric
from ..registry import object_name


def sort_third(loss_weights, metrics):
    """(loss_weights, metrics), whichever of the two orders compile's arguments came in (R6)."""
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
    """(names, tensors) of a model's outputs; `names` are the functional model's own, or None."""
    if isinstance(y_pred, dict):
        keys = sorted(y_pred)
        return keys, [y_pred[k] for k in keys]
    flat = nest.flatten(y_pred)
    if names is None or len(names) != len(flat):
        names = [f"output_{i}" for i in range(len(flat))]
    return names, flat


def by_output(value, names, y_pred, what):
    """One entry of `value` for each output: by name of a dict, by position, or one for all.

    Raises:
      ValueError: a name that is no output's, or a list of another length.
    """
    if isinstance(value, dict):
        unknown = [k for k in value if k not in names]
        if unknown:
            raise ValueError(f"{what}: {unknown_name('output', unknown[0], names)}")
        return [value.get(n) for n in names]
    if isinstance(value, (list, tuple)) and (len(names) > 1 or len(value) == 1):
        if len(value) != len(names):
            raise ValueError(
                f"{what} has {len(value)} entries, the model {len(names)} outputs ({names}): give "
                f"one "
                "for each, or a dict by output name."
            )
        return list(value)
    return [value] * len(names)


class CompiledLoss:
    """The losses of all outputs, weighted and summed.

    Attributes:
      trackers: for several outputs, the metric `<output>_loss` of each that has a loss.
    """

    def __init__(self, loss, loss_weights, output_names):
        self._loss, self._weights, self._names = loss, loss_weights, output_names
        self._built, self.trackers = None, []
        for one in _leaves(loss):
            _loss_object(one)  # an unknown name is told at compile

    def build(self, y_pred):
        """Binds losses to outputs, once their number is known."""
        names, _ = outputs_of(y_pred, self._names)
        found = by_output(self._loss, names, y_pred, "loss")
        weights = by_output(self._weights, names, y_pred, "loss_weights")
        self._built = [
            (name, None if one is None else _loss_object(one), weight)
            for name, one, weight in zip(names, found, weights)
        ]
        if len(names) > 1:
            self.trackers = [
                Mean(name=f"{name}_loss") for name, one, _ in self._built if one is not None
            ]

    def __call__(self, y_true, y_pred, sample_weight=None, regularization_losses=None):
        """The total loss of a batch: a scalar, or None when no output has a loss."""
        if self._built is None:
            self.build(y_pred)
        names, preds = outputs_of(y_pred, self._names)
        trues = by_output(y_true, names, y_pred, "y") if len(names) > 1 else [_only(y_true)]
        sample_weights = by_output(sample_weight, names, y_pred, "sample_weight")
        total, trackers = None, iter(self.trackers)
        for (_, loss, weight), true, pred, sample in zip(self._built, trues, preds, sample_weights):
            if loss is None:
                continue
            value = loss(true, pred, sample)
            if self.trackers:
                next(trackers).update_state(value, sample_weight=batch_size_of(pred))
            if weight is not None:
                value = value * weight
            total = value if total is None else total + value
        for extra in regularization_losses or ():
            total = total + extra
        return total


def _only(y):
    """The single target of a model with one output, out of a list or dict of one."""
    leaves = nest.flatten(y)
    return leaves[0] if len(leaves) == 1 else y


def batch_size_of(tensor):
    """The number of samples, as a float tensor."""
    return cast(shape(nest.flatten(tensor)[0])[0], "float32")


def _loss_object(identifier):
    found = losses_module.get(identifier)
    if isinstance(found, Loss):
        return found
    if not callable(found):
        raise ValueError(f"Could not interpret loss identifier: {identifier!r}.")
    return LossFunctionWrapper(found, name=object_name(found))


class CompiledMetrics:
    """The metrics of all outputs, weighted and unweighted ones.

    Attributes:
      metrics: Metric objects, once built.
    """

    def __init__(self, metrics, weighted_metrics, output_names):
        self._given = (metrics, weighted_metrics)
        self._names, self._bound, self.metrics = output_names, None, []
        for one in _leaves(self._given):
            if isinstance(one, str) and one.lower() not in metrics_module._BY_SHAPE:
                metrics_module.get(one)  # an unknown name is told at compile

    def build(self, y_true, y_pred):
        """Makes the Metric objects, once the shapes of labels and outputs are known."""
        names, preds = outputs_of(y_pred, self._names)
        trues = by_output(y_true, names, y_pred, "y") if len(names) > 1 else [_only(y_true)]
        self._bound = []
        for given, weighted in zip(self._given, (False, True)):
            per_output = self._per_output(given, names, y_pred)
            for i, (name, group) in enumerate(zip(names, per_output)):
                for identifier in group:
                    if trues[i] is None:
                        continue
                    metric = metrics_module.resolve(
                        identifier, tuple(trues[i].shape), tuple(preds[i].shape)
                    )
                    shown = f"{name}_{metric.name}" if len(names) > 1 else metric.name
                    self._bound.append((i, metric, weighted, shown))
        _number_repeated(self._bound)
        self.metrics = [metric for _, metric, _, _ in self._bound]

    @staticmethod
    def _per_output(given, names, y_pred):
        """For each output its list of metrics: a plain list goes to every output (R6)."""
        if given is None:
            return [[] for _ in names]
        nested = isinstance(given, (list, tuple)) and any(
            isinstance(m, (list, tuple)) for m in given
        )
        if isinstance(given, dict) or nested:
            groups = by_output(given, names, y_pred, "metrics")
        else:
            groups = [given] * len(names)
        return [
            list(g) if isinstance(g, (list, tuple)) else [] if g is None else [g] for g in groups
        ]

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Takes a batch into account."""
        if self._bound is None:
            self.build(y_true, y_pred)
        names, preds = outputs_of(y_pred, self._names)
        trues = by_output(y_true, names, y_pred, "y") if len(names) > 1 else [_only(y_true)]
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
        """The names in the logs, in compile's order."""
        return [shown for _, _, _, shown in self._bound or ()]


def _number_repeated(bound):
    """Tells metrics of one name apart: m, m_1, m_2, and `weighted_m` for repeated weighted ones."""
    seen = {}
    for k, (i, metric, weighted, shown) in enumerate(bound):
        name = f"weighted_{shown}" if weighted and shown in seen else shown
        count = seen.get(name, 0)
        seen[name] = count + 1
        bound[k] = (i, metric, weighted, f"{name}_{count}" if count else name)
