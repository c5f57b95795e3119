"""Steps that pack elements together and take them apart: batches, padded batches, windows."""

from __future__ import annotations

import itertools
from collections import deque

import numpy as np

from ..base import dtypes
from ..base.errors import DataLossError, InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.spec import TensorSpec
from ..ops.ragged import RaggedTensorSpec
from ..ops.sparse import SparseTensorSpec
from .functional import Map
from .nodes import INFINITE, UNKNOWN, DatasetSpec, Elements, Node
from .prefetch import caught, chained, given_all
from .structure import Structure, map_specs, stack, stack_parts, to_leaf


class Batch(Node):
    """`batch_size` elements stacked along a new first axis."""

    shown, is_one_with_map = "_BatchDataset", True

    def __init__(self, source, batch_size, drop_remainder=False, parallel=False):
        self.inputs = (source,)
        self.batch_size, self.drop_remainder = int(batch_size), bool(drop_remainder)
        if self.batch_size <= 0:
            raise InvalidArgumentError(
                f"Batch size must be greater than zero; it is {self.batch_size}."
            )
        if parallel:
            self.shown, self.is_one_with_map = "_ParallelBatchDataset", False

    def iterate(self):
        source = self.inputs[0]
        table = source.table()
        if table is None:
            return self._chunks(source.iterate(), self.pack)
        return self._gathered(table, source.order())

    def _gathered(self, table, order):
        begin = 0
        for numbers in self._chunks(order, list):
            yield table.gather(numbers, begin)
            begin += len(numbers)

    def _chunks(self, items, pack):
        # TensorFlow makes map and batch one step, which takes all of a batch before it fails.
        takes_all = self.is_one_with_map and isinstance(self.inputs[0], Map)
        items = caught(items) if takes_all else items

        def chunk():
            found = list(itertools.islice(items, self.batch_size))
            found = given_all(found) if takes_all else found
            left_out = len(found) < self.batch_size and (not found or self.drop_remainder)
            return None if left_out else pack(found)

        return iter(chunk, None)  # it goes on after an error, unlike generators

    def pack(self, elements):
        """One element of a list of them."""
        if elements[0] and any(isinstance(leaf, Node) for leaf in elements[0]):
            raise NotImplementedError(
                "`batch` of data sets whose elements are data sets is not built: turn the inner "
                "ones into tensors first, as in `window(n).flat_map(lambda w: w.batch(n))`."
            )
        return stack_parts(self.inputs[0].structure, elements)

    def rows_alike(self):
        return True

    def size(self):
        size = self.inputs[0].size()
        if size < 0:
            return size
        return size // self.batch_size if self.drop_remainder else -(-size // self.batch_size)

    def make_spec(self):
        rows = self.batch_size if self.drop_remainder else None
        return map_specs(
            lambda spec: with_first_axis(spec, rows),
            self.inputs[0].spec,
            of_composite=lambda spec: spec._batch(rows),
        )

    @property
    def structure(self):
        source = self.inputs[0].structure
        return source if source.is_plain else super().structure


def with_first_axis(spec, size):
    """The spec of several leaves in one."""
    if not isinstance(spec, TensorSpec):
        return spec
    return TensorSpec(TensorShape([size]).concatenate(spec.shape), spec.dtype)


class RaggedBatch(Batch):
    """`batch_size` elements together: as rows where their shapes differ, else stacked."""

    shown = "_RaggedBatchDataset"

    def __init__(self, source, batch_size, drop_remainder, row_splits_dtype):
        super().__init__(source, batch_size, drop_remainder)
        self.splits = dtypes.as_dtype(row_splits_dtype)

    def iterate(self):
        structure = Structure(self.inputs[0].spec)
        ragged = [_last_unknown(spec) for spec in structure.leaves]

        def pack(chunk):
            leaves, columns = [], list(zip(*chunk))
            for number, (spec, numbers) in enumerate(structure.parts):
                if spec is not None:
                    leaves += spec._stack([[element[k] for k in numbers] for element in chunk])
                    continue
                column, rank = columns[numbers[0]], ragged[numbers[0]]
                leaves += self._rows(column, rank) if rank else [stack(column, number)]
            return leaves

        return self._chunks(self.inputs[0].iterate(), pack)

    def _rows(self, column, rank):
        """The values of arrays one after the other, and the row splits of `rank` dimensions."""
        inner = column[0].shape[rank:]
        flat = np.concatenate([array.reshape((-1, *inner)) for array in column])
        partitions, counts = [], np.ones(len(column), np.int64)
        for axis in range(rank):
            sizes = np.array([array.shape[axis] for array in column], np.int64)
            lengths = np.repeat(sizes, counts)
            partitions.append(np.concatenate([[0], lengths.cumsum()]))
            counts = counts * sizes
        return [flat, *[part.astype(self.splits.numpy_dtype) for part in partitions]]

    def make_spec(self):
        rows = self.batch_size if self.drop_remainder else None

        def spec_of_batch(spec):
            batched, rank = with_first_axis(spec, rows), _last_unknown(spec)
            if not rank:
                return batched
            return RaggedTensorSpec(batched.shape, spec.dtype, rank, self.splits)

        source = self.inputs[0].spec
        return map_specs(spec_of_batch, source, of_composite=lambda spec: spec._batch(rows))

    structure = Node.structure


