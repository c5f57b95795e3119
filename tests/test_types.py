"""The type stubs agree with the run-time, and editors make use of them.

They are written here anew (stubs/make.py), beside a copy of the sources, as an install has them.
"""

import ast
import inspect
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
UNKNOWN = 40  # functions of which a stub may say no more than that they return something
TYPICAL = ROOT / "tests" / "typing" / "typical.py"


@pytest.fixture(scope="module")
def surface():
    """The module that knows what is offered (stubs/surface.py)."""
    sys.path.insert(0, str(ROOT / "stubs"))
    try:
        import surface
    finally:
        sys.path.pop(0)
    return surface


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package and its stubs."""
    folder = tmp_path_factory.mktemp("installed")
    ignored = shutil.ignore_patterns("__pycache__", "*.pyi")
    shutil.copytree(ROOT / "src" / "tensorbrook", folder / "tensorbrook", ignore=ignored)
    command = [sys.executable, str(ROOT / "stubs" / "make.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    unknown = int(done.stdout.split()[0])  # an annotation, or an entry in stubs/tables.py, says it
    assert unknown <= UNKNOWN, done.stdout
    return folder


def test_an_install_does_not_fail_where_stubs_cannot_be_written(tmp_path, monkeypatch):
    interface = ModuleType("hatchling.builders.hooks.plugin.interface")
    interface.BuildHookInterface = object
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    hook = runpy.run_path(str(ROOT / "hatch_build.py"))["Stubs"]()
    warnings, data = [], {"artifacts": []}
    hook.app, hook.root = SimpleNamespace(display_warning=warnings.append), str(tmp_path)
    (tmp_path / "stubs").mkdir()
    for code, told in (("", 0), ("raise PermissionError", 1)):
        (tmp_path / "stubs" / "make.py").write_text(code)
        hook.initialize("standard", data)
        assert len(warnings) == told
    assert data["artifacts"] == ["/src/tensorbrook/**/*.pyi"] * 2


class Stubs:
    """The stubs of a folder, and what their names stand for."""

    def __init__(self, folder):
        self.folder, self.read = folder, {}

    def module(self, name):
        """The statements of a module's stub by the names they bind."""
        if name not in self.read:
            path = self.folder.joinpath(*name.split("."))
            path = path / "__init__.pyi" if path.is_dir() else path.with_suffix(".pyi")
            self.read[name] = found = {}
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ImportFrom | ast.Import):
                    found.update({alias.asname or alias.name: node for alias in node.names})
                elif isinstance(node, ast.AnnAssign):
                    found[node.target.id] = node
                elif isinstance(node, ast.Assign):
                    found[node.targets[0].id] = node
                elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                    found[node.name] = node
        return self.read[name]

    def find(self, module, name):
        """The definition that a name leads to."""
        node = self.module(module).get(name)
        if isinstance(node, ast.ImportFrom):
            alias = next(a for a in node.names if (a.asname or a.name) == name)
            inner = self.folder.joinpath(*node.module.split("."), alias.name)
            if inner.is_dir() or inner.with_suffix(".pyi").exists():
                return node
            return self.find(node.module, alias.name)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name):
            return self.find(module, node.value.id)
        return node


def parameters_in(node):
    """The names of a function's parameters in a stub."""
    a = node.args
    named = [p.arg for p in [*a.posonlyargs, *a.args, *a.kwonlyargs]]
    return named + [p.arg for p in (a.vararg, a.kwarg) if p]


def parameters_of(function):
    """The names of a function's parameters at run-time, in the order of stubs; and whether it
    takes further ones, which stubs list."""
    found = list(inspect.signature(function).parameters.values())
    late = {inspect.Parameter.KEYWORD_ONLY: 1, inspect.Parameter.VAR_POSITIONAL: 2}
    named = [p for p in found if p.kind is not p.VAR_KEYWORD]
    names = [p.name for p in sorted(named, key=lambda p: late.get(p.kind, 0))]
    return names, len(named) < len(found)


