"""Run a program written for TensorFlow: `tensorflow` and `keras` are answered by tensorbrook.

A finder stands first in `sys.meta_path`. It gives tensorbrook's own modules under TensorFlow's
names, so `tensorflow.keras is tensorbrook.keras`, and no program needs a changed line.
"""

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import sysconfig
import traceback
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PACKAGE = "tensorbrook"
KERAS, HUB = f"{PACKAGE}.keras", "tensorflow_hub"
INTERNAL = (f"{PACKAGE}.python.", f"{PACKAGE}.core.")  # TensorFlow's, by our name
# What a program may call them; the longest name that fits a module decides.
_KERAS = "keras keras.api keras.src tf_keras tf_keras.api tf_keras.src tensorflow.python.keras"
_TENSORFLOW = (
    "tensorflow tensorflow.compat.v2 tensorflow._api tensorflow._api.v2 tensorflow._api.v2.v2 "
    "keras.api._v2 tf_keras.api._v2 tensorflow.python.keras.api tensorflow.python.keras.api._v2"
)
ALIASES = {
    **dict.fromkeys(_TENSORFLOW.split(), PACKAGE),
    **dict.fromkeys(("keras.api._v1", "tf_keras.api._v1"), f"{PACKAGE}.compat.v1"),
    **dict.fromkeys(_KERAS.split(), KERAS),
    "keras_applications": f"{KERAS}.applications",
    "keras_preprocessing": f"{KERAS}.preprocessing",
}
NO_HUB = (
    "tensorflow_hub loads models from the net, in TensorFlow's own format: tensorbrook has none of "
    "it. Use keras.applications, or a model of your own."
)
FRAMES = 5
FULL_TRACEBACK = "TENSORBROOK_FULL_TRACEBACK"
OWN_FOLDER = str(Path(__file__).parents[1])


def target_name(name: str) -> str | None:
    """tensorbrook's name of a TensorFlow or Keras module; None if the name is neither's.

    Example:
        >>> from tensorbrook.tools.run import target_name
        >>> target_name("tensorflow.keras.layers"), target_name("tf_keras.losses")
        ('tensorbrook.keras.layers', 'tensorbrook.keras.losses')
    """
    head, tail = name.replace("tensorflow_core", "tensorflow"), ""  # of TensorFlow 2.0 and 2.1
    while head:
        if head in ALIASES:
            return ALIASES[head] + tail
        head, _, last = head.rpartition(".")
        tail = f".{last}{tail}"
    return None


def find_module(name: str) -> types.ModuleType:
    """The module of tensorbrook that a program's import of `name` gets.

    Raises:
        ModuleNotFoundError: tensorbrook has no such module.
    """
    target = target_name(name) or name
    if name == HUB:
        raise ModuleNotFoundError(NO_HUB, name=name)
    if f"{target}.".startswith(INTERNAL) and not name.startswith(PACKAGE):
        insides = importlib.import_module(f"{PACKAGE}.tools.insides")
        if (module := insides.module(target.removeprefix(f"{PACKAGE}."))) is None:
            raise ModuleNotFoundError(insides.INSTEAD.format(name))
        return module
    if target.startswith(KERAS + "."):
        old_names = importlib.import_module(f"{KERAS}.old_names").MODULES
        if target.removeprefix(KERAS + ".") in old_names:
            return old_names[target.removeprefix(KERAS + ".")]
    parent, _, child = target.rpartition(".")
    if parent:  # a public module may live in another folder than its name says
        public = getattr(find_module(parent), child, None)
        if isinstance(public, types.ModuleType):
            return public
        if isinstance(public, type) and child.islower():  # a namespace, such as types.experimental
            module = types.ModuleType(name)
            vars(module).update(vars(public))
            return module
    try:
        return importlib.import_module(target)
    except ModuleNotFoundError as error:
        if not f"{target}.".startswith(f"{error.name}."):
            raise
        raise ModuleNotFoundError(f"No module named {name!r}: {error}", name=PACKAGE) from None


def find_source(name):
    """As `find_module`; of Keras's own source (`keras.src...`) any module, of the public names.

    Those are modules of their own, so that what the import system sets in them is in none of ours.
    """
    _, source, place = f"{name}.".partition(".src.")
    if not source:
        return find_module(name)
    place = place.rstrip(".")
    try:
        own = find_module(name).__name__.removeprefix(KERAS).lstrip(".")
    except ModuleNotFoundError:
        own = place
        if not name.rpartition(".")[2].islower():  # a class is no module
            raise ModuleNotFoundError(f"No module named {name!r}", name=name) from None
    module = importlib.import_module(f"{KERAS}.old_names").OldModule(place)
    module.__name__, module._places = name, (own, *module._places, "ops")
    return module


