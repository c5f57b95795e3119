"""Keras 2's keras.wrappers.scikit_learn: KerasClassifier and KerasRegressor."""

import copy
import inspect

import numpy as np

from ..models import Model
from ..utils import to_categorical


class _Wrapper:
    """A function that builds a model, as an estimator of scikit-learn.

    Args:
      build_fn: a function that returns a compiled model, or an object that is called so; None
        where the class has a `__call__` of its own.
      sk_params: its arguments, and those of fit, predict and score.

    Raises:
      ValueError: an argument that none of these takes.
    """

    def __init__(self, build_fn=None, **sk_params):
        self.build_fn, self.sk_params = build_fn, sk_params
        self.check_params(sk_params)

    def _builder(self):
        return self.__call__ if self.build_fn is None else self.build_fn

    def check_params(self, params):
        """Raises unless all are arguments of the builder, of fit, predict or evaluate."""
        takers = (Model.fit, Model.predict, Model.evaluate, self._builder())
        known = {name for taker in takers for name in _arguments(taker)} | {"nb_epoch"}
        for name in params:
            if name not in known:
                raise ValueError(f"{name} is not a legal parameter")

    def get_params(self, **params):
        """The parameters, with the builder."""
        return {**copy.deepcopy(self.sk_params), "build_fn": self.build_fn}

    def set_params(self, **params):
        """Sets parameters, of those that `check_params` lets pass."""
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.check_params(params)
        self.sk_params.update(params)
        return self

    def filter_sk_params(self, fn, override=None):
        """The parameters that a function takes, and what `override` says."""
        known = _arguments(fn)
        found = {name: value for name, value in self.sk_params.items() if name in known}
        return {**found, **(override or {})}

    def fit(self, x, y, **kwargs):
        """Builds the model and trains it; returns the History."""
        builder = self._builder()
        self.model = builder(**self.filter_sk_params(builder))
        if _loss_name(self.model) == "categorical_crossentropy" and np.ndim(y) != 2:
            y = to_categorical(y)
        return self.model.fit(x, y, **self.filter_sk_params(Model.fit, kwargs))

    def _outputs(self, x, kwargs):
        return self.model.predict(
            x, **{"verbose": 0, **self.filter_sk_params(Model.predict, kwargs)}
        )

    def _evaluated(self, x, y, kwargs):
        settings = {"verbose": 0, **self.filter_sk_params(Model.evaluate, kwargs)}
        return self.model.evaluate(x, y, return_dict=True, **settings)


def _arguments(function):
    return inspect.signature(function).parameters


def _loss_name(model):
    loss = getattr(model, "loss", None)
    return getattr(loss, "__name__", getattr(loss, "name", loss))


class KerasClassifier(_Wrapper):
    __doc__ = _Wrapper.__doc__

    def fit(self, x, y, **kwargs):
        """Builds the model and trains it.

        Args:
          x: samples.
          y: their classes: one label each, or one-hot rows.
          kwargs: arguments of the model's fit.
        """
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
        elif y.ndim == 1 or (y.ndim == 2 and y.shape[1] == 1):
            self.classes_ = np.unique(y)
            y = np.searchsorted(self.classes_, y)
        else:
            raise ValueError(f"Invalid shape for y: {y.shape}")
        self.n_classes_ = len(self.classes_)
        return super().fit(x, y, **kwargs)

    def predict(self, x, **kwargs):
        """The likeliest class of each sample."""
        found = self._outputs(x, kwargs)
        if found.shape[-1] > 1:
            return self.classes_[found.argmax(axis=-1)]
        return self.classes_[(found > 0.5).astype("int32")]

    def predict_proba(self, x, **kwargs):
        """The chances of the classes: a column each."""
        found = self._outputs(x, kwargs)
        return np.hstack([1 - found, found]) if found.shape[1] == 1 else found

    def score(self, x, y, **kwargs):
        """The accuracy, which must be among the model's metrics.

        Raises:
          ValueError: it is not.
        """
        y = np.searchsorted(self.classes_, y)
        if _loss_name(self.model) == "categorical_crossentropy" and y.ndim != 2:
            y = to_categorical(y, self.n_classes_)
        for name, value in self._evaluated(x, y, kwargs).items():
            if name in ("accuracy", "acc"):
                return value
        raise ValueError(
            "The model is not configured to compute accuracy. You should pass "
            '`metrics=["accuracy"]` to the `model.compile()` method.'
        )


class KerasRegressor(_Wrapper):
    __doc__ = _Wrapper.__doc__

    def predict(self, x, **kwargs):
        """The model's outputs, without axes of size 1."""
        return np.squeeze(self._outputs(x, kwargs))

    def score(self, x, y, **kwargs):
        """Minus the loss."""
        return -self._evaluated(x, y, kwargs)["loss"]
