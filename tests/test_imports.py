"""The layers of tensorbrook: imports go downwards only, never in a circle or inside functions."""

import ast
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src"
ORDER = [
    "base",
    "formats",
    "charts",
    "core",
    "ops",
    "autodiff",
    "graph",
    "compiler",
    "xla",
    "function",
    "data",
    "summary",
    "checkpoint",
    "saved_model",
    "onnx",
    "distribute",
    "keras",
    "numpy_api",
    "",
    "tools",
]
# Optional or slow packages, imported on first use.
LATE = {
    "googleapiclient",
    "h5py",
    "jax",
    "kubernetes",
    "llvmlite",
    "matplotlib",
    "ml_dtypes",
    "optree",
    "requests",
    "rich",
    "scipy",
    "sklearn",
    "sqlite3",
    "IPython",
    "PIL",
    "simplejpeg",
    "concurrent",
    "difflib",
    "html",
    "urllib",
    "pandas",
    "pyarrow",
    "random",
}


# The native backend is imported where llvmlite is known to be there.
NEEDS_LLVM = {
    *("tensorbrook.compiler.program.Program", "tensorbrook.compiler.program.OpenProgram"),
    "tensorbrook.compiler.checksum.state_after",
    "tensorbrook.compiler.eager.run",
}
# The rules of XLA are imported where jax is known to be there.
NEEDS_JAX = {
    f"tensorbrook.xla.rules.{name}"
    for name in ("function_of", "has_rule", "run_node", "told", "unruled")
}
# Programs that make no graph, and map no function, do without these.
NEEDS_GRAPHS = {"tensorbrook.graph.passes.optimize", "tensorbrook.graph.vectorize"}
# Data sets that are not kept in files do without these.
NEEDS_FILES = {
    *("tensorbrook.data.saved", "tensorbrook.data.storage", "tensorbrook.data.storage.FileCache"),
}
LATELY = NEEDS_LLVM | NEEDS_JAX | NEEDS_GRAPHS | NEEDS_FILES


def module_name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def package_name(path):
    return ".".join(path.relative_to(ROOT).parent.parts)


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def level(module):
    """A package's number in ORDER, where "" is the facade; the command line lies above all."""
    first = module.split(".")[1] if "." in module else ""
    return len(ORDER) if first == "__main__" else ORDER.index(first if first in ORDER else "")


def imports(tree, package):
    """(node, full dotted names, inside a function) of each import but those for type checkers."""

    def walk(node, inside):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            return
        if isinstance(node, ast.Import):
            yield node, [alias.name for alias in node.names], inside
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), package)
            yield node, [f"{source}.{alias.name}" for alias in node.names], inside
        inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return walk(tree, False)


FOUND = {
    module: list(imports(ast.parse(path.read_text()), package_name(path)))
    for module, path in MODULES.items()
}


def own(names):
    """The modules of ours that these dotted names come from."""
    for name in names:
        if name.split(".")[0] == "tensorbrook":
            yield name if name in MODULES else name.rpartition(".")[0]


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_downwards_and_stand_at_the_top(module):
    faults = []
    for node, names, inside in FOUND[module]:
        where = f"{MODULES[module]}:{node.lineno}"
        late = {name if name in LATELY else name.split(".")[0] for name in names}
        if inside and not late <= LATE | LATELY:
            faults.append(f"{where}: import of {names} inside a function")
        faults += [
            f"{where}: {module} imports {other}, which lies above it"
            for other in own(names)
            if level(other) > level(module)
        ]
    assert not faults, "\n".join(faults)


def test_no_circle():
    edges = {m: {o for _, names, _ in FOUND[m] for o in own(names)} - {m} for m in MODULES}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        pytest.fail("imports in a circle: " + " <- ".join(error.args[1]))


# What lies above the backends speaks to them through core/backend.py.
READS_ARRAYS = ("base", "core", "ops", "compiler", "xla")
SPEAKS = ("core", "function", "keras", "data", "autodiff")


def within(path, places):
    return str(path.relative_to(ROOT / "tensorbrook")).startswith(places)


@pytest.mark.parametrize("module", MODULES)
def test_only_backends_know_backends(module):
    path, faults = MODULES[module], []

    def found(node, what, allowed):
        if not allowed:
            faults.append(f"{path}:{node.lineno}: {what}")

    for node in ast.walk(ast.parse(path.read_text())):
        if getattr(node, "attr", None) == "_array":
            found(node, "Tensor.host() gives the array", within(path, READS_ARRAYS))
        if "getrefcount" in (getattr(node, "id", None), getattr(node, "attr", None)):
            found(node, "a backend knows who holds an array", within(path, ("compiler", "xla")))
        if getattr(node, "value", None) in ("native", "reference"):
            found(node, "the name of a backend", not within(path, SPEAKS))
    above = within(path, SPEAKS)
    names = [other for _, names, _ in FOUND[module] for other in own(names)]
    faults += [n for n in names if above and n.startswith("tensorbrook.compiler")]
    assert not faults, "\n".join(faults)
