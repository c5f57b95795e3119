"""Names and configs of Keras objects: look-up by name, get_config from signatures, registration.

Only what is in the tables of this package, was registered by the program or is passed as
`custom_objects` can be made from a config: a config names objects, it never imports anything.
"""

import inspect
import json
import re
from collections import Counter
from contextlib import contextmanager

import numpy as np

from ..base.context import context
from ..base.dtypes import DType, as_dtype
from ..base.errors import unknown_name
from ..base.lazy import import_all
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable
from .arguments import checked

_LAYERS = f"{__package__}.layers"
BUILT_IN = {}  # class name -> class, of this package
FUNCTIONS = {}  # name -> function: activations, losses, metrics, which configs may name
TENSOR_LIKE = []  # classes of values that layers of the program give in the place of tensors
_by_module = {}  # (module as configs name it, class name) -> class
_custom = {}  # name -> object, made known by the program
_registered_names = {}  # class or function -> "package>name"
OPERATIONS = {}  # path as a class of Keras names it -> path, of functions of keras.ops
by_name = {}  # id(activation) -> its name, which is how layers write it in their configurations


def is_ours(cls):
    """Whether a class is one of this package."""
    return cls.__module__.startswith(__name__.rsplit(".", 1)[0] + ".")


class UnknownObject(ValueError, TypeError):
    """A config names what nobody made known: ValueError of Keras 2, TypeError of Keras 3."""


class Configurable:
    """An object that can be made again from its config: its constructor's arguments, which it
    keeps as attributes of the same names."""

    _not_in_config = ()  # arguments that configs leave out
    _tells_arguments = True  # whether errors of the constructor are its own

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if is_ours(cls) and cls.__name__[0] != "_":
            BUILT_IN.setdefault(cls.__name__, cls)
            BUILT_IN.setdefault(_config_name(cls), cls)
            _by_module[_module_name(cls), _config_name(cls)] = cls
        cls._prepare_constructor()

    @classmethod
    def _prepare_constructor(cls):
        """Has the constructor of a class of this package tell what is wrong with arguments."""
        if is_ours(cls) and cls._tells_arguments and "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__, cls._further_arguments())

    @classmethod
    def _further_arguments(cls):
        """The bases' arguments that the constructor takes by position after its own."""
        return ()

    def get_config(self):
        """The arguments that make an equal object, as plain data.

        A class of the program's own that overrides it gets the arguments of Keras's class alone.

        Raises:
          NotImplementedError: an argument that the object did not keep.
        """
        config, cls = {}, type(self)
        told = init_parameters(told_class(cls))
        for name in init_parameters(cls):
            if name in self._not_in_config or name not in told:
                continue
            try:
                value = self._argument(name, told[name])
                config[name] = by_name.get(id(value)) or encode(value)
            except AttributeError:
                if _describes_itself(cls):
                    continue
                raise NotImplementedError(
                    f"{cls.__name__}.get_config(): the argument {name!r} of __init__ was "
                    f"not kept: keep it, as in self.{name} = {name}, or override get_config() and "
                    "give it there."
                ) from None
        return config

    def _argument(self, name, owner):
        """The value of an argument of `owner.__init__`; AttributeError where it was not kept."""
        return getattr(self, name)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """An object from what `get_config` returned.

        Args:
          config: what `get_config` returned.
          custom_objects: further classes and functions that the config names.
        """
        if custom_objects:
            with CustomObjectScope(custom_objects):
                return cls.from_config(config)
        if not _describes_itself(cls):
            # constructors make initializers themselves: each draws a seed when its turn comes
            late = {k: v for k, v in config.items() if k.endswith("_initializer")}
            config = {**decode({k: v for k, v in config.items() if k not in late}), **late}
        return cls(**config)


def told_class(cls):
    """The class whose arguments our `get_config` tells: of one of the program's own that overrides
    it, the one of this package that it derives from."""
    return next(base for base in cls.__mro__ if is_ours(base)) if _describes_itself(cls) else cls


def _describes_itself(cls):
    """Whether a class outside of this package overrides get_config."""
    return not is_ours(next(base for base in cls.__mro__ if "get_config" in vars(base)))


def init_parameters(cls):
    """The parameters of a constructor, with those of its bases where it takes **kwargs: a dict
    from their names to the classes that have them."""
    owners = {}
    for base in cls.__mro__:
        init = base.__dict__.get("__init__")
        if init is None or base is object:
            continue
        parameters = inspect.signature(init).parameters.values()
        for p in list(parameters)[1:]:
            if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
                owners.setdefault(p.name, base)
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return owners


