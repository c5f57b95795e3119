"""Names of packages whose modules are imported when one of the names is first asked for."""

import sys
from importlib import import_module

_packages = {}  # a package's name -> the paths of its modules


def on_first_use(package, modules, missing=None):
    """`__getattr__` and `__dir__` of a package, for names whose modules are not imported yet.

    Args:
      package: its `__name__`.
      modules: for each module, by its path from the package, the names that it brings, in one
        string; `Short=Name` gives the module's `Name` under another name, and a module's own name
        the module itself.
      missing: what to call with a name that nobody has, to raise an error of its own.
    """
    _packages[package] = [*modules]
    places = {}
    for path, names in modules.items():
        for entry in names.split():
            name, _, meant = entry.partition("=")
            places[name] = path, meant or name

    def find(name):
        if name not in places:
            if missing is not None:
                return missing(name)
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        path, meant = places[name]
        value = import_module("." + path, package)
        if meant != path.rpartition(".")[2]:
            value = getattr(value, meant)
        setattr(sys.modules[package], name, value)  # the next time it is found without us
        return value

    return find, lambda: sorted({*vars(sys.modules[package]), *places})


def modules_of(package):
    """The paths of the modules that a package imports when they are asked for."""
    return _packages.get(package, ())


def import_all(package):
    """Imports them."""
    for path in modules_of(package):
        import_module("." + path, package)


def starred(module):
    """The names that `from module import *` gives a program: those of functions and classes of its
    part of the project (`tensorbrook.keras`), none of its helpers'."""
    part = ".".join(module.__name__.split(".")[:2])
    strange = {
        name
        for name, value in vars(module).items()
        if not (callable(value) and getattr(value, "__module__", "").startswith(part))
    }
    return [name for name in dir(module) if name[0] != "_" and name not in strange]
