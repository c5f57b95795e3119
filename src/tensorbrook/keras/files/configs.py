"""Configurations out of files: JSON within bounds."""

import json
import re

from ...formats.hdf5 import Refused

MOST_BYTES, MOST_LEVELS, MOST_NODES = 64 << 20, 200, 2_000_000
_PARTS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]|,', re.DOTALL)


def read_json(data, name, most=MOST_BYTES):
    """The value of JSON text, whose size, depth and number of values are held to bounds first.

    Args:
      data: bytes or text.
      name: what messages call the file.
      most: how many bytes it may have.

    Raises:
      Refused: it is no JSON, or exceeds a bound.
    """
    data = data.encode() if isinstance(data, str) else data
    if len(data) > most:
        raise Refused(f"{name}: its JSON has more than {most} bytes.")
    level = count = 0
    for part in _PARTS.finditer(data):
        first = data[part.start()]
        if first in b"[{":
            level += 1
        elif first in b"]}":
            level -= 1
        else:
            count += first == 44  # a comma
            continue
        count += 1
        if level > MOST_LEVELS or count > MOST_NODES:
            raise Refused(
                f"{name}: its JSON has more than {MOST_LEVELS} levels or {MOST_NODES} values."
            )
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise Refused(f"{name}: it is no JSON: {fault}") from None
