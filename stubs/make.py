"""Writes the types of tensorbrook: a stub (.pyi) beside each module, from what it is when imported.

    python stubs/make.py [FOLDER]      FOLDER: where to write; the sources' own by default

Names, parameters and defaults are those of the run-time; types come from annotations in the
sources, else from the tables (`tables.py`), else from a look at what a function returns. The build
hook runs this when tensorbrook is installed, also editable; afterwards, `make stubs`.
"""

import ast
import builtins
import inspect
import keyword
import re
import sys
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import GenericAlias, GetSetDescriptorType, MemberDescriptorType, ModuleType

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).parent))

import surface
import tables

from tensorbrook.base.dtypes import DType
from tensorbrook.core.dispatch import PUBLIC

ALIASES = set(re.findall(r"^(?:class )?([A-Z]\w+)(?:[(:]| =)", tables.ALIASES, re.MULTILINE))
PLAIN = (type(None), bool, int, float, str, bytes)

# -- what is known of the sources ------------------------------------------------------------------


@cache
def functions_of(path):
    """The functions of a source file by their first line (that of the first decorator)."""
    found = {}
    for node in ast.walk(ast.parse(Path(path).read_text())):
        if isinstance(node, (ast.FunctionDef, ast.Lambda)):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            found.setdefault(first, node)
    return found


