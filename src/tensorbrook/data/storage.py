"""Elements in files: `snapshot` and `cache(filename)`. One npz, without pickles.

Each component is one flat array of all its values, with the shape of each element beside it;
strings are joined bytes with their lengths. Nesting and dtypes are in a JSON text.
"""

from __future__ import annotations

import json
import math
import pathlib

import numpy as np

from ..base import dtypes, nest
from ..base.errors import DataLossError, NotFoundError
from ..base.files import replacing
from ..formats import npz
from .nodes import Node
from .reorder import Cache
from .structure import Structure

FILE = "elements.npz"


def write(path: pathlib.Path, elements: list, structure: Structure):
    """Writes all elements into one file, whole or not at all."""
    arrays: dict[str, np.ndarray] = {}
    kinds = []
    for number, column in enumerate(zip(*elements)):
        leaves = [np.asarray(leaf) for leaf in column]
        if any(isinstance(leaf, Node) for leaf in column) or any(leaf is None for leaf in column):
            raise NotImplementedError(
                "Saving data sets whose elements hold data sets or None is not built; turn the "
                "inner data sets into tensors with `batch` first."
            )
        dtype = leaves[0].dtype
        kinds.append(dtypes.from_numpy(dtype).name)
        shapes = [leaf.shape for leaf in leaves]
        arrays[f"shapes_{number}"] = np.array(shapes, np.int64).reshape(len(leaves), -1)
        flat = np.concatenate([leaf.ravel() for leaf in leaves])
        if dtype.hasobject:
            arrays[f"lengths_{number}"] = np.array([len(text) for text in flat], np.int64)
            flat = np.frombuffer(b"".join(flat.tolist()), np.uint8)
        arrays[f"values_{number}"] = flat.view(np.uint8)  # bfloat16 has no name in npz
    stored = _to_json(structure.template)
    exact = repr(_from_json(stored)) == repr(structure.template)
    head = {"structure": stored, "exact": exact, "dtypes": kinds}
    text = np.frombuffer(json.dumps(head).encode(), np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as new, open(new, "wb") as file:
        np.savez(file, head=text, **arrays)


def read(path: pathlib.Path):
    """(elements, structure, exact) of a file that `write` made.

    `exact` is False where named tuples or other classes have become plain tuples and dicts.
    """
    if not path.exists():
        raise NotFoundError(f"Could not find metadata file: no saved dataset at {path.parent}.")
    try:
        file = npz.read(path)
        head = json.loads(file["head"].tobytes().decode())
        columns = [_column(file, n, name) for n, name in enumerate(head["dtypes"])]
        elements = [list(leaves) for leaves in zip(*columns, strict=True)]
        structure, exact = Structure(_from_json(head["structure"])), bool(head["exact"])
        if sorted(nest.flatten(structure.template)) != list(range(len(columns))):
            raise ValueError("its structure is not of its columns")
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as fault:
        raise DataLossError(f"{path}; it holds no elements of a data set: {fault}") from None
    return elements, structure, exact


def _column(file, number, name):
    dtype = dtypes.as_dtype(name).numpy_dtype
    values = file[f"values_{number}"]
    if dtype.hasobject:
        raw = values.tobytes()
        flat = np.array([None, *_parts(raw, file[f"lengths_{number}"].tolist())], object)[1:]
    else:
        flat = values.view(dtype)
    shapes = [tuple(shape) for shape in file[f"shapes_{number}"].tolist()]
    parts = _parts(flat, map(math.prod, shapes))
    return [part.reshape(shape) for part, shape in zip(parts, shapes)]


def _parts(values, lengths):
    """Values cut into parts of these lengths, which take all of them."""
    end, parts = 0, []
    for length in lengths:
        if length < 0:
            raise ValueError("a length is less than 0")
        parts.append(values[end : end + length])
        end += length
    if end != len(values):
        raise ValueError(f"{end} values were expected, {len(values)} are there")
    return parts


def _to_json(template):
    if isinstance(template, dict):
        return {"dict": [[key, _to_json(item)] for key, item in template.items()]}
    if isinstance(template, tuple):
        return {"tuple": [_to_json(item) for item in template]}
    return template


def _from_json(stored):
    if not isinstance(stored, dict):
        return stored
    if "dict" in stored:
        return {key: _from_json(item) for key, item in stored["dict"]}
    return tuple(_from_json(item) for item in stored["tuple"])


class FileCache(Cache):
    """The elements of the first whole pass, kept in a file for later passes and programs."""

    def __init__(self, source, path, shown="CacheDataset"):
        super().__init__(source)
        self.path, self.shown, self.stored = path, shown, None

    def reorder(self, start):
        if self.kept is None and self.path.exists():
            self.kept, structure, exact = read(self.path)
            self.stored = structure if exact else None
        return super().reorder(start)

    def complete(self, kept):
        self.kept = kept
        write(self.path, kept, self.inputs[0].structure)

    def table(self):
        return None  # the elements themselves are stored, not row numbers

    @property
    def structure(self):
        # The file does not know the types of named tuples; else it saves a run of map functions.
        return self.stored or self.inputs[0].structure
