"""What loading gives back: objects, and functions called by the structure of their arguments."""

from typing import Any

from ..core.spec import TensorSpec
from ..core.trackable import AutoTrackable
from ..core.variable import Variable
from ..function.function import Function
from .structures import as_tensor, flat_inputs, rebuilt


class OfAnotherFunction:
    """Stands for a tensor that a function within another one takes from that: it has no value."""

    def __init__(self, function):
        self.function = function


class RestoredConcrete:
    """One function of a SavedModel for one signature, with what it has captured.

    Attributes:
      structured_input_signature: (args, kwargs) with specs in place of tensors.
      structured_outputs: the result's structure, with specs in place of tensors.
    """

    def __init__(self, name, body, captures, inputs, outputs):
        self.name, self._captures = name, captures
        self.structured_input_signature, self.structured_outputs = inputs, outputs
        self._body = body
        self._run = Function(self._flat, name, autograph=False)
        self._run.warns = False  # that shapes depend on the data is not the reader's to mend
        self.keywords, self.positions = None, 0

    def _flat(self, *tensors):
        return self._body(*tensors, *self._captures)

    def call_flat(self, tensors):
        """The result for all tensors of the arguments, in order."""
        for capture in self._captures:
            if isinstance(capture, OfAnotherFunction):
                raise ValueError(
                    f"{self.name} takes tensors of {capture.function}, within which it was made: "
                    "call that one."
                )
        return rebuilt(self.structured_outputs, iter(self._run(*tensors)))

    @property
    def variables(self):
        """The variables that it has captured."""
        return tuple(c for c in self._captures if isinstance(c, Variable))

    trainable_variables = property(
        lambda self: tuple(v for v in self.variables if v.trainable), doc="Those that are trained."
    )

    @property
    def inputs(self):
        """The specs of the tensors it takes."""
        leaves = []
        _specs_of(self.structured_input_signature, leaves)
        return leaves

    @property
    def outputs(self):
        """The specs of the tensors it returns."""
        leaves = []
        _specs_of(self.structured_outputs, leaves)
        return leaves

    def __call__(self, *args: Any, **kwargs: Any):
        specs = self.structured_input_signature
        if self.keywords is not None and not specs[0]:
            return self._by_keyword(self.keywords, specs[1], args, kwargs)
        tensors = flat_inputs(specs, (args, kwargs), True)
        if tensors is None:
            inputs = self.inputs
            names = [spec.name for spec in inputs] if self.keywords is None else self.keywords
            if {*kwargs} <= {*names} and len(args) + len(kwargs) == len(names):
                return self._by_keyword(names, dict(zip(names, inputs)), args, kwargs)
            raise TypeError(
                f"{self.name} takes {_shown(self.structured_input_signature)}, got "
                f"{_shown((args, kwargs))}."
            )
        return self.call_flat(tensors)

    def _by_keyword(self, names, specs, args, kwargs):
        """The call of a signature, whose tensors have names."""
        if self.keywords is not None and len(args) > self.positions:
            raise TypeError(
                f"The signature {self.name} takes {self.positions} positional arguments, got "
                f"{len(args)}: give them by name, {names}."
            )
        given, tensors = dict(zip(names, args)) | kwargs, []
        missing, unknown = set(names) - set(given), set(given) - set(names)
        if missing or unknown or len(given) < len(args) + len(kwargs):
            raise TypeError(
                f"The signature {self.name} takes {names}, got {sorted(given)}: missing "
                f"{sorted(missing)}, unknown {sorted(unknown)}."
            )
        for name in names:
            tensor = as_tensor(given[name], specs[name], True)
            if tensor is None:
                raise TypeError(
                    f"The argument {name} of the signature {self.name} must fit "
                    f"{specs[name]}, got {_shown(given[name])}."
                )
            tensors.append(tensor)
        return self.call_flat(tensors)

    def __repr__(self):
        return f"<ConcreteFunction {self.name}{_shown(self.structured_input_signature)}>"


def _specs_of(value, leaves):
    if isinstance(value, dict):
        value = [value[key] for key in sorted(value)]
    if isinstance(value, list | tuple):
        for part in value:
            _specs_of(part, leaves)
    elif isinstance(value, TensorSpec):
        leaves.append(value)
    elif hasattr(value, "_component_specs"):
        leaves.extend(value._component_specs)