def node_of(function):
    """The syntax tree of a function, or None."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None or "tensorbrook" not in code.co_filename:
        return None
    return functions_of(code.co_filename).get(code.co_firstlineno)


def results_of(node):
    """The expressions that a function yields, else those it returns; not of functions within."""
    if isinstance(node, ast.Lambda):
        return [node.body]
    found, waiting = [], list(node.body)
    while waiting:
        part = waiting.pop()
        if isinstance(part, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(part, (ast.Return, ast.Yield, ast.YieldFrom)):
            found.append(part)
        waiting += ast.iter_child_nodes(part)
    yields = [part for part in found if not isinstance(part, ast.Return)]
    return yields or [part.value for part in found]


CALLS = {n: n for n in ("str", "int", "float", "bool", "bytes")} | {
    **{"len": "int", "isinstance": "bool", "hasattr": "bool", "any": "bool", "all": "bool"},
    **{"list": "list[Any]", "sorted": "list[Any]", "dict": "dict[str, Any]", "repr": "str"},
    **{"set": "set[Any]", "tuple": "tuple[Any, ...]", "apply": "Tensor", "format": "str"},
    **{"wrap": "Tensor", "convert_to_tensor": "Tensor", "tensor_of": "Tensor"},
}


def infer(node, space, depth=0):
    """The type of an expression where it is plain to see, else None."""
    match node:
        case None:
            return "None"
        case ast.Constant(value=value):
            return "None" if value is None else type(value).__name__
        case ast.JoinedStr():
            return "str"
        case ast.Compare(ops=[ast.Is() | ast.IsNot() | ast.In() | ast.NotIn(), *_]):
            return "bool"
        case ast.UnaryOp(op=ast.Not()):
            return "bool"
        case ast.Name(id="self"):
            return "Self"
        case ast.List() | ast.ListComp():
            return "list[Any]"
        case ast.Dict() | ast.DictComp():
            return "dict[str, Any]"
        case ast.Yield() | ast.YieldFrom():
            return "Iterator[Any]"
        case ast.Tuple(elts=parts) if not any(isinstance(p, ast.Starred) for p in parts):
            types = [infer(p, space, depth) or "Any" for p in parts]
            return f"tuple[{', '.join(types)}]" if types else "tuple[()]"
        case ast.IfExp(body=one, orelse=other):
            return union([infer(one, space, depth), infer(other, space, depth)])
        case ast.Call(func=ast.Name(id="cls")):
            return "Self"
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            return CALLS[name]
        case ast.Call(func=ast.Name(id=name)):
            called = space.get(name)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
            called = getattr(space.get(name), attribute, None) if name in space else None
        case _:
            return None
    if inspect.isclass(called):
        known = id(called) in surface.homes() and called.__name__.strip("_")[:1].isupper()
        return called.__name__ if known else None
    if inspect.isfunction(called) and surface.is_ours(called) and depth < 4:
        return result_type(called, "", depth + 1)
    return None


def union(types):
    """One type for several; None where one of them is not known, or they are many."""
    types = list(dict.fromkeys(types))
    if None in types or len(types) > 3 or not types:
        return None
    return " | ".join(sorted(types, key=lambda t: t == "None"))


_OF_CONTEXT = contextmanager(results_of).__code__  # one for all that it wraps


@cache
def path_in_public(function):
    """The path by which a function of tensors was registered, or None."""
    return next((path for path, f in PUBLIC.items() if f is function), None)


def result_type(function, path, depth=0):
    """The type of what a function returns; None if nothing is known of it.

    Args:
      path: "Class.method", or the function's path in `tf`.
      depth: how many functions the question has passed through.
    """
    plain = inspect.unwrap(function)
    registered = path_in_public(function) if path.count(".") != 1 or path[0].islower() else None
    last = path.rpartition(".")[2]
    of_class = path.count(".") == 1 and path.lstrip("_")[:1].isupper()
    for key in (path, registered, f".{last}" if of_class else None):
        if key in tables.RESULTS:
            return tables.RESULTS[key]
    annotated = annotations_of(plain).get("return", plain)
    if annotated is not plain:
        return text_of(annotated)
    if getattr(function, "__code__", None) is _OF_CONTEXT:
        return "AbstractContextManager[Any]"
    node = node_of(function)
    if node is None:
        return "Tensor" if registered else None
    found = [infer(r, getattr(plain, "__globals__", {}), depth) for r in results_of(node)]
    found = union(found) if found else "None"
    return found or ("Tensor" if registered else None)


@cache
def annotations_of(function):
    """The annotations of a function, as objects where their names are known to it."""
    try:
        return inspect.get_annotations(function, eval_str=True)
    except (NameError, TypeError):
        return getattr(function, "__annotations__", {})


GENERIC = {  # the arguments of types that stand alone
    **dict.fromkeys(("list", "set", "frozenset", "Iterator", "Iterable", "Sequence"), "Any"),
    **{"dict": "Any, Any", "Mapping": "Any, Any", "tuple": "Any, ...", "Callable": "..., Any"},
    **{"Generator": "Any, Any, Any"},
}


def text_of(annotation):
    """An annotation of the sources as text."""
    if annotation is None or isinstance(annotation, str):
        return str(annotation)
    if annotation is ModuleType:
        return "types.ModuleType"
    if not inspect.isclass(annotation) or isinstance(annotation, GenericAlias):
        return str(annotation).replace("NoneType", "None")
    if annotation.__name__ in GENERIC:
        return f"{annotation.__name__}[{GENERIC[annotation.__name__]}]"
    place = surface.homes().get(id(annotation))
    plain = place or annotation.__module__ in ("builtins", "enum")
    return annotation.__name__ if plain else f"{annotation.__module__}.{annotation.__name__}"


def parameter_type(p, path, public, annotated):
    """The type of a parameter.

    Args:
      p: the inspect.Parameter.
      path: "Class.method" or the function's path.
      public: whether the function is one for users; what others take is not described.
      annotated: the function's annotations.
    """
    if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
        return tables.PARAMETERS.get(f"{path}.{p.name}", "Any")
    if p.annotation is not p.empty:
        return text_of(annotated.get(p.name, p.annotation))
    default = p.default
    ending = next((t for end, t in tables.ENDINGS.items() if p.name.endswith(end)), None)
    own = tables.PARAMETERS.get(f"{path}.{p.name}")
    found = own or (public and (tables.PARAMETERS.get(p.name) or ending))
    if not found:
        if isinstance(default, (bool, str, bytes)):
            return type(default).__name__ if public else "Any"
        found = ("Number" if isinstance(default, (int, float)) else "object") if public else "Any"
    if default is None and found not in ("object", "Any", "Nest", "Named") and "None" not in found:
        return f"{found} | None"
    if (
        own
        or default is p.empty
        or default is None
        or re.search(r"\b(object|Any|Nest|Named)\b", found)
    ):
        return found
    name = type(default).__name__
    wide = {"bool": "Number|Whole|Sizes|Axis|TensorLike|ShapeLike|int|float", "int":
            "Number|Whole|Sizes|Axis|TensorLike|ShapeLike|float", "float": "Number|TensorLike",
            "str": "TensorLike|DTypeLike", "tuple": "Sizes|Axis|TensorLike|ShapeLike|Sequence",
            "list": "Sizes|Axis|TensorLike|ShapeLike|Sequence", "DType": "DTypeLike"}  # fmt: skip
    if name in wide and not re.search(rf"\b({name}|{wide[name]})\b", found):
        return f"{found} | {name if name not in ('tuple', 'list') else 'Sequence[Any]'}"
    return found


# -- text ------------------------------------------------------------------------------------------


def default_text(value):
    """A parameter's default as it stands in a signature."""
    parts = value if isinstance(value, tuple) else (value,)
    plain = all(isinstance(part, PLAIN) for part in parts)
    return repr(value) if plain and repr(value) not in ("inf", "-inf", "nan") else "..."


