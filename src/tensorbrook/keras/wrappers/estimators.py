"""SKLearnClassifier, SKLearnRegressor, SKLearnTransformer: Keras 3's wrappers for scikit-learn.

The classes are made when one of them is first asked for, since their bases are scikit-learn's.
"""

import copy
import functools

import numpy as np

from ..models import Model, clone_model

_ARGUMENTS = """
    Args:
      model: a compiled Model, of which `fit` trains a copy; or a function that returns one, of X
        and y as keywords.
      warm_start: whether `fit` goes on with the weights of the `fit` before.
      model_kwargs: further keywords for the function.
      fit_kwargs: keywords for the model's `fit`; those given to `fit` itself come first.

    Raises:
      ImportError: scikit-learn is not installed.
    """


class _Estimator:
    def __init__(self, model, warm_start=False, model_kwargs=None, fit_kwargs=None):
        self.model, self.warm_start = model, warm_start
        self.model_kwargs, self.fit_kwargs = model_kwargs, fit_kwargs

    def _new_model(self, X, y):
        if not isinstance(self.model, Model):
            return self.model(X=X, y=y, **(self.model_kwargs or {}))
        return self.model if self.warm_start else clone_model(self.model)

    def fit(self, X, y, **kwargs):
        """Trains the model.

        Args:
          X, y: the samples and their targets.
          kwargs: keywords of the model's `fit`.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        X, y = _validated(self, X, y)
        targets = self._targets(y)
        if not (self.warm_start and hasattr(self, "model_")):
            self.model_ = self._new_model(X, targets)
        if not self.model_.compiled:
            raise RuntimeError(
                "The wrapped model must be compiled: call model.compile(optimizer, loss) before it "
                "is given to the estimator, or in the function that makes it."
            )
        settings = {**copy.copy(self.fit_kwargs or {}), **kwargs}
        self.history_ = self.model_.fit(X, targets, **settings)
        return self

    def _outputs(self, X):
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "model_")
        return self.model_.predict(_validated(self, X, reset=False), verbose=0)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")


def _validated(estimator, X, y=None, reset=True):
    """What scikit-learn makes of the data."""
    from sklearn.utils.validation import validate_data

    if y is None:
        return validate_data(estimator, X, reset=reset)
    numeric = isinstance(estimator, _Regressor)
    return validate_data(estimator, X, y, multi_output=True, y_numeric=numeric, reset=reset)


class _Classifier(_Estimator):
    def _targets(self, y):
        from sklearn.utils.multiclass import check_classification_targets

        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.eye(len(self.classes_), dtype="float32")[numbers.reshape(-1)]

    def predict(self, X):
        """The likeliest class of each sample."""
        chances = self._outputs(X)
        return self.classes_[np.argmax(chances, axis=-1)]

    def predict_proba(self, X):
        """The model's outputs: a column for each class."""
        return self._outputs(X)

    def decision_function(self, X):
        """The model's outputs."""
        return self._outputs(X)


class _Regressor(_Estimator):
    def _targets(self, y):
        self._flat = y.ndim == 1
        return y.reshape(-1, 1) if self._flat else y

    def predict(self, X):
        """The model's outputs, in the shape of the targets."""
        found = self._outputs(X)
        return found.reshape(-1) if self._flat and found.shape[-1] == 1 else found


class _Transformer(_Estimator):
    def _targets(self, y):
        return y

    def transform(self, X):
        """The model's outputs."""
        return self._outputs(X)

    predict = transform


@functools.cache
def classes():
    """The three classes by name."""
    try:
        from sklearn import base
    except ImportError as fault:
        raise ImportError(
            "keras.wrappers needs scikit-learn, which is not installed: pip install scikit-learn."
        ) from fault

    def made(name, parts, doc):
        names = {"__doc__": doc + "\n" + _ARGUMENTS, "__module__": __name__}
        return type(name, (*parts, base.BaseEstimator), names)

    found = {
        "SKLearnClassifier": made(
            "SKLearnClassifier",
            (base.ClassifierMixin, _Classifier),
            "A model as a classifier of scikit-learn; it is trained on one-hot labels.",
        ),
        "SKLearnRegressor": made(
            "SKLearnRegressor",
            (base.RegressorMixin, _Regressor),
            "A model as a regressor of scikit-learn.",
        ),
        "SKLearnTransformer": made(
            "SKLearnTransformer",
            (base.TransformerMixin, _Transformer),
            "A model as a transformer of scikit-learn: `transform` gives its outputs.",
        ),
    }
    globals().update(found)  # where pickles look for them
    return found


def __getattr__(name):
    if name.startswith("SKLearn"):  # a pickle's, in a process that made none yet
        return classes()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
