"""How Keras 3 lays out a model in files: which objects keep something, in which order, by which
names."""

from ..layers.layer import Layer
from ..layers.weights import _UNTRACKED
from ..optimizers import Optimizer
from ..registry import is_ours, snake_case

# Attributes of Keras's own layers and models, which files leave out
_KERAS_OWN = {
    *("_layers", "_metrics", "_losses", "_seed_generators", "_trainable_variables"),
    *("_non_trainable_variables", "_tracker", "_compile_loss", "_compile_metrics"),
    *("trainable_variables", "non_trainable_variables", "weights", "variables", "metrics"),
    *("inputs", "outputs", "input", "output", "operations", "input_spec", "dtype_policy"),
}


_PRIVATE = (_UNTRACKED | {"_stack", "_graph", "_own_weights"}) - {"optimizer"}


def kept(root, keras_2=False, skipped=None):
    """(path, object) of a model and of all layers and optimizers below it, each once.

    Args:
      root: the model, or another layer.
      keras_2: whether the parts of subclassed models are where Keras 2 put them.
      skipped: objects below it that are left out, with what is reached through them alone.
    """
    yield from _walk(root, "", _Seen(keras_2, skipped))


class _Seen(set):
    """The objects that the walk has met, and the containers that it is within."""

    def __init__(self, keras_2, skipped):
        super().__init__(map(id, skipped or ()))
        self.keras_2, self.open = keras_2, set()


def _walk(thing, path, seen):
    seen.add(id(thing))
    yield path, thing
    for name, value in _attributes(thing, seen.keras_2):
        where = f"{path}/{name}" if path else name
        if isinstance(value, (Layer, Optimizer)):
            if id(value) not in seen:
                yield from _walk(value, where, seen)
        elif isinstance(value, (list, tuple, dict, set)):
            yield from _within(value, where, seen)


def _within(container, path, seen):
    """What a list, tuple or dict holds: by the names of the classes, which are counted."""
    if id(container) in seen.open:
        return  # it holds itself
    counts = {}
    seen.open.add(id(container))
    for value in list(container.values() if isinstance(container, dict) else container):
        nested = isinstance(value, (list, tuple, dict, set))
        if not nested and not isinstance(value, (Layer, Optimizer)):
            continue
        name = "container" if nested else snake_case(_class_name(value))
        count = counts[name] = counts.get(name, -1) + 1
        where = f"{path}/{name}_{count}" if count else f"{path}/{name}"
        if nested:
            if any(isinstance(v, (Layer, Optimizer, list, tuple, dict)) for v in _values(value)):
                yield from _within(value, where, seen)
        elif id(value) not in seen:
            yield from _walk(value, where, seen)
    seen.open.remove(id(container))


def _values(container):
    return container.values() if isinstance(container, dict) else container


def _class_name(thing):
    return getattr(thing, "_config_class", type(thing)).__name__


def _keras_2_layers(model):
    """The layers of a subclassed model as Keras 2 listed them: those that are attributes, or in
    dicts by the order of keys."""
    found = []
    for name, value in model.__dict__.items():
        if isinstance(value, Layer) and name not in _PRIVATE:
            found.append(value)
        elif isinstance(value, dict) and name not in _PRIVATE:
            found += [value[key] for key in sorted(value, key=str) if isinstance(value[key], Layer)]
    return found


def _attributes(thing, keras_2=False):
    """(name, value) of the attributes that files look at, in Keras's order."""
    cls, graph = type(thing), thing.__dict__.get("_graph")
    renamed = getattr(cls, "_file_names", {})
    found = dict.fromkeys(_names_of(thing))
    has_layers = hasattr(cls, "layers") and isinstance(thing, Layer)
    first = ["layers"] if graph is not None or hasattr(thing, "_stack") else []
    if has_layers and keras_2 and not first:
        yield "layers", _keras_2_layers(thing)
    elif has_layers:
        found["layers"] = None
    shown = {renamed.get(name, name): name for name in found}
    rest = sorted(shown.keys() - set(first), key=_order)
    for name in [*first, *rest]:
        try:
            value = getattr(thing, shown.get(name, name))
        except Exception:  # a property of the program's that has no value yet
            continue
        yield name, value


def _names_of(thing):
    """The names of the attributes that may hold something: an object's own, and properties of
    classes of the program."""
    names = set(thing.__dict__)
    for cls in type(thing).__mro__:
        if not is_ours(cls) and cls is not object:
            names |= {n for n, v in vars(cls).items() if not callable(v)}
    return [n for n in names if n[:2] != "__" and n not in _PRIVATE and n not in _KERAS_OWN]


def _order(name):
    return "~" + name if name.startswith("_") else name
