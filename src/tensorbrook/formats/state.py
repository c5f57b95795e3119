"""A file of named arrays and plain data: what a program that was killed goes on from.

It is a TFRecord file: a header in JSON, then the bytes of each array. All have checksums, sizes are
compared with the bytes that are there, and nothing in it names a class, a function or another file.
"""

import json

import numpy as np

from ..base.dtypes import as_dtype, from_numpy
from ..base.errors import DataLossError
from ..base.files import path_of, replacing
from ..base.records import RecordReader, packed

_KIND = "tensorbrook state 1"


def write_state(path, data, arrays, before=None):
    """Writes the file, in the place of one that is there: that one stays whole until it is done.

    Args:
      path: the file's name.
      data: lists, dicts by names, numbers, texts, None.
      arrays: arrays of numbers by name.
      before: called when the new file is whole, before it takes the place.

    Raises:
      OpError: the file cannot be written, with its name.
    """
    rows = [[name, from_numpy(a.dtype).name, list(a.shape)] for name, a in arrays.items()]
    header = {"kind": _KIND, "data": data, "arrays": rows}
    with replacing(path) as new:
        with open(new, "wb") as file:
            file.write(packed([json.dumps(header).encode()]))
            for array in arrays.values():
                file.write(packed([np.ascontiguousarray(array).tobytes()]))
        if before is not None:
            before()


def read_state(path):
    """(data, arrays by name) of a file that `write_state` wrote.

    Raises:
      DataLossError: the file is damaged, or no such file; it is named.
      NotFoundError: there is none.
    """
    path = path_of(path)
    records = [record for part in RecordReader(path) for record in part]
    try:
        header = json.loads(records[0])
        if header["kind"] != _KIND:
            raise ValueError(f"it begins with {header['kind']!r}")
        data, rows = header["data"], header["arrays"]
        if len(rows) != len(records) - 1:
            raise ValueError(f"it has {len(records) - 1} of {len(rows)} arrays")
        arrays = {
            str(name): np.frombuffer(record, as_dtype(dtype).numpy_dtype).reshape(shape)
            for (name, dtype, shape), record in zip(rows, records[1:])
        }
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as fault:
        raise DataLossError(f"{path}; no saved state: {fault}") from None
    return data, arrays
