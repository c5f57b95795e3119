"""Weights files of Keras 3: `.weights.h5`, whole or in shards, also those within `.keras` files."""

import json
import math
import os
import warnings

import numpy as np

from ...base.files import path_of, replacing
from ...core.tensor import wrap
from ...core.variable import Variable
from ...formats.hdf5 import Array, Group, Reader, Refused, Writer, open_regular
from ..layers.weights import WeightOwner
from ..optimizers import Optimizer
from ..optimizers.state import OptimizerState
from .configs import read_json
from .layout import kept
from .report import LoadReport

MOST_INDEX_BYTES = 64 << 20
_OWN_WRITERS = {WeightOwner.save_own_variables, OptimizerState.save_own_variables}
_OWN_LOADERS = {WeightOwner.load_own_variables, OptimizerState.load_own_variables}
_REMEDY = (
    "Load it into the model that it was saved from, or pass skip_mismatch=True to load what fits."
)
_UNBUILT = (
    "The model has not yet been built, and so has no variables: call it on some data, or its "
    "build(input_shape), before."
)


# -- saving ----------------------------------------------------------------------------------------


class _Store(dict):
    """Takes the variables of one object, and has each written at once."""

    def __init__(self, path, write):
        self._path, self._write = path, write

    def __setitem__(self, name, value):
        name = str(name)
        if "/" in name or name in ("", ".", ".."):
            raise ValueError(f"{self._path}: a variable cannot be stored as {name!r}.")
        super().__setitem__(name, None)
        self._write(f"{self._path}/{name}", array_of(value))

    def update(self, *args, **kwargs):
        for name, value in dict(*args, **kwargs).items():
            self[name] = value


def _filed(thing):
    """The variables of a layer or optimizer in their order in files."""
    return thing.variables if isinstance(thing, Optimizer) else thing._filed()


def array_of(value):
    """The array of a variable or tensor as it lies there, or of anything else."""
    if isinstance(value, Variable):
        return value._read().host()
    return np.asarray(value)


def write_state(model, write, begin, with_optimizer=True, skipped=None):
    """Writes a model's variables.

    Args:
      model: the model, or another layer.
      write: a function (path, array).
      begin: a function (path, name) that makes the group of an object's variables.
      with_optimizer: whether the state of optimizers is written too.
      skipped: layers and optimizers that are not written.
    """
    for path, thing in kept(model, skipped=skipped):
        if isinstance(thing, Optimizer) and not with_optimizer:
            continue
        group = f"{path}/vars" if path else "vars"
        begin(group, thing.name)
        store = _Store(group, write)
        if type(thing).save_own_variables in _OWN_WRITERS:
            for i, variable in enumerate(_filed(thing)):
                store[i] = variable
        else:
            thing.save_own_variables(store)


def write_whole(model, file, with_optimizer=True, skipped=None):
    """Writes a weights file into a path or an open file."""
    with Writer(file) as h5:

        def begin(path, name):
            h5.group(path)
            h5.attribute(path, "name", name)

        write_state(model, h5.write, begin, with_optimizer, skipped)


def save(model, filepath, overwrite=True, max_shard_size=None, skipped=None):
    """Writes the weights file of a model, whole or in shards."""
    path = path_of(filepath)
    if not (model.built or model.weights):
        raise ValueError(_UNBUILT)
    if max_shard_size is not None:
        _save_shards(model, path, overwrite, max_shard_size, skipped)
        return
    check_overwrite(path, overwrite)
    with replacing(path) as new:
        write_whole(model, new, skipped=skipped)


def check_overwrite(path, overwrite):
    """Raises FileExistsError where a file is not to be replaced."""
    if not overwrite and os.path.exists(path):
        raise FileExistsError(f"{path} exists, and overwrite=False: give another path.")


class _Shards:
    """Writes arrays into one file after the other, each of a size at most."""

    def __init__(self, stem, most):
        self._stem, self._most, self._h5, self._new = stem, most, None, None
        self.count, self.total, self.map = 0, 0, {}

    def begin(self, path, name):
        if self._h5 is None:
            self._next()
        self._h5.group(path)
        self._h5.attribute(path, "name", name)

    def write(self, path, array):
        if self._filled and self._filled + array.nbytes > self._most:
            self._next()
        if array.nbytes > self._most:
            raise ValueError(
                f"max_shard_size: {path} has {array.nbytes} bytes, a shard {self._most}."
            )
        self._filled += array.nbytes
        self.total += array.nbytes
        self._h5.write(path, array)
        files = self.map.setdefault("/" + path.rpartition("/")[0], [])
        if self.name not in files:
            files.append(self.name)

    def _next(self):
        self.close()
        self.name = f"{os.path.basename(self._stem)}_{self.count:05d}.weights.h5"
        self._new = replacing(os.path.join(os.path.dirname(self._stem), self.name))
        self._h5, self._filled = Writer(self._new.__enter__()), 0
        self.count += 1

    def close(self, *fault):
        """Ends the file that is being written."""
        if self._h5 is None:
            return
        fault, h5, self._h5 = fault or (None, None, None), self._h5, None
        try:
            h5.__exit__(*fault)
        except OSError as full:
            self._new.__exit__(type(full), full, full.__traceback__)
            raise
        self._new.__exit__(*fault)


