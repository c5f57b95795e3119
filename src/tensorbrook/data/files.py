"""What files hold, as steps of pipelines: lines of text, TFRecords, records of one length."""

from __future__ import annotations

from collections import deque

import numpy as np

from ..base import dtypes
from ..base.errors import InvalidArgumentError
from ..base.files import check_compression, path_of, reading
from ..base.records import RecordReader
from ..core.spec import TensorSpec
from .nested import default_cycle
from .nodes import Node
from .prefetch import AUTOTUNE, chained
from .sources import TensorSlices
from .structure import to_leaf

_AT_ONCE = 1 << 20
_END = object()


def scalar(text):
    """One text as an array."""
    array = np.empty((), object)
    array[()] = text
    return array


class Files(Node):
    """The elements of files, one file after another, or of several files in turn.

    A subclass gives `of_file(path)`, an iterator over the elements of one file.
    """

    def __init__(self, filenames, compression_type=None, parallel=None):
        self.compression = check_compression(compression_type)
        node = getattr(filenames, "_node", None)
        if node is None:
            node = TensorSlices(np.atleast_1d(to_leaf(filenames)).ravel())
        found = node.spec
        if not isinstance(found, TensorSpec) or found.dtype is not dtypes.string:
            what = "a dataset of " if getattr(filenames, "_node", None) else ""
            kind = f"`{found.dtype!r}` elements" if isinstance(found, TensorSpec) else f"{found}"
            raise TypeError(
                f"The `filenames` argument must contain `tf.string` elements. Got {what}{kind}."
            )
        self.inputs = (node,)
        self.at_once = 1 if parallel is None else int(to_leaf(parallel))
        if self.at_once == AUTOTUNE:
            self.at_once = default_cycle(AUTOTUNE)

    def run(self, names):
        texts = chained(map(lambda found: iter(found[0].ravel().tolist()), names))
        paths = map(path_of, texts)
        return chained(map(self.of_file, paths)) if self.at_once == 1 else self._in_turn(paths)

    def _in_turn(self, paths):
        slots = deque(iter(()) for _ in range(self.at_once))

        def step():
            while slots:
                element = next(slots[0], _END)
                if element is not _END:
                    slots.rotate(-1)
                    return element
                path = next(paths, None)
                if path is None:
                    slots.popleft()
                else:
                    slots[0] = self.of_file(path)
            return _END

        return iter(step, _END)

    def of_file(self, path):
        """The elements of one file."""
        raise NotImplementedError

    def reads_ahead(self):
        return self.inputs[0].table() is not None  # names in memory

    def make_spec(self):
        return TensorSpec((), dtypes.string)


class Lines(Files):
    """The lines of text files, without their ends."""

    shown = "TextLineDatasetV2"

    def of_file(self, path):
        with reading(path, self.compression) as file:
            for line in file:
                yield [scalar(line.rstrip(b"\n").replace(b"\r", b""))]


class Records(Files):
    """The records of TFRecord files."""

    shown = "TFRecordDatasetV2"

    def of_file(self, path):
        for records in RecordReader(path, self.compression):
            for record in records:
                yield [scalar(record)]


class FixedLength(Files):
    """Records of so many bytes each, between a head and a foot that are left out."""

    shown = "FixedLengthRecordDatasetV2"

    def __init__(self, filenames, sizes, compression_type=None, parallel=None):
        super().__init__(filenames, compression_type, parallel)
        self.record, self.header, self.footer = (int(to_leaf(size or 0)) for size in sizes)
        if self.record <= 0:
            raise InvalidArgumentError(f"`record_bytes` must be > 0, got {self.record}.")
        for name, size in (("header_bytes", self.header), ("footer_bytes", self.footer)):
            if size < 0:
                raise InvalidArgumentError(f"`{name}` must be >= 0, got {size}.")

    def of_file(self, path):
        # What is read stays small: the foot is only known once the file has ended.
        chunk = max(_AT_ONCE // self.record, 1) * self.record
        with reading(path, self.compression) as file:
            total = len(file.read(self.header))
            held = file.read(self.footer)
            total += len(held)
            while more := file.read(chunk):
                total += len(more)
                held += more
                whole = max(len(held) - self.footer, 0) // self.record * self.record
                for at in range(0, whole, self.record):
                    yield [scalar(held[at : at + self.record])]
                held = held[whole:]
        body = total - self.header - self.footer
        if body < 0 or body % self.record:
            raise InvalidArgumentError(
                f"Excluding the header ({self.header} bytes) and footer ({self.footer} bytes), "
                f'input file "{path}" has body length {body} bytes, which is not an exact multiple '
                f"of the record length ({self.record} bytes)."
            )
