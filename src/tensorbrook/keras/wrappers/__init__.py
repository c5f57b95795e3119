"""keras.wrappers: models as estimators of scikit-learn, which is imported when one is asked for."""

from . import scikit_learn as scikit_learn
from .estimators import classes as _classes

_NAMES = ("SKLearnClassifier", "SKLearnRegressor", "SKLearnTransformer")


def __getattr__(name):
    if name in _NAMES:
        return _classes()[name]
    raise AttributeError(f"module 'keras.wrappers' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_NAMES})