def _save_shards(model, path, overwrite, size, skipped):
    if not path.endswith(".weights.json"):
        raise ValueError(
            "With max_shard_size the filename must end in `.weights.json`, the index of shards. "
            f"Received: filepath={path}"
        )
    if isinstance(size, bool) or not isinstance(size, (int, float)) or size <= 0:
        raise ValueError(f"max_shard_size must be a positive number of GB, got {size!r}.")
    check_overwrite(path, overwrite)
    shards = _Shards(path.removesuffix(".weights.json"), math.ceil(size * 1e9))
    try:
        write_state(model, shards.write, shards.begin, skipped=skipped)
    except BaseException as fault:
        shards.close(type(fault), fault, fault.__traceback__)
        raise
    shards.close()
    index = {"metadata": {"total_size": float(shards.total)}, "weight_map": shards.map}
    with replacing(path) as new, open(new, "w", encoding="utf-8") as file:
        json.dump(index, file, indent=4)


# -- loading ---------------------------------------------------------------------------------------


class _Stored(dict):
    """The arrays of one object, by name, for a `load_own_variables` of a program's own."""

    def __init__(self, arrays):
        super().__init__(arrays)
        self.attrs = {}

    def __getitem__(self, name):
        return super().__getitem__(name).read()

    def get(self, name, default=None):
        return self[name] if name in self.keys() else default

    def items(self):
        return [(name, self[name]) for name in self]

    def values(self):
        return [self[name] for name in self]


class Assignments:
    """What loading will do: found whole before anything is changed.

    Args:
      model: what is loaded: a model, a layer, or an optimizer.
      name: of the file.

    Attributes:
      report: the LoadReport.
      loaded_layers: the layers whose own weights are loaded.
    """

    def __init__(self, model, name):
        self.model, self.report = model, LoadReport(name)
        self._pairs, self._others, self.loaded_layers = [], [], []

    def pair(self, variable, array):
        """Plans to give a variable an array, where that has its shape."""
        want = tuple(variable.shape)
        if want != array.shape:
            self.report.misshapen.append((_path(variable), want, array.shape))
        else:
            self.report.loaded.append(_path(variable))
            self._pairs.append((variable, array))

    def carry_out(self, strict=True):
        """Gives the variables their values; all of them or, if something fails, none.

        Raises:
          ValueError: `strict`, and something does not fit.
        """
        if strict:
            built = getattr(self.model, "built", True)
            self.report.check(self.model, _REMEDY if built else _UNBUILT)
        before = []
        try:
            for group, thing, arrays in self._others:
                before += [(v, v._tensor) for v in _filed(thing)]
                self._load_other(group, thing, arrays, strict)
            for variable, array in self._pairs:
                before.append((variable, variable._tensor))
                variable.assign(read_array(array, variable._dtype))
        except BaseException:
            for variable, tensor in before:
                variable.assign(tensor)
            raise
        for layer in self.loaded_layers:
            layer._after_loading()
        return self.report

    def _load_other(self, group, thing, arrays, strict):
        """Loads an object whose class has a `load_own_variables` of its own."""
        try:
            thing.load_own_variables(_Stored(arrays))
        except Exception as fault:
            if strict:
                raise ValueError(
                    f"{self.report.name}: {thing!r} could not be loaded from {group!r}: {fault}. "
                    "Nothing was changed."
                ) from fault
            self.report.skipped.append((group, str(fault)))


