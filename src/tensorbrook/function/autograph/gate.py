"""Where traces enter AutoGraph, which is loaded when the first of them does."""

import importlib

from ...base.context import context


def _runtime():
    return importlib.import_module(".runtime", __package__)


def in_trace(function, args, kwargs, convert=True):
    """Calls a function in a trace; converted, unless `convert` is False."""
    return _runtime().run(function, args, kwargs, convert)


def twin_in_trace(function):
    """What a framework calls for a user's function: its twin in a trace, else the function."""
    return _runtime().call(function) if context.traces else function