def signature_text(function, path, public, method=False, extra=()):
    """The parameters of a function as text, with their types.

    Args:
      extra: keyword parameters in the place of its `**kwargs`.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return "*args: Any, **kwargs: Any"
    parts, star, positional = [], False, False
    annotated = annotations_of(inspect.unwrap(function))
    if method and parameters:
        first = parameters.pop(0)
        name = first.name if first.name == "cls" else "self"
        parts.append(name if first.kind is not first.VAR_POSITIONAL else "self, *args: Any")
    if extra:
        given = {p.name for p in parameters}
        parameters = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
        parameters += [p for p in extra if p.name not in given]
    for p in parameters:
        if positional and p.kind is not p.POSITIONAL_ONLY:
            parts.append("/")
        positional = p.kind is p.POSITIONAL_ONLY
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
        star = star or p.kind in (p.VAR_POSITIONAL, p.KEYWORD_ONLY)
        lead = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        shown = f"{lead}{p.name}: {parameter_type(p, path, public, annotated)}"
        parts.append(shown if p.default is p.empty else f"{shown} = {default_text(p.default)}")
    return ", ".join(parts + ["/"] * positional)


def docstring(value, indent):
    """A docstring as lines of a stub, where the source has none that an editor would find."""
    text = inspect.cleandoc(value.__doc__ or "")
    if not text:
        return ""
    lines = ('"""' + text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')).split("\n")
    lines[-1] += '"""' if not lines[-1].endswith('"') else ' """'
    return "\n" + "\n".join(indent + line if line else "" for line in lines)


def function_text(function, name, path, public, indent="", documented=False, **options):
    """A function's lines in a stub."""
    parameters = signature_text(function, path, public, **options)
    result = result_type(function, path)
    if public and result is None:
        UNKNOWN.append(path)
    text = f"{indent}def {name}({parameters}) -> {result or 'Any'}:"
    doc = docstring(function, indent + "    ") if documented else ""
    return text + (doc or " ...") + "\n"


UNKNOWN = []  # public functions of whose results nothing is known


def constant_type(value):
    """The type of a constant."""
    if value is None or isinstance(value, PLAIN):
        return "None" if value is None else type(value).__name__
    if isinstance(value, DType):
        return "DType"
    if inspect.isclass(value):
        return "type[Any]"
    if isinstance(value, (tuple, list, set, frozenset, dict)):
        inner = {"tuple": "[Any, ...]", "dict": "[Any, Any]"}.get(type(value).__name__, "[Any]")
        plain = type(value).__name__
        return plain + inner if plain in ("tuple", "list", "set", "frozenset", "dict") else "Any"
    return type(value).__name__ if id(type(value)) in surface.homes() else "Any"


# -- classes ---------------------------------------------------------------------------------------


def constructor_extra(cls):
    """The keyword parameters that bases' constructors add where `__init__` takes **kwargs; that
    itself is the last where the outermost base takes it as well."""
    extra, further = {}, []
    for base in cls.__mro__:
        init = vars(base).get("__init__")
        if init is None or base is object:
            continue
        parameters = list(inspect.signature(init).parameters.values())[1:]
        for p in parameters:
            if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL):
                extra.setdefault(p.name, p.replace(kind=p.KEYWORD_ONLY))
        further = [p for p in parameters if p.kind is p.VAR_KEYWORD]
        if not further:
            break
    return [*extra.values(), *further]