def _shown(value):
    """A value for messages, tensors as their shapes and dtypes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_shown(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(map(_shown, value)) + ")"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return f"{getattr(value.dtype, 'name', value.dtype)}{value.shape}"
    text = repr(value)
    return text if len(text) < 60 else type(value).__name__


class Signature:
    """The parameters of a saved function, and how arguments are put in their order.

    Args:
      names: of positional parameters.
      defaults: of the last of them.
      varargs, varkw: whether it takes more, of either kind.
      only: the names of keyword-only parameters; `only_defaults`, a dict of defaults.
    """

    def __init__(self, names, defaults, varargs, varkw, only, only_defaults):
        self.names, self.varargs, self.varkw, self.only = names, varargs, varkw, only
        self.defaults = dict(zip(names[len(names) - len(defaults) :], defaults))
        self.only_defaults = only_defaults

    def bound(self, args, kwargs):
        """(args, kwargs) with all positional parameters in place, defaults filled in.

        Raises:
          TypeError: an argument is missing, or there are too many.
        """
        if len(args) > len(self.names) and not self.varargs:
            raise TypeError(f"it takes {len(self.names)} positional arguments, got {len(args)}")
        found, left = list(args), dict(kwargs)
        for name in self.names[len(args) :]:
            if name in left:
                found.append(left.pop(name))
            elif name in self.defaults:
                found.append(self.defaults[name])
            else:
                raise TypeError(f"the argument {name!r} is missing")
        left = {**{n: v for n, v in self.only_defaults.items() if n not in left}, **left}
        unknown = set(left) - set(self.only)
        if unknown and not self.varkw:
            raise TypeError(f"it has no argument {sorted(unknown)[0]!r}, or has it twice")
        return tuple(found), left


class RestoredFunction:
    """A tf.function of a SavedModel: a call runs the signature that its arguments fit.

    Attributes:
      concrete_functions: the signatures it was saved with.
    """

    def __init__(self, name, concrete, signature):
        self.__name__, self.concrete_functions, self.function_spec = name, concrete, signature

    def _found(self, args, kwargs):
        """(the concrete function, its tensors) of a call."""
        try:
            given = self.function_spec.bound(args, kwargs)
        except TypeError as fault:
            raise TypeError(f"{self.__name__}: {fault}. {self._choices()}") from None
        for convert in (False, True):
            for concrete in self.concrete_functions:
                tensors = flat_inputs(concrete.structured_input_signature, given, convert)
                if tensors is not None:
                    return concrete, tensors
        raise ValueError(
            "Could not find matching concrete function to call loaded from the SavedModel: "
            f"{self.__name__} got {_shown(given)}. {self._choices()}"
        )

    def _choices(self):
        shown = [_shown(c.structured_input_signature) for c in self.concrete_functions]
        return "It was saved for (args, kwargs): " + " or ".join(shown) + "."

    def __call__(self, *args: Any, **kwargs: Any):
        concrete, tensors = self._found(args, kwargs)
        return concrete.call_flat(tensors)

    def get_concrete_function(self, *args: Any, **kwargs: Any):
        """The signature that fits these arguments; TensorSpecs stand for tensors.

        Raises:
          ValueError: none fits, or there are several and no arguments are given.
        """
        if not args and not kwargs and len(self.concrete_functions) == 1:
            return self.concrete_functions[0]
        given = self.function_spec.bound(args, kwargs)
        for concrete in self.concrete_functions:
            if _spec_fits(concrete.structured_input_signature, given):
                return concrete
        return self._found(args, kwargs)[0]

    def __repr__(self):
        return f"<restored function {self.__name__} of {len(self.concrete_functions)} signatures>"


def _spec_fits(spec, value):
    """Whether a structure of specs is a case of another one."""
    if isinstance(spec, dict):
        return (
            isinstance(value, dict)
            and spec.keys() == value.keys()
            and all(_spec_fits(spec[key], value[key]) for key in spec)
        )
    if isinstance(spec, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(spec) == len(value)
            and all(map(_spec_fits, spec, value))
        )
    if hasattr(spec, "is_compatible_with"):
        return (
            hasattr(value, "shape") and hasattr(value, "dtype") and spec.is_compatible_with(value)
        )
    return spec == value


class RestoredObject(AutoTrackable):
    """An object of a SavedModel: its parts are attributes."""

    def __repr__(self):
        return f"<object of a SavedModel with {sorted(vars(self))}>"


class RestoredCallable(RestoredObject):
    """One that is called, as a tf.Module with a `__call__` or a Keras model is."""

    def __call__(self, *args: Any, **kwargs: Any):
        return vars(self)["__call__"](*args, **kwargs)
