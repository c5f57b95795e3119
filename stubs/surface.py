"""What tensorbrook's modules offer: their names, and where the things of these names live."""

import ast
import importlib.util
import inspect
import sys
from functools import cache
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType, SimpleNamespace
from unittest.mock import MagicMock

import tensorbrook

LATER = object()  # stands for what cannot be imported here


NOT_WHERE_A_WHEEL_IS_BUILT = {
    "llvmlite": ("llvmlite.ir", "llvmlite.binding"),
    "jax": ("jax.lax", "jax.numpy", "jax.scipy", "jax.scipy.linalg", "jax.scipy.special"),
}


@cache
def modules():
    """Every module of the package that has a file, by name; all are imported."""
    for package, parts in NOT_WHERE_A_WHEEL_IS_BUILT.items():
        if importlib.util.find_spec(package) is None:
            sys.modules.update(dict.fromkeys((package, *parts), MagicMock()))
    root = Path(tensorbrook.__file__).parent
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = ("tensorbrook", *path.relative_to(root).with_suffix("").parts)
        name = ".".join(parts).removesuffix(".__init__")
        if parts[-1] != "__main__":
            found[name] = importlib.import_module(name)
    return found


class Names(ast.NodeVisitor):
    """The names that a module binds: by definitions, by imports; and those it uses itself."""

    def __init__(self, tree):
        self.defined, self.assigned, self.imported, self.used = {}, set(), {}, set()
        self.visit(tree)

    def visit_ImportFrom(self, node):
        for alias in node.names:
            self.imported[alias.asname or alias.name] = alias.asname == alias.name

    def visit_Import(self, node):
        for alias in node.names:
            self.imported[alias.asname or alias.name.partition(".")[0]] = False

    def visit_FunctionDef(self, node):
        self.defined[node.name] = node
        self.used |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}

    visit_ClassDef = visit_FunctionDef

    def visit_Name(self, node):
        (self.used if isinstance(node.ctx, ast.Load) else self.assigned).add(node.id)


@cache
def names_of(module):
    """The Names of a module's source."""
    return Names(ast.parse(Path(module.__file__).read_text()))


def is_ours(value):
    """Whether a class or function is one of tensorbrook."""
    return (getattr(value, "__module__", None) or "").split(".")[0] == "tensorbrook"


def is_function(value):
    """Whether a value is a function or a bound method."""
    return isinstance(value, (FunctionType, BuiltinFunctionType, MethodType))


def is_package(module):
    """Whether a module is a folder; `tensorbrook run` gives others a `__path__` as well."""
    return Path(module.__file__).name == "__init__.py"


def is_space(value):
    """Whether a value holds names only."""
    return isinstance(value, (ModuleType, SimpleNamespace))


@cache
def offered(module):
    """What a module offers by name: no helpers that it imports for its own use, and no private
    names. Submodules are offered where the package imports them or lists them as _LAZY."""
    names, package = names_of(module), is_package(module)
    listed = {*getattr(module, "__all__", ())} | {*getattr(module, "_LAZY", ())}
    found = {}
    for name in dir(module):
        try:
            value = getattr(module, name) if name[0] != "_" else None
        except ImportError:  # it needs a package that is not installed
            value = LATER
        known = name in listed or names.imported.get(name, False)
        if name[0] == "_":
            continue
        helper = isinstance(value, ModuleType) or not package
        if name in names.imported and helper and not known and name in names.used:
            continue
        if isinstance(value, ModuleType):
            ours = value.__name__.partition(".")[0] == "tensorbrook"
            if not ours or not (known or (package and name in names.imported)):
                continue
        elif (inspect.isclass(value) or is_function(value)) and not is_ours(value):
            if name not in names.assigned | names.defined.keys():
                continue
        elif name in names.imported and not package and not known and name.isupper():
            continue
        found[name] = value
    return found


@cache
def public_modules():
    """The modules reached from `tf` by offered names, by their path there: "tf.keras.layers"."""
    found, waiting = {}, [("tf", tensorbrook)]
    while waiting:
        path, module = waiting.pop(0)
        if module in found.values():
            continue
        found[path] = module
        waiting += [
            (f"{path}.{name}", value)
            for name, value in offered(module).items()
            if isinstance(value, ModuleType) and getattr(value, "__file__", None)
        ]
    return found


def stands(place):
    """Whether a module's own stub has a name."""
    module, name = modules()[place[0]], place[1]
    names = names_of(module)
    if name in names.defined or name in names.assigned:
        return True
    return module in public_modules().values() and name in offered(module)


@cache
def homes():
    """Where each class and function lives: id -> (module's name, name there)."""
    found, public = {}, [m.__name__ for m in public_modules().values()]
    order = [*public, *(n for n in modules() if n not in public)]
    for name in sorted(order, key=lambda n: (n not in public, n.startswith("tensorbrook.keras"))):
        module = sys.modules[name]
        for key, value in (vars(module) | (offered(module) if name in public else {})).items():
            if not (inspect.isclass(value) or is_function(value)) or not is_ours(value):
                continue
            own = (value.__module__, getattr(value, "__name__", key))
            if (
                own[0] in modules()
                and getattr(modules()[own[0]], own[1], None) is value
                and stands(own)
            ):
                found.setdefault(id(value), own)
            elif key in names_of(module).assigned or name in public:
                found.setdefault(id(value), (name, key))
    return found


@cache
def public_paths():
    """Every public class, function and constant: id -> its paths in `tf`, the shortest first."""
    found = {}
    for path, module in public_modules().items():
        for name, value in offered(module).items():
            if not is_space(value):
                found.setdefault(id(value), []).append(f"{path}.{name}")
    return {k: sorted(v, key=lambda p: (p.count("."), p)) for k, v in found.items()}