def attributes_of(cls):
    """Attributes that a class declares, or keeps in its methods: name -> type."""
    found = {}
    for name, annotation in vars(cls).get("__annotations__", {}).items():
        found[name] = text_of(annotation)
    init = vars(cls).get("__init__")
    node = node_of(init) if init else None
    typed = {}
    if init:
        public = id(cls) in surface.public_paths()
        for p in list(inspect.signature(init).parameters.values())[1:]:
            typed[p.name] = parameter_type(p, f"{cls.__name__}.__init__", public, {})
            if hasattr(cls, "get_config") and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
                found.setdefault(p.name, kept_type(p.name, typed[p.name]))
    for part in ast.walk(node) if node else ():
        if not isinstance(part, ast.Assign):
            continue
        for target in part.targets:
            pairs = zip(target.elts, part.value.elts) if (
                isinstance(target, ast.Tuple) and isinstance(part.value, ast.Tuple)
                and len(target.elts) == len(part.value.elts)
            ) else [(target, part.value)]  # fmt: skip
            for place, value in pairs:
                if isinstance(place, ast.Attribute) and isinstance(place.value, ast.Name):
                    known = typed.get(value.id) if isinstance(value, ast.Name) else None
                    kind = known or infer(value, inspect.unwrap(init).__globals__)
                    found.setdefault(place.attr, kind if kind not in (None, "None") else "Any")
    return {n: tables.ATTRIBUTES.get(n, t) for n, t in found.items() if n[0] != "_"}


def kept_type(name, given):
    """The type of the attribute that keeps a constructor's argument: what it was made into."""
    for end in ("initializer", "regularizer", "constraint"):
        if name.endswith("_" + end):
            return end.capitalize() + ("" if end == "initializer" else " | None")
    return "Callable[..., Any]" if name.endswith("activation") else given


def member_text(cls, name, member, indent, public):
    """The lines of one member of a class."""
    path = f"{cls.__name__}.{name}"
    own = tables.BASES.get(f"{cls.__module__}.{cls.__name__}")
    if path in tables.TEXT and (cls.__name__ != "Function" or own):
        return "".join(indent + line + "\n" for line in tables.TEXT[path].strip().split("\n"))
    kind = next((d for d in ("staticmethod", "classmethod")
                 if isinstance(member, getattr(builtins, d))), None)  # fmt: skip
    write = partial(function_text, name=name, path=path, public=public, indent=indent)
    if kind:
        inner = member.__func__
        return f"{indent}@{kind}\n" + write(inner, method=kind == "classmethod")
    if isinstance(member, property):
        key = path if path in tables.ATTRIBUTES else name
        got = tables.ATTRIBUTES.get(key) or (member.fget and result_type(member.fget, path))
        plain = getattr(member.fget, "__name__", name) == name  # an editor finds its docstring
        doc = " ..." if plain else docstring(member, indent + "    ") or " ..."
        text = f"{indent}@property\n{indent}def {name}(self) -> {got or 'Any'}:{doc}\n"
        if member.fset:
            text += f"{indent}@{name}.setter\n{indent}def {name}(self, value: Any) -> None: ...\n"
        return text
    if isinstance(member, (GetSetDescriptorType, MemberDescriptorType)):
        return f"{indent}{name}: {tables.ATTRIBUTES.get(name, 'Any')}\n"
    if inspect.isclass(member):
        return class_text(member, name, indent) if member.__qualname__.count(".") else (
            f"{indent}{name}: type[{member.__name__}]\n"
        )  # fmt: skip
    if surface.is_function(member):
        source = hasattr(member, "__code__") and member.__name__ == name
        extra = constructor_extra(cls) if name == "__init__" else ()
        return write(member, method=True, extra=extra, documented=not source)
    if type(member).__name__ in ("Weight", "AdaptedWeight"):
        return f"{indent}{name}: Variable\n"
    return f"{indent}{name}: {tables.ATTRIBUTES.get(name) or constant_type(member)}\n"


def field_text(cls, p, public):
    """A field of a named tuple; those that functions make are of tensors."""
    kind = "Tensor"
    if public or p.annotation is not p.empty:
        kind = parameter_type(p, f"{cls.__name__}.__init__", public, {})
    return f"{p.name}: {kind}" + ("" if p.default is p.empty else f" = {default_text(p.default)}")