def _last_unknown(spec):
    """How many dimensions of a spec, from the first one, end with one that is unknown."""
    if not isinstance(spec, TensorSpec) or spec.shape.rank is None:
        return 0
    return max((axis + 1 for axis, d in enumerate(spec.shape) if d is None), default=0)


class PaddedBatch(Batch):
    """`batch_size` elements stacked, each padded at its ends to a common shape."""

    shown, is_one_with_map = "_PaddedBatchDataset", False

    def __init__(self, source, batch_size, padded_shapes, padding_values, drop_remainder):
        super().__init__(source, batch_size, drop_remainder)
        # With shapes and values of the caller's the specs are needed now, to check them.
        self.shapes = None if padded_shapes is None else self._shapes(padded_shapes)
        self.values = None if padding_values is None else self._values(padding_values)

    def _shapes(self, given):
        structure = self.inputs[0].structure
        found = []
        for spec, shape in zip(self._specs(), broadcast_leaves(structure, given, "padded_shapes")):
            raw = shape if isinstance(shape, list | tuple | TensorShape) else to_leaf(shape)
            if isinstance(raw, np.ndarray | np.generic):
                raw = np.atleast_1d(raw).tolist()
            if isinstance(raw, TensorShape) and raw.rank is None:
                raw = [None] * (spec.shape.rank or 0)
            target = TensorShape([None if d is None or d == -1 else int(d) for d in raw])
            rank = spec.shape.rank
            fits = rank is None or (
                rank == len(target)
                and all(a is None or b is None or a >= b for a, b in zip(target, spec.shape))
            )
            if not fits:
                raise ValueError(
                    f"The padded shape {target} is not compatible with the shape {spec.shape} of "
                    "the corresponding input component."
                )
            found.append(target)
        return found

    def _values(self, given):
        structure = self.inputs[0].structure
        found = []
        for spec, value in zip(self._specs(), broadcast_leaves(structure, given, "padding_values")):
            if value is not None:
                leaf = to_leaf(value)
                wanted = spec.dtype.numpy_dtype
                if leaf.dtype != wanted and isinstance(value, bool | int | float):
                    leaf = np.asarray(value, wanted)
                if leaf.shape or leaf.dtype != wanted:
                    raise TypeError(
                        "Invalid `padding_values`. `padding_values` values should be scalars of "
                        f"the component's dtype {spec.dtype.name}, got {value!r}."
                    )
                value = leaf[()]
            found.append(value)
        return found

    def _specs(self):
        structure = Structure(self.inputs[0].spec)
        for part in structure.parts:
            spec = structure.spec_of_part(*part)
            if not isinstance(spec, TensorSpec):
                raise TypeError(
                    "`padded_batch` is only supported for datasets that produce tensors, this one "
                    f"has a component {spec}."
                )
        return structure.leaves

    def pack(self, elements):
        columns = list(zip(*elements))
        shapes = self.shapes or [None] * len(columns)
        values = self.values or [None] * len(columns)
        return [pad(*column) for column in zip(columns, shapes, values)]

    def iterate(self):
        return self._chunks(self.inputs[0].iterate(), self.pack)

    def make_spec(self):
        rows = self.batch_size if self.drop_remainder else None
        specs = self._specs()
        shapes = self.shapes or [spec.shape for spec in specs]
        pairs = zip(specs, shapes)
        return self.structure.pack(
            [with_first_axis(TensorSpec(shape, spec.dtype), rows) for spec, shape in pairs]
        )


def broadcast_leaves(structure, given, name):
    """The leaves of an argument nested like the elements; a single one stands for all."""
    if structure.is_leaf:
        return [given]
    nested = given
    if not isinstance(given, dict | tuple) or isinstance(given, TensorShape):
        return [given] * len(_leaves_of(structure))
    try:
        return _flatten_to(structure.template, nested)
    except (TypeError, KeyError, IndexError):
        raise TypeError(
            f"`{name}` must be nested like the elements, {structure.template}; got {given!r}."
        ) from None


def _leaves_of(structure):
    return structure.flatten(structure.template)


