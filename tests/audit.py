"""What a loader may touch: the file that it was given, and nothing else.

`with audit.only(path): load(path)` fails on any file opened besides `path`, any written, any folder
looked into, and on sockets, processes, pickles, and imports and code of somebody else's: also where
the loader catches the error. Python says these things to audit hooks; what a C library opens by
itself it does not. A hook cannot be taken away again, so there is one, which looks at `_scopes`.
"""

import os
import shutil
import sys
from collections import namedtuple
from contextlib import contextmanager
from pathlib import Path

_ALLOWED = (
    *("array.", "builtins.id", "cpython.PyInterpreterState", "gc.", "object.__", "resource.get"),
    *("sys._", "sys.excepthook", "sys.unraisablehook", "time.", "ctypes.", "os.walk", "os.fwalk"),
    *("glob.", "pathlib."),  # scandir tells of each folder
    *("_thread.start",),  # a hook sees what the thread does too
)
_LOADS_CODE = ("ctypes.dlopen", "code.__new__")
_FOLDERS = ("os.listdir", "os.scandir")
_OURS = ("<tensorbrook",)  # programs made of graphs
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_scopes: list["_Scope"] = []


class Forbidden(BaseException):
    """A loader did what no file may make it do; no `except Exception` catches this."""


class _Scope:
    def __init__(self, paths, writes, imports):
        self.reads = [os.path.realpath(p) for p in (*paths, *writes)]
        self.writes = [os.path.realpath(p) for p in writes]
        self.imports = ("tensorbrook", "encodings", *imports)
        self.faults: list[str] = []

    def refuses(self, event, args):
        """Whether an event is none that the scope allows."""
        if event.startswith(_ALLOWED) and event not in _LOADS_CODE:
            return False
        module = _being_imported() or (args[0] if event == "import" else None)
        if module is not None:  # what it loads and does is its own
            return not any(module == m or module.startswith(m + ".") for m in self.imports)
        if event != "shutil.rmtree" and _within(shutil.rmtree):
            return False  # of a folder that it may remove: it names what it finds there by itself
        if event in ("exec", "compile") and _within(namedtuple):
            return False  # which takes nothing but identifiers
        if event == "open" or event in _FOLDERS:
            return not self._may_open(*args)
        if event in ("exec", "compile"):
            name = args[0].co_filename if event == "exec" else str(args[1])
            return not name.startswith(_OURS)
        if event.startswith(("os.", "shutil.", "tempfile.")) and self.writes:
            paths = [a for a in args if isinstance(a, str | bytes | os.PathLike)]
            if event == "os.symlink":
                paths = paths[1:]  # where it leads is but a text
            if paths and all(_lies_in(path, self.writes) for path in paths):
                return False
        return True

    def _may_open(self, path, mode=None, flags=0):
        if isinstance(path, int) or path is None:
            return path is not None  # what is open already
        written = flags & _WRITES or (isinstance(mode, str) and set(mode) & set("wax+"))
        return _lies_in(path, self.writes if written else self.reads)


def _lies_in(path, allowed):
    path = os.path.realpath(os.fsdecode(path))
    return any(path == a or path.startswith(a.rstrip(os.sep) + os.sep) for a in allowed)


def _within(function):
    frame = sys._getframe(3)
    while frame is not None and frame.f_code is not function.__code__:
        frame = frame.f_back
    return frame is not None


def _being_imported():
    """The module whose import led here, the first of them, or None."""
    frame, name = sys._getframe(3), None
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            name = frame.f_locals.get("fullname", frame.f_locals.get("name", name))
        frame = frame.f_back
    return name


def _hook(event, args):
    for scope in _scopes:
        if scope.refuses(event, args):
            _scopes.remove(scope)  # what telling of it does is not the loader's doing
            try:
                scope.faults.append(f"{event} {args!r:.300}")
            finally:
                _scopes.append(scope)
            raise Forbidden(scope.faults[-1])


@contextmanager
def only(*paths, writes=(), imports=()):
    """A context in which only `paths` are opened, for reading; folders stand for all in them.

    Args:
        paths: files and folders that may be read.
        writes: files and folders that may be written and read, for tests of writers.
        imports: modules besides tensorbrook's own that may be loaded for the first time. It is
            better to load a good file before, so that everything needed is there.

    Raises:
        Forbidden: at the first thing else, and again at the end where somebody caught it.
    """
    if _hook not in _installed:
        sys.addaudithook(_hook)
        _installed.append(_hook)
    scope = _Scope(paths, writes, imports)
    _scopes.append(scope)
    try:
        yield
    finally:
        _scopes.remove(scope)
    if scope.faults:
        raise Forbidden(f"caught by the loader, and done all the same: {scope.faults}")


_installed: list = []


def everything_in(folder):
    """The names and contents of all that lies in a folder, to compare with later."""
    paths = sorted(Path(folder).rglob("*"))
    return {
        str(p.relative_to(folder)): os.readlink(p)
        if p.is_symlink()
        else p.read_bytes()
        if p.is_file()
        else None
        for p in paths
    }