def can_encode(value):
    """Whether an argument is plain data, an object with a config, or a structure of these."""
    if isinstance(value, dict):
        return all(map(can_encode, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(can_encode, value))
    return value is None or isinstance(value, (bool, int, float, str, Configurable))


def encode(value):
    """A config's value as plain data: numbers, strings, lists, dicts."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, DType):
        return value.name
    if isinstance(value, (Tensor, np.ndarray, Variable)):
        array = np.asarray(value)
        kind = "__tensor__" if isinstance(value, Tensor) else "__numpy__"
        return _special(kind, value=array.tolist(), dtype=str(array.dtype))
    if isinstance(value, slice):
        parts = {name: encode(getattr(value, name)) for name in ("start", "stop", "step")}
        return _special("__slice__", **parts)
    if isinstance(value, bytes):
        return _special("__bytes__", value=value.decode("utf-8"))
    if value is Ellipsis:
        return _special("__ellipsis__")
    if isinstance(value, (list, tuple)):  # tuples stay: JSON has lists for both
        return (tuple if isinstance(value, tuple) else list)(encode(v) for v in value)
    if isinstance(value, dict):
        return {k: encode(v) for k, v in value.items()}
    return serialize(value)


def _special(kind, **config):
    return {"class_name": kind, "config": config}


def _function_layer(config):
    """The config of the layer of a function of keras.ops, whose operation's config Keras wrote."""
    inner = dict(config.get("config") or {})
    lead = "keras.ops.image" if config["module"].endswith(".image") else "keras.ops"
    own = {"function": f"{lead}.{snake_case(config['class_name'])}"}
    own["name"] = inner.pop("name", config.get("name"))
    own["arguments"] = {k: v for k, v in inner.items() if k not in ("dtype_policy",)}
    return {"class_name": "FunctionLayer", "config": own}


CODE = (  # of a function that a file has as bytes of Python
    "{} is a Python lambda, or kept as the code of a function. Code of files is never run: that "
    "would be arbitrary code execution, by whoever made the file. Write the function anew, and "
    "give it under the {}, as in custom_objects={{{!r}: lambda x: ...}}."
)


def _array(value, dtype):
    return np.array(value, as_dtype(dtype).as_numpy_dtype)


_SPECIAL = {  # what `encode` made of values that are no plain data
    "__numpy__": _array,
    "__tensor__": lambda value, dtype: convert_to_tensor(_array(value, dtype)),
    "__slice__": lambda start, stop, step: slice(start, stop, step),
    "__bytes__": lambda value: value.encode("utf-8"),
    "__ellipsis__": lambda: Ellipsis,
}


def decode(value, custom_objects=None):
    """The value of a config's plain data; dicts that describe an object become it.

    Raises:
      ValueError: a name that nobody made known, or a config without end.
    """
    try:
        return _decode(value, custom_objects)
    except RecursionError:
        raise ValueError("A config holds objects or lists too deep in one another.") from None


def _decode(value, custom_objects):
    if isinstance(value, (list, tuple)):
        return type(value)(decode(v, custom_objects) for v in value)
    if isinstance(value, dict):
        special = _SPECIAL.get(value.get("class_name"))
        if special is not None:
            return special(**decode(value["config"], custom_objects))
        if "class_name" in value and "config" in value:
            return deserialize(value, custom_objects=custom_objects)
        return {k: decode(v, custom_objects) for k, v in value.items()}
    return value


def family(base, also=None):
    """The built-in classes from `base` down, by name: a table for `get` and `deserialize`.

    Args:
      base: the class.
      also: a function that makes a second name of each; snake case by default.
    """
    found = {key: cls for key, cls in _by_module.items() if issubclass(cls, base)}
    classes = {name: cls for (module, name), cls in found.items() if "legacy" not in module}
    return classes | {(also or snake_case)(name): cls for name, cls in classes.items()}


# -- names -----------------------------------------------------------------------------------------


def snake_case(name):
    """`Conv2DTranspose` as `conv2d_transpose`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(base) -> str:
    """`base`, then `base_1`, `base_2` ...: counted until `reset_names`."""
    count = context.names.get(base, 0)
    context.names[base] = count + 1
    return f"{base}_{count}" if count else base


def auto_name(class_name):
    """A unique name made from a class's."""
    return unique_name(snake_case(class_name))


def reset_names():
    """Starts the counting of names anew (keras.backend.clear_session)."""
    context.names.clear()


def object_name(thing):
    """The name of a function, class or object, in snake case."""
    if hasattr(thing, "name"):
        return thing.name
    if hasattr(thing, "__name__") and not isinstance(thing, type):
        return snake_case(thing.__name__)
    return snake_case((thing if isinstance(thing, type) else type(thing)).__name__)


# -- registration ----------------------------------------------------------------------------------


def register_keras_serializable(package="Custom", name=None):
    """Decorates a class or function so that configs can name it.

    Raises:
      ValueError: a class without get_config.

    Example:
    >>> @tf.keras.utils.register_keras_serializable("my")
    ... def double(x):
    ...     return 2 * x
    >>> tf.keras.utils.get_registered_name(double)
    'my>double'
    """

    def decorate(thing):
        full = f"{package}>{name or thing.__name__}"
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise ValueError(
                f"Cannot register a class that does not have a get_config() method: {thing}."
            )
        _custom[full] = thing
        _registered_names[thing] = full
        return thing

    return decorate


def get_registered_name(obj):
    """The name a class or function was registered under, or its own name."""
    return _registered_names.get(obj, obj.__name__)


def get_registered_object(name, custom_objects=None, module_objects=None):
    """The class or function registered as `name`, or None."""
    for table in (custom_objects, context.custom_objects, _custom, module_objects):
        if table and name in table:
            return table[name]
    return None


def get_custom_objects():
    """The dict of objects known to configs by name; change it to add some.

    Example:
    >>> "nothing" in tf.keras.utils.get_custom_objects()
    False
    """
    return _custom


class CustomObjectScope:
    """A context in which configs may name `custom_objects`.

    Args:
      custom_objects: a dict from names to classes and functions.

    Example:
    >>> with tf.keras.utils.custom_object_scope({"twice": lambda x: 2 * x}):
    ...     layer = tf.keras.layers.Dense(1, activation="twice")
    """

    def __init__(self, custom_objects):
        self.custom_objects = custom_objects or {}

    def __enter__(self):
        self.backup = context.custom_objects
        context.custom_objects = self.backup | self.custom_objects
        return self

    def __exit__(self, *exc):
        context.custom_objects = self.backup


custom_object_scope = CustomObjectScope


# -- look-up and (de)serialization -----------------------------------------------------------------


def get(identifier, table, kind):
    """The object an argument names: a string, a config, a class (called), or the thing itself.

    Raises:
      ValueError: an unknown name, with the nearest ones; or something that is none of these.
    """
    if isinstance(identifier, str):
        custom = _custom | context.custom_objects
        found = custom.get(identifier)
        if found is None:
            found = table.get(identifier)
        if found is None:
            found = next((v for k, v in custom.items() if k.split(">")[-1] == identifier), None)
        if found is None:
            raise ValueError(unknown_name(kind, identifier, table))
        return found() if isinstance(found, type) else found
    if isinstance(identifier, dict):
        return deserialize(identifier, table, kind)
    if isinstance(identifier, type):
        return identifier()
    if callable(identifier) or isinstance(identifier, Configurable):
        return identifier
    raise ValueError(
        f"Could not interpret {kind} identifier: {identifier!r}. Give a name, an object of the "
        f"right "
        "class, or a function."
    )


def serialize(thing):
    """The config of an object, class or function: `deserialize` makes it again. None's is None."""
    if thing is None:
        return None
    registered = _registered_names.get(thing if inspect.isfunction(thing) else type(thing))
    if inspect.isfunction(thing) or inspect.isbuiltin(thing):
        return {
            "module": "builtins",
            "class_name": "function",
            "config": registered or thing.__name__,
            "registered_name": registered or "function",
        }
    if isinstance(thing, type):
        return {"class_name": "type", "config": thing.__name__, "registered_name": registered}
    if not hasattr(thing, "get_config"):
        raise ValueError(f"Cannot serialize {thing!r}: its class has no get_config().")
    cls = getattr(thing, "_config_class", type(thing))
    config = {
        "module": _module_name(cls),
        "class_name": _config_name(cls),
        "config": thing.get_config(),
        "registered_name": registered or (None if _is_ours(cls) else cls.__name__),
    }
    build = thing.get_build_config() if hasattr(thing, "get_build_config") else None
    if build is not None:
        config["build_config"] = encode(build)
    if compiled := thing.get_compile_config() if hasattr(thing, "get_compile_config") else None:
        config["compile_config"] = compiled
    if context.shared is not None:
        number, _ = context.shared.setdefault(id(thing), (len(context.shared), thing))
        config["shared_object_id"] = number
    return config


_SHARED = re.compile(r', "shared_object_id": (\d+)')


def shared_json(describe):
    """The JSON of a config: an object that is in it more than once has one `shared_object_id`.

    Args:
      describe: a function that serializes what the config is of.
    """
    before, context.shared = context.shared, {}
    try:
        text = json.dumps(describe(), default=encode)
    finally:
        context.shared = before
    count = Counter(_SHARED.findall(text))
    return _SHARED.sub(lambda found: found[0] if count[found[1]] > 1 else "", text)


def _config_name(cls):
    """The name of a class in configs: in few cases not its own."""
    return vars(cls).get("_config_name", cls.__name__)


def _is_ours(thing):
    return thing.__module__.split(".")[0] == __name__.split(".")[0]


def _module_name(cls):
    """`keras.layers` for classes of this package, the defining module else."""
    if not _is_ours(cls):
        return cls.__module__
    return getattr(cls, "_config_module", ".".join(cls.__module__.split(".")[1:3]))


@contextmanager
def _building(config):
    """A context that makes the object of a config, which it is to append to the list it gets. Its
    layers are built at the end of the outermost, from the outside in: so their weights' paths are
    those that they had."""
    outermost = context.unbuilt is None
    if outermost:
        context.unbuilt = []
    context.unbuilt.append([config.get("build_config")])
    try:
        yield context.unbuilt[-1]
        if outermost:
            for build, thing in context.unbuilt:
                if build and not getattr(thing, "built", True):
                    thing.build_from_config(build)
    finally:
        if outermost:
            context.unbuilt = None


def _built_in(config):
    """The classes of this package by name: with all layers, where that of a config is not among
    those that are imported already."""
    named = isinstance(config, dict) and (str(config.get("module")), str(config.get("class_name")))
    if named not in _by_module:
        import_all(_LAYERS)
    return BUILT_IN


def _compiled(thing, how):
    """A model, compiled as its config says where that says so."""
    if how and hasattr(thing, "compile_from_config"):
        thing.compile_from_config(how)
    return thing


def deserialize(config, table=None, kind="object", custom_objects=None):
    """The object of a config or name.

    Args:
      config: what `serialize` returned, or a name.
      table: where to look names up; all built-in classes by default.
      kind: what it should be, for messages.
      custom_objects: further names and objects.

    Raises:
      ValueError: a name that nobody made known.
    """
    if config is None:
        return None
    everything = table is None
    table = _built_in(config) if everything else table
    known = {**table, **_custom, **context.custom_objects, **(custom_objects or {})}
    if isinstance(config, str):
        return get(config, known, kind)
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(f"Could not interpret {kind} config: {config!r}.")
    if str(config.get("module")).startswith("keras.src.ops."):  # Keras has a class for each
        config = _function_layer(config)
    number, known_objects = config.get("shared_object_id"), getattr(context.loading, "shared", {})
    if number in known_objects:
        return known_objects[number]
    cls, inner = config["class_name"], config.get("config", {})
    name = config.get("registered_name") or cls
    if cls == "__lambda__":
        raise ValueError(CODE.format(f"A function of the {kind}", "name", "its_name"))
    if not isinstance(cls, str) or not isinstance(name, str):
        raise ValueError(f"Could not interpret {kind} config: {config!r}.")
    if cls in ("function", "type"):
        # Keras writes "function" where it knows no registered name.
        name = inner if name in ("function", "type") else name
    if cls == "function":
        known = FUNCTIONS | {k: v for k, v in known.items() if k not in BUILT_IN}
    found = _by_module.get((config.get("module"), cls)) if everything else None
    found = found or (
        known.get(name) or (cls in known and known[cls]) or known.get(str(name).split(">")[-1])
    )
    if found is None:  # before Keras 3.7 the package of a registered name was left out
        found = next((v for k, v in _custom.items() if k.split(">")[-1] == name), None)
    if found is None and name == "<lambda>":
        raise ValueError(CODE.format(f"A function of the {kind}", "name", "its_name"))
    if found is None:
        raise UnknownObject(
            f"{unknown_name(kind, name, known)} If it is your own, pass it, as in "
            f"custom_objects={{{str(name).split('>')[-1]!r}: ...}}, or register it with "
            "@keras.utils.register_keras_serializable()."
        )
    if cls in ("function", "type") or not isinstance(found, type):
        return found
    if not isinstance(inner, dict):
        raise ValueError(f"Could not interpret the config of a {cls}: {inner!r} is no dict.")
    if getattr(found, "_opens_files", False) and found in BUILT_IN.values():
        raise ValueError(
            f"{cls} reads the files that its configuration names, which is not done for a "
            f"configuration: make the object anew, or pass custom_objects={{{cls!r}: ...}}."
        )
    try:
        with custom_object_scope(custom_objects or {}), _building(config) as made:
            made.append(found.from_config(dict(inner)))
            if number is not None:
                known_objects[number] = made[-1]
    except RecursionError:
        raise ValueError(f"The config of a {cls} holds objects too deep in one another.") from None
    return _compiled(made[-1], config.get("compile_config"))
