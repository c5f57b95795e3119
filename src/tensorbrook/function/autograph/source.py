"""From a function to its converted twin: finds its source, rewrites, compiles, remembers."""

import ast
import builtins
import copy
import inspect
import linecache
import sys
import types
import weakref
from opcode import hasjabs, hasjrel, opmap

from .lower import Unconvertible
from .rewrite import is_plain, rewrite

# Functions of these packages run as they are: they hold no control flow on tensors, or know how.
_AS_THEY_ARE = {
    *sys.stdlib_module_names, __name__.split(".")[0], "numpy", "ml_dtypes", "optree", "rich",
    "h5py", "scipy", "matplotlib", "pandas", "PIL", "sklearn", "IPython", "pytest", "_pytest",
    "llvmlite", "hypothesis",
} - {"__main__"}  # fmt: skip
_NEVER = {"locals", "eval", "exec", "vars", "dir", "ag__"}  # they look at the frame's own names
_CALLS = {code for name, code in opmap.items() if name.startswith("CALL")}
# above 255 are the compiler's own, which no code object holds (Python 3.13)
_STORES = {opmap[f"STORE_{kind}"] for kind in ("ATTR", "SUBSCR", "GLOBAL", "DEREF")}
_INTERESTING = bytes(code for code in {*hasjrel, *hasjabs} | _CALLS | _STORES if code < 256)
_converted = weakref.WeakKeyDictionary()  # code -> {(file name, recursive): converted code or None}
verbosity = types.SimpleNamespace(level=0, stdout=False)
_lambdas = {}  # file name -> (its lines, [its Lambda nodes])
_FORBIDDEN_FLAGS = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


HIGHER_ORDER = {
    "cond", "case", "switch_case", "while_loop", "map_fn", "vectorized_map", "foldl", "foldr",
    "scan",
}  # fmt: skip


def path_of(function):
    """Where a public function of ours stands below `tf`, or None."""
    return getattr(function, "_public_path", None)


def is_users(function):
    """Whether a function is a user's that may be converted, and not marked otherwise."""
    package = str(function.__globals__.get("__name__", "")).partition(".")[0]
    return package not in _AS_THEY_ARE and not hasattr(function, "_autograph_off")


def convert(function, runtime, recursive=True):
    """The converted twin of a Python function, over the same globals, cells and defaults.

    Args:
      function: a plain Python function.
      runtime: the module that the rewritten code calls `ag__`.
      recursive: whether functions that it calls are converted too.

    Returns:
      The twin, or the function itself where there is nothing to convert, or no source.
    """
    code = function.__code__
    known = _converted.setdefault(code, {})
    key = code.co_filename, recursive
    if key not in known:
        known[key] = _convert_code(function, recursive)
        _say(f"{function.__qualname__} ({key[0]}:{code.co_firstlineno}): ", known[key])
    new = known[key]
    if new is None:
        return function
    cells = dict(zip(code.co_freevars, function.__closure__ or ()))
    cells["ag__"] = types.CellType(runtime)
    closure = tuple(cells[name] for name in new.co_freevars)
    twin = types.FunctionType(
        new, function.__globals__, function.__name__, function.__defaults__, closure
    )
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__qualname__, twin.__module__ = function.__qualname__, function.__module__
    twin.__doc__, twin.__wrapped__ = function.__doc__, function
    return twin


def _say(where, new):
    if verbosity.level > 0:
        text = f"AutoGraph: {where}{'as it is' if new is None else 'converted'}"
        for stream in [sys.stderr] + [sys.stdout] * verbosity.stdout:
            print(text, file=stream)


def _convert_code(function, recursive):
    """The converted code of a function, or None."""
    code = function.__code__
    if code.co_flags & _FORBIDDEN_FLAGS or "ag__" in code.co_freevars:
        return None
    if not _NEVER.isdisjoint(code.co_names) and "@py_builtins" not in code.co_names:
        return None  # pytest's asserts call locals(), which the source does not
    if not any(operation in _INTERESTING for operation in code.co_code[::2]):
        return None
    try:
        tree = rewritten_tree(function, recursive)
        return None if tree is None else _compile(tree, code)
    except (Unconvertible, SyntaxError):
        return None


def rewritten_tree(function, recursive, always=False):
    """The rewritten syntax tree of a function.

    Returns:
      None without source, and, unless `always`, where there is nothing to convert.
    """
    node = find_definition(function.__code__)
    if node is None or not (always or _worth_it(node, function)):
        return None
    return rewrite(node, recursive, _owner(function.__code__.co_qualname))


def _compile(tree, code):
    """Compiles a definition within a function that has the original's free names."""
    names = [*code.co_freevars, "ag__"]
    if any(isinstance(n, ast.Name) and n.id == "__class__" for n in ast.walk(tree)):
        names += [] if "__class__" in names else ["__class__"]
    if isinstance(tree, ast.Lambda):
        tree = ast.copy_location(ast.Expr(value=tree), tree)
    else:
        tree.name = "ag__function"  # its own name is looked up outside, as in the original
    factory = ast.FunctionDef(
        name="ag__factory", body=[tree], decorator_list=[], type_params=[],
        args=ast.arguments(
            posonlyargs=[], args=[ast.arg(arg=n) for n in names], kwonlyargs=[],
            kw_defaults=[], defaults=[],
        ),
    )  # fmt: skip
    module = ast.Module(body=[ast.copy_location(factory, tree)], type_ignores=[])
    compiled = compile(ast.fix_missing_locations(module), code.co_filename, "exec")
    outer = next(c for c in compiled.co_consts if isinstance(c, types.CodeType))
    inner = next(c for c in outer.co_consts if isinstance(c, types.CodeType))
    return _renamed(inner, code.co_name, code.co_qualname)


