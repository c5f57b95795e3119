"""Losses, metrics, initializers, optimizers, ..., callbacks at all their settings, as Keras's.

The cases stand in oracles/part_cases.py; oracles/make_part_cases.py recorded what Keras gives.
"""

import functools
import inspect
import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
import part_cases  # noqa: E402

sys.path.remove(str(ORACLES))
recorded = json.loads((ORACLES / "golden" / "parts.json").read_text())

# Kinds whose configurations hold more than Keras's, which forgets arguments (the dtype of losses,
# Huber's delta, Identity's gain), so that what it makes again of them differs from the first.
FORGETFUL = ("losses", "initializers")


def case_id(row):
    arguments = ",".join(f"{name}={value}" for name, value in row[2].items())
    return f"{row[1]}-{arguments[:80]}-{row[3]}".replace(" ", "")


def compare(found, wanted, kept=(), place=""):
    """Equal structures and words; numbers near one another, float16's at its own precision."""
    if isinstance(wanted, dict):
        more = kept if place == ".config" else ()
        assert set(wanted) <= set(found) <= {*wanted, *more}, (place, found, wanted)
        for name, value in wanted.items():
            compare(found[name], value, kept, f"{place}.{name}")
    elif isinstance(wanted, list):
        assert isinstance(found, list) and len(found) == len(wanted), (place, found, wanted)
        for i, value in enumerate(wanted):
            compare(found[i], value, kept, f"{place}[{i}]")
    elif isinstance(wanted, float) and isinstance(found, (int, float)):
        near = {"rtol": 2e-3, "atol": 2e-3} if ".float16" in place else {"rtol": 1e-5, "atol": 2e-6}
        np.testing.assert_allclose(found, wanted, **near, err_msg=place)
    else:
        assert found == wanted, (place, found, wanted)


def check(row, *wrap):
    """Runs a case beside what is recorded of it."""
    *case, wanted = row
    kind, name, *_ = case
    tf.keras.backend.clear_session()
    kept = ()
    if kind in FORGETFUL:
        kept = inspect.signature(getattr(getattr(tf.keras, kind), name)).parameters
    compare(part_cases.run(tf, case, *wrap), wanted, kept)


@pytest.mark.parametrize("row", recorded, ids=case_id)
def test_part_does_as_keras_s(row):
    check(row)


@pytest.mark.parametrize("row", [r for r in recorded if r[0] != "callbacks"], ids=case_id)
def test_compiled_part_does_as_keras_s(row):
    check(row, tf.function)


# -- is anything left out? -------------------------------------------------------------------------

# (file, key of its cases, key of a case's class, key of its arguments)
OLDER = {
    "losses": ("losses", "classes", "class", "kwargs"),
    "metrics": ("metrics", "cases", "class", "kwargs"),
    "initializers": ("initializers", "cases", "class_name", "config"),
    "regularizers": ("regularizers", "cases", "class_name", "config"),
    "constraints": ("constraints", "cases", "class_name", "config"),
    "optimizers.schedules": ("schedules", "cases", "class_name", "config"),
    "optimizers": ("optimizers", "cases", "class_name", "config"),
    "callbacks": ("callbacks", "monitored", "class", "arguments"),
}
KINDS_OF_MODULE = {"optimizers.schedules": ("schedules",), "optimizers": ("optimizers", "maps")}
_BASE = "it computes nothing itself: its subclasses do"
_FILES = "model files are a later issue; until then it raises NotImplementedError"
_RUNNER = "the function that runs the case passes it"
_ALONG = "Keras's own result fails along another axis; test_iou_along_another_axis has the figures"
# What has no case, and why: a class, or an argument of one.
EXCEPTIONS = {
    **dict.fromkeys(["Loss", "Metric", "Initializer", "Regularizer", "Constraint"], _BASE),
    **dict.fromkeys(["LearningRateSchedule", "Optimizer"], _BASE),
    **dict.fromkeys(["BackupAndRestore", "ModelCheckpoint", "OrbaxCheckpoint"], _FILES),
    "Reduction": "names of Keras 2 for the reductions; test_losses.py uses them",
    "TensorBoard": "not built: it raises NotImplementedError",
    "ProgbarLogger": "golden/progress.json has what it prints",
    **dict.fromkeys(["CSVLogger.filename", "LearningRateScheduler.schedule"], _RUNNER),
    **dict.fromkeys(
        ["CallbackList.callbacks", "CallbackList.model", "RemoteMonitor.root"], _RUNNER
    ),
    **{f"{name}.axis": _ALONG for name in ("IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU")},
}


def covered(module):
    """{class: the arguments that some case sets} of a module of keras."""
    file, key, cls, arguments = OLDER[module]
    rows = json.loads((ORACLES / "golden" / f"{file}.json").read_text())[key]
    found = [(row[cls], row[arguments]) for row in rows if cls in row]
    kinds = KINDS_OF_MODULE.get(module, (module,))
    found += [(name, given) for kind, name, given, *_ in recorded if kind in kinds]
    sets = {}
    for name, given in found:
        sets.setdefault(name, set()).update(given)
    return sets


def public_classes(module):
    """{name: class} of the classes that Keras 3.15.1 has in one of its modules."""
    owner = functools.reduce(getattr, module.split("."), tf.keras)
    names = json.loads((ORACLES / "golden" / "keras_names.json").read_text())
    paths = [path.rsplit(".", 1) for path, _, members in names if members is not None]
    found = {name: getattr(owner, name) for where, name in paths if where == f"keras.{module}"}
    return {name: cls for name, cls in found.items() if cls.__name__ == name}


def arguments_of(cls):
    """The names of a constructor's own arguments."""
    everywhere = {"name", "dtype", "self"}
    parameters = inspect.signature(cls.__init__).parameters.values()
    named = [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return [name for name in named if name not in everywhere]


@pytest.mark.parametrize("module", OLDER)
def test_every_class_and_argument_has_a_golden_case(module):
    sets, missing, needless = covered(module), [], []
    for name, cls in public_classes(module).items():
        lacking = [name] if name not in sets else []
        lacking += [f"{name}.{a}" for a in arguments_of(cls) if a not in sets.get(name, ())]
        missing += [x for x in lacking if x not in EXCEPTIONS and name not in EXCEPTIONS]
        needless += [name] if name in EXCEPTIONS and name in sets else []
    assert not missing, f"add cases to oracles/part_cases.py, or say why not: {missing}"
    assert not needless, f"these have cases and need no exception: {needless}"


def test_every_function_of_losses_and_metrics_has_a_golden_case():
    older = json.loads((ORACLES / "golden" / "losses.json").read_text())["functions"]
    names = {case["name"] for case in older} | {r[1] for r in recorded if r[0] == "functions"}
    functions = {f.__name__ for f in tf.keras.metrics.FUNCTIONS}
    assert functions == names


@pytest.mark.parametrize("name", ["IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"])
def test_iou_along_another_axis(name):
    y_true, y_pred = part_cases.pair("middle")
    y_pred = y_pred + 0.5 * y_true
    given = {"num_classes": 4}
    given |= {} if name.endswith("MeanIoU") else {"target_class_ids": [0, 1]}
    given |= {"sparse_y_true": False, "sparse_y_pred": False} if "OneHot" not in name else {}
    make = getattr(tf.keras.metrics, name)
    along, last = make(**given, axis=1), make(**given)
    along.update_state(y_true, y_pred)
    last.update_state(np.moveaxis(y_true, 1, -1), np.moveaxis(y_pred, 1, -1))
    assert 0 < float(last.result()) == float(along.result())
