"""PNG files: written, and read where Pillow would drop bits, which is several channels of 16."""

import struct
import zlib

import numpy as np

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by the number of channels


def written(pixels, level=9):
    """The file of pixels, uint8 or uint16 (height, width, 1 to 4 channels), compressed so much."""
    height, width, channels = pixels.shape
    of_big = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1).view(np.uint8)
    rows = np.concatenate([np.zeros((height, 1), np.uint8), of_big], axis=1)  # without filters
    size = width, height, 8 * pixels.itemsize, COLOUR_TYPES[channels]
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", *size, 0, 0, 0),
        b"IDAT": zlib.compress(rows.tobytes(), level),
        b"IEND": b"",
    }
    chunks = [
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in parts.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def is_deep(data):
    """Whether a PNG file has several channels of 16 bits, whose rows stand in their order."""
    kinds = [kind for channels, kind in COLOUR_TYPES.items() if channels > 1]
    return data[24] == 16 and data[25] in kinds and not data[28]


def deep_pixels(data):
    """The pixels of a file that `is_deep`, uint16 (height, width, channels)."""
    width, height = struct.unpack(">II", data[16:24])
    channels = next(n for n, kind in COLOUR_TYPES.items() if kind == data[25])
    at, packed = 8, []
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        packed += [data[at + 8 : at + 8 + size]] if name == b"IDAT" else []
        at += size + 12
    length = 1 + 2 * channels * width
    rows = zlib.decompressobj().decompress(b"".join(packed), height * length)
    found = np.zeros((height + 1, length - 1), np.uint8)
    for k, row in enumerate(np.frombuffer(rows, np.uint8).reshape(height, length)):
        found[k + 1] = _unfiltered(row[0], row[1:], found[k], 2 * channels)
    return found[1:].view(">u2").astype(np.uint16).reshape(height, width, channels)


def _unfiltered(kind, row, above, step):
    """A row of bytes without its filter; `step` bytes are a pixel."""
    if kind < 3:
        return row if not kind else row + above if kind == 2 else _summed(row, step)
    found, above = [0] * step, [0] * step + above.tolist()
    for k, x in enumerate(row.tolist()):
        a, b, c = found[k], above[k + step], above[k]
        p, q, r = abs(b - c), abs(a - c), abs(a + b - 2 * c)
        nearest = a if p <= q and p <= r else b if q <= r else c  # Paeth's
        found.append(x + (nearest if kind == 4 else (a + b) // 2) & 255)
    return np.array(found[step:], np.uint8)


def _summed(row, step):
    return row.reshape(-1, step).cumsum(0, np.uint8).ravel()
