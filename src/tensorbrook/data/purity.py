"""Whether a user's function can do nothing but compute its result, told from its byte code.

Only then may a data set call it for many elements at once, or in another order. What is known to be
harmless is listed; everything else counts as a doubt, and the function runs as it is written.
"""

from __future__ import annotations

import builtins
import dis
import functools
import math
import re
import types

import numpy as np

from ..base.dtypes import DType
from ..base.shapes import TensorShape
from ..core.spec import TensorSpec
from ..core.tensor import Tensor
from ..function.function import Function

_BUILTINS = {
    *(abs, all, any, bool, complex, dict, divmod, enumerate, float, int, isinstance, len, list),
    *(map, max, min, pow, range, reversed, round, set, slice, sorted, str, sum, tuple, zip),
    *(np.array, np.asarray, np.arange, np.finfo, np.iinfo),
}
_PLAIN = (
    *(type(None), bool, int, float, complex, str, bytes, range, slice, type(Ellipsis)),
    *(DType, TensorShape, TensorSpec, np.dtype, np.generic, np.ufunc),
)
_FORBIDDEN = {
    *("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_ATTR", "DELETE_ATTR", "DELETE_DEREF"),
    *("IMPORT_NAME", "YIELD_VALUE", "LOAD_BUILD_CLASS", "SETUP_WITH", "BEFORE_WITH"),
}
_TAKES = ("LOAD_ATTR", "LOAD_METHOD")
_READS = {"copy", "count", "get", "index", "items", "keys", "values"}  # of lists and dicts
_MOST_COMPARED = 4096  # elements of an array that is looked at again for each batch
_MORE_THAN_COMPUTES = re.compile(
    r"random\.(?!stateless_)|print$|timestamp$|py_function$|numpy_function$|summary\.|"
    r"io\.(?!parse_|decode_|\w*Feature$)"
)
_MISSING = object()


def _differs(value, copy):
    if isinstance(value, np.ndarray):
        return value.tobytes() != copy.tobytes()
    now, then = ([*x, *x.values()] if isinstance(x, dict) else x for x in (value, copy))
    return len(now) != len(then) or any(a is not b for a, b in zip(now, then))


class Doubt(Exception):
    """Why a function may do more than compute."""


class Purity:
    """What a harmless function depends on besides its arguments.

    Attributes:
      reads_files: whether it depends on files, too.

    Raises:
      Doubt: it may do more than compute its result from its arguments and constants.

    Example:
    >>> from tensorbrook.data.purity import Purity
    >>> Purity(lambda x: tf.sqrt(x) + 1.0).holds()
    True
    >>> Purity(lambda x: print(x))
    Traceback (most recent call last):
    tensorbrook.data.purity.Doubt: print
    """

    def __init__(self, function):
        self.reads_files = False
        self._names = []  # (dict or cell, name, value): names that must still mean the same
        self._arrays = []  # (array or container, copy)
        self._seen = set()
        self._check_value(function, "the function")

    def holds(self):
        """True while all names still have the values they had."""
        for place, name, value in self._names:
            now = place.cell_contents if name is None else place.get(name, _MISSING)
            if now is not value:
                return False
        return not self._changed()

    def put_back(self):
        """Makes changed arrays again what they were; True where there was one."""
        changed = self._changed()
        for value, copy in changed:
            if isinstance(value, dict):
                value.clear()
                value.update(copy)
            else:
                value[... if isinstance(value, np.ndarray) else slice(None)] = copy
        return bool(changed)

    def _changed(self):
        return [pair for pair in self._arrays if _differs(*pair)]

    def _check_value(self, value, name):
        if isinstance(value, _PLAIN) or (isinstance(value, Tensor) and value.is_eager):
            return
        if isinstance(value, tuple | frozenset | list | dict):
            for item in value.values() if isinstance(value, dict) else value:
                self._check_value(item, name)
            if isinstance(value, list | dict):
                self._arrays.append((value, value.copy()))
        elif isinstance(value, np.ndarray) and value.size <= _MOST_COMPARED and value.dtype != "O":
            self._arrays.append((value, value.copy()))
        elif isinstance(value, Function):
            self._check_value(value.python_function, name)
        elif isinstance(value, functools.partial):
            for part in (value.func, *value.args, *value.keywords.values()):
                self._check_value(part, name)
        elif not self._is_harmless(value):
            if not isinstance(value, types.FunctionType):
                raise Doubt(name)
            self._check_function(value)

    def _is_harmless(self, value):
        if isinstance(value, type):
            known = (np.generic, Exception, TensorSpec, TensorShape)
            return issubclass(value, known) or value in _BUILTINS
        if isinstance(value, types.BuiltinFunctionType):
            return value in _BUILTINS or getattr(math, value.__name__, None) is value
        path = getattr(value, "_public_path", None)
        if path == "io.read_file":
            self.reads_files = True
            return True
        return path is not None and not _MORE_THAN_COMPUTES.match(path)

    def _check_function(self, function):
        if function in self._seen:
            return
        self._seen.add(function)
        for value in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._check_value(value, function.__name__)
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        self._check_code(function.__code__, cells, function.__globals__)

    def _check_code(self, code, cells, names):
        steps = list(dis.get_instructions(code))
        for number, step in enumerate(steps):
            name = step.argval
            if step.opname in _FORBIDDEN or (step.opname == "STORE_DEREF" and name in cells):
                raise Doubt(f"{step.opname} {name}")
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                value = self._global(names, name)
            elif step.opname in ("LOAD_DEREF", "LOAD_CLASSDEREF") and name in cells:
                value = self._cell(cells[name], name)
            else:
                continue
            self._check_use(value, name, steps[number + 1 :])
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._check_code(constant, cells, names)

    def _check_use(self, value, name, following):
        """Checks what a name stands for; of a module what is taken out of it."""
        method = following[0].argval if following[0].opname in _TAKES else ""
        if isinstance(value, list | dict) and method and method not in _READS:
            raise Doubt(name)
        for step in following:
            if not isinstance(value, types.ModuleType):
                break
            if step.opname not in _TAKES:
                raise Doubt(name)
            if value.__name__.split(".")[0] not in (__name__.split(".")[0], "numpy", "math"):
                raise Doubt(name)
            name = f"{name}.{step.argval}"
            value = getattr(value, step.argval, _MISSING)
        self._check_value(value, name)

    def _global(self, names, name):
        value = names.get(name, _MISSING)
        self._names.append((names, name, value))
        return getattr(builtins, name, _MISSING) if value is _MISSING else value

    def _cell(self, cell, name):
        try:
            value = cell.cell_contents
        except ValueError:
            raise Doubt(name) from None
        self._names.append((cell, None, value))
        return value
