"""Data sets as TensorFlow saves them: TFRecords of tensors, with their specs in messages beside.

folder/dataset_spec.pb has the nesting, folder/snapshot.metadata the name of the run, and
folder/<run>/<shard>.shard/00000000.snapshot the components of element after element.
"""

from __future__ import annotations

import itertools
import os
import random
import shutil
import time
from collections import namedtuple
from glob import escape

from ..base import dtypes
from ..base.errors import (
    DataLossError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
)
from ..base.examples import Dim, SnapshotMetadataRecord, TensorProto, TensorShapeProto
from ..base.files import glob, makedirs, opened, path_of, replacing, sync
from ..base.records import RecordReader, TFRecordWriter
from ..base.shapes import TensorShape
from ..core.spec import TensorSpec
from ..formats.graph_messages import (
    DictValue,
    NamedTupleValue,
    PairValue,
    StructuredValue,
    TensorSpecProto,
    TupleValue,
)
from ..ops.decoding import array_of_message, tensor_message
from .files import Files
from .functional import UserFunction
from .nodes import DatasetSpec, Elements, Node
from .sources import TensorSlices
from .structure import Structure, to_leaf

_SPEC, _METADATA, _RUN_FILE = "dataset_spec.pb", "snapshot.metadata", "00000000.snapshot"
_VERSION = 2


def check_compression(compression):
    """None or "GZIP".

    Raises:
      NotImplementedError: another one.
    """
    if compression not in (None, "", "NONE", "GZIP"):
        raise NotImplementedError(
            f"compression={compression!r} is not built for saved data sets: use None or 'GZIP'."
        )
    return "GZIP" if compression == "GZIP" else ""


def write(path, node, compression=None, shard_func=None):
    """Saves all elements of a node."""
    path, packed = path_of(path), check_compression(compression)
    spec, run = _message_of(node.spec), str(random.SystemRandom().getrandbits(64))
    order = _in_order(node.structure.template)
    try:
        count = _write_run(os.path.join(path, run), node, order, packed, shard_func)
    except BaseException:
        shutil.rmtree(os.path.join(path, run), ignore_errors=True)
        raise
    leaves = Structure(node.spec).leaves
    kinds = [leaves[number].dtype.as_datatype_enum for number in order]
    metadata = SnapshotMetadataRecord(
        run_id=run,
        creation_timestamp=time.time_ns() // 1000,
        version=_VERSION,
        dtype=kinds,
        num_elements=count,
        finalized=True,
    )
    for name, message in ((_SPEC, spec), (_METADATA, metadata)):
        with replacing(os.path.join(path, name)) as new, open(new, "wb") as file:
            file.write(message.SerializeToString())


def _write_run(path, node, order, packed, shard_func):
    """Writes the elements into a folder of their own, until metadata name it; how many they are."""
    call = UserFunction(shard_func, "shard_func", node).begin() if shard_func else None
    writers, count = {}, 0
    makedirs(path)
    try:
        for element in node.iterate():
            shard = int(to_leaf(call(element, count))) if call else 0
            if shard not in writers:
                folder = os.path.join(path, f"{shard:08d}.shard")
                makedirs(folder)
                writers[shard] = TFRecordWriter(os.path.join(folder, _RUN_FILE), packed)
            for number in order:
                writers[shard].write(tensor_message(element[number]).SerializeToString())
            count += 1
    finally:
        for writer in writers.values():
            writer.close()
    for shard in writers:
        sync(os.path.join(path, f"{shard:08d}.shard", _RUN_FILE))
    return count


def read(path, spec=None, compression=None, reader_func=None, wait=False):
    """The node of a saved data set.

    Raises:
      NotFoundError: there is none.
      FailedPreconditionError: it was not saved whole.
    """
    path, packed = path_of(path), check_compression(compression)
    place = os.path.join(path, _METADATA)
    while wait and not os.path.exists(place):
        time.sleep(0.2)
    if not os.path.exists(place):
        raise NotFoundError(f"Could not find metadata file: no saved dataset at {path}.")
    metadata = _read_message(place, SnapshotMetadataRecord)
    if metadata.version != _VERSION or not metadata.finalized:
        raise FailedPreconditionError(
            f"The data set at {path} was not saved whole, or in another version "
            f"({metadata.version}) than {_VERSION}: save it again."
        )
    if spec is None:
        place = os.path.join(path, _SPEC)
        try:
            spec = _spec_of(_read_message(place, StructuredValue))
        except (TypeError, ValueError) as fault:
            raise DataLossError(f"{place}; it describes no elements: {fault}") from None
    order = _in_order(Structure(spec).template)
    if len(order) != len(metadata.dtype):
        raise ValueError(
            f"element_spec {spec} has {len(order)} components, the saved dataset "
            f"{len(metadata.dtype)}."
        )
    if not metadata.run_id.isdecimal():
        raise DataLossError(f"{place}; a run is named {metadata.run_id!r}, which is no number.")
    folder = os.path.join(escape(path), metadata.run_id)
    shards = glob(os.path.join(folder, "*.shard", "*.snapshot"))
    if reader_func is None:
        return Saved(shards, spec, packed, metadata.num_elements)
    nodes = [[Saved([shard], spec, packed)] for shard in shards]
    return reader_func(Elements(nodes, Structure(0), DatasetSpec(spec)).dataset())._node


