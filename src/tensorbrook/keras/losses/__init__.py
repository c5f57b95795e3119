"""All losses: classes, functions, their table of names, and `get`."""

from .. import registry
from .base import KNOWN, Loss, LossFunctionWrapper, Reduction
from .categorical import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    SparseCategoricalCrossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    sparse_categorical_crossentropy,
)
from .entropy import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    KLDivergence,
    Poisson,
    binary_crossentropy,
    binary_focal_crossentropy,
    kl_divergence,
    poisson,
)
from .margin import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from .regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from .segmentation import Dice, Tversky, dice, tversky
from .sequence import CTC, ctc
from .similarity import Circle, circle

mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
kld = KLD = kullback_leibler_divergence = kl_divergence
bce = BCE = binary_crossentropy
logcosh = log_cosh

FUNCTIONS = (
    kl_divergence,
    poisson,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    sparse_categorical_crossentropy,
    mean_squared_error,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_logarithmic_error,
    cosine_similarity,
    log_cosh,
    huber,
    hinge,
    squared_hinge,
    categorical_hinge,
    dice,
    tversky,
    circle,
    ctc,
)
_SHORT = {
    "bce": binary_crossentropy,
    "kld": kl_divergence,
    "mae": mean_absolute_error,
    "mape": mean_absolute_percentage_error,
    "mse": mean_squared_error,
    "msle": mean_squared_logarithmic_error,
}
ALIASES = {key: loss for name, loss in _SHORT.items() for key in (name, name.upper())}
ALIASES |= {"kullback_leibler_divergence": kl_divergence, "logcosh": log_cosh}
TABLE = registry.family(Loss) | {function.__name__: function for function in FUNCTIONS} | ALIASES
KNOWN |= TABLE


def get(identifier):
    """The loss function or `Loss` that `identifier` names: a string, config, class or the thing.

    Raises:
      ValueError: no loss of that name; the message gives the nearest ones.

    Example:
    >>> tf.keras.losses.get("mse").__name__
    'mean_squared_error'
    >>> tf.keras.losses.get({"class_name": "Huber", "config": {"delta": 2.0}}).delta
    2.0
    """
    return None if identifier is None else registry.get(identifier, TABLE, "loss")


def serialize(loss):
    """The config of a loss: what `deserialize` makes an equal one of.

    Example:
    >>> tf.keras.losses.serialize(tf.keras.losses.Huber(2.0))["config"]["delta"]
    2.0
    """
    return registry.serialize(loss)


def deserialize(name, custom_objects=None):
    """The loss of a config made by `serialize`, or of a name.

    Example:
    >>> config = tf.keras.losses.serialize(tf.keras.losses.Huber(2.0))
    >>> tf.keras.losses.deserialize(config).delta
    2.0
    """
    return registry.deserialize(name, TABLE, "loss", custom_objects)


def by_shape(y_true_shape, y_pred_shape):
    """Which kind of classification the shapes tell: "binary", "sparse_categorical", "categorical".

    One output is binary; labels of lower rank, or with a last axis of size 1 against several
    outputs, are integers; else they are one-hot.
    """
    true, pred = tuple(y_true_shape), tuple(y_pred_shape)
    if pred and pred[-1] == 1:
        return "binary"
    if len(true) < len(pred) or (true and pred and true[-1] == 1 and (pred[-1] or 0) > 1):
        return "sparse_categorical"
    return "categorical"


def resolve(identifier, y_true_shape, y_pred_shape):
    """The `Loss` that compile() uses for `identifier`, given the shapes of labels and outputs.

    "crossentropy" and "ce" become the binary, sparse or categorical one; functions are wrapped and
    take the name they were given by.

    Example:
    >>> loss = tf.keras.losses.resolve("crossentropy", (8,), (8, 4))
    >>> loss.fn.__name__, loss.name
    ('sparse_categorical_crossentropy', 'crossentropy')
    """
    if identifier is None:
        return None
    loss = identifier
    if isinstance(identifier, str) and identifier.lower() in ("crossentropy", "ce"):
        loss = TABLE[by_shape(y_true_shape, y_pred_shape) + "_crossentropy"]
    loss = get(loss)
    if isinstance(loss, Loss):
        return loss
    name = identifier if isinstance(identifier, str) else registry.object_name(loss)
    return LossFunctionWrapper(loss, name=name)