def class_text(cls, name, indent=""):
    """The lines of a class in a stub."""
    public = bool(PUBLIC_CLASSES & {id(cls)})
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        given = [*inspect.signature(cls.__new__).parameters.values()][1:]
        fields = "".join(f"{indent}    {field_text(cls, p, public)}\n" for p in given)
        return f"{indent}class {name}(NamedTuple):\n{fields or indent + '    ...'}\n"
    bases = [b for b in cls.__bases__ if b is not object and (
        id(b) in surface.homes() or b.__module__ in ("builtins", "enum"))]  # fmt: skip
    enum = any(b.__module__ == "enum" for b in bases)
    shown = ", ".join("tuple[Any, ...]" if b is tuple else text_of(b) for b in bases)
    shown = tables.BASES.get(f"{cls.__module__}.{name}", shown)
    body, seen, inner = "", set(), indent + "    "
    for key, member in vars(cls).items():
        if (key[0] == "_" and key not in tables.SHOWN) or keyword.iskeyword(key):
            continue
        seen.add(key)
        if enum and isinstance(member, cls):
            body += f"{inner}{key} = {member.value!r}\n"
        elif key == "__hash__" and member is None:
            continue
        else:
            body += member_text(cls, key, member, inner, public)
    for key, kind in attributes_of(cls).items():
        if key not in seen and not any(key in vars(b) for b in cls.__mro__[1:]):
            body = f"{inner}{key}: {kind}\n" + body
    return f"{indent}class {name}{f'({shown})' if shown else ''}:\n{body or inner + '...'}\n"


# -- modules ---------------------------------------------------------------------------------------


def entry_text(module, name, value, path):
    """A name's lines in its module's stub, and whether it is made known from elsewhere."""
    if surface.is_space(value):
        if hasattr(value, "__file__"):
            parent, _, last = value.__name__.rpartition(".")
            return (
                f"from {parent} import {last} as {name}\n"
                if parent
                else f"import {last} as {name}\n"
            )
        inner = ((k, v) for k, v in vars(value).items() if k[0] != "_" and surface.is_function(v))
        rows = "".join("    @staticmethod\n" + function_text(
            f, k, f"{path}.{k}", True, "    ", documented=True) for k, f in inner)  # fmt: skip
        return f"class {name}:\n{rows or '    ...'}\n"
    if not (inspect.isclass(value) or surface.is_function(value)):
        return f"{name}: {constant_type(value)}\n"
    home = surface.homes().get(id(value))
    if home is None:
        return f"{name}: Any\n"
    if home[0] != module.__name__:
        return f"from {home[0]} import {home[1]} as {name}\n"
    if inspect.isclass(value):
        return class_text(value, name) if home[1] == name else f"{name} = {home[1]}\n"
    paths = surface.public_paths().get(id(value))
    shown = paths[0].removeprefix("tf.") if paths else f"{path}.{name}"
    documented = name not in surface.names_of(module).defined
    if shown in tables.TEXT:
        rest = signature_text(value, shown, True, method=True).partition(", ")[2]
        doc = docstring(value, "    ") if documented else " ..."
        return tables.TEXT[shown].strip().format(rest=rest, doc=doc) + "\n"
    return function_text(value, name, shown, bool(paths), documented=documented)


def module_text(module, public_path):
    """The stub of a module."""
    names = surface.names_of(module)
    entries = dict(surface.offered(module)) if public_path else {}
    for name, value in vars(module).items():
        mine = name in names.defined or name in names.assigned
        private = name[0] == "_" and not inspect.isclass(value)
        if mine and not private and not surface.is_space(value) and name.isidentifier():
            entries.setdefault(name, value)
    for name, imported_as_itself in names.imported.items():
        if imported_as_itself and hasattr(module, name):
            entries.setdefault(name, getattr(module, name))
    path = (public_path or module.__name__).removeprefix("tf").removeprefix(".")
    head, body = [], []
    for name, value in sorted(entries.items()):
        text = entry_text(module, name, value, path)
        (head if text.startswith(("from ", "import ")) else body).append(text)
    text = "".join(body)
    doc = docstring(module, "").lstrip("\n")
    exported = f"\n__all__ = {sorted(entries)!r}\n" if public_path else ""
    imports, text = imports_of(text, module, entries)
    return f"{doc}\n\n{imports}{''.join(head)}{exported}\n{text}"