def _read_message(path, kind):
    with opened(path) as file:
        return kind.FromString(file.read())


def _in_order(template):
    """The numbers of a template's leaves, dicts in the order of their keys."""
    if isinstance(template, dict):
        return [n for key in sorted(template) for n in _in_order(template[key])]
    if isinstance(template, tuple):
        return [n for item in template for n in _in_order(item)]
    if isinstance(template, int):
        return [template]
    raise NotImplementedError(
        "Saving data sets of composite tensors is not built: take out their tensors first, as in "
        "dataset.map(lambda x: x.to_tensor()) of RaggedTensors."
    )


def _message_of(spec):
    if isinstance(spec, TensorSpec):
        shape = TensorShapeProto(unknown_rank=spec.shape.rank is None)
        if spec.shape.rank is not None:
            shape.dim.extend([Dim(size=-1 if n is None else n) for n in spec.shape])
        shape.SetInParent()
        kind = spec.dtype.as_datatype_enum
        return StructuredValue(tensor_spec_value=TensorSpecProto(shape=shape, dtype=kind))
    if isinstance(spec, dict):
        if not all(isinstance(key, str) for key in spec):
            raise TypeError(f"Data sets with keys that are no texts cannot be saved: {list(spec)}.")
        fields = {key: _message_of(item) for key, item in spec.items()}
        return StructuredValue(dict_value=DictValue(fields=fields))
    if isinstance(spec, tuple):
        values = list(map(_message_of, spec))
        if not hasattr(spec, "_fields"):
            return StructuredValue(tuple_value=TupleValue(values=values))
        pairs = [PairValue(key=key, value=item) for key, item in zip(spec._fields, values)]
        name = type(spec).__name__
        return StructuredValue(named_tuple_value=NamedTupleValue(name=name, values=pairs))
    raise NotImplementedError(
        f"Saving data sets whose elements hold {spec} is not built; turn them into tensors first, "
        "as with `batch` of inner data sets."
    )


def _spec_of(message):
    kind = message.WhichOneof("kind")
    if kind == "tensor_spec_value":
        found = message.tensor_spec_value
        sizes = [None if d.size < 0 else d.size for d in found.shape.dim]
        shape = TensorShape(None if found.shape.unknown_rank else sizes)
        return TensorSpec(shape, dtypes.as_dtype(found.dtype))
    if kind == "dict_value":
        fields = message.dict_value.fields
        return {key: _spec_of(fields[key]) for key in sorted(fields)}
    if kind == "tuple_value":
        return tuple(map(_spec_of, message.tuple_value.values))
    if kind == "named_tuple_value":
        found = message.named_tuple_value
        made = namedtuple(found.name, [pair.key for pair in found.values])
        return made(*[_spec_of(pair.value) for pair in found.values])
    raise NotImplementedError(
        "The saved data set holds values that are no tensors, which are not built: save it without "
        "them, or give element_spec."
    )


class Saved(Files):
    """The elements of the files of a saved data set, taken from all of them in turn."""

    shown = "_LoadDataset"

    def __init__(self, paths, spec, compression, count=None):
        self.inputs = (TensorSlices(list(map(os.fsencode, paths))),)
        self.at_once, self.compression, self.count = len(paths), compression, count
        self._spec, self._structure = spec, Structure(spec)
        self.order = _in_order(self._structure.template)
        self.specs = [self._structure.leaves[number] for number in self.order]

    def of_file(self, path):
        records = itertools.chain.from_iterable(RecordReader(path, self.compression))
        while parts := list(itertools.islice(records, len(self.order))):
            if len(parts) < len(self.order):
                raise DataLossError(f"{path}; the file ends within an element.")
            leaves = [None] * len(self.order)
            for number, spec, record in zip(self.order, self.specs, parts):
                leaves[number] = array_of_message(TensorProto.FromString(record))
                self._check(leaves[number], spec)
            yield leaves

    def _check(self, leaf, spec):
        wrong = dtypes.from_numpy(leaf.dtype) != spec.dtype
        if wrong or not spec.shape.is_compatible_with(leaf.shape):
            raise InvalidArgumentError(
                f"The saved data set holds {leaf.dtype}{list(leaf.shape)} where {spec} was "
                "expected."
            )

    def size(self):
        return Node.size(self) if self.count is None else self.count