def _renamed(code, name, qualname):
    """Code whose frames, those of its blocks too, bear the original function's name."""

    def inner(constant):
        if not isinstance(constant, types.CodeType):
            return constant
        own = constant.co_name
        if own.startswith(("ag__", "<lambda>")):
            return _renamed(constant, name, qualname)
        return _renamed(constant, own, f"{qualname}.<locals>.{own}")

    constants = tuple(map(inner, code.co_consts))
    return code.replace(co_consts=constants, co_name=name, co_qualname=qualname)


def _owner(qualname):
    """The class in whose body a function of this qualified name stands, or None."""
    parts = qualname.split(".")[:-1]
    while parts and parts[-1] == "<locals>":
        parts = parts[:-2]
    return parts[-1] if parts else None


# -- finding the source ----------------------------------------------------------------------------


def find_definition(code):
    """The syntax tree of the FunctionDef or Lambda that code was compiled from, or None."""
    lines = linecache.getlines(code.co_filename)
    if not lines or code.co_firstlineno > len(lines):
        return None
    try:
        if code.co_name == "<lambda>":
            return _find_lambda(code, lines)
        block = inspect.getblock(lines[code.co_firstlineno - 1 :])
        indented = block[0][:1].isspace()
        tree = ast.parse(("if 1:\n" if indented else "") + "".join(block))
    except (SyntaxError, inspect.EndOfBlock):
        return None
    ast.increment_lineno(tree, code.co_firstlineno - 1 - indented)
    node = tree.body[0].body[0] if indented else tree.body[0]
    return node if isinstance(node, ast.FunctionDef) and _agrees(node, code) else None


def _agrees(node, code):
    """Whether a definition has the code's parameters: the file may have changed meanwhile."""
    a = node.args
    names = [p.arg for p in [*a.posonlyargs, *a.args, *a.kwonlyargs]]
    names += [p.arg for p in (a.vararg, a.kwarg) if p]
    owner = (_owner(code.co_qualname) or "").lstrip("_")
    names = [f"_{owner}{n}" if n.startswith("__") and not n.endswith("__") else n for n in names]
    return names == list(code.co_varnames[: len(names)])


def _find_lambda(code, lines):
    """The one lambda on the code's line whose body spans what the code's instructions span."""
    known = _lambdas.get(code.co_filename)
    if known is None or known[0] is not lines:
        nodes = [n for n in ast.walk(ast.parse("".join(lines))) if isinstance(n, ast.Lambda)]
        known = _lambdas[code.co_filename] = (lines, nodes)
    places = [p for p in code.co_positions() if None not in p and p[3]]
    first = min(((p[0], p[2]) for p in places), default=None)
    last = max(((p[1], p[3]) for p in places), default=None)
    near = [n for n in known[1] if n.lineno == code.co_firstlineno and _agrees(n, code)]
    if len(near) > 1:
        span = [((b.lineno, b.col_offset), (b.end_lineno, b.end_col_offset)) for b in
                (n.body for n in near)]  # fmt: skip
        near = [n for n, s in zip(near, span) if s[0] <= first and s == (s[0], last)]
    # the tree is kept for the file's other lambdas: the rewriting gets one of its own
    return copy.deepcopy(near[0]) if len(near) == 1 else None


# -- what is worth it ------------------------------------------------------------------------------


def _worth_it(node, function):
    """Whether a function holds control flow, or calls what could be a user's function."""
    # cells are left out: another function of the same code may hold other things in them
    variables = {**vars(builtins), **function.__globals__}
    for name in (*function.__code__.co_varnames, *function.__code__.co_freevars):
        variables.pop(name, None)
    for n in ast.walk(node):
        if isinstance(n, (ast.For, ast.While, ast.IfExp, ast.Assert, ast.AugAssign)):
            return True
        if isinstance(n, ast.If) and not is_plain(n.test):
            return True
        if isinstance(n, ast.BoolOp) or (isinstance(n, ast.Compare) and len(n.ops) > 1):
            return True
        if isinstance(n, ast.UnaryOp) and isinstance(n.op, ast.Not):
            return True
        if isinstance(n, ast.Call) and not _calls_known(n.func, variables):
            return True
    return False


def _calls_known(callee, variables):
    """Whether a call's target is surely no function of a user's: `tf.add`, `np.sum`, `len`."""
    path = []
    while isinstance(callee, ast.Attribute):
        path.append(callee.attr)
        callee = callee.value
    if not isinstance(callee, ast.Name) or callee.id not in variables:
        return False
    found = variables[callee.id]
    for name in reversed(path):
        if not isinstance(found, (types.ModuleType, type, types.SimpleNamespace)):
            return False
        found = getattr(found, name, None)
    if found in (print, int, float, bool, iter, next, super) or path_of(found) in HIGHER_ORDER:
        return False
    if isinstance(found, types.FunctionType):
        return not is_users(found)
    package = str(getattr(found, "__module__", None)).partition(".")[0]
    return isinstance(found, types.BuiltinFunctionType | type) or package in _AS_THEY_ARE