class Plan(Assignments):
    """What loading a file of Keras 3 will do.

    Args:
      model: the model, or another layer.
      find: a function path -> (paths of the groups there, dict of their arrays by name).
      paths: of all stored arrays.
      name: of the file.
      skipped: layers and optimizers that stay as they are.
      keras_2: whether the parts of subclassed models are where Keras 2 put them.
    """

    def __init__(self, model, find, paths, name, skipped=None, keras_2=False):
        super().__init__(model, name)
        used, self._find, self._warning = set(), find, None
        for path, thing in kept(model, keras_2, skipped):
            group = f"{path}/vars" if path else "vars"
            places, arrays = find(group)
            used.update(places)
            if type(thing).load_own_variables not in _OWN_LOADERS:
                self._others.append((group, thing, arrays))
            elif isinstance(thing, Optimizer):
                self._plan_optimizer(group, thing, arrays)
            else:
                self._match(group, thing._filed(), arrays)
                self.loaded_layers.append(thing)
        for path in paths:
            group = path.rpartition("/")[0]
            if group not in used:
                if group.split("/")[0] in ("optimizer", "metrics", "_metrics"):
                    self.report.skipped.append((path, "the model has none"))
                elif skipped:
                    self.report.skipped.append((path, "of no object that is loaded"))
                else:
                    self.report.unexpected.append(path)

    def _match(self, group, own, arrays):
        names = [str(i) for i in range(len(own))]
        for name, variable in zip(names, own):
            array = arrays.get(name)
            if array is None:
                self.report.missing.append(_path(variable))
            else:
                self.pair(variable, array)
        self.report.unexpected += [f"{group}/{name}" for name in arrays if name not in names]

    def _plan_optimizer(self, group, optimizer, arrays):
        own = optimizer.variables
        rate = optimizer._learning_rate
        place = group.replace("/vars", "/inner_optimizer/vars")
        inner = self._find(place)[1]
        if len(own) == len(arrays):
            self._match(group, own, arrays)
        elif len(arrays) == len(own) - 1 and any(v is rate for v in own):  # as Keras 2 has it
            self._match(group, [v for v in own if v is not rate], arrays)
        elif inner and len(inner) == len(own):  # of one that scaled losses, which this one does not
            self._match(place, own, inner)
        elif arrays and len(arrays) <= 2:  # of one that was not built when it was saved
            self._match(group, own[: len(arrays)], arrays)
        elif arrays:
            why = f"the optimizer has {len(own)} variables, the file {len(arrays)}"
            self.report.skipped.append((group, why))
            self._warning = (
                f"Skipping variable loading for optimizer '{optimizer.name}', because it has "
                f"{len(own)} variables whereas the saved optimizer has {len(arrays)} variables."
                + ("" if optimizer.built else " Build the optimizer before loading.")
            )

    def carry_out(self, strict=True):
        """As of Assignments; warns where the state of an optimizer is left out."""
        report = super().carry_out(strict)
        if self._warning is not None:
            warnings.warn(self._warning, stacklevel=6)
        return report


def _path(variable):
    return variable.path or variable.name


def find_in(*roots):
    """The function of a Plan for open files: path -> (paths there, arrays by name)."""

    def find(path):
        groups = [group for root in roots if isinstance(group := _member(root, path), Group)]
        arrays = {
            name: array
            for group in groups
            for name, array in group.members.items()
            if isinstance(array, Array)
        }
        return [group.path for group in groups], arrays

    return find


def _member(root, path):
    """The member at a path, in which earlier versions had "_" before some names."""
    for part in path.split("/"):
        if not isinstance(root, Group):
            return None
        names = (part, f"_{part}", part.lstrip("_"))
        root = next((root.members[name] for name in names if name in root.members), None)
    return root


def load(model, filepath, skip_mismatch=False, skipped=None):
    """Loads a weights file, or the shards that an index names."""
    path = path_of(filepath)
    if path.endswith(".weights.json"):
        return _load_shards(model, path, skip_mismatch, skipped)
    with open_regular(path) as file, Reader(file, path) as h5:
        return load_from(model, h5.root, path, skip_mismatch, skipped)


def load_from(model, root, name, skip_mismatch=False, skipped=None):
    """Loads what an open file's group holds; a LoadReport."""
    paths = [array.path for array in root.arrays()]
    return plan_for(model, find_in(root), paths, name, skipped).carry_out(not skip_mismatch)


def plan_for(model, find, paths, name, skipped=None):
    """The Plan by which a file fits: Keras 2 had other names for parts of subclassed models."""
    plan = Plan(model, find, paths, name, skipped)
    if not plan.report.fits:
        other = Plan(model, find, paths, name, skipped, keras_2=True)
        plan = other if other.report.fits else plan
    return plan


def _load_shards(model, path, skip_mismatch, skipped):
    with open_regular(path) as file:
        data = file.read(MOST_INDEX_BYTES + 1)
    index = read_json(data, path, MOST_INDEX_BYTES)
    table = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(table, dict):
        raise Refused(f"{path}: it has no `weight_map`: it is no index of shards.")
    stem = os.path.basename(path).removesuffix(".weights.json")
    names = []
    for files in table.values():
        for name in [files] if isinstance(files, str) else files:
            number = str(name).removeprefix(f"{stem}_").removesuffix(".weights.h5")
            if not number.isdecimal() or name != f"{stem}_{number}.weights.h5":
                raise Refused(f"{path}: its shards are {stem}_00000.weights.h5 ..., not {name!r}.")
            names += [name] if name not in names else []
    opened, readers = [], []
    try:
        for name in names:
            place = os.path.join(os.path.dirname(path), name)
            opened.append(open_regular(place))
            readers.append(Reader(opened[-1], place))
        paths = [array.path for reader in readers for array in reader.root.arrays()]
        find = find_in(*[reader.root for reader in readers])
        return plan_for(model, find, paths, path, skipped).carry_out(not skip_mismatch)
    finally:
        for reader in readers:
            reader.close()
        for file in opened:
            file.close()


def read_array(array, dtype):
    """The tensor of a stored array, in a dtype."""
    values = array.read() if isinstance(array, Array) else np.array(array)
    return wrap(values if values.dtype == dtype else values.astype(dtype))
