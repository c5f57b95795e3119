"""CRC-32C of pieces of an array, masked as TFRecord files and checkpoints have it."""

from functools import cache

import numpy as np

_BLOCK = 1024
_LONG = 1 << 8  # bytes from which on machine code is asked
_FALLING = np.arange(_BLOCK - 1, -1, -1) << 8


@cache
def _tables():
    """What things do to a checksum: byte b when k more follow, at [k, b]; the initial state of ones
    when k bytes follow; and each byte of a state when a block follows."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = first >> 1 ^ np.where(first & 1, np.uint32(0x82F63B78), np.uint32(0))
    table = np.empty((_BLOCK, 256), np.uint32)
    table[0] = first
    for k in range(1, _BLOCK):
        table[k] = table[k - 1] >> 8 ^ first[table[k - 1] & 255]
    state, initial = 0xFFFFFFFF, []
    for _ in range(_BLOCK + 1):
        initial.append(state)
        state = state >> 8 ^ int(first[state & 255])
    far = [row.tolist() for row in table[_BLOCK - 4 :][::-1]]
    return table, np.array(initial, np.uint32), far


def _many_checksums(data, starts, sizes):
    """CRC-32C of many pieces of 1 to _BLOCK bytes of a uint8 array, all at once.

    A checksum is linear: each byte adds what it would do alone, and so does the initial state. The
    last bytes of all pieces are added, then those before them, and so on: the longest come first.
    """
    table, initial, _ = _tables()
    order = np.argsort(-sizes)
    ordered = sizes[order]
    places = (starts + sizes - 1)[order]
    sums = initial[ordered]
    for after in range(int(ordered[0])):
        count = int(np.searchsorted(-ordered, -after))
        here = places[:count]
        sums[:count] ^= table[after].take(data.take(here))
        here -= 1
    out = np.empty_like(sums)
    out[order] = ~sums
    return out


class native:
    """What machine code knows of checksums, which compiler/native.py brings."""

    # (data, state) -> the state after whole words of 8 bytes, or None where it cannot tell
    state_after = staticmethod(lambda data, state: None)


def _one_checksum(data):
    """CRC-32C of one piece, block by block."""
    whole = len(data) & -8
    if whole >= _LONG and data.flags.c_contiguous:
        state = native.state_after(data[:whole], 0xFFFFFFFF)
        if state is not None:
            first = _tables()[0][0]
            for byte in data[whole:].tolist():
                state = state >> 8 ^ int(first[(state ^ byte) & 255])
            return ~state & 0xFFFFFFFF
    table, initial, far = _tables()
    flat, places = table.ravel(), _FALLING
    if len(data) <= _BLOCK:
        parts = flat.take(places[_BLOCK - len(data) :] | data)
        return ~(np.bitwise_xor.reduce(parts) ^ initial[len(data)])
    head = np.zeros(-len(data) % _BLOCK, np.uint8)  # zeros in front leave a state of zero as it is
    padded = np.concatenate([head, data])
    padded[len(head) : len(head) + 4] ^= 255  # does what the initial state of ones does
    blocks, state = padded.reshape(-1, _BLOCK), 0
    for at in range(0, len(blocks), 64):
        sums = np.bitwise_xor.reduce(flat.take(places | blocks[at : at + 64]), axis=1)
        for one in sums.tolist():
            state = (
                one
                ^ far[0][state & 255]
                ^ far[1][state >> 8 & 255]
                ^ far[2][state >> 16 & 255]
                ^ far[3][state >> 24]
            )
    return ~state & 0xFFFFFFFF


def checksums(data, starts, sizes):
    """Masked CRC-32C, as TFRecord files have them, of pieces of a uint8 array."""
    starts, sizes = np.asarray(starts, np.int64), np.asarray(sizes, np.int64)
    out = np.zeros(len(sizes), np.uint32)
    alone = sizes > 0
    many = alone & (sizes <= _BLOCK)
    if np.count_nonzero(many) > 32:
        out[many] = _many_checksums(data, starts[many], sizes[many])
        alone &= ~many
    for n in np.flatnonzero(alone).tolist():
        out[n] = _one_checksum(data[starts[n] : starts[n] + sizes[n]])
    return (out >> 15 | out << 17) + np.uint32(0xA282EAD8)
