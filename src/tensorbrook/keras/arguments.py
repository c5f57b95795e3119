"""What constructors check of their arguments: one table of kinds, and one text for what is wrong.

Every constructor of this package is wrapped by `checked`: what it refuses is told with the class
and the arguments given; what it lets pass is compared with `KINDS`.
"""

import inspect
import operator
import re
from functools import wraps


def is_text(value):
    """Whether a value is a string."""
    return isinstance(value, str)


def is_number(value):
    """Whether a value is a real number, NumPy's among them."""
    return hasattr(value, "__float__") and not isinstance(value, bool)


def is_whole(value):
    """Whether a value is an integer."""
    try:
        return operator.index(value) == value and not isinstance(value, bool)
    except TypeError:
        return False


def or_none(test):
    """The test that None passes too."""
    return lambda value: value is None or test(value)


def _steps(value):
    return value is None or (is_whole(value) and (value == 0 or value >= 2))


def _is_list(value):
    return hasattr(value, "__len__") and not is_text(value)


def _pair_or_whole(value):
    return is_whole(value) or (_is_list(value) and len(value) == 2)


# What an argument must be: (a test of its value, in words).
TEXT = is_text, "a string"
TEXT_OR_NONE = or_none(is_text), "a string"
WHOLE_OR_NONE = or_none(is_whole), "an integer"
SIZES = or_none(lambda v: is_whole(v) or _is_list(v)), "integers"
SWITCH = (lambda v: v in (True, False)), "True or False"
# of random augmentation: a number, or a pair of limits
NOT_NEGATIVE = (lambda v: not is_number(v) or v >= 0), "at least 0"
FRACTION = (lambda v: not is_number(v) or 0 <= v <= 1), "between 0 and 1"
SALT = or_none(_pair_or_whole), "an integer or two"
_FACTORS = {name: NOT_NEGATIVE for name in ("factor", "scale", "hue_factor")}
_LOOKUP = {"pad_to_max_tokens": SWITCH, "salt": SALT}

_OF_FACTORS = (
    "AugMix CutMix RandAugment RandomColorJitter RandomElasticTransform RandomErasing "
    "RandomHue RandomInvert RandomPerspective RandomPosterization RandomSharpness"
)
# The arguments of classes, which their subclasses have too.
KINDS = {
    **dict.fromkeys(_OF_FACTORS.split(), _FACTORS),
    "AUC": {"label_weights": (or_none(_is_list), "a list of numbers")},
    "BatchNormalization": {
        "axis": (lambda v: is_whole(v) or (_is_list(v) and len(v) > 0), "an integer"),
        "renorm_clipping": (or_none(lambda v: isinstance(v, dict)), "a dict"),
    },
    "Callback": {"monitor": TEXT},
    "EinsumDense": {
        "equation": (is_text, "a string such as 'ab,bc->ac'"),
        "output_shape": (lambda v: is_whole(v) or _is_list(v), "integers"),
    },
    "IntegerLookup": {**_LOOKUP, "mask_token": WHOLE_OR_NONE},
    "IoU": {"num_classes": (lambda v: is_whole(v) and v > 0, "a positive integer")},
    "Layer": {"weights": (or_none(_is_list), "a list of arrays")},
    "LossScaleOptimizer": {
        "inner_optimizer": (lambda v: hasattr(v, "apply_gradients"), "an optimizer")
    },
    "Metric": {"name": TEXT_OR_NONE},
    "MultiHeadAttention": {"output_shape": SIZES},
    "Optimizer": {
        "name": TEXT_OR_NONE,
        "gradient_accumulation_steps": (_steps, "an integer of at least 2"),
    },
    "OrthogonalRegularizer": {"factor": (is_number, "a number")},
    "RandomGaussianBlur": {**_FACTORS, "sigma": FRACTION},
    "RandomShear": {"x_factor": NOT_NEGATIVE, "y_factor": NOT_NEGATIVE},
    "STFT": {"periodic": (lambda v: isinstance(v, bool), "True or False")},
    "Solarization": {"addition_factor": NOT_NEGATIVE, "threshold_factor": NOT_NEGATIVE},
    "StringLookup": {**_LOOKUP, "mask_token": TEXT_OR_NONE},
    "TextVectorization": {
        "ngrams": (or_none(lambda v: is_whole(v) or (_is_list(v) and len(v))), "integers"),
        "pad_to_max_tokens": SWITCH,
    },
    "VarianceScaling": {"distribution": (is_text, "a string such as 'uniform'")},
}


def checked(init, further=()):
    """A constructor whose errors name the class and its arguments; positional arguments beyond its
    own are those named `further`."""
    code = inspect.unwrap(init).__code__  # inspect.signature takes long for hundreds of classes
    positional = code.co_varnames[1 : code.co_argcount]

    @wraps(init)
    def __init__(self, *args, **kwargs):
        own = len(positional)
        more = {}
        if own < len(args) <= own + len(further):
            args, more = args[:own], dict(zip(further, args[own:]))
        given = {**dict(zip(positional, args)), **more, **kwargs}
        try:
            init(self, *args, **more, **kwargs)
        except (ValueError, TypeError) as error:
            _tell(error, type(self), given)
            raise
        except (AttributeError, IndexError, KeyError) as error:
            fault = _fault(type(self), given)
            if fault is None and not given:
                raise
            fault = fault or f"one of these arguments is of a wrong kind ({_list(given)})."
            raise TypeError(f"{type(self).__name__}: {fault}") from error
        fault = _fault(type(self), given)
        if fault is not None:
            raise ValueError(f"{type(self).__name__}: {fault}")

    __init__.checks = True
    return __init__


def _fault(cls, given):
    """What is wrong with the first argument that is not of its kind; None where all are."""
    for base in cls.__mro__:
        for name, (test, words) in KINDS.get(base.__name__, {}).items():
            if name in given and not test(given[name]):
                return f"the argument `{name}` must be {words}, got {name}={given[name]!r}."
    return None


def _tell(error, cls, given):
    """Puts the class and the arguments before an error's text, where it lacks them."""
    text, fault = str(error), _fault(cls, given)
    plain = len(error.args) == 1 and is_text(error.args[0]) and error.args[0] == text
    told = cls.__name__ in text and any(_names(text, name) for name in given)
    if given and plain and fault is not None and not _names(text, fault.split("`")[1]):
        error.args = (f"{cls.__name__}: {fault} {text}",)
    elif given and plain and not told:
        error.args = (f"{cls.__name__}({_list(given)}): {text}",)


def _names(text, argument):
    return re.search(rf"\b{re.escape(argument)}\b", text) is not None


def _list(given):
    """Arguments as they are written in a call; what is long is cut."""
    shown = {name: repr(value) for name, value in given.items()}
    return ", ".join(f"{n}={v if len(v) < 80 else v[:77] + '...'}" for n, v in shown.items())
