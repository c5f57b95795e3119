"""Record Keras's public names, their signatures and their classes' members: golden/keras_names.json.

A row: path, signature (or another path of the same object), and for a class its members that the
first public class it descends from has not. A signature is a list of texts: `name`, `name=default` (a value that is no literal: `?`),
`*args`, `name!` after a star, `**kwargs`; an attribute that is no function has None.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1: `python tests/oracles/make_keras_names.py`.
"""

import inspect
import json
import os
import pathlib
import types

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).parent / "golden" / "keras_names.json"
LITERALS = (bool, int, float, str, tuple, list, type(None))
MARKS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
BASES = (
    *(keras.Sequential, keras.Model, keras.Layer, keras.Loss, keras.Metric, keras.Optimizer),
    *(keras.callbacks.Callback, keras.initializers.Initializer, keras.Variable, keras.Operation),
    *(keras.Regularizer, keras.constraints.Constraint, keras.DTypePolicy, keras.Quantizer),
)


def text(parameter):
    default = parameter.default
    if default is parameter.empty:
        return MARKS.get(parameter.kind, "") + parameter.name + "!" * (parameter.kind == 3)
    shown = repr(default) if isinstance(default, LITERALS) else "?"
    return f"{parameter.name}={shown}" + "!" * (parameter.kind == 3)


def signature(value):
    try:
        return [text(p) for p in inspect.signature(value).parameters.values()]
    except (TypeError, ValueError):
        return None


def member(cls, name):
    value = inspect.getattr_static(cls, name)
    value = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    return signature(value) if isinstance(value, types.FunctionType) else None


def members(cls):
    base = next((b for b in BASES if issubclass(cls, b) and cls is not b), object)
    names = [name for name in dir(cls) if name[0] != "_"]
    found = {name: member(cls, name) for name in names}
    known = {name: member(base, name) for name in names if hasattr(base, name)}
    return {n: s for n, s in found.items() if n not in known or s != known[n]}


def walk(module, path, seen):
    for name in sorted(dir(module)):
        value = getattr(module, name)
        if name[0] == "_" or name == "src" or (path == "keras" and name == "ops"):
            continue
        here = f"{path}.{name}"
        if inspect.ismodule(value):
            if ".api" not in value.__name__ and value.__name__.startswith("keras."):
                yield from walk(value, here, seen)
        elif callable(value) and seen.setdefault(id(value), here) != here:
            yield here, seen[id(value)], None
        elif inspect.isclass(value):
            yield here, signature(value), members(value)
        else:
            yield here, signature(value) if callable(value) else None, None


def main():
    seen = {}
    rows = {path: rest for path, *rest in walk(keras, "keras", seen)}
    for path, *rest in walk(tf.keras, "keras", seen):  # names that stand under tf.keras alone
        rows.setdefault(path, rest)
    lines = [json.dumps([path, *rest]) for path, rest in sorted(rows.items())]
    GOLDEN.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