def _flatten_to(template, nested):
    if nested is None and isinstance(template, dict | tuple):  # stands for all below
        nested = dict.fromkeys(template) if isinstance(template, dict) else [None] * len(template)
    if isinstance(template, dict):
        return [leaf for key, item in template.items() for leaf in _flatten_to(item, nested[key])]
    if isinstance(template, tuple):
        if len(template) != len(nested):
            raise TypeError
        return [leaf for item, part in zip(template, nested) for leaf in _flatten_to(item, part)]
    return [nested]


def pad(column, shape, value):
    """The leaves of `column` in one array, each followed by `value` up to `shape`.

    A dimension None, or no `shape` at all, means the largest of the column.
    """
    first = column[0]
    if any(item.ndim != first.ndim for item in column):
        raise InvalidArgumentError(
            "All elements in a batch must have the same rank when padding for component; got the "
            f"shapes {[list(item.shape) for item in column]}."
        )
    largest = [max(sizes) for sizes in zip(*(item.shape for item in column))]
    target = largest if shape is None else [b if a is None else a for a, b in zip(shape, largest)]
    if any(a < b for a, b in zip(target, largest)):
        raise DataLossError(
            "Attempted to pad to a smaller size than the input element: padded_shapes asks for "
            f"{target}, an element needs {largest}."
        )
    if value is None:
        value = b"" if first.dtype == object else first.dtype.type(0)
    out = np.empty([len(column), *target], first.dtype)
    out.fill(value)
    for row, item in zip(out if out.ndim > 1 else [out] * len(column), column):
        if first.ndim:
            row[tuple(map(slice, item.shape))] = item
    if not first.ndim:
        return stack(column)
    return out


class Unbatch(Node):
    """The rows of each element."""

    shown = "_UnbatchDataset"

    def __init__(self, source):
        self.inputs = (source,)

    def run(self, items):
        def rows_of(element):
            parts = self.inputs[0].structure.parts
            rows = [_part_rows(spec, [element[k] for k in numbers]) for spec, numbers in parts]
            if len(set(map(len, rows))) > 1:
                raise InvalidArgumentError(
                    "Input element must have the same batch size in each component; unbatch got "
                    f"{list(map(len, rows))} rows."
                )
            return map(list, map(itertools.chain.from_iterable, zip(*rows)))

        return chained(map(rows_of, items))

    def size(self):
        source = self.inputs[0]
        structure = Structure(source.spec)
        shapes = [
            getattr(structure.spec_of_part(*part), "shape", TensorShape(None))
            for part in structure.parts
        ]
        first = [shape[0] for shape in shapes if shape.rank]
        if source.size() < 0 or not first or first[0] is None:
            return UNKNOWN if source.size() != INFINITE else INFINITE
        return source.size() * first[0]

    def make_spec(self):
        def row(spec):
            if spec.shape.rank == 0:
                raise ValueError("Cannot unbatch an input with scalar components.")
            return TensorSpec(spec.shape[1:], spec.dtype)

        return map_specs(row, self.inputs[0].spec, of_composite=lambda spec: spec._unbatch())

    @property
    def structure(self):
        source = self.inputs[0].structure
        return source if source.is_plain else super().structure


def _part_rows(spec, leaves):
    """The rows of a part of an element, each a list of leaves."""
    if spec is not None:
        return spec._rows(leaves)
    (leaf,) = leaves
    if not leaf.ndim:
        raise ValueError("Cannot unbatch an input with scalar components.")
    return [[leaf[number, ...]] for number in range(len(leaf))]


class CompositeSlices(Unbatch):
    """The rows of a value with ragged or sparse tensors in it."""

    shown = "_TensorSliceDataset"


class SparseBatch(Batch):
    """`batch_size` tensors, of shapes up to `row_shape`, as a SparseTensor of all their values."""

    shown, is_one_with_map = "_DenseToSparseBatchDataset", False

    def __init__(self, source, batch_size, row_shape):
        super().__init__(source, batch_size)
        shape = (
            row_shape if isinstance(row_shape, list | tuple | TensorShape) else to_leaf(row_shape)
        )
        dims = [None if d is None or int(d) < 0 else int(d) for d in shape]
        self.row_shape = TensorShape(dims)
        if not source.structure.is_leaf:
            raise TypeError(
                "`sparse_batch` requires elements that are one tensor each; take it out with "
                "dataset.map."
            )

    def pack(self, elements):
        column = [element[0] for element in elements]
        shape = list(np.max([item.shape for item in column], 0))
        for item in column:
            too_large = any(d is not None and n > d for n, d in zip(item.shape, self.row_shape))
            if item.ndim != len(self.row_shape) or too_large:
                raise DataLossError(
                    f"Input element had shape ({list(item.shape)}) that does not fit into the row "
                    f"shape ({list(self.row_shape)})."
                )
        shape = [largest if d is None else d for d, largest in zip(self.row_shape, shape)]
        places = [np.argwhere(np.ones(item.shape, bool)) for item in column]
        parts = [(p, item.ravel(), np.array(shape)) for p, item in zip(places, column)]
        return list(SparseTensorSpec(shape, column[0].dtype)._stack(parts))

    def make_spec(self):
        return SparseTensorSpec(self.row_shape, self.inputs[0].spec.dtype)._batch(None)

    def iterate(self):
        return self._chunks(self.inputs[0].iterate(), self.pack)

    structure = Node.structure