def test_every_public_name_is_there_as_what_it_is(surface, installed):
    stubs, wrong = Stubs(installed), []
    for path, module in surface.public_modules().items():
        names = surface.offered(module)
        missing = names.keys() - stubs.module(module.__name__).keys()
        wrong += [f"{path}.{name}: not in the stub" for name in missing]
        for name in names.keys() - missing:
            value, node = names[name], stubs.find(module.__name__, name)
            if inspect.isclass(value) and surface.is_ours(value):
                fits = isinstance(node, ast.ClassDef)
            elif surface.is_function(value):
                fits = isinstance(node, ast.FunctionDef)
            elif surface.is_space(value):
                fits = isinstance(node, ast.ImportFrom | ast.Import | ast.ClassDef)
            else:
                fits = isinstance(node, ast.AnnAssign)
            if not fits:
                wrong.append(f"{path}.{name}: {type(node).__name__}")
    assert not wrong


def test_parameters_are_those_of_the_run_time(surface, installed):
    stubs, wrong, count = Stubs(installed), [], 0
    for path, module in surface.public_modules().items():
        for name, value in surface.offered(module).items():
            node = stubs.find(module.__name__, name)
            if inspect.isclass(value) and "__init__" in vars(value):
                found = [n for n in node.body if getattr(n, "name", "") == "__init__"]
                given, value = found and parameters_in(found[0]), value.__init__
            elif surface.is_function(value) and isinstance(node, ast.FunctionDef):
                given = parameters_in(node)
            else:
                continue
            (expected, more), count = parameters_of(value), count + 1
            if more:
                given = [p for p in given if p in expected]
            if given and given != expected:
                wrong.append(f"{path}.{name}: {given} instead of {expected}")
    assert not wrong
    assert count > 1500


@pytest.fixture(scope="module")
def pyright(installed):
    """Runs pyright with arguments, in the folder of the stubs."""
    command = shutil.which("pyright", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if command is None:
        pytest.skip("pyright is not installed")
    settings = {"typeCheckingMode": "strict", "include": ["typical.py"]}
    (installed / "pyrightconfig.json").write_text(json.dumps(settings))
    shutil.copy(TYPICAL, installed)

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(installed)}
        return subprocess.run(
            [command, "--pythonpath", sys.executable, *arguments],
            cwd=installed, env=environment, capture_output=True, text=True,
        ).stdout  # fmt: skip

    return run


def test_a_typical_program_has_no_error_and_nothing_unknown(pyright):
    assert "0 errors, 0 warnings" in pyright("typical.py"), pyright("typical.py")


TYPES = {
    "y": "Tensor",
    "parts": "list[Tensor]",
    "values": "Tensor",
    "weight": "Variable",
    "gradients": "list[Tensor]",
    "hidden": "KerasTensor",
    "model": "Model",
    "history": "History",
    "data": "Dataset",
    "step": "Tensor",
    "train_step": "Function[(batch: Tensor, labels: Tensor), Tensor]",
}


def test_what_functions_return(pyright, installed):
    asked = "\n".join(f"reveal_type({name})" for name in TYPES)
    (installed / "asked.py").write_text(TYPICAL.read_text() + asked)
    found = dict(re.findall(r'Type of "(\w+)" is "(.*)"', pyright("asked.py")))
    assert found == TYPES


def test_types_are_complete(pyright):
    report = pyright("--verifytypes", "tensorbrook")
    assert int(re.search(r'exported by "tensorbrook": (\d+)', report)[1]) > 9000, report[:2000]
    assert float(re.search(r"completeness score: ([\d.]+)%", report)[1]) >= 95, report[-800:]


COMPLETIONS = {
    "tf.const": "constant",
    "tf.nn.rel": "relu",
    "tf.keras.layers.Den": "Dense",
    "tf.data.Dataset.from_tensor_s": "from_tensor_slices",
    "tf.constant(1).num": "numpy",
    "tf.nn.relu(1).sha": "shape",
    "tf.keras.Sequential([]).fi": "fit",
}


def test_jedi_completes(installed):
    jedi = pytest.importorskip("jedi")
    project = jedi.Project(installed, sys_path=[str(installed), *sys.path])
    for written, name in COMPLETIONS.items():
        code = f"import tensorbrook as tf\n{written}"
        found = {c.name: c for c in jedi.Script(code, project=project).complete()}
        assert name in found, (written, list(found)[:9])
        assert len(found[name].docstring().split("\n")) > 2 or name == "shape", written
    called = jedi.Script("import tensorbrook as tf\ntf.keras.layers.Dense(", project=project)
    assert [p.name for p in called.get_signatures()[0].params][:3] == [
        "units", "activation", "use_bias"
    ]  # fmt: skip
