"""What an error inside a layer's `call` says besides: the layer, and the arguments it was given."""

import inspect

from ...base import nest
from ...core.tensor import Tensor
from .calls import signature_of


def explain_call(error, layer, args, kwargs):
    """Puts the layer's class and the table of `call`'s arguments into an error's message.

    Only the innermost layer does: an error that has its table already stays as it is.
    """
    if getattr(error, "names_layer", False):
        return
    call = f"{type(layer).__name__}.call()"
    table = [f"  • {name}={_shown(value)}" for name, value in _named(layer, args, kwargs).items()]
    text = (
        f"Exception encountered when calling {call} of layer {layer.name!r}.\n\n{error}\n\n"
        f"Arguments received by {call}:\n" + "\n".join(table)
    )
    _say(error, text)


def explain_build(error, layer, shapes):
    """Puts the layer and the shapes of its inputs into the message of an error in `build`."""
    if getattr(error, "names_layer", False) or layer.name in str(error):
        return
    missing = _missing(layer, shapes) if isinstance(error, TypeError) else ""
    given = ", ".join(f"{name}: {shape}" for name, shape in shapes.items())
    _say(
        error,
        f"Exception encountered when building layer {layer.name!r} ({type(layer).__name__}) for "
        f"inputs of the shapes {{{given}}}.\n\n{error}{missing}",
    )


def _missing(layer, given):
    """Which arguments `call` needs besides those given, as a sentence."""
    parameters = list(signature_of(type(layer).call).parameters.values())[1:]
    needed = [
        p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    lacks = [name for name in needed if name not in given]
    return f"\n{type(layer).__name__}.call() needs {', '.join(lacks)} as well." if lacks else ""


def _say(error, text):
    plain = type(error).__str__ in (Exception.__str__, KeyError.__str__, OSError.__str__)
    if plain and not isinstance(error, (KeyError, OSError)):
        error.args = (text,)
    else:  # a class whose text is not its argument
        error.add_note(text)
    error.names_layer = True


def _named(layer, args, kwargs):
    signature = signature_of(type(layer).call)
    try:
        bound = signature.bind(layer, *args, **kwargs)
    except TypeError:
        return {**{f"args[{i}]": a for i, a in enumerate(args)}, **kwargs}
    bound.apply_defaults()
    named = {}
    for name, value in list(bound.arguments.items())[1:]:
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            named.update(value)
        elif kind is not inspect.Parameter.VAR_POSITIONAL or value:
            named[name] = value
    return named


def _shown(value):
    """An argument as text: of tensors no values, which may be many."""
    if nest.is_nested(value):
        return nest.map_structure(_Shown, value)
    return repr(_Shown(value))


class _Shown:
    """Shows a leaf of a structure of arguments."""

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        value = self.value
        if isinstance(value, Tensor):
            return f"tf.Tensor(shape={tuple(value.shape)}, dtype={value.dtype.name})"
        text = repr(value)
        return text if len(text) <= 200 else f"{text[:200]}..."
