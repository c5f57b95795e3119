"""All metrics: classes, functions, their table of names, and `get`."""

from .. import losses, registry
from ..losses import (
    KLD,
    MAE,
    MAPE,
    MSE,
    MSLE,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    kld,
    kullback_leibler_divergence,
    log_cosh,
    logcosh,
    mae,
    mape,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    mse,
    msle,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from .accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from .auc import AUC
from .base import Metric
from .confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
    TrueNegatives,
    TruePositives,
)
from .iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from .reduction import KNOWN, Mean, MeanMetricWrapper, MeanRelativeError, MeanTensor, Sum
from .scores import F1Score, FBetaScore, R2Score
from .wrappers import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    ConcordanceCorrelation,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    PearsonCorrelation,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    concordance_correlation,
    pearson_correlation,
)

FUNCTIONS = (
    *losses.FUNCTIONS,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    top_k_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    pearson_correlation,
    concordance_correlation,
)

# Functions without a class of their name come first, so that a class wins over a function.
TABLE = {function.__name__: function for function in losses.FUNCTIONS}
TABLE |= {"logcosh": LogCoshError, "log_cosh": LogCoshError}
TABLE |= registry.family(Metric)
_SHORT = {
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}
TABLE |= {key: metric for name, metric in _SHORT.items() for key in (name, name.upper())}
TABLE |= {"kullback_leibler_divergence": KLDivergence}
registry.FUNCTIONS.update((function.__name__, function) for function in FUNCTIONS)
KNOWN |= losses.TABLE | {function.__name__: function for function in FUNCTIONS}


def get(identifier):
    """The `Metric` or function that `identifier` names: a string, config, class or the thing.

    Raises:
      ValueError: no metric of that name; the message gives the nearest ones.

    Example:
    >>> tf.keras.metrics.get("mae")
    <MeanAbsoluteError name=mean_absolute_error>
    """
    return None if identifier is None else registry.get(identifier, TABLE, "metric")


def serialize(metric):
    """The config of a metric: what `deserialize` makes an equal one of.

    Example:
    >>> tf.keras.metrics.serialize(tf.keras.metrics.Recall(top_k=3))["config"]["top_k"]
    3
    """
    return registry.serialize(metric)


def deserialize(config, custom_objects=None):
    """The metric of a config made by `serialize`, or of a name.

    Example:
    >>> config = tf.keras.metrics.serialize(tf.keras.metrics.Recall(top_k=3))
    >>> tf.keras.metrics.deserialize(config).top_k
    3
    """
    return registry.deserialize(config, TABLE, "metric", custom_objects)


def resolve(identifier, y_true_shape, y_pred_shape):
    """The `Metric` that compile() uses for `identifier`, given the shapes of labels and outputs.

    "accuracy" and "acc", "crossentropy" and "ce" become the binary, sparse or categorical one.  A
    metric given by a string bears that string as its name; functions are wrapped.

    Example:
    >>> tf.keras.metrics.resolve("acc", (8,), (8, 4))
    <SparseCategoricalAccuracy name=acc>
    """
    metric = identifier
    if isinstance(identifier, str) and identifier.lower() in _BY_SHAPE:
        kind = losses.by_shape(y_true_shape, y_pred_shape)
        metric = TABLE[f"{kind}_{_BY_SHAPE[identifier.lower()]}"]
    metric = get(metric)
    if metric is None:
        raise ValueError("A metric is expected, got None.")
    if not isinstance(metric, Metric):
        metric = MeanMetricWrapper(metric, name=registry.object_name(metric))
    if isinstance(identifier, str):
        metric.name = identifier
    return metric


_BY_SHAPE = {
    "accuracy": "accuracy",
    "acc": "accuracy",
    "crossentropy": "crossentropy",
    "ce": "crossentropy",
}
