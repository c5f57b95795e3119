"""Walks every argument of Keras's constructors and of compile, fit, evaluate and predict with
values that most of them cannot take. Used with Keras by make_wrong_arguments.py, with tensorbrook
by tests/keras/test_wrong_arguments.py.
"""

import inspect
import math
import warnings

import numpy as np

VALUES = {
    "-1": -1,
    "0": 0,
    "1.5": 1.5,
    "'x'": "x",
    "None": None,
    "object()": object(),
    "[]": [],
    "nan": math.nan,
}
FAMILIES = {
    "layers": "Layer",
    "losses": "Loss",
    "metrics": "Metric",
    "optimizers": "Optimizer",
    "optimizers.schedules": "LearningRateSchedule",
    "initializers": "Initializer",
    "regularizers": "Regularizer",
    "constraints": "Constraint",
    "callbacks": "Callback",
}
# Right values of arguments that have no default, by name.
RIGHT = {
    "units": 2,
    "filters": 2,
    "kernel_size": 2,
    "input_dim": 5,
    "output_dim": 3,
    "rate": 0.5,
    "target_shape": (2,),
    "dims": (1,),
    "n": 2,
    "output_size": 2,
    "equation": "ab,bc->ac",
    "output_shape": (2,),
    "num_heads": 2,
    "key_dim": 2,
    "head_dim": 4,
    "num_query_heads": 4,
    "num_key_value_heads": 2,
    "stddev": 0.5,
    "height": 4,
    "width": 4,
    "scale": 0.5,
    "num_bins": 3,
    "num_tokens": 4,
    "axes": 1,
    "axis": 1,
    "activation": "relu",
    "factor": 0.5,
    "num_classes": 2,
    "target_class_ids": [0],
    "precision": 0.5,
    "recall": 0.5,
    "specificity": 0.5,
    "sensitivity": 0.5,
    "initial_learning_rate": 0.1,
    "decay_steps": 10,
    "decay_rate": 0.5,
    "first_decay_steps": 10,
    "boundaries": [2],
    "values": [0.1, 0.2],
    "alpha": 0.1,
    "filename": "log.csv",
    "l1": 0.1,
    "name": "named",
    "feature_columns": [],
    "default_dtype": "float32",
}
MADE = {
    "layer": lambda keras: keras.layers.Dense(2),
    "cell": lambda keras: keras.layers.SimpleRNNCell(2),
    "cells": lambda keras: [keras.layers.SimpleRNNCell(2)],
    "function": lambda keras: lambda x: x,
    "fn": lambda keras: (
        keras.losses.mean_squared_error
        if hasattr(keras.losses, "mean_squared_error")
        else keras.losses.MSE
    ),
    "schedule": lambda keras: lambda epoch: 0.1,
    "inner_optimizer": lambda keras: keras.optimizers.SGD(),
    "optimizer_map": lambda keras: keras.optimizers.OptimizerMap(keras.optimizers.SGD()),
    "default_optimizer": lambda keras: keras.optimizers.SGD(),
    "metric": lambda keras: keras.metrics.Mean(),
}
LEFT_OUT = {
    # bases, and what writes files, asks servers or needs a model
    *("layers.Layer", "layers.Wrapper", "layers.FunctionLayer", "metrics.MeanMetricWrapper"),
    *("layers.TorchModuleWrapper", "layers.JaxLayer", "layers.FlaxLayer", "layers.TFSMLayer"),
    *("layers.InputLayer", "layers.InputSpec", "layers.DenseFeatures", "layers.Pipeline"),
    *("optimizers.Optimizer", "callbacks.CallbackList", "callbacks.OrbaxCheckpoint"),
    *("callbacks.ModelCheckpoint", "callbacks.BackupAndRestore", "callbacks.TensorBoard"),
    *("callbacks.BaseLogger", "callbacks.LambdaCallback", "callbacks.RemoteMonitor"),
    *("losses.Loss", "metrics.Metric", "layers.StackedRNNCells", "layers.Lambda"),
}


def classes(keras):
    """{name such as "layers.Dense": class}, without those that are another name of one."""
    found, seen = {}, set()
    for family, base in FAMILIES.items():
        module = keras
        for part in family.split("."):
            module = getattr(module, part)
        names = dir(module)
        for name in names:
            cls = getattr(module, name)
            known = (
                isinstance(cls, type)
                and name == cls.__name__
                and cls not in seen
                and name[0] != "_"
            )
            known = known and any(c.__name__ == base for c in cls.__mro__)
            if known and f"{family}.{name}" not in LEFT_OUT and name != base:
                seen.add(cls)
                found[f"{family}.{name}"] = cls
    return found


def parameters(call):
    """The named parameters of a callable, `self` left out."""
    named = inspect.signature(call).parameters.values()
    return [p for p in named if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def right(keras, cls):
    """Right values of the arguments of a constructor that have no default; None where one is not
    known."""
    needed = [p.name for p in parameters(cls) if p.default is p.empty]
    if any(n not in RIGHT and n not in MADE for n in needed):
        return None
    if cls.__name__ == "Bidirectional":
        return {"layer": keras.layers.LSTM(2)}
    return {n: MADE[n](keras) if n in MADE else RIGHT[n] for n in needed}


def outcome(call):
    """(letter, error): A accepted, V ValueError, T TypeError, N NotImplementedError, X another."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except Exception as error:
        kinds = {"V": ValueError, "T": TypeError, "N": NotImplementedError}
        return next((k for k, c in kinds.items() if isinstance(error, c)), "X"), error
    return "A", None


def net(keras):
    """A small model that is compiled."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


X, Y = np.ones((8, 4), "float32"), np.ones((8, 2), "float32")
METHODS = {
    "fit": lambda model, **given: model.fit(**{"x": X, "y": Y, "verbose": 0, **given}),
    "evaluate": lambda model, **given: model.evaluate(**{"x": X, "y": Y, "verbose": 0, **given}),
    "predict": lambda model, **given: model.predict(**{"x": X, "verbose": 0, **given}),
    "train_on_batch": lambda model, **given: model.train_on_batch(**{"x": X, "y": Y, **given}),
    "test_on_batch": lambda model, **given: model.test_on_batch(**{"x": X, "y": Y, **given}),
    "predict_on_batch": lambda model, **given: model.predict_on_batch(**{"x": X, **given}),
}


def compiled(model, **given):
    """compile, and a step, where Keras finds what is wrong."""
    model.compile(**{"optimizer": "sgd", "loss": "mse", **given})
    model.fit(X, Y, verbose=0)


METHODS["compile"] = compiled


def walk(keras, wanted=None):
    """Yields (name, argument, value's text, a call) for everything."""
    for name, cls in classes(keras).items():
        if (wanted is not None and name not in wanted) or right(keras, cls) is None:
            continue
        for parameter in parameters(cls):
            for text, value in VALUES.items():
                arguments = {**right(keras, cls), parameter.name: value}
                yield name, parameter.name, text, lambda cls=cls, a=arguments: cls(**a)
    for name, method in METHODS.items():
        if wanted is not None and f"Model.{name}" not in wanted:
            continue
        for parameter in parameters(getattr(keras.Model, name))[1:]:
            for text, value in VALUES.items():
                if name.startswith("predict") and parameter.name == "y":
                    continue
                a = {parameter.name: value}
                call = lambda m=method, a=a: m(net(keras), **a)  # noqa: E731
                yield f"Model.{name}", parameter.name, text, call