class Rebatch(Node):
    """The rows of batches in batches of other sizes, taken in turn from `sizes`."""

    shown = "_RebatchDataset"

    def __init__(self, source, sizes, drop_remainder=False):
        self.inputs = (source,)
        self.sizes = [int(size) for size in np.atleast_1d(to_leaf(sizes))]
        self.drop_remainder = bool(drop_remainder)
        if min(self.sizes, default=0) < 0 or not any(self.sizes):
            raise ValueError(f"Invalid `batch_size`: {self.sizes}; the sizes must be positive.")

    def run(self, source):
        of_source = self.inputs[0].structure
        return self._of_arrays(source) if of_source.is_plain else self._of_rows(source)

    def _of_rows(self, source):
        rows = Unbatch(self.inputs[0])
        items = rows.run(source)
        for wanted in itertools.cycle(self.sizes):
            chunk = list(itertools.islice(items, wanted))
            if len(chunk) < wanted and (not chunk or self.drop_remainder):
                return
            yield stack_parts(rows.structure, chunk)

    def _of_arrays(self, source):
        parts, have = deque(), 0
        for wanted in itertools.cycle(self.sizes):
            while have < wanted and (part := next(source, None)) is not None:
                parts.append(part)
                have += len(part[0])
            if have < wanted and (not have or self.drop_remainder):
                return
            whole = [np.concatenate(column) for column in zip(*parts)]
            yield [array[:wanted] for array in whole]
            parts = deque([[array[wanted:] for array in whole]])
            have = len(parts[0][0])

    def make_spec(self):
        size = self.sizes[0] if len(set(self.sizes)) == 1 else None
        structure = Structure(self.inputs[0].spec)
        known = [structure.spec_of_part(*part) for part in structure.parts]
        known = [spec.shape[0] if isinstance(spec, TensorSpec) else None for spec in known]
        whole = size and all(rows is not None and rows % size == 0 for rows in known)
        rows = size if self.drop_remainder or whole else None
        return map_specs(
            lambda spec: TensorSpec(TensorShape([rows]).concatenate(spec.shape[1:]), spec.dtype),
            self.inputs[0].spec,
            of_composite=lambda spec: spec._unbatch()._batch(rows),
        )

    @property
    def structure(self):
        source = self.inputs[0].structure
        return source if source.is_plain else super().structure


class Window(Node):
    """Runs of `size` elements, each component a data set of its own."""

    shown = "_WindowDataset"

    def __init__(self, source, size, shift=None, stride=1, drop_remainder=False):
        self.inputs = (source,)
        self.window, self.stride = int(size), int(stride)
        self.shift = self.window if shift is None else int(shift)
        self.drop_remainder = bool(drop_remainder)
        for name, value in (("size", self.window), ("shift", self.shift), ("stride", self.stride)):
            if value <= 0:
                raise InvalidArgumentError(
                    f"Window {name} must be greater than zero; it is {value}."
                )

    def run(self, source):
        # An error is an element, which is raised in the place of a window that has it.
        return map(self._components, self._windows(caught(source)))

    def _windows(self, source):
        span = (self.window - 1) * self.stride + 1
        buffer = list(itertools.islice(source, span))
        while buffer and (len(buffer) == span or not self.drop_remainder):
            yield buffer[:: self.stride]
            if self.shift < len(buffer):
                buffer = buffer[self.shift :]
            else:
                deque(itertools.islice(source, self.shift - len(buffer)), maxlen=0)
                buffer = []
            buffer += itertools.islice(source, span - len(buffer))

    def _components(self, pairs):
        elements = given_all(pairs)
        parts = self.inputs[0].structure.parts
        return [
            Elements(
                [[element[k] for k in numbers] for element in elements],
                Structure(0 if spec is None else spec),
            )
            for spec, numbers in parts
        ]

    def size(self):
        size = self.inputs[0].size()
        if size < 0:
            return size
        last = size - ((self.window - 1) * self.stride + 1) if self.drop_remainder else size - 1
        return last // self.shift + 1 if last >= 0 else 0

    def make_spec(self):
        return map_specs(DatasetSpec, self.inputs[0].spec, of_composite=DatasetSpec)

    @property
    def structure(self):
        source = self.inputs[0].structure
        return source if source.is_plain else Structure(source.pack_parts([0] * len(source.parts)))