STANDARD = {
    **dict.fromkeys(["Any", "Generic", "NamedTuple", "Self", "overload"], "typing"),
    **dict.fromkeys(
        ["Callable", "Generator", "Iterable", "Iterator", "Mapping", "Sequence"], "collections.abc"
    ),
    "MutableMapping": "collections.abc",
    "AbstractContextManager": "contextlib",
    **dict.fromkeys(
        [
            "bool",
            "int",
            "float",
            "complex",
            "str",
            "bytes",
            "list",
            "dict",
            "tuple",
            "set",
            "type",
            "object",
        ],
        "builtins",
    ),
    **dict.fromkeys(["Enum", "IntEnum"], "enum"),
    "PathLike": "os",
}
STRING = re.compile(r'("""(?s:.*?)(?<!\\)""")')


def imports_of(text, module, entries):
    """The imports of what a stub's annotations name; and the stub, where those that have the name
    of something else in this module begin with an underscore."""
    used = set(re.findall(r"[A-Za-z_]\w*", STRING.sub("", text)))
    lines = []
    if "np" in used:
        lines.append("import numpy as np\n")
    dotted = set(re.findall(r"(?<![\w.])([a-z_][a-z_.]*)\.[A-Za-z]\w*", STRING.sub("", text)))
    lines += [f"import {name}\n" for name in sorted(dotted & sys.modules.keys())]
    for name in sorted(used & (STANDARD.keys() | ALIASES | CLASSES.keys())):
        if name in STANDARD:
            place = (STANDARD[name], name)
        else:
            place = ("tensorbrook._types", name) if name in ALIASES else CLASSES[name]
        if name in entries:
            value = entries[name]
            if place in (surface.homes().get(id(value)), (value.__class__.__module__, name)):
                continue
            parts = STRING.split(text)
            parts[::2] = [
                re.sub(rf"(: |-> |\| |\[|(?:, |\()(?!{name}:)){name}\b", rf"\1_{name}", part)
                for part in parts[::2]
            ]
            changed = "".join(parts)
            if changed != text:
                lines.append(f"from {place[0]} import {place[1]} as _{name}\n")
            text = changed
        elif place[0] == module.__name__:
            text = re.sub(rf"\b{name}\b", place[1], text) if name != place[1] else text
        elif place[0] != "builtins":
            shown = "" if place[1] == name else f" as {name}"
            lines.append(f"from {place[0]} import {place[1]}{shown}\n")
    return "".join(lines), text


def classes():
    """Classes that annotations may name: the public ones before others of the same name."""
    found = {}
    public = surface.public_paths()
    everything = [
        (name, value)
        for module in surface.modules().values()
        for name, value in vars(module).items()
        if inspect.isclass(value) and id(value) in surface.homes()
    ]

    def rank(entry):
        return id(entry[1]) not in public, entry[1].__module__.startswith("tensorbrook.keras")

    for name, value in sorted(everything, key=rank):
        if value.__name__ == name and name not in STANDARD and name.strip("_")[:1].isupper():
            found.setdefault(name, surface.homes()[id(value)])
    found["DatasetIterator"] = ("tensorbrook.data.iterator", "Iterator")
    found["NameScope"] = ("tensorbrook.base.names", "name_scope")
    found["TracedFunction"] = ("tensorbrook.function.function", "Function")
    return found


CLASSES = classes()
PUBLIC_CLASSES = {
    id(base)
    for module in surface.public_modules().values()
    for value in surface.offered(module).values()
    if inspect.isclass(value)
    for base in value.__mro__
}


def main(folder):
    """Writes all stubs under `folder`/tensorbrook, and removes those of modules that are gone."""
    root = Path(folder) / "tensorbrook"
    public = {m.__name__: path for path, m in surface.public_modules().items()}
    texts = {root / "_types.pyi": tables.ALIASES}
    for name, module in surface.modules().items():
        place = Path(folder, *name.split("."))
        package = surface.is_package(module)
        texts[place / "__init__.pyi" if package else place.with_suffix(".pyi")] = module_text(
            module, public.get(name)
        )
    for old in {*root.rglob("*.pyi")} - texts.keys():
        old.unlink()
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "py.typed").touch()


if __name__ == "__main__":
    here = Path(__file__).parents[1] / "src"
    main(sys.argv[1] if len(sys.argv) > 1 else here)
    print(f"{len(UNKNOWN)} public functions without a known result", *UNKNOWN, sep="\n  ")