def say_why_not(module, name):
    """Raises for `from module import name` what the module says of a name that it has not.

    Of a ModuleNotFoundError with the module's own name Python would keep nothing.
    """
    try:
        getattr(module, name)
    except AttributeError as error:
        message = f"cannot import name {name!r} from {module.__name__!r}: {error}"
        raise ModuleNotFoundError(message, name=PACKAGE) from None


class AliasFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds `tensorflow...` and `keras...` in tensorbrook; never falls through to other finders,
    which would load a module's file a second time under its second name."""

    def find_spec(self, fullname, path=None, target=None):
        above, _, name = fullname.rpartition(".")
        if above.partition(".")[0] == PACKAGE and above in sys.modules:
            if importlib.machinery.PathFinder.find_spec(fullname, path) is None:
                say_why_not(sys.modules[above], name)
            return None
        if target_name(fullname) is None and fullname != HUB:
            return None
        find_source(fullname)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        # The import system takes what stands in sys.modules afterwards: tensorbrook's own object.
        found = sys.modules[module.__name__] = find_source(module.__name__)
        vars(found).setdefault("__path__", [])  # old modules lie within what is none today


def execute(path: str | Path, argv: Sequence[str] = ()) -> None:
    """Make this process the program: its `sys.argv`, `sys.path[0]` and `__main__` stay changed."""
    path = os.fspath(path)
    source = Path(path).read_bytes()
    main = types.ModuleType("__main__")
    vars(main).update(__file__=path, __cached__=None, __builtins__=sys.modules["builtins"])
    sys.meta_path.insert(0, AliasFinder())
    sys.modules["__main__"] = main
    sys.argv = [path, *argv]
    sys.path[0] = str(Path(path).resolve().parent)
    exec(compile(source, path, "exec"), vars(main))


@contextmanager
def process_state_kept() -> Iterator[None]:
    """Undo on leaving what `execute` changes, alias modules included."""
    argv, path, finders, modules = sys.argv, sys.path[:], sys.meta_path[:], dict(sys.modules)
    for name in [name for name in modules if target_name(name)]:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.argv, sys.path[:], sys.meta_path[:] = argv, path, finders
        for name in [name for name in sys.modules if target_name(name)]:
            del sys.modules[name]
        sys.modules.update({name: modules[name] for name in modules if target_name(name)})
        sys.modules["__main__"] = modules["__main__"]


def run_program(path: str | Path, argv: Sequence[str] = ()) -> None:
    """Run a program inside this process, and leave the process as it was.

    Args:
        path: the program's file.
        argv: its arguments, `sys.argv[1:]` for it.

    Raises:
        Whatever the program raises, `SystemExit` included.

    Example:
        >>> from tensorbrook.tools.run import run_program
        >>> with open("program.py", "w") as file:
        ...     _ = file.write("import sys, tensorflow as tf; print(tf.__name__, sys.argv[1:])")
        >>> run_program("program.py", ["3"])
        tensorbrook ['3']
    """
    with process_state_kept():
        execute(path, argv)


def is_users(filename: str) -> bool:
    """Whether a frame's file is the user's: not Python's, tensorbrook's or an installed package."""
    folders = (OWN_FOLDER, sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
    installed = {"site-packages", "dist-packages"} & set(Path(filename).parts)
    library = filename.startswith(tuple(folder + os.sep for folder in folders))
    return not (installed or library or filename.startswith("<"))


def shorten(report: traceback.TracebackException) -> int:
    """Keep the user's last frames in a report and those of its causes; how many were left out."""
    frames = list(report.stack)
    launch = [i for i, f in enumerate(frames) if (f.filename, f.name) == (__file__, "execute")]
    frames = frames[launch[-1] + 1 :] if launch else frames  # ours are no part of the program
    own = [frame for frame in frames if is_users(frame.filename)]
    kept = (own or frames)[-FRAMES:]
    report.stack[:] = kept
    others = [report.__cause__, report.__context__, *(getattr(report, "exceptions", None) or ())]
    return len(frames) - len(kept) + sum(shorten(other) for other in others if other)


def show_exception(kind, value, trace) -> None:
    """A `sys.excepthook`: at most five frames, all the user's, their last line last."""
    report = traceback.TracebackException(kind, value, trace, compact=True)
    hidden = shorten(report)
    if hidden:
        print(f"({hidden} frames are not shown; {FULL_TRACEBACK}=1 shows all)", file=sys.stderr)
    print("".join(report.format()), end="", file=sys.stderr)


def main(path: str, argv: Sequence[str]) -> None:
    """`tensorbrook run`: the program takes over this process, exit status included.

    Its uncaught exceptions print short; with TENSORBROOK_FULL_TRACEBACK=1 as Python prints them.
    """
    if not os.environ.get(FULL_TRACEBACK):
        sys.excepthook = show_exception
    execute(path, argv)
